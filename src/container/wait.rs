//! Wait: until a container has ended, and with which code.

use super::attach::connect_to_monitor;
use super::record::Container;
use super::stop::wait_for_monitor;
use crate::error::Result;
use crate::process::handshake::Report;

/// Returns the exit code of the container's last start, once that has ended.
pub fn wait(container: &Container) -> Result<i32> {
    let status = container.status()?;
    let Some(state) = status.live() else {
        // The payload may have ended a moment ago, with its end not recorded yet.
        wait_for_monitor(container)?;
        return Ok(container.status()?.exit_code());
    };
    if let Ok(monitor) = connect_to_monitor(state) {
        while let Some(report) = monitor.receive::<Report>()? {
            if let Report::Exited { code } = report {
                return Ok(code);
            }
        }
    }
    // It ended while we connected, or its monitor was killed: then the lock is free and the record tells.
    wait_for_monitor(container)?;
    Ok(container.status()?.exit_code())
}
