//! What is on disk of a container that another engine has described, and what the kernel says about it.
//!
//! ```text
//! ROOT/<id>/          locked while it comes or goes
//!     record.json     what it is made of: the configuration as it was when it was created, and its first process
//!     start           the socket at which its init waits to be started
//! ```
//!
//! Nothing here is kept up to date: whether it waits, runs or has ended, the kernel knows.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cgroup;
use crate::container::processes::Members;
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::oci::runtime::{self, NamespaceKind, Spec};
use crate::process::listener;
use crate::process::liveness::Identity;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub id: String,
    pub bundle: PathBuf,
    /// RFC 3339.
    pub created: String,
    /// The user who made it.
    pub owner: u32,
    pub spec: Spec,
    pub cgroup: cgroup::Plan,
    /// Process 1; `None` until there is one.
    pub init: Option<Identity>,
}

/// runtime.md#state, and Podman's and containerd's `paused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Creating,
    Created,
    Running,
    Paused,
    Stopped,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Creating => "creating",
            Status::Created => "created",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Stopped => "stopped",
        }
    }
}

/// A container of a runtime directory.
#[derive(Clone, Debug)]
pub struct Container {
    pub dir: PathBuf,
    pub record: Record,
}

impl Container {
    pub fn find(root: &Path, id: &str) -> Result<Container> {
        check_id(id)?;
        let dir = root.join(id);
        match record::read(&dir.join("record.json"))? {
            Some(record) => Ok(Container { dir, record }),
            None => Err(Error::absent("container", id).with_hint("containers of `box run` are not among these")),
        }
    }

    /// All of them, by their ids.
    pub fn list(root: &Path) -> Result<Vec<Container>> {
        let entries = match fs::read_dir(root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.during(|| format!("list `{}`", root.display()))?,
        };
        let mut names: Vec<_> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        // What comes or goes just now is not there.
        Ok(names.iter().filter_map(|id| Container::find(root, id).ok()).collect())
    }

    pub fn save(&self) -> Result<()> {
        record::write_unsynced(&self.dir.join("record.json"), &self.record)
    }

    /// Where its init waits.
    pub fn gate(&self) -> PathBuf {
        self.dir.join("start")
    }

    /// A handle on its first process, as long as that lives.
    pub fn open_init(&self) -> Result<Option<OwnedFd>> {
        match &self.record.init {
            Some(init) => init.open(),
            None => Ok(None),
        }
    }

    pub fn status(&self) -> Result<Status> {
        let Some(init) = &self.record.init else {
            let is_locked = Lock::try_exclusive_dir(&self.dir)?.is_none();
            return Ok(if is_locked { Status::Creating } else { Status::Stopped });
        };
        Ok(match init.is_alive() {
            false => Status::Stopped,
            // Init's end of the socket goes when it becomes the program.
            true if listener::call(&self.gate()).is_ok() => Status::Created,
            true if self.freezer().is_some_and(|freezer| freezer.is_frozen()) => Status::Paused,
            true => Status::Running,
        })
    }

    /// What may freeze it, if anything may.
    pub fn freezer(&self) -> Option<cgroup::Freezer> {
        let init = self.record.init.as_ref()?;
        self.record.cgroup.freezers(&self.record.id, init.pid).into_iter().next()
    }

    /// Its processes as this process sees them: those of its groups, or else of its namespaces.
    pub fn members(&self) -> Result<Vec<i32>> {
        let members = self.record.cgroup.members();
        match &self.record.init {
            Some(init) if members.is_empty() => {
                let has_own = |kind| self.record.spec.linux.namespaces.iter().any(|one| one.kind == kind);
                let kinds: &[&'static str] = if has_own(NamespaceKind::Pid) { &["mnt", "pid"] } else { &["mnt"] };
                Members::of_payload(init.pid, init.pid, kinds)?.list()
            }
            _ => Ok(members),
        }
    }

    /// The container as `state` prints it and hooks are told of it.
    pub fn state(&self, status: Status) -> runtime::State {
        let pid = self.record.init.as_ref().filter(|_| status != Status::Stopped).map_or(0, |init| init.pid);
        runtime::State {
            oci_version: self.record.spec.oci_version.clone(),
            id: self.record.id.clone(),
            status: status.word().to_owned(),
            pid,
            bundle: self.record.bundle.to_string_lossy().into_owned(),
            annotations: self.record.spec.annotations.clone(),
        }
    }
}

/// An id is the name of a directory.
pub fn check_id(id: &str) -> Result<()> {
    let is_safe = !id.is_empty()
        && id.len() <= 1024
        && !id.starts_with('.')
        && id.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+-.".contains(letter));
    match is_safe {
        true => Ok(()),
        false => Err(Error::usage(format!("`{}` cannot be the id of a container", id.escape_debug()))
            .with_hint("letters, digits and any of _+-. are allowed, and no dot at the beginning")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_name_of_a_directory() {
        assert!(check_id("web-1.x_y+z").is_ok());
        for id in ["", ".", "..", "a/b", "a b", "a\n", "../x"] {
            assert!(check_id(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_and_not_listed() {
        let root = tempfile::tempdir().unwrap();
        assert!(Container::find(root.path(), "x").is_err());
        fs::create_dir(root.path().join("half")).unwrap();
        assert!(Container::list(root.path()).unwrap().is_empty());
        assert!(Container::list(&root.path().join("nowhere")).unwrap().is_empty());
    }
}
