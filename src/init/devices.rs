//! /dev: the host's own nodes of the same numbers, bound over empty files, since a user namespace may make none itself.
//! Root of the machine makes new ones: of those that are bound, its payload could change owner and mode.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, Uid, chmodat, chownat, fstat, fstatfs, major, makedev, minor, mknodat,
    openat, symlinkat,
};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use crate::disk::beneath;
use crate::error::{During, Error, Result};
use crate::host::account::is_in_first_user_namespace;
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

/// A device, and the host's node of its number as a detached mount, or why there is none: who makes a node needs none.
#[derive(Debug)]
pub struct Opened {
    device: Device,
    node: Result<OwnedFd>,
}

/// That which reads as empty and takes everything.
pub fn null() -> Device {
    Device { path: "/dev/null".to_owned(), kind: "c".to_owned(), major: 1, minor: 3, ..Device::default() }
}

pub fn open_sources(devices: &[Device]) -> Vec<Opened> {
    let open = |device: &Device| Opened { device: device.clone(), node: open_host_device(device) };
    devices.iter().map(open).collect()
}

/// The host's node of the same path, or else of the same number, checked to be the device (CVE-2025-31133: a link in
/// its place).
pub fn open_host_device(device: &Device) -> Result<OwnedFd> {
    let (folder, want) = match device.kind.as_str() {
        "b" => ("block", FileType::BlockDevice),
        _ => ("char", FileType::CharacterDevice),
    };
    let by_number = format!("/dev/{folder}/{}:{}", device.major, device.minor);
    open_node(&device.path, want, device).or_else(|error| open_node(&by_number, want, device).map_err(|_| error))
}

fn open_node(path: &str, want: FileType, device: &Device) -> Result<OwnedFd> {
    let node = open_tree(CWD, path, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)
        .during(|| format!("open the host's `{path}`"))?;
    let stat = fstat(&node).during(|| format!("look at the host's `{path}`"))?;
    let is_it = FileType::from_raw_mode(stat.st_mode) == want
        && (major(stat.st_rdev), minor(stat.st_rdev)) == (device.major, device.minor);
    if is_it {
        Ok(node)
    } else {
        Err(Error::new(format!("the host's `{path}` is not device {}:{}", device.major, device.minor)))
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
    let makes_nodes = is_in_first_user_namespace();
    for Opened { device, node } in devices {
        let act = || format!("attach device `{}`", device.path);
        let path = Path::new(&device.path);
        let (top, below) = match path.strip_prefix("/dev") {
            Ok(name) => (dev.as_fd(), name),
            Err(_) => (root, path),
        };
        let (parent, leaf) = beneath::create_parent(top, below, Mode::from_raw_mode(0o755)).during(act)?;
        let is_made = (makes_nodes || device.kind == "p") && make_node(parent.as_fd(), leaf, &device).during(act)?;
        if !is_made {
            bind_node(parent.as_fd(), leaf, &node.during(act)?).during(act)?;
        }
    }
    Ok(())
}

/// False where this process may make none.
fn make_node(parent: BorrowedFd, leaf: &OsStr, device: &Device) -> Result<bool> {
    let kind = match device.kind.as_str() {
        "c" | "u" => FileType::CharacterDevice,
        "b" => FileType::BlockDevice,
        "p" => FileType::Fifo,
        other => return Err(Error::usage(format!("there is no kind of device `{}`", other.escape_debug()))),
    };
    let mode = Mode::from_raw_mode(device.file_mode.unwrap_or(0o666) & 0o7777);
    match mknodat(parent, leaf, kind, mode, makedev(device.major, device.minor)) {
        Err(Errno::PERM) => return Ok(false),
        Err(Errno::EXIST) => return Ok(true),
        made => made?,
    }
    // The umask has had its part in it, and a new file is the maker's.
    chmodat(parent, leaf, mode, AtFlags::empty())?;
    let (uid, gid) = (device.uid.unwrap_or(0), device.gid.unwrap_or(0));
    chownat(parent, leaf, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(true)
}

fn bind_node(parent: BorrowedFd, leaf: &OsStr, node: &OwnedFd) -> Result<()> {
    let target = make_node_place(parent, leaf)?;
    let guarded = Attributes { set: libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC, ..Attributes::default() };
    set_attributes(node.as_fd(), guarded, false)?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(node, "", &target, "", flags)?)
}

/// An empty file to bind on, never one behind a link.
pub fn make_node_place(parent: BorrowedFd, leaf: &OsStr) -> Result<OwnedFd> {
    match openat(
        parent,
        leaf,
        OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::from_raw_mode(0o666),
    ) {
        Ok(_) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno.into()),
    }
    Ok(openat(parent, leaf, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
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
