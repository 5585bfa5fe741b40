//! Root in a container that has one id only: a filter beside the payload's own, which lets calls succeed that change
//! owners, and hands those that change users to `idmap::emulation`.
//!
//! What neither filter refuses is decided by the stricter of the two: where the payload's own forbids a call, that
//! stays so. Every other call costs nothing: the kernel remembers which numbers are always allowed (Linux 5.11).

use crate::sys::seccomp::{Action, SockFilter, audit, data, op};

/// Succeed and do nothing.
const SUCCEED: [&str; 2] = ["setfsuid", "setfsgid"];
/// Succeed: the files are the user's, whoever is said to own them. An owner other than root is taken note of. With the
/// number of the argument that is the user; the next one is the group.
const CHOWN: [(&str, u8); 4] = [("chown", 1), ("fchown", 1), ("lchown", 1), ("fchownat", 2)];
const UNCHANGED: u32 = u32::MAX;
const NOTIFY: [&str; 7] = ["setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups"];

/// Needs a listener (`sys::seccomp::load_with_listener`).
pub fn filter() -> Vec<SockFilter> {
    let numbers = |names: &[&str]| -> Vec<u32> {
        names.iter().filter_map(|name| Some(name.parse::<syscalls::Sysno>().ok()?.id() as u32)).collect()
    };
    let mut filter = vec![
        SockFilter::load(data::ARCHITECTURE),
        SockFilter::branch(op::IF_EQUAL, audit::NATIVE, 1, 0),
        SockFilter::end(Action::Allow),
        SockFilter::load(data::NUMBER),
    ];
    for (numbers, action) in [(numbers(&SUCCEED), Action::Errno(0)), (numbers(&NOTIFY), Action::Notify)] {
        for number in numbers {
            filter.push(SockFilter::branch(op::IF_EQUAL, number, 0, 1));
            filter.push(SockFilter::end(action));
        }
    }
    for (name, user) in CHOWN {
        let Some(number) = numbers(&[name]).first().copied() else { continue };
        // Each argument: root or unchanged goes on with the next test, anything else is told.
        filter.push(SockFilter::branch(op::IF_EQUAL, number, 0, 8));
        for argument in [user, user + 1] {
            filter.push(SockFilter::load(data::argument_low(argument)));
            let to_notify = if argument == user { 4 } else { 1 };
            filter.push(SockFilter::branch(op::IF_EQUAL, 0, 1, 0));
            filter.push(SockFilter::branch(op::IF_EQUAL, UNCHANGED, 0, to_notify));
        }
        filter.push(SockFilter::end(Action::Errno(0)));
        filter.push(SockFilter::end(Action::Notify));
    }
    filter.push(SockFilter::end(Action::Allow));
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_is_short_and_allows_the_rest() {
        let filter = filter();
        assert!(filter.len() < 80, "{}", filter.len());
        assert_eq!(filter.last(), Some(&SockFilter::end(Action::Allow)));
        assert!(
            filter.contains(&SockFilter::end(Action::Notify)) && filter.contains(&SockFilter::end(Action::Errno(0)))
        );
    }
}
