//! Signals by name and number, and what a process does with one.

use nix::sys::signal::Signal;

use crate::error::{Error, Result};

/// `TERM`, `SIGTERM`, `sigterm`, `15` or `RTMIN+3`.
pub fn parse(text: &str) -> Result<i32> {
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    if let Ok(number) = name.parse::<i32>() {
        return if (1..=64).contains(&number) { Ok(number) } else { Err(unknown(text)) };
    }
    if let Some(offset) = name.strip_prefix("RTMIN") {
        return real_time(offset, '+', 34).ok_or_else(|| unknown(text));
    }
    if let Some(offset) = name.strip_prefix("RTMAX") {
        return real_time(offset, '-', 64).ok_or_else(|| unknown(text));
    }
    match name {
        "CLD" => Ok(libc::SIGCHLD),
        "POLL" => Ok(libc::SIGIO),
        _ => format!("SIG{name}").parse::<Signal>().map(|signal| signal as i32).map_err(|_| unknown(text)),
    }
}

fn real_time(offset: &str, sign: char, base: i32) -> Option<i32> {
    let distance = match offset {
        "" => 0,
        _ => offset.strip_prefix(sign)?.parse::<i32>().ok()?,
    };
    let number = if sign == '+' { base.checked_add(distance)? } else { base.checked_sub(distance)? };
    (34..=64).contains(&number).then_some(number)
}

fn unknown(text: &str) -> Error {
    Error::usage(format!("unknown signal `{}`", text.escape_debug()))
}

/// `SIGTERM`, or the number of a real-time signal.
pub fn name(number: i32) -> String {
    Signal::try_from(number).map_or_else(|_| number.to_string(), |signal| signal.to_string())
}

/// Whether the default action of `number` ends a process (signal(7)).
pub fn ends_by_default(number: i32) -> bool {
    !matches!(
        number,
        libc::SIGCHLD
            | libc::SIGCONT
            | libc::SIGURG
            | libc::SIGWINCH
            | libc::SIGSTOP
            | libc::SIGTSTP
            | libc::SIGTTIN
            | libc::SIGTTOU
    )
}

/// Whether the process of this /proc/PID/status text catches or ignores `number`.
///
/// Process 1 of a pid namespace is not ended by a signal that it neither catches nor ignores, whatever the default
/// action says (pid_namespaces(7)); whoever sends one must know.
pub fn is_handled(status: &str, number: i32) -> bool {
    let mask = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        u64::from_str_radix(line.trim(), 16).unwrap_or(0)
    };
    (mask("SigCgt:") | mask("SigIgn:")) >> (number - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_known_by_name_and_number() {
        for (text, number) in
            [("TERM", 15), ("sigterm", 15), ("9", 9), ("SIGRTMIN+3", 37), ("RTMAX", 64), ("RTMAX-1", 63), ("CLD", 17)]
        {
            assert_eq!(parse(text).unwrap(), number, "{text}");
        }
        for text in ["", "0", "65", "-1", "NOPE", "RTMIN+31", "RTMIN3", "RTMAX+1", "SIGSIGTERM"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_status_tells_what_is_handled() {
        let status = "Name:\tsh\nSigIgn:\t0000000000000004\nSigCgt:\t0000000000004000\n";
        assert!(is_handled(status, 3) && is_handled(status, 15));
        assert!(!is_handled(status, 2));
    }
}
