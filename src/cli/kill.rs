//! `box kill`: sends a signal to containers.

use super::Globals;
use super::options::parsed;
use super::selection::{IfAbsent, Selection, for_each};
use crate::container::Container;
use crate::container::stop::kill;
use crate::error::Result;
use crate::process::signal;

/// Send a signal to running containers
#[derive(clap::Args)]
pub struct Args {
    /// Send this signal
    #[arg(short, long, default_value = "KILL")]
    signal: String,
    #[command(flatten)]
    selection: Selection,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let number = parsed("--signal", &args.signal, signal::parse)?;
    let mut containers = args.selection.find(&globals.store()?)?;
    if args.selection.is_general() {
        let runs = |container: &Container| container.status().is_ok_and(|status| status.live().is_some());
        containers.retain(|(_, container)| container.as_ref().is_ok_and(runs));
    }
    for_each(containers, IfAbsent::Fail, |container| kill(container, number))
}
