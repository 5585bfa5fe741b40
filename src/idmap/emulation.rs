//! Process `box-emulate`: lets programs change users in a container that has one id only.
//!
//! A seccomp filter hands the calls that change users to us (seccomp_unotify(2)), and those that change owners, if the
//! owner is not root (see `init::emulation`): these succeed, and the owner is written down beside the file (see
//! `disk::owner`), for whoever makes an image of it. A process that becomes another user for good is moved into a user
//! namespace of its own, where the one id that there is has that user's number: from then on the kernel itself answers
//! all its questions in the new way: getuid, the owners of files, what may be changed back. Groups that were set before
//! go along. Whatever is only for a while succeeds and changes nothing.
//!
//! ```text
//!  payload: setresuid(101, 101, 101)            box-emulate
//!    | the filter stops it -----------------------> | reads what it wants
//!    | <--------- ptrace: stopped, unshare(2) ----- | in its place
//!    | <--------- uid_map: 101 is the only id ----- |
//!    | <--------- goes on, as if setresuid said 0 - |
//! ```
//!
//! Started by whoever starts the payload, holds the filter's listener and rights in the container's user namespace, and
//! nothing else; lives outside of the payload's process namespace. Ends when no process under the filter is left. It
//! decides nothing about safety: the kernel's own rules hold for every process, whatever its numbers are called.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use nix::errno::Errno;
use nix::unistd::Pid;
use rustix::fs::{Mode, OFlags};

use crate::disk::{beneath, owner};
use crate::error::{During, Error, Result};
use crate::process::spawn::{own_binary, spawn_passing};
use crate::process::{Role, liveness};
use crate::sys::fds::inherited;
use crate::sys::injection::Stopped;
use crate::sys::notification::{Answer, Listener, Notification};

/// Of what is remembered of processes. One that is forgotten is root again.
const MEMORY_LIMIT: usize = 4096;
/// As an argument: unchanged.
const UNCHANGED: u32 = u32::MAX;

