//! A log that may be slow (`mode=non-blocking`): a clone of the monitor writes the files, and the monitor never waits
//! for it.
//!
//! ```text
//! monitor     entries -> queue of so many bytes, or lost -> socket, a message for many entries
//! box-log     socket -> files, rotated; ends when the monitor has hung up, or with it
//! ```
//!
//! The clone opens the files too: that may take as long as writing. It holds the socket and what it opens, nothing
//! else.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, recv, socketpair};

use super::filter;
use super::log::{Entries, Newest};
use super::queue::Queue;
use crate::container::job::Job;
use crate::container::logs::{Form, Stream};
use crate::error::Result;
use crate::process::spawn::{ClonedChild, SingleThreaded, clone_child};

/// As much as one message can be: what is gathered, and one entry more, in JSON.
const MESSAGE_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub struct Apart {
    entries: Entries,
    /// Entries that the writer has no room for.
    pub queue: Queue,
    writer: ClonedChild,
}

impl Apart {
    pub fn start(job: &Job, form: Form, path: &Path, max_waiting_bytes: u64) -> Result<Apart> {
        let proof = SingleThreaded::prove()?;
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let passed = [theirs.as_raw_fd()];
        let writer = clone_child(|| write(job, path, theirs), &passed, &proof)?;
        Ok(Apart { entries: Entries::new(job, form), queue: Queue::new(ours, Some(max_waiting_bytes)), writer })
    }

    pub fn write(&mut self, stream: Stream, output: &[u8]) {
        let Apart { entries, queue, .. } = self;
        entries.add(stream, output, |entries, message, length| {
            queue.push(message.to_vec(), length, |text| entries.own(text));
        });
        queue.go_on();
    }

    pub fn end(&mut self, stream: Stream) {
        let Apart { entries, queue, .. } = self;
        entries.end(stream, |entries, message, length| {
            queue.push(message.to_vec(), length, |text| entries.own(text));
        });
    }

    /// What the writer has not written then is lost.
    pub fn finish(&mut self) {
        let deadline = self.queue.finish(|text| self.entries.own(text));
        self.queue.hang_up();
        self.writer.wait_until(deadline);
    }
}

/// The writer's life.
fn write(job: &Job, path: &Path, socket: OwnedFd) -> i32 {
    let _ = rustix::thread::set_name(c"box-log"); // Only for people who look at `ps`.
    let Ok(mut file) = Newest::open(job, path) else { return 1 };
    // As the monitor: neither is needed to go on.
    let _ = rustix::thread::set_no_new_privs(true);
    let _ = filter::load();
    let mut message = vec![0; MESSAGE_BYTES];
    loop {
        match recv(&socket, &mut message, RecvFlags::empty()) {
            Ok((0, _)) => return 0,
            Ok((length, _)) => file.write(&message[..length.min(MESSAGE_BYTES)]),
            Err(Errno::INTR) => {}
            Err(_) => return 1,
        }
    }
}
