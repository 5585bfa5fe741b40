//! Image records and their names.
//!
//! A record holds what listings show; everything else is in the config and manifest blobs, which live and die with it.
//! Names are whole references (`docker.io/library/ubuntu:latest`): one file each, so that moving one is one rename.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Store;
use crate::disk::{Lock, atomic, record};
use crate::error::{During, Error, Result};
use crate::oci::Digest;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Digest of the config: the image ID.
    pub id: Digest,
    /// Digest of the manifest that was pulled for this machine.
    pub manifest: Digest,
    /// `docker.io/library/ubuntu@sha256:…`: where it came from, by index and by manifest.
    #[serde(default)]
    pub repo_digests: BTreeSet<String>,
    /// Bottom first.
    pub diff_ids: Vec<Digest>,
    /// Bytes of all layers, unpacked.
    pub size_bytes: u64,
    /// RFC 3339, as the config says.
    #[serde(default)]
    pub created: Option<String>,
    pub architecture: String,
    pub os: String,
    #[serde(default)]
    pub variant: Option<String>,
    /// Every name that it has had or has, the last given first. The store keeps it.
    #[serde(default)]
    pub names_history: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct NameRecord {
    name: String,
    image_id: Digest,
}

impl Store {
    /// Lists the image, and gives it `name`. Its layers must be in the store and held.
    pub fn add_image(&self, image: &ImageRecord, manifest: &[u8], config: &[u8], name: Option<&str>) -> Result<()> {
        self.sync_layers(&image.diff_ids)?;
        let _lock = self.lock_image(&image.id)?;
        self.put_blob(config)?;
        self.put_blob(manifest)?;
        let mut image = image.clone();
        let known: Option<ImageRecord> = record::read(&self.image_path(&image.id))?;
        if let Some(known) = &known {
            image.repo_digests.extend(known.repo_digests.iter().cloned());
            image.names_history.clone_from(&known.names_history);
        }
        if let Some(name) = name {
            remember_name(&mut image.names_history, name);
        }
        record::write(&self.image_path(&image.id), &image).during(|| format!("list image {}", image.id))?;
        let replaced = known.filter(|known| known.manifest != image.manifest && !self.is_listed(&known.manifest));
        if let Some(known) = replaced {
            let _ = fs::remove_file(self.blob_path(&known.manifest)); // one nobody refers to costs a few bytes
        }
        name.map_or(Ok(()), |name| self.write_name(name, &image.id))
    }

    /// Remembers another place where registries have the image: `docker.io/library/ubuntu@sha256:…`.
    pub fn add_repo_digest(&self, id: &Digest, repo_digest: &str) -> Result<()> {
        let _lock = self.lock_image(id)?;
        // That of an additional store keeps what it knows.
        let Some(mut image) = record::read::<ImageRecord>(&self.image_path(id))? else { return Ok(()) };
        match image.repo_digests.insert(repo_digest.to_owned()) {
            true => record::write(&self.image_path(id), &image).during(|| format!("list image {id}")),
            false => Ok(()),
        }
    }

    /// The image of that ID.
    pub fn read_image(&self, id: &Digest) -> Result<Option<ImageRecord>> {
        record::read(&self.locate(&Path::new("images").join(format!("{}.json", id.hex()))))
    }

    /// All images, newest first.
    pub fn images(&self) -> Result<Vec<ImageRecord>> {
        let mut images: Vec<ImageRecord> = record::read_all(&self.root.join("images"))?;
        for root in &self.shared {
            let known: BTreeSet<Digest> = images.iter().map(|image| image.id.clone()).collect();
            let theirs = record::read_all::<ImageRecord>(&root.join("images"))?;
            images.extend(theirs.into_iter().filter(|image| !known.contains(&image.id)));
        }
        images.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        Ok(images)
    }

