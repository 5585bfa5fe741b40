//! The system calls that are left to the monitor: relay, record, remove.
//!
//! Missing from the list is what would make more of a monitor that a payload has taken over than a process which may
//! touch the user's files: new programs, new sockets to anywhere, new namespaces, mounts, tracing, keys, modules.
//!
//! A call that is not on the list fails with ENOSYS, which is what a kernel without it says: the C library and our own
//! code then take an older way, and what has none meets an error that every caller here lives with. It never ends
//! the monitor, for the container would end with it.

use crate::error::Result;
use crate::oci::runtime::{Seccomp, SyscallArg, SyscallRule};
use crate::spec;
use crate::sys;

/// Puts this process, and what it clones to remove trees, under the filter. Needs `no_new_privs`.
pub fn load() -> Result<()> {
    sys::seccomp::load(&spec::seccomp::compile(&profile())?)
}

fn profile() -> Seccomp {
    let allow = |names: &[&str], args| SyscallRule {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        action: "SCMP_ACT_ALLOW".to_owned(),
        args,
        ..SyscallRule::default()
    };
    // clone3 hides its flags from filters; the older call is what we go back to when it fails.
    let no_namespaces =
        SyscallArg { index: 0, value: NAMESPACES as u64, value_two: 0, op: "SCMP_CMP_MASKED_EQ".to_owned() };
    Seccomp {
        default_action: "SCMP_ACT_ERRNO".to_owned(),
        default_errno_ret: Some(libc::ENOSYS as u32),
        syscalls: vec![allow(CALLS, Vec::new()), allow(&["clone"], vec![no_namespaces])],
        ..Seccomp::default()
    }
}

/// What a clone may not make. (The bit of a time namespace is part of the exit signal here.)
const NAMESPACES: i32 = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

#[rustfmt::skip] // as paragraphs, not as a column
const CALLS: &[&str] = &[
    // The relay: streams, clients, signals, the payload's end.
    "read", "write", "readv", "writev", "pread64", "pwrite64", "lseek", "close", "close_range", "dup", "dup2", "dup3",
    "fcntl", "ioctl", "poll", "ppoll", "restart_syscall", "pipe2", "accept", "accept4", "getsockopt", "getsockname",
    "getpeername", "socketpair", "sendmsg", "recvmsg", "sendto", "recvfrom", "shutdown", "pidfd_send_signal",
    "pidfd_open", "wait4", "waitid", "kill", "tgkill",
    // Records, logs, locks; trees and cgroups that are removed, moved, rotated.
    "open", "openat", "openat2", "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents64", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "unlink",
    "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod",
    "fchmodat", "fchmodat2", "ftruncate", "fsync", "fdatasync", "flock", "utimensat", "umask", "statfs", "fstatfs",
    // The child that is root where the container's files belong to somebody.
    "setns", "setgroups", "setresuid", "setresgid", "getresuid", "getresgid", "getgroups", "capget", "capset", "prctl",
    "set_robust_list", "rseq", "set_tid_address",
    // Memory, time, the process itself.
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "getrandom", "clock_gettime", "gettimeofday",
    "clock_nanosleep", "nanosleep", "sched_yield", "sched_getaffinity", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "prlimit64", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "sigaltstack",
    "uname", "exit", "exit_group",
];

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;
    use crate::sys::seccomp::attempt;

    const CHILD: &str = "BOX_TEST_MONITOR_FILTER";

    #[test]
    fn what_a_monitor_has_no_use_for_is_refused() {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "--nocapture", "monitor::filter::tests::under_the_filter"]).env(CHILD, "1");
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}, {:?}", output.status.signal());
    }

    /// The child of the test above: the filter is its thread's until the process ends.
    #[test]
    fn under_the_filter() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        let refused = std::thread::spawn(|| {
            rustix::thread::set_no_new_privs(true).unwrap();
            load().unwrap();
            let user_namespace = libc::CLONE_NEWUSER as usize | libc::SIGCHLD as usize;
            assert!(attempt("getpid", &[]).is_ok() && std::fs::metadata("/").is_ok());
            [
                attempt("clone", &[user_namespace, 0, 0, 0, 0]),
                attempt("clone3", &[0, 0]),
                attempt("unshare", &[libc::CLONE_NEWUSER as usize]),
                attempt("socket", &[libc::AF_INET as usize, libc::SOCK_STREAM as usize, 0]),
                attempt("execve", &[0, 0, 0]),
                attempt("ptrace", &[0, 0, 0, 0]),
                attempt("mount", &[0, 0, 0, 0, 0]),
                attempt("bpf", &[0, 0, 0]),
            ]
        });
        assert_eq!(refused.join().unwrap(), [Err(libc::ENOSYS); 8]);
    }

    #[test]
    fn it_is_made_in_no_time_and_fits() {
        assert!(spec::seccomp::compile(&profile()).unwrap().len() < 200);
    }
}
