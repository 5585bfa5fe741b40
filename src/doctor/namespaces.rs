//! What isolates a container, tried in a child.

use std::fs;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sched::CloneFlags;
use nix::unistd::Pid;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, fsconfig_create, fsmount, fsopen, move_mount,
};

use super::Finding;
use crate::error::{During, Result};
use crate::host::account::Account;
use crate::host::tools::{self, Tool};
use crate::host::visibility::Visibility;
use crate::idmap::{IdMap, Rung};
use crate::init::become_root_inside;
use crate::init::trial::attempt;
use crate::settings::UserNamespaceMode;
use crate::sys::seccomp;

const NO_CONTAINERS: &str = "no containers; pull, push, images, inspect, save, load and login work all the same";
/// The profile that packages of box install, with where it is kept.
const APPARMOR_PROFILE: &str = include_str!("../../packaging/apparmor/box");

/// The caller alone: no helper is needed for that map.
fn map_caller(pid: Pid) -> Result<()> {
    IdMap::single(&UserNamespaceMode::Default, &Account::current()).apply(pid).map(drop)
}

pub(super) fn user() -> Finding {
    const NAME: &str = "user-namespaces";
    match attempt(CloneFlags::CLONE_NEWUSER, map_caller, become_root_inside) {
        Ok(()) => Finding::works(NAME, "anybody may make them"),
        Err(error) => mended(Finding::missing(NAME, error.to_string(), NO_CONTAINERS)),
    }
}

/// What stands in the way, as far as it can be seen.
fn mended(finding: Finding) -> Finding {
    let number = |path: &str| fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
    let (mut finding, before) = (finding, "sysctl -w");
    if number("/proc/sys/user/max_user_namespaces") == Some(0) {
        finding = finding
            .mended_by_administrator(format!("{before} user.max_user_namespaces=15000"))
            .mended_by_administrator("echo user.max_user_namespaces=15000 >/etc/sysctl.d/90-user-namespaces.conf");
    }
    if number("/proc/sys/kernel/unprivileged_userns_clone") == Some(0) {
        finding = finding
            .mended_by_administrator(format!("{before} kernel.unprivileged_userns_clone=1"))
            .mended_by_administrator("echo kernel.unprivileged_userns_clone=1 >/etc/sysctl.d/90-user-namespaces.conf");
    }
    if number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == Some(1) {
        finding = finding
            .mended_by_administrator(format!("cat >/etc/apparmor.d/box <<'END'\n{APPARMOR_PROFILE}END"))
            .mended_by_administrator("apparmor_parser -r /etc/apparmor.d/box");
    }
    if is_inside_container() || has_seccomp_filter() {
        finding = finding.mended_by_administrator(
            "start the container or service around this one so that it may make namespaces: \
             --security-opt seccomp=unconfined (Docker, Podman), RestrictNamespaces=no (systemd)",
        );
    }
    finding
}

fn is_inside_container() -> bool {
    ["/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io"].iter().any(|mark| Path::new(mark).exists())
}

fn has_seccomp_filter() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("Seccomp:").is_some_and(|mode| mode.trim() == "2"))
}

/// Some systems grant the namespaces and then refuse every mount in them.
pub(super) fn mounts() -> Finding {
    const NAME: &str = "mounts";
    match attempt(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS, map_caller, mount_something) {
        Ok(()) => Finding::works(NAME, "in a mount namespace of its own"),
        Err(error) => mended(Finding::missing(NAME, error.to_string(), NO_CONTAINERS)),
    }
}

fn mount_something() -> Result<()> {
    become_root_inside()?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)
        .during(|| "keep mounts to ourselves")?;
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC).during(|| "open tmpfs (Linux 5.2)")?;
    fsconfig_create(&context).during(|| "make a tmpfs")?;
    let made = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty()).during(|| "mount a tmpfs")?;
    move_mount(&made, "", rustix::fs::CWD, "/dev", MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).during(|| "attach a tmpfs")
}

