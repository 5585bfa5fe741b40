//! `box container prune` and `box image prune`: what nobody needs any more goes.

use super::filters::Filters;
use super::terminal::confirm;
use super::{Globals, print};
use crate::container::remove::{IfRunning, remove};
use crate::container::{self, Status};
use crate::error::{Kind, Result};
use crate::image::remove::{Unused, prune};

/// Remove containers that do not run
#[derive(clap::Args)]
pub struct ContainerArgs {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    /// Only containers for which this is so: label
    #[arg(long = "filter", value_name = "KEY=VALUE")]
    filters: Vec<String>,
}

pub fn run_containers(args: ContainerArgs, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &["label"])?;
    if !args.force && !confirm("Remove all containers that do not run?")? {
        return Ok(0);
    }
    let store = globals.store()?;
    for container in container::list(&store)? {
        if !filters.labels(&container.record.settings.labels) || matches!(container.status()?, Status::Running(_)) {
            continue;
        }
        match remove(&store, &container, IfRunning::Refuse) {
            Ok(()) => print::line(container.id())?,
            // Somebody has just started or removed it.
            Err(error) if matches!(error.kind, Kind::InUse | Kind::Absent) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(0)
}

/// Remove images without a name that no container uses
#[derive(clap::Args)]
pub struct ImageArgs {
    /// Remove all images that no container uses, with a name or without
    #[arg(short, long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    force: bool,
}

pub fn run_images(args: ImageArgs, globals: &Globals) -> Result<u8> {
    let (unused, question) = match args.all {
        true => (Unused::All, "Remove all images that no container uses?"),
        false => (Unused::Nameless, "Remove all images that have no name and that no container uses?"),
    };
    if !args.force && !confirm(question)? {
        return Ok(0);
    }
    for id in prune(&globals.store()?, unused, |_| true)?.deleted {
        print::line(id.hex())?;
    }
    Ok(0)
}
