//! `box oci exec`: a further process in a container.

use std::fs;
use std::path::PathBuf;

use super::super::attached::{Stay, StayOptions};
use super::super::options::descriptor::DescriptorOptions;
use super::Runtime;
use super::container::write_pid;
use crate::bundle::{self, Container, Exec};
use crate::container::attach::Ending;
use crate::container::exec::Running;
use crate::error::{During as _, Error, Result};
use crate::oci::runtime::Process;
use crate::spec::capabilities::normalize;

/// Run a further process in a container
#[derive(clap::Args)]
pub struct Args {
    /// A file like process of config.json
    #[arg(short, long, value_name = "FILE")]
    process: Option<PathBuf>,
    /// Give the terminal to whoever listens at this socket
    #[arg(long, value_name = "SOCKET")]
    console_socket: Option<PathBuf>,
    /// Write the number of the process into this file
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// Do not wait for its end
    #[arg(short, long)]
    detach: bool,
    /// Give it a terminal
    #[arg(short, long)]
    tty: bool,
    /// Start in this directory
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// Set a variable
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Run with these numbers
    #[arg(short, long, value_name = "UID[:GID]", value_parser = numbers)]
    user: Option<(u32, u32)>,
    /// Be in these groups, too
    #[arg(short = 'g', long, value_name = "GID")]
    additional_gids: Vec<u32>,
    /// Add a capability
    #[arg(short = 'c', long, value_name = "CAP")]
    cap: Vec<String>,
    /// Forbid it to gain rights
    #[arg(long)]
    no_new_privs: bool,
    /// Leave it in the caller's session keyring
    #[arg(long)]
    no_new_keyring: bool,
    #[command(flatten)]
    stay: StayOptions,
    #[command(flatten)]
    descriptors: DescriptorOptions,
    /// The container
    #[arg(value_name = "ID")]
    id: String,
    /// The program and its arguments (not with --process)
    #[arg(value_name = "COMMAND [ARG]...", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

fn numbers(text: &str) -> Result<(u32, u32)> {
    let (uid, gid) = text.split_once(':').unwrap_or((text, "0"));
    match (uid.parse(), gid.parse()) {
        (Ok(uid), Ok(gid)) => Ok((uid, gid)),
        _ => Err(Error::usage("a runtime knows numbers only: UID[:GID]")),
    }
}

pub fn run(args: Args, runtime: &Runtime) -> Result<u8> {
    let container = runtime.find(&args.id)?;
    let request = Exec {
        process: process(&args, &container)?,
        console_socket: args.console_socket.clone(),
        detach: args.detach,
        has_keyring: !args.no_new_keyring,
        passed: args.descriptors.take()?.into(),
    };
    let mut stay = Stay::new(args.stay, request.process.terminal, true);
    let signals = if args.detach { None } else { Some(stay.hold_signals()?) };
    let (pid, handle, terminal) = bundle::exec(&container, &request)?;
    if let Some(path) = &args.pid_file {
        write_pid(path, pid.as_raw())?;
    }
    let Some(signals) = signals else { return Ok(0) };
    stay.terminal = terminal.is_some();
    let running = Running::new(handle, terminal);
    stay.with(|attachment| running.attach(&signals, attachment)).map(Ending::exit_code)
}

/// What is asked for, else what the container's first process has.
fn process(args: &Args, container: &Container) -> Result<Process> {
    if let Some(path) = &args.process {
        let text = fs::read(path).during(|| format!("read `{}`", path.display()))?;
        return bundle::read_process(&text).during(|| format!("read `{}`", path.display()));
    }
    if args.command.is_empty() {
        return Err(Error::usage("which program? expected ID COMMAND [ARG]..., or --process FILE"));
    }
    let mut process = container.record.spec.process.clone();
    process.args = args.command.clone();
    process.terminal = args.tty;
    process.env.extend(args.env.iter().cloned());
    process.cwd = args.cwd.clone().unwrap_or(process.cwd);
    process.no_new_privileges |= args.no_new_privs;
    if let Some((uid, gid)) = args.user {
        (process.user.uid, process.user.gid) = (uid, gid);
    }
    process.user.additional_gids.extend(&args.additional_gids);
    for name in &args.cap {
        let name = normalize(name)?;
        let sets = &mut process.capabilities;
        for set in [&mut sets.bounding, &mut sets.effective, &mut sets.permitted] {
            if !set.contains(&name) {
                set.push(name.clone());
            }
        }
    }
    Ok(process)
}
