//! What is mounted where: the kernel's file systems that every container has, the caller's mounts, box's own files.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::oci::runtime::Mount;
use crate::settings::{MountKind, NamespaceMode, Settings};

use super::Surroundings;

/// In the order in which they are attached: a mount may stand on an earlier one.
pub fn mounts(settings: &Settings, surroundings: &Surroundings) -> Result<Vec<Mount>> {
    let mut asked = settings.mounts.iter().zip(&surroundings.mount_sources).collect::<Vec<_>>();
    // Parents before children, whatever the order on the command line.
    asked.sort_by_key(|(request, _)| Path::new(&request.destination).components().count());
    let mut mounts = kernel_file_systems(settings, surroundings);
    mounts.retain(|mount| !asked.iter().any(|(request, _)| same_place(&request.destination, &mount.destination)));
    for (request, source) in &asked {
        mounts.push(asked_for(request.kind.clone(), request, source.as_deref())?);
    }
    let taken = |place: &str| asked.iter().any(|(request, _)| same_place(&request.destination, place));
    if settings.read_only && settings.read_only_tmpfs {
        let places = ["/run", "/tmp", "/var/tmp"].into_iter().filter(|place| !taken(place));
        mounts.extend(places.map(|place| new("tmpfs", place, &["nosuid", "nodev", "mode=1777"])));
    }
    let files = surroundings.files.iter().filter(|(place, _)| !taken(place));
    mounts.extend(files.map(|(place, source)| bind(source, place, &["bind", "nosuid", "nodev", "noexec", "private"])));
    Ok(mounts)
}

fn same_place(one: &str, other: &str) -> bool {
    Path::new(one).components().eq(Path::new(other).components())
}

