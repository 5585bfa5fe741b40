//! Logs: what a container has said, read from where its log driver keeps it, and followed while it runs.
//!
//! The monitor writes; whoever reads takes no lock and asks nobody. What forms the entries have says [`entry`].

mod attributes;
mod entry;
mod journal;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::record::{Container, Status};
use crate::disk::rotated::Reader;
use crate::disk::watch::Watch;
use crate::error::{During, Result};
use crate::network::builtin::flows::Line;
use crate::settings::{LogDriver, LogSettings};

pub use crate::disk::rotated::Rotated;
pub use attributes::{Attributes, check_tag};
pub use entry::{Entry, Form, Stream, pieces, unfinished_character};

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The last so many lines; `None`: all.
    pub tail: Option<usize>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub follow: bool,
}

/// Gives the selected entries to `show`, some at a time, until that says stop (false) or nothing more will come. Now
/// and then it is given none, and asked all the same.
pub fn logs(container: &Container, selection: &Selection, show: impl FnMut(&[Entry]) -> bool) -> Result<()> {
    let log = &container.record.settings.log;
    match (Form::of(log), file(log, &container.dir)) {
        (Some(form), Some(path)) => {
            read_files(container, form, &path, selection, show).during(|| format!("read log `{}`", path.display()))
        }
        _ if log.driver == LogDriver::Journald => journal::read(container, selection, show),
        _ => Ok(()),
    }
}

/// Where a log is, if it is a file; there need not be one yet.
pub fn file(log: &LogSettings, container_dir: &Path) -> Option<PathBuf> {
    Form::of(log).map(|_| log.path.as_ref().map_or_else(|| container_dir.join("log"), PathBuf::from))
}

/// Where it is told what the container's network carries.
pub fn network_file(container_dir: &Path) -> PathBuf {
    container_dir.join("network.log")
}

impl Form {
    /// Of a log that is a file.
    pub fn of(log: &LogSettings) -> Option<Form> {
        match log.driver {
            LogDriver::K8sFile => Some(Form::K8s),
            LogDriver::JsonFile => Some(Form::Json),
            LogDriver::Journald | LogDriver::None | LogDriver::Passthrough => None,
        }
    }
}

impl Selection {
    fn takes(&self, entry: &Entry) -> bool {
        self.takes_time(&entry.time)
    }

    fn takes_time(&self, time: &str) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        // An entry of an unknown time is not kept from anybody.
        time.parse().map_or(true, |time: Timestamp| {
            self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time <= until)
        })
    }

    /// Whether nothing more will come that is wanted.
    fn is_over(&self, container: &Container) -> Result<bool> {
        let is_past = self.until.is_some_and(|until| until < Timestamp::now());
        Ok(!self.follow || is_past || has_said_all(container)?)
    }

    /// How long to wait for something to happen: a payload whose monitor was killed records nothing.
    fn patience(&self) -> Duration {
        let second = Duration::from_secs(1);
        let until =
            self.until.map(|until| Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default());
        until.map_or(second, |left| left.min(second))
    }
}

/// Whether its last output is in the log: the monitor records the end after that.
fn has_said_all(container: &Container) -> Result<bool> {
    Ok(match container.status()? {
        Status::Running(_) | Status::Paused(_) => false,
        Status::Created | Status::Exited { exit: Some(_), .. } => true,
        Status::Exited { exit: None, .. } => {
            container.last_start()?.is_none_or(|state| !state.monitor.is_alive()) || !container.dir.exists()
        }
    })
}

/// Gives the selected lines of what the container's network has carried to `show`, as [`logs`] does.
pub fn network_log(container: &Container, selection: &Selection, mut show: impl FnMut(&[Line]) -> bool) -> Result<()> {
    let path = network_file(&container.dir);
    let takes = |line: &[u8]| selection.takes_time(network_time(line));
    let mut lines = 0;
    let is_before_tail = |tail: usize| {
        move |line: &[u8]| {
            lines += usize::from(takes(line));
            takes(line) && lines > tail
        }
    };
    read_lines(container, &path, selection, is_before_tail, |lines| {
        let lines = lines.split_inclusive(|byte| *byte == b'\n').filter(|line| takes(line));
        // One that a full disk has cut off tells nothing.
        show(&lines.filter_map(|line| serde_json::from_slice(line).ok()).collect::<Vec<Line>>())
    })
    .during(|| format!("read log `{}`", path.display()))
}

