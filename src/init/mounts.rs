//! The mounts of a spec, attached by descriptor: a source is opened outside before the root exists, a target is
//! resolved inside the root without following anything out of it. No path is used twice, so there is nothing to race
//! with.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, fstatfs, mkdirat, openat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, mount_change, move_mount, open_tree,
};

use super::Fill;
use crate::disk::{beneath, tree};
use crate::error::{During, Error, Result};
use crate::oci::runtime::Mount;
use crate::sys::mount::{Attributes, set_attributes};

/// Mounts made here stay here; mounts made outside still arrive until the pivot.
pub fn stop_propagation() -> Result<()> {
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .during(|| "separate the mounts from the host's")
}

/// The sources of bind mounts, as detached copies; `None` for mounts that have no source outside.
pub fn open_sources(mounts: &[Mount]) -> Result<Vec<Option<OwnedFd>>> {
    mounts.iter().map(|mount| if is_bind(mount) { open_source(mount).map(Some) } else { Ok(None) }).collect()
}

fn open_source(mount: &Mount) -> Result<OwnedFd> {
    let recursive = if has(mount, "bind") { OpenTreeFlags::empty() } else { OpenTreeFlags::AT_RECURSIVE };
    open_tree(CWD, &mount.source, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | recursive)
        .or_else(|errno| match errno {
            // A tree with locked mounts below can only be taken whole, and one in an unbindable mount not at all.
            Errno::INVAL => open_tree(
                CWD,
                &mount.source,
                OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE,
            ),
            other => Err(other),
        })
        .during(|| format!("open `{}` to mount it on `{}`", mount.source, mount.destination))
}

pub fn attach_all(root: BorrowedFd, mounts: &[Mount], sources: Vec<Option<OwnedFd>>) -> Result<()> {
    for (mount, source) in mounts.iter().zip(sources) {
        let attached = match source {
            Some(source) => attach_bind(root, mount, source),
            None => attach_new(root, mount),
        };
        attached.during(|| format!("mount {} on `{}`", what(mount), mount.destination))?;
    }
    Ok(())
}

fn attach_bind(root: BorrowedFd, mount: &Mount, source: OwnedFd) -> Result<()> {
    let is_directory = FileType::from_raw_mode(fstat(&source)?.st_mode).is_dir();
    let target = open_target(root, Path::new(&mount.destination), is_directory)?;
    set_attributes(source.as_fd(), Attributes { propagation: libc::MS_PRIVATE, ..Attributes::default() }, true)?;
    set_attributes(source.as_fd(), attributes(&mount.options), !has(mount, "bind"))?;
    attach(source.as_fd(), target.as_fd())?;
    Ok(())
}

fn attach_new(root: BorrowedFd, mount: &Mount) -> Result<()> {
    // A directory that is made only now has nothing to copy, and a mode that nobody chose.
    let copies = has(mount, "tmpcopyup") && beneath::find(root, Path::new(&mount.destination), OFlags::PATH)?.is_some();
    let target = match mount.kind.as_str() {
        // A link in place of these would carry them away from the paths that are masked below (CVE-2019-19921).
        "proc" | "sysfs" => open_own_directory(root, &mount.destination)?,
        _ => open_target(root, Path::new(&mount.destination), true)?,
    };
    let new = match new_file_system(&mount.kind, &mount.options) {
        // Not every host lets a container see its cgroups; the payload can live without.
        Err(Errno::PERM | Errno::BUSY | Errno::NODEV) if mount.kind == "cgroup2" => return Ok(()),
        // The group `tty` is not mapped: the helpers that should have mapped it have failed us.
        Err(Errno::INVAL) if mount.kind == "devpts" => {
            let options: Vec<String> =
                mount.options.iter().filter(|option| !option.starts_with("gid=")).cloned().collect();
            new_file_system("devpts", &options)?
        }
        new => new?,
    };
    if copies {
        copy_up(target.as_fd(), new.as_fd())?;
        restore_mode(new.as_fd(), &mount.options)?;
    }
    attach(new.as_fd(), target.as_fd())?;
    Ok(())
}

/// A mode that was asked for wins over that of the directory whose content was copied.
fn restore_mode(new: BorrowedFd, options: &[String]) -> Result<()> {
    let asked = options.iter().filter_map(|option| option.strip_prefix("mode=")).next_back();
    match asked.and_then(|mode| u32::from_str_radix(mode, 8).ok()) {
        Some(mode) => Ok(rustix::fs::chmodat(new, ".", Mode::from_raw_mode(mode), AtFlags::empty())?),
        None => Ok(()),
    }
}

