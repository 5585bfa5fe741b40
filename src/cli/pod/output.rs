//! `box pod logs`, `top` and `stats`: what the containers of pods say and use.

use super::selection::find_one;
use crate::cli::json::JsonOption;
use crate::cli::logs::{self, LogOptions};
use crate::cli::stats::{self, StatsOptions};
use crate::cli::{Globals, top};
use crate::container::{self, Container, Status};
use crate::error::{Error, Result};
use crate::pod::{self, Pod};

/// Show the output of the containers of a pod
#[derive(clap::Args)]
pub struct LogsArgs {
    #[command(flatten)]
    options: LogOptions,
    /// Only that of this container of the pod
    #[arg(short, long, value_name = "CONTAINER")]
    container: Option<String>,
    /// The pod that was created last
    #[arg(short, long, conflicts_with = "pod")]
    latest: bool,
    /// Name or ID of the pod
    #[arg(value_name = "POD")]
    pod: Option<String>,
}

pub fn run_logs(args: LogsArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let pod = find_one(&store, args.pod.as_deref(), args.latest)?;
    let containers = match &args.container {
        None => pod.members,
        Some(name) => {
            let found = container::find(&store, name)?;
            let is_in = pod.members.iter().any(|member| member.id() == found.id());
            if !is_in {
                return Err(Error::usage(format!("container `{name}` is not in pod `{}`", pod.name())));
            }
            vec![found]
        }
    };
    logs::show(&containers, &args.options).map(|()| 0)
}

/// Show the processes of a pod
#[derive(clap::Args)]
pub struct TopArgs {
    /// The pod that was created last
    #[arg(short, long)]
    latest: bool,
    #[command(flatten)]
    json: JsonOption,
    /// Name or ID of the pod and, after it, what to show of each process: as with `box top`
    #[arg(value_name = "POD [DESCRIPTOR]...", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn run_top(args: TopArgs, globals: &Globals) -> Result<u8> {
    let mut words = args.words.into_iter();
    let name = if args.latest { None } else { words.next() };
    let words: Vec<String> = words.collect();
    let as_json = args.json.instead_of(&[("descriptors", !words.is_empty())])?;
    let columns = top::columns(&words)?;
    let pod = find_one(&globals.store()?, name.as_deref(), args.latest)?;
    let running = running(&pod);
    if running.is_empty() {
        return Err(Error::new(format!("nothing runs in pod `{}`", pod.name())));
    }
    match as_json {
        true => top::show_document(running).map(|()| 0),
        false => top::show(running, &columns).map(|()| 0),
    }
}

fn running(pod: &Pod) -> Vec<&Container> {
    let runs = |container: &&Container| matches!(container.status(), Ok(Status::Running(_)));
    pod.containers().filter(runs).collect()
}

/// Show what the containers of pods use
#[derive(clap::Args)]
pub struct StatsArgs {
    // Without a name, all are shown.
    #[arg(short, long, hide = true, conflicts_with_all = ["names", "latest"])]
    all: bool,
    /// The pod that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
    #[command(flatten)]
    options: StatsOptions,
    /// Names or IDs of pods; without any, all
    #[arg(value_name = "POD")]
    names: Vec<String>,
}

pub fn run_stats(args: StatsArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let pods = || match (args.latest, args.names.is_empty()) {
        (true, _) => Ok(vec![pod::latest(&store)?]),
        (false, true) => pod::list(&store),
        (false, false) => args.names.iter().map(|name| pod::find(&store, name)).collect(),
    };
    let containers = || {
        let pods: Vec<Pod> = pods()?;
        Ok(pods.iter().flat_map(Pod::containers).cloned().collect())
    };
    let is_named = args.latest || !args.names.is_empty();
    stats::show(containers, false, is_named, &args.options).map(|()| 0)
}
