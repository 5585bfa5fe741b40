//! Networks that are joined and left, and ports that are published, while the container runs: a command of box asks
//! the proxy, at a socket in the container's runtime directory.
//!
//! ```text
//!  command                                  proxy                                factory
//!    | takes a seat (`network::members`)      |                                     |
//!    |-- Join(membership) + its socket ------>|-- Change(before, after) ----------->| addresses, routes, rules
//!    |   or Leave(network's id)               |<------------------ Ready, or Failed |
//!    |<--- Followed(networks), or Failed -----| listens there too, or no longer     |
//!    |                                        |                                     |
//!    |-- Publish(port) + its socket --------->| takes it; if nobody makes sockets   |
//!    |<--- Followed, Failed, NeedsFactory ----| inside for it, it says so: the command
//!    |-- Factory + a channel to one --------->| starts one, and asks once more      |
//!    |-- Unpublish(port) -------------------->|                                     |
//! ```

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::time::Duration;

use nix::unistd::Pid;
use rustix::event::epoll::EventFlags;
use rustix::net::sockopt::{self, Timeout};

use super::factory;
use super::peers::Seat;
use super::proxy::{Proxy, Source};
use crate::error::{During, Error, Result};
use crate::init::namespaces::Joined;
use crate::network::members::{self, Membership};
use crate::network::ports::{self, Published};
use crate::oci::runtime::NamespaceKind;
use crate::process::handshake::{Channel, Message};
use crate::process::listener::{Listener, Patience, call};
use crate::process::spawn::{SingleThreaded, clone_child};
use crate::settings::PortRequest;

/// In the container's runtime directory.
const SOCKET: &str = "network";
/// How long all others wait for a command that has called and says nothing.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Join(Box<Membership>),
    Leave(String),
    Publish(Published),
    Unpublish(Published),
    Factory,
    NeedsFactory,
    Followed(Vec<Membership>),
    Failed(Error),
}

impl Message for Word {
    fn encode(&self) -> Vec<u8> {
        let (tag, body) = match self {
            Word::Join(membership) => (b'j', serde_json::to_vec(membership)),
            Word::Leave(network_id) => (b'l', serde_json::to_vec(network_id)),
            Word::Publish(port) => (b'p', serde_json::to_vec(port)),
            Word::Unpublish(port) => (b'u', serde_json::to_vec(port)),
            Word::Factory => (b'F', Ok(Vec::new())),
            Word::NeedsFactory => (b'N', Ok(Vec::new())),
            Word::Followed(memberships) => (b'd', serde_json::to_vec(memberships)),
            Word::Failed(error) => (b'f', serde_json::to_vec(error)),
        };
        [vec![tag], body.expect("plain data")].concat()
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Word> {
        match tag {
            b'j' => serde_json::from_slice(body).ok().map(Word::Join),
            b'l' => serde_json::from_slice(body).ok().map(Word::Leave),
            b'p' => serde_json::from_slice(body).ok().map(Word::Publish),
            b'u' => serde_json::from_slice(body).ok().map(Word::Unpublish),
            b'F' => Some(Word::Factory),
            b'N' => Some(Word::NeedsFactory),
            b'd' => serde_json::from_slice(body).ok().map(Word::Followed),
            b'f' => serde_json::from_slice(body).ok().map(Word::Failed),
            _ => None,
        }
    }
}

/// Where commands find the proxy of the container that has this runtime directory.
pub(super) fn listen(runtime_dir: &Path) -> Result<Listener> {
    Listener::bind(runtime_dir.join(SOCKET), Patience::Polls)
}

/// Has a running container take a seat in one more network; returns all that it is in.
pub fn join(runtime_dir: &Path, seat: members::Seat) -> Result<Vec<Membership>> {
    let word = Word::Join(Box::new(seat.membership.clone()));
    let followed = followed(ask(runtime_dir, &word, Some(seat.listener.as_fd()))?)?;
    seat.hand_over();
    Ok(followed)
}

/// Has a running container leave a network; returns all that it is in.
pub fn leave(runtime_dir: &Path, network_id: &str) -> Result<Vec<Membership>> {
    followed(ask(runtime_dir, &Word::Leave(network_id.to_owned()), None)?)
}

/// Publishes a port of a running container, whose network process `pid` is in; returns where.
pub fn publish(runtime_dir: &Path, pid: Pid, request: &PortRequest) -> Result<Published> {
    let (port, socket) = ports::open(request)?;
    let word = Word::Publish(port.clone());
    let ask_for_it = || ask(runtime_dir, &word, Some(socket.as_fd()));
    let answer = match ask_for_it()? {
        Word::NeedsFactory => {
            start_factory(runtime_dir, pid)?;
            ask_for_it()?
        }
        answer => answer,
    };
    followed(answer).map(|_| port)
}

/// Publishes a port no longer; connections that came by it end when they end.
pub fn unpublish(runtime_dir: &Path, port: &Published) -> Result<()> {
    followed(ask(runtime_dir, &Word::Unpublish(port.clone()), None)?).map(drop)
}

fn start_factory(runtime_dir: &Path, pid: Pid) -> Result<()> {
    let proof = SingleThreaded::prove()?;
    let joined = Joined::of_process(pid.as_raw(), &[NamespaceKind::User, NamespaceKind::Network])?;
    let (proxys, factorys) = Channel::pair()?;
    let passed: Vec<RawFd> =
        joined.iter().map(|one| one.as_fd().as_raw_fd()).chain([factorys.as_fd().as_raw_fd()]).collect();
    let child = clone_child(|| factory::run_later(&factorys, &joined), &passed, &proof)?;
    drop(factorys);
    let proxys = factory::await_ready(proxys)?;
    followed(ask(runtime_dir, &Word::Factory, Some(proxys.as_fd()))?)?;
    std::mem::forget(child); // From here on it ends with the proxy.
    Ok(())
}

fn followed(answer: Word) -> Result<Vec<Membership>> {
    match answer {
        Word::Followed(memberships) => Ok(memberships),
        Word::Failed(error) => Err(error),
        _ => Err(Error::new("the container's network does not understand")),
    }
}

fn ask(runtime_dir: &Path, word: &Word, fd: Option<BorrowedFd>) -> Result<Word> {
    let channel = call(&runtime_dir.join(SOCKET))
        .during(|| "speak with the container's network")
        .hint(|| "one that was started in no network has none: stop it and start it")?;
    channel.send_with(word, fd)?;
    channel.receive()?.ok_or_else(|| Error::new("the container's network ended"))
}

impl Proxy {
    /// A command calls, which says at once what it wants.
    pub fn receive_commands(&mut self) {
        let Ok(channel) = self.control.accept() else { return };
        let is_bounded = sockopt::set_socket_timeout(&channel, Timeout::Recv, Some(PATIENCE)).is_ok();
        if !self.is_own(&channel) || !is_bounded {
            return;
        }
        let answer = match channel.receive_with_fd::<Word>() {
            Ok(Some((Word::Join(membership), Some(socket)))) => self.join(*membership, socket),
            Ok(Some((Word::Leave(network_id), _))) => self.leave(&network_id),
            Ok(Some((Word::Publish(_), Some(_)))) if !self.inside.has_factory() => {
                let _ = channel.send(&Word::NeedsFactory); // As below.
                return;
            }
            Ok(Some((Word::Publish(port), Some(socket)))) => self.publish(port, socket),
            Ok(Some((Word::Unpublish(port), _))) => self.unpublish(&port),
            Ok(Some((Word::Factory, Some(socket)))) => {
                self.inside.take_factory(Channel::from_fd(socket));
                Ok(())
            }
            _ => return,
        };
        let followed = || Word::Followed(self.destinations.builtin().memberships.clone());
        let _ = channel.send(&answer.map_or_else(Word::Failed, |()| followed())); // A command that has gone needs none.
    }

