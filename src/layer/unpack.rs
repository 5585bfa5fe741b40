//! Entries as files, in the form that overlayfs expects of a lower directory. Its words for what is gone are drawn in
//! [`super::whiteout`].
//!
//! Every path is resolved by the kernel beneath the tree, never further than its parent; the last name is never
//! followed. Where this process may not give a file its owner, the owner is written down instead and the work goes on.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags, chmodat, chownat, fchmod, fsetxattr,
    ftruncate, futimens, linkat, mkdirat, mknodat, openat, statat, symlinkat, utimensat,
};
use rustix::io::Errno;

use super::archive::{Archive, Entry, Kind, Segment, Time, shown};
use super::owners;
use super::pack::Form;
use super::whiteout::{AUFS_PREFIX, OPAQUE_MARKER, OPAQUE_XATTR, WHITEOUT_PREFIX, is_for_images};
use crate::disk::{beneath, tree};
use crate::error::{During, Error, Result};
use crate::sys::writeback;

/// Of the kernel (PATH_MAX), which takes no longer ones.
const PATH_LIMIT_BYTES: usize = 4096;
/// Of directories that no entry names.
const IMPLIED_MODE: Mode = Mode::from_raw_mode(0o755);
/// From this size on a file begins its way to the disk at once. The store is synced before the image is listed, and the
/// disk should not have waited for that.
const LARGE_FILE_BYTES: u64 = 256 << 10;

const SET_ID_BITS: u32 = 0o6000;
const OVERWRITE_HINT: &str = "--overwrite puts the one in place of the other";

const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What became of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Of the regular files.
    pub size_bytes: u64,
    pub entries: u64,
    /// Entries whose owner could not be set and was recorded instead.
    pub owners_recorded: u64,
    /// Entries that were to run as their owner or group, and may not: a filter of the caller's forbids to make such
    /// files, as `RestrictSUIDSGID=` of systemd does.
    pub set_ids_left_out: u64,
}

/// What becomes of what an archive says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    pub form: Form,
    pub ownership: Ownership,
    pub replace: Replace,
    pub root_entry: RootEntry,
}

/// Whose the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// As the archive says, where that is allowed.
    Archives,
    /// This user's and group's.
    Given(u32, u32),
    /// Whoever unpacks. Nothing in the archive gives rights to them or to anybody: no set-id bits, no capabilities.
    Unpackers,
}

/// Whether the root entry of an archive speaks of the directory that it is unpacked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootEntry {
    Apply,
    Ignore,
}

/// What may be replaced by something of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    Anything,
    /// A directory is merged with a directory only, and other files replace other files only.
    SameKind,
}

const LAYER: Manner = Manner {
    form: Form::Layer,
    ownership: Ownership::Archives,
    replace: Replace::Anything,
    root_entry: RootEntry::Apply,
};

/// Unpacks the tar stream of a layer into the empty directory `tree`.
///
/// `owners` takes what could not be set, in the form of [`owners`].
pub fn unpack(stream: impl BufRead, tree: BorrowedFd, owners: &mut impl Write) -> Result<Unpacked> {
    // Without a set-group-id bit from above, which would decide about the group of all that is made in it.
    fchmod(tree, Mode::from_raw_mode(0o755)).during(|| "prepare the layer's directory")?;
    unpack_entries(stream, Target::new(tree, owners, LAYER))
}

/// Unpacks the tar stream into the directory `tree`, among what is there, where others may be at work.
pub fn unpack_among(stream: impl BufRead, tree: BorrowedFd, manner: Manner) -> Result<Unpacked> {
    unpack_entries(stream, Target::new(tree, &mut std::io::sink(), manner))
}

/// Unpacks a tar stream that holds one file as `name` in the directory `dir`; anything else in it is an error.
pub fn unpack_file(stream: impl BufRead, dir: BorrowedFd, name: &OsStr, manner: Manner) -> Result<()> {
    let mut archive = Archive::new(stream);
    let mut sink = std::io::sink();
    let mut target = Target::new(dir, &mut sink, manner);
    let entry = archive.next_entry()?.ok_or_else(|| Error::new("the file is not there any more"))?;
    let is_it = entry.path == name.as_bytes() && matches!(entry.kind, Kind::File | Kind::Fifo);
    if !is_it || name.as_bytes().contains(&b'/') {
        return Err(Error::new("the archive holds something else than the file that was asked for"));
    }
    target.put(&entry, &mut archive).during(|| format!("unpack `{}`", shown(&entry.path)))?;
    match archive.next_entry()? {
        None => Ok(()),
        Some(_) => Err(Error::new("the archive holds more than the file that was asked for")),
    }
}

