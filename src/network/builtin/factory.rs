//! The process that makes sockets in the container's network namespace, for the proxy, which is outside.
//!
//! ```text
//!  proxy                                   factory
//!    |                                       | joins the user and the network namespace
//!    |                                       | sets up what `rules` draws
//!    |<---- Socket + descriptor, of each kind in the order of `Inside::receive` ------|
//!    |<---- Ready or Failed(error) ----------|
//!    |---- Make(kind, version) ------------->|  for each connection from outside, each flow from a peer
//!    |<---- Socket + descriptor, or Failed --|
//!    |---- Change(before, after) ----------->|  when a network is joined or left
//!    |<---- Ready, or Failed ----------------|
//! ```

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};

use nix::sys::socket::{setsockopt, sockopt};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, bind, ipproto, listen, socket_with};
use rustix::process::{Pid, set_parent_process_death_signal};
use rustix::thread::CapabilitySet;

use super::Builtin;
use super::rules::{self, LISTENING_PORT, MARK, Side};
use crate::error::{During, Error, Result};
use crate::init::namespaces::{Joined, setns_all};
use crate::process::handshake::{Channel, Message};
use crate::process::spawn::die_with;
use crate::sys;
use crate::sys::seccomp::{Action, SockFilter};

/// How many connections may wait until we have time for them.
const BACKLOG: i32 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V4,
    V6,
}

impl Version {
    pub const BOTH: [Version; 2] = [Version::V4, Version::V6];

    pub fn of(address: IpAddr) -> Version {
        if address.is_ipv4() { Version::V4 } else { Version::V6 }
    }

    pub fn family(self) -> AddressFamily {
        match self {
            Version::V4 => AddressFamily::INET,
            Version::V6 => AddressFamily::INET6,
        }
    }
}

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Streams,
    Datagrams,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Make(Kind, Version),
    Change(Box<[Builtin; 2]>),
    Socket,
    Ready,
    Failed(Error),
}

impl Message for Word {
    fn encode(&self) -> Vec<u8> {
        match self {
            Word::Make(Kind::Streams, Version::V4) => vec![b'4'],
            Word::Make(Kind::Streams, Version::V6) => vec![b'6'],
            Word::Make(Kind::Datagrams, Version::V4) => vec![b'd'],
            Word::Make(Kind::Datagrams, Version::V6) => vec![b'D'],
            Word::Change(both) => [&b"c"[..], &serde_json::to_vec(both).expect("plain data")].concat(),
            Word::Socket => vec![b's'],
            Word::Ready => vec![b'r'],
            Word::Failed(error) => [&b"f"[..], &serde_json::to_vec(error).expect("an error is plain data")].concat(),
        }
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Word> {
        Some(match tag {
            b'4' => Word::Make(Kind::Streams, Version::V4),
            b'6' => Word::Make(Kind::Streams, Version::V6),
            b'd' => Word::Make(Kind::Datagrams, Version::V4),
            b'D' => Word::Make(Kind::Datagrams, Version::V6),
            b'c' => Word::Change(serde_json::from_slice(body).ok()?),
            b's' => Word::Socket,
            b'r' => Word::Ready,
            b'f' => Word::Failed(serde_json::from_slice(body).ok()?),
            _ => return None,
        })
    }
}

/// The proxy's side of the namespace.
#[derive(Debug)]
pub struct Inside {
    /// Packets that the rules hold.
    pub held: OwnedFd,
    pub v4: Listening,
    /// `None`: there is no IPv6 inside.
    pub v6: Option<Listening>,
    factory: Option<Factory>,
}

/// The way to the factory, which ends when this is dropped.
#[derive(Debug)]
struct Factory(Channel);

/// What is there from the beginning, for one version of IP.
#[derive(Debug)]
pub struct Listening {
    pub streams: TcpListener,
    pub datagrams: UdpSocket,
    /// Sends whole packets.
    pub packets: OwnedFd,
}

impl Inside {
    /// What the factory sends from the beginning.
    pub fn receive(factory: Channel) -> Result<Inside> {
        let factory = Factory(factory);
        let mut sockets = Vec::new();
        loop {
            match factory.hear()? {
                (Word::Socket, Some(socket)) => sockets.push(socket),
                (Word::Ready, _) => break,
                _ => return Err(Factory::gone()),
            }
        }
        let mut sockets = sockets.into_iter();
        let held = sockets.next().ok_or_else(Factory::gone)?;
        let mut listening = || {
            let (streams, datagrams) = (TcpListener::from(sockets.next()?), UdpSocket::from(sockets.next()?));
            Some(Listening { streams, datagrams, packets: sockets.next()? })
        };
        Ok(Inside { held, v4: listening().ok_or_else(Factory::gone)?, v6: listening(), factory: Some(factory) })
    }

