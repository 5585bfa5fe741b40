//! Events: what has happened to containers, images, volumes, secrets and the store, told by whoever did it.
//!
//! ```text
//! ROOT/events/log, log.1         a JSON object a line, oldest first; a new file begins at 1 MiB
//! ```
//!
//! An event costs its teller a few microseconds: one line is appended, under a shared lock that only a rotation takes
//! from it. It is not synced, and one that cannot be written is lost: nothing fails because of it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::disk::rotated::{Reader, Rotated};
use crate::disk::watch::Watch;
use crate::error::{During, Result};

const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_FILES: u32 = 2;

/// A set of words, the same in the log as where they are shown.
macro_rules! words {
    ($($(#[$about:meta])* pub enum $name:ident { $($value:ident = $word:literal,)+ })+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $(#[serde(rename = $word)] $value,)+
        }

        impl $name {
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }
    )+};
}

words! {
    pub enum Kind {
        Container = "container",
        Image = "image",
        Network = "network",
        Pod = "pod",
        Secret = "secret",
        System = "system",
        Volume = "volume",
    }

    /// What happened, in Podman's words.
    pub enum Action {
        Attach = "attach",
        Cleanup = "cleanup",
        Commit = "commit",
        Connect = "connect",
        Create = "create",
        Died = "died",
        Disconnect = "disconnect",
        Exec = "exec",
        ExecDied = "exec_died",
        HealthStatus = "health_status",
        Import = "import",
        Init = "init",
        Kill = "kill",
        LoadFromArchive = "loadfromarchive",
        Mount = "mount",
        Pause = "pause",
        Prune = "prune",
        Pull = "pull",
        Push = "push",
        Remove = "remove",
        Rename = "rename",
        Restart = "restart",
        Save = "save",
        Start = "start",
        Stop = "stop",
        Tag = "tag",
        Unmount = "unmount",
        Unpause = "unpause",
        Untag = "untag",
        Update = "update",
    }
}

/// To what it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of a container: the name of its image.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// Of a container: its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Subject {
    pub fn new(kind: Kind, id: impl Into<String>, name: impl Into<String>) -> Subject {
        Subject { kind, id: id.into(), name: name.into(), image: String::new(), attributes: BTreeMap::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    #[serde(with = "nanoseconds")]
    pub time: Timestamp,
    pub action: Action,
    #[serde(flatten)]
    pub subject: Subject,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal of a kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Of a health check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
}

/// A moment on disk: since 1970.
mod nanoseconds {
    use super::{Deserialize as _, Serialize as _, Timestamp};

    pub fn serialize<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        i64::try_from(time.as_nanosecond()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Timestamp, D::Error> {
        // Within a flattened structure serde_json has no wider numbers.
        let nanoseconds = i64::deserialize(deserializer)?;
        Timestamp::from_nanosecond(nanoseconds.into()).map_err(serde::de::Error::custom)
    }
}

impl Event {
    pub fn new(subject: Subject, action: Action) -> Event {
        Event { time: Timestamp::now(), action, subject, exit_code: None, signal: None, health: None }
    }
}

impl Store {
    pub fn tell(&self, subject: Subject, action: Action) {
        tell(self.root(), &Event::new(subject, action));
    }
}

/// Appends an event to those of the store at `root`.
pub fn tell(root: &Path, event: &Event) {
    let append = || -> io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        log_of(root)?.add(&line, MAX_FILE_BYTES, MAX_FILES)
    };
    let _ = append(); // a read-only store, or a full disk
}

fn dir_of(root: &Path) -> PathBuf {
    root.join("events")
}

/// A store that was made before there were events has no directory for them.
fn log_of(root: &Path) -> io::Result<Rotated> {
    let path = dir_of(root).join("log");
    match Rotated::at(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            super::private_dir(&dir_of(root))?;
            Rotated::at(&path)
        }
        opened => opened,
    }
}

/// Which events are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Wait for further ones, until the last moment if there is one.
    pub follow: bool,
}

