//! What a container shares with others: `--pid`, `--ipc`, `--uts`, `--cgroupns`, `--userns`, and what it knows of its
//! surroundings: host names and resolvers.

use std::net::IpAddr;

use crate::error::{Error, Result};
use crate::settings::{AutoIds, MapRequest, NamespaceMode, UserNamespaceMode};

/// `--pid`, `--uts`, `--cgroupns`.
pub fn namespace(text: &str) -> Result<NamespaceMode> {
    match text.split_once(':') {
        None if matches!(text, "" | "private") => Ok(NamespaceMode::Private),
        None if text == "host" => Ok(NamespaceMode::Host),
        Some(("container", name)) if !name.is_empty() => Ok(NamespaceMode::Container(name.to_owned())),
        Some(("ns", path)) if path.starts_with('/') => Ok(NamespaceMode::Path(path.to_owned())),
        Some(("ns", _)) => Err(Error::usage("expected ns:PATH with an absolute path")),
        _ => Err(Error::usage(format!("`{text}` is none of host, private, container:NAME and ns:PATH"))),
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
        "container" if !options.is_empty() => Ok(UserNamespaceMode::Container(options.to_owned())),
        "ns" if options.starts_with('/') => Ok(UserNamespaceMode::Path(options.to_owned())),
        "auto" => auto(options).map(UserNamespaceMode::Auto),
        _ => Err(Error::usage(format!(
            "`{text}` is none of host, keep-id[:uid=UID,gid=GID,size=NUMBER], auto[:size=NUMBER], nomap, \
             container:NAME and ns:PATH"
        ))),
    }
}

fn auto(options: &str) -> Result<AutoIds> {
    let mut ids = AutoIds::default();
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option.split_once('=') {
            Some(("size", value)) => match value.parse() {
                Ok(size) if size > 0 => ids.size = Some(size),
                _ => return Err(Error::usage(format!("`{value}` is not a number of ids"))),
            },
            Some(("uidmapping", line)) => ids.uids.extend(map_request(line, Ids::Users)?),
            Some(("gidmapping", line)) => ids.gids.extend(map_request(line, Ids::Groups)?),
            _ => {
                return Err(Error::usage(format!(
                    "auto has no option `{option}`; size=NUMBER, uidmapping=INSIDE:OUTSIDE:SIZE and gidmapping are"
                )));
            }
        }
    }
    Ok(ids)
}

fn keep_id(options: &str) -> Result<UserNamespaceMode> {
    let (mut uid, mut gid, mut size) = (None, None, None);
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.parse().map_err(|_| {
            Error::usage(format!("`{option}` is not of the form uid=NUMBER, gid=NUMBER or size=NUMBER"))
        })?;
        match name {
            "uid" => uid = Some(value),
            "gid" => gid = Some(value),
            "size" if value > 0 => size = Some(value),
            _ => return Err(Error::usage(format!("keep-id has no option `{option}`; uid, gid and size are"))),
        }
    }
    Ok(UserNamespaceMode::KeepId { uid, gid, size })
}

/// What a map is of, and so which letters before it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    Users,
    Groups,
}

/// `--uidmap` and `--gidmap`: `[FLAGS]INSIDE:[@]OUTSIDE[:SIZE]`. Where only one of both is given, it stands for the
/// other too, but for lines with the letter `u` or `g`, which are for users or for groups alone; `+` extends the
/// default map.
pub fn maps(uids: &[String], gids: &[String]) -> Result<Option<UserNamespaceMode>> {
    if uids.is_empty() && gids.is_empty() {
        return Ok(None);
    }
    let lines = |option: &str, texts: &[String], ids| -> Result<Vec<MapRequest>> {
        Ok(super::each(option, texts, |text| map_request(text, ids))?.into_iter().flatten().collect())
    };
    let (for_users, for_groups) = match (uids.is_empty(), gids.is_empty()) {
        (true, _) => (gids, gids),
        (_, true) => (uids, uids),
        _ => (uids, gids),
    };
    let mode = UserNamespaceMode::Maps {
        uids: lines("--uidmap", for_users, Ids::Users)?,
        gids: lines("--gidmap", for_groups, Ids::Groups)?,
    };
    Ok(Some(mode))
}