    /// No connections from outside will come, for now.
    pub fn close_factory(&mut self) {
        self.factory = None;
    }

    pub fn has_factory(&self) -> bool {
        self.factory.as_ref().is_some_and(|factory| !factory.0.peer_has_gone())
    }

    /// Another one serves from here on.
    pub fn take_factory(&mut self, channel: Channel) {
        self.factory = Some(Factory(channel));
    }

    pub fn listening(&self, version: Version) -> Option<&Listening> {
        match version {
            Version::V4 => Some(&self.v4),
            Version::V6 => self.v6.as_ref(),
        }
    }

    /// One more socket in the namespace, for a connection or a flow from any address; it does not block.
    pub fn make(&self, kind: Kind, version: Version) -> Result<OwnedFd> {
        let factory = self.factory.as_ref().ok_or_else(Factory::gone)?;
        factory.say(&Word::Make(kind, version))?;
        factory.hear()?.1.ok_or_else(Factory::gone)
    }

    /// Has the namespace follow a change of the networks that the container is in.
    pub fn change(&self, before: &Builtin, after: &Builtin) -> Result<()> {
        let factory = self.factory.as_ref().ok_or_else(Factory::gone)?;
        // No more than it has to know, so that it fits into a packet, however many ports are published.
        let told = |builtin: &Builtin| Builtin {
            addresses: builtin.addresses,
            mac: builtin.mac,
            memberships: builtin.memberships.clone(),
            ..Builtin::default()
        };
        factory.say(&Word::Change(Box::new([told(before), told(after)])))?;
        factory.hear().map(drop)
    }
}

impl Factory {
    fn say(&self, word: &Word) -> Result<()> {
        self.0.send(word)
    }

    fn hear(&self) -> Result<(Word, Option<OwnedFd>)> {
        match self.0.receive_with_fd()? {
            Some((Word::Failed(error), _)) => Err(error),
            Some(heard) => Ok(heard),
            None => Err(Factory::gone()),
        }
    }

