//! Echo requests (ping), through the kernel's ping sockets (icmp(7)) where the host lets its users have them.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, SocketType, connect, ipproto, recv, send, socket_with};

use super::destinations::Destination;
use super::factory::Version;
use super::flows::{Direction, Logged, Outcome, Protocol};
use super::packet::{self, Echo};
use super::proxy::{Entry, Proxy, SlotId, Source};
use crate::network::members;

/// How long answers are waited for after the last request.
const PATIENCE: Duration = Duration::from_secs(30);
const AT_ONCE: usize = 16;

/// One program inside that sends requests to one target.
#[derive(Debug)]
pub struct Pings {
    socket: OwnedFd,
    client: IpAddr,
    target: IpAddr,
    id: u16,
    last: Instant,
    pub logged: Option<Box<Logged>>,
}

impl Pings {
    pub fn key(&self) -> (IpAddr, IpAddr, u16) {
        (self.client, self.target, self.id)
    }

    pub fn expires(&self) -> Instant {
        self.last + PATIENCE
    }

    pub fn watch(&self, poll: &impl AsFd, id: SlotId) -> Result<(), Errno> {
        epoll::add(poll, &self.socket, Source::Slot(id).encode(), epoll::EventFlags::IN)
    }
}

impl Proxy {
    /// Somebody inside has sent a request.
    pub fn ping(&mut self, echo: &Echo, packet: &[u8]) {
        if self.destinations.is_virtual(echo.target) {
            return self.inject(echo.client, &packet::echo_reply(echo));
        }
        // Whoever listens for a peer has its namespace, and that answers.
        let found = self.destinations.find(SocketAddr::new(echo.target, 0));
        let is_denied = found == Err(Errno::ACCESS);
        let sent = match found {
            Ok(Destination::Peer { socket, .. }) if members::lives(&socket) => {
                return self.inject(echo.client, &packet::echo_reply(echo));
            }
            Ok(Destination::Peer { .. }) => Err(Errno::HOSTUNREACH),
            Ok(Destination::World(to)) => self.pings_of(echo, to).and_then(|id| self.send_request(id, echo)),
            Err(errno) => Err(errno),
        };
        if let Err(errno) = sent {
            let logged = self.logged_pings(echo);
            self.note(logged.as_deref(), if is_denied { Outcome::Denied } else { errno.into() });
            self.report(echo.client, packet, errno, self.destinations.reporter(echo.client));
        }
    }

    fn pings_of(&mut self, echo: &Echo, destination: SocketAddr) -> Result<SlotId, Errno> {
        let key = (echo.client, echo.target, echo.id);
        if let Some(id) = self.pings.get(&key) {
            return Ok(*id);
        }
        let socket = open_outside(destination)?;
        let logged = self.logged_pings(echo);
        let Echo { client, target, id, .. } = *echo;
        let pings = Pings { socket, client, target, id, last: self.now, logged: logged.clone() };
        let id = self.insert(Entry::Pings(Box::new(pings))).ok_or(Errno::NOBUFS)?;
        self.pings.insert(key, id);
        self.note(logged.as_deref(), Outcome::Established);
        Ok(id)
    }

    fn logged_pings(&self, echo: &Echo) -> Option<Box<Logged>> {
        let [client, target] = [echo.client, echo.target].map(|address| SocketAddr::new(address, 0));
        self.logged(Protocol::Icmp, Direction::Out, client, target)
    }

    fn at(&mut self, id: SlotId) -> Option<&mut Pings> {
        match self.entry(id)? {
            Entry::Pings(pings) => Some(pings),
            _ => None,
        }
    }

    fn send_request(&mut self, id: SlotId, echo: &Echo) -> Result<(), Errno> {
        let now = self.now;
        let Some(pings) = self.at(id) else { return Ok(()) };
        pings.last = now;
        if let Some(logged) = &mut pings.logged {
            logged.sent_bytes += echo.data.len() as u64;
        }
        send(&pings.socket, &packet::echo_request(echo), SendFlags::empty()).map(drop)
    }

    /// Answers have come.
    pub fn receive_echoes(&mut self, id: SlotId) {
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..AT_ONCE {
            let Some(pings) = self.at(id) else { break };
            let (client, target, number) = pings.key();
            let length = match recv(&pings.socket, &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((length, _)) => length,
                Err(Errno::AGAIN) => break,
                Err(errno) => {
                    self.conclude(id, errno.into()); // The next request begins anew, and is told why if it is still so.
                    break;
                }
            };
            if let Some((sequence, data)) = packet::parse_reply(&buffer[..length]) {
                if let Some(logged) = self.at(id).and_then(|pings| pings.logged.as_mut()) {
                    logged.received_bytes += data.len() as u64;
                }
                let reply = packet::echo_reply(&Echo { client, target, id: number, sequence, data });
                self.inject(client, &reply);
            }
        }
        self.buffer = buffer;
    }
}

fn open_outside(destination: SocketAddr) -> Result<OwnedFd, Errno> {
    let version = Version::of(destination.ip());
    let protocol = match version {
        Version::V4 => ipproto::ICMP,
        Version::V6 => ipproto::ICMPV6,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(version.family(), SocketType::DGRAM, flags, Some(protocol))?;
    connect(&socket, &destination)?;
    Ok(socket)
}
