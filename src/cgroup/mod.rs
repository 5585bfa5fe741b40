//! Limits on what a container uses: cgroup v2 where a writable subtree is delegated, v1 where it is writable, and what
//! is left without either (the CPUs to run on).
//!
//! [`Plan::choose`] decides on the caller's side and says which limits cannot be kept; the plan goes to the monitor,
//! which makes the group, admits process 1 before it runs the payload, and removes the group at the end.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::settings::Limits;

/// The groups of one container and the values to write into them; nothing for a container without limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    groups: Vec<Group>,
    /// CPUs to run on where no group can say so.
    affinity: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    directory: PathBuf,
    /// (file, content), in the order of writing.
    values: Vec<(String, String)>,
}

impl Plan {
    /// Chooses how to keep `limits` on this machine; each text is a warning for the user about a limit that cannot be.
    pub fn choose(_limits: &Limits, _container_id: &str) -> Result<(Plan, Vec<String>)> {
        Ok((Plan::default(), Vec::new()))
    }

    /// Makes the groups with their limits.
    pub fn create(&self) -> Result<()> {
        Ok(())
    }

    /// The directory of the v2 group, for a child that shall begin its life there (clone3 CLONE_INTO_CGROUP).
    pub fn open_v2(&self) -> Option<OwnedFd> {
        None
    }

    /// Puts a process, and whatever it starts from then on, under the limits. Once more does no harm.
    pub fn admit(&self, _pid: Pid) -> Result<()> {
        Ok(())
    }

    /// Kills every process in the group; whether there was a way to do so.
    pub fn kill(&self) -> bool {
        false
    }

    /// Removes the groups, whose processes have ended.
    pub fn remove(&self) {}
}
