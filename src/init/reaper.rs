//! Process 1 stays box's own, reaps orphans, forwards every signal to the payload and ends as it ends.
//!
//! Asked for with `--init`, and done unasked for an attached payload without a terminal: the kernel shields process 1
//! from every signal that it does not handle, SIGPIPE included, so that a program at the end of a pipe would not end as
//! it does outside (pid_namespaces(7)).
//!
//! The process that holds a pod is one without a payload.

use std::convert::Infallible;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::process::DumpableBehavior;
use rustix::thread::CapabilitySet;

use crate::error::{During, Result};
use crate::sys::clone::{Cloned, clone3};
use crate::sys::{self, capability};

/// Returns only in a child, which goes on to become the payload.
pub fn stay_as_process_1() -> Result<()> {
    // A process that was cloned from one thread and has started none has one.
    let all = hold_signals()?;
    match clone3(0, None).during(|| "start the payload below the reaper")? {
        Cloned::Child => Ok(()),
        Cloned::Parent { pid, .. } => match stay(pid, &all)? {},
    }
}

/// For a payload that is our child already.
pub fn stay_for(payload: Pid) -> Result<Infallible> {
    stay(payload, &hold_signals()?)
}

fn hold_signals() -> Result<SigSet> {
    let all = SigSet::all();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&all), None).during(|| "hold signals for the payload")?;
    Ok(all)
}

fn stay(payload: Pid, all: &SigSet) -> Result<Infallible> {
    // The streams are the payload's: held here, they would keep a pipe open after it has closed its own.
    crate::sys::fds::close_from(0);
    keep_only_the_right_to_kill()?;
    reap_until_end_of(payload, all)
}

/// Stays as process 1 of namespaces that others have joined, until it is asked to end.
///
/// Nobody of them sees it: it is in a process namespace of its own. So whoever starts one of them may look into it, and
/// open its namespaces.
pub fn hold() -> Result<Infallible> {
    rustix::thread::set_name(c"box-pod").during(|| "name the process")?;
    let all = hold_signals()?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).during(|| "let the namespaces be joined")?;
    rustix::thread::set_no_new_privs(true)?;
    allow_only(&["rt_sigtimedwait", "wait4", "waitid", "close", "close_range", "exit_group", "munmap", "madvise"])?;
    // Last: whoever has started us takes the end of our conversation for the beginning of the payload.
    crate::sys::fds::close_from(0);
    loop {
        match all.wait() {
            Ok(Signal::SIGTERM | Signal::SIGINT | Signal::SIGQUIT) => std::process::exit(0),
            Ok(Signal::SIGCHLD) => drop(reap(Pid::from_raw(0))),
            _ => {} // What is said to all containers of a pod is none of its business.
        }
    }
}

/// Who we are from here on: process 1, root of the namespace, not to be looked into; the payload may run as anybody.
fn keep_only_the_right_to_kill() -> Result<()> {
    let kill = CapabilitySet::KILL;
    capability::limit_bounding(CapabilitySet::empty())?;
    capability::set(kill, kill, CapabilitySet::empty())?;
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    allow_only(&[
        "rt_sigtimedwait",
        "wait4",
        "waitid",
        "kill",
        "exit_group",
        "rt_sigreturn",
        "restart_syscall",
        "munmap",
        "madvise",
    ])
}

/// What needs another system call does without.
fn allow_only(calls: &[&str]) -> Result<()> {
    sys::seccomp::load(&sys::seccomp::allow_only(calls, sys::seccomp::Action::Errno(libc::ENOSYS as u16)))
}

fn reap_until_end_of(payload: Pid, all: &SigSet) -> ! {
    loop {
        // First: it may have ended before signals were held.
        if let Some(code) = reap(payload) {
            std::process::exit(code);
        }
        match all.wait() {
            Ok(Signal::SIGCHLD) => {}
            Ok(signal) => {
                let _ = kill(payload, signal); // It may have ended at this very moment; SIGCHLD says so next.
            }
            Err(_) => {} // A real-time signal, which nix has no name for: the payload is not its addressee.
        }
    }
}

/// Takes in every child that has ended; the exit code when the payload is among them.
fn reap(payload: Pid) -> Option<i32> {
    let mut code = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, status)) if pid == payload => code = Some(status),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == payload => code = Some(128 + signal as i32),
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return code,
            Ok(_) => {}
            Err(_) => return code,
        }
    }
}
