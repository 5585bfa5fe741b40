//! What this machine offers to containers, each ability tried for real, and what mends it.
//!
//! Every trial happens in namespaces that end with it, or in files that are removed again. Nothing here is needed by
//! any other part: a start finds its own way down the ladder, this says which rungs there are and how to get higher.

mod limits;
mod machine;
mod namespaces;
mod network;
mod storage;

use crate::idmap::IdMap;
use crate::store::Store;

/// How much of an ability is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Works,
    /// Something less good stands in, or only a part works.
    Reduced,
    /// Without it there are no containers.
    Missing,
}

/// One ability of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable, for programs.
    pub name: &'static str,
    pub state: State,
    /// What was found, in a clause.
    pub found: String,
    /// What is different without it; empty where it works.
    pub without: &'static str,
    /// Command lines that mend it and need no rights.
    pub user: Vec<String>,
    /// Command lines for an administrator.
    pub administrator: Vec<String>,
}

impl Finding {
    fn works(name: &'static str, found: impl Into<String>) -> Finding {
        Finding {
            name,
            state: State::Works,
            found: found.into(),
            without: "",
            user: Vec::new(),
            administrator: Vec::new(),
        }
    }

    fn reduced(name: &'static str, found: impl Into<String>, without: &'static str) -> Finding {
        Finding { state: State::Reduced, without, ..Finding::works(name, found) }
    }

    fn missing(name: &'static str, found: impl Into<String>, without: &'static str) -> Finding {
        Finding { state: State::Missing, without, ..Finding::works(name, found) }
    }

    fn mended_by_user(mut self, line: impl Into<String>) -> Finding {
        self.user.push(line.into());
        self
    }

    fn mended_by_administrator(mut self, line: impl Into<String>) -> Finding {
        self.administrator.push(line.into());
        self
    }
}

/// Everything that box uses, in the order in which one builds on the other.
pub fn examine(store: &crate::Result<Store>) -> Vec<Finding> {
    let ids = IdMap::choose();
    let mut findings = vec![namespaces::user()];
    if findings[0].state == State::Works {
        findings.extend([
            namespaces::mounts(),
            namespaces::subordinate_ids(&ids),
            namespaces::procfs(),
            namespaces::seccomp(),
            network::way(&ids),
            network::low_ports(),
            limits::cgroups(),
        ]);
    }
    findings.push(storage::store(store));
    if let Ok(store) = store
        && findings[0].state == State::Works
    {
        findings.push(storage::driver(store, &ids));
    }
    findings.extend([machine::session(), machine::linger(), limits::open_files(), limits::processes()]);
    findings
}

/// Whether containers can run at all.
pub fn can_run(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.state != State::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_keeps_containers_from_running() {
        let reduced = Finding::reduced("network", "none", "only loopback").mended_by_administrator("apt install passt");
        assert_eq!((reduced.state, reduced.administrator.len(), reduced.user.len()), (State::Reduced, 1, 0));
        assert!(can_run(&[Finding::works("a", "yes"), reduced.clone()]));
        assert!(!can_run(&[reduced, Finding::missing("user-namespaces", "refused", "no containers")]));
    }
}
