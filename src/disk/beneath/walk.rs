//! What openat2 does with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS, by openat alone.
//!
//! Why it cannot leave the root, whoever changes the tree meanwhile:
//!
//! - The kernel is only ever asked for one name in a directory that is held open, and with O_NOFOLLOW: it follows no
//!   link and climbs by no `..`. So every step goes down, to what had that name in that directory at that moment.
//! - `..` goes back to the descriptor by which the directory was entered, and is never looked up. From the root it goes
//!   nowhere. Wherever somebody has moved a directory meanwhile, `..` in it does not lead to what is above it there.
//! - A link is read by the descriptor that was found to be a link, and its text is walked by the same rules; one that
//!   begins with `/` begins at the root. After 40 of them it ends.
//! - What is opened in the end is asked for by its name once more. If a link has taken its place by then, O_NOFOLLOW
//!   refuses it, and it is looked at again.
//!
//! openat2 promises no more than that either: with both, a directory that is moved out of the root while it is being
//! walked through leads on into itself. Only the container's own processes change its tree, and they can move nothing
//! out of their root. Links of procfs that are no text (magic links) could not be followed here anyway; they are
//! refused as they are there. What the kernel forbids by `fs.protected_symlinks` is forbidden here too, always.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, PROC_SUPER_MAGIC, Stat, StatxFlags, fstat, fstatfs, openat, readlinkat, statat,
    statx,
};
use rustix::io::Errno;

use super::{LINKS_FOLLOWED, Mounts};

/// Of the kernel (PATH_MAX), with the byte that ends a path.
const PATH_LIMIT_BYTES: usize = 4096;
/// Times that a last name may turn out to be a link just when it is opened, before we call it a loop.
const LOOKS: u32 = 1000;
/// The root of procfs, whose links are text (PROC_ROOT_INO, include/linux/proc_ns.h).
const PROC_ROOT_INODE: u64 = 1;
/// ST_NOSYMFOLLOW, statfs(2): links of this mount are not followed (Linux 5.10).
const NO_SYMLINKS: u64 = 0x2000;
const STICKY_AND_ANYBODYS: u32 = 0o1002;

/// Where the walk has come to.
struct Walk<'r> {
    root: BorrowedFd<'r>,
    /// The directories by which it came here, the root not among them.
    entered: Vec<OwnedFd>,
    to_go: VecDeque<OsString>,
    links_left: u32,
    /// Of the mount that must not be left.
    mount: Option<u64>,
}

/// [`super::open`] without openat2.
pub fn open(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode, mounts: Mounts) -> Result<OwnedFd, Errno> {
    if path.as_os_str().len() >= PATH_LIMIT_BYTES {
        return Err(Errno::NAMETOOLONG);
    }
    if flags.contains(OFlags::CREATE) && path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(Errno::ISDIR);
    }
    let mount = match mounts {
        Mounts::Crossed => None,
        Mounts::Refused => Some(mount_of(root)?),
    };
    let mut walk = Walk { root, entered: Vec::new(), to_go: VecDeque::new(), links_left: LINKS_FOLLOWED, mount };
    walk.prepend(path.as_os_str().as_bytes());
    let mut looks_left = LOOKS;
    loop {
        let Some(name) = walk.to_go.pop_front() else {
            // The root, or a path that ends with `..`, `.` or `/`.
            return walk.checked(openat(walk.here(), ".", flags, mode)?);
        };
        let is_last = walk.to_go.is_empty();
        match name.as_bytes() {
            b"." => walk.may_search()?,
            b".." => {
                walk.may_search()?;
                walk.entered.pop();
            }
            _ if is_last => {
                if let Some(opened) = walk.open_last(&name, flags, mode)? {
                    return Ok(opened);
                }
                looks_left -= 1;
                if looks_left == 0 {
                    return Err(Errno::LOOP);
                }
            }
            _ => walk.enter(&name)?,
        }
    }
}

