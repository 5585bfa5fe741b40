//! Command lines that will be run elsewhere, as by a service: by the long names of their options, and relative paths in
//! them become absolute ones.
//!
//! Only what the options themselves read from the working directory; what a program is told is its own affair.

use std::path::{Path, PathBuf};

use crate::cli::whole_tree;
use crate::error::{Error, Result};

/// Options, of `run` and `pod create`, whose value is a path.
const PATHS: [&str; 11] = [
    "--env-file",
    "--label-file",
    "--authfile",
    "--cert-dir",
    "--cidfile",
    "--pidfile",
    "--conmon-pidfile",
    "--infra-conmon-pidfile",
    "--pod-id-file",
    "--status-file",
    "--hosts-file",
];
/// Where images lie in files, named as containers-transports(5) does.
const TRANSPORTS: [&str; 4] = ["docker-archive", "oci-archive", "oci", "dir"];

/// Options by their long names, with their values.
pub type Options = Vec<(String, Option<String>)>;

/// The words after a command.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandLine {
    pub options: Options,
    /// What follows the options: of `run`, image and command.
    pub rest: Vec<String>,
}

impl CommandLine {
    /// Reads what was typed after `command` in the directory `base`; `None`: nobody knows where that was, and a path
    /// that begins there is an error.
    pub fn read(command: &[&str], words: &[String], base: Option<&Path>) -> Result<CommandLine> {
        let (mut options, mut rest) = options_of(command, words);
        Base(base).apply(&mut options, &mut rest)?;
        Ok(CommandLine { options, rest })
    }
}

/// The words after the command by which something was made, the first of `commands` that stands there.
pub fn made_by(words: &[String], name: &str, commands: &[&[&str]]) -> Result<Vec<String>> {
    let after = |command: &&[&str]| {
        let place = words.windows(command.len()).position(|words| words == *command)?;
        Some(words[place + command.len()..].to_vec())
    };
    // The first that stands there: what follows is the container's own.
    let found = commands.iter().filter_map(after).max_by_key(Vec::len);
    found.ok_or_else(|| Error::usage(format!("`{name}` was made in another way than by `{}`", commands[0].join(" "))))
}

/// The options in the words after this command, and what follows them: of `run`, image and command.
fn options_of(command: &[&str], words: &[String]) -> (Options, Vec<String>) {
    let tree = whole_tree();
    let below = |tree, word: &&str| clap::Command::find_subcommand(tree, word).expect("there is such a command");
    let run = command.iter().fold(&tree, below);
    let takes_value = |arg: &clap::Arg| arg.get_action().takes_values() && !arg.is_require_equals_set();
    let mut options = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next_if(|word| word.starts_with('-') && word.len() > 1 && *word != "--") {
        if let Some(named) = word.strip_prefix("--") {
            let (name, value) = named.split_once('=').map_or((named, None), |(name, value)| (name, Some(value)));
            let is_it = |arg: &&clap::Arg| {
                arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
            };
            let arg = run.get_arguments().find(is_it);
            let name = arg.and_then(clap::Arg::get_long).unwrap_or(name);
            let value = match value {
                None if arg.is_some_and(takes_value) => words.next().map(String::as_str),
                value => value,
            };
            options.push((format!("--{name}"), value.map(str::to_owned)));
            continue;
        }
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            let arg = run.get_arguments().find(|arg| arg.get_short() == Some(letter));
            let name = arg.and_then(clap::Arg::get_long).unwrap_or_default();
            let value = arg.is_some_and(takes_value).then(|| {
                let joined: String = letters.by_ref().collect();
                let joined = joined.strip_prefix('=').unwrap_or(&joined).to_owned();
                if joined.is_empty() { words.next().cloned().unwrap_or_default() } else { joined }
            });
            options.push((format!("--{name}"), value));
        }
    }
    // The first one separates, and any other belongs to the program.
    words.next_if(|word| *word == "--");
    (options, words.cloned().collect())
}

/// The directory in which a command line was typed; `None`: nobody knows it.
#[derive(Clone, Copy, Debug)]
struct Base<'d>(Option<&'d Path>);

