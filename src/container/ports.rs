//! The published ports of containers: which there are, and which come and go while a container runs.

use std::net::IpAddr;

use super::record::{self, Container, State};
use crate::error::{During, Error, Result};
use crate::network::members::Membership;
use crate::network::{Plan, Published, builtin};
use crate::settings::{NetworkMode, PortRequest, Protocol};
use crate::store::Store;

/// The ports that lead into a container that runs: those of the container whose network it is in, where it has none.
pub fn published(store: &Store, container: &Container, state: &State) -> Vec<Published> {
    if !matches!(container.record.settings.network, NetworkMode::Container(_)) {
        return state.ports().to_vec();
    }
    // One that has gone or does not run publishes nothing any more.
    let owner = record::network_owner(store, container).and_then(|owner| owner.live());
    owner.map_or(Vec::new(), |state| state.ports().to_vec())
}

/// Publishes a port of a container: from now on where it runs, and when it starts.
pub(super) fn publish(container: &mut Container, state: Option<&mut State>, request: &PortRequest) -> Result<()> {
    let publish = || {
        let ports = ports_of(container)?;
        if ports.contains(request) {
            return Err(Error::new("it is published already"));
        }
        ports.push(request.clone());
        let Some(state) = state else { return Ok(()) };
        takes_ports(&state.network)?;
        state.network.follow(builtin::publish(state.runtime_dir(), state.network_process(), request)?);
        Ok(())
    };
    publish().during(|| format!("publish port {}", request.container_port))
}

/// Publishes a port no longer: every one of the container's that the request names, which may leave the host's side
/// open.
pub(super) fn unpublish(container: &mut Container, state: Option<&mut State>, request: &PortRequest) -> Result<()> {
    let is_meant = |host_address: Option<IpAddr>, host_port: Option<u16>, port: u16, protocol: Protocol| {
        (port, protocol) == (request.container_port, request.protocol)
            && (request.host_address.is_none() || request.host_address == host_address)
            && (request.host_port.is_none() || request.host_port == host_port)
    };
    let is_open =
        |port: &Published| is_meant(port.host_address, Some(port.host_port), port.container_port, port.protocol);
    let unpublish = || {
        let ports = ports_of(container)?;
        let before = ports.len();
        ports.retain(|port| !is_meant(port.host_address, port.host_port, port.container_port, port.protocol));
        // One that the host chose at the start is on record without its number.
        let open = state.as_ref().map_or(0, |state| state.ports().iter().filter(|port| is_open(port)).count());
        let is_chosen = |port: &PortRequest| {
            port.host_port.is_none()
                && is_meant(port.host_address, request.host_port, port.container_port, port.protocol)
        };
        if let Some(place) = ports.iter().position(is_chosen).filter(|_| open > before - ports.len()) {
            ports.remove(place);
        }
        if ports.len() == before && open == 0 {
            return Err(Error::new("it is not published"));
        }
        let Some(state) = state else { return Ok(()) };
        takes_ports(&state.network)?;
        let closed: Vec<Published> = state.ports().iter().filter(|port| is_open(port)).cloned().collect();
        for port in &closed {
            state.network.follow(builtin::unpublish(state.runtime_dir(), state.network_process(), port)?);
        }
        Ok(())
    };
    unpublish().during(|| format!("close port {}", request.container_port))
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
