//! What `commit -c` and `import -c` change of an image's config, in the words of a Containerfile.

use serde_json::Value;

use crate::error::{During, Error, Result};
use crate::oci::image::ProcessConfig;

/// One instruction, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    Cmd(Vec<String>),
    Entrypoint(Vec<String>),
    Env(Vec<(String, String)>),
    /// `80/tcp`
    Expose(Vec<String>),
    Label(Vec<(String, String)>),
    OnBuild(String),
    StopSignal(String),
    User(String),
    Volume(Vec<String>),
    WorkDir(String),
}

/// Reads `KEYWORD words` or, as Podman has it too, `KEYWORD=words`.
pub fn parse(text: &str) -> Result<Instruction> {
    parse_unnamed(text.trim()).during(|| format!("change `{}`", text.escape_debug()))
}

fn parse_unnamed(text: &str) -> Result<Instruction> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (keyword, rest) = text.split_at(end);
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim();
    let keyword = keyword.to_ascii_uppercase();
    if rest.is_empty() {
        return Err(Error::usage(format!("`{keyword}` needs a value")));
    }
    Ok(match keyword.as_str() {
        "CMD" => Instruction::Cmd(command(rest)?),
        "ENTRYPOINT" => Instruction::Entrypoint(command(rest)?),
        "ENV" => Instruction::Env(pairs(rest)?),
        "EXPOSE" => {
            Instruction::Expose(words(rest)?.iter().map(|port| ports(port)).collect::<Result<Vec<_>>>()?.concat())
        }
        "LABEL" => Instruction::Label(pairs(rest)?),
        "ONBUILD" => Instruction::OnBuild(rest.to_owned()),
        "STOPSIGNAL" => {
            crate::process::signal::parse(rest)?;
            Instruction::StopSignal(rest.to_owned())
        }
        "USER" => Instruction::User(one_word(rest)?),
        "VOLUME" => Instruction::Volume(json_array(rest).map_or_else(|| words(rest), Ok)?),
        "WORKDIR" => Instruction::WorkDir(one_word(rest)?),
        _ => {
            return Err(Error::usage(format!("`{keyword}` cannot be changed"))
                .with_hint("CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR can"));
        }
    })
}

impl Instruction {
    pub fn apply(&self, config: &mut ProcessConfig) {
        match self {
            Instruction::Cmd(words) => config.cmd = words.clone(),
            Instruction::Entrypoint(words) => config.entrypoint = words.clone(),
            Instruction::Env(pairs) => {
                pairs.iter().for_each(|(name, value)| set_variable(&mut config.env, name, value))
            }
            Instruction::Expose(ports) => config.exposed_ports.extend(ports.iter().map(|port| (port.clone(), empty()))),
            Instruction::Label(pairs) => config.labels.extend(pairs.iter().cloned()),
            Instruction::OnBuild(text) => config.on_build.get_or_insert_default().push(text.clone()),
            Instruction::StopSignal(signal) => config.stop_signal = signal.clone(),
            Instruction::User(user) => config.user = user.clone(),
            Instruction::Volume(places) => config.volumes.extend(places.iter().map(|place| (place.clone(), empty()))),
            // A relative one goes on from the one before, as in a Containerfile.
            Instruction::WorkDir(dir) if dir.starts_with('/') => config.working_dir = dir.clone(),
            Instruction::WorkDir(dir) => {
                config.working_dir = format!("{}/{dir}", config.working_dir.trim_end_matches('/'));
            }
        }
    }
}

/// In the place of the variable's old value, else at the end.
pub fn set_variable(env: &mut Vec<String>, name: &str, value: &str) {
    let entry = format!("{name}={value}");
    match env.iter_mut().find(|known| known.split('=').next() == Some(name)) {
        Some(known) => *known = entry,
        None => env.push(entry),
    }
}

/// How the image's config says that a port or a volume is there.
pub fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A JSON array is taken as it is, everything else is for the shell.
fn command(text: &str) -> Result<Vec<String>> {
    match json_array(text) {
        Some(words) => Ok(words),
        None => Ok(["/bin/sh", "-c", text].map(str::to_owned).to_vec()),
    }
}

fn json_array(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}

fn one_word(text: &str) -> Result<String> {
    // A directory may have spaces in its name; quotes around it are not part of it.
    let unquoted = words(text)?;
    Ok(if unquoted.len() == 1 { unquoted.concat() } else { text.to_owned() })
}

