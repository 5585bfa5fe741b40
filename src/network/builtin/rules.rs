//! What the container's network namespace is given: an interface, addresses, routes, and rules that hand packets to us.
//!
//! Every address that is not the container's own is reached through `lo` (one more routing table, asked before the main
//! one), so that its packets come back in and meet the rules, which are those of this file in nft(8)'s words:
//!
//! ```text
//!  table ip box {                                             # and `ip6 box`, with the addresses of that family
//!    chain held { type filter hook prerouting priority -150;
//!      ip daddr { 127.0.0.0/8, 224.0.0.0/3, OWN } accept      # within the container
//!      tcp flags & (fin|syn|rst|ack) == syn mark != 1 log group 1 drop     # we decide, and send it once more
//!      meta l4proto { tcp, udp } tproxy to GATEWAY:1 accept   # to a connection of ours, else to where we listen
//!      icmp type echo-request log group 1 drop                # else the kernel would answer for everybody
//!    } }
//! ```
//!
//! Interface and main table are for those who look at them: there an ordinary `eth0` has an ordinary default route. A
//! container in several named networks has an interface for each, and in our table a route for each, which says from
//! which of its addresses it speaks there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::io::Errno;

use super::Builtin;
use super::netlink::{
    Attributes, Message, NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, Part, Socket, find, is_absent, text,
};
use super::packet::octets;
use crate::error::{During, Result};
use crate::network::Addresses;
use crate::network::members::{Membership, Place};
use crate::settings::MacAddress;
use crate::sys::interface;

/// Where we listen, at the gateway's address. Nobody else in the namespace can take a port that is taken already.
pub const LISTENING_PORT: u16 = 1;
/// On packets that we send once more.
pub const MARK: u32 = 1;
/// Under which packets are handed to us.
pub const LOG_GROUP: u16 = 1;

/// The fixed IPv6 addresses: of a range for private use (RFC 4193), so that programs prefer IPv4 where both are to be
/// had (RFC 6724).
pub const OWN_V6: Ipv6Addr = Ipv6Addr::new(0xfd62, 0x6f78, 0, 0, 0, 0, 0, 0x100);
pub const GATEWAY_V6: Ipv6Addr = Ipv6Addr::new(0xfd62, 0x6f78, 0, 0, 0, 0, 0, 2);
pub const DNS_V6: Ipv6Addr = Ipv6Addr::new(0xfd62, 0x6f78, 0, 0, 0, 0, 0, 3);

const TABLE: u8 = 100;
/// Of a message that makes something which must not be there yet.
const NEW: i32 = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
/// Interfaces may be made under a number that is free; low ones are taken by those of some kernels.
const INTERFACE_INDEX: u32 = 64;
const LOOPBACK_INDEX: u32 = 1;
/// As large as packets on the way to us may be.
const MTU: u32 = 65520;

/// One family's side.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub own: IpAddr,
    pub gateway: IpAddr,
    prefix_length: u8,
}

impl Side {
    pub fn v4(addresses: Addresses) -> Side {
        Side { own: addresses.own.into(), gateway: addresses.gateway.into(), prefix_length: addresses.prefix_length }
    }

    pub fn v6() -> Side {
        Side { own: OWN_V6.into(), gateway: GATEWAY_V6.into(), prefix_length: 64 }
    }

    fn family(&self) -> u8 {
        Side::family_of(self.own)
    }

    fn family_of(address: IpAddr) -> u8 {
        match address {
            IpAddr::V4(_) => libc::AF_INET as u8,
            IpAddr::V6(_) => libc::AF_INET6 as u8,
        }
    }
}

/// Prepares the namespace that this process is in. `false`: without IPv6, which this kernel or its owner does not have.
pub fn prepare(builtin: &Builtin) -> Result<bool> {
    interface::bring_up("lo").during(|| "bring up the loopback interface")?;
    let mut routing = Socket::open(Part::Routing)?;
    let mut filter = Socket::open(Part::Filter).during(|| "reach nf_tables")?;
    for link in links(builtin) {
        make_interface(&mut routing, &link).during(|| "make a network interface")?;
    }
    let v4 = Side::v4(builtin.addresses);
    let seats = seats(&builtin.memberships, v4);
    routing
        .request(routes(v4).into_iter().chain(seats.iter().flat_map(seat_routes)).collect())
        .during(|| "set up routes")?;
    filter.request(ruleset(v4, &seats, false)).during(|| "set up nf_tables rules")?;
    let v6 = Side::v6();
    let seats = self::seats(&builtin.memberships, v6);
    let routes = routes(v6).into_iter().chain(seats.iter().flat_map(seat_routes)).collect();
    match routing.request(routes).and_then(|()| filter.request(ruleset(v6, &seats, false))) {
        Ok(()) => Ok(true),
        Err(errno) if is_absent(errno) => Ok(false),
        Err(errno) => Err(errno).during(|| "set up IPv6"),
    }
}

