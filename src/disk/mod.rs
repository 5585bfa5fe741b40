//! Files that survive a kill: what the state on disk is made of.
//!
//! Nothing here knows what a container or an image is. Paths that come from images or containers go through
//! [`beneath`], everything else is a path of box's own making.

/// A file is either the old one or the new one, at every instant.
pub mod atomic;
/// JSON files.
pub mod record;
/// Bytes that nobody should see, in such files.
pub mod opaque;
/// Who works on what: `flock`, which the kernel drops when its holder dies.
pub mod lock;
/// Files that grow line by line and are rotated by renames.
pub mod rotated;
/// Waiting for files to change.
pub mod watch;
/// Paths that cannot leave a directory, whatever symbolic links lie in it.
pub mod beneath;
/// Whole directory trees.
pub mod tree;
/// Owners that files have by what is written down with them.
pub mod owner;
/// Whether one directory tree is what another is.
pub mod compare;

pub use lock::Lock;
