//! Ports of the host that lead into a container: checked and chosen before anything is started.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};
use crate::settings::{PortRequest, Protocol};

/// A port of the host that leads into the container; every part is decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// `None`: all addresses of the host.
    pub host_address: Option<IpAddr>,
    pub host_port: u16,
    pub container_port: u16,
    pub protocol: Protocol,
}

/// Takes the port on the host; the socket listens, and does not block.
pub(super) fn listen(port: &Published) -> Result<OwnedFd> {
    let address = port.host_address.unwrap_or(EVERYWHERE);
    let wanted = SocketAddr::new(address, port.host_port);
    let bound = bind(wanted, port.protocol).map_err(|error| explain(error, wanted, first_unprivileged_port()));
    bound.map(|(socket, _)| socket).during(|| format!("publish port {}", port.container_port))
}

/// Where a port is published that was asked for on all addresses.
pub(super) const EVERYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Makes sure that each port can be had, and chooses the free ones.
pub(super) fn publish(requests: &[PortRequest]) -> Result<Vec<Published>> {
    let limit = first_unprivileged_port();
    // All are held until all are known, so that no free port is chosen twice.
    let mut held = Vec::new();
    let mut published = Vec::new();
    for request in requests {
        let (hold, port) = take(request, limit).during(|| format!("publish port {}", request.container_port))?;
        held.push(hold);
        published.push(port);
    }
    Ok(published)
}

fn take(request: &PortRequest, limit: u16) -> Result<(OwnedFd, Published)> {
    let address = request.host_address.unwrap_or(EVERYWHERE);
    let wanted = SocketAddr::new(address, request.host_port.unwrap_or(0));
    let (hold, bound) = match bind(wanted, request.protocol) {
        Ok(taken) => taken,
        Err(error) => return Err(explain(error, wanted, limit)),
    };
    let published = Published {
        host_address: request.host_address,
        host_port: bound.port(),
        container_port: request.container_port,
        protocol: request.protocol,
    };
    Ok((hold, published))
}

/// The socket does not block, and one of TCP listens.
fn bind(address: SocketAddr, protocol: Protocol) -> std::io::Result<(OwnedFd, SocketAddr)> {
    Ok(match protocol {
        Protocol::Tcp => {
            let listener = TcpListener::bind(address)?;
            let bound = listener.local_addr()?;
            listener.set_nonblocking(true)?;
            (listener.into(), bound)
        }
        Protocol::Udp => {
            let socket = UdpSocket::bind(address)?;
            let bound = socket.local_addr()?;
            socket.set_nonblocking(true)?;
            (socket.into(), bound)
        }
    })
}

fn explain(error: std::io::Error, wanted: SocketAddr, limit: u16) -> Error {
    use std::io::ErrorKind;
    let port = wanted.port();
    match error.kind() {
        ErrorKind::PermissionDenied if port < limit => {
            Error::new(format!("ports below {limit} are for root: {port} is refused")).with_hint(format!(
                "choose a port from {limit} on, or as root: `sysctl net.ipv4.ip_unprivileged_port_start={port}`"
            ))
        }
        ErrorKind::AddrInUse => Error::new(format!("{wanted} is in use"))
            .with_hint(format!("choose another port, or find its user with `ss -lnp sport = :{port}`")),
        ErrorKind::AddrNotAvailable => Error::new(format!("{} is no address of this host", wanted.ip())),
        _ => Error::from(error).while_doing(format!("bind {wanted}")),
    }
}

fn first_unprivileged_port() -> u16 {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    text.trim().parse().unwrap_or(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host_port: Option<u16>, protocol: Protocol) -> PortRequest {
        PortRequest { host_address: Some(Ipv4Addr::LOCALHOST.into()), host_port, container_port: 80, protocol }
    }

    #[test]
    fn free_ports_are_chosen_and_differ() {
        let published = publish(&[request(None, Protocol::Tcp), request(None, Protocol::Tcp)]).unwrap();
        assert!(published[0].host_port != 0 && published[0].host_port != published[1].host_port);
        assert_eq!(published[0].container_port, 80);
    }

    #[test]
    fn a_port_in_use_is_named() {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let (_hold, taken) = bind("127.0.0.1:0".parse().unwrap(), protocol).unwrap();
            let error = publish(&[request(Some(taken.port()), protocol)]).unwrap_err();
            assert_eq!(error.to_string(), format!("publish port 80: 127.0.0.1:{} is in use", taken.port()));
        }
    }

    #[test]
    fn a_port_for_root_names_the_limit_and_the_line_that_moves_it() {
        let error = explain(std::io::ErrorKind::PermissionDenied.into(), "0.0.0.0:80".parse().unwrap(), 1024);
        assert_eq!(error.to_string(), "ports below 1024 are for root: 80 is refused");
        assert!(error.hint.unwrap().contains("sysctl net.ipv4.ip_unprivileged_port_start=80"));
    }
}
