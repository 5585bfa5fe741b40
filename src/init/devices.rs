//! /dev: the host's own nodes of the same numbers, bound over empty files; a user namespace may make none itself.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, fstatfs, major, minor, openat, symlinkat};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use crate::disk::beneath;
use crate::error::{During, Error, Result};
use crate::oci::runtime::Device;
use crate::sys::mount::{Attributes, set_attributes};

/// Names that every /dev has, and what they stand for.
const LINKS: &[(&str, &str)] = &[
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("core", "/proc/kcore"),
    ("ptmx", "pts/ptmx"),
];

/// A device of the host, opened as a detached mount, and where it goes.
#[derive(Debug)]
pub struct Opened {
    path: String,
    mount: OwnedFd,
}

pub fn open_sources(devices: &[Device]) -> Result<Vec<Opened>> {
    let open = |device: &Device| {
        let mount = open_host_device(device.major, device.minor, &device.path)?;
        Ok(Opened { path: device.path.clone(), mount })
    };
    devices.iter().map(open).collect()
}

/// The host's node at `path`, checked to be the character device of these numbers (CVE-2025-31133: a link in its
/// place).
pub fn open_host_device(want_major: u32, want_minor: u32, path: &str) -> Result<OwnedFd> {
    let node = open_tree(CWD, path, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)
        .during(|| format!("open the host's `{path}`"))?;
    let stat = fstat(&node).during(|| format!("look at the host's `{path}`"))?;
    let is_it = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
        && (major(stat.st_rdev), minor(stat.st_rdev)) == (want_major, want_minor);
    if is_it {
        Ok(node)
    } else {
        Err(Error::new(format!("the host's `{path}` is not device {want_major}:{want_minor}")))
    }
}

/// Fills /dev where it is a tmpfs of ours; a volume that somebody mounted over it is left alone.
pub fn attach_all(root: BorrowedFd, devices: Vec<Opened>) -> Result<()> {
    let Some(dev) = own_dev(root)? else { return Ok(()) };
    for (name, target) in LINKS {
        match symlinkat(*target, &dev, *name) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno).during(|| format!("link /dev/{name}")),
        }
    }
    for device in devices {
        attach(root, dev.as_fd(), &device).during(|| format!("attach device `{}`", device.path))?;
    }
    Ok(())
}

fn attach(root: BorrowedFd, dev: BorrowedFd, device: &Opened) -> Result<()> {
    let path = Path::new(&device.path);
    let target = match path.strip_prefix("/dev") {
        Ok(name) => make_node_place(dev, name)?,
        Err(_) => make_node_place(root, path)?,
    };
    let guarded = Attributes { set: libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC, ..Attributes::default() };
    set_attributes(device.mount.as_fd(), guarded, false)?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(&device.mount, "", &target, "", flags)?)
}

/// An empty file to bind on, never one behind a link.
pub fn make_node_place(dir: BorrowedFd, path: &Path) -> Result<OwnedFd> {
    let (parent, leaf) = beneath::create_parent(dir, path, Mode::from_raw_mode(0o755))?;
    match openat(
        &parent,
        leaf,
        OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::from_raw_mode(0o666),
    ) {
        Ok(_) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno.into()),
    }
    Ok(openat(&parent, leaf, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

/// The container's /dev, if it is a tmpfs and thus (an image cannot hold one) ours.
pub fn own_dev(root: BorrowedFd) -> Result<Option<OwnedFd>> {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    let Some(dev) = beneath::find(root, Path::new("/dev"), OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW)?
    else {
        return Ok(None);
    };
    let is_tmpfs = fstatfs(&dev).during(|| "look at /dev")?.f_type as u64 == TMPFS_MAGIC;
    Ok(is_tmpfs.then_some(dev))
}
