//! TCP. A connection is two, one inside and one outside, each spoken by the kernel; we move what they carry, and their
//! ends.
//!
//! ```text
//!  payload                    namespace                     proxy                      world
//!    |------ SYN ----------------> held --- log ------------> | connect ----------------> |
//!    |                                                        | <------ accepted, refused, unreachable
//!    |                            <---- SYN once more ------- | or RST, ICMP: what the far end has said
//!    |<----- SYN, ACK ------------ our listener ------------> | accept
//!    |<=============================== splice ==========================================> |
//! ```
//!
//! So a program that connects learns what it would learn without us. A connection to a published port goes the other
//! way, from the client's own address. Who wants the resolver may be let in at once: then the far end is ours
//! ([`super::resolver`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventFlags};
use rustix::io::Errno;
use rustix::net::{
    SocketAddrAny, SocketFlags, SocketType, acceptfrom_with, bind, connect, getsockname, socket_with, sockopt,
};

use super::destinations::Destination;
use super::factory::{Kind, Version};
use super::flows::{Direction as Way, Logged, Outcome, Protocol};
use super::packet;
use super::peers::{self, Question};
use super::pipes::{Direction, Moved, Pipes, Sender};
use super::proxy::{Entry, Proxy, PublishedSocket, SlotId, Source};

/// How long we wait for somebody inside who no longer wants the connection that we have made.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections are accepted before others have their turn.
const ACCEPTED_AT_ONCE: usize = 64;

/// Both sockets tell of all changes, once.
pub const ALL_NEWS: EventFlags = EventFlags::IN.union(EventFlags::OUT).union(EventFlags::RDHUP).union(EventFlags::ET);

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Inside,
    Outside,
}

#[derive(Debug)]
pub struct Stream {
    stage: Stage,
    /// `None` until the one inside is there.
    inside: Option<OwnedFd>,
    /// `None` until a peer has given it.
    outside: Option<OwnedFd>,
    out: Direction,
    back: Direction,
    logged: Option<Box<Logged>>,
}

#[derive(Debug)]
enum Stage {
    /// A peer is asked for the outside; until it is there, that is the question.
    Asking {
        client: SocketAddr,
        target: SocketAddr,
        syn: Box<[u8]>,
        question: Question,
        until: Instant,
    },
    /// The world is asked.
    Calling {
        client: SocketAddr,
        target: SocketAddr,
        syn: Box<[u8]>,
    },
    /// The world has accepted; the one inside may go on.
    Called {
        client: SocketAddr,
        target: SocketAddr,
        syn: Box<[u8]>,
        until: Instant,
    },
    /// A client outside waits for the container to accept.
    Joining,
    Open,
}

impl Stream {
    fn new(stage: Stage, inside: Option<OwnedFd>, outside: Option<OwnedFd>) -> Stream {
        Stream { stage, inside, outside, out: Direction::default(), back: Direction::default(), logged: None }
    }

    /// What the log tells of it.
    pub fn logged(&self) -> Option<Logged> {
        let (sent_bytes, received_bytes) = (self.out.carried_bytes(), self.back.carried_bytes());
        self.logged.as_deref().map(|logged| Logged { sent_bytes, received_bytes, ..logged.clone() })
    }

    /// What has become of it when nothing happens.
    pub fn outcome(&self) -> Outcome {
        match self.stage {
            Stage::Asking { .. } => Outcome::TimedOut,
            _ => Outcome::Abandoned,
        }
    }

    /// Who wants what, as long as it is being made.
    pub fn pair(&self) -> Option<(SocketAddr, SocketAddr)> {
        match &self.stage {
            Stage::Asking { client, target, .. }
            | Stage::Calling { client, target, .. }
            | Stage::Called { client, target, .. } => Some((*client, *target)),
            Stage::Joining | Stage::Open => None,
        }
    }

    pub fn expires(&self) -> Option<Instant> {
        match self.stage {
            Stage::Asking { until, .. } | Stage::Called { until, .. } => Some(until),
            _ => None,
        }
    }

    pub fn watch(&self, poll: &impl AsFd, id: SlotId) -> Result<(), Errno> {
        let source = Source::Slot(id).encode();
        if let Stage::Asking { question, .. } = &self.stage {
            epoll::add(poll, question, source, ALL_NEWS)?;
        }
        self.outside.iter().try_for_each(|socket| epoll::add(poll, socket, source, ALL_NEWS))?;
        let source = Source::Inside(id).encode();
        self.inside.iter().try_for_each(|socket| epoll::add(poll, socket, source, ALL_NEWS))
    }

