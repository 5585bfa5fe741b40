//! Pause: all processes of a container stand still until they are woken.
//!
//! A control group that can be frozen does it without anybody inside noticing. Without one, every process is stopped
//! with SIGSTOP: whoever looks from inside can tell, and a process that stood before is left standing afterwards. What
//! was done is recorded first, so that whoever is killed on the way leaves a container that can be woken.

use std::collections::BTreeSet;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::processes::{self, Members};
use super::record::{Container, State, Status};
use crate::cgroup::Freezer;
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::process::liveness::Identity;
use crate::store::events::Action;

/// Rounds in which a process may escape by having a child just then.
const ROUNDS: usize = 20;
const FILE: &str = "paused.json";

/// How a container was made to stand still; `paused.json` in its directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Standstill {
    /// Whose: a later start of the same container is not paused.
    payload: Identity,
    freezer: Option<Freezer>,
    /// Processes that stood before.
    stood: BTreeSet<i32>,
}

/// Whether this start of the container in `dir` stands still.
pub(super) fn is_paused(dir: &Path, payload: &Identity) -> Result<bool> {
    Ok(read(dir)?.is_some_and(|standstill| standstill.payload == *payload))
}

fn read(dir: &Path) -> Result<Option<Standstill>> {
    record::read(&dir.join(FILE))
}

/// Makes a running container stand still.
pub fn pause(container: &Container) -> Result<()> {
    let act = || format!("pause container `{}`", container.record.name);
    let _lock = lock(container).during(act)?;
    match container.status()? {
        Status::Paused(_) => Err(Error::new("it is paused already").while_doing(act())),
        Status::Running(state) => {
            pause_locked(container, &state).during(act)?;
            container.tell(Action::Pause);
            Ok(())
        }
        other => Err(Error::new(format!("it is not running, it is {}", other.word())).while_doing(act())),
    }
}

/// Wakes a paused container.
pub fn unpause(container: &Container) -> Result<()> {
    let act = || format!("unpause container `{}`", container.record.name);
    let _lock = lock(container).during(act)?;
    match container.status()? {
        Status::Paused(state) => {
            wake(container, &state).during(act)?;
            container.tell(Action::Unpause);
            Ok(())
        }
        other => Err(Error::new(format!("it is not paused, it is {}", other.word())).while_doing(act())),
    }
}

/// One at a time: who pauses second would take those for standing whom the first has stopped.
fn lock(container: &Container) -> Result<Lock> {
    Lock::exclusive(&container.dir.join("pause.lock"))
}

fn pause_locked(container: &Container, state: &State) -> Result<()> {
    let members = Members::of(&container.record.settings, state)?;
    for freezer in state.cgroup.freezers(container.id(), state.payload.pid) {
        record_standstill(container, state, Some(freezer.clone()), BTreeSet::new())?;
        match freezer.freeze(&|| members.list()) {
            Ok(()) => return Ok(()),
            // Another way may do: processes in groups that are not ours cannot be moved.
            Err(_) => freezer.thaw(),
        }
    }
    let stood = members.list()?.into_iter().filter(|pid| has_stopped(*pid)).collect();
    record_standstill(container, state, None, stood)?;
    stop_all(&members).inspect_err(|_| {
        let _ = wake(container, state); // Why it did not stop matters more.
    })
}

fn record_standstill(
    container: &Container,
    state: &State,
    freezer: Option<Freezer>,
    stood: BTreeSet<i32>,
) -> Result<()> {
    let standstill = Standstill { payload: state.payload.clone(), freezer, stood };
    record::write_unsynced(&container.dir.join(FILE), &standstill)
}

fn stop_all(members: &Members) -> Result<()> {
    for _ in 0..ROUNDS {
        let runs = |pid: &i32| processes::stat(*pid).is_some_and(|stat| !matches!(stat.state(), 'T' | 'Z' | 'X'));
        let moving: Vec<i32> = members.list()?.into_iter().filter(runs).collect();
        if moving.is_empty() {
            return Ok(());
        }
        for pid in moving {
            signal(pid, Signal::SIGSTOP)?;
        }
    }
    Err(Error::new("new processes come faster than they are stopped"))
}

fn has_stopped(pid: i32) -> bool {
    processes::stat(pid).is_some_and(|stat| stat.state() == 'T')
}

fn wake(container: &Container, state: &State) -> Result<()> {
    if let Some(standstill) = read(&container.dir)? {
        match &standstill.freezer {
            Some(freezer) => freezer.thaw(),
            None => {
                let stopped = Members::of(&container.record.settings, state)?.list()?.into_iter();
                for pid in stopped.filter(|pid| has_stopped(*pid) && !standstill.stood.contains(pid)) {
                    signal(pid, Signal::SIGCONT)?;
                }
            }
        }
    }
    super::finish::remove_if_there(&container.dir.join(FILE)).during(|| format!("remove `{FILE}`"))
}

fn signal(pid: i32, signal: Signal) -> Result<()> {
    match kill(Pid::from_raw(pid), signal) {
        Err(nix::errno::Errno::ESRCH) => Ok(()), // it has ended
        sent => sent.during(|| format!("send {signal} to process {pid}")),
    }
}

/// After a payload has ended: nothing of its standing still is left.
pub fn forget(dir: &Path) {
    if let Ok(Some(Standstill { freezer, .. })) = read(dir) {
        if let Some(freezer) = freezer {
            freezer.thaw();
        }
        let _ = super::finish::remove_if_there(&dir.join(FILE)); // One of an earlier payload means nothing.
    }
}

/// A container that stands still until this is dropped.
#[derive(Debug)]
pub struct Paused<'c> {
    container: &'c Container,
}

impl Paused<'_> {
    /// `None` where nothing of the container runs, or all of it stands already.
    pub fn begin(container: &Container) -> Result<Option<Paused<'_>>> {
        match container.status()? {
            Status::Running(_) => pause(container).map(|()| Some(Paused { container })),
            _ => Ok(None),
        }
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        let _ = unpause(self.container); // It may have been killed or woken meanwhile.
    }
}
