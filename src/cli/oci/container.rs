//! `box oci create`, `start` and so on: the operations on a container as a whole.

use std::fs;
use std::io::{Read as _, stdin};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::super::attached::{Stay, StayOptions};
use super::super::options::descriptor::DescriptorOptions;
use super::super::table;
use super::{Runtime, print};
use crate::bundle::{self, All, Container, Created, Force, Request, Status};
use crate::container::exec::Running;
use crate::disk::atomic;
use crate::error::{During as _, Error, Result};
use crate::oci::runtime::Resources;
use crate::process::signal;

/// What is common to all that make a container.
#[derive(clap::Args)]
struct MakeOptions {
    /// The directory with config.json
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    bundle: PathBuf,
    /// Give the terminal to whoever listens at this socket
    #[arg(long, value_name = "SOCKET")]
    console_socket: Option<PathBuf>,
    /// Write the number of process 1 into this file
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// Leave the container in the caller's session keyring
    #[arg(long)]
    no_new_keyring: bool,
    #[arg(long, hide = true)]
    no_pivot: bool,
    #[command(flatten)]
    descriptors: DescriptorOptions,
    /// A name for the container
    #[arg(value_name = "ID")]
    id: String,
}

impl MakeOptions {
    fn request(&self, runtime: &Runtime, detach: bool) -> Result<Request> {
        if self.no_pivot {
            return Err(Error::usage("--no-pivot is not supported: a container could leave such a root"));
        }
        Ok(Request {
            root: runtime.root.clone(),
            id: self.id.clone(),
            bundle: std::path::absolute(&self.bundle)?,
            console_socket: self.console_socket.clone(),
            detach,
            systemd_cgroup: runtime.systemd_cgroup,
            has_keyring: !self.no_new_keyring,
            passed: self.descriptors.take()?.into(),
        })
    }

    fn write_pid(&self, created: &Created, runtime: &Runtime) -> Result<()> {
        let Some(path) = &self.pid_file else { return Ok(()) };
        // Who cannot know it cannot have it.
        write_pid(path, created.pid.as_raw()).inspect_err(|_| runtime.give_up(&self.id))
    }
}

/// Whoever waits for the file reads it whole.
pub(super) fn write_pid(path: &Path, pid: i32) -> Result<()> {
    atomic::write_unsynced(path, pid.to_string().as_bytes())
}

/// Create a container that waits to be started
#[derive(clap::Args)]
pub struct CreateArgs {
    #[command(flatten)]
    make: MakeOptions,
}

pub fn run_create(args: CreateArgs, runtime: &Runtime) -> Result<u8> {
    let created = bundle::create(&args.make.request(runtime, true)?)?;
    args.make.write_pid(&created, runtime).map(|()| 0)
}