    /// The image with this whole reference (by tag or by digest), ID, or beginning of an ID.
    pub fn find_image(&self, name_or_id: &str) -> Result<Option<ImageRecord>> {
        if let Some(named) = self.find_name(name_or_id)? {
            // A name can outlive its image by the moment between two steps of a removal.
            return self.read_image(&named);
        }
        if name_or_id.contains('@') {
            return Ok(self.images()?.into_iter().find(|image| image.repo_digests.contains(name_or_id)));
        }
        self.find_image_by_id(name_or_id)
    }

    /// The image whose ID begins so, with or without `sha256:`. An error where two do.
    pub fn find_image_by_id(&self, prefix: &str) -> Result<Option<ImageRecord>> {
        let prefix = prefix.strip_prefix("sha256:").unwrap_or(prefix);
        if prefix.is_empty() || !prefix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Ok(None);
        }
        let mut matches: BTreeMap<OsString, PathBuf> = BTreeMap::new();
        for root in self.roots() {
            for path in files_in(&root.join("images"))? {
                let name = path.file_name().unwrap_or_default().to_owned();
                if name.as_encoded_bytes().starts_with(prefix.as_bytes()) {
                    matches.entry(name).or_insert(path);
                }
            }
        }
        let mut matches = matches.into_values();
        match (matches.next(), matches.next()) {
            (None, _) => Ok(None),
            (Some(path), None) => record::read(&path),
            (Some(_), Some(_)) => Err(Error::new(format!("image ID `{prefix}` is ambiguous"))
                .with_hint("give more of its digits; `box images --no-trunc` shows them all")),
        }
    }

    /// Every name and the ID of its image, in the order of names.
    pub fn names(&self) -> Result<BTreeMap<String, Digest>> {
        let mut names = BTreeMap::new();
        for root in self.roots() {
            for NameRecord { name, image_id } in record::read_all(&root.join("names/images"))? {
                names.entry(name).or_insert(image_id);
            }
        }
        Ok(names)
    }

    pub fn names_of(&self, id: &Digest) -> Result<Vec<String>> {
        Ok(self.names()?.into_iter().filter(|(_, named)| named == id).map(|(name, _)| name).collect())
    }

    /// The ID of the image with exactly this name.
    pub fn find_name(&self, name: &str) -> Result<Option<Digest>> {
        let path = self.locate(&Path::new("names/images").join(name_file(name)));
        Ok(record::read::<NameRecord>(&path)?.map(|named| named.image_id))
    }

    /// Gives the image this name; an image that had it loses it.
    pub fn tag(&self, id: &Digest, name: &str) -> Result<()> {
        let _lock = self.lock_image(id)?;
        if self.read_list(id)?.is_some() {
            return self.write_name(name, id);
        }
        let mut image = self.read_image(id)?.ok_or_else(|| Error::absent("image", id))?;
        if self.shared_root_of(id).is_none() && remember_name(&mut image.names_history, name) {
            record::write(&self.image_path(id), &image).during(|| format!("tag image {} as {name}", id.short()))?;
        }
        self.write_name(name, id)
    }

    /// Takes the name from the image; false where it does not have it.
    pub fn untag(&self, id: &Digest, name: &str) -> Result<bool> {
        let _lock = self.lock_image(id)?;
        self.remove_name(name, id)
    }

    /// Removes the image and its names, if `may_go` says so once nobody else can change it. Its layers stay until
    /// [`Store::remove_unused_layers`]. Returns the names that went with it.
    pub fn remove_image(&self, id: &Digest, may_go: impl FnOnce(&[String]) -> Result<()>) -> Result<Vec<String>> {
        let _lock = self.lock_image(id)?;
        self.refuse_shared(id)?;
        let image = self.read_image(id)?.ok_or_else(|| Error::absent("image", id))?;
        let names = self.names_of(id)?;
        may_go(&names)?;
        // The record last but the blobs: a kill in between leaves an image without some names, never the reverse.
        for name in &names {
            self.remove_name(name, id)?;
        }
        let path = self.image_path(id);
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))?;
        for blob in [&image.manifest, &image.id].into_iter().filter(|blob| !self.is_listed(blob)) {
            let _ = fs::remove_file(self.blob_path(blob)); // one nobody refers to costs a few bytes
        }
        Ok(names)
    }

    pub(super) fn write_name(&self, name: &str, id: &Digest) -> Result<()> {
        let _lock = self.lock_name(name)?;
        record::write(&self.name_path(name), &NameRecord { name: name.to_owned(), image_id: id.clone() })
            .during(|| format!("tag image {} as {name}", id.short()))
    }

    pub(super) fn remove_name(&self, name: &str, id: &Digest) -> Result<bool> {
        let _lock = self.lock_name(name)?;
        let path = self.name_path(name);
        if self.read_name_file(&path)?.is_none_or(|(_, named)| named != *id) {
            return Ok(false);
        }
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))?;
        atomic::sync_dir(&self.root.join("names/images"))?;
        Ok(true)
    }

    pub(super) fn image_path(&self, id: &Digest) -> PathBuf {
        self.root.join("images").join(format!("{}.json", id.hex()))
    }

    pub(super) fn name_path(&self, name: &str) -> PathBuf {
        self.root.join("names/images").join(name_file(name))
    }

    /// What the file of a name says; `None` where it has gone.
    pub(super) fn read_name_file(&self, path: &Path) -> Result<Option<(String, Digest)>> {
        Ok(record::read::<NameRecord>(path)?.map(|named| (named.name, named.image_id)))
    }

    pub(super) fn lock_image(&self, id: &Digest) -> Result<ShortLock> {
        ShortLock::take(self.lock_path(&format!("image-{}", id.hex())))
    }

    fn lock_name(&self, name: &str) -> Result<ShortLock> {
        ShortLock::take(self.lock_path(&format!("name-{}", name_file(name))))
    }
}

