//! Docker's store with the driver overlay2 (moby, image/ and layer/), as far as images are concerned.
//!
//! ```text
//!     ROOT/image/overlay2/repositories.json                   {Repositories: {name: {reference: image ID}}}
//!     ROOT/image/overlay2/imagedb/content/sha256/<image ID>   the config
//!     ROOT/image/overlay2/layerdb/sha256/<chain ID>/          cache-id, tar-split.json.gz
//!     ROOT/overlay2/<cache ID>/diff                           the files
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ForeignImage, ForeignLayer, Parts, Place, read_document, read_json};
use crate::error::{Error, Result};
use crate::host::account::Account;
use crate::host::dirs;
use crate::image::assemble;
use crate::oci::{Digest, Reference};

pub(super) struct Storage {
    root: PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Repositories {
    repositories: BTreeMap<String, BTreeMap<String, Digest>>,
}

impl Storage {
    pub fn open(root: Option<&Path>) -> Result<Storage> {
        let account = Account::current();
        let usual = || match account.is_root() {
            true => Some(PathBuf::from("/var/lib/docker")),
            false => dirs::home(&account).map(|home| home.join(".local/share/docker")),
        };
        let root = root.map(Path::to_owned).or_else(usual).ok_or_else(|| Error::new("there is no home to look in"))?;
        match root.join("image/overlay2/imagedb").is_dir() {
            true => Ok(Storage { root }),
            false => Err(Error::new(format!("there are no images of Docker's driver overlay2 in {}", root.display()))
                .with_hint("give its data root with --from-root; or `docker save IMAGE | box load`")),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn images(&self) -> Result<Vec<ForeignImage>> {
        let listed: Repositories = read_json(&self.images_dir().join("repositories.json"))?.unwrap_or_default();
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (reference, id) in listed.repositories.into_values().flatten() {
            // Docker writes familiar names: `ubuntu:latest` for docker.io/library/ubuntu:latest.
            if let Ok(full) = Reference::parse_normalized(&reference) {
                names.entry(id.hex().to_owned()).or_default().insert(full.to_string());
            }
        }
        let entries = fs::read_dir(self.images_dir().join("imagedb/content/sha256")).into_iter().flatten().flatten();
        let ids = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let images = ids.filter(|id| format!("sha256:{id}").parse::<Digest>().is_ok()).map(|id| ForeignImage {
            names: names.remove(&id).unwrap_or_default().into_iter().collect(),
            id,
            place: Place::Docker,
        });
        Ok(images.collect())
    }

    pub fn parts(&self, id: &str) -> Result<Parts> {
        let config = read_document(&self.images_dir().join("imagedb/content/sha256").join(id))?
            .ok_or_else(|| Error::new("its config is not there"))?;
        let mut layers = Vec::new();
        let mut chain: Option<Digest> = None;
        for diff_id in assemble::read_config(&config)?.rootfs.diff_ids {
            let next = chain_id(chain.as_ref(), &diff_id);
            let dir = self.images_dir().join("layerdb/sha256").join(next.hex());
            let cache_id = read_document(&dir.join("cache-id"))?
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .filter(|id| !id.is_empty() && id.len() < 256 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
                .ok_or_else(|| Error::new("one of its layers is not there").with_hint("that store is damaged"))?;
            let tree = self.root.join("overlay2").join(cache_id).join("diff");
            layers.push(ForeignLayer { tree, tar_split: dir.join("tar-split.json.gz") });
            chain = Some(next);
        }
        Ok(Parts { config, manifest: None, layers })
    }

    fn images_dir(&self) -> PathBuf {
        self.root.join("image/overlay2")
    }
}

/// What names a layer together with all below it (image-spec config.md, Layer ChainID).
fn chain_id(below: Option<&Digest>, diff_id: &Digest) -> Digest {
    match below {
        None => diff_id.clone(),
        Some(below) => Digest::sha256_of(format!("{below} {diff_id}").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_id_of_the_bottom_is_its_diff_id() {
        let (one, other) = (Digest::sha256_of(b"1"), Digest::sha256_of(b"2"));
        assert_eq!(chain_id(None, &one), one);
        let expected = Digest::sha256_of(format!("{one} {other}").as_bytes());
        assert_eq!(chain_id(Some(&one), &other), expected);
    }
}
