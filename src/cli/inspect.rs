//! `box inspect`: everything about a container, an image, a volume, a network or a pod, in Podman's words.
//!
//! Fields that box has nothing to say about are there with their empty value: a template that asks for one is not an
//! error.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::format::inspection;
use super::images::{created, extend};
use super::personality::{INSPECTED_NAMES, NameBegins, image_id, image_name};
use super::ps::{command, image_asked_for, labels, network_name, pod_id};
use super::{Globals, personality, print};
use crate::container;
use crate::container::health::{self, Check, Health};
use crate::container::keep::Keeper;
use crate::container::logs;
use crate::container::ports;
use crate::container::record::{Container, Exit, Record, Status};
use crate::container::secrets;
use crate::disk::tree;
use crate::error::{During as _, Error, Kind, Result};
use crate::host::registries::Registries;
use crate::image::resolve;
use crate::network::Published;
use crate::network::members::Membership;
use crate::oci::Digest;
use crate::oci::image::{ImageConfig, ProcessConfig};
use crate::oci::manifest::{Manifest, OCI_MANIFEST};
use crate::process::signal;
use crate::rootfs;
use crate::settings::{
    MountKind, MountRequest, NamespaceMode, NetworkMode, NetworkRequest, RestartPolicy, SecretForm, Settings,
    UserNamespaceMode,
};
use crate::spec;
use crate::store::images::parents;
use crate::store::{ImageRecord, Store};
use crate::{named_network, pod, volume};

