//! A file is either the old one or the new one, at every instant.
//!
//! The new content is written beside the file and renamed over it. A writer that is killed in between leaves a name
//! that begins with [`UNFINISHED`]: whoever lists the directory passes over it, [`forget_unfinished`] removes it.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{During, Result};

pub const UNFINISHED: &str = ".new-";

/// Replaces the file at `path` so that neither a kill nor a power cut leaves half of it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    replace(path, content, Durability::PowerCut)
}

/// Replaces the file at `path` so that a kill does not leave half of it. For state that a reboot takes anyway.
pub fn write_unsynced(path: &Path, content: &[u8]) -> Result<()> {
    replace(path, content, Durability::Kill)
}

/// Makes the names in `dir` survive a power cut: what has been created, renamed and removed there.
pub fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).during(|| format!("sync {}", dir.display()))
}

/// Removes what killed writers left in `dir`. A file younger than an hour may still have a writer and stays.
pub fn forget_unfinished(dir: &Path) -> Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.during(|| format!("list {}", dir.display()))?,
    };
    for entry in entries.flatten().filter(|entry| is_unfinished(&entry.file_name())) {
        if is_older_than(&entry, Duration::from_secs(3600)) {
            let _ = fs::remove_file(entry.path()); // another command removed it first
        }
    }
    Ok(())
}

/// Whether nobody has changed it for that long, by the clock of this machine.
pub fn is_older_than(entry: &fs::DirEntry, age: Duration) -> bool {
    let modified = entry.metadata().ok().and_then(|metadata| metadata.modified().ok());
    modified.and_then(|time| time.elapsed().ok()).is_some_and(|elapsed| elapsed > age)
}

pub fn is_unfinished(file_name: &std::ffi::OsStr) -> bool {
    file_name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes())
}

/// A name that no other process or thread uses: 24 hexadecimal digits.
pub fn fresh_name() -> String {
    // The standard library seeds its hash tables from the kernel's random numbers; a fork copies that seed, hence the
    // pid.
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{random:016x}{:08x}", std::process::id())
}

#[derive(Clone, Copy, PartialEq)]
enum Durability {
    PowerCut,
    Kill,
}

fn replace(path: &Path, content: &[u8], durability: Durability) -> Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = dir.join(format!("{UNFINISHED}{}", fresh_name()));
    put_in_place(&unfinished, path, content, durability)
        .inspect_err(|_| drop(fs::remove_file(&unfinished)))
        .and_then(|()| match durability {
            Durability::PowerCut => sync_dir(dir),
            Durability::Kill => Ok(()),
        })
        .during(|| format!("write {}", path.display()))
}

fn put_in_place(unfinished: &PathBuf, path: &Path, content: &[u8], durability: Durability) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished)?;
    file.write_all(content)?;
    if durability == Durability::PowerCut {
        file.sync_all()?;
    }
    Ok(fs::rename(unfinished, path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.json");
        write(&path, b"a longer first content").unwrap();
        write_unsynced(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_names_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir_all(path.join("by a directory")).unwrap();
        let error = write(&path, b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_an_old_writer_left_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".new-old", ".new-young", "kept"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(7200);
        for name in [".new-old", "kept"] {
            File::open(dir.path().join(name)).unwrap().set_modified(long_ago).unwrap();
        }
        forget_unfinished(dir.path()).unwrap();
        assert!(!dir.path().join(".new-old").exists());
        assert!(dir.path().join(".new-young").exists() && dir.path().join("kept").exists());
    }
}
