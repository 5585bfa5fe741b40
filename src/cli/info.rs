//! `box info`: this machine and this store, in Podman's words; templates may also use Docker's.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::format::{Template, json_pretty};
use super::images::extend;
use super::{Globals, print, version};
use crate::container::record::Status;
use crate::error::Result;
use crate::host::account::Account;
use crate::host::dirs;
use crate::host::tools::{self, Tool};
use crate::idmap::IdMap;
use crate::oci::runtime::IdMapping;
use crate::rootfs;
use crate::settings::LogDriver;
use crate::spec::capabilities;
use crate::store::Store;

/// Show what this machine offers to containers
#[derive(clap::Args)]
pub struct Args {
    /// Show it as `json` or by a Go template
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
    // Only ever said to get more of what is shown anyway.
    #[arg(short = 'D', long, hide = true)]
    debug: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let document = document(&Machine::look(), &Contents::count(&store, globals)?);
    print::block(&match args.format.as_deref().map(str::trim) {
        None | Some("") => yaml(&document),
        Some("json") => json_pretty(&document),
        Some(template) => Template::parse_argument(template)?.render(&with_dockers_fields(document))? + "\n",
    })?;
    Ok(0)
}

/// What the kernel and the files in /etc say. Nothing here is an error: what cannot be read is shown empty.
struct Machine {
    hostname: String,
    kernel: String,
    cpu_count: usize,
    distribution: Distribution,
    memory: Memory,
    uptime_seconds: u64,
    cgroup_version: &'static str,
    cgroup_controllers: Vec<String>,
    rootless: bool,
    ids: IdMap,
    seccomp: bool,
    apparmor: bool,
    selinux: bool,
    tools: Vec<(Tool, Option<std::path::PathBuf>)>,
    socket: String,
}

/// Of os-release(5).
#[derive(Debug, Default, PartialEq)]
struct Distribution {
    id: String,
    version: String,
    codename: String,
}

/// In bytes.
#[derive(Debug, Default, PartialEq)]
struct Memory {
    total: u64,
    free: u64,
    swap_total: u64,
    swap_free: u64,
}

impl Machine {
    fn look() -> Machine {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let uname = rustix::system::uname();
        let account = Account::current();
        let runtime_dir = dirs::runtime_root(None, &account).unwrap_or_default();
        Machine {
            hostname: uname.nodename().to_string_lossy().into_owned(),
            kernel: uname.release().to_string_lossy().into_owned(),
            cpu_count: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            distribution: Distribution::parse(&text("/etc/os-release")),
            memory: Memory::parse(&text("/proc/meminfo")),
            uptime_seconds: text("/proc/uptime").split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0),
            cgroup_version: if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() { "v2" } else { "v1" },
            cgroup_controllers: controllers(&text("/sys/fs/cgroup/cgroup.controllers"), &text("/proc/cgroups")),
            rootless: !account.is_root(),
            ids: IdMap::choose(),
            seccomp: text("/proc/self/status").lines().any(|line| line.starts_with("Seccomp:")),
            apparmor: text("/sys/module/apparmor/parameters/enabled").starts_with('Y'),
            selinux: Path::new("/sys/fs/selinux/enforce").exists(),
            tools: Tool::ALL.into_iter().map(|tool| (tool, tools::find(tool))).collect(),
            socket: runtime_dir.join("box.sock").to_string_lossy().into_owned(),
        }
    }
}

impl Distribution {
    fn parse(os_release: &str) -> Distribution {
        let value = |key: &str| {
            // The last assignment wins, as in the shell that the file is written for.
            let lines = os_release.lines().filter_map(|line| line.split_once('='));
            let found = lines.rev().find(|(name, _)| *name == key);
            found.map(|(_, value)| value.trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
        };
        Distribution { id: value("ID"), version: value("VERSION_ID"), codename: value("VERSION_CODENAME") }
    }
}

impl Memory {
    /// Reads /proc/meminfo, whose kB are KiB.
    fn parse(meminfo: &str) -> Memory {
        let bytes = |key: &str| {
            let line = meminfo.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            let kibibytes: Option<u64> = line.and_then(|value| value.split_whitespace().next()?.parse().ok());
            kibibytes.unwrap_or(0) * 1024
        };
        Memory {
            total: bytes("MemTotal"),
            free: bytes("MemFree"),
            swap_total: bytes("SwapTotal"),
            swap_free: bytes("SwapFree"),
        }
    }
}

/// From the v2 root's own list, or from the table of v1, whose last column says what is enabled.
fn controllers(v2: &str, v1: &str) -> Vec<String> {
    if !v2.trim().is_empty() {
        return v2.split_whitespace().map(str::to_owned).collect();
    }
    let rows = v1.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(3) == Some(&"1")).map(|row| row[0].to_owned()).collect()
}

