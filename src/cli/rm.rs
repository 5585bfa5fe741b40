//! `box rm`: removes containers.

use std::path::PathBuf;
use std::time::Duration;

use super::Globals;
use super::selection::{IfAbsent, Selection, at_once, for_each};
use super::stop::patience;
use crate::container::Container;
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::stop::stop_at_once;
use crate::error::Result;

/// Remove containers
#[derive(clap::Args)]
pub struct Args {
    /// Stop containers that run, and pass over those that do not exist
    #[arg(short, long)]
    force: bool,
    /// Pass over containers that do not exist
    #[arg(short, long)]
    ignore: bool,
    /// Remove the volumes that nobody has named too, unless another container mounts them
    #[arg(short, long)]
    volumes: bool,
    /// With --force, kill a container that has not ended after so many seconds
    #[arg(short, long, value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    // No container at all is not an error: `box rm $(box ps -aq)` on an empty store has nothing to do.
    /// Names or IDs of containers, or beginnings of IDs
    #[arg(value_name = "CONTAINER")]
    names: Vec<String>,
    /// Remove all containers
    #[arg(short, long, conflicts_with_all = ["names", "latest"])]
    all: bool,
    /// Remove the container that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
    // Containers here do not depend on each other.
    #[arg(long, hide = true)]
    depend: bool,
    /// Remove the container whose ID this file holds
    #[arg(long, value_name = "FILE")]
    cidfile: Vec<PathBuf>,
    /// Remove the containers that match `key=value`; the keys are those of `box ps`
    // No short form: `-f` forces.
    #[arg(long = "filter", value_name = "FILTER", conflicts_with_all = ["names", "latest", "cidfile"])]
    filters: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let selection = Selection {
        names: args.names,
        all: args.all,
        latest: args.latest,
        cidfile: args.cidfile,
        filters: args.filters,
    };
    let if_absent = IfAbsent::of_removal(args.force || args.ignore);
    let if_running = |container: &Container| match args.force || args.time.is_some() {
        true => IfRunning::Stop(args.time.map_or_else(|| own_patience(container), patience)),
        false => IfRunning::Refuse,
    };
    let volumes = if args.volumes { Volumes::RemoveAnonymous } else { Volumes::Keep };
    let mut containers = selection.find(&store)?;
    if selection.is_general() {
        // What holds a pod leaves with it.
        let holds_pod = |container: &Container| container.record.settings.held_pod().is_some();
        containers.retain(|(_, container)| !container.as_ref().is_ok_and(holds_pod));
    }
    // Those that run end at the same time; the removals, of files of several users, are for one thread.
    at_once(&containers, |container| match if_running(container) {
        IfRunning::Stop(patience) => stop_at_once(container, patience),
        IfRunning::Refuse => Ok(()),
    });
    for_each(containers, if_absent, |container| remove(&store, container, if_running(container), volumes))
}

fn own_patience(container: &Container) -> Duration {
    Duration::from_secs(container.record.settings.stop_timeout.into())
}
