//! Devices by name: `--device vendor.com/class=name` and `--gpus`, as the Container Device Interface describes them
//! (github.com/cncf-tags/container-device-interface, SPEC.md).
//!
//! Whoever installs a device says in a file what a container needs for it: nodes, mounts, variables, groups. What such
//! a file wants to have run outside of the container (hooks) is not run, and that is said.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::mount;
use crate::cli::print;
use crate::error::{During as _, Error, Result};
use crate::host::account::Account;
use crate::host::dirs;
use crate::settings::{MountKind, MountRequest, Settings};

const FILE_LIMIT_BYTES: u64 = 4 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Specification {
    kind: String,
    devices: Vec<Device>,
    container_edits: Edits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Device {
    name: String,
    container_edits: Edits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Edits {
    env: Vec<String>,
    device_nodes: Vec<Node>,
    mounts: Vec<Mount>,
    hooks: Vec<serde_json::Value>,
    #[serde(rename = "additionalGids")]
    additional_gids: Vec<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Node {
    path: String,
    host_path: String,
    permissions: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Mount {
    host_path: String,
    container_path: String,
    options: Vec<String>,
}

/// Whether a `--device` is such a name, and no path.
pub fn is_name(text: &str) -> bool {
    !text.starts_with('/') && text.split_once('=').is_some_and(|(kind, name)| kind.contains('/') && !name.is_empty())
}

/// `--gpus all|NUMBER|device=A,B`: names of NVIDIA's devices, as with Podman.
pub fn of_gpus(text: &str) -> Vec<String> {
    let list = text.strip_prefix("device=").unwrap_or(text);
    list.split(',').filter(|name| !name.is_empty()).map(|name| format!("nvidia.com/gpu={name}")).collect()
}

/// Gives the container what the device of this name needs. `spec_dirs` stand instead of the usual directories, unless
/// there are none.
pub fn apply(settings: &mut Settings, name: &str, spec_dirs: &[PathBuf]) -> Result<()> {
    let directories = if spec_dirs.is_empty() { usual_directories() } else { spec_dirs.to_vec() };
    apply_from(settings, name, &directories).during(|| format!("device `{}`", name.escape_debug()))
}

/// Later ones win.
fn usual_directories() -> Vec<PathBuf> {
    let mut all = vec![PathBuf::from("/etc/cdi"), PathBuf::from("/var/run/cdi")];
    all.extend(dirs::config_home(&Account::current()).map(|config| config.join("cdi")));
    all
}

fn apply_from(settings: &mut Settings, name: &str, directories: &[PathBuf]) -> Result<()> {
    let (kind, device_name) = name.split_once('=').unwrap_or((name, ""));
    let mut found = None;
    let mut others = 0;
    for directory in directories {
        for file in files(directory) {
            if file.extension().is_none_or(|extension| extension != "json") {
                others +=
                    usize::from(file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
                continue;
            }
            let specification = read(&file)?;
            if specification.kind == kind && specification.devices.iter().any(|device| device.name == device_name) {
                found = Some(specification);
            }
        }
    }
    let Some(specification) = found else {
        let places: Vec<_> = directories.iter().map(|directory| directory.display().to_string()).collect();
        let error = Error::usage(format!("no file in {} describes it", places.join(", ")));
        return Err(match others {
            0 => error.with_hint("`nvidia-ctk cdi generate --format json` and its like write such files"),
            _ => error.with_hint(
                "files of YAML are not read; generate them as JSON (`nvidia-ctk cdi generate --format json`)",
            ),
        });
    };
    edit(settings, specification.container_edits)?;
    for device in specification.devices.into_iter().filter(|device| device.name == device_name) {
        edit(settings, device.container_edits)?;
    }
    Ok(())
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Result<Specification> {
    use std::io::Read;
    let act = || format!("read `{}`", file.display());
    let mut text = Vec::new();
    std::fs::File::open(file).and_then(|opened| opened.take(FILE_LIMIT_BYTES).read_to_end(&mut text)).during(act)?;
    serde_json::from_slice(&text).during(act)
}

fn edit(settings: &mut Settings, edits: Edits) -> Result<()> {
    // What is asked for by itself comes later and wins.
    let variables = edits.env.iter().filter_map(|entry| entry.split_once('='));
    let variables: Vec<_> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    settings.env.splice(0..0, variables);
    for node in edits.device_nodes {
        let outside = if node.host_path.is_empty() { &node.path } else { &node.host_path };
        let permissions = if node.permissions.is_empty() { "rwm" } else { &node.permissions };
        add(settings, mount::device(&format!("{outside}:{}:{permissions}", node.path))?);
    }
    for asked in edits.mounts {
        let (read_only, options): (Vec<String>, Vec<String>) =
            asked.options.into_iter().filter(|option| option != "rw").partition(|option| option == "ro");
        let kind = MountKind::Bind { source: asked.host_path };
        let destination = mount::destination(&asked.container_path)?;
        let read_only = !read_only.is_empty();
        add(settings, MountRequest { read_only, options, ..MountRequest::new(kind, destination) });
    }
    settings.groups.extend(edits.additional_gids.iter().filter(|gid| **gid != 0).map(u32::to_string));
    if !edits.hooks.is_empty() {
        print::warning(format_args!("{} hooks of a device are not run", edits.hooks.len()));
    }
    Ok(())
}

/// Two devices may bring the same library.
fn add(settings: &mut Settings, request: MountRequest) {
    if !settings.mounts.iter().any(|known| known.destination == request.destination) {
        settings.mounts.push(request);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_paths() {
        assert!(is_name("nvidia.com/gpu=all") && !is_name("/dev/x=y") && !is_name("gpu=all") && !is_name("a/b="));
        assert_eq!(of_gpus("all"), ["nvidia.com/gpu=all"]);
        assert_eq!(of_gpus("device=0,GPU-1"), ["nvidia.com/gpu=0", "nvidia.com/gpu=GPU-1"]);
    }

    #[test]
    fn a_device_brings_nodes_mounts_variables_and_groups() {
        let dir = tempfile::tempdir().unwrap();
        let text = r#"{"cdiVersion": "0.6.0", "kind": "vendor.com/net",
            "containerEdits": {"env": ["ALL=1"]},
            "devices": [{"name": "a", "containerEdits": {
                "env": ["ONE=x=y", "broken"], "additionalGids": [0, 44],
                "deviceNodes": [{"path": "/dev/a", "hostPath": "/dev/null", "permissions": "r"}, {"path": "/dev/zero"}],
                "mounts": [{"hostPath": "/usr/lib/a.so", "containerPath": "/lib/a.so", "options": ["ro", "nosuid"]}]}},
              {"name": "b"}]}"#;
        std::fs::write(dir.path().join("vendor.json"), text).unwrap();
        let directories = [dir.path().to_owned(), PathBuf::from("/missing")];
        let mut settings = Settings { env: vec![("ONE".into(), "mine".into())], ..Settings::default() };
        apply_from(&mut settings, "vendor.com/net=a", &directories).unwrap();
        let names: Vec<&str> = settings.env.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ONE", "ALL", "ONE"], "what was asked for comes last");
        let places: Vec<(&str, bool)> =
            settings.mounts.iter().map(|mount| (mount.destination.as_str(), mount.read_only)).collect();
        assert_eq!(places, [("/dev/a", true), ("/dev/zero", false), ("/lib/a.so", true)]);
        assert_eq!((settings.groups, settings.mounts[2].options.clone()), (vec!["44".into()], vec!["nosuid".into()]));

        let mut settings = Settings::default();
        assert!(apply_from(&mut settings, "vendor.com/net=c", &directories).is_err());
        std::fs::write(dir.path().join("other.yaml"), "").unwrap();
        let error = apply_from(&mut settings, "vendor.com/net=c", &directories).unwrap_err();
        assert!(error.hint.unwrap().contains("YAML"));
        std::fs::write(dir.path().join("bad.json"), "{").unwrap();
        assert!(apply_from(&mut settings, "vendor.com/net=a", &directories).is_err());
    }
}
