//! What was carried, and what was not: a line of JSON for each, in files of the container, where that is asked for.
//!
//! A flow that comes about has a line, and one at its end, with what it has carried; one that does not has one, which
//! says why. The lines of one turn of the loop are written at once. What cannot be written is lost: a full disk stops
//! no connection.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::proxy::{Entry, Proxy, SlotId};
use crate::disk::rotated::Rotated;

/// Then a new file begins.
const MAX_BYTES: u64 = 4 << 20;
/// So many files remain.
const FILES: u32 = 2;
/// What the log needs beyond the proxy's other system calls.
pub const CALLS: [&str; 2] = ["renameat", "unlinkat"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// Seen from the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    In,
    Out,
}

/// What became of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has begun.
    Established,
    /// A member of a network may connect to the container; its own proxy carries what follows.
    Admitted,
    /// A question to the resolver was answered: here, or over TCP.
    Answered,
    /// It has ended, or nothing was to be heard of it for long.
    Closed,
    Reset,
    Refused,
    /// By what is allowed: `--egress`, or who is a member of a network.
    Denied,
    Unreachable,
    TimedOut,
    /// Whoever has begun it has not waited.
    Abandoned,
    /// Here was no room for it.
    Failed,
}

impl From<Errno> for Outcome {
    fn from(errno: Errno) -> Outcome {
        match errno {
            Errno::CONNREFUSED => Outcome::Refused,
            Errno::CONNRESET | Errno::PIPE => Outcome::Reset,
            Errno::TIMEDOUT => Outcome::TimedOut,
            Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM => Outcome::Failed,
            _ => Outcome::Unreachable,
        }
    }
}

/// A flow of which the log tells.
#[derive(Clone, Debug)]
pub struct Logged {
    pub protocol: Protocol,
    pub direction: Direction,
    pub source: SocketAddr,
    /// Port 0: it has none.
    pub destination: SocketAddr,
    /// Which was looked up for the destination, or which the resolver is asked for.
    pub name: Option<Box<str>>,
    pub began: Instant,
    /// By the container, and to it.
    pub sent_bytes: u64,
    pub received_bytes: u64,
}

/// A line of the files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line<'l> {
    /// RFC 3339, UTC.
    #[serde(borrow)]
    pub time: Cow<'l, str>,
    pub protocol: Protocol,
    pub direction: Direction,
    pub source_address: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_port: Option<u16>,
    pub destination_address: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub name: Option<Cow<'l, str>>,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

/// What is known at the end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct End {
    pub sent_bytes: u64,
    pub received_bytes: u64,
    pub nanoseconds: u64,
}

impl Logged {
    fn line(&self, outcome: Outcome, time: Timestamp, now: Instant) -> Vec<u8> {
        let port = |address: SocketAddr| (self.protocol != Protocol::Icmp).then_some(address.port());
        let has_carried = matches!(outcome, Outcome::Closed | Outcome::Reset);
        let line = Line {
            time: format!("{time:.6}").into(),
            protocol: self.protocol,
            direction: self.direction,
            source_address: self.source.ip().to_canonical(),
            source_port: port(self.source),
            destination_address: self.destination.ip().to_canonical(),
            destination_port: port(self.destination),
            name: self.name.as_deref().map(Cow::Borrowed),
            outcome,
            end: has_carried.then(|| End {
                sent_bytes: self.sent_bytes,
                received_bytes: self.received_bytes,
                nanoseconds: now.duration_since(self.began).as_nanos() as u64,
            }),
        };
        let mut bytes = serde_json::to_vec(&line).expect("plain data");
        bytes.push(b'\n');
        bytes
    }
}

/// The files, and what is to be written there.
#[derive(Debug)]
pub struct Log {
    files: Rotated,
    newest: File,
    size_bytes: u64,
    gathered: Vec<u8>,
}

impl Log {
    pub fn open(path: &Path) -> io::Result<Log> {
        let files = Rotated::at(path)?;
        let newest = files.append()?;
        Ok(Log { size_bytes: newest.metadata()?.len(), files, newest, gathered: Vec::new() })
    }

