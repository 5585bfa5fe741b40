//! Packets as bytes: what the rules hand to us is read, and answers are written. Their sender is hostile.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::io::Errno;

const HEADER_V4: usize = 20;
const HEADER_V6: usize = 40;
const HEADER_TCP: usize = 20;
const HEADER_UDP: usize = 8;
const HEADER_ICMP: usize = 8;
const HOPS: u8 = 64;
/// What an error of ICMP quotes of the packet that it is about.
const QUOTED_BYTES: usize = 512;

/// What is held until we decide.
#[derive(Debug, PartialEq, Eq)]
pub enum Held<'p> {
    /// The first packet of a connection.
    Syn { client: SocketAddr, target: SocketAddr },
    /// A request for an echo.
    Echo(Echo<'p>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'p> {
    pub client: IpAddr,
    pub target: IpAddr,
    pub id: u16,
    pub sequence: u16,
    pub data: &'p [u8],
}

/// Why a packet gets nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    Network,
    Host,
    Port,
    Forbidden,
}

impl Unreachable {
    /// `None`: silence is what the sender would meet.
    pub fn of(errno: Errno) -> Option<Unreachable> {
        match errno {
            Errno::TIMEDOUT | Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM => None,
            Errno::NETUNREACH | Errno::AFNOSUPPORT => Some(Unreachable::Network),
            Errno::ACCESS | Errno::PERM => Some(Unreachable::Forbidden),
            Errno::CONNREFUSED => Some(Unreachable::Port),
            _ => Some(Unreachable::Host),
        }
    }

    /// Type and code (RFC 792, RFC 4443).
    fn code(self, is_v4: bool) -> [u8; 2] {
        match (self, is_v4) {
            (Unreachable::Network, true) => [3, 0],
            (Unreachable::Host, true) => [3, 1],
            (Unreachable::Port, true) => [3, 3],
            (Unreachable::Forbidden, true) => [3, 13],
            (Unreachable::Network, false) => [1, 0],
            (Unreachable::Host, false) => [1, 3],
            (Unreachable::Port, false) => [1, 4],
            (Unreachable::Forbidden, false) => [1, 1],
        }
    }
}

pub fn parse(packet: &[u8]) -> Option<Held<'_>> {
    let network = Network::parse(packet)?;
    let body = packet.get(network.header_bytes..)?;
    match (i32::from(network.protocol), network.is_v4()) {
        (libc::IPPROTO_TCP, _) if body.len() >= HEADER_TCP => {
            let client = SocketAddr::new(network.source, u16_at(body, 0));
            Some(Held::Syn { client, target: SocketAddr::new(network.destination, u16_at(body, 2)) })
        }
        (libc::IPPROTO_ICMP, true) | (libc::IPPROTO_ICMPV6, false) if body.len() >= HEADER_ICMP => {
            Some(Held::Echo(Echo {
                client: network.source,
                target: network.destination,
                id: u16_at(body, 4),
                sequence: u16_at(body, 6),
                data: &body[HEADER_ICMP..],
            }))
        }
        _ => None,
    }
}

/// What the header of IP says.
struct Network {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    header_bytes: usize,
}

impl Network {
    /// `None` for a fragment as well: what is made on this machine arrives whole.
    fn parse(packet: &[u8]) -> Option<Network> {
        const FRAGMENT: u16 = 0x3fff;
        match packet.first()? >> 4 {
            4 => {
                let header: &[u8; HEADER_V4] = packet.first_chunk()?;
                let at = |offset: usize| Ipv4Addr::from(u32_at(header, offset)).into();
                let header_bytes = usize::from(header[0] & 15) * 4;
                let is_whole = u16_at(header, 6) & FRAGMENT == 0 && header_bytes >= HEADER_V4;
                is_whole.then(|| Network { source: at(12), destination: at(16), protocol: header[9], header_bytes })
            }
            6 => {
                let header: &[u8; HEADER_V6] = packet.first_chunk()?;
                let at = |offset: usize| {
                    Ipv6Addr::from(<[u8; 16]>::try_from(&header[offset..offset + 16]).expect("16 bytes")).into()
                };
                Some(Network { source: at(8), destination: at(24), protocol: header[6], header_bytes: HEADER_V6 })
            }
            _ => None,
        }
    }

