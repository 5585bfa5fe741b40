//! What is mounted where: the kernel's file systems that every container has, the caller's mounts, box's own files.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::oci::runtime::{Mount, SHARED_MEMORY};
use crate::settings::{MountKind, MountRequest, NamespaceMode, Settings, SystemdMode};

use super::{MountSource, Surroundings};

/// In the order in which they are attached: a mount may stand on an earlier one.
pub fn mounts(settings: &Settings, surroundings: &Surroundings) -> Result<Vec<Mount>> {
    let mut asked = settings.mounts.iter().zip(&surroundings.mount_sources).collect::<Vec<_>>();
    // Parents before children, whatever the order on the command line.
    asked.sort_by_key(|(request, _)| Path::new(&request.destination).components().count());
    let mut mounts = kernel_file_systems(settings, surroundings);
    mounts.retain(|mount| !asked.iter().any(|(request, _)| same_place(&request.destination, &mount.destination)));
    for (request, source) in &asked {
        mounts.push(asked_for(request, source)?);
    }
    let taken = |place: &str| asked.iter().any(|(request, _)| same_place(&request.destination, place));
    if settings.read_only && settings.read_only_tmpfs {
        let places = ["/run", "/tmp", "/var/tmp"].into_iter().filter(|place| !taken(place));
        mounts.extend(places.map(|place| new("tmpfs", place, &["nosuid", "nodev", "mode=1777"])));
    }
    if settings.systemd == SystemdMode::Always {
        let places = ["/run", "/run/lock", "/tmp", "/var/log/journal"].into_iter();
        let missing: Vec<&str> =
            places.filter(|place| !taken(place) && !mounts.iter().any(|mount| mount.destination == *place)).collect();
        mounts.extend(missing.into_iter().map(|place| new("tmpfs", place, &["nosuid", "nodev", "tmpcopyup"])));
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
        NamespaceMode::Container(_) if surroundings.shared_memory.is_some() => {
            let source = surroundings.shared_memory.clone().unwrap_or_default();
            mounts.push(Mount { source, ..new(SHARED_MEMORY, "/dev/shm", &guarded) });
            mounts.push(new("mqueue", "/dev/mqueue", &guarded));
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
        let sys_mode = if sys_mode == "ro" { "rro" } else { sys_mode };
        bind("/sys", "/sys", &["rbind", "nosuid", "nodev", "noexec", sys_mode, "rslave"])
    });
    if surroundings.owns_network {
        let mode = if settings.systemd == SystemdMode::Always { "rw" } else { sys_mode };
        mounts.push(new("cgroup2", "/sys/fs/cgroup", &["nosuid", "nodev", "noexec", "relatime", mode]));
    }
    mounts
}

fn asked_for(request: &MountRequest, source: &MountSource) -> Result<Mount> {
    let destination = request.destination.as_str();
    let Mount { mut options, destination, kind, source } = match (&request.kind, source) {
        (_, MountSource::Tree(source)) => bind_files(request, source),
        (_, MountSource::Layers { lowers, written }) => layers(request, lowers, written.as_ref())?,
        (MountKind::Tmpfs, MountSource::New) => new("tmpfs", destination, &usual_of_tmpfs(request)),
        (MountKind::Mqueue, MountSource::New) => new("mqueue", destination, &["nosuid", "nodev", "noexec"]),
        (MountKind::Devpts, MountSource::New) => {
            new("devpts", destination, &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"])
        }
        (MountKind::Bind { .. } | MountKind::Volume { .. } | MountKind::Image { .. }, MountSource::New) => {
            return Err(Error::new(format!("no source for the mount on `{destination}`")));
        }
    };
    let is_of_bind = kind == "bind";
    let is_passed_on = |option: &&String| match option.as_str() {
        "copy" | "nocopy" | "notmpcopyup" | WRITABLE_BELOW => false,
        "bind" | "rbind" => is_of_bind,
        _ => true,
    };
    options.extend(request.options.iter().filter(is_passed_on).cloned());
    if request.read_only {
        // As `mount` would do it, what is mounted further below would stay writable.
        let is_tree = options.iter().any(|option| option == "rbind") && !given(request, WRITABLE_BELOW);
        options.push(if is_tree { "rro" } else { "ro" }.to_owned());
    }
    Ok(Mount { destination, kind, source, options })
}

/// Our own word among a request's options: a read-only tree whose further mounts are not (Docker's `bind-recursive`).
pub const WRITABLE_BELOW: &str = "bind-recursive=writable";

fn given(request: &MountRequest, word: &str) -> bool {
    request.options.iter().any(|option| option == word)
}

fn bind_files(request: &MountRequest, source: &Path) -> Mount {
    let rbind = if given(request, "bind") { None } else { Some("rbind") };
    bind(source, &request.destination, &rbind.into_iter().chain(usual_of_files(request)).collect::<Vec<_>>())
}

/// What is not asked for otherwise, where files of the outside are shown.
fn usual_of_files(request: &MountRequest) -> Vec<&'static str> {
    const PROPAGATIONS: [&str; 8] =
        ["shared", "slave", "private", "rshared", "rslave", "rprivate", "unbindable", "runbindable"];
    let mut options = Vec::new();
    options.extend(if given(request, "suid") { None } else { Some("nosuid") });
    options.extend(if given(request, "dev") { None } else { Some("nodev") });
    options.extend(if PROPAGATIONS.iter().any(|word| given(request, word)) { None } else { Some("rprivate") });
    options
}

