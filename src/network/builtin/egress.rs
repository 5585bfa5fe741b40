//! What of the world may be reached, where that is limited: `--egress`. Rules name ranges of addresses, or hosts, whose
//! addresses are those that the resolver has told the container.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::network::Subnet;
use crate::settings::{EgressHost, EgressRule};

/// Addresses that are remembered of names; beyond that no further ones can be reached.
const MOST_LEARNED: usize = 4096;

#[derive(Debug, Default)]
pub struct Egress {
    rules: Vec<EgressRule>,
    /// Of the names in the rules, each with the port that its rule says.
    learned: HashSet<(IpAddr, Option<u16>)>,
}

impl Egress {
    pub fn new(rules: Vec<EgressRule>) -> Egress {
        Egress { rules, learned: HashSet::new() }
    }

    /// `port`: 0 for what has none, which only a rule without a port allows.
    pub fn allows(&self, address: IpAddr, port: u16) -> bool {
        let is_in = |rule: &EgressRule| match &rule.host {
            EgressHost::Addresses { first, prefix_length } => {
                Subnet::around(*first, *prefix_length).contains(address) && rule.port.is_none_or(|own| own == port)
            }
            EgressHost::Name(_) | EgressHost::Below(_) => false,
        };
        self.rules.iter().any(is_in)
            || self.learned.contains(&(address, None))
            || self.learned.contains(&(address, Some(port)))
    }

    /// Whether the resolver may be asked for this name, which is in lower case.
    pub fn may_ask(&self, name: &str) -> bool {
        self.about(name).next().is_some()
    }

    /// The resolver has told these addresses of a name.
    pub fn learn(&mut self, name: &str, addresses: &[IpAddr]) {
        let ports: Vec<Option<u16>> = self.about(name).map(|rule| rule.port).collect();
        for port in ports {
            let room = MOST_LEARNED.saturating_sub(self.learned.len());
            self.learned.extend(addresses.iter().take(room).map(|address| (*address, port)));
        }
    }

    fn about<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e EgressRule> {
        self.rules.iter().filter(move |rule| match &rule.host {
            EgressHost::Name(own) => own == name,
            EgressHost::Below(domain) => name.strip_suffix(domain.as_str()).is_some_and(|head| head.ends_with('.')),
            EgressHost::Addresses { .. } => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn egress(rules: &str) -> Egress {
        Egress::new(rules.split(',').map(|rule| rule.parse().unwrap()).collect())
    }

    #[test]
    fn what_no_rule_names_is_closed() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let egress = egress("192.0.2.0/24:443,198.51.100.7,[2001:db8::/32]:80");
        for (host, port, is_open) in [
            ("192.0.2.9", 443, true),
            ("192.0.2.9", 80, false),
            ("192.0.2.9", 0, false),
            ("192.0.3.9", 443, false),
            ("198.51.100.7", 1, true),
            ("198.51.100.7", 0, true),
            ("198.51.100.8", 1, false),
            ("2001:db8::1", 80, true),
            ("2001:db8::1", 81, false),
        ] {
            assert_eq!(egress.allows(address(host), port), is_open, "{host} {port}");
        }
        assert!(!Egress::default().allows(address("192.0.2.9"), 443));
    }

    #[test]
    fn a_name_is_what_the_resolver_says_it_is() {
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut egress = egress("example.org:443,*.example.net");
        for (name, may_ask) in [
            ("example.org", true),
            ("www.example.org", false),
            ("a.example.net", true),
            ("a.b.example.net", true),
            ("example.net", false),
            ("badexample.net", false),
        ] {
            assert_eq!(egress.may_ask(name), may_ask, "{name}");
        }
        assert!(!egress.allows(one, 443));
        egress.learn("example.org", &[one]);
        egress.learn("a.example.net", &[other]);
        egress.learn("elsewhere.org", &["192.0.2.3".parse().unwrap()]);
        assert!(egress.allows(one, 443) && !egress.allows(one, 80) && egress.allows(other, 80));
        assert!(!egress.allows("192.0.2.3".parse().unwrap(), 443));
    }
}
