//! Paths that cannot leave a directory, whatever symbolic links lie in it.
//!
//! The kernel resolves them as if `root` were `/` (`openat2` with RESOLVE_IN_ROOT, Linux 5.6): absolute links and `..`
//! end at `root`, links of procfs are refused. A path is never checked first and used later: what comes back is a
//! descriptor.
//!
//! Where a filter of the caller's answers ENOSYS for openat2, as that of `RestrictSUIDSGID=` does (systemd.exec(5)),
//! the path is walked here, name by name, in [`walk`].

mod walk;

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

/// Whether a path may lead into what is mounted below the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mounts {
    Crossed,
    Refused,
}

/// Opens `path` as it is seen from `root`. The last component is followed too unless `flags` has NOFOLLOW.
pub fn open(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    open_errno(root, path, flags, mode).during(|| format!("open {}", path.display()))
}

/// Like [`open`]; `None` where nothing has that name.
pub fn find(root: BorrowedFd, path: &Path, flags: OFlags) -> Result<Option<OwnedFd>> {
    match open_errno(root, path, flags, Mode::empty()) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        opened => opened.map(Some).during(|| format!("open {}", path.display())),
    }
}

/// Opens `path` where it lies on the file system that is mounted at `root`; `Errno::XDEV` where it does not.
pub fn open_unmounted(root: BorrowedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    resolve(root, path, flags, Mode::empty(), Mounts::Refused)
}

/// Opens the directory `path`, made with `mode` together with every missing one above it.
pub fn create_dir_all(root: BorrowedFd, path: &Path, mode: Mode) -> Result<OwnedFd> {
    create_dirs(root, path, mode).during(|| format!("create directory {}", path.display()))
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

/// [`open`], for who explains its errors.
pub fn open_errno(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    resolve(root, path, flags, mode, Mounts::Crossed)
}

fn resolve(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode, mounts: Mounts) -> Result<OwnedFd, Errno> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    match by_kernel(root, path, flags, mode, mounts) {
        // Every kernel that box runs on has openat2.
        Err(Errno::NOSYS) => walk::open(root, path, flags | OFlags::CLOEXEC, mode, mounts),
        opened => opened,
    }
}

