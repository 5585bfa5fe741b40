//! What a container reads about its network: `/etc/hosts`, `/etc/hostname`, `/etc/resolv.conf`. Text in, text out.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use super::{Plan, builtin};
use crate::error::{During, Error, Result};

/// What was asked for (see `settings`), and who the container is.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    pub hostname: &'a str,
    /// Further names of the container itself.
    pub aliases: &'a [String],
    /// (name, address); the address may be `host-gateway`.
    pub extra_hosts: &'a [(String, String)],
    /// `["none"]` leaves resolv.conf to the image.
    pub dns: &'a [String],
    pub dns_search: &'a [String],
    pub dns_options: &'a [String],
}

/// What the host knows; empty where it cannot be read.
#[derive(Clone, Debug, Default)]
pub struct HostFiles {
    pub hosts: String,
    pub resolv_conf: String,
    /// The address under which a container reaches the host.
    pub address: Option<IpAddr>,
}

impl HostFiles {
    pub fn read() -> HostFiles {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let stub = text("/etc/resolv.conf");
        // Where systemd-resolved answers on loopback, the resolvers behind it are in another file.
        let upstream =
            if resolver_is_loopback(&stub) { text("/run/systemd/resolve/resolv.conf") } else { String::new() };
        let resolv_conf = if nameservers(&upstream).is_empty() { stub } else { upstream };
        HostFiles { hosts: text("/etc/hosts"), resolv_conf, address: own_address() }
    }
}

/// The contents of the three files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    pub hosts: String,
    pub hostname: String,
    /// `None` leaves the image's own.
    pub resolv_conf: Option<String>,
}

/// Composes the files for a container on `plan`.
pub fn compose(plan: &Plan, asked: &Asked, host: &HostFiles) -> Result<Files> {
    Ok(Files {
        hosts: hosts(plan, asked, host)?,
        hostname: format!("{}\n", asked.hostname),
        resolv_conf: resolv_conf(plan, asked, host)?,
    })
}

fn hosts(plan: &Plan, asked: &Asked, host: &HostFiles) -> Result<String> {
    let gateway = match plan {
        Plan::Host => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Plan::Builtin(builtin) => Some(builtin.addresses.gateway.into()),
        Plan::Pasta(_) | Plan::Slirp4netns(_) | Plan::Path(_) => host.address,
        Plan::None => None,
    };
    let mut text = String::new();
    // First, for the first line with a name counts.
    for (name, address) in asked.extra_hosts {
        let address = extra_address(address, gateway).during(|| format!("add host `{name}`"))?;
        text.push_str(&format!("{address}\t{}\n", one_word(name)?));
    }
    if *plan == Plan::Host {
        text.push_str(&host.hosts);
        return Ok(text);
    }
    text.push_str("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    if let Some(gateway) = gateway {
        text.push_str(&format!("{gateway}\thost.containers.internal host.docker.internal\n"));
    }
    // Without an address of its own, one of loopback, as Debian has it for hosts without a network.
    let own = plan.addresses().map_or(Ipv4Addr::new(127, 0, 1, 1), |addresses| addresses.own);
    let names: Vec<&str> = std::iter::once(asked.hostname)
        .chain(asked.aliases.iter().map(String::as_str))
        .filter(|name| !name.is_empty())
        .collect();
    if !names.is_empty() {
        text.push_str(&format!("{own}\t{}\n", names.join(" ")));
    }
    Ok(text)
}

fn extra_address(address: &str, gateway: Option<IpAddr>) -> Result<IpAddr> {
    if address != "host-gateway" {
        // Brackets around an IPv6 address are Docker's.
        let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
        return bare.parse().map_err(|_| Error::usage(format!("`{address}` is no address")));
    }
    gateway
        .ok_or_else(|| Error::new("this container has no way to the host"))
        .hint(|| "give an address, or another --network")
}

