//! `box version`: which box this is.

use super::{Globals, print};
use crate::error::Result;

/// Show the version of box
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: Args, _: &Globals) -> Result<u8> {
    print::line(format_args!("Version:      {}", env!("CARGO_PKG_VERSION")))?;
    print::line(format_args!("OS/Arch:      {}/{}", std::env::consts::OS, std::env::consts::ARCH))?;
    Ok(0)
}
