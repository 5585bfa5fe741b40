//! Whole directory trees: removed, copied, measured, without ever following a link out of them.
//!
//! Every step goes from an open directory to a name in it, so that it does not matter what somebody else moves
//! meanwhile.

use std::collections::{HashMap, HashSet};
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, SeekFrom, Stat, Timespec, Timestamps, Uid, XattrFlags, chmod,
    chownat, copy_file_range, fchmod, fchown, fgetxattr, flistxattr, fsetxattr, fstat, ftruncate, futimens,
    ioctl_ficlone, linkat, makedev, mkdirat, mknodat, openat, readlinkat, renameat, seek, statat, symlinkat, unlinkat,
    utimensat,
};
use rustix::io::Errno;

use super::atomic;
use crate::error::{During, Error, Result};

/// Descriptors held while going down a tree; what lies deeper is handled without them, or refused.
const DEEPEST: usize = 128;
const SEARCHABLE_DIR: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Removes `path` and all below it; a path that does not exist is removed already.
///
/// Directories of ours that we may not enter are opened up first: overlayfs leaves one of mode 000 in every work
/// directory.
pub fn remove(path: &Path) -> Result<()> {
    let leaf = path.file_name().ok_or_else(|| Error::new(format!("`{}` cannot be removed", path.display())))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let removed = match openat(CWD, parent, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
        Ok(parent) => remove_name(parent.as_fd(), &c_name(leaf)?, parent.as_fd(), 0),
    };
    removed.during(|| format!("remove {}", path.display()))
}

/// Like [`remove`], for the name `leaf` in `dir`.
pub fn remove_at(dir: BorrowedFd, leaf: &OsStr) -> Result<()> {
    remove_name(dir, &c_name(leaf)?, dir, 0).during(|| format!("remove {}", leaf.to_string_lossy()))
}

/// Removes all that `dir` holds.
pub fn empty(dir: BorrowedFd) -> Result<()> {
    empty_dir(dir, dir, 0).during(|| "empty a directory")
}

/// Copies what `source` holds over what `target` holds, with modes, times, extended attributes, hard and symbolic links
/// and holes; owners and devices where that is allowed. Directories are merged, everything else is replaced.
pub fn copy(source: BorrowedFd, target: BorrowedFd) -> Result<()> {
    copy_tree(source, target, Whiteouts::Keep)
}

/// Like [`copy`], where `source` is a layer on top of `target`: its whiteouts and opaque directories (overlayfs.rst)
/// hide what the target holds and are not copied themselves.
pub fn copy_layer(source: BorrowedFd, target: BorrowedFd) -> Result<()> {
    copy_tree(source, target, Whiteouts::Apply)
}

/// Bytes of the regular files below `path`, each counted once however many names it has. What we may not see is not
/// counted.
pub fn size(path: &Path) -> Result<u64> {
    measure_all(path).map(|measured| measured.bytes)
}

/// Like [`size`]; `None` where there is something that we may not see.
pub fn size_if_seen(path: &Path) -> Result<Option<u64>> {
    measure_all(path).map(|measured| (!measured.passed_over).then_some(measured.bytes))
}

/// Gives `file`, and all below it if it is a directory, to this owner; what is its already is left alone.
pub fn chown(file: BorrowedFd, uid: u32, gid: u32) -> Result<(), Errno> {
    let owner = (Uid::from_raw(uid), Gid::from_raw(gid));
    chown_name(file, c"", AtFlags::EMPTY_PATH, owner)?;
    match FileType::from_raw_mode(fstat(file)?.st_mode) {
        FileType::Directory => chown_below(openat(file, ".", SEARCHABLE_DIR, Mode::empty())?.as_fd(), owner, 0),
        _ => Ok(()),
    }
}

