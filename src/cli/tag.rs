//! `box tag` and `box untag`: names of an image come and go.

use super::{Globals, print};
use crate::error::Result;
use crate::host::registries::Registries;
use crate::image::tag;

/// Give an image further names
#[derive(clap::Args)]
pub struct Args {
    /// The image: a name or an ID
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Its further names
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    tag::tag(&globals.store()?, &Registries::load()?, &args.image, &args.names)?;
    Ok(0)
}

/// Take names from an image
#[derive(clap::Args)]
pub struct UntagArgs {
    /// The image: a name or an ID
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The names; all of them without
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub fn run_untag(args: UntagArgs, globals: &Globals) -> Result<u8> {
    let untagged = tag::untag(&globals.store()?, &Registries::load()?, &args.image, &args.names)?;
    untagged.iter().for_each(|name| print::debug(format_args!("untagged {name}")));
    Ok(0)
}
