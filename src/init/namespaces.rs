//! Into which namespaces a process is cloned: new ones, existing ones, or some of each.
//!
//! To join a namespace one needs rights in the user namespace that owns it (setns(2)), and only the children of a
//! process live in the pid namespace that it joins. So a clone that joins takes two steps: a child of ours joins,
//! clones again, and makes our child of its child (`CLONE_PARENT`).

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdFlags, pidfd_open};

use crate::error::{During, Error, Result};
use crate::oci::runtime::{Namespace, NamespaceKind};
use crate::process::spawn::SingleThreaded;
use crate::sys::clone::{CLONE_PARENT, Cloned, clone3};

/// Every kind there is for a container.
pub const ALL_KINDS: [NamespaceKind; 7] = [
    NamespaceKind::User,
    NamespaceKind::Cgroup,
    NamespaceKind::Ipc,
    NamespaceKind::Uts,
    NamespaceKind::Network,
    NamespaceKind::Pid,
    NamespaceKind::Mount,
];

/// A namespace to join, opened while its name still means something to us.
#[derive(Debug)]
pub struct Joined {
    kind: NamespaceKind,
    fd: OwnedFd,
}

impl Joined {
    pub fn open(kind: NamespaceKind, path: &str) -> Result<Joined> {
        let file = File::open(path).during(|| format!("open namespace `{path}`"))?;
        Ok(Joined { kind, fd: file.into() })
    }

    pub fn from_fd(kind: NamespaceKind, fd: OwnedFd) -> Joined {
        Joined { kind, fd }
    }

    /// The user namespace, if it is one.
    pub fn as_user(&self) -> Option<BorrowedFd<'_>> {
        (self.kind == NamespaceKind::User).then_some(self.fd.as_fd())
    }

    /// Whether our own user namespace owns it, and not one that is joined with it.
    fn belongs_to_us(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let owner = crate::sys::namespace::owner_of(self.fd.as_fd());
        let (owner, own) =
            (owner.map(File::from).and_then(|file| file.metadata()), std::fs::metadata("/proc/self/ns/user"));
        matches!((owner, own), (Ok(owner), Ok(own)) if (owner.dev(), owner.ino()) == (own.dev(), own.ino()))
    }

    /// The namespaces of `pid` that are named and are not our own.
    pub fn of_process(pid: i32, kinds: &[NamespaceKind]) -> Result<Vec<Joined>> {
        let link = |whose: &str, kind| std::fs::read_link(format!("/proc/{whose}/ns/{}", file_name(kind)));
        let is_own =
            |kind| link("self", kind).is_ok_and(|own| link(&pid.to_string(), kind).is_ok_and(|theirs| own == theirs));
        let others = kinds.iter().filter(|kind| !is_own(**kind));
        let open = |&kind| Joined::open(kind, &format!("/proc/{pid}/ns/{}", file_name(kind)));
        let mut joined: Vec<Joined> = others.map(open).collect::<Result<_>>()?;
        // A payload may be in a user namespace below the one that the others belong to.
        let mounts = joined.iter().find(|namespace| namespace.kind == NamespaceKind::Mount);
        let owner = mounts.and_then(|mounts| crate::sys::namespace::owner_of(mounts.fd.as_fd()).ok());
        if let (Some(owner), Some(user)) = (owner, joined.iter_mut().find(|n| n.kind == NamespaceKind::User)) {
            user.fd = owner;
        }
        Ok(joined)
    }
}

impl AsFd for Joined {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Makes a user namespace for a child of ours, which waits in it until its maps are written.
pub fn clone_into_user_namespace(_proof: &SingleThreaded) -> Result<Cloned> {
    clone3(CloneFlags::CLONE_NEWUSER.bits() as u64, None).map_err(explain_refusal)
}

/// Clones this process into the namespaces that a spec asks for: those without a path are new, but for the user
/// namespace, which the caller has made.
pub fn clone_into(
    namespaces: &[Namespace],
    user: Option<OwnedFd>,
    cgroup: Option<BorrowedFd>,
    token: &SingleThreaded,
) -> Result<Cloned> {
    let is_new = |namespace: &&Namespace| namespace.path.is_empty() && namespace.kind != NamespaceKind::User;
    let new = namespaces.iter().filter(is_new).map(|n| flag(n.kind)).fold(CloneFlags::empty(), |a, b| a | b);
    let existing = namespaces.iter().filter(|namespace| !namespace.path.is_empty());
    let mut joined: Vec<Joined> =
        existing.map(|namespace| Joined::open(namespace.kind, &namespace.path)).collect::<Result<_>>()?;
    joined.extend(user.map(|fd| Joined::from_fd(NamespaceKind::User, fd)));
    clone_joining(&joined, new, cgroup, Sight::Open, token)
}

/// Whether the new process may be looked into, through /proc, from the first moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// By nobody: it comes to be where a payload already runs.
    Hidden,
    /// By whoever starts it and opens its namespaces; it hides itself afterwards.
    Open,
}

