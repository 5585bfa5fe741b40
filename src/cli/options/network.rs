//! The network of a container or pod: what is asked for (`--network` and its like), and what of the world may be
//! reached (`--egress`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{each, maybe};
use crate::error::{During, Error, Result};
use crate::named_network;
use crate::network::members::is_name;
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
        let mut modes = each("--network", &self.network, networks)?.concat();
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
        let aliases = each("--network-alias", &self.network_alias, network_alias)?;
        named.iter_mut().for_each(|request| request.aliases.extend(aliases.iter().cloned()));
        if (self.ip.is_some() || self.ip6.is_some()) && named.len() > 1 {
            return Err(Error::usage(
                "--ip and --ip6 take one network; give several their addresses by NAME:ip=ADDRESS",
            ));
        }
        named[0].v4 = maybe("--ip", &self.ip, v4)?.or(named[0].v4);
        named[0].v6 = maybe("--ip6", &self.ip6, v6)?.or(named[0].v6);
        Ok(NetworkMode::Named(named))
    }
}

/// One mode, or one named network.
fn network(text: &str) -> Result<NetworkMode> {
    let (mode, rest) = match text.split_once(':') {
        Some((mode, rest)) => (mode, Some(rest)),
        None => (text, None),
    };
    let options = || rest.unwrap_or("").split(',').filter(|option| !option.is_empty()).map(str::to_owned).collect();
    match (mode, rest) {
        // The names under which Docker and Podman know their default network.
        ("" | "private" | "bridge" | "default" | "podman", None) => Ok(NetworkMode::Private),
        ("none", None) => Ok(NetworkMode::None),
        ("host", None) => Ok(NetworkMode::Host),
        ("builtin", _) => Ok(NetworkMode::Builtin(options())),
        ("pasta", _) => Ok(NetworkMode::Pasta(options())),
        ("slirp4netns", _) => Ok(NetworkMode::Slirp4netns(options())),
        ("container", Some(name)) if !name.is_empty() => Ok(NetworkMode::Container(name.to_owned())),
        ("ns", Some(path)) if path.starts_with('/') => Ok(NetworkMode::Path(path.to_owned())),
        ("ns", _) => Err(Error::usage("expected ns:PATH with an absolute path")),
        ("container", _) => Err(Error::usage("expected container:NAME")),
        ("private" | "bridge" | "default" | "podman" | "none" | "host", Some(_)) => {
            Err(Error::usage(format!("network `{mode}` takes no options")))
        }
        _ => named_network(mode, rest.unwrap_or("")).map(|request| NetworkMode::Named(vec![request])),
    }
}

/// `--network`: one, or several names with commas between them, as Podman has it.
fn networks(text: &str) -> Result<Vec<NetworkMode>> {
    if text.contains(':') || !text.contains(',') {
        return network(text).map(|mode| vec![mode]);
    }
    text.split(',').map(network).collect()
}

/// `NAME[:ip=ADDRESS,ip6=ADDRESS,mac=ADDRESS,alias=NAME]`
fn named_network(name: &str, options: &str) -> Result<NetworkRequest> {
    named_network::check_name(name)
        .hint(|| "use private, host, none, builtin, pasta, slirp4netns, container:NAME, ns:PATH or a network's name")?;
    let mut request = NetworkRequest { name: name.to_owned(), ..NetworkRequest::default() };
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("ip", address)) => match self::address(address)? {
                IpAddr::V4(address) => request.v4 = Some(address),
                IpAddr::V6(address) => request.v6 = Some(address),
            },
            Some(("ip6", address)) => request.v6 = Some(v6(address)?),
            Some(("mac", address)) => request.mac = Some(address.parse()?),
            Some(("alias", alias)) => request.aliases.push(network_alias(alias)?),
            _ => {
                return Err(Error::usage(format!("a named network has no option `{option}`")))
                    .hint(|| "known: ip=, ip6=, mac=, alias=");
            }
        }
    }
    Ok(request)
}

pub fn address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| Error::usage(format!("`{}` is no address", text.escape_debug())))
}

/// `--ip`
pub fn v4(text: &str) -> Result<Ipv4Addr> {
    text.parse().map_err(|_| Error::usage(format!("`{text}` is no IPv4 address")))
}

/// `--ip6`
pub fn v6(text: &str) -> Result<Ipv6Addr> {
    text.parse().map_err(|_| Error::usage(format!("`{text}` is no IPv6 address")))
}

/// `--network-alias`: a name that a resolver may ask for.
pub fn network_alias(text: &str) -> Result<String> {
    match is_name(text) {
        true => Ok(text.to_owned()),
        false => Err(Error::usage(format!("`{}` is no name of a host", text.escape_debug()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::EgressHost;

    #[test]
    fn networks_have_the_names_of_docker_and_podman() {
        for (text, expected) in [
            ("", NetworkMode::Private),
            ("bridge", NetworkMode::Private),
            ("private", NetworkMode::Private),
            ("none", NetworkMode::None),
            ("host", NetworkMode::Host),
            ("builtin:allow_host_loopback=true", NetworkMode::Builtin(vec!["allow_host_loopback=true".into()])),
            ("pasta", NetworkMode::Pasta(vec![])),
            ("pasta:-T,80,--ipv4-only", NetworkMode::Pasta(vec!["-T".into(), "80".into(), "--ipv4-only".into()])),
            ("slirp4netns:port_handler=slirp4netns", NetworkMode::Slirp4netns(vec!["port_handler=slirp4netns".into()])),
            ("container:web", NetworkMode::Container("web".into())),
            ("ns:/run/netns/x", NetworkMode::Path("/run/netns/x".into())),
        ] {
            assert_eq!(network(text).ok(), Some(expected), "{text}");
        }
        let request = NetworkRequest {
            name: "mine".into(),
            aliases: vec!["a".into(), "b".into()],
            v4: Some(Ipv4Addr::new(10, 89, 0, 5)),
            v6: Some(Ipv6Addr::LOCALHOST),
            mac: Some("02:00:00:00:00:0a".parse().unwrap()),
        };
        let named = network("mine:ip=10.89.0.5,alias=a,ip6=::1,mac=02-00-00-00-00-0A,alias=b").unwrap();
        assert_eq!(named, NetworkMode::Named(vec![request]));
        assert_eq!(networks("one,two").unwrap().len(), 2);
        for bad in [
            "mine:mac=01:00:00:00:00:01",
            "mine:mac=2:0:0:0:0:1",
            "mine:speed=1",
            "mine:ip=x",
            "mine:ip6=1.2.3.4",
            "mine:alias=a b",
            "a/b",
            "podman:ip=1.2.3.4",
        ] {
            assert!(network(bad).is_err(), "{bad}");
        }
        for bad in ["container", "container:", "ns:", "ns:relative", "host:x", "bridge:ip=1.2.3.4", "none:"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }

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
