//! Whether one directory tree is what another is: names, types, modes, owners, links, extended attributes, content.
//!
//! Every step goes from an open directory to a name in it, as in [`tree`](super::tree): links are read, not followed.

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, readlinkat, statat};
use rustix::io::Errno;

use super::tree::{names, xattrs};
use crate::error::{During, Error, Result};

/// Two descriptors are held for each directory on the way down.
const DEEPEST: usize = 400;
const CHUNK_BYTES: usize = 128 * 1024;
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Whether files that are the same but for their owners are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    Compare,
    Ignore,
}

/// An error that names the first place where `tree` is not what `wanted` is.
pub fn compare(tree: &Path, wanted: &Path, owners: Owners) -> Result<()> {
    let open = |path: &Path| openat(CWD, path, DIRECTORY, Mode::empty()).during(|| format!("open {}", path.display()));
    let mut comparing = Comparing { owners, chunks: [vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]] };
    comparing.directory(open(tree)?.as_fd(), open(wanted)?.as_fd(), Path::new(""), 0)
}

struct Comparing {
    owners: Owners,
    chunks: [Vec<u8>; 2],
}

impl Comparing {
    fn directory(&mut self, tree: BorrowedFd, wanted: BorrowedFd, path: &Path, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::new(format!("directories lie more than {DEEPEST} deep")));
        }
        same_xattrs(tree, wanted).during(|| shown(path))?;
        let all = |dir| names(dir).map(|names| names.into_iter().collect::<BTreeMap<_, _>>());
        let (found, expected) = (all(tree)?, all(wanted)?);
        let in_here = |name: &CStr| path.join(OsStr::from_bytes(name.to_bytes()));
        if let Some(name) = found.keys().find(|name| !expected.contains_key(*name)) {
            return Err(Error::new(format!("{} does not belong there", shown(&in_here(name)))));
        }
        for name in expected.keys() {
            let below = in_here(name);
            if !found.contains_key(name) {
                return Err(Error::new(format!("{} is missing", shown(&below))));
            }
            self.entry(tree, wanted, name, &below, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, tree: BorrowedFd, wanted: BorrowedFd, name: &CStr, path: &Path, depth: usize) -> Result<()> {
        let stat = |dir| statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).during(|| format!("look at {}", shown(path)));
        let (found, expected) = (stat(tree)?, stat(wanted)?);
        let differs = |what: &str| Err(Error::new(format!("{} has another {what}", shown(path))));
        let kind = FileType::from_raw_mode(expected.st_mode);
        if FileType::from_raw_mode(found.st_mode) != kind {
            return differs("type");
        }
        if kind != FileType::Symlink && found.st_mode != expected.st_mode {
            return differs("mode");
        }
        let owner = (expected.st_uid, expected.st_gid);
        if self.owners == Owners::Compare && (found.st_uid, found.st_gid) != owner {
            return differs("owner");
        }
        let open = |dir, flags| openat(dir, name, flags, Mode::empty()).during(|| format!("open {}", shown(path)));
        match kind {
            FileType::Directory => {
                let (tree, wanted) = (open(tree, DIRECTORY)?, open(wanted, DIRECTORY)?);
                self.directory(tree.as_fd(), wanted.as_fd(), path, depth + 1)
            }
            FileType::RegularFile if found.st_size != expected.st_size => differs("size"),
            FileType::RegularFile => {
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let files = [open(tree, flags)?, open(wanted, flags)?];
                same_xattrs(files[0].as_fd(), files[1].as_fd()).during(|| shown(path))?;
                match self.same_content(files).during(|| format!("read {}", shown(path)))? {
                    true => Ok(()),
                    false => differs("content"),
                }
            }
            FileType::Symlink if readlinkat(tree, name, Vec::new())? != readlinkat(wanted, name, Vec::new())? => {
                differs("target")
            }
            FileType::CharacterDevice | FileType::BlockDevice if found.st_rdev != expected.st_rdev => differs("number"),
            _ => Ok(()),
        }
    }

    fn same_content(&mut self, files: [OwnedFd; 2]) -> std::io::Result<bool> {
        let [mut one, mut other] = files.map(File::from);
        let [first, second] = &mut self.chunks;
        loop {
            let length = one.read(first)?;
            if length == 0 {
                return Ok(other.read(&mut second[..1])? == 0);
            }
            match other.read_exact(&mut second[..length]) {
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
                read => read?,
            }
            if first[..length] != second[..length] {
                return Ok(false);
            }
        }
    }
}

fn same_xattrs(one: BorrowedFd, other: BorrowedFd) -> Result<()> {
    let all = |file| -> Result<BTreeMap<_, _>, Errno> {
        let found = xattrs(file)?.into_iter();
        // Given by the machine according to the place, not by the layer.
        Ok(found.filter(|(name, _)| name.as_c_str() != c"security.selinux").collect())
    };
    match all(one)? == all(other)? {
        true => Ok(()),
        false => Err(Error::new("has other extended attributes")),
    }
}

/// As the tree has it, from its root; what a layer calls its files may be meant for a terminal.
fn shown(path: &Path) -> String {
    format!("`/{}`", path.to_string_lossy().escape_debug())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn fill(dir: &Path) {
        fs::create_dir_all(dir.join("etc/deep")).unwrap();
        fs::write(dir.join("etc/passwd"), "root").unwrap();
        fs::write(dir.join("large"), vec![7; 300_000]).unwrap();
        symlink("etc/passwd", dir.join("link")).unwrap();
    }

    #[test]
    fn every_difference_is_named_by_its_place() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 9] = [
            ("`/etc/deep/new` does not belong there", |dir| fs::write(dir.join("etc/deep/new"), "").unwrap()),
            ("`/etc/passwd` is missing", |dir| fs::remove_file(dir.join("etc/passwd")).unwrap()),
            ("`/etc/passwd` has another content", |dir| fs::write(dir.join("etc/passwd"), "toor").unwrap()),
            ("`/etc/passwd` has another size", |dir| fs::write(dir.join("etc/passwd"), "roots").unwrap()),
            ("`/large` has another content", |dir| {
                std::os::unix::fs::FileExt::write_at(
                    &File::options().write(true).open(dir.join("large")).unwrap(),
                    b"x",
                    299_999,
                )
                .map(drop)
                .unwrap();
            }),
            ("`/etc/deep` has another mode", |dir| {
                fs::set_permissions(dir.join("etc/deep"), fs::Permissions::from_mode(0o711)).unwrap();
            }),
            ("`/link` has another target", |dir| {
                fs::remove_file(dir.join("link")).unwrap();
                symlink("/etc/shadow", dir.join("link")).unwrap();
            }),
            ("`/link` has another type", |dir| {
                fs::remove_file(dir.join("link")).unwrap();
                fs::write(dir.join("link"), "etc/passwd").unwrap();
            }),
            ("`/\\u{1b}[2J` does not belong there", |dir| fs::write(dir.join("\x1b[2J"), "").unwrap()),
        ];
        for (message, change) in changes {
            let dir = tempfile::tempdir().unwrap();
            let (tree, wanted) = (dir.path().join("tree"), dir.path().join("wanted"));
            fill(&tree);
            fill(&wanted);
            compare(&tree, &wanted, Owners::Compare).unwrap();
            change(&tree);
            assert_eq!(compare(&tree, &wanted, Owners::Compare).unwrap_err().to_string(), message);
        }
    }
}
