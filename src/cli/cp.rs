//! `box cp`: files into a container, out of one, or from one into another.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::export::ArchiveFile;
use super::{Globals, absent_is_failure};
use crate::container::copy::{Options, Place, copy, copy_in, copy_out};
use crate::container::{self, Container};
use crate::error::{During as _, Error, Result};
use crate::layer::Replace;
use crate::store::Store;

/// Copy files between a container and the machine, or between containers
#[derive(clap::Args)]
#[command(override_usage = "box cp [OPTIONS] [CONTAINER:]SOURCE [CONTAINER:]DESTINATION")]
pub struct Args {
    /// Give what is copied into a container to the container's user; with `false`, keep its owners
    #[arg(
        short,
        long,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set,
        hide_default_value = true
    )]
    archive: bool,
    /// Put directories in place of files, and files in place of directories
    #[arg(long)]
    overwrite: bool,
    /// Copy what a link leads to, as is done in any case
    #[arg(short = 'L', long)]
    follow_link: bool,
    /// Say nothing, as is done in any case
    #[arg(short, long)]
    quiet: bool,
    /// A path, of a container if its name and a colon stand before it; `-`: a tar archive from standard input
    #[arg(value_name = "SOURCE")]
    source: String,
    /// A path like the source; `-`: a tar archive to standard output
    #[arg(value_name = "DESTINATION")]
    destination: String,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let (store, machine) = (globals.store()?, globals.machine()?);
    let replace = if args.overwrite { Replace::Anything } else { Replace::SameKind };
    let options = Options { keep_owners: !args.archive, replace };
    let from = Side::parse(&args.source, &store).map_err(absent_is_failure)?;
    let to = Side::parse(&args.destination, &store).map_err(absent_is_failure)?;
    match (&from, &to) {
        (Side::Stream, Side::Inside(..)) => {
            if std::io::stdin().is_terminal() {
                return Err(Error::usage("standard input is a terminal").with_hint("redirect it from an archive"));
            }
            copy_in(&store, &machine, &mut std::io::stdin().lock(), &to.place()?, options)?;
        }
        (Side::Inside(..), Side::Stream) => {
            let mut target = ArchiveFile::open(None)?;
            copy_out(&store, &machine, &from.place()?, |archive| target.take(archive))?;
            target.keep();
        }
        (Side::Inside(..), _) | (_, Side::Inside(..)) => {
            copy(&store, &machine, &from.place()?, &to.place()?, options)?;
        }
        _ => {
            return Err(Error::usage("neither the source nor the destination is in a container")
                .with_hint("a path in a container is CONTAINER:PATH"));
        }
    }
    Ok(0)
}

enum Side {
    Stream,
    Outside(PathBuf),
    Inside(Box<Container>, PathBuf),
}

impl Side {
    /// What begins with `/` or `.` is a path; what has a colon is in a container.
    fn parse(text: &str, store: &Store) -> Result<Side> {
        if text == "-" {
            return Ok(Side::Stream);
        }
        if text.is_empty() {
            return Err(Error::usage("a path is empty"));
        }
        match text.split_once(':') {
            Some((name, path)) if !text.starts_with(['/', '.']) => {
                if name.is_empty() || path.is_empty() {
                    return Err(Error::usage(format!("`{text}` is no CONTAINER:PATH")));
                }
                // Inside, all paths begin at the root.
                Ok(Side::Inside(Box::new(container::find(store, name)?), PathBuf::from("/").join(path)))
            }
            // Joined by hand, as it matters whether it ends in `/` or `/.`.
            _ if text.starts_with('/') => Ok(Side::Outside(PathBuf::from(text))),
            _ => {
                let here = std::env::current_dir().during(|| "find out the current directory")?;
                Ok(Side::Outside(here.join(text)))
            }
        }
    }

    fn place(&self) -> Result<Place<'_>> {
        match self {
            Side::Inside(container, path) => Ok(Place::Inside(container, path.clone())),
            Side::Outside(path) => Ok(Place::Outside(path.clone())),
            Side::Stream => Err(Error::usage("`-` goes with a path in a container")),
        }
    }
}
