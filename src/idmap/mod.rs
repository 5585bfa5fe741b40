//! Which ids inside a container mean which ids outside. One ladder, best rung first:
//!
//! 1. [`Rung::Identity`]: the caller is root of its own namespace; every id means itself, in a namespace of its own all
//!    the same, so that root inside has no right over the machine.
//! 2. [`Rung::Subordinate`]: root inside is the user outside, the other ids are the user's subordinate ids; the maps
//!    are written by newuidmap and newgidmap.
//! 3. [`Rung::Single`]: root inside is the user outside, and there is no other id.
//!
//! Layers are stored once, as the best rung sees them; a start never copies or chowns them.

use std::process::{Child, Command, Stdio};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};
use crate::host::account::Account;
use crate::host::subids::{self, Range};
use crate::host::tools::{self, Tool};
use crate::oci::runtime::IdMapping;
use crate::settings::UserNamespaceMode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    Identity,
    Subordinate,
    Single,
}

/// The maps of one user namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdMap {
    pub rung: Rung,
    pub uids: Vec<IdMapping>,
    pub gids: Vec<IdMapping>,
}

impl IdMap {
    /// The best rung that this machine and account offer, with root inside as the user outside.
    pub fn choose() -> IdMap {
        IdMap::choose_for(&UserNamespaceMode::Default)
    }

    pub fn choose_for(mode: &UserNamespaceMode) -> IdMap {
        let account = Account::current();
        if account.is_root() && has_id_capabilities() {
            return IdMap {
                rung: Rung::Identity,
                uids: own_extents("/proc/self/uid_map"),
                gids: own_extents("/proc/self/gid_map"),
            };
        }
        let (uids, gids) = (subids::uids(&account), subids::gids(&account));
        if uids.is_empty() || gids.is_empty() || !id_helpers_gain_privileges() {
            return IdMap::single(mode, &account);
        }
        let (uid, gid) = match mode {
            UserNamespaceMode::KeepId { uid, gid } => (uid.unwrap_or(account.uid), gid.unwrap_or(account.gid)),
            _ => (0, 0),
        };
        let (uids, gids) = match mode {
            UserNamespaceMode::NoMap => (subordinates(0, &uids), subordinates(0, &gids)),
            _ => (around(uid, account.uid, &uids), around(gid, account.gid, &gids)),
        };
        IdMap { rung: Rung::Subordinate, uids, gids }
    }

    /// The user and nobody else.
    pub fn single(mode: &UserNamespaceMode, account: &Account) -> IdMap {
        let (uid, gid) = match mode {
            UserNamespaceMode::KeepId { uid, gid } => (uid.unwrap_or(account.uid), gid.unwrap_or(account.gid)),
            _ => (0, 0),
        };
        let one = |container_id, host_id| vec![IdMapping { container_id, host_id, size: 1 }];
        IdMap { rung: Rung::Single, uids: one(uid, account.uid), gids: one(gid, account.gid) }
    }

    /// Writes the maps of the user namespace that `pid` has just made; returns what was written.
    pub fn apply(&self, pid: Pid) -> Result<IdMap> {
        self.begin(pid)?.finish()
    }

    /// Begins to write the maps. The helpers are set-uid programs that take milliseconds; they run beside us.
    pub fn begin(&self, pid: Pid) -> Result<Mapping> {
        let helpers = match self.rung {
            Rung::Identity | Rung::Single => self.write_directly(pid).map(|()| Vec::new())?,
            Rung::Subordinate => [(Tool::Newuidmap, &self.uids), (Tool::Newgidmap, &self.gids)]
                .into_iter()
                .map(|(tool, map)| Ok((tool, start_helper(tool, pid, map)?)))
                .collect::<Result<_>>()?,
        };
        Ok(Mapping { pid, ids: self.clone(), helpers })
    }

    fn write_directly(&self, pid: Pid) -> Result<()> {
        if self.rung == Rung::Single {
            // Without this the kernel refuses a gid map from an unprivileged process (user_namespaces(7)).
            write_proc(pid, "setgroups", "deny")?;
        }
        write_proc(pid, "uid_map", &lines(&self.uids))?;
        write_proc(pid, "gid_map", &lines(&self.gids))
    }
}

/// Maps on their way.
#[derive(Debug)]
pub struct Mapping {
    pid: Pid,
    ids: IdMap,
    helpers: Vec<(Tool, Child)>,
}

impl Mapping {
    /// Waits until the maps are written; returns what was.
    ///
    /// The last rung stands in where the helpers fail (a `nosuid` mount, `NoNewPrivileges`, a range that is not
    /// granted): a map that was not written may still be.
    pub fn finish(self) -> Result<IdMap> {
        let outcomes: Vec<Result<()>> =
            self.helpers.into_iter().map(|(tool, child)| hear_helper(tool, child)).collect();
        match outcomes.into_iter().collect::<Result<()>>() {
            Ok(()) => Ok(self.ids),
            Err(error) => {
                let single = IdMap::single(&UserNamespaceMode::Default, &Account::current());
                single.write_directly(self.pid).map(|()| single).map_err(|_| error)
            }
        }
    }
}

