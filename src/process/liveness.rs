//! A process named so that it cannot be mistaken: pid, start time and boot. A pid alone may be someone else's by now.
//! And what the kernel says of a process, in /proc and by its handle.

use std::io::Read;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub pid: i32,
    /// Clock ticks after boot (field 22 of /proc/PID/stat).
    pub start_time: u64,
    /// /proc/sys/kernel/random/boot_id, or empty where it cannot be read.
    pub boot_id: String,
}

impl Identity {
    pub fn of(pid: Pid) -> Result<Identity> {
        let (start_time, _) = stat_of(pid).ok_or_else(|| Error::new(format!("process {pid} is gone")))?;
        Ok(Identity { pid: pid.as_raw(), start_time, boot_id: boot_id() })
    }

    pub fn own() -> Result<Identity> {
        Identity::of(nix::unistd::getpid())
    }

    /// Whether this very process still runs (a zombie does not).
    pub fn is_alive(&self) -> bool {
        self.boot_id == boot_id()
            && stat_of(Pid::from_raw(self.pid))
                .is_some_and(|(start, state)| start == self.start_time && !matches!(state, 'Z' | 'X'))
    }

    /// A handle on this very process, or `None` when it has ended.
    pub fn open(&self) -> Result<Option<OwnedFd>> {
        let Some(pid) = rustix::process::Pid::from_raw(self.pid) else { return Ok(None) };
        let handle = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(handle) => handle,
            Err(rustix::io::Errno::SRCH) => return Ok(None),
            Err(error) => return Err(error).during(|| format!("open process {}", self.pid)),
        };
        // The pid was not reused before the handle was taken if its start time is the recorded one afterwards.
        Ok(self.is_alive().then_some(handle))
    }
}

/// The number, in our own pid namespace, of the process of a pidfd that came from another one (Linux 5.4).
pub fn pid_of(handle: BorrowedFd<'_>) -> Result<Pid> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", handle.as_raw_fd()))
        .during(|| "look at the handle on a process")?;
    let number = text.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    number.filter(|pid| *pid > 0).map(Pid::from_raw).ok_or_else(|| Error::new("the process has ended"))
}

/// Waits until the process of a pidfd has ended, for so long; `None`: for ever.
pub fn has_ended_within(process: &OwnedFd, time: Option<Duration>) -> bool {
    let deadline = time.map(|time| Instant::now() + time);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(&mut [PollFd::new(process, PollFlags::IN)], timeout.as_ref()) {
            Ok(0) => return false,
            Ok(_) => return true,
            Err(_) => {} // Interrupted.
        }
    }
}

/// Start time and state letter.
fn stat_of(pid: Pid) -> Option<(u64, char)> {
    parse_stat(&text_of(pid.as_raw(), "stat").ok()?)
}

/// A file of /proc/PID. What the process has named, itself above all (prctl(2) PR_SET_NAME), may be any bytes.
pub fn text_of(pid: i32, file: &str) -> std::io::Result<String> {
    let mut text = Vec::with_capacity(1024);
    std::fs::File::open(format!("/proc/{pid}/{file}"))?.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// How many seccomp filters are in force for us (proc_pid_status(5), Linux 5.9).
pub fn own_filters() -> u32 {
    let status = text_of(std::process::id() as i32, "status").unwrap_or_default();
    let field = status.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"));
    field.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// The second field is the program's name in parentheses and may hold anything, so fields are counted from its end.
fn parse_stat(stat: &str) -> Option<(u64, char)> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((fields.nth(18)?.parse().ok()?, state))
}

pub fn boot_id() -> String {
    static KNOWN: OnceLock<String> = OnceLock::new();
    let read = || std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    KNOWN.get_or_init(|| read().map(|id| id.trim().to_owned()).unwrap_or_default()).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 1 1";
        assert_eq!(parse_stat(stat), Some((4242, 'S')));
    }

    #[test]
    fn a_reused_pid_is_not_the_same_process() {
        let own = Identity::own().unwrap();
        assert!(own.is_alive() && own.open().unwrap().is_some());
        let other = Identity { start_time: own.start_time + 1, ..own.clone() };
        assert!(!other.is_alive() && other.open().unwrap().is_none());
        assert!(!Identity { boot_id: "before".into(), ..own }.is_alive());
    }
}