fn unpack_entries(stream: impl BufRead, mut target: Target<impl Write>) -> Result<Unpacked> {
    let mut archive = Archive::new(stream);
    while let Some(entry) = archive.next_entry()? {
        target.put(&entry, &mut archive).during(|| format!("unpack `{}`", shown(&entry.path)))?;
    }
    target.finish_directories()?;
    Ok(target.unpacked)
}

/// The tree that is being filled.
struct Target<'a, W> {
    tree: BorrowedFd<'a>,
    owners: &'a mut W,
    manner: Manner,
    may_change_owners: bool,
    /// The directory of the last entry: most entries are in the same one as the entry before.
    parent: Option<(PathBuf, Rc<OwnedFd>)>,
    /// Modes and times to set when nothing more is put into the directory.
    directories: BTreeMap<PathBuf, (Mode, Timestamps)>,
    unpacked: Unpacked,
}

/// Where an entry goes: a name in an open directory.
struct Place<'a> {
    dir: BorrowedFd<'a>,
    leaf: &'a OsStr,
    /// From the root of the layer.
    path: &'a Path,
}

impl<'a, W: Write> Target<'a, W> {
    fn new(tree: BorrowedFd<'a>, owners: &'a mut W, manner: Manner) -> Target<'a, W> {
        let may_change_owners = rustix::process::geteuid().is_root();
        let (directories, unpacked) = (BTreeMap::new(), Unpacked::default());
        Target { tree, owners, manner, may_change_owners, parent: None, directories, unpacked }
    }

    fn put(&mut self, entry: &Entry, archive: &mut Archive<impl BufRead>) -> Result<()> {
        self.unpacked.entries += 1;
        let path = inside(&entry.path)?;
        let Some(leaf) = path.file_name() else {
            return self.put_root(entry);
        };
        let dir = self.open_parent(path.parent().unwrap_or(Path::new("")))?;
        let place = Place { dir: dir.as_fd(), leaf, path: &path };
        if self.manner.form == Form::Tree {
            return self.put_named(&place, entry, archive);
        }
        match leaf.as_bytes() {
            OPAQUE_MARKER => make_opaque(place.dir),
            name if name.starts_with(AUFS_PREFIX) => Ok(()),
            name => match name.strip_prefix(WHITEOUT_PREFIX) {
                Some(hidden) => put_whiteout(&place, OsStr::from_bytes(hidden)),
                None => self.put_named(&place, entry, archive),
            },
        }
    }

    fn put_named(&mut self, place: &Place, entry: &Entry, archive: &mut Archive<impl BufRead>) -> Result<()> {
        match entry.kind {
            Kind::File => self.put_file(place, entry, archive),
            Kind::Directory => self.put_directory(place, entry),
            Kind::HardLink => self.put_hard_link(place, entry),
            Kind::SymbolicLink => {
                self.create(place, || symlinkat(&*entry.link_target, place.dir, place.leaf))?;
                self.set_owner(place, entry)?;
                Ok(utimensat(place.dir, place.leaf, &timestamps(entry.modified), AtFlags::SYMLINK_NOFOLLOW)?)
            }
            Kind::Fifo => {
                let mode = self.mode(entry);
                self.create(place, || mknodat(place.dir, place.leaf, FileType::Fifo, mode, 0))?;
                self.set_owner(place, entry)?;
                if self.manner.form == Form::Layer {
                    // What the umask took; nobody else works in this tree, who could put a link in its place.
                    chmodat(place.dir, place.leaf, mode, AtFlags::empty())?;
                }
                Ok(utimensat(place.dir, place.leaf, &timestamps(entry.modified), AtFlags::SYMLINK_NOFOLLOW)?)
            }
            // A user namespace may not make devices and a container's root ignores them (`nodev`). And 0:0 is a
            // whiteout, which an image has to ask for by its name.
            Kind::CharacterDevice | Kind::BlockDevice => Ok(()),
        }
    }

    fn put_file(&mut self, place: &Place, entry: &Entry, archive: &mut Archive<impl BufRead>) -> Result<()> {
        let file = self.create(place, || openat(place.dir, place.leaf, NEW_FILE, Mode::RUSR | Mode::WUSR))?;
        let file = File::from(file);
        match &entry.sparse {
            None => copy_segment(archive, &file, Segment { offset: 0, bytes: entry.size })?,
            Some(segments) => {
                ftruncate(&file, entry.size)?;
                segments.iter().try_for_each(|&segment| copy_segment(archive, &file, segment))?;
            }
        }
        // A file of holes may say that it is as large as a number can be.
        self.unpacked.size_bytes = self.unpacked.size_bytes.saturating_add(entry.size);
        if entry.size >= LARGE_FILE_BYTES {
            writeback::begin(&file, 0, 0);
        }
        // In this order: a new owner takes away the set-id bits and the file capabilities, a mode the right to write.
        self.set_owner(place, entry)?;
        self.set_xattrs(file.as_fd(), entry)?;
        set_mode(file.as_fd(), self.mode(entry), &mut self.unpacked)?;
        Ok(futimens(&file, &timestamps(entry.modified))?)
    }

    fn put_directory(&mut self, place: &Place, entry: &Entry) -> Result<()> {
        if mkdirat(place.dir, place.leaf, Mode::RWXU) == Err(Errno::EXIST) {
            let existing = statat(place.dir, place.leaf, AtFlags::SYMLINK_NOFOLLOW)?;
            // One that is there already is merged with; a link to one is not.
            if FileType::from_raw_mode(existing.st_mode) != FileType::Directory {
                if self.manner.replace == Replace::SameKind {
                    return Err(Error::new("what has that name is no directory").with_hint(OVERWRITE_HINT));
                }
                self.clear(place)?;
                mkdirat(place.dir, place.leaf, Mode::RWXU)?;
            }
            // Hidden first and made anew then: what the layers below have under this name stays hidden.
            if tree::is_whiteout(&existing) {
                make_opaque(openat(place.dir, place.leaf, DIRECTORY, Mode::empty())?.as_fd())?;
            }
        }
        self.set_owner(place, entry)?;
        if !entry.xattrs.is_empty() {
            self.set_xattrs(openat(place.dir, place.leaf, DIRECTORY, Mode::empty())?.as_fd(), entry)?;
        }
        self.finish_later(place.path, entry);
        Ok(())
    }

    fn put_root(&mut self, entry: &Entry) -> Result<()> {
        if entry.kind != Kind::Directory {
            return Err(Error::new("the root of the layer is not a directory"));
        }
        if self.manner.root_entry == RootEntry::Ignore {
            return Ok(());
        }
        let place = Place { dir: self.tree, leaf: OsStr::new("."), path: Path::new("") };
        self.set_owner(&place, entry)?;
        self.set_xattrs(self.tree, entry)?;
        self.finish_later(Path::new(""), entry);
        Ok(())
    }

    fn put_hard_link(&mut self, place: &Place, entry: &Entry) -> Result<()> {
        let target = inside(&entry.link_target)?;
        let (target_dir, target_leaf) =
            beneath::parent(self.tree, &target).during(|| format!("link to `{}`", shown(&entry.link_target)))?;
        // Never follows the last name: a link to a symbolic link is one more name of that link.
        let link = || linkat(&target_dir, target_leaf, place.dir, place.leaf, AtFlags::empty());
        match link() {
            Err(Errno::EXIST) if is_same_file(place, target_dir.as_fd(), target_leaf) => Ok(()),
            Err(Errno::EXIST) => self.make_way(place).and_then(|()| link().map_err(Error::from)),
            done => done.map_err(Error::from),
        }
        .during(|| format!("link to `{}`", shown(&entry.link_target)))
    }

    /// Makes what takes the place of whatever has that name so far.
    fn create<T>(&mut self, place: &Place, make: impl Fn() -> Result<T, Errno>) -> Result<T> {
        match make() {
            Err(Errno::EXIST) => self.make_way(place).and_then(|()| Ok(make()?)),
            made => Ok(made?),
        }
    }

    /// For something that is no directory.
    fn make_way(&mut self, place: &Place) -> Result<()> {
        if self.manner.replace == Replace::SameKind {
            let existing = statat(place.dir, place.leaf, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(existing.st_mode) == FileType::Directory {
                return Err(Error::new("a directory has that name").with_hint(OVERWRITE_HINT));
            }
        }
        self.clear(place)
    }

    fn clear(&mut self, place: &Place) -> Result<()> {
        tree::remove_at(place.dir, place.leaf)?;
        // A directory or a link on the way to the cached one may have been what was removed.
        self.parent = None;
        if self.unpacked.owners_recorded > 0 {
            self.record_owner(place.path, 0, 0)?; // what was recorded for it does not hold for what comes
        }
        let below: Vec<PathBuf> = self
            .directories
            .range(place.path.to_owned()..)
            .map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(place.path))
            .collect();
        for path in below {
            self.directories.remove(&path);
        }
        Ok(())
    }

    fn open_parent(&mut self, path: &Path) -> Result<Rc<OwnedFd>> {
        if let Some((cached, dir)) = &self.parent
            && cached == path
        {
            return Ok(Rc::clone(dir));
        }
        let create = || beneath::create_dir_all(self.tree, path, IMPLIED_MODE);
        let dir = match create() {
            Err(_) if self.reveal(path)? => create()?,
            created => created?,
        };
        let dir = Rc::new(dir);
        self.parent = Some((path.to_owned(), Rc::clone(&dir)));
        Ok(dir)
    }

    /// Directories that were hidden first and are implied by what lies in them are made anew, like those that an entry
    /// names. Says whether there were any.
    fn reveal(&self, path: &Path) -> Result<bool> {
        let mut revealed = false;
        let from_the_root: Vec<&Path> = path.ancestors().collect();
        for path in from_the_root.into_iter().rev().skip(1) {
            let Ok((dir, leaf)) = beneath::parent(self.tree, path) else { break };
            if statat(&dir, leaf, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| tree::is_whiteout(&stat)) {
                tree::remove_at(dir.as_fd(), leaf)?;
                mkdirat(&dir, leaf, IMPLIED_MODE)?;
                make_opaque(openat(&dir, leaf, DIRECTORY, Mode::empty())?.as_fd())?;
                revealed = true;
            }
        }
        Ok(revealed)
    }

    /// What is new belongs to root inside, whoever that is outside.
    fn set_owner(&mut self, place: &Place, entry: &Entry) -> Result<()> {
        let (uid, gid) = match self.manner.ownership {
            Ownership::Archives => (owner_id(entry.uid)?, owner_id(entry.gid)?),
            Ownership::Given(uid, gid) => (uid, gid),
            Ownership::Unpackers => return Ok(()),
        };
        // Among other files a directory may give its group to what is made in it.
        let is_new = entry.kind != Kind::Directory && self.manner.form == Form::Layer;
        if (uid, gid) == (0, 0) && (is_new || !self.may_change_owners) {
            return Ok(());
        }
        let ids = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
        let changed = match self.may_change_owners {
            true => chownat(place.dir, place.leaf, ids.0, ids.1, AtFlags::SYMLINK_NOFOLLOW),
            false => Err(Errno::PERM),
        };
        match changed {
            // Not ours to give away, or an id that does not exist in this user namespace.
            Err(Errno::PERM | Errno::INVAL) => self.record_owner(place.path, uid, gid),
            changed => Ok(changed?),
        }
    }

    fn record_owner(&mut self, path: &Path, uid: u32, gid: u32) -> Result<()> {
        self.unpacked.owners_recorded += 1;
        owners::record(self.owners, path, uid, gid)
    }

    fn finish_later(&mut self, path: &Path, entry: &Entry) {
        let mode = self.mode(entry);
        self.directories.insert(path.to_owned(), (mode, timestamps(entry.modified)));
    }

    fn mode(&self, entry: &Entry) -> Mode {
        let without = if self.manner.ownership == Ownership::Unpackers { SET_ID_BITS } else { 0 };
        Mode::from_raw_mode(entry.mode & !without)
    }

    fn set_xattrs(&self, file: BorrowedFd, entry: &Entry) -> Result<()> {
        let gives_rights = |name: &[u8]| name.starts_with(b"security.");
        let is_wanted =
            |name: &[u8]| is_for_images(name) && !(self.manner.ownership == Ownership::Unpackers && gives_rights(name));
        for (name, value) in entry.xattrs.iter().filter(|(name, _)| is_wanted(name)) {
            match fsetxattr(file, &**name, value, XattrFlags::empty()) {
                // The file system has none, we may not set this one, or it is none.
                Ok(()) | Err(Errno::NOTSUP | Errno::PERM | Errno::INVAL) => {}
                Err(errno) => return Err(errno).during(|| format!("set attribute `{}`", shown(name))),
            }
        }
        Ok(())
    }

    /// Children before parents: a mode may close the directory to ourselves.
    fn finish_directories(&mut self) -> Result<()> {
        for (path, (mode, times)) in self.directories.iter().rev() {
            let Some(dir) = beneath::find(self.tree, path, DIRECTORY)? else { continue };
            set_mode(dir.as_fd(), *mode, &mut self.unpacked)
                .and_then(|()| futimens(&dir, times))
                .during(|| format!("finish directory `{}`", path.display()))?;
        }
        Ok(())
    }
}

