//! The log of a container whose driver is `journald`, by way of journalctl(1): the journal's files are its own affair.

use std::io::{BufRead, BufReader, ErrorKind};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, Stdio};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use serde::Deserialize;

use super::{Entry, Form, Selection, Stream};
use crate::container::record::Container;
use crate::disk::watch::Watch;
use crate::error::{During, Error, Result};
use crate::host::tools::{self, Tool};

/// As [`super::logs`].
pub fn read(container: &Container, selection: &Selection, mut show: impl FnMut(&[Entry]) -> bool) -> Result<()> {
    let act = || format!("read the journal of container `{}`", container.record.name);
    let mut position = Position::default();
    if selection.follow && !selection.is_over(container)? && !follow(container, selection, &mut position, &mut show)? {
        return Ok(());
    }
    // All of it, or what was said last: when following ended, not everything need have been seen.
    let mut journalctl = Journalctl::start(container, selection, &position, false).during(act)?;
    match journalctl.read(&mut position, &mut show).during(act)? {
        Read::End => journalctl.succeeded().during(act),
        Read::Enough | Read::SoFar => Ok(()),
    }
}

/// Until nothing more will come (true), or nobody wants more (false).
fn follow(
    container: &Container,
    selection: &Selection,
    position: &mut Position,
    show: &mut impl FnMut(&[Entry]) -> bool,
) -> Result<bool> {
    let act = || format!("follow the journal of container `{}`", container.record.name);
    let watch = Watch::of([&*container.dir])?;
    let mut journalctl = Journalctl::start(container, selection, position, true).during(act)?;
    let output = journalctl.output.get_ref();
    fcntl_setfl(output, fcntl_getfl(output)? | OFlags::NONBLOCK)?;
    loop {
        let is_over = selection.is_over(container)?;
        match journalctl.read(position, show).during(act)? {
            Read::Enough => return Ok(false),
            Read::End => {
                journalctl.succeeded().during(act)?;
                return Err(Error::new("journalctl ended")).during(act);
            }
            Read::SoFar if !show(&[]) => return Ok(false),
            Read::SoFar if is_over => return Ok(true),
            Read::SoFar => {}
        }
        let timeout = Timespec::try_from(selection.patience()).ok();
        let output = journalctl.output.get_ref().as_fd();
        let mut fds = [PollFd::from_borrowed_fd(output, PollFlags::IN), PollFd::new(&watch, PollFlags::IN)];
        let _ = poll(&mut fds, timeout.as_ref()); // Whoever waits looks again anyway.
        watch.forget();
    }
}

/// After which entry to go on.
#[derive(Debug, Default)]
struct Position {
    cursor: Option<String>,
}

/// How far reading has come.
enum Read {
    /// More may follow.
    SoFar,
    /// The program has ended.
    End,
    /// Nobody wants more.
    Enough,
}

/// A journalctl that runs; it ends with us.
struct Journalctl {
    child: Child,
    output: BufReader<ChildStdout>,
    /// The beginning of a line.
    line: Vec<u8>,
}

impl Journalctl {
    fn start(container: &Container, selection: &Selection, position: &Position, follow: bool) -> Result<Journalctl> {
        let program = tools::find(Tool::Journalctl).ok_or_else(|| {
            Error::new("journalctl is not installed").with_hint("it comes with systemd; the log is in the journal")
        })?;
        let mut command = Command::new(program);
        command.args(["--quiet", "--no-pager", "--all", "--output=json"]);
        if follow {
            command.arg("--follow");
        }
        let seconds = |time: Timestamp| format!("@{}.{:06}", time.as_second(), time.subsec_microsecond());
        match (&position.cursor, selection.tail) {
            (Some(cursor), _) => drop(command.arg(format!("--after-cursor={cursor}"))),
            (None, Some(tail)) => drop(command.arg(format!("--lines={tail}"))),
            (None, None) => drop(command.arg("--no-tail")),
        }
        command.args(selection.since.map(|time| format!("--since={}", seconds(time))));
        command.args(selection.until.filter(|_| !follow).map(|time| format!("--until={}", seconds(time))));
        command.arg(format!("CONTAINER_ID_FULL={}", container.id()));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(child.stdout.take().expect("is piped"));
        Ok(Journalctl { child, output, line: Vec::new() })
    }

    /// An error where it has not read everything. What it says of that is on our standard error.
    fn succeeded(&mut self) -> Result<()> {
        match self.child.wait()? {
            status if status.success() => Ok(()),
            status => Err(Error::new(format!("journalctl: {status}"))),
        }
    }

    /// Shows what there is for now.
    fn read(&mut self, position: &mut Position, show: &mut impl FnMut(&[Entry]) -> bool) -> Result<Read> {
        loop {
            match self.output.read_until(b'\n', &mut self.line) {
                Ok(_) if self.line.ends_with(b"\n") => {}
                Ok(_) => return Ok(Read::End),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Read::SoFar),
                Err(error) => return Err(error.into()),
            }
            if let Some((cursor, entry)) = parse(&self.line) {
                position.cursor = Some(cursor);
                if !show(&[entry]) {
                    return Ok(Read::Enough);
                }
            }
            self.line.clear();
        }
    }
}

impl Drop for Journalctl {
    fn drop(&mut self) {
        let _ = self.child.kill(); // It may have ended by itself.
        let _ = self.child.wait();
    }
}

fn parse(line: &[u8]) -> Option<(String, Entry<'static>)> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "__CURSOR")]
        cursor: String,
        #[serde(rename = "__REALTIME_TIMESTAMP")]
        time: String,
        #[serde(rename = "PRIORITY", default)]
        priority: String,
        #[serde(rename = "CONTAINER_PARTIAL_MESSAGE", default)]
        partial: Option<String>,
        #[serde(rename = "MESSAGE")]
        message: Message,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Message {
        Text(String),
        /// What is no UTF-8.
        Bytes(Vec<u8>),
    }
    let line: Line = serde_json::from_slice(line).ok()?;
    let time = Timestamp::from_microsecond(line.time.parse().ok()?).ok()?;
    let mut text = match line.message {
        Message::Text(text) => text.into_bytes(),
        Message::Bytes(bytes) => bytes,
    };
    if line.partial.is_none() {
        text.push(b'\n');
    }
    let stream = if line.priority == "3" { Stream::Errors } else { Stream::Output };
    Some((line.cursor, Entry { time: Form::K8s.stamp(time).into(), stream, text: text.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_what_the_monitor_sent() {
        let line = |fields: &str| {
            let line = format!(r#"{{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1700000000000001",{fields}}}"#);
            parse(line.as_bytes()).map(|(_, entry)| (entry.stream, entry.text.into_owned()))
        };
        assert_eq!(line(r#""PRIORITY":"6","MESSAGE":"a""#), Some((Stream::Output, b"a\n".to_vec())));
        assert_eq!(line(r#""PRIORITY":"3","MESSAGE":[255,0]"#), Some((Stream::Errors, b"\xff\0\n".to_vec())));
        let partial = r#""PRIORITY":"6","CONTAINER_PARTIAL_MESSAGE":"true","MESSAGE":"a""#;
        assert_eq!(line(partial), Some((Stream::Output, b"a".to_vec())));
        assert_eq!(line(r#""PRIORITY":"6""#), None);
    }
}
