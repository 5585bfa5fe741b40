//! Unpacked layers and what is known about each.
//!
//! The lock of a layer decides between the commands that touch it: exclusive for who unpacks or removes it, shared for
//! who needs it to stay (a pull until its image is listed, a create until its container is).

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Staging, Store, staging};
use crate::disk::{Lock, atomic, record, tree};
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::process::liveness;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRecord {
    /// Digest of the uncompressed tar.
    pub diff_id: Digest,
    /// Bytes of the regular files, unpacked.
    pub size_bytes: u64,
    /// The blob it came as, which is kept beside the tree.
    #[serde(default)]
    pub kept: Option<LayerSource>,
    /// Further blobs that unpack to it, as registries have them.
    #[serde(default)]
    pub sources: Vec<LayerSource>,
    /// What the owners of the files on disk mean.
    pub ids: LayerIds,
    /// Some owners could not be set; `owners` beside the tree has them.
    #[serde(default)]
    pub owners_recorded: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSource {
    pub digest: Digest,
    pub size_compressed: u64,
    pub media_type: String,
    /// Of the descriptor: where the table of contents is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The id map under which a layer was unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerIds {
    /// Root is the user, the rest are the user's subordinate ids.
    Subordinate,
    /// Every file is the user's.
    Single,
    /// Ids inside are ids outside: unpacked by root.
    Identity,
}

/// Beside a tree that the disk may not have yet: the boot in which it was written.
const UNSYNCED: &str = "unsynced";

/// Who unpacks a layer.
#[derive(Debug)]
pub enum Claim {
    /// It is in the store and stays while this lock is held.
    Present(Lock),
    /// We do; others wait for this lock. [`Lock::share`] it once the layer is committed.
    Ours(Lock),
}

impl Store {
    /// `layers/<diff ID>`, whether it exists or not; that of an additional store where only such a one has it.
    pub fn layer_dir(&self, diff_id: &Digest) -> PathBuf {
        self.locate(&Path::new("layers").join(diff_id.hex()))
    }

    /// `layers/<diff ID>` of this store: the place to change.
    pub(super) fn own_layer_dir(&self, diff_id: &Digest) -> PathBuf {
        self.root.join("layers").join(diff_id.hex())
    }

    /// The unpacked files: a lower directory of overlayfs.
    pub fn layer_tree(&self, diff_id: &Digest) -> PathBuf {
        self.layer_dir(diff_id).join("tree")
    }

    /// What is known of a whole layer; `None` where the store does not have it.
    pub fn find_layer(&self, diff_id: &Digest) -> Result<Option<LayerRecord>> {
        let dir = self.layer_dir(diff_id);
        let Some(layer) = record::read(&dir.join("record.json"))? else { return Ok(None) };
        // What a machine had in memory when it went down may have holes on its disk.
        let written_in = fs::read_to_string(dir.join(UNSYNCED)).ok();
        Ok(written_in.is_none_or(|boot| boot == liveness::boot_id()).then_some(layer))
    }

    /// Settles who unpacks the layer. Waits while another command does, and takes over when that one dies.
    ///
    /// A command that holds a claim of its own must not wait here for another layer before it has committed or given up
    /// the first: two pulls could wait for each other.
    pub fn claim_layer(&self, diff_id: &Digest) -> Result<Claim> {
        let path = self.layer_lock_path(diff_id);
        loop {
            if let Some(lock) = Lock::try_exclusive(&path)? {
                if self.find_layer(diff_id)?.is_none() {
                    return Ok(Claim::Ours(lock));
                }
                lock.share()?;
            }
            // Shared: any number of commands may wait for the one that unpacks, and none of them waits for another.
            let lock = Lock::shared(&path)?;
            if self.find_layer(diff_id)?.is_some() {
                return Ok(Claim::Present(lock));
            }
        }
    }

    /// [`Store::claim_layer`] that does not wait: `None` while another command unpacks the layer. Any number of claims
    /// may be taken so.
    pub fn try_claim_layer(&self, diff_id: &Digest) -> Result<Option<Claim>> {
        let path = self.layer_lock_path(diff_id);
        if let Some(lock) = Lock::try_exclusive(&path)? {
            if self.find_layer(diff_id)?.is_none() {
                return Ok(Some(Claim::Ours(lock)));
            }
            lock.share()?;
            return Ok(Some(Claim::Present(lock)));
        }
        if self.find_layer(diff_id)?.is_none() {
            return Ok(None);
        }
        // Whoever has it only needs it, or removes it in a moment.
        let lock = Lock::shared(&path)?;
        Ok(self.find_layer(diff_id)?.map(|_| Claim::Present(lock)))
    }

    /// The unpacked files of a layer that has to be there.
    pub fn require_layer_tree(&self, diff_id: &Digest) -> Result<PathBuf> {
        let tree = self.layer_tree(diff_id);
        if tree.exists() { Ok(tree) } else { Err(missing(diff_id)) }
    }

    /// Keeps these layers from being removed as long as the locks live. An error where one has been removed already.
    pub fn hold_layers(&self, diff_ids: &[Digest]) -> Result<Vec<Lock>> {
        let hold = |diff_id| {
            let lock = Lock::shared(&self.layer_lock_path(diff_id))?;
            match self.find_layer(diff_id)? {
                Some(_) => Ok(lock),
                None => Err(missing(diff_id)),
            }
        };
        diff_ids.iter().map(hold).collect()
    }

    /// Puts the staged `tree/` in place as the layer that `record` describes, for which the caller holds the claim.
    ///
    /// From then on every command uses it; whether a power cut takes it is settled once for all layers of an image, by
    /// [`Store::sync_layers`].
    pub fn commit_layer(&self, staging: Staging, layer: &LayerRecord) -> Result<()> {
        let target = self.own_layer_dir(&layer.diff_id);
        // Both come with the rename, so that a layer directory without a record cannot be.
        record::write_unsynced(&staging.path().join("record.json"), layer)
            .and_then(|()| atomic::write_unsynced(&staging.path().join(UNSYNCED), liveness::boot_id().as_bytes()))
            // One that a power cut left, which is nobody's.
            .and_then(|()| self.discard(&target))
            .and_then(|()| staging.commit(&target))
            .during(|| format!("commit layer {}", layer.diff_id))
    }

    /// Returns when these layers survive a power cut. One sync serves them all.
    pub fn sync_layers(&self, diff_ids: &[Digest]) -> Result<()> {
        let markers = || diff_ids.iter().map(|diff_id| self.own_layer_dir(diff_id).join(UNSYNCED));
        if !markers().any(|marker| marker.exists()) {
            return Ok(());
        }
        let root = fs::File::open(&self.root)?;
        let sync = || rustix::fs::syncfs(&root).during(|| format!("sync {}", self.root.display()));
        sync()?;
        for marker in markers() {
            let _ = fs::remove_file(marker); // another command has synced it too
        }
        // That they are gone has to last as well.
        sync()
    }

    /// Remembers another blob that unpacks to this layer.
    pub fn add_layer_source(&self, diff_id: &Digest, source: LayerSource) -> Result<()> {
        if self.shared_root_of_layer(diff_id).is_some() {
            return Ok(());
        }
        let Some(mut layer) = self.find_layer(diff_id)? else { return Ok(()) };
        if layer.kept.as_ref() == Some(&source) || layer.sources.contains(&source) {
            return Ok(());
        }
        layer.sources.push(source);
        // Two writers at once lose one source, which costs a download later and nothing else.
        record::write(&self.layer_dir(diff_id).join("record.json"), &layer)
    }

    /// Removes every layer that no image and no container refers to and no command holds. Returns their diff IDs.
    pub fn remove_unused_layers(&self) -> Result<Vec<Digest>> {
        let used = self.diff_ids_in_use()?;
        let mut candidates = Vec::new();
        for diff_id in self.layers()?.into_iter().filter(|diff_id| !used.contains(diff_id)) {
            if let Some(lock) = Lock::try_exclusive(&self.layer_lock_path(&diff_id))? {
                candidates.push((diff_id, lock));
            }
        }
        // Asked again under the locks: whoever began to use one of them before that has been listed since.
        let used = if candidates.is_empty() { HashSet::new() } else { self.diff_ids_in_use()? };
        let mut removed = Vec::new();
        for (diff_id, _lock) in candidates.into_iter().filter(|(diff_id, _)| !used.contains(diff_id)) {
            self.discard(&self.own_layer_dir(&diff_id))?;
            let _ = fs::remove_file(self.layer_lock_path(&diff_id)); // ours, as we hold it exclusively
            removed.push(diff_id);
        }
        Ok(removed)
    }

    /// Diff IDs of all layers in the store.
    pub fn layers(&self) -> Result<Vec<Digest>> {
        let dirs = staging::dirs_in(&self.root.join("layers"))?;
        Ok(dirs.iter().filter_map(|dir| format!("sha256:{}", dir.file_name()?.to_str()?).parse().ok()).collect())
    }

    /// Diff IDs that an image or a container refers to.
    pub fn diff_ids_in_use(&self) -> Result<HashSet<Digest>> {
        let mut used: HashSet<Digest> = self.images()?.into_iter().flat_map(|image| image.diff_ids).collect();
        for container in self.container_uses()? {
            used.extend(container.diff_ids.into_iter().chain(container.mounted_layers));
        }
        Ok(used)
    }

    /// What each container needs of the store, whatever else its record says.
    pub fn container_uses(&self) -> Result<Vec<ContainerUse>> {
        let mut uses = Vec::new();
        for dir in staging::dirs_in(&self.containers_dir())? {
            // A record that cannot be read stops the removal: its layers are unknown, not unused.
            if let Some(mut container) = record::read::<ContainerUse>(&dir.join("record.json"))? {
                container.container_id = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
                uses.push(container);
            }
        }
        Ok(uses)
    }

    /// Bytes of a layer's files as they are on disk.
    pub fn layer_size(&self, diff_id: &Digest) -> Result<u64> {
        match self.find_layer(diff_id)? {
            Some(layer) => Ok(layer.size_bytes),
            None => tree::size(&self.layer_tree(diff_id)),
        }
    }

    pub(super) fn layer_lock_path(&self, diff_id: &Digest) -> PathBuf {
        self.lock_path(&format!("layer-{}", diff_id.hex()))
    }
}

/// The fields of a container's record that tie it to the store.
#[derive(Clone, Debug, Deserialize)]
pub struct ContainerUse {
    #[serde(skip)]
    pub container_id: String,
    #[serde(default)]
    pub name: String,
    /// None for a container of a plain directory.
    #[serde(default)]
    pub image_id: Option<Digest>,
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
    /// Of images that it mounts.
    #[serde(default)]
    pub mounted_layers: Vec<Digest>,
}

fn missing(diff_id: &Digest) -> Error {
    Error::new(format!("layer {diff_id} is missing from the store"))
        .with_hint("pull the image again, or name the other store that has it with --imagestore")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn layer(content: &str) -> LayerRecord {
        LayerRecord {
            diff_id: Digest::sha256_of(content.as_bytes()),
            size_bytes: content.len() as u64,
            kept: None,
            sources: vec![],
            ids: LayerIds::Identity,
            owners_recorded: false,
        }
    }

    pub fn add_layer(store: &Store, content: &str) -> Digest {
        let staging = store.stage().unwrap();
        fs::create_dir(staging.path().join("tree")).unwrap();
        fs::write(staging.path().join("tree/file"), content).unwrap();
        let record = layer(content);
        store.commit_layer(staging, &record).unwrap();
        record.diff_id
    }

    #[test]
    fn a_layer_is_listed_once_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let diff_id = add_layer(&store, "a");
        assert_eq!(store.find_layer(&diff_id).unwrap(), Some(layer("a")));
        assert_eq!(fs::read_to_string(store.layer_tree(&diff_id).join("file")).unwrap(), "a");
        assert_eq!(fs::read_dir(dir.path().join("staging")).unwrap().count(), 0);
        assert_eq!(store.find_layer(&Digest::sha256_of(b"b")).unwrap(), None);
    }

    #[test]
    fn one_command_unpacks_a_layer_and_the_others_wait_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let unpackings = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| match store.claim_layer(&layer("a").diff_id).unwrap() {
                    Claim::Present(_) => {}
                    Claim::Ours(_lock) => {
                        unpackings.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        add_layer(&store, "a");
                    }
                });
            }
        });
        assert_eq!(unpackings.into_inner(), 1);
    }

    #[test]
    fn a_claim_passes_on_when_its_owner_gives_up() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let diff_id = layer("a").diff_id;
        for _ in 0..2 {
            assert!(matches!(store.claim_layer(&diff_id).unwrap(), Claim::Ours(_)));
        }
        add_layer(&store, "a");
        assert!(matches!(store.claim_layer(&diff_id).unwrap(), Claim::Present(_)));
    }

    #[test]
    fn layers_in_use_or_held_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let [contained, held, unused] = ["contained", "held", "unused"].map(|content| add_layer(&store, content));
        let container = store.container_dir("c");
        fs::create_dir(&container).unwrap();
        fs::write(container.join("record.json"), format!(r#"{{"name":"web","diff_ids":["{contained}"],"more":1}}"#))
            .unwrap();
        let hold = store.hold_layers(std::slice::from_ref(&held)).unwrap();
        assert_eq!(store.remove_unused_layers().unwrap(), [unused]);
        drop(hold);
        assert!(store.hold_layers(&[Digest::sha256_of(b"removed")]).is_err());
        assert_eq!(store.remove_unused_layers().unwrap(), [held]);
        assert!(store.find_layer(&contained).unwrap().is_some());
        fs::write(container.join("record.json"), "{").unwrap();
        assert!(store.remove_unused_layers().is_err(), "what an unreadable container uses is unknown");
    }
}
