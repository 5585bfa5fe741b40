//! `box container exists`, and so for an image, a network, a pod, a secret, a volume: an answer by exit code alone.

use super::Globals;
use crate::error::{Kind, Result};
use crate::host::registries::Registries;
use crate::image::resolve;
use crate::{container, named_network, pod, secret, volume};

/// Tell by the exit code whether it exists: 0 or 1
#[derive(clap::Args)]
pub struct Args {
    // Containers of other programs do not live in a store of box.
    #[arg(long, hide = true)]
    external: bool,
    /// Its name or ID
    #[arg(value_name = "NAME")]
    name: String,
}

pub fn run_container(args: Args, globals: &Globals) -> Result<u8> {
    answer(container::find(&globals.store()?, &args.name).map(drop))
}

pub fn run_image(args: Args, globals: &Globals) -> Result<u8> {
    answer(resolve::get_local(&globals.store()?, &Registries::load()?, &args.name).map(drop))
}

pub fn run_pod(args: Args, globals: &Globals) -> Result<u8> {
    answer(pod::find(&globals.store()?, &args.name).map(drop))
}

pub fn run_volume(args: Args, globals: &Globals) -> Result<u8> {
    answer(volume::get(&globals.store()?, &args.name).map(drop))
}

pub fn run_secret(args: Args, globals: &Globals) -> Result<u8> {
    answer(secret::get(&globals.store()?, &args.name).map(drop))
}

pub fn run_network(args: Args, globals: &Globals) -> Result<u8> {
    answer(named_network::get(&globals.store()?, &args.name).map(drop))
}

fn answer(found: Result<()>) -> Result<u8> {
    match found {
        Err(error) if error.kind == Kind::Absent => Ok(1),
        Err(error) => Err(error),
        Ok(()) => Ok(0),
    }
}
