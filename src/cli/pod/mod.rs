//! `box pod`: containers that share namespaces, and what is done to all of them at once.

mod create;
mod inspect;
mod lifecycle;
mod ls;
mod output;
mod prune;
mod selection;

pub use inspect::document;
pub use prune::prune_pods;

use clap::Subcommand;

use super::{Globals, exists};
use crate::error::Result;

#[derive(Subcommand)]
#[command(defer = true)]
pub enum PodCommand {
    Create(Box<create::Args>),
    #[command(aliases = ["ls", "list"])]
    Ps(ls::Args),
    Start(lifecycle::StartArgs),
    Stop(lifecycle::StopArgs),
    Restart(lifecycle::RestartArgs),
    Kill(lifecycle::KillArgs),
    Pause(lifecycle::PauseArgs),
    Unpause(lifecycle::UnpauseArgs),
    Rm(lifecycle::RmArgs),
    Prune(prune::Args),
    Inspect(inspect::Args),
    Exists(exists::Args),
    Logs(output::LogsArgs),
    Top(output::TopArgs),
    Stats(output::StatsArgs),
}

impl PodCommand {
    pub fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            PodCommand::Create(args) => create::run(*args, globals),
            PodCommand::Ps(args) => ls::run(args, globals),
            PodCommand::Start(args) => lifecycle::run_start(args, globals),
            PodCommand::Stop(args) => lifecycle::run_stop(args, globals),
            PodCommand::Restart(args) => lifecycle::run_restart(args, globals),
            PodCommand::Kill(args) => lifecycle::run_kill(args, globals),
            PodCommand::Pause(args) => lifecycle::run_pause(args, globals),
            PodCommand::Unpause(args) => lifecycle::run_unpause(args, globals),
            PodCommand::Rm(args) => lifecycle::run_rm(args, globals),
            PodCommand::Prune(args) => prune::run(args, globals),
            PodCommand::Inspect(args) => inspect::run(args, globals),
            PodCommand::Exists(args) => exists::run_pod(args, globals),
            PodCommand::Logs(args) => output::run_logs(args, globals),
            PodCommand::Top(args) => output::run_top(args, globals),
            PodCommand::Stats(args) => output::run_stats(args, globals),
        }
    }
}
