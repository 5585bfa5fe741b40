//! The named networks of containers: found when a container is made, joined when it starts, and joined and left while
//! it runs.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;

use super::record::{self, Container, State};
use super::start::{Machine, live_or_held};
use crate::disk::{self, Lock, atomic};
use crate::error::{During, Error, Result};
use crate::named_network::{self, Network};
use crate::network::members::{self, Membership, Seat};
use crate::network::{Plan, Published, builtin};
use crate::settings::{NetworkMode, NetworkRequest, PortRequest, Protocol, Settings};
use crate::store::Store;
use crate::store::events::Action;

/// Names the networks as they are called, each of which must be there.
pub fn settle(store: &Store, settings: &mut Settings) -> Result<()> {
    if let NetworkMode::Named(requests) = &mut settings.network {
        for request in requests {
            joinable(store, request)?;
        }
    }
    Ok(())
}

/// The network that is asked for, which from here on is named as it is called.
fn joinable(store: &Store, request: &mut NetworkRequest) -> Result<Network> {
    let network = named_network::get(store, &request.name)?;
    if network.is_default() {
        return Err(Error::usage("the default network has no members: each container is alone in it"));
    }
    network.wishes(request)?;
    request.name.clone_from(&network.name);
    Ok(network)
}

/// The ports that lead into a container that runs: those of the container whose network it is in, where it has none.
pub fn published(store: &Store, container: &Container, state: &State) -> Vec<Published> {
    match &container.record.settings.network {
        NetworkMode::Container(name) => {
            // One that has gone or does not run publishes nothing any more.
            let owner = record::find(store, name).and_then(|owner| owner.live());
            owner.map_or(Vec::new(), |state| state.ports().to_vec())
        }
        _ => state.ports().to_vec(),
    }
}

/// Takes the addresses of a container that is about to start, in each of its networks.
pub fn join(store: &Store, machine: &Machine, container: &Container) -> Result<Vec<Seat>> {
    let NetworkMode::Named(requests) = &container.record.settings.network else { return Ok(Vec::new()) };
    forget(container)?;
    let join = |(interface, request)| take_seat(store, machine, container, request, interface);
    requests.iter().enumerate().map(join).collect()
}

fn take_seat(
    store: &Store,
    machine: &Machine,
    container: &Container,
    request: &NetworkRequest,
    interface: usize,
) -> Result<Seat> {
    let network = named_network::get(store, &request.name)?;
    let membership = Membership {
        network: network.name.clone(),
        network_id: network.id.clone(),
        directory: network.directory(&machine.runtime_root),
        member: format!("{}-{}", container.short_id(), &atomic::fresh_name()[..8]),
        interface,
        places: Vec::new(),
        names: names(container, request),
        resolves: network.resolves,
        internal: network.internal,
        mtu: network.mtu(),
        mac: request.mac,
    };
    members::join(membership, &network.wishes(request)?).during(|| format!("join network `{}`", network.name))
}

/// Has a container be in one more network: from now on where it runs, and when it starts.
pub fn connect(store: &Store, machine: &Machine, container: &Container, mut request: NetworkRequest) -> Result<()> {
    let asked = request.name.clone();
    let act = || format!("connect container `{}` to network `{asked}`", container.record.name);
    let network = joinable(store, &mut request).during(act)?;
    change(
        container,
        Action::Connect,
        |current| {
            let requests = requests_of(current)?;
            if requests.iter().any(|known| known.name == network.name) {
                return Err(Error::new("it is there already"));
            }
            requests.push(request);
            Ok(())
        },
        |current, state| {
            let taken: Vec<usize> = state.network.memberships().iter().map(|one| one.interface).collect();
            let free = (0..).find(|interface| !taken.contains(interface)).expect("numbers do not end");
            let NetworkMode::Named(requests) = &current.record.settings.network else { return Ok(()) };
            let request = requests.last().expect("just put there");
            let seat = take_seat(store, machine, current, request, free)?;
            state.network.follow(builtin::join(runtime_dir(state), seat)?);
            Ok(())
        },
    )
    .during(act)
}

