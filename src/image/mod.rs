//! Images: from a name to a manifest, a config and layers in the store, and back to nothing.

/// What a typed name means: an image that is here, or places where it may be.
pub mod resolve;
/// From a name to an image in the store.
pub mod pull;
/// What a pull tells whoever watches it.
pub mod progress;
/// Names come and go, the image stays.
pub mod tag;
/// An image leaves the store when its last name does, and its layers when nothing refers to them.
pub mod remove;
/// Process `box-unpack`: one layer, confined.
pub mod unpacker;

use crate::error::{During, Error, Result};
use crate::oci::image::ImageConfig;
use crate::store::{ImageRecord, Store};

/// An image in the store.
#[derive(Clone, Debug)]
pub struct Image {
    pub record: ImageRecord,
    pub config: ImageConfig,
}

impl Image {
    /// The image that a record describes, with its config read and verified.
    pub fn read(store: &Store, record: ImageRecord) -> Result<Image> {
        let config = store.get_blob(&record.id).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
        let config = config.during(|| format!("read the config of image {}", record.id.short()))?;
        Ok(Image { record, config })
    }
}

/// The image of this name or id prefix.
pub fn find(store: &Store, name_or_id: &str) -> Result<Image> {
    let record = store.find_image(name_or_id)?.ok_or_else(|| Error::absent("image", name_or_id.escape_debug()))?;
    Image::read(store, record)
}

/// How an image that was asked for as `typed` is shown: by its full name, or by its id where it has none.
pub fn display_name(store: &Store, typed: &str, image: &Image) -> Result<String> {
    let names = store.names_of(&image.record.id)?;
    let full = crate::oci::Reference::parse_normalized(typed).map(|reference| reference.to_string());
    let matching = full.ok().filter(|full| names.contains(full));
    Ok(matching.or_else(|| names.into_iter().next()).unwrap_or_else(|| image.record.id.hex().to_owned()))
}
