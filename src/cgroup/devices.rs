//! Which devices the processes of a group may open: files of v1, a program of v2 (cgroup-v2.rst, device controller).

use std::fs;
use std::os::fd::AsFd;
use std::path::Path;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::Version;
use crate::error::{During, Error, Result};
use crate::host::account::is_in_first_user_namespace;
use crate::oci::runtime::DeviceRule;
use crate::sys::bpf::{Instruction, attach_device_program};

/// In order; the last that fits decides. Empty: every device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeviceRules(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    allow: bool,
    /// `None`: of both kinds.
    kind: Option<char>,
    major: Option<u32>,
    minor: Option<u32>,
    /// Some of `rwm`.
    access: String,
}

/// What every container may open, whatever the rules say, as with all runtimes: the nodes that it always has, those of
/// its terminals, and making nodes that it may not open.
const ALWAYS: [(char, Option<u32>, Option<u32>, &str); 12] = [
    ('c', None, None, "m"),
    ('b', None, None, "m"),
    ('c', Some(1), Some(3), "rwm"),
    ('c', Some(1), Some(5), "rwm"),
    ('c', Some(1), Some(7), "rwm"),
    ('c', Some(1), Some(8), "rwm"),
    ('c', Some(1), Some(9), "rwm"),
    ('c', Some(5), Some(0), "rwm"),
    ('c', Some(5), Some(1), "rwm"),
    ('c', Some(5), Some(2), "rwm"),
    ('c', Some(136), None, "rwm"),
    ('c', Some(10), Some(200), "rwm"),
];

