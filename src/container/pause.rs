//! All processes of a container stand still for a moment.
//!
//! Stopped with SIGSTOP, which needs no control group that is delegated. Whoever looks from inside can tell; a process
//! that was stopped before is left as it is.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::record::{Container, Status};
use crate::error::{During, Error, Result};
use crate::settings::NamespaceMode;

/// Rounds in which a process may escape by having a child just then.
const ROUNDS: usize = 20;

/// Processes that stand still until this is dropped.
#[derive(Debug)]
pub struct Paused {
    stopped: BTreeSet<i32>,
}

impl Paused {
    /// `None` where nothing of the container runs.
    pub fn begin(container: &Container) -> Result<Option<Paused>> {
        let Status::Running(state) = container.status()? else { return Ok(None) };
        let act = || format!("pause container `{}`", container.record.name);
        let kinds: &[&str] = match container.record.settings.pid {
            NamespaceMode::Private => &["mnt", "pid"],
            // There are others in that namespace.
            _ => &["mnt"],
        };
        let payload = state.payload.pid;
        let own: Vec<(&str, u64)> = kinds.iter().filter_map(|kind| Some((*kind, namespace(payload, kind)?))).collect();
        if own.is_empty() {
            return Err(Error::new("its namespaces cannot be seen").while_doing(act()));
        }
        let mut paused = Paused { stopped: BTreeSet::new() };
        for _ in 0..ROUNDS {
            if !paused.stop_more(&own).during(act)? {
                return Ok(Some(paused));
            }
        }
        Err(Error::new("new processes come faster than they are stopped").while_doing(act()))
    }

    /// Whether there was anything left to stop.
    fn stop_more(&mut self, namespaces: &[(&str, u64)]) -> Result<bool> {
        let mut found = false;
        for entry in fs::read_dir("/proc").during(|| "list /proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
            let is_inside = namespaces.iter().any(|(kind, number)| namespace(pid, kind) == Some(*number));
            if !is_inside || self.stopped.contains(&pid) || matches!(state(pid), None | Some('T' | 'Z' | 'X')) {
                continue;
            }
            match kill(Pid::from_raw(pid), Signal::SIGSTOP) {
                Ok(()) => {
                    self.stopped.insert(pid);
                    found = true;
                }
                Err(nix::errno::Errno::ESRCH) => {} // it has ended
                Err(errno) => return Err(errno).during(|| format!("stop process {pid}")),
            }
        }
        Ok(found)
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        for pid in &self.stopped {
            let _ = kill(Pid::from_raw(*pid), Signal::SIGCONT); // it may have been killed meanwhile
        }
    }
}

/// The number of the namespace that the process is in.
fn namespace(pid: i32, kind: &str) -> Option<u64> {
    fs::metadata(format!("/proc/{pid}/ns/{kind}")).ok().map(|namespace| namespace.ino())
}

/// The letter of /proc/PID/stat, behind a name that may hold anything.
fn state(pid: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}
