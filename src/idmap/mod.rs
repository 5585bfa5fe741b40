//! Which ids inside a container mean which ids outside. One ladder, best rung first:
//!
//! 1. [`Rung::Identity`]: the caller is root of its own namespace; every id means itself, in a namespace of its own all
//!    the same, so that root inside has no right over the machine.
//! 2. [`Rung::Subordinate`]: root inside is the user outside, the other ids are the user's subordinate ids; the maps
//!    are written by newuidmap and newgidmap.
//! 3. [`Rung::Single`]: root inside is the user outside, and there is no other id.
//!
//! Layers are stored once, as the best rung sees them; a start never copies or chowns them.

pub mod auto;
pub mod emulation;
pub mod namespace;

use std::process::{Child, Command, Stdio};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};
use crate::host::account::Account;
use crate::host::subids::{self, Range};
use crate::host::tools::{self, Tool};
use crate::oci::runtime::IdMapping;
use crate::settings::{AutoIds, MapRequest, UserNamespaceMode};

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
    /// Asked for line by line: no other map will do.
    #[serde(default)]
    pub is_exact: bool,
}

impl IdMap {
    /// The best rung that this machine and account offer, with root inside as the user outside.
    pub fn choose() -> IdMap {
        IdMap::best_for(&UserNamespaceMode::Default)
    }

    /// An error where a map that was asked for line by line names ids that the account does not have.
    pub fn choose_for(mode: &UserNamespaceMode) -> Result<IdMap> {
        let (uids, gids) = match mode {
            UserNamespaceMode::Maps { uids, gids } => (uids, gids),
            UserNamespaceMode::Auto(ids) => return auto::map_of(ids, &IdMap::of_subordinates()?),
            UserNamespaceMode::NoMap => {
                let base = IdMap::of_subordinates()?;
                let all = AutoIds { slice: Some(auto::all_of(&base)), ..AutoIds::default() };
                return auto::map_of(&all, &base);
            }
            _ => return Ok(IdMap::best_for(mode)),
        };
        let base = IdMap::choose();
        let account = Account::current();
        let map = |what: &str, requests, base, own: u32| -> Result<Vec<IdMapping>> {
            let map = requested(requests, base).during(|| format!("map {what} as asked"))?;
            match map.iter().any(|m| own >= m.host_id && own - m.host_id < m.size) {
                true => Ok(map),
                false => Err(Error::usage(format!("your own id {own} is not among the {what} that are mapped"))
                    .with_hint("the files of images belong to it; give it a place, such as `--uidmap +1000:0:1`")),
            }
        };
        let uids = map("user ids", uids, &base.uids, account.uid)?;
        let gids = map("group ids", gids, &base.gids, account.gid)?;
        Ok(IdMap { rung: base.rung, uids, gids, is_exact: true })
    }

    /// The default map of an account with subordinate ids, of which others can be given parts.
    pub fn of_subordinates() -> Result<IdMap> {
        let base = IdMap::choose();
        match base.rung {
            Rung::Subordinate => Ok(base),
            Rung::Identity => Err(Error::usage("ids without the user's own are subordinate ids, and root has none"))
                .hint(|| "as an ordinary user a container cannot have the ids of this machine's users"),
            Rung::Single => {
                Err(Error::usage("ids without the user's own are subordinate ids, and this account has none"))
                    .hint(|| "`box doctor` says how to get them")
            }
        }
    }

    fn best_for(mode: &UserNamespaceMode) -> IdMap {
        let account = Account::current();
        if account.is_root() && has_id_capabilities() {
            return IdMap {
                rung: Rung::Identity,
                uids: own_extents("/proc/self/uid_map"),
                gids: own_extents("/proc/self/gid_map"),
                is_exact: false,
            };
        }
        let (uids, gids) = (subids::uids(&account), subids::gids(&account));
        if uids.is_empty() || gids.is_empty() || !id_helpers_gain_privileges() {
            return IdMap::single(mode, &account);
        }
        let (uid, gid) = kept(mode, &account);
        let (mut uids, mut gids) = (around(uid, account.uid, &uids), around(gid, account.gid, &gids));
        if let UserNamespaceMode::KeepId { size: Some(size), .. } = mode {
            (uids, gids) = (cut(uids, *size, uid), cut(gids, *size, gid));
        }
        IdMap { rung: Rung::Subordinate, uids, gids, is_exact: false }
    }

