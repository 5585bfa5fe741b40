//! JSON files: one object of the store each, replaced atomically.

use std::ffi::{CStr, OsStr};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{Dir, FileType, Mode, OFlags, openat};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::atomic;
use crate::error::{During, Result};

/// The record at `path`; `None` where there is no such file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        // ENOTDIR: the directory of the object has been replaced or is not one of ours.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        bytes => bytes.during(|| format!("read {}", path.display()))?,
    };
    serde_json::from_slice(&bytes).map(Some).during(|| format!("read {}", path.display()))
}

/// The records of all files in `dir`, in no order; none where there is no such directory. What is still being written,
/// or goes while we look, is left out.
///
/// A listing reads hundreds of small files: each costs an open, a read and a close here, and nothing else.
pub fn read_all<T: DeserializeOwned>(dir: &Path) -> Result<Vec<T>> {
    let opened = match File::open(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.during(|| format!("list {}", dir.display()))?,
    };
    let mut records = Vec::new();
    let mut content = vec![0; 16 * 1024];
    for entry in Dir::read_from(&opened).during(|| format!("list {}", dir.display()))? {
        let entry = entry.during(|| format!("list {}", dir.display()))?;
        let name = entry.file_name();
        if entry.file_type() == FileType::Directory || name.to_bytes().starts_with(b".") {
            continue;
        }
        let act = || format!("read {}", dir.join(OsStr::from_bytes(name.to_bytes())).display());
        if let Some(length) = read_small(opened.as_fd(), name, &mut content).during(act)? {
            records.push(serde_json::from_slice(&content[..length]).during(act)?);
        }
    }
    Ok(records)
}

/// Reads the file `name` in `dir` into `content`, which grows as needed; returns how much that is.
fn read_small(dir: BorrowedFd, name: &CStr, content: &mut Vec<u8>) -> io::Result<Option<usize>> {
    let mut file = match openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        opened => File::from(opened?),
    };
    let mut length = 0;
    loop {
        let read = file.read(&mut content[length..])?;
        length += read;
        // A regular file gives less than was asked for only at its end.
        if length < content.len() {
            return Ok(Some(length));
        }
        content.resize(2 * length, 0);
    }
}

/// Survives a power cut.
pub fn write<T: Serialize>(path: &Path, record: &T) -> Result<()> {
    atomic::write(path, &to_json(record)?)
}

/// Survives a kill, not a power cut: for state that a reboot takes anyway.
pub fn write_unsynced<T: Serialize>(path: &Path, record: &T) -> Result<()> {
    atomic::write_unsynced(path, &to_json(record)?)
}

fn to_json<T: Serialize>(record: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(record)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_absence_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.json");
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), None);
        write(&path, &vec![1, 2]).unwrap();
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), Some(vec![1, 2]));
        assert_eq!(read::<Vec<u8>>(&path.join("below a file")).unwrap(), None);
    }

    #[test]
    fn all_records_of_a_directory_are_read_whatever_their_size() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_all::<String>(&dir.path().join("no such")).unwrap().is_empty());
        let texts = ["short".to_owned(), "x".repeat(16 * 1024 - 3), "y".repeat(100_000)];
        for (number, text) in texts.iter().enumerate() {
            write_unsynced(&dir.path().join(format!("{number}.json")), text).unwrap();
        }
        fs::create_dir(dir.path().join("directory")).unwrap();
        fs::write(dir.path().join(".new-unfinished"), "\"half").unwrap();
        let mut read: Vec<String> = read_all(dir.path()).unwrap();
        read.sort();
        assert_eq!(read, texts);
        fs::write(dir.path().join("damaged.json"), "{").unwrap();
        assert!(read_all::<String>(dir.path()).unwrap_err().to_string().contains("damaged.json"));
    }

    #[test]
    fn a_damaged_record_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.json");
        fs::write(&path, "{").unwrap();
        assert!(read::<Vec<u8>>(&path).unwrap_err().to_string().contains("record.json"));
    }
}
