//! `box pod start`, `stop`, `restart`, `kill`, `pause`, `unpause` and `rm`.

use super::selection::Selection;
use crate::cli::options::parsed;
use crate::cli::selection::IfAbsent;
use crate::cli::stop::patience;
use crate::cli::{Globals, print};
use crate::container::remove::IfRunning;
use crate::error::Result;
use crate::pod::{self, State};
use crate::process::signal;

/// Start pods: all containers in them
#[derive(clap::Args)]
pub struct StartArgs {
    #[command(flatten)]
    selection: Selection,
}

pub fn run_start(args: StartArgs, globals: &Globals) -> Result<u8> {
    let (store, machine) = (globals.store()?, globals.machine()?);
    args.selection.for_each(&store, IfAbsent::Fail, any, |pod| pod::start(&store, &machine, pod, print::warning))
}

/// Stop pods: all containers in them at the same time
#[derive(clap::Args)]
pub struct StopArgs {
    /// Kill a container that has not ended after so many seconds; -1 waits for ever
    #[arg(short, long, alias = "timeout", value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    /// Pass over pods that do not exist
    #[arg(short, long)]
    ignore: bool,
    #[command(flatten)]
    selection: Selection,
}

pub fn run_stop(args: StopArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let if_absent = if args.ignore { IfAbsent::Ignore } else { IfAbsent::Fail };
    let moves = |state| state != State::Paused;
    args.selection.for_each(&store, if_absent, moves, |pod| pod::stop(&store, pod, args.time.map(patience)))
}

/// Stop pods, and start them again
#[derive(clap::Args)]
pub struct RestartArgs {
    #[command(flatten)]
    selection: Selection,
}

pub fn run_restart(args: RestartArgs, globals: &Globals) -> Result<u8> {
    let (store, machine) = (globals.store()?, globals.machine()?);
    args.selection.for_each(&store, IfAbsent::Fail, any, |pod| {
        pod::stop(&store, pod, None)?;
        pod::start(&store, &machine, pod, print::warning)
    })
}

/// Send a signal to all containers of pods that run
#[derive(clap::Args)]
pub struct KillArgs {
    /// Send this signal
    #[arg(short, long, default_value = "KILL")]
    signal: String,
    #[command(flatten)]
    selection: Selection,
}

pub fn run_kill(args: KillArgs, globals: &Globals) -> Result<u8> {
    let number = parsed("--signal", &args.signal, signal::parse)?;
    let store = globals.store()?;
    let runs = |state| matches!(state, State::Running | State::Degraded | State::Paused);
    args.selection.for_each(&store, IfAbsent::Fail, runs, |pod| pod::kill(&store, pod, number))
}

/// Make the processes of pods stand still
#[derive(clap::Args)]
pub struct PauseArgs {
    #[command(flatten)]
    selection: Selection,
}

pub fn run_pause(args: PauseArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    args.selection.for_each(&store, IfAbsent::Fail, any, |pod| pod::pause(&store, pod))
}

/// Let paused pods go on
#[derive(clap::Args)]
pub struct UnpauseArgs {
    #[command(flatten)]
    selection: Selection,
}

pub fn run_unpause(args: UnpauseArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    args.selection.for_each(&store, IfAbsent::Fail, any, |pod| pod::unpause(&store, pod))
}

/// Remove pods and all containers in them
#[derive(clap::Args)]
pub struct RmArgs {
    /// Stop containers that run, and pass over pods that do not exist
    #[arg(short, long)]
    force: bool,
    /// Pass over pods that do not exist
    #[arg(short, long)]
    ignore: bool,
    /// With --force, kill a container that has not ended after so many seconds
    #[arg(short, long, value_name = "SECONDS", default_value_t = 10, allow_negative_numbers = true)]
    time: i64,
    #[command(flatten)]
    selection: Selection,
}

pub fn run_rm(args: RmArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let if_absent = IfAbsent::of_removal(args.force || args.ignore);
    let if_running = if args.force { IfRunning::Stop(patience(args.time)) } else { IfRunning::Refuse };
    args.selection.for_each(&store, if_absent, any, |pod| pod::remove(&store, pod, if_running))
}

fn any(_: State) -> bool {
    true
}
