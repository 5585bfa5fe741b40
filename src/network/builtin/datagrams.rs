//! UDP. For each pair of addresses that speak to each other there is one socket outside; inside, all datagrams come to
//! one listener, and answers are sent as packets in the far end's name.

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrStorage, recvmsg, sendmsg,
};
use rustix::event::epoll;
use rustix::io::Errno;

use super::destinations::Destination;
use super::factory::{Kind, Version};
use super::flows::{Direction, Logged, Outcome, Protocol};
use super::packet;
use super::peers::{self, Question};
use super::proxy::{Entry, Proxy, PublishedSocket, SlotId, Source};
use super::resolver::Heard;

/// How long a flow lives after its last datagram: before it was answered, and since (RFC 4787 wants two minutes).
const UNANSWERED: Duration = Duration::from_secs(30);
const ANSWERED: Duration = Duration::from_secs(180);
/// Names are asked for from a new port each time.
const DNS: Duration = Duration::from_secs(10);
/// How many datagrams are taken before others have their turn.
const AT_ONCE: usize = 32;
/// Datagrams of one flow that wait for a socket, and bytes of all; what is beyond is lost.
const MOST_WAITING: usize = 16;
const MOST_WAITING_BYTES: usize = 1024 * 1024;
/// Ports of the gateway that are tried for a client whose own is another's.
const TRIED_PORTS: u16 = 64;
/// The most that a datagram holds.
const DATA_BYTES: usize = 65507;

#[derive(Debug)]
pub struct Flow {
    outside: Outside,
    /// Inside: who speaks, and to whom.
    client: SocketAddr,
    target: SocketAddr,
    asks_resolver: bool,
    is_answered: bool,
    last: Instant,
    pub logged: Option<Box<Logged>>,
}

#[derive(Debug)]
enum Outside {
    /// A peer is asked for it; what is to be sent waits.
    Asked { question: Question, waiting: Vec<Vec<u8>> },
    /// Of a flow that somebody inside began; connected.
    Own(UdpSocket),
    /// Of one that came to a published port: which, from whom, and to which address of the host.
    Published { place: usize, client: SocketAddr, asked: Option<Asked> },
}

impl Flow {
    pub fn pair(&self) -> (SocketAddr, SocketAddr) {
        (self.client, self.target)
    }

    /// Of datagrams that wait for a socket.
    pub fn waiting_bytes(&self) -> usize {
        match &self.outside {
            Outside::Asked { waiting, .. } => bytes_of(waiting),
            Outside::Own(_) | Outside::Published { .. } => 0,
        }
    }

    pub fn expires(&self) -> Instant {
        let idle = match (self.asks_resolver, self.is_answered) {
            (true, _) => DNS,
            (false, true) => ANSWERED,
            (false, false) => UNANSWERED,
        };
        self.last + idle
    }

    pub fn watch(&self, poll: &impl std::os::fd::AsFd, id: SlotId) -> Result<(), Errno> {
        match &self.outside {
            Outside::Asked { question, .. } => {
                epoll::add(poll, question, Source::Slot(id).encode(), epoll::EventFlags::IN)
            }
            Outside::Own(socket) => epoll::add(poll, socket, Source::Slot(id).encode(), epoll::EventFlags::IN),
            Outside::Published { .. } => Ok(()),
        }
    }

    #[cfg(test)]
    pub fn for_test() -> Flow {
        let place = SocketAddr::from(([10, 0, 2, 100], 9));
        Flow {
            outside: Outside::Published { place: 0, client: place, asked: None },
            client: place,
            target: place,
            asks_resolver: false,
            is_answered: false,
            last: Instant::now(),
            logged: None,
        }
    }
}

fn bytes_of(datagrams: &[Vec<u8>]) -> usize {
    datagrams.iter().map(Vec::len).sum()
}

