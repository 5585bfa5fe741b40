//! What is mounted inside: `--volume`, `--mount`, `--tmpfs`, `--device`.
//!
//! Paths of the host are made absolute here, against the directory that `base` names, and nothing is resolved further:
//! whether they exist is asked by [`require_sources`], so that the parsing can be tested on any machine.

use std::path::{Component, Path};

use crate::cli::personality::{MISSING_SOURCE, Missing};
use crate::error::{Error, Result};
use crate::settings::{ImageVolumes, MountKind, MountRequest, OverlayRequest};
use crate::spec;
use crate::volume;

/// The options of mount(8) that a bind mount or a volume may ask for.
const BIND_OPTIONS: [&str; 20] = [
    "bind",
    "rbind",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "private",
    "rprivate",
    "unbindable",
    "runbindable",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "suid",
    "nosuid",
    "noatime",
    "relatime",
    "nosymfollow",
    "symfollow",
];
/// The options of mount(8) that a tmpfs may ask for; those with a value end in `=`.
const TMPFS_OPTIONS: [&str; 20] = [
    "size=",
    "mode=",
    "uid=",
    "gid=",
    "nr_inodes=",
    "nr_blocks=",
    "huge=",
    "mpol=",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "suid",
    "nosuid",
    "noatime",
    "relatime",
    "nodiratime",
    "strictatime",
    "sync",
    "noswap",
];

/// `--volume [SOURCE:]DESTINATION[:OPTIONS]`.
pub fn volume(text: &str, base: &Path) -> Result<MountRequest> {
    let parts: Vec<&str> = text.split(':').collect();
    let (kind, destination, options) = match parts[..] {
        [destination] => (anonymous(), destination, ""),
        [source, destination] => (source_kind(source, base)?, destination, ""),
        [source, destination, options] => (source_kind(source, base)?, destination, options),
        _ => return Err(Error::usage("expected [SOURCE:]DESTINATION[:OPTIONS]")),
    };
    let mut request = MountRequest::new(kind, self::destination(destination)?);
    request.makes_source = MISSING_SOURCE.side() == Missing::Made;
    for option in options.split(',').filter(|option| !option.is_empty()) {
        apply_option(&mut request, option, base)?;
    }
    whole(request)
}

/// Refuses what does not go together.
fn whole(request: MountRequest) -> Result<MountRequest> {
    if let Some(OverlayRequest { upper, work }) = &request.overlay
        && upper.is_some() != work.is_some()
    {
        return Err(Error::usage("`upperdir=` and `workdir=` go together"));
    }
    if request.overlay.is_some() && request.options.iter().any(|option| option == "nocopy" || option == "copy") {
        return Err(Error::usage("a throw-away overlay (`O`) leaves the volume as it is: nothing is copied into it"));
    }
    Ok(request)
}

/// A source that looks like a path is one; everything else names a volume.
fn source_kind(source: &str, base: &Path) -> Result<MountKind> {
    if source.starts_with(['/', '.']) {
        return Ok(MountKind::Bind { source: absolute(source, base)? });
    }
    Ok(MountKind::Volume { name: volume_name(source)?, anonymous: false })
}

/// A volume that nobody has named.
fn anonymous() -> MountKind {
    MountKind::Volume { name: volume::anonymous_name(), anonymous: true }
}

/// Hints of Docker Desktop for machines where containers see files by another kernel than their host.
const CONSISTENCIES: [&str; 4] = ["cached", "consistent", "default", "delegated"];

/// One word of `-v`'s options, on a bind mount or a volume.
fn apply_option(request: &mut MountRequest, option: &str, base: &Path) -> Result<()> {
    match option {
        "ro" => request.read_only = true,
        "rw" => request.read_only = false,
        // box puts no SELinux label on a container, so there is none that a file would have to match.
        "z" | "Z" => {}
        option if CONSISTENCIES.contains(&option) => {}
        "copy" | "nocopy" if !matches!(request.kind, MountKind::Bind { .. }) => request.options.push(option.to_owned()),
        "U" => request.chown = true,
        "O" => drop(request.overlay.get_or_insert_default()),
        "idmap" => return Err(Error::usage("mapping the ids of a mount needs root")),
        _ if option.starts_with("upperdir=") => {
            let upper = absolute(&option["upperdir=".len()..], base)?;
            request.overlay.get_or_insert_default().upper = Some(upper);
        }
        _ if option.starts_with("workdir=") => {
            let work = absolute(&option["workdir=".len()..], base)?;
            request.overlay.get_or_insert_default().work = Some(work);
        }
        "sync" | "dirsync" => return Err(of_whole_file_system(option)),
        _ if BIND_OPTIONS.contains(&option) => request.options.push(option.to_owned()),
        _ => return Err(Error::usage(format!("a volume has no option `{option}`"))),
    }
    Ok(())
}

