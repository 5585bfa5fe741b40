//! The loop: one thread waits for everything, and does what can be done at once.
//!
//! What belongs to one connection is in a slot; an event names the slot, and the turn in which the slot was given out,
//! for it may have been given to somebody else since. Nothing here ends the loop: what fails is one connection's end.

use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, sendto};
use rustix::process::Uid;

use super::destinations::Destinations;
use super::echo::Pings;
use super::factory::{Inside, Version};
use super::flows::{Log, Logged, Outcome};
use super::packet::{self, Held, Unreachable};
use super::peers::{Caller, Seat};
use super::pipes::Pipes;
use super::resolver::Conversation;
use super::{netlink, rules};
use crate::error::{During, Result};
use crate::network::builtin::datagrams::Flow;
use crate::network::builtin::streams::{End, Stream};
use crate::network::ports;
use crate::process::listener::Listener;
use crate::settings::Protocol;

/// The most events that are taken at once.
const EVENTS: usize = 64;
/// How often what has been idle is looked for, while there is anything to look for.
const SWEEP: Duration = Duration::from_secs(5);
/// How long clients wait for a program that was started on their account, and how often it is looked for.
const BEGINNING: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);
/// The largest packet.
const PACKET_BYTES: usize = 64 * 1024;
/// Connections and flows of one container, as far as its descriptors go.
const MOST_SLOTS: u64 = 8192;
/// Descriptors of a connection, with a pipe each way at the worst.
const FDS_OF_A_SLOT: u64 = 6;
/// Descriptors that are not those of connections.
const OTHER_FDS: u64 = 64;

/// One end of what is known to the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Packets that the rules hold.
    Held,
    /// Connections from inside.
    Streams(Version),
    /// Datagrams from inside.
    Datagrams(Version),
    /// Commands that have networks joined or left, and ports published.
    Control,
    /// A published port, by its place.
    Published(u32),
    /// Members of a network that call us, by its place.
    Callers(u32),
    /// What is in a slot.
    Slot(SlotId),
    /// The inner end of the stream that is in a slot.
    Inside(SlotId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotId {
    place: u32,
    turn: u32,
}

impl Source {
    const FIXED: u32 = u32::MAX;
    const CALLERS: u32 = u32::MAX - 1;
    /// Beside the place of a slot.
    const INSIDE: u32 = 1 << 31;

    pub fn encode(self) -> epoll::EventData {
        let fixed = |number: u32| u64::from(Source::FIXED) << 32 | u64::from(number);
        epoll::EventData::new_u64(match self {
            Source::Held => fixed(0),
            Source::Streams(Version::V4) => fixed(1),
            Source::Streams(Version::V6) => fixed(2),
            Source::Datagrams(Version::V4) => fixed(3),
            Source::Datagrams(Version::V6) => fixed(4),
            Source::Control => fixed(5),
            Source::Published(place) => fixed(6 + place),
            Source::Callers(seat) => u64::from(Source::CALLERS) << 32 | u64::from(seat),
            Source::Slot(id) => u64::from(id.place) << 32 | u64::from(id.turn),
            Source::Inside(id) => u64::from(id.place | Source::INSIDE) << 32 | u64::from(id.turn),
        })
    }

    fn decode(data: epoll::EventData) -> Source {
        let (high, low) = ((data.u64() >> 32) as u32, data.u64() as u32);
        match (high, low) {
            (Source::FIXED, 0) => Source::Held,
            (Source::FIXED, 1) => Source::Streams(Version::V4),
            (Source::FIXED, 2) => Source::Streams(Version::V6),
            (Source::FIXED, 3) => Source::Datagrams(Version::V4),
            (Source::FIXED, 4) => Source::Datagrams(Version::V6),
            (Source::FIXED, 5) => Source::Control,
            (Source::FIXED, number) => Source::Published(number - 6),
            (Source::CALLERS, seat) => Source::Callers(seat),
            (place, turn) if place & Source::INSIDE != 0 => {
                Source::Inside(SlotId { place: place & !Source::INSIDE, turn })
            }
            (place, turn) => Source::Slot(SlotId { place, turn }),
        }
    }
}

#[derive(Debug)]
pub enum Entry {
    Stream(Box<Stream>),
    Flow(Box<Flow>),
    Pings(Box<Pings>),
    Caller(Box<Caller>),
    Conversation(Box<Conversation>),
}

impl Entry {
    /// When it ends unless something happens.
    fn expires(&self) -> Option<Instant> {
        match self {
            Entry::Stream(stream) => stream.expires(),
            Entry::Flow(flow) => Some(flow.expires()),
            Entry::Pings(pings) => Some(pings.expires()),
            Entry::Caller(caller) => Some(caller.expires()),
            Entry::Conversation(conversation) => Some(conversation.expires()),
        }
    }

    /// What the log tells of it.
    pub fn logged(&self) -> Option<Logged> {
        match self {
            Entry::Stream(stream) => stream.logged(),
            Entry::Flow(flow) => flow.logged.as_deref().cloned(),
            Entry::Pings(pings) => pings.logged.as_deref().cloned(),
            Entry::Caller(_) | Entry::Conversation(_) => None,
        }
    }

    /// What has become of it when nothing happens.
    fn outcome(&self) -> Outcome {
        match self {
            Entry::Stream(stream) => stream.outcome(),
            _ => Outcome::Closed,
        }
    }
}

/// A port of the host that leads inside.
#[derive(Debug)]
pub struct Published {
    pub socket: PublishedSocket,
    pub port: ports::Published,
    /// Until then clients wait for somebody inside to listen; `None`: they are refused.
    patience: Option<Instant>,
}

#[derive(Debug)]
pub enum PublishedSocket {
    Streams(TcpListener),
    Datagrams(UdpSocket),
}

impl AsFd for PublishedSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            PublishedSocket::Streams(socket) => socket.as_fd(),
            PublishedSocket::Datagrams(socket) => socket.as_fd(),
        }
    }
}

