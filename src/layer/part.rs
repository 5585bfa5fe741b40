//! One file or directory of a tree as an archive, and back: what a copy does on either of its sides.
//!
//! Links on the way to what is copied, and to where it is copied, mean what they mean to a process whose root is
//! `root`: they lead nowhere else, whoever changes them meanwhile. Those below a directory are copied, not followed.
//!
//! ```text
//!  from                    to
//!   | subject -------------> | looks what is there; makes the directory that a directory is copied to
//!   | <--------------- name  | of a file; a directory has none
//!   | archive -------------> | unpacks: one file of that name, or below its directory
//! ```
//!
//! Neither side trusts the other: the archive may come from the midst of a hostile container.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufWriter, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, mkdirat, readlinkat, statat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::owners::Owners;
use super::pack::pack_one;
use super::stack::{Layer, Stack};
use super::unpack::{Manner, Replace, RootEntry, unpack_among, unpack_file};
use crate::disk::{beneath, tree};
use crate::error::{During, Error, Result};

/// As many as the kernel follows.
const LINKS_FOLLOWED: u32 = 40;

/// What is copied, for whoever decides about its new name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The last name of its path.
    pub name: Vec<u8>,
    pub is_directory: bool,
    /// Not the directory, but all that it holds (`DIR/.`).
    pub content_only: bool,
}

/// A name in a directory; nothing may have it yet.
#[derive(Debug)]
struct Located {
    dir: OwnedFd,
    /// `.`: the directory itself.
    leaf: OsString,
    kind: Option<FileType>,
}

/// What there is to copy.
#[derive(Debug)]
pub struct Source {
    located: Located,
    kind: FileType,
    pub subject: Subject,
}

impl Source {
    pub fn find(root: BorrowedFd, path: &Path) -> Result<Source> {
        let act = || format!("copy `{}`", path.display());
        let located = locate(root, path).during(act)?;
        let Some(kind) = located.kind.filter(|kind| *kind != FileType::Symlink) else {
            return Err(Error::from(Errno::NOENT)).during(act);
        };
        let is_directory = kind == FileType::Directory;
        if !is_directory && names_directory(path) {
            return Err(Error::from(Errno::NOTDIR)).during(act);
        }
        if !matches!(kind, FileType::Directory | FileType::RegularFile | FileType::Fifo) {
            return Err(Error::new("it is a device or a socket, which means nothing elsewhere")).during(act);
        }
        let name = if located.leaf == "." { Vec::new() } else { located.leaf.as_bytes().to_vec() };
        let content_only = is_directory && (name.is_empty() || path.as_os_str().as_bytes().ends_with(b"/."));
        Ok(Source { located, kind, subject: Subject { name, is_directory, content_only } })
    }

    /// Writes the archive; what is copied is called `name` in it. A directory without a name is its root.
    pub fn pack(self, name: &[u8], out: impl Write) -> Result<()> {
        let stack = Stack(vec![Layer { tree: self.located.dir, owners: Owners::default(), has_marked_owners: false }]);
        let mut out = BufWriter::with_capacity(128 * 1024, out);
        pack_one(&stack, &self.located.leaf, self.kind, Path::new(OsStr::from_bytes(name)), &mut out)?;
        out.flush().during(|| "write the archive")
    }
}

/// Where it is copied to.
#[derive(Debug)]
pub struct Target {
    /// A file is made in it; all of a directory lands below it, wherever the links in the archive lead.
    dir: OwnedFd,
    /// What a file is to be called in the archive.
    pub name: Vec<u8>,
    /// What the archive says of the directory itself is not for one that others have made.
    root_entry: RootEntry,
}

impl Target {
    /// The rules of `docker cp` and `podman cp`.
    pub fn find(root: BorrowedFd, path: &Path, subject: &Subject, replace: Replace) -> Result<Target> {
        find_target(root, path, subject, replace).during(|| format!("copy to `{}`", path.display()))
    }

