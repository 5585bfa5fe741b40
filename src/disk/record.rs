//! JSON files: one object of the store each, replaced atomically.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

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
    fn a_damaged_record_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.json");
        fs::write(&path, "{").unwrap();
        assert!(read::<Vec<u8>>(&path).unwrap_err().to_string().contains("record.json"));
    }
}
