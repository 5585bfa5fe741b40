//! `box attach`: joins the streams of a container that runs.

use super::Globals;
use super::attached::{Stay, StayOptions};
use super::selection::find_one;
use crate::container::attach::{Ending, attach, connect_to_monitor};
use crate::error::Result;
use crate::process::handshake::Request;
use crate::store::events::Action;

/// Attach to a running container
#[derive(clap::Args)]
pub struct Args {
    /// Pass nothing on that is typed here
    #[arg(long)]
    no_stdin: bool,
    #[command(flatten)]
    stay: StayOptions,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let container = find_one(&globals.store()?, args.container.as_deref(), args.latest)?;
    let state = container.running()?;
    let settings = &container.record.settings;
    let stay = Stay::new(args.stay, settings.terminal, settings.interactive && !args.no_stdin);
    let signals = stay.hold_signals()?;
    let channel = connect_to_monitor(&state)?;
    channel.send(&Request::Attach)?;
    container.tell(Action::Attach);
    stay.with(|attachment| attach(&channel, &signals, attachment)).map(Ending::exit_code)
}
