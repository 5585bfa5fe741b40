//! `--status-fd`, `--status-file`: a line of JSON that tells an error of box from a program's own exit code of 125 (or
//! 126, or 127).
//!
//! ```json
//! {"version":1,"origin":"program","exitCode":125,"error":null}
//! {"version":1,"origin":"running","exitCode":0,"error":null}
//! {"version":1,"origin":"engine","exitCode":125,"error":"start container `web`: ..."}
//! ```
//!
//! No line comes where the command line makes no sense, or box is killed.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::descriptor;
use crate::cli::print;
use crate::container::attach::Ending;
use crate::error::{During as _, Error, Result};

#[derive(clap::Args, Debug, Default)]
pub struct StatusOptions {
    /// At the end, write a line of JSON to this descriptor: in "origin", whether "exitCode" is that of the program, or
    /// it goes on running, or that of box, the engine; and in "error", why
    #[arg(long, value_name = "NUMBER")]
    status_fd: Option<u16>,
    /// The same to a file
    #[arg(long, value_name = "FILE", conflicts_with = "status_fd")]
    status_file: Option<PathBuf>,
}

impl StatusOptions {
    pub fn is_wanted(&self) -> bool {
        self.status_fd.is_some() || self.status_file.is_some()
    }

    /// Does `work`, tells what came out, and gives the exit code. The descriptor is taken first, so that nothing else
    /// gets its number.
    pub fn tell_of(&self, work: impl FnOnce() -> Result<Ending>) -> Result<u8> {
        let to = self.open()?;
        let outcome = work();
        if let Some(mut to) = to
            && let Err(error) = to.write_all(line(&outcome).as_bytes())
        {
            // Whoever wanted to know may have gone; the exit code is the same.
            print::warning(Error::from(error).while_doing("write the status"));
        }
        outcome.map(Ending::exit_code)
    }

    fn open(&self) -> Result<Option<File>> {
        if let Some(path) = &self.status_file {
            return File::create(path).map(Some).during(|| format!("--status-file `{}`", path.display()));
        }
        let fd = self.status_fd.map(descriptor::take).transpose().during(|| "--status-fd")?;
        Ok(fd.map(File::from))
    }
}

fn line(outcome: &Result<Ending>) -> String {
    let (origin, code, error) = match outcome {
        Ok(Ending::Exited(code)) => ("program", *code as u8, None),
        Ok(Ending::Detached) => ("running", 0, None),
        Err(error) => ("engine", error.kind.exit_code(), Some(error.to_string())),
    };
    format!("{}\n", json!({ "version": 1, "origin": origin, "exitCode": code, "error": error }))
}
