//! Waiting for files to change: inotify(7) on their directories.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use crate::error::{During, Result};

const NEW_NAMES: WatchFlags =
    WatchFlags::CREATE.union(WatchFlags::MOVED_TO).union(WatchFlags::MOVE_SELF).union(WatchFlags::DELETE_SELF);

/// Wakes up when something in its directories is written, made or renamed, or one of them goes.
#[derive(Debug)]
pub struct Watch(OwnedFd);

impl Watch {
    pub fn of<'p>(dirs: impl IntoIterator<Item = &'p Path>) -> Result<Watch> {
        Watch::begin(dirs, WatchFlags::MODIFY | NEW_NAMES)
    }

    /// For records, which are renamed into place and removed: what is merely written, such as a log, wakes nobody.
    pub fn of_records(dir: &Path) -> Result<Watch> {
        Watch::begin([dir], WatchFlags::DELETE | NEW_NAMES)
    }

    fn begin<'p>(dirs: impl IntoIterator<Item = &'p Path>, flags: WatchFlags) -> Result<Watch> {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).during(|| "watch files")?;
        for dir in dirs {
            inotify::add_watch(&watch, dir, flags).during(|| format!("watch `{}`", dir.display()))?;
        }
        Ok(Watch(watch))
    }

    /// Returns when something has changed since the last time, or when the time is up.
    pub fn wait(&self, timeout: Duration) {
        let timeout = Timespec::try_from(timeout).ok();
        let _ = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], timeout.as_ref()); // Whoever waits looks again anyway.
        self.forget();
    }

    /// What has changed up to here is known.
    pub fn forget(&self) {
        let mut events = [0; 4096];
        while matches!(rustix::io::read(&self.0, &mut events[..]), Ok(length) if length > 0) {}
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
