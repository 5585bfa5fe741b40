//! Ports of the host that lead into a container: checked and chosen before anything is started.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{BorrowedFd, OwnedFd};

use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with, sockopt};
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

/// A socket for a published port that others have bound, as systemd does for a service with a socket unit.
#[derive(Debug)]
pub struct Bound {
    /// What it serves.
    pub request: PortRequest,
    pub port: Published,
    pub socket: OwnedFd,
}

/// Where a socket that others have bound would publish this: it has the port that is asked for, and the address where
/// one is; of a port that may be any, it has the container's as its name (`80`, `80/tcp`). `None`: it is for something
/// else.
pub fn serves(request: &PortRequest, socket: BorrowedFd, name: &str) -> Option<Published> {
    let protocol = match sockopt::socket_type(socket).ok()? {
        SocketType::STREAM if sockopt::socket_acceptconn(socket).ok()? => Protocol::Tcp,
        SocketType::DGRAM => Protocol::Udp,
        _ => return None,
    };
    let bound = SocketAddr::try_from(rustix::net::getsockname(socket).ok()?).ok()?;
    let is_everywhere = bound.is_ipv6() && bound.ip().is_unspecified() && !sockopt::ipv6_v6only(socket).ok()?;
    let own = request.container_port.to_string();
    let is_meant = match request.host_port {
        Some(port) => port == bound.port(),
        None => name == own || name == format!("{own}/{}", protocol.name()),
    };
    let is_there = request.host_address.is_none_or(|address| address == bound.ip());
    (protocol == request.protocol && is_meant && is_there).then(|| Published {
        host_address: (!is_everywhere).then(|| bound.ip()),
        host_port: bound.port(),
        container_port: request.container_port,
        protocol,
    })
}

/// Prepares a socket that others have bound, which is then as of [`listen`].
fn take_over(port: &Published, socket: OwnedFd) -> Result<OwnedFd> {
    let prepare = || -> std::io::Result<()> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        let bound = SocketAddr::try_from(rustix::net::getsockname(&socket)?)?;
        tell_where_asked(&socket, bound, port.protocol)
    };
    prepare().during(|| format!("publish port {} by a socket that was passed", port.container_port))?;
    Ok(socket)
}

/// The sockets of all these ports, of which some are there already; each is as of [`listen`].
pub(super) fn listen_all(ports: &[Published], mut bound: Vec<(Published, OwnedFd)>) -> Result<Vec<OwnedFd>> {
    let socket_of = |port: &Published| match bound.iter().position(|(bound, _)| bound == port) {
        Some(place) => take_over(port, bound.swap_remove(place).1),
        None => listen(port),
    };
    ports.iter().map(socket_of).collect()
}

/// Takes the port on the host; the socket listens, and does not block.
fn listen(port: &Published) -> Result<OwnedFd> {
    let bound = bind(port.host_address, port.host_port, port.protocol);
    let wanted = SocketAddr::new(port.host_address.unwrap_or(EVERYWHERE), port.host_port);
    let bound = bound.map_err(|error| explain(error, wanted, first_unprivileged_port()));
    bound.map(|(socket, _)| socket).during(|| format!("publish port {}", port.container_port))
}

/// Whether this machine has IPv6, and nothing keeps us from it: a filter may refuse what the kernel has.
pub fn has_ipv6() -> bool {
    socket_with(AddressFamily::INET6, SocketType::DGRAM, SocketFlags::CLOEXEC, None).is_ok()
}

/// How many clients may wait until we have time for them.
const BACKLOG: i32 = 1024;

/// Takes a port that is asked for by itself; the socket is as of [`listen`].
pub(super) fn open(request: &PortRequest) -> Result<(Published, OwnedFd)> {
    let taken = take(request, first_unprivileged_port()).during(|| format!("publish port {}", request.container_port));
    taken.map(|(socket, port)| (port, socket))
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
    let wanted = SocketAddr::new(request.host_address.unwrap_or(EVERYWHERE), request.host_port.unwrap_or(0));
    let (hold, host_port) = match bind(request.host_address, wanted.port(), request.protocol) {
        Ok(taken) => taken,
        Err(error) => return Err(explain(error, wanted, limit)),
    };
    let published = Published {
        host_address: request.host_address,
        host_port,
        container_port: request.container_port,
        protocol: request.protocol,
    };
    Ok((hold, published))
}