/// A moment that has not come: Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Show everything about containers, images, volumes, networks and pods
#[derive(clap::Args)]
pub struct Args {
    /// Names or IDs
    #[arg(value_name = "NAME", required_unless_present = "latest")]
    names: Vec<String>,
    /// Show it by a Go template, or as `json` on one line
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
    /// Only objects of this type
    #[arg(short, long = "type", value_name = "TYPE", default_value = "all", hide_default_value = true)]
    kind: ObjectKind,
    /// Add how much a container has written
    #[arg(short, long)]
    size: bool,
    /// The container made last
    #[arg(short, long)]
    latest: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ObjectKind {
    All,
    Container,
    Image,
    Network,
    Pod,
    Volume,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let kind = args.kind;
    run_for(args, kind, globals)
}

/// `box container inspect` and its like, which look for one kind only.
pub fn run_for(args: Args, kind: ObjectKind, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let latest = match args.latest {
        true => Some(Ok(container_document(&store, &container::latest(&store)?, args.size)?)),
        false => None,
    };
    let named = args.names.iter().map(|name| find(&store, name, kind, args.size));
    show(latest.into_iter().chain(named), args.format.as_deref())
}

/// Shows the documents that were found. One that is missing is told, and the others are shown all the same, as both
/// Docker and Podman do; scripts count on the `[]`.
pub(super) fn show(found: impl Iterator<Item = Result<Value>>, format: Option<&str>) -> Result<u8> {
    let mut documents = Vec::new();
    let mut exit_code = 0;
    for document in found {
        match document {
            Ok(document) => documents.push(document),
            Err(error) => {
                print::error(&error);
                exit_code = personality::exit_code(&error);
            }
        }
    }
    if !documents.is_empty() || format.is_none() {
        print::block(&inspection(&documents, format)?)?;
    }
    Ok(exit_code)
}

fn find(store: &Store, name: &str, kind: ObjectKind, with_size: bool) -> Result<Value> {
    let (all, kinds) = (kind == ObjectKind::All, [kind]);
    let wants = |one| all || kinds.contains(&one);
    if wants(ObjectKind::Container) {
        match container::find(store, name) {
            Ok(container) => return container_document(store, &container, with_size),
            Err(error) if error.kind == Kind::Absent && all => {}
            Err(error) => return Err(error),
        }
    }
    if wants(ObjectKind::Image)
        && let Some(image) = resolve::find_local(store, &Registries::load()?, name)?
    {
        return image_document(store, &image.record);
    }
    if wants(ObjectKind::Volume)
        && let Some(volume) = volume::find(store, name)?
    {
        return super::volume::document(&volume, &container::list(store)?);
    }
    if wants(ObjectKind::Network)
        && let Some(network) = named_network::find(store, name)?
    {
        return super::network::document(&container::list(store)?, &network);
    }
    if wants(ObjectKind::Pod) {
        match pod::find(store, name) {
            Ok(pod) => return super::pod::document(&pod),
            Err(error) if error.kind == Kind::Absent && all => {}
            Err(error) => return Err(error),
        }
    }
    let what = match kind {
        ObjectKind::All => "container, image, volume, network or pod",
        ObjectKind::Pod => "pod",
        ObjectKind::Container => "container",
        ObjectKind::Image => "image",
        ObjectKind::Network => "network",
        ObjectKind::Volume => "volume",
    };
    Err(Error::absent(what, name))
}

/// What `inspect` says of a container.
pub fn container_document(store: &Store, container: &Container, with_size: bool) -> Result<Value> {
    let mut document = describe(store, container, &container.status()?);
    if with_size {
        let written = tree::size(&container.dir.join("upper"))?;
        let mut whole = written;
        for diff_id in &container.record.diff_ids {
            whole += store.layer_size(diff_id)?;
        }
        extend(&mut document, json!({"SizeRw": written, "SizeRootFs": whole}));
    }
    Ok(document)
}

fn describe(store: &Store, container: &Container, status: &Status) -> Value {
    let record = &container.record;
    let (settings, dir) = (&record.settings, &container.dir);
    let arguments = command(record);
    let file = |name: &str| dir.join("files").join(name);
    let mut document = json!({
        "Id": record.id,
        "Name": match INSPECTED_NAMES.side() {
            NameBegins::Bare => record.name.clone(),
            NameBegins::Slash => format!("/{}", record.name),
        },
        "Created": record.created,
        "Path": arguments.first().map_or("", String::as_str),
        "Args": arguments.get(1..).unwrap_or_default(),
        "State": state(status, health::read(container, status).ok().flatten()),
        "Image": record.image_id.as_ref().map_or(String::new(), image_id),
        "ImageDigest": "",
        "ImageName": record.image_name,
        "Rootfs": if record.image_id.is_none() { record.image_name.as_str() } else { "" },
        "Pod": pod_id(record),
        "ResolvConfPath": file("resolv.conf"),
        "HostnamePath": file("hostname"),
        "HostsPath": file("hosts"),
        "LogPath": log_path(settings, dir),
        "StaticDir": dir,
        "Config": config(container),
        "HostConfig": host_config(settings, dir),
        "NetworkSettings": network_settings(store, container, status),
        "Mounts": mount_points(store, settings),
    });
    let more = json!({
        "Driver": driver(container),
        "GraphDriver": graph_driver(store, container),
        "OCIRuntime": settings.runtime.as_ref().map_or(Path::new("box"), |runtime| &runtime.program),
        "PidFile": settings.pid_file.as_deref().unwrap_or(Path::new("")),
        "ConmonPidFile": settings.monitor_pid_file.as_deref().unwrap_or(Path::new("")),
        "RestartCount": restarts(container),
        "ExecIDs": [],
        "Dependencies": settings.requires,
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "IsInfra": settings.held_pod().is_some(),
        "IsService": false,
        "Namespace": "",
        "Platform": std::env::consts::OS,
    });
    extend(&mut document, more);
    document
}

fn state(status: &Status, health: Option<Health>) -> Value {
    let (started, exit): (Option<&str>, Option<&Exit>) = match status {
        Status::Created => (None, None),
        Status::Running(state) | Status::Paused(state) => (Some(&state.started), None),
        Status::Exited { started, exit } => (started.as_deref(), exit.as_ref()),
    };
    let live = status.live();
    json!({
        "OciVersion": "1.2.0",
        "Status": status.word(),
        "Running": matches!(status, Status::Running(_)),
        "Paused": matches!(status, Status::Paused(_)),
        "Restarting": false,
        "OOMKilled": exit.is_some_and(|exit| exit.out_of_memory),
        "Dead": false,
        "Pid": live.map_or(0, |state| state.payload.pid),
        "ConmonPid": live.map_or(0, |state| state.monitor.pid),
        "ExitCode": status.exit_code(),
        "Error": exit.and_then(|exit| exit.error.as_deref()).unwrap_or(""),
        "StartedAt": started.unwrap_or(NEVER),
        "FinishedAt": exit.map_or(NEVER, |exit| &exit.finished),
        "Health": health,
        "CgroupPath": "",
        "Checkpointed": false,
    })
}

/// Since somebody started it.
fn restarts(container: &Container) -> u32 {
    Keeper::of(container).ok().flatten().map_or(0, |keeper| keeper.restarts)
}

fn most_restarts(policy: RestartPolicy) -> u32 {
    match policy {
        RestartPolicy::OnFailure { most } => most.unwrap_or(0),
        _ => 0,
    }
}

/// As Docker and Podman write it.
fn healthcheck(record: &Record) -> Value {
    let Some(check) = Check::of(record) else { return Value::Null };
    let image = record.image_config.healthcheck.as_ref().and_then(|image| image.get("Test").cloned());
    json!({
        "Test": record.settings.health.test.as_ref().map(|test| json!(test)).or(image),
        "Interval": check.interval.unwrap_or_default().as_nanos() as u64,
        "Timeout": check.timeout.as_nanos() as u64,
        "StartPeriod": check.start_period.as_nanos() as u64,
        "StartInterval": check.start_interval.as_nanos() as u64,
        "Retries": check.retries,
    })
}

fn config(container: &Container) -> Value {
    let record = &container.record;
    let (settings, image) = (&record.settings, &record.image_config);
    let hostname = settings.hostname.as_deref().unwrap_or_else(|| container.short_id());
    // Naming an entrypoint drops the image's command, so the two are told apart as the start does it.
    let entrypoint = settings.entrypoint.as_ref().unwrap_or(&image.entrypoint);
    let cmd = command(record).split_off(entrypoint.len().min(command(record).len()));
    let mut config = process_config(image);
    let more = json!({
        "Hostname": hostname,
        "Domainname": "",
        "User": settings.user.as_deref().unwrap_or(&image.user),
        "AttachStdin": settings.interactive,
        "AttachStdout": true,
        "AttachStderr": true,
        "Tty": settings.terminal,
        "OpenStdin": settings.interactive,
        "StdinOnce": settings.interactive,
        "Env": spec::environment(settings, image, hostname),
        "Cmd": cmd,
        "Entrypoint": entrypoint,
        "Healthcheck": healthcheck(record),
        "Image": image_asked_for(record),
        "WorkingDir": workdir(settings, image),
        "Labels": labels(record),
        "Annotations": settings.annotations,
        "StopSignal": stop_signal(settings, image),
        "StopTimeout": settings.stop_timeout,
        "CreateCommand": settings.create_command,
        "Secrets": secret_files(container),
    });
    extend(&mut config, more);
    config
}

/// Which secrets are files of the container, but not what they say.
fn secret_files(container: &Container) -> Vec<Value> {
    // What cannot be read will be told by the next start; the rest of the document is worth showing.
    let copies = secrets::read(container).unwrap_or_default();
    let file = |copy: &secrets::Copy| match &copy.request.form {
        SecretForm::File { uid, gid, mode, .. } => Some(json!({
            "Name": copy.request.name,
            "ID": copy.id,
            "UID": uid.unwrap_or(0),
            "GID": gid.unwrap_or(0),
            "Mode": mode,
        })),
        SecretForm::Variable { .. } => None,
    };
    copies.iter().filter_map(file).collect()
}

/// What an image says of the process, as Docker and Podman write it.
fn process_config(image: &ProcessConfig) -> Value {
    json!({
        "User": image.user,
        "ExposedPorts": image.exposed_ports,
        "Env": image.env,
        "Entrypoint": image.entrypoint,
        "Cmd": image.cmd,
        "Volumes": image.volumes,
        "WorkingDir": image.working_dir,
        "Labels": image.labels,
        "StopSignal": image.stop_signal,
        "Healthcheck": image.healthcheck,
        "Shell": image.shell,
        "OnBuild": image.on_build,
    })
}

fn workdir<'a>(settings: &'a Settings, image: &'a ProcessConfig) -> &'a str {
    match settings.workdir.as_deref().unwrap_or(&image.working_dir) {
        "" => "/",
        workdir => workdir,
    }
}

/// `SIGTERM`, however it was written: as `TERM` or as `15`.
fn stop_signal(settings: &Settings, image: &ProcessConfig) -> String {
    match settings.stop_signal.as_deref().unwrap_or(&image.stop_signal) {
        "" => "SIGTERM".to_owned(),
        written => signal::parse(written).map_or_else(|_| written.to_owned(), signal::name),
    }
}

fn host_config(settings: &Settings, dir: &Path) -> Value {
    /// What the kernel counts CPUs by, in microseconds (cgroup-v2.rst, cpu.max).
    const CPU_PERIOD: u64 = 100_000;
    let limits = &settings.limits;
    let nano_cpus = limits.nano_cpus.filter(|cpus| *cpus < u64::MAX);
    let cpu_quota = nano_cpus.map(|cpus| u128::from(cpus) * u128::from(CPU_PERIOD) / 1_000_000_000);
    let cpu_quota = cpu_quota.and_then(|quota| u64::try_from(quota).ok());
    let mut document = json!({
        "Binds": settings.mounts.iter().filter(|mount| !mount.is_device()).filter_map(bind).collect::<Vec<_>>(),
        "NetworkMode": network_name(&settings.network),
        "PortBindings": requested_ports(settings),
        "PublishAllPorts": settings.publish_all,
        "RestartPolicy": {"Name": settings.restart.name(), "MaximumRetryCount": most_restarts(settings.restart)},
        "AutoRemove": settings.remove_at_exit,
        "Init": settings.init,
        "ContainerIDFile": settings.id_file.as_deref().unwrap_or(Path::new("")),
        "LogConfig": log_config(settings, dir),
        "CapAdd": settings.cap_add,
        "CapDrop": settings.cap_drop,
        "Privileged": settings.privileged,
        "ReadonlyRootfs": settings.read_only,
        "SecurityOpt": security_options(settings),
        "Dns": settings.dns,
        "DnsOptions": settings.dns_options,
        "DnsSearch": settings.dns_search,
        "ExtraHosts": extra_hosts(settings),
        "GroupAdd": settings.groups,
    });
    let more = json!({
        "IpcMode": namespace(&settings.ipc),
        "PidMode": namespace(&settings.pid),
        "UTSMode": namespace(&settings.uts),
        "CgroupMode": namespace(&settings.cgroupns),
        "UsernsMode": user_namespace(&settings.userns),
        "Tmpfs": tmpfs(settings),
        "ShmSize": settings.shm_size,
        "Memory": limits.memory.unwrap_or(0),
        "MemorySwap": limits.memory_swap.map_or(0, |bytes| i64::try_from(bytes).unwrap_or(-1)),
        "NanoCpus": nano_cpus.unwrap_or(0),
        "CpuShares": limits.cpu_shares.unwrap_or(0),
        "CpuPeriod": cpu_quota.map_or(0, |_| CPU_PERIOD),
        "CpuQuota": cpu_quota.unwrap_or(0),
        "CpusetCpus": limits.cpuset_cpus.as_deref().unwrap_or(""),
        "CpusetMems": limits.cpuset_mems.as_deref().unwrap_or(""),
        "BlkioWeight": limits.blkio_weight.unwrap_or(0),
        "MemoryReservation": limits.memory_reservation.unwrap_or(0),
        "PidsLimit": limits.pids.unwrap_or(0),
        "CgroupParent": limits.cgroup_parent.as_deref().unwrap_or(""),
        "Devices": settings.mounts.iter().filter(|mount| mount.is_device()).filter_map(device).collect::<Vec<_>>(),
        "Sysctls": settings.sysctls,
        "Ulimits": settings.ulimits.iter().map(ulimit).collect::<Vec<_>>(),
        "Runtime": "box",
        "VolumesFrom": [],
        "Links": [],
        "OomScoreAdj": settings.oom_score_adj.unwrap_or(0),
        "VolumeDriver": "",
    });
    extend(&mut document, more);
    document
}

fn extra_hosts(settings: &Settings) -> Vec<String> {
    settings.extra_hosts.iter().map(|(name, address)| format!("{name}:{address}")).collect()
}

fn log_path(settings: &Settings, dir: &Path) -> String {
    logs::file(&settings.log, dir).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

fn log_config(settings: &Settings, dir: &Path) -> Value {
    let log = &settings.log;
    json!({
        "Type": log.driver.name(),
        "Config": {},
        "Path": log_path(settings, dir),
        "Size": log.max_size.to_string(),
        "Tag": log.tag.as_deref().unwrap_or_default(),
    })
}

fn security_options(settings: &Settings) -> Vec<&'static str> {
    use crate::settings::SeccompChoice;
    let mut options = Vec::new();
    if settings.no_new_privileges {
        options.push("no-new-privileges");
    }
    match settings.seccomp {
        SeccompChoice::Default => {}
        SeccompChoice::Unconfined => options.push("seccomp=unconfined"),
        SeccompChoice::Profile(_) => options.push("seccomp=profile"),
    }
    options
}

fn namespace(mode: &NamespaceMode) -> String {
    match mode {
        NamespaceMode::Private => "private".to_owned(),
        NamespaceMode::Host => "host".to_owned(),
        NamespaceMode::Container(name) => format!("container:{name}"),
        NamespaceMode::Path(path) => format!("ns:{path}"),
    }
}

fn user_namespace(mode: &UserNamespaceMode) -> &'static str {
    match mode {
        UserNamespaceMode::Default => "",
        UserNamespaceMode::KeepId { .. } => "keep-id",
        UserNamespaceMode::Auto(_)
        | UserNamespaceMode::NoMap
        | UserNamespaceMode::Maps { .. }
        | UserNamespaceMode::Container(_)
        | UserNamespaceMode::Path(_) => "private",
    }
}