/// Starts the process for the filter behind `listener`, in a container with this user namespace.
pub fn start(listener: OwnedFd, namespace: BorrowedFd) -> Result<Emulator> {
    let mut command = own_binary(Role::Emulator);
    command.args([listener.as_raw_fd(), namespace.as_raw_fd()].map(|fd| fd.to_string()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = spawn_passing(&mut command, &[listener.as_fd(), namespace]);
    started.map(Emulator).during(|| "start the root emulation")
}

/// The process, which ends when this is dropped.
#[derive(Debug)]
pub struct Emulator(Child);

impl Emulator {
    /// It ends with the last process under the filter.
    pub fn leave_alone(self) {
        std::mem::forget(self);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill(); // It may have ended.
        let _ = self.0.wait();
    }
}

/// The process `box-emulate`. Returns its exit code.
pub fn main(arguments: impl Iterator<Item = String>) -> i32 {
    let _ = rustix::thread::set_name(c"box-emulate"); // only for people who look at `ps`
    let mut fds = arguments.filter_map(|argument| argument.parse().ok()).filter_map(inherited);
    let (Some(listener), Some(namespace)) = (fds.next(), fds.next()) else { return 125 };
    match serve(Listener::from(listener), namespace) {
        Ok(()) => 0,
        Err(_) => 1, // Nobody listens; calls that change users fail from now on.
    }
}

fn serve(listener: Listener, namespace: OwnedFd) -> Result<()> {
    std::env::set_current_dir("/").during(|| "leave the caller's directory")?;
    // The maps of namespaces below it can be written from there only.
    nix::sched::setns(&namespace, nix::sched::CloneFlags::CLONE_NEWUSER).during(|| "join the user namespace")?;
    let own = identity("self")?;
    rustix::thread::set_no_new_privs(true).during(|| "give up new privileges")?;
    let mut emulation = Emulation { listener, own, asked: HashMap::new(), made: HashSet::new() };
    while let Some(notification) = emulation.listener.receive()? {
        emulation.answer(&notification);
    }
    Ok(())
}

/// Which user namespace a process is in.
fn identity(process: &str) -> Result<(u64, u64)> {
    let path = format!("/proc/{process}/ns/user");
    let metadata = fs::metadata(&path).during(|| format!("look at {path}"))?;
    Ok((metadata.dev(), metadata.ino()))
}

struct Emulation {
    listener: Listener,
    /// The container's user namespace.
    own: (u64, u64),
    /// Of processes that have changed something, but not their user for good; by the id of the first thread.
    asked: HashMap<i32, Asked>,
    /// The user namespaces that processes were moved into.
    made: HashSet<(u64, u64)>,
}

/// What a process has asked for, which the kernel has not done: `None` is root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    real: Option<u32>,
    effective: Option<u32>,
    group: Option<u32>,
}

impl Asked {
    /// Takes a call into account.
    fn note(&mut self, notification: &Notification) {
        let argument = |index: usize| notification.arguments[index] as u32;
        let set = |id: &mut Option<u32>, to: u32| match to {
            UNCHANGED => {}
            0 => *id = None,
            to => *id = Some(to),
        };
        match notification.name() {
            "setuid" => {
                set(&mut self.real, argument(0));
                set(&mut self.effective, argument(0));
            }
            // What keeps root as the saved user wants to come back.
            "setresuid" if argument(2) == 0 => {}
            "setreuid" | "setresuid" => {
                set(&mut self.real, argument(0));
                set(&mut self.effective, argument(1));
            }
            "setgid" => set(&mut self.group, argument(0)),
            "setregid" | "setresgid" => {
                set(&mut self.group, argument(0));
                set(&mut self.group, argument(1));
            }
            _ => {}
        }
    }

    /// The user that it is from now on, if it is another one for good. One that changes its real user alone is on the
    /// way there, and looks at it (Perl's `$> = $< = $uid`).
    fn user(&self) -> Option<u32> {
        self.real.filter(|real| self.effective.is_none_or(|effective| effective == *real))
    }
}

/// Whether the call only sets groups, and not that of root.
fn sets_groups(notification: &Notification) -> bool {
    match notification.name() {
        "setgroups" => true,
        "setgid" | "setregid" | "setresgid" => notification.arguments[0] as u32 != 0,
        _ => false,
    }
}

impl Emulation {
    /// A process that has gone meanwhile needs no answer, so that none of this can fail in a way that matters.
    fn answer(&mut self, notification: &Notification) {
        let process = notification.pid.to_string();
        if let Some(chown) = Chown::of(notification) {
            // Best effort: what is on disk stays the user's, and only whoever packs it looks.
            let _ = identity(&process)
                .ok()
                .filter(|namespace| *namespace == self.own)
                .map(|_| self.record_owner(notification, chown));
            let _ = self.listener.answer(notification, Answer::Value(0));
            return;
        }
        if let Some(namespace) = identity(&process).ok().filter(|namespace| *namespace != self.own) {
            // In a namespace of its own the kernel knows what it may do; but some set their groups after their user.
            let is_known = sets_groups(notification) && self.made.contains(&namespace);
            let answer = if is_known { Answer::Value(0) } else { Answer::Continue };
            let _ = self.listener.answer(notification, answer);
            return;
        }
        let first_thread = first_thread(notification.pid).unwrap_or(notification.pid);
        let mut asked = self.asked.remove(&first_thread).unwrap_or_default();
        asked.note(notification);
        if let Some(uid) = asked.user()
            && self.become_user(notification, uid, asked.group.unwrap_or(0)).is_ok()
        {
            return; // It goes on already.
        }
        if asked != Asked::default() {
            if self.asked.len() >= MEMORY_LIMIT {
                self.asked.clear();
            }
            self.asked.insert(first_thread, asked);
        }
        let _ = self.listener.answer(notification, Answer::Value(0));
    }

    /// Writes down whose a file is to be.
    fn record_owner(&self, notification: &Notification, chown: Chown) -> Result<()> {
        let file = chown.open(notification.pid)?;
        // Else the process may be another one by now, and so the file.
        if self.listener.is_waiting(notification) {
            owner::record(file.as_fd(), chown.uid, chown.gid)?;
        }
        Ok(())
    }

    /// Moves the caller into a user namespace in which it is `uid`. An error: it is where it was, and still waits.
    fn become_user(&mut self, notification: &Notification, uid: u32, gid: u32) -> Result<()> {
        // A process with several threads, or one that has changed its root, cannot get a namespace.
        if tasks(notification.pid) != 1 || has_other_root(notification.pid) {
            return Err(Error::new("it cannot get a user namespace"));
        }
        let pid = Pid::from_raw(notification.pid);
        let stopped = Stopped::seize(pid, || self.listener.is_waiting(notification))?;
        let unshared = stopped.call("unshare", &[libc::CLONE_NEWUSER as u64])?;
        if unshared != 0 {
            // The call that it made is made again, and comes to us again; it must not do so for ever.
            stopped.go_on_with(0)?;
            return Ok(());
        }
        let write = |file: &str, text: String| {
            let path = format!("/proc/{pid}/{file}");
            fs::write(&path, text).during(|| format!("write {path}"))
        };
        let _ = write("setgroups", "deny".to_owned()); // It is denied in the namespace above already.
        if self.made.len() >= MEMORY_LIMIT {
            self.made.clear();
        }
        self.made.extend(identity(&pid.to_string()).ok());
        let mapped = write("uid_map", format!("{uid} 0 1")).and_then(|()| write("gid_map", format!("{gid} 0 1")));
        stopped.go_on_with(if mapped.is_ok() { 0 } else { -(Errno::EPERM as i64) })
    }
}

/// A call that changes the owner of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chown {
    /// `None`: the current directory, and for a path that is absolute none.
    directory: Option<i32>,
    /// Where the path lies in the caller's memory; `None`: the file is the directory itself.
    path: Option<u64>,
    follows: bool,
    uid: Option<u32>,
    gid: Option<u32>,
}

