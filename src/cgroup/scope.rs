//! A scope of the user's systemd: the way to a group of one's own from a login session, whose group is root's.
//!
//! ```text
//! user@1000.service/app.slice/box-<id>.scope/    made by systemd around the monitor, ours to divide
//!     monitor/                                   the monitor: limits can be set where no process is beside groups
//!     box-<id>/                                  the container
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::wishes::Wish;
use crate::error::{During, Error, Result};
use crate::host::systemd;

/// What a scope would have.
pub(super) struct Offer {
    controllers: Vec<String>,
}

/// `None` where there is no systemd that would make scopes for us, or none with cgroup v2.
pub(super) fn offer() -> Option<Offer> {
    systemd::users_bus()?;
    let uid = rustix::process::getuid().as_raw();
    let tree = Layout::of_this_process().v2_mount_point()?;
    let manager = tree.join(format!("user.slice/user-{uid}.slice/user@{uid}.service"));
    let controllers = fs::read_to_string(manager.join("cgroup.controllers")).ok()?;
    Some(Offer { controllers: controllers.split_whitespace().map(str::to_owned).collect() })
}

impl Offer {
    pub fn keeps(&self, wish: &Wish) -> bool {
        self.controllers.contains(&wish.controller) || !wish.affinity.is_empty()
    }
}

/// Has the scope made around this process, and makes room in it for groups beside this process. `slice`: where the
/// manager would not put it by itself.
pub(super) fn enter(unit: &str, slice: Option<&str>, container_id: &str) -> Result<Layout> {
    let short = container_id.get(..12).unwrap_or(container_id);
    systemd::start_scope(unit, slice, &format!("container {short} of box"), std::process::id())?;
    let scope = Layout::of_this_process().v2_group().map(Path::to_owned).filter(|group| group.ends_with(unit));
    let scope: PathBuf = scope.ok_or_else(|| Error::new(format!("systemd has made no group for `{unit}`")))?;
    let own = scope.join("monitor");
    let move_aside = || -> std::io::Result<()> {
        fs::create_dir(&own)?;
        fs::write(own.join("cgroup.procs"), std::process::id().to_string())
    };
    move_aside().during(|| format!("make room in cgroup {}", scope.display()))?;
    Ok(Layout::at(scope))
}
