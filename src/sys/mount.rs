//! mount_setattr(2) (Linux 5.12): changes the attributes of a mount, or of a whole tree of them, in one step.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// `MOUNT_ATTR_*` to set and to clear, and the propagation (`MS_PRIVATE` ..., 0: as it is).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub set: u64,
    pub clear: u64,
    pub propagation: u64,
}

/// Changes the mount at `fd` itself, and with `recursive` all below it.
pub fn set_attributes(fd: BorrowedFd<'_>, attributes: Attributes, recursive: bool) -> Result<(), Errno> {
    let argument = libc::mount_attr {
        attr_set: attributes.set,
        attr_clr: attributes.clear,
        propagation: attributes.propagation,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a static empty C string, `argument` a whole mount_attr of the size given; the kernel reads
    // both.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const argument,
            size_of::<libc::mount_attr>(),
        )
    };
    Errno::result(result).map(drop)
}