fn of_whole_file_system(option: &str) -> Error {
    Error::usage(format!("`{option}` is a property of a whole file system, which a volume is only a part of"))
}

/// `--mount type=TYPE,KEY=VALUE,…`.
pub fn mount(text: &str, base: &Path) -> Result<MountRequest> {
    let pairs: Vec<(&str, Option<&str>)> = text
        .split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').map_or((pair, None), |(key, value)| (key, Some(value))))
        .collect();
    let value_of = |keys: &[&str]| pairs.iter().rev().find(|(key, _)| keys.contains(key)).and_then(|(_, value)| *value);
    let source = value_of(&["src", "source"]);
    let kind = match value_of(&["type"]).unwrap_or("volume") {
        "bind" => {
            let source = source
                .filter(|source| !source.is_empty())
                .ok_or_else(|| Error::usage("a bind mount needs `source=`"))?;
            MountKind::Bind { source: absolute(source, base)? }
        }
        "volume" => match source {
            None | Some("") => anonymous(),
            Some(name) => MountKind::Volume { name: volume_name(name)?, anonymous: false },
        },
        "tmpfs" | "ramfs" => MountKind::Tmpfs,
        "devpts" => MountKind::Devpts,
        "mqueue" => MountKind::Mqueue,
        "image" => MountKind::Image {
            name: source
                .filter(|source| !source.is_empty())
                .ok_or_else(|| Error::usage("a mount of an image needs `source=`"))?
                .to_owned(),
            diff_ids: Vec::new(),
        },
        kind @ ("glob" | "artifact") => {
            return Err(Error::usage(format!(
                "mounts of type `{kind}` are not supported; bind, volume, image and tmpfs are"
            )));
        }
        kind => {
            return Err(Error::usage(format!("there is no mount type `{kind}`; bind, volume, image and tmpfs are")));
        }
    };
    let target =
        value_of(&["dst", "dest", "destination", "target"]).ok_or_else(|| Error::usage("`destination=` is missing"))?;
    let mut request = MountRequest::new(kind, destination(target)?);
    for (key, value) in pairs {
        apply_key(&mut request, key, value, base)?;
    }
    let is_image = matches!(request.kind, MountKind::Image { .. });
    if is_image && request.overlay.is_none() {
        request.read_only = true;
    }
    whole(request)
}

