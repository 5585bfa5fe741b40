//! A root file system as a tar archive becomes an image of one layer.

use std::io::Read;

use super::derive::Derivation;
use super::incoming::{self, Expected};
use super::instructions::Instruction;
use super::push::Format;
use super::resolve::Named;
use super::{assemble, tag};
use crate::error::{During, Result};
use crate::layer::compression;
use crate::oci::image::ProcessConfig;
use crate::oci::manifest::Platform;
use crate::store::Store;
use crate::store::events::Action;

#[derive(Clone, Debug)]
pub struct ImportOptions<'a> {
    /// As typed; `None`: the image gets no name.
    pub name: Option<&'a str>,
    pub changes: &'a [Instruction],
    pub message: Option<&'a str>,
    pub platform: Platform,
    /// Where the archive comes from, for the history.
    pub source: &'a str,
}

/// Reads the archive, compressed or not, to its end.
pub fn import(store: &Store, archive: impl Read + Send + 'static, options: &ImportOptions) -> Result<Named> {
    let name = options.name.map(tag::local_name).transpose()?;
    let received = compression::without_xz(archive)
        .and_then(|archive| incoming::receive(store, archive, &Expected::default()))
        .during(|| format!("import {}", options.source))?;
    let mut process = ProcessConfig::default();
    options.changes.iter().for_each(|change| change.apply(&mut process));
    let comment = format!("Imported from {}", options.source);
    let config = Derivation {
        base: None,
        diff_ids: std::slice::from_ref(&received.layer.diff_id),
        own_layers: 1,
        process: &process,
        platform: &options.platform,
        author: None,
        comment: Some(options.message.unwrap_or(&comment)),
        created_by: &format!("box import {}", options.source),
    }
    .config()?;
    let manifest = assemble::manifest_of(Format::Oci, &config, std::slice::from_ref(&received.blob))?;
    let repo_digests = assemble::repo_digests(name.as_deref(), &manifest)?;
    let image = assemble::list(store, &config, &manifest, repo_digests, name.as_deref())?;
    super::tell(store, &image.record.id, &image.name, Action::Import);
    Ok(image)
}
