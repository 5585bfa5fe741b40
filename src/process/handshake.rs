//! Who says what to whom. Every line is one packet of a `SOCK_SEQPACKET` socket; a dead peer is end of file, so nobody
//! waits for ever.
//!
//! ```text
//!  caller (box run, start, attach)          monitor                              init
//!    | makes a user namespace; while its id    |                                   |
//!    | maps are written: decides, prepares     |                                   |
//!    | spawn, with the job and a socket        |                                   |
//!    |---------------------------------------->|                                   |
//!    |----- UserNamespace + descriptor ------->| clone into it and new namespaces  |
//!    |                                         |---------------------------------->|
//!    |-- UserNamespace of the files' owners -->|<------ Device + descriptor -------| (where the user is left out)
//!    |                                         | starts what needs the namespaces  | waits
//!    |                                         |--------------- Go --------------->|
//!    |                                         |                                   | mounts, pivots
//!    |                                         |---- Go: the network is ready ---->|
//!    |                                         |                                   | drops rights
//!    |                                         |<----- Terminal + descriptor ------| (with -t)
//!    |                                         |<----- Emulation + descriptor -----| (with one id only)
//!    |                                         |<------ Payload + descriptor ------| (made by another runtime)
//!    |                                         |<--------- Failed(error) ----------| and exits; or
//!    |                                         |<---------- end of file -----------| close-on-exec: the payload runs
//!    |<------------- Started(pid) -------------|
//!    |         or   NotStarted(error)          |
//!    |                                         |
//!    |--- Input, EndOfInput, Resize, Signal -->|
//!    |<----------- Output, Errors -------------|
//!    |--- Detach ----------------------------->| the caller may go, the container stays
//!    |<------------- Exited(code) -------------| after the last output was drained and the exit recorded
//! ```
//!
//! A container that is created first and started later (`box oci`) has no monitor. Its init says `Mounted`, waits for a
//! second `Go`, says `Created`, and hears the last `Go` from another process, at a socket of its own.
//!
//! Init closes its end by becoming the payload, so a payload that is killed on the way (by a seccomp profile that
//! forbids the last steps, say) counts as started and ended.
//!
//! An attached caller that goes without `Detach` has died, and its container is ended (SIGHUP with a terminal, else
//! SIGTERM; SIGKILL after the stop timeout). A caller that comes later through the attach socket only watches.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};

/// The most that one packet carries of a stream.
pub const CHUNK_BYTES: usize = 32 * 1024;
/// The largest packet: a chunk, or an error with a long chain.
const PACKET_BYTES: usize = 64 * 1024;

/// From a caller to the monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Input(Vec<u8>),
    EndOfInput,
    Resize {
        rows: u16,
        columns: u16,
    },
    /// Deliver this signal to the payload; where process 1 does not handle it, do what its default action says.
    Signal(i32),
    Detach,
    /// Asks for the payload's output from here on (the first caller has it from the beginning).
    Attach,
    /// To the monitor of what holds a pod: the other end is held by the monitor of a container of the pod to its end.
    Member,
    /// With the descriptor of the user namespace to start in: its ids are mapped.
    UserNamespace,
}

/// From the monitor to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    Started {
        pid: i32,
        /// Of the monitor itself.
        monitor: i32,
    },
    NotStarted(Error),
    Output(Vec<u8>),
    Errors(Vec<u8>),
    Exited {
        code: i32,
    },
    /// The answer to [`Request::Member`]: what holds the pod goes on at least as long as the member.
    Welcome,
}

/// Between the monitor and init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// To init: the helpers run; to a further process: it is under the container's limits. To a process that waits in a
    /// user namespace: the ids are mapped.
    Go,
    /// From init, with the descriptor of the terminal's controlling side.
    Terminal,
    /// From init, with the descriptor by which the root file system is served (fuse(4)).
    Device,
    /// From init, with the other end of the filter that emulates root.
    Emulation,
    /// From init, with a handle on the payload, where that is another process, made by another runtime.
    Payload,
    /// From an init that is started later: the file systems are mounted, and it waits for another `Go`.
    Mounted,
    /// From such an init: everything is ready, and it waits for somebody to say `Go` to it at its socket.
    Created,
    Failed(Error),
}

