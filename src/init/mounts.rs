//! The mounts of a spec, attached by descriptor: a source is opened outside before the root exists, a target is
//! resolved inside the root without following anything out of it. No path is used twice, so there is nothing to race
//! with.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Uid, fchmod, fchown, fstat, fstatfs, mkdirat, openat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
    fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, mount_change, move_mount, open_tree,
    unmount,
};

use super::shared_memory;
use super::user::User;
use super::{Fill, Overlay, Plan};
use crate::disk::{beneath, tree};
use crate::error::{During, Error, Result};
use crate::oci::runtime::{IdMapping, Mount, SHARED_MEMORY};
use crate::sys::mount::{Attributes, set_attributes};

/// Mounts made here stay here; mounts made outside still arrive until the pivot.
pub fn stop_propagation() -> Result<()> {
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .during(|| "separate the mounts from the host's")
}

/// What lies outside, opened.
pub struct Sources {
    /// Beside each mount of the spec: what it shows, detached; `None` where that is a new file system of the kernel's.
    pub mounts: Vec<Option<OwnedFd>>,
    /// What is to become the payload's user's.
    pub gifts: Vec<OwnedFd>,
}

pub fn open_sources(plan: &Plan) -> Result<Sources> {
    let mut sources = Sources { mounts: Vec::new(), gifts: Vec::new() };
    for mount in &plan.spec.mounts {
        let subpath = plan.subpaths.get(&mount.destination).map(PathBuf::as_path);
        let act = || format!("open `{}` to mount it on `{}`", mount.source, mount.destination);
        let (shown, gift) = if is_bind(mount) {
            let source = open_source(mount, subpath).during(act)?;
            (clone_source(mount, source.as_fd()).during(act)?, source)
        } else if mount.kind == "overlay" {
            let overlay = new_overlay(&mount.options, &plan.mount_point).during(act)?;
            let shown = match subpath {
                Some(subpath) => {
                    let place = openat(CWD, &plan.mount_point, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
                    let place = place.during(act)?;
                    while_attached(overlay.as_fd(), place.as_fd(), || {
                        beneath::open(overlay.as_fd(), subpath, OFlags::PATH, Mode::empty())
                    })
                    .during(act)?
                }
                None => overlay,
            };
            let gift = shown.try_clone().during(act)?;
            (shown, gift)
        } else if mount.kind == SHARED_MEMORY {
            sources.mounts.push(Some(shared_memory::copy_of(&mount.source).during(act)?));
            continue;
        } else {
            sources.mounts.push(None);
            continue;
        };
        sources.mounts.push(Some(shown));
        sources.gifts.extend(plan.gifts.contains(&mount.destination).then_some(gift));
    }
    Ok(sources)
}

fn open_source(mount: &Mount, subpath: Option<&Path>) -> Result<OwnedFd> {
    let source = openat(CWD, &mount.source, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    match subpath {
        Some(subpath) => beneath::open(source.as_fd(), subpath, OFlags::PATH, Mode::empty()),
        None => Ok(source),
    }
}

fn clone_source(mount: &Mount, source: BorrowedFd) -> rustix::io::Result<OwnedFd> {
    let flags = if has(mount, "bind") { OpenTreeFlags::empty() } else { OpenTreeFlags::AT_RECURSIVE };
    copy_tree(source, flags).or_else(|errno| match errno {
        // A tree with locked mounts below can only be taken whole, and one in an unbindable mount not at all.
        Errno::INVAL => copy_tree(source, OpenTreeFlags::AT_RECURSIVE),
        other => Err(other),
    })
}

/// A copy of a part of a detached mount. Before Linux 6.15 only what is attached can be copied from: so it is, on top
/// of `place`, for a moment.
fn while_attached(
    whole: BorrowedFd,
    place: BorrowedFd,
    open_part: impl FnOnce() -> Result<OwnedFd>,
) -> Result<OwnedFd> {
    attach(whole, place)?;
    let part = open_part().and_then(|part| Ok(copy_tree(part.as_fd(), OpenTreeFlags::empty())?));
    // By its root, as nothing else names it.
    rustix::process::fchdir(whole)?;
    unmount(".", UnmountFlags::DETACH)?;
    rustix::process::chdir("/")?;
    part
}

/// Gives the files to the payload's user. Where root is emulated, they are everybody's who is root inside.
pub fn give(gifts: &[OwnedFd], user: &User, root_emulation: bool) -> Result<()> {
    for gift in gifts {
        match tree::chown(gift.as_fd(), user.uid, user.gid) {
            Err(Errno::INVAL) if root_emulation => {} // There is only one id.
            given => given.during(|| format!("give the files of a mount to user {}:{}", user.uid, user.gid))?,
        }
    }
    Ok(())
}

pub fn attach_all(root: BorrowedFd, mounts: &[Mount], sources: Vec<Option<OwnedFd>>) -> Result<()> {
    for (mount, source) in mounts.iter().zip(sources) {
        let attached = match source {
            Some(source) => attach_tree(root, mount, source),
            None => attach_new(root, mount),
        };
        attached.during(|| format!("mount {} on `{}`", what(mount), mount.destination))?;
    }
    Ok(())
}

fn attach_tree(root: BorrowedFd, mount: &Mount, source: OwnedFd) -> Result<()> {
    let is_directory = FileType::from_raw_mode(fstat(&source)?.st_mode).is_dir();
    let target = open_target(root, Path::new(&mount.destination), is_directory)?;
    let (top, below) = (attributes(&mount.options), attributes(&without(&mount.options, "ro")));
    // A copy follows what it was copied from (`stop_propagation`); a private one would never do so again.
    if top.propagation == 0 {
        set_attributes(source.as_fd(), Attributes { propagation: libc::MS_PRIVATE, ..Attributes::default() }, true)?;
    }
    set_attributes(source.as_fd(), below, !has(mount, "bind"))?;
    set_attributes(source.as_fd(), top, false)?;
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

/// Directories of the outside over each other, detached; `mount_point` is a directory outside to work on.
fn new_overlay(options: &[String], mount_point: &Path) -> Result<OwnedFd> {
    let value_of = |key: &str| options.iter().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
    let path_of = |key: &str| split_names(value_of(key).unwrap_or_default()).swap_remove(0);
    let (lowers, upper, work) =
        (split_names(value_of("lowerdir").unwrap_or_default()), path_of("upperdir"), path_of("workdir"));
    if let Some(topmost) = lowers.first().filter(|_| !upper.as_os_str().is_empty()) {
        take_after(&upper, topmost)?;
    }
    let overlay = Overlay { base: PathBuf::from("/"), lowers, upper, work, volatile: false };
    super::rootfs::mount_overlay(&overlay, mount_point)
}

/// Names between colons, in which a backslash takes the meaning of what follows (overlayfs.rst).
fn split_names(text: &str) -> Vec<PathBuf> {
    let mut names = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ':' => names.push(String::new()),
            '\\' => names.last_mut().expect("never empty").extend(letters.next()),
            letter => names.last_mut().expect("never empty").push(letter),
        }
    }
    names.into_iter().map(PathBuf::from).collect()
}

/// The top of an overlay has the owner and mode of its upper directory: a new one takes them from what it covers.
fn take_after(upper: &Path, lower: &Path) -> Result<()> {
    let directory = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let open = |path: &Path| openat(CWD, path, directory, Mode::empty());
    let (upper, lower) = (open(upper)?, open(lower)?);
    match tree::names(upper.as_fd())?.is_empty() {
        true => take_owner_and_mode(upper.as_fd(), lower.as_fd()),
        false => Ok(()),
    }
}

fn take_owner_and_mode(target: BorrowedFd, example: BorrowedFd) -> Result<()> {
    let stat = fstat(example)?;
    // An owner who does not exist in here stays away.
    let _ = fchown(target, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)));
    let mode = Mode::from_raw_mode(stat.st_mode);
    match fchmod(target, mode) {
        // A filter of the caller's forbids set-id bits, as that of RestrictSUIDSGID= does (systemd.exec(5)).
        Err(Errno::PERM) => Ok(fchmod(target, mode.difference(Mode::SUID | Mode::SGID))?),
        done => Ok(done?),
    }
}

