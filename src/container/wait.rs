//! Wait: until a container has ended, and with which code.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::attach::connect_to_monitor;
use super::record::Container;
use super::stop::wait_for_monitor;
use crate::error::Result;
use crate::process::handshake::{Attempt, Channel, Report};

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

/// What a monitor was heard to say of its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    End(i32),
    /// It was killed, and the container with it; or it is all over.
    MonitorGone,
    /// It goes on.
    Nothing,
}

/// Listens for so long; `None`: until something is seen.
pub fn ends_within(monitor: &Channel, time: Option<Duration>) -> Result<Seen> {
    let deadline = time.map(|time| Instant::now() + time);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left.map(|left| Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() });
        // Interrupted or not: what there is to read decides.
        let ready = poll(&mut [PollFd::new(monitor, PollFlags::IN)], timeout.as_ref()).unwrap_or(0);
        match monitor.receive_now::<Report>()? {
            Attempt::Done(Report::Exited { code }) => return Ok(Seen::End(code)),
            Attempt::Gone => return Ok(Seen::MonitorGone),
            Attempt::Done(_) => {}
            Attempt::WouldBlock if ready == 0 && left.is_some_and(|left| left.is_zero()) => return Ok(Seen::Nothing),
            Attempt::WouldBlock => {}
        }
    }
}
