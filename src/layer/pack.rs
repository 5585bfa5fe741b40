//! Files as entries: the way back of [`super::unpack`].
//!
//! A whole tree of layers becomes an archive of what it shows; or one layer becomes the archive that it would be
//! unpacked from. The same files give the same bytes: names are in order, and nothing but what images have is taken.
//!
//! Nobody stops a container for this. A file that goes is left out; of one that grows or shrinks as many bytes are
//! taken as it had, and what is missing of them is zeros. Sockets and devices are left out: they mean nothing
//! elsewhere, and unpacking would not make them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, OFlags, SeekFrom, Stat, fstat, readlinkat, seek, statat};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::archive::{Entry, Kind, Segment, Time};
use super::stack::{Listing, Seen, Stack};
use super::whiteout::{OPAQUE_MARKER, WHITEOUT_PREFIX, is_for_images};
use super::writer::Writer;
use crate::disk::{owner, tree};
use crate::error::{During, Error, Result};

/// What the archive is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A root file system: what is gone is not there.
    Tree,
    /// A layer: what is gone is said.
    Layer,
}

const CHUNK_BYTES: usize = 256 * 1024;
/// A file is written with its holes left out from this size on, and if they are half of it.
const SPARSE_FROM_BYTES: u64 = 1 << 20;
/// A file of more pieces is written as a whole.
const SEGMENTS_LIMIT: usize = 1024;

/// Writes what `stack` shows as a tar stream. Of a container's root `passed_over` names what is not packed.
pub fn pack(stack: &Stack, form: Form, passed_over: &dyn Fn(&Path, &Seen) -> bool, out: impl Write) -> Result<()> {
    let writer = Writer::new(out);
    let (links, buffer) = (HashMap::new(), vec![0; CHUNK_BYTES]);
    let mut packing = Packing { stack, form, passed_over, writer, links, buffer, renamed: None };
    if form == Form::Tree {
        packing.put_root_at(Path::new(""))?;
    }
    packing.put_directory(Path::new(""), &stack.all())?;
    packing.writer.finish().map(drop)
}

/// Writes what is called `leaf` in the only layer of `stack`, and is of this kind, as if its name were `name`. A
/// directory may have none: then it is the root of the archive.
pub fn pack_one(stack: &Stack, leaf: &OsStr, kind: FileType, name: &Path, out: impl Write) -> Result<()> {
    let layers = stack.all();
    let cname = CString::new(leaf.as_bytes()).expect("the kernel has given it");
    let stat = statat(&stack.0[0].tree, leaf, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != kind {
        return Err(Error::new("it was replaced by something else meanwhile"));
    }
    let mut packing = Packing {
        stack,
        form: Form::Tree,
        passed_over: &everything,
        writer: Writer::new(out),
        links: HashMap::new(),
        buffer: vec![0; CHUNK_BYTES],
        renamed: Some((Path::new(leaf), name)),
    };
    match name.as_os_str().is_empty() {
        true => {
            packing.put_root_at(Path::new(leaf))?;
            packing.put_directory(Path::new(leaf), &layers)?;
        }
        false => packing.put(Path::new(leaf), &Seen { name: cname, stat, layers })?,
    }
    packing.writer.finish().map(drop)
}

struct Packing<'a, W> {
    stack: &'a Stack,
    form: Form,
    passed_over: &'a dyn Fn(&Path, &Seen) -> bool,
    writer: Writer<W>,
    /// The first name of files that have several, by device and inode.
    links: HashMap<(u64, u64), FirstName>,
    buffer: Vec<u8>,
    /// What has the first name on disk has the second one in the archive.
    renamed: Option<(&'a Path, &'a Path)>,
}

/// What a file with several names was packed as; an owner that is written down is that of one name only.
#[derive(Clone)]
struct FirstName {
    path: Vec<u8>,
    uid: u64,
    gid: u64,
}