/// A message that is one packet: a tag and a body.
pub trait Message: Sized {
    fn encode(&self) -> Vec<u8>;
    fn decode(tag: u8, body: &[u8]) -> Option<Self>;
}

impl Message for Request {
    fn encode(&self) -> Vec<u8> {
        match self {
            Request::Input(bytes) => packet(b'i', bytes),
            Request::EndOfInput => packet(b'e', &[]),
            Request::Resize { rows, columns } => packet(b'r', &[rows.to_le_bytes(), columns.to_le_bytes()].concat()),
            Request::Signal(number) => packet(b's', &number.to_le_bytes()),
            Request::Detach => packet(b'd', &[]),
            Request::Attach => packet(b'a', &[]),
            Request::Member => packet(b'm', &[]),
            Request::UserNamespace => packet(b'u', &[]),
        }
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Request> {
        Some(match tag {
            b'i' => Request::Input(body.to_vec()),
            b'e' => Request::EndOfInput,
            b'r' => {
                let (rows, columns) = body.split_at_checked(2)?;
                Request::Resize {
                    rows: u16::from_le_bytes(rows.try_into().ok()?),
                    columns: u16::from_le_bytes(columns.try_into().ok()?),
                }
            }
            b's' => Request::Signal(i32::from_le_bytes(body.try_into().ok()?)),
            b'd' => Request::Detach,
            b'a' => Request::Attach,
            b'm' => Request::Member,
            b'u' => Request::UserNamespace,
            _ => return None,
        })
    }
}

impl Message for Report {
    fn encode(&self) -> Vec<u8> {
        match self {
            Report::Started { pid, monitor } => packet(b'S', &[pid.to_le_bytes(), monitor.to_le_bytes()].concat()),
            Report::NotStarted(error) => packet(b'N', &json(error)),
            Report::Output(bytes) => packet(b'o', bytes),
            Report::Errors(bytes) => packet(b'E', bytes),
            Report::Exited { code } => packet(b'X', &code.to_le_bytes()),
            Report::Welcome => packet(b'W', &[]),
        }
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Report> {
        Some(match tag {
            b'S' => {
                let (pid, monitor) = body.split_first_chunk()?;
                let number = i32::from_le_bytes;
                Report::Started { pid: number(*pid), monitor: number(monitor.try_into().ok()?) }
            }
            b'N' => Report::NotStarted(serde_json::from_slice(body).ok()?),
            b'o' => Report::Output(body.to_vec()),
            b'E' => Report::Errors(body.to_vec()),
            b'X' => Report::Exited { code: i32::from_le_bytes(body.try_into().ok()?) },
            b'W' => Report::Welcome,
            _ => return None,
        })
    }
}

impl Message for Start {
    fn encode(&self) -> Vec<u8> {
        match self {
            Start::Go => packet(b'G', &[]),
            Start::Terminal => packet(b'T', &[]),
            Start::Device => packet(b'D', &[]),
            Start::Emulation => packet(b'M', &[]),
            Start::Payload => packet(b'P', &[]),
            Start::Mounted => packet(b'm', &[]),
            Start::Created => packet(b'C', &[]),
            Start::Failed(error) => packet(b'F', &json(error)),
        }
    }

    fn decode(tag: u8, body: &[u8]) -> Option<Start> {
        Some(match tag {
            b'G' => Start::Go,
            b'T' => Start::Terminal,
            b'D' => Start::Device,
            b'M' => Start::Emulation,
            b'P' => Start::Payload,
            b'm' => Start::Mounted,
            b'C' => Start::Created,
            b'F' => Start::Failed(serde_json::from_slice(body).ok()?),
            _ => return None,
        })
    }
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], body].concat()
}

fn json<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("an error is plain data")
}

/// One end of a conversation.
#[derive(Debug)]
pub struct Channel(OwnedFd);

/// What a payload leaves with whoever started it.
#[derive(Debug, Default)]
pub struct Begun {
    /// The controlling side of its terminal.
    pub terminal: Option<OwnedFd>,
    /// The other end of the filter that emulates root, which has to be served.
    pub emulation: Option<OwnedFd>,
    /// The payload, where init is not it.
    pub payload: Option<OwnedFd>,
}

/// What became of an attempt that does not wait.
#[derive(Debug, PartialEq, Eq)]
pub enum Attempt<T> {
    Done(T),
    /// Not now.
    WouldBlock,
    /// The peer has gone.
    Gone,
}

