//! `--filter key=value` of the listing commands: the same key again means or, different keys mean and.

use std::collections::BTreeMap;

use regex::Regex;

use crate::error::{Error, Result};

/// What was asked for, in the order it was asked.
#[derive(Debug, Default)]
pub struct Filters(Vec<(String, String)>);

impl Filters {
    /// Reads the arguments of `--filter`; `known` are the keys that the command understands.
    pub fn parse(arguments: &[String], known: &[&str]) -> Result<Filters> {
        let mut filters = Vec::new();
        for argument in arguments {
            // Docker also knows `label!=x`: the `!` belongs to the key.
            let (key, value) = argument
                .split_once('=')
                .ok_or_else(|| Error::usage(format!("filter `{argument}` is not of the form key=value")))?;
            let key = key.trim().to_lowercase();
            if !known.contains(&key.trim_end_matches('!')) {
                return Err(Error::usage(format!("unknown filter `{key}`"))
                    .with_hint(format!("filters here: {}", known.join(", "))));
            }
            filters.push((key, value.trim().to_owned()));
        }
        Ok(Filters(filters))
    }

    pub fn has(&self, key: &str) -> bool {
        self.asked(key).next().is_some()
    }

    /// Whether any value of `key` is right, or none was asked for; and no value of `key!` is.
    pub fn any(&self, key: &str, mut is_right: impl FnMut(&str) -> bool) -> bool {
        (!self.has(key) || self.asked(key).any(&mut is_right)) && !self.asked(&negated(key)).any(is_right)
    }

    /// Whether every `label` is there, as `name` or `name=value`, and every `label!` is not.
    pub fn labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.asked("label").all(|wanted| has_label(labels, wanted))
            && !self.asked("label!").any(|unwanted| has_label(labels, unwanted))
    }

    /// The last truth value of `key`.
    pub fn switch(&self, key: &str) -> Result<Option<bool>> {
        self.values(key)?.last().map(|value| truth(key, value)).transpose()
    }

    /// What was asked for of a key that has no opposite: an error where it is negated.
    pub fn values<'f>(&'f self, key: &'f str) -> Result<impl Iterator<Item = &'f str> + 'f> {
        if self.has(&negated(key)) {
            return Err(Error::usage(format!("filter `{key}` cannot be negated")));
        }
        Ok(self.asked(key))
    }

    /// The values of a key as regular expressions, of which one shall match a part of a name.
    pub fn patterns(&self, key: &str) -> Result<Patterns> {
        let pattern = |text| Regex::new(text).map_err(|error| Error::usage(format!("filter `{key}={text}`: {error}")));
        Ok(Patterns(self.values(key)?.map(pattern).collect::<Result<_>>()?))
    }

    pub fn asked<'f>(&'f self, key: &'f str) -> impl Iterator<Item = &'f str> + 'f {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// None of them takes everything.
#[derive(Debug)]
pub struct Patterns(Vec<Regex>);

impl Patterns {
    pub fn take(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.is_match(name))
    }
}

/// The help of `--filter`: which keys there are, so that it cannot be about others.
pub fn help(subjects: &str, keys: &[&str]) -> String {
    let mut keys: Vec<&str> = keys.to_vec();
    if keys.contains(&"label") {
        keys.push("label!");
    }
    keys.sort_unstable();
    format!("Only {subjects} for which this is so: {}", keys.join(", "))
}

fn negated(key: &str) -> String {
    format!("{key}!")
}

fn truth(key: &str, value: &str) -> Result<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(Error::usage(format!("filter `{key}={value}` is neither true nor false"))),
    }
}

fn has_label(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((name, value)) => labels.get(name).is_some_and(|found| found == value),
        None => labels.contains_key(wanted),
    }
}

/// Whether a shell pattern (`*`, `?`, `[a-z]`, `\`) is the whole of `text`; `*` does not cross a `/`.
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Only the last `*` is ever tried again, so that hostile patterns cost the product of both lengths at most.
    let (mut at, mut in_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let advanced = match (pattern.get(at), text.get(in_text)) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((at, in_text));
                at += 1;
                true
            }
            (Some(_), Some(&character)) => match one(&pattern[at..], character) {
                Some(length) => {
                    at += length;
                    in_text += 1;
                    true
                }
                None => false,
            },
            _ => false,
        };
        if advanced {
            continue;
        }
        match retry {
            Some((star, start)) if text.get(start).is_some_and(|&character| character != '/') => {
                retry = Some((star, start + 1));
                (at, in_text) = (star + 1, start + 1);
            }
            _ => return false,
        }
    }
}

