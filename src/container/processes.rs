//! The processes of a container, seen from outside: /proc is read; nothing of the container is joined or run for it
//! (CVE-2022-1227).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use rustix::process::{PidfdFlags, pidfd_open};

use super::record::State;
use crate::error::{During, Error, Result};
use crate::process::liveness;
use crate::settings::{NamespaceMode, Settings};

/// Who belongs to one container.
#[derive(Debug)]
pub struct Members {
    payload: i32,
    /// Kind and number: who is in one of these belongs to the container.
    namespaces: Vec<(&'static str, u64)>,
}

impl Members {
    pub fn of(settings: &Settings, state: &State) -> Result<Members> {
        let kinds: &[&'static str] = match settings.pid {
            NamespaceMode::Private => &["mnt", "pid"],
            // There are others in that namespace.
            _ => &["mnt"],
        };
        Members::of_payload(state.payload.pid, state.visible_process(), kinds)
    }

    /// By namespaces that belong to nobody else, as those of `visible`.
    pub fn of_payload(payload: i32, visible: i32, kinds: &[&'static str]) -> Result<Members> {
        let own = kinds.iter().filter_map(|kind| Some((*kind, namespace(visible, kind)?)));
        let members = Members { payload, namespaces: own.collect() };
        if members.namespaces.is_empty() {
            return Err(Error::new("its namespaces cannot be seen"));
        }
        Ok(members)
    }

    /// Their process IDs as this process sees them, the payload's first. Whoever has namespaces of his own inside the
    /// container belongs to it as a descendant.
    pub fn list(&self) -> Result<Vec<i32>> {
        let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        let mut found = vec![self.payload];
        for pid in all()? {
            let Some(parent) = stat(pid).and_then(|stat| stat.parent()) else { continue };
            children.entry(parent).or_default().push(pid);
            if pid != self.payload && self.namespaces.iter().any(|(kind, number)| namespace(pid, kind) == Some(*number))
            {
                found.push(pid);
            }
        }
        let mut seen: BTreeSet<i32> = found.iter().copied().collect();
        let mut next = 0;
        while let Some(pid) = found.get(next).copied() {
            let more = children.remove(&pid).unwrap_or_default();
            found.extend(more.into_iter().filter(|pid| seen.insert(*pid)));
            next += 1;
        }
        found.retain(|pid| stat(*pid).is_some());
        Ok(found)
    }
}

/// Handles on all processes in a mount namespace.
pub fn in_mount_namespace(mount_namespace: BorrowedFd) -> Result<Vec<OwnedFd>> {
    let number = rustix::fs::fstat(mount_namespace).during(|| "look at a mount namespace")?.st_ino;
    let is_there = |pid: i32| namespace(pid, "mnt") == Some(number);
    let handle = |pid: i32| {
        let handle = pidfd_open(rustix::process::Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
        // Whoever it was before, with the handle taken it is this one.
        is_there(pid).then_some(handle)
    };
    Ok(all()?.into_iter().filter(|pid| is_there(*pid)).filter_map(handle).collect())
}

fn all() -> Result<Vec<i32>> {
    let entries = fs::read_dir("/proc").during(|| "list /proc")?.flatten();
    Ok(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The number of the namespace that the process is in.
fn namespace(pid: i32, kind: &str) -> Option<u64> {
    fs::metadata(format!("/proc/{pid}/ns/{kind}")).ok().map(|namespace| namespace.ino())
}

/// /proc/PID/stat (man 5 proc_pid_stat).
#[derive(Clone, Debug)]
pub struct Stat {
    /// The program's name, of any bytes.
    pub name: String,
    /// From the third on.
    fields: Vec<String>,
}

/// `None` when the process has ended.
pub fn stat(pid: i32) -> Option<Stat> {
    Stat::parse(&liveness::text_of(pid, "stat").ok()?)
}

impl Stat {
    /// The second field is the program's name in parentheses and may hold anything, so fields are counted from its end.
    fn parse(text: &str) -> Option<Stat> {
        let (before, after) = text.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        Some(Stat { name, fields: after.split_whitespace().map(str::to_owned).collect() })
    }

    /// A field by its number in the manual, which begins at 1; the third is the first that is a word by itself.
    pub fn field(&self, number: usize) -> &str {
        number.checked_sub(3).and_then(|index| self.fields.get(index)).map_or("", String::as_str)
    }

    pub fn number(&self, field: usize) -> Option<u64> {
        self.field(field).parse().ok()
    }

    /// `R`, `S`, `T` ...
    pub fn state(&self) -> char {
        self.field(3).chars().next().unwrap_or('?')
    }

    fn parent(&self) -> Option<i32> {
        self.field(4).parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_from_the_end_of_a_name_that_may_hold_anything() {
        let stat = Stat::parse("7 (a) b (c)) S 1 8 9 0 -1 4194560\n").unwrap();
        assert_eq!((stat.name.as_str(), stat.state(), stat.parent()), ("a) b (c)", 'S', Some(1)));
        assert_eq!((stat.number(5), stat.number(6), stat.field(99), stat.field(0)), (Some(8), Some(9), "", ""));
        assert!(Stat::parse("7 no").is_none());
    }

    #[test]
    fn this_process_is_listed() {
        let own = std::process::id() as i32;
        assert!(all().unwrap().contains(&own));
        assert!(namespace(own, "mnt").is_some() && stat(own).is_some());
    }
}
