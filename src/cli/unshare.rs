//! `box unshare`: a program among the ids of containers, to whom their files belong.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::Globals;
use crate::container::ownership;
use crate::error::{During as _, Error, Kind, Result};
use crate::host::account::Account;

/// Run a program as root among the ids that containers have, with mounts of its own
#[derive(clap::Args)]
#[command(override_usage = "box unshare [COMMAND [ARG]...]")]
pub struct Args {
    // Containers here have no network namespace in common.
    #[arg(long, hide = true)]
    rootless_netns: bool,
    /// The program and its arguments; your shell without
    #[arg(value_name = "COMMAND [ARG]...", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if args.rootless_netns {
        return Err(Error::usage(
            "--rootless-netns: containers have no network namespace in common; `box network` has theirs",
        ));
    }
    if Account::current().is_root() {
        return Err(
            Error::usage("you are root: the files of containers are yours already").with_hint("run the program itself")
        );
    }
    let shell = || std::env::var("SHELL").ok().filter(|shell| !shell.is_empty()).unwrap_or("/bin/sh".to_owned());
    let mut words = args.words.into_iter();
    let program = words.next().unwrap_or_else(shell);
    let store = globals.store()?;
    ownership::become_owner().during(|| "enter a user namespace")?;
    let mut command = Command::new(&program);
    command.args(words);
    // A box in there works on the same store, though its user is another one.
    command.env("BOX_ROOT", store.root()).env("CONTAINERS_GRAPHROOT", store.root());
    command.env("_CONTAINERS_USERNS_CONFIGURED", "done");
    let error = command.exec();
    let kind = if error.kind() == ErrorKind::NotFound { Kind::NotFound } else { Kind::NotExecutable };
    Err(Error::from(error).of_kind(kind).while_doing(format!("run `{}`", program.escape_debug())))
}
