//! `box healthcheck`: the health of a container, checked at once.

use super::Globals;
use super::print;
use super::selection::find_one;
use crate::container::health::{self, Word};
use crate::error::Result;

/// Check the health of a container now
#[derive(clap::Args)]
pub struct RunArgs {
    /// Exit with 0 whatever comes out
    #[arg(long)]
    ignore_result: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

/// The exit code is 1 for a check that failed; one that could not be made is an error.
pub fn run_run(args: RunArgs, globals: &Globals) -> Result<u8> {
    let container = find_one(&globals.store()?, Some(&args.container), false)?;
    let health = health::run(&container)?;
    let failed = health.log.last().is_some_and(|outcome| outcome.exit_code != 0);
    if failed {
        // As Podman says it: a single failure makes nobody unhealthy yet.
        print::line(if health.status == Word::Healthy { Word::Unhealthy.as_str() } else { health.status.as_str() })?;
    }
    Ok(u8::from(failed && !args.ignore_result))
}
