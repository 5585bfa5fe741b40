//! `box run`: makes a container, starts it, and stays with it unless told otherwise.

use super::attached::{Stay, StayOptions};
use super::options::ContainerOptions;
use super::{Globals, absent_is_failure, create, print};
use crate::container::Container;
use crate::container::attach::attach;
use crate::container::remove::{IfRunning, remove};
use crate::container::start::{Machine, Presence, Started, start};
use crate::error::Result;
use crate::process::handshake::Request;
use crate::store::Store;

/// Run a program in a new container
#[derive(clap::Args)]
#[command(override_usage = "box run [OPTIONS] IMAGE [COMMAND [ARG]...]")]
pub struct Args {
    /// Leave it running in the background and print its ID
    #[arg(short, long)]
    detach: bool,
    #[command(flatten)]
    stay: StayOptions,
    #[command(flatten)]
    options: ContainerOptions,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    run_program(args, globals).map_err(absent_is_failure)
}

fn run_program(args: Args, globals: &Globals) -> Result<u8> {
    let (store, machine) = (globals.store()?, globals.machine()?);
    let container = create::make(args.options, &store)?;
    if args.detach {
        let started = start_or_remove(&store, &machine, &container, Presence::Detached)?;
        started.channel.send(&Request::Detach)?;
        print::line(container.id())?;
        return Ok(0);
    }
    let settings = &container.record.settings;
    // Without a terminal the program reads our standard input itself.
    let stay = Stay::new(&args.stay, settings.terminal, settings.terminal && settings.interactive)?;
    let signals = stay.hold_signals()?;
    let started = start_or_remove(&store, &machine, &container, Presence::Attached)?;
    stay.with(|attachment| attach(&started.channel, &signals, attachment))
}

/// Starts the container; one that was to be removed when it ends is also removed when it cannot begin.
fn start_or_remove(store: &Store, machine: &Machine, container: &Container, presence: Presence) -> Result<Started> {
    match start(store, machine, container, presence) {
        Ok(started) => {
            started.warnings.iter().for_each(print::warning);
            Ok(started)
        }
        Err(error) => {
            if container.record.settings.remove_at_exit {
                let _ = remove(store, container, IfRunning::Refuse); // Why it did not start matters more.
            }
            Err(error)
        }
    }
}
