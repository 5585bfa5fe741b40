//! A network namespace that reaches the world.
//!
//! [`Plan::choose`] decides on the caller's side which way this machine offers; the plan goes to the monitor, which
//! carries it out with [`Plan::attach`] once the namespace exists and before the payload runs. What the payload reads
//! about its network (`/etc/hosts`, `/etc/resolv.conf`) is composed by [`names`].
//!
//! Joining another container's namespace is the caller's affair: it knows the containers, and asks for a path.

pub mod names;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::{NetworkMode, PortRequest, Protocol};

/// The way to the world that was chosen for one start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// A namespace of its own with nothing but loopback.
    #[default]
    None,
    /// The host's namespace.
    Host,
    /// Joins the namespace at this path.
    Path(String),
    Pasta { program: PathBuf, options: Vec<String>, ports: Vec<Published> },
    Slirp4netns { program: PathBuf, options: Vec<String>, ports: Vec<Published> },
}

/// A port of the host that leads into the container; every part is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// `None`: all addresses of the host.
    pub host_address: Option<IpAddr>,
    pub host_port: u16,
    pub container_port: u16,
    pub protocol: Protocol,
}

impl Plan {
    /// Chooses the way for `mode`; the text is a warning for the user, one line.
    ///
    /// `NetworkMode::Container` must have been resolved to a path before.
    pub fn choose(_mode: &NetworkMode, _ports: &[PortRequest]) -> Result<(Plan, Option<String>)> {
        Ok((Plan::None, None))
    }

    /// Whether the container gets a new network namespace.
    pub fn is_private(&self) -> bool {
        !matches!(self, Plan::Host | Plan::Path(_))
    }

    /// The published ports, with those that were free to choose.
    pub fn ports(&self) -> &[Published] {
        match self {
            Plan::Pasta { ports, .. } | Plan::Slirp4netns { ports, .. } => ports,
            _ => &[],
        }
    }

    /// Connects the namespaces of process `pid` to the world, and returns when the interface is configured.
    ///
    /// Called by the monitor, which has one thread, after the ids of `pid` were mapped and before it runs the payload.
    /// Sockets and the like are made in `runtime_dir`, a directory of this container alone.
    pub fn attach(&self, _pid: Pid, _runtime_dir: &Path) -> Result<Attachment> {
        Err(Error::new("no way to the world"))
    }
}

/// A connection in use; ends when dropped, and with the process that holds it.
#[derive(Debug, Default)]
pub struct Attachment {}
