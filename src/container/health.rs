//! Health: a program that is run in the container now and then, and tells by its exit code how the container does.
//!
//! Who runs it when it is due is the container's keeper; `box healthcheck run` does so at once. What came out is in
//! `health.json` of the container's directory, and goes with the next start.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exec::{self, Request};
use super::record::{Container, Record, State, Status, now};
use crate::disk::{Lock, record};
use crate::error::{During, Error, Kind, Result};
use crate::settings::StartupCheck;
use crate::store::events::{Action, Event};

const FILE: &str = "health.json";

/// What is run, and what its outcomes mean: the settings, the image's wishes, and the field's usual values, in this
/// order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub command: Vec<String>,
    /// `None`: never by itself.
    pub interval: Option<Duration>,
    pub timeout: Duration,
    pub retries: u32,
    pub start_period: Duration,
    pub start_interval: Duration,
}

/// How it did at last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Health {
    pub status: Word,
    /// Failures in a row.
    pub failing_streak: u32,
    /// The newest last.
    #[serde(deserialize_with = "crate::oci::image::null_is_default")]
    pub log: Vec<Outcome>,
    /// Successes in a row of the check that goes first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub startup_successes: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    #[default]
    Starting,
    Healthy,
    Unhealthy,
}

impl Word {
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Starting => "starting",
            Word::Healthy => "healthy",
            Word::Unhealthy => "unhealthy",
        }
    }
}

/// Of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outcome {
    /// RFC 3339.
    pub start: String,
    pub end: String,
    pub exit_code: i32,
    pub output: String,
}

impl Check {
    /// `None` where the container has no check.
    pub fn of(record: &Record) -> Option<Check> {
        let (asked, image) = (&record.settings.health, record.image_config.healthcheck.as_ref());
        let images_test: Option<Vec<String>> =
            image.and_then(|image| serde_json::from_value(image.get("Test")?.clone()).ok());
        let command = command(asked.test.as_ref().or(images_test.as_ref())?)?;
        let nanoseconds = |key: &str| {
            let number = image.and_then(|image| image.get(key)).and_then(Value::as_u64).filter(|number| *number > 0);
            number.map(Duration::from_nanos)
        };
        let retries = image.and_then(|image| image.get("Retries")).and_then(Value::as_u64).filter(|number| *number > 0);
        let interval = asked.interval.or(nanoseconds("Interval")).unwrap_or(Duration::from_secs(30));
        Some(Check {
            command,
            interval: Some(interval).filter(|interval| !interval.is_zero()),
            timeout: asked.timeout.or(nanoseconds("Timeout")).unwrap_or(Duration::from_secs(30)),
            retries: asked.retries.or(retries.and_then(|number| u32::try_from(number).ok())).unwrap_or(3),
            start_period: asked.start_period.or(nanoseconds("StartPeriod")).unwrap_or(Duration::ZERO),
            start_interval: asked.start_interval.or(nanoseconds("StartInterval")).unwrap_or(Duration::from_secs(5)),
        })
    }
}

/// The program of a test as images and Docker write it.
fn command(test: &[String]) -> Option<Vec<String>> {
    match test.split_first()? {
        (kind, []) if kind == "NONE" => None,
        (kind, [line, ..]) if kind == "CMD-SHELL" => Some(["/bin/sh", "-c", line].map(str::to_owned).to_vec()),
        (kind, command) if kind == "CMD" && !command.is_empty() => Some(command.to_vec()),
        // Podman's older form.
        (kind, _) if kind != "CMD" && kind != "CMD-SHELL" && kind != "NONE" => Some(test.to_vec()),
        _ => None,
    }
}

/// How a container does that runs and has a check.
pub fn read(container: &Container, status: &Status) -> Result<Option<Health>> {
    if status.live().is_none() || Check::of(&container.record).is_none() {
        return Ok(None);
    }
    Ok(Some(record::read(&container.dir.join(FILE))?.unwrap_or_default()))
}

/// Which check is due, with its command and the time that it may take.
fn due(container: &Container, check: &Check, health: &Health) -> (Vec<String>, Duration) {
    match startup(container, health) {
        Some(startup) => (command(&startup.test).unwrap_or_default(), startup.timeout),
        None => (check.command.clone(), check.timeout),
    }
}

/// The check that goes first, as long as it does.
pub fn startup<'c>(container: &'c Container, health: &Health) -> Option<&'c StartupCheck> {
    let startup = container.record.settings.health.startup.as_ref()?;
    (health.status == Word::Starting && health.startup_successes < startup.successes.max(1)).then_some(startup)
}

