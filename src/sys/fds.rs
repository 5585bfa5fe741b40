//! close_range(2) (Linux 5.9): many descriptors at once.

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

/// Marks every descriptor from `first` on close-on-exec (Linux 5.11).
pub fn close_on_exec_from(first: u32) -> Result<(), Errno> {
    // SAFETY: the call takes three integers. It closes nothing and touches no memory.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Errno::result(result).map(drop)
}

/// Closes every descriptor from `first` on. For a process that will never use one of its owned descriptors again and
/// ends without dropping them.
pub fn close_from(first: u32) {
    // SAFETY: the call takes three integers. The caller never returns to code that owns one of the descriptors.
    unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) };
}

/// Closes every descriptor from `first` on but `kept`. As with [`close_from`], whatever owned the others is never used
/// or dropped again.
pub fn close_from_except(first: RawFd, kept: &[RawFd]) {
    let mut kept: Vec<RawFd> = kept.iter().copied().filter(|fd| *fd >= first).collect();
    kept.sort_unstable();
    let mut next = first;
    for fd in kept {
        if fd > next {
            // SAFETY: the call takes three integers; that nobody uses what is closed, the caller has promised.
            unsafe { libc::syscall(libc::SYS_close_range, next, fd - 1, 0) };
        }
        next = fd + 1;
    }
    close_from(next as u32);
}

/// Lets the program that this process becomes have a descriptor, under its number.
pub fn keep_on_exec(number: RawFd) -> Result<(), Errno> {
    // SAFETY: F_SETFD takes an integer; a number that is not open is refused.
    Errno::result(unsafe { libc::fcntl(number, libc::F_SETFD, 0) }).map(drop)
}

/// As [`inherited`], for a number that a user has chosen: what is close-on-exec did not come with the exec, but was
/// opened or taken by this process, and has an owner.
pub fn given(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: F_GETFD only asks for the flags, -1 if the descriptor is not open.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags == 0 { inherited(number) } else { None }
}

/// Takes over a descriptor that this process was started with, named by its number on the command line; `None` if it is
/// not open. To be called once for each, before anything else is opened.
pub fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: F_GETFD only asks whether the descriptor is open.
    let is_open = number > 2 && unsafe { libc::fcntl(number, libc::F_GETFD) } != -1;
    // SAFETY: the descriptor is open, and nobody in this process owns it: it came with the exec and the caller takes
    // each number once.
    is_open.then(|| unsafe { OwnedFd::from_raw_fd(number) })
}