fn copy_up(target: BorrowedFd, new: BorrowedFd) -> Result<()> {
    let from = openat(target, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let to = openat(new, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    tree::copy(from.as_fd(), to.as_fd()).during(|| "copy what the image has there")
}

/// Makes a new instance of a file system, detached.
fn new_file_system(kind: &str, options: &[String]) -> rustix::io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for option in options.iter().filter(|option| !is_mount_flag(option)) {
        match option.split_once('=') {
            Some((key, value)) => fsconfig_set_string(context.as_fd(), key, value)?,
            None => fsconfig_set_flag(context.as_fd(), option)?,
        }
    }
    fsconfig_create(context.as_fd())?;
    let mount = fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
    set_attributes(mount.as_fd(), attributes(options), false)
        .map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
    Ok(mount)
}

fn attach(mount: BorrowedFd, target: BorrowedFd) -> rustix::io::Result<()> {
    move_mount(mount, "", target, "", MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH)
}

/// A file of memory with this content takes the place of one in the container, which stays as it is.
pub fn cover_file(root: BorrowedFd, path: &Path, content: &[u8]) -> Result<()> {
    let options = ["nosuid", "nodev", "noexec", "mode=755", "size=8m"].map(str::to_owned);
    let directory = new_file_system("tmpfs", &options)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = openat(&directory, "file", flags, Mode::from_raw_mode(0o644))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(0o644))?;
    std::io::Write::write_all(&mut std::fs::File::from(file), content)?;
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    let mount = open_tree(&directory, "file", flags)?;
    let target = beneath::open(root, path, OFlags::PATH, Mode::empty())?;
    Ok(attach(mount.as_fd(), target.as_fd())?)
}

/// A file that is named by a link which leads nowhere: where it would lead.
fn end_of_link(root: BorrowedFd, destination: &Path) -> Result<Option<PathBuf>> {
    let (parent, leaf) = beneath::create_parent(root, destination, Mode::from_raw_mode(0o755))?;
    match rustix::fs::readlinkat(&parent, leaf, Vec::new()) {
        Ok(target) => {
            use std::os::unix::ffi::OsStrExt;
            let target = Path::new(std::ffi::OsStr::from_bytes(target.as_bytes()));
            Ok(Some(destination.parent().unwrap_or(Path::new("/")).join(target)))
        }
        Err(_) => Ok(None), // No link, or nothing at all.
    }
}

/// Opens the place to mount on, made if it is missing.
fn open_target(root: BorrowedFd, destination: &Path, is_directory: bool) -> Result<OwnedFd> {
    if !is_directory
        && beneath::find(root, destination, OFlags::PATH)?.is_none()
        && let Some(end) = end_of_link(root, destination)?
    {
        // Of one link only: images have /etc/localtime point into a directory of time zones that they lack.
        return open_made_target(root, &end, is_directory);
    }
    open_made_target(root, destination, is_directory)
}

fn open_made_target(root: BorrowedFd, destination: &Path, is_directory: bool) -> Result<OwnedFd> {
    if is_directory {
        return beneath::create_dir_all(root, destination, Mode::from_raw_mode(0o755));
    }
    if let Some(existing) = beneath::find(root, destination, OFlags::PATH)? {
        return Ok(existing);
    }
    let (parent, leaf) = beneath::create_parent(root, destination, Mode::from_raw_mode(0o755))?;
    let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(&parent, leaf, flags, Mode::from_raw_mode(0o644)).during(|| "make the file to mount on")?;
    beneath::open(root, destination, OFlags::PATH, Mode::empty())
}

/// A directory straight below the root that is one, and no link.
fn open_own_directory(root: BorrowedFd, destination: &str) -> Result<OwnedFd> {
    let path = Path::new(destination);
    let name = path.strip_prefix("/").unwrap_or(path);
    match mkdirat(root, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno).during(|| "make the directory"),
    }
    openat(root, name, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .during(|| "open the image's directory")
        .hint(|| format!("the image must have a directory at {destination}, not a link or a file"))
}

pub fn make_directory(root: BorrowedFd, path: &str) -> Result<()> {
    beneath::create_dir_all(root, Path::new(path), Mode::from_raw_mode(0o755))
        .map(drop)
        .during(|| format!("make the working directory `{path}`"))
}

