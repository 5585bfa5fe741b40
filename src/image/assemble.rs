//! The last step of every way into the store: a config, a manifest and layers that are there become an image.

use std::collections::{BTreeMap, BTreeSet};

use super::push::Format;
use super::resolve::Named;
use crate::error::{During, Error, Result};
use crate::oci::image::ImageConfig;
use crate::oci::manifest::{Compression, Descriptor, Manifest};
use crate::oci::{Digest, Reference, nesting};
use crate::store::{ImageRecord, LayerSource, Store};

/// Lists the image, whose layers are in the store and held, under `name`.
pub fn list(
    store: &Store,
    config: &[u8],
    manifest: &[u8],
    repo_digests: BTreeSet<String>,
    name: Option<&str>,
) -> Result<Named> {
    let id = Digest::sha256_of(config);
    let parsed = read_config(config)?;
    let mut size_bytes = 0;
    for diff_id in &parsed.rootfs.diff_ids {
        size_bytes = u64::saturating_add(size_bytes, store.layer_size(diff_id)?);
    }
    let record = ImageRecord {
        id: id.clone(),
        manifest: Digest::sha256_of(manifest),
        repo_digests,
        diff_ids: parsed.rootfs.diff_ids,
        size_bytes,
        created: parsed.created,
        architecture: parsed.architecture,
        os: parsed.os,
        variant: parsed.variant,
        names_history: Vec::new(),
    };
    store.add_image(&record, manifest, config, name)?;
    let record = store.read_image(&id)?.unwrap_or(record);
    Ok(Named { name: name.map_or_else(|| id.to_string(), str::to_owned), record })
}

/// Understands a config, whose text is not trusted.
pub fn read_config(bytes: &[u8]) -> Result<ImageConfig> {
    nesting::check(bytes).during(|| "understand its config")?;
    serde_json::from_slice(bytes)
        // serde's message may quote what stands in the document.
        .map_err(|error| Error::new(error.to_string().chars().take(300).collect::<String>().escape_debug().to_string()))
        .during(|| "understand its config")
}

/// A manifest for an image that comes without one. `layers`: the blobs, bottom first.
pub fn manifest_of(format: Format, config: &[u8], layers: &[LayerSource]) -> Result<Vec<u8>> {
    let describe = |media_type: &str, digest: Digest, size: u64| Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        platform: None,
        annotations: BTreeMap::new(),
    };
    let layer = |layer: &LayerSource| {
        let compression = Compression::of_media_type(&layer.media_type).unwrap_or(Compression::None);
        describe(format.layer_type(compression.algorithm()), layer.digest.clone(), layer.size_compressed)
    };
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(format.manifest_type().to_owned()),
        config: describe(format.config_type(), Digest::sha256_of(config), config.len() as u64),
        layers: layers.iter().map(layer).collect(),
        annotations: BTreeMap::new(),
    };
    Ok(serde_json::to_vec(&manifest)?)
}

/// What a name and a manifest that are made here are called by digest.
pub fn repo_digests(name: Option<&str>, manifest: &[u8]) -> Result<BTreeSet<String>> {
    let Some(name) = name else { return Ok(BTreeSet::new()) };
    let repository = Reference::parse_normalized(name)?.repository();
    Ok(BTreeSet::from([format!("{repository}@{}", Digest::sha256_of(manifest))]))
}
