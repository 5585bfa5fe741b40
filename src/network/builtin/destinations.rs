//! Which address of the world an address inside stands for.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::io::Errno;

use super::Builtin;
use super::egress::Egress;
use super::lookup::{self, Answer, Question};
use super::rules::{DNS_V6, GATEWAY_V6, OWN_V6};
use crate::network::members::{self, Membership, Place};
use crate::network::names;

const DNS_PORT: u16 = 53;
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Names of addresses that are remembered for the log.
const MOST_NAMES: usize = 2048;

/// Where something goes that somebody inside sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To this address, from the host.
    World(SocketAddr),
    /// To a member of a network that we are in.
    Peer {
        /// Who listens there.
        socket: PathBuf,
        /// Our own address in that network, as which we speak, whatever somebody inside calls himself.
        own: IpAddr,
    },
}

#[derive(Debug)]
pub struct Destinations {
    builtin: Builtin,
    /// Where not everything of the world may be reached.
    egress: Option<Egress>,
    resolvers: Resolvers,
    /// As which addresses were looked up, where there is a log.
    names: Option<HashMap<IpAddr, Box<str>>>,
}

impl Destinations {
    pub fn new(builtin: &Builtin) -> Destinations {
        Destinations {
            egress: builtin.egress.clone().map(Egress::new),
            resolvers: Resolvers::asking(&builtin.resolvers),
            names: builtin.log.as_ref().map(|_| HashMap::new()),
            builtin: builtin.clone(),
        }
    }

    /// What we have been told, with the networks of the moment.
    pub fn builtin(&self) -> &Builtin {
        &self.builtin
    }

    /// We are in other networks from now on.
    pub fn follow(&mut self, builtin: Builtin) {
        self.builtin = builtin;
    }

    /// Where to connect for somebody inside who wants `target`. The only judge of what may be reached: what comes from
    /// inside may name any address, whatever the rules there let through.
    pub fn find(&mut self, target: SocketAddr) -> Result<Destination, Errno> {
        let address = target.ip().to_canonical();
        if self.is_own(address) || is_of_the_host(address) {
            return Err(Errno::NETUNREACH);
        }
        if let Some((membership, place)) = self.network_of(address).filter(|_| !self.is_virtual(address)) {
            let socket = membership.directory.join(address.to_string());
            return Ok(Destination::Peer { socket, own: place.address });
        }
        if !self.has_way_out() {
            return Err(Errno::NETUNREACH);
        }
        if self.is_resolver(SocketAddr::new(address, target.port())) {
            return Ok(Destination::World(self.resolvers.current()));
        }
        if self.is_dns(address) && !self.is_gateway(address) {
            return Err(Errno::CONNREFUSED);
        }
        if self.egress.as_ref().is_some_and(|egress| !egress.allows(address, target.port())) {
            return Err(Errno::ACCESS);
        }
        if self.is_gateway(address) {
            let host = self.host().map(|host| SocketAddr::new(host, target.port()));
            return host.map(Destination::World).ok_or(Errno::NETUNREACH);
        }
        Ok(Destination::World(SocketAddr::new(address, target.port())))
    }

    /// Whether a connection to `target` is one to the resolver, of which we read what is asked: we know something
    /// ourselves, or may not let everything pass, or keep a log.
    pub fn hears_questions(&self, target: SocketAddr) -> bool {
        self.is_resolver(target) && (self.builtin.resolves() || self.egress.is_some() || self.names.is_some())
    }

    /// Whether only some of the world may be reached. Then no question passes that we cannot read.
    pub fn limits_egress(&self) -> bool {
        self.egress.is_some()
    }

    /// The resolver has answered: what it says about a name that may be reached is remembered.
    pub fn learn(&mut self, response: &[u8]) {
        if (self.egress.is_some() || self.names.is_some())
            && let Some((name, addresses)) = lookup::parse_response(response)
        {
            self.egress.iter_mut().for_each(|egress| egress.learn(&name, &addresses));
            self.remember(&name, &addresses);
        }
    }

