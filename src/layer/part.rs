//! One file or directory of a tree as an archive, and back: what a copy does on either of its sides.
//!
//! Links on the way to what is copied, and to where it is copied, mean what they mean to a process whose root is
//! `root`: they lead nowhere else, whoever changes them meanwhile. Those below a directory are copied, not followed.
//!
//! ```text
//!  from                    to
//!   | subject -------------> | looks what is there
//!   | <--------------- name  |
//!   | archive of that name ->| unpacks
//! ```

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufWriter, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, readlinkat, statat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::owners::Owners;
use super::pack::pack_one;
use super::stack::{Layer, Stack};
use super::unpack::{Manner, Replace, unpack_among};
use crate::disk::beneath;
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
    pub subject: Subject,
}

impl Source {
    pub fn find(root: BorrowedFd, path: &Path) -> Result<Source> {
        let act = || format!("copy `{}`", path.display());
        let located = locate(root, path).during(act)?;
        let Some(kind) = located.kind else {
            return Err(Error::from(Errno::NOENT)).during(act);
        };
        let is_directory = kind == FileType::Directory;
        if !is_directory && names_directory(path) {
            return Err(Error::from(Errno::NOTDIR)).during(act);
        }
        if !matches!(kind, FileType::Directory | FileType::RegularFile | FileType::Fifo) {
            return Err(Error::new("it is a device or a socket, which means nothing elsewhere")).during(act);
        }
        let name = path.file_name().unwrap_or_default().as_bytes().to_vec();
        let content_only = is_directory && (name.is_empty() || path.as_os_str().as_bytes().ends_with(b"/."));
        Ok(Source { located, subject: Subject { name, is_directory, content_only } })
    }

    /// Writes the archive; the file or directory is called `name` in it, or without a name is not in it itself.
    pub fn pack(self, name: &[u8], out: impl Write) -> Result<()> {
        let stack = Stack(vec![Layer { tree: self.located.dir, owners: Owners::default() }]);
        let mut out = BufWriter::with_capacity(128 * 1024, out);
        pack_one(&stack, &self.located.leaf, Path::new(OsStr::from_bytes(name)), &mut out)?;
        out.flush().during(|| "write the archive")
    }
}

/// Where it is copied to.
#[derive(Debug)]
pub struct Target {
    dir: OwnedFd,
    /// What the subject is to be called in the archive.
    pub name: Vec<u8>,
}

impl Target {
    /// The rules of `docker cp` and `podman cp`.
    pub fn find(root: BorrowedFd, path: &Path, subject: &Subject, replace: Replace) -> Result<Target> {
        let act = || format!("copy to `{}`", path.display());
        let Located { dir, leaf, kind } = locate(root, path).during(act)?;
        match kind {
            Some(FileType::Directory) => {
                let dir = open_directory(&dir, &leaf).during(act)?;
                let name = if subject.content_only { Vec::new() } else { subject.name.clone() };
                Ok(Target { dir, name })
            }
            Some(_) if names_directory(path) => Err(Error::from(Errno::NOTDIR)).during(act),
            Some(_) if subject.is_directory && replace == Replace::SameKind => {
                Err(Error::new("a directory cannot be copied to a file"))
                    .during(act)
                    .hint(|| "--overwrite puts the one in place of the other")
            }
            None if !subject.is_directory && names_directory(path) => {
                Err(Error::new("there is no such directory")).during(act)
            }
            _ => Ok(Target { dir, name: leaf.into_vec() }),
        }
    }

    /// For an archive that has its own names.
    pub fn directory(root: BorrowedFd, path: &Path) -> Result<Target> {
        let dir = beneath::open(root, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
            .during(|| format!("copy to `{}`", path.display()))?;
        Ok(Target { dir, name: Vec::new() })
    }

    pub fn unpack(&self, archive: impl BufRead, manner: Manner) -> Result<()> {
        use std::os::fd::AsFd;
        unpack_among(archive, self.dir.as_fd(), manner).map(drop)
    }
}

/// Whether a path is spelled like that of a directory.
fn names_directory(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.ends_with(b"/") || bytes.ends_with(b"/.") || bytes.ends_with(b"/..")
}

/// The last name of `path` behind all links, and the directory that it is in.
fn locate(root: BorrowedFd, path: &Path) -> Result<Located> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_FOLLOWED {
        if path.file_name().is_none() {
            let dir = beneath::open(root, &path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
            return Ok(Located { dir, leaf: OsString::from("."), kind: Some(FileType::Directory) });
        }
        let (dir, leaf) = beneath::parent(root, &path)?;
        let kind = match statat(&dir, leaf, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => None,
            stat => Some(FileType::from_raw_mode(stat?.st_mode)),
        };
        if kind != Some(FileType::Symlink) {
            return Ok(Located { leaf: leaf.to_owned(), dir, kind });
        }
        let target = readlinkat(&dir, leaf, Vec::new())?.into_bytes();
        // An absolute one starts at the root again.
        path = path.parent().unwrap_or(Path::new("")).join(PathBuf::from(OsString::from_vec(target)));
    }
    Err(Error::from(Errno::LOOP))
}

fn open_directory(dir: &OwnedFd, leaf: &OsStr) -> Result<OwnedFd> {
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

    const COPY: Manner = Manner { form: Form::Tree, ownership: Ownership::Unpackers, replace: Replace::SameKind };

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
            ("f", "to-nowhere", Some("nowhere")),
            ("to-f", "there", Some("there/to-f")),
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
}
