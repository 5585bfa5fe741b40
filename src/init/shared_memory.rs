//! The memory of another container: what is mounted on its /dev/shm, shown in this one too, as whoever shares its IPC
//! namespace expects (shm_overview(7)).

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::CWD;
use rustix::mount::{OpenTreeFlags, open_tree};

use super::namespaces::{Joined, setns_all};
use crate::error::{During, Error, Result};
use crate::oci::runtime::NamespaceKind;
use crate::process::handshake::{Channel, Start};
use crate::sys::clone::{Cloned, clone3};

pub const PLACE: &str = "/dev/shm";

/// A detached copy of what the mount namespace with this name shows there. The kernel copies only what is mounted where
/// the asker is (open_tree(2)), so a child of ours goes there and hands us the copy.
pub fn copy_of(mount_namespace: &str) -> Result<OwnedFd> {
    let there = [Joined::open(NamespaceKind::Mount, mount_namespace)?];
    let (ours, theirs) = Channel::pair()?;
    // We have one thread, as every process that was cloned from one that has one.
    match clone3(0, None).during(|| "clone")? {
        Cloned::Child => {
            // Who cannot be answered will be told that we have ended.
            let _ = match setns_all(&there).and_then(|()| copy_here()) {
                Ok(copy) => theirs.send_with(&Start::Mounted, Some(copy.as_fd())),
                Err(error) => theirs.send(&Start::Failed(error)),
            };
            std::process::exit(0)
        }
        Cloned::Parent { pid, .. } => {
            drop(theirs);
            let answer = ours.receive_with_fd::<Start>();
            let _ = nix::sys::wait::waitpid(pid, None);
            match answer? {
                Some((Start::Mounted, Some(copy))) => Ok(copy),
                Some((Start::Failed(error), _)) => Err(error),
                _ => Err(Error::new("the process that joined its mount namespace has ended")),
            }
        }
    }
}

fn copy_here() -> Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    open_tree(CWD, PLACE, flags).during(|| format!("copy the mount on `{PLACE}`"))
}