fn set_mode(file: BorrowedFd, mode: Mode, unpacked: &mut Unpacked) -> Result<(), Errno> {
    let set_ids = Mode::from_raw_mode(SET_ID_BITS);
    match fchmod(file, mode) {
        Err(Errno::PERM) if mode.intersects(set_ids) => {
            fchmod(file, mode.difference(set_ids))?;
            unpacked.set_ids_left_out += 1;
            Ok(())
        }
        done => done,
    }
}

/// The path of an entry as names below the root of the layer; empty for the root itself.
fn inside(path: &[u8]) -> Result<PathBuf> {
    if path.len() > PATH_LIMIT_BYTES {
        return Err(Error::new(format!("a name of {} bytes is too long", path.len())));
    }
    let mut clean = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(path)).components() {
        match component {
            Component::Normal(name) => clean.push(name),
            // By its spelling, as every writer of layers means it.
            Component::ParentDir if clean.pop() => {}
            Component::ParentDir => {
                return Err(Error::new(format!("the name `{}` leads out of the layer", shown(path))));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(clean)
}

/// The kernel takes the highest number for "leave it as it is".
fn owner_id(number: u64) -> Result<u32> {
    match u32::try_from(number) {
        Ok(id) if id != u32::MAX => Ok(id),
        _ => Err(Error::new(format!("the owner {number} is out of range"))),
    }
}

fn copy_segment(archive: &mut Archive<impl BufRead>, file: &File, segment: Segment) -> Result<()> {
    let Segment { mut offset, bytes: mut left } = segment;
    while left > 0 {
        let content = archive.content(left).during(|| "read archive")?;
        if content.is_empty() {
            return Err(Error::new("the archive holds less than it says"));
        }
        file.write_all_at(content, offset)?;
        let written = content.len();
        archive.consume(written);
        offset += written as u64;
        left -= written as u64;
    }
    Ok(())
}

/// Hides `hidden` of the layers below. What this layer has under that name stays: whiteouts are for the layers below
/// only (image-spec layer.md#whiteouts).
fn put_whiteout(place: &Place, hidden: &OsStr) -> Result<()> {
    if matches!(hidden.as_bytes(), b"" | b"." | b"..") {
        return Err(Error::new("the whiteout names no file"));
    }
    match statat(place.dir, hidden, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => {}
        Ok(existing) if FileType::from_raw_mode(existing.st_mode) == FileType::Directory => {
            return make_opaque(openat(place.dir, hidden, DIRECTORY, Mode::empty())?.as_fd());
        }
        existing => return Ok(existing.map(drop)?),
    }
    // Allowed to everybody since Linux 5.8. Where it is not, the kernel's overlayfs cannot be used either, and
    // fuse-overlayfs knows the form that the archive has.
    match mknodat(place.dir, hidden, FileType::CharacterDevice, Mode::empty(), 0) {
        Err(Errno::PERM) => put_marker(place.dir, place.leaf),
        made => Ok(made?),
    }
}

/// Hides what the layers below have in this directory.
fn make_opaque(dir: BorrowedFd) -> Result<()> {
    // Anew, as it may be open for its path only.
    let opened = openat(dir, ".", DIRECTORY, Mode::empty())?;
    match fsetxattr(&opened, OPAQUE_XATTR, b"y", XattrFlags::empty()) {
        // No user attributes on this file system: fuse-overlayfs and a copy know the marker.
        Err(Errno::NOTSUP | Errno::PERM) => put_marker(dir, OsStr::from_bytes(OPAQUE_MARKER)),
        set => Ok(set?),
    }
}

fn put_marker(dir: BorrowedFd, name: &OsStr) -> Result<()> {
    match openat(dir, name, NEW_FILE, Mode::RUSR) {
        Err(Errno::EXIST) => Ok(()),
        made => Ok(made.map(drop)?),
    }
}

fn is_same_file(place: &Place, dir: BorrowedFd, leaf: &OsStr) -> bool {
    let stat = |dir, leaf| statat(dir, leaf, AtFlags::SYMLINK_NOFOLLOW).map(|stat| (stat.st_dev, stat.st_ino));
    matches!((stat(place.dir, place.leaf), stat(dir, leaf)), (Ok(one), Ok(other)) if one == other)
}

fn timestamps(time: Time) -> Timestamps {
    let time = Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() };
    Timestamps { last_access: time, last_modification: time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::{Tar, description, stat};
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    /// Unpacks into a directory with a secret beside it, and checks that nothing there changed.
    fn unpacked(tar: &Tar, check: impl FnOnce(Result<Unpacked>, &Path)) {
        let outside = tempfile::tempdir().unwrap();
        let tree = outside.path().join("tree");
        fs::create_dir(&tree).unwrap();
        fs::create_dir(outside.path().join("kept")).unwrap();
        fs::write(outside.path().join("kept/secret"), "secret").unwrap();
        let before = fs::metadata(outside.path().join("kept/secret")).unwrap();
        let result = unpack(&tar.bytes()[..], File::open(&tree).unwrap().as_fd(), &mut std::io::sink());
        check(result, &tree);
        let after = fs::metadata(outside.path().join("kept/secret")).unwrap();
        assert_eq!(fs::read_to_string(outside.path().join("kept/secret")).unwrap(), "secret");
        assert_eq!((before.mode(), before.uid(), before.nlink()), (after.mode(), after.uid(), after.nlink()));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2, "something was made outside");
        assert_eq!(fs::read_dir(outside.path().join("kept")).unwrap().count(), 1, "something was made outside");
    }

    fn unpacks(tar: &Tar, check: impl FnOnce(Unpacked, &Path)) {
        unpacked(tar, |result, tree| check(result.unwrap(), tree));
    }

    fn refused(tar: &Tar, because: &str) {
        unpacked(tar, |result, _| {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(because), "{error}");
        });
    }

    #[test]
    fn entries_become_files_with_modes_and_times() {
        let mut tar = Tar::new();
        tar.directory("d/").mode(0o1777).time(100).put("");
        tar.file("d/file").mode(0o4755).time(200).put("content");
        tar.symlink("d/link", "/etc/passwd").time(300).put("");
        tar.hard_link("hard", "d/file").put("");
        tar.fifo("fifo").mode(0o622).put("");
        tar.file("made/on/the/way").put("");
        unpacks(&tar, |unpacked, tree| {
            assert_eq!(unpacked, Unpacked { size_bytes: 7, entries: 6, ..Unpacked::default() });
            assert_eq!(fs::read_to_string(tree.join("hard")).unwrap(), "content");
            let file = stat(tree.join("d/file"));
            assert_eq!((file.mode() & 0o7777, file.mtime(), file.nlink()), (0o4755, 200, 2));
            assert_eq!((stat(tree.join("d")).mode() & 0o7777, stat(tree.join("d")).mtime()), (0o1777, 100));
            assert_eq!(fs::read_link(tree.join("d/link")).unwrap(), Path::new("/etc/passwd"));
            assert_eq!(stat(tree.join("d/link")).mtime(), 300);
            assert!(stat(tree.join("fifo")).file_type().is_fifo());
            assert_eq!(stat(tree.join("fifo")).mode() & 0o777, 0o622);
        });
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../kept/secret", "a/../../kept/secret", "..", "/../x"] {
            let mut tar = Tar::new();
            tar.file(name).put("overwritten");
            refused(&tar, "leads out");
        }
        let mut tar = Tar::new();
        tar.hard_link("hard", "../kept/secret").put("");
        refused(&tar, "leads out");
    }

    #[test]
    fn absolute_names_mean_the_root_of_the_layer() {
        let mut tar = Tar::new();
        tar.file("/etc/./x").put("a");
        tar.file("./b/../c").put("c");
        unpacks(&tar, |_, tree| {
            assert!(tree.join("etc/x").exists() && tree.join("c").exists() && !tree.join("b").exists())
        });
    }

    #[test]
    fn links_lead_nobody_out() {
        for target in ["../kept", "/kept", "../../../../../../../kept", "/proc/self/root/kept"] {
            let mut tar = Tar::new();
            tar.symlink("link", target).put("");
            tar.file("link/secret").put("overwritten");
            tar.directory("link/new").put("");
            tar.hard_link("hard", "link/secret").put("");
            unpacked(&tar, |_, tree| {
                // A file of the layer at most, never the one outside.
                let hard = fs::read_to_string(tree.join("hard"));
                assert!(hard.is_err() || hard.is_ok_and(|content| content == "overwritten"), "{target}");
            });
        }
    }

    #[test]
    fn a_file_replaces_a_link_and_does_not_write_through_it() {
        let mut tar = Tar::new();
        tar.symlink("link", "../kept/secret").put("");
        tar.file("link").mode(0o777).put("overwritten");
        tar.symlink("dir", "../kept").put("");
        tar.directory("dir").mode(0o777).put("");
        tar.hard_link("hard", "link").put("");
        unpacks(&tar, |_, tree| {
            assert!(stat(tree.join("link")).is_file() && stat(tree.join("dir")).is_dir());
            assert_eq!(stat(tree.join("hard")).ino(), stat(tree.join("link")).ino());
        });
    }

    #[test]
    fn a_hard_link_to_a_link_is_that_link() {
        let mut tar = Tar::new();
        tar.symlink("link", "../kept/secret").put("");
        tar.hard_link("hard", "link").put("");
        tar.hard_link("hard", "hard").put("");
        unpacks(&tar, |_, tree| {
            assert_eq!(fs::read_link(tree.join("hard")).unwrap(), Path::new("../kept/secret"));
        });
        let mut tar = Tar::new();
        tar.hard_link("hard", "missing").put("");
        refused(&tar, "link to `missing`");
    }

    #[test]
    fn the_last_entry_of_a_name_counts() {
        let mut tar = Tar::new();
        tar.directory("a/b").mode(0o700).put("");
        tar.file("a/b/c").put("in a directory");
        tar.file("a").put("a file");
        tar.directory("a").mode(0o711).put("");
        tar.file("a/d").put("anew");
        tar.directory("a").mode(0o755).put("");
        tar.file("x").put("first, and longer");
        tar.file("x").put("second");
        unpacks(&tar, |_, tree| {
            assert_eq!(fs::read_dir(tree.join("a")).unwrap().count(), 1);
            assert_eq!(stat(tree.join("a")).mode() & 0o777, 0o755);
            assert_eq!(fs::read_to_string(tree.join("x")).unwrap(), "second");
        });
    }

    #[test]
    fn what_replaces_a_directory_is_not_taken_for_it() {
        // The directory of the entry before is kept open: once it is replaced, its name leads elsewhere.
        let mut tar = Tar::new();
        tar.directory("other").put("");
        tar.file("a/b/1").put("");
        tar.symlink("a", "other").put("");
        tar.file("a/b/2").put("");
        unpacks(&tar, |_, tree| assert!(tree.join("other/b/2").exists() && !tree.join("other/b/1").exists()));
    }

    #[test]
    fn whiteouts_hide_what_lies_below() {
        let mut tar = Tar::new();
        tar.directory("d").put("");
        tar.file("d/.wh.gone").put("");
        tar.file("d/.wh..wh..opq").put("");
        tar.file("d/.wh..wh.plnk").put("");
        tar.file("kept").put("kept");
        tar.file(".wh.kept").put("");
        tar.file(".wh.anew").put("");
        tar.directory("anew").put("");
        tar.directory("emptied").put("");
        tar.file(".wh.emptied").put("");
        unpacks(&tar, |_, tree| {
            let gone = stat(tree.join("d/gone"));
            if !gone.file_type().is_char_device() {
                eprintln!("skipped: this machine makes no whiteouts");
                return;
            }
            assert_eq!(gone.rdev(), 0);
            assert_eq!(fs::read_dir(tree.join("d")).unwrap().count(), 1);
            assert!(stat(tree.join("kept")).is_file(), "a whiteout is for the layers below only");
            for opaque in ["d", "anew", "emptied"] {
                let mut value = [0; 1];
                let read = rustix::fs::getxattr(tree.join(opaque), OPAQUE_XATTR, &mut value[..]);
                assert!(read == Err(Errno::NOTSUP) || value == *b"y", "{opaque}");
            }
        });
    }

    #[test]
    fn a_directory_that_is_hidden_and_then_implied_is_made_anew() {
        let mut tar = Tar::new();
        tar.file(".wh.a").put("");
        tar.file("a/.wh.b").put("");
        tar.file("a/b/c").put("");
        unpacks(&tar, |_, tree| {
            for opaque in ["a", "a/b"] {
                let mut value = [0; 1];
                let read = rustix::fs::getxattr(tree.join(opaque), OPAQUE_XATTR, &mut value[..]);
                assert!(read.is_err() || value == *b"y", "{opaque}");
            }
            assert!(tree.join("a/b/c").is_file());
        });
    }

    #[test]
    fn a_whiteout_of_no_file_is_refused() {
        for name in [".wh.", ".wh..", ".wh...", "d/.wh..."] {
            let mut tar = Tar::new();
            tar.file(name).put("");
            refused(&tar, "names no file");
        }
    }

    #[test]
    fn attributes_that_drive_overlays_stay_out() {
        let mut tar = Tar::new();
        let names = [
            "user.kept",
            "user.overlay.opaque",
            "user.overlay.redirect",
            "trusted.overlay.redirect",
            "user.containers.override_stat",
            "user.fuseoverlayfs.origin",
            "trusted.x",
            "security.selinux",
        ];
        for name in names {
            tar.pax(&format!("SCHILY.xattr.{name}"), b"any\nvalue\0=");
        }
        tar.file("file").put("");
        unpacks(&tar, |_, tree| {
            let found = tree::xattrs(File::open(tree.join("file")).unwrap().as_fd()).unwrap();
            let found: Vec<_> = found.iter().map(|(name, value)| (name.to_str().unwrap(), &value[..])).collect();
            assert!(found.is_empty() || found == [("user.kept", &b"any\nvalue\0="[..])], "{found:?}");
        });
    }

    #[test]
    fn owners_that_cannot_be_set_are_recorded() {
        let mut tar = Tar::new();
        tar.file("root").put("");
        tar.file("a b").owner(3_000_000_000, 42).put("");
        let dir = tempfile::tempdir().unwrap();
        let tree = File::open(dir.path()).unwrap();
        let mut owners = Vec::new();
        let mut target = Target::new(tree.as_fd(), &mut owners, LAYER);
        target.may_change_owners = false;
        let bytes = tar.bytes();
        let mut archive = Archive::new(&bytes[..]);
        while let Some(entry) = archive.next_entry().unwrap() {
            target.put(&entry, &mut archive).unwrap();
        }
        assert_eq!(target.unpacked.owners_recorded, 1);
        assert_eq!(owners, b"3000000000 42 a b\0");
        let mut tar = Tar::new();
        tar.file("x").owner(u64::from(u32::MAX), 0).put("");
        refused(&tar, "out of range");
    }

    #[test]
    fn devices_are_passed_over() {
        let mut tar = Tar::new();
        tar.device("null", b'3').put("");
        tar.device("sda", b'4').put("");
        tar.file("after").put("");
        unpacks(&tar, |_, tree| assert_eq!(fs::read_dir(tree).unwrap().count(), 1));
    }

    #[test]
    fn the_root_gets_its_mode_and_stays_a_directory() {
        let mut tar = Tar::new();
        tar.directory("./").mode(0o711).time(7).put("");
        unpacks(&tar, |_, tree| {
            assert_eq!((stat(tree.to_owned()).mode() & 0o777, stat(tree.to_owned()).mtime()), (0o711, 7))
        });
        let mut tar = Tar::new();
        tar.file("./").kind(b'7').put("x");
        refused(&tar, "not a directory");
    }

    #[test]
    fn sparse_files_keep_their_holes() {
        let mut tar = Tar::new();
        tar.pax("GNU.sparse.major", b"1");
        tar.pax("GNU.sparse.minor", b"0");
        tar.pax("GNU.sparse.name", b"sparse");
        tar.pax("GNU.sparse.realsize", b"10485766");
        let map = format!("{:\0<512}", "2\n0\n512\n10485760\n6\n");
        let first = format!("{:c<512}", "ab");
        tar.file("GNUSparseFile.0/sparse").put(&format!("{map}{first}abcdef"));
        tar.file("after").put("after");
        unpacks(&tar, |_, tree| {
            let content = fs::read(tree.join("sparse")).unwrap();
            assert_eq!(
                (content.len(), &content[510..513], &content[10_485_759..]),
                (10_485_766, &b"cc\0"[..], &b"\0abcdef"[..])
            );
            assert!(stat(tree.join("sparse")).blocks() < 100);
            assert_eq!(fs::read_to_string(tree.join("after")).unwrap(), "after");
        });
    }

    #[test]
    fn gnu_tar_agrees_about_its_own_archives() {
        use std::process::Command;
        if !Command::new("tar")
            .arg("--version")
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"tar (GNU tar)"))
        {
            eprintln!("skipped: GNU tar is not installed");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let original = dir.path().join("original");
        let deep = original.join("a directory with quite a long name/".repeat(6));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("\u{fc}nicode and \n newline"), "content").unwrap();
        fs::hard_link(deep.join("\u{fc}nicode and \n newline"), original.join("hard")).unwrap();
        std::os::unix::fs::symlink("x".repeat(150), original.join("long link")).unwrap();
        fs::write(original.join("empty"), "").unwrap();
        fs::write(original.join("block"), vec![7; 512]).unwrap();
        fs::write(original.join("large"), vec![8; 1_000_001]).unwrap();
        let sparse = File::create(original.join("sparse")).unwrap();
        for offset in [1 << 16, 3 << 16, 5 << 16, 7 << 16, 9 << 16, 11 << 16] {
            sparse.write_all_at(b"data", offset).unwrap();
        }
        sparse.set_len(20 << 16).unwrap();
        for (name, mode) in [("empty", 0o4711), ("large", 0o2640), ("block", 0o400)] {
            fs::set_permissions(original.join(name), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        }
        for format in [
            "--format=gnu",
            "--format=pax",
            "--format=posix --sparse-version=0.0",
            "--format=posix --sparse-version=0.1",
        ] {
            let (archive, theirs, ours) = (dir.path().join("tar"), dir.path().join("theirs"), dir.path().join("ours"));
            [&theirs, &ours].iter().for_each(|dir| fs::create_dir(dir).unwrap());
            let tar = |arguments: &[&str], work: &Path| {
                let mut command = Command::new("tar");
                command.args(arguments).arg("-f").arg(&archive).arg("-C").arg(work);
                assert!(command.arg(".").status().unwrap().success(), "{arguments:?}");
            };
            tar(&[&["-c", "--sparse"][..], &format.split(' ').collect::<Vec<_>>()].concat(), &original);
            tar(&["-x", "-p", "--numeric-owner"], &theirs);
            let stream = std::io::BufReader::new(File::open(&archive).unwrap());
            unpack(stream, File::open(&ours).unwrap().as_fd(), &mut std::io::sink())
                .during(|| format.to_owned())
                .unwrap();
            assert_eq!(description(&theirs), description(&ours), "{format}");
            assert!(stat(ours.join("sparse")).blocks() < 2000);
            [&theirs, &ours].iter().for_each(|dir| fs::remove_dir_all(dir).unwrap());
        }
    }
}
