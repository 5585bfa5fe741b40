//! Signals, and what remains to be done when a container has ended.

use std::fs;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::record::{Container, Status};
use crate::disk::Lock;
use crate::error::{During, Error, Kind, Result};
use crate::oci::runtime::NamespaceKind;
use crate::process::hook;
use crate::process::liveness::has_ended_within;
use crate::sys;

/// A killed process may wait for the kernel.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whom a signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum All {
    /// Process 1.
    First,
    Everybody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// What runs is left alone.
    No,
    /// What runs is killed, and what is not there is no error.
    Yes,
}

pub fn kill(container: &Container, number: i32, all: All) -> Result<()> {
    let act = || format!("send signal {number} to container `{}`", container.record.id);
    if all == All::Everybody {
        return signal_everybody(container, number).during(act);
    }
    let init = container.open_init().during(act)?;
    // In these words engines look for a container that has ended meanwhile.
    let init = init.ok_or_else(|| Error::new("container not running").while_doing(act()))?;
    sys::signals::send(init.as_fd(), number).during(act)?;
    // Without a namespace of their own the others go on when process 1 has ended.
    let has_own_processes = container.record.spec.linux.namespaces.iter().any(|one| one.kind == NamespaceKind::Pid);
    if number == libc::SIGKILL && !has_own_processes {
        signal_everybody(container, number).during(act)?;
    }
    Ok(())
}

fn signal_everybody(container: &Container, number: i32) -> Result<()> {
    for pid in container.record.cgroup.members() {
        let Some(pid) = Pid::from_raw(pid) else { continue };
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { continue }; // It has ended.
        match sys::signals::send(handle.as_fd(), number) {
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(errno) => return Err(errno).during(|| format!("signal process {pid}")),
        }
    }
    Ok(())
}

/// Removes the container `id` of the directory `root`, which has ended; what is returned did not go well, and does not
/// matter.
pub fn delete(root: &Path, id: &str, force: Force) -> Result<Option<Error>> {
    match Container::find(root, id) {
        Err(error) if error.kind == Kind::Absent && force == Force::Yes => {
            forget_unfinished(&root.join(id)).map(|()| None).during(|| format!("delete container `{id}`"))
        }
        container => delete_found(&container?, force),
    }
}

/// Whoever began to make a container was killed before he had written down what.
fn forget_unfinished(dir: &Path) -> Result<()> {
    match Lock::try_exclusive_dir(dir)? {
        Some(_lock) => fs::remove_dir_all(dir).during(|| format!("remove `{}`", dir.display())),
        None => Ok(()), // There is nothing, or somebody makes it.
    }
}

fn delete_found(container: &Container, force: Force) -> Result<Option<Error>> {
    let act = || format!("delete container `{}`", container.record.id);
    let Some(_lock) = Lock::exclusive_dir(&container.dir).during(act)? else { return Ok(None) };
    match container.status().during(act)? {
        Status::Stopped => {}
        // Nothing of it has run yet.
        Status::Created => end(container).during(act)?,
        _ if force == Force::Yes => end(container).during(act)?,
        other => {
            return Err(Error::new(format!("it is not stopped, it is {}", other.word())).while_doing(act()));
        }
    }
    destroy(container).during(act)
}

/// Kills it and waits until it has ended.
fn end(container: &Container) -> Result<()> {
    let Some(handle) = container.open_init()? else { return Ok(()) };
    kill(container, libc::SIGKILL, All::First)?;
    // What stands still dies when it is woken.
    if let Some(freezer) = container.freezer() {
        freezer.thaw();
    }
    match has_ended_within(&handle, Some(PATIENCE)) {
        true => Ok(()),
        false => Err(Error::new(format!("it was killed and has not ended within {} s", PATIENCE.as_secs()))),
    }
}

/// Takes away whatever there is of it; the processes, too.
pub(super) fn destroy(container: &Container) -> Result<Option<Error>> {
    let deadline = Instant::now() + PATIENCE;
    while !container.record.cgroup.members().is_empty() {
        if Instant::now() > deadline {
            return Err(Error::new("its processes were killed and have not ended"));
        }
        signal_everybody(container, libc::SIGKILL)?;
        // Nobody tells when the last of a group has ended, in v1 at least.
        std::thread::sleep(Duration::from_millis(1));
    }
    container.record.cgroup.remove();
    let hooks = &container.record.spec.hooks.poststop;
    let outcome = hook::run_all(hooks, &container.state(Status::Stopped));
    fs::remove_dir_all(&container.dir).during(|| format!("remove `{}`", container.dir.display()))?;
    Ok(outcome.err())
}