/// Has a container be in a network no longer.
pub fn disconnect(store: &Store, container: &Container, name: &str) -> Result<()> {
    let network = named_network::get(store, name)?;
    let act = || format!("disconnect container `{}` from network `{}`", container.record.name, network.name);
    change(
        container,
        Action::Disconnect,
        |current| {
            let requests = requests_of(current)?;
            let before = requests.len();
            requests.retain(|known| known.name != network.name);
            if requests.len() == before { Err(Error::new("it is not there")) } else { Ok(()) }
        },
        |_, state| {
            let left = state.network.memberships().iter().find(|one| one.network_id == network.id).cloned();
            state.network.follow(builtin::leave(runtime_dir(state), &network.id)?);
            left.iter().for_each(Membership::leave);
            Ok(())
        },
    )
    .during(act)
}

/// Publishes a port of a container: from now on where it runs, and when it starts.
pub fn publish(container: &Container, request: &PortRequest) -> Result<()> {
    change(
        container,
        Action::Update,
        |current| {
            let ports = ports_of(current)?;
            if ports.contains(request) {
                return Err(Error::new("it is published already"));
            }
            ports.push(request.clone());
            Ok(())
        },
        |_, state| {
            takes_ports(&state.network)?;
            let pid = Pid::from_raw(state.payload.pid);
            let published = builtin::publish(runtime_dir(state), pid, request)?;
            state.network.publish([state.network.ports(), &[published]].concat());
            Ok(())
        },
    )
    .during(|| format!("publish port {} of container `{}`", request.container_port, container.record.name))
}

/// Publishes a port no longer: every one of the container's that the request names, which may leave the host's side
/// open.
pub fn unpublish(container: &Container, request: &PortRequest) -> Result<()> {
    let is_meant = |host_address: Option<IpAddr>, host_port: Option<u16>, port: u16, protocol: Protocol| {
        (port, protocol) == (request.container_port, request.protocol)
            && (request.host_address.is_none() || request.host_address == host_address)
            && (request.host_port.is_none() || request.host_port == host_port)
    };
    // One that the host chose at the start is on record without its number.
    let is_open =
        |port: &Published| is_meant(port.host_address, Some(port.host_port), port.container_port, port.protocol);
    let live = container.status()?.live().map_or(Vec::new(), |state| state.ports().to_vec());
    let chosen = live.iter().filter(|port| is_open(port)).count();
    change(
        container,
        Action::Update,
        |current| {
            let ports = ports_of(current)?;
            let before = ports.len();
            ports.retain(|port| !is_meant(port.host_address, port.host_port, port.container_port, port.protocol));
            let is_chosen = |port: &PortRequest| {
                port.host_port.is_none()
                    && is_meant(port.host_address, request.host_port, port.container_port, port.protocol)
            };
            if let Some(place) = ports.iter().position(is_chosen).filter(|_| chosen > before - ports.len()) {
                ports.remove(place);
            }
            if ports.len() == before && chosen == 0 { Err(Error::new("it is not published")) } else { Ok(()) }
        },
        |_, state| {
            takes_ports(&state.network)?;
            let (closed, staying): (Vec<Published>, Vec<Published>) =
                state.network.ports().iter().cloned().partition(is_open);
            closed.iter().try_for_each(|port| builtin::unpublish(runtime_dir(state), port))?;
            state.network.publish(staying);
            Ok(())
        },
    )
    .during(|| format!("close port {} of container `{}`", request.container_port, container.record.name))
}

fn ports_of(container: &mut Container) -> Result<&mut Vec<PortRequest>> {
    let settings = &mut container.record.settings;
    match &settings.network {
        NetworkMode::Container(owner) => Err(Error::usage(format!("its network is that of container `{owner}`"))),
        NetworkMode::None | NetworkMode::Host | NetworkMode::Path(_) => {
            Err(Error::usage("ports are published in a network of the container's own"))
        }
        _ => Ok(&mut settings.ports),
    }
}

/// An error where ports are published at the start only, or never.
fn takes_ports(plan: &Plan) -> Result<()> {
    let is_internal = |memberships: &[Membership]| {
        !memberships.is_empty() && memberships.iter().all(|membership| membership.internal)
    };
    match plan {
        Plan::Builtin(_) if is_internal(plan.memberships()) => Err(Error::usage("its network is internal")),
        Plan::Builtin(_) => Ok(()),
        _ => Err(Error::new("the built-in network alone does that while it runs")).hint(|| "stop it first"),
    }
}

