//! `box logout`: forgets what `box login` keeps.

use std::path::PathBuf;

use super::login::place_of;
use super::{Globals, print};
use crate::error::{Error, Kind, Result};
use crate::host::registries::Registries;
use crate::registry::credentials::{self, Credentials};
use crate::registry::login::Keeping;

/// Log out of a registry
#[derive(clap::Args)]
pub struct Args {
    /// Forget the credentials of every registry
    #[arg(short, long, conflicts_with = "registry")]
    all: bool,
    /// Forget what this file holds
    #[arg(long, value_name = "FILE")]
    authfile: Option<PathBuf>,
    /// Forget what this file of Docker's holds
    #[arg(long, value_name = "FILE", conflicts_with = "authfile")]
    compat_auth_file: Option<PathBuf>,
    /// The registry, perhaps with a namespace; the first one that short names are looked for in without
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
}

pub fn run(args: Args, _: &Globals) -> Result<u8> {
    let registries = Registries::load()?;
    let authfile = args.compat_auth_file.as_deref().or(args.authfile.as_deref());
    let helpers = registries.credential_helpers.as_slice();
    let keeping = Keeping { authfile, docker_file: args.compat_auth_file.as_deref(), helpers };
    if args.all {
        keeping.forget_all()?;
        print::line("Removed login credentials for all registries")?;
        return Ok(0);
    }
    let place = place_of(&registries, args.registry.as_deref())?;
    let name = place.name();
    if keeping.forget(&place)? {
        print::line(format_args!("Removed login credentials for {name}"))?;
        return Ok(0);
    }
    let error = Error::new(format!("not logged into {name}")).of_kind(Kind::Absent);
    let elsewhere = match authfile.is_some_and(|file| !file.exists()) {
        true => Credentials::Anonymous,
        false => credentials::find(&place, authfile, helpers)?,
    };
    Err(match elsewhere {
        Credentials::Anonymous => error,
        _ => error.with_hint(format!(
            "credentials that count for it were made by `docker login`, or for more than {name}; log out there"
        )),
    })
}