fn ulimit(ulimit: &crate::settings::Ulimit) -> Value {
    let amount = |value: u64| i64::try_from(value).unwrap_or(-1);
    let name = format!("RLIMIT_{}", ulimit.name.to_uppercase());
    json!({"Name": name, "Soft": amount(ulimit.soft), "Hard": amount(ulimit.hard)})
}

fn tmpfs(settings: &Settings) -> BTreeMap<&str, String> {
    let mounts = settings.mounts.iter().filter(|mount| mount.kind == MountKind::Tmpfs);
    mounts.map(|mount| (mount.destination.as_str(), mount.options.join(","))).collect()
}

/// `/src:/dst:ro,rprivate`
fn bind(mount: &MountRequest) -> Option<String> {
    let source = match &mount.kind {
        MountKind::Bind { source } => source,
        MountKind::Volume { name, .. } => name,
        _ => return None,
    };
    let mut options = vec![if mount.read_only { "ro" } else { "rw" }];
    options.extend(mount.options.iter().map(String::as_str));
    Some(format!("{source}:{}:{}", mount.destination, options.join(",")))
}

fn device(mount: &MountRequest) -> Option<Value> {
    let MountKind::Bind { source } = &mount.kind else { return None };
    let permissions = if mount.read_only { "rm" } else { "rwm" };
    Some(json!({"PathOnHost": source, "PathInContainer": mount.destination, "CgroupPermissions": permissions}))
}

