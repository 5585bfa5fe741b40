//! What the kernel tells of a namespace (ioctl_nsfs(2)).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `NS_GET_USERNS` of linux/nsfs.h: `_IO(0xb7, 0x1)`.
const GET_USER_NAMESPACE: libc::c_ulong = 0xb701;

/// The user namespace that owns this one; an error (EPERM) where that is out of sight.
pub fn owner_of(namespace: BorrowedFd) -> io::Result<OwnedFd> {
    // SAFETY: the descriptor is open for the time of the call, and the request takes no argument.
    let fd = unsafe { libc::ioctl(namespace.as_raw_fd(), GET_USER_NAMESPACE as _) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn what_is_no_namespace_has_no_owner() {
        assert!(owner_of(File::open("/").unwrap().as_fd()).is_err());
        let own = File::open("/proc/self/ns/uts").unwrap();
        // Where the tests run in a user namespace, theirs may belong to one that is out of sight.
        let _ = owner_of(own.as_fd());
    }
}