/// Runs the check that is due and records what came out.
pub fn run(container: &Container) -> Result<Health> {
    let act = || format!("check the health of container `{}`", container.record.name);
    let check = Check::of(&container.record)
        .ok_or_else(|| Error::new("it has no health check").with_hint("--health-cmd gives it one"))
        .during(act)?;
    // One at a time: what the other has found must be in what we add to.
    let _lock = Lock::exclusive(&container.dir.join("health.lock")).during(act)?;
    let status = container.status().during(act)?;
    let before = read(container, &status).during(act)?.ok_or_else(|| Error::new("it is not running")).during(act)?;
    let (command, timeout) = due(container, &check, &before);
    let outcome = execute(container, command, timeout).during(act)?;
    let age = status.live().map_or(Duration::ZERO, age);
    let health = judge(before, outcome, container, &check, age);
    record::write_unsynced(&container.dir.join(FILE), &health).during(act)?;
    let word = Some(health.status.as_str().to_owned());
    container.tell_event(Event { health: word, ..Event::new(container.subject(), Action::HealthStatus) });
    Ok(health)
}

/// How long it runs.
pub fn age(state: &State) -> Duration {
    let started = state.started.parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Duration::try_from(jiff::Timestamp::now().duration_since(started)).unwrap_or_default()
}

fn execute(container: &Container, command: Vec<String>, timeout: Duration) -> Result<Outcome> {
    let said: OwnedFd = memfd_create("health", MemfdFlags::CLOEXEC)?;
    let start = now();
    let output = Some(Arc::new(said.as_fd().try_clone_to_owned()?));
    let request = Request { command, output, ..Request::default() };
    let exit_code = match exec::start(container, &request) {
        Ok(running) => match running.wait_for(timeout) {
            Some(code) => code,
            None => return Ok(outcome(start, -1, format!("the check took longer than {} s", timeout.as_secs_f32()))),
        },
        // What is not there, or cannot run, is a failure of the check; that it ended just now is none.
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::NotExecutable) => {
            container.running()?;
            return Ok(outcome(start, i32::from(error.kind.exit_code()), error.to_string()));
        }
        Err(error) => return Err(error),
    };
    let bytes = match container.record.settings.health.log_bytes.unwrap_or(500) {
        0 => u64::from(u32::MAX),
        bytes => bytes.into(),
    };
    let mut file = File::from(said);
    let mut text = Vec::new();
    file.rewind()?;
    file.take(bytes).read_to_end(&mut text)?;
    Ok(outcome(start, exit_code, String::from_utf8_lossy(&text).into_owned()))
}

fn outcome(start: String, exit_code: i32, output: String) -> Outcome {
    Outcome { start, end: now(), exit_code, output }
}

/// Failures in the start period do not count.
fn judge(before: Health, outcome: Outcome, container: &Container, check: &Check, age: Duration) -> Health {
    let settings = &container.record.settings.health;
    let succeeded = outcome.exit_code == 0;
    let goes_first = startup(container, &before).is_some();
    let mut health = before;
    match (succeeded, goes_first) {
        (true, true) => {
            health.startup_successes += 1;
            health.failing_streak = 0;
        }
        (true, false) => {
            health.status = Word::Healthy;
            health.failing_streak = 0;
        }
        (false, true) => {
            health.startup_successes = 0;
            health.failing_streak += 1;
        }
        (false, false) if health.status == Word::Starting && age < check.start_period => {}
        (false, false) => {
            health.failing_streak += 1;
            if health.failing_streak >= check.retries {
                health.status = Word::Unhealthy;
            }
        }
    }
    health.log.push(outcome);
    let kept = match settings.log_count.unwrap_or(5) {
        0 => usize::MAX,
        count => count as usize,
    };
    let surplus = health.log.len().saturating_sub(kept);
    health.log.drain(..surplus);
    health
}

/// For the next start.
pub fn forget(container: &Container) -> Result<()> {
    Ok(super::finish::remove_if_there(&container.dir.join(FILE))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_test_is_a_program_a_line_for_the_shell_or_none() {
        assert_eq!(command(&words(&["CMD", "curl", "-f"])), Some(words(&["curl", "-f"])));
        assert_eq!(command(&words(&["CMD-SHELL", "a && b"])), Some(words(&["/bin/sh", "-c", "a && b"])));
        assert_eq!(command(&words(&["true"])), Some(words(&["true"])));
        for none in [&["NONE"][..], &["CMD"], &[]] {
            assert_eq!(command(&words(none)), None, "{none:?}");
        }
    }
}
