//! Questions to the resolver and their answers as bytes (RFC 1035): what is asked is read, what we know is answered,
//! and what others answer is read. Who asks is hostile, and so is who answers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// In which the members are also known, as with Podman: resolvers complete a name with it.
pub const DOMAIN: &str = "dns.podman";

const HEADER_BYTES: usize = 12;
const TYPE_A: u16 = 1;
const TYPE_PTR: u16 = 12;
const TYPE_AAAA: u16 = 28;
const TYPE_OPT: u16 = 41;
const TYPE_ANY: u16 = 255;
const CLASS_INTERNET: u16 = 1;
/// What everybody takes of a datagram, and what we send in one at most, to those who say that they take more (EDNS).
const LEAST_ROOM_BYTES: usize = 512;
const MOST_ROOM_BYTES: usize = 4096;
const RESPONSE: u8 = 0x80;
const TRUNCATED: u8 = 0x02;
const RECURSION_DESIRED: u8 = 0x01;
const RECURSION_AVAILABLE: u8 = 0x80;

/// What is asked for in one message.
#[derive(Debug, PartialEq, Eq)]
pub struct Question<'q> {
    packet: &'q [u8],
    /// Lower case, without a dot at the end.
    pub name: String,
    kind: u16,
    end: usize,
    /// How much its sender takes in a datagram, if it says so.
    room_bytes: Option<usize>,
}

/// What we know about a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of a name that is there: what is not of the kind that was asked for is left out, and none may be left.
    Addresses(Vec<IpAddr>),
    /// Those that an address has.
    Names(Vec<String>),
    /// Nobody has this name, and nobody else need be asked.
    NoSuchName,
    /// The name may not be asked for; who asks is told that nobody has it.
    Closed,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The resolver that was asked is out of reach, or has ended the connection.
    OfServer = 2,
    Refused = 5,
}

/// The answer to a question that may be of any kind; `None`: it is none.
pub fn fail(question: &[u8], failure: Failure) -> Option<Vec<u8>> {
    const OPCODE: u8 = 0x78;
    let [high, low, flags, ..] = *question.first_chunk::<HEADER_BYTES>()?;
    let flags = RESPONSE | flags & (OPCODE | RECURSION_DESIRED);
    Some([&[high, low, flags, RECURSION_AVAILABLE | failure as u8][..], &[0; 8]].concat())
}

/// What a resolver says about a name, which is in lower case: its addresses.
pub fn parse_response(packet: &[u8]) -> Option<(String, Vec<IpAddr>)> {
    let mut asked = packet.to_vec();
    let flags = asked.get_mut(2)?;
    if *flags & RESPONSE == 0 {
        return None;
    }
    *flags = 0; // From here on it looks like the question.
    let question = Question::parse(&asked)?;
    let mut at = question.end;
    let mut addresses = Vec::new();
    for _ in 0..word(packet, 6)? {
        at = after_name(packet, at)?;
        let (kind, length) = (word(packet, at)?, usize::from(word(packet, at + 8)?));
        let data = packet.get(at + 10..at + 10 + length)?;
        match kind {
            TYPE_A => addresses.push(<[u8; 4]>::try_from(data).ok()?.into()),
            TYPE_AAAA => addresses.push(<[u8; 16]>::try_from(data).ok()?.into()),
            _ => {} // Another name that it has, say.
        }
        at += 10 + length;
    }
    Some((question.name.clone(), addresses))
}

fn after_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*packet.get(at)?) {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + length,
            0xc0.. => return Some(at + 2), // The rest is elsewhere.
            _ => return None,
        }
    }
}