/// Makes a new instance of a file system, detached.
fn new_file_system(kind: &str, options: &[String]) -> rustix::io::Result<OwnedFd> {
    finish_file_system(fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?, options)
}

fn finish_file_system(context: OwnedFd, options: &[String]) -> rustix::io::Result<OwnedFd> {
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
    let directory = memory(8 << 20)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = openat(&directory, "file", flags, Mode::from_raw_mode(0o644))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(0o644))?;
    std::io::Write::write_all(&mut std::fs::File::from(file), content)?;
    attach_file(root, path, directory.as_fd(), "file")
}

/// A new, empty file system in memory, detached; all of it is data, no programs.
pub fn memory(size_bytes: usize) -> rustix::io::Result<OwnedFd> {
    let size = format!("size={size_bytes}");
    new_file_system("tmpfs", &["nosuid", "nodev", "noexec", "mode=755", &size].map(str::to_owned))
}

/// Mounts the file `name` of a detached file system.
pub fn attach_file(root: BorrowedFd, target: &Path, file_system: BorrowedFd, name: &str) -> Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mount = while_attached(file_system, root, || Ok(openat(file_system, name, flags, Mode::empty())?))?;
    Ok(attach(mount.as_fd(), open_target(root, target, false)?.as_fd())?)
}

pub fn attach_directory(root: BorrowedFd, target: &Path, file_system: BorrowedFd) -> Result<()> {
    Ok(attach(file_system, open_target(root, target, true)?.as_fd())?)
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

/// Fills volumes that are still empty; returns those that have no owner but the payload's user.
pub fn fill_volumes(root: BorrowedFd, fills: &[Fill]) -> Result<Vec<OwnedFd>> {
    let mut ownerless = Vec::new();
    for fill in fills {
        let act = || format!("fill the volume at `{}`", fill.destination.display());
        ownerless.extend(fill_volume(root, fill).during(act)?);
    }
    Ok(ownerless)
}

fn fill_volume(root: BorrowedFd, fill: &Fill) -> Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let volume = openat(CWD, &fill.volume, flags, Mode::empty())?;
    if !tree::names(volume.as_fd())?.is_empty() {
        return Ok(None);
    }
    let image = beneath::find(root, &fill.destination, OFlags::RDONLY | OFlags::DIRECTORY)?;
    match &image {
        Some(image) if fill.copy => tree::copy(image.as_fd(), volume.as_fd())?,
        Some(image) => take_owner_and_mode(volume.as_fd(), image.as_fd())?,
        None => {}
    }
    match fill.owner {
        Some((uid, gid)) => Ok(fchown(&volume, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))).map(|()| None)?),
        None => Ok(image.is_none().then_some(volume)),
    }
}

