//! Who works on what: `flock`, which the kernel drops when its last holder dies.
//!
//! The lock belongs to the open file description: it lives as long as any copy of the descriptor does, in whatever
//! process, and is so handed to a child. A lock file may be removed by whoever holds it exclusively.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open};
use rustix::io::Errno;

use crate::error::{During, Error, Result};

#[derive(Debug)]
pub struct Lock {
    file: OwnedFd,
}

impl Lock {
    /// Takes the lock at `path` (a directory, or a file, which is created); `None` where somebody holds it.
    pub fn try_exclusive(path: &Path) -> Result<Option<Lock>> {
        take(path, FlockOperation::NonBlockingLockExclusive)
    }

    /// Takes the lock of an existing directory; `None` where somebody holds it or nothing is there.
    pub fn try_exclusive_dir(dir: &Path) -> Result<Option<Lock>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match open(dir, flags, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            opened => opened.during(|| format!("open {}", dir.display()))?,
        };
        match lock_file(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(None),
            locked => locked
                .map(|()| still_named(&file, dir).then_some(Lock { file }))
                .during(|| format!("lock {}", dir.display())),
        }
    }

    /// Waits until nobody else holds the lock of an existing directory; `None` where nothing is there (any more).
    pub fn exclusive_dir(dir: &Path) -> Result<Option<Lock>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match open(dir, flags, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            opened => opened.during(|| format!("open {}", dir.display()))?,
        };
        lock_file(&file, FlockOperation::LockExclusive).during(|| format!("lock {}", dir.display()))?;
        Ok(still_named(&file, dir).then_some(Lock { file }))
    }

    /// Waits until nobody else holds it.
    pub fn exclusive(path: &Path) -> Result<Lock> {
        wait(path, FlockOperation::LockExclusive)
    }

    /// Waits until nobody holds it exclusively.
    pub fn shared(path: &Path) -> Result<Lock> {
        wait(path, FlockOperation::LockShared)
    }

    /// The lock of which `file` is a copy: what a child does with the descriptor it was handed.
    pub fn from_fd(file: OwnedFd) -> Lock {
        Lock { file }
    }

    /// Lets others share an exclusive lock. The kernel may serve another waiter in between.
    pub fn share(&self) -> Result<()> {
        lock_file(&self.file, FlockOperation::LockShared).during(|| "share a lock")
    }
}

impl AsFd for Lock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl From<Lock> for OwnedFd {
    fn from(lock: Lock) -> OwnedFd {
        lock.file
    }
}

fn wait(path: &Path, operation: FlockOperation) -> Result<Lock> {
    // `take` answers `None` only to the operations that do not wait.
    take(path, operation)?.ok_or_else(|| Error::new(format!("lock {} is taken", path.display())))
}

fn take(path: &Path, operation: FlockOperation) -> Result<Option<Lock>> {
    loop {
        let file = open_lockable(path).during(|| format!("open lock {}", path.display()))?;
        match lock_file(&file, operation) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            locked => locked.during(|| format!("lock {}", path.display()))?,
        }
        // Its last holder may have removed it while we waited: then this is a lock that nobody else can find.
        if still_named(&file, path) {
            return Ok(Some(Lock { file }));
        }
    }
}

fn open_lockable(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::CLOEXEC | OFlags::NOCTTY;
    match open(path, flags | OFlags::RDWR | OFlags::CREATE, Mode::from_raw_mode(0o600)) {
        // A directory, or a store that is mounted read-only.
        Err(Errno::ISDIR | Errno::ROFS) => match open(path, flags | OFlags::RDONLY, Mode::empty()) {
            // It is not there to be locked, and cannot be made.
            Err(Errno::NOENT) => Err(Errno::ROFS),
            opened => opened,
        },
        opened => opened,
    }
}

fn lock_file(file: &OwnedFd, operation: FlockOperation) -> Result<(), Errno> {
    loop {
        match flock(file, operation) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

fn still_named(file: &OwnedFd, path: &Path) -> bool {
    match (fstat(file), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.st_ino == named.ino() && held.st_dev == named.dev(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_lasts_until_its_last_copy_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = Lock::try_exclusive(&path).unwrap().unwrap();
        let copy = lock.as_fd().try_clone_to_owned().unwrap();
        drop(lock);
        assert!(Lock::try_exclusive(&path).unwrap().is_none());
        drop(copy);
        assert!(Lock::try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn shared_locks_keep_out_only_an_exclusive_one() {
        let dir = tempfile::tempdir().unwrap();
        let shared = (Lock::shared(dir.path()).unwrap(), Lock::shared(dir.path()).unwrap());
        assert!(Lock::try_exclusive(dir.path()).unwrap().is_none());
        drop(shared);
        let exclusive = Lock::try_exclusive(dir.path()).unwrap().unwrap();
        exclusive.share().unwrap();
        Lock::shared(dir.path()).unwrap();
    }

    #[test]
    fn a_lock_whose_file_was_removed_is_taken_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let removed = Lock::exclusive(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let found = Lock::exclusive(&path).unwrap();
        assert!(still_named(&found.file, &path) && !still_named(&removed.file, &path));
    }
}