pub(super) fn subordinate_ids(ids: &IdMap) -> Finding {
    const NAME: &str = "subordinate-ids";
    const WITHOUT: &str = "every file and process inside is one and the same user outside; box makes programs that \
                           change owners and users believe otherwise";
    let account = Account::current();
    let name = account.name.clone().unwrap_or_else(|| account.uid.to_string());
    let count: u64 = ids.uids.iter().map(|map| u64::from(map.size)).sum();
    let mut written = None;
    let tried = attempt(
        CloneFlags::CLONE_NEWUSER,
        |pid| {
            written = Some(ids.apply(pid)?.rung);
            Ok(())
        },
        become_root_inside,
    );
    match (ids.rung, tried, written) {
        (Rung::Identity, Ok(()), _) => return Finding::works(NAME, "root needs none"),
        (Rung::Subordinate, Ok(()), Some(Rung::Subordinate)) => {
            return Finding::works(NAME, format!("{count} ids inside"));
        }
        _ => {}
    }
    if rustix::thread::no_new_privs().unwrap_or(false) {
        let found = "set-user-ID programs gain nothing here (NoNewPrivileges)";
        return Finding::reduced(NAME, found, WITHOUT)
            .mended_by_administrator("NoNewPrivileges=no in the service that runs box");
    }
    let helpers = [Tool::Newuidmap, Tool::Newgidmap].iter().all(|tool| tools::find(*tool).is_some());
    let is_granted = ["/etc/subuid", "/etc/subgid"].iter().all(|file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .any(|line| line.split(':').next().is_some_and(|owner| owner == name || owner == account.uid.to_string()))
    });
    let found = match (is_granted, helpers) {
        (false, _) => format!("none are granted to {name} in /etc/subuid and /etc/subgid"),
        (true, false) => "newuidmap and newgidmap are not installed".to_owned(),
        (true, true) => "newuidmap and newgidmap cannot use them: are they set-user-ID root?".to_owned(),
    };
    let mut finding = Finding::reduced(NAME, found, WITHOUT);
    if !is_granted {
        let first = first_free_range(&fs::read_to_string("/etc/subuid").unwrap_or_default());
        let range = format!("{first}-{}", first + 65_535);
        finding =
            finding.mended_by_administrator(format!("usermod --add-subuids {range} --add-subgids {range} {name}"));
    }
    if !helpers {
        finding = finding.mended_by_administrator("apt-get install uidmap  # shadow-utils in Fedora");
    }
    if is_granted && helpers {
        finding = finding.mended_by_administrator("chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap");
    }
    finding
}

/// After all ranges that are granted to anybody; useradd(8) begins at 100000.
fn first_free_range(subuid: &str) -> u64 {
    let ends = subuid.lines().filter_map(|line| {
        let mut fields = line.trim().split(':').skip(1).map(|number| number.parse::<u64>().ok());
        Some(fields.next()?? + fields.next()??)
    });
    ends.max().unwrap_or(0).max(100_000)
}

pub(super) fn procfs() -> Finding {
    const NAME: &str = "process-namespaces";
    let namespaces = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    let tried = attempt(namespaces, map_caller, || {
        become_root_inside()?;
        let context = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC).during(|| "open proc")?;
        fsconfig_create(&context).during(|| "make a procfs")?;
        fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty()).during(|| "mount proc").map(drop)
    });
    match tried {
        Ok(()) => Finding::works(NAME, "with a /proc of its own"),
        Err(error) => {
            let covered = if Visibility::look().proc { "" } else { " (parts of /proc are covered here)" };
            Finding::reduced(
                NAME,
                format!("{error}{covered}"),
                "a container sees the processes outside, and its own may signal those of the same user",
            )
            .mended_by_administrator(
                "start the container around this one with --security-opt systempaths=unconfined (Docker), \
                 --security-opt unmask=ALL (Podman), procMount: Unmasked (Kubernetes)",
            )
        }
    }
}

/// Loads a filter that allows everything.
pub(super) fn seccomp() -> Finding {
    const NAME: &str = "seccomp";
    let tried = attempt(CloneFlags::CLONE_NEWUSER, map_caller, || {
        rustix::thread::set_no_new_privs(true).during(|| "give up new privileges")?;
        seccomp::load(&seccomp::allow_only(&["exit_group", "exit", "sendmsg", "write"], seccomp::Action::Allow))
    });
    match tried {
        Ok(()) => Finding::works(NAME, "system calls can be filtered"),
        Err(error) => Finding::missing(NAME, error.to_string(), "no containers: they are not run without a filter"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_for_a_new_user_begin_behind_those_of_others() {
        assert_eq!(first_free_range(""), 100_000);
        assert_eq!(first_free_range("a:100000:65536\nb:300000:10\n# x\nc:x:y\n"), 300_010);
    }

    #[test]
    fn the_profile_that_is_shown_allows_user_namespaces() {
        assert!(APPARMOR_PROFILE.contains("userns,") && APPARMOR_PROFILE.ends_with("}\n"));
    }
}
