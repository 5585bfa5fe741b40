//! The process of a spec: command, environment, working directory, limits.

use crate::error::{Error, Result};
use crate::init::DEFAULT_PATH;
use crate::oci::image::ProcessConfig;
use crate::oci::runtime::Rlimit;
use crate::settings::{Settings, SystemdMode, Ulimit};

use super::Surroundings;

/// As many open files as any server asks for; a larger table makes programs that close all descriptors slow.
const OPEN_FILES: u64 = 1_048_576;

/// Entrypoint and command. Naming an entrypoint drops the image's command with it, as in Docker.
pub fn arguments(settings: &Settings, image: &ProcessConfig) -> Result<Vec<String>> {
    let (entrypoint, command) = match &settings.entrypoint {
        Some(entrypoint) => (entrypoint, &settings.command),
        None if settings.command.is_empty() => (&image.entrypoint, &image.cmd),
        None => (&image.entrypoint, &settings.command),
    };
    let arguments = [&entrypoint[..], &command[..]].concat();
    if arguments.is_empty() {
        return Err(Error::new("no command was given, and the image has none"));
    }
    Ok(arguments)
}

/// Whether process 1 is systemd, or is said to be.
pub fn is_systemd(settings: &Settings, image: &ProcessConfig) -> bool {
    const NAMES: [&str; 5] =
        ["systemd", "/usr/sbin/init", "/sbin/init", "/usr/local/sbin/init", "/lib/systemd/systemd"];
    let program = arguments(settings, image).unwrap_or_default().into_iter().next().unwrap_or_default();
    match settings.systemd {
        SystemdMode::Always => true,
        SystemdMode::Never => false,
        SystemdMode::Detected => NAMES.contains(&program.as_str()) || program.ends_with("/systemd"),
    }
}

/// Defaults, then the image's, then the caller's; a later value of a name takes the place of an earlier one.
pub fn environment(settings: &Settings, image: &ProcessConfig, hostname: &str) -> Vec<String> {
    let mut result: Vec<(String, String)> = Vec::new();
    set(&mut result, "PATH", DEFAULT_PATH);
    if settings.terminal {
        set(&mut result, "TERM", "xterm");
    }
    set(&mut result, "container", "oci");
    set(&mut result, "HOSTNAME", hostname);
    // An entry without `=` would take the caller's variable of that name (CVE-2026-57231): images have no say in that.
    for (name, value) in image.env.iter().filter_map(|entry| entry.split_once('=')).filter(|(name, _)| !name.is_empty())
    {
        set(&mut result, name, value);
    }
    result.retain(|(name, _)| !settings.unset_env_all && !settings.unset_env.contains(name));
    for (name, value) in &settings.env {
        set(&mut result, name, value);
    }
    for (name, template) in &settings.env_merge {
        let value =
            expand(template, |name| result.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()));
        set(&mut result, name, &value);
    }
    result.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn set(variables: &mut Vec<(String, String)>, name: &str, value: &str) {
    match variables.iter_mut().find(|(known, _)| known == name) {
        Some(entry) => entry.1 = value.to_owned(),
        None => variables.push((name.to_owned(), value.to_owned())),
    }
}

/// Replaces `$NAME` and `${NAME}` by their values, and those that have none by nothing.
pub fn expand(template: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = match braced {
            Some(parts) => parts,
            None => rest.split_at(rest.find(|c| !is_letter(c)).unwrap_or(rest.len())),
        };
        match name.is_empty() {
            true => text.push('$'),
            false => text.push_str(&value_of(name).unwrap_or_default()),
        }
        rest = after;
    }
    text + rest
}

/// Limits asked for, and for the rest those of the caller, never above them.
pub fn limits(asked: &[Ulimit], surroundings: &Surroundings) -> Vec<Rlimit> {
    let limit = |name: &str, soft, hard| Rlimit { kind: format!("RLIMIT_{}", name.to_ascii_uppercase()), soft, hard };
    let mut limits: Vec<Rlimit> = asked.iter().map(|ulimit| limit(&ulimit.name, ulimit.soft, ulimit.hard)).collect();
    let open_files = surroundings.open_files_hard.min(OPEN_FILES);
    let defaults =
        [("nofile", open_files, open_files), ("nproc", surroundings.processes_hard, surroundings.processes_hard)];
    for (name, soft, hard) in defaults {
        if !asked.iter().any(|ulimit| ulimit.name == name) {
            limits.push(limit(name, soft, hard));
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn entrypoint_and_command_combine_as_in_docker() {
        let image = ProcessConfig { entrypoint: strings(&["/e"]), cmd: strings(&["c"]), ..ProcessConfig::default() };
        let check = |entrypoint: Option<&[&str]>, command: &[&str], expected: &[&str]| {
            let settings =
                Settings { entrypoint: entrypoint.map(strings), command: strings(command), ..Settings::default() };
            assert_eq!(arguments(&settings, &image).unwrap_or_default(), expected);
        };
        check(None, &[], &["/e", "c"]);
        check(None, &["x"], &["/e", "x"]);
        check(Some(&["/y"]), &[], &["/y"]);
        check(Some(&["/y"]), &["x"], &["/y", "x"]);
        check(Some(&[]), &["x"], &["x"]);
        check(Some(&[]), &[], &[]);
    }

    #[test]
    fn variables_are_merged_with_what_the_image_sets_or_taken_away() {
        let image = ProcessConfig { env: strings(&["A=1", "B=2"]), ..ProcessConfig::default() };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let settings = Settings {
            env: vec![pair("C", "3")],
            env_merge: vec![pair("A", "${A}-x$C"), pair("N", "<$NONE>$")],
            unset_env: strings(&["B", "container"]),
            ..Settings::default()
        };
        let env = environment(&settings, &image, "h");
        assert_eq!(env[1..], ["HOSTNAME=h", "A=1-x3", "C=3", "N=<>$"]);
        let settings = Settings { env: vec![pair("C", "3")], unset_env_all: true, ..Settings::default() };
        assert_eq!(environment(&settings, &image, "h"), ["C=3"]);
        assert_eq!(expand("a${b", |_| None), "a${b");
    }

    #[test]
    fn an_image_cannot_take_a_variable_of_the_caller() {
        let image =
            ProcessConfig { env: strings(&["A=1", "AWS_SECRET", "*", "=x", "B=2=3"]), ..ProcessConfig::default() };
        let settings = Settings { env: vec![("A".into(), "9".into())], ..Settings::default() };
        let env = environment(&settings, &image, "h");
        assert_eq!(env, [&format!("PATH={DEFAULT_PATH}")[..], "container=oci", "HOSTNAME=h", "A=9", "B=2=3"]);
    }
}
