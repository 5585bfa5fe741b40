//! What a spec takes from this machine and from the container's own directory: limits, devices, and the files that are
//! mounted over /etc/hosts and the like.

use std::fs;
use std::path::{Path, PathBuf};

use super::record::Container;
use crate::error::{During, Result};
use crate::network::{self, names};
use crate::oci::runtime::Device;
use crate::settings::{NamespaceMode, Settings};
use crate::spec::Surroundings;

pub fn hostname(settings: &Settings, container: &Container) -> String {
    if let Some(hostname) = &settings.hostname {
        return hostname.clone();
    }
    match settings.uts {
        NamespaceMode::Host => rustix::system::uname().nodename().to_string_lossy().into_owned(),
        _ => container.short_id().to_owned(),
    }
}

/// What every container is given: places of mounts, which leave an empty file in what the container has written.
pub const FILES_MADE: [&str; 4] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv"];

/// Writes what is mounted over /etc/hosts and the like; returns where each goes.
pub(super) fn write_files(
    container: &Container,
    network: &network::Plan,
    hostname: &str,
) -> Result<Vec<(String, PathBuf)>> {
    let settings = &container.record.settings;
    let asked = names::Asked {
        hostname,
        aliases: std::slice::from_ref(&container.record.name),
        extra_hosts: &settings.extra_hosts,
        dns: &settings.dns,
        dns_search: &settings.dns_search,
        dns_options: &settings.dns_options,
    };
    let mut files = names::compose(network, &asked, &names::HostFiles::read())?;
    if let Some(base) = &settings.hosts_base {
        let lines = fs::read_to_string(base).during(|| format!("read `{base}` for /etc/hosts"))?;
        files.hosts = format!("{}\n{}", lines.trim_end(), files.hosts);
    }
    let containerenv = format!(
        "engine=\"box-{}\"\nname=\"{}\"\nid=\"{}\"\nimage=\"{}\"\nimageid=\"{}\"\nrootless={}\n",
        env!("CARGO_PKG_VERSION"),
        container.record.name,
        container.id(),
        container.record.image_name.replace(['"', '\n'], ""),
        container.record.image_id.as_ref().map_or("", |id| id.hex()),
        u8::from(users::get_effective_uid() != 0),
    );
    let hosts = Some(files.hosts).filter(|_| !settings.no_hosts_file);
    let hostname_file = Some(files.hostname).filter(|_| !settings.no_hostname_file);
    let texts = [hosts, hostname_file, files.resolv_conf, Some(containerenv)].map(|text| text.map(String::into_bytes));
    let zone = settings.timezone.as_deref().map(read_zone).transpose()?;
    let all = FILES_MADE.into_iter().zip(texts).chain([("/etc/localtime", zone)]);
    let dir = container.dir.join("files");
    let mut written = Vec::new();
    for (place, text) in all {
        let Some(text) = text else { continue };
        let file = dir.join(Path::new(place).file_name().expect("places are files"));
        let write = || -> Result<()> {
            fs::write(&file, text)?;
            // Readable to every user inside, whatever the caller's umask.
            Ok(fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644))?)
        };
        write().during(|| format!("write `{}`", file.display()))?;
        written.push((place.to_owned(), file));
    }
    Ok(written)
}

/// The rules of a time zone, as tzfile(5) has them.
fn read_zone(zone: &str) -> Result<Vec<u8>> {
    let path = match zone {
        "local" => PathBuf::from("/etc/localtime"),
        _ => Path::new("/usr/share/zoneinfo").join(zone),
    };
    fs::read(&path)
        .during(|| format!("read time zone `{zone}`"))
        .hint(|| "this machine must know it: the package `tzdata` brings /usr/share/zoneinfo")
}

/// For a privileged container: devices beyond the usual ones that the caller may open, as programs in it will expect.
pub(super) fn openable_devices() -> Vec<Device> {
    use std::os::unix::fs::MetadataExt;
    let open = |path: &str| fs::OpenOptions::new().read(true).write(true).open(path).ok();
    let device = |path: &str| {
        let number = open(path)?.metadata().ok()?.rdev();
        Some(Device {
            path: path.to_owned(),
            kind: "c".to_owned(),
            major: rustix::fs::major(number),
            minor: rustix::fs::minor(number),
            ..Device::default()
        })
    };
    ["/dev/fuse", "/dev/net/tun", "/dev/kvm"].into_iter().filter_map(device).collect()
}

/// What a spec takes from this very process.
pub fn own_limits(hostname: String) -> Surroundings {
    use nix::sys::resource::Resource;
    Surroundings {
        hostname,
        open_files_hard: hard_limit(Resource::RLIMIT_NOFILE),
        processes_hard: hard_limit(Resource::RLIMIT_NPROC),
        ..Surroundings::default()
    }
}

fn hard_limit(resource: nix::sys::resource::Resource) -> u64 {
    nix::sys::resource::getrlimit(resource).map_or(1024, |(_, hard)| hard)
}
