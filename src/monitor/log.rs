//! Where a payload's output goes besides those who watch it: a file that is rotated, the journal, or nowhere.
//!
//! What is said is written at once, whole lines or not. What cannot be written is lost: a full disk does not stop the
//! payload. A journal that does not keep up makes it wait as a full pipe would, unless it was asked never to.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;

use jiff::Timestamp;

use super::journal::Journal;
use crate::container::job::{Job, Streams};
use crate::container::logs::{self, Form, Rotated, Stream, pieces, unfinished_character};

/// What is gathered before it is written.
const GATHERED_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub enum Log {
    None,
    File(Box<LogFile>),
    Journal(Journal),
}

impl Log {
    /// To be called before the monitor gives up its rights: the journal is a socket.
    pub fn open(job: &Job) -> Log {
        if job.streams == Streams::Caller {
            return Log::None;
        }
        if let Some((form, path)) = Form::of(&job.settings.log).zip(logs::file(&job.settings.log, &job.container_dir)) {
            return LogFile::open(job, form, &path).map_or(Log::None, |file| Log::File(Box::new(file)));
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
            Log::Journal(journal) => journal.write(stream, output),
        }
    }

    /// The stream has ended: nothing completes what it has begun.
    pub fn end(&mut self, stream: Stream) {
        if let Log::File(file) = self {
            file.end(stream);
        }
    }

    /// Nothing more comes: waits, for a while, until all of it has gone where it belongs.
    pub fn finish(&mut self) {
        self.end(Stream::Output);
        self.end(Stream::Errors);
        if let Log::Journal(journal) = self {
            journal.finish();
        }
    }

    /// Whether more may be read from the payload.
    pub fn has_room(&self) -> bool {
        match self {
            Log::Journal(journal) => journal.has_room(),
            Log::None | Log::File(_) => true,
        }
    }

    /// Can be written to again when [`Log::go_on`] has something to do.
    pub fn awaited(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Log::Journal(journal) => journal.awaited(),
            Log::None | Log::File(_) => None,
        }
    }

    pub fn go_on(&mut self) {
        if let Log::Journal(journal) = self {
            journal.go_on();
        }
    }
}

#[derive(Debug)]
pub struct LogFile {
    files: Rotated,
    newest: File,
    form: Form,
    /// Of every entry, as JSON.
    attributes: String,
    size_bytes: u64,
    /// 0: never rotated.
    max_size_bytes: u64,
    max_files: u32,
    gathered: Vec<u8>,
    /// For each stream, the beginning of a character: JSON has no halves of them.
    unfinished: [Vec<u8>; 2],
}

impl LogFile {
    fn open(job: &Job, form: Form, path: &std::path::Path) -> io::Result<LogFile> {
        let files = Rotated::at(path)?;
        let newest = files.append()?;
        Ok(LogFile {
            size_bytes: newest.metadata()?.len(),
            files,
            newest,
            form,
            attributes: job.log.to_json(),
            max_size_bytes: job.settings.log.max_size,
            max_files: job.settings.log.max_file.max(1),
            gathered: Vec::new(),
            unfinished: Default::default(),
        })
    }

    fn write(&mut self, stream: Stream, output: &[u8]) {
        let mut output = std::borrow::Cow::Borrowed(output);
        if self.form == Form::Json {
            let unfinished = &mut self.unfinished[stream as usize];
            if !unfinished.is_empty() {
                output = [unfinished.as_slice(), &output].concat().into();
            }
            let whole = output.len() - unfinished_character(&output);
            *unfinished = output[whole..].to_vec();
            match &mut output {
                std::borrow::Cow::Borrowed(output) => *output = &output[..whole],
                std::borrow::Cow::Owned(output) => output.truncate(whole),
            }
        }
        self.add(stream, &output);
    }

    fn end(&mut self, stream: Stream) {
        let unfinished = std::mem::take(&mut self.unfinished[stream as usize]);
        self.add(stream, &unfinished);
    }

    /// All entries of one piece of output have one time.
    fn add(&mut self, stream: Stream, output: &[u8]) {
        let stamp = self.form.stamp(Timestamp::now());
        for piece in pieces(output) {
            self.form.write(&mut self.gathered, &stamp, stream, piece, &self.attributes);
            if self.gathered.len() >= GATHERED_BYTES {
                self.write_gathered();
            }
        }
        self.write_gathered();
    }

    fn write_gathered(&mut self) {
        let length = self.gathered.len() as u64;
        if self.max_size_bytes > 0 && self.size_bytes > 0 && self.size_bytes + length > self.max_size_bytes {
            self.rotate();
        }
        match self.newest.write_all(&self.gathered) {
            Ok(()) => self.size_bytes += length,
            // Half an entry would spoil the one that comes after it.
            Err(_) => drop(self.newest.set_len(self.size_bytes)),
        }
        self.gathered.clear();
    }

    /// Where no new file can be made, the old one goes on.
    fn rotate(&mut self) {
        if let Ok(fresh) = self.files.rotate(self.max_files).and_then(|()| self.files.append()) {
            self.size_bytes = fresh.metadata().map_or(0, |meta| meta.len());
            self.newest = fresh;
        }
    }
}
