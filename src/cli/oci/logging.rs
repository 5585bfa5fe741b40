//! Where engines look for the reason of a failure: the last line of a file.

use std::fs::OpenOptions;
use std::io::Write as _;

use super::{LogFormat, RuntimeOptions};
use crate::container::record::now;
use crate::error::Error;

pub fn log(options: &RuntimeOptions, error: &Error) {
    let Some(path) = &options.log else { return };
    let line = match options.log_format {
        LogFormat::Text => format!("time=\"{}\" level=error msg={:?}\n", now(), error.to_string()),
        LogFormat::Json => {
            let entry = serde_json::json!({ "level": "error", "msg": error.to_string(), "time": now() });
            format!("{entry}\n")
        }
    };
    // The same is said on standard error, and by the exit code.
    let _ =
        OpenOptions::new().append(true).create(true).open(path).and_then(|mut file| file.write_all(line.as_bytes()));
}