/// The extended attributes of an open file.
pub fn xattrs(file: BorrowedFd) -> Result<Vec<(CString, Vec<u8>)>, Errno> {
    let mut names = Vec::with_capacity(64 * 1024); // the kernel's limit (XATTR_LIST_MAX)
    match flistxattr(file, rustix::buffer::spare_capacity(&mut names)) {
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        listed => listed?,
    };
    let mut xattrs = Vec::new();
    for name in names.split_inclusive(|&byte| byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let mut value = Vec::with_capacity(64 * 1024); // XATTR_SIZE_MAX
        match fgetxattr(file, name, rustix::buffer::spare_capacity(&mut value)) {
            Ok(_) => xattrs.push((name.to_owned(), value)),
            // Gone since, or not for us to read.
            Err(Errno::NODATA | Errno::ACCESS | Errno::PERM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(xattrs)
}

/// The names in `dir`, without `.` and `..`.
pub fn names(dir: BorrowedFd) -> Result<Vec<(CString, FileType)>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push((name.to_owned(), entry.file_type()));
        }
    }
    Ok(names)
}

/// Whether this is how overlayfs says that a name of the layers below is gone: a character device 0:0.
pub fn is_whiteout(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
}

/// `top` takes the directories that lie too deep.
fn remove_name(dir: BorrowedFd, name: &CStr, top: BorrowedFd, depth: usize) -> Result<(), Errno> {
    match unlinkat(dir, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR) => {}
        Err(errno) => return Err(errno),
    }
    if depth >= DEEPEST {
        return renameat(dir, name, top, atomic::fresh_name());
    }
    loop {
        let below = match open_to_empty(dir, name) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened?,
        };
        empty_dir(below.as_fd(), if depth == 0 { below.as_fd() } else { top }, depth)?;
        match unlinkat(dir, name, AtFlags::REMOVEDIR) {
            // Somebody still writes in there.
            Err(Errno::NOTEMPTY) => {}
            Err(Errno::NOENT) => return Ok(()),
            done => return done,
        }
    }
}

fn empty_dir(dir: BorrowedFd, top: BorrowedFd, depth: usize) -> Result<(), Errno> {
    loop {
        let names = names(dir)?;
        if names.is_empty() {
            return Ok(());
        }
        for (name, _) in names {
            remove_name(dir, &name, top, depth + 1)?;
        }
        // What lay too deep is in the topmost directory by now: that one is read again.
        if depth > 0 {
            return Ok(());
        }
    }
}

fn open_to_empty(dir: BorrowedFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let opened = match openat(dir, name, SEARCHABLE_DIR, Mode::empty()) {
        Err(Errno::ACCESS) => {
            // Through the descriptor, as chmod by name would follow a link that takes the directory's place.
            let closed = openat(
                dir,
                name,
                OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            chmod(format!("/proc/self/fd/{}", closed.as_raw_fd()), Mode::RWXU)?;
            openat(dir, name, SEARCHABLE_DIR, Mode::empty())?
        }
        opened => opened?,
    };
    if fstat(&opened)?.st_mode & 0o700 != 0o700 {
        let _ = fchmod(&opened, Mode::RWXU); // not ours: then it is as it is
    }
    Ok(opened)
}

#[derive(Default)]
struct Measured {
    bytes: u64,
    /// Something was not for us to see.
    passed_over: bool,
    /// Files with several names.
    counted: HashSet<(u64, u64)>,
}

fn measure_all(path: &Path) -> Result<Measured> {
    let mut measured = Measured::default();
    openat(CWD, path, SEARCHABLE_DIR, Mode::empty())
        .and_then(|dir| measure(dir.as_fd(), &mut measured, 0))
        .during(|| format!("measure {}", path.display()))?;
    Ok(measured)
}

fn measure(dir: BorrowedFd, measured: &mut Measured, depth: usize) -> Result<(), Errno> {
    for (name, _) in names(dir)? {
        let stat = match statat(dir, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => continue, // removed meanwhile
            stat => stat?,
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile if stat.st_nlink > 1 && !measured.counted.insert((stat.st_dev, stat.st_ino)) => {}
            FileType::RegularFile => measured.bytes += stat.st_size as u64,
            FileType::Directory if depth < DEEPEST => match openat(dir, &name, SEARCHABLE_DIR, Mode::empty()) {
                Err(Errno::NOENT | Errno::NOTDIR) => {} // gone
                Err(Errno::ACCESS) => measured.passed_over = true,
                opened => measure(opened?.as_fd(), measured, depth + 1)?,
            },
            _ => {}
        }
    }
    Ok(())
}

fn chown_below(dir: BorrowedFd, owner: (Uid, Gid), depth: usize) -> Result<(), Errno> {
    for (name, kind) in names(dir)? {
        match chown_name(dir, &name, AtFlags::SYMLINK_NOFOLLOW, owner) {
            Err(Errno::NOENT) => continue, // removed meanwhile
            done => done?,
        }
        if kind != FileType::Directory {
            continue;
        }
        if depth >= DEEPEST {
            return Err(Errno::NAMETOOLONG);
        }
        match openat(dir, &name, SEARCHABLE_DIR, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR) => {} // gone
            opened => chown_below(opened?.as_fd(), owner, depth + 1)?,
        }
    }
    Ok(())
}

