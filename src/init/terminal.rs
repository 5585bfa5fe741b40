//! The container's terminal: made in its own devpts, so that its name means something inside.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, openat};
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt};

use super::devices;
use crate::disk::beneath;
use crate::error::{During, Result};
use crate::process::handshake::{Channel, Start};

/// Makes a terminal, hands its controlling side to whoever started us, and returns the payload's side.
pub fn open(root: BorrowedFd, starter: &Channel) -> Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let controlling =
        beneath::open(root, Path::new("/dev/pts/ptmx"), flags, Mode::empty()).during(|| "make a terminal")?;
    unlockpt(&controlling).during(|| "unlock the terminal")?;
    // By descriptor: whatever is mounted at /dev/pts, this is the other side (Linux 4.13).
    let peer = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let payload = ioctl_tiocgptpeer(&controlling, peer).during(|| "open the payload's side of the terminal")?;
    bind_console(root, payload.as_fd())?;
    starter.send_with(&Start::Terminal, Some(controlling.as_fd()))?;
    Ok(payload)
}

/// /dev/console is the terminal too; only in a /dev of ours, and only where nothing has that name yet.
fn bind_console(root: BorrowedFd, payload: BorrowedFd) -> Result<()> {
    let Some(dev) = devices::own_dev(root)? else { return Ok(()) };
    if openat(&dev, "console", OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).is_ok() {
        return Ok(());
    }
    let bind = || -> Result<()> {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
        let mount = open_tree(payload, "", flags)?;
        let target = devices::make_node_place(dev.as_fd(), OsStr::new("console"))?;
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        Ok(move_mount(&mount, "", &target, "", flags)?)
    };
    bind().during(|| "attach /dev/console")
}
