//! Sizes, durations and moments, as people read and write them on a command line.
//!
//! Printing follows Docker's go-units, so that `2 weeks ago` and `1.23 MB` mean what they mean elsewhere. Sizes that
//! are limits, with binary units, are read in `options::limit`.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use super::personality::{UNITS, UNTIL, Units, Until};
use crate::error::{Error, Result};

const DECIMAL: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const BINARY: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `1.23 MB`: three significant digits and a decimal unit, as Podman prints; Docker leaves out the space.
pub fn human_size(bytes: u64) -> String {
    let (number, unit) = scale(bytes, 1000.0, 3, &DECIMAL);
    match UNITS.side() {
        Units::Apart => format!("{number} {unit}"),
        Units::Close => format!("{number}{unit}"),
    }
}

/// `1.23MB`, as Docker prints.
pub fn human_size_compact(bytes: u64) -> String {
    let (number, unit) = scale(bytes, 1000.0, 3, &DECIMAL);
    format!("{number}{unit}")
}

/// `1.205MiB`: four significant digits and a binary unit, as both print memory.
pub fn human_memory(bytes: u64) -> String {
    let (number, unit) = scale(bytes, 1024.0, 4, &BINARY);
    format!("{number}{unit}")
}

fn scale(bytes: u64, base: f64, digits: usize, units: &[&'static str; 7]) -> (String, &'static str) {
    let mut size = bytes as f64;
    let mut unit = 0;
    let mut number = significant(size, digits);
    // What rounds up to the next unit is said in the next unit: `1 MB`, not `1e+03 kB`.
    while unit + 1 < units.len() && (size >= base || number.parse::<f64>().is_ok_and(|rounded| rounded >= base)) {
        size /= base;
        unit += 1;
        number = significant(size, digits);
    }
    (number, units[unit])
}

/// So many significant digits without trailing zeros; never an exponent.
fn significant(value: f64, digits: usize) -> String {
    let whole = format!("{}", value.trunc()).len();
    let text = format!("{value:.*}", digits.saturating_sub(whole));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// `Less than a second`, `3 minutes`, `About an hour`, `2 weeks`.
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let minutes = seconds / 60;
    let hours = (seconds + 1800) / 3600;
    match (seconds, minutes, hours) {
        (0, ..) => "Less than a second".to_owned(),
        (1, ..) => "1 second".to_owned(),
        (2..60, ..) => format!("{seconds} seconds"),
        (_, 1, _) => "About a minute".to_owned(),
        (_, ..60, _) => format!("{minutes} minutes"),
        (_, _, ..=1) => "About an hour".to_owned(),
        (_, _, ..48) => format!("{hours} hours"),
        (_, _, ..336) => format!("{} days", hours / 24),
        (_, _, ..1440) => format!("{} weeks", hours / 24 / 7),
        (_, _, ..17520) => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", seconds / 3600 / 24 / 365),
    }
}

/// As Go prints a time.Duration: `1h2m3.5s`, `0s`, `15ms`.
pub fn go_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let fraction = |value: u128, unit: u128, digits: usize| {
        let text = format!("{}.{:0digits$}", value / unit, value % unit);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => format!("{}µs", fraction(nanoseconds, 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", fraction(nanoseconds, 1_000_000, 6)),
        _ => {
            let minutes = duration.as_secs() / 60;
            let seconds = fraction(nanoseconds % 60_000_000_000, 1_000_000_000, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `3 minutes ago`; a moment that has yet to come, by a clock that was wrong, is no time ago.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    format!("{} ago", human_duration(elapsed(then, now)))
}

/// From `then` to `now`; zero if `then` is later.
pub fn elapsed(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// `2024-01-01 12:00:00 +0100 CET`: a moment as Go prints it.
pub fn go_time(moment: Timestamp, zone: TimeZone) -> String {
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string()
}

/// Reads a duration in Go's spelling: `10m`, `2h45m`, `1.5h`, `300ms`.
pub fn duration(text: &str) -> Result<Duration> {
    let malformed = || {
        Error::usage(format!("`{text}` is not a duration")).with_hint("write it as `10m`, `2h45m`, `1.5h` or `300ms`")
    };
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits =
            rest.find(|character: char| !character.is_ascii_digit() && character != '.').ok_or_else(malformed)?;
        let amount: f64 = rest[..digits].parse().map_err(|_| malformed())?;
        rest = &rest[digits..];
        let letters = rest.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(rest.len());
        let seconds = match &rest[..letters] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(malformed()),
        };
        total += amount * seconds;
        rest = &rest[letters..];
    }
    if text.is_empty() { Err(malformed()) } else { Duration::try_from_secs_f64(total).map_err(|_| malformed()) }
}

/// Reads a moment as `--until` takes it: as [`moment`], or, with a sign in front, a duration from `now` on.
pub fn last_moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    last_moment_of(text, now, UNTIL.side())
}

fn last_moment_of(text: &str, now: Timestamp, side: Until) -> Result<Timestamp> {
    let later = |text: &str| Some(now.checked_add(duration(text).ok()?));
    let to_come = match (text.strip_prefix('-'), side) {
        (Some(text), _) => later(text),
        (None, Until::FromNow) => later(text),
        (None, Until::Ago) => None,
    };
    match to_come {
        Some(moment) => moment.map_err(|_| Error::usage(format!("`{text}` is too far away"))),
        None => moment(text, now),
    }
}

/// Reads a moment as `--since` and `--until` take it: a duration before `now`, RFC 3339 with or without its parts, or
/// seconds since 1970.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    let malformed = || {
        Error::usage(format!("`{text}` is neither a moment nor a duration"))
            .with_hint("write `10m` for ten minutes ago, `2024-01-31T12:00:00Z`, or seconds since 1970")
    };
    if let Ok(before) = duration(text) {
        return now.checked_sub(before).map_err(|_| malformed());
    }
    if text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        let since_1970 = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        return since_1970.and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok()).ok_or_else(malformed);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    // Without a zone, the user means the clock on the wall.
    let day_time = text.parse::<civil::DateTime>().map_err(|_| malformed())?;
    Ok(day_time.to_zoned(TimeZone::system()).map_err(|_| malformed())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn durations_are_gos() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (5, "5ns"),
            (1_500, "1.5µs"),
            (15_000_000, "15ms"),
            (2_000_000_000, "2s"),
            (62_500_000_000, "1m2.5s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(Duration::from_nanos(nanoseconds)), text);
        }
    }

    #[test]
    fn sizes_have_three_significant_digits_and_a_decimal_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1 kB"),
            (1234, "1.23 kB"),
            (12_345, "12.3 kB"),
            (123_456, "123 kB"),
            (999_900, "1 MB"),
            (1_230_000, "1.23 MB"),
            (2_000_000, "2 MB"),
            (1_500_000_000, "1.5 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(human_size(bytes), text);
            assert_eq!(human_size_compact(bytes), text.replace(' ', ""));
        }
    }

    #[test]
    fn memory_has_binary_units() {
        assert_eq!(human_memory(1_263_616), "1.205MiB");
        assert_eq!(human_memory(64 << 20), "64MiB");
        assert_eq!(human_memory(1023), "1023B");
    }

    #[test]
    fn durations_are_as_rough_as_people_say_them() {
        const HOUR: u64 = 3600;
        for (seconds, text) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (119, "About a minute"),
            (180, "3 minutes"),
            (59 * 60 + 59, "59 minutes"),
            (HOUR, "About an hour"),
            (HOUR + 1800, "2 hours"),
            (47 * HOUR, "47 hours"),
            (48 * HOUR, "2 days"),
            (13 * 24 * HOUR, "13 days"),
            (14 * 24 * HOUR, "2 weeks"),
            (59 * 24 * HOUR, "8 weeks"),
            (60 * 24 * HOUR, "2 months"),
            (729 * 24 * HOUR, "24 months"),
            (730 * 24 * HOUR, "2 years"),
        ] {
            assert_eq!(human_duration(Duration::from_secs(seconds)), text, "{seconds}");
        }
    }

    #[test]
    fn the_future_is_no_time_ago() {
        assert_eq!(ago(at("2024-01-02T00:00:00Z"), at("2024-01-01T00:00:00Z")), "Less than a second ago");
        assert_eq!(ago(at("2024-01-01T00:00:00Z"), at("2024-01-01T00:03:00Z")), "3 minutes ago");
    }

    #[test]
    fn moments_print_as_in_go() {
        assert_eq!(go_time(at("2024-01-01T12:00:00.5Z"), TimeZone::UTC), "2024-01-01 12:00:00 +0000 UTC");
    }

    #[test]
    fn durations_are_spelled_as_in_go() {
        for (text, milliseconds) in
            [("10m", 600_000), ("2h45m", 9_900_000), ("1.5h", 5_400_000), ("300ms", 300), ("1h0m0.5s", 3_600_500)]
        {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(milliseconds), "{text}");
        }
        for text in ["", "10", "m", "10 m", "-10m", "10d", "1..5s", "1e9s", "10m5"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_moment_may_be_one_to_come() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        for (text, side, moment) in [
            ("-10m", Until::Ago, "2026-01-02T03:14:05Z"),
            ("10m", Until::Ago, "2026-01-02T02:54:05Z"),
            ("10m", Until::FromNow, "2026-01-02T03:14:05Z"),
            ("2026-01-02T03:04:05Z", Until::FromNow, "2026-01-02T03:04:05Z"),
        ] {
            assert_eq!(last_moment_of(text, now, side).unwrap().to_string(), moment, "{text}");
        }
        assert!(last_moment_of("-x", now, Until::Ago).is_err());
    }

    #[test]
    fn moments_are_read_in_every_spelling_of_the_field() {
        let now = at("2024-06-01T12:00:00Z");
        for (text, moment) in [
            ("10m", "2024-06-01T11:50:00Z"),
            ("24h", "2024-05-31T12:00:00Z"),
            ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z"),
            ("2024-01-31T12:00:00.25+02:00", "2024-01-31T10:00:00.25Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000.5", "2023-11-14T22:13:20.5Z"),
        ] {
            assert_eq!(super::moment(text, now).unwrap(), at(moment), "{text}");
        }
        assert!(super::moment("2024-01-31", now).is_ok() && super::moment("2024-01-31T12:00:00", now).is_ok());
        for text in ["", "yesterday", "9999999999999999999999", "99999999999h", "2024-13-01"] {
            assert!(super::moment(text, now).is_err(), "{text}");
        }
    }
}
