//! `box restart`: stops containers that run, and starts them all.

use super::selection::{IfAbsent, Selection, at_once, for_each};
use super::stop::patience;
use super::{Globals, print};
use crate::container::Status;
use crate::container::start::ensure_started;
use crate::container::stop::stop;
use crate::error::Result;
use crate::store::events::Action;

/// Restart containers
#[derive(clap::Args)]
pub struct Args {
    /// Kill a container that has not ended after so many seconds; -1 waits for ever
    #[arg(short, long, alias = "timeout", value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    /// With --all, only containers that run
    #[arg(long)]
    running: bool,
    #[command(flatten)]
    selection: Selection,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let (store, machine) = (globals.store()?, globals.machine()?);
    let mut containers = args.selection.find(&store)?;
    if args.running {
        containers.retain(|(_, container)| {
            container.as_ref().is_ok_and(|container| matches!(container.status(), Ok(Status::Running(_))))
        });
    }
    // All end at the same time. One that does not is told of when it is its turn.
    at_once(&containers, |container| stop(container, None, args.time.map(patience)));
    for_each(containers, IfAbsent::Fail, |container| {
        stop(container, None, args.time.map(patience))?;
        ensure_started(&store, &machine, container)?.iter().for_each(print::warning);
        container.tell(Action::Restart);
        Ok(())
    })
}
