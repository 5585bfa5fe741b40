//! `box rmi`: removes names of images, and images with their last name.

use super::personality::{image_id, image_name};
use super::{Globals, print};
use crate::error::{Kind, Result};
use crate::host::registries::Registries;
use crate::image::remove::{IfUsed, Removed, remove};

/// Remove images
#[derive(clap::Args)]
pub struct Args {
    /// Remove an image although containers use it or it has several names
    #[arg(short, long)]
    force: bool,
    /// Remove all images
    #[arg(short, long, conflicts_with = "images")]
    all: bool,
    /// Pass over images that do not exist
    #[arg(short, long)]
    ignore: bool,
    // Only what is named goes in any case.
    #[arg(long, hide = true)]
    no_prune: bool,
    /// Names or IDs of images
    #[arg(value_name = "IMAGE", required_unless_present = "all")]
    images: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let (store, registries) = (globals.store()?, Registries::load()?);
    let images = match args.all {
        // Lists first: they keep their images.
        true => {
            let lists = store.lists()?.into_iter().map(|list| list.id);
            lists.chain(store.own_images()?.into_iter().map(|image| image.id)).map(|id| id.hex().to_owned()).collect()
        }
        false => args.images,
    };
    let if_used = if args.force { IfUsed::Remove } else { IfUsed::Refuse };
    let mut exit_code = 0;
    for name in &images {
        match remove(&store, &registries, name, if_used) {
            Ok(removed) => show(&removed)?,
            Err(error) if error.kind == Kind::Absent && (args.ignore || args.force) => {}
            Err(error) => {
                print::error(&error);
                exit_code = if exit_code == 0 { error.kind.exit_code() } else { exit_code };
            }
        }
    }
    Ok(exit_code)
}

pub fn show(removed: &Removed) -> Result<()> {
    for name in &removed.untagged {
        print::line(format_args!("Untagged: {}", image_name(name)))?;
    }
    for id in &removed.deleted {
        print::line(format_args!("Deleted: {}", image_id(id)))?;
    }
    Ok(())
}
