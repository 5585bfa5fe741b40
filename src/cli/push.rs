//! `box push`: sends an image to a registry.

use std::path::PathBuf;

use super::manifest::Sending;
use super::options::registry::{ConnectionOptions, RetryOptions, UnsupportedOptions};
use super::{Globals, go_bool, progress};
use crate::error::{During as _, Error, Kind, Result};
use crate::host::registries::Registries;
use crate::image::archive::Location;
use crate::image::archive::save::{Saved, save_to};
use crate::image::progress::Progress;
use crate::image::push::{Format, PushOptions, push};
use crate::image::resolve;
use crate::layer::compression::{Algorithm, Packing};
use crate::registry::credentials;
use crate::store::Store;

/// Push an image to a registry
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub result: ResultOptions,
    /// Of a manifest list, push the images as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true")]
    #[arg(default_missing_value = "true", value_parser = go_bool, hide_default_value = true)]
    all: bool,
    #[arg(long, hide = true)]
    disable_content_trust: bool,
    #[command(flatten)]
    unsupported: UnsupportedOptions,
    /// The image: a name or an ID
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Where to: REGISTRY/NAME:TAG; where its name says without
    #[arg(value_name = "DESTINATION")]
    destination: Option<String>,
    #[command(flatten)]
    pub connection: ConnectionOptions,
    #[command(flatten)]
    pub retries: RetryOptions,
}

/// What the registry is to have in the end: shared by `push` and `manifest push`.
#[derive(clap::Args)]
pub struct ResultOptions {
    /// Show no progress
    #[arg(short, long)]
    pub quiet: bool,
    /// Write the manifest in this format: oci, or v2s2 (docker)
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<Format>,
    /// Compress layers with gzip, zstd or zstd:chunked (zstd with a table of contents)
    #[arg(long, value_name = "FORMAT", value_parser = packing)]
    compression_format: Option<Packing>,
    /// How much to compress: 1 to 9 for gzip, 1 to 22 for zstd
    #[arg(long, value_name = "LEVEL")]
    compression_level: Option<u32>,
    /// Send a layer even if the registry has it with another compression
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", value_parser = go_bool)]
    force_compression: Option<bool>,
    /// Write the digest of what was pushed to this file
    #[arg(long, value_name = "FILE")]
    digestfile: Option<PathBuf>,
    /// Leave signatures behind; box sends none
    #[arg(long)]
    remove_signatures: bool,
    /// Use these credentials
    #[arg(long, value_name = "USER:PASSWORD")]
    creds: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    args.unsupported.refuse()?;
    let (store, registries) = (globals.store()?, Registries::load()?);
    let destination = args.destination.as_deref();
    if let Some(list) = resolve::find_list(&store, &registries, &args.image)? {
        let sending =
            Sending { result: &args.result, connection: &args.connection, retries: &args.retries, all: args.all };
        return sending.push(&store, &registries, &list, &args.image, destination).map(|()| 0);
    }
    let progress = progress::choose_for_push(args.result.quiet);
    if destination.is_some_and(|destination| destination.starts_with("containers-storage:")) {
        return Err(Error::usage("stores of Podman are only read")
            .with_hint("`box save IMAGE | podman load` gives it to Podman"));
    }
    if let Some(location) = destination.map(Location::parse).transpose()?.flatten() {
        return args.to_file(&store, &registries, &location, progress.as_ref());
    }
    let options = args.result.push_options(&args.connection, &args.retries, &registries)?;
    let pushed =
        push(&store, &registries, &args.image, destination, &options, progress.as_ref()).map_err(told_from_usage)?;
    args.result.write_digest(&pushed.digest)?;
    progress.message(&format!("pushed {} as {}", pushed.reference, pushed.digest));
    Ok(0)
}

impl Args {
    /// Archives and directories have what the image has: nothing is compressed anew.
    fn to_file(
        &self,
        store: &Store,
        registries: &Registries,
        location: &Location,
        progress: &dyn Progress,
    ) -> Result<u8> {
        let result = &self.result;
        if result.compression_format.is_some() || result.compression_level.is_some() || result.digestfile.is_some() {
            return Err(Error::usage("--compression-format, --compression-level, --digestfile: only for registries"));
        }
        let image = resolve::get_local(store, registries, &self.image)?;
        let own = image.tag().map(str::to_owned);
        let names = location.reference.clone().or(own).into_iter().collect();
        save_to(store, &[Saved { image, names }], location, result.format, progress)?;
        Ok(0)
    }
}

/// Scripts tell a push that failed (1) from a command line that is wrong (125).
pub fn told_from_usage(error: Error) -> Error {
    if error.kind == Kind::Engine { error.of_kind(Kind::Absent) } else { error }
}

impl ResultOptions {
    pub fn push_options(
        &self,
        connection: &ConnectionOptions,
        retries: &RetryOptions,
        registries: &Registries,
    ) -> Result<PushOptions> {
        let mut registry = retries.applied_to(connection.options(registries)?);
        registry.credentials = self.creds.as_deref().map(credentials::parse).transpose()?;
        Ok(PushOptions {
            registry,
            format: self.format,
            packing: self.packing()?,
            any_compression_there: self.force_compression == Some(false),
        })
    }

    fn packing(&self) -> Result<Option<Packing>> {
        let Some(level) = self.compression_level else {
            return Ok(self.compression_format);
        };
        let packing = self.compression_format.unwrap_or(PLAIN_GZIP);
        let algorithm = packing.algorithm;
        let (name, highest) = if algorithm == Algorithm::Zstd { ("zstd", 22) } else { ("gzip", 9) };
        match (1..=highest).contains(&level) {
            true => Ok(Some(Packing { level: Some(level), ..packing })),
            false => Err(Error::usage(format!("--compression-level: {name} knows 1 to {highest}"))),
        }
    }

    /// For scripts: the digest and no line end, as Podman writes it.
    pub fn write_digest(&self, digest: &crate::oci::Digest) -> Result<()> {
        let Some(file) = &self.digestfile else { return Ok(()) };
        std::fs::write(file, digest.to_string()).during(|| format!("write digest to `{}`", file.display()))
    }
}

pub(super) fn format(text: &str) -> Result<Format> {
    match text {
        "oci" => Ok(Format::Oci),
        "v2s2" | "docker" => Ok(Format::Docker),
        "v2s1" => Err(Error::usage("manifests of schema 1 went out of use in 2017")),
        _ => Err(Error::usage("expected oci or v2s2")),
    }
}

const PLAIN_GZIP: Packing = Packing { algorithm: Algorithm::Gzip, chunked: false, level: None };

fn packing(text: &str) -> Result<Packing> {
    match text {
        "gzip" => Ok(PLAIN_GZIP),
        "zstd" => Ok(Packing { algorithm: Algorithm::Zstd, ..PLAIN_GZIP }),
        "zstd:chunked" => Ok(Packing { algorithm: Algorithm::Zstd, chunked: true, ..PLAIN_GZIP }),
        _ => Err(Error::usage("expected gzip, zstd or zstd:chunked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_their_names_in_the_field() {
        assert_eq!(format("v2s2").unwrap(), Format::Docker);
        assert_eq!(format("oci").unwrap(), Format::Oci);
        assert!(format("v2s1").is_err() && format("tar").is_err());
        assert!(packing("zstd:chunked").unwrap().chunked && packing("xz").is_err());
    }
}
