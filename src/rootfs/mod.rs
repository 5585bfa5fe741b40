//! Layers in, one mounted directory out: which way this machine offers.
//!
//! Native overlay in the user namespace first (Linux 5.11; 5.13 without tricks), fuse-overlayfs where the kernel
//! refuses, a copy of all layers as the last way. The kernel is asked once by trying ([`probe`]), and the answer is
//! remembered for this kernel and file system. Here it is decided; `init::rootfs` does it, inside.

mod fuse;
mod probe;

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use rustix::fs::{Mode, OFlags, open};
use serde::{Deserialize, Serialize};

use crate::disk::tree;
use crate::error::{During, Error, Result};
use crate::init::{MERGED, Overlay, Rootfs};

pub use fuse::{FuseHelper, FuseMount};

/// A way to make one directory of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Driver {
    Overlay,
    FuseOverlayfs,
    Copy,
}

impl Driver {
    pub fn name(self) -> &'static str {
        match self {
            Driver::Overlay => "overlay",
            Driver::FuseOverlayfs => "fuse-overlayfs",
            Driver::Copy => "copy",
        }
    }

    /// By such a name.
    pub fn named(name: &str) -> Option<Driver> {
        [Driver::Overlay, Driver::FuseOverlayfs, Driver::Copy].into_iter().find(|driver| driver.name() == name)
    }
}

/// Maps the ids of a process that has just made a user namespace.
pub type MapIds<'a> = dyn Fn(Pid) -> Result<()> + 'a;

/// The best way that works for a store at `root`.
pub fn best_driver(root: &Path, map_ids: &MapIds) -> Driver {
    if probe::overlay_works(root, map_ids) {
        Driver::Overlay
    } else if fuse::is_usable() {
        Driver::FuseOverlayfs
    } else {
        Driver::Copy
    }
}

/// Whether the owners of the layers' files have ids in the container's user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    Mapped,
    /// They have the same numbers in another one.
    Elsewhere,
}

/// The way that shows the owners of one user namespace as those with the same numbers in another.
///
/// The kernel maps the ids of a mount for none but the owner of its file system (mount_setattr(2)), which no user is of
/// the store's, and it does not do so for an overlay.
pub fn translating_driver(asked: Option<Driver>) -> Result<Driver> {
    match asked {
        None | Some(Driver::FuseOverlayfs) if fuse::is_usable() => Ok(Driver::FuseOverlayfs),
        _ => Err(Error::new("only fuse-overlayfs can show an image with owners of its own for each container"))
            .hint(|| "install the package `fuse-overlayfs`, and choose no other --storage-driver"),
    }
}

/// How `/` is made, and the helper it needs. `container_dir` has the directories `upper`, `work` and `rootfs`.
pub fn plan(
    driver: Driver,
    owners: Owners,
    base: &Path,
    mut lowers: Vec<PathBuf>,
    container_dir: &Path,
    volatile: bool,
) -> Result<(Rootfs, Option<FuseMount>)> {
    // The kernel looks for opaque directories below the root only.
    if let Some(opaque) = lowers.iter().position(|lower| hides_all_below(&base.join(lower))) {
        lowers.truncate(opaque + 1);
    }
    if lowers.is_empty() && owners == Owners::Elsewhere {
        lowers.push(container_dir.join("rootfs")); // An empty directory: the program wants one.
    }
    if lowers.is_empty() {
        // Nothing lies below: what the container writes is all there is.
        return Ok((Rootfs::Directory(container_dir.join("upper")), None));
    }
    if lowers.len() > MOST_LAYERS {
        return Err(Error::new(format!("{} layers where the kernel takes {MOST_LAYERS}", lowers.len())));
    }
    let below = container_dir.strip_prefix(base).unwrap_or(container_dir);
    let overlay =
        Overlay { base: base.to_owned(), lowers, upper: below.join("upper"), work: below.join("work"), volatile };
    Ok(match driver {
        Driver::Overlay => (Rootfs::Overlay(overlay), None),
        Driver::FuseOverlayfs => {
            let mount = FuseMount::new(&overlay, &container_dir.join("rootfs"))?;
            (if owners == Owners::Mapped { Rootfs::Mounted } else { Rootfs::Served }, Some(mount))
        }
        Driver::Copy => (Rootfs::Copy(overlay), None),
    })
}

/// Whether a container's root is a copy of all its layers, made by its first start.
pub fn is_copy(container_dir: &Path) -> bool {
    container_dir.join("work").join(MERGED).exists()
}

/// Whether the root of a layer is opaque; one that we may not read says nothing.
fn hides_all_below(tree: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(tree, flags, Mode::empty()).is_ok_and(|dir| tree::is_opaque(dir.as_fd()))
}

/// OVL_MAX_STACK of the kernel (fs/overlayfs/params.h).
const MOST_LAYERS: usize = 500;
