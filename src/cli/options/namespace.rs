//! What a container shares with others: `--network`, `--pid`, `--ipc`, `--uts`, `--cgroupns`, `--userns`, and names and
//! addresses that come with a network.

use std::net::IpAddr;

use crate::error::{Error, Result};
use crate::settings::{NamespaceMode, NetworkMode, UserNamespaceMode};

pub fn network(text: &str) -> Result<NetworkMode> {
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
        ("pasta", _) => Ok(NetworkMode::Pasta(options())),
        ("slirp4netns", _) => Ok(NetworkMode::Slirp4netns(options())),
        ("container", Some(name)) if !name.is_empty() => Ok(NetworkMode::Container(name.to_owned())),
        ("ns", Some(path)) if path.starts_with('/') => Ok(NetworkMode::Path(path.to_owned())),
        ("ns", _) => Err(Error::usage("expected ns:PATH with an absolute path")),
        ("container", _) => Err(Error::usage("expected container:NAME")),
        ("private" | "bridge" | "none" | "host", Some(_)) => {
            Err(Error::usage(format!("network `{mode}` takes no options")))
        }
        _ => Err(Error::absent("network", mode)
            .of_kind(crate::error::Kind::Usage)
            .with_hint("use private, host, none, pasta, slirp4netns, container:NAME or ns:PATH")),
    }
}

/// `--pid`, `--uts`, `--cgroupns`.
pub fn namespace(text: &str) -> Result<NamespaceMode> {
    match text.split_once(':') {
        None if matches!(text, "" | "private") => Ok(NamespaceMode::Private),
        None if text == "host" => Ok(NamespaceMode::Host),
        Some(("container", name)) if !name.is_empty() => Ok(NamespaceMode::Container(name.to_owned())),
        Some(("ns", _)) => Err(Error::usage("only --network joins a namespace by its path")),
        _ => Err(Error::usage(format!("`{text}` is none of host, private and container:NAME"))),
    }
}

/// `--ipc`; every container's can be shared, so `shareable` is `private`. `none` is private too, without /dev/shm.
pub fn ipc(text: &str) -> Result<NamespaceMode> {
    match text {
        "shareable" | "none" => Ok(NamespaceMode::Private),
        _ => namespace(text),
    }
}

pub fn userns(text: &str) -> Result<UserNamespaceMode> {
    let (mode, options) = text.split_once(':').unwrap_or((text, ""));
    match mode {
        "" | "host" | "private" if options.is_empty() => Ok(UserNamespaceMode::Default),
        "nomap" if options.is_empty() => Ok(UserNamespaceMode::NoMap),
        "keep-id" => keep_id(options),
        "auto" | "container" | "ns" => Err(Error::usage(format!("--userns={mode} is not supported"))
            .with_hint("use host (the default), keep-id or nomap")),
        _ => Err(Error::usage(format!("`{text}` is none of host, keep-id[:uid=UID,gid=GID] and nomap"))),
    }
}

fn keep_id(options: &str) -> Result<UserNamespaceMode> {
    let (mut uid, mut gid) = (None, None);
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value
            .parse()
            .map_err(|_| Error::usage(format!("`{option}` is not of the form uid=NUMBER or gid=NUMBER")))?;
        match name {
            "uid" => uid = Some(value),
            "gid" => gid = Some(value),
            _ => return Err(Error::usage(format!("keep-id has no option `{name}`; uid and gid are"))),
        }
    }
    Ok(UserNamespaceMode::KeepId { uid, gid })
}

/// `--add-host NAME[;NAME…]:ADDRESS`, also with `=`; the address may be `host-gateway`.
pub fn extra_host(text: &str) -> Result<Vec<(String, String)>> {
    let malformed = || Error::usage(format!("`{text}` is not of the form NAME:ADDRESS"));
    // Docker allows both; whichever comes first, for an IPv6 address has colons of its own.
    let (names, address) = text.split_once(['=', ':']).ok_or_else(malformed)?;
    let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if address != "host-gateway" && address.parse::<IpAddr>().is_err() {
        return Err(Error::usage(format!("`{address}` is neither an IP address nor `host-gateway`")));
    }
    let is_name =
        |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#');
    names
        .split(';')
        .map(|name| is_name(name).then(|| (name.to_owned(), address.to_owned())).ok_or_else(malformed))
        .collect()
}