fn hear_helper(tool: Tool, child: Child) -> Result<()> {
    let output = child.wait_with_output().during(|| format!("wait for {}", tool.program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(said.trim().to_owned()).while_doing(format!("map ids with {}", tool.program())))
}

fn start_helper(tool: Tool, pid: Pid, map: &[IdMapping]) -> Result<Child> {
    let program = tools::find(tool).ok_or_else(|| {
        Error::new(format!("{} is not installed", tool.program()))
            .with_hint(format!("install the package `{}`", tool.package()))
    })?;
    let numbers = map.iter().flat_map(|m| [m.container_id, m.host_id, m.size]).map(|number| number.to_string());
    Command::new(program)
        .arg(pid.to_string())
        .args(numbers)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .during(|| format!("start {}", tool.program()))
}

fn write_proc(pid: Pid, file: &str, text: &str) -> Result<()> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::write(&path, text).during(|| format!("write {path}"))
}

fn lines(map: &[IdMapping]) -> String {
    map.iter().map(|m| format!("{} {} {}\n", m.container_id, m.host_id, m.size)).collect()
}

/// `host` appears as `inside`; the subordinate ids fill the numbers below and above it.
fn around(inside: u32, host: u32, ranges: &[Range]) -> Vec<IdMapping> {
    let mut map = vec![IdMapping { container_id: inside, host_id: host, size: 1 }];
    let mut next = 0;
    for range in ranges {
        let (mut start, mut left) = (range.start, range.count);
        if next < inside {
            let below = left.min(inside - next);
            map.push(IdMapping { container_id: next, host_id: start, size: below });
            (next, start, left) = (next + below, start + below, left - below);
        }
        if next == inside {
            next += 1;
        }
        if left > 0 && next > inside {
            map.push(IdMapping { container_id: next, host_id: start, size: left });
            next = next.saturating_add(left);
        }
    }
    map.sort_by_key(|m| m.container_id);
    map
}

fn subordinates(first: u32, ranges: &[Range]) -> Vec<IdMapping> {
    let mut next = first;
    ranges
        .iter()
        .map(|range| {
            let mapping = IdMapping { container_id: next, host_id: range.start, size: range.count };
            next = next.saturating_add(range.count);
            mapping
        })
        .collect()
}

/// Every id that exists in our own namespace, mapped to itself.
fn own_extents(path: &str) -> Vec<IdMapping> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let extents = text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().map(|field| field.parse().ok());
        let (inside, _outside, size) = (fields.next()??, fields.next()??, fields.next()??);
        Some(IdMapping { container_id: inside, host_id: inside, size })
    });
    extents.collect()
}

/// Root of a container may lack the right to map any id but its own.
fn has_id_capabilities() -> bool {
    use rustix::thread::CapabilitySet;
    rustix::thread::capabilities(None)
        .is_ok_and(|held| held.effective.contains(CapabilitySet::SETUID | CapabilitySet::SETGID))
}

/// Whether newuidmap and newgidmap are there and would gain the rights they need when we start them.
fn id_helpers_gain_privileges() -> bool {
    use std::os::unix::fs::MetadataExt;
    let gains = |tool| {
        tools::find(tool).is_some_and(|path| {
            let set_uid = path.metadata().is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o4000 != 0);
            let mut value = [0; 64];
            set_uid || rustix::fs::getxattr(&path, "security.capability", &mut value[..]).is_ok()
        })
    };
    !rustix::thread::no_new_privs().unwrap_or(false) && gains(Tool::Newuidmap) && gains(Tool::Newgidmap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inside: u32, ranges: &[(u32, u32)], expected: &[(u32, u32, u32)]) {
        let ranges: Vec<Range> = ranges.iter().map(|&(start, count)| Range { start, count }).collect();
        let map = around(inside, 1000, &ranges);
        let triples: Vec<_> = map.iter().map(|m| (m.container_id, m.host_id, m.size)).collect();
        assert_eq!(triples, expected);
    }

    #[test]
    fn subordinate_ids_fill_the_numbers_around_the_user() {
        check(0, &[(100_000, 65_536)], &[(0, 1000, 1), (1, 100_000, 65_536)]);
        check(1000, &[(100_000, 65_536)], &[(0, 100_000, 1000), (1000, 1000, 1), (1001, 101_000, 64_536)]);
        check(0, &[(100, 10), (500, 5)], &[(0, 1000, 1), (1, 100, 10), (11, 500, 5)]);
        check(20, &[(100, 10), (500, 5)], &[(0, 100, 10), (10, 500, 5), (20, 1000, 1)]);
    }
}
