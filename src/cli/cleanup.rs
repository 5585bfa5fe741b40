//! `box container cleanup`: what a monitor that was killed has left of containers.

use super::Globals;
use super::selection::{IfAbsent, Selection, for_each};
use crate::container::Container;
use crate::container::cleanup::clean_up;
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::error::{Kind, Result};
use crate::host::registries::Registries;
use crate::image::remove::{self as image_remove, IfUsed};
use crate::store::Store;

/// Clean up after containers that have ended; each does so itself, unless its monitor was killed
#[derive(clap::Args)]
pub struct Args {
    /// Remove the containers too
    #[arg(long)]
    rm: bool,
    /// Remove their images too
    #[arg(long, requires = "rm")]
    rmi: bool,
    #[command(flatten)]
    selection: Selection,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let mut containers = args.selection.find(&store)?;
    if args.selection.is_general() {
        let runs = |container: &Container| container.status().is_ok_and(|status| status.live().is_some());
        containers.retain(|(_, container)| !container.as_ref().is_ok_and(runs));
    }
    for_each(containers, IfAbsent::Fail, |container| {
        clean_up(container)?;
        if args.rm {
            remove(&store, container, IfRunning::Refuse, Volumes::Keep)?;
        }
        if args.rmi { remove_image(&store, container) } else { Ok(()) }
    })
}

/// The image that a container was made of, with all its names, unless another container uses it.
pub fn remove_image(store: &Store, container: &Container) -> Result<()> {
    let Some(id) = &container.record.image_id else { return Ok(()) };
    if image_remove::users(store, id)?.iter().any(|user| user.container_id != container.id()) {
        return Ok(());
    }
    match image_remove::remove(store, &Registries::load()?, id.hex(), IfUsed::Remove) {
        Err(error) if error.kind != Kind::Absent => Err(error),
        _ => Ok(()),
    }
}