impl Span {
    fn takes(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| event.time >= since) && self.until.is_none_or(|until| event.time <= until)
    }

    fn left(&self) -> Duration {
        let hour = Duration::from_secs(3600);
        let left = self.until.map(|until| Duration::try_from(until.duration_since(Timestamp::now())));
        left.map_or(hour, |left| left.unwrap_or_default().min(hour))
    }
}

/// Gives every event of the span to `show`, until that says stop (false). Who only follows is given what happens from
/// here on; who names a moment, or does not follow, what has happened too.
pub fn events(store: &Store, span: &Span, mut show: impl FnMut(&Event) -> bool) -> Result<()> {
    let act = || format!("read events of `{}`", store.root().display());
    let files = log_of(store.root()).during(act)?;
    let watch = Watch::of([&*dir_of(store.root())])?;
    let only_follows = span.follow && span.since.is_none() && span.until.is_none();
    let mut reader =
        if only_follows { Reader::from_end(files, |_| true) } else { Reader::from_start(files) }.during(act)?;
    loop {
        let is_over = !span.follow || span.until.is_some_and(|until| until <= Timestamp::now());
        while let Some(lines) = reader.read().during(act)? {
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                // What another release has written may not be known here.
                let event = serde_json::from_slice(line).ok().filter(|event| span.takes(event));
                if event.is_some_and(|event| !show(&event)) {
                    return Ok(());
                }
            }
        }
        if is_over {
            return Ok(());
        }
        watch.wait(span.left());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Span = Span { since: None, until: None, follow: false };

    fn seen(store: &Store, span: &Span) -> Vec<Event> {
        let mut seen = Vec::new();
        events(store, span, |event| {
            seen.push(event.clone());
            true
        })
        .unwrap();
        seen
    }

    #[test]
    fn events_come_back_as_they_were_told() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let mut subject = Subject::new(Kind::Container, "ab", "web");
        subject.attributes.insert("team".to_owned(), "a\n".to_owned());
        let event = Event { exit_code: Some(3), ..Event::new(subject, Action::Died) };
        tell(store.root(), &event);
        store.tell(Subject::new(Kind::Image, "cd", "x"), Action::LoadFromArchive);
        let seen = seen(&store, &ALL);
        assert_eq!((&seen[0], seen[1].action, seen.len()), (&event, Action::LoadFromArchive, 2));
        std::fs::remove_dir_all(dir_of(store.root())).unwrap();
        tell(store.root(), &event);
        assert_eq!(super::tests::seen(&store, &ALL).len(), 1, "a store without a place for events gets one");
    }

    #[test]
    fn a_span_has_a_beginning_and_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for name in ["1", "2", "3"] {
            store.tell(Subject::new(Kind::Volume, "", name), Action::Create);
        }
        let times: Vec<Timestamp> = seen(&store, &ALL).iter().map(|event| event.time).collect();
        let names = |since, until| {
            let span = Span { since, until, follow: until.is_some() };
            seen(&store, &span).into_iter().map(|event| event.subject.name).collect::<String>()
        };
        assert_eq!(names(Some(times[1]), None), "23");
        assert_eq!(names(None, Some(times[1])), "12", "what has passed is not awaited");
    }

    #[test]
    fn many_tellers_lose_nothing_when_files_are_rotated() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let files = log_of(store.root()).unwrap();
        std::thread::scope(|scope| {
            for teller in 0..4 {
                let files = &files;
                scope.spawn(move || {
                    // 4 * 100 lines of 10 bytes, in files of at most 1000: no more than 5.
                    for number in 0..100 {
                        files.add(format!("{teller} {number:06}\n").as_bytes(), 1000, 9).unwrap();
                    }
                });
            }
        });
        let mut lines = 0;
        let mut reader = Reader::from_start(files).unwrap();
        while let Some(text) = reader.read().unwrap() {
            lines += text.iter().filter(|byte| **byte == b'\n').count();
        }
        assert_eq!(lines, 400);
    }
}
