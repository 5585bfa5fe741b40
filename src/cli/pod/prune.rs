//! `box pod prune`: pods that have ended go.

use crate::cli::prune::tell_pruned;
use crate::cli::terminal::confirm;
use crate::cli::{Globals, print};
use crate::container::remove::IfRunning;
use crate::error::{Kind, Result};
use crate::pod::{self, State};
use crate::store::Store;
use crate::store::events;

/// Remove pods that have ended, and all containers in them
#[derive(clap::Args)]
pub struct Args {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if !args.force && !confirm("Remove all pods that have ended, and their containers?")? {
        return Ok(0);
    }
    let store = globals.store()?;
    let removed = prune_pods(&store)?;
    tell_pruned(&store, events::Kind::Pod);
    removed.iter().try_for_each(print::line).map(|()| 0)
}

/// Removes the pods that have run and do not any more; returns their IDs.
pub fn prune_pods(store: &Store) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for pod in pod::list(store)? {
        if !matches!(pod.state()?, State::Exited | State::Stopped) {
            continue;
        }
        match pod::remove(store, &pod, IfRunning::Refuse) {
            Ok(()) => removed.push(pod.id().to_owned()),
            // Somebody has just started it.
            Err(error) if error.kind == Kind::InUse => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}
