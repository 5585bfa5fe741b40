//! Members of named networks reach each other: each proxy gives sockets of its own namespace to those of the others.
//!
//! ```text
//!  client's proxy                                       peer's proxy
//!    | a packet to an address of a network                |
//!    |-- connect to NETWORK/<address> ------------------->| listens there; nobody does: host unreachable
//!    |-- Ask(kind, client, target) ---------------------->| is that a member's address, and one of ours?
//!    |                                                    | a socket in its namespace: from `client`, to `target`
//!    |<------------------------------- Given + descriptor |
//! ```
//!
//! From there on the client's proxy has the flow to itself, as with any socket of the host's. What a peer asks for is
//! checked by who gives: nobody gets a socket but from a member's address to our own.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;
use rustix::net::{bind, connect, sockopt};

use super::factory::{Kind, Version};
use super::flows::{Direction, Outcome, Protocol};
use super::proxy::{Entry, Proxy, SlotId, Source};
use crate::network::members::Membership;
use crate::process::handshake::{Attempt, Channel, Message};
use crate::process::listener::{Listener, try_call};

/// How long somebody may take to say what he wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many calls are taken before others have their turn.
const CALLS_AT_ONCE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Ask {
        kind: Kind,
        client: SocketAddr,
        target: SocketAddr,
    },
    Given,
    /// The number of the error.
    Refused(i32),
}

impl Message for Word {
    fn encode(&self) -> Vec<u8> {
        match self {
            Word::Ask { kind: Kind::Streams, client, target } => format!("s{client} {target}").into_bytes(),
            Word::Ask { kind: Kind::Datagrams, client, target } => format!("d{client} {target}").into_bytes(),
            Word::Given => vec![b'g'],
            Word::Refused(errno) => [&b"r"[..], &errno.to_ne_bytes()].concat(),
        }
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Word> {
        let ask = |kind| {
            let (client, target) = std::str::from_utf8(body).ok()?.split_once(' ')?;
            Some(Word::Ask { kind, client: client.parse().ok()?, target: target.parse().ok()? })
        };
        match tag {
            b's' => ask(Kind::Streams),
            b'd' => ask(Kind::Datagrams),
            b'g' => Some(Word::Given),
            b'r' => Some(Word::Refused(i32::from_ne_bytes(body.try_into().ok()?))),
            _ => None,
        }
    }
}

/// A network that we are in, and where its members call us.
#[derive(Debug)]
pub struct Seat {
    pub membership: Membership,
    pub listener: Listener,
}

/// Somebody who has called, and has not said yet what he wants.
#[derive(Debug)]
pub struct Caller {
    channel: Channel,
    seat: usize,
    until: Instant,
}

impl Caller {
    pub fn expires(&self) -> Instant {
        self.until
    }

    pub fn watch(&self, poll: &impl AsFd, id: SlotId) -> Result<(), Errno> {
        epoll::add(poll, &self.channel, Source::Slot(id).encode(), EventFlags::IN)
    }
}

/// A question to a peer.
#[derive(Debug)]
pub struct Question(Channel);

impl AsFd for Question {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Asks the peer who listens at `socket`.
pub fn ask(socket: &Path, kind: Kind, client: SocketAddr, target: SocketAddr) -> Result<Question, Errno> {
    let channel = match try_call(socket) {
        Ok(Attempt::Done(channel)) => channel,
        Ok(Attempt::WouldBlock) => return Err(Errno::NOBUFS),
        Ok(Attempt::Gone) => return Err(Errno::HOSTUNREACH),
        Err(_) => return Err(Errno::NOBUFS), // Without descriptors, say.
    };
    match channel.send_now(&Word::Ask { kind, client, target }.encode()) {
        Ok(Attempt::Done(())) => Ok(Question(channel)),
        _ => Err(Errno::HOSTUNREACH),
    }
}

impl Question {
    /// The socket, if the peer has answered.
    pub fn answer(&self) -> Option<Result<OwnedFd, Errno>> {
        match self.0.receive_now_with_fd() {
            Ok(Attempt::WouldBlock) => None,
            Ok(Attempt::Done((Word::Given, Some(socket)))) => Some(Ok(socket)),
            Ok(Attempt::Done((Word::Refused(errno), _))) => Some(Err(Errno::from_raw_os_error(errno))),
            // It has gone, or has no descriptor left to give.
            _ => Some(Err(Errno::HOSTUNREACH)),
        }
    }
}

impl Proxy {
    /// Members of a network call.
    pub fn receive_callers(&mut self, seat: usize) {
        for _ in 0..CALLS_AT_ONCE {
            let Some(Some(Seat { listener, .. })) = self.seats.get(seat) else { return };
            let Ok(channel) = listener.accept() else { return };
            let is_own = self.is_own(&channel);
            let caller = Caller { channel, seat, until: self.now + PATIENCE };
            // Mostly the question is there already.
            if is_own && !self.answer(&caller) {
                let _ = self.insert(Entry::Caller(Box::new(caller))); // Without a slot it is told by the end.
            }
        }
    }

