//! Pid files: which processes a start has made, for whoever supervises them.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use crate::error::{During, Result};
use crate::settings::Settings;

/// The files of one start, empty. One that cannot be written is known before anything runs.
#[derive(Debug)]
pub struct PidFiles {
    payload: Option<File>,
    monitor: Option<File>,
}

impl PidFiles {
    pub fn open(settings: &Settings) -> Result<PidFiles> {
        Ok(PidFiles {
            payload: open(settings.pid_file.as_deref())?,
            monitor: open(settings.monitor_pid_file.as_deref())?,
        })
    }

    pub fn fill(self, payload: i32, monitor: i32) -> Result<()> {
        for (file, pid) in [(self.payload, payload), (self.monitor, monitor)] {
            if let Some(mut file) = file {
                file.write_all(pid.to_string().as_bytes()).during(|| "write a pid file")?;
            }
        }
        Ok(())
    }
}

fn open(path: Option<&Path>) -> Result<Option<File>> {
    let create = |path: &Path| File::create(path).during(|| format!("write pid file `{}`", path.display()));
    path.map(create).transpose()
}
