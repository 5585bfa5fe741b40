//! Signal dispositions and masks as a fresh process has them.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, sigaction, sigprocmask};

/// Makes children that end wait for us to ask, although the caller ignored SIGCHLD: its ignoring outlives exec, and the
/// kernel then throws exit codes away (wait(2)).
pub fn keep_exit_codes() {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action runs no handler of ours.
    let _ = unsafe { sigaction(nix::sys::signal::Signal::SIGCHLD, &default) }; // Only KILL and STOP cannot be changed.
}

/// Every signal at its default action, none blocked, whatever the caller ignored (nohup) or the runtime set (Rust
/// ignores SIGPIPE).
pub fn reset() -> Result<(), Errno> {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    for signal in nix::sys::signal::Signal::iterator() {
        // SAFETY: the default action runs no handler of ours.
        let _ = unsafe { sigaction(signal, &default) }; // KILL and STOP cannot be changed, and need not.
    }
    // The kernel's `struct sigaction` in its largest form; all zeroes are the default action without flags and mask.
    let default = [0u64; 8];
    for number in 32..=64 {
        // The real-time signals, which nix has no names for; past glibc, which keeps 32 and 33 to itself and would
        // leave them ignored in a program that needs them.
        // SAFETY: the kernel reads one `struct sigaction` from `default`, which is longer, and writes nothing.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, number, default.as_ptr(), std::ptr::null::<u64>(), 8) };
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