/// Writes namespaced kernel parameters through the container's own /proc, checked to be one.
pub fn set_sysctls(root: BorrowedFd, sysctls: &std::collections::BTreeMap<String, String>) -> Result<()> {
    sysctls
        .iter()
        .try_for_each(|(name, value)| set_sysctl(root, name, value).during(|| format!("set kernel parameter `{name}`")))
}

/// Lets every user inside ping without a right to raw sockets (icmp(7)) and listen on every port (ip(7)), as Docker
/// does: nothing but the container is behind these.
pub fn open_network_to_users(root: BorrowedFd) {
    let groups = std::fs::read_to_string("/proc/self/gid_map").unwrap_or_default();
    // A kernel without such sockets, or a map without group 0: then `ping` says what it lacks.
    let _ = set_sysctl(root, "net.ipv4.ping_group_range", &format!("0 {}", last_of_first(&groups)));
    let _ = set_sysctl(root, "net.ipv4.ip_unprivileged_port_start", "0"); // Since Linux 4.11.
}

/// The last id of those that are mapped from 0 on, in the lines of a map (user_namespaces(7)).
fn last_of_first(map: &str) -> u32 {
    let mut extents = IdMapping::of_map(map);
    extents.sort_unstable_by_key(|extent| extent.container_id);
    let end = extents.into_iter().fold(0u32, |end, extent| match extent.container_id <= end {
        true => end.max(extent.container_id.saturating_add(extent.size)),
        false => end,
    });
    // The kernel takes no larger number (`GID_T_MAX`).
    end.saturating_sub(1).min(i32::MAX as u32)
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
    let mut masks = Masks::open()?;
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
    file: Mask,
    directory: Mask,
}

