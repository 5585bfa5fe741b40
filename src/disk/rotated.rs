//! Files that grow line by line and are rotated by renames: `log` becomes `log.1`, that `log.2`; the oldest goes.
//!
//! Renames go from the highest number to the lowest, and readers look from the lowest to the highest: a file that moves
//! meanwhile is met twice, never missed. Whoever reads on keeps its file open whatever its name becomes, and finds the
//! ones after it by their inodes. The directory is held open too: it may be on its way to the trash.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

/// What is read at once.
const BLOCK_BYTES: usize = 128 * 1024;

/// The files of one name, newest first: `name`, `name.1`, `name.2` ...
#[derive(Debug)]
pub struct Rotated {
    dir: OwnedFd,
    name: OsString,
}

impl Rotated {
    pub fn at(path: &Path) -> io::Result<Rotated> {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let dir = openat(CWD, dir, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Rotated { dir, name: name.to_owned() })
    }

    /// The newest file, to append to; made if it is missing.
    pub fn append(&self) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
        Ok(openat(&self.dir, &self.name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Adds a line to files that several processes write; the one after a file has
    /// grown beyond `max_bytes` begins a new one.
    pub fn add(&self, line: &[u8], max_bytes: u64, count: u32) -> io::Result<()> {
        loop {
            let mut file = self.append()?;
            lock(&file, FlockOperation::LockShared)?;
            let inode = file.metadata()?.ino();
            if !self.is_newest(inode) {
                continue; // It was rotated before the lock was ours.
            }
            file.write_all(line)?;
            if file.metadata()?.len() > max_bytes {
                // Others may rotate it first: the lock is let go on the way.
                lock(&file, FlockOperation::LockExclusive)?;
                if self.is_newest(inode) {
                    self.rotate(count)?;
                }
            }
            return Ok(());
        }
    }

    fn is_newest(&self, inode: u64) -> bool {
        statat(&self.dir, &self.name, AtFlags::empty()).is_ok_and(|found| found.st_ino == inode)
    }

    /// Makes room for a new file. Of all files, that one included, `count` remain.
    pub fn rotate(&self, count: u32) -> io::Result<()> {
        for number in (1..count.saturating_sub(1)).rev() {
            self.rename(number, number + 1)?;
        }
        if count > 1 { self.rename(0, 1) } else { absent_is_fine(unlinkat(&self.dir, &self.name, AtFlags::empty())) }
    }

    /// There may be none of that number yet.
    fn rename(&self, from: u32, to: u32) -> io::Result<()> {
        absent_is_fine(renameat(&self.dir, self.numbered(from), &self.dir, self.numbered(to)))
    }

    fn numbered(&self, number: u32) -> OsString {
        match number {
            0 => self.name.clone(),
            _ => [self.name.as_os_str(), OsStr::new(&format!(".{number}"))].into_iter().collect(),
        }
    }

    fn open(&self, number: u32) -> io::Result<Option<File>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
        match openat(&self.dir, self.numbered(number), flags, Mode::empty()) {
            Err(Errno::NOENT) => Ok(None),
            opened => Ok(Some(opened?.into())),
        }
    }

    /// The files from the newest to the one after `known`.
    fn after(&self, known: Option<u64>) -> io::Result<Vec<File>> {
        let mut found: Vec<(u64, File)> = Vec::new();
        let mut is_gap = false;
        for number in 0.. {
            let Some(file) = self.open(number)? else {
                // A rotation leaves one gap, which moves towards us.
                match is_gap {
                    true => break,
                    false => is_gap = true,
                }
                continue;
            };
            is_gap = false;
            let inode = file.metadata()?.ino();
            if known == Some(inode) {
                break;
            }
            if !found.iter().any(|(other, _)| *other == inode) {
                found.push((inode, file));
            }
        }
        Ok(found.into_iter().map(|(_, file)| file).collect())
    }

    /// Whether the newest file is another one than `known`.
    fn has_moved_on(&self, known: Option<u64>) -> bool {
        statat(&self.dir, &self.name, AtFlags::empty()).is_ok_and(|found| Some(found.st_ino) != known)
    }
}

/// The directory.
impl AsFd for Rotated {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

fn lock(file: &File, operation: FlockOperation) -> io::Result<()> {
    loop {
        match flock(file, operation) {
            Err(Errno::INTR) => {}
            done => return Ok(done?),
        }
    }
}

fn absent_is_fine(done: rustix::io::Result<()>) -> io::Result<()> {
    match done {
        Err(Errno::NOENT) => Ok(()),
        done => Ok(done?),
    }
}

/// Reads whole lines, oldest first, and goes on across rotations.
#[derive(Debug)]
pub struct Reader {
    files: Rotated,
    /// Opened and not yet read to the end, oldest first.
    open: VecDeque<File>,
    /// The inode of the newest file that was ever opened.
    newest: Option<u64>,
    /// Whether a newer file was there before the first of `open` was last read: nothing is added to it any more.
    is_final: bool,
    /// What is left of the newest file, for a reader that does not go on.
    left: Option<u64>,
    buffer: Vec<u8>,
    /// Where in `buffer` the beginning of an unfinished line starts.
    rest: usize,
}

impl Reader {
    /// From the oldest line that there is.
    pub fn from_start(files: Rotated) -> io::Result<Reader> {
        let open = files.after(None)?;
        Reader::new(files, open)
    }