impl DeviceRules {
    pub fn of(rules: &[DeviceRule]) -> Result<DeviceRules> {
        if rules.is_empty() {
            return Ok(DeviceRules::default());
        }
        let always = ALWAYS.iter().map(|&(kind, major, minor, access)| Rule {
            allow: true,
            kind: Some(kind),
            major,
            minor,
            access: access.to_owned(),
        });
        Ok(DeviceRules(rules.iter().map(rule).chain(always.map(Ok)).collect::<Result<_>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn apply(&self, group: &Path, version: Version) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        match version {
            Version::V1 => self.0.iter().try_for_each(|rule| rule.write(group)),
            Version::V2 => {
                let directory = fs::File::open(group).during(|| format!("open {}", group.display()))?;
                match attach_device_program(directory.as_fd(), &program(&self.0)) {
                    // Below the machine's root nobody can open more than the user can.
                    Err(Errno::EPERM) if !is_in_first_user_namespace() => Ok(()),
                    attached => attached.during(|| format!("limit the devices of {}", group.display())),
                }
            }
        }
    }
}

fn rule(rule: &DeviceRule) -> Result<Rule> {
    let kind = match rule.kind.as_str() {
        "" | "a" => None,
        "c" | "b" => rule.kind.chars().next(),
        other => return Err(Error::usage(format!("there is no kind of device `{}`", other.escape_debug()))),
    };
    let number = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    if !rule.access.chars().all(|letter| "rwm".contains(letter)) {
        return Err(Error::usage(format!("`{}` is no access to devices: some of rwm", rule.access.escape_debug())));
    }
    let access = if rule.access.is_empty() { "rwm".to_owned() } else { rule.access.clone() };
    Ok(Rule { allow: rule.allow, kind, major: number(rule.major), minor: number(rule.minor), access })
}

impl Rule {
    fn is_for_all(&self) -> bool {
        self.kind.is_none() && self.major.is_none() && self.minor.is_none() && self.access.len() == 3
    }

    /// In the words of v1: `c 1:3 rwm`, or `a` for everything.
    fn write(&self, group: &Path) -> Result<()> {
        let file = group.join(if self.allow { "devices.allow" } else { "devices.deny" });
        let number = |number: Option<u32>| number.map_or("*".to_owned(), |number| number.to_string());
        let kinds = match self.kind {
            _ if self.is_for_all() => vec!["a".to_owned()],
            Some(kind) => vec![kind.to_string()],
            None => vec!["c".to_owned(), "b".to_owned()],
        };
        kinds.into_iter().try_for_each(|kind| {
            let line = match kind.as_str() {
                "a" => kind,
                _ => format!("{kind} {}:{} {}", number(self.major), number(self.minor), self.access),
            };
            fs::write(&file, &line).during(|| format!("write `{line}` to {}", file.display()))
        })
    }
}

/// The program looks at the rules from the last to the first; the first of them that fits decides, and with none access
/// is denied. What it reads is `struct bpf_cgroup_dev_ctx`: the kind of device with the access above it, then major and
/// minor number, 32 bits each.
fn program(rules: &[Rule]) -> Vec<Instruction> {
    const CONTEXT: u8 = 1;
    const KIND: u8 = 2;
    const ACCESS: u8 = 3;
    const MAJOR: u8 = 4;
    const MINOR: u8 = 5;
    const SCRATCH: u8 = 6;
    let load =
        |target: u8, offset| Instruction { code: 0x61, registers: target | (CONTEXT << 4), offset, immediate: 0 };
    let with = |code: u8, target: u8, immediate| Instruction { code, registers: target, offset: 0, immediate };
    let copy =
        |target: u8, source: u8| Instruction { code: 0xbc, registers: target | (source << 4), offset: 0, immediate: 0 };
    let and = |target, mask| with(0x54, target, mask);
    let mut program = vec![load(KIND, 0), copy(ACCESS, KIND), with(0x74, ACCESS, 16), and(KIND, 0xffff)];
    program.extend([load(MAJOR, 4), load(MINOR, 8)]);
    for rule in rules.iter().rev() {
        let mut part = Vec::new();
        // 32 bit comparisons, so that no number is taken for a negative one.
        let skip_unless_equal = |target, immediate| with(0x56, target, immediate);
        if let Some(kind) = rule.kind {
            part.push(skip_unless_equal(KIND, if kind == 'b' { 1 } else { 2 }));
        }
        let bit = |letter, bit| if rule.access.contains(letter) { bit } else { 0 };
        let access = bit('m', 1) | bit('r', 2) | bit('w', 4);
        if access != 7 {
            part.extend([copy(SCRATCH, ACCESS), and(SCRATCH, !access & 7), skip_unless_equal(SCRATCH, 0)]);
        }
        for (register, number) in [(MAJOR, rule.major), (MINOR, rule.minor)] {
            part.extend(number.map(|number| skip_unless_equal(register, number as i32)));
        }
        part.extend([with(0xb4, 0, i32::from(rule.allow)), with(0x95, 0, 0)]);
        let length = part.len();
        for (place, instruction) in part.iter_mut().enumerate().filter(|(_, instruction)| instruction.code == 0x56) {
            instruction.offset = (length - place - 1) as i16;
        }
        let always = length == 2;
        program.extend(part);
        if always {
            return program; // What comes after it is never reached, and the kernel takes no such code.
        }
    }
    program.extend([with(0xb4, 0, 0), with(0x95, 0, 0)]);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_in_the_words_of_v1() {
        let group = tempfile::tempdir().unwrap();
        let deny_all = DeviceRule { access: "rwm".into(), ..DeviceRule::default() };
        let rule = rule(&deny_all).unwrap();
        rule.write(group.path()).unwrap();
        assert_eq!(fs::read_to_string(group.path().join("devices.deny")).unwrap(), "a");
        let one = Rule { allow: true, kind: Some('c'), major: Some(10), minor: None, access: "r".into() };
        one.write(group.path()).unwrap();
        assert_eq!(fs::read_to_string(group.path().join("devices.allow")).unwrap(), "c 10:* r");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        assert!(rule(&DeviceRule { kind: "x".into(), ..DeviceRule::default() }).is_err());
        assert!(rule(&DeviceRule { access: "rx".into(), ..DeviceRule::default() }).is_err());
    }

    #[test]
    fn nothing_comes_after_a_rule_that_always_fits() {
        let all = |allow| Rule { allow, kind: None, major: None, minor: None, access: "rwm".into() };
        let one = Rule { allow: true, kind: Some('c'), major: Some(1), minor: Some(3), access: "rw".into() };
        assert_eq!(program(&[all(true), all(false)]).len(), 6 + 2);
        let jumps: Vec<i16> = program(&[all(false), one]).iter().filter(|i| i.code == 0x56).map(|i| i.offset).collect();
        assert_eq!(jumps, [7, 4, 3, 2]);
    }
}
