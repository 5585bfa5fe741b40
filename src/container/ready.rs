//! Readiness: until a container serves a port, has said something, is healthy, or has ended.

use std::time::{Duration, Instant};

use regex::bytes::Regex;

use super::attach::connect_to_monitor;
use super::health::{self, Check, Word};
use super::logs::{Form, Selection, logs};
use super::record::{Container, State};
use super::wait::{Seen, ends_within, sleep, wait};
use crate::disk::watch::Watch;
use crate::error::{During, Error, Result};
use crate::settings::{LogDriver, Protocol};

/// How often to look for what nobody tells: who listens.
const INTERVAL: Duration = Duration::from_millis(10);

#[derive(Clone, Debug)]
pub enum Condition {
    /// Somebody in the container's network listens there.
    Port {
        number: u16,
        protocol: Protocol,
    },
    /// A line of its output matches.
    Log(Regex),
    Healthy,
    Exit,
}

/// Waits for one after the other. An exit code is that of a container whose end was waited for.
pub fn await_all(container: &Container, conditions: &[Condition], time: Option<Duration>) -> Result<Option<i32>> {
    let deadline = time.map(|time| Instant::now() + time);
    let mut code = None;
    for condition in conditions {
        code = await_one(container, condition, deadline)
            .during(|| format!("wait until container `{}` {}", container.record.name, describe(condition)))?;
    }
    Ok(code)
}

fn describe(condition: &Condition) -> String {
    match condition {
        Condition::Port { number, .. } => format!("serves port {number}"),
        Condition::Log(pattern) => format!("says `{pattern}`"),
        Condition::Healthy => "is healthy".to_owned(),
        Condition::Exit => "has ended".to_owned(),
    }
}

fn await_one(container: &Container, condition: &Condition, deadline: Option<Instant>) -> Result<Option<i32>> {
    match condition {
        Condition::Port { number, protocol } => {
            look_until(container, deadline, |state| listens(state.visible_process(), *number, *protocol)).map(|()| None)
        }
        Condition::Healthy if Check::of(&container.record).is_none() => {
            Err(Error::usage("it has no health check").with_hint("--health-cmd gives it one"))
        }
        Condition::Healthy => await_health(container, deadline).map(|()| None),
        Condition::Log(pattern) => await_line(container, pattern, deadline).map(|()| None),
        Condition::Exit => match deadline {
            None => wait(container).map(Some),
            Some(deadline) => await_end(container, deadline).map(Some),
        },
    }
}

fn look_until(
    container: &Container,
    deadline: Option<Instant>,
    mut is_so: impl FnMut(&State) -> Result<bool>,
) -> Result<()> {
    let status = container.status()?;
    let state = status.live().ok_or_else(|| has_ended(container))?;
    let monitor = connect_to_monitor(state)?;
    while !is_so(state)? {
        if ends_within(&monitor, Some(INTERVAL))? != Seen::Nothing {
            return Err(has_ended(container));
        }
        in_time(deadline)?;
    }
    Ok(())
}

/// Whoever checks it leaves a record, and the kernel tells of that.
fn await_health(container: &Container, deadline: Option<Instant>) -> Result<()> {
    let watch = Watch::of_records(&container.dir)?;
    let status = container.status()?;
    let monitor = connect_to_monitor(status.live().ok_or_else(|| has_ended(container))?)?;
    loop {
        let health = health::read(container, &container.status()?)?;
        if health.is_some_and(|health| health.status == Word::Healthy) {
            return Ok(());
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if sleep(&watch, Some(&monitor), left)? != Seen::Nothing {
            return Err(has_ended(container));
        }
        in_time(deadline)?;
    }
}

fn in_time(deadline: Option<Instant>) -> Result<()> {
    match deadline.is_some_and(|deadline| Instant::now() > deadline) {
        true => Err(Error::new("it takes longer than --wait-timeout allows")),
        false => Ok(()),
    }
}

fn has_ended(container: &Container) -> Error {
    let code = wait(container).map_or_else(|error| error.to_string(), |code| code.to_string());
    Error::new(format!("it has ended with {code}"))
        .with_hint(format!("`box logs {}` shows what it said", container.record.name))
}

fn await_line(container: &Container, pattern: &Regex, deadline: Option<Instant>) -> Result<()> {
    let log = &container.record.settings.log;
    if Form::of(log).is_none() && log.driver != LogDriver::Journald {
        return Err(Error::usage("its log driver keeps nothing that it says"));
    }
    let (mut found, mut late) = (false, Ok(()));
    logs(container, &Selection { follow: true, ..Selection::default() }, |entries| {
        found = entries.iter().any(|entry| pattern.is_match(&entry.text));
        late = in_time(deadline);
        !found && late.is_ok()
    })?;
    match found {
        true => Ok(()),
        false => late.and_then(|()| Err(has_ended(container))),
    }
}

fn await_end(container: &Container, deadline: Instant) -> Result<i32> {
    let status = container.status()?;
    if let Some(monitor) = status.live().and_then(|state| connect_to_monitor(state).ok()) {
        let left = deadline.saturating_duration_since(Instant::now());
        if ends_within(&monitor, Some(left))? == Seen::Nothing {
            in_time(Some(deadline)).and(Err(Error::new("it goes on")))?;
        }
    }
    wait(container)
}

/// Whether somebody listens in the network namespace of a process (proc(5), /proc/net).
fn listens(pid: i32, port: u16, protocol: Protocol) -> Result<bool> {
    let (files, state) = match protocol {
        Protocol::Tcp => (["tcp", "tcp6"], "0A"),
        // Bound, and connected to nobody.
        Protocol::Udp => (["udp", "udp6"], "07"),
    };
    let table = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{file}")).unwrap_or_default();
    Ok(files.iter().any(|file| table(file).lines().skip(1).any(|line| is_served(line, port, state))))
}

/// One line of such a table: `sl local_address remote_address st ...`, addresses as words of hexadecimal digits.
fn is_served(line: &str, port: u16, state: &str) -> bool {
    let mut fields = line.split_whitespace().skip(1);
    let (local, _, found) = (fields.next(), fields.next(), fields.next());
    let number = local.and_then(|local| u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok());
    number == Some(port) && found == Some(state)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn a_listener_is_found_in_the_kernels_table() {
        let line = "   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1";
        assert!(is_served(line, 5432, "0A"));
        assert!(!is_served(line, 5433, "0A") && !is_served(line, 5432, "07") && !is_served("", 1, "0A"));
        let listener = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0))
            .or_else(|_| std::net::TcpListener::bind("127.0.0.1:0"));
        let port = listener.as_ref().unwrap().local_addr().unwrap().port();
        assert!(listens(std::process::id() as i32, port, Protocol::Tcp).unwrap());
    }
}
