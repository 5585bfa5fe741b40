//! The content-addressed store: one directory per object, and nothing else that could disagree with it.
//!
//!     root/                        0700, so that a setuid file of an image serves nobody else
//!       VERSION                    of this layout
//!       blobs/sha256/<hex>         manifests and configs, as bytes
//!       layers/<diff ID>/          tree/ (the unpacked files), blob (what came), record.json, owners (those
//!                                  that could not be set), unsynced (until a power cut would not matter)
//!       downloads/<hex>            what has arrived of a layer's blob, kept when a pull breaks off
//!       images/<image ID>.json     what `images` lists
//!       lists/<list ID>.json       manifest lists that are put together here
//!       events/                    what has happened, for those who ask
//!       names/images/<reference>   which image or list has that name
//!       locks/layer-<diff ID>      held by whoever unpacks, needs or removes that layer
//!       staging/<random>/          half-made things, locked by their maker
//!       trash/<random>/            things on their way out
//!     containers/, names/containers/, volumes/, secrets/, networks/ and mounts/ belong to `container`, `volume`,
//!     `secret`, `named_network` and `image`, which ask for the paths only.
//!
//! Readers take no lock. What is listed is whole: a thing is made in `staging`, synced, renamed into place, and only
//! then recorded; it leaves by a rename into `trash`. Whatever a killed command leaves, [`Store::sweep`] collects.

/// Manifests and configs.
pub mod blobs;
/// Unpacked layers and what is known about each.
pub mod layers;
/// Image records and their names.
pub mod images;
/// Manifest lists that are put together here.
pub mod lists;
/// Blobs of layers, on their way in and kept.
pub mod downloads;
/// Half-made things, removed things, and what killed commands left of them.
pub mod staging;
/// What the images take on disk.
pub mod usage;
/// Additional stores, which are only read.
pub mod shared;
/// What has happened, told by whoever did it.
pub mod events;
/// Everything goes.
pub mod reset;
/// Whether the store is what its records and digests say.
pub mod check;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

pub use downloads::{BlobWriter, Download, KeptBlob};
pub use images::ImageRecord;
pub use layers::{Claim, LayerIds, LayerRecord, LayerSource};
pub use lists::{ListRecord, ListedImage, ListedPlatform};
pub use staging::Staging;

use crate::disk::atomic;
use crate::error::{During, Error, Result};

const VERSION: &str = "1\n";

/// Every directory of a store root, parents first.
const DIRS: [&str; 16] = [
    "blobs",
    "blobs/sha256",
    "layers",
    "images",
    "lists",
    "names",
    "names/images",
    "names/containers",
    "containers",
    "volumes",
    "secrets",
    "networks",
    "locks",
    "downloads",
    "events",
    "staging",
];

/// A store root. Cheap to open and to clone; holds no descriptor and no lock.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// Roots of additional stores.
    shared: Vec<PathBuf>,
}

impl Store {
    /// Opens the store at `root`, laid out if it is new. An existing store may be read-only.
    pub fn open(root: impl Into<PathBuf>) -> Result<Store> {
        let store = Store { root: root.into(), shared: Vec::new() };
        store.lay_out().during(|| format!("open store {}", store.root.display()))?;
        Ok(store)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn containers_dir(&self) -> PathBuf {
        self.root.join("containers")
    }

    /// `container_id`: 64 hexadecimal digits.
    pub fn container_dir(&self, container_id: &str) -> PathBuf {
        self.root.join("containers").join(container_id)
    }

    /// One file a name, holding the container ID.
    pub fn container_names_dir(&self) -> PathBuf {
        self.root.join("names/containers")
    }

    /// Made when the first image is mounted.
    pub fn mounts_dir(&self) -> PathBuf {
        self.root.join("mounts")
    }

    pub fn volumes_dir(&self) -> PathBuf {
        self.root.join("volumes")
    }

    pub fn volume_dir(&self, volume_name: &str) -> PathBuf {
        self.root.join("volumes").join(volume_name)
    }

    pub fn networks_dir(&self) -> PathBuf {
        self.root.join("networks")
    }

    pub fn network_path(&self, network_name: &str) -> PathBuf {
        self.root.join("networks").join(network_name)
    }

    pub fn secrets_dir(&self) -> PathBuf {
        self.root.join("secrets")
    }

    pub fn secret_path(&self, secret_name: &str) -> PathBuf {
        self.root.join("secrets").join(secret_name)
    }

    /// The lock file of that name, one for each thing that commands must not do at the same time.
    pub fn lock_path(&self, name: &str) -> PathBuf {
        self.root.join("locks").join(name)
    }

    fn lay_out(&self) -> Result<()> {
        match fs::read_to_string(self.root.join("VERSION")) {
            Ok(version) if version == VERSION => return Ok(()),
            Ok(version) => {
                return Err(Error::new(format!(
                    "its layout is version `{}`, not {}",
                    version.trim().escape_debug(),
                    VERSION.trim()
                ))
                .with_hint("it was made by another release of box; use that one, or another --root"));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        private_dir(&self.root)?;
        fs::set_permissions(&self.root, fs::Permissions::from_mode(0o700))?;
        for dir in DIRS.iter().chain(&["trash"]) {
            private_dir(&self.root.join(dir))?;
        }
        spread_children(&self.root.join("staging"));
        // Last, so that a store that has a version has every directory.
        atomic::write(&self.root.join("VERSION"), VERSION.as_bytes())
    }
}

fn private_dir(dir: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new().mode(0o700).recursive(true).create(dir)
}

/// Tells ext4 that the directories made in `dir` have nothing to do with each other (man 1 chattr, attribute T).
///
/// Without that all trees of the store crowd into one part of the disk, where each new file is looked for a place past
/// every inode that was freed within the last minutes: 20,000 files take 10 times as long after a removal. Other file
/// systems know nothing of it.
fn spread_children(dir: &Path) {
    let mark = || {
        let dir = fs::File::open(dir)?;
        let flags = ioctl_getflags(&dir)?;
        std::io::Result::Ok(ioctl_setflags(&dir, flags | IFlags::TOPDIR)?)
    };
    let _ = mark(); // it is only slower without
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_store_is_closed_to_others_and_opens_again() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("deep/store");
        Store::open(&root).unwrap();
        Store::open(&root).unwrap();
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(DIRS.iter().all(|dir| root.join(dir).is_dir()));
    }

    #[test]
    fn a_store_of_another_layout_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("VERSION"), "99\n").unwrap();
        let error = Store::open(dir.path()).unwrap_err();
        assert!(error.to_string().contains("version `99`") && error.hint.is_some());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