impl Proxy {
    /// Somebody inside has sent datagrams.
    pub fn receive_datagrams(&mut self, version: Version) {
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..AT_ONCE {
            let Some(listening) = self.inside.listening(version) else { break };
            match receive_with_target(&listening.datagrams, &mut buffer) {
                Ok(Some((length, client, target))) => self.send_out(client, target, &buffer[..length]),
                Ok(None) | Err(nix::errno::Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        self.buffer = buffer;
    }

    fn send_out(&mut self, client: SocketAddr, target: SocketAddr, data: &[u8]) {
        let mut name = None;
        if self.destinations.is_resolver(target) {
            match self.consider(Protocol::Udp, client, target, data) {
                Heard::Known(answer) => return self.inject(client.ip(), &packet::datagram(target, client, &answer)),
                Heard::Denied => return self.tell(client, target, Errno::ACCESS),
                Heard::Unknown(asked) => name = asked,
            }
        }
        let sent = self.flow_to(client, target, name).and_then(|id| self.send_on(id, data));
        if let Err(errno) = sent {
            self.tell(client, target, errno);
        }
    }

    /// The flow that this pair has, else a new one. `name`: what the resolver is asked for.
    fn flow_to(&mut self, client: SocketAddr, target: SocketAddr, name: Option<String>) -> Result<SlotId, Errno> {
        if let Some(id) = self.flows.get(&(client, target)) {
            return Ok(*id);
        }
        let mut logged = self.logged(Protocol::Udp, Direction::Out, client, target);
        if let (Some(logged), Some(name)) = (&mut logged, name) {
            logged.name = Some(name.into());
        }
        let found = self.destinations.find(target);
        let is_denied = found == Err(Errno::ACCESS);
        let begun = found.and_then(|destination| match destination {
            Destination::World(to) => Ok(Outside::Own(open_outside(to)?)),
            Destination::Peer { socket, own } => {
                let client = SocketAddr::new(own, client.port());
                let question = peers::ask(&socket, Kind::Datagrams, client, target)?;
                Ok(Outside::Asked { question, waiting: Vec::new() })
            }
        });
        let outside = match begun {
            Ok(outside) => outside,
            Err(errno) => {
                self.note(logged.as_deref(), if is_denied { Outcome::Denied } else { errno.into() });
                return Err(errno);
            }
        };
        let asks_resolver = self.destinations.is_resolver(target);
        self.add_flow(Flow { outside, client, target, asks_resolver, is_answered: false, last: self.now, logged })
    }

    fn add_flow(&mut self, flow: Flow) -> Result<SlotId, Errno> {
        if !self.has_room_for_flows() {
            return Err(Errno::NOBUFS);
        }
        let (pair, logged) = (flow.pair(), flow.logged.clone());
        let id = self.insert(Entry::Flow(Box::new(flow))).ok_or(Errno::NOBUFS)?;
        self.note(logged.as_deref(), Outcome::Established);
        self.flows.insert(pair, id);
        Ok(id)
    }

    fn flow_at(&self, id: SlotId) -> Option<&Flow> {
        match self.entry_at(id)? {
            Entry::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    fn flow(&mut self, id: SlotId) -> Option<&mut Flow> {
        match self.entry(id)? {
            Entry::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    fn send_on(&mut self, id: SlotId, data: &[u8]) -> Result<(), Errno> {
        let (now, has_room) = (self.now, self.waiting_bytes + data.len() <= MOST_WAITING_BYTES);
        let Some(flow) = self.flow(id) else { return Ok(()) };
        flow.last = now;
        if let Some(logged) = &mut flow.logged {
            logged.sent_bytes += data.len() as u64;
        }
        let sent = match &mut flow.outside {
            Outside::Asked { waiting, .. } => {
                if has_room && waiting.len() < MOST_WAITING {
                    waiting.push(data.to_vec());
                    self.waiting_bytes += data.len();
                }
                return Ok(());
            }
            Outside::Own(socket) => socket.send(data),
            Outside::Published { place, client, asked } => {
                let (place, client, asked) = (*place, *client, *asked);
                flow.is_answered = true;
                match self.published(place).map(|published| &published.socket) {
                    Some(PublishedSocket::Datagrams(socket)) => send_from(socket, data, client, asked),
                    _ => return Ok(()),
                }
            }
        };
        match sent.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)) {
            // There is no room: lost, as on any way.
            Err(Errno::AGAIN | Errno::NOBUFS) | Ok(_) => Ok(()),
            Err(errno) => {
                self.give_up(id, errno);
                Err(errno)
            }
        }
    }

    /// Answers, or an error, have come from outside.
    pub fn receive_answers(&mut self, id: SlotId) {
        if self.flow(id).is_some_and(|flow| matches!(flow.outside, Outside::Asked { .. })) {
            return self.take_outside(id);
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let now = self.now;
        for _ in 0..AT_ONCE {
            let Some(flow) = self.flow(id) else { break };
            let Outside::Own(socket) = &flow.outside else { break };
            let (client, target) = flow.pair();
            match socket.recv(&mut buffer) {
                Ok(length) => {
                    (flow.is_answered, flow.last) = (true, now);
                    if let Some(logged) = &mut flow.logged {
                        logged.received_bytes += length as u64;
                    }
                    if flow.asks_resolver {
                        self.destinations.learn(&buffer[..length]);
                    }
                    self.inject(client.ip(), &packet::datagram(target, client, &buffer[..length.min(DATA_BYTES)]));
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
                    self.give_up(id, errno);
                    self.tell(client, target, errno);
                    break;
                }
            }
        }
        self.buffer = buffer;
    }

    /// A peer has answered, or gone.
    fn take_outside(&mut self, id: SlotId) {
        let Some(flow) = self.flow(id) else { return };
        let Outside::Asked { question, waiting } = &mut flow.outside else { return };
        let Some(given) = question.answer() else { return };
        let waiting = std::mem::take(waiting);
        let (client, target) = flow.pair();
        self.waiting_bytes -= bytes_of(&waiting);
        let begun = given.and_then(|socket| {
            self.watch(&socket, Source::Slot(id), epoll::EventFlags::IN)?;
            if let Some(flow) = self.flow(id) {
                flow.outside = Outside::Own(UdpSocket::from(socket));
            }
            waiting.iter().try_for_each(|data| self.send_on(id, data))
        });
        if let Err(errno) = begun {
            self.give_up(id, errno);
            self.tell(client, target, errno);
        }
    }

    /// Somebody outside has sent datagrams to a published port.
    pub fn receive_published(&mut self, place: usize) {
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..AT_ONCE {
            let Some(published) = self.published(place) else { break };
            let PublishedSocket::Datagrams(socket) = &published.socket else { break };
            let (length, client, asked) = match receive_with_asked(socket, &mut buffer) {
                Ok(Some(received)) => received,
                Err(nix::errno::Errno::EAGAIN) => break,
                Ok(None) | Err(_) => continue, // Of an answer that did not arrive.
            };
            let (visible, own) = self.seen_inside(client, Kind::Datagrams, published.port.container_port);
            let visible = self.told_apart(place, client, visible, own);
            let outside = Outside::Published { place, client, asked };
            self.send_in(outside, client, visible, own, &buffer[..length.min(DATA_BYTES)]);
        }
        self.buffer = buffer;
    }

    /// Clients that all appear as a gateway are told apart by their ports: another one where somebody has that already.
    fn told_apart(&self, place: usize, client: SocketAddr, visible: SocketAddr, own: SocketAddr) -> SocketAddr {
        if !self.destinations.is_virtual(visible.ip()) {
            return visible;
        }
        let is_other = |flow: &Flow| match flow.outside {
            Outside::Published { place: its_place, client: its_client, .. } => {
                (its_place, its_client) != (place, client)
            }
            _ => true,
        };
        let candidates = (0..TRIED_PORTS).map(|offset| {
            let port = visible.port().wrapping_add(offset).max(1);
            SocketAddr::new(visible.ip(), port)
        });
        let is_free = |candidate: &SocketAddr| {
            let known = self.flows.get(&(own, *candidate)).and_then(|id| self.flow_at(*id));
            !known.is_some_and(is_other)
        };
        candidates.into_iter().find(is_free).unwrap_or(visible)
    }

    fn send_in(&mut self, outside: Outside, client: SocketAddr, visible: SocketAddr, own: SocketAddr, data: &[u8]) {
        // Here the container's own port is who speaks to the client.
        let known = self.flows.get(&(own, visible)).copied();
        let (last, received_bytes) = (self.now, data.len() as u64);
        if let Some(known) = known.and_then(|id| self.flow(id)) {
            (known.outside, known.last) = (outside, last);
            if let Some(logged) = &mut known.logged {
                logged.received_bytes += received_bytes;
            }
        } else {
            let logged = self.logged(Protocol::Udp, Direction::In, client, own);
            let logged = logged.map(|logged| Box::new(Logged { received_bytes, ..*logged }));
            let (asks_resolver, is_answered) = (false, false);
            let flow = Flow { outside, client: own, target: visible, asks_resolver, is_answered, last, logged };
            if self.add_flow(flow).is_err() {
                return; // Lost, as on any way.
            }
        }
        self.inject(own.ip(), &packet::datagram(visible, own, data));
    }

    fn give_up(&mut self, id: SlotId, errno: Errno) {
        if let Some(Entry::Flow(flow)) = self.conclude(id, errno.into())
            && flow.asks_resolver
        {
            self.destinations.next_resolver();
        }
    }

    /// Tells who sent to `target` why that gets nowhere.
    fn tell(&self, client: SocketAddr, target: SocketAddr, errno: Errno) {
        let reporter = match errno {
            Errno::CONNREFUSED => target.ip(),
            _ => self.destinations.reporter(client.ip()),
        };
        self.report(client.ip(), &packet::datagram(client, target, &[]), errno, reporter);
    }
}

fn open_outside(destination: SocketAddr) -> Result<UdpSocket, Errno> {
    let open = || {
        let any = match destination {
            SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
            SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
        };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        socket.connect(destination)?;
        Ok(socket)
    };
    open().map_err(|error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// To which address of the host a datagram came.
#[derive(Clone, Copy, Debug)]
enum Asked {
    V4(nix::libc::in_pktinfo),
    V6(nix::libc::in6_pktinfo),
}

/// A datagram that came to a published port: its length, who sent it, and where to, of a socket that is at all
/// addresses.
fn receive_with_asked(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> nix::Result<Option<(usize, SocketAddr, Option<Asked>)>> {
    let mut space = nix::cmsg_space!(nix::libc::in6_pktinfo);
    let mut slices = [IoSliceMut::new(buffer)];
    let received =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::MSG_DONTWAIT)?;
    let asked = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::Ipv4PacketInfo(asked) => Some(Asked::V4(asked)),
        ControlMessageOwned::Ipv6PacketInfo(asked) => Some(Asked::V6(asked)),
        _ => None,
    });
    Ok(received.address.and_then(plain).map(|client| (received.bytes, client, asked)))
}

/// Sends a datagram from the address that the client has asked.
fn send_from(socket: &UdpSocket, data: &[u8], client: SocketAddr, asked: Option<Asked>) -> std::io::Result<usize> {
    let slices = [IoSlice::new(data)];
    let to = SockaddrStorage::from(client);
    // The interface is the routing table's affair: it may have changed.
    let send = |message: &[ControlMessage]| {
        Ok(sendmsg(socket.as_raw_fd(), &slices, message, MsgFlags::MSG_DONTWAIT, Some(&to))?)
    };
    match asked {
        // A datagram that was sent to all of a network has no one address.
        Some(Asked::V4(asked)) => {
            send(&[ControlMessage::Ipv4PacketInfo(&nix::libc::in_pktinfo { ipi_ifindex: 0, ..asked })])
        }
        Some(Asked::V6(asked)) => {
            send(&[ControlMessage::Ipv6PacketInfo(&nix::libc::in6_pktinfo { ipi6_ifindex: 0, ..asked })])
        }
        None => send(&[]),
    }
}

fn plain(address: SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|address| SocketAddr::from((address.ip(), address.port())));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}

/// A datagram that came to our listener: its length, who sent it, and where to. `None` where the kernel does not say.
fn receive_with_target(
    listener: &UdpSocket,
    buffer: &mut [u8],
) -> nix::Result<Option<(usize, SocketAddr, SocketAddr)>> {
    let mut space = nix::cmsg_space!(nix::libc::sockaddr_in6);
    let mut slices = [IoSliceMut::new(buffer)];
    let received =
        recvmsg::<SockaddrStorage>(listener.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::MSG_DONTWAIT)?;
    let target = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::Ipv4OrigDstAddr(address) => {
            let address = SockaddrIn::from(address);
            Some(SocketAddr::from((address.ip(), address.port())))
        }
        ControlMessageOwned::Ipv6OrigDstAddr(address) => {
            let address = SockaddrIn6::from(address);
            Some(SocketAddr::from((address.ip(), address.port())))
        }
        _ => None,
    });
    let client = received.address.and_then(plain).map(|client| SocketAddr::new(client.ip(), client.port()));
    Ok(client.zip(target).map(|(client, target)| (received.bytes, client, target)))
}