/// Puts `name` in front; false where it is there already. A name given again and again fills no record.
fn remember_name(history: &mut Vec<String>, name: &str) -> bool {
    const MOST: usize = 100;
    if history.first().is_some_and(|last| last == name) {
        return false;
    }
    history.retain(|earlier| earlier != name);
    history.insert(0, name.to_owned());
    history.truncate(MOST);
    true
}

/// For each image, which other one has the most of its layers, from the bottom up, and no other layer.
pub fn parents(records: &[ImageRecord]) -> Vec<Option<usize>> {
    let mut by_layers: Vec<usize> = (0..records.len()).collect();
    by_layers.sort_by(|&a, &b| records[a].diff_ids.cmp(&records[b].diff_ids));
    let mut parents = vec![None; records.len()];
    // In this order an image follows those that it is built on, with nothing but their other children in between.
    let mut bases: Vec<usize> = Vec::new();
    for image in by_layers {
        let layers = &records[image].diff_ids;
        while bases.last().is_some_and(|&base| !layers.starts_with(&records[base].diff_ids)) {
            bases.pop();
        }
        let is_smaller = |base: &&usize| records[**base].diff_ids.len() < layers.len();
        parents[image] = bases.iter().rev().find(is_smaller).copied();
        if !layers.is_empty() {
            bases.push(image);
        }
    }
    parents
}

/// A lock for a few file operations, whose file goes with it.
pub(super) struct ShortLock {
    path: PathBuf,
    _lock: Lock,
}

impl ShortLock {
    fn take(path: PathBuf) -> Result<ShortLock> {
        Ok(ShortLock { _lock: Lock::exclusive(&path)?, path })
    }
}

impl Drop for ShortLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path); // a waiter notices and makes it anew
    }
}