    /// For the log: these are the addresses of this name.
    pub fn remember(&mut self, name: &str, addresses: &[IpAddr]) {
        let Some(names) = &mut self.names else { return };
        if names.len() + addresses.len() > MOST_NAMES {
            names.clear(); // What is still spoken to will be looked up again.
        }
        names.extend(addresses.iter().take(MOST_NAMES).map(|address| (*address, Box::from(name))));
    }

    /// As which an address was looked up last.
    pub fn name_of(&self, address: IpAddr) -> Option<&str> {
        self.names.as_ref()?.get(&address.to_canonical()).map(|name| &**name)
    }

    /// What we know ourselves about a name. `None`: others are to be asked.
    pub fn resolve(&self, question: &Question) -> Option<Answer> {
        self.resolve_member(question).or_else(|| {
            let is_closed = self.egress.as_ref().is_some_and(|egress| !egress.may_ask(&question.name));
            is_closed.then_some(Answer::Closed)
        })
    }

    /// Of those who are in our networks.
    fn resolve_member(&self, question: &Question) -> Option<Answer> {
        let asked: Vec<&Membership> =
            self.builtin.memberships.iter().filter(|membership| membership.resolves).collect();
        if asked.is_empty() {
            return None;
        }
        if let Some(address) = question.reversed() {
            let of_network = asked.iter().find(|one| one.places.iter().any(|place| place.subnet.contains(address)));
            let names = of_network.map(|membership| members::names_of(&membership.directory, address));
            match names {
                Some(names) if names.is_empty() => return Some(Answer::NoSuchName),
                Some(names) => return Some(Answer::Names(names)),
                None => {}
            }
        }
        if question.name == lookup::DOMAIN {
            return Some(Answer::Addresses(Vec::new())); // It is there, and has none.
        }
        let found = asked.iter().flat_map(|membership| members::resolve(&membership.directory, question.member()));
        let found: Vec<IpAddr> = found.collect();
        let is_ours = || {
            let of_network = question.reversed().is_some_and(|address| self.network_of(address).is_some());
            question.is_in_domain() || of_network || !self.has_way_out()
        };
        match found.is_empty() {
            false => Some(Answer::Addresses(found)),
            true => is_ours().then_some(Answer::NoSuchName),
        }
    }

    /// The network in whose range this address is, and our place there.
    fn network_of(&self, address: IpAddr) -> Option<(&Membership, &Place)> {
        let all = self.builtin.memberships.iter();
        all.flat_map(|one| one.places.iter().map(move |place| (one, place)))
            .find(|(_, place)| place.subnet.contains(address))
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.builtin.memberships.iter().flat_map(|membership| &membership.places)
    }

    /// Whether anything but members can be reached.
    fn has_way_out(&self) -> bool {
        !self.builtin.is_member || self.builtin.memberships.iter().any(|membership| !membership.internal)
    }

    fn is_own(&self, address: IpAddr) -> bool {
        address == self.builtin.addresses.own
            || address == OWN_V6
            || self.places().any(|place| place.address == address)
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
        let is_inner = self.is_virtual(address) || self.is_own(address) || self.network_of(address).is_some();
        let shown = match address {
            IpAddr::V4(_) if is_inner || is_of_the_host(address) => self.builtin.addresses.gateway.into(),
            IpAddr::V6(v6) if is_inner || is_of_the_host(address) || v6.is_unicast_link_local() => GATEWAY_V6.into(),
            address => address,
        };
        SocketAddr::new(shown, client.port())
    }

    /// The container's own port, in the family of whoever calls.
    pub fn own(&self, caller: SocketAddr, port: u16) -> SocketAddr {
        match caller {
            SocketAddr::V4(_) => SocketAddr::from((self.builtin.addresses.own, port)),
            SocketAddr::V6(_) => SocketAddr::from((OWN_V6, port)),
        }
    }

    /// As whom clients appear that have no address of IPv4.
    pub fn gateway(&self) -> IpAddr {
        self.builtin.addresses.gateway.into()
    }

    /// In whose name errors are told.
    pub fn reporter(&self, to: IpAddr) -> IpAddr {
        if to.is_ipv4() { self.gateway() } else { GATEWAY_V6.into() }
    }

    fn is_dns(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address == self.builtin.addresses.dns || address == DNS_V6
    }

