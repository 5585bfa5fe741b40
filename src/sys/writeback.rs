//! Dirty pages on their way to the disk before anybody waits for them.

use std::fs::File;
use std::os::fd::AsRawFd;

/// Begins to write `bytes` of the file from `offset` on, and does not wait for the end (Linux 2.6.17). No promise: a
/// later sync makes sure, and is the shorter for it. `bytes` 0: all that follows.
pub fn begin(file: &File, offset: u64, bytes: u64) {
    let (offset, bytes) = (offset as libc::off64_t, bytes as libc::off64_t);
    // SAFETY: the descriptor is open as long as `file` is borrowed; no pointer is passed, and no content changes.
    let _ = unsafe { libc::sync_file_range(file.as_raw_fd(), offset, bytes, libc::SYNC_FILE_RANGE_WRITE) };
}