    /// `end`: which of the two has news; both may where nobody knows.
    fn pump(
        &mut self,
        end: Option<End>,
        news: EventFlags,
        pipes: &mut Pipes,
        buffer: &mut [u8],
    ) -> Result<Moved, Errno> {
        let (Some(inside), Some(outside)) = (&self.inside, &self.outside) else { return Ok(Moved::All) };
        let mut moved = Moved::All;
        let ends = [(End::Inside, inside, outside, &mut self.out), (End::Outside, outside, inside, &mut self.back)];
        for (from_end, from, to, direction) in ends {
            let sends = end.is_none_or(|end| end == from_end);
            if !sends && !direction.is_waiting() {
                continue;
            }
            let has_more = end.is_none() || !sends || news.intersects(EventFlags::RDHUP | EventFlags::HUP);
            let sender = if has_more { Sender::MustBeAsked } else { Sender::WillBeHeard };
            if direction.pump((from, sender), to, pipes, buffer)? == Moved::Share {
                moved = Moved::Share;
            }
        }
        Ok(moved)
    }

    fn is_done(&self) -> bool {
        self.out.is_closed() && self.back.is_closed()
    }

    /// Both ends learn that the connection was broken.
    fn reset(self) {
        for socket in [self.outside, self.inside].into_iter().flatten() {
            reset(socket);
        }
    }
}

impl Proxy {
    /// Somebody inside wants a connection.
    pub fn call(&mut self, client: SocketAddr, target: SocketAddr, syn: &[u8]) {
        if let Some(id) = self.calling.get(&(client, target)).copied() {
            // Sent once more. If the world has accepted already, what we let in got lost.
            return self.let_in(id);
        }
        if self.is_full() {
            return; // It tries again.
        }
        let logged = self.logged(Protocol::Tcp, Way::Out, client, target);
        match self.begin_call(client, target, syn) {
            Ok(mut stream) => {
                stream.logged = logged;
                if let Some(id) = self.add(stream) {
                    self.calling.insert((client, target), id);
                    self.let_in(id);
                }
            }
            Err(errno) => {
                self.note(logged.as_deref(), if errno == Errno::ACCESS { Outcome::Denied } else { errno.into() });
                self.refuse(client, syn, errno);
            }
        }
    }

    fn begin_call(&mut self, client: SocketAddr, target: SocketAddr, syn: &[u8]) -> Result<Stream, Errno> {
        let until = self.now + PATIENCE;
        if self.destinations.hears_questions(target) {
            let ours = self.meet(client, target)?;
            return Ok(Stream::new(Stage::Called { client, target, syn: syn.into(), until }, None, Some(ours)));
        }
        match self.destinations.find(target)? {
            Destination::World(to) => {
                let outside = open_outside(to)?;
                Ok(Stream::new(Stage::Calling { client, target, syn: syn.into() }, None, Some(outside)))
            }
            Destination::Peer { socket, own } => {
                let question = peers::ask(&socket, Kind::Streams, SocketAddr::new(own, client.port()), target)?;
                Ok(Stream::new(Stage::Asking { client, target, syn: syn.into(), question, until }, None, None))
            }
        }
    }

    fn add(&mut self, stream: Stream) -> Option<SlotId> {
        self.insert(Entry::Stream(Box::new(stream)))
    }

