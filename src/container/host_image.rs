//! `box run host`: this machine's own userland as an image. Each directory of programs lies beneath a throw-away
//! overlay, so that nothing written reaches the host; homes, /run and /tmp are not shown.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use crate::error::{During, Result};
use crate::oci::runtime::Mount;

/// Shown where the host has them: as directories, or as the links into /usr that they are on most systems.
const SHOWN: &[&str] = &["bin", "etc", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "usr"];
/// Made empty, with the modes that programs expect.
const EMPTY: &[(&str, u32)] = &[
    ("home", 0o755),
    ("mnt", 0o755),
    ("root", 0o700),
    ("run", 0o755),
    ("run/lock", 0o1777),
    ("srv", 0o755),
    ("tmp", 0o1777),
    ("var", 0o755),
    ("var/cache", 0o755),
    ("var/lib", 0o755),
    ("var/log", 0o755),
    ("var/tmp", 0o1777),
];

/// Lays out the root directory `container_dir/upper`, and returns the mounts that show the host's userland in it.
pub fn prepare(container_dir: &Path, with_overlay: bool) -> Result<Vec<Mount>> {
    let root = container_dir.join("upper");
    for (name, mode) in EMPTY {
        make_dir(&root.join(name), *mode)?;
    }
    link(&root.join("var/run"), Path::new("/run"))?;
    let mut mounts = Vec::new();
    for name in SHOWN {
        let host = Path::new("/").join(name);
        let Ok(meta) = fs::symlink_metadata(&host) else { continue };
        if meta.is_symlink() {
            link(&root.join(name), &fs::read_link(&host).during(|| format!("read link `{}`", host.display()))?)?;
            continue;
        }
        make_dir(&root.join(name), 0o755)?;
        mounts.push(if with_overlay { overlay(container_dir, name)? } else { read_only(name) });
    }
    Ok(mounts)
}

fn overlay(container_dir: &Path, name: &str) -> Result<Mount> {
    let (upper, work) =
        (container_dir.join("host").join(name).join("upper"), container_dir.join("host").join(name).join("work"));
    make_dir(&upper, 0o755)?;
    make_dir(&work, 0o700)?;
    let options = [
        "nodev".to_owned(),
        "userxattr".to_owned(),
        format!("lowerdir=/{name}"),
        format!("upperdir={}", upper.display()),
        format!("workdir={}", work.display()),
    ];
    Ok(Mount {
        destination: format!("/{name}"),
        kind: "overlay".to_owned(),
        source: "overlay".to_owned(),
        options: options.into(),
    })
}

fn read_only(name: &str) -> Mount {
    let options = ["rbind", "rro", "nodev", "rprivate"].map(str::to_owned);
    Mount {
        destination: format!("/{name}"),
        kind: "bind".to_owned(),
        source: format!("/{name}"),
        options: options.into(),
    }
}

fn make_dir(path: &Path, mode: u32) -> Result<()> {
    let make = || -> std::io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(mode).create(path)?;
        // The caller's umask has no say in what programs inside find.
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    make().during(|| format!("create `{}`", path.display()))
}

fn link(path: &Path, target: &Path) -> Result<()> {
    match std::os::unix::fs::symlink(target, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).during(|| format!("create `{}`", path.display()))
        }
        _ => Ok(()),
    }
}
