//! What only the child itself can say about itself, between fork and exec.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The kernel kills the child when this process (its one thread) ends, for whatever reason.
///
/// A program that gains rights by its file's modes loses this; one that enters a user namespace of its own does not.
pub fn die_with_parent(command: &mut Command) {
    let parent = std::process::id() as libc::pid_t;
    let ask = move || {
        // SAFETY: changes only a property of the calling process; no pointer is passed.
        if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: getppid takes nothing and cannot fail.
        if unsafe { libc::getppid() } != parent {
            // The parent died before we asked.
            return Err(std::io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    };
    // SAFETY: `ask` makes two system calls, neither allocates nor takes a lock, as the child of a fork must not.
    unsafe { command.pre_exec(ask) };
}
