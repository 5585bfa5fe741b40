//! Paths that cannot leave a directory, whatever symbolic links lie in it.
//!
//! The kernel resolves them as if `root` were `/` (`openat2` with RESOLVE_IN_ROOT, Linux 5.6): absolute links and `..`
//! end at `root`, links of procfs are refused. A path is never checked first and used later: what comes back is a
//! descriptor.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, mkdirat, openat2, readlinkat};
use rustix::io::Errno;

use crate::error::{During, Error, Result};

/// As many as the kernel follows.
const LINKS_FOLLOWED: u32 = 40;

/// Opens `path` as it is seen from `root`. The last component is followed too unless `flags` has NOFOLLOW.
pub fn open(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    explained(open_errno(root, path, flags, mode)).during(|| format!("open {}", path.display()))
}

/// Like [`open`]; `None` where nothing has that name.
pub fn find(root: BorrowedFd, path: &Path, flags: OFlags) -> Result<Option<OwnedFd>> {
    match open_errno(root, path, flags, Mode::empty()) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        opened => explained(opened).map(Some).during(|| format!("open {}", path.display())),
    }
}

/// Opens the directory `path`, made with `mode` together with every missing one above it.
pub fn create_dir_all(root: BorrowedFd, path: &Path, mode: Mode) -> Result<OwnedFd> {
    explained(create_dirs(root, path, mode)).during(|| format!("create directory {}", path.display()))
}

/// Opens the directory that holds `path` (O_PATH) and gives the name in it, which nothing has resolved yet.
pub fn parent<'a>(root: BorrowedFd, path: &'a Path) -> Result<(OwnedFd, &'a OsStr)> {
    let (dir, leaf) = split(path)?;
    Ok((open(root, dir, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?, leaf))
}

/// Like [`parent`], with every missing directory above `path` made.
pub fn create_parent<'a>(root: BorrowedFd, path: &'a Path, mode: Mode) -> Result<(OwnedFd, &'a OsStr)> {
    let (dir, leaf) = split(path)?;
    Ok((create_dir_all(root, dir, mode)?, leaf))
}

/// The content of a regular file of at most `limit_bytes`; `None` where nothing has that name.
///
/// Never waits: a FIFO or a device in place of the file is an error (CVE-2024-9676).
pub fn read_file(root: BorrowedFd, path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    match find(root, path, flags)? {
        None => Ok(None),
        Some(file) => read_regular(file, limit_bytes).map(Some).during(|| format!("read {}", path.display())),
    }
}

fn read_regular(file: OwnedFd, limit_bytes: u64) -> Result<Vec<u8>> {
    if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(Error::new("not a regular file"));
    }
    let mut content = Vec::new();
    File::from(file).take(limit_bytes + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit_bytes {
        return Err(Error::new(format!("larger than {limit_bytes} bytes")));
    }
    Ok(content)
}

/// Every kernel that box runs on has openat2; where it is missing all the same, a filter of the caller's hides it.
fn explained<T>(outcome: Result<T, Errno>) -> Result<T> {
    outcome.map_err(|errno| match errno {
        Errno::NOSYS => Error::from(errno).with_hint(
            "a seccomp filter keeps openat2 from box; in a service of systemd that is RestrictSUIDSGID=, \
             which DynamicUser= brings along",
        ),
        errno => Error::from(errno),
    })
}

fn open_errno(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    loop {
        match openat2(root, path, flags | OFlags::CLOEXEC, mode, ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS) {
            // A rename elsewhere raced with a `..` of ours (man 2 openat2).
            Err(Errno::AGAIN | Errno::INTR) => {}
            opened => return opened,
        }
    }
}

/// From the root down, one name after the other: a path and the links on it can be longer than a stack is deep.
fn create_dirs(root: BorrowedFd, path: &Path, mode: Mode) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    match open_errno(root, path, flags, Mode::empty()) {
        Err(Errno::NOENT) => {}
        opened => return opened,
    }
    let (mut made, mut links_left) = (PathBuf::new(), LINKS_FOLLOWED);
    let mut dir = open_errno(root, &made, flags, Mode::empty())?;
    let mut to_make: VecDeque<OsString> = names(path);
    while let Some(name) = to_make.pop_front() {
        let next = made.join(&name);
        dir = match open_errno(root, &next, flags, Mode::empty()) {
            Err(Errno::NOENT) => match mkdirat(&dir, &name, mode) {
                Ok(()) | Err(Errno::EXIST) => match open_errno(root, &next, flags, Mode::empty()) {
                    // A link to something that is missing: that has to be made.
                    Err(Errno::NOENT) if links_left > 0 => {
                        links_left -= 1;
                        let target =
                            PathBuf::from(OsString::from_vec(readlinkat(&dir, &name, Vec::new())?.into_bytes()));
                        if target.is_absolute() {
                            made = PathBuf::new();
                        }
                        names(&target).into_iter().rev().for_each(|name| to_make.push_front(name));
                        dir = open_errno(root, &made, flags, Mode::empty())?;
                        continue;
                    }
                    Err(Errno::NOENT) => return Err(Errno::LOOP),
                    opened => opened?,
                },
                Err(errno) => return Err(errno),
            },
            opened => opened?,
        };
        made = next;
    }
    Ok(dir)
}