fn resolv_conf(plan: &Plan, asked: &Asked, host: &HostFiles) -> Result<Option<String>> {
    if asked.dns == ["none"] {
        return Ok(None);
    }
    if *plan == Plan::Host && asked.dns.is_empty() && asked.dns_search.is_empty() && asked.dns_options.is_empty() {
        return Ok(Some(host.resolv_conf.clone()));
    }
    let mut text = String::new();
    let search = match asked.dns_search {
        [] => values(&host.resolv_conf, &["search", "domain"]),
        // A dot alone: no search at all, not even the host's.
        [dot] if dot == "." => Vec::new(),
        domains => domains.to_vec(),
    };
    let search = match plan {
        Plan::Builtin(builtin) if builtin.resolves() && asked.dns_search != ["."] => {
            std::iter::once(builtin::DOMAIN.to_owned()).chain(search).collect()
        }
        _ => search,
    };
    let options =
        if asked.dns_options.is_empty() { values(&host.resolv_conf, &["options"]) } else { asked.dns_options.to_vec() };
    for (keyword, words) in [("search", search), ("options", options)] {
        if !words.is_empty() {
            let words = words.iter().map(|word| one_word(word)).collect::<Result<Vec<&str>>>()?;
            text.push_str(&format!("{keyword} {}\n", words.join(" ")));
        }
    }
    for server in resolvers(plan, asked, host)? {
        text.push_str(&format!("nameserver {server}\n"));
    }
    Ok(Some(text))
}

fn resolvers(plan: &Plan, asked: &Asked, host: &HostFiles) -> Result<Vec<String>> {
    // Where names of members are resolved, ours is asked, and asks those.
    let is_own = matches!(plan, Plan::Builtin(builtin) if builtin.resolves());
    if !asked.dns.is_empty() && !is_own {
        let check = |server: &String| match server.parse::<IpAddr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err(Error::usage(format!("`{server}` is no address of a DNS server"))),
        };
        return asked.dns.iter().map(check).collect();
    }
    let servers = nameservers(&host.resolv_conf);
    match plan {
        Plan::Host => return Ok(servers),
        // Which asks the host's resolvers of the moment.
        Plan::Builtin(builtin) => return Ok(vec![builtin.addresses.dns.to_string()]),
        _ => {}
    }
    // The host's loopback is not the container's. A resolver there is reached through the way's own; so is one with a
    // zone (fe80::1%eth0), which names an interface of the host.
    let reachable = |server: &String| server.parse::<IpAddr>().is_ok_and(|address| !address.is_loopback());
    let forwarded = plan.way().filter(|way| way.forward_dns || !servers.iter().any(reachable));
    Ok(match forwarded {
        Some(way) => vec![way.addresses.dns.to_string()],
        None => servers.into_iter().filter(reachable).collect(),
    })
}

/// Whether no resolver of the host can be reached but through its loopback.
pub(super) fn resolver_is_loopback(resolv_conf: &str) -> bool {
    let unreachable = |server: &String| server.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    // No line at all means a resolver on loopback (man 5 resolv.conf).
    nameservers(resolv_conf).iter().all(unreachable)
}

pub(super) fn nameservers(resolv_conf: &str) -> Vec<String> {
    lines(resolv_conf)
        .filter(|(keyword, _)| *keyword == "nameserver")
        .filter_map(|(_, mut words)| words.next())
        .map(String::from)
        .collect()
}

/// The words of the last line that begins with one of `keywords`: it replaces those before it (man 5 resolv.conf).
fn values(resolv_conf: &str, keywords: &[&str]) -> Vec<String> {
    let last = lines(resolv_conf).filter(|(keyword, _)| keywords.contains(keyword)).last();
    last.map(|(_, words)| words.map(String::from).collect()).unwrap_or_default()
}

fn lines(resolv_conf: &str) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words))
    })
}

/// A name must not bring further lines with it.
fn one_word(word: &str) -> Result<&str> {
    match word.is_empty()
        || word.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '#')
    {
        true => Err(Error::usage(format!("`{}` is no name", word.escape_debug()))),
        false => Ok(word),
    }
}

