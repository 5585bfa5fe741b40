//! `box wait`: blocks until containers have ended or are in another state, and tells their exit codes.

use std::sync::mpsc;
use std::time::Duration;

use super::selection::{IfAbsent, Named, Selection};
use super::{Globals, personality, print, units};
use crate::container::health::Word;
use crate::container::wait::{Condition, NO_EXIT_CODE, wait_for};
use crate::error::{Error, Kind, Result};

/// Wait for containers to end and print their exit codes
#[derive(clap::Args)]
pub struct Args {
    /// Wait for this instead, with -1 for the exit code unless it is an end: created, running, paused, exited or
    /// stopped, removing, healthy, unhealthy; the first of several to come true
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = condition, default_value = "stopped")]
    condition: Vec<Condition>,
    /// Print the exit code of the first container that is so far, and wait for no other
    #[arg(long, aliases = ["return-first", "exit-first-match"])]
    return_on_first: bool,
    /// Pass over containers that do not exist, with -1 for the exit code
    #[arg(long)]
    ignore: bool,
    // The kernel tells when something changes; nobody asks at intervals.
    #[arg(short, long, hide = true, value_parser = interval)]
    interval: Option<Duration>,
    /// Names or IDs of containers, or beginnings of IDs
    #[arg(value_name = "CONTAINER", required_unless_present = "latest")]
    names: Vec<String>,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let selection = Selection { names: args.names, latest: args.latest, ..Selection::default() };
    let if_absent = if args.ignore { IfAbsent::Ignore } else { IfAbsent::Fail };
    let containers = selection.find(&globals.store()?)?;
    if args.return_on_first {
        return print::line(first(containers, &args.condition, if_absent)?).map(|()| 0);
    }
    let mut exit_code = 0;
    for container in containers {
        match code(container, &args.condition, if_absent) {
            Ok(code) => print::line(code)?,
            Err(error) => {
                print::error(&error);
                exit_code = personality::exit_code(&error);
            }
        }
    }
    Ok(exit_code)
}

fn code((_, container): Named, conditions: &[Condition], if_absent: IfAbsent) -> Result<i32> {
    match container.and_then(|container| wait_for(&container, conditions)) {
        Err(error) if error.kind == Kind::Absent && if_absent == IfAbsent::Ignore => Ok(NO_EXIT_CODE),
        outcome => outcome,
    }
}

/// What comes of the container that is the first to be waited for no more.
fn first(containers: Vec<Named>, conditions: &[Condition], if_absent: IfAbsent) -> Result<i32> {
    let (sender, receiver) = mpsc::channel();
    for container in containers {
        let (sender, conditions) = (sender.clone(), conditions.to_vec());
        // Those that still wait end with this process.
        std::thread::spawn(move || sender.send(code(container, &conditions, if_absent)));
    }
    receiver.recv().expect("there is one container at least, and each sends")
}

/// Podman's words.
fn condition(word: &str) -> Result<Condition> {
    Ok(match word {
        "configured" | "created" | "initialized" => Condition::Created,
        "running" => Condition::Running,
        "paused" => Condition::Paused,
        "exited" | "stopped" => Condition::Stopped,
        "removing" => Condition::Removed,
        "healthy" => Condition::Health(Word::Healthy),
        "unhealthy" => Condition::Health(Word::Unhealthy),
        "stopping" => {
            return Err(Error::usage("a container that is being stopped is `running` until it is `stopped`"));
        }
        _ => return Err(Error::usage(format!("no container is ever `{word}`"))),
    })
}

/// A duration, or a number of milliseconds.
fn interval(text: &str) -> Result<Duration> {
    text.parse().map(Duration::from_millis).or_else(|_| units::duration(text))
}
