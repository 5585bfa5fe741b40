//! The named networks of containers: found when a container is made, joined when it starts.

use super::record::Container;
use super::start::Machine;
use crate::error::{During, Error, Result};
use crate::named_network::{self, Network};
use crate::network::members::{self, Membership, Seat};
use crate::settings::{NetworkMode, NetworkRequest, Settings};
use crate::store::Store;

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

/// Takes the addresses of a container that is about to start, in each of its networks.
pub fn join(store: &Store, machine: &Machine, container: &Container) -> Result<Vec<Seat>> {
    let NetworkMode::Named(requests) = &container.record.settings.network else { return Ok(Vec::new()) };
    let join = |request: &NetworkRequest| {
        let network = named_network::get(store, &request.name)?;
        let membership = Membership {
            network: network.name.clone(),
            network_id: network.id.clone(),
            directory: network.directory(&machine.runtime_root),
            member: container.short_id().to_owned(),
            places: Vec::new(),
            names: names(container, request),
            resolves: network.resolves,
            internal: network.internal,
            mtu: network.mtu(),
        };
        members::join(membership, &network.wishes(request)?).during(|| format!("join network `{}`", network.name))
    };
    requests.iter().map(join).collect()
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

/// What a monitor that was killed has left of the last start's memberships.
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
