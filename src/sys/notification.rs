//! seccomp_unotify(2): system calls of others that wait for an answer from us (Linux 5.0; to go on with them, 5.5).

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;

use crate::error::{During, Result};

// linux/seccomp.h; libc has the structures and not these.
const RECEIVE: u64 = 0xc050_2100;
const SEND: u64 = 0xc018_2101;
const IS_VALID: u64 = 0x4008_2102;
const CONTINUE: u32 = 1;

/// The other end of a filter with [`Action::Notify`](super::seccomp::Action::Notify).
#[derive(Debug)]
pub struct Listener(OwnedFd);

/// A system call that waits.
#[derive(Clone, Copy, Debug)]
pub struct Notification {
    id: u64,
    /// Of the thread, as it is seen from here.
    pub pid: i32,
    number: i32,
    pub arguments: [u64; 6],
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is not made, and returns this.
    Value(i64),
    /// It is made. Its arguments may have changed meanwhile: that decides nothing about safety.
    Continue,
}

impl From<OwnedFd> for Listener {
    fn from(fd: OwnedFd) -> Listener {
        Listener(fd)
    }
}

impl Notification {
    /// As the native architecture calls it; empty where it has no name.
    pub fn name(&self) -> &'static str {
        syscalls::Sysno::new(self.number as usize).map_or("", |call| call.name())
    }

    #[cfg(test)]
    pub fn new(name: &str, pid: i32, arguments: [u64; 6]) -> Notification {
        let number = name.parse::<syscalls::Sysno>().expect("a call of this architecture").id();
        Notification { id: 0, pid, number, arguments }
    }
}

impl Listener {
    /// Waits for the next call; `None` when no process under the filter is left.
    pub fn receive(&self) -> Result<Option<Notification>> {
        loop {
            let mut fds = [rustix::event::PollFd::new(&self.0, rustix::event::PollFlags::IN)];
            match rustix::event::poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => continue,
                polled => polled.during(|| "wait for a system call")?,
            };
            if !fds[0].revents().contains(rustix::event::PollFlags::IN) {
                return Ok(None);
            }
            // SAFETY: all zeros is a valid value of this plain structure, and what the kernel asks for.
            let mut wanted: libc::seccomp_notif = unsafe { std::mem::zeroed() };
            // SAFETY: `wanted` is a whole seccomp_notif, which the kernel writes before it returns.
            let received = unsafe { libc::ioctl(self.0.as_raw_fd(), RECEIVE as _, &raw mut wanted) };
            match Errno::result(received) {
                // The caller was killed or interrupted between the two.
                Err(Errno::ENOENT | Errno::EINTR) => continue,
                done => done.during(|| "hear of a system call")?,
            };
            let data = wanted.data;
            return Ok(Some(Notification {
                id: wanted.id,
                pid: wanted.pid as i32,
                number: data.nr,
                arguments: data.args,
            }));
        }
    }

    /// An error where the caller has gone.
    pub fn answer(&self, notification: &Notification, answer: Answer) -> Result<()> {
        let (val, flags) = match answer {
            Answer::Value(value) => (value, 0),
            Answer::Continue => (0, CONTINUE),
        };
        let mut response = libc::seccomp_notif_resp { id: notification.id, val, error: 0, flags };
        // SAFETY: `response` is a whole seccomp_notif_resp, which the kernel reads before it returns.
        let sent = unsafe { libc::ioctl(self.0.as_raw_fd(), SEND as _, &raw mut response) };
        Errno::result(sent).map(drop).during(|| "answer a system call")
    }

    /// Whether the call still waits: then its process id is still that process's.
    pub fn is_waiting(&self, notification: &Notification) -> bool {
        // SAFETY: the kernel reads one u64, which lives until it returns.
        unsafe { libc::ioctl(self.0.as_raw_fd(), IS_VALID as _, &raw const notification.id) == 0 }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}
