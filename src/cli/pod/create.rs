//! `box pod create`: makes a pod, which is started on its own or with the first of its containers.

use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;

use crate::cli::create::{IdFile, command_line};
use crate::cli::options::network::NetworkChoice;
use crate::cli::options::{each, environment, limit, maybe, mount, namespace, parsed, port, restart_policy};
use crate::cli::{Globals, go_bool, print};
use crate::container::remove::IfRunning;
use crate::error::{During as _, Error, Kind, Result};
use crate::init::namespaces::file_name;
use crate::oci::runtime::NamespaceKind;
use crate::pod::{self, USUALLY_SHARED};
use crate::settings::{ExitPolicy, NetworkMode, PodSettings, SHM_SIZE, Settings};
use crate::store::Store;

/// Create a pod without starting it
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    // `-h` is the host name, as in Podman.
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Give the pod this name
    #[arg(short, long, value_name = "NAME", conflicts_with = "pod_name")]
    name: Option<String>,
    /// Remove a pod that already has the name, with its containers
    #[arg(long)]
    replace: bool,
    /// Write the pod's ID to a file that does not exist yet
    #[arg(long, value_name = "FILE")]
    pod_id_file: Option<PathBuf>,
    /// Attach metadata
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    label: Vec<String>,
    /// Read metadata from a file of NAME=VALUE lines
    #[arg(long, value_name = "FILE")]
    label_file: Vec<String>,
    /// What becomes of the pod when its last container has ended: continue, or stop, which ends its network and ports
    #[arg(long, value_name = "POLICY", default_value = "continue", hide_default_value = true)]
    exit_policy: String,
    /// Start its containers again when they end, unless they ask for another policy: no, on-failure[:NUMBER], always,
    /// unless-stopped
    #[arg(long, value_name = "POLICY")]
    restart: Option<String>,
    /// Which namespaces its containers share: ipc, net, uts, cgroup, or none; with a `+`, besides the usual ones
    #[arg(long, value_name = "KINDS")]
    share: Option<String>,
    /// Have a process that holds what is shared; without, nothing is shared
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    infra: bool,
    /// Give the container that holds what is shared this name
    #[arg(long, value_name = "NAME")]
    infra_name: Option<String>,
    /// At each start, write the process ID of the monitor of that container to a file
    #[arg(long, value_name = "FILE")]
    infra_conmon_pidfile: Option<PathBuf>,
    /// Mount a directory or volume in all its containers
    #[arg(short, long, value_name = "[SOURCE:]DEST[:OPTIONS]")]
    volume: Vec<String>,
    #[command(flatten)]
    network: NetworkChoice,
    /// Publish a port, or a range of ports
    #[arg(short, long, value_name = "[[ADDRESS:][HOST]:]PORT[/PROTOCOL]", value_delimiter = ',')]
    publish: Vec<String>,
    /// Name inside; that of the pod without
    #[arg(short = 'h', long, value_name = "NAME")]
    hostname: Option<String>,
    /// Add a line to /etc/hosts; the address may be host-gateway
    #[arg(long, value_name = "NAME:ADDRESS")]
    add_host: Vec<String>,
    /// Leave the images' /etc/hosts alone
    #[arg(long, conflicts_with = "add_host")]
    no_hosts: bool,
    /// Leave the images' /etc/hostname alone
    #[arg(long)]
    no_hostname: bool,
    /// Ask this DNS server; `none` leaves resolv.conf alone
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns: Vec<String>,
    /// Set an option of the resolver
    #[arg(long, alias = "dns-opt", value_name = "OPTION", value_delimiter = ',')]
    dns_option: Vec<String>,
    /// Complete names with this domain; `.` for none
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',')]
    dns_search: Vec<String>,
    /// Size of the /dev/shm that its containers share
    #[arg(long, value_name = "SIZE")]
    shm_size: Option<String>,
    /// Set a kernel parameter of what is shared
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',')]
    sysctl: Vec<String>,
    /// User namespace: host (you are root inside) or keep-id[:uid=UID,gid=GID,size=NUMBER]
    #[arg(long, value_name = "MODE")]
    userns: Option<String>,
    /// Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host
    #[arg(long, value_name = "[FLAGS]INSIDE:OUTSIDE[:SIZE]", conflicts_with = "userns", value_delimiter = ',')]
    uidmap: Vec<String>,
    /// Map group ids; without, they are mapped as user ids
    #[arg(long, value_name = "[FLAGS]INSIDE:OUTSIDE[:SIZE]", conflicts_with = "userns", value_delimiter = ',')]
    gidmap: Vec<String>,
    #[command(flatten)]
    refused: Refused,
    /// The name of the pod
    #[arg(value_name = "NAME")]
    pod_name: Option<String>,
}