fn apply_key(request: &mut MountRequest, key: &str, value: Option<&str>, base: &Path) -> Result<()> {
    let is_tmpfs = matches!(request.kind, MountKind::Tmpfs);
    let is_image = matches!(request.kind, MountKind::Image { .. });
    let is_volume = matches!(request.kind, MountKind::Volume { .. });
    match (key, value) {
        ("type" | "src" | "source" | "dst" | "dest" | "destination" | "target", Some(_)) => {}
        ("consistency", Some(consistency)) if CONSISTENCIES.contains(&consistency) => {}
        // As for `-v`: no label is used.
        ("relabel", Some("shared" | "private")) | ("Z" | "z", None) => {}
        // What is written over the image goes with the container.
        ("rw" | "readwrite", _) if is_image => {
            request.overlay = switch(key, value)?.then(OverlayRequest::default);
        }
        ("subpath" | "volume-subpath", Some(path)) if is_volume => request.subpath = subpath(path)?,
        ("subpath" | "image-subpath", Some(path)) if is_image => request.subpath = subpath(path)?,
        ("O", None) if !is_tmpfs => return apply_option(request, key, base),
        ("upperdir" | "workdir", Some(value)) if !is_tmpfs => {
            return apply_option(request, &format!("{key}={value}"), base);
        }
        ("ro" | "readonly", _) => request.read_only = switch(key, value)?,
        ("rw" | "readwrite", _) => request.read_only = !switch(key, value)?,
        ("bind-propagation", Some(value)) => return apply_option(request, value, base),
        ("bind-nonrecursive", _) if switch(key, value)? => request.options.push("bind".to_owned()),
        ("bind-nonrecursive", _) => {}
        // A read-only mount is read-only all the way down.
        ("bind-recursive", Some("enabled" | "readonly")) => {}
        ("bind-recursive", Some("writable")) => request.options.push(spec::WRITABLE_BELOW.to_owned()),
        ("bind-recursive", Some("disabled")) => request.options.push("bind".to_owned()),
        ("volume-nocopy", _) if switch(key, value)? => request.options.push("nocopy".to_owned()),
        ("volume-nocopy", _) => {}
        ("U" | "chown", _) if !is_tmpfs => request.chown = switch(key, value)?,
        ("tmpfs-size" | "tmpfs-mode", Some(value)) if is_tmpfs => {
            let key = key.trim_start_matches("tmpfs-");
            return apply_tmpfs_option(request, &format!("{key}={value}"));
        }
        (key, None) if is_tmpfs => return apply_tmpfs_option(request, key),
        (key, Some(value)) if is_tmpfs => return apply_tmpfs_option(request, &format!("{key}={value}")),
        ("sync" | "dirsync", None) => return Err(of_whole_file_system(key)),
        (key, None) if BIND_OPTIONS.contains(&key) => request.options.push(key.to_owned()),
        (key, _) => return Err(Error::usage(format!("a mount of this type has no key `{key}`"))),
    }
    Ok(())
}

fn switch(key: &str, value: Option<&str>) -> Result<bool> {
    match value {
        None | Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        Some(value) => Err(Error::usage(format!("`{key}` is true or false, not `{value}`"))),
    }
}

/// `--tmpfs DESTINATION[:OPTIONS]`.
pub fn tmpfs(text: &str) -> Result<MountRequest> {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    let mut request = MountRequest::new(MountKind::Tmpfs, destination(target)?);
    for option in options.split(',').filter(|option| !option.is_empty()) {
        apply_tmpfs_option(&mut request, option)?;
    }
    Ok(request)
}

fn apply_tmpfs_option(request: &mut MountRequest, option: &str) -> Result<()> {
    match option.split_once('=') {
        None if option == "ro" => request.read_only = true,
        None if option == "rw" => request.read_only = false,
        // What the image has there is copied into it unless told otherwise.
        None if option == "tmpcopyup" => {}
        None if option == "notmpcopyup" => request.options.push(option.to_owned()),
        None if TMPFS_OPTIONS.contains(&option) => request.options.push(option.to_owned()),
        Some(("size", value)) => {
            // tmpfs knows k, m and g; a unit of more letters, or a fraction, is ours to resolve.
            let size = if value.ends_with('%') { value.to_owned() } else { super::limit::size(value)?.to_string() };
            request.options.push(format!("size={size}"));
        }
        Some(("mode", value)) if u32::from_str_radix(value, 8).is_ok_and(|mode| mode <= 0o7777) => {
            request.options.push(option.to_owned());
        }
        Some(("mode", value)) => return Err(Error::usage(format!("`{value}` is not an octal mode"))),
        Some((key, value)) if TMPFS_OPTIONS.contains(&format!("{key}=").as_str()) && !value.is_empty() => {
            request.options.push(option.to_owned());
        }
        _ => return Err(Error::usage(format!("a tmpfs has no option `{option}`"))),
    }
    Ok(())
}

