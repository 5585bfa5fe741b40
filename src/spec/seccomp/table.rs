//! Reads `default.table`, whose head describes its form.

use crate::oci::runtime::Capabilities;
use crate::sys::seccomp::Action;

use super::rules::{Condition, Rule, Rules, Test};

pub const DEFAULT: &str = include_str!("default.table");

/// What becomes of a call that the table does not name.
pub const UNNAMED: Action = Action::Errno(libc::ENOSYS as u16);

pub fn default_rules(capabilities: &Capabilities) -> Rules<'static> {
    rules(DEFAULT, &capabilities.bounding).expect("the built-in table is well formed")
}

/// `None`: the table is malformed.
fn rules<'a>(table: &'a str, capabilities: &[String]) -> Option<Rules<'a>> {
    let mut rules = Rules::new(UNNAMED);
    let mut paragraph = Paragraph::default();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            None => paragraph = header(line, capabilities)?,
            Some(names) => names.split(' ').for_each(|name| paragraph.add_to(&mut rules, name)),
        }
    }
    Some(rules)
}

/// What the line in column one says.
#[derive(Debug, Default, PartialEq)]
struct Paragraph {
    /// `None`: it does not apply.
    action: Option<Action>,
    /// Alternatives; empty: always.
    alternatives: Vec<Vec<Condition>>,
}

impl Paragraph {
    fn add_to<'a>(&self, rules: &mut Rules<'a>, name: &'a str) {
        let Some(action) = self.action else { return };
        if self.alternatives.is_empty() {
            rules.add(name, Rule { conditions: Vec::new(), action });
        }
        for conditions in &self.alternatives {
            rules.add(name, Rule { conditions: conditions.clone(), action });
        }
    }
}

fn header(line: &str, capabilities: &[String]) -> Option<Paragraph> {
    let held = |name: Option<&str>| Some(capabilities.iter().any(|held| Some(held.as_str()) == name));
    let mut words = line.split(' ');
    let mut paragraph = Paragraph { action: Some(action(words.next()?)?), alternatives: Vec::new() };
    // Whether an `else` has anything to say.
    let mut lacking = false;
    while let Some(word) = words.next() {
        match word {
            "where" => paragraph.alternatives = conditions(&mut words, vec![Vec::new()])?,
            "and" => paragraph.alternatives = conditions(&mut words, paragraph.alternatives)?,
            "with" => lacking = !held(Some(words.next()?))?,
            "without" if held(Some(words.next()?))? => paragraph.action = None,
            "without" => {}
            "else" if lacking => return Some(Paragraph { action: Some(action(words.next()?)?), ..paragraph }),
            "else" => drop(words.next()?),
            _ => return None,
        }
    }
    if lacking {
        paragraph.action = None;
    }
    Some(paragraph)
}

/// `argN = a|b`: each of the sets so far, once with each value.
fn conditions<'a>(words: &mut impl Iterator<Item = &'a str>, sets: Vec<Vec<Condition>>) -> Option<Vec<Vec<Condition>>> {
    let argument = words.next()?.strip_prefix("arg")?.parse().ok()?;
    let values = words.next().filter(|word| *word == "=").and_then(|_| words.next())?;
    let mut product = Vec::new();
    for value in values.split('|') {
        let value = match value.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok()?,
            None => value.parse().ok()?,
        };
        let condition = Condition { argument, mask: u64::from(u32::MAX), test: Test::Equal, value };
        product.extend(sets.iter().map(|set| [set.as_slice(), &[condition]].concat()));
    }
    Some(product)
}

fn action(word: &str) -> Option<Action> {
    let errno = match word {
        "allow" => return Some(Action::Allow),
        "EPERM" => libc::EPERM,
        "EINVAL" => libc::EINVAL,
        "ENOSYS" => libc::ENOSYS,
        "EAFNOSUPPORT" => libc::EAFNOSUPPORT,
        _ => return None,
    };
    Some(Action::Errno(errno as u16))
}