    fn gone() -> Error {
        Error::new("the process in the network namespace ended")
    }
}

/// The process, from its first moment on. Returns its exit code.
pub fn run(proxy: &Channel, joined: Vec<Joined>, builtin: &Builtin, monitor: Pid) -> i32 {
    let _ = rustix::thread::set_name(c"box-net"); // only for people who look at `ps`
    match enter(joined, monitor).and_then(|()| equip(proxy, builtin)) {
        Ok(()) => serve(proxy),
        Err(error) => {
            let _ = proxy.send(&Word::Failed(error)); // A proxy that has gone needs no answer.
            1
        }
    }
}

/// One that a command starts for a proxy that has none: once it is ready it ends with the proxy, whatever becomes of
/// the command. The namespace is set up already. Returns its exit code.
pub fn run_later(proxy: &Channel, joined: &[Joined]) -> i32 {
    // Only for people who look at `ps`: it has the command's words otherwise.
    let _ = rustix::thread::set_name(c"box-net");
    let _ = sys::title::overwrite("box-net");
    let enter = || -> Result<()> {
        rustix::process::setsid()?;
        rustix::process::chdir("/")?;
        setns_all(joined)?;
        set_parent_process_death_signal(None).during(|| "outlive the command")
    };
    let entered = enter();
    let _ = proxy.send(&entered.clone().map_or_else(Word::Failed, |()| Word::Ready)); // As above.
    if entered.is_ok() { serve(proxy) } else { 1 }
}

/// Waits for one that was started so.
pub fn await_ready(factory: Channel) -> Result<Channel> {
    let factory = Factory(factory);
    factory.hear()?;
    Ok(factory.0)
}

fn enter(joined: Vec<Joined>, monitor: Pid) -> Result<()> {
    // From here on: root of the container's user namespace, in the container's network.
    setns_all(&joined)?;
    die_with(monitor)
}

/// Sets up the namespace, and sends what the proxy needs from the beginning.
fn equip(proxy: &Channel, builtin: &Builtin) -> Result<()> {
    // A filter may refuse sockets of what the kernel has.
    let has_v6 = rules::prepare(builtin)? && open(Version::V6, SocketType::STREAM, None).is_ok();
    let send = |socket: OwnedFd| proxy.send_with(&Word::Socket, Some(socket.as_fd()));
    send(rules::receive_logged()?.into_fd())?;
    for side in [Some(Side::v4(builtin.addresses)), has_v6.then(Side::v6)].into_iter().flatten() {
        let version = Version::of(side.own);
        let place = SocketAddr::new(side.gateway, LISTENING_PORT);
        let streams = transparent(version, SocketType::STREAM)?;
        bind(&streams, &place).and_then(|()| listen(&streams, BACKLOG)).during(|| "listen inside")?;
        send(streams)?;
        let datagrams = transparent(version, SocketType::DGRAM)?;
        match version {
            Version::V4 => setsockopt(&datagrams, sockopt::Ipv4OrigDstAddr, &true),
            Version::V6 => setsockopt(&datagrams, sockopt::Ipv6OrigDstAddr, &true),
        }
        .during(|| "ask where datagrams were sent to")?;
        bind(&datagrams, &place).during(|| "listen for datagrams inside")?;
        send(datagrams)?;
        let packets = open(version, SocketType::RAW, Some(ipproto::RAW))?;
        setsockopt(&packets, sockopt::Mark, &MARK).during(|| "mark packets")?;
        send(packets)?;
    }
    proxy.send(&Word::Ready)
}

/// Makes what is asked for, until the proxy has gone. Returns the exit code.
fn serve(proxy: &Channel) -> i32 {
    if confine().is_err() {
        return 1;
    }
    loop {
        let done = match proxy.receive() {
            Ok(Some(Word::Make(Kind::Streams, version))) => stream(version).map(Some),
            Ok(Some(Word::Make(Kind::Datagrams, version))) => transparent(version, SocketType::DGRAM).map(Some),
            Ok(Some(Word::Change(both))) => rules::change(&both[0], &both[1]).map(|()| None),
            _ => return 0,
        };
        let sent = match done {
            Ok(Some(socket)) => proxy.send_with(&Word::Socket, Some(socket.as_fd())),
            Ok(None) => proxy.send(&Word::Ready),
            Err(error) => proxy.send(&Word::Failed(error)),
        };
        if sent.is_err() {
            return 1;
        }
    }
}

/// From here on: makes sockets and hands them over, and speaks with the network of the namespace.
fn confine() -> Result<()> {
    let needed = CapabilitySet::NET_ADMIN;
    sys::capability::set(needed, needed, CapabilitySet::empty())?;
    rustix::thread::set_no_new_privs(true).during(|| "give up new privileges")?;
    sys::seccomp::load(&filter())
}

pub fn filter() -> Vec<SockFilter> {
    let calls = [
        "socket",
        "setsockopt",
        "sendmsg",
        "recvmsg",
        "sendto",
        "recvfrom",
        "close",
        "brk",
        "mmap",
        "munmap",
        "mremap",
        "madvise",
        "rt_sigprocmask",
        "rt_sigreturn",
        "sigaltstack",
        "exit_group",
    ];
    sys::seccomp::allow_only(&calls, Action::Errno(libc::ENOSYS as u16))
}

/// May take any address.
fn transparent(version: Version, kind: SocketType) -> Result<OwnedFd> {
    let socket = open(version, kind, None)?;
    // On a socket of IPv6 as well: the option is one of the socket, not of the family.
    setsockopt(&socket, sockopt::IpTransparent, &true).during(|| "make a socket transparent")?;
    Ok(socket)
}

/// For one connection: may take an address that was in use a moment ago.
fn stream(version: Version) -> Result<OwnedFd> {
    let socket = transparent(version, SocketType::STREAM)?;
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true).during(|| "prepare a socket")?;
    Ok(socket)
}

fn open(version: Version, kind: SocketType, protocol: Option<Protocol>) -> Result<OwnedFd> {
    socket_with(version.family(), kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, protocol)
        .during(|| "open a socket in the network namespace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_arrives_as_it_was_sent() {
        let failed = Word::Failed(Error::new("why"));
        let both = Word::Change(Box::new([Builtin::default(), Builtin { is_member: true, ..Builtin::default() }]));
        let make = |version| [Kind::Streams, Kind::Datagrams].map(|kind| Word::Make(kind, version));
        for word in Version::BOTH.into_iter().flat_map(make).chain([both, Word::Socket, Word::Ready, failed]) {
            let bytes = word.encode();
            assert_eq!(Word::decode(bytes[0], &bytes[1..]), Some(word));
        }
    }
}
