//! `box rename`: gives a container another name.

use super::Globals;
use crate::container::create::rename;
use crate::error::Result;

/// Rename a container
#[derive(clap::Args)]
pub struct Args {
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// Its new name
    #[arg(value_name = "NAME")]
    name: String,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    rename(&globals.store()?, &args.container, &args.name)?;
    Ok(0)
}