    fn join(&mut self, membership: Membership, socket: OwnedFd) -> Result<()> {
        let mut memberships = self.destinations.builtin().memberships.clone();
        memberships.push(membership.clone());
        self.follow(memberships)?;
        let listener = Listener::from_fd(socket, membership.directory.join(&membership.member));
        let source = Source::Callers(self.seats.len() as u32);
        self.watch(&listener, source, EventFlags::IN).during(|| "watch the network")?;
        self.seats.push(Some(Seat { membership, listener }));
        Ok(())
    }

    fn leave(&mut self, network_id: &str) -> Result<()> {
        let is_left = |membership: &Membership| membership.network_id == network_id;
        let mut memberships = self.destinations.builtin().memberships.clone();
        memberships.retain(|membership| !is_left(membership));
        self.follow(memberships)?;
        for seat in &mut self.seats {
            seat.take_if(|seat| is_left(&seat.membership));
        }
        Ok(())
    }

    fn publish(&mut self, port: Published, socket: OwnedFd) -> Result<()> {
        // Never that of another port: flows are known by it.
        let place = self.published.len();
        let published = super::proxy::Published::at(port, socket);
        let source = Source::Published(place as u32);
        self.watch(published.socket.as_fd(), source, EventFlags::IN).during(|| "watch the port")?;
        self.published.push(Some(published));
        Ok(())
    }

    fn unpublish(&mut self, port: &Published) -> Result<()> {
        let is_it = |published: &Option<super::proxy::Published>| {
            published.as_ref().is_some_and(|published| published.port == *port)
        };
        let place = self.published.iter().position(is_it).ok_or_else(|| Error::new("it is not published"))?;
        self.published[place] = None;
        Ok(())
    }

    fn follow(&mut self, memberships: Vec<Membership>) -> Result<()> {
        let before = self.destinations.builtin();
        let after = before.in_networks(memberships);
        self.inside.change(before, &after)?;
        self.destinations.follow(after);
        Ok(())
    }

    /// Whether the process at the other end is the user's.
    pub fn is_own(&self, channel: &Channel) -> bool {
        sockopt::socket_peercred(channel).is_ok_and(|peer| peer.uid == self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_arrives_as_it_was_sent() {
        let membership = members::for_test("10.89.0.3", "10.89.0.0/24", "10.89.0.1");
        for word in [
            Word::Join(Box::new(membership.clone())),
            Word::Leave("0".to_owned()),
            Word::Factory,
            Word::NeedsFactory,
            Word::Followed(vec![membership]),
            Word::Failed(Error::new("why")),
        ] {
            let bytes = word.encode();
            assert_eq!(Word::decode(bytes[0], &bytes[1..]), Some(word));
        }
    }
}
