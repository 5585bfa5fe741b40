//! `box pull`: fetches images from registries.

use super::options::RegistryOptions;
use super::options::registry::policy;
use super::{Globals, print, progress};
use crate::error::Result;
use crate::image::pull::{PullPolicy, ensure};

/// Pull images from a registry
#[derive(clap::Args)]
pub struct Args {
    /// Ask the registry: always, missing, never or newer
    #[arg(long, value_name = "POLICY", value_parser = policy, default_value = "always")]
    policy: PullPolicy,
    #[command(flatten)]
    registry: RegistryOptions,
    #[arg(long, hide = true)]
    disable_content_trust: bool,
    /// The images
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let progress = progress::choose(args.registry.quiet);
    let options = args.registry.into_pull_options(args.policy)?;
    let mut exit_code = 0;
    for name in &args.images {
        match ensure(&store, name, &options, progress.as_ref()) {
            Ok(image) => print::line(image.record.id.hex())?,
            Err(error) => {
                print::error(&error);
                // Scripts tell a pull that failed (1) from a command line that is wrong (125).
                exit_code = 1;
            }
        }
    }
    Ok(exit_code)
}
