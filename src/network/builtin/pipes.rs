//! Data goes from one socket to another: much of it through a pipe, by splice(2), where the kernel hands pages on and
//! nothing is copied; little of it, as questions and answers are, by a buffer, which takes half of the system calls.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send, sockopt};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

/// What a pipe holds at best. A user's pipes may hold 64 MiB together (pipe(7)); beyond that they are smaller.
const PIPE_BYTES: usize = 256 * 1024;
/// How much moves at once.
const CHUNK_BYTES: usize = 1024 * 1024;
/// Up to here it is little.
const COPIED_BYTES: usize = 16 * 1024;
/// How often data is moved before others have their turn.
const ROUNDS: usize = 16;
/// Empty pipes that are kept for the next one.
const KEPT: usize = 16;

#[derive(Debug)]
struct Pipe {
    end: OwnedFd,
    start: OwnedFd,
}

/// Empty pipes.
#[derive(Debug, Default)]
pub struct Pipes(Vec<Pipe>);

impl Pipes {
    fn take(&mut self) -> Result<Pipe, Errno> {
        if let Some(pipe) = self.0.pop() {
            return Ok(pipe);
        }
        let (end, start) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let _ = fcntl_setpipe_size(&start, PIPE_BYTES); // A smaller one does as well.
        Ok(Pipe { end, start })
    }

    fn give_back(&mut self, pipe: Pipe) {
        if self.0.len() < KEPT {
            self.0.push(pipe);
        }
    }

    /// Idle containers keep one.
    pub fn trim(&mut self) {
        self.0.truncate(1);
    }
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub struct Direction {
    /// While there is something in it.
    pipe: Option<Pipe>,
    held_bytes: usize,
    /// What was copied, and not taken yet.
    unsent: Vec<u8>,
    /// There was much of it just now.
    is_flowing: bool,
    carried_bytes: u64,
    has_ended: bool,
    is_closed: bool,
}

/// What is known of who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Whatever else comes is told: nobody need ask.
    WillBeHeard,
    /// Its end, say, may be there already.
    MustBeAsked,
}

/// What the sender has left.
enum Left {
    Nothing,
    Perhaps,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Until one of the two has news.
    All,
    /// There is more, but others wait.
    Share,
}

impl Direction {
    /// The end was reached and handed on.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub fn carried_bytes(&self) -> u64 {
        self.carried_bytes
    }

    /// Whether something waits for the receiver.
    pub fn is_waiting(&self) -> bool {
        self.held_bytes > 0 || !self.unsent.is_empty()
    }

    /// Moves what there is. An error is the connection's end.
    pub fn pump(
        &mut self,
        (from, sender): (impl AsFd, Sender),
        to: impl AsFd,
        pipes: &mut Pipes,
        buffer: &mut [u8],
    ) -> Result<Moved, Errno> {
        let (from, to) = (from.as_fd(), to.as_fd());
        for _ in 0..ROUNDS {
            if self.is_closed {
                return Ok(Moved::All);
            }
            let moved = if self.unsent.is_empty() && (self.is_flowing || self.pipe.is_some()) {
                self.splice(from, to, pipes)
            } else {
                self.copy(from, to, &mut buffer[..COPIED_BYTES])
            };
            match moved {
                Ok(Left::Nothing) if sender == Sender::WillBeHeard => return Ok(Moved::All),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(Moved::All),
                Err(errno) => return Err(errno),
            }
        }
        Ok(Moved::Share)
    }

    fn copy(&mut self, from: BorrowedFd, to: BorrowedFd, buffer: &mut [u8]) -> Result<Left, Errno> {
        while !self.unsent.is_empty() {
            let sent = send(to, &self.unsent, SendFlags::NOSIGNAL)?;
            self.unsent.drain(..sent);
            self.carried_bytes += sent as u64;
        }
        let (length, _) = recv(from, &mut *buffer, RecvFlags::empty())?;
        if length == 0 {
            self.has_ended = true;
            return self.hand_on_the_end(from, to);
        }
        self.is_flowing = length == buffer.len();
        let sent = match send(to, &buffer[..length], SendFlags::NOSIGNAL) {
            Err(Errno::AGAIN | Errno::INTR) => 0,
            sent => sent?,
        };
        self.carried_bytes += sent as u64;
        self.unsent = buffer[sent..length].to_vec();
        // Who gives less than there is room for has no more (epoll(7), question 9).
        Ok(if self.is_flowing || self.is_waiting() { Left::Perhaps } else { Left::Nothing })
    }

    fn splice(&mut self, from: BorrowedFd, to: BorrowedFd, pipes: &mut Pipes) -> Result<Left, Errno> {
        let pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => pipes.take()?,
        };
        let moved = self.splice_through(&pipe, from, to);
        if self.held_bytes > 0 {
            self.pipe = Some(pipe);
        } else {
            pipes.give_back(pipe);
        }
        moved
    }

    fn splice_through(&mut self, pipe: &Pipe, from: BorrowedFd, to: BorrowedFd) -> Result<Left, Errno> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        if self.held_bytes == 0 && !self.has_ended {
            self.held_bytes = splice(from, None, &pipe.start, None, CHUNK_BYTES, flags)?;
            self.has_ended = self.held_bytes == 0;
            self.is_flowing = self.held_bytes >= COPIED_BYTES;
        }
        while self.held_bytes > 0 {
            let moved = splice(&pipe.end, None, to, None, self.held_bytes, flags)?;
            self.held_bytes -= moved;
            self.carried_bytes += moved as u64;
        }
        // A pipe is full of many small pieces as well.
        if self.has_ended { self.hand_on_the_end(from, to) } else { Ok(Left::Perhaps) }
    }

    fn hand_on_the_end(&mut self, from: BorrowedFd, to: BorrowedFd) -> Result<Left, Errno> {
        look_after(from);
        rustix::net::shutdown(to, rustix::net::Shutdown::Write)?;
        self.is_closed = true;
        Ok(Left::Nothing)
    }
}