/// An interface that is to be made.
struct Link {
    name: String,
    index: u32,
    mtu: u32,
    /// `None`: any.
    mac: Option<MacAddress>,
}

impl Link {
    fn of(membership: &Membership) -> Link {
        Link::new(membership.interface, membership.mtu, membership.mac)
    }

    fn new(place: usize, mtu: Option<u32>, mac: Option<MacAddress>) -> Link {
        Link { name: interface_name(place), index: interface_index(place), mtu: mtu.unwrap_or(MTU), mac }
    }
}

/// One for each network, at least one.
fn links(builtin: &Builtin) -> Vec<Link> {
    let own = builtin.memberships.is_empty().then(|| Link::new(0, None, builtin.mac));
    builtin.memberships.iter().map(Link::of).chain(own).collect()
}

/// The interface of a container's network, by its place among them.
pub fn interface_name(place: usize) -> String {
    format!("eth{place}")
}

/// Leaves one free for the other end of a pair.
fn interface_index(place: usize) -> u32 {
    INTERFACE_INDEX + 2 * place as u32
}

/// A dummy interface, or where the kernel has none, a pair of which nobody uses the other end.
fn make_interface(routing: &mut Socket, link: &Link) -> Result<(), Errno> {
    const VETH_INFO_PEER: u16 = 1;
    let peer = Link { name: format!("{}-peer", link.name), index: link.index + 1, mtu: link.mtu, mac: None };
    let up = |link: &Link| Message::new(libc::RTM_NEWLINK, NLM_F_ACK, &interface_header(link.index, libc::IFF_UP));
    match routing.request(vec![interface(link, "dummy", &Attributes::default()), up(link)]) {
        Err(errno) if is_absent(errno) => {
            let data = Attributes::default().with(VETH_INFO_PEER, described(&peer).bytes());
            routing.request(vec![interface(link, "veth", &data), up(link), up(&peer)])
        }
        made => made,
    }
}

fn interface(link: &Link, kind: &str, data: &Attributes) -> Message {
    let info = Attributes::default().with(libc::IFLA_INFO_KIND, kind.as_bytes());
    let info = info.with_nested(libc::IFLA_INFO_DATA, data);
    let body = described(link).with_nested(libc::IFLA_LINKINFO, &info);
    Message::new(libc::RTM_NEWLINK, NEW, body.bytes())
}

fn described(link: &Link) -> Attributes {
    let named = Attributes::after(&interface_header(link.index, 0))
        .with(libc::IFLA_IFNAME, &text(&link.name))
        .with(libc::IFLA_MTU, &link.mtu.to_ne_bytes());
    link.mac.iter().fold(named, |described, mac| described.with(libc::IFLA_ADDRESS, &mac.0))
}

