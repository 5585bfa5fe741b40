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
//!    |-- Tell ------------------------------->| what is so; each may be asked again |
//! ```

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::Path;
use std::time::Duration;

use nix::unistd::Pid;
use rustix::event::epoll::EventFlags;
use rustix::net::sockopt::{self, Timeout};
use serde::{Deserialize, Serialize};

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
    Tell,
    Factory,
    NeedsFactory,
    Followed(Followed),
    Failed(Error),
}

/// What a container is in, and where its ports are published, from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub memberships: Vec<Membership>,
    pub ports: Vec<Published>,
}

impl Message for Word {
    fn encode(&self) -> Vec<u8> {
        let (tag, body) = match self {
            Word::Join(membership) => (b'j', serde_json::to_vec(membership)),
            Word::Leave(network_id) => (b'l', serde_json::to_vec(network_id)),
            Word::Publish(port) => (b'p', serde_json::to_vec(port)),
            Word::Unpublish(port) => (b'u', serde_json::to_vec(port)),
            Word::Tell => (b't', Ok(Vec::new())),
            Word::Factory => (b'F', Ok(Vec::new())),
            Word::NeedsFactory => (b'N', Ok(Vec::new())),
            Word::Followed(followed) => (b'd', serde_json::to_vec(followed)),
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
            b't' => Some(Word::Tell),
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

/// Has a running container, whose network process `pid` is in, take a seat in one more network.
pub fn join(runtime_dir: &Path, pid: Pid, seat: members::Seat) -> Result<Followed> {
    let word = Word::Join(Box::new(seat.membership.clone()));
    let followed = have_done(runtime_dir, pid, &word, Some(seat.listener.as_fd()))?;
    seat.hand_over();
    Ok(followed)
}

/// Has a running container leave a network.
pub fn leave(runtime_dir: &Path, pid: Pid, network_id: &str) -> Result<Followed> {
    have_done(runtime_dir, pid, &Word::Leave(network_id.to_owned()), None)
}

/// Publishes a port of a running container.
pub fn publish(runtime_dir: &Path, pid: Pid, request: &PortRequest) -> Result<Followed> {
    let (port, socket) = ports::open(request)?;
    have_done(runtime_dir, pid, &Word::Publish(port), Some(socket.as_fd()))
}

/// Publishes a port no longer; connections that came by it end when they end.
pub fn unpublish(runtime_dir: &Path, pid: Pid, port: &Published) -> Result<Followed> {
    have_done(runtime_dir, pid, &Word::Unpublish(port.clone()), None)
}

/// What is so: a command that was killed may have changed it and told nobody.
pub fn tell(runtime_dir: &Path) -> Result<Followed> {
    followed(ask(runtime_dir, &Word::Tell, None)?)
}

fn have_done(runtime_dir: &Path, pid: Pid, word: &Word, fd: Option<BorrowedFd>) -> Result<Followed> {
    match ask(runtime_dir, word, fd)? {
        Word::NeedsFactory => {
            start_factory(runtime_dir, pid)?;
            followed(ask(runtime_dir, word, fd)?)
        }
        answer => followed(answer),
    }
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

fn followed(answer: Word) -> Result<Followed> {
    match answer {
        Word::Followed(followed) => Ok(followed),
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
        let Ok(Some((word, fd))) = channel.receive_with_fd::<Word>() else { return };
        let takes_factory = matches!(word, Word::Join(_) | Word::Leave(_) | Word::Publish(_));
        if takes_factory && !self.inside.has_factory() {
            let _ = channel.send(&Word::NeedsFactory); // As below.
            return;
        }
        let answer = match (word, fd) {
            (Word::Join(membership), Some(socket)) => self.join(*membership, socket),
            (Word::Leave(network_id), _) => self.leave(&network_id),
            (Word::Publish(port), Some(socket)) => self.publish(port, socket),
            (Word::Unpublish(port), _) => {
                self.unpublish(&port);
                Ok(())
            }
            (Word::Tell, _) => Ok(()),
            (Word::Factory, Some(socket)) => {
                self.inside.take_factory(Channel::from_fd(socket));
                Ok(())
            }
            _ => return,
        };
        let answer = answer.map_or_else(Word::Failed, |()| Word::Followed(self.followed()));
        let _ = channel.send(&answer); // A command that has gone needs none.
    }

    fn followed(&self) -> Followed {
        Followed {
            memberships: self.destinations.builtin().memberships.clone(),
            ports: self.published.iter().flatten().map(|published| published.port.clone()).collect(),
        }
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

    /// One that is published no longer already, by a command that was killed, may be so once more.
    fn unpublish(&mut self, port: &Published) {
        for published in &mut self.published {
            published.take_if(|published| published.port == *port);
        }
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
            Word::Tell,
            Word::Followed(Followed { memberships: vec![membership], ports: Vec::new() }),
            Word::Failed(Error::new("why")),
        ] {
            let bytes = word.encode();
            assert_eq!(Word::decode(bytes[0], &bytes[1..]), Some(word));
        }
    }
}
