//! Which address of the world an address inside stands for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::Path;
use std::time::SystemTime;

use rustix::io::Errno;

use super::rules::{DNS_V6, GATEWAY_V6, OWN_V6};
use crate::network::{Addresses, names};

const DNS_PORT: u16 = 53;
const RESOLV_CONF: &str = "/etc/resolv.conf";

#[derive(Debug)]
pub struct Destinations {
    addresses: Addresses,
    /// Whether the gateway leads to the host's loopback.
    opens_loopback: bool,
    resolvers: Resolvers,
}

impl Destinations {
    pub fn new(addresses: Addresses, opens_loopback: bool) -> Destinations {
        Destinations { addresses, opens_loopback, resolvers: Resolvers::default() }
    }

    /// Where to connect for somebody inside who wants `target`. The only judge of what may be reached: what comes from
    /// inside may name any address, whatever the rules there let through.
    pub fn find(&mut self, target: SocketAddr) -> Result<SocketAddr, Errno> {
        let address = target.ip().to_canonical();
        if self.is_dns(address) {
            return if target.port() == DNS_PORT { Ok(self.resolvers.current()) } else { Err(Errno::CONNREFUSED) };
        }
        if self.is_gateway(address) {
            return self.host().map(|host| SocketAddr::new(host, target.port())).ok_or(Errno::NETUNREACH);
        }
        let is_own = address == self.addresses.own || address == OWN_V6;
        if is_own || is_of_the_host(address) {
            return Err(Errno::NETUNREACH);
        }
        Ok(SocketAddr::new(address, target.port()))
    }

    /// An address that we answer for.
    pub fn is_virtual(&self, address: IpAddr) -> bool {
        self.is_dns(address) || self.is_gateway(address)
    }

    pub fn is_resolver(&self, target: SocketAddr) -> bool {
        self.is_dns(target.ip()) && target.port() == DNS_PORT
    }

    /// The resolver that was asked last has not answered.
    pub fn next_resolver(&mut self) {
        self.resolvers.preferred = self.resolvers.preferred.wrapping_add(1);
    }

    /// As whom a client outside appears inside. Its own address, but what would be taken for the container's own side
    /// is the gateway: programs trust callers from their own loopback (CVE-2021-20199).
    pub fn visible(&self, client: SocketAddr) -> SocketAddr {
        let address = client.ip().to_canonical();
        let is_inner = self.is_virtual(address) || address == self.addresses.own || address == OWN_V6;
        let shown = match address {
            IpAddr::V4(_) if is_inner || is_of_the_host(address) => self.addresses.gateway.into(),
            IpAddr::V6(v6) if is_inner || is_of_the_host(address) || v6.is_unicast_link_local() => GATEWAY_V6.into(),
            address => address,
        };
        SocketAddr::new(shown, client.port())
    }

    /// The container's own port, in the family of whoever calls.
    pub fn own(&self, caller: SocketAddr, port: u16) -> SocketAddr {
        match caller {
            SocketAddr::V4(_) => SocketAddr::from((self.addresses.own, port)),
            SocketAddr::V6(_) => SocketAddr::from((OWN_V6, port)),
        }
    }

    /// In whose name errors are told.
    pub fn reporter(&self, to: IpAddr) -> IpAddr {
        if to.is_ipv4() { self.addresses.gateway.into() } else { GATEWAY_V6.into() }
    }

    fn is_dns(&self, address: IpAddr) -> bool {
        address == self.addresses.dns || address == DNS_V6
    }

    fn is_gateway(&self, address: IpAddr) -> bool {
        address == self.addresses.gateway || address == GATEWAY_V6
    }

    fn host(&self) -> Option<IpAddr> {
        if self.opens_loopback { Some(Ipv4Addr::LOCALHOST.into()) } else { names::own_address() }
    }
}

/// Loopback, and what connect(2) takes for it; broadcast and multicast, which have no one connection.
fn is_of_the_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback() || address.octets()[0] == 0 || address.is_broadcast() || address.is_multicast()
        }
        // Of the first 96 bits zero: `::`, `::1` and addresses that have IPv4 ones in them.
        IpAddr::V6(address) => address.segments()[..6] == [0; 6] || address.is_multicast(),
    }
}

/// The resolvers of the host's /etc/resolv.conf of the moment.
#[derive(Debug, Default)]
struct Resolvers {
    servers: Vec<SocketAddr>,
    read: Option<SystemTime>,
    /// Counts on whenever one has not answered.
    preferred: usize,
}