impl Base<'_> {
    /// Makes the paths absolute in the options of a command, and in the image or directory that follows them.
    fn apply(self, options: &mut [(String, Option<String>)], rest: &mut [String]) -> Result<()> {
        let mut is_directory = false;
        for (option, value) in options {
            is_directory |= option == "--rootfs" && value.as_deref() != Some("false");
            if let Some(value) = value {
                *value = self.value(option, value)?;
            }
        }
        if let Some(image) = rest.first_mut() {
            *image = if is_directory { self.path(image)? } else { self.image(image)? };
        }
        Ok(())
    }

    fn value(self, option: &str, value: &str) -> Result<String> {
        match option {
            "--hosts-file" if value == "none" => Ok(value.to_owned()),
            "--env-file" if value.starts_with('-') => Ok(format!("-{}", self.path(&value[1..])?)),
            option if PATHS.contains(&option) => self.path(value),
            "--volume" => self.volume(value),
            "--mount" => self.mount(value),
            "--security-opt" => self.of_pair(value, '=', |key, file| key == "seccomp" && file != "unconfined"),
            "--log-opt" => self.of_pair(value, '=', |key, _| key == "path"),
            "--runtime" if value.contains('/') => self.path(value),
            _ => Ok(value.to_owned()),
        }
    }

    fn path(self, path: &str) -> Result<String> {
        if path.is_empty() || path.starts_with('/') {
            return Ok(path.to_owned());
        }
        let base = self.0.ok_or_else(|| {
            Error::usage(format!("`{}` is a relative path, and nobody knows where it begins", path.escape_debug()))
                .with_hint("make the container anew, by absolute paths or by this box")
        })?;
        let path: PathBuf = base.join(path).components().collect();
        path.into_os_string().into_string().map_err(|_| Error::usage("the directory's name is not UTF-8"))
    }

    fn image(self, image: &str) -> Result<String> {
        self.of_pair(image, ':', |transport, _| TRANSPORTS.contains(&transport))
    }

    /// What follows the first `separator`, where that is a path.
    fn of_pair(self, text: &str, separator: char, is_path: impl Fn(&str, &str) -> bool) -> Result<String> {
        match text.split_once(separator) {
            Some((key, path)) if is_path(key, path) => Ok(format!("{key}{separator}{}", self.path(path)?)),
            _ => Ok(text.to_owned()),
        }
    }

    /// `[SOURCE:]DESTINATION[:OPTIONS]`
    fn volume(self, text: &str) -> Result<String> {
        let mut parts: Vec<String> = text.split(':').map(str::to_owned).collect();
        if let [source, _, ..] = &mut parts[..]
            && source.starts_with('.')
        {
            *source = self.path(source)?;
        }
        if let [_, _, options] = &mut parts[..] {
            let absolute = |option| self.of_pair(option, '=', |key, _| matches!(key, "upperdir" | "workdir"));
            *options = options.split(',').map(absolute).collect::<Result<Vec<_>>>()?.join(",");
        }
        Ok(parts.join(":"))
    }

    fn mount(self, text: &str) -> Result<String> {
        let is_bind = text.split(',').any(|pair| pair == "type=bind");
        let is_path = |key: &str, _: &str| match key {
            "src" | "source" => is_bind,
            key => matches!(key, "upperdir" | "workdir"),
        };
        let pairs = text.split(',').map(|pair| self.of_pair(pair, '=', is_path));
        Ok(pairs.collect::<Result<Vec<_>>>()?.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(option: &str, value: &str, base: Option<&str>) -> Result<String> {
        let mut options = [(option.to_owned(), Some(value.to_owned()))];
        Base(base.map(Path::new)).apply(&mut options, &mut [])?;
        let [(_, value)] = options;
        Ok(value.expect("it had one"))
    }

    #[test]
    fn only_the_first_separator_is_not_the_programs() {
        let words = ["-it", "-eA=1", "--", "image", "sh", "-c", "--", "--name", "y"].map(str::to_owned);
        let line = CommandLine::read(&["run"], &words, None).unwrap();
        let options = [("--interactive", None), ("--tty", None), ("--env", Some("A=1"))];
        assert_eq!(line.options, options.map(|(name, value)| (name.to_owned(), value.map(str::to_owned))));
        assert_eq!(line.rest, ["image", "sh", "-c", "--", "--name", "y"]);
    }

    #[test]
    fn paths_are_those_of_the_directory_where_they_were_typed() {
        for (option, typed, means) in [
            ("--volume", "./a:/b:ro", "/w/a:/b:ro"),
            ("--volume", "../a:/b", "/w/../a:/b"),
            ("--volume", "data:/b", "data:/b"),
            ("--volume", "/a:/b:O,upperdir=u,workdir=/x", "/a:/b:O,upperdir=/w/u,workdir=/x"),
            ("--volume", "/b", "/b"),
            ("--mount", "type=bind,src=a,dst=/b", "type=bind,src=/w/a,dst=/b"),
            ("--mount", "type=volume,src=a,dst=/b", "type=volume,src=a,dst=/b"),
            ("--env-file", "e", "/w/e"),
            ("--env-file", "/e", "/e"),
            ("--env-file", "-e", "-/w/e"),
            ("--hosts-file", "none", "none"),
            ("--security-opt", "seccomp=p.json", "seccomp=/w/p.json"),
            ("--security-opt", "seccomp=unconfined", "seccomp=unconfined"),
            ("--log-opt", "path=l", "path=/w/l"),
            ("--log-opt", "tag=l", "tag=l"),
            ("--runtime", "./crun", "/w/crun"),
            ("--runtime", "crun", "crun"),
            ("--env", "A=./b", "A=./b"),
        ] {
            assert_eq!(value(option, typed, Some("/w")).unwrap(), means, "{option} {typed}");
        }
    }

    #[test]
    fn images_may_lie_in_files_and_directories() {
        for (option, typed, means) in [
            ("--init", "docker-archive:a.tar:x/y:1", "docker-archive:/w/a.tar:x/y:1"),
            ("--init", "localhost/a:1", "localhost/a:1"),
            ("--rootfs", "tree", "/w/tree"),
        ] {
            let mut rest = [typed, "./program"].map(str::to_owned);
            Base(Some(Path::new("/w"))).apply(&mut [(option.to_owned(), None)], &mut rest).unwrap();
            assert_eq!(rest, [means, "./program"]);
        }
    }

    #[test]
    fn a_relative_path_from_nowhere_is_refused() {
        assert!(value("--volume", "./a:/b", None).unwrap_err().to_string().contains("`./a` is a relative path"));
        assert_eq!(value("--volume", "/a:/b", None).unwrap(), "/a:/b");
    }
}