/// Who has said all may still listen, or be gone: the kernel asks, so that a far end which keeps its side open keeps no
/// connection of ours for ever. A kernel keeps one whose program has gone for a minute (tcp(7), tcp_fin_timeout).
fn look_after(socket: BorrowedFd) {
    // Of a socket that has no such options nobody is asked.
    let _ = sockopt::set_tcp_keepidle(socket, Duration::from_secs(60))
        .and_then(|()| sockopt::set_tcp_keepintvl(socket, Duration::from_secs(15)))
        .and_then(|()| sockopt::set_socket_keepalive(socket, true));
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn pump(direction: &mut Direction, from: impl AsFd, to: impl AsFd, pipes: &mut Pipes) -> Result<Moved, Errno> {
        direction.pump((from, Sender::MustBeAsked), to, pipes, &mut [0; COPIED_BYTES])
    }

    #[test]
    fn everything_arrives_and_the_end_as_well() {
        let ((mut sender, from), (to, mut receiver)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        for socket in [&from, &to] {
            socket.set_nonblocking(true).unwrap();
        }
        let (mut pipes, mut direction) = (Pipes::default(), Direction::default());
        assert_eq!(pump(&mut direction, &from, &to, &mut pipes), Ok(Moved::All));
        sender.write_all(b"hello").unwrap();
        drop(sender);
        assert_eq!(pump(&mut direction, &from, &to, &mut pipes), Ok(Moved::All));
        let mut arrived = String::new();
        receiver.read_to_string(&mut arrived).unwrap();
        assert_eq!((arrived.as_str(), direction.is_closed(), pipes.0.len()), ("hello", true, 0));
        assert_eq!(direction.carried_bytes(), 5);
    }

    #[test]
    fn who_has_said_all_is_asked_whether_they_are_still_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let program = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let ((from, _), (to, _receiver)) = (listener.accept().unwrap(), UnixStream::pair().unwrap());
        let (mut pipes, mut direction) = (Pipes::default(), Direction::default());
        drop(program);
        while !direction.is_closed() {
            let _ = pump(&mut direction, &from, &to, &mut pipes).unwrap();
        }
        assert!(sockopt::socket_keepalive(&from).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&from).unwrap(), Duration::from_secs(60));
    }

    #[test]
    fn what_the_receiver_does_not_take_waits() {
        check_that_all_waits(100);
        check_that_all_waits(8192);
        check_that_all_waits(5 * COPIED_BYTES);
    }

    #[track_caller]
    fn check_that_all_waits(written_bytes: usize) {
        let ((mut sender, from), (to, mut receiver)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        for socket in [&from, &to, &sender] {
            socket.set_nonblocking(true).unwrap();
        }
        let (mut pipes, mut direction) = (Pipes::default(), Direction::default());
        let (mut sent, mut received, mut block) = (0, 0, vec![7; written_bytes]);
        loop {
            let _ = pump(&mut direction, &from, &to, &mut pipes).unwrap();
            match sender.write(&block) {
                Ok(length) => sent += length,
                Err(_) => break,
            }
        }
        assert!(direction.is_waiting());
        drop(sender);
        while !direction.is_closed() {
            received += receiver.read(&mut block).unwrap();
            let _ = pump(&mut direction, &from, &to, &mut pipes).unwrap();
        }
        received += receiver.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!((received, direction.carried_bytes()), (sent, sent as u64));
    }
}