fn mount_points(store: &Store, settings: &Settings) -> Vec<Value> {
    settings.mounts.iter().filter(|mount| !mount.is_device()).filter_map(|mount| mount_point(store, mount)).collect()
}

fn mount_point(store: &Store, mount: &MountRequest) -> Option<Value> {
    let (kind, name, source) = match &mount.kind {
        MountKind::Bind { source } => ("bind", String::new(), source.into()),
        MountKind::Volume { name, .. } => ("volume", name.clone(), store.volume_dir(name).join("data")),
        MountKind::Image { name, .. } => ("image", String::new(), name.into()),
        MountKind::Tmpfs | MountKind::Mqueue | MountKind::Devpts => return None,
    };
    let is_propagation =
        |option: &&String| matches!(option.trim_start_matches('r'), "private" | "shared" | "slave" | "unbindable");
    Some(json!({
        "Type": kind,
        "Name": name,
        "Source": source,
        "Destination": mount.destination,
        "Driver": if kind == "volume" { "local" } else { "" },
        "Mode": if mount.read_only { "ro" } else { "" },
        "Options": mount.options,
        "SubPath": mount.subpath,
        "RW": !mount.read_only,
        "Propagation": mount.options.iter().find(is_propagation).map_or("rprivate", String::as_str),
    }))
}