impl Resolvers {
    fn current(&mut self) -> SocketAddr {
        let changed = Path::new(RESOLV_CONF).metadata().and_then(|metadata| metadata.modified()).ok();
        if self.servers.is_empty() || changed != self.read {
            let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
            *self = Resolvers { servers: servers(&text), read: changed, preferred: 0 };
        }
        self.servers[self.preferred % self.servers.len()]
    }
}

/// Never empty: without a line, the resolver is on loopback (man 5 resolv.conf).
fn servers(resolv_conf: &str) -> Vec<SocketAddr> {
    let servers: Vec<SocketAddr> =
        names::nameservers(resolv_conf).iter().filter_map(|server| parse_server(server)).collect();
    if servers.is_empty() { vec![SocketAddr::from((Ipv4Addr::LOCALHOST, DNS_PORT))] } else { servers }
}

/// An address, perhaps with the interface behind which it is: `fe80::1%eth0`.
fn parse_server(text: &str) -> Option<SocketAddr> {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V6(address) if !zone.is_empty() => {
            let index = nix::net::if_::if_nametoindex(zone).ok().or_else(|| zone.parse().ok())?;
            Some(SocketAddrV6::new(address, DNS_PORT, 0, index).into())
        }
        IpAddr::V6(address) if address == Ipv6Addr::UNSPECIFIED => None,
        address => Some(SocketAddr::new(address, DNS_PORT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations() -> Destinations {
        Destinations::new(Addresses::default(), false)
    }

    fn find(target: &str) -> Result<SocketAddr, Errno> {
        destinations().find(target.parse().unwrap())
    }

    #[test]
    fn the_hosts_loopback_is_reached_by_no_name_for_it() {
        for target in [
            "127.0.0.1:80",
            "127.9.9.9:80",
            "0.0.0.0:80",
            "0.1.2.3:80",
            "255.255.255.255:80",
            "224.0.0.1:80",
            "[::1]:80",
            "[::]:80",
            "[::ffff:127.0.0.1]:80",
            "[::ffff:0.0.0.0]:80",
            "[::127.0.0.1]:80",
            "[ff02::1]:80",
            "10.0.2.100:80",
            "[::ffff:10.0.2.100]:80",
            "[fd62:6f78::100]:80",
        ] {
            assert_eq!(find(target), Err(Errno::NETUNREACH), "{target}");
        }
        for target in ["192.0.2.1:80", "10.0.2.50:1", "[2001:db8::1]:443"] {
            assert_eq!(find(target), Ok(target.parse().unwrap()));
        }
    }

    #[test]
    fn the_gateway_is_the_host_and_its_loopback_only_when_asked_for() {
        let mut opened = Destinations::new(Addresses::default(), true);
        assert_eq!(opened.find("10.0.2.2:99".parse().unwrap()), Ok("127.0.0.1:99".parse().unwrap()));
        assert!(find("10.0.2.2:99").is_ok_and(|host| !host.ip().is_loopback()) || names::own_address().is_none());
    }

    #[test]
    fn the_resolver_has_one_port() {
        assert_eq!(find("10.0.2.3:54"), Err(Errno::CONNREFUSED));
        assert_eq!(find("10.0.2.3:53").unwrap().port(), 53);
    }

    #[test]
    fn resolvers_are_read_as_the_host_reads_them() {
        let read =
            servers("nameserver 127.0.0.53\nnameserver fe80::1%lo\nnameserver nonsense\nnameserver 2001:db8::5\n");
        assert_eq!(read[0], "127.0.0.53:53".parse().unwrap());
        assert!(matches!(read[1], SocketAddr::V6(address) if address.scope_id() == 1));
        assert_eq!(read.len(), 3);
        assert_eq!(servers("search lan\n"), ["127.0.0.1:53".parse().unwrap()]);
    }

    #[test]
    fn a_client_keeps_its_address_unless_it_would_pass_for_one_inside() {
        for (client, shown) in [
            ("203.0.113.9:5000", "203.0.113.9:5000"),
            ("[::ffff:203.0.113.9]:5000", "203.0.113.9:5000"),
            ("127.0.0.1:5000", "10.0.2.2:5000"),
            ("10.0.2.100:5000", "10.0.2.2:5000"),
            ("[2001:db8::9]:5000", "[2001:db8::9]:5000"),
            ("[::1]:5000", "[fd62:6f78::2]:5000"),
            ("[fe80::9]:5000", "[fd62:6f78::2]:5000"),
        ] {
            assert_eq!(destinations().visible(client.parse().unwrap()), shown.parse().unwrap(), "{client}");
        }
    }
}
