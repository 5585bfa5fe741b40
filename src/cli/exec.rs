//! `box exec`: a further program in a container that runs.

use super::attached::{Stay, StayOptions};
use super::options::descriptor::DescriptorOptions;
use super::options::status::StatusOptions;
use super::options::{environment, maybe, security};
use super::personality::{EXEC_IN_MISSING, MISSING_OBJECT};
use super::selection::{find_one, id_in_file};
use super::{Globals, absent_is_failure, terminal};
use crate::container::attach::Ending;
use crate::container::exec::{Request, start};
use crate::error::{Error, Result};
use crate::store::events::Action;

/// Run a program in a running container
#[derive(clap::Args)]
#[command(override_usage = "box exec [OPTIONS] CONTAINER COMMAND [ARG]...")]
pub struct Args {
    /// Leave the program running in the background
    #[arg(short, long)]
    detach: bool,
    /// Keep standard input open
    #[arg(short, long)]
    interactive: bool,
    /// Give the program a terminal
    #[arg(short, long)]
    tty: bool,
    /// Set a variable; without a value, or with a trailing `*`, take it from here
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    env_file: Vec<String>,
    /// Run as this user
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Start in this directory
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Give the program all capabilities and no seccomp filter
    #[arg(long)]
    privileged: bool,
    #[command(flatten)]
    descriptors: DescriptorOptions,
    #[command(flatten)]
    status: StatusOptions,
    #[command(flatten)]
    stay: StayOptions,
    // There is no record of an exec in any case.
    #[arg(long, hide = true)]
    no_session: bool,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    /// The container whose ID this file holds
    #[arg(long, value_name = "FILE", conflicts_with = "latest")]
    cidfile: Option<std::path::PathBuf>,
    /// The container (not with --latest or --cidfile), the program and its arguments
    // One list: whatever follows the container belongs to the program, options too.
    #[arg(value_name = "CONTAINER COMMAND [ARG]...", required = true, trailing_var_arg = true)]
    words: Vec<String>,
}

pub fn run(mut args: Args, globals: &Globals) -> Result<u8> {
    let status = std::mem::take(&mut args.status);
    status.tell_of(|| run_program(args, globals))
}

fn run_program(args: Args, globals: &Globals) -> Result<Ending> {
    let mut words = args.words.into_iter();
    let name = match (&args.cidfile, args.latest) {
        (Some(path), _) => Some(id_in_file("--cidfile", path)?),
        (None, true) => None,
        (None, false) => words.next(),
    };
    let request = Request {
        command: words.collect(),
        env: environment::of_options(&args.env_file, &args.env, &environment::of_host())?,
        user: maybe("--user", &args.user, security::user)?,
        workdir: args.workdir,
        terminal: args.tty,
        interactive: args.interactive,
        privileged: args.privileged,
        detach: args.detach,
        output: None,
        passed: args.descriptors.take()?.into(),
    };
    if request.command.is_empty() {
        return Err(Error::usage("which program? expected CONTAINER COMMAND [ARG]..."));
    }
    let container = find_one(&globals.store()?, name.as_deref(), args.latest).map_err(|error| {
        // The code of an error, where that of the program may be the same.
        if EXEC_IN_MISSING.side() == MISSING_OBJECT.side() { error } else { absent_is_failure(error) }
    })?;
    terminal::check_input(args.interactive && !args.detach, args.tty)?;
    if args.detach {
        start(&container, &request)?;
        return Ok(Ending::Detached);
    }
    let stay = Stay::new(args.stay, args.tty, args.interactive);
    let signals = stay.hold_signals()?;
    let running = start(&container, &request)?;
    let ending = stay.with(|attachment| running.attach(&signals, attachment))?;
    if let Ending::Exited(code) = ending {
        container.tell_end(Action::ExecDied, code);
    }
    Ok(ending)
}
