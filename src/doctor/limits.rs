//! What keeps containers small, and what keeps us small.

use nix::sys::resource::{Resource, getrlimit};

use super::machine::has_systemd;
use super::{Finding, State};
use crate::cgroup;
use crate::settings::Limits;

/// Enough for a container with many connections.
const OPEN_FILES_WANTED: u64 = 1024;
/// Of all processes of the user, inside and outside of containers.
const PROCESSES_WANTED: u64 = 1024;

/// Makes a group with each kind of limit, and removes it.
pub(super) fn cgroups() -> Finding {
    const NAME: &str = "resource-limits";
    const WITHOUT: &str =
        "limits that no group can keep are said at each start and not kept (CPUs to run on always are)";
    const DIR: &str = "/etc/systemd/system/user@.service.d";
    const DELEGATED: &str = "Delegate=cpu cpuset io memory pids";
    let asked = [
        ("memory", Limits { memory: Some(64 << 20), ..Limits::default() }),
        ("pids", Limits { pids: Some(100), ..Limits::default() }),
        ("cpu", Limits { nano_cpus: Some(1_000_000_000), ..Limits::default() }),
    ];
    let (mut kept, mut not_kept) = (Vec::new(), Vec::new());
    for (controller, limits) in asked {
        let id = format!("doctor-{}", std::process::id());
        let works = cgroup::Plan::choose(&limits, &id).and_then(|(plan, warnings)| {
            let made = plan.create();
            plan.remove();
            made.map(|()| warnings.is_empty())
        });
        if works.unwrap_or(false) { kept.push(controller) } else { not_kept.push(controller) }
    }
    let finding = match (kept.is_empty(), not_kept.is_empty()) {
        (_, true) => return Finding::works(NAME, format!("{} can be limited", kept.join(", "))),
        (true, _) => Finding::reduced(NAME, "no cgroup may be written", WITHOUT),
        (false, _) => {
            let found = format!("{} can be limited, {} cannot", kept.join(", "), not_kept.join(", "));
            Finding::reduced(NAME, found, WITHOUT)
        }
    };
    match has_systemd() {
        true => finding
            .mended_by_administrator(format!("mkdir -p {DIR}"))
            .mended_by_administrator(format!("printf '[Service]\\n{DELEGATED}\\n' >{DIR}/delegate.conf"))
            .mended_by_administrator("systemctl daemon-reload  # then log in again"),
        false => finding.mended_by_administrator(
            "give the user a cgroup v2 of its own: chown the directory, cgroup.procs and cgroup.subtree_control in it",
        ),
    }
}

pub(super) fn open_files() -> Finding {
    limit("open-files", Resource::RLIMIT_NOFILE, OPEN_FILES_WANTED, "programs inside run out of descriptors", "nofile")
}

pub(super) fn processes() -> Finding {
    limit("processes", Resource::RLIMIT_NPROC, PROCESSES_WANTED, "programs inside cannot start others", "nproc")
}

fn limit(name: &'static str, resource: Resource, wanted: u64, without: &'static str, word: &str) -> Finding {
    match getrlimit(resource) {
        Ok((_, hard)) if hard == libc::RLIM_INFINITY => Finding::works(name, "no limit"),
        Ok((_, hard)) if hard >= wanted => Finding::works(name, format!("at most {hard}")),
        Ok((_, hard)) => {
            Finding { state: State::Reduced, ..Finding::reduced(name, format!("at most {hard}"), without) }
                .mended_by_administrator(format!(
                    "printf '* hard {word} 65536\\n' >/etc/security/limits.d/90-{word}.conf"
                ))
        }
        Err(error) => Finding::reduced(name, format!("the limit cannot be read: {}", error.desc()), without),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_compared_with_what_is_wanted() {
        assert_eq!(limit("x", Resource::RLIMIT_NOFILE, 1, "", "nofile").state, State::Works);
        let finding = limit("x", Resource::RLIMIT_NOFILE, u64::MAX - 1, "", "nofile");
        assert!(finding.state == State::Works || finding.administrator[0].contains("hard nofile"), "{finding:?}");
    }
}
