//! Signal dispositions and masks as a fresh process has them.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, sigaction, sigprocmask};

/// Every signal at its default action, none blocked, whatever the caller ignored (nohup) or the runtime set (Rust ignores
/// SIGPIPE).
pub fn reset() -> Result<(), Errno> {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    for signal in nix::sys::signal::Signal::iterator() {
        // SAFETY: the default action runs no handler of ours.
        let _ = unsafe { sigaction(signal, &default) }; // KILL and STOP cannot be changed, and need not.
    }
    for number in 34..=64 {
        // SAFETY: as above, for the real-time signals, which nix has no names for.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// pidfd_send_signal(2), with any number: real-time signals have no names in nix and rustix.
pub fn send(process: BorrowedFd<'_>, number: i32) -> Result<(), Errno> {
    let no_info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a null siginfo asks for the one that kill(2) sends; no memory of ours is read or written.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), number, no_info, 0) };
    Errno::result(result).map(drop)
}
