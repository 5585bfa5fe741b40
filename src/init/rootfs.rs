//! `/` of the container: mounted on a directory outside, filled, then made the root.
//!
//! Which way is taken (overlay, fuse-overlayfs, a plain directory) is decided in the room `rootfs` above; here it is
//! done.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
    fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, mount as kernel_mount, move_mount,
    open_tree, unmount,
};
use serde::{Deserialize, Serialize};

use crate::disk::tree;
use crate::error::{During, Error, Result};
use crate::sys::mount::{Attributes, set_attributes};

/// How `/` comes to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rootfs {
    /// A directory that is `/` as it is: a copy of the layers, or what `--rootfs` named.
    Directory(PathBuf),
    Overlay(Overlay),
    /// The layers are merged into the upper directory, once.
    Copy(Overlay),
    /// The monitor has had it mounted (fuse-overlayfs) on the mount point in our mount namespace.
    Mounted,
    /// We mount it, so that numbers are those of our user namespace; the monitor has it served from another one.
    Served,
}

/// Layers below, a writable directory above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlay {
    /// Where relative paths start; short relative names keep the user's directories out of the container's mountinfo.
    pub base: PathBuf,
    /// Topmost first.
    pub lowers: Vec<PathBuf>,
    /// Empty: nothing can be written.
    pub upper: PathBuf,
    pub work: PathBuf,
    /// Nothing survives the container, so nothing need be synced to disk (Linux 5.10).
    pub volatile: bool,
}

impl Overlay {
    fn is_writable(&self) -> bool {
        !self.upper.as_os_str().is_empty()
    }
}

impl Default for Rootfs {
    fn default() -> Rootfs {
        Rootfs::Directory(PathBuf::new())
    }
}

/// Takes a copy of the mounts where a helper has mounted the root file system among ours: pivot_root changes the root
/// of every process in the mount namespace, and the helper would lose the paths that it works with.
pub fn leave_helper_behind(rootfs: &Rootfs) -> Result<()> {
    if *rootfs == Rootfs::Mounted {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).during(|| "make a mount namespace")?;
    }
    Ok(())
}

/// Mounts `/` on `mount_point`; returns the mount.
pub fn mount(rootfs: &Rootfs, mount_point: &Path) -> Result<OwnedFd> {
    let detached = match rootfs {
        Rootfs::Directory(directory) => copy_of_tree(directory)?,
        Rootfs::Overlay(overlay) => mount_overlay(overlay, mount_point)?,
        Rootfs::Copy(overlay) => {
            merge_layers(overlay)?;
            copy_of_tree(&overlay.base.join(&overlay.upper))?
        }
        Rootfs::Mounted => return open_directory(mount_point),
        Rootfs::Served => return Err(Error::new("nobody serves the root file system")),
    };
    attach(detached, mount_point)
}

/// Mounts a file system on `mount_point` that has no content yet; returns the mount, and the descriptor by which it has
/// to be served.
pub fn mount_served(mount_point: &Path) -> Result<(OwnedFd, OwnedFd)> {
    let device = open("/dev/fuse", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).during(|| "open /dev/fuse")?;
    let configure = || -> rustix::io::Result<OwnedFd> {
        let context = fsopen("fuse", FsOpenFlags::FSOPEN_CLOEXEC)?;
        let options = [("source", "overlay"), ("rootmode", "40000"), ("user_id", "0"), ("group_id", "0")];
        for (key, value) in options {
            fsconfig_set_string(context.as_fd(), key, value)?;
        }
        fsconfig_set_string(context.as_fd(), "fd", device.as_raw_fd().to_string())?;
        // Every user inside may use it, with the rights that the files give them.
        fsconfig_set_flag(context.as_fd(), "allow_other")?;
        fsconfig_set_flag(context.as_fd(), "default_permissions")?;
        fsconfig_create(context.as_fd())?;
        fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::MOUNT_ATTR_NODEV)
    };
    let detached = configure().during(|| "mount a file system of /dev/fuse")?;
    Ok((attach(detached, mount_point)?, device))
}

