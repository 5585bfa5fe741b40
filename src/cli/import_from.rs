//! `box image import-from`: takes over the images of another engine on this machine.

use std::path::PathBuf;

use super::{Globals, personality, print, progress};
use crate::error::Result;
use crate::image::foreign::{Engine, import};

/// Take over images from the store of Podman or Docker, which stays as it is
#[derive(clap::Args)]
pub struct Args {
    /// Whose images
    engine: Whose,
    /// Only these; else all that have a name
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    /// Where that engine keeps its data; else where it usually does
    #[arg(long, value_name = "DIR")]
    from_root: Option<PathBuf>,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Whose {
    /// Podman, Buildah, CRI-O and Skopeo (containers/storage)
    Podman,
    /// Docker with its driver overlay2
    Docker,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let engine = match args.engine {
        Whose::Podman => Engine::Podman,
        Whose::Docker => Engine::Docker,
    };
    let progress = progress::choose_for_push(args.quiet);
    let mut code = 0;
    for (_, outcome) in import(&store, engine, args.from_root.as_deref(), &args.images, progress.as_ref())? {
        match outcome {
            Ok(image) if image.is_by_id() => print::line(format!("Loaded image ID: {}", image.record.id))?,
            Ok(image) => print::line(format!("Loaded image: {}", image.name))?,
            Err(error) => {
                print::error(&error);
                code = personality::exit_code(&error);
            }
        }
    }
    Ok(code)
}