impl<'q> Question<'q> {
    /// `None` for what we have no answer to: anything but one question of class internet.
    pub fn parse(packet: &'q [u8]) -> Option<Question<'q>> {
        const RESPONSE_AND_OPCODE: u8 = 0xf8;
        if packet.get(2)? & RESPONSE_AND_OPCODE != 0 || word(packet, 4)? != 1 {
            return None;
        }
        let mut labels = Vec::new();
        let mut at = HEADER_BYTES;
        loop {
            let length = usize::from(*packet.get(at)?);
            at += 1;
            match length {
                0 => break,
                1..=63 => {
                    let label = std::str::from_utf8(packet.get(at..at + length)?).ok()?;
                    // With a dot in it, it would be taken for another name.
                    labels.push(Some(label.to_ascii_lowercase()).filter(|label| !label.contains('.'))?);
                }
                _ => return None, // A pointer, which no question needs.
            }
            at += length;
        }
        let (kind, class) = (word(packet, at)?, word(packet, at + 2)?);
        let end = at + 4;
        let room_bytes = room_bytes(packet, end);
        (class == CLASS_INTERNET).then(|| Question { packet, name: labels.join("."), kind, end, room_bytes })
    }

    /// The name without the domain that all members are in.
    pub fn member(&self) -> &str {
        self.name.strip_suffix(DOMAIN).and_then(|name| name.strip_suffix('.')).unwrap_or(&self.name)
    }

    /// Whether the name is in the members' domain, which nobody else knows.
    pub fn is_in_domain(&self) -> bool {
        self.name == DOMAIN || self.member() != self.name
    }

    /// The address whose name is asked for.
    pub fn reversed(&self) -> Option<IpAddr> {
        if !matches!(self.kind, TYPE_PTR | TYPE_ANY) {
            return None;
        }
        if let Some(digits) = self.name.strip_suffix(".ip6.arpa") {
            let digit = |label: &str| u8::from_str_radix(label, 16).ok().filter(|_| label.len() == 1);
            let digits: Vec<u8> = digits.split('.').rev().map(digit).collect::<Option<_>>()?;
            let digits = <[u8; 32]>::try_from(digits).ok()?;
            let number = digits.iter().fold(0, |number: u128, digit| number << 4 | u128::from(*digit));
            return Some(Ipv6Addr::from(number).into());
        }
        let octets = self.name.strip_suffix(".in-addr.arpa")?;
        let octets: Vec<u8> = octets.split('.').rev().map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
        Some(Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?).into())
    }

    /// The datagram that answers; where it has no room for everything it says so, and is asked for over TCP.
    pub fn answer(&self, answer: &Answer) -> Vec<u8> {
        self.compose(answer, self.room_bytes.unwrap_or(0).clamp(LEAST_ROOM_BYTES, MOST_ROOM_BYTES))
    }

    pub fn answer_over_tcp(&self, answer: &Answer) -> Vec<u8> {
        self.compose(answer, usize::from(u16::MAX))
    }

    fn compose(&self, answer: &Answer, room_bytes: usize) -> Vec<u8> {
        const AUTHORITY: u8 = 0x04;
        const NO_SUCH_NAME: u8 = 3;
        let records: Vec<Vec<u8>> = match answer {
            Answer::Addresses(addresses) => addresses.iter().filter_map(|address| self.address(*address)).collect(),
            Answer::Names(names) => names.iter().filter_map(|name| self.name_record(name)).collect(),
            Answer::NoSuchName | Answer::Closed => Vec::new(),
        };
        // Who speaks of EDNS is answered in kind (RFC 6891).
        let extension = self.room_bytes.map(|_| extension()).unwrap_or_default();
        let mut room = room_bytes.saturating_sub(self.end + extension.len());
        let fits = |record: &&Vec<u8>| {
            let is_fitting = record.len() <= room;
            room = room.saturating_sub(record.len());
            is_fitting
        };
        let fitting: Vec<Vec<u8>> = records.iter().take_while(fits).cloned().collect();
        let truncated = if fitting.len() < records.len() { TRUNCATED } else { 0 };
        let code = if matches!(answer, Answer::NoSuchName | Answer::Closed) { NO_SUCH_NAME } else { 0 };
        let mut packet = self.packet[..2].to_vec();
        packet.push(RESPONSE | AUTHORITY | truncated | self.packet[2] & RECURSION_DESIRED);
        packet.push(RECURSION_AVAILABLE | code);
        for count in [1, fitting.len() as u16, 0, u16::from(self.room_bytes.is_some())] {
            packet.extend(count.to_be_bytes());
        }
        packet.extend(&self.packet[HEADER_BYTES..self.end]);
        packet.extend(fitting.concat());
        packet.extend(extension);
        packet
    }

    /// The record of an address, if it is of the kind that was asked for.
    fn address(&self, address: IpAddr) -> Option<Vec<u8>> {
        let (kind, octets) = match address {
            IpAddr::V4(address) => (TYPE_A, address.octets().to_vec()),
            IpAddr::V6(address) => (TYPE_AAAA, address.octets().to_vec()),
        };
        (self.kind == kind || self.kind == TYPE_ANY).then(|| record(kind, &octets))
    }

    /// The record of a name that an address has; `None` for what is none in DNS.
    fn name_record(&self, name: &str) -> Option<Vec<u8>> {
        let mut data = Vec::new();
        for label in name.split('.') {
            data.push(u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?);
            data.extend(label.as_bytes());
        }
        data.push(0);
        Some(record(TYPE_PTR, &data))
    }
}