/// Options that cannot mean anything here, each with why.
#[derive(clap::Args, Debug)]
struct Refused {
    #[arg(long, hide = true)]
    infra_image: Option<String>,
    #[arg(long, hide = true)]
    infra_command: Option<String>,
    #[arg(short, long, hide = true)]
    memory: Option<String>,
    #[arg(long, hide = true)]
    memory_swap: Option<String>,
    #[arg(long, hide = true)]
    cpus: Option<String>,
    #[arg(short, long, hide = true)]
    cpu_shares: Option<String>,
    #[arg(long, hide = true)]
    cpuset_cpus: Option<String>,
    #[arg(long, hide = true)]
    cpuset_mems: Option<String>,
    #[arg(long, hide = true)]
    cgroup_parent: Option<String>,
}

impl Refused {
    fn refuse(&self) -> Result<()> {
        let names_program = self.infra_image.is_some() || self.infra_command.is_some();
        let limits = [
            &self.memory,
            &self.memory_swap,
            &self.cpus,
            &self.cpu_shares,
            &self.cpuset_cpus,
            &self.cpuset_mems,
            &self.cgroup_parent,
        ];
        if names_program {
            return Err(Error::usage(
                "--infra-image, --infra-command: what holds a pod here has no image and no program",
            ));
        }
        if limits.into_iter().any(Option::is_some) {
            return Err(Error::usage("a pod has no control group of its own here").with_hint("limit its containers"));
        }
        Ok(())
    }
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    args.refused.refuse()?;
    let (pod, settings) = (args.pod()?, args.settings()?);
    args.refuse_what_reaches_nobody(&pod, &settings)?;
    let store = globals.store()?;
    let id_file = args.pod_id_file.as_deref().map(IdFile::claim).transpose()?;
    if args.replace {
        remove_predecessor(&store, &pod.name)?;
    }
    let made = pod::create(&store, pod, settings)?;
    if let Some(id_file) = id_file {
        id_file.fill(made.id())?;
    }
    print::line(made.id()).map(|()| 0)
}

impl Args {
    fn pod(&self) -> Result<PodSettings> {
        let shared = match (&self.share, self.infra) {
            (Some(kinds), _) => parsed("--share", kinds, share)?,
            (None, true) => USUALLY_SHARED.to_vec(),
            (None, false) => Vec::new(),
        };
        Ok(PodSettings {
            name: self.name.clone().or(self.pod_name.clone()).unwrap_or_default(),
            shared,
            is_bare: !self.infra,
            exit_policy: parsed("--exit-policy", &self.exit_policy, exit_policy)?,
            restart: maybe("--restart", &self.restart, restart_policy)?.unwrap_or_default(),
        })
    }

    /// Options about what the pod's containers do not share.
    fn refuse_what_reaches_nobody(&self, pod: &PodSettings, settings: &Settings) -> Result<()> {
        let about_network = !settings.ports.is_empty()
            || settings.egress.is_some()
            || settings.network_log == Some(true)
            || !settings.extra_hosts.is_empty()
            || settings.no_hosts_file
            || !settings.dns.is_empty()
            || !settings.dns_options.is_empty()
            || !settings.dns_search.is_empty()
            || settings.sysctls.keys().any(|name| name.starts_with("net."));
        let asked = [
            (NamespaceKind::Network, about_network, "ports, DNS, /etc/hosts and `net.*` are those of a network"),
            (NamespaceKind::Uts, settings.hostname.is_some(), "--hostname is of a host name"),
            (NamespaceKind::Uts, settings.no_hostname_file, "--no-hostname is of a host name"),
            (NamespaceKind::Ipc, self.shm_size.is_some(), "--shm-size is of a /dev/shm"),
        ];
        for (kind, is_asked_for, what) in asked {
            if is_asked_for && !pod.shared.contains(&kind) {
                return Err(Error::usage(format!("{what} that the pod's containers share, and they share none")))
                    .hint(|| format!("add `{}` to --share, or say it to the containers", file_name(kind)));
            }
        }
        if pod.is_bare && (self.infra_name.is_some() || self.infra_conmon_pidfile.is_some()) {
            return Err(Error::usage("--infra-name and --infra-conmon-pidfile: with --infra=false there is none"));
        }
        Ok(())
    }