    /// What has to be open.
    pub fn descriptors(&self) -> [RawFd; 2] {
        [self.files.as_fd().as_raw_fd(), self.newest.as_raw_fd()]
    }

    fn write(&mut self) -> io::Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.is_empty() {
            return Ok(());
        }
        if self.size_bytes + gathered.len() as u64 > MAX_BYTES {
            self.files.rotate(FILES)?;
            (self.newest, self.size_bytes) = (self.files.append()?, 0);
        }
        self.newest.write_all(&gathered)?;
        self.size_bytes += gathered.len() as u64;
        Ok(())
    }
}

impl Proxy {
    /// A flow that may be logged; `None` where there is no log.
    pub fn logged(
        &self,
        protocol: Protocol,
        direction: Direction,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Box<Logged>> {
        self.log.as_ref()?;
        let name = self.destinations.name_of(destination.ip()).map(Box::from);
        let began = self.now;
        let (sent_bytes, received_bytes) = (0, 0);
        Some(Box::new(Logged { protocol, direction, source, destination, name, began, sent_bytes, received_bytes }))
    }

    /// Tells of a flow, where there is a log.
    pub fn note(&mut self, logged: Option<&Logged>, outcome: Outcome) {
        if let (Some(log), Some(logged)) = (&mut self.log, logged) {
            log.gathered.extend(logged.line(outcome, Timestamp::now(), self.now));
        }
    }

    /// Ends what is in a slot, and tells of it.
    pub fn conclude(&mut self, id: SlotId, outcome: Outcome) -> Option<Entry> {
        let entry = self.end(id)?;
        if self.log.is_some() {
            self.note(entry.logged().as_ref(), outcome);
        }
        Some(entry)
    }

    /// Writes what there is to tell.
    pub fn write_log(&mut self) {
        if let Some(log) = &mut self.log {
            let _ = log.write(); // As the header says.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(protocol: Protocol) -> Logged {
        Logged {
            protocol,
            direction: Direction::Out,
            source: "10.0.2.100:4000".parse().unwrap(),
            destination: "192.0.2.1:443".parse().unwrap(),
            name: Some("example.org".into()),
            began: Instant::now(),
            sent_bytes: 5,
            received_bytes: 7,
        }
    }

    fn text(protocol: Protocol, outcome: Outcome) -> String {
        let time = "2026-01-02T03:04:05.5Z".parse().unwrap();
        let logged = logged(protocol);
        String::from_utf8(logged.line(outcome, time, logged.began + std::time::Duration::from_micros(1_500_000)))
            .unwrap()
    }

    #[test]
    fn a_line_tells_of_one_flow() {
        assert_eq!(
            text(Protocol::Tcp, Outcome::Denied),
            "{\"time\":\"2026-01-02T03:04:05.500000Z\",\"protocol\":\"tcp\",\"direction\":\"out\",\
             \"source_address\":\"10.0.2.100\",\"source_port\":4000,\"destination_address\":\"192.0.2.1\",\
             \"destination_port\":443,\"name\":\"example.org\",\"outcome\":\"denied\"}\n"
        );
        let closed = text(Protocol::Tcp, Outcome::Closed);
        let read: Line = serde_json::from_str(&closed).unwrap();
        let end = read.end.map(|end| (end.sent_bytes, end.received_bytes, end.nanoseconds));
        assert_eq!((end, read.source_port), (Some((5, 7, 1_500_000_000)), Some(4000)), "{closed}");
        assert!(!text(Protocol::Icmp, Outcome::Closed).contains("port"));
    }

    #[test]
    fn a_log_does_not_grow_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("network.log");
        let mut log = Log::open(&path).unwrap();
        for number in 0..40_u8 {
            log.gathered = vec![number; 1 << 18];
            log.write().unwrap();
        }
        let sizes = ["network.log", "network.log.1"].map(|name| dir.path().join(name).metadata().unwrap().len());
        assert_eq!((sizes, std::fs::read_dir(dir.path()).unwrap().count()), ([2 << 20, 4 << 20], 2));
        assert_eq!(Log::open(&path).unwrap().size_bytes, 2 << 20);
    }
}
