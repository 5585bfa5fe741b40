//! Where a process of box can be found by commands that come later: a Unix socket with a path, and the user's own.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags,
    SocketType, accept_with, bind, connect, listen, sendmsg, socket_with, sockopt,
};

use super::handshake::{Attempt, Channel, receive_with_fd};
use crate::error::{During, Error, Result};

/// How many callers may wait.
const BACKLOG: i32 = 1024;

#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    path: PathBuf,
}

/// Whether to wait for a caller that is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    Waits,
    Polls,
}

impl Listener {
    pub fn bind(path: PathBuf, patience: Patience) -> Result<Listener> {
        Ok(Listener { socket: listening(SocketType::SEQPACKET, &path, patience)?, path })
    }

    /// One that another process has bound.
    pub fn from_fd(socket: OwnedFd, path: PathBuf) -> Listener {
        Listener { socket, path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next caller, whoever it is.
    pub fn accept(&self) -> Result<Channel> {
        Ok(Channel::from_fd(accept_with(&self.socket, SocketFlags::CLOEXEC)?))
    }

    /// The next caller that is the user (or root), if there is one.
    pub fn accept_own(&self) -> Option<Channel> {
        let channel = self.accept().ok()?;
        let uid = sockopt::socket_peercred(&channel).ok()?.uid.as_raw();
        (uid == users::get_effective_uid() || uid == 0).then_some(channel)
    }

    /// Takes the path away: who comes later finds nobody.
    pub fn close(&self) {
        let _ = unlinkat(CWD, &self.path, AtFlags::empty()); // It may be gone with its directory.
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Calls whoever listens at `path`.
pub fn call(path: &Path) -> Result<Channel> {
    let socket = new_socket(SocketType::SEQPACKET, SocketFlags::empty())?;
    let (address, _dir) = address(path)?;
    connect(&socket, &address)?;
    Ok(Channel::from_fd(socket))
}

/// Calls whoever listens at `path`, if that is possible at once.
pub fn try_call(path: &Path) -> Result<Attempt<Channel>> {
    let socket = new_socket(SocketType::SEQPACKET, SocketFlags::NONBLOCK)?;
    let (address, _dir) = match address(path) {
        Ok(address) => address,
        Err(_) if !path.exists() => return Ok(Attempt::Gone),
        Err(error) => return Err(error),
    };
    match connect(&socket, &address) {
        Ok(()) => Ok(Attempt::Done(Channel::from_fd(socket))),
        Err(Errno::AGAIN) => Ok(Attempt::WouldBlock),
        Err(Errno::CONNREFUSED | Errno::NOENT | Errno::NOTDIR) => Ok(Attempt::Gone),
        Err(errno) => Err(errno).during(|| format!("call `{}`", path.display())),
    }
}

/// Hands a descriptor to whoever listens at `path` for streams, with a word about it, as engines want terminals.
pub fn hand_over(path: &Path, fd: BorrowedFd<'_>, word: &str) -> Result<()> {
    let socket = new_socket(SocketType::STREAM, SocketFlags::empty())?;
    let (address, _dir) = address(path)?;
    connect(&socket, &address)?;
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let fds = [fd];
    ancillary.push(SendAncillaryMessage::ScmRights(&fds));
    sendmsg(&socket, &[std::io::IoSlice::new(word.as_bytes())], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Where somebody hands over a descriptor as [`hand_over`] does.
#[derive(Debug)]
pub struct Receiver(OwnedFd);

impl Receiver {
    pub fn bind(path: &Path) -> Result<Receiver> {
        listening(SocketType::STREAM, path, Patience::Polls).map(Receiver)
    }

    /// What was handed over; an error where nobody has called yet.
    pub fn receive(&self) -> Result<OwnedFd> {
        let receive = || -> Result<OwnedFd> {
            let caller = accept_with(&self.0, SocketFlags::CLOEXEC)?;
            let (_, fd) = receive_with_fd(caller.as_fd(), &mut [0; 4096], RecvFlags::empty())?;
            fd.ok_or_else(|| Error::new("there was none"))
        };
        receive().during(|| "take over a descriptor")
    }
}

fn new_socket(kind: SocketType, flags: SocketFlags) -> Result<OwnedFd> {
    Ok(socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC | flags, None)?)
}

fn listening(kind: SocketType, path: &Path, patience: Patience) -> Result<OwnedFd> {
    let make = || -> Result<OwnedFd> {
        let flags = if patience == Patience::Polls { SocketFlags::NONBLOCK } else { SocketFlags::empty() };
        let socket = new_socket(kind, flags)?;
        let (address, _dir) = address(path)?;
        bind(&socket, &address)?;
        listen(&socket, BACKLOG)?;
        Ok(socket)
    };
    make().during(|| format!("listen on `{}`", path.display()))
}

/// A Unix socket's address has at most 107 bytes, and a path may be longer: then it is reached through a descriptor of
/// its directory, which must live until bind or connect has returned.
fn address(path: &Path) -> Result<(SocketAddrUnix, Option<OwnedFd>)> {
    if let Ok(address) = SocketAddrUnix::new(path) {
        return Ok((address, None));
    }
    let dir = path.parent().ok_or_else(|| Error::new("a socket's path has no directory"))?;
    let dir = openat(CWD, dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let address = SocketAddrUnix::new(format!("/proc/self/fd/{}/{name}", dir.as_raw_fd()))?;
    Ok((address, Some(dir)))
}