fn usual_of_tmpfs(request: &MountRequest) -> Vec<&'static str> {
    let usual = ["nosuid", "nodev", "noexec"].into_iter().filter(|word| !given(request, &word[2..]));
    usual.chain(if given(request, "notmpcopyup") { None } else { Some("tmpcopyup") }).collect()
}

/// Directories over each other; one alone needs no overlay.
fn layers(request: &MountRequest, lowers: &[PathBuf], written: Option<&(PathBuf, PathBuf)>) -> Result<Mount> {
    if let ([single], None) = (lowers, written) {
        return Ok(bind_files(request, single));
    }
    let word = |path: &Path| -> Result<String> {
        let path = path.to_str().ok_or_else(|| Error::new(format!("the name `{}` is not UTF-8", path.display())))?;
        // The kernel reads a colon as the end of a name (overlayfs.rst).
        Ok(path.replace('\\', "\\\\").replace(':', "\\:"))
    };
    let lowers = lowers.iter().map(|lower| word(lower)).collect::<Result<Vec<_>>>()?;
    let mut mount = new("overlay", &request.destination, &usual_of_files(request));
    // Without rights over the host, only `user.` attributes can say what the overlay has to know (Linux 5.11).
    mount.options.extend(["userxattr".to_owned(), format!("lowerdir={}", lowers.join(":"))]);
    match written {
        Some((upper, work)) => {
            mount.options.extend([format!("upperdir={}", word(upper)?), format!("workdir={}", word(work)?)]);
        }
        None => mount.options.push("ro".to_owned()),
    }
    Ok(mount)
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

    fn request(kind: MountKind, destination: &str, options: &[&str]) -> MountRequest {
        MountRequest { options: owned(options), ..MountRequest::new(kind, destination) }
    }

    fn check(settings: Settings, expected_order: &[&str]) {
        let surroundings = Surroundings {
            mount_sources: settings.mounts.iter().map(|_| MountSource::Tree("/src".into())).collect(),
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
        let given = asked_for(&request(volume, "/v", &["suid"]), &MountSource::Tree("/s".into())).unwrap();
        assert_eq!(given.options, ["rbind", "nodev", "rprivate", "suid"]);
        let tmpfs = asked_for(&request(MountKind::Tmpfs, "/t", &["exec", "size=1m"]), &MountSource::New).unwrap();
        assert_eq!(tmpfs.options, ["nosuid", "nodev", "tmpcopyup", "exec", "size=1m"]);
    }

    #[test]
    fn read_only_is_all_of_a_tree_unless_told_otherwise() {
        let options = |options: &[&str]| {
            let bind = request(MountKind::Bind { source: "/s".into() }, "/d", options);
            let mount = asked_for(&MountRequest { read_only: true, ..bind }, &MountSource::Tree("/s".into()));
            mount.unwrap().options.pop().unwrap()
        };
        assert_eq!(options(&[]), "rro");
        assert_eq!(options(&[WRITABLE_BELOW]), "ro");
        assert_eq!(options(&["bind"]), "ro");
    }

    #[test]
    fn layers_are_an_overlay_and_a_single_one_is_itself() {
        let image = request(MountKind::Image { name: "i".into(), diff_ids: Vec::new() }, "/d", &[]);
        let show = |lowers: &[&str], written| {
            let lowers = lowers.iter().map(PathBuf::from).collect();
            let mount = asked_for(&image, &MountSource::Layers { lowers, written }).unwrap();
            format!("{} {} {}", mount.kind, mount.source, mount.options.join(","))
        };
        assert_eq!(show(&["/a"], None), "bind /a rbind,nosuid,nodev,rprivate");
        let usual = "overlay overlay nosuid,nodev,rprivate,userxattr";
        assert_eq!(show(&["/a", "/b:c"], None), format!("{usual},lowerdir=/a:/b\\:c,ro"));
        let written = Some(("/u".into(), "/w".into()));
        assert_eq!(show(&["/a"], written), format!("{usual},lowerdir=/a,upperdir=/u,workdir=/w"));
    }
}