/// In Podman's words: of a copy, which has no layers below it, that is `vfs`.
fn driver(container: &Container) -> &'static str {
    if rootfs::is_copy(&container.dir) { "vfs" } else { "overlay" }
}

fn graph_driver(store: &Store, container: &Container) -> Value {
    let dir = &container.dir;
    let driver = driver(container);
    if driver == "vfs" {
        return json!({"Name": driver, "Data": {"dir": dir.join("upper"), "MergedDir": dir.join("upper")}});
    }
    let lower: Vec<_> = container
        .record
        .diff_ids
        .iter()
        .rev()
        .map(|diff_id| store.layer_tree(diff_id).to_string_lossy().into_owned())
        .collect();
    json!({
        "Name": driver,
        "Data": {
            "LowerDir": lower.join(":"),
            "UpperDir": dir.join("upper"),
            "WorkDir": dir.join("work"),
            "MergedDir": dir.join("rootfs"),
        },
    })
}

fn network_settings(store: &Store, container: &Container, status: &Status) -> Value {
    let state = status.live();
    let published = state.map_or(Vec::new(), |state| ports::published(store, container, state));
    let addresses = state.and_then(|state| state.network.addresses());
    let address = addresses.map_or(String::new(), |addresses| addresses.own.to_string());
    let gateway = addresses.map_or(String::new(), |addresses| addresses.gateway.to_string());
    let prefix_length = addresses.map_or(0, |addresses| addresses.prefix_length);
    let settings = &container.record.settings;
    let endpoint = json!({
        "IPAddress": address,
        "IPPrefixLen": prefix_length,
        "Gateway": gateway,
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "IPv6Gateway": "",
        "MacAddress": state.and_then(|state| state.network.mac()).map_or(String::new(), |mac| mac.to_string()),
        "NetworkID": network_name(&settings.network),
        "EndpointID": "",
        "Aliases": [],
        "Links": Value::Null,
    });
    let networks = match &settings.network {
        NetworkMode::Named(requests) => {
            let memberships = state.map_or(&[][..], |state| state.network.memberships());
            let named = requests.iter().map(|request| {
                let membership = memberships.iter().find(|membership| membership.network == request.name);
                (
                    request.name.clone(),
                    membership.map_or_else(|| absent(&endpoint, request), |one| seat(&endpoint, one)),
                )
            });
            Value::Object(named.collect())
        }
        mode => json!({network_name(mode): endpoint}),
    };
    let mut document = endpoint;
    let more = json!({
        "Bridge": "",
        "SandboxID": "",
        "SandboxKey": state.map_or(String::new(), |state| format!("/proc/{}/ns/net", state.payload.pid)),
        "Ports": ports(&container.record.image_config, &published),
        "Networks": networks,
    });
    extend(&mut document, more);
    document
}

/// What `endpoint` is in the network of a membership.
fn seat(endpoint: &Value, membership: &Membership) -> Value {
    let mut document = endpoint.clone();
    let v6 = membership.places.iter().find(|place| place.address.is_ipv6());
    let more = json!({
        "IPAddress": membership.v4().map(|place| place.address),
        "IPPrefixLen": membership.v4().map(|place| place.subnet.prefix_length()),
        "Gateway": membership.v4().map(|place| place.gateway),
        "GlobalIPv6Address": v6.map_or(String::new(), |place| place.address.to_string()),
        "GlobalIPv6PrefixLen": v6.map_or(0, |place| place.subnet.prefix_length()),
        "IPv6Gateway": v6.map_or(String::new(), |place| place.gateway.to_string()),
        "MacAddress": membership.mac.map_or(String::new(), |mac| mac.to_string()),
        "NetworkID": membership.network_id,
        "Aliases": membership.names,
    });
    extend(&mut document, more);
    document
}

