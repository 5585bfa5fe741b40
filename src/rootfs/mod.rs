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
use crate::error::{Error, Result};
use crate::init::{Overlay, Rootfs};

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

/// How `/` is made, and the helper it needs. `container_dir` has the directories `upper`, `work` and `rootfs`.
pub fn plan(
    driver: Driver,
    base: &Path,
    mut lowers: Vec<PathBuf>,
    container_dir: &Path,
    volatile: bool,
) -> Result<(Rootfs, Option<FuseMount>)> {
    // The kernel looks for opaque directories below the root only.
    if let Some(opaque) = lowers.iter().position(|lower| hides_all_below(&base.join(lower))) {
        lowers.truncate(opaque + 1);
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
            (Rootfs::Mounted, Some(mount))
        }
        Driver::Copy => (Rootfs::Copy(overlay), None),
    })
}

/// Whether the root of a layer is opaque; one that we may not read says nothing.
fn hides_all_below(tree: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    open(tree, flags, Mode::empty()).is_ok_and(|dir| tree::is_opaque(dir.as_fd()))
}

/// OVL_MAX_STACK of the kernel (fs/overlayfs/params.h).
const MOST_LAYERS: usize = 500;