impl Channel {
    pub fn pair() -> Result<(Channel, Channel)> {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .during(|| "make a socket pair")?;
        Ok((Channel(one), Channel(other)))
    }

    pub fn from_fd(fd: OwnedFd) -> Channel {
        Channel(fd)
    }

    /// Sends and waits for room. A peer that has gone is not an error: it will never read, and end of file says so.
    pub fn send<M: Message>(&self, message: &M) -> Result<()> {
        self.send_with(message, None)
    }

    pub fn send_with<M: Message>(&self, message: &M, fd: Option<BorrowedFd<'_>>) -> Result<()> {
        match self.try_send(&message.encode(), fd, SendFlags::NOSIGNAL) {
            Ok(_) => Ok(()),
            Err(error) => Err(error).during(|| "send to a process of box"),
        }
    }

    /// Sends an encoded message if there is room for it.
    pub fn send_now(&self, packet: &[u8]) -> Result<Attempt<()>> {
        self.try_send(packet, None, SendFlags::NOSIGNAL | SendFlags::DONTWAIT).during(|| "send to a process of box")
    }

    fn try_send(&self, packet: &[u8], fd: Option<BorrowedFd<'_>>, flags: SendFlags) -> rustix::io::Result<Attempt<()>> {
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        let fds = fd.as_slice();
        if !fds.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(fds));
        }
        loop {
            return match sendmsg(&self.0, &[std::io::IoSlice::new(packet)], &mut ancillary, flags) {
                Ok(_) => Ok(Attempt::Done(())),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Ok(Attempt::WouldBlock),
                Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => Ok(Attempt::Gone),
                Err(error) => Err(error),
            };
        }
    }

    /// Waits for the next message; `None` is the end of the conversation.
    pub fn receive<M: Message>(&self) -> Result<Option<M>> {
        Ok(self.receive_with_fd()?.map(|(message, _)| message))
    }

    pub fn receive_with_fd<M: Message>(&self) -> Result<Option<(M, Option<OwnedFd>)>> {
        match self.try_receive(RecvFlags::empty())? {
            Attempt::Done(message) => Ok(Some(message)),
            Attempt::Gone => Ok(None),
            Attempt::WouldBlock => Err(Error::new("a process of box did not answer in time")),
        }
    }

    /// Waits for the descriptor by which init wants its root file system served.
    pub fn await_device(&self) -> Result<OwnedFd> {
        match self.receive_with_fd::<Start>()? {
            Some((Start::Device, Some(device))) => Ok(device),
            Some((Start::Failed(error), _)) => Err(error),
            _ => Err(Error::new("the new process ended before it had a root file system")),
        }
    }

    /// Waits until an init that is started later has mounted its file systems; returns its terminal, if it has one.
    pub fn await_mounted(&self) -> Result<Option<OwnedFd>> {
        let mut terminal = None;
        loop {
            match self.receive_with_fd::<Start>()? {
                Some((Start::Terminal, fd)) => terminal = fd,
                Some((Start::Mounted, _)) => return Ok(terminal),
                Some((Start::Failed(error), _)) => return Err(error),
                _ => return Err(Error::new("the new process ended before its file systems were mounted")),
            }
        }
    }

    /// Waits until such an init is ready to be started.
    pub fn await_created(&self) -> Result<()> {
        match self.receive::<Start>()? {
            Some(Start::Created) => Ok(()),
            Some(Start::Failed(error)) => Err(error),
            _ => Err(Error::new("the new process ended before it was ready")),
        }
    }

    /// Waits until the other side has become a payload, which closes its end; returns what it has sent on its way. (It
    /// may also have been killed: then there is an exit code to report all the same.)
    pub fn await_payload(&self) -> Result<Begun> {
        let mut begun = Begun::default();
        loop {
            match self.receive_with_fd::<Start>()? {
                Some((Start::Terminal, fd)) => begun.terminal = fd,
                Some((Start::Emulation, fd)) => begun.emulation = fd,
                Some((Start::Payload, fd)) => begun.payload = fd,
                Some((Start::Failed(error), _)) => return Err(error),
                Some((Start::Go | Start::Device | Start::Mounted | Start::Created, _)) => {
                    return Err(Error::new("the new process speaks out of turn"));
                }
                None => return Ok(begun),
            }
        }
    }

    /// The next message if there is one.
    pub fn receive_now<M: Message>(&self) -> Result<Attempt<M>> {
        Ok(match self.receive_now_with_fd()? {
            Attempt::Done((message, _)) => Attempt::Done(message),
            Attempt::WouldBlock => Attempt::WouldBlock,
            Attempt::Gone => Attempt::Gone,
        })
    }

    pub fn receive_now_with_fd<M: Message>(&self) -> Result<Attempt<(M, Option<OwnedFd>)>> {
        self.try_receive(RecvFlags::DONTWAIT)
    }

    /// Whether the other end is closed, with nothing left to read.
    pub fn peer_has_gone(&self) -> bool {
        matches!(self.receive_now::<Start>(), Ok(Attempt::Gone))
    }

    fn try_receive<M: Message>(&self, flags: RecvFlags) -> Result<Attempt<(M, Option<OwnedFd>)>> {
        let mut buffer = vec![0; PACKET_BYTES];
        let (length, fd) = match receive_with_fd(self.0.as_fd(), &mut buffer, flags) {
            Ok(received) => received,
            Err(Errno::AGAIN) => return Ok(Attempt::WouldBlock),
            Err(Errno::NOTCONN) => return Ok(Attempt::Gone),
            Err(error) => return Err(error).during(|| "hear from a process of box"),
        };
        let Some((tag, body)) = buffer[..length].split_first() else { return Ok(Attempt::Gone) };
        let message = M::decode(*tag, body).ok_or_else(|| Error::new("a process of box speaks another protocol"))?;
        Ok(Attempt::Done((message, fd)))
    }
}

