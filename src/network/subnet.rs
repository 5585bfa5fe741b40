//! Ranges of addresses: `10.89.0.0/24`, `fd00::/64`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// All addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Subnet {
    first: IpAddr,
    prefix_length: u8,
}

impl Subnet {
    /// The range of this many common bits that `address` is in.
    pub fn around(address: IpAddr, prefix_length: u8) -> Subnet {
        let rest_bits = u32::from(bits(address).saturating_sub(prefix_length));
        let first = number(address).checked_shr(rest_bits).unwrap_or(0).checked_shl(rest_bits).unwrap_or(0);
        Subnet { first: with_number(address, first), prefix_length }
    }

    pub fn first(&self) -> IpAddr {
        self.first
    }

    pub fn prefix_length(&self) -> u8 {
        self.prefix_length
    }

    pub fn is_v4(&self) -> bool {
        self.first.is_ipv4()
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.is_v4() && Subnet::around(address, self.prefix_length) == *self
    }

    pub fn last_host(&self) -> IpAddr {
        let rest_bits = u32::from(bits(self.first) - self.prefix_length);
        let size = 1_u128.checked_shl(rest_bits).unwrap_or(0); // 0: all, and one more than the last of all is 0.
        let from_end = if self.is_v4() { 2 } else { 1 };
        with_number(self.first, number(self.first).wrapping_add(size).wrapping_sub(from_end))
    }

    /// Whether `address` is one of [`hosts`](Subnet::hosts).
    pub fn hosts_contain(&self, address: IpAddr) -> bool {
        let last =
            || Subnet::around(with_number(address, number(address).wrapping_add(1)), self.prefix_length) != *self;
        self.contains(address) && address != self.first && !(self.is_v4() && last())
    }

    pub fn overlaps(&self, other: &Subnet) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }

    /// The addresses that a host may have, in order: neither the first, which names the range, nor with IPv4 the last,
    /// which is everybody's.
    pub fn hosts(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let Subnet { first, prefix_length } = *self;
        let size = 1_u128.checked_shl(u32::from(bits(first) - prefix_length)).unwrap_or(u128::MAX);
        let end = if first.is_ipv4() { size.saturating_sub(1) } else { size };
        (1..end).map(move |offset| with_number(first, number(first) + offset))
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The address with this number, in the family of `like`.
fn with_number(like: IpAddr, number: u128) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from(number as u32).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    }
}

impl FromStr for Subnet {
    type Err = Error;

    fn from_str(text: &str) -> Result<Subnet> {
        let parse = || -> Option<Subnet> {
            let (address, length) = text.split_once('/')?;
            let address: IpAddr = address.parse().ok()?;
            let length: u8 = length.parse().ok().filter(|length| *length <= bits(address))?;
            Some(Subnet::around(address, length))
        };
        parse().ok_or_else(|| {
            Error::usage(format!("`{}` is no range of addresses", text.escape_debug()))
                .with_hint("expected ADDRESS/BITS, such as 10.89.7.0/24")
        })
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix_length)
    }
}

impl From<Subnet> for String {
    fn from(subnet: Subnet) -> String {
        subnet.to_string()
    }
}

impl TryFrom<String> for Subnet {
    type Error = Error;

    fn try_from(text: String) -> Result<Subnet> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(text: &str) -> Subnet {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_read_is_the_range_and_not_one_of_it() {
        assert_eq!(subnet("10.89.7.9/24").to_string(), "10.89.7.0/24");
        assert_eq!(subnet("fd00::7/64").to_string(), "fd00::/64");
        assert_eq!(subnet("0.0.0.0/0").to_string(), "0.0.0.0/0");
        for bad in ["", "10.0.0.0", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/-1", "10.0.0/8"] {
            assert!(bad.parse::<Subnet>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_know_what_is_in_them() {
        let range = subnet("10.89.0.0/24");
        assert!(range.contains("10.89.0.255".parse().unwrap()) && !range.contains("10.89.1.0".parse().unwrap()));
        assert!(!range.contains("::1".parse().unwrap()));
        assert!(range.overlaps(&subnet("10.0.0.0/8")) && subnet("10.0.0.0/8").overlaps(&range));
        assert!(!range.overlaps(&subnet("10.89.1.0/24")) && !range.overlaps(&subnet("fd00::/8")));
    }

    #[test]
    fn hosts_are_all_but_the_edges() {
        let all = |text: &str| subnet(text).hosts().map(|host| host.to_string()).collect::<Vec<_>>();
        assert_eq!(all("10.0.0.4/30"), ["10.0.0.5", "10.0.0.6"]);
        assert_eq!(all("fd00::/127"), ["fd00::1"]);
        assert_eq!(subnet("fd00::/64").hosts().nth(1).unwrap().to_string(), "fd00::2");
        assert_eq!(subnet("::/0").hosts().next().unwrap().to_string(), "::1");
        let is_host = |address: &str| subnet("10.0.0.4/30").hosts_contain(address.parse().unwrap());
        assert!(is_host("10.0.0.5") && is_host("10.0.0.6") && !is_host("10.0.0.4") && !is_host("10.0.0.7"));
        assert_eq!(subnet("10.0.0.4/30").last_host().to_string(), "10.0.0.6");
        assert_eq!(subnet("fd00::/64").last_host().to_string(), "fd00::ffff:ffff:ffff:ffff");
        assert!(
            !is_host("10.0.0.9")
                && !is_host("fd00::5")
                && subnet("fd00::/127").hosts_contain("fd00::1".parse().unwrap())
        );
    }
}