/// A mount that is wanted in many places. The first of them gets the mount itself: before Linux 6.15 only what is
/// attached can be copied.
struct Mask {
    mount: OwnedFd,
    is_attached: bool,
}

impl Mask {
    fn new(mount: OwnedFd) -> Mask {
        Mask { mount, is_attached: false }
    }

    fn attach(&mut self, target: BorrowedFd) -> rustix::io::Result<()> {
        if std::mem::replace(&mut self.is_attached, true) {
            return attach(copy_tree(self.mount.as_fd(), OpenTreeFlags::empty())?.as_fd(), target);
        }
        attach(self.mount.as_fd(), target)
    }
}

impl Masks {
    fn open() -> Result<Masks> {
        let file = super::devices::open_host_device(&super::devices::null())?;
        let guarded = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
        set_attributes(file.as_fd(), Attributes { set: guarded, ..Attributes::default() }, false)?;
        let options = ["ro", "nosuid", "nodev", "noexec", "size=4k", "nr_inodes=1"].map(str::to_owned);
        let directory = new_file_system("tmpfs", &options).during(|| "make an empty directory to hide others with")?;
        Ok(Masks { file: Mask::new(file), directory: Mask::new(directory) })
    }

    fn cover(&mut self, target: BorrowedFd) -> Result<()> {
        let is_directory = FileType::from_raw_mode(fstat(target)?.st_mode).is_dir();
        let mask = if is_directory { &mut self.directory } else { &mut self.file };
        Ok(mask.attach(target)?)
    }
}

fn is_bind(mount: &Mount) -> bool {
    mount.kind == "bind" || has(mount, "bind") || has(mount, "rbind")
}

fn without(options: &[String], word: &str) -> Vec<String> {
    options.iter().filter(|option| *option != word).cloned().collect()
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
    ("rro", libc::MOUNT_ATTR_RDONLY, 0),
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
    known_options().any(|word| word == option)
}

/// Every word that is not left to the file system.
pub fn known_options() -> impl Iterator<Item = &'static str> {
    let (flags, propagation) = (FLAGS.iter().map(|(word, ..)| *word), PROPAGATION.iter().map(|(word, _)| *word));
    flags.chain(propagation).chain(OTHERS.iter().copied())
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
    fn groups_are_counted_from_the_first_to_the_first_gap() {
        assert_eq!(last_of_first("         0       1000          1\n         1     100000      65536\n"), 65536);
        assert_eq!(last_of_first("0 1000 1\n"), 0);
        assert_eq!(last_of_first("1000 1000 1\n"), 0);
        assert_eq!(last_of_first("0 0 4294967295\n"), i32::MAX as u32);
        assert_eq!(last_of_first("5 7 3\n0 1 5\n9 9 1\n"), 7);
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
    fn names_of_layers_stand_between_colons() {
        assert_eq!(split_names("/a:/b"), [Path::new("/a"), Path::new("/b")]);
        assert_eq!(split_names(r"/a\:b\\:/c"), [Path::new(r"/a:b\"), Path::new("/c")]);
    }

    #[test]
    fn only_the_file_systems_own_options_reach_it() {
        assert!(is_mount_flag("noexec") && is_mount_flag("rprivate") && is_mount_flag("rbind"));
        assert!(!is_mount_flag("size=64m") && !is_mount_flag("mode=1777") && !is_mount_flag("newinstance"));
    }
}
