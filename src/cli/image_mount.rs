//! `box image mount` and `box image unmount`: an image's files at a place where they can be read.

use serde_json::{Value, json};

use super::format::json_pretty;
use super::json::{self, JsonOption};
use super::{Globals, print, table};
use crate::error::{Error, Result};
use crate::host::registries::Registries;
use crate::image::mount::{self, Mounted};
use crate::image::resolve;
use crate::store::Store;

/// Mount images, read-only, or list those that are mounted
#[derive(clap::Args)]
pub struct MountArgs {
    /// Mount all images
    #[arg(short, long, conflicts_with = "images")]
    all: bool,
    /// Show what is mounted as `json`
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Names or IDs of images
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
}

pub fn run_mount(args: MountArgs, globals: &Globals) -> Result<u8> {
    let is_document = args.json.instead_of(&[("--format", args.format.is_some())])?;
    let as_json = match args.format.as_deref() {
        None => false,
        Some("json") => true,
        Some(other) => return Err(Error::usage(format!("--format is `json`, not `{other}`"))),
    };
    let store = globals.store()?;
    let listed = !args.all && args.images.is_empty();
    let mounted = match listed {
        true => mount::list(&store)?,
        false => {
            let registries = Registries::load()?;
            let mut images = if args.all { store.images()? } else { Vec::new() };
            for name in &args.images {
                images.push(resolve::get_local(&store, &registries, name)?.record);
            }
            images.iter().map(|image| mount::mount(&store, image)).collect::<Result<_>>()?
        }
    };
    if is_document {
        let entries: Result<Vec<_>> = mounted.iter().map(|mounted| entry(&store, mounted)).collect();
        return json::print_list(&entries?).map(|()| 0);
    }
    if as_json {
        let documents: Result<Vec<Value>> = mounted.iter().map(|mounted| document(&store, mounted)).collect();
        return print::block(&json_pretty(&documents?)).map(|()| 0);
    }
    // A script wants the place of the one image that it named.
    if let ([one], false, false) = (&mounted[..], args.all, listed) {
        return print::line(one.place.display()).map(|()| 0);
    }
    let mut lines = Vec::new();
    for Mounted { id, place } in &mounted {
        let name = store.names_of(id)?.into_iter().next().unwrap_or_else(|| id.short().to_owned());
        lines.push(format!("{name}\t{}", place.display()));
    }
    print::block(&table::align(&lines)).map(|()| 0)
}

/// What `--json` says of what is mounted.
fn entry(store: &Store, Mounted { id, place }: &Mounted) -> Result<json::MountedImage> {
    let mountpoint = place.display().to_string();
    Ok(json::MountedImage { id: id.to_string(), names: store.names_of(id)?, mountpoint })
}

fn document(store: &Store, Mounted { id, place }: &Mounted) -> Result<Value> {
    let names = store.names_of(id)?;
    Ok(json!({"id": id.hex(), "Names": names, "Repositories": names, "mountpoint": place}))
}

/// Unmount images
#[derive(clap::Args)]
pub struct UnmountArgs {
    /// Unmount all images
    #[arg(short, long, conflicts_with = "images")]
    all: bool,
    /// Unmount an image although files of it are open
    #[arg(short, long)]
    force: bool,
    /// Names or IDs of images
    #[arg(value_name = "IMAGE", required_unless_present = "all")]
    images: Vec<String>,
}

pub fn run_unmount(args: UnmountArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let registries = Registries::load()?;
    let mut ids = match args.all {
        true => mount::list(&store)?.into_iter().map(|mounted| mounted.id).collect(),
        false => Vec::new(),
    };
    for name in &args.images {
        ids.push(resolve::get_local(&store, &registries, name)?.record.id);
    }
    for id in ids {
        mount::unmount(&store, &id, args.force)?;
        print::line(id.hex())?;
    }
    Ok(0)
}
