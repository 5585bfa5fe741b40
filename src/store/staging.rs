//! Half-made things, removed things, and what killed commands left of them.
//!
//! The maker of a staging directory holds its lock; the kernel drops the lock when the maker dies. Who can take the
//! lock of such a directory therefore knows that nobody is coming back for it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::Store;
use crate::disk::{Lock, atomic, tree};
use crate::error::{During, Error, Result};

/// A directory to make something in, removed when dropped.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
    trash_dir: PathBuf,
    /// Held as long as the directory has an owner.
    lock: Lock,
}

impl Staging {
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// For a child that goes on making what is in here: a copy of it keeps the directory owned.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Moves the finished directory to `target`.
    pub(super) fn commit(self, target: &Path) -> Result<()> {
        fs::rename(&self.dir, target).during(|| format!("move {} into place", target.display()))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Gone after a commit. Else it is removed here as far as we may; files of subordinate ids wait for a sweep.
        if fs::rename(&self.dir, &self.trash_dir).is_ok() {
            let _ = tree::remove(&self.trash_dir);
        }
    }
}

impl Store {
    /// A new, empty, private directory on the file system of the store.
    pub fn stage(&self) -> Result<Staging> {
        loop {
            let name = atomic::fresh_name();
            let dir = self.root.join("staging").join(&name);
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&dir)
                .map_err(|error| self.explain(error))
                .during(|| format!("create {}", dir.display()))?;
            // A sweep may have come between: then it is not ours, and we take another.
            if let Ok(Some(lock)) = Lock::try_exclusive_dir(&dir) {
                return Ok(Staging { dir, trash_dir: self.root.join("trash").join(name), lock });
            }
        }
    }

    /// A store that cannot be written is no failure of the disk: what to do is to use it from another one.
    fn explain(&self, error: std::io::Error) -> Error {
        let is_read_only = matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied);
        let error = Error::from(error);
        match is_read_only {
            true => error.with_hint(format!(
                "the store may only be read; use what it has from another one: `box --root DIR --imagestore {}`",
                self.root.display()
            )),
            false => error,
        }
    }

    /// Whether the maker of the staging directory of this name still lives.
    pub fn is_being_staged(&self, name: &str) -> Result<bool> {
        let dir = self.root.join("staging").join(name);
        Ok(!name.is_empty() && !name.contains('/') && dir.is_dir() && Lock::try_exclusive_dir(&dir)?.is_none())
    }

    /// Where a directory of this store goes on its way out, under a name of its own.
    pub fn trash_path(&self) -> PathBuf {
        self.root.join("trash").join(atomic::fresh_name())
    }

    /// Takes `dir`, a directory of this store, out of sight at once. [`Store::sweep`] removes it.
    pub fn discard(&self, dir: &Path) -> Result<()> {
        let trash = self.root.join("trash").join(atomic::fresh_name());
        match fs::rename(dir, trash) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.during(|| format!("remove {}", dir.display())),
        }
    }

    /// Collects what earlier commands left, finished or killed: called by commands that change the store.
    ///
    /// What we may not remove, because it belongs to subordinate ids, is handed to `remove_as_owner` by its path.
    pub fn sweep(&self, remove_as_owner: impl Fn(&Path) -> Result<()>) -> Result<()> {
        self.abandon_dead_staging()?;
        self.forget_unfinished()?;
        self.remove_resting_downloads(false)?;
        self.forget_dead_locks()?;
        for dir in dirs_in(&self.root.join("trash"))? {
            // Whoever else sweeps at this moment is welcome to it.
            let Some(_lock) = Lock::try_exclusive_dir(&dir)? else { continue };
            if tree::remove(&dir).is_err() {
                remove_as_owner(&dir).during(|| format!("empty the trash of {}", self.root.display()))?;
            }
        }
        Ok(())
    }

    pub(super) fn abandon_dead_staging(&self) -> Result<()> {
        for dir in dirs_in(&self.root.join("staging"))? {
            if let Some(_lock) = Lock::try_exclusive_dir(&dir)? {
                self.discard(&dir)?;
            }
        }
        Ok(())
    }

    /// Whoever waits for a lock notices that its file went, and makes it anew.
    fn forget_dead_locks(&self) -> Result<()> {
        for entry in fs::read_dir(self.root.join("locks")).during(|| "list locks")?.flatten() {
            let name = entry.file_name();
            let is_of_a_layer = name.to_str().and_then(|name| name.strip_prefix("layer-"));
            if is_of_a_layer.is_some_and(|hex| self.root.join("layers").join(hex).exists()) {
                continue;
            }
            if let Some(_lock) = Lock::try_exclusive(&entry.path())? {
                let _ = fs::remove_file(entry.path()); // ours while we hold it
            }
        }
        Ok(())
    }

    fn forget_unfinished(&self) -> Result<()> {
        ["", "blobs/sha256", "images", "names/images", "names/containers", "secrets"]
            .iter()
            .try_for_each(|dir| atomic::forget_unfinished(&self.root.join(dir)))
    }
}

pub(super) fn dirs_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).during(|| format!("list {}", dir.display()))?;
    Ok(entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(store: &Store, dir: &str) -> usize {
        fs::read_dir(store.root().join(dir)).unwrap().count()
    }

    #[test]
    fn staging_ends_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let staging = store.stage().unwrap();
        fs::write(staging.path().join("half"), "").unwrap();
        store.sweep(|_| panic!("all files are ours")).unwrap();
        assert!(staging.path().join("half").exists(), "a sweep leaves what has an owner");
        drop(staging);
        assert_eq!((count(&store, "staging"), count(&store, "trash")), (0, 0));
    }

    #[test]
    fn what_a_killed_owner_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        // A kill drops the lock and nothing else.
        fs::create_dir_all(dir.path().join("staging/dead/below")).unwrap();
        fs::create_dir_all(dir.path().join("containers/gone")).unwrap();
        store.discard(&dir.path().join("containers/gone")).unwrap();
        store.discard(&dir.path().join("containers/never there")).unwrap();
        assert_eq!(count(&store, "trash"), 1);
        store.sweep(|_| panic!("all files are ours")).unwrap();
        assert_eq!((count(&store, "staging"), count(&store, "trash"), count(&store, "containers")), (0, 0, 0));
    }

    #[test]
    fn locks_that_nobody_holds_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        fs::write(store.lock_path("name-x"), "").unwrap();
        fs::write(store.lock_path("layer-0"), "").unwrap();
        fs::write(store.lock_path("layer-1"), "").unwrap();
        fs::create_dir(dir.path().join("layers/1")).unwrap();
        let held = Lock::shared(&store.lock_path("layer-2")).unwrap();
        store.sweep(|_| Ok(())).unwrap();
        let left = ["name-x", "layer-0", "layer-1", "layer-2"].map(|name| store.lock_path(name).exists());
        assert_eq!(left, [false, false, true, true]);
        drop(held);
    }

    #[test]
    fn a_child_that_holds_a_copy_of_the_lock_keeps_its_staging() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let staging = store.stage().unwrap();
        let copy = std::os::fd::AsFd::as_fd(staging.lock()).try_clone_to_owned().unwrap();
        let kept = staging.path().to_owned();
        std::mem::forget(staging);
        store.sweep(|_| Ok(())).unwrap();
        assert!(kept.exists());
        drop(copy);
    }
}
