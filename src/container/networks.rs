//! The named networks of containers: found when a container is made, joined when it starts, and joined and left while
//! it runs.

use std::path::{Path, PathBuf};

use super::record::{self, Container, State};
use super::start::Machine;
use crate::disk::{self, Lock, atomic};
use crate::error::{During, Error, Result};
use crate::named_network::{self, Network};
use crate::network::members::{self, Membership, Seat};
use crate::network::{Published, builtin};
use crate::settings::{NetworkMode, NetworkRequest, Settings};
use crate::store::Store;
use crate::store::events::Action;

/// Names the networks as they are called, each of which must be there.
pub fn settle(store: &Store, settings: &mut Settings) -> Result<()> {
    if let NetworkMode::Named(requests) = &mut settings.network {
        for request in requests {
            let network = named_network::get(store, &request.name)?;
            if network.is_default() {
                return Err(Error::usage("the default network has no members: each container is alone in it"));
            }
            network.wishes(request)?;
            request.name = network.name;
        }
    }
    Ok(())
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
    };
    members::join(membership, &network.wishes(request)?).during(|| format!("join network `{}`", network.name))
}

/// Has a container be in one more network: from now on where it runs, and when it starts.
pub fn connect(store: &Store, machine: &Machine, container: &Container, mut request: NetworkRequest) -> Result<()> {
    let network = named_network::get(store, &request.name)?;
    request.name.clone_from(&network.name);
    let act = || format!("connect container `{}` to network `{}`", container.record.name, network.name);
    change(
        container,
        Action::Connect,
        |current| {
            if network.is_default() {
                return Err(Error::usage("the default network has no members: each container is alone in it"));
            }
            network.wishes(&request)?;
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
            let NetworkMode::Named(requests) = &current.record.settings.network else { return Ok(Vec::new()) };
            let request = requests.last().expect("just put there");
            builtin::join(runtime_dir(state), take_seat(store, machine, current, request, free)?)
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
            let left = state.network.memberships().iter().find(|one| one.network_id == network.id);
            let staying = builtin::leave(runtime_dir(state), &network.id)?;
            left.into_iter().for_each(Membership::leave);
            Ok(staying)
        },
    )
    .during(act)
}

/// Changes what is asked for by `ask`; a container that runs follows by `follow`, which tells where it is then.
fn change(
    container: &Container,
    action: Action,
    ask: impl FnOnce(&mut Container) -> Result<()>,
    follow: impl FnOnce(&Container, &State) -> Result<Vec<Membership>>,
) -> Result<()> {
    let _lock = Lock::exclusive(&container.dir.join("update.lock"))?;
    // Somebody may have changed it while we waited.
    let absent = || Error::absent("container", &container.record.name);
    let mut current = Container::read(&container.dir)?.ok_or_else(absent)?;
    ask(&mut current)?;
    if let Some(state) = current.status()?.live() {
        let mut state = state.clone();
        state.network.follow(follow(&current, &state)?);
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
pub fn resolvers(store: &Store, settings: &Settings) -> Result<Vec<std::net::IpAddr>> {
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