/// About the name of the question. Nobody keeps it: it may be wrong in a moment.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    const NAME_OF_QUESTION: u16 = 0xc000 | HEADER_BYTES as u16;
    let head = [NAME_OF_QUESTION, kind, CLASS_INTERNET, 0, 0, data.len() as u16];
    [&head.map(u16::to_be_bytes).concat(), data].concat()
}

/// What who asks takes of a datagram: EDNS, in a record behind the question (RFC 6891).
fn room_bytes(packet: &[u8], mut at: usize) -> Option<usize> {
    if (word(packet, 6)?, word(packet, 8)?) != (0, 0) {
        return None; // That is no question.
    }
    for _ in 0..word(packet, 10)? {
        at = after_name(packet, at)?;
        let (kind, class, length) = (word(packet, at)?, word(packet, at + 2)?, word(packet, at + 8)?);
        if kind == TYPE_OPT {
            return Some(usize::from(class));
        }
        at += 10 + usize::from(length);
    }
    None
}

/// What we take of a datagram, as a record without a name.
fn extension() -> Vec<u8> {
    let record = [TYPE_OPT, MOST_ROOM_BYTES as u16, 0, 0, 0];
    [&[0][..], &record.map(u16::to_be_bytes).concat()].concat()
}

fn word(packet: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(name: &str, kind: u16) -> Vec<u8> {
        let mut packet = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            packet.push(label.len() as u8);
            packet.extend(label.as_bytes());
        }
        packet.extend([0, 0, kind as u8, 0, 1]);
        packet
    }

    #[test]
    fn a_member_is_known_with_and_without_its_domain() {
        for (asked, member, is_in_domain) in [
            ("Web", "web", false),
            ("web.dns.podman", "web", true),
            ("a.lan", "a.lan", false),
            ("dns.podman", "dns.podman", true),
        ] {
            let packet = question(asked, TYPE_A);
            let parsed = Question::parse(&packet).unwrap();
            assert_eq!((parsed.member(), parsed.is_in_domain()), (member, is_in_domain), "{asked}");
        }
    }

    #[test]
    fn answers_have_the_addresses_of_the_kind_that_was_asked_for() {
        let packet = question("web", TYPE_A);
        let all = Answer::Addresses(vec!["10.89.0.2".parse().unwrap(), "fd00::2".parse().unwrap()]);
        let answer = Question::parse(&packet).unwrap().answer(&all);
        assert_eq!(answer[..8], [0xab, 0xcd, 0x85, 0x80, 0, 1, 0, 1]);
        assert_eq!(answer[packet.len()..], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 89, 0, 2]);
        let packet = question("web", TYPE_AAAA);
        assert_eq!(Question::parse(&packet).unwrap().answer(&all).len(), packet.len() + 28);
        let none = Question::parse(&packet).unwrap().answer(&Answer::NoSuchName);
        assert_eq!((none.len(), none[3]), (packet.len(), 0x83));
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_cut() {
        let hosts = |count: u8| Answer::Addresses((0..count).map(|host| [10, 89, 0, host].into()).collect());
        let plain = question("web", TYPE_A);
        let with_room = |room: u16| {
            let mut packet = [&plain[..], &[0, 0, 41], &room.to_be_bytes(), &[0; 6]].concat();
            packet[11] = 1;
            packet
        };
        for (packet, count, answers, is_cut, extensions) in [
            (plain.clone(), 30, 30, false, 0),
            (plain.clone(), 31, 30, true, 0),
            (with_room(100), 31, 30, true, 1),
            (with_room(1232), 74, 74, false, 1),
            (with_room(1232), 80, 75, true, 1),
            (with_room(u16::MAX), 250, 250, false, 1),
        ] {
            let question = Question::parse(&packet).unwrap();
            let answer = question.answer(&hosts(count));
            let seen = (word(&answer, 6), answer[2] & TRUNCATED != 0, word(&answer, 10));
            assert_eq!(seen, (Some(answers), is_cut, Some(extensions)), "{count}");
            assert!(answer.len() <= question.room_bytes.unwrap_or(0).max(512));
            let whole = question.answer_over_tcp(&hosts(count));
            assert_eq!((word(&whole, 6), whole[2] & TRUNCATED), (Some(u16::from(count)), 0));
        }
    }

    #[test]
    fn a_question_of_any_kind_can_be_refused() {
        let mut notify = question("web", TYPE_A);
        notify[2] = 0x21;
        assert_eq!(fail(&notify, Failure::Refused).unwrap(), [0xab, 0xcd, 0xa1, 0x85, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(fail(&notify[..11], Failure::OfServer), None);
    }

    #[test]
    fn the_name_of_an_address_is_asked_for_backwards() {
        let packet = question("3.0.89.10.in-addr.arpa", TYPE_PTR);
        assert_eq!(Question::parse(&packet).unwrap().reversed(), Some("10.89.0.3".parse().unwrap()));
        let nibbles = "2.".to_owned() + &"0.".repeat(29) + "d.f.ip6.arpa";
        let v6 = question(&nibbles, TYPE_PTR);
        assert_eq!(Question::parse(&v6).unwrap().reversed(), Some("fd00::2".parse().unwrap()));
        for bad in ["3.0.89.in-addr.arpa", "3.0.89.256.in-addr.arpa", "2.0.ip6.arpa", "in-addr.arpa"] {
            assert_eq!(Question::parse(&question(bad, TYPE_PTR)).unwrap().reversed(), None, "{bad}");
        }
        let answer = Question::parse(&packet).unwrap().answer(&Answer::Names(vec!["web".to_owned()]));
        assert_eq!(answer[packet.len()..], *b"\xc0\x0c\0\x0c\0\x01\0\0\0\0\0\x05\x03web\0");
    }

    #[test]
    fn a_name_that_has_nothing_of_the_kind_is_there_all_the_same() {
        const TYPE_MX: u16 = 15;
        let all = Answer::Addresses(vec!["10.89.0.2".parse().unwrap(), "fd00::2".parse().unwrap()]);
        let packet = question("web", TYPE_MX);
        let answer = Question::parse(&packet).unwrap().answer(&all);
        assert_eq!((answer.len(), answer[3], answer[7]), (packet.len(), 0x80, 0));
        let packet = question("web", TYPE_ANY);
        assert_eq!(Question::parse(&packet).unwrap().answer(&all)[7], 2);
    }

    #[test]
    fn no_packet_breaks_what_reads_it() {
        let asked = [question("Web.example.org", TYPE_A), question("3.0.89.10.in-addr.arpa", TYPE_PTR)];
        let answer = Answer::Addresses(vec!["192.0.2.1".parse().unwrap(), "fd00::2".parse().unwrap()]);
        let answered = asked.each_ref().map(|packet| Question::parse(packet).unwrap().answer(&answer));
        let seeds: Vec<&[u8]> = asked.iter().chain(&answered).map(Vec::as_slice).collect();
        crate::fuzz::mutations("DNS", &seeds, &["\u{3}www", "\0\0\u{1}\0\u{1}", "ip6\u{4}arpa"], 20_000, |input| {
            let question = Question::parse(input).map(|question| {
                let names = Answer::Names(vec![question.name.clone(), "a..b".to_owned()]);
                for answer in [&answer, &names, &Answer::NoSuchName] {
                    let (datagram, whole) = (question.answer(answer), question.answer_over_tcp(answer));
                    assert!(datagram.starts_with(&input[..2]) && whole.starts_with(&input[..2]));
                }
                (question.reversed(), question.kind, question.is_in_domain())
            });
            format!("{question:?} {:?}", parse_response(input).map(|(_, addresses)| addresses.len()))
        });
    }

    #[test]
    fn what_a_resolver_says_is_understood() {
        let packet = question("Web.example.org", TYPE_A);
        let addresses: Vec<IpAddr> = vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let response = Question::parse(&packet).unwrap().answer(&Answer::Addresses(addresses.clone()));
        assert_eq!(parse_response(&response), Some(("web.example.org".to_owned(), addresses)));
        assert_eq!(parse_response(&packet), None);
        for length in 0..response.len() {
            assert_eq!(parse_response(&response[..length]), None, "{length}");
        }
    }

    #[test]
    fn what_is_no_question_is_left_alone() {
        let good = question("web", TYPE_A);
        for length in 0..good.len() {
            assert_eq!(Question::parse(&good[..length]), None, "{length}");
        }
        let mut response = good.clone();
        response[2] = 0x80;
        assert_eq!(Question::parse(&response), None);
        let mut dotted = good.clone();
        dotted[14] = b'.';
        assert_eq!(Question::parse(&dotted), None);
        let mut pointer = good;
        pointer[12] = 0xc0;
        assert_eq!(Question::parse(&pointer), None);
    }
}