impl Chown {
    fn of(notification: &Notification) -> Option<Chown> {
        let argument = |index: usize| notification.arguments[index];
        let id = |index: usize| Some(argument(index) as u32).filter(|id| *id != UNCHANGED);
        let named = |follows| Chown { directory: None, path: Some(argument(0)), follows, uid: id(1), gid: id(2) };
        Some(match notification.name() {
            "chown" => named(true),
            "lchown" => named(false),
            "fchown" => Chown { directory: Some(argument(0) as i32), path: None, ..named(true) },
            "fchownat" => {
                let flags = argument(4) as i32;
                let directory = Some(argument(0) as i32).filter(|fd| *fd != libc::AT_FDCWD);
                let follows = flags & libc::AT_SYMLINK_NOFOLLOW == 0;
                Chown { directory, path: Some(argument(1)), follows, uid: id(2), gid: id(3) }
            }
            _ => return None,
        })
    }

    /// The file, as the caller sees it; open for its path only.
    fn open(&self, pid: i32) -> Result<OwnedFd> {
        let start = match self.directory {
            Some(fd) => format!("/proc/{pid}/fd/{fd}"),
            None => format!("/proc/{pid}/cwd"),
        };
        let open = |place: &str| rustix::fs::open(place, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        let path = self.path.map(|address| read_path(pid, address)).transpose()?.unwrap_or_default();
        if path.as_os_str().is_empty() {
            return Ok(open(&start)?);
        }
        // Where a process is, the kernel says from the root of its mounts.
        let path = if path.is_absolute() { path } else { fs::read_link(&start)?.join(path) };
        let flags = if self.follows { OFlags::PATH } else { OFlags::PATH | OFlags::NOFOLLOW };
        beneath::open(open(&format!("/proc/{pid}/root"))?.as_fd(), &path, flags, Mode::empty())
    }
}

/// The path at this address of a process.
fn read_path(pid: i32, address: u64) -> Result<PathBuf> {
    let memory = fs::File::open(format!("/proc/{pid}/mem")).during(|| "open the memory of a process")?;
    let mut bytes = vec![0; libc::PATH_MAX as usize];
    // To the end of the page, and then on, as what lies behind may not be there.
    let first = (4096 - address % 4096) as usize;
    let mut length = memory.read_at(&mut bytes[..first.min(libc::PATH_MAX as usize)], address)?;
    if !bytes[..length].contains(&0) && length < bytes.len() {
        length += memory.read_at(&mut bytes[length..], address + length as u64).unwrap_or(0);
    }
    let end = bytes[..length].iter().position(|byte| *byte == 0);
    bytes.truncate(end.ok_or_else(|| Error::new("a path has no end"))?);
    Ok(PathBuf::from(OsString::from_vec(bytes)))
}

fn status_number(pid: i32, key: &str) -> Option<i32> {
    let status = liveness::text_of(pid, "status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')?.trim().parse().ok())
}

fn first_thread(thread: i32) -> Option<i32> {
    status_number(thread, "Tgid")
}

fn tasks(pid: i32) -> i32 {
    status_number(pid, "Threads").unwrap_or(0)
}

/// As after chroot(2), which forbids a new user namespace (user_namespaces(7)).
fn has_other_root(pid: i32) -> bool {
    let mounts = liveness::text_of(pid, "mountinfo").unwrap_or_default();
    // What is mounted at `/` is not to be seen from a root below it.
    !mounts.lines().any(|line| line.split(' ').nth(4) == Some("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(calls: &[(&str, &[u32])]) -> (Option<u32>, Option<u32>) {
        let mut asked = Asked::default();
        for (name, arguments) in calls {
            let mut all = [0; 6];
            arguments.iter().enumerate().for_each(|(index, argument)| all[index] = u64::from(*argument));
            asked.note(&Notification::new(name, 1, all));
        }
        (asked.user(), asked.group)
    }

    #[test]
    fn only_a_lasting_change_of_the_user_is_one() {
        const SAME: u32 = UNCHANGED;
        for calls in [
            &[("setuid", &[101][..])][..],
            &[("setresuid", &[101, 101, 101])],
            &[("setreuid", &[101, 101])],
            &[("setresuid", &[101, SAME, SAME])],
            &[("setresuid", &[SAME, 101, SAME]), ("setresuid", &[SAME, 0, SAME]), ("setresuid", &[101, SAME, SAME])],
            &[("setresuid", &[101, SAME, SAME]), ("setresuid", &[SAME, 101, SAME])],
        ] {
            assert_eq!(user(calls).0, Some(101), "{calls:?}");
        }
        for calls in [
            &[("setuid", &[0][..])][..],
            &[("setresuid", &[SAME, 101, SAME])],
            &[("setresuid", &[101, 101, 0])],
            &[("setreuid", &[SAME, SAME])],
            &[("setresuid", &[SAME, 102, SAME]), ("setresuid", &[101, SAME, SAME])],
            &[("setgroups", &[1, 0])],
        ] {
            assert_eq!(user(calls).0, None, "{calls:?}");
        }
        assert_eq!(user(&[("setgid", &[7])]).1, Some(7));
        assert_eq!(user(&[("setresgid", &[SAME, 8, SAME])]).1, Some(8));
        assert_eq!(user(&[("setregid", &[9, SAME]), ("setgid", &[0])]).1, None);
    }
}