    /// For an archive that has its own names.
    pub fn directory(root: BorrowedFd, path: &Path) -> Result<Target> {
        let dir = beneath::open(root, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
            .during(|| format!("copy to `{}`", path.display()))?;
        Ok(Target { dir, name: Vec::new(), root_entry: RootEntry::Ignore })
    }

    pub fn unpack(&self, archive: impl BufRead, manner: Manner) -> Result<()> {
        let manner = Manner { root_entry: self.root_entry, ..manner };
        match self.name.is_empty() {
            true => unpack_among(archive, self.dir.as_fd(), manner).map(drop),
            false => unpack_file(archive, self.dir.as_fd(), OsStr::from_bytes(&self.name), manner),
        }
    }
}

fn find_target(root: BorrowedFd, path: &Path, subject: &Subject, replace: Replace) -> Result<Target> {
    let Located { dir, leaf, kind } = locate(root, path)?;
    // Where it goes: into a directory that is there, or in the place of whatever has the name.
    let (dir, name) = match kind {
        Some(FileType::Directory) => {
            let there = open_directory(dir.as_fd(), &leaf)?;
            if subject.content_only {
                return Ok(Target { dir: there, name: Vec::new(), root_entry: RootEntry::Ignore });
            }
            (there, OsString::from_vec(subject.name.clone()))
        }
        Some(_) if names_directory(path) => return Err(Error::from(Errno::NOTDIR)),
        Some(kind) if kind != FileType::Symlink && subject.is_directory && replace == Replace::SameKind => {
            return Err(Error::new("a directory cannot be copied to a file"))
                .hint(|| "--overwrite puts the one in place of the other");
        }
        None if !subject.is_directory && names_directory(path) => {
            return Err(Error::new("there is no such directory"));
        }
        _ => (dir, leaf),
    };
    if name.is_empty() || name.as_bytes().contains(&b'/') || name == "." || name == ".." {
        return Err(Error::new("what is to be copied has no name"));
    }
    if !subject.is_directory {
        return Ok(Target { dir, name: name.into_vec(), root_entry: RootEntry::Ignore });
    }
    let (made, is_new) = make_directory(dir.as_fd(), &name, replace)?;
    let root_entry = if is_new { RootEntry::Apply } else { RootEntry::Ignore };
    Ok(Target { dir: made, name: Vec::new(), root_entry })
}

/// Opens the directory `name`, and says whether it was made for this.
fn make_directory(dir: BorrowedFd, name: &OsStr, replace: Replace) -> Result<(OwnedFd, bool)> {
    let make = || mkdirat(dir, name, Mode::RWXU);
    let is_new = match make() {
        Ok(()) => true,
        Err(Errno::EXIST) => {
            let is_directory = |stat: Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
            if statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(is_directory) {
                false
            } else if replace == Replace::Anything {
                tree::remove_at(dir, name)?;
                make()?;
                true
            } else {
                return Err(Error::new(format!("`{}` is there and no directory", name.to_string_lossy())))
                    .hint(|| "--overwrite puts the one in place of the other");
            }
        }
        Err(errno) => return Err(errno.into()),
    };
    Ok((open_directory(dir, name)?, is_new))
}

/// Whether a path is spelled like that of a directory.
fn names_directory(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.ends_with(b"/") || bytes.ends_with(b"/.") || bytes.ends_with(b"/..")
}

/// The last name of `path` behind all links, and the directory that it is in; a link that leads nowhere is itself.
fn locate(root: BorrowedFd, path: &Path) -> Result<Located> {
    let (mut path, mut first_link) = (path.to_owned(), None);
    for _ in 0..LINKS_FOLLOWED {
        if path.file_name().is_none() {
            let dir = beneath::open(root, &path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
            return Ok(Located { dir, leaf: OsString::from("."), kind: Some(FileType::Directory) });
        }
        let (dir, leaf) = match (beneath::parent(root, &path), first_link.take()) {
            (Err(_), Some(link)) => return Ok(link),
            (found, link) => {
                first_link = link;
                found?
            }
        };
        let kind = match statat(&dir, leaf, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => None,
            stat => Some(FileType::from_raw_mode(stat?.st_mode)),
        };
        let located = Located { leaf: leaf.to_owned(), dir, kind };
        match kind {
            None => return Ok(first_link.unwrap_or(located)),
            Some(FileType::Symlink) => {}
            Some(_) => return Ok(located),
        }
        let target = readlinkat(&located.dir, leaf, Vec::new())?.into_bytes();
        first_link.get_or_insert(located);
        // An absolute one starts at the root again.
        path = path.parent().unwrap_or(Path::new("")).join(PathBuf::from(OsString::from_vec(target)));
    }
    Err(Error::from(Errno::LOOP))
}

fn open_directory(dir: BorrowedFd, leaf: &OsStr) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(dir, leaf, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Form, Ownership};
    use std::fs::{self, File};
    use std::os::fd::AsFd;
    use std::os::unix::fs::symlink;

    const COPY: Manner = Manner {
        form: Form::Tree,
        ownership: Ownership::Unpackers,
        replace: Replace::SameKind,
        root_entry: RootEntry::Apply,
    };

    /// Copies below a directory that both sides take for their root.
    fn copy(root: &Path, from: &str, to: &str, manner: Manner) -> Result<()> {
        let root = File::open(root).unwrap();
        let source = Source::find(root.as_fd(), Path::new(from))?;
        let target = Target::find(root.as_fd(), Path::new(to), &source.subject, manner.replace)?;
        let mut archive = Vec::new();
        source.pack(&target.name, &mut archive)?;
        target.unpack(&archive[..], manner)
    }

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("d/sub")).unwrap();
        fs::write(dir.path().join("d/sub/deep"), "deep").unwrap();
        fs::write(dir.path().join("d/file"), "of d").unwrap();
        fs::write(dir.path().join("f"), "file").unwrap();
        fs::create_dir(dir.path().join("there")).unwrap();
        symlink("/there", dir.path().join("to-there")).unwrap();
        symlink("f", dir.path().join("to-f")).unwrap();
        symlink("nowhere", dir.path().join("to-nowhere")).unwrap();
        dir
    }

    #[test]
    fn names_follow_the_rules_of_docker_and_podman() {
        for (from, to, result) in [
            ("f", "new", Some("new")),
            ("f", "there", Some("there/f")),
            ("f", "there/", Some("there/f")),
            ("/f", "/there/other", Some("there/other")),
            ("f", "d/file", Some("d/file")),
            ("f", "to-there", Some("there/f")),
            ("f", "to-nowhere", Some("to-nowhere")),
            ("to-f", "there", Some("there/f")),
            ("f", "../../../there", Some("there/f")),
            ("d", "new", Some("new/sub/deep")),
            ("d", "new/", Some("new/sub/deep")),
            ("d", "there", Some("there/d/sub/deep")),
            ("d/", "there", Some("there/d/sub/deep")),
            ("d/.", "there", Some("there/sub/deep")),
            ("d/.", "new", Some("new/sub/deep")),
            ("d/sub/..", "there", Some("there/sub/deep")),
            ("f", "new/", None),
            ("f", "missing/new", None),
            ("f/", "new", None),
            ("d", "f", None),
            ("d", "missing/new", None),
            ("missing", "there", None),
            ("to-nowhere", "there", None),
        ] {
            let dir = tree();
            let copied = copy(dir.path(), from, to, COPY);
            assert_eq!(copied.is_ok(), result.is_some(), "{from} {to}: {copied:?}");
            if let Some(result) = result {
                let content = fs::read_to_string(dir.path().join(result));
                assert!(content.is_ok_and(|text| text == "deep" || text == "file"), "{from} {to}");
            }
        }
    }

    #[test]
    fn kinds_are_exchanged_only_when_asked() {
        let dir = tree();
        fs::create_dir(dir.path().join("there/f")).unwrap();
        assert!(copy(dir.path(), "f", "there", COPY).is_err());
        assert!(copy(dir.path(), "d", "f", COPY).is_err());
        let anything = Manner { replace: Replace::Anything, ..COPY };
        copy(dir.path(), "f", "there", anything).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("there/f")).unwrap(), "file");
        copy(dir.path(), "d", "f", anything).unwrap();
        assert!(dir.path().join("f/sub/deep").exists());
    }

    #[test]
    fn what_comes_out_gives_nobody_rights() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tree();
        fs::set_permissions(dir.path().join("f"), fs::Permissions::from_mode(0o6755)).unwrap();
        copy(dir.path(), "f", "there", COPY).unwrap();
        assert_eq!(fs::metadata(dir.path().join("there/f")).unwrap().permissions().mode() & 0o7777, 0o755);
        let kept = Manner { ownership: Ownership::Archives, ..COPY };
        copy(dir.path(), "f", "there", kept).unwrap();
        assert_eq!(fs::metadata(dir.path().join("there/f")).unwrap().permissions().mode() & 0o7777, 0o6755);
    }

    #[test]
    fn an_archive_that_holds_something_else_is_refused_and_nothing_beside_the_target_changes() {
        use crate::layer::fixture::Tar;
        let file = Subject { name: b"x".to_vec(), is_directory: false, content_only: false };
        let directory = Subject { is_directory: true, ..file.clone() };
        let into = |subject: &Subject, fill: &dyn Fn(&mut Tar)| {
            let mut archive = Tar::new();
            fill(&mut archive);
            let dir = tree();
            let root = File::open(dir.path()).unwrap();
            let target = Target::find(root.as_fd(), Path::new("new"), subject, Replace::SameKind).unwrap();
            let done = target.unpack(&archive.bytes()[..], COPY);
            assert_eq!(fs::read_to_string(dir.path().join("f")).unwrap(), "file");
            assert!(!dir.path().join("beside").exists());
            done
        };
        assert!(into(&file, &|tar| tar.file("new").put("x")).is_ok());
        let others: [&dyn Fn(&mut Tar); 6] = [
            &|_| {},
            &|tar| tar.file("f").put("x"),
            &|tar| {
                tar.file("new").put("x");
                tar.file("beside").put("x");
            },
            &|tar| tar.symlink("new", "f").put(""),
            &|tar| tar.directory("new").put(""),
            &|tar| tar.hard_link("new", "f").put(""),
        ];
        for other in others {
            assert!(into(&file, other).is_err());
        }
        let _ = into(&directory, &|tar| {
            tar.symlink("l", "..").put("");
            tar.file("l/beside").put("x");
            tar.file("l/f").put("x");
        });
        let _ = into(&directory, &|tar| tar.file("../beside").put("x"));
        for name in [&b"../x"[..], b"..", b".", b"", b"a/b"] {
            let dir = tree();
            let root = File::open(dir.path()).unwrap();
            let subject = Subject { name: name.to_vec(), ..file.clone() };
            assert!(Target::find(root.as_fd(), Path::new("there"), &subject, Replace::SameKind).is_err());
        }
    }
}
