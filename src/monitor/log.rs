//! The log in the `k8s-file` format: `<RFC 3339 with nanoseconds> <stdout|stderr> <F|P> <text>`, a line each; P is a
//! part of a line that goes on in the next entry.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::relay::Stream;
use crate::container::job::{Job, Streams};
use crate::settings::LogDriver;

/// A line longer than this is written in parts.
const LONGEST_ENTRY_BYTES: usize = 16 * 1024;

/// A log that is written, or none. What cannot be written is lost: a full disk does not stop the payload.
#[derive(Debug)]
pub struct Log(Option<Writer>);

#[derive(Debug)]
struct Writer {
    path: PathBuf,
    file: File,
    size_bytes: u64,
    /// 0: never rotated.
    max_size_bytes: u64,
    max_files: u32,
    /// Beginnings of lines that have not ended yet.
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Log {
    pub fn open(job: &Job) -> Log {
        let settings = &job.settings.log;
        if settings.driver != LogDriver::K8sFile || job.streams == Streams::Caller {
            return Log(None);
        }
        let path = settings.path.as_ref().map_or_else(|| job.container_dir.join("log"), PathBuf::from);
        Log(open(&path).ok().map(|file| Writer {
            size_bytes: file.metadata().map_or(0, |meta| meta.len()),
            path,
            file,
            max_size_bytes: settings.max_size,
            max_files: settings.max_file.max(1),
            output: Vec::new(),
            errors: Vec::new(),
        }))
    }

    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        if let Some(writer) = &mut self.0 {
            let entries = split(writer.rest(stream), bytes);
            writer.append(stream, entries);
        }
    }

    /// The stream has ended: what it has begun is all there is of its last line.
    pub fn end(&mut self, stream: Stream) {
        if let Some(writer) = &mut self.0 {
            let rest = std::mem::take(writer.rest(stream));
            if !rest.is_empty() {
                writer.append(stream, vec![(false, rest)]);
            }
        }
    }

    pub fn finish(&mut self) {
        self.end(Stream::Output);
        self.end(Stream::Errors);
    }
}

/// Takes whole lines (true) and over-long parts (false) off `rest` followed by `bytes`; what remains is the new rest.
fn split(rest: &mut Vec<u8>, bytes: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    for piece in lines.by_ref() {
        rest.extend_from_slice(piece.strip_suffix(b"\n").unwrap_or(piece));
        while rest.len() > LONGEST_ENTRY_BYTES {
            let tail = rest.split_off(LONGEST_ENTRY_BYTES);
            entries.push((false, std::mem::replace(rest, tail)));
        }
        if piece.ends_with(b"\n") {
            entries.push((true, std::mem::take(rest)));
        }
    }
    entries
}

impl Writer {
    fn rest(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Output => &mut self.output,
            Stream::Errors => &mut self.errors,
        }
    }

    /// All entries of one piece of output have one time and go out in one write.
    fn append(&mut self, stream: Stream, entries: Vec<(bool, Vec<u8>)>) {
        if entries.is_empty() {
            return;
        }
        let name = match stream {
            Stream::Output => "stdout",
            Stream::Errors => "stderr",
        };
        let time = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string();
        let mut text = Vec::new();
        for (is_whole, line) in entries {
            text.extend_from_slice(format!("{time} {name} {} ", if is_whole { 'F' } else { 'P' }).as_bytes());
            text.extend_from_slice(&line);
            text.push(b'\n');
        }
        if self.max_size_bytes > 0 && self.size_bytes > 0 && self.size_bytes + text.len() as u64 > self.max_size_bytes {
            self.rotate();
        }
        if self.file.write_all(&text).is_ok() {
            self.size_bytes += text.len() as u64;
        }
    }

    /// `log` becomes `log.1`, that becomes `log.2` ...; the oldest goes. By renames: a reader keeps what it has open.
    fn rotate(&mut self) {
        let numbered = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.max_files.saturating_sub(1)).rev() {
            let _ = std::fs::rename(numbered(number), numbered(number + 1)); // There may be none of that number yet.
        }
        let moved = if self.max_files > 1 {
            std::fs::rename(&self.path, numbered(1))
        } else {
            std::fs::remove_file(&self.path)
        };
        if let (Ok(()), Ok(fresh)) = (moved, open(&self.path)) {
            self.file = fresh;
            self.size_bytes = 0;
        }
    }
}

fn open(path: &std::path::Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_wherever_the_output_was_cut() {
        let mut rest = Vec::new();
        assert_eq!(split(&mut rest, b"one\ntw"), [(true, b"one".to_vec())]);
        assert_eq!(split(&mut rest, b"o\n\n"), [(true, b"two".to_vec()), (true, Vec::new())]);
        assert!(split(&mut rest, b"three").is_empty() && rest == b"three");
    }

    #[test]
    fn an_endless_line_is_written_in_parts() {
        let mut rest = Vec::new();
        let entries = split(&mut rest, &vec![b'x'; 2 * LONGEST_ENTRY_BYTES + 1]);
        assert_eq!(
            entries.iter().map(|(whole, text)| (*whole, text.len())).collect::<Vec<_>>(),
            [(false, LONGEST_ENTRY_BYTES); 2]
        );
        assert_eq!(rest.len(), 1);
    }
}