impl<W: Write> Packing<'_, W> {
    fn put_root_at(&mut self, path: &Path) -> Result<()> {
        let Some(root) = self.stack.open(0, path, OFlags::DIRECTORY)? else { return Ok(()) };
        let mut entry = self.entry(path, 0, &fstat(&root)?, Kind::Directory);
        entry.path = b"./".to_vec();
        entry.xattrs = xattrs(&root)?;
        self.take_marked_owner(&mut entry, 0, &root);
        self.writer.put(&entry)
    }

    /// What is in the directory `path`, which these layers show.
    fn put_directory(&mut self, path: &Path, layers: &[usize]) -> Result<()> {
        let Listing { entries, gone, is_opaque } = self.stack.list(path, layers)?;
        if self.form == Form::Layer {
            if is_opaque {
                self.put_marker(path, OPAQUE_MARKER)?;
            }
            for name in gone {
                self.put_marker(path, &[WHITEOUT_PREFIX, name.to_bytes()].concat())?;
            }
        }
        for seen in entries {
            let path = path.join(OsStr::from_bytes(seen.name.to_bytes()));
            if !(self.passed_over)(&path, &seen) {
                self.put(&path, &seen).during(|| format!("pack `{}`", path.display()))?;
            }
        }
        Ok(())
    }

    fn put_marker(&mut self, dir: &Path, name: &[u8]) -> Result<()> {
        let path = dir.join(OsStr::from_bytes(name)).as_os_str().as_bytes().to_vec();
        self.writer.put(&Entry { path, mode: 0o600, ..Entry::default() })
    }

    fn put(&mut self, path: &Path, seen: &Seen) -> Result<()> {
        match seen.kind() {
            FileType::Directory => {
                let Some(dir) = self.stack.open(seen.layer(), path, OFlags::DIRECTORY)? else { return Ok(()) };
                let mut entry = self.entry(path, seen.layer(), &fstat(&dir)?, Kind::Directory);
                entry.path.push(b'/');
                entry.xattrs = xattrs(&dir)?;
                self.take_marked_owner(&mut entry, seen.layer(), &dir);
                drop(dir);
                self.writer.put(&entry)?;
                self.put_directory(path, &seen.layers)
            }
            FileType::RegularFile => self.put_file(path, seen),
            FileType::Symlink => {
                let Some(target) = self.read_link(path, seen)? else { return Ok(()) };
                let entry = self.entry(path, seen.layer(), &seen.stat, Kind::SymbolicLink);
                self.put_unless_linked(Entry { link_target: target, mode: 0o777, ..entry }, &seen.stat).map(drop)
            }
            FileType::Fifo => {
                let entry = self.entry(path, seen.layer(), &seen.stat, Kind::Fifo);
                self.put_unless_linked(entry, &seen.stat).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn put_file(&mut self, path: &Path, seen: &Seen) -> Result<()> {
        let Some(file) = self.stack.open(seen.layer(), path, OFlags::empty())? else { return Ok(()) };
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(()); // replaced meanwhile
        }
        let mut entry = self.entry(path, seen.layer(), &stat, Kind::File);
        entry.size = stat.st_size as u64;
        entry.xattrs = xattrs(&file)?;
        self.take_marked_owner(&mut entry, seen.layer(), &file);
        entry.sparse = segments(&file, &stat);
        let pieces = entry.sparse.clone().unwrap_or_else(|| vec![Segment { offset: 0, bytes: entry.size }]);
        if self.put_unless_linked(entry, &stat)? {
            let file = File::from(file);
            // Of a file that has become shorter the rest is filled up at once.
            let mut left = pieces.into_iter().take_while(|piece| piece.bytes > 0);
            while let Some(piece) = left.next().filter(|_| self.writer.missing() > 0) {
                self.put_piece(&file, piece)?;
            }
        }
        Ok(())
    }

    fn put_piece(&mut self, file: &File, piece: Segment) -> Result<()> {
        let Segment { mut offset, bytes } = piece;
        let end = offset + bytes;
        while offset < end {
            let limit = ((end - offset) as usize).min(self.buffer.len());
            match file.read_at(&mut self.buffer[..limit], offset) {
                // It has become shorter.
                Ok(0) => return self.writer.complete(),
                Ok(read) => {
                    self.writer.content(&self.buffer[..read])?;
                    offset += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Begins the entry; if the file has been put under another name already, links to that and gives `false`.
    fn put_unless_linked(&mut self, entry: Entry, stat: &Stat) -> Result<bool> {
        if stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)) {
                let FirstName { path, uid, gid } = first.clone();
                let link = Entry { kind: Kind::HardLink, link_target: path, uid, gid, size: 0, sparse: None, ..entry };
                return self.writer.put(&Entry { xattrs: Vec::new(), ..link }).map(|()| false);
            }
            let first = FirstName { path: entry.path.clone(), uid: entry.uid, gid: entry.gid };
            self.links.insert((stat.st_dev, stat.st_ino), first);
        }
        self.writer.put(&entry).map(|()| true)
    }

    fn read_link(&self, path: &Path, seen: &Seen) -> Result<Option<Vec<u8>>> {
        let dir = path.parent().unwrap_or(Path::new(""));
        let Some(dir) = self.stack.open(seen.layer(), dir, OFlags::DIRECTORY)? else { return Ok(None) };
        match readlinkat(&dir, &*seen.name, Vec::new()) {
            Err(Errno::NOENT | Errno::INVAL) => Ok(None), // gone or replaced meanwhile
            target => Ok(Some(target?.into_bytes())),
        }
    }

    fn take_marked_owner(&self, entry: &mut Entry, layer: usize, file: &OwnedFd) {
        if self.stack.0[layer].has_marked_owners
            && let Some((uid, gid)) = owner::recorded(file.as_fd())
        {
            (entry.uid, entry.gid) = (uid.into(), gid.into());
        }
    }

    fn name_of<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        match self.renamed {
            Some((from, to)) if path == from => Cow::Owned(to.to_owned()),
            Some((from, to)) => Cow::Owned(to.join(path.strip_prefix(from).unwrap_or(path))),
            None => Cow::Borrowed(path),
        }
    }

    fn entry(&self, path: &Path, layer: usize, stat: &Stat, kind: Kind) -> Entry {
        // Where no user namespace could be had, root inside is whoever packs.
        let inside = |id: u32, own: u32| if id == own { 0 } else { id };
        let on_disk = (inside(stat.st_uid, geteuid().as_raw()), inside(stat.st_gid, getegid().as_raw()));
        let owner = self.stack.0[layer].owners.find(path).unwrap_or(on_disk);
        Entry {
            path: self.name_of(path).as_os_str().as_bytes().to_vec(),
            kind,
            mode: stat.st_mode & 0o7777,
            uid: owner.0.into(),
            gid: owner.1.into(),
            modified: Time { seconds: stat.st_mtime as _, nanoseconds: stat.st_mtime_nsec as _ },
            ..Entry::default()
        }
    }
}

fn xattrs(file: &OwnedFd) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let all = tree::xattrs(file.as_fd()).during(|| "read extended attributes")?;
    let ours = all.into_iter().filter(|(name, _): &(_, Vec<u8>)| is_for_images(CStr::to_bytes(name)));
    let mut xattrs: Vec<_> = ours.map(|(name, value)| (name.into_bytes(), value)).collect();
    xattrs.sort();
    Ok(xattrs)
}