/// `--device SOURCE[:DESTINATION][:rwm]`: the host's device node, as far as the user may open it.
pub fn device(text: &str) -> Result<MountRequest> {
    let is_permissions = |text: &str| !text.is_empty() && text.chars().all(|c| "rwm".contains(c));
    let (source, target, permissions) = match text.split(':').collect::<Vec<_>>()[..] {
        [source] => (source, source, "rwm"),
        [source, permissions] if is_permissions(permissions) => (source, source, permissions),
        [source, target] => (source, target, "rwm"),
        [source, target, permissions] if is_permissions(permissions) => (source, target, permissions),
        _ => return Err(Error::usage("expected SOURCE[:DESTINATION][:rwm]")),
    };
    let source = absolute(source, Path::new("/"))?;
    let read_only = !permissions.contains('w');
    Ok(MountRequest { read_only, ..MountRequest::new_device(source, destination(target)?) })
}

/// A place below the top of a volume or an image.
fn subpath(text: &str) -> Result<String> {
    let path = text.trim_start_matches('/');
    match Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) && !path.contains('\0') {
        true => Ok(path.to_owned()),
        false => Err(Error::usage(format!("the subpath `{}` leads out of what it is a part of", text.escape_debug()))),
    }
}

/// A path inside the container: absolute, below the root, and without `..`, which would have no meaning yet.
pub fn destination(text: &str) -> Result<String> {
    let path = Path::new(text);
    if !path.is_absolute() {
        return Err(Error::usage(format!("the destination `{text}` is not an absolute path")));
    }
    if path.components().any(|part| part == Component::ParentDir) || text.contains('\0') {
        return Err(Error::usage(format!("the destination `{text}` contains `..`")));
    }
    let clean: std::path::PathBuf = path.components().collect();
    match clean.to_str() {
        Some("/") => Err(Error::usage("nothing can be mounted on the root directory").with_hint("use --rootfs DIR")),
        clean => Ok(clean.expect("parts of a string are strings").to_owned()),
    }
}

fn absolute(source: &str, base: &Path) -> Result<String> {
    if source.contains('\0') {
        return Err(Error::usage("a path contains a NUL character"));
    }
    let path: std::path::PathBuf = base.join(source).components().collect();
    let path = path.to_str().ok_or_else(|| Error::usage("the current directory's name is not UTF-8"))?;
    Ok(path.to_owned())
}

/// Docker's and Podman's grammar of names, for volumes as for containers.
fn volume_name(name: &str) -> Result<String> {
    if volume::check_name(name).is_ok() {
        return Ok(name.to_owned());
    }
    Err(Error::usage(format!("`{name}` is neither a volume name nor a path"))
        .with_hint(format!("a path begins with `/` or `.`: `./{}`", name.trim_start_matches('/'))))
}

/// Refuses two mounts on one directory: one of them would never be seen.
pub fn require_distinct(mounts: &[MountRequest]) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    match mounts.iter().find(|mount| !seen.insert(mount.destination.as_str())) {
        Some(twice) => Err(Error::usage(format!("two mounts have the destination `{}`", twice.destination))),
        None => Ok(()),
    }
}

/// Refuses paths of the host that do not exist, before anything is made for the container.
pub fn require_sources(mounts: &[MountRequest]) -> Result<()> {
    for mount in mounts {
        if let MountKind::Bind { source } = &mount.kind {
            match std::fs::metadata(source) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && !mount.makes_source => {
                    return Err(Error::from(error)
                        .while_doing(format!("mount `{source}` on `{}`", mount.destination))
                        .with_hint(format!("mkdir -p {}", quoted(source))));
                }
                // Whoever mounts it may have rights that a look from here has not.
                _ => {}
            }
        }
    }
    Ok(())
}

/// `--image-volume`.
pub fn image_volumes(text: &str) -> Result<ImageVolumes> {
    match text {
        "anonymous" | "bind" | "" => Ok(ImageVolumes::Anonymous),
        "tmpfs" => Ok(ImageVolumes::Tmpfs),
        "ignore" => Ok(ImageVolumes::Ignore),
        _ => Err(Error::usage(format!("expected anonymous, bind, tmpfs or ignore, not `{text}`"))),
    }
}

fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `KIND DESTINATION ro|rw OPTIONS`.
    fn shown(request: Result<MountRequest>) -> Option<String> {
        request.ok().map(|request| {
            let kind = match &request.kind {
                MountKind::Bind { source } => format!("bind:{source}"),
                MountKind::Volume { anonymous: true, .. } => "anonymous".to_owned(),
                MountKind::Volume { name, .. } => format!("volume:{name}"),
                MountKind::Image { name, .. } => format!("image:{name}"),
                other => format!("{other:?}").to_lowercase(),
            };
            let access = if request.read_only { "ro" } else { "rw" };
            let overlay = request.overlay.map(|OverlayRequest { upper, work }| {
                ["O", upper.as_deref().unwrap_or_default(), work.as_deref().unwrap_or_default()].join(":")
            });
            let below = (!request.subpath.is_empty()).then(|| format!("below:{}", request.subpath));
            let chown = request.chown.then(|| "U".to_owned());
            let words: Vec<String> = request.options.into_iter().chain(overlay).chain(below).chain(chown).collect();
            format!("{kind} {} {access} {}", request.destination, words.join(",")).trim_end().to_owned()
        })
    }

    #[test]
    fn volumes_are_paths_names_or_anonymous() {
        for (text, expected) in [
            ("/data", "anonymous /data rw"),
            ("/src:/dst", "bind:/src /dst rw"),
            ("/src:/dst:ro", "bind:/src /dst ro"),
            ("/src:/dst:ro,z", "bind:/src /dst ro"),
            ("/src:/dst:cached,ro", "bind:/src /dst ro"),
            ("/src:/dst:rslave,noexec,rw", "bind:/src /dst rw rslave,noexec"),
            ("./src:/dst", "bind:/home/me/src /dst rw"),
            ("/src:/dst:O", "bind:/src /dst rw O::"),
            ("/src:/dst:O,upperdir=up,workdir=/w", "bind:/src /dst rw O:/home/me/up:/w"),
            ("/src:/dst:U,ro", "bind:/src /dst ro U"),
            (".:/dst/", "bind:/home/me /dst rw"),
            ("../x:/dst", "bind:/home/me/../x /dst rw"),
            ("data:/dst", "volume:data /dst rw"),
            ("data.1-x_y:/a//b/./c:nocopy", "volume:data.1-x_y /a/b/c rw nocopy"),
            ("/src:/dst:", "bind:/src /dst rw"),
        ] {
            assert_eq!(shown(volume(text, Path::new("/home/me"))).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn malformed_volumes_are_refused() {
        for text in [
            "",
            "data",
            "data:dst",
            ":/dst",
            "/src:",
            "/src:dst",
            "/src:/",
            "/src:/a/../b",
            "a/b:/dst",
            "-x:/dst",
            "_x:/dst",
            "/s:/d:what",
            "/s:/d:O,upperdir=/u",
            "v:/d:O,copy",
            "/s:/d:idmap",
            "/s:/d:nocopy",
            "/s:/d:ro:rw",
            "/s:/d\0",
            "/s\0:/d",
            "~/x:/d",
        ] {
            assert_eq!(shown(volume(text, Path::new("/home/me"))), None, "{text}");
        }
    }

    #[test]
    fn mounts_are_written_in_keys_and_values() {
        for (text, expected) in [
            ("type=bind,src=/s,dst=/d", "bind:/s /d rw"),
            ("type=bind,source=s,target=/d,readonly", "bind:/home/me/s /d ro"),
            ("type=bind,src=/s,destination=/d,ro=true,bind-propagation=rshared", "bind:/s /d ro rshared"),
            ("type=bind,src=/s,dest=/d,ro=false,relabel=shared,consistency=cached", "bind:/s /d rw"),
            ("type=bind,src=/s,dst=/d,bind-nonrecursive=true", "bind:/s /d rw bind"),
            ("type=bind,src=/s,dst=/d,bind-recursive=disabled", "bind:/s /d rw bind"),
            ("type=bind,src=/s,dst=/d,ro,bind-recursive=readonly", "bind:/s /d ro"),
            ("type=bind,src=/s,dst=/d,ro,bind-recursive=writable", "bind:/s /d ro bind-recursive=writable"),
            ("type=bind,src=/s,dst=/d,U=true", "bind:/s /d rw U"),
            ("type=volume,src=data,dst=/d,volume-subpath=/a/b", "volume:data /d rw below:a/b"),
            ("type=image,src=i:1,dst=/d", "image:i:1 /d ro"),
            ("type=image,src=i:1,dst=/d,rw=true,subpath=usr", "image:i:1 /d rw O::,below:usr"),
            ("src=data,dst=/d", "volume:data /d rw"),
            ("type=volume,dst=/d", "anonymous /d rw"),
            ("type=volume,src=data,dst=/d,volume-nocopy", "volume:data /d rw nocopy"),
            ("type=tmpfs,dst=/d", "tmpfs /d rw"),
            ("type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=1777,noexec", "tmpfs /d rw size=1048576,mode=1777,noexec"),
            ("type=tmpfs,dst=/d,ro,notmpcopyup", "tmpfs /d ro notmpcopyup"),
            ("type=tmpfs,dst=/d,tmpcopyup", "tmpfs /d rw"),
            ("type=devpts,destination=/dev/pts", "devpts /dev/pts rw"),
            ("type=mqueue,dst=/dev/mqueue", "mqueue /dev/mqueue rw"),
        ] {
            assert_eq!(shown(mount(text, Path::new("/home/me"))).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "type=bind,dst=/d",
            "type=bind,src=/s",
            "type=image,dst=/d",
            "type=glob,src=/x*,dst=/d",
            "type=volume,src=x,dst=/d,subpath=../y",
            "type=bind,src=/s,dst=/d,consistency=what",
            "type=other,dst=/d",
            "type=volume,src=../x,dst=/d",
            "type=bind,src=/s,dst=/d,ro=maybe",
            "type=bind,src=/s,dst=/d,tmpfs-size=1",
            "dst",
            "type=tmpfs,dst=/d,tmpfs-mode=9",
            "type=bind,src=/s,dst=/d,subpath=x",
            "type=bind,src=/s,dst=/d,sync",
            "type=tmpfs,dst=d",
        ] {
            assert_eq!(shown(mount(text, Path::new("/home/me"))), None, "{text}");
        }
    }

    #[test]
    fn a_tmpfs_has_the_options_of_mount() {
        assert_eq!(shown(tmpfs("/t")).unwrap(), "tmpfs /t rw");
        assert_eq!(shown(tmpfs("/t:ro,size=50%,exec,uid=5")).unwrap(), "tmpfs /t ro size=50%,exec,uid=5");
        for bad in ["", "t", "/t:what", "/t:size=x", "/t:mode=abc", "/t:uid=", "/t:lowerdir=/etc", "/"] {
            assert_eq!(shown(tmpfs(bad)), None, "{bad}");
        }
    }

    #[test]
    fn devices_are_the_hosts_own_nodes() {
        let tail = "bind,dev,noexec,nosuid";
        assert_eq!(shown(device("/dev/fuse")).unwrap(), format!("bind:/dev/fuse /dev/fuse rw {tail}"));
        assert_eq!(shown(device("/dev/sda:r")).unwrap(), format!("bind:/dev/sda /dev/sda ro {tail}"));
        assert_eq!(shown(device("/dev/a:/dev/b:rw")).unwrap(), format!("bind:/dev/a /dev/b rw {tail}"));
        for bad in ["", "nvidia.com/gpu=all", "/dev/a:b", "/dev/a:/b:x", "/dev/a:/b:r:w"] {
            assert_eq!(shown(device(bad)), None, "{bad}");
        }
    }

    #[test]
    fn a_missing_directory_of_the_host_comes_with_the_command_that_makes_it() {
        let directory = tempfile::tempdir().unwrap();
        let missing = format!("{}/it's missing:/d", directory.path().display());
        let error = require_sources(&[volume(&missing, Path::new("/")).unwrap()]).unwrap_err();
        assert!(error.to_string().ends_with("no such file or directory"), "{error}");
        assert!(error.hint.unwrap().ends_with("it'\\''s missing'"));
        assert!(
            require_sources(&[volume(&format!("{}:/d", directory.path().display()), Path::new("/")).unwrap()]).is_ok()
        );
    }

    #[test]
    fn two_mounts_cannot_share_a_destination() {
        let mounts = ["/a:/d", "data:/d/"].map(|text| volume(text, Path::new("/")).unwrap());
        assert!(require_distinct(&mounts).is_err() && require_distinct(&mounts[..1]).is_ok());
    }
}