impl Walk<'_> {
    fn here(&self) -> BorrowedFd<'_> {
        self.entered.last().map_or(self.root, |dir| dir.as_fd())
    }

    /// The names of a path, to be walked before all that is left. A path that ends with a slash ends with `.`.
    fn prepend(&mut self, path: &[u8]) {
        if path.starts_with(b"/") {
            self.entered.clear();
        }
        let ends_with_slash = path.ends_with(b"/");
        let names = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
        let names = names.chain(ends_with_slash.then_some(&b"."[..]));
        for name in names.collect::<Vec<_>>().into_iter().rev() {
            self.to_go.push_front(OsStr::from_bytes(name).to_owned());
        }
    }

    /// Who may not search a directory may not go through it to `..` either.
    fn may_search(&self) -> Result<(), Errno> {
        statat(self.here(), ".", AtFlags::empty()).map(drop)
    }

    /// One step down, or the text of a link instead.
    fn enter(&mut self, name: &OsStr) -> Result<(), Errno> {
        let found = openat(self.here(), name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
        let found = self.checked(found)?;
        let stat = fstat(&found)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                self.entered.push(found);
                Ok(())
            }
            FileType::Symlink => self.follow(found.as_fd(), &stat),
            _ => Err(Errno::NOTDIR),
        }
    }

    /// Opens what has the last name; `None`: that is a link, which has been read, or has become one just now.
    fn open_last(&mut self, name: &OsStr, flags: OFlags, mode: Mode) -> Result<Option<OwnedFd>, Errno> {
        let follows = !flags.contains(OFlags::NOFOLLOW) && !flags.contains(OFlags::CREATE | OFlags::EXCL);
        if follows {
            let looked = openat(self.here(), name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
            match looked {
                Ok(found) => {
                    let stat = fstat(&found)?;
                    if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
                        let found = self.checked(found)?;
                        return self.follow(found.as_fd(), &stat).map(|()| None);
                    }
                }
                Err(Errno::NOENT) if flags.contains(OFlags::CREATE) => {}
                Err(errno) => return Err(errno),
            }
        }
        match openat(self.here(), name, flags | OFlags::NOFOLLOW, mode) {
            // By a descriptor with O_PATH a link is opened, not refused.
            Ok(opened) if follows && is_link(&opened)? => {}
            Ok(opened) => return self.checked(opened).map(Some),
            Err(Errno::LOOP) if follows => {}
            // With O_DIRECTORY a link is no directory; was it one?
            Err(Errno::NOTDIR) if follows && self.has_become_a_link(name) => {}
            Err(errno) => return Err(errno),
        }
        self.to_go.push_front(name.to_owned());
        Ok(None)
    }

    fn has_become_a_link(&self, name: &OsStr) -> bool {
        statat(self.here(), name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
    }

    /// Goes on with what a link says that was found here.
    fn follow(&mut self, link: BorrowedFd, stat: &Stat) -> Result<(), Errno> {
        if self.links_left == 0 {
            return Err(Errno::LOOP);
        }
        self.links_left -= 1;
        let dir = fstat(self.here())?;
        let user = rustix::process::geteuid().as_raw();
        let is_anybodys = dir.st_mode & STICKY_AND_ANYBODYS == STICKY_AND_ANYBODYS;
        if is_anybodys && stat.st_uid != user && stat.st_uid != dir.st_uid {
            return Err(Errno::ACCESS);
        }
        let mount = fstatfs(link)?;
        if mount.f_flags as u64 & NO_SYMLINKS != 0 {
            return Err(Errno::LOOP);
        }
        if mount.f_type == PROC_SUPER_MAGIC && dir.st_ino != PROC_ROOT_INODE {
            return Err(Errno::LOOP);
        }
        let text = readlinkat(link, "", Vec::new())?.into_bytes();
        if text.is_empty() {
            return Err(Errno::NOENT);
        }
        self.prepend(&text);
        Ok(())
    }

    /// What was opened, if it does not lie on a mount that must not be entered.
    fn checked(&self, opened: OwnedFd) -> Result<OwnedFd, Errno> {
        match self.mount {
            Some(mount) if mount_of(opened.as_fd())? != mount => Err(Errno::XDEV),
            _ => Ok(opened),
        }
    }
}

fn is_link(opened: &OwnedFd) -> Result<bool, Errno> {
    Ok(FileType::from_raw_mode(fstat(opened)?.st_mode) == FileType::Symlink)
}

/// The number of the mount that something lies on (Linux 5.8).
fn mount_of(opened: BorrowedFd) -> Result<u64, Errno> {
    let stat = statx(opened, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    if stat.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
        return Err(Errno::XDEV);
    }
    Ok(stat.stx_mnt_id)
}
