//! `box commit`: makes an image of a container.

use std::path::{Path, PathBuf};

use super::personality::image_id;
use super::push::format;
use super::selection::find_one;
use super::{Globals, go_bool, print};
use crate::container::commit::{CommitOptions, commit};
use crate::disk::atomic;
use crate::error::{During as _, Error, Result};
use crate::image::instructions;
use crate::image::push::Format;
use crate::settings::MountKind;

/// Make an image of what a container has changed
#[derive(clap::Args)]
pub struct Args {
    /// Name an author
    #[arg(short, long)]
    author: Option<String>,
    /// Change the image's config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Take fields of the image's config from this JSON file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the manifest in this format: oci, or docker
    #[arg(short, long, value_name = "FORMAT", value_parser = format, default_value = "oci")]
    format: Format,
    /// Write the image ID to this file
    #[arg(long, value_name = "FILE")]
    iidfile: Option<PathBuf>,
    /// Say of the container's volumes that they are volumes of the image
    #[arg(long)]
    include_volumes: bool,
    /// Leave a message in the image's history
    #[arg(short, long)]
    message: Option<String>,
    /// Hold the container's processes meanwhile
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_value = "false", default_missing_value = "true", value_parser = go_bool)]
    pause: bool,
    /// Say nothing but the image ID
    #[arg(short, long)]
    quiet: bool,
    /// Make one layer of all files instead of one more
    #[arg(short, long)]
    squash: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// The image's name; without it the image has none
    #[arg(value_name = "IMAGE")]
    image: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let options = CommitOptions {
        author: args.author,
        message: args.message,
        changes: args.change.iter().map(|change| instructions::parse(change)).collect::<Result<Vec<_>>>()?,
        overrides: args.config.as_deref().map(overrides).transpose()?,
        format: args.format,
        pause: args.pause,
        squash: args.squash,
        include_volumes: args.include_volumes,
    };
    let container = find_one(&store, Some(&args.container), false)?;
    let id = commit(&store, &container, args.image.as_deref(), &options)?;
    if let Some(path) = args.iidfile {
        atomic::write_unsynced(&path, id.hex().as_bytes()).during(|| "--iidfile")?;
    }
    let has_files = |kind: &MountKind| matches!(kind, MountKind::Bind { .. } | MountKind::Volume { .. });
    if !args.quiet && container.record.settings.mounts.iter().any(|mount| has_files(&mount.kind)) {
        print::note("volumes and other mounts of the container are not part of the image");
    }
    print::line(image_id(&id)).map(|()| 0)
}

fn overrides(path: &Path) -> Result<serde_json::Value> {
    let act = || format!("--config `{}`", path.display());
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(path).during(act)?).during(act)?;
    match config.is_object() {
        true => Ok(config),
        false => Err(Error::usage("it is not a JSON object").while_doing(act())),
    }
}
