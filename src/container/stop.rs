//! Stop and kill: signals to a payload, by way of its monitor, or straight to it where the monitor is gone.

use std::os::fd::AsFd as _;
use std::time::Duration;

use super::attach::connect_to_monitor;
use super::keep;
use super::others::OTHERS_TIME;
use super::pause::unpause;
use super::record::{Container, State, Status};
use crate::error::{During, Error, Result};
use crate::process::handshake::Request;
use crate::process::liveness::has_ended_within;
use crate::process::signal;
use crate::store::events::{Action, Event};
use crate::sys;

/// Sends a signal to process 1 of a running container. One that is to end it is the end: nobody restarts it.
pub fn kill(container: &Container, number: i32) -> Result<()> {
    let is_last = number == libc::SIGKILL || stop_signal(container).is_ok_and(|signal| signal == number);
    if is_last && container.status()?.live().is_some() {
        keep::dismiss(container)?;
    }
    signal_it(container, number)
}

/// As [`kill`]; a keeper may restart it.
pub fn signal_it(container: &Container, number: i32) -> Result<()> {
    let act = || format!("send {} to container `{}`", signal::name(number), container.record.name);
    let state = container.live().during(act)?;
    // First, as the end that comes of it may be told at once.
    container.tell_event(Event { signal: Some(number), ..Event::new(container.subject(), Action::Kill) });
    send(&state, number).during(act)?;
    if number == libc::SIGKILL {
        wake_to_die(container);
    }
    Ok(())
}

/// Processes that the v1 freezer holds are not killed before they are let go.
fn wake_to_die(container: &Container) {
    if let Ok(Status::Paused(_)) = container.status() {
        let _ = unpause(container); // It has ended meanwhile, or somebody else woke it.
    }
}

/// Asks the payload to end, and kills it when it has not after `timeout`; returns when it has ended, and nobody
/// restarts it. A container that does not run is left alone.
pub fn stop(container: &Container, signal: Option<i32>, timeout: Option<Duration>) -> Result<()> {
    let act = || format!("stop container `{}`", container.record.name);
    if let Status::Paused(_) = container.status()? {
        container.running().during(act).hint(|| "`box kill` and `box rm -f` end it as it stands")?;
    }
    keep::dismiss(container).during(act)?;
    end(container, signal, timeout)
}

/// As [`stop`]; a keeper may restart it.
pub fn end(container: &Container, signal: Option<i32>, timeout: Option<Duration>) -> Result<()> {
    let act = || format!("stop container `{}`", container.record.name);
    let status = container.status()?;
    let Status::Running(state) = status else { return Ok(()) };
    let settings = &container.record.settings;
    let signal = match signal {
        Some(signal) => signal,
        None => stop_signal(container)?,
    };
    let timeout = timeout.unwrap_or(Duration::from_secs(settings.stop_timeout.into()));
    let Some(payload) = state.payload.open().during(act)? else { return Ok(()) };
    send(&state, signal).during(act)?;
    if !has_ended_within(&payload, Some(timeout)) {
        send(&state, libc::SIGKILL).during(act)?;
        has_ended_within(&payload, None);
    }
    wait_for_monitor(&state).during(act)?;
    container.tell(Action::Stop);
    Ok(())
}

/// What was asked for, else what the image says, else TERM.
pub(super) fn stop_signal(container: &Container) -> Result<i32> {
    let record = &container.record;
    let image = Some(&record.image_config.stop_signal).filter(|name| !name.is_empty());
    match record.settings.stop_signal.as_ref().or(image) {
        Some(name) => signal::parse(name),
        None => Ok(libc::SIGTERM),
    }
}

/// The monitor knows what process 1 does not handle; where there is none any more, only the kernel can be asked.
fn send(state: &State, number: i32) -> Result<()> {
    if let Ok(monitor) = connect_to_monitor(state) {
        return monitor.send(&Request::Signal(number));
    }
    match state.payload.open()? {
        Some(payload) => Ok(sys::signals::send(payload.as_fd(), number)?),
        None => Ok(()),
    }
}

/// For whoever holds the lock: a payload whose monitor was killed is on its way out, and must be gone before another
/// has its files. One that the kernel has spared, as its program changes users (man 2 PR_SET_PDEATHSIG), is killed.
pub fn end_orphan(container: &Container) -> Result<()> {
    let status = container.status()?;
    let Some(payload) = status.live().map(|state| state.payload.open()).transpose()?.flatten() else { return Ok(()) };
    let _ = sys::signals::send(payload.as_fd(), libc::SIGKILL); // It may end by itself.
    wake_to_die(container);
    match has_ended_within(&payload, Some(OTHERS_TIME)) {
        true => Ok(()),
        false => Err(Error::new("its monitor was killed, and its program does not end")),
    }
}

/// Waits until the monitor of a start has ended, whoever starts the container next: the end is recorded, and nothing of
/// that start is left for a service manager to kill.
pub fn wait_for_monitor(start: &State) -> Result<()> {
    if let Some(monitor) = start.monitor.open()? {
        has_ended_within(&monitor, None);
    }
    Ok(())
}

/// Stops the container whatever it takes, for a forced removal.
pub fn stop_at_once(container: &Container, timeout: Duration) -> Result<()> {
    if let Status::Paused(state) = container.status()? {
        let payload = state.payload.open()?;
        kill(container, libc::SIGKILL)?;
        if let Some(payload) = payload {
            has_ended_within(&payload, None);
        }
        return wait_for_monitor(&state);
    }
    stop(container, None, Some(timeout))?;
    match container.status()?.live() {
        Some(_) => Err(Error::new("it does not end")),
        None => Ok(()),
    }
}
