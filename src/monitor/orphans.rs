//! Processes that a payload has left behind.
//!
//! With a process namespace of its own they end with its process 1. Without one (`--pid host`, or where none can be
//! had) the kernel gives them to us, and we end them when the payload has ended.

use std::collections::BTreeSet;
use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use crate::error::{During, Result};

/// Rounds of killing: each ends all that are ours by then, and what those have started comes to us.
const ROUNDS_LIMIT: usize = 100;

pub(super) struct Orphans {
    /// Children of ours that are no orphans: the payload, and our helpers.
    others: BTreeSet<i32>,
}

impl Orphans {
    /// From now on what loses its parent below us becomes our child (PR_SET_CHILD_SUBREAPER, Linux 3.4).
    pub fn adopt() -> Result<Orphans> {
        let pid = rustix::process::getpid();
        rustix::process::set_child_subreaper(Some(pid)).during(|| "adopt the payload's orphans")?;
        Ok(Orphans { others: children() })
    }

    /// Ends all of them. The payload has ended, so nobody starts further ones but themselves.
    pub fn end(&self) {
        for _ in 0..ROUNDS_LIMIT {
            let orphans: Vec<Pid> = children().difference(&self.others).map(|pid| Pid::from_raw(*pid)).collect();
            if orphans.is_empty() {
                return;
            }
            for orphan in &orphans {
                let _ = kill(*orphan, Signal::SIGKILL); // It may have ended by itself: then it waits to be reaped.
            }
            for orphan in orphans {
                let _ = waitpid(orphan, Some(WaitPidFlag::__WALL)); // Somebody else cannot have: it is our child.
            }
        }
    }
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