/// `struct ifinfomsg`; `flags` are set.
fn interface_header(index: u32, flags: i32) -> [u8; 16] {
    let mut header = [0; 16];
    header[4..8].copy_from_slice(&index.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    header[12..16].copy_from_slice(&flags.to_ne_bytes());
    header
}

fn routes(side: Side) -> Vec<Message> {
    const PRIORITY: u16 = 6; // FRA_PRIORITY of linux/fib_rules.h
    const TO_TABLE: u8 = 1; // FR_ACT_TO_TBL
    let rule = Message::new(libc::RTM_NEWRULE, NEW, &[side.family(), 0, 0, 0, TABLE, 0, 0, TO_TABLE, 0, 0, 0, 0])
        .with(PRIORITY, &u32::from(TABLE).to_ne_bytes());
    let address = address(side.own, side.prefix_length, INTERFACE_INDEX);
    [vec![address], default_routes(side), vec![rule]].concat()
}

/// The one that is shown, and the one that is used.
fn default_routes(side: Side) -> Vec<Message> {
    let route = |table, scope, kind, interface: u32, flags: u32| {
        let mut body = vec![side.family(), 0, 0, 0, table, libc::RTPROT_BOOT, scope, kind];
        body.extend(flags.to_ne_bytes());
        Message::new(libc::RTM_NEWROUTE, NEW, &body).with(libc::RTA_OIF, &interface.to_ne_bytes())
    };
    // Whatever addresses the interface has at the moment.
    const ON_LINK: u32 = 4; // RTNH_F_ONLINK
    let shown = route(libc::RT_TABLE_MAIN, libc::RT_SCOPE_UNIVERSE, libc::RTN_UNICAST, INTERFACE_INDEX, ON_LINK)
        .with(libc::RTA_GATEWAY, &octets(side.gateway));
    let used = route(TABLE, libc::RT_SCOPE_HOST, libc::RTN_LOCAL, LOOPBACK_INDEX, 0)
        .with(libc::RTA_PREFSRC, &octets(side.own));
    vec![shown, used]
}

/// Has a namespace that was prepared follow a change of the networks that the container is in.
pub fn change(before: &Builtin, after: &Builtin) -> Result<()> {
    let mut routing = Socket::open(Part::Routing)?;
    let mut filter = Socket::open(Part::Filter)?;
    let only_in = |one: &Builtin, other: &Builtin| -> Vec<Membership> {
        let is_in = |membership: &&Membership| !other.memberships.contains(membership);
        one.memberships.iter().filter(is_in).cloned().collect()
    };
    let (left, joined) = (only_in(before, after), only_in(after, before));
    let has_main_changed = before.addresses != after.addresses || after.memberships.is_empty();
    // Each alone: what is not there, or has gone with something else, need not be taken away.
    let mut take_away = |messages: Vec<Message>| {
        for message in messages {
            let _ = routing.request(vec![message.undone()]);
        }
    };
    take_away(every_seat(&left).iter().flat_map(seat_routes).collect());
    let old_main = Side::v4(before.addresses);
    if has_main_changed {
        take_away(default_routes(old_main));
    }
    take_away(
        left.iter()
            .filter(|one| one.interface > 0)
            .map(|one| interface(&Link::of(one), "", &Attributes::default()))
            .collect(),
    );

    for membership in joined.iter().filter(|membership| membership.interface > 0) {
        make_interface(&mut routing, &Link::of(membership)).during(|| "make a network interface")?;
    }
    let main = Side::v4(after.addresses);
    let (v4, v6): (Vec<Seat>, Vec<Seat>) =
        every_seat(&joined).into_iter().partition(|seat| seat.place.address.is_ipv4());
    routing.request(v4.iter().flat_map(seat_routes).collect()).during(|| "set up routes")?;
    if has_main_changed && !after.memberships.is_empty() {
        routing.request(default_routes(main)).during(|| "set up routes")?;
    }
    filter.request(ruleset(main, &seats(&after.memberships, main), true)).during(|| "set up nf_tables rules")?;
    let main = Side::v6();
    let v6_is_absent = |done: Result<(), Errno>| match done {
        Err(errno) if is_absent(errno) => Ok(()),
        done => done.during(|| "set up IPv6"),
    };
    v6_is_absent(routing.request(v6.iter().flat_map(seat_routes).collect()))?;
    v6_is_absent(filter.request(ruleset(main, &seats(&after.memberships, main), true)))
}

/// An address in a named network besides that of the side.
struct Seat {
    place: Place,
    interface: u32,
}

fn seats(memberships: &[Membership], side: Side) -> Vec<Seat> {
    let is_further =
        |seat: &Seat| Side::family_of(seat.place.address) == side.family() && seat.place.address != side.own;
    every_seat(memberships).into_iter().filter(is_further).collect()
}

fn every_seat(memberships: &[Membership]) -> Vec<Seat> {
    let seats = memberships.iter().flat_map(|membership| {
        let interface = interface_index(membership.interface);
        membership.places.iter().map(move |place| Seat { place: *place, interface })
    });
    seats.collect()
}

/// The address, and that who speaks to its network does so from it.
fn seat_routes(seat: &Seat) -> Vec<Message> {
    let route = |Place { address, subnet, .. }: Place| {
        let family = Side::family_of(address);
        let (table, length) = (TABLE, subnet.prefix_length());
        let body = [family, length, 0, 0, table, libc::RTPROT_BOOT, libc::RT_SCOPE_HOST, libc::RTN_LOCAL, 0, 0, 0, 0];
        Message::new(libc::RTM_NEWROUTE, NEW, &body)
            .with(libc::RTA_DST, &octets(subnet.first()))
            .with(libc::RTA_OIF, &LOOPBACK_INDEX.to_ne_bytes())
            .with(libc::RTA_PREFSRC, &octets(address))
    };
    let Seat { place, interface } = *seat;
    vec![address(place.address, place.subnet.prefix_length(), interface), route(place)]
}

fn address(own: IpAddr, prefix_length: u8, interface: u32) -> Message {
    let mut header = vec![Side::family_of(own), prefix_length, libc::IFA_F_NODAD as u8, libc::RT_SCOPE_UNIVERSE];
    header.extend(interface.to_ne_bytes());
    let own = octets(own);
    Message::new(libc::RTM_NEWADDR, NEW, &header).with(libc::IFA_LOCAL, &own).with(libc::IFA_ADDRESS, &own)
}

/// The rules of one family (linux/netfilter/nf_tables.h), as one transaction; instead of those that are there, if so.
fn ruleset(side: Side, seats: &[Seat], replaces: bool) -> Vec<Message> {
    const NAME: &str = "box";
    const CHAIN: &str = "held";
    const PRIORITY: i32 = -150;
    let body = [side.family(), 0, 0, 0];
    let message =
        |kind: i32, flags| Message::new(((libc::NFNL_SUBSYS_NFTABLES << 8) | kind) as u16, flags | NLM_F_ACK, &body);
    let edge = |kind: i32| Message::new(kind as u16, 0, &[0, 0, 0, libc::NFNL_SUBSYS_NFTABLES as u8]);
    let table = message(libc::NFT_MSG_NEWTABLE, NLM_F_CREATE).with(1, &text(NAME));
    let hook =
        Attributes::default().with(1, &number(libc::NF_INET_PRE_ROUTING as u32)).with(2, &PRIORITY.to_be_bytes());
    let chain = message(libc::NFT_MSG_NEWCHAIN, NLM_F_CREATE)
        .with(1, &text(NAME))
        .with(3, &text(CHAIN))
        .with(4 | libc::NLA_F_NESTED as u16, hook.bytes())
        .with(7, &text("filter"));
    let rules = rules(side, seats).into_iter().map(|expressions| {
        let list = expressions.iter().fold(Attributes::default(), |list, one| list.with_nested(1, one));
        message(libc::NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)
            .with(1, &text(NAME))
            .with(2, &text(CHAIN))
            .with(4 | libc::NLA_F_NESTED as u16, list.bytes())
    });
    let old_rules = message(libc::NFT_MSG_DELRULE, 0).with(1, &text(NAME)).with(2, &text(CHAIN));
    let begin = [edge(libc::NFNL_MSG_BATCH_BEGIN), table, chain].into_iter().chain(replaces.then_some(old_rules));
    begin.chain(rules).chain([edge(libc::NFNL_MSG_BATCH_END)]).collect()
}

type Expression = Attributes;

fn rules(side: Side, seats: &[Seat]) -> Vec<Vec<Expression>> {
    const SYN_OF_FLAGS: (u8, u8) = (0x17, 0x02); // fin|syn|rst|ack, syn (RFC 9293)
    let destination = |length| match side.own {
        IpAddr::V4(_) => payload(Base::Network, 16, length),
        IpAddr::V6(_) => payload(Base::Network, 24, length),
    };
    let protocol = |protocol: i32| [meta(Meta::Protocol), compare(Is::Equal, &[protocol as u8])];
    let to_us = || [immediate(REGISTER_ADDRESS, 1, &octets(side.gateway)), port(), transparent_proxy(side.family())];
    // Loopback and multicast, or what is neither unicast nor of a private network: link-local and multicast.
    let (nearby, first_beyond, icmp, request) = match side.own {
        IpAddr::V4(_) => (vec![Ipv4Addr::LOCALHOST.octets()[0]], 224, libc::IPPROTO_ICMP, 8),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST.octets().to_vec(), 0xfe, libc::IPPROTO_ICMPV6, 128),
    };
    let own = std::iter::once(side.own).chain(seats.iter().map(|seat| seat.place.address)).map(|own| {
        let own = octets(own);
        vec![destination(own.len() as u32), compare(Is::Equal, &own), verdict(libc::NF_ACCEPT)]
    });
    let within = [
        vec![destination(nearby.len() as u32), compare(Is::Equal, &nearby), verdict(libc::NF_ACCEPT)],
        vec![destination(1), compare(Is::GreaterOrEqual, &[first_beyond]), verdict(libc::NF_ACCEPT)],
    ];
    let handed_over = [
        Vec::from(protocol(libc::IPPROTO_TCP))
            .into_iter()
            .chain([meta(Meta::Mark), compare(Is::Different, &MARK.to_ne_bytes())])
            .chain([payload(Base::Transport, 13, 1), mask(SYN_OF_FLAGS.0), compare(Is::Equal, &[SYN_OF_FLAGS.1])])
            .chain([log(), verdict(libc::NF_DROP)])
            .collect(),
        protocol(libc::IPPROTO_TCP).into_iter().chain(to_us()).chain([verdict(libc::NF_ACCEPT)]).collect(),
        protocol(libc::IPPROTO_UDP).into_iter().chain(to_us()).chain([verdict(libc::NF_ACCEPT)]).collect(),
        protocol(icmp)
            .into_iter()
            .chain([payload(Base::Transport, 0, 1), compare(Is::Equal, &[request]), log(), verdict(libc::NF_DROP)])
            .collect(),
    ];
    within.into_iter().chain(own).chain(handed_over).collect()
}