/// The address from which this host speaks to the world. Nothing is sent: connecting a UDP socket asks for a route.
pub(super) fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address of TEST-NET-3 (RFC 5737), which nobody has.
    socket.connect((Ipv4Addr::new(203, 0, 113, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_unspecified() && !address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Addresses, Way};

    fn slirp4netns(forward_dns: bool) -> Plan {
        Plan::Slirp4netns(Way {
            program: "slirp4netns".into(),
            options: Vec::new(),
            ports: Vec::new(),
            addresses: Addresses::default(),
            forward_dns,
            otherwise: None,
        })
    }

    fn host(resolv_conf: &str) -> HostFiles {
        let hosts = "127.0.0.1 localhost\n192.0.2.9 printer\n".into();
        HostFiles { hosts, resolv_conf: resolv_conf.into(), address: Some("192.0.2.2".parse().unwrap()) }
    }

    fn resolv(plan: &Plan, asked: Asked, text: &str) -> Option<String> {
        compose(plan, &asked, &host(text)).unwrap().resolv_conf
    }

    #[test]
    fn a_container_finds_itself_its_host_and_what_was_added() {
        let extra = [("db".to_owned(), "10.1.1.1".to_owned()), ("up".to_owned(), "host-gateway".to_owned())];
        let asked = Asked { hostname: "web", aliases: &["box".to_owned()], extra_hosts: &extra, ..Asked::default() };
        let files = compose(&slirp4netns(false), &asked, &host("")).unwrap();
        assert_eq!(
            files.hosts,
            "10.1.1.1\tdb\n192.0.2.2\tup\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
             192.0.2.2\thost.containers.internal host.docker.internal\n10.0.2.100\tweb box\n"
        );
        assert_eq!(files.hostname, "web\n");
    }

    #[test]
    fn the_hosts_network_has_the_hosts_names() {
        let files = compose(
            &Plan::Host,
            &Asked { hostname: "web", ..Asked::default() },
            &host("# mine\nnameserver 127.0.0.53\n"),
        );
        let files = files.unwrap();
        assert_eq!(files.hosts, "127.0.0.1 localhost\n192.0.2.9 printer\n");
        assert_eq!(files.resolv_conf.unwrap(), "# mine\nnameserver 127.0.0.53\n");
    }

    #[test]
    fn without_a_network_there_is_no_gateway() {
        let extra = [("up".to_owned(), "host-gateway".to_owned())];
        let asked = Asked { hostname: "web", extra_hosts: &extra, ..Asked::default() };
        assert!(compose(&Plan::None, &asked, &host("")).unwrap_err().to_string().contains("no way to the host"));
        let files = compose(&Plan::None, &Asked { hostname: "web", ..Asked::default() }, &host("")).unwrap();
        assert!(files.hosts.ends_with("127.0.1.1\tweb\n") && !files.hosts.contains("host.containers"));
    }

    #[test]
    fn names_bring_no_lines_of_their_own() {
        for (name, address) in [("a\n6.6.6.6 bank", "10.0.0.1"), ("", "10.0.0.1"), ("a", "10.0.0.1\nx")] {
            let extra = [(name.to_owned(), address.to_owned())];
            assert!(
                compose(&Plan::None, &Asked { extra_hosts: &extra, ..Asked::default() }, &host("")).is_err(),
                "{name:?}"
            );
        }
        assert!(
            compose(&Plan::None, &Asked { dns: &["8.8.8.8\nx".to_owned()], ..Asked::default() }, &host("")).is_err()
        );
    }

    #[test]
    fn a_resolver_on_the_hosts_loopback_is_replaced() {
        let local = "nameserver 127.0.0.53\noptions edns0\nsearch lan home\n";
        assert!(resolver_is_loopback(local) && resolver_is_loopback(""));
        let text = resolv(&slirp4netns(true), Asked::default(), local).unwrap();
        assert_eq!(text, "search lan home\noptions edns0\nnameserver 10.0.2.3\n");

        let mixed = "nameserver 127.0.0.1\nnameserver 192.0.2.53\n";
        assert!(!resolver_is_loopback(mixed));
        assert_eq!(resolv(&slirp4netns(false), Asked::default(), mixed).unwrap(), "nameserver 192.0.2.53\n");
    }

    #[test]
    fn what_was_asked_for_wins_over_the_host() {
        let (dns, search, options) = (["9.9.9.9".to_owned()], [".".to_owned()], ["ndots:1".to_owned()]);
        let asked = Asked { dns: &dns, dns_search: &search, dns_options: &options, ..Asked::default() };
        let text = resolv(&slirp4netns(true), asked, "nameserver 192.0.2.53\nsearch lan\n").unwrap();
        assert_eq!(text, "options ndots:1\nnameserver 9.9.9.9\n");
        let none = Asked { dns: &["none".to_owned()], ..Asked::default() };
        assert_eq!(resolv(&slirp4netns(true), none, "nameserver 192.0.2.53\n"), None);
    }
}
