//! `box wait`: blocks until containers have ended, and tells their exit codes.

use super::selection::{IfAbsent, Selection};
use super::{Globals, print};
use crate::container::wait::wait;
use crate::error::{Kind, Result};

/// Wait for containers to end and print their exit codes
#[derive(clap::Args)]
pub struct Args {
    /// Pass over containers that do not exist, with -1 for the exit code
    #[arg(long)]
    ignore: bool,
    // The kernel tells when a container ends; nobody asks at intervals.
    #[arg(short, long, hide = true)]
    interval: Option<String>,
    /// Names or IDs of containers, or beginnings of IDs
    #[arg(value_name = "CONTAINER", required_unless_present = "latest")]
    names: Vec<String>,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let selection = Selection { names: args.names, latest: args.latest, ..Selection::default() };
    let if_absent = if args.ignore { IfAbsent::Ignore } else { IfAbsent::Fail };
    let mut exit_code = 0;
    for (_, container) in selection.find(&globals.store()?)? {
        match container.and_then(|container| wait(&container)) {
            Ok(code) => print::line(code)?,
            Err(error) if error.kind == Kind::Absent && if_absent == IfAbsent::Ignore => print::line(-1)?,
            Err(error) => {
                print::error(&error);
                exit_code = error.kind.exit_code();
            }
        }
    }
    Ok(exit_code)
}
