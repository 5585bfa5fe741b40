//! Wait: until a container has ended, and with which code, or is in another state that somebody waits for.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::attach::connect_to_monitor;
use super::health::{self, Check, Word};
use super::record::{Container, Status};
use super::stop::wait_for_monitor;
use crate::disk::watch::Watch;
use crate::error::{Error, Result};
use crate::process::handshake::{Attempt, Channel, Report};
use crate::process::liveness::has_ended_within;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Created,
    Running,
    Paused,
    /// It does not run, be it that it has ended or was not started at all.
    Stopped,
    /// It is no more.
    Removed,
    Health(Word),
}

/// What stands for the exit code where something else was waited for than an end.
pub const NO_EXIT_CODE: i32 = -1;

impl Condition {
    fn holds(self, status: &Status, health: Option<Word>) -> bool {
        match self {
            Condition::Created => matches!(status, Status::Created),
            Condition::Running => matches!(status, Status::Running(_)),
            Condition::Paused => matches!(status, Status::Paused(_)),
            Condition::Stopped => status.live().is_none(),
            Condition::Removed => false, // Of what has a status.
            Condition::Health(word) => health == Some(word),
        }
    }
}

/// Returns the exit code of the container's last start, once that has ended.
pub fn wait(container: &Container) -> Result<i32> {
    let monitor = container.status()?.live().and_then(|state| connect_to_monitor(state).ok());
    exit_code(container, monitor.as_ref())
}

/// The exit code, once the monitor has told it or is no more.
pub fn exit_code(container: &Container, monitor: Option<&Channel>) -> Result<i32> {
    if let Some(monitor) = monitor {
        while let Some(report) = monitor.receive::<Report>()? {
            if let Report::Exited { code } = report {
                return Ok(code);
            }
        }
    }
    // It ended while we connected, a moment ago, or its monitor was killed: when both are gone, the record tells.
    if let Some(start) = container.last_start()? {
        if let Some(payload) = start.payload.open()? {
            has_ended_within(&payload, None);
        }
        wait_for_monitor(&start)?;
    }
    Ok(container.status()?.exit_code())
}

/// Returns when one of the conditions holds: the exit code if that is an end, else [`NO_EXIT_CODE`].
pub fn wait_for(container: &Container, conditions: &[Condition]) -> Result<i32> {
    let waits_for = |condition| conditions.contains(&condition);
    if conditions.iter().all(|condition| *condition == Condition::Stopped) {
        return wait(container);
    }
    let is_health = |condition: &Condition| matches!(condition, Condition::Health(_));
    if conditions.iter().any(is_health) && Check::of(&container.record).is_none() {
        return Err(Error::new(format!("container `{}` has no health check", container.record.name))
            .with_hint("give it one with --health-cmd"));
    }
    let removed = || match waits_for(Condition::Removed) {
        true => Ok(NO_EXIT_CODE),
        false => Err(Error::absent("container", &container.record.name)),
    };
    let watch = match Watch::of_records(&container.dir) {
        Err(_) if !container.dir.exists() => return removed(),
        watch => watch?,
    };
    // Who tells the exit code of a container that is removed when it ends.
    let mut monitor = None;
    loop {
        let Some(container) = Container::read(&container.dir)? else {
            return if waits_for(Condition::Stopped) { exit_code(container, monitor.as_ref()) } else { removed() };
        };
        let status = container.status()?;
        let health = health::read(&container, &status)?.map(|health| health.status);
        match conditions.iter().find(|condition| condition.holds(&status, health)) {
            Some(Condition::Stopped) => return exit_code(&container, monitor.as_ref()),
            Some(_) => return Ok(NO_EXIT_CODE),
            None if conditions.iter().all(is_health) && matches!(status, Status::Exited { .. }) => {
                return Err(Error::new(format!("container `{}` has ended", container.record.name)));
            }
            None => {}
        }
        if monitor.is_none() {
            monitor = status.live().and_then(|state| connect_to_monitor(state).ok());
        }
        match sleep(&watch, monitor.as_ref(), None)? {
            Seen::End(code) if waits_for(Condition::Stopped) => return Ok(code),
            Seen::End(_) | Seen::MonitorGone => monitor = None,
            Seen::Nothing => {}
        }
    }
}

/// Returns when a record of the container has changed or its monitor says something, or the time is up.
pub fn sleep(watch: &Watch, monitor: Option<&Channel>, time: Option<Duration>) -> Result<Seen> {
    let mut fds = vec![PollFd::new(watch, PollFlags::IN)];
    fds.extend(monitor.map(|monitor| PollFd::new(monitor, PollFlags::IN)));
    let timeout = time.and_then(|time| Timespec::try_from(time).ok());
    let _ = poll(&mut fds, timeout.as_ref()); // Interrupted or not, everything is looked at again.
    watch.forget();
    monitor.map_or(Ok(Seen::Nothing), |monitor| ends_within(monitor, Some(Duration::ZERO)))
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
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
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