    fn is_v4(&self) -> bool {
        self.source.is_ipv4()
    }
}

/// The packet with the checksum of TCP, which on the way through `lo` nobody has put in.
pub fn with_checksum(packet: &[u8]) -> Option<Vec<u8>> {
    let network = Network::parse(packet)?;
    let mut packet = packet.to_vec();
    let segment = packet.get_mut(network.header_bytes..).filter(|segment| segment.len() >= HEADER_TCP)?;
    seal(segment, 16, network.source, network.destination, network.protocol);
    Some(packet)
}

/// The answer to the first packet of a connection that nobody wants.
pub fn refusal(syn: &[u8]) -> Option<Vec<u8>> {
    const RESET_AND_ACK: u8 = 0x14;
    let network = Network::parse(syn)?;
    let asked = syn.get(network.header_bytes..).filter(|segment| segment.len() >= HEADER_TCP)?;
    let mut segment = [0; HEADER_TCP];
    segment[0..2].copy_from_slice(&asked[2..4]);
    segment[2..4].copy_from_slice(&asked[0..2]);
    segment[8..12].copy_from_slice(&u32_at(asked, 4).wrapping_add(1).to_be_bytes());
    segment[12] = ((HEADER_TCP / 4) << 4) as u8;
    segment[13] = RESET_AND_ACK;
    seal(&mut segment, 16, network.destination, network.source, network.protocol);
    Some(wrap(network.destination, network.source, network.protocol, &segment))
}

/// Tells the sender of `packet`, in the name of `reporter`, that it got nowhere.
pub fn unreachable(packet: &[u8], why: Unreachable, reporter: IpAddr) -> Option<Vec<u8>> {
    let network = Network::parse(packet)?;
    let mut body = vec![0; HEADER_ICMP];
    body[..2].copy_from_slice(&why.code(network.is_v4()));
    body.extend_from_slice(&packet[..packet.len().min(QUOTED_BYTES)]);
    Some(icmp(reporter, network.source, body))
}

/// The answer to an echo request.
pub fn echo_reply(echo: &Echo) -> Vec<u8> {
    let kind = if echo.client.is_ipv4() { 0 } else { 129 };
    icmp(echo.target, echo.client, echo_body(kind, echo))
}

/// An echo request, without a header of IP and without a checksum: what a ping socket (icmp(7)) sends.
pub fn echo_request(echo: &Echo) -> Vec<u8> {
    let kind = if echo.client.is_ipv4() { 8 } else { 128 };
    echo_body(kind, echo)
}

fn echo_body(kind: u8, echo: &Echo) -> Vec<u8> {
    let [[id_high, id_low], [high, low]] = [echo.id, echo.sequence].map(u16::to_be_bytes);
    [&[kind, 0, 0, 0, id_high, id_low, high, low], echo.data].concat()
}

/// What a ping socket has received: sequence number and data.
pub fn parse_reply(body: &[u8]) -> Option<(u16, &[u8])> {
    (body.len() >= HEADER_ICMP).then(|| (u16_at(body, 6), &body[HEADER_ICMP..]))
}

/// A datagram; its data is at most what fits.
pub fn datagram(source: SocketAddr, destination: SocketAddr, data: &[u8]) -> Vec<u8> {
    let protocol = libc::IPPROTO_UDP as u8;
    let length = (HEADER_UDP + data.len()) as u16;
    let [source_port, destination_port, length] = [source.port(), destination.port(), length].map(u16::to_be_bytes);
    let mut body = [&source_port[..], &destination_port, &length, &[0, 0], data].concat();
    // With IPv4 it may be left out, and nothing is lost on the way through `lo`.
    if source.is_ipv6() {
        seal(&mut body, 6, source.ip(), destination.ip(), protocol);
        if body[6..8] == [0, 0] {
            body[6..8].fill(0xff); // Zero would say that there is none (RFC 8200).
        }
    }
    wrap(source.ip(), destination.ip(), protocol, &body)
}

