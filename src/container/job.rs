//! What a monitor is told to keep: everything that its caller has decided, as plain data. It travels in a memory file.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};

use super::logs::Attributes;
use crate::cgroup;
use crate::error::{During, Result};
use crate::init;
use crate::network::{self, Published};
use crate::rootfs::FuseMount;
use crate::settings::Settings;
use crate::store::events::Subject;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub container_id: String,
    pub store_root: PathBuf,
    /// ROOT/containers/<id>
    pub container_dir: PathBuf,
    /// ROOT/names/containers, ROOT/trash/<id>: for a container that is removed when it ends.
    pub names_dir: PathBuf,
    pub trash_dir: PathBuf,
    /// A directory of this container's own for sockets.
    pub runtime_dir: PathBuf,
    pub settings: Settings,
    /// By which the payload is asked to end.
    pub stop_signal: i32,
    /// As events name the container.
    pub subject: Subject,
    /// What is logged with each line.
    pub log: Attributes,
    pub plan: init::Plan,
    pub network: network::Plan,
    /// The monitor's numbers of the sockets at which members of its named networks call it.
    #[serde(default)]
    pub seats: Vec<i32>,
    /// Published ports whose sockets others have bound, with the monitor's numbers of those.
    #[serde(default)]
    pub bound_ports: Vec<(Published, i32)>,
    pub cgroup: cgroup::Plan,
    pub fuse: Option<FuseMount>,
    pub streams: Streams,
    /// The caller stays attached: the container is its, and ends with it.
    pub caller_stays: bool,
    /// The monitor is a child of whoever adopts it, from its first moment on.
    pub leaves_starter: bool,
}

/// Where the payload's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Streams {
    /// The payload holds the caller's own descriptors; nothing is copied.
    Caller,
    /// Pipes that the monitor reads, for the log and whoever attaches.
    Pipes,
    /// A terminal that the monitor relays.
    Terminal,
}

impl Job {
    pub fn to_memory(&self) -> Result<OwnedFd> {
        let write = || -> Result<OwnedFd> {
            let mut file = File::from(memfd_create("job", MemfdFlags::CLOEXEC)?);
            file.write_all(&serde_json::to_vec(self)?)?;
            file.rewind()?;
            Ok(file.into())
        };
        write().during(|| "write the monitor's job")
    }

    pub fn from_memory(memory: OwnedFd) -> Result<Job> {
        let mut text = Vec::new();
        File::from(memory).read_to_end(&mut text).during(|| "read the monitor's job")?;
        Ok(serde_json::from_slice(&text)?)
    }
}