fn names(path: &Path) -> VecDeque<OsString> {
    let is_step = |component: &Component| matches!(component, Component::Normal(_) | Component::ParentDir);
    path.components().filter(is_step).map(|component| component.as_os_str().to_owned()).collect()
}

fn split(path: &Path) -> Result<(&Path, &OsStr)> {
    match (path.parent(), path.components().next_back()) {
        (Some(dir), Some(Component::Normal(leaf))) => Ok((dir, leaf)),
        _ => Err(Error::new(format!("`{}` does not name anything in a directory", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::AsFd;
    use std::os::unix::fs::symlink;

    /// A root with a secret beside it.
    fn with_root(check: impl FnOnce(BorrowedFd, &Path)) {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        let root = outside.path().join("root");
        fs::create_dir(&root).unwrap();
        check(File::open(&root).unwrap().as_fd(), &root);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2, "something was made outside");
    }

    #[test]
    fn no_path_and_no_link_reads_outside_the_root() {
        with_root(|root, dir| {
            symlink("../secret", dir.join("relative")).unwrap();
            symlink(dir.parent().unwrap().join("secret"), dir.join("absolute")).unwrap();
            for path in ["../secret", "/../../secret", "relative", "absolute", "relative/../../secret"] {
                assert_eq!(read_file(root, Path::new(path), 100).unwrap(), None, "{path}");
            }
            symlink("/proc/self/root/etc/passwd", dir.join("magic")).unwrap();
            assert_eq!(read_file(root, Path::new("magic"), 100_000).unwrap(), None);
        });
    }

    #[test]
    fn an_absolute_link_means_the_root() {
        with_root(|root, dir| {
            fs::write(dir.join("passwd"), "root").unwrap();
            symlink("/passwd", dir.join("link")).unwrap();
            assert_eq!(read_file(root, Path::new("/link"), 4).unwrap().unwrap(), b"root");
            assert!(read_file(root, Path::new("/link"), 3).is_err(), "larger than the limit");
        });
    }

    #[test]
    fn a_fifo_in_place_of_a_file_is_refused_without_waiting() {
        with_root(|root, dir| {
            rustix::fs::mknodat(rustix::fs::CWD, dir.join("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
            assert!(read_file(root, Path::new("fifo"), 10).unwrap_err().to_string().contains("not a regular file"));
        });
    }

    #[test]
    fn directories_are_made_inside_only() {
        with_root(|root, dir| {
            symlink("../../elsewhere", dir.join("escape")).unwrap();
            symlink("/run", dir.join("dangling")).unwrap();
            symlink("loop", dir.join("loop")).unwrap();
            for (path, made) in [
                ("a/b/c", "a/b/c"),
                ("/../x", "x"),
                ("escape/y", "elsewhere/y"),
                ("dangling/z", "run/z"),
                ("p/../q", "q"),
            ] {
                create_dir_all(root, Path::new(path), 0o755.into()).unwrap();
                assert!(dir.join(made).is_dir(), "{path}");
            }
            assert!(create_dir_all(root, Path::new("loop/x"), 0o755.into()).is_err());
            fs::write(dir.join("file"), "").unwrap();
            assert!(create_dir_all(root, Path::new("file/x"), 0o755.into()).is_err());
        });
    }

    #[test]
    fn a_parent_is_opened_and_its_leaf_left_alone() {
        with_root(|root, dir| {
            let (_, leaf) = create_parent(root, Path::new("/new/leaf"), 0o755.into()).unwrap();
            assert!(leaf == "leaf" && dir.join("new").is_dir() && !dir.join("new/leaf").exists());
            for bad in ["/", "", "new/.."] {
                assert!(parent(root, Path::new(bad)).is_err(), "{bad}");
            }
        });
    }
}
