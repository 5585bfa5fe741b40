//! Manifest lists that are put together here: objects of their own, with names like images.
//!
//!     lists/<list ID>.json
//!
//! A list refers to images of the store, which stay while it does, and to their manifests as they were when they were
//! added. The index that a registry gets is made from the record each time.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use super::Store;
use crate::disk::{atomic, record};
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::oci::manifest::Descriptor;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListRecord {
    /// Made up: what a list holds changes.
    pub id: Digest,
    /// RFC 3339.
    pub created: String,
    pub images: Vec<ListedImage>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What the list is about (image-spec image-index.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedImage {
    pub image_id: Digest,
    pub manifest: Digest,
    pub media_type: String,
    /// Of the manifest.
    pub size_bytes: u64,
    pub platform: ListedPlatform,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// As it stands in the index (image-spec image-index.md).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListedPlatform {
    pub architecture: String,
    pub os: String,
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

impl Store {
    /// Makes an empty list of that name; an image or list that had it loses it.
    pub fn create_list(&self, name: &str, annotations: BTreeMap<String, String>) -> Result<ListRecord> {
        let now = jiff::Timestamp::now();
        let list = ListRecord {
            id: Digest::sha256_of(format!("{name} {now} {}", atomic::fresh_name()).as_bytes()),
            created: now.to_string(),
            images: Vec::new(),
            annotations,
            subject: None,
        };
        let dir = self.root.join("lists");
        fs::create_dir_all(&dir).during(|| format!("create {}", dir.display()))?;
        self.write_list(&list)?;
        self.write_name(name, &list.id)?;
        Ok(list)
    }

    /// All lists, newest first.
    pub fn lists(&self) -> Result<Vec<ListRecord>> {
        let mut lists: Vec<ListRecord> = record::read_all(&self.root.join("lists"))?;
        lists.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        Ok(lists)
    }

    pub fn read_list(&self, id: &Digest) -> Result<Option<ListRecord>> {
        record::read(&self.list_path(id))
    }

    /// The list with this whole name, ID, or beginning of an ID of twelve digits or more.
    pub fn find_list(&self, name_or_id: &str) -> Result<Option<ListRecord>> {
        if let Some(id) = self.find_name(name_or_id)? {
            return self.read_list(&id);
        }
        let prefix = name_or_id.strip_prefix("sha256:").unwrap_or(name_or_id);
        if prefix.len() < 12 || !prefix.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Ok(None);
        }
        Ok(self.lists()?.into_iter().find(|list| list.id.hex().starts_with(prefix)))
    }

    /// Changes a list while nobody else does. An error leaves it as it is.
    pub fn change_list(&self, id: &Digest, change: impl FnOnce(&mut ListRecord) -> Result<()>) -> Result<ListRecord> {
        let _lock = self.lock_image(id)?;
        let mut list = self.read_list(id)?.ok_or_else(|| Error::absent("manifest list", id.short()))?;
        change(&mut list)?;
        self.write_list(&list)?;
        Ok(list)
    }

    /// Removes the list and its names, which are returned. The images stay.
    pub fn remove_list(&self, id: &Digest) -> Result<Vec<String>> {
        let _lock = self.lock_image(id)?;
        let names = self.names_of(id)?;
        for name in &names {
            self.remove_name(name, id)?;
        }
        let path = self.list_path(id);
        fs::remove_file(&path).during(|| format!("remove {}", path.display()))?;
        Ok(names)
    }

    /// The list that has this image, if one does.
    pub fn list_with_image(&self, image_id: &Digest) -> Result<Option<ListRecord>> {
        Ok(self.lists()?.into_iter().find(|list| list.images.iter().any(|image| image.image_id == *image_id)))
    }

    /// Whether a list refers to the manifest. One that cannot be read may.
    pub(super) fn is_listed(&self, manifest: &Digest) -> bool {
        self.lists().map_or(true, |lists| lists.iter().any(|list| list.refers_to(manifest)))
    }

    fn write_list(&self, list: &ListRecord) -> Result<()> {
        record::write(&self.list_path(&list.id), list).during(|| format!("write manifest list {}", list.id.short()))
    }

    pub(super) fn list_path(&self, id: &Digest) -> std::path::PathBuf {
        self.root.join("lists").join(format!("{}.json", id.hex()))
    }
}

impl ListRecord {
    fn refers_to(&self, manifest: &Digest) -> bool {
        self.images.iter().any(|image| image.manifest == *manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_found_by_name_and_id_and_leaves_with_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let list = store.create_list("localhost/all:latest", BTreeMap::new()).unwrap();
        for name in ["localhost/all:latest", list.id.hex(), list.id.short(), &list.id.to_string()] {
            assert_eq!(store.find_list(name).unwrap().as_ref(), Some(&list), "{name}");
        }
        assert_eq!(store.find_image("localhost/all:latest").unwrap(), None);
        let refused = store.change_list(&list.id, |_| Err(Error::new("no")));
        assert!(refused.is_err() && store.read_list(&list.id).unwrap() == Some(list.clone()));
        assert_eq!(store.remove_list(&list.id).unwrap(), ["localhost/all:latest"]);
        assert!(store.lists().unwrap().is_empty() && store.names().unwrap().is_empty());
    }

    #[test]
    fn manifest_of_a_list_stays_when_its_image_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let manifest = store.put_blob(b"{}").unwrap();
        let list = store.create_list("localhost/all:latest", BTreeMap::new()).unwrap();
        let image = ListedImage {
            image_id: Digest::sha256_of(b"config"),
            manifest: manifest.clone(),
            media_type: String::new(),
            size_bytes: 2,
            platform: ListedPlatform::default(),
            annotations: BTreeMap::new(),
        };
        let add = |list: &mut ListRecord| {
            list.images.push(image);
            Ok(())
        };
        store.change_list(&list.id, add).unwrap();
        let path = store.blob_path(&manifest);
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
        fs::File::open(&path).unwrap().set_modified(long_ago).unwrap();
        store.remove_unused_blobs().unwrap();
        assert!(store.find_blob(&manifest).unwrap().is_some());
        store.remove_list(&list.id).unwrap();
        store.remove_unused_blobs().unwrap();
        assert!(store.find_blob(&manifest).unwrap().is_none());
    }
}
