//! Where a payload's output goes besides those who watch it: a file that is rotated, the journal, or nowhere.
//!
//! What is said is written at once, whole lines or not. What cannot be written is lost: a full disk does not stop the
//! payload. A file system or a journal that does not keep up makes it wait as a full pipe would. Unless it was asked
//! never to (`mode=non-blocking`): then a file is written by a process of its own ([`apart`]), and what has no room in
//! between is lost.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::path::Path;

use jiff::Timestamp;

use super::apart::Apart;
use super::journal::Journal;
use super::queue::Queue;
use crate::container::job::{Job, Streams};
use crate::container::logs::{self, Form, Rotated, Stream, pieces, unfinished_character};

/// What is gathered before it is written.
const GATHERED_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub enum Log {
    None,
    File(Box<LogFile>),
    /// A file that may be slow.
    Apart(Box<Apart>),
    Journal(Journal),
}

impl Log {
    /// To be called before the monitor gives up its rights: the journal is a socket.
    pub fn open(job: &Job) -> Log {
        if job.streams == Streams::Caller {
            return Log::None;
        }
        if let Some((form, path)) = Form::of(&job.settings.log).zip(logs::file(&job.settings.log, &job.container_dir)) {
            return match job.settings.log.max_buffer_size {
                None => LogFile::open(job, form, &path).map_or(Log::None, |file| Log::File(Box::new(file))),
                Some(size) => Apart::start(job, form, &path, size).map_or(Log::None, |log| Log::Apart(Box::new(log))),
            };
        }
        match job.settings.log.driver {
            crate::settings::LogDriver::Journald => Journal::connect(job).map_or(Log::None, Log::Journal),
            _ => Log::None,
        }
    }

    pub fn write(&mut self, stream: Stream, output: &[u8]) {
        match self {
            Log::None => {}
            Log::File(file) => file.write(stream, output),
            Log::Apart(log) => log.write(stream, output),
            Log::Journal(journal) => journal.write(stream, output),
        }
    }

    /// The stream has ended: nothing completes what it has begun.
    pub fn end(&mut self, stream: Stream) {
        match self {
            Log::File(file) => file.end(stream),
            Log::Apart(log) => log.end(stream),
            Log::None | Log::Journal(_) => {}
        }
    }

    /// Nothing more comes: waits, for a while, until all of it has gone where it belongs.
    pub fn finish(&mut self) {
        self.end(Stream::Output);
        self.end(Stream::Errors);
        match self {
            Log::Journal(journal) => journal.finish(),
            Log::Apart(log) => log.finish(),
            Log::None | Log::File(_) => {}
        }
    }

    /// Whether more may be read from the payload.
    pub fn has_room(&self) -> bool {
        self.queue().is_none_or(Queue::has_room)
    }

    /// Can be written to again when [`Log::go_on`] has something to do.
    pub fn awaited(&self) -> Option<BorrowedFd<'_>> {
        self.queue().and_then(Queue::awaited)
    }

    pub fn go_on(&mut self) {
        match self {
            Log::Journal(journal) => journal.queue.go_on(),
            Log::Apart(log) => log.queue.go_on(),
            Log::None | Log::File(_) => {}
        }
    }

    fn queue(&self) -> Option<&Queue> {
        match self {
            Log::Journal(journal) => Some(&journal.queue),
            Log::Apart(log) => Some(&log.queue),
            Log::None | Log::File(_) => None,
        }
    }
}

/// Output becomes entries.
#[derive(Debug)]
pub struct Entries {
    form: Form,
    /// Of every entry, as JSON.
    attributes: String,
    /// For each stream, the beginning of a character: JSON has no halves of them.
    unfinished: [Vec<u8>; 2],
}

impl Entries {
    pub fn new(job: &Job, form: Form) -> Entries {
        Entries { form, attributes: job.log.to_json(), unfinished: Default::default() }
    }

