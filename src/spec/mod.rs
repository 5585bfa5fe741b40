//! Settings and image config become an OCI runtime spec.
//!
//! Everything here is a function of values: what the caller asked for, what the image says, and what the verbs have
//! found out about the machine ([`Surroundings`]). What the image says never becomes a path of the host or a right.

pub mod capabilities;
mod delegation;
mod mounts;
mod process;
pub mod seccomp;

pub use delegation::divide;
pub use mounts::WRITABLE_BELOW;
pub use process::{arguments, environment, expand, is_systemd};

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::oci::image::ProcessConfig;
use crate::oci::runtime::{Device, Hooks, Linux, Namespace, NamespaceKind, Personality, Process, Root, Spec, User};
use crate::settings::{self, NamespaceMode, Settings};

/// What the spec depends on besides the caller and the image.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub hostname: String,
    /// Beside each of `settings.mounts`: what it shows.
    pub mount_sources: Vec<MountSource>,
    /// Files of box's own (place inside, source outside): hosts, resolv.conf ...
    pub files: Vec<(String, PathBuf)>,
    /// The network namespace belongs to the container's user namespace (is new, or joined together with it).
    pub owns_network: bool,
    /// A sysfs can be made anew.
    pub has_new_sysfs: bool,
    /// The group `tty` (5) is mapped.
    pub has_terminal_group: bool,
    /// Namespaces to join, as paths below /proc; the others are new.
    pub joined: Vec<(NamespaceKind, String)>,
    /// The mount namespace, as a path below /proc, whose /dev/shm is shown.
    pub shared_memory: Option<String>,
    /// Host devices that a privileged container gets because the caller may open them.
    pub further_devices: Vec<Device>,
    /// The caller's own hard limits.
    pub open_files_hard: u64,
    pub processes_hard: u64,
}

/// What a mount shows of the world outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MountSource {
    /// Nothing: it is a new file system of the kernel's.
    #[default]
    New,
    /// A file, or a directory with all below it.
    Tree(PathBuf),
    /// Directories over each other, topmost first, and the directory that gets what is written with one to work in.
    Layers { lowers: Vec<PathBuf>, written: Option<(PathBuf, PathBuf)> },
}

pub fn build(settings: &Settings, image: &ProcessConfig, surroundings: &Surroundings) -> Result<Spec> {
    let user = settings.user.as_deref().unwrap_or(&image.user);
    Ok(Spec {
        oci_version: "1.2.0".to_owned(),
        process: Process {
            terminal: settings.terminal,
            console_size: None,
            user: User { umask: Some(settings.umask.unwrap_or(0o022)), ..User::default() },
            args: process::arguments(settings, image)?,
            env: process::environment(settings, image, &surroundings.hostname),
            cwd: workdir(settings, image),
            capabilities: capabilities::capabilities(settings, if is_root(user) { 0 } else { 1 })?,
            rlimits: process::limits(&settings.ulimits, surroundings),
            no_new_privileges: settings.no_new_privileges,
            oom_score_adj: settings.oom_score_adj,
        },
        root: Root { path: String::new(), readonly: settings.read_only },
        hostname: surroundings.hostname.clone(),
        domainname: settings.sysctls.get(DOMAIN_NAME).cloned().unwrap_or_default(),
        mounts: mounts::mounts(settings, surroundings)?,
        annotations: settings.annotations.clone(),
        hooks: Hooks::default(),
        linux: Linux {
            namespaces: namespaces(settings, surroundings),
            devices: default_devices().chain(surroundings.further_devices.iter().cloned()).collect(),
            // The domain name is set by its own system call: its file belongs to the host's root.
            sysctl: settings.sysctls.iter().filter(|(name, _)| *name != DOMAIN_NAME).map(cloned).collect(),
            personality: match settings.personality {
                settings::Personality::Linux => None,
                settings::Personality::Linux32 => Some(Personality { domain: "LINUX32".to_owned() }),
            },
            masked_paths: protected(settings, MASKED).chain(settings.masked.iter().cloned()).collect(),
            readonly_paths: protected(settings, READ_ONLY).collect(),
            ..Linux::default()
        },
    })
}

const DOMAIN_NAME: &str = "kernel.domainname";

/// Which namespace has the sysctl for itself (man 7 namespaces; config-linux.md#sysctl); an error where none does.
pub fn namespace_of_sysctl(name: &str) -> Result<NamespaceKind> {
    /// System V's (man 7 ipc_namespaces).
    const IPC: [&str; 8] = ["msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced"];
    let is_safe = name
        .split(['.', '/'])
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
    match name.split_once('.') {
        Some(("net", _)) if is_safe => Ok(NamespaceKind::Network),
        Some(("fs", rest)) if is_safe && rest.starts_with("mqueue.") => Ok(NamespaceKind::Ipc),
        Some(("kernel", rest)) if IPC.contains(&rest) => Ok(NamespaceKind::Ipc),
        _ if name == DOMAIN_NAME => Ok(NamespaceKind::Uts),
        _ => Err(Error::usage(format!("sysctl `{name}` is the host's: it exists once for all containers"))),
    }
}