fn attach(detached: OwnedFd, mount_point: &Path) -> Result<OwnedFd> {
    let private = Attributes { propagation: libc::MS_PRIVATE, ..Attributes::default() };
    // A mount that was never shared may refuse; both are private.
    let _ = set_attributes(detached.as_fd(), private, true);
    move_mount(detached.as_fd(), "", CWD, mount_point, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .during(|| format!("mount root filesystem on `{}`", mount_point.display()))?;
    open_directory(mount_point)
}

fn copy_of_tree(directory: &Path) -> Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    open_tree(CWD, directory, flags).during(|| format!("open root directory `{}`", directory.display()))
}

/// In the directory to work in: all layers are in the upper one.
pub const MERGED: &str = "merged";

/// Copies the layers over each other, bottom first; a mark beside the copy says that it is whole.
fn merge_layers(overlay: &Overlay) -> Result<()> {
    let mark = overlay.base.join(&overlay.work).join(MERGED);
    if mark.exists() {
        return Ok(());
    }
    let directory = |path: &Path| open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
    let target = directory(&overlay.base.join(&overlay.upper)).during(|| "open the root directory")?;
    for lower in overlay.lowers.iter().rev() {
        let source = directory(&overlay.base.join(lower)).during(|| format!("open layer `{}`", lower.display()))?;
        tree::copy_layer(source.as_fd(), target.as_fd()).during(|| format!("copy layer `{}`", lower.display()))?;
    }
    std::fs::write(&mark, "").during(|| "mark the copy as whole")
}

/// An overlay, detached. `mount_point` is a directory outside to work on.
pub(super) fn mount_overlay(overlay: &Overlay, mount_point: &Path) -> Result<OwnedFd> {
    let by_names = if overlay.has_short_names() { mount_overlay_by_names(overlay) } else { Ok(None) };
    let mounted = by_names.map_err(Error::from).and_then(|mounted| match mounted {
        Some(mounted) => Ok(mounted),
        None => mount_overlay_by_links(overlay, mount_point),
    });
    let _ = std::env::set_current_dir("/"); // Nothing here depends on it.
    mounted.during(|| format!("mount overlay of {} layers", overlay.lowers.len())).hint(|| OVERLAY_HINT)
}

const OVERLAY_HINT: &str = "install fuse-overlayfs, or choose another way with --storage-driver copy";

impl Overlay {
    /// fsconfig(2) takes strings of less than 256 bytes.
    fn has_short_names(&self) -> bool {
        self.lowers.iter().chain([&self.upper, &self.work]).all(|path| path.as_os_str().len() < 256)
    }
}

/// With the layers given one by one; `None` where the kernel cannot take them so (before Linux 6.8): it refuses the
/// first of them, or, before 6.5, takes every option and refuses them together.
fn mount_overlay_by_names(overlay: &Overlay) -> rustix::io::Result<Option<OwnedFd>> {
    rustix::process::chdir(&overlay.base)?;
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    let context = context.as_fd();
    for (index, lower) in overlay.lowers.iter().enumerate() {
        match fsconfig_set_string(context, "lowerdir+", lower) {
            Err(Errno::INVAL) if index == 0 => return Ok(None),
            set => set?,
        }
    }
    // Xattrs in the `user.` namespace are the only ones that may be set here (Linux 5.11).
    fsconfig_set_flag(context, "userxattr")?;
    if overlay.volatile {
        fsconfig_set_flag(context, "volatile")?;
    }
    if overlay.is_writable() {
        fsconfig_set_string(context, "upperdir", &overlay.upper)?;
        fsconfig_set_string(context, "workdir", &overlay.work)?;
    }
    match fsconfig_create(context) {
        Err(Errno::INVAL) => Ok(None),
        created => {
            created?;
            fsmount(context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::MOUNT_ATTR_NODEV).map(Some)
        }
    }
}