/// Clones this process into existing namespaces, and new ones on top of them.
pub fn clone_joining(
    joined: &[Joined],
    new: CloneFlags,
    cgroup: Option<BorrowedFd>,
    sight: Sight,
    _proof: &SingleThreaded,
) -> Result<Cloned> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).during(|| "make a pipe")?;
    match clone3(0, None).during(|| "clone")? {
        Cloned::Parent { pid, .. } => {
            drop(writer);
            let answer = read_answer(reader);
            let _ = waitpid(pid, None); // Our own child, which has just answered or died.
            let pid = answer?;
            let handle = rustix::process::Pid::from_raw(pid)
                .ok_or_else(|| Error::new("a joining process gave no answer"))
                .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).map_err(Error::from))
                .during(|| "open the process in the joined namespaces")?;
            Ok(Cloned::Parent { pid: Pid::from_raw(pid), handle })
        }
        Cloned::Child => match hide(sight)
            .and_then(|()| setns_all(joined))
            .and_then(|()| clone3(CLONE_PARENT | new.bits() as u64, cgroup).map_err(explain_refusal))
        {
            Ok(Cloned::Child) => Ok(Cloned::Child),
            Ok(Cloned::Parent { pid, .. }) => {
                answer(writer, &Ok(pid.as_raw()));
                std::process::exit(0)
            }
            Err(error) => {
                answer(writer, &Err(error));
                std::process::exit(1)
            }
        },
    }
}

fn hide(sight: Sight) -> Result<()> {
    if sight == Sight::Hidden { super::rights::hide_from_payload() } else { Ok(()) }
}

/// The user namespace before those which it owns: it gives the rights to join them. Those that belong to our own user
/// namespace come before it, since it takes our rights over them.
pub fn setns_all(joined: &[Joined]) -> Result<()> {
    let (user, others): (Vec<_>, Vec<_>) = joined.iter().partition(|namespace| namespace.kind == NamespaceKind::User);
    let (ours, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|namespace| namespace.belongs_to_us());
    for namespace in ours.into_iter().chain(user).chain(others) {
        nix::sched::setns(namespace.fd.as_fd(), flag(namespace.kind))
            .during(|| format!("join the {} namespace", file_name(namespace.kind)))
            .hint(|| "only namespaces that belong to one of your own containers can be joined")?;
    }
    Ok(())
}

fn answer(writer: OwnedFd, answer: &Result<i32>) {
    // The reader waits for exactly this; if it is gone, so is the reason to speak.
    let _ = serde_json::to_writer(File::from(writer), answer);
}

fn read_answer(reader: OwnedFd) -> Result<i32> {
    serde_json::from_reader::<_, Result<i32>>(File::from(reader)).during(|| "join the namespaces")?
}

/// Why the kernel makes no namespaces for us (user_namespaces(7), clone(2)).
pub(super) fn explain_refusal(errno: nix::errno::Errno) -> Error {
    use nix::errno::Errno;
    let error = Error::from(errno).while_doing("make namespaces");
    match errno {
        // It has nothing to do with disks.
        Errno::ENOSPC | Errno::EUSERS => Error::new("this machine allows no more of them")
            .while_doing("make namespaces")
            .with_hint("the limit is in /proc/sys/user/max_user_namespaces; `box doctor` says how to raise it"),
        Errno::EPERM | Errno::EACCES => error.with_hint(
            "this machine refuses user namespaces to unprivileged users: an administrator can allow them with \
             `sysctl kernel.unprivileged_userns_clone=1` or, on Ubuntu, an AppArmor profile for box; \
             inside another container, its seccomp profile must allow clone and unshare; `box doctor` says more",
        ),
        Errno::EINVAL | Errno::ENOSYS => error.with_hint("this kernel lacks one of the namespaces that were asked for"),
        _ => error,
    }
}

fn flag(kind: NamespaceKind) -> CloneFlags {
    match kind {
        NamespaceKind::User => CloneFlags::CLONE_NEWUSER,
        NamespaceKind::Mount => CloneFlags::CLONE_NEWNS,
        NamespaceKind::Pid => CloneFlags::CLONE_NEWPID,
        NamespaceKind::Network => CloneFlags::CLONE_NEWNET,
        NamespaceKind::Ipc => CloneFlags::CLONE_NEWIPC,
        NamespaceKind::Uts => CloneFlags::CLONE_NEWUTS,
        NamespaceKind::Cgroup => CloneFlags::CLONE_NEWCGROUP,
    }
}

/// In /proc/PID/ns.
pub fn file_name(kind: NamespaceKind) -> &'static str {
    match kind {
        NamespaceKind::User => "user",
        NamespaceKind::Mount => "mnt",
        NamespaceKind::Pid => "pid",
        NamespaceKind::Network => "net",
        NamespaceKind::Ipc => "ipc",
        NamespaceKind::Uts => "uts",
        NamespaceKind::Cgroup => "cgroup",
    }
}