fn cloned((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// Those of `paths` that the container is kept away from.
fn protected<'s>(settings: &'s Settings, paths: &'s [&str]) -> impl Iterator<Item = String> + 's {
    let unmasked = |path: &str| settings.unmasked.iter().any(|unmasked| unmasked == "ALL" || unmasked == path);
    paths.iter().filter(move |path| !settings.privileged && !unmasked(path)).map(|path| (*path).to_owned())
}

/// Absolute; a relative one starts at the root.
pub fn workdir(settings: &Settings, image: &ProcessConfig) -> String {
    let asked = settings.workdir.as_deref().unwrap_or(&image.working_dir);
    if asked.starts_with('/') { asked.to_owned() } else { format!("/{asked}") }
}

/// Whether a request names root, as far as that can be told without the container's /etc/passwd. It decides only
/// whether added capabilities are ambient; what a program of the user gets otherwise, the kernel decides at execve.
fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("" | "0" | "root") | None)
}

fn namespaces(settings: &Settings, surroundings: &Surroundings) -> Vec<Namespace> {
    let is_shared = |kind| match kind {
        NamespaceKind::Network => !surroundings.owns_network,
        NamespaceKind::Pid => settings.pid == NamespaceMode::Host,
        NamespaceKind::Ipc => settings.ipc == NamespaceMode::Host,
        NamespaceKind::Uts => settings.uts == NamespaceMode::Host,
        NamespaceKind::Cgroup => settings.cgroupns == NamespaceMode::Host,
        NamespaceKind::User | NamespaceKind::Mount => false,
    };
    let all = [
        NamespaceKind::User,
        NamespaceKind::Mount,
        NamespaceKind::Pid,
        NamespaceKind::Network,
        NamespaceKind::Ipc,
        NamespaceKind::Uts,
        NamespaceKind::Cgroup,
    ];
    let joined = |kind| surroundings.joined.iter().find(|(known, _)| *known == kind).map(|(_, path)| path.clone());
    all.into_iter()
        .filter(|kind| joined(*kind).is_some() || !is_shared(*kind))
        .map(|kind| Namespace { kind, path: joined(kind).unwrap_or_default() })
        .collect()
}

/// The nodes that every container has (config-linux.md#default-devices).
pub fn default_devices() -> impl Iterator<Item = Device> {
    DEVICES.iter().map(device)
}

const DEVICES: &[(&str, u32, u32)] = &[
    ("/dev/null", 1, 3),
    ("/dev/zero", 1, 5),
    ("/dev/full", 1, 7),
    ("/dev/random", 1, 8),
    ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
];

fn device(&(path, major, minor): &(&str, u32, u32)) -> Device {
    Device { path: path.to_owned(), kind: "c".to_owned(), major, minor, ..Device::default() }
}

/// Docker's and Podman's lists, and kernel internals that neither hides.
const MASKED: &[&str] = &[
    "/proc/acpi",
    "/proc/asound",
    "/proc/config.gz",
    "/proc/interrupts",
    "/proc/kallsyms",
    "/proc/kcore",
    "/proc/key-users",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/dev/block",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    "/sys/fs/selinux",
    "/sys/kernel/debug",
    "/sys/kernel/notes",
    "/sys/kernel/security",
    "/sys/kernel/tracing",
    "/sys/kernel/vmcoreinfo",
];

const READ_ONLY: &[&str] = &["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_container_shares_no_namespace() {
        let surroundings = Surroundings { owns_network: true, ..Surroundings::default() };
        assert_eq!(namespaces(&Settings::default(), &surroundings).len(), 7);
        let host = Settings { pid: NamespaceMode::Host, ..Settings::default() };
        assert_eq!(namespaces(&host, &Surroundings::default()).len(), 5, "neither pid nor network");
    }

    #[test]
    fn a_working_directory_is_absolute() {
        let image = ProcessConfig { working_dir: "app".into(), ..ProcessConfig::default() };
        assert_eq!(workdir(&Settings::default(), &image), "/app");
        assert_eq!(workdir(&Settings { workdir: Some("/w".into()), ..Settings::default() }, &image), "/w");
        assert_eq!(workdir(&Settings::default(), &ProcessConfig::default()), "/");
    }

    #[test]
    fn what_is_unmasked_is_open_and_the_rest_stays_closed() {
        let count = |settings: &Settings| protected(settings, MASKED).count();
        let unmasked = |path: &str| Settings { unmasked: vec![path.to_owned()], ..Settings::default() };
        assert_eq!(count(&Settings::default()), MASKED.len());
        assert_eq!(count(&unmasked(MASKED[0])), MASKED.len() - 1);
        assert_eq!(count(&unmasked("ALL")), 0);
        assert_eq!(count(&Settings { privileged: true, ..Settings::default() }), 0);
    }
}
