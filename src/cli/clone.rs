//! `box container clone`: another container of the same settings.

use super::options::{ResourceOptions, maybe};
use super::{Globals, print};
use crate::container;
use crate::container::duplicate::duplicate;
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::start::ensure_started;
use crate::error::Result;
use crate::host::registries::Registries;
use crate::image::resolve::get_local;
use crate::store::Store;

/// Make another container of the same settings
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    resources: ResourceOptions,
    /// Remove the first one
    #[arg(long)]
    destroy: bool,
    /// With --destroy, stop the first one if it runs
    #[arg(short, long, requires = "destroy")]
    force: bool,
    /// Give the new one this name; else it is called as the first one, with `-clone` at the end
    #[arg(long, conflicts_with = "new_name")]
    name: Option<String>,
    /// Start the new one
    #[arg(long)]
    run: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// The name of the new one
    #[arg(value_name = "NAME")]
    new_name: Option<String>,
    /// Make the new one of this image
    #[arg(value_name = "IMAGE", requires = "new_name")]
    image: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let first = container::find(&store, &args.container)?;
    let image = maybe("IMAGE", &args.image, |name| get_local(&store, &Registries::load()?, name))?;
    let mut limits = first.record.settings.limits.clone();
    args.resources.apply(&mut limits)?;
    let name = args.name.or(args.new_name);
    let clone = duplicate(&store, &first, image, |settings| {
        settings.limits = limits;
        settings.name = name.or(settings.name.take());
    })?;
    if args.destroy {
        destroy(&store, &first, args.force)?;
    }
    print::line(clone.id())?;
    if args.run {
        ensure_started(&store, &globals.machine()?, &clone)?.iter().for_each(print::warning);
    }
    Ok(0)
}

fn destroy(store: &Store, first: &container::Container, forced: bool) -> Result<()> {
    let patience = std::time::Duration::from_secs(first.record.settings.stop_timeout.into());
    let if_running = if forced { IfRunning::Stop(patience) } else { IfRunning::Refuse };
    remove(store, first, if_running, Volumes::Keep)
}
