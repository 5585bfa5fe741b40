//! Rules by the names of system calls: what both kinds of profile become before there are numbers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::error::{Error, Result};
use crate::oci::runtime::{Seccomp, SyscallArg, SyscallRule};
use crate::sys::seccomp::Action;

use super::profile;

pub struct Rules<'a> {
    pub default_action: Action,
    verdicts: HashMap<&'a str, Verdict, BuildHasherDefault<NameHasher>>,
}

/// What becomes of one system call.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Always(Action),
    /// The first rule whose conditions all hold decides; if none does, the default action. Only the last rule may be
    /// without conditions.
    FirstOf(Vec<Rule>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub conditions: Vec<Condition>,
    pub action: Action,
}

/// A test of `argument & mask` against `value`. All arguments are 64 bits wide to seccomp, whatever the kernel takes
/// of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Condition {
    pub argument: u8,
    pub mask: u64,
    pub test: Test,
    pub value: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl<'a> Rules<'a> {
    pub fn new(default_action: Action) -> Rules<'a> {
        Rules { default_action, verdicts: HashMap::with_capacity_and_hasher(512, Default::default()) }
    }

    pub fn verdicts(&self) -> impl Iterator<Item = (&'a str, &Verdict)> {
        self.verdicts.iter().map(|(name, verdict)| (*name, verdict))
    }

    pub fn verdict(&self, name: &str) -> Option<&Verdict> {
        self.verdicts.get(name)
    }

    /// Adds a rule after those that the call has already; after one without conditions it has no effect.
    pub fn add(&mut self, name: &'a str, rule: Rule) {
        match self.verdicts.get_mut(name) {
            None if rule.conditions.is_empty() => drop(self.verdicts.insert(name, Verdict::Always(rule.action))),
            None => drop(self.verdicts.insert(name, Verdict::FirstOf(vec![rule]))),
            Some(Verdict::Always(_)) => {}
            Some(Verdict::FirstOf(rules)) if rules.last().is_some_and(|last| last.conditions.is_empty()) => {}
            Some(Verdict::FirstOf(rules)) => rules.push(rule),
        }
    }

    /// The rules of a profile in OCI's form, with the meaning that libseccomp and the runtimes in front of it give it:
    /// a rule without conditions beats those with, whatever their order, and a rule that only says what the default
    /// action says does not count.
    pub fn of_profile(seccomp: &'a Seccomp) -> Result<Rules<'a>> {
        let default_action = profile::action(&seccomp.default_action, seccomp.default_errno_ret)?;
        let mut rules = Rules::new(default_action);
        let mut conditional = Vec::new();
        for entry in &seccomp.syscalls {
            let action = profile::action(&entry.action, entry.errno_ret)?;
            if action == default_action {
                continue;
            }
            match entry.args.is_empty() {
                true => entry.names.iter().for_each(|name| rules.add(name, Rule { conditions: Vec::new(), action })),
                false => conditional.push((entry, alternatives(entry)?, action)),
            }
        }
        for (entry, alternatives, action) in conditional {
            for name in &entry.names {
                for conditions in &alternatives {
                    rules.add(name, Rule { conditions: conditions.clone(), action });
                }
            }
        }
        rules.add_multiplexed();
        Ok(rules)
    }

    /// On i386 `socketcall(1, ...)` is `socket(...)`, and so on: what a profile says about a call without a look at its
    /// arguments goes for the other way to it too, unless the profile names the multiplexer itself.
    fn add_multiplexed(&mut self) {
        let multiplexed = SOCKETCALL.iter().map(|call| ("socketcall", u64::from(u32::MAX), call));
        // The upper half of the number of an ipc call is a version.
        for (multiplexer, mask, (value, name)) in multiplexed.chain(IPC.iter().map(|call| ("ipc", 0xffff, call))) {
            if let Some(&Verdict::Always(action)) = self.verdict(name) {
                let chosen = Condition { argument: 0, mask, test: Test::Equal, value: *value };
                self.add(multiplexer, Rule { conditions: vec![chosen], action });
            }
        }
    }
}

/// FNV-1a: a start looks up more than a thousand names, and the usual hash would be half its cost. The names are what
/// whoever starts the container has chosen: there is nobody to defend against.
struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> NameHasher {
        NameHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// linux/net.h
const SOCKETCALL: [(u64, &str); 20] = [
    (1, "socket"),
    (2, "bind"),
    (3, "connect"),
    (4, "listen"),
    (5, "accept"),
    (6, "getsockname"),
    (7, "getpeername"),
    (8, "socketpair"),
    (9, "send"),
    (10, "recv"),
    (11, "sendto"),
    (12, "recvfrom"),
    (13, "shutdown"),
    (14, "setsockopt"),
    (15, "getsockopt"),
    (16, "sendmsg"),
    (17, "recvmsg"),
    (18, "accept4"),
    (19, "recvmmsg"),
    (20, "sendmmsg"),
];

/// linux/ipc.h
const IPC: [(u64, &str); 12] = [
    (1, "semop"),
    (2, "semget"),
    (3, "semctl"),
    (4, "semtimedop"),
    (11, "msgsnd"),
    (12, "msgrcv"),
    (13, "msgget"),
    (14, "msgctl"),
    (21, "shmat"),
    (22, "shmdt"),
    (23, "shmget"),
    (24, "shmctl"),
];

/// The sets of conditions under which an entry with arguments applies: normally one. Where two are about one argument,
/// each condition is an alternative, as runc and crun have it because libseccomp could not express both.
fn alternatives(entry: &SyscallRule) -> Result<Vec<Vec<Condition>>> {
    let conditions = entry.args.iter().map(condition).collect::<Result<Vec<_>>>()?;
    let mut seen = [false; 6];
    let repeated = conditions.iter().any(|condition| std::mem::replace(&mut seen[condition.argument as usize], true));
    Ok(match repeated {
        true => conditions.into_iter().map(|condition| vec![condition]).collect(),
        false => vec![conditions],
    })
}

fn condition(argument: &SyscallArg) -> Result<Condition> {
    let (test, mask, value) = match argument.op.as_str() {
        "SCMP_CMP_EQ" => (Test::Equal, u64::MAX, argument.value),
        "SCMP_CMP_NE" => (Test::NotEqual, u64::MAX, argument.value),
        "SCMP_CMP_LT" => (Test::Less, u64::MAX, argument.value),
        "SCMP_CMP_LE" => (Test::LessOrEqual, u64::MAX, argument.value),
        "SCMP_CMP_GT" => (Test::Greater, u64::MAX, argument.value),
        "SCMP_CMP_GE" => (Test::GreaterOrEqual, u64::MAX, argument.value),
        "SCMP_CMP_MASKED_EQ" => (Test::Equal, argument.value, argument.value_two & argument.value),
        other => return Err(Error::usage(format!("unknown comparison `{other}`"))),
    };
    match argument.index {
        index @ 0..6 => Ok(Condition { argument: index as u8, mask, test, value }),
        index => Err(Error::usage(format!("a system call has no argument {index}; they count from 0 to 5"))),
    }
}