/// Changes what is asked for by `ask`; of a container that runs, its network by `follow`, and what is known of it.
fn change(
    container: &Container,
    action: Action,
    ask: impl FnOnce(&mut Container) -> Result<()>,
    follow: impl FnOnce(&Container, &mut State) -> Result<()>,
) -> Result<()> {
    let _lock = Lock::exclusive(&container.dir.join("update.lock"))?;
    let _held = live_or_held(container)?;
    // Somebody may have changed it while we waited.
    let absent = || Error::absent("container", &container.record.name);
    let mut current = Container::read(&container.dir)?.ok_or_else(absent)?;
    ask(&mut current)?;
    if let Some(state) = current.status()?.live() {
        let mut state = state.clone();
        follow(&current, &mut state)?;
        disk::record::write_unsynced(&current.dir.join("state.json"), &state)?;
    }
    disk::record::write(&current.dir.join("record.json"), &current.record)?;
    current.tell(action);
    Ok(())
}

fn requests_of(container: &mut Container) -> Result<&mut Vec<NetworkRequest>> {
    match &mut container.record.settings.network {
        NetworkMode::Named(requests) => Ok(requests),
        _ => Err(Error::usage("it was made without a named network, and stays so")
            .with_hint("make it with `--network NAME`; further networks can be joined then")),
    }
}

fn runtime_dir(state: &State) -> &Path {
    state.socket.parent().unwrap_or(Path::new("/"))
}

/// Those of its resolvers that the container's own networks have.
pub fn resolvers(store: &Store, settings: &Settings) -> Result<Vec<IpAddr>> {
    let NetworkMode::Named(requests) = &settings.network else { return Ok(Vec::new()) };
    let asked: Vec<_> = settings.dns.iter().filter_map(|server| server.parse().ok()).collect();
    if !asked.is_empty() {
        return Ok(asked);
    }
    let networks = requests.iter().map(|request| named_network::get(store, &request.name));
    Ok(networks.collect::<Result<Vec<Network>>>()?.into_iter().flat_map(|network| network.resolvers).collect())
}

/// By which others find it.
fn names(container: &Container, request: &NetworkRequest) -> Vec<String> {
    let own = [container.record.name.as_str(), container.short_id()];
    let hostname = container.record.settings.hostname.as_deref();
    let all = own.into_iter().chain(hostname).chain(request.aliases.iter().map(String::as_str));
    let mut names: Vec<String> = all.map(str::to_lowercase).filter(|name| members::is_name(name)).collect();
    names.sort();
    names.dedup();
    names
}

/// Takes away what a monitor that was killed has left of the last start's memberships.
pub fn forget(container: &Container) -> Result<()> {
    let memberships = container.last_start()?.map(|state| state.network.memberships().to_vec());
    memberships.iter().flatten().for_each(Membership::leave);
    Ok(())
}

/// Where it is told what the container's network carries.
pub fn log_file(container_dir: &Path) -> PathBuf {
    container_dir.join("network.log")
}

/// The container whose network another one is in, and whether that keeps a log.
pub fn logged(store: &Store, container: Container) -> Result<(Container, bool)> {
    let mut owner = container;
    // Who joins the network of one that has joined it is refused, but the record may say anything.
    for _ in 0..16 {
        let NetworkMode::Container(name) = &owner.record.settings.network else { break };
        owner = record::find(store, name)?;
    }
    let settings = &owner.record.settings;
    let keeps_log = settings.network_log.unwrap_or(settings.egress.is_some());
    Ok((owner, keeps_log))
}

/// The containers that are in this network.
pub fn users<'c>(containers: &'c [Container], network: &Network) -> Vec<&'c Container> {
    let is_in = |container: &&Container| match &container.record.settings.network {
        NetworkMode::Named(requests) => requests.iter().any(|request| request.name == network.name),
        NetworkMode::Private => network.is_default(),
        _ => false,
    };
    containers.iter().filter(is_in).collect()
}
