//! Manifests and configs: the bytes that a digest stands for. Layers are not kept compressed.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::Digest as _;

use super::Store;
use crate::disk::atomic;
use crate::error::{During, Error, Result};
use crate::oci::{Algorithm, Digest};

impl Store {
    /// Keeps `content`; its digest names it from then on.
    pub fn put_blob(&self, content: &[u8]) -> Result<Digest> {
        let digest = Digest::sha256_of(content);
        let path = self.blob_path(&digest);
        // A file that is there has been written whole; one that a disk damaged is replaced.
        if fs::read(&path).is_ok_and(|kept| kept == content) {
            return Ok(digest);
        }
        atomic::write(&path, content).during(|| format!("store blob {digest}"))?;
        Ok(digest)
    }

    /// The blob, checked against its digest.
    pub fn get_blob(&self, digest: &Digest) -> Result<Vec<u8>> {
        self.find_blob(digest)?.ok_or_else(|| {
            Error::new(format!("blob {digest} is missing from the store")).with_hint("pull the image again")
        })
    }

    /// The blob, checked against its digest; `None` where the store does not have it.
    pub fn find_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>> {
        if digest.algorithm() != Algorithm::Sha256 {
            return Ok(None);
        }
        let content = match fs::read(self.locate(&Path::new("blobs/sha256").join(digest.hex()))) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            content => content.during(|| format!("read blob {digest}"))?,
        };
        if Digest::from_sha256(sha2::Sha256::digest(&content).as_slice()) != *digest {
            return Err(Error::new(format!("blob {digest} is damaged")).with_hint("pull the image again"));
        }
        Ok(Some(content))
    }

    /// Removes blobs that no image and no list refers to: a command was killed between them and the image's record.
    /// Those of the last hour stay, as their command may be about to write it. Returns their bytes.
    pub fn remove_unused_blobs(&self) -> Result<u64> {
        let (images, lists) = (self.images()?, self.lists()?);
        let of_images = images.iter().flat_map(|image| [&image.id, &image.manifest]);
        let of_lists = lists.iter().flat_map(|list| list.images.iter().map(|image| &image.manifest));
        let used: HashSet<String> = of_images.chain(of_lists).map(|digest| digest.hex().to_owned()).collect();
        let dir = self.root.join("blobs/sha256");
        let mut removed_bytes = 0;
        for entry in fs::read_dir(&dir).during(|| format!("list {}", dir.display()))?.flatten() {
            let is_used = entry.file_name().to_str().is_none_or(|hex| used.contains(hex));
            if !is_used && atomic::is_older_than(&entry, Duration::from_secs(3600)) {
                removed_bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                let _ = fs::remove_file(entry.path()); // another command removed it first
            }
        }
        Ok(removed_bytes)
    }

    pub(super) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs/sha256").join(digest.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_found_by_its_digest_and_damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let digest = store.put_blob(b"{}").unwrap();
        assert_eq!(store.get_blob(&digest).unwrap(), b"{}");
        fs::write(store.blob_path(&digest), "[]").unwrap();
        assert!(store.get_blob(&digest).unwrap_err().to_string().contains("damaged"));
        store.put_blob(b"{}").unwrap();
        assert_eq!(store.get_blob(&digest).unwrap(), b"{}");
        assert_eq!(store.find_blob(&Digest::sha256_of(b"never stored")).unwrap(), None);
    }

    #[test]
    fn only_old_blobs_of_no_image_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let [old, young] = [b"old", b"new"].map(|content| store.put_blob(content).unwrap());
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(7200);
        fs::File::open(store.blob_path(&old)).unwrap().set_modified(long_ago).unwrap();
        store.remove_unused_blobs().unwrap();
        assert_eq!(store.find_blob(&old).unwrap(), None);
        assert!(store.find_blob(&young).unwrap().is_some());
    }
}