/// Reads once, with the descriptor that may come along.
pub(super) fn receive_with_fd(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> rustix::io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let length = loop {
        let mut slices = [std::io::IoSliceMut::new(buffer)];
        match recvmsg(socket, &mut slices, &mut ancillary, flags | RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => break received.bytes,
            // A peer that went without having read everything; said once, and what it has sent is still there.
            Err(Errno::INTR | Errno::CONNRESET) => continue,
            Err(error) => return Err(error),
        }
    };
    let fd = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    Ok((length, fd))
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<Channel> for OwnedFd {
    fn from(channel: Channel) -> OwnedFd {
        channel.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<M: Message + PartialEq + std::fmt::Debug>(message: M) {
        let (one, other) = Channel::pair().unwrap();
        one.send(&message).unwrap();
        assert_eq!(other.receive::<M>().unwrap(), Some(message));
    }

    #[test]
    fn every_message_arrives_as_it_was_sent() {
        check(Request::Input(b"hello".to_vec()));
        check(Request::EndOfInput);
        check(Request::Resize { rows: 24, columns: 80 });
        check(Request::Signal(15));
        check(Request::Detach);
        check(Request::Attach);
        check(Request::UserNamespace);
        check(Report::Started { pid: 42, monitor: -1 });
        check(Report::NotStarted(Error::absent("image", "x").with_hint("pull it")));
        check(Report::Output(vec![0; CHUNK_BYTES]));
        check(Report::Errors(vec![1]));
        check(Report::Exited { code: 137 });
        check(Start::Go);
        check(Start::Mounted);
        check(Start::Created);
        check(Start::Failed(Error::new("why")));
    }

    #[test]
    fn the_last_words_of_a_peer_that_did_not_listen_are_heard() {
        let (one, other) = Channel::pair().unwrap();
        one.send(&Start::Go).unwrap();
        other.send(&Start::Failed(Error::new("why"))).unwrap();
        drop(other);
        assert_eq!(one.await_payload().unwrap_err().to_string(), "why");
        assert!(one.peer_has_gone());
    }

    #[test]
    fn a_dead_peer_is_end_of_file_and_never_a_signal() {
        let (one, other) = Channel::pair().unwrap();
        drop(other);
        assert_eq!(one.receive::<Report>().unwrap(), None);
        one.send(&Request::Detach).unwrap();
    }

    #[test]
    fn a_descriptor_travels_with_its_message() {
        let (one, other) = Channel::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        one.send_with(&Start::Terminal, Some(file.as_fd())).unwrap();
        let (message, fd) = other.receive_with_fd::<Start>().unwrap().unwrap();
        assert_eq!(message, Start::Terminal);
        assert!(fd.is_some());
    }
}