    /// From the newest line backwards, each is shown to `is_before` until that says yes: reading begins after it.
    pub fn from_end(files: Rotated, mut is_before: impl FnMut(&[u8]) -> bool) -> io::Result<Reader> {
        let mut kept = Vec::new();
        for file in files.after(None)? {
            let position = line_before(&file, &mut is_before)?;
            (&file).seek(io::SeekFrom::Start(position.unwrap_or(0)))?;
            kept.push(file);
            if position.is_some() {
                break;
            }
        }
        Reader::new(files, kept)
    }

    /// `newest_first` is what lies before the reader.
    fn new(files: Rotated, newest_first: Vec<File>) -> io::Result<Reader> {
        let newest = newest_first.first().map(|file| file.metadata().map(|meta| meta.ino())).transpose()?;
        let open: VecDeque<File> = newest_first.into_iter().rev().collect();
        let is_final = open.len() > 1;
        Ok(Reader { files, open, newest, is_final, left: None, buffer: Vec::new(), rest: 0 })
    }

    /// What is written from here on is not read.
    pub fn end_here(&mut self) -> io::Result<()> {
        let left = match self.open.back_mut() {
            Some(file) => file.metadata()?.len().saturating_sub(file.stream_position()?),
            None => 0,
        };
        self.left = Some(left);
        Ok(())
    }

    /// The next lines, each with its end; `None`: no more for now.
    pub fn read(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.drain(..self.rest);
        self.rest = 0;
        loop {
            // Early, so that what is removed while we read something older is open by then.
            if self.left.is_none() && self.open.len() <= 1 && self.files.has_moved_on(self.newest) {
                self.open_newer()?;
            }
            let is_newest = self.open.len() == 1;
            let Some(file) = self.open.front_mut() else { return Ok(None) };
            let known = self.buffer.len();
            let most =
                self.left.filter(|_| is_newest).map_or(BLOCK_BYTES, |left| left.min(BLOCK_BYTES as u64) as usize);
            self.buffer.resize(known + most, 0);
            let length = file.read(&mut self.buffer[known..])?;
            self.buffer.truncate(known + length);
            if let (true, Some(left)) = (is_newest, &mut self.left) {
                *left -= length as u64;
            }
            if let Some(end) = self.buffer[known..].iter().rposition(|byte| *byte == b'\n') {
                self.rest = known + end + 1;
                return Ok(Some(&self.buffer[..self.rest]));
            }
            if length == 0 {
                match (self.is_final, self.open.len()) {
                    (true, _) => {
                        self.open.pop_front();
                        self.buffer.clear(); // Half a line of a writer that was killed.
                        self.is_final = self.open.len() > 1;
                    }
                    // Something may have been added before the newer file came: read once more.
                    (false, 2..) => self.is_final = true,
                    (false, _) => return Ok(None),
                }
            }
        }
    }