impl Published {
    pub fn at(port: ports::Published, socket: OwnedFd) -> Published {
        let socket = match port.protocol {
            Protocol::Tcp => PublishedSocket::Streams(TcpListener::from(socket)),
            Protocol::Udp => PublishedSocket::Datagrams(UdpSocket::from(socket)),
        };
        Published { socket, port, patience: None }
    }

    /// Of which others have bound the socket: there are clients before the program has begun, on whose account it does.
    pub fn with_clients(self) -> Published {
        Published { patience: Some(Instant::now() + BEGINNING), ..self }
    }
}

#[derive(Debug)]
pub struct Proxy {
    poll: OwnedFd,
    pub inside: Inside,
    /// `None`: one that is published no longer.
    pub published: Vec<Option<Published>>,
    /// Ports with clients for whom nobody listens yet, by their place.
    early: Vec<usize>,
    /// In the networks that we are in; `None`: in one that we have left.
    pub seats: Vec<Option<Seat>>,
    /// Where other networks are joined and left, and ports published.
    pub control: Listener,
    pub destinations: Destinations,
    /// Where it is told what we carry.
    pub log: Option<Log>,
    /// Whose containers may call us.
    pub user: Uid,
    slots: Slots,
    /// Connections that are being made: who wants what.
    pub calling: HashMap<(SocketAddr, SocketAddr), SlotId>,
    /// Flows of datagrams: who inside, whom outside.
    pub flows: HashMap<(SocketAddr, SocketAddr), SlotId>,
    /// Of echo requests: from whom, to whom, under which number.
    pub pings: HashMap<(IpAddr, IpAddr, u16), SlotId>,
    /// Of datagrams that wait for a socket.
    pub waiting_bytes: usize,
    /// How many questions to the resolver over TCP there are.
    pub conversations: usize,
    pub pipes: Pipes,
    /// Those that had more to do than their share.
    pub unfinished: Vec<SlotId>,
    pub buffer: Vec<u8>,
    /// When this round of the loop began.
    pub now: Instant,
    swept: Instant,
    /// Whether anything ends by itself after a while.
    is_timed: bool,
}