    /// These maps and no others, written in whatever way this account has.
    pub fn exactly(uids: Vec<IdMapping>, gids: Vec<IdMapping>) -> IdMap {
        let account = Account::current();
        let is_own = |map: &[IdMapping], own: u32| matches!(map, [line] if (line.host_id, line.size) == (own, 1));
        let rung = match has_id_capabilities() {
            true => Rung::Identity,
            false if is_own(&uids, account.uid) && is_own(&gids, account.gid) => Rung::Single,
            false => Rung::Subordinate,
        };
        IdMap { rung, uids, gids, is_exact: true }
    }

    /// Whether the caller's own user has a number inside.
    pub fn has_caller(&self) -> bool {
        let own = Account::current().uid;
        self.uids.iter().any(|map| own >= map.host_id && own - map.host_id < map.size)
    }

    /// The user and nobody else.
    pub fn single(mode: &UserNamespaceMode, account: &Account) -> IdMap {
        let (uid, gid) = kept(mode, account);
        let one = |container_id, host_id| vec![IdMapping { container_id, host_id, size: 1 }];
        IdMap { rung: Rung::Single, uids: one(uid, account.uid), gids: one(gid, account.gid), is_exact: false }
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
            Err(error) if self.ids.is_exact => Err(error),
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

/// What the user's own ids are called inside.
fn kept(mode: &UserNamespaceMode, account: &Account) -> (u32, u32) {
    match mode {
        UserNamespaceMode::KeepId { uid, gid, .. } => (uid.unwrap_or(account.uid), gid.unwrap_or(account.gid)),
        _ => (0, 0),
    }
}

/// Only ids below `size`, and the kept one.
fn cut(map: Vec<IdMapping>, size: u32, kept: u32) -> Vec<IdMapping> {
    let shorter = |m: IdMapping| IdMapping { size: m.size.min(size.saturating_sub(m.container_id)), ..m };
    map.into_iter().map(|m| if m.container_id == kept { m } else { shorter(m) }).filter(|m| m.size > 0).collect()
}

/// The lines of a map that was asked for; `base` is that of a default container.
fn requested(requests: &[MapRequest], base: &[IdMapping]) -> Result<Vec<IdMapping>> {
    let mut map: Vec<IdMapping> = Vec::new();
    for request in requests {
        match request.is_host {
            true => map.push(IdMapping { container_id: request.inside, host_id: request.outside, size: request.size }),
            false => map.extend(through(request, base)?),
        }
    }
    if requests.iter().any(|request| request.extends) {
        map.extend(rest(&map, base));
    }
    map.sort_by_key(|m| m.container_id);
    let overlaps =
        |pair: &[IdMapping]| u64::from(pair[0].container_id) + u64::from(pair[0].size) > pair[1].container_id.into();
    match map.windows(2).any(overlaps) {
        true => Err(Error::usage("an id inside is mapped twice")),
        false => Ok(map),
    }
}

/// A request that counts as in a default container, in numbers of the host.
fn through(request: &MapRequest, base: &[IdMapping]) -> Result<Vec<IdMapping>> {
    let mut lines = Vec::new();
    let (mut inside, mut wanted, mut left) = (request.inside, request.outside, request.size);
    while left > 0 {
        let extent = base.iter().find(|m| wanted >= m.container_id && wanted - m.container_id < m.size);
        let Some(extent) = extent else {
            return Err(Error::usage(format!("there is no id {wanted} to map to"))
                .with_hint("0 is the user, then come the subordinate ids of /etc/subuid and /etc/subgid"));
        };
        let offset = wanted - extent.container_id;
        let size = left.min(extent.size - offset);
        lines.push(IdMapping { container_id: inside, host_id: extent.host_id + offset, size });
        (inside, wanted, left) = (inside.saturating_add(size), wanted.saturating_add(size), left - size);
    }
    Ok(lines)
}

/// The default map besides `map`: each id that is free on both sides stays where it is, and what then is left inside
/// means what is left outside, in order.
fn rest(map: &[IdMapping], base: &[IdMapping]) -> Vec<IdMapping> {
    let inside = |m: &IdMapping| m.container_id;
    let outside = |m: &IdMapping| m.host_id;
    let free = |all: &[IdMapping], side: fn(&IdMapping) -> u32| {
        map.iter().fold(all.to_vec(), |all, taken| without(all, side, side(taken), taken.size))
    };
    let mut rest = free(&free(base, inside), outside);
    let mut left_inside = rest.iter().fold(free(base, inside), |all, m| without(all, inside, m.container_id, m.size));
    let mut left_outside = rest.iter().fold(free(base, outside), |all, m| without(all, outside, m.host_id, m.size));
    while let (Some(within), Some(without)) = (left_inside.first_mut(), left_outside.first_mut()) {
        let size = within.size.min(without.size);
        rest.push(IdMapping { container_id: within.container_id, host_id: without.host_id, size });
        for side in [&mut left_inside, &mut left_outside] {
            let first = &mut side[0];
            *first = IdMapping {
                container_id: first.container_id.saturating_add(size),
                host_id: first.host_id.saturating_add(size),
                size: first.size - size,
            };
            side.retain(|m| m.size > 0);
        }
    }
    rest
}

/// What remains of a map when `size` ids from `start` on are taken out of one side of it.
fn without(map: Vec<IdMapping>, side: fn(&IdMapping) -> u32, start: u32, size: u32) -> Vec<IdMapping> {
    let (start, end) = (u64::from(start), u64::from(start) + u64::from(size));
    let part = |m: &IdMapping, from: u64, to: u64| {
        let offset = (from - u64::from(side(m))) as u32;
        let size = to.saturating_sub(from) as u32;
        IdMapping { container_id: m.container_id + offset, host_id: m.host_id + offset, size }
    };
    map.iter()
        .flat_map(|m| {
            let (low, high) = (u64::from(side(m)), u64::from(side(m)) + u64::from(m.size));
            [part(m, low, high.min(start.max(low))), part(m, low.max(end.min(high)), high)]
        })
        .filter(|m| m.size > 0)
        .collect()
}

/// Every id that exists in our own namespace, mapped to itself.
fn own_extents(path: &str) -> Vec<IdMapping> {
    let map = IdMapping::of_map(&std::fs::read_to_string(path).unwrap_or_default());
    map.into_iter().map(|extent| IdMapping { host_id: extent.container_id, ..extent }).collect()
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
    fn a_map_that_is_asked_for_counts_as_a_default_container_does() {
        let base = around(0, 1000, &[Range { start: 100_000, count: 100 }]);
        let request = |inside, outside, size| MapRequest { inside, outside, size, is_host: false, extends: false };
        let triples = |requests: &[MapRequest]| {
            requested(requests, &base)
                .map(|map| map.iter().map(|m| (m.container_id, m.host_id, m.size)).collect::<Vec<_>>())
        };
        assert_eq!(triples(&[request(0, 1, 10), request(10, 0, 1)]).unwrap(), [(0, 100_000, 10), (10, 1000, 1)]);
        assert_eq!(triples(&[request(5, 0, 3)]).unwrap(), [(5, 1000, 1), (6, 100_000, 2)]);
        let host = MapRequest { is_host: true, ..request(7, 1000, 1) };
        assert_eq!(triples(std::slice::from_ref(&host)).unwrap(), [(7, 1000, 1)]);
        let extended = triples(&[MapRequest { extends: true, ..host }]).unwrap();
        assert_eq!(extended, [(0, 100_006, 1), (1, 100_000, 6), (7, 1000, 1), (8, 100_007, 93)]);
        assert!(triples(&[request(0, 1, 101)]).is_err(), "more than there are");
        assert!(triples(&[request(0, 1, 10), request(9, 20, 1)]).is_err(), "one inside twice");
    }

    #[test]
    fn a_kept_id_may_have_fewer_others_beside_it() {
        let map = cut(around(1000, 1000, &[Range { start: 100_000, count: 65_536 }]), 10, 1000);
        let triples: Vec<_> = map.iter().map(|m| (m.container_id, m.host_id, m.size)).collect();
        assert_eq!(triples, [(0, 100_000, 10), (1000, 1000, 1)]);
    }

    #[test]
    fn subordinate_ids_fill_the_numbers_around_the_user() {
        check(0, &[(100_000, 65_536)], &[(0, 1000, 1), (1, 100_000, 65_536)]);
        check(1000, &[(100_000, 65_536)], &[(0, 100_000, 1000), (1000, 1000, 1), (1001, 101_000, 64_536)]);
        check(0, &[(100, 10), (500, 5)], &[(0, 1000, 1), (1, 100, 10), (11, 500, 5)]);
        check(20, &[(100, 10), (500, 5)], &[(0, 100, 10), (10, 500, 5), (20, 1000, 1)]);
    }
}
