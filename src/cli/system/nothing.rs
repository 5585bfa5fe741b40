//! `box system migrate` and `box system renumber`: nothing, which scripts for Podman may ask for. Records are read as
//! any version of box has written them, and locks are the kernel's, without numbers.

use crate::error::{Error, Result};

/// Do nothing: any version of box reads the records of any other
#[derive(clap::Args)]
pub struct MigrateArgs {
    #[arg(long)]
    migrate_db: bool,
    #[arg(long, value_name = "RUNTIME")]
    new_runtime: Option<String>,
}

/// Do nothing: locks have no numbers
#[derive(clap::Args)]
pub struct RenumberArgs {}

pub fn run_migrate(args: MigrateArgs) -> Result<u8> {
    match args.new_runtime {
        Some(_) => Err(Error::usage("--new-runtime: a container keeps the runtime that it was made with")),
        None => Ok(0),
    }
}

pub fn run_renumber(RenumberArgs {}: RenumberArgs) -> Result<u8> {
    Ok(0)
}