impl Proxy {
    pub fn new(
        inside: Inside,
        published: Vec<Option<Published>>,
        seats: Vec<Option<Seat>>,
        control: Listener,
        destinations: Destinations,
        log: Option<Log>,
    ) -> Result<Proxy> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).during(|| "make an epoll descriptor")?;
        let now = Instant::now();
        let proxy = Proxy {
            poll,
            inside,
            published,
            early: Vec::new(),
            seats,
            control,
            destinations,
            log,
            user: rustix::process::geteuid(),
            slots: Slots::new(raise_limit()),
            calling: HashMap::new(),
            flows: HashMap::new(),
            pings: HashMap::new(),
            waiting_bytes: 0,
            conversations: 0,
            pipes: Pipes::default(),
            unfinished: Vec::new(),
            buffer: vec![0; PACKET_BYTES],
            now,
            swept: now,
            is_timed: false,
        };
        proxy.watch_fixed().during(|| "watch sockets")?;
        Ok(proxy)
    }

    fn watch_fixed(&self) -> Result<(), Errno> {
        let level = epoll::EventFlags::IN;
        self.watch(&self.inside.held, Source::Held, level)?;
        for version in Version::BOTH {
            if let Some(listening) = self.inside.listening(version) {
                self.watch(&listening.streams, Source::Streams(version), level)?;
                self.watch(&listening.datagrams, Source::Datagrams(version), level)?;
            }
        }
        for (place, published) in self.published.iter().enumerate() {
            let source = Source::Published(place as u32);
            published.iter().try_for_each(|published| self.watch(published.socket.as_fd(), source, level))?;
        }
        for (place, seat) in self.seats.iter().enumerate() {
            seat.iter().try_for_each(|seat| self.watch(&seat.listener, Source::Callers(place as u32), level))?;
        }
        self.watch(&self.control, Source::Control, level)
    }

    pub fn watch(&self, fd: impl AsFd, source: Source, flags: epoll::EventFlags) -> Result<(), Errno> {
        epoll::add(&self.poll, fd, source.encode(), flags)
    }

    pub fn run(mut self) -> Result<()> {
        let mut space = [MaybeUninit::uninit(); EVENTS];
        loop {
            let timeout = self.timeout();
            let events = match epoll::wait(&self.poll, &mut space, timeout.as_ref()) {
                Ok((events, _)) => &*events,
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno).during(|| "wait for packets"),
            };
            self.now = Instant::now();
            self.look_for_listeners();
            for event in events {
                self.handle(Source::decode(event.data), event.flags);
            }
            for id in std::mem::take(&mut self.unfinished) {
                match self.slots.get(id) {
                    Some(Entry::Stream(_)) => self.move_on(id, None, epoll::EventFlags::empty()),
                    _ => self.handle(Source::Slot(id), epoll::EventFlags::empty()),
                }
            }
            if self.now.duration_since(self.swept) >= SWEEP {
                self.sweep();
            }
            self.write_log();
        }
    }

    fn timeout(&self) -> Option<Timespec> {
        if !self.unfinished.is_empty() {
            return Some(Timespec { tv_sec: 0, tv_nsec: 0 });
        }
        if !self.early.is_empty() {
            return Timespec::try_from(LOOK).ok();
        }
        self.is_timed.then_some(Timespec { tv_sec: SWEEP.as_secs() as i64, tv_nsec: 0 })
    }

    fn handle(&mut self, source: Source, flags: epoll::EventFlags) {
        match source {
            Source::Held => self.receive_held(),
            Source::Streams(version) => self.accept(version),
            Source::Datagrams(version) => self.receive_datagrams(version),
            Source::Published(place) => match self.published(place as usize).map(|published| &published.socket) {
                Some(PublishedSocket::Streams(_)) => self.accept_published(place as usize),
                Some(PublishedSocket::Datagrams(_)) => self.receive_published(place as usize),
                None => {}
            },
            Source::Control => self.receive_commands(),
            Source::Callers(seat) => self.receive_callers(seat as usize),
            Source::Inside(id) => self.move_on(id, Some(End::Inside), flags),
            Source::Slot(id) => match self.slots.get(id) {
                Some(Entry::Stream(_)) => self.move_on(id, Some(End::Outside), flags),
                Some(Entry::Flow(_)) => self.receive_answers(id),
                Some(Entry::Pings(_)) => self.receive_echoes(id),
                Some(Entry::Caller(_)) => self.hear(id),
                Some(Entry::Conversation(_)) => self.converse(id),
                None => {}
            },
        }
    }

    /// Whether clients of this port shall wait, for nobody inside listens yet.
    pub fn is_early(&mut self, place: usize) -> bool {
        let Some(Published { port, patience: Some(until), .. }) = self.published(place) else { return false };
        let is_early = self.now < *until && !self.is_served(port.container_port);
        if let (false, Some(Some(published))) = (is_early, self.published.get_mut(place)) {
            published.patience = None;
        }
        is_early
    }

    /// Nothing is accepted at this port until somebody listens.
    pub fn let_wait(&mut self, place: usize) {
        let Some(published) = self.published(place) else { return };
        if epoll::delete(&self.poll, published.socket.as_fd()).is_ok() {
            self.early.push(place);
        }
    }

    fn look_for_listeners(&mut self) {
        for place in std::mem::take(&mut self.early) {
            if self.is_early(place) {
                self.early.push(place);
            } else if let Some(published) = self.published(place) {
                // One that cannot be watched, for want of memory, is lost.
                let _ = self.watch(published.socket.as_fd(), Source::Published(place as u32), epoll::EventFlags::IN);
            }
        }
    }

    /// `None`: published no longer.
    pub fn published(&self, place: usize) -> Option<&Published> {
        self.published.get(place)?.as_ref()
    }

    fn receive_held(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..EVENTS {
            let length = match recv(&self.inside.held, &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((length, _)) => length,
                // Packets were lost, as on any way; their senders try again.
                Err(Errno::NOBUFS | Errno::INTR) => continue,
                Err(_) => break,
            };
            for (_, body) in netlink::messages(&buffer[..length]) {
                let Some(packet) = rules::logged_packet(body) else { continue };
                match packet::parse(packet) {
                    Some(Held::Syn { client, target }) => self.call(client, target, packet),
                    Some(Held::Echo(echo)) => self.ping(&echo, packet),
                    None => {}
                }
            }
        }
        self.buffer = buffer;
    }

    /// Sends a whole packet inside.
    pub fn inject(&self, destination: IpAddr, packet: &[u8]) {
        if let Some(listening) = self.inside.listening(Version::of(destination)) {
            // As on any way, packets may be lost.
            let _ = sendto(&listening.packets, packet, SendFlags::empty(), &SocketAddr::new(destination, 0));
        }
    }

    /// Tells the sender of a packet why it gets nowhere.
    pub fn report(&self, client: IpAddr, packet: &[u8], errno: Errno, reporter: IpAddr) {
        let told = Unreachable::of(errno).and_then(|why| packet::unreachable(packet, why, reporter));
        if let Some(told) = told {
            self.inject(client, &told);
        }
    }

    /// Takes a slot, and watches what is in it. `None`: all are taken, or the kernel has no room.
    pub fn insert(&mut self, entry: Entry) -> Option<SlotId> {
        self.is_timed |= entry.expires().is_some();
        let id = self.slots.insert(entry)?;
        let entry = self.slots.get(id)?;
        let watched = match entry {
            Entry::Stream(stream) => stream.watch(&self.poll, id),
            Entry::Flow(flow) => flow.watch(&self.poll, id),
            Entry::Pings(pings) => pings.watch(&self.poll, id),
            Entry::Caller(caller) => caller.watch(&self.poll, id),
            Entry::Conversation(conversation) => conversation.watch(&self.poll, id),
        };
        if watched.is_err() {
            self.slots.remove(id);
        }
        watched.is_ok().then_some(id)
    }

    /// Something ends by itself after a while.
    pub fn expect_end(&mut self) {
        self.is_timed = true;
    }

    pub fn entry(&mut self, id: SlotId) -> Option<&mut Entry> {
        self.slots.get(id)
    }

    pub fn entry_at(&self, id: SlotId) -> Option<&Entry> {
        self.slots.at(id)
    }

    pub fn is_full(&self) -> bool {
        self.slots.is_full()
    }

    /// Datagrams have half of the slots: anybody who reaches a published port can begin flows without end.
    pub fn has_room_for_flows(&self) -> bool {
        self.flows.len() < self.slots.most / 2
    }

    /// Ends what is in a slot, with its sockets.
    pub fn end(&mut self, id: SlotId) -> Option<Entry> {
        let entry = self.slots.remove(id)?;
        match &entry {
            Entry::Stream(stream) => {
                if let Some(pair) = stream.pair() {
                    self.calling.remove(&pair);
                }
            }
            Entry::Flow(flow) => {
                self.waiting_bytes -= flow.waiting_bytes();
                self.flows.remove(&flow.pair());
            }
            Entry::Pings(pings) => drop(self.pings.remove(&pings.key())),
            Entry::Caller(_) => {}
            Entry::Conversation(_) => self.conversations -= 1,
        }
        Some(entry)
    }

    /// Ends what has been idle for too long.
    fn sweep(&mut self) {
        self.swept = self.now;
        let over: Vec<(SlotId, Outcome)> = self
            .slots
            .iter()
            .filter(|(_, entry)| entry.expires().is_some_and(|time| time <= self.now))
            .map(|(id, entry)| (id, entry.outcome()))
            .collect();
        for (id, outcome) in over {
            self.conclude(id, outcome);
        }
        self.is_timed = self.slots.iter().any(|(_, entry)| entry.expires().is_some());
        // What a burst has needed goes back.
        self.pipes.trim();
        self.calling.shrink_to_fit();
        self.flows.shrink_to_fit();
        self.pings.shrink_to_fit();
    }
}