    fn stream(&mut self, id: SlotId) -> Option<&mut Stream> {
        match self.entry(id)? {
            Entry::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Answers the first packet of a connection that could not be made.
    fn refuse(&self, client: SocketAddr, syn: &[u8], errno: Errno) {
        match errno {
            Errno::CONNREFUSED | Errno::CONNRESET => {
                if let Some(refusal) = packet::refusal(syn) {
                    self.inject(client.ip(), &refusal);
                }
            }
            errno => self.report(client.ip(), syn, errno, self.destinations.reporter(client.ip())),
        }
    }

    /// Something has happened to a connection, or it is its turn.
    pub fn move_on(&mut self, id: SlotId, end: Option<End>, news: EventFlags) {
        let Some(stream) = self.stream(id) else { return };
        match &stream.stage {
            Stage::Asking { .. } => self.given(id),
            Stage::Calling { .. } => self.answered(id),
            Stage::Called { .. } => {} // What comes from outside waits until somebody inside can have it.
            Stage::Joining => self.joined(id, news),
            Stage::Open => self.carry(id, end, news),
        }
    }

    /// A peer has answered, or gone.
    fn given(&mut self, id: SlotId) {
        let Some(stream) = self.stream(id) else { return };
        let Stage::Asking { question, .. } = &stream.stage else { return };
        let Some(given) = question.answer() else { return };
        match given {
            Ok(outside) => {
                if let Stage::Asking { client, target, syn, .. } = std::mem::replace(&mut stream.stage, Stage::Open) {
                    stream.stage = Stage::Calling { client, target, syn };
                }
                if self.watch(&outside, Source::Slot(id), ALL_NEWS).is_err() {
                    self.end(id); // Its sender tries again.
                    return;
                }
                if let Some(stream) = self.stream(id) {
                    stream.outside = Some(outside);
                }
                self.answered(id);
            }
            Err(errno) => self.refuse_call(id, errno),
        }
    }

    /// The world has answered a call.
    fn answered(&mut self, id: SlotId) {
        let until = self.now + PATIENCE;
        let Some(stream) = self.stream(id) else { return };
        match stream.outside.as_ref().map_or(Ok(false), connected) {
            Ok(true) => {
                if let Stage::Calling { client, target, syn } = std::mem::replace(&mut stream.stage, Stage::Open) {
                    stream.stage = Stage::Called { client, target, syn, until };
                    self.expect_end();
                    self.let_in(id);
                }
            }
            Ok(false) => {}
            Err(errno) => self.refuse_call(id, errno),
        }
    }

    fn refuse_call(&mut self, id: SlotId, errno: Errno) {
        if let Some(Entry::Stream(stream)) = self.conclude(id, errno.into())
            && let Stage::Asking { client, syn, .. } | Stage::Calling { client, syn, .. } = stream.stage
        {
            self.refuse(client, &syn, errno);
        }
    }

    /// Sends the first packet once more, on which the rules now have no hold, if the world has accepted.
    fn let_in(&mut self, id: SlotId) {
        let Some(Stage::Called { target, syn, .. }) = self.stream(id).map(|stream| &stream.stage) else { return };
        let (target, packet) = (target.ip(), packet::with_checksum(syn));
        if let Some(packet) = packet {
            self.inject(target, &packet);
        }
    }

    /// Connections from inside have come to our listener.
    pub fn accept(&mut self, version: Version) {
        for _ in 0..ACCEPTED_AT_ONCE {
            let Some(listening) = self.inside.listening(version) else { return };
            let Some((inside, client)) = accept(&listening.streams) else { return };
            let target = getsockname(&inside).ok().and_then(plain);
            let id = target.and_then(|target| self.calling.remove(&(client, target)));
            match id {
                Some(id) => self.open(id, inside),
                None => reset(inside), // Whoever came past the rules comes no further.
            }
        }
    }

    fn open(&mut self, id: SlotId, inside: OwnedFd) {
        let _ = sockopt::set_tcp_nodelay(&inside, true); // Slower without.
        let is_watched = self.watch(&inside, Source::Inside(id), ALL_NEWS).is_ok();
        match self.stream(id) {
            Some(stream) if is_watched => {
                stream.inside = Some(inside);
                self.begin(id, EventFlags::empty());
            }
            _ => {
                self.conclude(id, Outcome::Failed);
                reset(inside);
            }
        }
    }

    /// Both ends are there.
    fn begin(&mut self, id: SlotId, news: EventFlags) {
        let Some(stream) = self.stream(id) else { return };
        stream.stage = Stage::Open;
        if let Some(logged) = stream.logged.clone() {
            self.note(Some(&logged), Outcome::Established);
        }
        self.carry(id, None, news);
    }

    /// A client outside has connected to a published port.
    pub fn accept_published(&mut self, place: usize) {
        if self.is_early(place) {
            return self.let_wait(place);
        }
        for _ in 0..ACCEPTED_AT_ONCE {
            let Some(published) = self.published(place) else { return };
            let PublishedSocket::Streams(listener) = &published.socket else { return };
            let Some((outside, client)) = accept(listener) else { return };
            let (visible, own) = self.seen_inside(client, Kind::Streams, published.port.container_port);
            let _ = sockopt::set_tcp_nodelay(&outside, true); // Slower without.
            let logged = self.logged(Protocol::Tcp, Way::In, client, own);
            match self.make_inside(Kind::Streams, visible, own) {
                Ok(inside) => {
                    let stream = Stream::new(Stage::Joining, Some(inside), Some(outside));
                    self.add(Stream { logged, ..stream });
                }
                Err(errno) => {
                    self.note(logged.as_deref(), errno.into());
                    reset(outside);
                }
            }
        }
    }

    /// As whom a client outside appears inside, and where it is heard: a client of IPv6 at the port of IPv4 where
    /// nobody inside listens at that of IPv6, so that a program which knows IPv4 only is reached by everybody.
    pub fn seen_inside(&self, client: SocketAddr, kind: Kind, port: u16) -> (SocketAddr, SocketAddr) {
        let visible = self.destinations.visible(client);
        let own = self.destinations.own(visible, port);
        if own.is_ipv4() || self.is_heard(kind, own) {
            return (visible, own);
        }
        let visible = SocketAddr::new(self.destinations.gateway(), visible.port());
        (visible, self.destinations.own(visible, port))
    }

    /// Whether somebody inside listens at this port, for clients of either version.
    pub fn is_served(&self, port: u16) -> bool {
        let clients: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        clients.into_iter().any(|client| {
            let own = self.destinations.own(SocketAddr::new(client, 0), port);
            let socket = self.inside.make(Kind::Streams, Version::of(own.ip()));
            socket.is_ok_and(|socket| bind(&socket, &own) == Err(Errno::ADDRINUSE))
        })
    }

    /// Whether somebody inside listens there: then nobody else may.
    fn is_heard(&self, kind: Kind, own: SocketAddr) -> bool {
        let socket = self.inside.make(kind, Version::of(own.ip()));
        socket.is_ok_and(|socket| bind(&socket, &own).is_err())
    }

    /// The container has answered a client.
    fn joined(&mut self, id: SlotId, news: EventFlags) {
        let Some(stream) = self.stream(id) else { return };
        match stream.inside.as_ref().map(connected) {
            Some(Ok(true)) => self.begin(id, news),
            Some(Ok(false)) => {}
            Some(Err(errno)) => self.reset(id, errno.into()),
            None => self.reset(id, Outcome::Failed),
        }
    }

    fn carry(&mut self, id: SlotId, end: Option<End>, news: EventFlags) {
        let (mut pipes, mut buffer) = (std::mem::take(&mut self.pipes), std::mem::take(&mut self.buffer));
        let carried = self.stream(id).map(|stream| {
            // Whatever is still on the way when a connection breaks is lost, as without us.
            let moved = match news.contains(EventFlags::ERR) {
                true => Err(Errno::CONNRESET),
                false => stream.pump(end, news, &mut pipes, &mut buffer),
            };
            (moved, stream.is_done())
        });
        (self.pipes, self.buffer) = (pipes, buffer);
        let Some((moved, is_done)) = carried else { return };
        match moved {
            Err(_) => self.reset(id, Outcome::Reset),
            Ok(_) if is_done => drop(self.conclude(id, Outcome::Closed)),
            Ok(Moved::Share) => self.unfinished.push(id),
            Ok(Moved::All) => {}
        }
    }

    fn reset(&mut self, id: SlotId, outcome: Outcome) {
        if let Some(Entry::Stream(stream)) = self.conclude(id, outcome) {
            stream.reset();
        }
    }
}

fn accept(listener: impl AsFd) -> Option<(OwnedFd, SocketAddr)> {
    loop {
        return match acceptfrom_with(&listener, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            Ok((socket, from)) => Some((socket, plain(from?)?)),
            // Of that one connection (man 2 accept).
            Err(Errno::INTR | Errno::CONNABORTED) => continue,
            Err(_) => None,
        };
    }
}

/// Without what belongs to a host only: flow and interface.
pub fn plain(address: SocketAddrAny) -> Option<SocketAddr> {
    let address = SocketAddr::try_from(address).ok()?;
    Some(SocketAddr::new(address.ip(), address.port()))
}

pub fn open_outside(destination: SocketAddr) -> Result<OwnedFd, Errno> {
    let family = Version::of(destination.ip()).family();
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    let _ = sockopt::set_tcp_nodelay(&socket, true); // Slower without.
    // A program's own probes end at us; these find out whether the far end is still there.
    let _ = sockopt::set_socket_keepalive(&socket, true);
    start_connecting(socket, destination)
}

fn start_connecting(socket: OwnedFd, destination: SocketAddr) -> Result<OwnedFd, Errno> {
    match connect(&socket, &destination) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(errno) => Err(errno),
    }
}

/// Whether a connection that was begun is there; an error if it never will be.
fn connected(socket: &OwnedFd) -> Result<bool, Errno> {
    sockopt::socket_error(socket)??;
    match rustix::net::getpeername(socket) {
        Ok(_) => Ok(true),
        Err(Errno::NOTCONN) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Closes a connection in a way that tells the other end that it was not meant to end here.
fn reset(socket: OwnedFd) {
    let _ = sockopt::set_socket_linger(&socket, Some(Duration::ZERO)); // An ordinary end otherwise.
}
