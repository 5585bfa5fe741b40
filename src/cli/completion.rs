//! `box completion`: what a shell needs to complete command lines of box.

use std::path::PathBuf;

use clap_complete::Shell;

use super::{docs, print};
use crate::disk::atomic;
use crate::error::{During as _, Result};

/// Print what a shell needs to complete the command lines of box
#[derive(clap::Args)]
pub struct Args {
    /// Write it to this file instead
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Without descriptions, which of these shells only zsh and fish show
    #[arg(long)]
    no_desc: bool,
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub fn run(args: Args) -> Result<u8> {
    let text = docs::completion(args.shell);
    match args.file {
        Some(file) => atomic::write(&file, text.as_bytes()).during(|| format!("write `{}`", file.display()))?,
        None => print::block(&text)?,
    }
    Ok(0)
}
