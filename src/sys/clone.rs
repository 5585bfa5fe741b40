//! clone3(2), and clone(2) where a sandbox around us does not let that through: a child in new namespaces, with a
//! handle on it that cannot be mistaken for another process.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd::Pid;

/// Which side of the clone we are on.
#[derive(Debug)]
pub enum Cloned {
    Parent { pid: Pid, handle: OwnedFd },
    Child,
}

/// The caller's sibling instead of its child.
pub const CLONE_PARENT: u64 = libc::CLONE_PARENT as u64;

/// Not libc's constant, which is too narrow for it (linux/sched.h).
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Clones this process into the new namespaces that `flags` names (`CLONE_NEW*` and [`CLONE_PARENT`]); with `cgroup`
/// (a directory of cgroup v2, since Linux 5.7) the child begins its life there.
///
/// The memory is copied, not shared: the child may do what the parent could, provided that the parent had no other
/// thread. `process::spawn::SingleThreaded` proves that; callers hold one.
pub fn clone3(flags: u64, cgroup: Option<BorrowedFd<'_>>) -> Result<Cloned, Errno> {
    let mut handle: libc::c_int = -1;
    let mut flags = flags | libc::CLONE_PIDFD as u64;
    if cgroup.is_some() {
        flags |= CLONE_INTO_CGROUP;
    }
    let exit_signal = if flags & CLONE_PARENT == 0 { libc::SIGCHLD as u64 } else { 0 };
    let arguments = libc::clone_args {
        flags,
        pidfd: &raw mut handle as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: cgroup.map_or(0, |fd| fd.as_raw_fd() as u64),
    };
    // SAFETY: `arguments` is a whole clone_args of the size given; `pidfd` points to a live int, written before the
    // call returns. No stack and no CLONE_VM: the child goes on here with a copy of our memory, as after fork(2).
    let result = unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) };
    let result = match Errno::result(result) {
        // Seccomp filters cannot look into the arguments of clone3; those of Docker and others refuse it for clone's
        // sake. The group has to be entered afterwards then.
        Err(Errno::ENOSYS) => {
            let arguments = (flags & !CLONE_INTO_CGROUP) | exit_signal;
            // SAFETY: as above; with CLONE_PIDFD the third argument is where the handle goes, on every architecture.
            // No stack, no thread storage and no CLONE_VM: the child goes on here, as after fork(2).
            Errno::result(unsafe { libc::syscall(libc::SYS_clone, arguments, 0, &raw mut handle, 0, 0) })
        }
        result => result,
    };
    match result? {
        0 => Ok(Cloned::Child),
        pid => {
            // SAFETY: the kernel has just made this descriptor for us (CLONE_PIDFD), close-on-exec, and nobody else has
            // it.
            let handle = unsafe { OwnedFd::from_raw_fd(handle) };
            Ok(Cloned::Parent { pid: Pid::from_raw(pid as i32), handle })
        }
    }
}