/// All layers in one page of options, so under names of a few bytes: links in a tmpfs, which is there for a moment.
fn mount_overlay_by_links(overlay: &Overlay, mount_point: &Path) -> Result<OwnedFd> {
    kernel_mount("tmpfs", mount_point, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(c"mode=0700"))
        .during(|| format!("mount a tmpfs on `{}`", mount_point.display()))?;
    let mounted = std::env::set_current_dir(mount_point)
        .during(|| format!("enter `{}`", mount_point.display()))
        .and_then(|()| mount_overlay_among_links(overlay));
    unmount(mount_point, UnmountFlags::DETACH).during(|| format!("unmount `{}`", mount_point.display()))?;
    mounted
}

/// In an empty directory, which is the current one.
fn mount_overlay_among_links(overlay: &Overlay) -> Result<OwnedFd> {
    let link = |path: &Path, name: &str| std::os::unix::fs::symlink(overlay.base.join(path), name);
    let links = || -> std::io::Result<()> {
        std::fs::create_dir("root")?;
        for (number, lower) in overlay.lowers.iter().enumerate() {
            link(lower, &number.to_string())?;
        }
        link(&overlay.upper, "u")?;
        link(&overlay.work, "w")
    };
    links().during(|| "name the layers")?;
    let names: Vec<String> = (0..overlay.lowers.len()).map(|number| number.to_string()).collect();
    let volatile = if overlay.volatile { ",volatile" } else { "" };
    let written = if overlay.is_writable() { ",upperdir=u,workdir=w" } else { "" };
    let options = format!("userxattr{volatile},lowerdir={}{written}", names.join(":"));
    let options = std::ffi::CString::new(options).expect("digits and letters");
    kernel_mount("overlay", "root", "overlay", MountFlags::NODEV, Some(options.as_c_str()))?;
    Ok(open_tree(CWD, "root", OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?)
}

/// The root of a container that this process has joined.
pub fn current() -> Result<OwnedFd> {
    open_directory(Path::new("/"))
}

fn open_directory(path: &Path) -> Result<OwnedFd> {
    open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .during(|| format!("open root directory `{}`", path.display()))
}

/// Only the root mount itself; volumes and the kernel's file systems have rules of their own.
pub fn make_read_only(root: BorrowedFd) -> Result<()> {
    let attributes = Attributes { set: libc::MOUNT_ATTR_RDONLY, ..Attributes::default() };
    set_attributes(root, attributes, false).during(|| "make the root filesystem read-only")
}

/// Whether mounts made at `/` and below reach others that show the same, in mount(8)'s words; empty: as it is.
pub fn propagate(word: &str) -> Result<()> {
    use rustix::mount::MountPropagationFlags;
    let (word, depth) = match word.strip_prefix('r') {
        Some(word) => (word, MountPropagationFlags::REC),
        None => (word, MountPropagationFlags::empty()),
    };
    let flags = match word {
        "" => return Ok(()),
        "private" => MountPropagationFlags::PRIVATE,
        "slave" => MountPropagationFlags::DOWNSTREAM,
        "shared" => MountPropagationFlags::SHARED,
        "unbindable" => MountPropagationFlags::UNBINDABLE,
        _ => return Err(Error::usage(format!("there is no mount propagation `{}`", word.escape_debug()))),
    };
    rustix::mount::mount_change("/", flags | depth).during(|| format!("make the root {word}"))
}

/// Makes `root` the root of this mount namespace and lets go of the old one.
pub fn pivot(root: OwnedFd) -> Result<()> {
    rustix::process::fchdir(&root).during(|| "enter the new root")?;
    // With "." twice the old root ends up on top of the new one, with no directory needed for it (pivot_root(2)).
    rustix::process::pivot_root(".", ".").during(|| "make it the root")?;
    rustix::mount::mount_change(
        ".",
        rustix::mount::MountPropagationFlags::DOWNSTREAM | rustix::mount::MountPropagationFlags::REC,
    )
    .during(|| "keep changes away from the old root")?;
    unmount(".", UnmountFlags::DETACH).during(|| "let go of the old root")?;
    rustix::process::chdir("/").during(|| "enter the new root")
}