/// Raises the limit on descriptors as far as we may; returns for how many connections that is enough.
fn raise_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = MOST_SLOTS * FDS_OF_A_SLOT + OTHER_FDS;
    let current = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)).max(limit.current.unwrap_or(0));
    // It stays as it is otherwise.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    let fds = if raised.is_ok() { current } else { limit.current.unwrap_or(wanted) };
    (fds.saturating_sub(OTHER_FDS) / FDS_OF_A_SLOT).clamp(16, MOST_SLOTS) as usize
}

/// What is known of each connection, by its place.
#[derive(Debug)]
struct Slots {
    entries: Vec<Option<(u32, Entry)>>,
    free: Vec<u32>,
    most: usize,
    turn: u32,
}

impl Slots {
    fn new(most: usize) -> Slots {
        Slots { entries: Vec::new(), free: Vec::new(), most, turn: 0 }
    }

    fn is_full(&self) -> bool {
        self.free.is_empty() && self.entries.len() >= self.most
    }

    fn insert(&mut self, entry: Entry) -> Option<SlotId> {
        if self.is_full() {
            return None;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        self.turn = self.turn.wrapping_add(1);
        self.entries[place as usize] = Some((self.turn, entry));
        Some(SlotId { place, turn: self.turn })
    }

    fn get(&mut self, id: SlotId) -> Option<&mut Entry> {
        let (turn, entry) = self.entries.get_mut(id.place as usize)?.as_mut()?;
        (*turn == id.turn).then_some(entry)
    }

    fn at(&self, id: SlotId) -> Option<&Entry> {
        let (turn, entry) = self.entries.get(id.place as usize)?.as_ref()?;
        (*turn == id.turn).then_some(entry)
    }

    fn remove(&mut self, id: SlotId) -> Option<Entry> {
        self.get(id)?;
        let (_, entry) = self.entries[id.place as usize].take()?;
        self.free.push(id.place);
        if self.free.len() == self.entries.len() {
            // A burst is over.
            self.entries = Vec::new();
            self.free = Vec::new();
        }
        Some(entry)
    }

    fn iter(&self) -> impl Iterator<Item = (SlotId, &Entry)> {
        (0..).zip(&self.entries).filter_map(|(place, slot)| {
            let (turn, entry) = slot.as_ref()?;
            Some((SlotId { place, turn: *turn }, entry))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_who_it_is_for() {
        let mut sources = vec![Source::Held, Source::Published(0), Source::Published(70_000)];
        for version in Version::BOTH {
            sources.extend([Source::Streams(version), Source::Datagrams(version)]);
        }
        sources.extend([Source::Control, Source::Callers(0), Source::Callers(9)]);
        let id = SlotId { place: 5, turn: u32::MAX };
        sources.extend([Source::Slot(id), Source::Inside(id)]);
        for source in sources {
            assert_eq!(Source::decode(source.encode()), source);
        }
    }

    #[test]
    fn a_slot_that_was_given_to_somebody_else_is_not_found() {
        let entry = || Entry::Flow(Box::new(Flow::for_test()));
        let mut slots = Slots::new(2);
        let (first, second) = (slots.insert(entry()).unwrap(), slots.insert(entry()).unwrap());
        assert!(slots.insert(entry()).is_none());
        assert!(slots.remove(first).is_some() && slots.remove(first).is_none());
        let third = slots.insert(entry()).unwrap();
        assert!(third.place == first.place && slots.get(first).is_none() && slots.get(third).is_some());
        assert!(slots.remove(second).is_some() && slots.remove(third).is_some());
        let fourth = slots.insert(entry()).unwrap();
        assert!(slots.get(second).is_none() && slots.get(fourth).is_some());
    }
}
