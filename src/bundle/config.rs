//! `config.json` of a bundle, read by the letter (runtime-spec config.md): what is unknown is passed over, what is
//! known and cannot be done is refused, and the rest is complete and safe to carry out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{During, Error, Result};
use crate::oci::runtime::{Capabilities, Mount, NamespaceKind, Process, Resources, Spec};
use crate::spec;
use crate::sys::capability;

/// What would be wrong to pass over, and is not supported.
const REFUSED: &[(&str, &str)] = &[
    ("/vm", "virtual machines"),
    ("/solaris", "Solaris zones"),
    ("/windows", "Windows containers"),
    ("/zos", "z/OS containers"),
    ("/process/selinuxLabel", "SELinux labels"),
    ("/process/scheduler", "scheduling policies"),
    ("/process/ioPriority", "priorities of input and output"),
    ("/process/execCPUAffinity", "the CPU affinity of exec"),
    ("/linux/mountLabel", "SELinux labels"),
    ("/linux/intelRdt", "Intel RDT"),
    ("/linux/timeOffsets", "time namespaces"),
    ("/linux/memoryPolicy", "memory policies"),
    ("/linux/netDevices", "network devices that are moved"),
    ("/linux/seccomp/listenerPath", "seccomp agents"),
    ("/linux/resources/rdma", "limits of RDMA"),
    ("/linux/resources/network", "network classes and priorities"),
];

/// Reads the configuration of the bundle in `bundle`, which is absolute.
pub fn read(bundle: &Path) -> Result<Spec> {
    let path = bundle.join("config.json");
    let text = fs::read(&path).during(|| format!("read `{}`", path.display()))?;
    let spec = parse(&text).and_then(|spec| complete(spec, bundle));
    spec.during(|| format!("read `{}`", path.display()))
}

/// Reads a process for `exec`.
pub fn read_process(text: &[u8]) -> Result<Process> {
    let mut value: Value = serde_json::from_slice(text)?;
    drop_nulls(&mut value);
    let whole = serde_json::json!({ "process": value });
    refuse(&whole)?;
    let mut process: Process = serde_json::from_value(whole["process"].clone())?;
    forget_unknown(&mut process.capabilities);
    Ok(process)
}

/// Capabilities of kernels to come mean nothing here.
fn forget_unknown(sets: &mut Capabilities) {
    let Capabilities { bounding, effective, inheritable, permitted, ambient } = sets;
    for set in [bounding, effective, inheritable, permitted, ambient] {
        set.retain(|name| capability::number(name).is_some());
    }
}

/// Reads new limits for `update`.
pub fn read_resources(text: &[u8]) -> Result<Resources> {
    let mut value: Value = serde_json::from_slice(text)?;
    drop_nulls(&mut value);
    let whole = serde_json::json!({ "linux": { "resources": value } });
    refuse(&whole)?;
    Ok(serde_json::from_value(whole["linux"]["resources"].clone())?)
}

