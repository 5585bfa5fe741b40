//! The named networks of containers: found when a container is made, joined when it starts, and joined and left while
//! it runs.

use std::net::IpAddr;

use super::change;
use super::record::{Container, State};
use super::start::Machine;
use crate::disk::atomic;
use crate::error::{During, Error, Result};
use crate::named_network::{self, Network};
use crate::network::builtin;
use crate::network::members::{self, Membership, Seat};
use crate::settings::{NetworkMode, NetworkRequest, Settings};
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

/// An error where a network of a new container has gone while that was made. From here on the container can be seen
/// to use them.
pub fn check_there(store: &Store, settings: &Settings) -> Result<()> {
    let NetworkMode::Named(requests) = &settings.network else { return Ok(()) };
    let _lock = named_network::lock(store)?;
    requests.iter().try_for_each(|request| named_network::get(store, &request.name).map(drop))
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
    let connect = |current: &mut Container, state: Option<&mut State>| {
        let requests = requests_of(current)?;
        if requests.iter().any(|known| known.name == network.name) {
            return Err(Error::new("it is there already"));
        }
        requests.push(request.clone());
        let Some(state) = state else { return Ok(()) };
        // By a command that was killed before it could record that.
        if state.network.memberships().iter().any(|one| one.network_id == network.id) {
            return Ok(());
        }
        let taken: Vec<usize> = state.network.memberships().iter().map(|one| one.interface).collect();
        let free = (0..).find(|interface| !taken.contains(interface)).expect("numbers do not end");
        let seat = take_seat(store, machine, current, &request, free)?;
        state.network.follow(builtin::join(state.runtime_dir(), state.network_process(), seat)?);
        Ok(())
    };
    let (connected, _lock) = change::on_record(container, connect).during(act)?;
    connected.tell(Action::Connect);
    Ok(())
}

/// Has a container be in a network no longer.
pub fn disconnect(store: &Store, container: &Container, name: &str) -> Result<()> {
    let network = named_network::get(store, name)?;
    let act = || format!("disconnect container `{}` from network `{}`", container.record.name, network.name);
    let disconnect = |current: &mut Container, state: Option<&mut State>| {
        let requests = requests_of(current)?;
        let before = requests.len();
        requests.retain(|known| known.name != network.name);
        let memberships = state.as_ref().map_or(&[][..], |state| state.network.memberships());
        let left = memberships.iter().find(|one| one.network_id == network.id).cloned();
        if requests.len() == before && left.is_none() {
            return Err(Error::new("it is not there"));
        }
        let Some(state) = state else { return Ok(()) };
        state.network.follow(builtin::leave(state.runtime_dir(), state.network_process(), &network.id)?);
        left.iter().for_each(Membership::leave);
        Ok(())
    };
    let (disconnected, _lock) = change::on_record(container, disconnect).during(act)?;
    disconnected.tell(Action::Disconnect);
    Ok(())
}

fn requests_of(container: &mut Container) -> Result<&mut Vec<NetworkRequest>> {
    match &mut container.record.settings.network {
        NetworkMode::Named(requests) => Ok(requests),
        _ => Err(Error::usage("it was made without a named network, and stays so")
            .with_hint("make it with `--network NAME`; further networks can be joined then")),
    }
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

/// The containers that are in this network.
pub fn users<'c>(containers: &'c [Container], network: &Network) -> Vec<&'c Container> {
    let is_in = |container: &&Container| match &container.record.settings.network {
        NetworkMode::Named(requests) => requests.iter().any(|request| request.name == network.name),
        NetworkMode::Private => network.is_default(),
        _ => false,
    };
    containers.iter().filter(is_in).collect()
}