fn icmp(source: IpAddr, destination: IpAddr, mut body: Vec<u8>) -> Vec<u8> {
    let protocol = if source.is_ipv4() { libc::IPPROTO_ICMP } else { libc::IPPROTO_ICMPV6 } as u8;
    match source {
        // That of ICMP covers no addresses.
        IpAddr::V4(_) => {
            let sum = checksum(&[&body]);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        IpAddr::V6(_) => seal(&mut body, 2, source, destination, protocol),
    }
    wrap(source, destination, protocol, &body)
}

/// Puts the checksum over `body` and the addresses at `offset`.
fn seal(body: &mut [u8], offset: usize, source: IpAddr, destination: IpAddr, protocol: u8) {
    body[offset..offset + 2].fill(0);
    let length = (body.len() as u32).to_be_bytes();
    let sum = checksum(&[&octets(source), &octets(destination), &length, &[0, 0, 0, protocol], body]);
    body[offset..offset + 2].copy_from_slice(&sum.to_be_bytes());
}

fn wrap(source: IpAddr, destination: IpAddr, protocol: u8, body: &[u8]) -> Vec<u8> {
    let mut packet;
    match source {
        IpAddr::V4(_) => {
            packet = vec![0; HEADER_V4];
            packet[0] = 0x45;
            packet[2..4].copy_from_slice(&((HEADER_V4 + body.len()) as u16).to_be_bytes());
            packet[8] = HOPS;
            packet[9] = protocol;
            packet[12..16].copy_from_slice(&octets(source));
            packet[16..20].copy_from_slice(&octets(destination));
            let sum = checksum(&[&packet]);
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        IpAddr::V6(_) => {
            packet = vec![0; HEADER_V6];
            packet[0] = 0x60;
            packet[4..6].copy_from_slice(&(body.len() as u16).to_be_bytes());
            packet[6] = protocol;
            packet[7] = HOPS;
            packet[8..24].copy_from_slice(&octets(source));
            packet[24..40].copy_from_slice(&octets(destination));
        }
    }
    packet.extend_from_slice(body);
    packet
}

/// Of the internet protocols (RFC 1071). Only the last part may have an odd length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let mut sum: u32 = words.map(|word| u32::from(word[0]) << 8 | word.get(1).map_or(0, |low| u32::from(*low))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

pub fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn u16_at(bytes: &[u8], offset: usize) -> u16 {
    u16::from_be_bytes([bytes[offset], bytes[offset + 1]])
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from(u16_at(bytes, offset)) << 16 | u32::from(u16_at(bytes, offset + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_packet_breaks_what_reads_it() {
        let [v4, v6]: [[SocketAddr; 2]; 2] =
            [["10.0.2.100:4000", "192.0.2.1:80"], ["[fd00::2]:4000", "[2001:db8::1]:80"]]
                .map(|pair| pair.map(|address| address.parse().unwrap()));
        let segment = [&[0x0f, 0xa0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0][..]].concat();
        let seeds: Vec<Vec<u8>> = [v4, v6]
            .into_iter()
            .flat_map(|[client, target]| {
                let echo = Echo { client: client.ip(), target: target.ip(), id: 1, sequence: 2, data: b"data" };
                let syn = wrap(client.ip(), target.ip(), libc::IPPROTO_TCP as u8, &segment);
                [syn, icmp(client.ip(), target.ip(), echo_request(&echo)), datagram(client, target, b"data")]
            })
            .collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        let reporters: [IpAddr; 2] = ["10.0.2.2".parse().unwrap(), "fd00::1".parse().unwrap()];
        crate::fuzz::mutations("packet", &seeds, &["E\0", "\u{6}"], 20_000, |input| {
            let held = parse(input);
            if let Some(Held::Echo(echo)) = &held {
                assert!(!echo_reply(echo).is_empty());
            }
            let answers = (with_checksum(input).map(|packet| packet.len()), refusal(input).map(|packet| packet.len()));
            let told = Network::parse(input).and_then(|network| {
                let reporter = reporters.iter().find(|one| one.is_ipv4() == network.is_v4())?;
                unreachable(input, Unreachable::Host, *reporter)
            });
            let logged = super::super::rules::logged_packet(input).map(<[u8]>::len);
            let messages = super::super::netlink::messages(input).count();
            let kind = held.map(|held| matches!(held, Held::Syn { .. }));
            format!("{kind:?} {answers:?} {} {} {}", told.is_some(), logged.is_some(), messages.min(2))
        });
    }

    fn syn(client: &str, target: &str) -> Vec<u8> {
        let (client, target): (SocketAddr, SocketAddr) = (client.parse().unwrap(), target.parse().unwrap());
        let mut segment = vec![0; HEADER_TCP];
        segment[0..2].copy_from_slice(&client.port().to_be_bytes());
        segment[2..4].copy_from_slice(&target.port().to_be_bytes());
        segment[4..8].copy_from_slice(&41_u32.to_be_bytes());
        segment[12..14].copy_from_slice(&[0x50, 2]);
        wrap(client.ip(), target.ip(), libc::IPPROTO_TCP as u8, &segment)
    }

    const PAIRS: [(&str, &str); 2] =
        [("10.0.2.100:4000", "192.0.2.1:80"), ("[fd62:6f78::100]:4000", "[2001:db8::1]:80")];

    /// As a receiver checks it: over everything, checksum included, it is zero.
    fn is_sealed(packet: &[u8]) -> bool {
        let network = Network::parse(packet).unwrap();
        let body = &packet[network.header_bytes..];
        let (source, destination) = (octets(network.source), octets(network.destination));
        let pseudo = [&(body.len() as u32).to_be_bytes()[..], &[0, 0, 0, network.protocol]].concat();
        match i32::from(network.protocol) {
            libc::IPPROTO_ICMP => checksum(&[body]) == 0,
            _ => checksum(&[&source, &destination, &pseudo, body]) == 0,
        }
    }

    #[test]
    fn the_first_packet_of_a_connection_is_read_sealed_and_refused() {
        for (client, target) in PAIRS {
            let packet = syn(client, target);
            let (client, target) = (client.parse().unwrap(), target.parse().unwrap());
            assert_eq!(parse(&packet), Some(Held::Syn { client, target }));
            assert!(is_sealed(&with_checksum(&packet).unwrap()));
            let refusal = refusal(&packet).unwrap();
            assert!(is_sealed(&refusal));
            assert_eq!(parse(&refusal), Some(Held::Syn { client: target, target: client }));
        }
    }

    #[test]
    fn errors_quote_the_packet_and_go_back_to_its_sender() {
        for (client, target) in PAIRS {
            let (client, target): (SocketAddr, SocketAddr) = (client.parse().unwrap(), target.parse().unwrap());
            let lost = datagram(client, target, b"");
            let told = unreachable(&lost, Unreachable::Port, target.ip()).unwrap();
            let network = Network::parse(&told).unwrap();
            assert!(is_sealed(&told) && told.ends_with(&lost));
            assert_eq!((network.source, network.destination), (target.ip(), client.ip()));
        }
    }

    #[test]
    fn an_echo_is_answered_with_what_it_said() {
        for (client, target) in PAIRS {
            let (client, target): (SocketAddr, SocketAddr) = (client.parse().unwrap(), target.parse().unwrap());
            let echo = Echo { client: client.ip(), target: target.ip(), id: 7, sequence: 9, data: b"odd" };
            let reply = echo_reply(&echo);
            assert!(is_sealed(&reply));
            let Some(Held::Echo(read)) = parse(&reply) else { panic!("no echo") };
            assert_eq!((read.client, read.target, read.data), (echo.target, echo.client, echo.data));
            assert_eq!(parse_reply(&echo_request(&echo)), Some((9, &b"odd"[..])));
        }
    }

    #[test]
    fn what_is_cut_short_or_makes_no_sense_is_nothing() {
        for (client, target) in PAIRS {
            let packet = syn(client, target);
            for length in 0..packet.len() {
                assert_eq!(parse(&packet[..length]), None);
                assert!(refusal(&packet[..length]).is_none() && with_checksum(&packet[..length]).is_none());
            }
        }
        let mut fragment = syn(PAIRS[0].0, PAIRS[0].1);
        fragment[6] = 0x20;
        assert_eq!(parse(&fragment), None);
    }
}
