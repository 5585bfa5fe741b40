//! `box system reset`: all containers and pods, images, volumes, networks and secrets go.

use std::time::Duration;

use crate::cli::terminal::confirm;
use crate::cli::{Globals, print};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::{self, ownership};
use crate::error::Result;
use crate::pod;
use crate::store::Store;

/// Remove all containers, images and volumes, as if nothing had ever been done
#[derive(clap::Args)]
pub struct Args {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let place = store.root().display();
    let question = format!("This kills all containers and removes them, all images and all volumes in {place}. Go on?");
    if !args.force && !confirm(&question)? {
        return Ok(0);
    }
    end_containers(&store)?;
    store.reset(ownership::remove_tree)?;
    Ok(0)
}

fn end_containers(store: &Store) -> Result<()> {
    let pods = pod::list(store).unwrap_or_default(); // As below.
    pods.iter().try_for_each(|pod| pod::remove(store, pod, IfRunning::Stop(Duration::ZERO)))?;
    match container::list(store) {
        // Killed rather than stopped: what they would still write goes in any case.
        Ok(containers) => containers.iter().try_for_each(|container| {
            remove(store, container, IfRunning::Stop(Duration::ZERO), Volumes::RemoveAnonymous)
        }),
        // One that cannot be read cannot be stopped; the reset goes on unless something still runs.
        Err(error) => {
            print::warning(error);
            Ok(())
        }
    }
}