    /// What the pod's containers have in common.
    fn settings(&self) -> Result<Settings> {
        let here = std::env::current_dir().unwrap_or_else(|_| "/".into());
        let userns = match namespace::maps(&self.uidmap, &self.gidmap)? {
            Some(maps) => maps,
            None => maybe("--userns", &self.userns, namespace::userns)?.unwrap_or_default(),
        };
        let mut settings = Settings {
            name: self.infra_name.clone(),
            labels: environment::labels(&self.label_file, &self.label)?,
            create_command: command_line(),
            create_dir: std::env::current_dir().ok(),
            monitor_pid_file: self.infra_conmon_pidfile.as_ref().map(std::path::absolute).transpose()?,
            mounts: each("--volume", &self.volume, |text| mount::volume(text, &here))?,
            ports: each("--publish", &self.publish, port::publish)?.concat(),
            hostname: maybe("--hostname", &self.hostname, namespace::hostname)?,
            extra_hosts: each("--add-host", &self.add_host, namespace::extra_host)?.concat(),
            no_hosts_file: self.no_hosts,
            no_hostname_file: self.no_hostname,
            dns: each("--dns", &self.dns, namespace::dns_server)?,
            dns_options: each("--dns-option", &self.dns_option, namespace::resolver_word)?,
            dns_search: each("--dns-search", &self.dns_search, namespace::resolver_word)?,
            sysctls: each("--sysctl", &self.sysctl, limit::sysctl)?.into_iter().collect(),
            userns,
            shm_size: maybe("--shm-size", &self.shm_size, limit::size)?.unwrap_or(SHM_SIZE),
            ..Settings::default()
        };
        self.network.apply(&mut settings)?;
        mount::require_distinct(&settings.mounts)?;
        mount::require_sources(&settings.mounts)?;
        let has_own = !matches!(settings.network, NetworkMode::Host | NetworkMode::Container(_) | NetworkMode::Path(_));
        if !has_own && !settings.ports.is_empty() {
            return Err(Error::usage("ports are published in a network that is the pod's own"));
        }
        Ok(settings)
    }
}

/// `--share`: names of Podman's, separated by commas.
fn share(text: &str) -> Result<Vec<NamespaceKind>> {
    let (mut kinds, names) = match text.strip_prefix('+') {
        Some(further) => (USUALLY_SHARED.to_vec(), further),
        None => (Vec::new(), text),
    };
    for name in names.split(',').filter(|name| !matches!(*name, "" | "none")) {
        let kind = match name {
            "cgroup" => NamespaceKind::Cgroup,
            "ipc" => NamespaceKind::Ipc,
            "net" => NamespaceKind::Network,
            "uts" => NamespaceKind::Uts,
            // It comes with whatever is shared.
            "user" => continue,
            "pid" => {
                return Err(Error::usage("the containers of a pod have their own processes")
                    .with_hint("one container can join those of another: --pid container:NAME"));
            }
            _ => return Err(Error::usage(format!("`{name}` is none of cgroup, ipc, net, user, uts and none"))),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

fn exit_policy(text: &str) -> Result<ExitPolicy> {
    match text {
        "continue" => Ok(ExitPolicy::Continue),
        "stop" => Ok(ExitPolicy::Stop),
        _ => Err(Error::usage("expected continue or stop")),
    }
}

/// `--replace`: removes the pod that has the name, running or not.
fn remove_predecessor(store: &Store, name: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    if name.is_empty() {
        return Err(Error::usage("--replace needs a name: which pod is to be replaced?"));
    }
    match pod::find(store, name) {
        Ok(old) if old.name() == name => pod::remove(store, &old, IfRunning::Stop(PATIENCE)),
        Ok(_) => Ok(()),
        Err(error) if error.kind == Kind::Absent => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_named_as_with_podman() {
        use NamespaceKind::*;
        for (text, kinds) in [
            ("", &[][..]),
            ("none", &[]),
            ("net,ipc", &[Network, Ipc]),
            ("user,uts", &[Uts]),
            ("+cgroup", &[Ipc, Network, Uts, Cgroup]),
            ("net,net", &[Network]),
        ] {
            assert_eq!(share(text).unwrap(), kinds, "{text}");
        }
        for bad in ["pid", "mnt", "net;ipc", "all"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