    /// Gives what the output becomes to `take`, many entries at once, with the bytes of output that they are. All
    /// entries of one piece of output have one time.
    pub fn add(&mut self, stream: Stream, output: &[u8], take: impl FnMut(&Entries, &[u8], usize)) {
        let mut output = Cow::Borrowed(output);
        if self.form == Form::Json {
            let unfinished = &mut self.unfinished[stream as usize];
            if !unfinished.is_empty() {
                output = [unfinished.as_slice(), &output].concat().into();
            }
            let whole = output.len() - unfinished_character(&output);
            *unfinished = output[whole..].to_vec();
            match &mut output {
                Cow::Borrowed(output) => *output = &output[..whole],
                Cow::Owned(output) => output.truncate(whole),
            }
        }
        self.each(stream, &output, take);
    }

    /// What was the beginning of a character is all there is.
    pub fn end(&mut self, stream: Stream, take: impl FnMut(&Entries, &[u8], usize)) {
        let unfinished = std::mem::take(&mut self.unfinished[stream as usize]);
        self.each(stream, &unfinished, take);
    }

    fn each(&self, stream: Stream, output: &[u8], mut take: impl FnMut(&Entries, &[u8], usize)) {
        let stamp = self.form.stamp(Timestamp::now());
        let mut gathered = Vec::new();
        let mut output_bytes = 0;
        for piece in pieces(output) {
            self.form.write(&mut gathered, &stamp, stream, piece, &self.attributes);
            output_bytes += piece.len();
            if gathered.len() >= GATHERED_BYTES {
                take(self, &gathered, output_bytes);
                gathered.clear();
                output_bytes = 0;
            }
        }
        if !gathered.is_empty() {
            take(self, &gathered, output_bytes);
        }
    }

    /// An entry of ours among the payload's.
    pub fn own(&self, text: &[u8]) -> Vec<u8> {
        let mut entry = Vec::new();
        self.form.write(&mut entry, &self.form.stamp(Timestamp::now()), Stream::Errors, text, &self.attributes);
        entry
    }
}

#[derive(Debug)]
pub struct LogFile {
    entries: Entries,
    file: Newest,
}

impl LogFile {
    fn open(job: &Job, form: Form, path: &Path) -> io::Result<LogFile> {
        Ok(LogFile { entries: Entries::new(job, form), file: Newest::open(job, path)? })
    }

    fn write(&mut self, stream: Stream, output: &[u8]) {
        self.entries.add(stream, output, |_, entries, _| self.file.write(entries));
    }

    fn end(&mut self, stream: Stream) {
        self.entries.end(stream, |_, entries, _| self.file.write(entries));
    }
}

/// The newest of the files that are rotated.
#[derive(Debug)]
pub struct Newest {
    files: Rotated,
    newest: File,
    size_bytes: u64,
    /// 0: never rotated.
    max_size_bytes: u64,
    max_files: u32,
}

impl Newest {
    pub fn open(job: &Job, path: &Path) -> io::Result<Newest> {
        let files = Rotated::at(path)?;
        let newest = files.append()?;
        Ok(Newest {
            size_bytes: newest.metadata()?.len(),
            files,
            newest,
            max_size_bytes: job.settings.log.max_size,
            max_files: job.settings.log.max_file.max(1),
        })
    }

    /// Whole entries, as many as there are.
    pub fn write(&mut self, entries: &[u8]) {
        let length = entries.len() as u64;
        if self.max_size_bytes > 0 && self.size_bytes > 0 && self.size_bytes + length > self.max_size_bytes {
            self.rotate();
        }
        match self.newest.write_all(entries) {
            Ok(()) => self.size_bytes += length,
            // Half an entry would spoil the one that comes after it.
            Err(_) => drop(self.newest.set_len(self.size_bytes)),
        }
    }

    /// Where no new file can be made, the old one goes on.
    fn rotate(&mut self) {
        if let Ok(fresh) = self.files.rotate(self.max_files).and_then(|()| self.files.append()) {
            self.size_bytes = fresh.metadata().map_or(0, |meta| meta.len());
            self.newest = fresh;
        }
    }
}
