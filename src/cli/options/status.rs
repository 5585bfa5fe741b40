//! `--status-fd`, `--status-file`: a line of JSON that tells an error of box from a program's own exit code of 125 (or
//! 126, or 127).
//!
//! ```json
//! {"version":1,"origin":"program","exitCode":125,"error":null}
//! {"version":1,"origin":"engine","exitCode":125,"error":"start container `web`: ..."}
//! ```

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::error::{During as _, Error, Result};
use crate::sys;

#[derive(clap::Args, Debug, Default)]
pub struct StatusOptions {
    /// At the end, write a line of JSON to this descriptor: whether the exit code is the program's or box's, and why
    #[arg(long, value_name = "NUMBER")]
    status_fd: Option<u16>,
    /// The same to a file
    #[arg(long, value_name = "FILE", conflicts_with = "status_fd")]
    status_file: Option<PathBuf>,
}

impl StatusOptions {
    /// Does `work` and tells what came out. The descriptor is taken first, so that nothing else gets its number.
    pub fn tell_of(&self, work: impl FnOnce() -> Result<u8>) -> Result<u8> {
        let to = self.open()?;
        let outcome = work();
        if let Some(mut to) = to {
            let (origin, code, error) = match &outcome {
                Ok(code) => ("program", *code, None),
                Err(error) => ("engine", error.kind.exit_code(), Some(error.to_string())),
            };
            let line = json!({ "version": 1, "origin": origin, "exitCode": code, "error": error });
            // Whoever wanted to know may have gone; the exit code is the same.
            let _ = to.write_all(format!("{line}\n").as_bytes());
        }
        outcome
    }

    fn open(&self) -> Result<Option<File>> {
        if let Some(path) = &self.status_file {
            return File::create(path).map(Some).during(|| format!("--status-file `{}`", path.display()));
        }
        let Some(number) = self.status_fd else { return Ok(None) };
        let fd = sys::fds::inherited(number.into())
            .ok_or_else(|| Error::usage(format!("--status-fd: descriptor {number} is not open here")))?;
        // Ours from here on: helpers and the program do not get it.
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        Ok(Some(fd.into()))
    }
}
