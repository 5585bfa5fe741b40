//! Work on what a container's processes see: done by a child of ours whose root is the container's, be it that the
//! container runs, or that its root file system is put together for this.
//!
//! The child runs this binary's own code and nothing of the container. No process of the container sees it: it is in
//! none of their pid namespaces, and may not be looked into.

use std::fs::File;
use std::io::BufReader;
use std::os::fd::OwnedFd;

use nix::sched::CloneFlags;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use rustix::pipe::{PipeFlags, pipe_with};

use super::record::Container;
use super::root::{RootFilesystem, root_filesystem};
use super::start::{Machine, lock_for_start};
use super::surroundings::own_limits;
use super::{ownership, sources};
use crate::disk::Lock;
use crate::error::{During, Error, Result};
use crate::idmap::IdMap;
use crate::idmap::namespace::UserNamespace;
use crate::init::namespaces::{Joined, Sight, clone_joining};
use crate::init::{self, Plan};
use crate::oci::runtime::NamespaceKind;
use crate::process::handshake::{Channel, Start};
use crate::process::spawn::SingleThreaded;
use crate::rootfs::{FuseHelper, FuseMount, Owners};
use crate::settings::{MountKind, MountRequest, Settings};
use crate::spec;
use crate::store::Store;
use crate::sys::clone::Cloned;

/// A child at work.
#[derive(Debug)]
pub struct Inside {
    /// What the child reads.
    pub input: Option<File>,
    /// What the child writes.
    pub output: BufReader<File>,
    channel: Channel,
    /// `None`: it has ended.
    pid: Option<Pid>,
    /// The root file system of a container that does not run, and nobody starts it meanwhile.
    _fuse: Option<FuseHelper>,
    _lock: Option<Lock>,
}

/// Which namespaces to join, and what is left to do in them.
struct Way {
    joined: Vec<Joined>,
    new: CloneFlags,
    plan: Option<Plan>,
    fuse: Option<FuseMount>,
    lock: Option<Lock>,
}

/// Begins `work`, which is given what it reads and what it writes, as root of the container's user namespace.
pub fn begin(
    store: &Store,
    machine: &Machine,
    container: &Container,
    work: impl FnOnce(File, File) -> Result<()>,
) -> Result<Inside> {
    let way = match container.status()?.live() {
        Some(state) => {
            let joined = Joined::of_process(state.visible_process(), &[NamespaceKind::User, NamespaceKind::Mount])?;
            if !state.payload.is_alive() {
                return Err(Error::new("it has just ended"));
            }
            Way { joined, new: CloneFlags::empty(), plan: None, fuse: None, lock: None }
        }
        None => put_together(store, machine, container)?,
    };
    let proof = SingleThreaded::prove()?;
    let pipe = || pipe_with(PipeFlags::CLOEXEC).during(|| "make a pipe");
    let ((their_input, our_input), (our_output, their_output)) = (pipe()?, pipe()?);
    let (ours, theirs) = Channel::pair()?;
    // The helper that mounts for a child has to see it; what runs in a container already must not.
    let sight = if way.plan.is_some() { Sight::Open } else { Sight::Hidden };
    match clone_joining(&way.joined, way.new, None, sight, &proof)? {
        Cloned::Child => {
            drop((ours, our_input, our_output, way.lock));
            let enter = || {
                theirs.receive::<Start>()?; // The helpers are at work.
                init::become_root_inside()?;
                init::hide_from_payload()?;
                way.plan.as_ref().map_or(Ok(()), init::enter_root)
            };
            ownership::report(&theirs, enter().and_then(|()| work(their_input.into(), their_output.into())))
        }
        Cloned::Parent { pid, .. } => {
            drop((theirs, their_input, their_output));
            // A child of ours from here on: it ends when nobody speaks to it any more.
            let mut inside = Inside {
                input: Some(our_input.into()),
                output: BufReader::new(our_output.into()),
                channel: ours,
                pid: Some(pid),
                _fuse: None,
                _lock: way.lock,
            };
            inside._fuse = way.fuse.map(|fuse| fuse.start(pid, &proof)).transpose()?;
            inside.channel.send(&Start::Go)?;
            Ok(inside)
        }
    }
}

impl Inside {
    /// Nothing more is said: waits for the end of the work, and hears how it went.
    pub fn finish(&mut self) -> Result<()> {
        self.input = None;
        ownership::hear(&self.channel)?;
        match self.pid.take().map(|pid| waitpid(pid, None)) {
            None | Some(Ok(WaitStatus::Exited(_, 0))) => Ok(()),
            _ => Err(Error::new("the process that worked inside was killed")),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
            let _ = waitpid(pid, None); // Our own child.
        }
    }
}

/// The files of a container that does not run, as its next start would show them; what is new at each start is not
/// there, nor are the kernel's file systems.
fn put_together(store: &Store, machine: &Machine, container: &Container) -> Result<Way> {
    let (lock, container) = lock_for_start(container)?;
    let container = &container;
    let settings = &container.record.settings;
    // Where the user is left out, files have their owners in a namespace of which he is part: numbers are the same.
    let ids = match settings.userns.leaves_user_out() {
        true => IdMap::of_subordinates()?,
        false => IdMap::choose_for(&settings.userns)?,
    };
    let mut namespace = UserNamespace::begin(&ids)?;
    let driver = machine.driver_for(store, container, &ids)?;
    let RootFilesystem { root, fuse, mut mounts } = root_filesystem(store, container, driver, Owners::Mapped, false)?;

    let is_kept = |mount: &&MountRequest| {
        let has_files =
            matches!(mount.kind, MountKind::Bind { .. } | MountKind::Volume { .. } | MountKind::Image { .. });
        has_files && mount.overlay.is_none()
    };
    let settings = Settings { mounts: settings.mounts.iter().filter(is_kept).cloned().collect(), ..settings.clone() };
    let sources = sources::find(store, container, &settings.mounts, driver)?;
    let surroundings = spec::Surroundings { mount_sources: sources.shown, ..own_limits(String::new()) };
    let mut spec = spec::build(&settings, &container.record.image_config, &surroundings)?;
    let is_asked_for = |destination: &str| settings.mounts.iter().any(|mount| mount.destination == destination);
    mounts.extend(spec.mounts.into_iter().filter(|mount| is_asked_for(&mount.destination)));
    spec.mounts = mounts;
    let plan = Plan {
        spec,
        rootfs: root,
        mount_point: container.dir.join("rootfs"),
        subpaths: sources.subpaths,
        ..Plan::default()
    };
    let user: OwnedFd = namespace.finish()?;
    let joined = vec![Joined::from_fd(NamespaceKind::User, user)];
    Ok(Way { joined, new: CloneFlags::CLONE_NEWNS, plan: Some(plan), fuse, lock: Some(lock) })
}
