//! Work on files that belong to the ids of a container: done by a child of ours that is root of a user namespace in
//! which those ids exist.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::sched::CloneFlags;
use nix::sys::wait::waitpid;

use crate::disk::compare::{self, Owners};
use crate::disk::tree;
use crate::error::{During, Result};
use crate::idmap::IdMap;
use crate::idmap::namespace::UserNamespace;
use crate::init::namespaces::{Joined, Sight, clone_joining, setns_all};
use crate::oci::runtime::NamespaceKind;
use crate::process::handshake::{Channel, Start};
use crate::process::spawn::SingleThreaded;
use crate::sys::clone::Cloned;

/// Removes a tree, whoever of the user's ids owns its files.
pub fn remove_tree(path: &Path) -> Result<()> {
    match tree::remove(path) {
        Ok(()) => Ok(()),
        Err(_) => in_new_namespace(|| tree::remove(path)).during(|| format!("remove `{}`", path.display())),
    }
}

/// Removes a tree as root of the user namespace at hand, for a process that can make none any more.
pub fn remove_tree_in(path: &Path, namespace: &OwnedFd) -> Result<()> {
    match tree::remove(path) {
        Ok(()) => Ok(()),
        Err(_) => in_namespace(namespace, || tree::remove(path)).during(|| format!("remove `{}`", path.display())),
    }
}

/// Bytes of the regular files below `path`, whoever of the user's ids owns the directories.
pub fn size(path: &Path) -> Result<u64> {
    if let Some(bytes) = tree::size_if_seen(path)? {
        return Ok(bytes);
    }
    let (ours, theirs) = std::io::pipe()?;
    let write = |bytes: u64| (&theirs).write_all(&bytes.to_ne_bytes()).during(|| "say the size");
    // Overlayfs leaves a work directory that may be closed even to its owner: what cannot be seen counts for nothing.
    let measured = in_new_namespace(|| tree::size(path).and_then(write));
    drop(theirs);
    let mut bytes = [0; 8];
    match measured.and_then(|()| (&ours).read_exact(&mut bytes).during(|| "hear the size")) {
        Ok(()) => Ok(u64::from_ne_bytes(bytes)),
        // Where no namespaces can be made, what we see has to do.
        Err(_) => tree::size(path),
    }
}

/// Compares two trees as root of a user namespace in which the owners of their files exist; see
/// [`compare::compare`](crate::disk::compare::compare).
pub fn compare(tree: &Path, wanted: &Path, owners: Owners) -> Result<()> {
    // Where no namespace can be made, or nobody else's files can be, we see everything that there is.
    match UserNamespace::begin(&IdMap::choose()).and_then(|mut namespace| namespace.finish()) {
        Ok(namespace) => in_namespace(&namespace, || compare::compare(tree, wanted, owners)),
        Err(_) => compare::compare(tree, wanted, owners),
    }
}

/// Runs `work` in a child that is root of a new user namespace with the caller's best id map.
pub fn in_new_namespace(work: impl FnOnce() -> Result<()>) -> Result<()> {
    let namespace = UserNamespace::begin(&IdMap::choose())?.finish()?;
    in_namespace(&namespace, work)
}

/// Becomes, for good, root of a new user namespace with the caller's best id map, with mounts of its own: what is
/// mounted outside is seen, and nothing that is mounted from here on is seen outside.
pub fn become_owner() -> Result<()> {
    let namespace = UserNamespace::begin(&IdMap::choose())?.finish()?;
    // The kernel lets no process of several threads do this.
    SingleThreaded::prove()?;
    setns_all(&[Joined::from_fd(NamespaceKind::User, namespace)])?;
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).during(|| "make a mount namespace")?;
    crate::init::become_root_inside()
}

fn in_namespace(namespace: &OwnedFd, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let proof = SingleThreaded::prove()?;
    let joined = Joined::from_fd(NamespaceKind::User, namespace.try_clone()?);
    let (ours, theirs) = Channel::pair()?;
    match clone_joining(&[joined], CloneFlags::empty(), None, Sight::Hidden, &proof)? {
        Cloned::Child => {
            drop(ours);
            report(&theirs, crate::init::become_root_inside().and_then(|()| work()))
        }
        Cloned::Parent { pid, .. } => {
            drop(theirs);
            let outcome = hear(&ours);
            let _ = waitpid(pid, None); // It has reported or died; either way it ends.
            outcome
        }
    }
}

pub(super) fn report(parent: &Channel, outcome: Result<()>) -> ! {
    let failed = outcome.is_err();
    if let Err(error) = outcome {
        let _ = parent.send(&Start::Failed(error)); // The exit code says as much to whoever still listens.
    }
    std::process::exit(i32::from(failed))
}

pub(super) fn hear(child: &Channel) -> Result<()> {
    match child.receive::<Start>()? {
        Some(Start::Failed(error)) => Err(error),
        _ => Ok(()),
    }
}
