//! Secrets: files in memory that are the container's own, and gone with its last process.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};
use serde::{Deserialize, Serialize};

use super::mounts;
use crate::disk::beneath;
use crate::disk::opaque::Opaque;
use crate::error::{During, Result};

/// Where most of them are: in one file system, so that what the container writes has no trace of their names.
const DIRECTORY: &str = "/run/secrets";

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFile {
    /// Absolute, inside.
    pub target: PathBuf,
    /// `None`: root, or whoever is there where there is no root.
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub mode: u32,
    pub content: Opaque,
}

impl SecretFile {
    fn place_in_directory(&self) -> Option<&Path> {
        self.target.strip_prefix(DIRECTORY).ok().filter(|place| !place.as_os_str().is_empty())
    }

    /// Makes it in a file system of ours.
    fn write(&self, parent: BorrowedFd, name: &Path) -> Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(parent, name, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(file);
        file.write_all(&self.content.0)?;
        std::os::unix::fs::fchown(&file, self.uid, self.gid)
            .during(|| "give it to the user who was asked for")
            .hint(|| "the ids of this container are in its /proc/self/uid_map and /proc/self/gid_map")?;
        // After the owner, whose change takes set-user-ID away.
        Ok(rustix::fs::fchmod(&file, Mode::from_raw_mode(self.mode))?)
    }
}

pub fn attach_all(root: BorrowedFd, secrets: &[SecretFile]) -> Result<()> {
    let act = |secret: &SecretFile| format!("make secret `{}`", secret.target.display());
    let (shared, others): (Vec<_>, Vec<_>) = secrets.iter().partition(|secret| secret.place_in_directory().is_some());
    if !shared.is_empty() {
        let directory = memory(&shared)?;
        for secret in shared {
            let place = secret.place_in_directory().expect("it was chosen for having one");
            let write = || -> Result<()> {
                let (parent, name) = beneath::create_parent(directory.as_fd(), place, Mode::from_raw_mode(0o755))?;
                secret.write(parent.as_fd(), Path::new(&name))
            };
            write().during(|| act(secret))?;
        }
        mounts::attach_directory(root, Path::new(DIRECTORY), directory.as_fd())?;
    }
    for secret in others {
        let attach = || -> Result<()> {
            let directory = memory(&[secret])?;
            secret.write(directory.as_fd(), Path::new("file"))?;
            mounts::attach_file(root, &secret.target, directory.as_fd(), "file")
        };
        attach().during(|| act(secret))?;
    }
    Ok(())
}

/// A file system with room for these, and little more.
fn memory(secrets: &[&SecretFile]) -> Result<OwnedFd> {
    const PAGE_BYTES: usize = 64 << 10; // The largest of any machine.
    let pages: usize = secrets.iter().map(|secret| 1 + secret.content.0.len().div_ceil(PAGE_BYTES)).sum();
    mounts::memory(pages * PAGE_BYTES).during(|| "make a file system for secrets")
}
