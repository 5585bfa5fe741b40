//! Images: from a name to a manifest, a config and layers in the store, and back to nothing.

/// What a typed name means: an image that is here, or places where it may be.
pub mod resolve;
/// From a name to an image in the store.
pub mod pull;
/// The door through which layers come that are not pulled: from archives, containers and other stores.
pub mod incoming;
/// The last step of every way in: config, manifest and layers become an image.
pub mod assemble;
/// Images outside of registries: `save`, `load`, and the transports of files.
pub mod archive;
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

use self::resolve::Named;
use crate::error::{During, Result};
use crate::oci::image::ImageConfig;
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