/// Of a container that does not run.
fn absent(endpoint: &Value, request: &NetworkRequest) -> Value {
    let mut document = endpoint.clone();
    let more = json!({"NetworkID": request.name, "Aliases": request.aliases});
    extend(&mut document, more);
    document
}

/// `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}`; null for a port that is exposed and not published.
fn ports(image: &ProcessConfig, published: &[Published]) -> BTreeMap<String, Value> {
    let mut ports: BTreeMap<String, Value> = BTreeMap::new();
    for exposed in image.exposed_ports.keys() {
        let port = if exposed.contains('/') { exposed.clone() } else { format!("{exposed}/tcp") };
        ports.insert(port, Value::Null);
    }
    for port in published {
        let place = ports.entry(format!("{}/{}", port.container_port, port.protocol.name())).or_default();
        for address in personality::host_addresses(port.host_address) {
            add_binding(place, Some(address), Some(port.host_port));
        }
    }
    ports
}

pub(super) fn requested_ports(settings: &Settings) -> BTreeMap<String, Value> {
    let mut ports: BTreeMap<String, Value> = BTreeMap::new();
    for port in &settings.ports {
        let place = ports.entry(format!("{}/{}", port.container_port, port.protocol.name())).or_default();
        add_binding(place, port.host_address, port.host_port);
    }
    ports
}

fn add_binding(place: &mut Value, address: Option<std::net::IpAddr>, port: Option<u16>) {
    let binding = json!({
        "HostIp": address.map_or("0.0.0.0".to_owned(), |address| address.to_string()),
        "HostPort": port.map_or(String::new(), |port| port.to_string()),
    });
    match place {
        Value::Array(bindings) => bindings.push(binding),
        nothing => *nothing = json!([binding]),
    }
}

/// What `inspect` says of an image.
pub fn image_document(store: &Store, image: &ImageRecord) -> Result<Value> {
    let config = store.get_blob(&image.id)?;
    let config: ImageConfig =
        serde_json::from_slice(&config).during(|| format!("read config of image {}", image.id.short()))?;
    let mut document = describe_image(store, image, &store.names_of(&image.id)?, &config);
    // Without its manifest an image still has all the rest.
    if let Ok(Some(bytes)) = store.find_blob(&image.manifest)
        && let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes)
    {
        let kind = manifest.media_type.as_deref().unwrap_or(OCI_MANIFEST);
        extend(&mut document, json!({"ManifestType": kind, "Annotations": manifest.annotations}));
    }
    let images = store.images()?;
    let parents = images.iter().zip(parents(&images));
    let parent = parents.filter(|(one, _)| one.id == image.id).find_map(|(_, parent)| parent);
    extend(&mut document, json!({"Parent": parent.map_or("", |parent| images[parent].id.hex())}));
    Ok(document)
}

