//! What waits for a log that does not keep up: whole entries, each a message to a socket. Either the payload waits with
//! them, or what does not fit is lost, and how much that was is said in the log.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};

/// How long the last entries may take.
const GOODBYE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Queue {
    socket: OwnedFd,
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    /// How much may wait before more is lost; `None`: the payload waits.
    max_waiting_bytes: Option<u64>,
    /// Of the payload's output, since that was last said.
    lost_bytes: u64,
}

impl Queue {
    pub fn new(socket: OwnedFd, max_waiting_bytes: Option<u64>) -> Queue {
        Queue { socket, waiting: VecDeque::new(), waiting_bytes: 0, max_waiting_bytes, lost_bytes: 0 }
    }

    /// `output_bytes`: what the payload has said in this message. `tell` makes a message of a text.
    pub fn push(&mut self, message: Vec<u8>, output_bytes: usize, tell: impl FnOnce(&[u8]) -> Vec<u8>) {
        if !self.takes(message.len()) {
            self.lost_bytes += output_bytes as u64;
            return;
        }
        self.tell_of_loss(tell);
        self.add(message);
    }

    /// What is lost is lost in a row: once full, it takes more only when half of it has gone.
    fn takes(&self, message_bytes: usize) -> bool {
        let Some(max) = self.max_waiting_bytes else { return true };
        let limit = if self.lost_bytes > 0 { max / 2 } else { max };
        self.waiting.is_empty() || (self.waiting_bytes + message_bytes) as u64 <= limit
    }

    fn tell_of_loss(&mut self, tell: impl FnOnce(&[u8]) -> Vec<u8>) {
        if self.lost_bytes > 0 {
            let text = format!("box: {} bytes of output are lost here: the log does not keep up\n", self.lost_bytes);
            self.lost_bytes = 0;
            self.add(tell(text.as_bytes()));
        }
    }

    fn add(&mut self, message: Vec<u8>) {
        self.waiting_bytes += message.len();
        self.waiting.push_back(message);
    }

    pub fn has_room(&self) -> bool {
        self.waiting.is_empty() || self.max_waiting_bytes.is_some()
    }

    pub fn awaited(&self) -> Option<BorrowedFd<'_>> {
        (!self.waiting.is_empty()).then(|| self.socket.as_fd())
    }

    /// Sends what is taken. What is refused is lost: nobody may be there any more.
    pub fn go_on(&mut self) {
        while let Some(message) = self.waiting.front() {
            match send(&self.socket, message, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR) => continue,
                _ => {}
            }
            self.waiting_bytes -= message.len();
            self.waiting.pop_front();
        }
    }

    /// Nothing more comes: waits, for a while, until all has gone. Returns until when it would have waited.
    pub fn finish(&mut self, tell: impl FnOnce(&[u8]) -> Vec<u8>) -> Instant {
        let deadline = Instant::now() + GOODBYE;
        self.tell_of_loss(tell);
        self.go_on();
        while !self.waiting.is_empty() && Instant::now() < deadline {
            let second = Timespec { tv_sec: 1, tv_nsec: 0 };
            let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::OUT)], Some(&second)); // The loop looks again.
            self.go_on();
        }
        deadline
    }

    /// Who reads on sees the end.
    pub fn hang_up(&self) {
        let _ = rustix::net::shutdown(&self.socket, rustix::net::Shutdown::Write); // or nobody reads any more
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    fn queue(max_waiting_bytes: Option<u64>) -> (UnixDatagram, Queue) {
        let (reader, writer) = UnixDatagram::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        (reader, Queue::new(writer.into(), max_waiting_bytes))
    }

    fn add(queue: &mut Queue, text: &str) {
        queue.push(text.as_bytes().to_vec(), text.len(), <[u8]>::to_vec);
    }

    fn read(reader: &UnixDatagram) -> String {
        let mut buffer = vec![0; 64 * 1024];
        let texts = std::iter::from_fn(|| reader.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec()));
        texts.map(|text| String::from_utf8(text).unwrap()).collect()
    }

    #[test]
    fn without_a_limit_everything_waits() {
        let (reader, mut queue) = queue(None);
        (0..1000).for_each(|number| add(&mut queue, &format!("{number}\n")));
        assert!(!queue.has_room() && queue.awaited().is_some());
        let mut seen = String::new();
        while !queue.has_room() {
            queue.go_on();
            seen += &read(&reader);
        }
        assert_eq!(seen.lines().count(), 1000);
    }

    #[test]
    fn what_does_not_fit_is_lost_in_a_row_and_told_once() {
        let (reader, mut queue) = queue(Some(100));
        (0..30).for_each(|number| add(&mut queue, &format!("{number:09}\n")));
        assert!(queue.has_room() && queue.waiting_bytes == 100);
        queue.go_on();
        assert_eq!(read(&reader).lines().last(), Some("000000009"));
        add(&mut queue, "next\n");
        add(&mut queue, "and the next\n");
        queue.go_on();
        let told = "box: 200 bytes of output are lost here: the log does not keep up\n";
        assert_eq!(read(&reader), format!("{told}next\nand the next\n"));
    }

    #[test]
    fn what_was_lost_last_is_told_at_the_end() {
        let (reader, mut queue) = queue(Some(10));
        add(&mut queue, "0123456789");
        add(&mut queue, "lost");
        queue.finish(<[u8]>::to_vec);
        assert_eq!(read(&reader), "0123456789box: 4 bytes of output are lost here: the log does not keep up\n");
    }

    #[test]
    fn one_message_fits_always() {
        let (reader, mut queue) = queue(Some(1));
        add(&mut queue, "0123456789");
        queue.finish(<[u8]>::to_vec);
        assert_eq!(read(&reader), "0123456789");
    }
}
