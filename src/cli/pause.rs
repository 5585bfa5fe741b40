//! `box pause` and `box unpause`: containers stand still, and go on.

use super::Globals;
use super::selection::{IfAbsent, Named, Selection, for_each};
use crate::container::pause::{pause, unpause};
use crate::container::{Container, Status};
use crate::error::Result;

/// Make the processes of containers stand still
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
}

/// Let paused containers go on
#[derive(clap::Args)]
pub struct UnpauseArgs {
    #[command(flatten)]
    selection: Selection,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let mut containers = args.selection.find(&globals.store()?)?;
    if args.selection.is_general() {
        keep(&mut containers, |status| matches!(status, Status::Running(_)));
    }
    for_each(containers, IfAbsent::Fail, pause)
}

pub fn run_unpause(args: UnpauseArgs, globals: &Globals) -> Result<u8> {
    let mut containers = args.selection.find(&globals.store()?)?;
    if args.selection.is_general() {
        keep(&mut containers, |status| matches!(status, Status::Paused(_)));
    }
    for_each(containers, IfAbsent::Fail, unpause)
}

fn keep(containers: &mut Vec<Named>, is_meant: impl Fn(&Status) -> bool) {
    let is_meant = |container: &Container| container.status().is_ok_and(|status| is_meant(&status));
    containers.retain(|(_, container)| container.as_ref().is_ok_and(is_meant));
}