fn describe_image(store: &Store, image: &ImageRecord, names: &[String], config: &ImageConfig) -> Value {
    let created: Timestamp = created(image);
    let layers = &image.diff_ids;
    let place = |diff_id: &Digest| store.layer_tree(diff_id).to_string_lossy().into_owned();
    let mut places = json!({"UpperDir": layers.last().map_or(String::new(), place)});
    let lower: Vec<String> = layers.iter().rev().skip(1).map(place).collect();
    if !lower.is_empty() {
        extend(&mut places, json!({"LowerDir": lower.join(":")}));
    }
    let mut document = json!({
        "Id": image_id(&image.id),
        "Digest": image.manifest,
        "RepoTags": names.iter().map(|name| image_name(name)).collect::<Vec<_>>(),
        "RepoDigests": image.repo_digests.iter().map(|name| image_name(name)).collect::<Vec<_>>(),
        "NamesHistory": image.names_history,
        "Parent": "",
        "Comment": config.history.last().and_then(|step| step.comment.as_deref()).unwrap_or(""),
        "Created": image.created.clone().unwrap_or_else(|| created.to_string()),
        "Author": config.author.as_deref().unwrap_or(""),
        "Architecture": image.architecture,
        "Variant": image.variant.as_deref().unwrap_or(""),
        "Os": image.os,
        "Size": image.size_bytes,
        "VirtualSize": image.size_bytes,
        "Config": process_config(&config.config),
        "ContainerConfig": process_config(&config.config),
        "Labels": config.config.labels,
        "Annotations": {},
    });
    let more = json!({
        "RootFS": {"Type": "layers", "Layers": layers},
        "GraphDriver": {"Name": "overlay", "Data": places},
        "ManifestType": OCI_MANIFEST,
        "User": config.config.user,
        "Version": "",
        "Metadata": {"LastTagTime": NEVER},
        "History": config.history,
        "Healthcheck": config.config.healthcheck,
    });
    extend(&mut document, more);
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::record::{Record, State};
    use crate::process::liveness::Identity;
    use crate::settings::{ImageSource, Limits, PortRequest, Protocol};

    fn digest(digit: char) -> Digest {
        format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap()
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn image_process() -> ProcessConfig {
        ProcessConfig {
            env: strings(&["A=1", "LANG=C"]),
            entrypoint: strings(&["/entry"]),
            cmd: strings(&["serve"]),
            exposed_ports: BTreeMap::from([("80/tcp".to_owned(), json!({})), ("443".to_owned(), json!({}))]),
            labels: BTreeMap::from([("from".to_owned(), "image".to_owned())]),
            ..ProcessConfig::default()
        }
    }

    fn container(dir: &Path) -> Container {
        let mount = |kind, destination: &str, read_only, options: &[&str]| MountRequest {
            read_only,
            options: strings(options),
            ..MountRequest::new(kind, destination)
        };
        let port =
            PortRequest { host_address: None, host_port: Some(8080), container_port: 80, protocol: Protocol::Tcp };
        let settings = Settings {
            image: ImageSource::Named("nginx".into()),
            command: strings(&["nginx", "-g", "x"]),
            env: vec![("A".to_owned(), "2".to_owned())],
            labels: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
            mounts: vec![
                mount(MountKind::Bind { source: "/src".into() }, "/dst", true, &["rslave"]),
                mount(MountKind::Volume { name: "data".into(), anonymous: false }, "/data", false, &[]),
                mount(MountKind::Tmpfs, "/tmp", false, &["size=64m"]),
                MountRequest::new_device("/dev/null".to_owned(), "/dev/zip"),
            ],
            ports: vec![port],
            sysctls: BTreeMap::from([("net.core.somaxconn".to_owned(), "9".to_owned())]),
            oom_score_adj: Some(100),
            id_file: Some("/run/id".into()),
            limits: Limits {
                nano_cpus: Some(500_000_000),
                memory_reservation: Some(4096),
                cpuset_mems: Some("0".to_owned()),
                cgroup_parent: Some("/p".to_owned()),
                ..Limits::default()
            },
            stop_timeout: 10,
            ..Settings::default()
        };
        let record = Record {
            id: "a".repeat(64),
            name: "web".to_owned(),
            created: "2024-01-01T00:00:00.000000000Z".to_owned(),
            image_id: Some(digest('9')),
            image_name: "docker.io/library/nginx:latest".to_owned(),
            diff_ids: vec![digest('1'), digest('2')],
            mounted_layers: Vec::new(),
            image_config: image_process(),
            settings,
        };
        Container { record, dir: dir.to_owned() }
    }

    fn running() -> Status {
        let identity = |pid| Identity { pid, start_time: 1, boot_id: String::new() };
        Status::Running(Box::new(State {
            payload: identity(42),
            monitor: identity(41),
            started: "2024-01-01T00:00:01Z".to_owned(),
            socket: "/run/x".into(),
            network: Default::default(),
            cgroup: Default::default(),
        }))
    }

    #[test]
    fn a_container_has_the_fields_that_scripts_ask_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let container = container(Path::new("/store/containers/a"));
        let document = describe(&store, &container, &running());
        let nine = "9".repeat(64);
        let volume = store.volume_dir("data").join("data");
        let mounts = format!("bind /src /dst false rslave;volume {} /data true rprivate;", volume.display());
        for (template, text) in [
            ("{{.State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.State.Pid}}", "running true 0 42"),
            ("{{.State.StartedAt}} {{.State.FinishedAt}}", "2024-01-01T00:00:01Z 0001-01-01T00:00:00Z"),
            ("{{if .State.Health}}{{.State.Health.Status}}{{end}}|{{.State.OOMKilled}}", "|false"),
            ("{{.Id}} {{.Name}}", &format!("{} web", "a".repeat(64))),
            (
                "{{.Image}} {{.ImageName}} {{.Config.Image}}",
                &format!("{nine} {0} {0}", "docker.io/library/nginx:latest"),
            ),
            ("{{.Path}} {{.Args}}", "/entry [nginx -g x]"),
            ("{{.Config.Entrypoint}} {{.Config.Cmd}}", "[/entry] [nginx -g x]"),
            ("{{json .Config.Labels}}", r#"{"from":"image","team":"web"}"#),
            ("{{.Config.Hostname}} {{.Config.WorkingDir}} {{.Config.StopSignal}}", "aaaaaaaaaaaa / SIGTERM"),
            (r#"{{range .Config.Env}}{{if eq (slice . 0 2) "A="}}{{.}}{{end}}{{end}}"#, "A=2"),
            ("{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.NetworkMode}}", "no private"),
            ("{{.HostConfig.Binds}}", "[/src:/dst:ro,rslave data:/data:rw]"),
            (r#"{{(index .HostConfig.PortBindings "80/tcp" 0).HostPort}}"#, "8080"),
            ("{{.HostConfig.Tmpfs}}", "map[/tmp:size=64m]"),
            (
                "{{with .HostConfig}}{{.NanoCpus}} {{.CpuPeriod}} {{.CpuQuota}} {{.MemoryReservation}}{{end}}",
                "500000000 100000 50000 4096",
            ),
            (
                "{{with .HostConfig}}{{.CpusetMems}} {{.CgroupParent}} {{.OomScoreAdj}} {{.ContainerIDFile}}{{end}}",
                "0 /p 100 /run/id",
            ),
            (
                "{{json .HostConfig.Devices}} {{json .HostConfig.Sysctls}}",
                concat!(
                    r#"[{"CgroupPermissions":"rwm","PathInContainer":"/dev/zip","PathOnHost":"/dev/null"}] "#,
                    r#"{"net.core.somaxconn":"9"}"#
                ),
            ),
            ("{{json .NetworkSettings.Ports}}", r#"{"443/tcp":null,"80/tcp":null}"#),
            ("{{.NetworkSettings.IPAddress}}{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", ""),
            ("{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}} {{.Propagation}};{{end}}", &mounts),
            ("{{.LogPath}} {{.HostConfig.LogConfig.Type}}", "/store/containers/a/log k8s-file"),
            ("{{.GraphDriver.Name}} {{.GraphDriver.Data.MergedDir}}", "overlay /store/containers/a/rootfs"),
            ("{{.RestartCount}} {{.Driver}} {{.HostsPath}}", "0 overlay /store/containers/a/files/hosts"),
        ] {
            let shown = inspection(std::slice::from_ref(&document), Some(template)).unwrap();
            assert_eq!(shown, format!("{text}\n"), "{template}");
        }
    }

    #[test]
    fn a_container_that_ended_says_how() {
        let exit = Exit { finished: "2024-01-01T00:00:05Z".to_owned(), out_of_memory: true, ..Exit::new(3) };
        let document =
            state(&Status::Exited { started: Some("2024-01-01T00:00:01Z".to_owned()), exit: Some(exit) }, None);
        assert_eq!((&document["Status"], &document["ExitCode"]), (&json!("exited"), &json!(3)));
        assert_eq!(document["OOMKilled"], json!(true));
        assert_eq!((&document["Pid"], &document["FinishedAt"]), (&json!(0), &json!("2024-01-01T00:00:05Z")));
    }

    #[test]
    fn published_ports_join_exposed_ones() {
        let published = |address: Option<&str>, host_port| Published {
            host_address: address.map(|address| address.parse().unwrap()),
            host_port,
            container_port: 80,
            protocol: Protocol::Tcp,
        };
        let ports = ports(&image_process(), &[published(None, 8080), published(Some("::1"), 8081)]);
        assert_eq!(ports["443/tcp"], Value::Null);
        let expected = json!([{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::1", "HostPort": "8081"}]);
        assert_eq!(ports["80/tcp"], expected);
    }

    #[test]
    fn an_image_has_the_fields_that_scripts_ask_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let image = ImageRecord {
            id: digest('9'),
            manifest: digest('8'),
            repo_digests: [format!("docker.io/library/nginx@{}", digest('8'))].into(),
            diff_ids: vec![digest('1')],
            size_bytes: 1000,
            created: Some("2024-01-01T00:00:00Z".to_owned()),
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            variant: None,
            names_history: Vec::new(),
        };
        let config = json!({"config": {"Env": ["A=1"], "Labels": null}, "rootfs": {"diff_ids": []}});
        let config: ImageConfig = serde_json::from_value(config).unwrap();
        let document = describe_image(&store, &image, &strings(&["docker.io/library/nginx:latest"]), &config);
        for (template, text) in [
            ("{{.Id}}", "9".repeat(64)),
            ("{{index .RepoDigests 0}}", format!("docker.io/library/nginx@{}", digest('8'))),
            ("{{index .RepoTags 0}} {{.Created}}", "docker.io/library/nginx:latest 2024-01-01T00:00:00Z".into()),
            ("{{.Architecture}} {{.Os}} {{.Size}}", "amd64 linux 1000".into()),
            (
                "{{json .Config.Env}} {{.Config.Labels}} {{json .RootFS.Layers}}",
                format!(r#"["A=1"] map[] ["{}"]"#, digest('1')),
            ),
            (r#"{{index .Config.Labels "x"}}|{{.Config.User}}"#, "|".into()),
        ] {
            let shown = inspection(std::slice::from_ref(&document), Some(template)).unwrap();
            assert_eq!(shown, format!("{text}\n"), "{template}");
        }
    }

    #[test]
    fn what_is_nowhere_is_absent_under_the_name_of_its_kind() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for (kind, text) in [
            (ObjectKind::All, "no such container, image, volume, network or pod `x`"),
            (ObjectKind::Image, "no such image `x`"),
            (ObjectKind::Pod, "no such pod `x`"),
            (ObjectKind::Volume, "no such volume `x`"),
        ] {
            let error = find(&store, "x", kind, false).unwrap_err();
            assert_eq!((error.kind.exit_code(), error.to_string().as_str()), (1, text));
        }
    }
}
