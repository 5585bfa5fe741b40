//! The only places where a process comes to be: a re-exec of this binary in another role, a helper program, and the
//! clone of a process that is proven to have one thread.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command};

use rustix::io::{FdFlags, fcntl_setfd};

use super::Role;
use crate::error::{During, Error, Result};

/// A command that starts this binary again in `role`. Our own file is named through /proc, so that an upgrade of the
/// installed binary does not mix versions.
pub fn own_binary(role: Role) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new("/proc/self/exe");
    command.arg0(role.name());
    command
}

/// Starts `command` with `passed` open in the child under the same numbers; everything else of ours is close-on-exec.
///
/// The descriptors are inheritable only for the moment of the spawn. Nothing else may be spawned at that moment: the
/// callers (command line, monitor) have one thread.
pub fn spawn_passing(command: &mut Command, passed: &[BorrowedFd<'_>]) -> Result<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    for fd in passed {
        fcntl_setfd(fd, FdFlags::empty()).during(|| format!("pass descriptor {}", fd.as_raw_fd()))?;
    }
    let child = command.spawn().during(|| format!("start `{program}`"));
    for fd in passed {
        let _ = fcntl_setfd(fd, FdFlags::CLOEXEC); // The descriptor is ours and open, so this cannot fail.
    }
    child
}

/// Proof that the process has one thread: a clone without exec leaves every other thread's locks held for ever in the
/// child, so only a holder of this may make one.
#[derive(Debug)]
pub struct SingleThreaded(());

impl SingleThreaded {
    pub fn prove() -> Result<SingleThreaded> {
        let threads = std::fs::read_dir("/proc/self/task").during(|| "count own threads in /proc/self/task")?.count();
        if threads == 1 {
            Ok(SingleThreaded(()))
        } else {
            Err(Error::new(format!("{threads} threads where one may be")))
        }
    }
}

/// A child that is killed unless it is said to have started: an error on the way must not leave it behind.
#[derive(Debug)]
pub struct Unstarted(Option<OwnedFd>);

impl Unstarted {
    pub fn new(handle: OwnedFd) -> Unstarted {
        Unstarted(Some(handle))
    }

    pub fn started(mut self) -> OwnedFd {
        self.0.take().expect("only this takes it, and it takes the whole")
    }
}

impl Drop for Unstarted {
    fn drop(&mut self) {
        let Some(handle) = &self.0 else { return };
        // It may have ended by itself.
        let _ = rustix::process::pidfd_send_signal(handle, rustix::process::Signal::KILL);
        let _ = nix::sys::wait::waitid(nix::sys::wait::Id::PIDFd(handle.as_fd()), nix::sys::wait::WaitPidFlag::WEXITED);
    }
}
