//! `box pod inspect`: everything about a pod, in Podman's words.

use serde_json::{Value, json};

use super::selection::find_one;
use crate::cli::Globals;
use crate::cli::inspect::{requested_ports, show};
use crate::cli::ps::network_names;
use crate::container::{Container, Status};
use crate::error::Result;
use crate::init::namespaces::file_name;
use crate::pod::Pod;
use crate::settings::{NetworkMode, UserNamespaceMode};

/// Show everything about pods
#[derive(clap::Args)]
pub struct Args {
    /// Show it by a Go template, or as `json` on one line
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
    /// The pod that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
    /// Names or IDs of pods
    #[arg(value_name = "POD", required_unless_present = "latest")]
    names: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let wanted: Vec<Option<&str>> = match args.latest {
        true => vec![None],
        false => args.names.iter().map(|name| Some(name.as_str())).collect(),
    };
    let find = |name| find_one(&store, name, args.latest).and_then(|pod| document(&pod));
    show(wanted.into_iter().map(find), args.format.as_deref())
}

/// What `inspect` says of a pod.
pub fn document(pod: &Pod) -> Result<Value> {
    let settings = &pod.holder.record.settings;
    let look = pod.look()?;
    let containers: Vec<Value> = look.containers.iter().map(|(container, status)| member(container, status)).collect();
    let has_infra = !pod.settings().is_bare;
    Ok(json!({
        "Id": pod.id(),
        "Name": pod.name(),
        "Created": pod.holder.record.created,
        "CreateCommand": settings.create_command,
        "ExitPolicy": pod.settings().exit_policy.name(),
        "State": look.state().word(),
        "Hostname": settings.hostname,
        "Labels": settings.labels,
        "CreateCgroup": false,
        "CgroupParent": "",
        "CgroupPath": "",
        "CreateInfra": has_infra,
        "InfraContainerID": if has_infra { pod.id() } else { "" },
        "InfraConfig": if has_infra { infra_config(pod) } else { Value::Null },
        "SharedNamespaces": shared(pod),
        "RestartPolicy": pod.settings().restart.name(),
        "NumContainers": containers.len(),
        "Containers": containers,
    }))
}

/// The names of what is shared, as `--share` has them.
pub fn shared(pod: &Pod) -> Vec<&'static str> {
    pod.settings().shared.iter().map(|kind| file_name(*kind)).collect()
}

fn member(container: &Container, status: &Status) -> Value {
    json!({
        "Id": container.id(),
        "Name": container.record.name,
        "State": status.word(),
    })
}

fn infra_config(pod: &Pod) -> Value {
    let settings = &pod.holder.record.settings;
    json!({
        "PortBindings": requested_ports(settings),
        "HostNetwork": settings.network == NetworkMode::Host,
        "StaticIP": "",
        "StaticMAC": "",
        "NoManageResolvConf": settings.dns == ["none"],
        "DNSServer": settings.dns,
        "DNSSearch": settings.dns_search,
        "DNSOption": settings.dns_options,
        "NoManageHosts": settings.no_hosts_file,
        "HostAdd": settings.extra_hosts.iter().map(|(name, address)| format!("{name}:{address}")).collect::<Vec<_>>(),
        "Networks": network_names(&settings.network),
        "NetworkOptions": null,
        "pid_ns": "private",
        "userns": if settings.userns == UserNamespaceMode::Default { "host" } else { "private" },
        "uts_ns": "private",
    })
}