fn kernel_file_systems(settings: &Settings, surroundings: &Surroundings) -> Vec<Mount> {
    let guarded = ["nosuid", "nodev", "noexec"];
    let sys_mode = if settings.privileged { "rw" } else { "ro" };
    let mut mounts = Vec::new();
    mounts.push(match settings.pid {
        // A procfs can only be made by who owns the pid namespace that it shows.
        NamespaceMode::Host => bind("/proc", "/proc", &["rbind", "nosuid", "nodev", "noexec", "rslave"]),
        _ => {
            let options = settings.proc_options.iter().map(String::as_str);
            new("proc", "/proc", &guarded.into_iter().chain(options).collect::<Vec<_>>())
        }
    });
    mounts.push(new("tmpfs", "/dev", &["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]));
    let mut devpts = vec!["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
    if surroundings.has_terminal_group {
        devpts.push("gid=5");
    }
    mounts.push(new("devpts", "/dev/pts", &devpts));
    match settings.ipc {
        NamespaceMode::Host => {
            mounts.push(bind("/dev/shm", "/dev/shm", &["rbind", "nosuid", "nodev", "noexec", "rslave"]));
            mounts.push(bind("/dev/mqueue", "/dev/mqueue", &["rbind", "nosuid", "nodev", "noexec", "rslave"]));
        }
        _ if settings.no_shm => mounts.push(new("mqueue", "/dev/mqueue", &guarded)),
        _ => {
            let size = format!("size={}", settings.shm_size);
            mounts.push(new("tmpfs", "/dev/shm", &["nosuid", "nodev", "noexec", "mode=1777", &size]));
            mounts.push(new("mqueue", "/dev/mqueue", &guarded));
        }
    }
    mounts.push(if surroundings.owns_network && surroundings.has_new_sysfs {
        new("sysfs", "/sys", &["nosuid", "nodev", "noexec", sys_mode])
    } else {
        // A sysfs can only be made by who owns the network namespace that it shows, and where none is partly hidden.
        bind("/sys", "/sys", &["rbind", "nosuid", "nodev", "noexec", sys_mode, "rslave"])
    });
    if surroundings.owns_network {
        mounts.push(new("cgroup2", "/sys/fs/cgroup", &["nosuid", "nodev", "noexec", "relatime", sys_mode]));
    }
    mounts
}

fn asked_for(kind: MountKind, request: &crate::settings::MountRequest, source: Option<&Path>) -> Result<Mount> {
    let destination = request.destination.as_str();
    let mut options: Vec<&str> = Vec::new();
    let given = |word: &str| request.options.iter().any(|option| option == word);
    let mount = match kind {
        MountKind::Bind { .. } | MountKind::Volume { .. } => {
            let source = source.ok_or_else(|| Error::new(format!("no source for the mount on `{destination}`")))?;
            options.extend(if given("bind") { None } else { Some("rbind") });
            options.extend(if given("suid") { None } else { Some("nosuid") });
            options.extend(if given("dev") { None } else { Some("nodev") });
            let has_propagation =
                ["shared", "slave", "private", "rshared", "rslave", "rprivate", "unbindable", "runbindable"];
            options.extend(if has_propagation.iter().any(|word| given(word)) { None } else { Some("rprivate") });
            bind(source, destination, &options)
        }
        MountKind::Tmpfs => {
            for word in ["nosuid", "nodev", "noexec"] {
                let opposite = &word[2..];
                options.extend(if given(opposite) { None } else { Some(word) });
            }
            options.extend(if given("notmpcopyup") { None } else { Some("tmpcopyup") });
            new("tmpfs", destination, &options)
        }
        MountKind::Mqueue => new("mqueue", destination, &["nosuid", "nodev", "noexec"]),
        MountKind::Devpts => {
            new("devpts", destination, &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"])
        }
    };
    let Mount { mut options, destination, kind, source } = mount;
    options.extend(request.options.iter().filter(|option| *option != "notmpcopyup").cloned());
    if request.read_only {
        options.push("ro".to_owned());
    }
    Ok(Mount { destination, kind, source, options })
}

fn new(kind: &str, destination: &str, options: &[&str]) -> Mount {
    Mount {
        destination: destination.to_owned(),
        kind: kind.to_owned(),
        source: kind.to_owned(),
        options: owned(options),
    }
}

fn bind(source: impl Into<PathBuf>, destination: &str, options: &[&str]) -> Mount {
    let source = source.into().to_string_lossy().into_owned();
    Mount { destination: destination.to_owned(), kind: "bind".to_owned(), source, options: owned(options) }
}

fn owned(options: &[&str]) -> Vec<String> {
    options.iter().map(|option| (*option).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::MountRequest;

    fn request(kind: MountKind, destination: &str, options: &[&str]) -> MountRequest {
        MountRequest { kind, destination: destination.to_owned(), read_only: false, options: owned(options) }
    }

    fn check(settings: Settings, expected_order: &[&str]) {
        let surroundings = Surroundings {
            mount_sources: settings.mounts.iter().map(|_| Some(PathBuf::from("/src"))).collect(),
            owns_network: true,
            has_new_sysfs: true,
            files: vec![("/etc/hosts".into(), "/store/hosts".into())],
            ..Surroundings::default()
        };
        let mounts = mounts(&settings, &surroundings).unwrap();
        let places: Vec<&str> = mounts.iter().map(|mount| mount.destination.as_str()).collect();
        assert_eq!(places, expected_order);
    }

    const KERNEL: [&str; 7] = ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"];

    #[test]
    fn every_container_has_the_kernels_file_systems_and_its_own_files() {
        check(Settings::default(), &[&KERNEL[..], &["/etc/hosts"]].concat());
    }

    #[test]
    fn parents_are_mounted_before_children_and_the_callers_mounts_win() {
        let bind = |place| request(MountKind::Bind { source: "/src".into() }, place, &[]);
        let settings = Settings {
            mounts: vec![bind("/a/b/c"), bind("/a/"), bind("/etc//hosts"), bind("/dev/shm")],
            ..Settings::default()
        };
        let kernel: Vec<&str> = KERNEL.into_iter().filter(|place| *place != "/dev/shm").collect();
        check(settings, &[&kernel[..], &["/a/", "/etc//hosts", "/dev/shm", "/a/b/c"]].concat());
    }

    #[test]
    fn a_volume_has_no_setuid_programs_and_no_devices_unless_asked() {
        let volume = MountKind::Volume { name: "v".into(), anonymous: false };
        let given = asked_for(volume.clone(), &request(volume, "/v", &["suid"]), Some(Path::new("/s"))).unwrap();
        assert_eq!(given.options, ["rbind", "nodev", "rprivate", "suid"]);
        let tmpfs = asked_for(MountKind::Tmpfs, &request(MountKind::Tmpfs, "/t", &["exec", "size=1m"]), None).unwrap();
        assert_eq!(tmpfs.options, ["nosuid", "nodev", "tmpcopyup", "exec", "size=1m"]);
    }
}