    /// A caller has spoken, or gone.
    pub fn hear(&mut self, id: SlotId) {
        if let Some(Entry::Caller(caller)) = self.end(id)
            && !self.answer(&caller)
        {
            let _ = self.insert(Entry::Caller(caller)); // As above.
        }
    }

    /// Whether there is nothing more to say.
    fn answer(&mut self, caller: &Caller) -> bool {
        let asked = match caller.channel.receive_now::<Word>() {
            Ok(Attempt::WouldBlock) => return false,
            Ok(Attempt::Done(asked)) => asked,
            _ => return true,
        };
        let Word::Ask { kind, client, target } = asked else { return true };
        let is_admitted =
            matches!(self.seats.get(caller.seat), Some(Some(seat)) if admits(&seat.membership, client, target));
        let given = if is_admitted { self.make_inside(kind, client, target) } else { Err(Errno::HOSTUNREACH) };
        let protocol = if kind == Kind::Streams { Protocol::Tcp } else { Protocol::Udp };
        let logged = self.logged(protocol, Direction::In, client, target);
        self.note(
            logged.as_deref(),
            match given {
                _ if !is_admitted => Outcome::Denied,
                Ok(_) => Outcome::Admitted,
                Err(errno) => errno.into(),
            },
        );
        let _ = match given {
            Ok(socket) => caller.channel.send_with(&Word::Given, Some(socket.as_fd())),
            Err(errno) => caller.channel.send(&Word::Refused(errno.raw_os_error())),
        }; // A caller that has gone needs no answer.
        true
    }

    /// A socket inside that is being connected to the container's `target`, as the client that is seen there.
    pub fn make_inside(&self, kind: Kind, client: SocketAddr, target: SocketAddr) -> Result<OwnedFd, Errno> {
        let socket = self.inside.make(kind, Version::of(target.ip())).map_err(|_| Errno::NOBUFS)?;
        // Somebody inside may have taken the port of this number, for any address; then another one has to do.
        bind(&socket, &client).or_else(|_| bind(&socket, &SocketAddr::new(client.ip(), 0)))?;
        if kind == Kind::Streams {
            let _ = sockopt::set_tcp_nodelay(&socket, true); // Slower without.
        }
        match connect(&socket, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
            Err(errno) => Err(errno),
        }
    }
}

/// Whether `client` may speak to `target` in this network: one of its members to us.
fn admits(membership: &Membership, client: SocketAddr, target: SocketAddr) -> bool {
    membership.places.iter().any(|place| {
        target.ip() == place.address
            && place.subnet.hosts_contain(client.ip())
            && client.ip() != place.address
            && client.ip() != place.gateway
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::members::for_test;

    #[test]
    fn every_word_arrives_as_it_was_sent() {
        let [client, target] = ["10.89.0.2:40000", "10.89.0.3:80"].map(|text| text.parse().unwrap());
        let asks = [Kind::Streams, Kind::Datagrams].map(|kind| Word::Ask { kind, client, target });
        let v6 = Word::Ask { kind: Kind::Streams, client: "[fd00::2]:1".parse().unwrap(), target };
        for word in asks.into_iter().chain([v6, Word::Given, Word::Refused(111)]) {
            let bytes = word.encode();
            assert_eq!(Word::decode(bytes[0], &bytes[1..]), Some(word));
        }
        assert_eq!(Word::decode(b's', b"10.89.0.2:1"), None);
    }

    #[test]
    fn only_members_reach_us_and_only_us() {
        let membership = for_test("10.89.0.3", "10.89.0.0/24", "10.89.0.1");
        let admitted =
            |client: &str, target: &str| admits(&membership, client.parse().unwrap(), target.parse().unwrap());
        assert!(admitted("10.89.0.2:5", "10.89.0.3:80"));
        for (client, target) in [
            ("10.89.1.2:5", "10.89.0.3:80"),
            ("127.0.0.1:5", "10.89.0.3:80"),
            ("10.89.0.1:5", "10.89.0.3:80"),
            ("10.89.0.3:5", "10.89.0.3:80"),
            ("10.89.0.255:5", "10.89.0.3:80"),
            ("10.89.0.2:5", "127.0.0.1:80"),
            ("10.89.0.2:5", "10.89.0.4:80"),
            ("[::ffff:10.89.0.2]:5", "10.89.0.3:80"),
        ] {
            assert!(!admitted(client, target), "{client} {target}");
        }
    }
}