fn chown_name(dir: BorrowedFd, name: &CStr, flags: AtFlags, (uid, gid): (Uid, Gid)) -> Result<(), Errno> {
    let stat = statat(dir, name, flags)?;
    match (stat.st_uid, stat.st_gid) == (uid.as_raw(), gid.as_raw()) {
        true => Ok(()),
        false => chownat(dir, name, Some(uid), Some(gid), flags),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Whiteouts {
    Keep,
    Apply,
}

fn copy_tree(source: BorrowedFd, target: BorrowedFd, whiteouts: Whiteouts) -> Result<()> {
    let mut copying = Copying { root: target, whiteouts, links: HashMap::new() };
    copying.directory(source, target, Path::new(""), 0)
}

struct Copying<'a> {
    root: BorrowedFd<'a>,
    whiteouts: Whiteouts,
    /// Files with several names, by device and inode, and where in `root` their first name is.
    links: HashMap<(u64, u64), PathBuf>,
}

impl Copying<'_> {
    fn directory(&mut self, source: BorrowedFd, target: BorrowedFd, path: &Path, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::new(format!("directories lie more than {DEEPEST} deep")));
        }
        let stat = fstat(source)?;
        if self.whiteouts == Whiteouts::Apply && is_opaque(source) {
            empty(target)?;
        }
        for (name, _) in names(source)? {
            let path = path.join(OsStr::from_bytes(name.to_bytes()));
            self.entry(source, target, &name, &path, depth).during(|| format!("copy {}", path.display()))?;
        }
        // Where it is allowed.
        let _ = fchown(target, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)));
        self.copy_xattrs(source, target);
        fchmod(target, Mode::from_raw_mode(stat.st_mode))?;
        Ok(futimens(target, &times(&stat))?)
    }

    fn entry(&mut self, source: BorrowedFd, target: BorrowedFd, name: &CStr, path: &Path, depth: usize) -> Result<()> {
        let stat = statat(source, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if self.whiteouts == Whiteouts::Apply && is_whiteout(&stat) {
            return Ok(remove_name(target, name, target, 0)?);
        }
        if kind == FileType::Directory {
            let below = match openat(target, name, SEARCHABLE_DIR, Mode::empty()) {
                Ok(existing) => existing,
                Err(_) => {
                    remove_name(target, name, target, 0)?;
                    mkdirat(target, name, Mode::RWXU)?;
                    openat(target, name, SEARCHABLE_DIR, Mode::empty())?
                }
            };
            let source = openat(source, name, SEARCHABLE_DIR, Mode::empty())?;
            return self.directory(source.as_fd(), below.as_fd(), path, depth + 1);
        }
        remove_name(target, name, target, 0)?;
        if stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)) {
                return Ok(linkat(self.root, first, target, name, AtFlags::empty())?);
            }
            self.links.insert((stat.st_dev, stat.st_ino), path.to_owned());
        }
        match kind {
            FileType::RegularFile => return self.file(source, target, name),
            FileType::Symlink => symlinkat(readlinkat(source, name, Vec::new())?, target, name)?,
            _ => {
                let device = makedev(rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
                match mknodat(target, name, kind, Mode::from_raw_mode(stat.st_mode), device) {
                    // A device, and we are in a user namespace, which ignores devices anyway.
                    Err(Errno::PERM) => return Ok(()),
                    made => made?,
                }
            }
        }
        let owner = (Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)));
        let _ = chownat(target, name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW); // where it is allowed
        Ok(utimensat(target, name, &times(&stat), AtFlags::SYMLINK_NOFOLLOW)?)
    }

    fn file(&mut self, source: BorrowedFd, target: BorrowedFd, name: &CStr) -> Result<()> {
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let from = openat(source, name, flags | OFlags::RDONLY, Mode::empty())?;
        let stat = fstat(&from)?;
        let to = openat(target, name, flags | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, Mode::RUSR | Mode::WUSR)?;
        copy_content(&from, &to, stat.st_size as u64)?;
        let _ = fchown(&to, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid))); // where it is allowed
        // After the owner, whose change takes the set-id bits and the file capabilities.
        fchmod(&to, Mode::from_raw_mode(stat.st_mode))?;
        self.copy_xattrs(from.as_fd(), to.as_fd());
        Ok(futimens(&to, &times(&stat))?)
    }

    fn copy_xattrs(&self, source: BorrowedFd, target: BorrowedFd) {
        for (name, value) in xattrs(source).unwrap_or_default() {
            let is_overlay =
                name.to_bytes().starts_with(b"user.overlay.") || name.to_bytes().starts_with(b"trusted.overlay.");
            if !(is_overlay && self.whiteouts == Whiteouts::Apply) {
                let _ = fsetxattr(target, &name, &value, XattrFlags::empty()); // a file system may not take them
            }
        }
    }
}

