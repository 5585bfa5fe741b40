//! The only places where a process comes to be: a re-exec of this binary in another role, a helper program, and the
//! clone of a process that is proven to have one thread.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::process::{Child, Command};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitId, WaitIdOptions, getpid, getppid, pidfd_send_signal, set_dumpable_behavior,
    set_parent_process_death_signal, waitid,
};

use super::Role;
use crate::error::{During, Error, Result};
use crate::sys;
use crate::sys::clone::{Cloned, clone3};

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

/// A clone of ours without exec; killed and reaped when this is dropped.
#[derive(Debug)]
pub struct ClonedChild {
    pid: nix::unistd::Pid,
    handle: OwnedFd,
}

/// Clones a child that does `work` and exits with what that returns; it dies with this process. Of our descriptors from
/// 3 on it has those that are `passed`, by their numbers; what `work` owns of them is closed here.
pub fn clone_child(work: impl FnOnce() -> i32, passed: &[RawFd], _proof: &SingleThreaded) -> Result<ClonedChild> {
    let parent = getpid();
    match clone3(0, None).during(|| "clone")? {
        Cloned::Child => {
            sys::fds::close_from_except(3, passed);
            let began = die_with(parent).and_then(|()| hide()).and_then(|()| null_streams());
            std::process::exit(if began.is_ok() { work() } else { 1 })
        }
        Cloned::Parent { pid, handle } => Ok(ClonedChild { pid, handle }),
    }
}

/// Before we come near a payload: nobody inside may look into us.
fn hide() -> Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).during(|| "hide from the payload")
}

/// From here on the kernel kills us when `parent` ends. To be said again after a change of user.
pub fn die_with(parent: Pid) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).during(|| "ask to end with the parent")?;
    match getppid() == Some(parent) {
        true => Ok(()),
        false => Err(Error::new("the parent has ended")),
    }
}

impl ClonedChild {
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits until it has ended by itself, or until that moment.
    pub fn wait_until(&self, moment: Instant) {
        let left = moment.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        let _ = poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&left)); // It is killed and reaped anyway.
    }

    /// Waits until it has ended by itself.
    pub fn wait(self) {
        let _ = waitid(WaitId::PidFd(self.handle.as_fd()), WaitIdOptions::EXITED); // or somebody has reaped it
    }
}

impl Drop for ClonedChild {
    fn drop(&mut self) {
        end(&self.handle);
    }
}

/// Lets go of the standard streams, which are somebody else's.
pub fn null_streams() -> Result<()> {
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null").during(|| "open /dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(rustix::stdio::dup2_stderr(&null)?)
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
        if let Some(handle) = &self.0 {
            end(handle);
        }
    }
}

/// Kills and reaps a child.
fn end(handle: &OwnedFd) {
    let _ = pidfd_send_signal(handle, Signal::KILL); // It may have ended by itself,
    let _ = waitid(WaitId::PidFd(handle.as_fd()), WaitIdOptions::EXITED); // and somebody may have reaped it.
}