/// Where a file with large holes has content; `None` where it is written as a whole.
fn segments(file: &OwnedFd, stat: &Stat) -> Option<Vec<Segment>> {
    let (size, allocated) = (stat.st_size as u64, stat.st_blocks as u64 * 512);
    if size < SPARSE_FROM_BYTES || allocated > size / 2 {
        return None;
    }
    let mut segments = Vec::new();
    let mut end = 0;
    while end < size {
        let offset = match seek(file, SeekFrom::Data(end)) {
            Err(Errno::NXIO) => break, // nothing but a hole up to the end
            found => found.ok()?,
        };
        end = seek(file, SeekFrom::Hole(offset)).ok()?.min(size);
        if offset >= end || segments.len() == SEGMENTS_LIMIT {
            return None;
        }
        segments.push(Segment { offset, bytes: end - offset });
    }
    // GNU tar says so where the file ends with a hole.
    if segments.last().is_none_or(|last: &Segment| last.offset + last.bytes < size) {
        segments.push(Segment { offset: size, bytes: 0 });
    }
    Some(segments)
}

/// Packs nothing less than there is.
pub fn everything(_: &Path, _: &Seen) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::{Tar, description};
    use crate::layer::owners::Owners;
    use crate::layer::stack::Layer;
    use crate::layer::stack::tests::stack_of;
    use crate::layer::unpack;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    fn packed(stack: &Stack, form: Form) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(stack, form, &everything, &mut bytes).unwrap();
        bytes
    }

    fn stack_at(dir: &Path) -> Stack {
        Stack(vec![Layer {
            tree: File::open(dir).unwrap().into(),
            owners: Owners::default(),
            has_marked_owners: false,
        }])
    }

    fn varied_tree(dir: &Path) {
        let deep = dir.join("a directory with quite a long name/".repeat(6));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("\u{fc}nicode and \n newline"), "content").unwrap();
        fs::hard_link(deep.join("\u{fc}nicode and \n newline"), dir.join("z hard")).unwrap();
        fs::write(dir.join(OsStr::from_bytes(b"not \xff UTF-8")), "x").unwrap();
        fs::write(dir.join(OsStr::from_bytes(&[0xfe; 150])), "x").unwrap();
        symlink("x".repeat(150), dir.join("long link")).unwrap();
        fs::write(dir.join("empty"), "").unwrap();
        fs::write(dir.join("large"), vec![8; 1_000_001]).unwrap();
        fs::write(dir.join("run"), "#!").unwrap();
        fs::set_permissions(dir.join("run"), std::os::unix::fs::PermissionsExt::from_mode(0o4711)).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, dir.join("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
        let sparse = File::create(dir.join("sparse")).unwrap();
        for offset in [0, 1 << 20, 5 << 20] {
            sparse.write_all_at(b"data", offset).unwrap();
        }
        sparse.set_len(20 << 20).unwrap();
        File::create(dir.join("hole")).unwrap().set_len(3 << 20).unwrap();
        File::open(dir.join("large")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    }

    #[test]
    fn a_tree_comes_back_as_it_was_and_gives_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let [tree, again] = ["tree", "again"].map(|name| dir.path().join(name));
        [&tree, &again].iter().for_each(|dir| fs::create_dir(dir).unwrap());
        varied_tree(&tree);
        let bytes = packed(&stack_at(&tree), Form::Tree);
        assert!(bytes.len() < 2 << 20, "holes are left out: {}", bytes.len());
        unpack(&bytes[..], File::open(&again).unwrap().as_fd(), &mut std::io::sink()).unwrap();
        assert_eq!(description(&tree), description(&again));
        assert_eq!(bytes, packed(&stack_at(&again), Form::Tree));
    }

    #[test]
    fn gnu_tar_and_bsdtar_agree() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).unwrap();
        varied_tree(&tree);
        let archive = dir.path().join("archive.tar");
        fs::write(&archive, packed(&stack_at(&tree), Form::Tree)).unwrap();
        for program in ["tar", "bsdtar"] {
            if Command::new(program).arg("--version").output().is_err() {
                eprintln!("skipped: {program} is not installed");
                continue;
            }
            let theirs = dir.path().join(program);
            fs::create_dir(&theirs).unwrap();
            let mut command = Command::new(program);
            command.args(["-x", "-p", "--numeric-owner", "-f"]).arg(&archive).arg("-C").arg(&theirs);
            assert!(command.env("LC_ALL", "C.UTF-8").status().unwrap().success(), "{program}");
            assert_eq!(description(&tree), description(&theirs), "{program}");
        }
    }

    #[test]
    fn a_layer_becomes_the_archive_it_was_unpacked_from() {
        let mut layer = Tar::new();
        layer.directory("d/").time(5).put("");
        layer.file("d/.wh..wh..opq").mode(0o600).put("");
        layer.file("d/.wh.gone").mode(0o600).put("");
        layer.file("d/file").mode(0o640).owner(12, 34).time(7).put("content");
        layer.hard_link("hard", "d/file").mode(0o640).owner(12, 34).time(7).put("");
        layer.symlink("link", "d/file").mode(0o777).time(9).put("");
        let expected = layer.bytes();
        stack_of(&[layer], |stack| {
            if stack.list(Path::new("d"), &[0]).unwrap().gone.is_empty() {
                eprintln!("skipped: this machine makes no whiteouts");
                return;
            }
            assert_eq!(entries(&packed(&stack, Form::Layer)), entries(&expected));
            assert_eq!(entries(&packed(&stack, Form::Tree)).len(), 5, "root, d, file, hard, link");
        });
    }

    fn entries(bytes: &[u8]) -> Vec<Entry> {
        let mut archive = crate::layer::archive::Archive::new(bytes);
        std::iter::from_fn(|| archive.next_entry().unwrap()).collect()
    }

    #[test]
    fn what_is_written_down_of_owners_wins_over_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let mut stack = stack_at(dir.path());
        stack.0[0].owners = Owners::parse(b"33 44 file\0").unwrap();
        let file = entries(&packed(&stack, Form::Layer)).remove(0);
        assert_eq!((file.uid, file.gid), (33, 44));
    }

    #[test]
    fn attributes_that_drive_overlays_stay_out() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for name in ["user.kept", "user.overlay.redirect"] {
            if rustix::fs::setxattr(&file, name, b"v", rustix::fs::XattrFlags::empty()).is_err() {
                eprintln!("skipped: no extended attributes here");
                return;
            }
        }
        let file = entries(&packed(&stack_at(dir.path()), Form::Layer)).remove(0);
        assert_eq!(file.xattrs, [(b"user.kept".to_vec(), b"v".to_vec())]);
    }
}