/// `None`: the line is for the other kind of ids alone.
fn map_request(text: &str, ids: Ids) -> Result<Option<MapRequest>> {
    let malformed = || Error::usage("expected [FLAGS]INSIDE:[@]OUTSIDE[:SIZE], such as `0:1:1000` or `+1000:@1000:1`");
    let digits = text.find(|c: char| c.is_ascii_digit()).ok_or_else(malformed)?;
    let (flags, rest) = text.split_at(digits);
    let mut fields = rest.split(':');
    let inside = fields.next().and_then(|field| field.parse().ok()).ok_or_else(malformed)?;
    let outside = fields.next().ok_or_else(malformed)?;
    let (is_host, outside) = outside.strip_prefix('@').map_or((false, outside), |number| (true, number));
    let outside = outside.parse().map_err(|_| malformed())?;
    let size = fields.next().map_or(Ok(1), str::parse).map_err(|_| malformed())?;
    if fields.next().is_some() || size == 0 || flags.chars().any(|flag| !"+ug".contains(flag)) {
        return Err(malformed());
    }
    if u32::checked_add(inside, size).is_none() || u32::checked_add(outside, size).is_none() {
        return Err(Error::usage("ids end at 4294967295"));
    }
    let (users, groups) = (flags.contains('u'), flags.contains('g'));
    let is_meant = users == groups || (ids == Ids::Users) == users;
    Ok(is_meant.then(|| MapRequest { inside, outside, size, is_host, extends: flags.contains('+') }))
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

/// A word of resolv.conf, which has one line per kind.
pub fn resolver_word(text: &str) -> Result<String> {
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::usage("expected one word"));
    }
    Ok(text.to_owned())
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
    fn namespaces_are_private_shared_or_those_of_a_container() {
        assert_eq!(namespace("host").unwrap(), NamespaceMode::Host);
        assert_eq!(namespace("private").unwrap(), NamespaceMode::Private);
        assert_eq!(namespace("container:a").unwrap(), NamespaceMode::Container("a".into()));
        assert_eq!(ipc("shareable").unwrap(), NamespaceMode::Private);
        assert_eq!(namespace("ns:/proc/1/ns/pid").unwrap(), NamespaceMode::Path("/proc/1/ns/pid".into()));
        for bad in ["hosts", "container:", "ns:", "ns:x", "shareable", "none"] {
            assert!(namespace(bad).is_err(), "{bad}");
        }
        assert_eq!(ipc("none").unwrap(), NamespaceMode::Private);
    }

    #[test]
    fn user_namespaces_may_keep_the_users_ids() {
        for (text, expected) in [
            ("host", UserNamespaceMode::Default),
            ("", UserNamespaceMode::Default),
            ("keep-id", UserNamespaceMode::KeepId { uid: None, gid: None, size: None }),
            ("keep-id:uid=5,gid=6", UserNamespaceMode::KeepId { uid: Some(5), gid: Some(6), size: None }),
            ("nomap", UserNamespaceMode::NoMap),
            ("auto", UserNamespaceMode::Auto(AutoIds::default())),
            ("auto:size=9", UserNamespaceMode::Auto(AutoIds { size: Some(9), ..AutoIds::default() })),
            ("keep-id:gid=6,size=9", UserNamespaceMode::KeepId { uid: None, gid: Some(6), size: Some(9) }),
            ("container:a", UserNamespaceMode::Container("a".into())),
            ("ns:/x", UserNamespaceMode::Path("/x".into())),
        ] {
            assert_eq!(userns(text).ok(), Some(expected), "{text}");
        }
        for bad in [
            "auto:size=0",
            "auto:x",
            "auto:uidmapping=1",
            "keep-id:uid",
            "keep-id:uid=-1",
            "keep-id:size=0",
            "host:x",
            "nomap:x",
            "else",
            "ns:x",
        ] {
            assert!(userns(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn maps_have_podmans_letters() {
        let one = |text, ids| {
            map_request(text, ids).map(|map| map.map(|m| (m.inside, m.outside, m.size, m.is_host, m.extends)))
        };
        assert_eq!(one("0:1:10", Ids::Users).unwrap(), Some((0, 1, 10, false, false)));
        assert_eq!(one("5:0", Ids::Groups).unwrap(), Some((5, 0, 1, false, false)));
        assert_eq!(one("+u5:@1000:2", Ids::Users).unwrap(), Some((5, 1000, 2, true, true)));
        assert_eq!(one("+u5:@1000:2", Ids::Groups).unwrap(), None);
        for bad in ["", "0", "0:", "a:b", "0:1:0", "0:1:2:3", "x0:1:2", "4294967295:0:2"] {
            assert!(one(bad, Ids::Users).is_err(), "{bad}");
        }
        assert_eq!(maps(&[], &[]).unwrap(), None);
        let both = maps(&["0:1:5".to_owned()], &[]).unwrap();
        assert!(matches!(both, Some(UserNamespaceMode::Maps { uids, gids }) if uids == gids && uids.len() == 1));
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
