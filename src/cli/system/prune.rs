//! `box system prune`: everything that nobody needs goes.

use jiff::Timestamp;

use crate::cli::filters::{self, Filters};
use crate::cli::network::prune_networks;
use crate::cli::personality::PRUNED_VOLUMES;
use crate::cli::pod::prune_pods;
use crate::cli::prune::{PRUNE_FILTERS, prune_containers, prune_images, show_headed, tell_pruned};
use crate::cli::terminal::confirm;
use crate::cli::volume::prune_volumes;
use crate::cli::{Globals, print, rmi, units};
use crate::error::{Error, Result};
use crate::image::remove::Unused;
use crate::store::events;

/// Remove pods and containers that do not run, and networks, images and volumes that nobody needs
#[derive(clap::Args)]
pub struct Args {
    /// Remove all images that no container uses, with a name or without, and all broken-off downloads
    #[arg(short, long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    /// Also remove volumes that no container uses
    #[arg(long)]
    volumes: bool,
    /// Also remove images without a name that others are built on, which builds keep to be faster
    #[arg(long)]
    build: bool,
    #[arg(long = "filter", value_name = "KEY=VALUE", help = filters::help("things", &PRUNE_FILTERS))]
    filters: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &PRUNE_FILTERS)?;
    if args.volumes && filters.has("until") {
        return Err(Error::usage(
            "volumes cannot be told apart by their age: leave out --volumes or the filter `until`",
        ));
    }
    let unused = match (args.all, args.build) {
        (true, _) => Unused::All,
        (false, true) => Unused::Nameless,
        (false, false) => Unused::Dangling,
    };
    if !args.force && !confirm(&question(unused, args.volumes))? {
        return Ok(0);
    }
    let (store, now) = (globals.store()?, Timestamp::now());
    // What a label or a time is said of are not pods.
    let pods = if args.filters.is_empty() { prune_pods(&store)? } else { Vec::new() };
    show_headed("Pods", &pods)?;
    let containers = prune_containers(&store, &filters, now)?;
    show_headed("Containers", &containers.names)?;
    let mut reclaimed_bytes = containers.size_bytes;
    if args.volumes {
        let volumes = prune_volumes(&store, &filters, PRUNED_VOLUMES.side())?;
        show_headed("Volumes", &volumes.names)?;
        reclaimed_bytes += volumes.size_bytes;
    }
    show_headed("Networks", &prune_networks(&store, &filters)?)?;
    let images = prune_images(&store, unused, &filters, now)?;
    if !images.deleted.is_empty() {
        print::line("Deleted Images:")?;
        rmi::show(&images)?;
        print::line("")?;
    }
    reclaimed_bytes += images.reclaimed_bytes;
    tell_pruned(&store, events::Kind::System);
    print::line(format_args!("Total reclaimed space: {}", units::human_size_compact(reclaimed_bytes)))?;
    Ok(0)
}

fn question(unused: Unused, volumes: bool) -> String {
    let images = match unused {
        Unused::All => "all images that no container uses",
        Unused::Nameless => "all images that have no name and that no container uses",
        Unused::Dangling => "all images that have no name, that no other is built on and that no container uses",
    };
    let volumes = if volumes { "\n  - all volumes that no container uses" } else { "" };
    let networks = "all networks that no container is in";
    format!(
        "This removes\n  - all pods that have ended\n  - all containers that do not run{volumes}\n  - {networks}\n  \
         - {images}\nGo on?"
    )
}
