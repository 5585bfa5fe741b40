//! `--init`: process 1 stays box's own, reaps orphans, forwards every signal to the payload and ends as it ends.

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::error::{During, Result};
use crate::sys::clone::{Cloned, clone3};

/// Returns only in a child, which goes on to become the payload.
pub fn stay_as_process_1() -> Result<()> {
    // A process that was cloned from one thread and has started none has one.
    let all = SigSet::all();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&all), None).during(|| "hold signals for the payload")?;
    match clone3(0, None).during(|| "start the payload below the reaper")? {
        Cloned::Child => Ok(()),
        Cloned::Parent { pid, .. } => reap_until_end_of(pid, &all),
    }
}

fn reap_until_end_of(payload: Pid, all: &SigSet) -> ! {
    // The streams are the payload's: held here, they would keep a pipe open after it has closed its own.
    crate::sys::fds::close_from(0);
    loop {
        match all.wait() {
            Ok(Signal::SIGCHLD) => {
                if let Some(code) = reap(payload) {
                    std::process::exit(code);
                }
            }
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