/// Start a container that was created
#[derive(clap::Args)]
pub struct StartArgs {
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_start(args: &StartArgs, runtime: &Runtime) -> Result<u8> {
    warn(bundle::start(&runtime.find(&args.id)?)?);
    Ok(0)
}

fn warn(error: Option<Error>) {
    error.iter().for_each(print::warning);
}

/// Create and start a container, and wait for its end
#[derive(clap::Args)]
pub struct RunArgs {
    /// Do not wait
    #[arg(short, long)]
    detach: bool,
    /// Keep the container when it has ended
    #[arg(long)]
    keep: bool,
    #[arg(long = "no-subreaper", id = "no-subreaper", hide = true)]
    _no_subreaper: bool,
    #[command(flatten)]
    stay: StayOptions,
    #[command(flatten)]
    make: MakeOptions,
}

pub fn run_run(args: RunArgs, runtime: &Runtime) -> Result<u8> {
    let request = args.make.request(runtime, args.detach)?;
    let mut stay = Stay::new(args.stay, false, true);
    let signals = if args.detach { None } else { Some(stay.hold_signals()?) };
    let created = bundle::create(&request)?;
    args.make.write_pid(&created, runtime)?;
    let container = created.container;
    match bundle::start(&container) {
        Ok(warning) => warn(warning),
        Err(error) => {
            runtime.give_up(&args.make.id);
            return Err(error);
        }
    }
    let Some(signals) = signals else { return Ok(0) };
    stay.terminal = created.terminal.is_some();
    let running = Running::new(created.handle, created.terminal);
    let ending = stay.with(|attachment| running.attach(&signals, attachment))?;
    if !args.keep {
        warn(bundle::delete(&runtime.root, &args.make.id, Force::Yes)?);
    }
    Ok(ending.exit_code())
}

/// Print the state of a container, as JSON
#[derive(clap::Args)]
pub struct StateArgs {
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_state(args: &StateArgs, runtime: &Runtime) -> Result<u8> {
    let container = runtime.find(&args.id)?;
    print::line(serde_json::to_string_pretty(&described(&container)?)?).map(|()| 0)
}

/// The state of the specification, and what runc says besides.
fn described(container: &Container) -> Result<serde_json::Value> {
    let mut state = serde_json::to_value(container.state(container.status()?))?;
    state["rootfs"] = json!(container.record.spec.root.path);
    state["created"] = json!(container.record.created);
    state["owner"] = json!("");
    Ok(state)
}

/// Send a signal to a container
#[derive(clap::Args)]
pub struct KillArgs {
    /// To all of its processes
    #[arg(short, long)]
    all: bool,
    /// The container
    #[arg(value_name = "ID")]
    id: String,
    /// A name, with or without SIG, or a number
    #[arg(value_name = "SIGNAL", default_value = "TERM")]
    signal: String,
}

pub fn run_kill(args: &KillArgs, runtime: &Runtime) -> Result<u8> {
    let all = if args.all { All::Everybody } else { All::First };
    bundle::kill(&runtime.find(&args.id)?, signal::parse(&args.signal)?, all).map(|()| 0)
}

/// Remove a container that has ended
#[derive(clap::Args)]
pub struct DeleteArgs {
    /// Kill it first, and do not mind if it is not there
    #[arg(short, long)]
    force: bool,
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_delete(args: &DeleteArgs, runtime: &Runtime) -> Result<u8> {
    let force = if args.force { Force::Yes } else { Force::No };
    warn(bundle::delete(&runtime.root, &args.id, force)?);
    Ok(0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
}

/// List containers
#[derive(clap::Args)]
pub struct ListArgs {
    /// The form of the list
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    format: Form,
    /// Only their ids
    #[arg(short, long)]
    quiet: bool,
}

pub fn run_list(args: &ListArgs, runtime: &Runtime) -> Result<u8> {
    let containers = Container::list(&runtime.root)?;
    if args.quiet {
        return containers.iter().try_for_each(|container| print::line(&container.record.id)).map(|()| 0);
    }
    let states: Vec<_> = containers.iter().map(described).collect::<Result<_>>()?;
    if args.format == Form::Json {
        return print::line(serde_json::to_string(&states)?).map(|()| 0);
    }
    let mut lines = vec!["ID\tPID\tSTATUS\tBUNDLE\tCREATED".to_owned()];
    lines.extend(containers.iter().zip(&states).map(|(container, state)| {
        let word = state["status"].as_str().unwrap_or_default();
        let record = &container.record;
        format!("{}\t{}\t{word}\t{}\t{}", record.id, state["pid"], record.bundle.display(), record.created)
    }));
    print::block(&table::align(&lines)).map(|()| 0)
}

/// Make all processes of a container stand still
#[derive(clap::Args)]
pub struct PauseArgs {
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_pause(args: &PauseArgs, runtime: &Runtime) -> Result<u8> {
    bundle::pause(&runtime.find(&args.id)?).map(|()| 0)
}

/// Wake a paused container
#[derive(clap::Args)]
pub struct ResumeArgs {
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_resume(args: &ResumeArgs, runtime: &Runtime) -> Result<u8> {
    bundle::resume(&runtime.find(&args.id)?).map(|()| 0)
}

/// Print the numbers of a container's processes
#[derive(clap::Args)]
pub struct PsArgs {
    /// The form of the list
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    format: Form,
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_ps(args: &PsArgs, runtime: &Runtime) -> Result<u8> {
    let container = runtime.find(&args.id)?;
    if container.status()? == Status::Stopped {
        return Err(Error::new(format!("container `{}` is not running", args.id)));
    }
    let members = container.members()?;
    match args.format {
        Form::Json => print::line(serde_json::to_string(&members)?)?,
        Form::Table => {
            print::line("PID")?;
            members.iter().try_for_each(print::line)?;
        }
    }
    Ok(0)
}

/// Change the limits of a container
#[derive(clap::Args)]
pub struct UpdateArgs {
    /// A file like linux.resources of config.json; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    resources: PathBuf,
    /// The container
    #[arg(value_name = "ID")]
    id: String,
}

pub fn run_update(args: &UpdateArgs, runtime: &Runtime) -> Result<u8> {
    let container = runtime.find(&args.id)?;
    let mut text = Vec::new();
    match args.resources.to_str() {
        Some("-") => stdin().read_to_end(&mut text).map(drop).during(|| "read standard input")?,
        _ => text = fs::read(&args.resources).during(|| format!("read `{}`", args.resources.display()))?,
    }
    let resources: Resources = bundle::read_resources(&text).during(|| "read the new limits")?;
    container.record.cgroup.change(&resources).during(|| format!("update container `{}`", args.id)).map(|()| 0)
}