/// Whether the first element of the pattern (not a `*`) is `character`, and how long it is.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        ['?', ..] => (character != '/').then_some(1),
        ['\\', literal, ..] => (*literal == character).then_some(2),
        ['[', set @ ..] => {
            let (negated, set) = match set {
                ['^' | '!', set @ ..] => (true, set),
                _ => (false, set),
            };
            let end = set.iter().skip(1).position(|&element| element == ']')? + 1;
            let mut found = false;
            let mut rest = &set[..end];
            while let [first, after @ ..] = rest {
                (found, rest) = match after {
                    ['-', last, after @ ..] => (found || (*first..=*last).contains(&character), after),
                    _ => (found || *first == character, after),
                };
            }
            (found != negated && character != '/').then_some(end + 2 + usize::from(negated))
        }
        [literal, ..] => (*literal == character).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Filters> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Filters::parse(&arguments, &["name", "label", "dangling"])
    }

    #[test]
    fn the_same_key_again_means_or() {
        let filters = parse(&["name=a", "name=b"]).unwrap();
        assert!(filters.any("name", |value| value == "b"));
        assert!(!filters.any("name", |value| value == "c"));
        assert!(filters.any("absent", |_| false));
        let filters = parse(&["name!=a"]).unwrap();
        assert!(filters.any("name", |value| value == "b") && !filters.any("name", |value| value == "a"));
    }

    #[test]
    fn what_has_no_opposite_is_not_negated() {
        assert!(parse(&["dangling!=true"]).unwrap().switch("dangling").is_err());
        assert!(parse(&["name=a", "name!=b"]).unwrap().values("name").is_err());
        assert_eq!(parse(&["name=a", "name=b"]).unwrap().values("name").unwrap().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn patterns_match_parts_of_names() {
        let filters = parse(&["name=^a", "name=c$"]).unwrap();
        let names = filters.patterns("name").unwrap();
        assert_eq!(["ab", "bc", "b"].map(|name| names.take(name)), [true, true, false]);
        assert!(parse(&[]).unwrap().patterns("name").unwrap().take("b"));
        let said = parse(&["name=("]).unwrap().patterns("name").unwrap_err().to_string();
        assert!(said.starts_with("filter `name=(`: "), "{said}");
        assert_eq!(help("things", &["name", "label"]), "Only things for which this is so: label, label!, name");
    }

    #[test]
    fn labels_are_wanted_all_together() {
        let labels = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]);
        for (arguments, right) in [
            (&["label=a"][..], true),
            (&["label=a=1", "label=b"], true),
            (&["label=a=2"], false),
            (&["label=a", "label=c"], false),
            (&["label!=c"], true),
            (&["label!=a=1"], false),
        ] {
            assert_eq!(parse(arguments).unwrap().labels(&labels), right, "{arguments:?}");
        }
    }

    #[test]
    fn a_filter_that_is_not_understood_is_refused() {
        assert_eq!(parse(&["foo=1"]).unwrap_err().to_string(), "unknown filter `foo`");
        assert!(parse(&["name"]).is_err());
        assert!(parse(&["dangling=maybe"]).unwrap().switch("dangling").is_err());
        assert_eq!(parse(&["dangling=true"]).unwrap().switch("dangling").unwrap(), Some(true));
    }

    #[test]
    fn patterns_are_those_of_a_shell() {
        for (pattern, text, right) in [
            ("ubuntu", "ubuntu", true),
            ("ubuntu", "ubuntu2", false),
            ("ub*", "ubuntu", true),
            ("*tu", "ubuntu", true),
            ("*b*t*", "ubuntu", true),
            ("*", "a/b", false),
            ("*/*", "a/b", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[a", "a", false),
            (r"\*", "*", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), right, "{pattern} {text}");
        }
        assert!(!matches_pattern(&"*a".repeat(1000), &"a".repeat(999)));
    }
}
