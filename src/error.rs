//! The one error type of box: plain data, so that it crosses process boundaries whole (init -> monitor -> caller).
//!
//! A message reads from the outermost act to the system's words: ``start container `web`: mount root filesystem: No
//! such device``. Each level adds only what it knows, with [`During::during`]; the place that understands a cause adds
//! what to do about it, with [`During::hint`]. The exit code comes from [`Kind`] alone.

use std::fmt;

use serde::{Deserialize, Serialize};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error, and with it the exit code of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// box could not do what was asked.
    Engine,
    /// A disk has no room left, or a quota is used up.
    Full,
    /// The command line or a value in it is malformed.
    Usage,
    /// A named container, image, volume or the like does not exist.
    Absent,
    /// Somebody else has refused what was asked of them, as a registry does.
    Refused,
    /// The container that a program should run in does not run.
    NotRunning,
    /// The object is used by another one.
    InUse,
    /// The payload's program exists but cannot run (or there is nowhere to run it).
    NotExecutable,
    /// The payload's program does not exist.
    NotFound,
    /// A `--format` template is malformed or names an unknown field.
    Template,
    /// A signal ended the command.
    Interrupted(u8),
}

impl Kind {
    /// The exit code that scripts know from Docker and Podman.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Engine | Kind::Full | Kind::Usage => 125,
            Kind::Absent | Kind::Refused => 1,
            Kind::InUse => 2,
            Kind::NotExecutable | Kind::NotRunning => 126,
            Kind::NotFound => 127,
            Kind::Template => 64,
            Kind::Interrupted(signal) => 128 + signal,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    pub kind: Kind,
    /// Outermost act first, the root cause last; never empty.
    pub chain: Vec<String>,
    /// What the user can do, as whole clauses.
    pub hint: Option<String>,
}

impl Error {
    pub fn new(cause: impl Into<String>) -> Error {
        Error { kind: Kind::Engine, chain: vec![cause.into()], hint: None }
    }

    pub fn usage(cause: impl Into<String>) -> Error {
        Error::new(cause).of_kind(Kind::Usage)
    }

    /// ``no such container `web` ``
    pub fn absent(what: &str, name: impl fmt::Display) -> Error {
        Error::new(format!("no such {what} `{name}`")).of_kind(Kind::Absent)
    }

    /// Nothing, if all went well; else one error that tells of every failure, of the kind of the first.
    pub fn all(outcomes: impl Iterator<Item = Result<()>>) -> Result<()> {
        // Collected first: what failed keeps nobody from being tried.
        let outcomes: Vec<Result<()>> = outcomes.collect();
        let mut failures = outcomes.into_iter().filter_map(Result::err);
        let Some(first) = failures.next() else { return Ok(()) };
        let further: Vec<String> = failures.map(|error| error.to_string()).collect();
        match further.is_empty() {
            true => Err(first),
            false => Err(Error { chain: vec![format!("{first}; {}", further.join("; "))], ..first }),
        }
    }

    pub fn of_kind(mut self, kind: Kind) -> Error {
        self.kind = kind;
        self
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.hint.get_or_insert(hint.into());
        self
    }

    pub fn while_doing(mut self, act: impl Into<String>) -> Error {
        self.chain.insert(0, act.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain.join(": "))
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        // "No such file or directory (os error 2)": the number helps nobody who reads a sentence.
        match error.raw_os_error() {
            Some(errno) => Error::from(nix::errno::Errno::from_raw(errno)),
            None => match error.downcast::<Error>() {
                Ok(inner) => inner,
                Err(error) => Error::new(error.to_string()),
            },
        }
    }
}

impl From<nix::errno::Errno> for Error {
    fn from(errno: nix::errno::Errno) -> Error {
        use nix::errno::Errno;
        let (kind, hint) = match errno {
            Errno::ENOSPC => (Kind::Full, Some("free some space, or put the store elsewhere with --root")),
            Errno::EDQUOT => (Kind::Full, Some("the disk quota is used up; put the store elsewhere with --root")),
            _ => (Kind::Engine, None),
        };
        Error { kind, chain: vec![lower_first(errno.desc())], hint: hint.map(str::to_owned) }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Error {
        Error::from(nix::errno::Errno::from_raw(errno.raw_os_error()))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::new(error.to_string())
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        // Not "I/O error": a first word in capitals stays.
        Some(first) if chars.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// Adds what this level knows to an error on its way up.
pub trait During<T> {
    /// Names the act during which the error occurred: ``|| format!("unpack layer {diff_id}")``.
    fn during<S: Into<String>>(self, act: impl FnOnce() -> S) -> Result<T>;
    /// Says what to do about it, unless a deeper level has said so already.
    fn hint<S: Into<String>>(self, hint: impl FnOnce() -> S) -> Result<T>;
    fn kind(self, kind: Kind) -> Result<T>;
}

impl<T, E: Into<Error>> During<T> for std::result::Result<T, E> {
    fn during<S: Into<String>>(self, act: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| error.into().while_doing(act()))
    }
    fn hint<S: Into<String>>(self, hint: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|error| error.into().with_hint(hint()))
    }
    fn kind(self, kind: Kind) -> Result<T> {
        self.map_err(|error| error.into().of_kind(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_reads_from_outermost_act_to_cause() {
        let error = Err::<(), _>(nix::errno::Errno::ENODEV)
            .during(|| "mount root filesystem")
            .hint(|| "install fuse-overlayfs")
            .during(|| "start container `web`")
            .hint(|| "never said: the deeper hint wins")
            .unwrap_err();
        assert_eq!(error.to_string(), "start container `web`: mount root filesystem: no such device");
        assert_eq!(error.hint.as_deref(), Some("install fuse-overlayfs"));
        assert_eq!(error.kind.exit_code(), 125);
    }

    #[test]
    fn an_error_survives_a_process_boundary() {
        let error = Error::absent("container", "web").with_hint("see `box ps -a`");
        let text = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<Error>(&text).unwrap(), error);
    }

    #[test]
    fn an_error_inside_an_io_error_keeps_its_kind() {
        let inner = Error::absent("image", "x");
        assert_eq!(Error::from(std::io::Error::other(inner.clone())), inner);
    }
}
