//! `box stop`: asks containers to end, and makes those that do not.

use std::time::Duration;

use super::Globals;
use super::options::maybe;
use super::selection::{IfAbsent, Selection, for_each_at_once};
use crate::container::stop::stop;
use crate::container::{Container, Status};
use crate::error::Result;
use crate::process::signal;

/// Stop containers
#[derive(clap::Args)]
pub struct Args {
    /// Kill a container that has not ended after so many seconds; -1 waits for ever
    #[arg(short, long, alias = "timeout", value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    /// Send this signal instead of the container's own stop signal
    #[arg(short, long)]
    signal: Option<String>,
    /// Pass over containers that do not exist
    #[arg(short, long)]
    ignore: bool,
    #[command(flatten)]
    selection: Selection,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let mut containers = args.selection.find(&globals.store()?)?;
    if args.selection.is_general() {
        // Nobody asked for this one in particular; to be stopped it would have to be woken.
        let is_paused = |container: &Container| matches!(container.status(), Ok(Status::Paused(_)));
        containers.retain(|(_, container)| !container.as_ref().is_ok_and(is_paused));
    }
    let signal = maybe("--signal", &args.signal, signal::parse)?;
    let timeout = args.time.map(patience);
    let if_absent = if args.ignore { IfAbsent::Ignore } else { IfAbsent::Fail };
    for_each_at_once(containers, if_absent, |container| stop(container, signal, timeout))
}

/// `--time`: what is below zero is longer than anybody waits.
pub fn patience(seconds: i64) -> Duration {
    Duration::from_secs(u32::try_from(seconds).unwrap_or(u32::MAX).into())
}
