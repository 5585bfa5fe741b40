//! `--log-driver` and `--log-opt`.

use super::{limit, parsed};
use crate::cli::personality::LOG_DRIVER;
use crate::container::logs::check_tag;
use crate::error::{Error, Result};
use crate::settings::{LogDriver, LogSettings};

/// What may wait for a log in `mode=non-blocking`, as with Docker.
const MAX_BUFFER_BYTES: u64 = 1 << 20;

/// `driver`: `None` where it was not asked for.
pub fn settings(driver: Option<&str>, options: &[String]) -> Result<LogSettings> {
    let mut log = LogSettings {
        driver: driver.filter(|name| !name.is_empty()).map_or(Ok(LOG_DRIVER.side()), parse_driver)?,
        is_asked_for: driver.is_some(),
        ..LogSettings::default()
    };
    let mut buffer_size = MAX_BUFFER_BYTES;
    let mut waits = true;
    for option in options {
        parsed("--log-opt", option, |option| match option.split_once('=') {
            Some(("mode", mode @ ("blocking" | "non-blocking"))) => {
                waits = mode == "blocking";
                Ok(())
            }
            Some(("mode", _)) => Err(Error::usage("a mode is blocking or non-blocking")),
            Some(("max-buffer-size", value)) => limit::size(value).map(|size| buffer_size = size),
            _ => apply(&mut log, option),
        })?;
    }
    log.max_buffer_size = (!waits).then_some(buffer_size);
    let is_marked = log.tag.is_some() || !log.labels.is_empty() || !log.env.is_empty();
    if is_marked && matches!(log.driver, LogDriver::K8sFile) {
        return Err(Error::usage("--log-opt tag, labels and env: the form of k8s-file has no place for them")
            .with_hint("use --log-driver json-file or journald"));
    }
    Ok(log)
}

fn parse_driver(name: &str) -> Result<LogDriver> {
    match name {
        "passthrough-tty" => Ok(LogDriver::Passthrough),
        _ => LogDriver::ALL.into_iter().find(|driver| driver.name() == name).ok_or_else(|| {
            Error::usage(format!("there is no log driver `{name}`"))
                .with_hint(format!("there are {}", LogDriver::ALL.map(LogDriver::name).join(", ")))
        }),
    }
}

fn apply(log: &mut LogSettings, option: &str) -> Result<()> {
    let names =
        |list: &str| list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match option.split_once('=') {
        Some(("max-size", value)) => log.max_size = if value == "-1" { 0 } else { limit::size(value)? },
        Some(("max-file", value)) => match value.parse() {
            Ok(number) if number > 0 => log.max_file = number,
            _ => return Err(Error::usage(format!("`{value}` is not a number of files"))),
        },
        Some(("path", value)) if !value.is_empty() => {
            let path = std::path::absolute(value)?;
            log.path = Some(path.to_str().ok_or_else(|| Error::usage("the path is not UTF-8"))?.to_owned());
        }
        Some(("tag", value)) => {
            check_tag(value)?;
            log.tag = Some(value.to_owned());
        }
        Some(("labels", value)) => log.labels = names(value),
        Some(("env", value)) => log.env = names(value),
        _ => {
            return Err(Error::usage(
                "known are max-size, max-file, path, tag, labels, env, mode and max-buffer-size, each with =VALUE",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(driver: Option<&str>, options: &[&str]) -> Result<LogSettings> {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        super::settings(driver, &options)
    }

    #[test]
    fn a_log_is_rotated_unless_it_shall_not_be() {
        let log = settings(None, &[]).unwrap();
        assert_eq!(
            (log.driver, log.max_size, log.max_file, log.is_asked_for),
            (LogDriver::K8sFile, 10 << 20, 3, false)
        );
        assert_eq!(settings(None, &["max-size=-1"]).unwrap().max_size, 0);
        let log = settings(Some("json-file"), &["max-size=1k", "max-file=9", "mode=non-blocking"]).unwrap();
        assert_eq!((log.max_size, log.max_file, log.max_buffer_size), (1024, 9, Some(1 << 20)));
        assert_eq!(settings(None, &["max-buffer-size=4m"]).unwrap().max_buffer_size, None);
    }

    #[test]
    fn what_a_driver_cannot_keep_is_refused() {
        let marks = ["tag={{.Name}}", "labels=a, b", "env=C"];
        let log = settings(Some("journald"), &marks).unwrap();
        assert_eq!((log.labels.join(" "), log.env.join(" ")), ("a b".to_owned(), "C".to_owned()));
        for (driver, option) in [
            (None, "tag=x"),
            (Some("syslog"), "max-size=1m"),
            (Some("json-file"), "tag={{.Nonsense}}"),
            (None, "max-file=0"),
            (None, "mode=fast"),
            (None, "nonsense=1"),
            (None, "path="),
        ] {
            assert_eq!(settings(driver, &[option]).unwrap_err().kind.exit_code(), 125, "{driver:?} {option}");
        }
    }
}
