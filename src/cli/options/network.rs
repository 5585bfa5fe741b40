//! The network of a container or pod: what is asked for (`--network` and its like; [`namespace`] reads the words), and
//! what of the world may be reached (`--egress`).

use super::{each, maybe, namespace};
use crate::error::{Error, Result};
use crate::settings::{EgressRule, MacAddress, NetworkMode, NetworkRequest, Settings};

/// `--egress`: all that may be reached; `None` where nothing is said.
fn egress(given: &[String]) -> Result<Option<Vec<EgressRule>>> {
    let rules = each("--egress", given, |text| match text.split_once('=') {
        None if text == "deny" => Ok(Vec::new()),
        Some(("allow", rules)) => rules.split(',').map(str::parse).collect(),
        _ => Err(Error::usage("expected `deny` or allow=HOST[:PORT][,HOST...]")),
    })?;
    if rules.len() > 1 && rules.iter().any(Vec::is_empty) {
        return Err(Error::usage("--egress deny allows nothing: give it alone"));
    }
    Ok((!rules.is_empty()).then(|| rules.concat()))
}

#[derive(clap::Args, Debug)]
pub struct NetworkChoice {
    /// private, none, host, builtin[:OPTIONS], pasta[:OPTIONS], slirp4netns[:OPTIONS], container:NAME, ns:PATH, or
    /// named networks: NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME], several if given several times
    #[arg(long, alias = "net", value_name = "MODE")]
    network: Vec<String>,
    /// A further name by which members of its named networks find it
    #[arg(long, alias = "net-alias", value_name = "NAME")]
    network_alias: Vec<String>,
    /// The IPv4 address in its named network
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// The IPv6 address in its named network
    #[arg(long, value_name = "ADDRESS")]
    ip6: Option<String>,
    /// The MAC address of its interface
    #[arg(long, value_name = "ADDRESS")]
    mac_address: Option<String>,
    /// What of the world it may reach: `deny`, or allow=HOST[:PORT][,HOST...], HOST being a name, *.DOMAIN, an address
    /// or ADDRESS/BITS; other names do not resolve
    #[arg(long, value_name = "RULES")]
    egress: Vec<String>,
    /// Keep a log of connections for `box network log`; without, it is kept where --egress is given
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_parser = super::go_bool)]
    network_log: Option<bool>,
}

impl NetworkChoice {
    pub fn is_made(&self) -> bool {
        !self.network.is_empty()
    }

    pub fn apply(&self, settings: &mut Settings) -> Result<()> {
        settings.network = self.mode()?;
        let mac: Option<MacAddress> = maybe("--mac-address", &self.mac_address, str::parse)?;
        match (&mut settings.network, mac) {
            (_, None) => {}
            (NetworkMode::Private | NetworkMode::Builtin(_), mac) => settings.mac_address = mac,
            (NetworkMode::Named(requests), mac) if requests.len() == 1 => requests[0].mac = mac,
            (NetworkMode::Named(_), _) => {
                return Err(Error::usage(
                    "--mac-address takes one network; give several their addresses by NAME:mac=ADDRESS",
                ));
            }
            _ => return Err(Error::usage("--mac-address takes the built-in network or a named one")),
        }
        settings.egress = egress(&self.egress)?;
        settings.network_log = self.network_log;
        Ok(())
    }

    fn mode(&self) -> Result<NetworkMode> {
        let mut modes = each("--network", &self.network, namespace::networks)?.concat();
        let mut named = Vec::new();
        modes.retain(|mode| match mode {
            NetworkMode::Named(requests) => {
                named.extend(requests.iter().cloned());
                false
            }
            _ => true,
        });
        match (modes.len(), named.is_empty()) {
            (0 | 1, true) => {
                self.refuse_without_named()?;
                Ok(modes.pop().unwrap_or_default())
            }
            (0, false) => self.in_networks(named),
            _ => Err(Error::usage("a container has one network, or several of `box network create`")),
        }
    }

    fn refuse_without_named(&self) -> Result<()> {
        let given = [
            ("--network-alias", !self.network_alias.is_empty()),
            ("--ip", self.ip.is_some()),
            ("--ip6", self.ip6.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Error::usage(format!("{option} takes a named network"))
                .with_hint("make one with `box network create NAME`, and name it by --network")),
            None => Ok(()),
        }
    }

    fn in_networks(&self, mut named: Vec<NetworkRequest>) -> Result<NetworkMode> {
        if let Some(twice) = (1..named.len()).find(|at| named[..*at].iter().any(|one| one.name == named[*at].name)) {
            return Err(Error::usage(format!("network `{}` is given twice", named[twice].name)));
        }
        let aliases = each("--network-alias", &self.network_alias, namespace::network_alias)?;
        named.iter_mut().for_each(|request| request.aliases.extend(aliases.iter().cloned()));
        if (self.ip.is_some() || self.ip6.is_some()) && named.len() > 1 {
            return Err(Error::usage(
                "--ip and --ip6 take one network; give several their addresses by NAME:ip=ADDRESS",
            ));
        }
        named[0].v4 = maybe("--ip", &self.ip, namespace::v4)?.or(named[0].v4);
        named[0].v6 = maybe("--ip6", &self.ip6, namespace::v6)?.or(named[0].v6);
        Ok(NetworkMode::Named(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::EgressHost;

    #[test]
    fn what_may_be_reached_is_a_list_or_nothing() {
        let read = |given: &[&str]| egress(&given.iter().map(|text| text.to_string()).collect::<Vec<_>>());
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["deny"]).unwrap(), Some(Vec::new()));
        let rules = read(&["allow=Example.org:443,*.example.net", "allow=10.0.0.0/8,[fd00::1]:80,fd00::2"]).unwrap();
        let rules = rules.unwrap();
        assert_eq!(rules[0], EgressRule { host: EgressHost::Name("example.org".to_owned()), port: Some(443) });
        assert_eq!(rules[1], EgressRule { host: EgressHost::Below("example.net".to_owned()), port: None });
        assert_eq!(rules.iter().map(|rule| rule.port).collect::<Vec<_>>(), [Some(443), None, None, Some(80), None]);
        for bad in [
            &["allow"][..],
            &["allow="],
            &["deny", "allow=a"],
            &["yes"],
            &["allow=a:x"],
            &["allow=a:99999"],
            &["allow=10.0.0.0/33"],
            &["allow=10.0.0.256"],
            &["allow=a b"],
            &["allow=*"],
            &["allow=a..b"],
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
