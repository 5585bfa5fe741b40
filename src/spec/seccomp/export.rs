//! Our rules in OCI's form (config-linux.md#seccomp), for other runtimes.
//!
//! Theirs are sets without an order, of which libseccomp lets a rule without conditions win over all others. So where
//! ours let a call pass but for some arguments, the values that pass are listed one by one, and a value that never
//! does is left to the default action: for i386, where the call has a second way, libseccomp takes no other.

use crate::oci::runtime::{Seccomp, SyscallArg, SyscallRule};
use crate::sys::seccomp::Action;

use super::architecture::Architecture;
use super::rules::{Condition, Rule, Rules, Verdict};

/// The address families that there are (sys/socket.h, `AF_MAX`): the one call that passes but for some arguments is
/// `socket`, and they are its first.
const FAMILIES: std::ops::Range<u64> = 0..46;

pub fn profile(rules: &Rules, architectures: &[Architecture]) -> Seccomp {
    let (default_action, default_errno_ret) = words(rules.default_action);
    let mut verdicts: Vec<_> = rules.verdicts().collect();
    verdicts.sort_by_key(|(name, _)| *name);
    Seccomp {
        default_action,
        default_errno_ret,
        architectures: architectures.iter().map(|architecture| architecture.oci_name().to_owned()).collect(),
        syscalls: verdicts.into_iter().flat_map(|(name, verdict)| rules_of(name, verdict)).collect(),
    }
}

fn rules_of(name: &str, verdict: &Verdict) -> Vec<SyscallRule> {
    let rule = |action, args| {
        let (action, errno_ret) = words(action);
        SyscallRule { names: vec![name.to_owned()], action, errno_ret, args }
    };
    let given = |one: &Rule| rule(one.action, one.conditions.iter().map(equal).collect());
    match verdict {
        Verdict::Always(action) => vec![rule(*action, Vec::new())],
        Verdict::FirstOf(list) => match list.split_last() {
            Some((last, exceptions)) if last.conditions.is_empty() => all_but(exceptions)
                .into_iter()
                .map(|args| rule(last.action, args))
                .chain(exceptions.iter().filter(|exception| exception.conditions.len() > 1).map(given))
                .collect(),
            _ => list.iter().map(given).collect(),
        },
    }
}

/// The sets of conditions that are left when `exceptions` are taken away.
fn all_but(exceptions: &[Rule]) -> Vec<Vec<SyscallArg>> {
    let of_family = |family| {
        let exception = exceptions.iter().find(|rule| rule.conditions[0].value == family);
        let this = argument(0, family, "SCMP_CMP_EQ");
        match exception.map(|rule| &rule.conditions[1..]) {
            None => Some(vec![this]),
            Some([]) => None,
            Some(further) => Some(std::iter::once(this).chain(further.iter().map(unequal)).collect()),
        }
    };
    FAMILIES.filter_map(of_family).collect()
}

/// Ours look at 32 bits only. Here whoever sets a bit above meets the default action, which refuses as well: nothing is
/// allowed but by exact values.
fn equal(condition: &Condition) -> SyscallArg {
    argument(condition.argument, condition.value, "SCMP_CMP_EQ")
}

fn unequal(condition: &Condition) -> SyscallArg {
    argument(condition.argument, condition.value, "SCMP_CMP_NE")
}

fn argument(index: u8, value: u64, op: &str) -> SyscallArg {
    SyscallArg { index: index.into(), value, value_two: 0, op: op.to_owned() }
}

fn words(action: Action) -> (String, Option<u32>) {
    let (word, number) = match action {
        Action::Allow => ("SCMP_ACT_ALLOW", None),
        Action::Log => ("SCMP_ACT_LOG", None),
        Action::Errno(number) => ("SCMP_ACT_ERRNO", Some(number)),
        Action::Trace(number) => ("SCMP_ACT_TRACE", Some(number)),
        Action::Notify => ("SCMP_ACT_NOTIFY", None),
        Action::Trap => ("SCMP_ACT_TRAP", None),
        Action::KillThread => ("SCMP_ACT_KILL_THREAD", None),
        Action::KillProcess => ("SCMP_ACT_KILL_PROCESS", None),
    };
    (word.to_owned(), number.map(u32::from))
}
