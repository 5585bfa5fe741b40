//! `box update`: other limits and ports for a container, and other words for its next start.

use super::options::{ResourceOptions, each, environment, limit, maybe, port, restart_policy};
use super::selection::find_one;
use super::{Globals, print};
use crate::container::update::{Change, update};
use crate::error::Result;
use crate::settings::Limits;

/// Change the limits and ports of a container, at once where it runs
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    resources: ResourceOptions,
    /// Set a resource limit, from the next start on
    #[arg(long, value_name = "NAME=SOFT[:HARD]", value_delimiter = ',', help_heading = "Next start")]
    ulimit: Vec<String>,
    /// Set a variable, from the next start on
    #[arg(short, long, value_name = "NAME[=VALUE]", help_heading = "Next start")]
    env: Vec<String>,
    /// Take a variable away, from the next start on
    #[arg(long, value_name = "NAME", help_heading = "Next start")]
    unsetenv: Vec<String>,
    /// Publish one more port, or a range of ports
    #[arg(long, value_name = "[[ADDRESS:][HOST]:]PORT[/PROTOCOL]", value_delimiter = ',')]
    publish_add: Vec<String>,
    /// Publish a port no longer; connections that came by it end when they end
    #[arg(long, value_name = "[[ADDRESS:][HOST]:]PORT[/PROTOCOL]", value_delimiter = ',')]
    publish_rm: Vec<String>,
    /// Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped
    #[arg(long, value_name = "POLICY")]
    restart: Option<String>,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "container")]
    latest: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let container = find_one(&store, args.container.as_deref(), args.latest)?;
    let change = Change {
        env: environment::of_options(&[], &args.env, &environment::of_host())?,
        unset_env: each("--unsetenv", &args.unsetenv, environment::name)?,
        ulimits: each("--ulimit", &args.ulimit, limit::ulimit)?.concat(),
        unpublish: each("--publish-rm", &args.publish_rm, port::publish)?.concat(),
        publish: each("--publish-add", &args.publish_add, port::publish)?.concat(),
        restart: maybe("--restart", &args.restart, restart_policy)?,
    };
    let change_limits = |limits: &mut Limits| args.resources.apply(limits);
    update(&store, &globals.machine()?, &container, &change, change_limits)?.iter().for_each(print::warning);
    print::line(container.id())?;
    Ok(0)
}
