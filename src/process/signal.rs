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

/// Whether a process does something about `number`: catches, ignores, blocks or awaits it, by the texts of its
/// /proc/PID/status and /proc/PID/syscall.
///
/// Process 1 of a pid namespace is not ended by a signal that it does nothing about, whatever the default action says
/// (pid_namespaces(7)); whoever sends one must know. Who blocks a signal reads it from a descriptor, as systemd does.
pub fn is_handled(status: &str, system_call: &str, number: i32) -> bool {
    let mask = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        u64::from_str_radix(line.trim(), 16).unwrap_or(0)
    };
    // While sigtimedwait(2) lasts, what it awaits is not blocked, and no mask shows it; tini waits so.
    let awaits = system_call.split(' ').next().and_then(|number| number.parse().ok()).is_some_and(is_sigtimedwait);
    awaits || (mask("SigCgt:") | mask("SigIgn:") | mask("SigBlk:")) >> (number - 1) & 1 == 1
}

/// By its number here, or that of 32-bit programs with a 64-bit clock, which is the same everywhere.
fn is_sigtimedwait(system_call: libc::c_long) -> bool {
    const RT_SIGTIMEDWAIT_TIME64: libc::c_long = 421;
    [libc::SYS_rt_sigtimedwait, RT_SIGTIMEDWAIT_TIME64].contains(&system_call)
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
        let status = "Name:\tsh\nSigBlk:\t0000000000000200\nSigIgn:\t0000000000000004\nSigCgt:\t0000000000004000\n";
        let handles = |number| is_handled(status, "271 0x7ffc 0x1", number);
        assert!(handles(3) && handles(15) && handles(10));
        assert!(!handles(2));
        assert!(!is_handled(status, "running", 2) && !is_handled(status, "", 2));
        assert!(is_handled(status, &format!("{} 0x7ffc 0x0", libc::SYS_rt_sigtimedwait), 2));
    }
}
