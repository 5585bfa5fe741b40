//! What a container reads about its network: `/etc/hosts`, `/etc/hostname`, `/etc/resolv.conf`. Pure: text in, text out.

use std::net::IpAddr;

use super::Plan;
use crate::error::Result;

/// What was asked for (see `settings`), and who the container is.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    pub hostname: &'a str,
    /// Further names of the container itself.
    pub aliases: &'a [String],
    /// (name, address); the address may be `host-gateway`.
    pub extra_hosts: &'a [(String, String)],
    pub dns: &'a [String],
    pub dns_search: &'a [String],
    pub dns_options: &'a [String],
}

/// The host's own files, as text; empty where they cannot be read.
#[derive(Clone, Debug, Default)]
pub struct HostFiles {
    pub hosts: String,
    pub resolv_conf: String,
}

impl HostFiles {
    pub fn read() -> HostFiles {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        HostFiles { hosts: text("/etc/hosts"), resolv_conf: text("/etc/resolv.conf") }
    }
}

/// The contents of the three files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub hosts: String,
    pub hostname: String,
    /// `None` leaves the image's own (`--dns none`).
    pub resolv_conf: Option<String>,
}

/// Composes the files for a container on `plan`.
pub fn compose(_plan: &Plan, _asked: &Asked, _host: &HostFiles) -> Result<Files> {
    let _: Option<IpAddr> = None;
    Ok(Files::default())
}
