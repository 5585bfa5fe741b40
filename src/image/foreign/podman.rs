//! Podman's store (containers/storage), as far as images are concerned.
//!
//! ```text
//!     ROOT/<driver>-images/images.json            [{id, names, layer, digest}]
//!     ROOT/<driver>-images/<id>/<big data>        config and manifests, by name
//!     ROOT/<driver>-layers/layers.json            [{id, parent}]
//!     ROOT/<driver>-layers/<id>.tar-split.gz      what the archive held beside the files
//!     ROOT/overlay/<id>/diff, vfs/dir/<id>, btrfs/subvolumes/<id>      the files
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;

use super::{ForeignImage, ForeignLayer, LAYERS_LIMIT, Parts, Place, read_document, read_json};
use crate::error::{Error, Result};
use crate::host::storage::graph_root;

pub(super) struct Storage {
    root: PathBuf,
    driver: Driver,
}

/// Those whose layers are directories that one can read without them.
#[derive(Clone, Copy)]
enum Driver {
    Overlay,
    Vfs,
    Btrfs,
}

impl Driver {
    const ALL: [Driver; 3] = [Driver::Overlay, Driver::Vfs, Driver::Btrfs];

    fn name(self) -> &'static str {
        match self {
            Driver::Overlay => "overlay",
            Driver::Vfs => "vfs",
            Driver::Btrfs => "btrfs",
        }
    }

    fn tree(self, root: &Path, layer: &str) -> PathBuf {
        match self {
            Driver::Overlay => root.join("overlay").join(layer).join("diff"),
            Driver::Vfs => root.join("vfs/dir").join(layer),
            Driver::Btrfs => root.join("btrfs/subvolumes").join(layer),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Image {
    id: String,
    #[serde(default)]
    names: Option<Vec<String>>,
    #[serde(default)]
    layer: String,
    /// Of the manifest.
    #[serde(default)]
    digest: String,
}

#[derive(Deserialize)]
struct Layer {
    id: String,
    #[serde(default)]
    parent: String,
}

impl Storage {
    /// `driver`: the one that is meant where several have images there.
    pub fn open(root: Option<&Path>, driver: Option<&str>) -> Result<Storage> {
        let root = root.map_or_else(graph_root, |root| Ok(root.to_owned()))?;
        if let Some(driver) = driver.filter(|name| !Driver::ALL.iter().any(|driver| driver.name() == *name)) {
            return Err(Error::usage(format!("layers of the driver `{}` cannot be read", driver.escape_debug()))
                .with_hint("those of overlay, vfs and btrfs can; else `podman save IMAGE | box load`"));
        }
        let is_meant = |known: &Driver| driver.is_none_or(|name| name == known.name());
        let is_there = |driver: &Driver| root.join(format!("{}-images/images.json", driver.name())).exists();
        match Driver::ALL.into_iter().filter(is_meant).find(is_there) {
            Some(driver) => Ok(Storage { root, driver }),
            None => Err(Error::new(format!("there are no images of Podman in {}", root.display()))
                .with_hint("`podman info -f '{{.Store.GraphRoot}}'` says where they are: give that with --from-root")),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn images(&self) -> Result<Vec<ForeignImage>> {
        let images: Vec<Image> = read_json(&self.file("images", "images.json"))?.unwrap_or_default();
        let known = images.into_iter().filter(|image| is_id(&image.id)).map(|image| ForeignImage {
            id: image.id.clone(),
            names: image.names.clone().unwrap_or_default(),
            place: Place::Podman(image),
        });
        Ok(known.collect())
    }

    pub fn parts(&self, id: &str, image: &Image) -> Result<Parts> {
        let config = self.big_data(id, &format!("sha256:{id}"))?.ok_or_else(|| {
            Error::new("its config is not there").with_hint("images of the old schema 1 have to be pulled again")
        })?;
        let manifest = match self.big_data(id, &format!("manifest-{}", image.digest))? {
            Some(manifest) => Some(manifest),
            None => self.big_data(id, "manifest")?,
        };
        Ok(Parts { config, manifest, layers: self.layers(&image.layer)? })
    }

    /// From the topmost one down to the bottom, turned around.
    fn layers(&self, topmost: &str) -> Result<Vec<ForeignLayer>> {
        let mut parents: HashMap<String, String> = HashMap::new();
        for file in ["layers.json", "volatile-layers.json"] {
            let layers: Vec<Layer> = read_json(&self.file("layers", file))?.unwrap_or_default();
            parents.extend(layers.into_iter().map(|layer| (layer.id, layer.parent)));
        }
        let (mut chain, mut next) = (Vec::new(), topmost.to_owned());
        while !next.is_empty() {
            if chain.len() == LAYERS_LIMIT {
                return Err(Error::new(format!("it has more than {LAYERS_LIMIT} layers, or they go in circles")));
            }
            let Some(parent) = parents.get(&next).filter(|_| is_id(&next)) else {
                return Err(Error::new("one of its layers is not listed").with_hint("that store is damaged"));
            };
            chain.push(ForeignLayer {
                tree: self.driver.tree(&self.root, &next),
                tar_split: self.file("layers", &format!("{next}.tar-split.gz")),
            });
            next.clone_from(parent);
        }
        chain.reverse();
        Ok(chain)
    }

    fn file(&self, kind: &str, name: &str) -> PathBuf {
        self.root.join(format!("{}-{kind}", self.driver.name())).join(name)
    }

    fn big_data(&self, id: &str, key: &str) -> Result<Option<Vec<u8>>> {
        read_document(&self.file("images", id).join(file_name(key)))
    }
}

/// A path is made of it.
fn is_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Of big data: whatever is more than small letters, digits and dots is written in base64.
fn file_name(key: &str) -> String {
    match key.bytes().all(|byte| matches!(byte, b'.' | b'0'..=b'9' | b'a'..=b'z')) {
        true => key.to_owned(),
        false => format!("={}", BASE64_STANDARD.encode(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn big_data_is_found_under_the_name_that_containers_storage_gives_it() {
        assert_eq!(file_name("manifest"), "manifest");
        assert_eq!(file_name("sha256:ab"), "=c2hhMjU2OmFi");
    }

    fn storage(layers: &str) -> (tempfile::TempDir, Result<Vec<ForeignLayer>>) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("overlay-layers")).unwrap();
        fs::write(dir.path().join("overlay-layers/layers.json"), layers).unwrap();
        let storage = Storage { root: dir.path().to_owned(), driver: Driver::Overlay };
        let layers = storage.layers(&"a".repeat(64));
        (dir, layers)
    }

    #[test]
    fn layers_are_followed_to_the_bottom_and_never_in_circles() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let (dir, layers) = storage(&format!(r#"[{{"id":"{b}"}},{{"id":"{a}","parent":"{b}"}}]"#));
        let trees: Vec<PathBuf> = layers.unwrap().into_iter().map(|layer| layer.tree).collect();
        let tree = |id: &str| dir.path().join("overlay").join(id).join("diff");
        assert_eq!(trees, [tree(&b), tree(&a)]);
        for bad in [
            format!(r#"[{{"id":"{a}","parent":"{a}"}}]"#),
            format!(r#"[{{"id":"{a}","parent":"../../x"}},{{"id":"../../x"}}]"#),
            format!(r#"[{{"id":"{a}","parent":"{b}"}}]"#),
            "[{]".to_owned(),
        ] {
            assert!(storage(&bad).1.is_err(), "{bad}");
        }
    }
}