    fn open_newer(&mut self) -> io::Result<()> {
        let newer = self.files.after(self.newest)?;
        if let Some(file) = newer.first() {
            self.newest = Some(file.metadata()?.ino());
        }
        self.open.extend(newer.into_iter().rev());
        Ok(())
    }
}

/// Shows the lines of a file to `is_before`, last first; the end of the one to which it said yes.
fn line_before(file: &File, is_before: &mut impl FnMut(&[u8]) -> bool) -> io::Result<Option<u64>> {
    let mut start = file.metadata()?.len();
    let mut unseen = Vec::new(); // from `start` on
    while start > 0 {
        let size = (BLOCK_BYTES as u64).min(start);
        start -= size;
        let mut block = vec![0; size as usize];
        file.read_exact_at(&mut block, start)?;
        block.append(&mut unseen);
        unseen = block;
        loop {
            let before = unseen.len().saturating_sub(1);
            let line = match unseen[..before].iter().rposition(|byte| *byte == b'\n') {
                Some(newline) => newline + 1,
                None if start == 0 && !unseen.is_empty() => 0,
                None => break,
            };
            // What has no end yet is read later.
            if unseen.ends_with(b"\n") && is_before(&unseen[line..]) {
                return Ok(Some(start + unseen.len() as u64));
            }
            unseen.truncate(line);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotated(dir: &tempfile::TempDir) -> Rotated {
        Rotated::at(&dir.path().join("log")).unwrap()
    }

    fn add(dir: &tempfile::TempDir, text: &str) {
        rotated(dir).append().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Everything that is there for now.
    fn rest(reader: &mut Reader) -> String {
        let mut text = String::new();
        while let Some(lines) = reader.read().unwrap() {
            text.push_str(std::str::from_utf8(lines).unwrap());
        }
        text
    }

    #[test]
    fn so_many_files_remain() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..5 {
            add(&dir, &format!("{number}\n"));
            rotated(&dir).rotate(3).unwrap();
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "and the new one, when it comes");
        assert_eq!(rest(&mut Reader::from_start(rotated(&dir)).unwrap()), "3\n4\n");
        rotated(&dir).rotate(1).unwrap();
        add(&dir, "a\n");
        rotated(&dir).rotate(1).unwrap();
        assert!(!dir.path().join("log").exists());
    }

    #[test]
    fn a_reader_goes_on_across_any_number_of_rotations() {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = Reader::from_start(rotated(&dir)).unwrap();
        assert_eq!(rest(&mut reader), "");
        add(&dir, "1\n2\nhalf");
        assert_eq!(rest(&mut reader), "1\n2\n");
        add(&dir, " 3\n");
        rotated(&dir).rotate(4).unwrap();
        assert_eq!(rest(&mut reader), "half 3\n");
        for number in 4..7 {
            add(&dir, &format!("{number}\n"));
            rotated(&dir).rotate(4).unwrap();
        }
        add(&dir, "7\n");
        assert_eq!(rest(&mut reader), "4\n5\n6\n7\n");
    }

    #[test]
    fn a_reader_that_does_not_go_on_ends_where_it_began() {
        let dir = tempfile::tempdir().unwrap();
        add(&dir, "1\n");
        rotated(&dir).rotate(3).unwrap();
        add(&dir, "2\n");
        let mut reader = Reader::from_start(rotated(&dir)).unwrap();
        reader.end_here().unwrap();
        add(&dir, "3\n");
        rotated(&dir).rotate(3).unwrap();
        add(&dir, "4\n");
        assert_eq!(rest(&mut reader), "1\n2\n");
    }

    #[test]
    fn a_reader_finds_its_files_wherever_their_directory_went() {
        let dir = tempfile::tempdir().unwrap();
        let (before, after) = (dir.path().join("before"), dir.path().join("after"));
        std::fs::create_dir(&before).unwrap();
        std::fs::write(before.join("log"), "1\n").unwrap();
        let mut reader = Reader::from_start(Rotated::at(&before.join("log")).unwrap()).unwrap();
        std::fs::rename(&before, &after).unwrap();
        Rotated::at(&after.join("log")).unwrap().rotate(3).unwrap();
        std::fs::write(after.join("log"), "2\n").unwrap();
        assert_eq!(rest(&mut reader), "1\n2\n");
    }

    #[test]
    fn the_end_is_found_without_reading_what_lies_before() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(3 * BLOCK_BYTES);
        add(&dir, &format!("old\n{long}\n"));
        rotated(&dir).rotate(3).unwrap();
        add(&dir, "a\n\nb\nunfinished");
        let (all_but_one, all) = (format!("{long}\na\n\nb\n"), format!("old\n{long}\na\n\nb\n"));
        let tails = [(0, ""), (1, "b\n"), (2, "\nb\n"), (3, "a\n\nb\n"), (4, &all_but_one), (9, &all)];
        for (count, tail) in tails {
            let mut seen = 0;
            let is_before = |_: &[u8]| {
                seen += 1;
                seen > count
            };
            assert_eq!(rest(&mut Reader::from_end(rotated(&dir), is_before).unwrap()), tail);
        }
    }
}