fn parse(text: &[u8]) -> Result<Spec> {
    let mut value: Value = serde_json::from_slice(text)?;
    // Go writes an empty list as null.
    drop_nulls(&mut value);
    refuse(&value)?;
    let version = value["ociVersion"].as_str().unwrap_or_default();
    if !version.starts_with("1.") {
        return Err(Error::usage(format!("ociVersion is `{}`, and versions 1.x are known", version.escape_debug())));
    }
    Ok(serde_json::from_value(value)?)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(elements) => elements.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn refuse(config: &Value) -> Result<()> {
    let is_empty = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    let found = REFUSED.iter().find(|(pointer, _)| config.pointer(pointer).is_some_and(|value| !is_empty(value)));
    match found {
        Some((pointer, what)) => {
            Err(Error::usage(format!("{} is set, and {what} are not supported", pointer[1..].replace('/', "."))))
        }
        None => Ok(()),
    }
}

fn complete(mut spec: Spec, bundle: &Path) -> Result<Spec> {
    if spec.root.path.is_empty() {
        return Err(Error::usage("root.path is missing"));
    }
    spec.root.path = text(bundle.join(&spec.root.path).canonicalize().during(|| "find the root file system")?)?;
    let has = |kind| spec.linux.namespaces.iter().any(|namespace| namespace.kind == kind);
    if !has(NamespaceKind::Mount) {
        return Err(Error::usage("linux.namespaces: a container needs a mount namespace"));
    }
    for name in spec.linux.sysctl.keys() {
        let kind = spec::namespace_of_sysctl(name)?;
        if !has(kind) {
            return Err(Error::usage(format!(
                "linux.sysctl: `{name}` would be the host's without a namespace of its own"
            )));
        }
    }
    let maps = [&spec.linux.uid_mappings, &spec.linux.gid_mappings];
    if maps.iter().any(|map| !map.is_empty()) && !has(NamespaceKind::User) {
        return Err(Error::usage("linux.uidMappings: without a user namespace there is nothing to map"));
    }
    for mount in &mut spec.mounts {
        let destination = mount.destination.clone();
        complete_mount(mount, bundle).during(|| format!("mounts: `{}`", destination.escape_debug()))?;
    }
    forget_unknown(&mut spec.process.capabilities);
    let missing: Vec<_> = spec::default_devices()
        .filter(|default| spec.linux.devices.iter().all(|device| device.path != default.path))
        .collect();
    spec.linux.devices.splice(0..0, missing);
    Ok(spec)
}

fn complete_mount(mount: &mut Mount, bundle: &Path) -> Result<()> {
    if mount.destination.is_empty() {
        return Err(Error::usage("a mount needs a destination"));
    }
    if !mount.destination.starts_with('/') {
        mount.destination.insert(0, '/');
    }
    for option in &mut mount.options {
        match option.as_str() {
            "idmap" | "ridmap" | "remount" => {
                return Err(Error::usage(format!("the option `{option}` is not supported")));
            }
            // What is not for the top alone is for all below it anyway.
            "rnosuid" | "rnodev" | "rnoexec" | "rnoatime" | "rnodiratime" | "rrelatime" | "rstrictatime"
            | "rnosymfollow" | "rsuid" | "rdev" | "rexec" | "rsymfollow" | "rrw" => {
                option.remove(0);
            }
            _ => {}
        }
    }
    if mount.kind == "cgroup" {
        show_cgroups(mount);
    }
    let is_bind = mount.kind == "bind" || mount.options.iter().any(|option| option == "bind" || option == "rbind");
    if is_bind {
        mount.source = text(bundle.join(&mount.source))?;
    }
    Ok(())
}

/// `cgroup` means whatever this machine has: a new instance of v2, or the trees of v1 as they are.
fn show_cgroups(mount: &mut Mount) {
    const TREES: &str = "/sys/fs/cgroup";
    if Path::new(TREES).join("cgroup.controllers").exists() {
        mount.kind = "cgroup2".to_owned();
    } else {
        mount.kind = "bind".to_owned();
        mount.source = TREES.to_owned();
        // All of them: whoever can write there has the machine.
        mount.options = ["rbind", "rro", "nosuid", "nodev", "noexec"].map(str::to_owned).to_vec();
    }
}

fn text(path: PathBuf) -> Result<String> {
    path.into_os_string().into_string().map_err(|path| Error::usage(format!("`{}` is not UTF-8", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(config: Value) -> (tempfile::TempDir, Result<Spec>) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("rootfs")).unwrap();
        fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
        let spec = read(dir.path());
        (dir, spec)
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut config = serde_json::json!({
            "ociVersion": "1.1.0",
            "root": { "path": "rootfs" },
            "process": { "args": ["true"], "env": null, "cwd": "/" },
            "mounts": [{ "destination": "data", "source": "here", "options": ["rbind", "rnosuid"] }],
            "linux": { "namespaces": [{ "type": "mount" }, { "type": "pid" }], "devices": null },
        });
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap()[name] = value;
        config
    }

    #[test]
    fn a_config_is_completed() {
        let (dir, spec) = bundle(with("/hostname", "web".into()));
        let spec = spec.unwrap();
        assert_eq!(Path::new(&spec.root.path), dir.path().canonicalize().unwrap().join("rootfs"));
        assert_eq!((spec.mounts[0].destination.as_str(), &spec.mounts[0].options[1][..]), ("/data", "nosuid"));
        assert_eq!(Path::new(&spec.mounts[0].source), dir.path().join("here"));
        assert!(spec.linux.devices.iter().any(|device| device.path == "/dev/null"));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_its_name() {
        for (pointer, value, word) in [
            ("/ociVersion", "2.0".into(), "ociVersion"),
            ("/root/path", "".into(), "root.path"),
            ("/root/path", "nowhere".into(), "root file system"),
            ("/linux/namespaces", serde_json::json!([]), "mount namespace"),
            ("/linux/sysctl", serde_json::json!({ "net.core.somaxconn": "1" }), "somaxconn"),
            ("/linux/sysctl", serde_json::json!({ "kernel.panic": "1" }), "kernel.panic"),
            ("/linux/uidMappings", serde_json::json!([{ "containerID": 0, "hostID": 1, "size": 1 }]), "uidMappings"),
            ("/linux/intelRdt", serde_json::json!({ "closID": "x" }), "Intel RDT"),
            ("/process/selinuxLabel", "x".into(), "process.selinuxLabel"),
            ("/mounts", serde_json::json!([{ "destination": "/x", "options": ["idmap"] }]), "idmap"),
        ] {
            let error = bundle(with(pointer, value)).1.unwrap_err().to_string();
            assert!(error.contains(word), "{pointer}: {error}");
        }
    }

    #[test]
    fn unknown_members_are_passed_over() {
        assert!(bundle(with("/linux/ofTheFuture", 1.into())).1.is_ok());
    }

    #[test]
    fn a_process_is_read_alone() {
        let process = read_process(br#"{"args": ["sh"], "cwd": "/", "env": null}"#).unwrap();
        assert_eq!(process.args, ["sh"]);
        assert!(read_process(br#"{"args": ["sh"], "scheduler": {"policy": "SCHED_FIFO"}}"#).is_err());
    }
}