/// Copies what the image has at a volume's place into the volume, if that is still empty.
pub fn fill_volumes(root: BorrowedFd, fills: &[Fill]) -> Result<()> {
    for Fill { destination, volume } in fills {
        let Some(image) = beneath::find(root, destination, OFlags::RDONLY | OFlags::DIRECTORY)? else { continue };
        let fill = || -> Result<()> {
            if std::fs::read_dir(volume)?.next().is_some() {
                return Ok(());
            }
            let volume = openat(CWD, volume, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            tree::copy(image.as_fd(), volume.as_fd())
        };
        fill().during(|| format!("fill the volume at `{}`", destination.display()))?;
    }
    Ok(())
}

/// Writes namespaced kernel parameters through the container's own /proc, checked to be one.
pub fn set_sysctls(root: BorrowedFd, sysctls: &std::collections::BTreeMap<String, String>) -> Result<()> {
    sysctls
        .iter()
        .try_for_each(|(name, value)| set_sysctl(root, name, value).during(|| format!("set kernel parameter `{name}`")))
}

/// Lets root ping without a right to raw sockets (icmp(7)), as Podman does.
pub fn allow_ping(root: BorrowedFd) {
    // A kernel without such sockets, or a map without group 0: then `ping` says what it lacks.
    let _ = set_sysctl(root, "net.ipv4.ping_group_range", "0 0");
}

fn set_sysctl(root: BorrowedFd, name: &str, value: &str) -> Result<()> {
    let path = PathBuf::from("/proc/sys").join(name.replace('.', "/"));
    let file = beneath::open(root, &path, OFlags::WRONLY, Mode::empty())?;
    if fstatfs(&file)?.f_type as u64 != libc::PROC_SUPER_MAGIC as u64 {
        return Err(Error::new("not a file of procfs"));
    }
    rustix::io::write(&file, value.as_bytes())?;
    Ok(())
}

/// Makes kernel files read-only or hides them. What a kernel does not have needs no protection.
pub fn protect(root: BorrowedFd, read_only: &[String], masked: &[String]) -> Result<()> {
    for path in read_only {
        if let Some(target) = beneath::find(root, Path::new(path), OFlags::PATH)? {
            cover_read_only(target.as_fd()).during(|| format!("make `{path}` read-only"))?;
        }
    }
    let masks = Masks::open()?;
    for path in masked {
        if let Some(target) = beneath::find(root, Path::new(path), OFlags::PATH)? {
            masks.cover(target.as_fd()).during(|| format!("hide `{path}`"))?;
        }
    }
    Ok(())
}

fn cover_read_only(target: BorrowedFd) -> Result<()> {
    let copy = copy_tree(target, OpenTreeFlags::AT_RECURSIVE)?;
    set_attributes(copy.as_fd(), Attributes { set: libc::MOUNT_ATTR_RDONLY, ..Attributes::default() }, true)?;
    attach(copy.as_fd(), target)?;
    Ok(())
}

fn copy_tree(source: BorrowedFd, flags: OpenTreeFlags) -> rustix::io::Result<OwnedFd> {
    open_tree(
        source,
        "",
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH | flags,
    )
}

/// What hidden paths are covered with: the host's null device over files, an empty directory over directories.
struct Masks {
    file: OwnedFd,
    directory: OwnedFd,
}

impl Masks {
    fn open() -> Result<Masks> {
        let file = super::devices::open_host_device(1, 3, "/dev/null")?;
        let options = ["ro", "nosuid", "nodev", "noexec", "size=4k", "nr_inodes=1"].map(str::to_owned);
        let directory = new_file_system("tmpfs", &options).during(|| "make an empty directory to hide others with")?;
        Ok(Masks { file, directory })
    }

    fn cover(&self, target: BorrowedFd) -> Result<()> {
        let is_directory = FileType::from_raw_mode(fstat(target)?.st_mode).is_dir();
        let mask = copy_tree(if is_directory { &self.directory } else { &self.file }.as_fd(), OpenTreeFlags::empty())?;
        attach(mask.as_fd(), target)?;
        Ok(())
    }
}

fn is_bind(mount: &Mount) -> bool {
    mount.kind == "bind" || has(mount, "bind") || has(mount, "rbind")
}

fn has(mount: &Mount, option: &str) -> bool {
    mount.options.iter().any(|given| given == option)
}

fn what(mount: &Mount) -> String {
    if is_bind(mount) { format!("`{}`", mount.source) } else { mount.kind.clone() }
}

/// The words of mount(8) that concern the mount, not the file system. Later words win over earlier ones.
const FLAGS: &[(&str, u64, u64)] = &[
    ("ro", libc::MOUNT_ATTR_RDONLY, 0),
    ("rw", 0, libc::MOUNT_ATTR_RDONLY),
    ("nosuid", libc::MOUNT_ATTR_NOSUID, 0),
    ("suid", 0, libc::MOUNT_ATTR_NOSUID),
    ("nodev", libc::MOUNT_ATTR_NODEV, 0),
    ("dev", 0, libc::MOUNT_ATTR_NODEV),
    ("noexec", libc::MOUNT_ATTR_NOEXEC, 0),
    ("exec", 0, libc::MOUNT_ATTR_NOEXEC),
    ("noatime", libc::MOUNT_ATTR_NOATIME, libc::MOUNT_ATTR__ATIME),
    ("strictatime", libc::MOUNT_ATTR_STRICTATIME, libc::MOUNT_ATTR__ATIME),
    ("relatime", libc::MOUNT_ATTR_RELATIME, libc::MOUNT_ATTR__ATIME),
    ("nodiratime", libc::MOUNT_ATTR_NODIRATIME, 0),
    ("nosymfollow", NO_SYMBOLIC_LINKS, 0),
    ("symfollow", 0, NO_SYMBOLIC_LINKS),
];

/// Linux 5.14; libc has no name for it.
const NO_SYMBOLIC_LINKS: u64 = MountAttrFlags::MOUNT_ATTR_NOSYMFOLLOW.bits() as u64;

/// Words that are neither flags nor for the file system.
const OTHERS: &[&str] = &["bind", "rbind", "tmpcopyup", "notmpcopyup", "defaults"];

const PROPAGATION: &[(&str, u64)] = &[
    ("private", libc::MS_PRIVATE),
    ("rprivate", libc::MS_PRIVATE),
    ("slave", libc::MS_SLAVE),
    ("rslave", libc::MS_SLAVE),
    ("shared", libc::MS_SHARED),
    ("rshared", libc::MS_SHARED),
    ("unbindable", libc::MS_UNBINDABLE),
    ("runbindable", libc::MS_UNBINDABLE),
];

fn is_mount_flag(option: &str) -> bool {
    FLAGS.iter().any(|(word, ..)| *word == option)
        || PROPAGATION.iter().any(|(word, _)| *word == option)
        || OTHERS.contains(&option)
}

/// Only what is asked for is set: a flag that the outside has locked may not be cleared, and need not.
fn attributes(options: &[String]) -> Attributes {
    let mut result = Attributes::default();
    for option in options {
        if let Some((_, set, clear)) = FLAGS.iter().find(|(word, ..)| word == option) {
            result.set = (result.set & !clear) | set;
            // The kernel wants all access time bits cleared when one is set (mount_setattr(2)).
            result.clear |= clear & libc::MOUNT_ATTR__ATIME;
        }
        if let Some((_, propagation)) = PROPAGATION.iter().find(|(word, _)| word == option) {
            result.propagation = *propagation;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &[&str], set: u64, clear: u64, propagation: u64) {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        assert_eq!(attributes(&options), Attributes { set, clear, propagation }, "{options:?}");
    }

    #[test]
    fn words_of_mount_become_attributes_and_later_words_win() {
        check(&["ro", "nosuid"], libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID, 0, 0);
        check(&["ro", "rw"], 0, 0, 0);
        check(&["nosymfollow"], NO_SYMBOLIC_LINKS, 0, 0);
        check(&["noatime"], libc::MOUNT_ATTR_NOATIME, libc::MOUNT_ATTR__ATIME, 0);
        check(&["rbind", "rslave", "size=1m"], 0, 0, libc::MS_SLAVE);
    }

    #[test]
    fn only_the_file_systems_own_options_reach_it() {
        assert!(is_mount_flag("noexec") && is_mount_flag("rprivate") && is_mount_flag("rbind"));
        assert!(!is_mount_flag("size=64m") && !is_mount_flag("mode=1777") && !is_mount_flag("newinstance"));
    }
}
