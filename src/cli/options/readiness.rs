//! `--wait-for`: a command that returns only when its container is ready.

use std::time::Duration;

use regex::bytes::Regex;

use super::super::units;
use crate::container::Container;
use crate::container::attach::Ending;
use crate::container::ready::{Condition, await_all};
use crate::error::{Error, Result};
use crate::settings::Protocol;

#[derive(clap::Args, Debug, Default)]
pub struct ReadinessOptions {
    /// Return only when this is so: port:NUMBER[/udp], log:REGEX, healthy, or exit
    #[arg(long, value_name = "CONDITION", value_parser = condition)]
    pub wait_for: Vec<Condition>,
    /// Give up waiting after this time; the container goes on
    #[arg(long, value_name = "DURATION", value_parser = units::duration, requires = "wait_for")]
    pub wait_timeout: Option<Duration>,
}

impl ReadinessOptions {
    /// Returns when everything is so: what has become of the container by then.
    pub fn keep(&self, container: &Container) -> Result<Ending> {
        Ok(await_all(container, &self.wait_for, self.wait_timeout)?.map_or(Ending::Detached, Ending::Exited))
    }
}

fn condition(text: &str) -> Result<Condition> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("healthy", "") => Ok(Condition::Healthy),
        ("exit", "") => Ok(Condition::Exit),
        ("log", pattern) if !pattern.is_empty() => {
            let pattern = Regex::new(pattern).map_err(|error| Error::usage(format!("`{pattern}`: {error}")))?;
            Ok(Condition::Log(pattern))
        }
        ("port", port) => {
            let (number, protocol) = match port.split_once('/') {
                None | Some((_, "tcp")) => (port.trim_end_matches("/tcp"), Protocol::Tcp),
                Some((number, "udp")) => (number, Protocol::Udp),
                Some(_) => return Err(malformed()),
            };
            match number.parse() {
                Ok(number) if number > 0 => Ok(Condition::Port { number, protocol }),
                _ => Err(malformed()),
            }
        }
        _ => Err(malformed()),
    }
}

fn malformed() -> Error {
    Error::usage("expected port:NUMBER[/udp], log:REGEX, healthy or exit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_or_refused() {
        assert!(matches!(condition("port:53/udp"), Ok(Condition::Port { number: 53, protocol: Protocol::Udp })));
        assert!(matches!(condition("port:80/tcp"), Ok(Condition::Port { number: 80, protocol: Protocol::Tcp })));
        assert!(matches!(condition("log:a:b"), Ok(Condition::Log(pattern)) if pattern.as_str() == "a:b"));
        for bad in ["port:0", "port:x", "port:80/sctp", "log:", "log:(", "healthy:x", "soon", ""] {
            assert!(condition(bad).is_err(), "{bad}");
        }
    }
}
