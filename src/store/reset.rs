//! Everything goes: the store is as new afterwards.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{DIRS, Store, staging};
use crate::disk::Lock;
use crate::error::{During, Error, Kind, Result};

/// Files beside the directories: answers that are asked for again.
const FILES: [&str; 3] = ["VERSION", "overlay.json", "network.json"];

impl Store {
    /// Removes all that box keeps in the store's directory, and nothing else that lies there. Containers must have
    /// been stopped. What belongs to subordinate ids is handed to `remove_as_owner`.
    ///
    /// Killed half-way it is done by the next call: what is out of sight is in the trash.
    pub fn reset(&self, remove_as_owner: impl Fn(&Path) -> Result<()>) -> Result<()> {
        self.refuse_locked_containers()?;
        // Never what is below: something may be mounted there.
        for entry in fs::read_dir(self.mounts_dir()).into_iter().flatten().flatten() {
            fs::remove_dir(entry.path())
                .during(|| format!("remove {}", entry.path().display()))
                .hint(|| "unmount it first: `box image unmount --all`")?;
        }
        let _ = fs::remove_dir(self.mounts_dir()); // it may never have been made
        for dir in DIRS.iter().filter(|dir| !dir.contains('/')) {
            self.discard(&self.root.join(dir))?;
        }
        for file in FILES {
            match fs::remove_file(self.root.join(file)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).during(|| format!("remove {}", self.root.join(file).display()));
                }
                _ => {}
            }
        }
        self.lay_out().during(|| format!("make store {} anew", self.root.display()))?;
        self.sweep(remove_as_owner)
    }

    fn refuse_locked_containers(&self) -> Result<()> {
        for dir in staging::dirs_in(&self.containers_dir())? {
            if Lock::try_exclusive_dir(&dir)?.is_none() && dir.exists() {
                let id: String = dir.file_name().unwrap_or_default().to_string_lossy().chars().take(12).collect();
                return Err(Error::new(format!("container {id} still runs"))
                    .of_kind(Kind::InUse)
                    .with_hint("end it with `box kill`, or with the process that the system shows for it"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::layers::tests::add_layer;

    #[test]
    fn a_reset_takes_everything_of_box_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        add_layer(&store, "a");
        store.put_blob(b"{}").unwrap();
        fs::write(dir.path().join("mine"), "of the user").unwrap();
        let running = store.container_dir("running");
        fs::create_dir(&running).unwrap();
        let lock = Lock::try_exclusive_dir(&running).unwrap();
        assert_eq!(store.reset(|_| Ok(())).unwrap_err().kind, Kind::InUse);
        assert_eq!(store.layers().unwrap().len(), 1);
        drop(lock);
        store.reset(|_| panic!("all files are ours")).unwrap();
        assert!(store.layers().unwrap().is_empty() && dir.path().join("mine").exists());
        let empty = |name: &str| fs::read_dir(dir.path().join(name)).unwrap().next().is_none();
        assert!(["containers", "trash", "blobs/sha256", "locks"].iter().all(|name| empty(name)));
    }
}