const REGISTER: u32 = 1;
const REGISTER_ADDRESS: u32 = 1;
const REGISTER_PORT: u32 = 2;

#[derive(Clone, Copy)]
enum Base {
    Network = 1,
    Transport = 2,
}

#[derive(Clone, Copy)]
enum Meta {
    Mark = 3,
    Protocol = 16,
}

#[derive(Clone, Copy)]
enum Is {
    Equal = 0,
    Different = 1,
    GreaterOrEqual = 5,
}

fn number(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// Attributes from the first kind on.
fn numbers(numbers: &[u32]) -> Attributes {
    let numbered = (1..).zip(numbers);
    numbered.fold(Attributes::default(), |data, (kind, one)| data.with(kind, &number(*one)))
}

fn expression(name: &str, data: Attributes) -> Expression {
    Attributes::default().with(1, &text(name)).with_nested(2, &data)
}

fn value(bytes: &[u8]) -> Attributes {
    Attributes::default().with(1, bytes)
}

fn meta(key: Meta) -> Expression {
    expression("meta", numbers(&[REGISTER, key as u32]))
}

fn compare(operator: Is, bytes: &[u8]) -> Expression {
    expression("cmp", numbers(&[REGISTER, operator as u32]).with_nested(3, &value(bytes)))
}

fn payload(base: Base, offset: u32, length: u32) -> Expression {
    expression("payload", numbers(&[REGISTER, base as u32, offset, length]))
}

/// Leaves the bits of `mask` of one byte.
fn mask(mask: u8) -> Expression {
    let data = numbers(&[REGISTER, REGISTER, 1]);
    expression("bitwise", data.with_nested(4, &value(&[mask])).with_nested(5, &value(&[0])))
}

fn log() -> Expression {
    expression("log", Attributes::default().with(1, &LOG_GROUP.to_be_bytes()))
}

fn immediate(register: u32, kind: u16, bytes: &[u8]) -> Expression {
    let data = Attributes::default().with(1, &number(register));
    expression("immediate", data.with_nested(2, &Attributes::default().with(kind, bytes)))
}

fn verdict(code: i32) -> Expression {
    const REGISTER_VERDICT: u32 = 0;
    let code = Attributes::default().with(1, &number(code as u32));
    let data = Attributes::default().with(1, &number(REGISTER_VERDICT));
    expression("immediate", data.with_nested(2, &Attributes::default().with_nested(2, &code)))
}

fn port() -> Expression {
    immediate(REGISTER_PORT, 1, &LISTENING_PORT.to_be_bytes())
}

fn transparent_proxy(family: u8) -> Expression {
    expression("tproxy", numbers(&[u32::from(family), REGISTER_ADDRESS, REGISTER_PORT]))
}

/// Asks for the packets that the rules log, whole and at once.
pub fn receive_logged() -> Result<Socket> {
    const CONFIGURE: u16 = 1; // NFULNL_MSG_CONFIG of linux/netfilter/nfnetlink_log.h
    const BIND: u8 = 1;
    const COPY_PACKET: u8 = 2;
    let [high, low] = LOG_GROUP.to_be_bytes();
    let configure = |attribute: u16, value: &[u8]| {
        let kind = ((libc::NFNL_SUBSYS_ULOG as u16) << 8) | CONFIGURE;
        Message::new(kind, NLM_F_ACK, &[libc::AF_UNSPEC as u8, 0, high, low]).with(attribute, value)
    };
    let mode: Vec<u8> = [&number(0xffff)[..], &[COPY_PACKET, 0]].concat();
    let mut socket = Socket::open(Part::Filter)?;
    for (attribute, value) in [(1, &[BIND][..]), (2, &mode), (5, &number(1))] {
        socket.request(vec![configure(attribute, value)]).during(|| "watch packets")?;
    }
    Ok(socket)
}

/// The packet in a message of the log.
pub fn logged_packet(body: &[u8]) -> Option<&[u8]> {
    const PAYLOAD: u16 = 9; // NFULA_PAYLOAD
    find(body.get(4..)?, PAYLOAD)
}
