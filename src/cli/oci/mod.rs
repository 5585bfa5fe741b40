//! `box oci`: the command line of an OCI runtime, as runc and crun have it, by which containerd, CRI-O, Podman and
//! others make containers. It is also what the program does when it is called `box-oci`.

mod container;
mod exec;
mod features;
mod logging;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::{Globals, print};
use crate::bundle::{self, Container, Force};
use crate::error::Result;
use crate::host::account::Account;
use crate::host::dirs;

/// Be the OCI runtime of another engine
#[derive(clap::Args)]
#[command(subcommand_required = false, arg_required_else_help = true)]
pub struct Args {
    #[command(flatten)]
    options: RuntimeOptions,
    #[command(subcommand)]
    command: Option<OciCommand>,
}

/// Options of every command; they stand before it.
#[derive(clap::Args, Debug)]
struct RuntimeOptions {
    /// Record containers in this directory
    #[arg(long = "root", value_name = "DIR", id = "oci-root")]
    root: Option<PathBuf>,
    /// Also write errors into this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write them there in this form
    #[arg(long, value_name = "FORM", default_value = "text")]
    log_format: LogFormat,
    #[arg(long = "log-level", id = "oci-log-level", value_name = "LEVEL", hide = true)]
    _log_level: Option<String>,
    #[arg(long = "debug", id = "oci-debug", hide = true)]
    _debug: bool,
    /// Have systemd make the control groups; linux.cgroupsPath is then slice:prefix:name
    #[arg(long)]
    systemd_cgroup: bool,
    // It is looked at, not asked.
    #[arg(long = "rootless", id = "oci-rootless", value_name = "BOOL", num_args = 0..=1, hide = true)]
    _rootless: Option<String>,
    /// Print the version, and that of the specification
    #[arg(long = "version", short = 'v', id = "oci-version")]
    version: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
#[command(defer = true)]
enum OciCommand {
    Create(container::CreateArgs),
    Start(container::StartArgs),
    Run(container::RunArgs),
    State(container::StateArgs),
    Kill(container::KillArgs),
    Delete(container::DeleteArgs),
    List(container::ListArgs),
    Exec(Box<exec::Args>),
    Pause(container::PauseArgs),
    Resume(container::ResumeArgs),
    Ps(container::PsArgs),
    Update(container::UpdateArgs),
    Features(features::Args),
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if args.options.version {
        let version = env!("CARGO_PKG_VERSION");
        return print::line(format_args!("box-oci version {version}\nspec: {}", features::LATEST)).map(|()| 0);
    }
    let runtime = Runtime::new(&args.options, globals)?;
    let Some(command) = args.command else { return Ok(0) };
    command.run(&runtime).inspect_err(|error| logging::log(&args.options, error))
}

/// Where containers are recorded, and how their groups are made.
struct Runtime {
    root: PathBuf,
    systemd_cgroup: bool,
}

impl Runtime {
    fn new(options: &RuntimeOptions, globals: &Globals) -> Result<Runtime> {
        let root = match &options.root {
            Some(root) => std::path::absolute(root)?,
            None => dirs::runtime_root(globals.runroot.as_deref(), &Account::current())?.join("oci"),
        };
        Ok(Runtime { root, systemd_cgroup: options.systemd_cgroup })
    }

    /// Removes what was made for nothing; why that is so matters more than how this goes.
    fn give_up(&self, id: &str) {
        let _ = bundle::delete(&self.root, id, Force::Yes);
    }

    fn find(&self, id: &str) -> Result<Container> {
        Container::find(&self.root, id)
    }
}

impl OciCommand {
    fn run(self, runtime: &Runtime) -> Result<u8> {
        match self {
            OciCommand::Create(args) => container::run_create(args, runtime),
            OciCommand::Start(args) => container::run_start(&args, runtime),
            OciCommand::Run(args) => container::run_run(args, runtime),
            OciCommand::State(args) => container::run_state(&args, runtime),
            OciCommand::Kill(args) => container::run_kill(&args, runtime),
            OciCommand::Delete(args) => container::run_delete(&args, runtime),
            OciCommand::List(args) => container::run_list(&args, runtime),
            OciCommand::Exec(args) => exec::run(*args, runtime),
            OciCommand::Pause(args) => container::run_pause(&args, runtime),
            OciCommand::Resume(args) => container::run_resume(&args, runtime),
            OciCommand::Ps(args) => container::run_ps(&args, runtime),
            OciCommand::Update(args) => container::run_update(&args, runtime),
            OciCommand::Features(args) => features::run(args),
        }
    }
}
