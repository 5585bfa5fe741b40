//! Membership: how the settings of a container say that it shares namespaces with a pod.

use super::{Pod, create, remove};
use crate::container::Container;
use crate::container::remove::IfRunning;
use crate::error::{During, Error, Result};
use crate::oci::runtime::NamespaceKind;
use crate::settings::{NamespaceMode, NetworkMode, PodSettings, RestartPolicy, SHM_SIZE, Settings};
use crate::store::Store;

/// Makes a pod for a container that is about to be made, of what that asks for and what is a pod's, and puts it there.
pub fn join_new(store: &Store, settings: &mut Settings, own: &[NamespaceKind], name: &str) -> Result<Pod> {
    if name.is_empty() {
        return Err(Error::usage("--pod new:NAME: the name is empty"));
    }
    if settings.publish_all {
        return Err(Error::usage("--publish-all is for the ports of an image, and a pod has none"));
    }
    let pods = Settings {
        network: std::mem::take(&mut settings.network),
        egress: settings.egress.take(),
        mac_address: settings.mac_address.take(),
        network_log: settings.network_log.take(),
        ports: std::mem::take(&mut settings.ports),
        hostname: settings.hostname.take(),
        extra_hosts: std::mem::take(&mut settings.extra_hosts),
        no_hosts_file: std::mem::take(&mut settings.no_hosts_file),
        dns: std::mem::take(&mut settings.dns),
        dns_search: std::mem::take(&mut settings.dns_search),
        dns_options: std::mem::take(&mut settings.dns_options),
        userns: settings.userns.clone(),
        shm_size: settings.shm_size,
        ..Settings::default()
    };
    let pod = PodSettings { name: name.to_owned(), shared: USUALLY_SHARED.to_vec(), ..PodSettings::default() };
    let pod = create(store, pod, pods)?;
    let is_the_pods = |kind: &&NamespaceKind| matches!(kind, NamespaceKind::Network | NamespaceKind::User);
    let own: Vec<NamespaceKind> = own.iter().filter(|kind| !is_the_pods(kind)).copied().collect();
    match join(settings, &own, &pod.holder) {
        Ok(()) => Ok(pod),
        Err(error) => {
            let _ = remove(store, &pod, IfRunning::Refuse); // What stays is empty and in nobody's way.
            Err(error)
        }
    }
}

/// What the containers of a pod share where nothing else is said, as in Podman.
pub const USUALLY_SHARED: [NamespaceKind; 3] = [NamespaceKind::Ipc, NamespaceKind::Network, NamespaceKind::Uts];

/// Puts a container that is about to be made into a pod: it has the pod's namespaces where it does not ask for others,
/// the pod's mounts, and is started after its holder. An error where it asks for something that is the pod's. `own`:
/// the kinds of namespaces that its options speak of.
pub fn join(settings: &mut Settings, own: &[NamespaceKind], holder: &Container) -> Result<()> {
    let pods = &holder.record.settings;
    let Some(pod) = pods.held_pod() else { return Err(Error::absent("pod", &holder.record.name)) };
    let shares = |kind| pod.shared.contains(&kind) && !own.contains(&kind);
    refuse_what_is_the_pods(settings, own, pods, pod).during(|| format!("join pod `{}`", pod.name))?;
    let id = holder.id().to_owned();
    settings.pod = Some(id.clone());
    if !pod.is_bare {
        settings.requires.insert(0, id.clone());
    }
    share_namespaces(settings, pods, &id, shares);
    // Their owners have to be the same numbers inside, or the members could not use each other's files.
    if !own.contains(&NamespaceKind::User) {
        settings.userns = pods.userns.clone();
    }
    for mount in &pods.mounts {
        if !settings.mounts.iter().any(|own| own.destination == mount.destination) {
            settings.mounts.push(mount.clone());
        }
    }
    // What is removed when it ends cannot be started again.
    if settings.restart == RestartPolicy::No && !settings.remove_at_exit {
        settings.restart = pod.restart;
    }
    Ok(())
}

/// `pods`: the settings of the holder, whose ID this is.
fn share_namespaces(settings: &mut Settings, pods: &Settings, id: &str, shares: impl Fn(NamespaceKind) -> bool) {
    let id = || id.to_owned();
    if shares(NamespaceKind::Network) {
        settings.network = match &pods.network {
            outside @ (NetworkMode::Host | NetworkMode::Path(_)) => outside.clone(),
            _ => NetworkMode::Container(id()),
        };
        settings.extra_hosts = pods.extra_hosts.clone();
        settings.no_hosts_file = pods.no_hosts_file;
        settings.dns = pods.dns.clone();
        settings.dns_search = pods.dns_search.clone();
        settings.dns_options = pods.dns_options.clone();
    }
    if shares(NamespaceKind::Uts) {
        settings.uts = NamespaceMode::Container(id());
        settings.hostname = pods.hostname.clone();
        settings.no_hostname_file |= pods.no_hostname_file;
    }
    if shares(NamespaceKind::Ipc) {
        settings.ipc = NamespaceMode::Container(id());
    }
    if shares(NamespaceKind::Cgroup) {
        settings.cgroupns = NamespaceMode::Container(id());
    }
}

fn refuse_what_is_the_pods(
    settings: &Settings,
    own: &[NamespaceKind],
    pods: &Settings,
    pod: &PodSettings,
) -> Result<()> {
    let shares = |kind| pod.shared.contains(&kind) && !own.contains(&kind);
    let network = pod.shared.contains(&NamespaceKind::Network);
    let asks_for_names = !settings.extra_hosts.is_empty()
        || settings.no_hosts_file
        || settings.hosts_base.is_some()
        || !settings.dns.is_empty()
        || !settings.dns_search.is_empty()
        || !settings.dns_options.is_empty();
    let refused = [
        (network && own.contains(&NamespaceKind::Network), "its network is the pod's"),
        (
            network && (settings.publish_all || !settings.ports.is_empty()),
            "its network is the pod's, which publishes the ports",
        ),
        (network && asks_for_names, "its network is the pod's, and with it /etc/hosts and the DNS servers"),
        (
            network && settings.sysctls.keys().any(|name| name.starts_with("net.")),
            "its network is the pod's, and with it the kernel parameters `net.*`",
        ),
        (network && settings.network_log.is_some(), "its network is the pod's, and with it the log"),
        (network && settings.egress.is_some(), "its network is the pod's, and with it what of the world it may reach"),
        (shares(NamespaceKind::Uts) && settings.hostname.is_some(), "its host name is the pod's"),
        (
            shares(NamespaceKind::Ipc) && ![SHM_SIZE, pods.shm_size].contains(&settings.shm_size),
            "its IPC namespace is the pod's, and with it /dev/shm",
        ),
        (
            !pod.shared.is_empty() && own.contains(&NamespaceKind::User),
            "its user namespace is the pod's, which owns what they share",
        ),
    ];
    match refused.into_iter().find(|(is_asked_for, _)| *is_asked_for) {
        Some((_, why)) => Err(Error::usage(why)).hint(|| "say it when the pod is made: `box pod create`"),
        None => Ok(()),
    }
}