/// What the store holds, and where it is.
struct Contents {
    root: String,
    runtime_root: String,
    driver: &'static str,
    container_count: usize,
    running: usize,
    paused: usize,
    images: usize,
    /// Bytes of the file system that it stands on.
    space: u64,
    used: u64,
}

impl Contents {
    fn count(store: &Store, globals: &Globals) -> Result<Contents> {
        let containers = crate::container::list(store)?;
        let (mut running, mut paused) = (0, 0);
        for container in &containers {
            let status = container.status()?;
            running += usize::from(matches!(status, Status::Running(_)));
            paused += usize::from(matches!(status, Status::Paused(_)));
        }
        let ids = IdMap::choose();
        let machine = globals.machine()?;
        let driver =
            machine.driver.unwrap_or_else(|| rootfs::best_driver(store.root(), &|pid| ids.apply(pid).map(drop)));
        let file_system = rustix::fs::statvfs(store.root()).ok();
        let bytes =
            |blocks: fn(&rustix::fs::StatVfs) -> u64| file_system.as_ref().map_or(0, |fs| blocks(fs) * fs.f_frsize);
        Ok(Contents {
            root: store.root().to_string_lossy().into_owned(),
            runtime_root: machine.runtime_root.to_string_lossy().into_owned(),
            driver: driver.name(),
            container_count: containers.len(),
            running,
            paused,
            images: store.images()?.len(),
            space: bytes(|fs| fs.f_blocks),
            used: bytes(|fs| fs.f_blocks.saturating_sub(fs.f_bfree)),
        })
    }

    fn stopped(&self) -> usize {
        self.container_count - self.running - self.paused
    }
}

fn document(machine: &Machine, contents: &Contents) -> Value {
    json!({
        "host": host(machine),
        "store": {
            "configFile": "",
            "containerStore": {
                "number": contents.container_count,
                "paused": contents.paused,
                "running": contents.running,
                "stopped": contents.stopped(),
            },
            "graphDriverName": contents.driver,
            "graphOptions": {},
            "graphRoot": contents.root,
            "graphRootAllocated": contents.space,
            "graphRootUsed": contents.used,
            "graphStatus": {},
            "imageCopyTmpDir": format!("{}/staging", contents.root),
            "imageStore": {"number": contents.images},
            "runRoot": contents.runtime_root,
            "volumePath": format!("{}/volumes", contents.root),
        },
        "registries": {},
        "plugins": {
            "volume": ["local"],
            "network": ["private", "builtin", "pasta", "slirp4netns", "host", "none"],
            "log": LogDriver::ALL.map(LogDriver::name),
            "authorization": Value::Null,
        },
        "version": version::of_engine(),
    })
}

fn host(machine: &Machine) -> Value {
    let Machine { memory, distribution, .. } = machine;
    let mut host = json!({
        "arch": version::architecture(),
        "os": std::env::consts::OS,
        "kernel": machine.kernel,
        "hostname": machine.hostname,
        "distribution": {
            "distribution": distribution.id,
            "version": distribution.version,
            "codename": distribution.codename,
        },
        "cpus": machine.cpu_count,
        "memTotal": memory.total,
        "memFree": memory.free,
        "swapTotal": memory.swap_total,
        "swapFree": memory.swap_free,
        "uptime": uptime(machine.uptime_seconds),
        "cgroupManager": "cgroupfs",
        "cgroupVersion": machine.cgroup_version,
        "cgroupControllers": machine.cgroup_controllers,
    });
    let tools: serde_json::Map<String, Value> = machine
        .tools
        .iter()
        .map(|(tool, path)| {
            let executable = path.as_ref().map_or(String::new(), |path| path.to_string_lossy().into_owned());
            (tool.program().to_owned(), json!({"executable": executable, "package": tool.package()}))
        })
        .collect();
    let more = json!({
        "idMappings": {"uidmap": mappings(&machine.ids.uids), "gidmap": mappings(&machine.ids.gids)},
        "security": {
            "rootless": machine.rootless,
            "seccompEnabled": machine.seccomp,
            "seccompProfilePath": "",
            "apparmorEnabled": machine.apparmor,
            "selinuxEnabled": machine.selinux,
            "capabilities": capabilities::DEFAULT.join(","),
        },
        "ociRuntime": {"name": "box", "path": "", "package": "", "version": env!("CARGO_PKG_VERSION")},
        "logDriver": "k8s-file",
        "eventLogger": "none",
        "networkBackend": "box",
        "remoteSocket": {"path": machine.socket, "exists": Path::new(&machine.socket).exists()},
        "serviceIsRemote": false,
        "linkmode": "static",
    });
    extend(&mut host, more);
    extend(&mut host, Value::Object(tools));
    host
}