    fn is_gateway(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_a_networks = || self.places().any(|place| place.gateway == address);
        address == self.builtin.addresses.gateway || address == GATEWAY_V6 || is_a_networks()
    }

    fn host(&self) -> Option<IpAddr> {
        if self.builtin.opens_loopback { Some(Ipv4Addr::LOCALHOST.into()) } else { names::own_address() }
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
    /// Asked instead of the host's.
    chosen: Vec<SocketAddr>,
}

impl Resolvers {
    /// These, or if there are none, the host's.
    fn asking(chosen: &[IpAddr]) -> Resolvers {
        let chosen = chosen.iter().map(|address| SocketAddr::new(*address, DNS_PORT)).collect();
        Resolvers { chosen, ..Resolvers::default() }
    }

    fn current(&mut self) -> SocketAddr {
        if !self.chosen.is_empty() {
            return self.chosen[self.preferred % self.chosen.len()];
        }
        let changed = Path::new(RESOLV_CONF).metadata().and_then(|metadata| metadata.modified()).ok();
        if self.servers.is_empty() || changed != self.read {
            let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
            (self.servers, self.read, self.preferred) = (servers(&text), changed, 0);
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
        Destinations::new(&Builtin::default())
    }

    fn find(target: &str) -> Result<SocketAddr, Errno> {
        world(&mut destinations(), target)
    }

    fn world(destinations: &mut Destinations, target: &str) -> Result<SocketAddr, Errno> {
        destinations.find(target.parse().unwrap()).map(|found| match found {
            Destination::World(address) => address,
            Destination::Peer { socket, .. } => panic!("{socket:?}"),
        })
    }

    fn member(internal: bool) -> Destinations {
        let membership = Membership { internal, ..members::for_test("10.89.0.3", "10.89.0.0/24", "10.89.0.1") };
        Destinations::new(&Builtin::of_member(vec![membership], Vec::new()))
    }

    #[test]
    fn members_are_reached_in_their_network_and_nobody_else_for_them() {
        let own: IpAddr = "10.89.0.3".parse().unwrap();
        let peer = |address: &str| Ok(Destination::Peer { socket: Path::new("/nowhere").join(address), own });
        let mut within = member(false);
        assert_eq!(within.find("10.89.0.2:80".parse().unwrap()), peer("10.89.0.2"));
        assert_eq!(within.find("[::ffff:10.89.0.2]:80".parse().unwrap()), peer("10.89.0.2"));
        assert_eq!(within.find("10.89.0.3:80".parse().unwrap()), Err(Errno::NETUNREACH));
        assert_eq!(world(&mut within, "10.89.1.2:80"), Ok("10.89.1.2:80".parse().unwrap()));
        assert_eq!(world(&mut within, "10.89.0.1:53").unwrap().port(), 53);
        let pretender = "10.89.0.7:5000".parse().unwrap();
        assert_eq!(within.visible(pretender), "10.89.0.1:5000".parse().unwrap());
    }

    #[test]
    fn an_address_is_the_same_in_both_versions() {
        let within = member(false);
        let own = within.builtin.addresses.dns;
        for resolver in [SocketAddr::from((own, 53)), SocketAddr::from((own.to_ipv6_mapped(), 53))] {
            assert!(within.is_resolver(resolver), "{resolver}");
        }
        assert!(within.is_virtual("::ffff:10.89.0.1".parse().unwrap()));
    }

    #[test]
    fn an_internal_network_has_members_and_no_way_out() {
        let mut within = member(true);
        assert!(matches!(within.find("10.89.0.2:80".parse().unwrap()), Ok(Destination::Peer { .. })));
        for target in ["192.0.2.1:80", "10.89.0.1:53", "10.89.0.1:80", "[2001:db8::1]:443", "[fd62:6f78::3]:53"] {
            assert_eq!(within.find(target.parse().unwrap()), Err(Errno::NETUNREACH), "{target}");
        }
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
        let mut opened = Destinations::new(&Builtin { opens_loopback: true, ..Builtin::default() });
        assert_eq!(world(&mut opened, "10.0.2.2:99"), Ok("127.0.0.1:99".parse().unwrap()));
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