/// At an address of the host, or at all of them, of both versions of IP where the host has both. The socket does not
/// block, and one of TCP listens; returns its port.
fn bind(address: Option<IpAddr>, port: u16, protocol: Protocol) -> std::io::Result<(OwnedFd, u16)> {
    if let Some(address) = address {
        return bind_at(SocketAddr::new(address, port), protocol);
    }
    match bind_at(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), protocol) {
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL)) => {
            bind_at(SocketAddr::new(EVERYWHERE, port), protocol)
        }
        bound => bound,
    }
}

fn bind_at(address: SocketAddr, protocol: Protocol) -> std::io::Result<(OwnedFd, u16)> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let kind = if protocol == Protocol::Tcp { SocketType::STREAM } else { SocketType::DGRAM };
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, !address.ip().is_unspecified())?;
    }
    if protocol == Protocol::Tcp {
        sockopt::set_socket_reuseaddr(&socket, true)?; // Of connections that have ended.
    }
    rustix::net::bind(&socket, &address)?;
    if protocol == Protocol::Tcp {
        rustix::net::listen(&socket, BACKLOG)?;
    }
    tell_where_asked(&socket, address, protocol)?;
    let bound = SocketAddr::try_from(rustix::net::getsockname(&socket)?)?;
    Ok((socket, bound.port()))
}

/// So that answers to datagrams leave from where they were asked for.
fn tell_where_asked(socket: &OwnedFd, address: SocketAddr, protocol: Protocol) -> std::io::Result<()> {
    match address {
        _ if protocol == Protocol::Tcp || !address.ip().is_unspecified() => {}
        SocketAddr::V4(_) => nix::sys::socket::setsockopt(socket, Ipv4PacketInfo, &true)?,
        SocketAddr::V6(_) => nix::sys::socket::setsockopt(socket, Ipv6RecvPacketInfo, &true)?,
    }
    Ok(())
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
            let (_hold, taken) = bind(Some(Ipv4Addr::LOCALHOST.into()), 0, protocol).unwrap();
            let error = publish(&[request(Some(taken), protocol)]).unwrap_err();
            assert_eq!(error.to_string(), format!("publish port 80: 127.0.0.1:{taken} is in use"));
        }
    }

    #[test]
    fn a_socket_that_others_have_bound_serves_its_port_or_the_one_that_it_is_named_after() {
        use std::net::{TcpListener, UdpSocket};
        use std::os::fd::AsFd;
        let streams = TcpListener::bind("127.0.0.1:0").unwrap();
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ports = [streams.local_addr().unwrap().port(), datagrams.local_addr().unwrap().port()];
        let there = |request: &PortRequest, name| serves(request, streams.as_fd(), name).map(|port| port.host_port);
        let asked = request(Some(ports[0]), Protocol::Tcp);
        assert_eq!(there(&asked, "web.socket"), Some(ports[0]));
        assert_eq!(there(&PortRequest { host_address: None, ..asked.clone() }, ""), Some(ports[0]));
        let elsewhere = Some("127.0.0.2".parse().unwrap());
        assert_eq!(there(&PortRequest { host_address: elsewhere, ..asked.clone() }, ""), None);
        assert_eq!(there(&request(Some(ports[0]), Protocol::Udp), ""), None);
        assert_eq!(there(&request(Some(ports[0] ^ 1), Protocol::Tcp), "80"), None);
        let any = request(None, Protocol::Tcp);
        assert_eq!(
            ["80", "80/tcp", "80/udp", "web"].map(|name| there(&any, name).is_some()),
            [true, true, false, false]
        );
        let published = serves(&request(Some(ports[1]), Protocol::Udp), datagrams.as_fd(), "").unwrap();
        assert_eq!((published.host_address, published.host_port), (Some(Ipv4Addr::LOCALHOST.into()), ports[1]));
        let everywhere = TcpListener::bind("[::]:0").unwrap();
        let asked =
            PortRequest { host_address: None, ..request(Some(everywhere.local_addr().unwrap().port()), Protocol::Tcp) };
        assert_eq!(serves(&asked, everywhere.as_fd(), "").unwrap().host_address, None);
        let file = std::fs::File::open("/dev/null").unwrap();
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(serves(&any, file.as_fd(), "80").is_none() && serves(&any, one.as_fd(), "80").is_none());
    }

    #[test]
    fn a_port_for_root_names_the_limit_and_the_line_that_moves_it() {
        let error = explain(std::io::ErrorKind::PermissionDenied.into(), "0.0.0.0:80".parse().unwrap(), 1024);
        assert_eq!(error.to_string(), "ports below 1024 are for root: 80 is refused");
        assert!(error.hint.unwrap().contains("sysctl net.ipv4.ip_unprivileged_port_start=80"));
    }
}