/// `--dns`: an address, or `none` for the image's own resolv.conf.
pub fn dns_server(text: &str) -> Result<String> {
    if text == "none" || text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(Error::usage(format!("`{text}` is neither the IP address of a DNS server nor `none`")))
}

/// `--hostname`: what sethostname(2) takes and /etc/hosts can hold.
pub fn hostname(text: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) || text.starts_with(['-', '.']) {
        return Err(Error::usage(format!(
            "`{text}` is not a host name of at most 64 letters, digits, `-`, `.` and `_`"
        )));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_the_names_of_docker_and_podman() {
        for (text, expected) in [
            ("", NetworkMode::Private),
            ("bridge", NetworkMode::Private),
            ("private", NetworkMode::Private),
            ("none", NetworkMode::None),
            ("host", NetworkMode::Host),
            ("pasta", NetworkMode::Pasta(vec![])),
            ("pasta:-T,80,--ipv4-only", NetworkMode::Pasta(vec!["-T".into(), "80".into(), "--ipv4-only".into()])),
            ("slirp4netns:port_handler=slirp4netns", NetworkMode::Slirp4netns(vec!["port_handler=slirp4netns".into()])),
            ("container:web", NetworkMode::Container("web".into())),
            ("ns:/run/netns/x", NetworkMode::Path("/run/netns/x".into())),
        ] {
            assert_eq!(network(text).ok(), Some(expected), "{text}");
        }
        for bad in ["mine", "container", "container:", "ns:", "ns:relative", "host:x", "bridge:ip=1.2.3.4", "none:"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn namespaces_are_private_shared_or_those_of_a_container() {
        assert_eq!(namespace("host").unwrap(), NamespaceMode::Host);
        assert_eq!(namespace("private").unwrap(), NamespaceMode::Private);
        assert_eq!(namespace("container:a").unwrap(), NamespaceMode::Container("a".into()));
        assert_eq!(ipc("shareable").unwrap(), NamespaceMode::Private);
        for bad in ["hosts", "container:", "ns:/proc/1/ns/pid", "shareable", "none"] {
            assert!(namespace(bad).is_err(), "{bad}");
        }
        assert_eq!(ipc("none").unwrap(), NamespaceMode::Private);
    }

    #[test]
    fn user_namespaces_may_keep_the_users_ids() {
        for (text, expected) in [
            ("host", UserNamespaceMode::Default),
            ("", UserNamespaceMode::Default),
            ("nomap", UserNamespaceMode::NoMap),
            ("keep-id", UserNamespaceMode::KeepId { uid: None, gid: None }),
            ("keep-id:uid=5,gid=6", UserNamespaceMode::KeepId { uid: Some(5), gid: Some(6) }),
            ("keep-id:gid=6", UserNamespaceMode::KeepId { uid: None, gid: Some(6) }),
        ] {
            assert_eq!(userns(text).ok(), Some(expected), "{text}");
        }
        for bad in ["auto", "keep-id:uid", "keep-id:uid=-1", "keep-id:size=5", "host:x", "nomap:x", "else", "ns:/x"] {
            assert!(userns(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn added_hosts_may_share_an_address() {
        let one = |name: &str, address: &str| vec![(name.to_owned(), address.to_owned())];
        assert_eq!(extra_host("a:1.2.3.4").unwrap(), one("a", "1.2.3.4"));
        assert_eq!(extra_host("a=1.2.3.4").unwrap(), one("a", "1.2.3.4"));
        assert_eq!(extra_host("a:::1").unwrap(), one("a", "::1"));
        assert_eq!(extra_host("a:[::1]").unwrap(), one("a", "::1"));
        assert_eq!(extra_host("a:host-gateway").unwrap(), one("a", "host-gateway"));
        assert_eq!(extra_host("a;b:1.2.3.4").unwrap().len(), 2);
        for bad in ["", "a", "a:", ":1.2.3.4", "a;:1.2.3.4", "a b:1.2.3.4", "a:b", "a\nb:1.2.3.4", "#:1.2.3.4"] {
            assert!(extra_host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn host_names_and_servers_are_checked_for_form() {
        assert!(hostname("web-1.example").is_ok());
        for bad in ["", "-a", ".", "a b", "ä", &"a".repeat(65), "a\n"] {
            assert!(hostname(bad).is_err(), "{bad}");
        }
        assert!(dns_server("none").is_ok() && dns_server("::1").is_ok() && dns_server("dns.example").is_err());
    }
}
