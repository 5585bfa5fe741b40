//! Logs: what a detached container has said, read from its `k8s-file` log across rotations, and followed while it runs.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;

use super::record::Container;
use crate::error::{During, Result};

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The last so many lines; `None`: all.
    pub tail: Option<usize>,
    pub since: Option<jiff::Timestamp>,
    pub until: Option<jiff::Timestamp>,
    pub follow: bool,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// RFC 3339, as it was written.
    pub time: String,
    pub is_error: bool,
    /// The text, with its newline where the line was whole.
    pub text: Vec<u8>,
}

/// Gives every selected entry to `show`, until that says stop (false), or the container has ended.
pub fn logs(container: &Container, selection: &Selection, mut show: impl FnMut(&Entry) -> bool) -> Result<()> {
    let path = log_path(container);
    let watch = if selection.follow { Some(Watch::new(&path, container)?) } else { None };
    let mut reader = Reader::default();
    let mut entries = Vec::new();
    for file in rotated(&path) {
        reader.read_file(&file, &mut entries).during(|| format!("read log `{}`", file.display()))?;
    }
    let wanted = |entry: &Entry| {
        let time = entry.time.parse::<jiff::Timestamp>().ok();
        selection.since.is_none_or(|since| time.is_none_or(|time| time >= since))
            && selection.until.is_none_or(|until| time.is_none_or(|time| time <= until))
    };
    entries.retain(wanted);
    let first = selection.tail.map_or(0, |tail| start_of_tail(&entries, tail));
    if !entries[first..].iter().all(&mut show) {
        return Ok(());
    }
    let Some(watch) = watch else { return Ok(()) };
    loop {
        // Looked at before reading: what was written before the end is then read after it.
        let is_over = container.status()?.live().is_none() || !container.dir.exists();
        let mut fresh = Vec::new();
        reader.read_on(&path, &mut fresh).during(|| format!("read log `{}`", path.display()))?;
        if !fresh.iter().filter(|entry| wanted(entry)).all(&mut show) || is_over {
            return Ok(());
        }
        watch.wait();
    }
}

/// Where the log of a container is, if it has said anything to keep.
pub fn log_path(container: &Container) -> PathBuf {
    container.record.settings.log.path.as_ref().map_or_else(|| container.dir.join("log"), PathBuf::from)
}

/// The log's files, oldest first.
fn rotated(path: &Path) -> Vec<PathBuf> {
    let numbered = |number: u32| {
        let mut name = path.to_path_buf().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let mut files: Vec<PathBuf> = (1..).map(numbered).take_while(|file| file.exists()).collect();
    files.reverse();
    if path.exists() {
        files.push(path.to_owned());
    }
    files
}

/// Lines are counted, not entries: parts of one line belong together.
fn start_of_tail(entries: &[Entry], tail: usize) -> usize {
    if tail == 0 {
        return entries.len();
    }
    let mut lines = 0;
    for (number, entry) in entries.iter().enumerate().rev() {
        let ends_line = entry.text.ends_with(b"\n") || number + 1 == entries.len();
        if ends_line {
            lines += 1;
            if lines > tail {
                return number + 1;
            }
        }
    }
    0
}

/// Reads entries and remembers where it stopped.
#[derive(Default)]
struct Reader {
    file: Option<BufReader<File>>,
    /// The beginning of an entry whose end was not written yet.
    rest: Vec<u8>,
}

impl Reader {
    fn read_file(&mut self, path: &Path, entries: &mut Vec<Entry>) -> std::io::Result<()> {
        self.file = Some(BufReader::new(File::open(path)?));
        self.read_to_end(entries)
    }

    /// What has been written since; goes on in the new file after a rotation.
    fn read_on(&mut self, path: &Path, entries: &mut Vec<Entry>) -> std::io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        self.read_to_end(entries)?;
        let Ok(current) = path.metadata() else { return Ok(()) };
        let known = self.file.as_ref().and_then(|file| file.get_ref().metadata().ok());
        if known.is_none_or(|known| known.ino() != current.ino()) {
            self.read_to_end(entries)?;
            self.read_file(path, entries)?;
        }
        Ok(())
    }

    fn read_to_end(&mut self, entries: &mut Vec<Entry>) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        loop {
            let length = file.read_until(b'\n', &mut self.rest)?;
            if !self.rest.ends_with(b"\n") {
                return Ok(());
            }
            entries.extend(parse(&self.rest));
            self.rest.clear();
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// `<time> <stream> <F|P> <text>`; a line that is none is passed over.
fn parse(line: &[u8]) -> Option<Entry> {
    let mut fields = line.splitn(4, |byte| *byte == b' ');
    let (time, stream, tag, text) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let text = if tag == b"F" { text } else { text.strip_suffix(b"\n")? };
    Some(Entry { time: String::from_utf8(time.to_vec()).ok()?, is_error: stream == b"stderr", text: text.to_vec() })
}

/// Wakes up when the log grows, is rotated, or the container's directory changes (its exit is recorded there).
struct Watch(std::os::fd::OwnedFd);

impl Watch {
    fn new(log: &Path, container: &Container) -> Result<Watch> {
        let make = || -> Result<Watch> {
            let watch = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
            let flags = inotify::WatchFlags::MODIFY
                | inotify::WatchFlags::CREATE
                | inotify::WatchFlags::MOVED_TO
                | inotify::WatchFlags::MOVE_SELF
                | inotify::WatchFlags::DELETE_SELF;
            inotify::add_watch(&watch, &container.dir, flags)?;
            if let Some(dir) = log.parent().filter(|dir| *dir != container.dir) {
                inotify::add_watch(&watch, dir, flags)?;
            }
            Ok(Watch(watch))
        };
        make().during(|| format!("watch the log of container `{}`", container.record.name))
    }

    /// Returns when something happened, or after a second: a payload whose monitor was killed records nothing.
    fn wait(&self) {
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        let _ = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&second)); // Whoever waits looks again anyway.
        let mut events = [0; 4096];
        while matches!(rustix::io::read(self.0.as_fd(), &mut events[..]), Ok(length) if length > 0) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let entry = parse(b"2026-01-02T03:04:05.000000006+00:00 stderr F a b\n").unwrap();
        assert_eq!((entry.is_error, &entry.text[..]), (true, &b"a b\n"[..]));
        assert_eq!(parse(b"t stdout P part\n").unwrap().text, b"part");
        assert_eq!(parse(b"t stdout F \n").unwrap().text, b"\n");
        assert_eq!(parse(b"nonsense\n"), None);
    }

    #[test]
    fn the_tail_counts_lines_and_keeps_parts_together() {
        let entry = |text: &str| Entry { time: String::new(), is_error: false, text: text.into() };
        let entries = [entry("1\n"), entry("2a"), entry("2b\n"), entry("3\n")];
        assert_eq!(start_of_tail(&entries, 2), 1);
        assert_eq!(start_of_tail(&entries, 1), 3);
        assert_eq!(start_of_tail(&entries, 0), 4);
        assert_eq!(start_of_tail(&entries, 9), 0);
    }
}
