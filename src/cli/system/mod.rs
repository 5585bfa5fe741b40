//! `box system`: the store as a whole.

mod check;
mod df;
mod nothing;
mod prune;
mod reset;

use clap::Subcommand;

use super::{Globals, events, info};
use crate::error::Result;

#[derive(Subcommand)]
#[command(defer = true)]
pub enum SystemCommand {
    Check(check::Args),
    Df(df::Args),
    Events(events::Args),
    Info(info::Args),
    #[command(hide = true)]
    Migrate(nothing::MigrateArgs),
    Prune(prune::Args),
    #[command(hide = true)]
    Renumber(nothing::RenumberArgs),
    Reset(reset::Args),
}

impl SystemCommand {
    pub fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            SystemCommand::Check(args) => check::run(args, globals),
            SystemCommand::Df(args) => df::run(args, globals),
            SystemCommand::Events(args) => events::run(args, globals),
            SystemCommand::Info(args) => info::run(args, globals),
            SystemCommand::Migrate(args) => nothing::run_migrate(args),
            SystemCommand::Prune(args) => prune::run(args, globals),
            SystemCommand::Renumber(args) => nothing::run_renumber(args),
            SystemCommand::Reset(args) => reset::run(args, globals),
        }
    }
}