fn by_kernel(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode, mounts: Mounts) -> Result<OwnedFd, Errno> {
    let mut resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    resolve.set(ResolveFlags::NO_XDEV, mounts == Mounts::Refused);
    loop {
        match openat2(root, path, flags | OFlags::CLOEXEC, mode, resolve) {
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

    /// What both ways say: the inode that was opened, or why none was.
    fn both(root: BorrowedFd, path: &str, flags: OFlags, mounts: Mounts) -> [Result<(u64, u64, u32), Errno>; 2] {
        let path = if path.is_empty() { "." } else { path };
        let opened = [
            by_kernel(root, Path::new(path), flags, Mode::empty(), mounts),
            walk::open(root, Path::new(path), flags, Mode::empty(), mounts),
        ];
        opened.map(|opened| {
            opened.map(|file| {
                let stat = fstat(&file).unwrap();
                (stat.st_dev, stat.st_ino, stat.st_mode)
            })
        })
    }

    #[test]
    fn without_openat2_the_same_is_opened_and_refused() {
        const NAMES: [&str; 9] = ["a", "b", "c", "file", "link", "gone", "..", ".", ""];
        const FLAGS: [OFlags; 6] = [
            OFlags::PATH,
            OFlags::PATH.union(OFlags::NOFOLLOW),
            OFlags::PATH.union(OFlags::DIRECTORY),
            OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW),
            OFlags::RDONLY.union(OFlags::NONBLOCK),
            OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOFOLLOW),
        ];
        let path_of = |random: &mut crate::fuzz::Random| {
            let names: Vec<&str> = (0..1 + random.below(6)).map(|_| random.pick(&NAMES)).collect();
            let before = random.pick(&["", "", "/", "../../", "//"]);
            format!("{before}{}", names.join("/"))
        };
        let mut opened = 0;
        crate::fuzz::cases("walk", 150, |random| {
            with_root(|root, _| {
                for _ in 0..12 {
                    // What cannot be made is not there.
                    let below = random.pick(&["", "a", "a/b", "a/b/c", "b", "c"]);
                    let Ok(below) = open_errno(root, Path::new(below), OFlags::PATH, Mode::empty()) else { continue };
                    let name = random.pick(&["a", "b", "c", "file", "link"]);
                    let _ = match random.below(4) {
                        0 | 1 => mkdirat(&below, name, 0o755.into()),
                        2 => rustix::fs::mknodat(&below, name, FileType::RegularFile, 0o600.into(), 0),
                        _ => rustix::fs::symlinkat(path_of(random), &below, name),
                    };
                }
                for _ in 0..200 {
                    let path = path_of(random);
                    let flags = FLAGS[random.below(FLAGS.len())];
                    let mounts = if random.once_in(4) { Mounts::Refused } else { Mounts::Crossed };
                    let [kernel, walked] = both(root, &path, flags, mounts);
                    assert_eq!(kernel, walked, "{path} {flags:?} {mounts:?}");
                    opened += u32::from(walked.is_ok());
                }
            });
        });
        assert!(opened > 1000, "only {opened} of the paths lead anywhere");
    }

    #[test]
    fn without_openat2_links_and_ends_of_paths_mean_the_same() {
        with_root(|root, dir| {
            fs::create_dir_all(dir.join("a/b")).unwrap();
            fs::write(dir.join("a/file"), "").unwrap();
            symlink("a/", dir.join("slash")).unwrap();
            symlink("a/file/", dir.join("file-slash")).unwrap();
            symlink("loop", dir.join("loop")).unwrap();
            symlink("/a/b/../..", dir.join("top")).unwrap();
            // Of 40 links the last is followed, of 41 it is not.
            symlink("a", dir.join("0")).unwrap();
            (1..45).for_each(|at| symlink((at - 1).to_string(), dir.join(at.to_string())).unwrap());
            let (long, longer) = [2046, 2047].map(|times| format!("a/{}", "./".repeat(times))).into();
            let paths =
                ["slash", "slash/", "file-slash", "a/file/", "loop", "loop/x", "top/a", "39", "40", "38/file", ""];
            let further =
                ["39/file", "a/file/..", "gone/..", "/", "..", "a/b/../../..", &"x".repeat(256), &long, &longer];
            for path in paths.into_iter().chain(further) {
                for flags in [OFlags::PATH, OFlags::PATH | OFlags::NOFOLLOW, OFlags::RDONLY, OFlags::NOFOLLOW] {
                    let [kernel, walked] = both(root, path, flags, Mounts::Crossed);
                    assert_eq!(kernel, walked, "{path} {flags:?}");
                }
            }
        });
    }

    #[test]
    fn without_openat2_files_are_made_inside_only() {
        for open in [by_kernel, walk::open] {
            with_root(|root, dir| {
                symlink("../made", dir.join("link")).unwrap();
                symlink("target", dir.join("taken")).unwrap();
                fs::write(dir.join("target"), "").unwrap();
                let make = |path: &str, flags: OFlags| {
                    let flags = OFlags::WRONLY | OFlags::CREATE | flags;
                    open(root, Path::new(path), flags, 0o600.into(), Mounts::Crossed).map(drop)
                };
                assert_eq!(make("link", OFlags::empty()), Ok(()));
                assert!(dir.join("made").exists());
                assert_eq!(make("taken", OFlags::EXCL), Err(Errno::EXIST));
                assert_eq!(make("taken", OFlags::NOFOLLOW), Err(Errno::LOOP));
                assert_eq!(make("taken", OFlags::empty()), Ok(()));
                assert_eq!(make("new/", OFlags::empty()), Err(Errno::ISDIR));
                assert_eq!(make("gone/new", OFlags::empty()), Err(Errno::NOENT));
            });
        }
    }

    #[test]
    fn without_openat2_procfs_and_its_magic_links_are_the_same() {
        let root = File::open("/").unwrap();
        for path in ["proc/self/status", "/proc/mounts", "proc/net/dev", "proc/self/root", "proc/self/cwd/x"] {
            for mounts in [Mounts::Crossed, Mounts::Refused] {
                let [kernel, walked] = both(root.as_fd(), path, OFlags::PATH, mounts);
                assert_eq!(kernel, walked, "{path} {mounts:?}");
            }
        }
        let magic = both(root.as_fd(), "proc/self/root/etc", OFlags::PATH, Mounts::Crossed);
        assert_eq!(magic, [Err(Errno::LOOP); 2]);
    }

    /// Directories become links out of the root and back while paths lead through them, and move up and down.
    #[test]
    fn whoever_changes_the_tree_meanwhile_no_path_leads_outside() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let until = std::time::Instant::now() + std::time::Duration::from_millis(700);
        for open in [by_kernel, walk::open] {
            with_root(|root, dir| {
                let secret = fstat(File::open(dir.parent().unwrap().join("secret")).unwrap()).unwrap().st_ino;
                fs::create_dir_all(dir.join("a/b/c/d")).unwrap();
                fs::create_dir_all(dir.join("up")).unwrap();
                fs::write(dir.join("secret"), "inside").unwrap();
                symlink("../../../../../..", dir.join("out")).unwrap();
                symlink(dir.parent().unwrap(), dir.join("a/out")).unwrap();
                let ended = AtomicBool::new(false);
                let exchange = |one: &str, other: &str| {
                    let (one, other) = (dir.join(one), dir.join(other));
                    let flags = rustix::fs::RenameFlags::EXCHANGE;
                    while !ended.load(Ordering::Relaxed) {
                        let _ = rustix::fs::renameat_with(rustix::fs::CWD, &one, rustix::fs::CWD, &other, flags);
                    }
                };
                // By descriptors: our own paths are not to leave the root either.
                let (b, up) = (File::open(dir.join("a/b")).unwrap(), File::open(dir.join("up")).unwrap());
                let shift = || {
                    while !ended.load(Ordering::Relaxed) {
                        let _ = rustix::fs::renameat(&b, "c", &up, "c");
                        let _ = rustix::fs::renameat(&up, "c", &b, "c");
                    }
                };
                std::thread::scope(|scope| {
                    scope.spawn(|| exchange("out", "a/b"));
                    scope.spawn(|| exchange("a/out", "up"));
                    scope.spawn(shift);
                    let mut rounds = 0_u32;
                    while std::time::Instant::now() < until || rounds < 300 {
                        rounds += 1;
                        for path in [
                            "a/b/secret",
                            "a/b/c/d/../../../../../secret",
                            "a/b/c/../../secret",
                            "out/secret",
                            "up/c/../../../secret",
                            "a/out/../secret",
                            "a/b/../../../secret",
                        ] {
                            for flags in [OFlags::PATH, OFlags::RDONLY] {
                                if let Ok(found) = open(root, Path::new(path), flags, Mode::empty(), Mounts::Crossed) {
                                    assert_ne!(fstat(&found).unwrap().st_ino, secret, "{path}");
                                }
                            }
                        }
                    }
                    ended.store(true, Ordering::Relaxed);
                });
            });
        }
    }
}