fn mappings(maps: &[IdMapping]) -> Value {
    let one = |map: &IdMapping| json!({"container_id": map.container_id, "host_id": map.host_id, "size": map.size});
    maps.iter().map(one).collect()
}

/// `26h 3m 5.00s (Approximately 1.08 days)`
fn uptime(seconds: u64) -> String {
    let clock = format!("{}h {}m {}.00s", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds / 3600 {
        0..=23 => clock,
        _ => format!("{clock} (Approximately {:.2} days)", seconds as f64 / 86_400.0),
    }
}

/// Adds what Docker's users ask for, and Go's names where Podman's JSON has others.
fn with_dockers_fields(mut document: Value) -> Value {
    let host = &document["host"];
    let store = &document["store"];
    let options = match (host["security"]["rootless"].as_bool(), host["security"]["seccompEnabled"].as_bool()) {
        (Some(true), Some(true)) => json!(["name=seccomp,profile=builtin", "name=rootless"]),
        (Some(true), _) => json!(["name=rootless"]),
        (_, Some(true)) => json!(["name=seccomp,profile=builtin"]),
        _ => json!([]),
    };
    let dockers = json!({
        "ID": "",
        "Name": host["hostname"],
        "ServerVersion": version::COMPATIBLE_SERVER,
        "Driver": store["graphDriverName"],
        "DockerRootDir": store["graphRoot"],
        "OSType": host["os"],
        "OperatingSystem": host["distribution"]["distribution"],
        "Architecture": std::env::consts::ARCH,
        "KernelVersion": host["kernel"],
        "NCPU": host["cpus"],
        "MemTotal": host["memTotal"],
        "SecurityOptions": options,
        "CgroupDriver": host["cgroupManager"],
        "CgroupVersion": host["cgroupVersion"].as_str().unwrap_or_default().trim_start_matches('v'),
        "LoggingDriver": host["logDriver"],
        "DefaultRuntime": "box",
        "Runtimes": {"box": {}},
        "Swarm": {"LocalNodeState": "inactive"},
    });
    let counts = json!({
        "Containers": store["containerStore"]["number"],
        "ContainersRunning": store["containerStore"]["running"],
        "ContainersPaused": 0,
        "ContainersStopped": store["containerStore"]["stopped"],
        "Images": store["imageStore"]["number"],
        "Warnings": Value::Null,
    });
    let gos = json!({"CgroupsVersion": host["cgroupVersion"]});
    let default_capabilities = json!({"DefaultCapabilities": host["security"]["capabilities"]});
    extend(&mut document["host"]["security"], default_capabilities);
    extend(&mut document["host"], gos);
    extend(&mut document, dockers);
    extend(&mut document, counts);
    document
}

/// The document as YAML, which is what Podman shows to people.
fn yaml(document: &Value) -> String {
    let mut text = String::new();
    write_yaml(document, 0, &mut text);
    text
}

fn write_yaml(value: &Value, depth: usize, text: &mut String) {
    let indentation = "  ".repeat(depth);
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                text.push_str(&format!("{indentation}{key}:"));
                write_yaml_value(value, depth, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                // The first line of a nested object stands beside the dash.
                let mut nested = String::new();
                match item {
                    Value::Object(_) => write_yaml(item, depth + 1, &mut nested),
                    _ => write_yaml_value(item, depth, &mut nested),
                }
                text.push_str(&format!("{indentation}- {}", nested.trim_start()));
            }
        }
        scalar => text.push_str(&format!("{indentation}{scalar}\n")),
    }
}