/// When something has happened of which a line of that log tells.
fn network_time(line: &[u8]) -> &str {
    let time = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix("{\"time\":\""));
    time.and_then(|rest| rest.split('"').next()).unwrap_or("")
}

fn read_files(
    container: &Container,
    form: Form,
    path: &Path,
    selection: &Selection,
    mut show: impl FnMut(&[Entry]) -> bool,
) -> Result<()> {
    let is_before_tail = |tail| lies_before_tail(form, selection, tail);
    read_lines(container, path, selection, is_before_tail, |lines| {
        let entries = lines.split_inclusive(|byte| *byte == b'\n').filter_map(|line| form.read(line));
        let entries: Vec<Entry> = entries.filter(|entry| selection.takes(entry)).collect();
        show(&entries)
    })
}

/// Gives whole lines to `show` until that says stop, or nothing more will come. `is_before_tail`: of so many lines,
/// says of each, the last one first, whether it is the one before.
fn read_lines<B: FnMut(&[u8]) -> bool>(
    container: &Container,
    path: &Path,
    selection: &Selection,
    is_before_tail: impl FnOnce(usize) -> B,
    mut show: impl FnMut(&[u8]) -> bool,
) -> Result<()> {
    let log_dir = path.parent().filter(|dir| *dir != container.dir);
    let watch = Watch::of(std::iter::once(&*container.dir).chain(log_dir))?;
    let files = Rotated::at(path)?;
    let mut reader = match selection.tail {
        None => Reader::from_start(files)?,
        Some(tail) => Reader::from_end(files, is_before_tail(tail))?,
    };
    if !selection.follow {
        reader.end_here()?;
    }
    loop {
        // Looked at before reading: what was written before the end is then read after it.
        let is_over = selection.is_over(container)?;
        while let Some(lines) = reader.read()? {
            if !show(lines) {
                return Ok(());
            }
        }
        if is_over || !show(&[]) {
            return Ok(());
        }
        watch.wait(selection.patience());
    }
}

/// Says of lines, the last one first, which is the one before the tail. Lines of output are counted, not entries: parts
/// of one line belong together.
fn lies_before_tail(form: Form, selection: &Selection, tail: usize) -> impl FnMut(&[u8]) -> bool {
    let mut lines = 0;
    move |line| {
        let Some(entry) = form.read(line).filter(|entry| selection.takes(entry)) else { return false };
        let ends_line = entry.text.ends_with(b"\n") || lines == 0;
        lines += usize::from(ends_line);
        ends_line && lines > tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_counts_lines_and_keeps_parts_together() {
        let lines = ["t stdout F 1\n", "t stdout P 2a\n", "t stdout F 2b\n", "nonsense\n", "t stdout F 3\n"];
        let start = |tail| {
            let selection = Selection::default();
            let mut is_before = lies_before_tail(Form::K8s, &selection, tail);
            lines.iter().rposition(|line| is_before(line.as_bytes())).map_or(0, |before| before + 1)
        };
        assert_eq!([start(0), start(1), start(2), start(3), start(9)], [5, 3, 1, 0, 0]);
    }

    #[test]
    fn what_was_said_too_early_or_too_late_is_left_out() {
        let moment = |text: &str| Some(text.parse().unwrap());
        let entry = Form::K8s.read(b"2026-01-02T03:04:05.000000000+01:00 stdout F x\n").unwrap();
        for (since, until, taken) in [
            (None, None, true),
            (moment("2026-01-02T02:04:05Z"), None, true),
            (moment("2026-01-02T02:04:06Z"), None, false),
            (None, moment("2026-01-02T02:04:05Z"), true),
            (None, moment("2026-01-02T02:04:04Z"), false),
        ] {
            let selection = Selection { since, until, ..Selection::default() };
            assert_eq!(selection.takes(&entry), taken, "{since:?} {until:?}");
        }
    }
}