/// Whether overlayfs hides what the layers below have in this directory.
pub fn is_opaque(dir: BorrowedFd) -> bool {
    ["user.overlay.opaque", "trusted.overlay.opaque"].iter().any(|name| {
        let mut value = [0; 1];
        fgetxattr(dir, *name, &mut value[..]).is_ok_and(|length| length == 1 && value == *b"y")
    })
}

/// Shares the blocks where the file system can, else copies what is not a hole.
fn copy_content(source: &OwnedFd, target: &OwnedFd, size: u64) -> Result<()> {
    if size == 0 || ioctl_ficlone(target, source).is_ok() {
        return Ok(());
    }
    ftruncate(target, size)?;
    let mut offset = 0;
    while offset < size {
        let data = match seek(source, SeekFrom::Data(offset)) {
            Err(Errno::NXIO) => break, // nothing but a hole up to the end
            Err(Errno::INVAL) => 0,    // this file system does not know holes
            found => found?,
        };
        let end = seek(source, SeekFrom::Hole(data)).unwrap_or(size).min(size);
        copy_range(source, target, data, end)?;
        offset = end.max(offset + 1);
    }
    Ok(())
}

fn copy_range(source: &OwnedFd, target: &OwnedFd, start: u64, end: u64) -> Result<()> {
    let (mut read_at, mut write_at) = (start, start);
    while read_at < end {
        let left = (end - read_at) as usize;
        match copy_file_range(source, Some(&mut read_at), target, Some(&mut write_at), left) {
            Ok(0) => return Ok(()), // the file has become shorter
            Ok(_) => {}
            Err(Errno::XDEV | Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP | Errno::PERM) => {
                return copy_through_memory(source, target, read_at, end);
            }
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

fn copy_through_memory(source: &OwnedFd, target: &OwnedFd, start: u64, end: u64) -> Result<()> {
    use std::io::{Read, Seek, Write};
    let (mut source, mut target) = (File::from(source.try_clone()?), File::from(target.try_clone()?));
    source.seek(io::SeekFrom::Start(start))?;
    target.seek(io::SeekFrom::Start(start))?;
    io::copy(&mut (&mut source).take(end - start), &mut target)?;
    Ok(target.flush()?)
}

fn times(stat: &Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime as _, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime as _, tv_nsec: stat.st_mtime_nsec as _ },
    }
}

fn c_name(name: &OsStr) -> Result<CString> {
    CString::new(name.as_bytes()).map_err(|_| Error::new(format!("`{}` holds a NUL byte", name.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn opened(path: &Path) -> File {
        File::open(path).unwrap()
    }

    #[test]
    fn removing_a_tree_leaves_what_its_links_point_to() {
        let dir = tempfile::tempdir().unwrap();
        let (tree, kept) = (dir.path().join("tree"), dir.path().join("kept"));
        fs::create_dir_all(tree.join("work/work")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        symlink(&kept, tree.join("link")).unwrap();
        fs::hard_link(kept.join("file"), tree.join("hard")).unwrap();
        fs::write(tree.join("work/work/file"), "x").unwrap();
        fs::set_permissions(tree.join("work/work"), fs::Permissions::from_mode(0o000)).unwrap();
        remove(&tree).unwrap();
        remove(&tree).unwrap();
        remove(&dir.path().join("no/such")).unwrap();
        assert!(!tree.exists() && kept.join("file").exists());
    }

    #[test]
    fn no_tree_is_too_deep_to_remove() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        fs::create_dir(&top).unwrap();
        let mut at: OwnedFd = opened(&top).into();
        for _ in 0..1500 {
            mkdirat(&at, "d", Mode::RWXU).unwrap();
            at = openat(&at, "d", SEARCHABLE_DIR, Mode::empty()).unwrap();
        }
        remove(&top).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_copy_has_all_that_the_original_has() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("sub/file"), "content").unwrap();
        fs::set_permissions(from.join("sub/file"), fs::Permissions::from_mode(0o4751)).unwrap();
        fs::hard_link(from.join("sub/file"), from.join("hard")).unwrap();
        symlink("/etc/passwd", from.join("link")).unwrap();
        let sparse = File::create(from.join("sparse")).unwrap();
        std::os::unix::fs::FileExt::write_at(&sparse, b"end", 50 << 20).unwrap();
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000, 123_456_789);
        opened(&from.join("sub/file")).set_modified(long_ago).unwrap();
        opened(&from.join("sub")).set_modified(long_ago).unwrap();
        fs::write(to.join("link"), "in the way").unwrap();

        copy(opened(&from).as_fd(), opened(&to).as_fd()).unwrap();

        let file = fs::metadata(to.join("sub/file")).unwrap();
        assert_eq!(fs::read_to_string(to.join("sub/file")).unwrap(), "content");
        assert_eq!((file.mode() & 0o7777, file.nlink(), file.modified().unwrap()), (0o4751, 2, long_ago));
        assert_eq!(fs::metadata(to.join("sub")).unwrap().modified().unwrap(), long_ago);
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("/etc/passwd"));
        let sparse = fs::metadata(to.join("sparse")).unwrap();
        assert!(sparse.len() == (50 << 20) + 3 && sparse.blocks() * 512 < 1 << 20, "{} blocks", sparse.blocks());
        assert_eq!(size(&to).unwrap(), 7 + (50 << 20) + 3);
    }

    #[test]
    fn a_layer_copied_over_another_hides_what_it_whites_out() {
        let dir = tempfile::tempdir().unwrap();
        let (upper, target) = (dir.path().join("upper"), dir.path().join("target"));
        for path in ["gone", "opaque/old", "merged/old"] {
            fs::create_dir_all(target.join(path)).unwrap();
        }
        for path in ["opaque/new", "merged/new"] {
            fs::create_dir_all(upper.join(path)).unwrap();
        }
        let whiteout = mknodat(CWD, upper.join("gone"), FileType::CharacterDevice, Mode::empty(), 0);
        let opaque = rustix::fs::setxattr(upper.join("opaque"), "user.overlay.opaque", b"y", XattrFlags::empty());
        if whiteout.is_err() || opaque.is_err() {
            eprintln!("skipped: this machine has no whiteouts or no user attributes");
            return;
        }
        copy_layer(opened(&upper).as_fd(), opened(&target).as_fd()).unwrap();
        let names = |path: &str| names(opened(&target.join(path)).as_fd()).unwrap().len();
        assert_eq!((names(""), names("opaque"), names("merged")), (2, 1, 2));
        assert!(xattrs(opened(&target.join("opaque")).as_fd()).unwrap().is_empty());
    }
}
