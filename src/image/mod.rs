//! Images: from a name to a manifest, a config and layers in the store, and back to nothing.

/// What a typed name means: an image that is here, or places where it may be.
pub mod resolve;
/// From a name to an image in the store.
pub mod pull;
/// The last step of every way into the store: a config, a manifest and layers become an image.
pub mod assemble;
/// The config of an image that is made here.
pub mod derive;
/// What a `--change` says of a config.
pub mod instructions;
/// A root file system as a tar archive becomes an image.
pub mod import;
/// The door through which layers come that are not pulled: from archives, containers and other stores.
pub mod incoming;
/// Images outside of registries: `save`, `load`, and the transports of files.
pub mod archive;
/// Images of other engines on this machine.
pub mod foreign;
/// From an image in the store to a name at a registry.
pub mod push;
/// Images for several platforms under one name.
pub mod manifest_list;
/// What a pull or push tells whoever watches it.
pub mod progress;
/// Names come and go, the image stays.
pub mod tag;
/// An image leaves the store when its last name does, and its layers when nothing refers to them.
pub mod remove;
/// A full disk: what is half done goes.
mod room;
/// How an image came to be.
pub mod history;
/// Images as directories.
pub mod mount;
/// Is everything what its digests say, and can it be made so?
pub mod check;
/// Process `box-unpack`: one layer, confined.
pub mod unpacker;
/// Files of layers and containers as a tar stream, read by such a process.
pub mod packer;

use std::path::PathBuf;

use self::resolve::Named;
use crate::error::{During, Result};
use crate::layer::Change;
use crate::oci::Digest;
use crate::oci::image::ImageConfig;
use crate::store::events::{self, Action, Subject};
use crate::store::{ImageRecord, Store};

/// An image in the store, with what it says of itself.
#[derive(Clone, Debug)]
pub struct Image {
    /// Fully qualified; the image ID where it was named by that.
    pub name: String,
    pub record: ImageRecord,
    pub config: ImageConfig,
}

impl Image {
    /// Reads and verifies the config of an image.
    pub fn read(store: &Store, Named { name, record }: Named) -> Result<Image> {
        let config = store.get_blob(&record.id).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
        let config = config.during(|| format!("read the config of image {}", record.id.short()))?;
        Ok(Image { name, record, config })
    }
}

/// Tells whoever follows events what has happened to an image, or a list of them.
fn tell(store: &Store, id: &Digest, name: &str, action: Action) {
    store.tell(Subject::new(events::Kind::Image, id.hex(), name), action);
}

/// What the topmost layer of the image changes of those below, in the order of paths.
pub fn changes(store: &Store, image: &Named) -> Result<Vec<(Change, PathBuf)>> {
    let compare = || {
        let _held = store.hold_layers(&image.record.diff_ids)?;
        let trees: Vec<PathBuf> = image.record.diff_ids.iter().rev().map(|layer| store.layer_tree(layer)).collect();
        match trees.is_empty() {
            true => Ok(Vec::new()),
            false => packer::changes(&packer::Source { trees, ..Default::default() }),
        }
    };
    compare().during(|| format!("compare the layers of image `{}`", image.name))
}