/// What follows a key.
fn write_yaml_value(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            text.push('\n');
            write_yaml(value, depth + 1, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write_yaml(value, depth, text);
        }
        Value::String(string) if is_plain(string) => text.push_str(&format!(" {string}\n")),
        // Everything else is valid YAML as JSON writes it.
        other => text.push_str(&format!(" {other}\n")),
    }
}

/// Whether YAML reads the string as itself when nothing is put around it.
fn is_plain(string: &str) -> bool {
    string.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && string.chars().all(|character| character.is_ascii_alphanumeric() || "/._-+, ()".contains(character))
        && !string.ends_with(' ')
        && !matches!(
            string.to_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idmap::Rung;

    fn shown(template: &str) -> String {
        let machine = Machine {
            hostname: "vm".to_owned(),
            kernel: "6.12.0".to_owned(),
            cpu_count: 2,
            distribution: Distribution::parse(
                "NAME=\"Debian\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
            ),
            memory: Memory::parse("MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable: 5 kB\n"),
            uptime_seconds: 93_785,
            cgroup_version: "v2",
            cgroup_controllers: vec!["cpu".to_owned()],
            rootless: true,
            ids: IdMap { rung: Rung::Single, uids: Vec::new(), gids: Vec::new(), is_exact: false },
            seccomp: true,
            apparmor: false,
            selinux: false,
            tools: vec![(Tool::Pasta, Some("/usr/bin/pasta".into())), (Tool::Slirp4netns, None)],
            socket: "/run/user/1000/box/box.sock".to_owned(),
        };
        let contents = Contents {
            root: "/home/ann/.local/share/box".to_owned(),
            runtime_root: "/run/user/1000/box".to_owned(),
            driver: "overlay",
            container_count: 3,
            running: 1,
            paused: 0,
            images: 2,
            space: 100,
            used: 50,
        };
        let document = document(&machine, &contents);
        match template {
            "yaml" => yaml(&document),
            _ => Template::parse(template).unwrap().render(&with_dockers_fields(document)).unwrap(),
        }
    }

    #[test]
    fn templates_find_podmans_and_dockers_fields() {
        for (template, text) in [
            ("{{.Host.Security.Rootless}} {{.Host.Arch}}", &*format!("true {}", version::architecture())),
            ("{{.Host.CgroupsVersion}} {{.Host.CgroupVersion}} {{.Host.CgroupManager}}", "v2 v2 cgroupfs"),
            ("{{.Host.RemoteSocket.Path}} {{.Host.LogDriver}}", "/run/user/1000/box/box.sock k8s-file"),
            ("{{.Host.Distribution.Distribution}} {{.Host.Distribution.Version}}", "debian 12"),
            ("{{.Host.OCIRuntime.Name}} {{.Host.Pasta.Executable}} {{.Host.MemTotal}}", "box /usr/bin/pasta 1024000"),
            ("{{.Host.NetworkBackend}} {{.Host.Uptime}}", "box 26h 3m 5.00s (Approximately 1.09 days)"),
            ("{{.Store.GraphRoot}} {{.Store.GraphDriverName}}", "/home/ann/.local/share/box overlay"),
            (
                "{{.Store.ContainerStore.Number}} {{.Store.ContainerStore.Running}} {{.Store.ImageStore.Number}}",
                "3 1 2",
            ),
            ("{{.Version.Version}}", env!("CARGO_PKG_VERSION")),
            ("{{.ServerVersion}} {{.Driver}} {{.OSType}} {{.NCPU}} {{.MemTotal}}", "28.0.0 overlay linux 2 1024000"),
            ("{{json .SecurityOptions}}", r#"["name=seccomp,profile=builtin","name=rootless"]"#),
            ("{{.Containers}} {{.ContainersRunning}} {{.CgroupVersion}}", "3 1 2"),
        ] {
            assert_eq!(shown(template), text, "{template}");
        }
    }

    #[test]
    fn people_read_yaml() {
        let text = shown("yaml");
        for part in [
            "host:\n  arch: ",
            "\n  cgroupControllers:\n  - cpu\n",
            "\n  distribution:\n    codename: bookworm\n    distribution: debian\n    version: \"12\"\n",
            "\nregistries: {}\n",
            "\n    uidmap: []\n",
            "\n    seccompProfilePath: \"\"\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn controllers_are_read_from_either_version() {
        assert_eq!(controllers("cpu memory\n", ""), ["cpu", "memory"]);
        assert_eq!(
            controllers("", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t2\t5\t1\nrdma\t0\t1\t0\n"),
            ["cpu"]
        );
    }
}
