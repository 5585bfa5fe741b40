//! `box load`: puts the images of an archive or a directory into the store.

use std::fs::File;
use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;
use std::path::PathBuf;

use super::personality::image_name;
use super::{Globals, print, progress};
use crate::error::{During as _, Error, Result};
use crate::image::archive::load::{load_path, load_stream};
use crate::image::unpacker;

/// Load images from an archive or a directory
#[derive(clap::Args)]
pub struct Args {
    /// Read this file or directory; else standard input
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let progress = progress::choose_for_push(args.quiet);
    // What an earlier load left half-made may take the space that this one needs.
    let _ = store.sweep(unpacker::remove_as_owner);
    let images = match args.input {
        Some(path) => load_path(&store, &path, progress.as_ref())?,
        None if std::io::stdin().is_terminal() => {
            return Err(
                Error::usage("there is no archive to load").with_hint("use --input FILE, or redirect standard input")
            );
        }
        None => {
            let input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
            load_stream(&store, input, progress.as_ref()).during(|| "load standard input")?
        }
    };
    for image in images {
        match image.is_by_id() {
            true => print::line(format!("Loaded image ID: {}", image.record.id))?,
            false => print::line(format!("Loaded image: {}", image_name(&image.name)))?,
        }
    }
    Ok(0)
}