/// `a=b c="d e"`, or the old form `a b c`, which is one pair.
fn pairs(text: &str) -> Result<Vec<(String, String)>> {
    let words = words(text)?;
    let first = text.split(char::is_whitespace).next().unwrap_or_default();
    if !first.contains('=') {
        let value = text[first.len()..].trim();
        if value.is_empty() {
            return Err(Error::usage(format!("`{}` has no value", first.escape_debug())));
        }
        return Ok(vec![(first.to_owned(), value.to_owned())]);
    }
    let pair = |word: &String| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::usage(format!("`{}` is not NAME=VALUE", word.escape_debug()))),
    };
    words.iter().map(pair).collect()
}

/// Splits at spaces that are neither quoted nor escaped; quotes go, as in a shell.
fn words(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some('"') | None, '\\') => {
                let next = characters.next().ok_or_else(|| Error::usage("it ends with a backslash"))?;
                let word = word.get_or_insert_default();
                // Inside of quotes a backslash is one unless it keeps a quote or itself.
                if quote.is_some() && !matches!(next, '"' | '\\' | '$') {
                    word.push('\\');
                }
                word.push(next);
            }
            (Some(_), other) => word.get_or_insert_default().push(other),
            (None, open @ ('"' | '\'')) => {
                quote = Some(open);
                word.get_or_insert_default();
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    if quote.is_some() {
        return Err(Error::usage("a quote is not closed"));
    }
    words.extend(word);
    Ok(words)
}

/// `80`, `80/udp`, `8000-8010` as single ports.
fn ports(text: &str) -> Result<Vec<String>> {
    let malformed = || Error::usage(format!("`{}` is not PORT[-PORT][/PROTOCOL]", text.escape_debug()));
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(malformed);
    let (first, last) = (number(first)?, number(last)?);
    if first > last || !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(malformed());
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn instructions_are_understood_in_both_forms() {
        for (text, expected) in [
            ("CMD [\"a\", \"b c\"]", Instruction::Cmd(strings(&["a", "b c"]))),
            ("cmd echo hi", Instruction::Cmd(strings(&["/bin/sh", "-c", "echo hi"]))),
            ("CMD=/bin/bash", Instruction::Cmd(strings(&["/bin/sh", "-c", "/bin/bash"]))),
            ("ENTRYPOINT [\"/e\"]", Instruction::Entrypoint(strings(&["/e"]))),
            ("ENV a=b c=\"d e\" f=g\\ h", Instruction::Env(owned(&[("a", "b"), ("c", "d e"), ("f", "g h")]))),
            ("ENV a  b c", Instruction::Env(owned(&[("a", "b c")]))),
            ("ENV=a=b", Instruction::Env(owned(&[("a", "b")]))),
            ("LABEL x='y z' e=", Instruction::Label(owned(&[("x", "y z"), ("e", "")]))),
            ("EXPOSE 80 53/UDP 90-91", Instruction::Expose(strings(&["80/tcp", "53/udp", "90/tcp", "91/tcp"]))),
            ("VOLUME /a /b", Instruction::Volume(strings(&["/a", "/b"]))),
            ("VOLUME [\"/a b\"]", Instruction::Volume(strings(&["/a b"]))),
            ("STOPSIGNAL SIGINT", Instruction::StopSignal("SIGINT".to_owned())),
            ("USER joe", Instruction::User("joe".to_owned())),
            ("WORKDIR /a b", Instruction::WorkDir("/a b".to_owned())),
            ("ONBUILD RUN x y", Instruction::OnBuild("RUN x y".to_owned())),
        ] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        for wrong in ["RUN x", "CMD", "", "ENV a", "EXPOSE 0", "EXPOSE 2-1", "EXPOSE x", "STOPSIGNAL X", "ENV a=\"b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_change_takes_the_place_of_what_was_there() {
        let mut config =
            ProcessConfig { env: strings(&["A=1", "B=2"]), working_dir: "/w".into(), ..Default::default() };
        for text in ["ENV A=3 C=4", "WORKDIR sub", "EXPOSE 80", "LABEL l=1", "ONBUILD RUN x"] {
            parse(text).unwrap().apply(&mut config);
        }
        assert_eq!(config.env, ["A=3", "B=2", "C=4"]);
        assert_eq!(config.working_dir, "/w/sub");
        assert_eq!(config.exposed_ports.keys().collect::<Vec<_>>(), ["80/tcp"]);
        assert_eq!(config.on_build.unwrap(), ["RUN x"]);
    }
}