/// A file name for a reference: readable, without a slash, never hidden, never too long.
fn name_file(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | ':' | '.' | '@' => c.to_string(),
            other => other.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect(),
        })
        .collect();
    if escaped.len() > 200 || escaped.starts_with('.') || escaped.is_empty() {
        return format!("%{}", Digest::sha256_of(name.as_bytes()).hex());
    }
    escaped
}

pub(super) fn files_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.during(|| format!("list {}", dir.display()))?,
    };
    let finished = |name: &OsString| !atomic::is_unfinished(name);
    Ok(entries.flatten().filter(|entry| finished(&entry.file_name())).map(|entry| entry.path()).collect())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::store::layers::tests::add_layer;

    const UBUNTU: &str = "docker.io/library/ubuntu:latest";

    fn add_image(store: &Store, config: &str, name: Option<&str>) -> Digest {
        let image = record_of(config, &[&add_layer(store, config)]);
        store.add_image(&image, manifest_of(config).as_bytes(), config.as_bytes(), name).unwrap();
        image.id
    }

    /// A nameless image with this config and these layers.
    pub fn add_image_of(store: &Store, config: &str, layers: &[&Digest]) -> Digest {
        let image = record_of(config, layers);
        store.add_image(&image, manifest_of(config).as_bytes(), config.as_bytes(), None).unwrap();
        image.id
    }

    /// A config and a manifest that speak of each other and of one layer.
    pub fn config_and_manifest(layer: &Digest) -> (String, String) {
        let config = format!(r#"{{"architecture":"amd64","os":"linux","rootfs":{{"diff_ids":["{layer}"]}}}}"#);
        let digest = Digest::sha256_of(config.as_bytes());
        let descriptor = format!(r#"{{"mediaType":"x","digest":"{digest}","size":1}}"#);
        (config, format!(r#"{{"schemaVersion":2,"config":{descriptor},"layers":[{descriptor}]}}"#))
    }

    pub fn add_named_image(store: &Store, config: &str, manifest: &str, layer: &Digest, name: &str) -> Digest {
        let record = record_of(config, &[layer]);
        let image = ImageRecord { manifest: Digest::sha256_of(manifest.as_bytes()), ..record };
        store.add_image(&image, manifest.as_bytes(), config.as_bytes(), Some(name)).unwrap();
        image.id
    }

    fn manifest_of(config: &str) -> String {
        format!("manifest of {config}")
    }

    fn record_of(config: &str, layers: &[&Digest]) -> ImageRecord {
        let manifest = Digest::sha256_of(manifest_of(config).as_bytes());
        ImageRecord {
            id: Digest::sha256_of(config.as_bytes()),
            repo_digests: [format!("docker.io/library/x@{manifest}")].into(),
            manifest,
            diff_ids: layers.iter().map(|diff_id| (*diff_id).clone()).collect(),
            size_bytes: 1,
            created: Some("2026-01-01T00:00:00Z".to_owned()),
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            variant: None,
            names_history: Vec::new(),
        }
    }

    fn with_store(check: impl FnOnce(Store)) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        check(store);
        let locks = fs::read_dir(dir.path().join("locks")).unwrap().flatten();
        let left: Vec<_> = locks.filter(|lock| !lock.file_name().as_encoded_bytes().starts_with(b"layer-")).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn an_image_is_built_on_the_one_with_most_of_its_layers() {
        let with_layers = |layers: &str| {
            let layers: Vec<Digest> = layers.chars().map(|layer| Digest::sha256_of(&[layer as u8])).collect();
            record_of("config", &layers.iter().collect::<Vec<_>>())
        };
        let images = ["abc", "a", "ab", "ac", "", "ab", "b", "abcd"].map(with_layers);
        assert_eq!(parents(&images), [Some(5), None, Some(1), Some(1), None, Some(1), None, Some(0)]);
    }

    #[test]
    fn an_image_remembers_what_it_was_called() {
        with_store(|store| {
            let id = add_image(&store, "a", Some(UBUNTU));
            let history = || store.read_image(&id).unwrap().unwrap().names_history;
            store.tag(&id, "localhost/a:1").unwrap();
            store.untag(&id, UBUNTU).unwrap();
            assert_eq!(history(), ["localhost/a:1", UBUNTU]);
            store.tag(&id, UBUNTU).unwrap();
            assert_eq!(history(), [UBUNTU, "localhost/a:1"]);
        });
    }

    #[test]
    fn an_image_is_found_by_name_digest_and_beginning_of_its_id() {
        with_store(|store| {
            let id = add_image(&store, "a", Some(UBUNTU));
            let by_digest = store.read_image(&id).unwrap().unwrap().repo_digests.first().unwrap().clone();
            for name in [UBUNTU, &id.to_string(), id.hex(), id.short(), &id.to_string()[..10], &by_digest] {
                assert_eq!(store.find_image(name).unwrap().map(|image| image.id).as_ref(), Some(&id), "{name}");
            }
            for name in ["", "sha256:", "docker.io/library/ubuntu:other", "../images", "ffffffffffff", "UBUNTU"] {
                assert_eq!(store.find_image(name).unwrap(), None, "{name}");
            }
        });
    }

    #[test]
    fn a_beginning_that_two_ids_share_is_refused() {
        with_store(|store| {
            // Among 17 there are two that begin with the same digit.
            let ids: Vec<Digest> = (0..17).map(|n| add_image(&store, &n.to_string(), None)).collect();
            let shared = |first: &str| ids.iter().filter(|id| id.hex().starts_with(first)).count() > 1;
            let first = ids.iter().map(|id| &id.hex()[..1]).find(|first| shared(first)).unwrap();
            assert!(store.find_image(first).unwrap_err().to_string().contains("ambiguous"));
        });
    }

    #[test]
    fn a_name_moves_to_the_image_that_was_given_it_last() {
        with_store(|store| {
            let (old, new) = (add_image(&store, "old", Some(UBUNTU)), add_image(&store, "new", None));
            store.tag(&new, UBUNTU).unwrap();
            assert_eq!(store.find_name(UBUNTU).unwrap(), Some(new.clone()));
            assert_eq!(store.names_of(&old).unwrap(), [""; 0]);
            assert!(!store.untag(&old, UBUNTU).unwrap());
            assert!(store.untag(&new, UBUNTU).unwrap());
            assert!(store.names().unwrap().is_empty());
            assert!(store.tag(&Digest::sha256_of(b"none"), UBUNTU).is_err());
        });
    }

    #[test]
    fn a_removed_image_takes_its_names_and_blobs_along() {
        with_store(|store| {
            let id = add_image(&store, "a", Some(UBUNTU));
            let manifest = store.read_image(&id).unwrap().unwrap().manifest;
            let refused = store.remove_image(&id, |names| Err(Error::new(names.join(","))));
            assert_eq!(refused.unwrap_err().to_string(), UBUNTU);
            assert_eq!(store.remove_image(&id, |_| Ok(())).unwrap(), [UBUNTU]);
            assert!(store.images().unwrap().is_empty() && store.names().unwrap().is_empty());
            assert_eq!((store.find_blob(&id).unwrap(), store.find_blob(&manifest).unwrap()), (None, None));
            assert_eq!(store.remove_unused_layers().unwrap().len(), 1);
        });
    }

    #[test]
    fn any_reference_makes_a_file_name_of_its_own() {
        let long = format!("host.example/{}:tag", "a/".repeat(200));
        let names = [UBUNTU, "docker.io/library%2fubuntu", "..", ".", ".hidden", "", &long, "a\nb", "ü"];
        let files: BTreeSet<String> = names.iter().map(|name| name_file(name)).collect();
        assert_eq!(files.len(), names.len());
        for file in files {
            assert!(!file.contains('/') && !file.starts_with('.') && file.len() < 220 && file.is_ascii(), "{file}");
        }
    }
}
