//! `--health-*`: how the health of a container is checked.

use std::time::Duration;

use super::super::units;
use super::{maybe, parsed};
use crate::error::{Error, Result};
use crate::settings::{HealthAction, HealthSettings, StartupCheck};

#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Health")]
pub struct HealthOptions {
    /// Check the health with this line for the shell, or a JSON list of a program and its arguments; none for no check
    #[arg(long, value_name = "COMMAND", alias = "healthcheck-command")]
    health_cmd: Option<String>,
    /// Time between checks; disable to check only when asked to  [default: the image's, or 30s]
    #[arg(long, value_name = "DURATION", alias = "healthcheck-interval")]
    health_interval: Option<String>,
    /// Time that a check may take  [default: the image's, or 30s]
    #[arg(long, value_name = "DURATION", alias = "healthcheck-timeout")]
    health_timeout: Option<String>,
    /// Failures in a row that make it unhealthy  [default: the image's, or 3]
    #[arg(long, value_name = "NUMBER", alias = "healthcheck-retries")]
    health_retries: Option<u32>,
    /// Time after the start in which failures do not count  [default: the image's, or 0s]
    #[arg(long, value_name = "DURATION", alias = "healthcheck-start-period")]
    health_start_period: Option<String>,
    /// Time between checks in that time  [default: the image's, or 5s]
    #[arg(long, value_name = "DURATION")]
    health_start_interval: Option<String>,
    /// What becomes of an unhealthy container: none, kill, restart or stop
    #[arg(long, value_name = "ACTION", default_value = "none", hide_default_value = true)]
    health_on_failure: String,
    /// Check with this first, until it succeeds
    #[arg(long, value_name = "COMMAND")]
    health_startup_cmd: Option<String>,
    /// Time between such checks
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    health_startup_interval: String,
    /// Time that such a check may take
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    health_startup_timeout: String,
    /// Failures of it after which the container is restarted; 0 for never
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    health_startup_retries: u32,
    /// Successes in a row that are needed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    health_startup_success: u32,
    /// Outcomes that are kept; 0 for all  [default: 5]
    #[arg(long, value_name = "NUMBER")]
    health_max_log_count: Option<u32>,
    /// Bytes that are kept of what a check says; 0 for all  [default: 500]
    #[arg(long, value_name = "BYTES")]
    health_max_log_size: Option<u32>,
    /// Where outcomes are kept; only `local` is supported
    #[arg(long, value_name = "PLACE", hide = true)]
    health_log_destination: Option<String>,
    /// Check no health, whatever the image says
    #[arg(long)]
    no_healthcheck: bool,
}

impl HealthOptions {
    pub fn settings(&self) -> Result<HealthSettings> {
        if self.no_healthcheck && self.health_cmd.is_some() {
            return Err(Error::usage("--no-healthcheck and --health-cmd exclude each other"));
        }
        if self.health_log_destination.as_deref().is_some_and(|place| place != "local") {
            return Err(Error::usage("--health-log-destination: outcomes are kept with the container (local)"));
        }
        let none = || vec!["NONE".to_owned()];
        let test = if self.no_healthcheck { Some(none()) } else { maybe("--health-cmd", &self.health_cmd, test)? };
        let startup = maybe("--health-startup-cmd", &self.health_startup_cmd, test_of_startup)?;
        if startup.is_some() && (test.is_none() || test == Some(none())) {
            return Err(Error::usage("--health-startup-cmd needs --health-cmd, which goes on after it"));
        }
        let startup = match startup {
            Some(test) => Some(StartupCheck {
                test,
                interval: parsed("--health-startup-interval", &self.health_startup_interval, units::duration)?,
                timeout: parsed("--health-startup-timeout", &self.health_startup_timeout, units::duration)?,
                retries: self.health_startup_retries,
                successes: self.health_startup_success,
            }),
            None => None,
        };
        Ok(HealthSettings {
            test,
            interval: maybe("--health-interval", &self.health_interval, interval)?,
            timeout: maybe("--health-timeout", &self.health_timeout, units::duration)?,
            retries: self.health_retries,
            start_period: maybe("--health-start-period", &self.health_start_period, units::duration)?,
            start_interval: maybe("--health-start-interval", &self.health_start_interval, units::duration)?,
            on_failure: parsed("--health-on-failure", &self.health_on_failure, action)?,
            startup,
            log_count: self.health_max_log_count,
            log_bytes: self.health_max_log_size,
        })
    }
}

fn interval(text: &str) -> Result<Duration> {
    if text == "disable" { Ok(Duration::ZERO) } else { units::duration(text) }
}

/// A line for the shell, or a list such as `["CMD", "curl", "-f", "localhost"]`.
fn test(text: &str) -> Result<Vec<String>> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(vec!["NONE".to_owned()]);
    }
    if text.trim().is_empty() {
        return Err(Error::usage("a check needs a command"));
    }
    let Some(list) = text.starts_with('[').then(|| serde_json::from_str::<Vec<String>>(text).ok()).flatten() else {
        return Ok(vec!["CMD-SHELL".to_owned(), text.to_owned()]);
    };
    match list.first().map(String::as_str) {
        None => Err(Error::usage("a check needs a command")),
        Some("CMD" | "CMD-SHELL" | "NONE") => Ok(list),
        Some(_) => Ok([vec!["CMD".to_owned()], list].concat()),
    }
}

fn test_of_startup(text: &str) -> Result<Vec<String>> {
    match test(text)? {
        test if test[0] == "NONE" => Err(Error::usage("a check needs a command")),
        test => Ok(test),
    }
}

fn action(text: &str) -> Result<HealthAction> {
    match text {
        "none" => Ok(HealthAction::None),
        "kill" => Ok(HealthAction::Kill),
        "restart" => Ok(HealthAction::Restart),
        "stop" => Ok(HealthAction::Stop),
        _ => Err(Error::usage("expected none, kill, restart or stop")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(test(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn a_command_is_a_line_or_a_list() {
        check("curl -f localhost || exit 1", &["CMD-SHELL", "curl -f localhost || exit 1"]);
        check(r#"["curl", "-f"]"#, &["CMD", "curl", "-f"]);
        check(r#"["CMD-SHELL", "a"]"#, &["CMD-SHELL", "a"]);
        check("[ -f /ready ]", &["CMD-SHELL", "[ -f /ready ]"]);
        check("none", &["NONE"]);
        assert!(test("").is_err() && test("[]").is_err() && test_of_startup("none").is_err());
    }
}
