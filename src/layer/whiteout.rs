//! How a layer speaks of the layers below it, as a tar archive, and as overlay file systems keep it on disk.
//!
//! ```text
//!     in the archive      on disk                                        means
//!     .wh.NAME            a character device 0:0 called NAME             NAME of the layers below is gone
//!     .wh..wh..opq        the attribute user.overlay.opaque=y on its     all that the layers below have in that
//!                         directory                                      directory is gone
//! ```
//!
//! Where a machine makes neither, the archive's names are on disk too: fuse-overlayfs knows them.

use std::ffi::OsStr;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, fgetxattr, statat};

pub const WHITEOUT_PREFIX: &[u8] = b".wh.";
pub const OPAQUE_MARKER: &[u8] = b".wh..wh..opq";
/// AUFS kept its own files under such names; they mean nothing to anybody else.
pub const AUFS_PREFIX: &[u8] = b".wh..wh.";
pub const OPAQUE_XATTR: &str = "user.overlay.opaque";

/// Whether this directory hides all that the layers below have in it.
pub fn is_opaque(dir: BorrowedFd) -> bool {
    let says_so = |name: &str| {
        let mut value = [0; 1];
        fgetxattr(dir, name, &mut value[..]).is_ok_and(|length| length == 1 && value == *b"y")
    };
    [OPAQUE_XATTR, "trusted.overlay.opaque", "user.fuseoverlayfs.opaque"].into_iter().any(says_so)
        || statat(dir, OsStr::from_bytes(OPAQUE_MARKER), AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// Whether an extended attribute is one that images have: file capabilities, and what users attach to files. The
/// attributes that drive overlay file systems would let an image name directories of the layers below, or of the host;
/// security modules label files themselves.
pub fn is_for_images(xattr: &[u8]) -> bool {
    let drives_overlays = [&b"user.overlay."[..], b"user.containers.", b"user.fuseoverlayfs."];
    xattr == b"security.capability"
        || (xattr.starts_with(b"user.") && !drives_overlays.iter().any(|prefix| xattr.starts_with(prefix)))
}
