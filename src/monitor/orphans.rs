//! Processes that a payload has left behind.
//!
//! With a process namespace of its own they end with its process 1. Without one (`--pid host`, or where none can be
//! had) the kernel gives them to us: we reap them, and end them when the payload has ended. In that of another
//! container (`--pid container:NAME`) its process 1 gets them, and we find them by their mount namespace.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use crate::container::processes;
use crate::error::{During, Result};
use crate::process::liveness::has_ended_within;

/// Rounds of killing: each ends all that are there by then, and finds what those have started.
const ROUNDS_LIMIT: usize = 100;

pub(super) enum Orphans {
    Ours {
        /// Children of ours that are no orphans: the payload, and our helpers.
        others: BTreeSet<i32>,
        /// Tells when a child has ended.
        ended: SignalFd,
    },
    InAnothers {
        mount_namespace: OwnedFd,
    },
}

impl Orphans {
    /// From now on what loses its parent below us becomes our child (PR_SET_CHILD_SUBREAPER, Linux 3.4).
    pub fn adopt() -> Result<Orphans> {
        let pid = rustix::process::getpid();
        let act = || "adopt the payload's orphans";
        rustix::process::set_child_subreaper(Some(pid)).during(act)?;
        // Like all signals it is held, which is what a descriptor for it takes (signalfd(2)).
        let signals = SigSet::from(Signal::SIGCHLD);
        let ended = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).during(act)?;
        Ok(Orphans::Ours { others: children(), ended })
    }

    /// Of a container with this mount namespace in the process namespace of another one.
    pub fn in_anothers(mount_namespace: &OwnedFd) -> Result<Orphans> {
        let mount_namespace = mount_namespace.try_clone().during(|| "keep the container's mount namespace")?;
        Ok(Orphans::InAnothers { mount_namespace })
    }

    /// Readable when there is one to reap.
    pub fn awaited(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Orphans::Ours { ended, .. } => Some(ended.as_fd()),
            Orphans::InAnothers { .. } => None,
        }
    }

    /// Of those that have ended nothing is left.
    pub fn reap(&self) {
        let Orphans::Ours { others, ended } = self else { return };
        if !matches!(ended.read_signal(), Ok(Some(_))) {
            return; // Several that end before we look are one signal, and we look at all.
        }
        for child in children().difference(others) {
            let _ = waitpid(Pid::from_raw(*child), Some(WaitPidFlag::WNOHANG | WaitPidFlag::__WALL)); // Most live on.
        }
    }

    /// Ends all of them. The payload has ended, so nobody starts further ones but themselves.
    pub fn end(&self) {
        for _ in 0..ROUNDS_LIMIT {
            let found = match self {
                Orphans::Ours { others, .. } => end_children(others),
                Orphans::InAnothers { mount_namespace } => end_those_in(mount_namespace),
            };
            if found == 0 {
                return;
            }
        }
    }
}

/// Returns how many there were.
fn end_children(others: &BTreeSet<i32>) -> usize {
    let orphans: Vec<Pid> = children().difference(others).map(|pid| Pid::from_raw(*pid)).collect();
    for orphan in &orphans {
        let _ = kill(*orphan, Signal::SIGKILL); // It may have ended by itself: then it waits to be reaped.
    }
    for orphan in &orphans {
        let _ = waitpid(*orphan, Some(WaitPidFlag::__WALL)); // Somebody else cannot have: it is our child.
    }
    orphans.len()
}

/// Returns how many there were.
fn end_those_in(mount_namespace: &OwnedFd) -> usize {
    const PATIENCE: Duration = Duration::from_secs(1);
    // Where /proc cannot be listed, nobody is found.
    let orphans = processes::in_mount_namespace(mount_namespace.as_fd()).unwrap_or_default();
    for orphan in &orphans {
        // It may have ended by itself.
        let _ = rustix::process::pidfd_send_signal(orphan, rustix::process::Signal::KILL);
    }
    for orphan in &orphans {
        has_ended_within(orphan, Some(PATIENCE));
    }
    orphans.len()
}

/// proc_pid_task_tid_children(5); a kernel without it (CONFIG_PROC_CHILDREN) leaves the orphans alone.
fn children() -> BTreeSet<i32> {
    let pid = std::process::id();
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_known_by_their_ids() {
        // Of the process's first thread, which starts none in tests: what counts is that the list can be read.
        assert!(children().iter().all(|pid| *pid > 0));
    }
}
