//! Named networks: what is remembered of each. Containers that are in one reach each other, by name as well.
//!
//! ```text
//! ROOT/networks/<name>    what was asked for, and the ranges of addresses that it was given
//! ROOT/locks/networks     held by whoever makes or removes one, so that no two have addresses in common
//! ```
//!
//! Nothing of a network runs, and nothing of it is in the kernel: a network is this record, and a directory where the
//! members of the moment find each other (`network::members`). Which containers are in it their records say, and the
//! callers, who know them, tell. The default network is in no file: it is there always, and each container is alone in
//! it.

mod inspect;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use inspect::document;

use crate::disk::{Lock, atomic, record};
use crate::error::{During, Error, Kind, Result};
use crate::network::members::Wish;
use crate::network::{Addresses, Subnet};
use crate::settings::NetworkRequest;
use crate::store::Store;
use crate::store::events::{self, Action, Subject};

/// The network of containers that name none, as Podman calls it.
pub const DEFAULT: &str = "podman";
/// Names that mean something else, or the default network.
const RESERVED: [&str; 11] =
    ["bridge", "builtin", "container", "default", "host", "none", "ns", "pasta", "podman", "private", "slirp4netns"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// 64 hexadecimal digits.
    pub id: String,
    pub name: String,
    /// RFC 3339, with nanoseconds.
    pub created: String,
    /// IPv4 first, which is always there.
    pub ranges: Vec<Range>,
    /// Without a way out.
    #[serde(default)]
    pub internal: bool,
    /// Whether members find each other by name.
    pub resolves: bool,
    /// Asked for names that no member has; none: the host's.
    #[serde(default)]
    pub resolvers: Vec<IpAddr>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// What a later version of box keeps here survives a rewrite by this one.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

/// Addresses of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub subnet: Subnet,
    /// At which members find the host and the resolver.
    pub gateway: IpAddr,
    /// From which members' addresses are chosen, where that is not the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen_from: Option<Subnet>,
}

/// What is asked for of a new network.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// None: one of IPv4 that is free.
    pub subnets: Vec<Subnet>,
    /// Each in one of the subnets.
    pub gateways: Vec<IpAddr>,
    pub chosen_from: Vec<Subnet>,
    pub ipv6: bool,
    pub internal: bool,
    pub resolves: bool,
    pub resolvers: Vec<IpAddr>,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
}

impl Network {
    /// Bytes; `None`: as large as packets can be.
    pub fn mtu(&self) -> Option<u32> {
        self.options.get("mtu").and_then(|mtu| mtu.parse().ok())
    }

    pub fn is_default(&self) -> bool {
        self.name == DEFAULT
    }

    /// Where its members find each other.
    pub fn directory(&self, runtime_root: &Path) -> PathBuf {
        runtime_root.join("networks").join(&self.id[..12])
    }

    /// In which ranges a member has addresses, and which it has asked for.
    pub fn wishes(&self, request: &NetworkRequest) -> Result<Vec<Wish>> {
        let asked: Vec<IpAddr> =
            [request.v4.map(IpAddr::from), request.v6.map(IpAddr::from)].into_iter().flatten().collect();
        if let Some(stray) =
            asked.iter().find(|address| !self.ranges.iter().any(|range| range.subnet.contains(**address)))
        {
            return Err(Error::usage(format!("network `{}` has no address {stray}", self.name)));
        }
        let wish = |range: &Range| Wish {
            subnet: range.subnet,
            gateway: range.gateway,
            range: range.chosen_from,
            address: asked.iter().copied().find(|address| range.subnet.contains(*address)),
        };
        Ok(self.ranges.iter().map(wish).collect())
    }
}

/// The network that containers are in which name none.
pub fn default_network() -> Network {
    let Addresses { own, prefix_length, gateway, .. } = Addresses::default();
    Network {
        // That of Podman's, which is the digest of its name.
        id: "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9".to_owned(),
        name: DEFAULT.to_owned(),
        created: "1970-01-01T00:00:00Z".to_owned(),
        ranges: vec![Range {
            subnet: Subnet::around(own.into(), prefix_length),
            gateway: gateway.into(),
            chosen_from: None,
        }],
        internal: false,
        resolves: false,
        resolvers: Vec::new(),
        labels: BTreeMap::new(),
        options: BTreeMap::new(),
        unknown: BTreeMap::new(),
    }
}

/// Makes the network `name`, or one with a free name (`None`); an error if there is one already.
pub fn create(store: &Store, name: Option<&str>, wanted: Wanted) -> Result<Network> {
    name.map_or(Ok(()), check_name)?;
    let act = || format!("create network{}", name.map(|name| format!(" `{name}`")).unwrap_or_default());
    let made = make(store, name, wanted).during(act)?;
    tell(store, &made, Action::Create);
    Ok(made)
}

fn make(store: &Store, name: Option<&str>, wanted: Wanted) -> Result<Network> {
    let _lock = lock(store)?;
    let others = list(store)?;
    let is_taken = |name: &str| others.iter().any(|other| other.name == name);
    let name = match name {
        Some(name) if is_taken(name) => {
            return Err(Error::new("it exists already")).hint(|| "`--ignore` takes the one that is there");
        }
        Some(name) => name.to_owned(),
        None => {
            (1..).map(|number| format!("network{number}")).find(|name| !is_taken(name)).expect("numbers do not end")
        }
    };
    check_options(&wanted.options)?;
    let network = Network {
        id: new_id(),
        name,
        created: format!("{:.9}", jiff::Timestamp::now()),
        ranges: ranges(&wanted, &others)?,
        internal: wanted.internal,
        resolves: wanted.resolves,
        resolvers: wanted.resolvers,
        labels: wanted.labels,
        options: wanted.options,
        unknown: BTreeMap::new(),
    };
    // A store that an earlier box has laid out lacks the directory.
    fs::DirBuilder::new().mode(0o700).recursive(true).create(store.networks_dir())?;
    record::write(&store.network_path(&network.name), &network)?;
    Ok(network)
}

fn new_id() -> String {
    let digits: String = (0..3).map(|_| atomic::fresh_name()).collect();
    digits[..64].to_owned()
}

fn check_options(options: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in options {
        match (key.as_str(), value.as_str()) {
            ("mtu", value) if value.parse().is_ok_and(|mtu: u32| (1280..=65520).contains(&mtu)) => {}
            ("mtu", value) => return Err(Error::usage(format!("mtu={value}: expected 1280 to 65520 bytes"))),
            ("isolate", "true" | "strict") => {} // They are.
            ("isolate", _) => return Err(Error::usage("isolate=: networks are always separate")),
            _ => return Err(Error::usage(format!("networks have no option `{key}`"))).hint(|| "known: mtu=, isolate="),
        }
    }
    Ok(())
}

/// The ranges of a new network: those that were asked for, and free ones as needed.
fn ranges(wanted: &Wanted, others: &[Network]) -> Result<Vec<Range>> {
    let mut subnets = wanted.subnets.clone();
    let taken = |subnet: &Subnet| {
        let has = |other: &&Network| other.ranges.iter().any(|range| range.subnet.overlaps(subnet));
        others.iter().filter(|other| !other.is_default()).find(has)
    };
    if !subnets.iter().any(Subnet::is_v4) {
        let free = default_subnets().find(|subnet| taken(subnet).is_none());
        subnets.insert(0, free.ok_or_else(|| Error::new("no range of addresses is left; give one by --subnet"))?);
    }
    if wanted.ipv6 && subnets.iter().all(Subnet::is_v4) {
        subnets.push(random_v6_subnet());
    }
    subnets.sort_by_key(|subnet| !subnet.is_v4());
    for (place, subnet) in subnets.iter().enumerate() {
        if let Some(other) = taken(subnet) {
            return Err(Error::new(format!("network `{}` has addresses of {subnet}", other.name)));
        }
        if subnets[..place].iter().any(|other| other.is_v4() == subnet.is_v4()) {
            return Err(Error::usage("a network has one range of each version of IP"));
        }
    }
    let within = |address: IpAddr| subnets.iter().any(|subnet| subnet.hosts_contain(address));
    if let Some(stray) = wanted.gateways.iter().find(|gateway| !within(**gateway)) {
        return Err(Error::usage(format!("--gateway {stray}: no subnet has this address")));
    }
    if let Some(stray) = wanted.chosen_from.iter().find(|chosen| !within_one(&subnets, chosen)) {
        return Err(Error::usage(format!("--ip-range {stray}: no subnet has these addresses")));
    }
    let range = |subnet: Subnet| -> Result<Range> {
        let first = subnet.hosts().next().filter(|first| subnet.hosts().any(|host| host != *first));
        let first = first.ok_or_else(|| Error::usage(format!("{subnet} is too small for a network")))?;
        let gateway = wanted.gateways.iter().copied().find(|gateway| subnet.contains(*gateway)).unwrap_or(first);
        let chosen_from = wanted.chosen_from.iter().copied().find(|chosen| subnet.contains(chosen.first()));
        Ok(Range { subnet, gateway, chosen_from })
    };
    subnets.into_iter().map(range).collect()
}

fn within_one(subnets: &[Subnet], chosen: &Subnet) -> bool {
    subnets.iter().any(|subnet| subnet.contains(chosen.first()) && chosen.prefix_length() >= subnet.prefix_length())
}

/// As Podman chooses them.
fn default_subnets() -> impl Iterator<Item = Subnet> {
    (89..=255_u8).flat_map(|second| {
        (0..=255_u8).map(move |third| Subnet::around(Ipv4Addr::new(10, second, third, 0).into(), 24))
    })
}

/// One of a range for private use that nobody else is likely to have (RFC 4193).
fn random_v6_subnet() -> Subnet {
    let number = u64::from_str_radix(&new_id()[..14], 16).expect("hexadecimal digits");
    Subnet::around(Ipv6Addr::from(u128::from(0xfd << 56 | number) << 64).into(), 64)
}

/// The network with this name or ID, or with an ID that begins so, if there is only one.
pub fn find(store: &Store, wanted: &str) -> Result<Option<Network>> {
    if matches!(wanted, DEFAULT | "bridge" | "default" | "private") {
        return Ok(Some(default_network()));
    }
    if check_name(wanted).is_ok()
        && let Some(named) = record::read(&store.network_path(wanted))?
    {
        return Ok(Some(named));
    }
    let mut matching = list(store)?.into_iter().filter(|network| !wanted.is_empty() && network.id.starts_with(wanted));
    match (matching.next(), matching.next()) {
        (Some(_), Some(_)) => Err(Error::new(format!("more than one network's id begins with `{wanted}`"))),
        (found, _) => Ok(found),
    }
}

pub fn get(store: &Store, wanted: &str) -> Result<Network> {
    find(store, wanted)?.ok_or_else(|| {
        Error::absent("network", wanted.escape_debug())
            .with_hint("`box network ls` lists them, `box network create` makes one")
    })
}

/// All networks, by name; the default one is among them.
pub fn list(store: &Store) -> Result<Vec<Network>> {
    let mut networks: Vec<Network> = record::read_all(&store.networks_dir())?;
    networks.push(default_network());
    networks.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(networks)
}

/// Removes a network, unless containers are in it (`Kind::InUse`). `users` finds them while nobody begins to use it.
pub fn remove(store: &Store, network: &Network, users: impl FnOnce() -> Result<Vec<String>>) -> Result<()> {
    let act = || format!("remove network `{}`", network.name);
    if network.is_default() {
        return Err(Error::usage("it is the default network")).during(act);
    }
    let _lock = lock(store).during(act)?;
    let users = users()?;
    if !users.is_empty() {
        return Err(
            Error::new(format!("network `{}` is used by {}", network.name, users.join(", "))).of_kind(Kind::InUse)
        )
        .hint(|| "remove those containers first, or use --force to remove them with it");
    }
    check_there(store, network)?;
    fs::remove_file(store.network_path(&network.name)).during(act)?;
    tell(store, network, Action::Remove);
    Ok(())
}

/// Nobody makes or removes a network as long as it lives.
pub fn lock(store: &Store) -> Result<Lock> {
    Lock::exclusive(&store.lock_path("networks"))
}

/// An error where this very network is no more, be it that another one has its name.
pub fn check_there(store: &Store, network: &Network) -> Result<()> {
    match find(store, &network.name)? {
        Some(found) if found.id == network.id => Ok(()),
        _ => Err(Error::absent("network", &network.name)),
    }
}

fn tell(store: &Store, network: &Network, action: Action) {
    store.tell(Subject::new(events::Kind::Network, &network.id, &network.name), action);
}

/// Names are files of the store, and words of `--network`.
pub fn check_name(name: &str) -> Result<()> {
    let is_first = |letter: char| letter.is_ascii_alphanumeric();
    let is_inner = |letter: char| is_first(letter) || matches!(letter, '_' | '.' | '-');
    if RESERVED.contains(&name) {
        return Err(Error::usage(format!("`{name}` is no name for a network: it means something else in --network")));
    }
    if name.starts_with(is_first) && name.chars().all(is_inner) && name.len() <= 200 {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is no name for a network", name.escape_debug())))
        .hint(|| "a name begins with a letter or a digit; `_`, `.` and `-` may follow")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_store(check: impl FnOnce(&Store)) {
        let dir = tempfile::tempdir().unwrap();
        check(&Store::open(dir.path()).unwrap());
    }

    fn subnets(network: &Network) -> Vec<String> {
        network.ranges.iter().map(|range| format!("{} {}", range.subnet, range.gateway)).collect()
    }

    #[test]
    fn a_network_is_made_found_listed_and_removed() {
        with_store(|store| {
            assert_eq!(list(store).unwrap(), [default_network()]);
            let made = create(store, Some("web"), Wanted { resolves: true, ..Wanted::default() }).unwrap();
            assert_eq!(subnets(&made), ["10.89.0.0/24 10.89.0.1"]);
            assert_eq!(find(store, "web").unwrap().as_ref(), Some(&made));
            assert_eq!(find(store, &made.id[..12]).unwrap().as_ref(), Some(&made));
            assert_eq!(get(store, "bridge").unwrap().name, DEFAULT);
            let second = create(store, None, Wanted { ipv6: true, ..Wanted::default() }).unwrap();
            assert_eq!((second.name.as_str(), second.ranges.len()), ("network1", 2));
            assert_eq!(second.ranges[0].subnet.to_string(), "10.89.1.0/24");
            assert!(second.ranges[1].subnet.to_string().starts_with("fd"));
            assert_eq!(remove(store, &made, || Ok(vec!["c".to_owned()])).unwrap_err().kind, Kind::InUse);
            remove(store, &made, || Ok(Vec::new())).unwrap();
            assert_eq!(get(store, "web").unwrap_err().kind, Kind::Absent);
            assert!(remove(store, &default_network(), || Ok(Vec::new())).is_err());
        });
    }

    #[test]
    fn of_many_makers_one_wins_and_no_addresses_are_given_twice() {
        with_store(|store| {
            let make = |name: Option<&'static str>| create(store, name, Wanted::default()).is_ok();
            let won = std::thread::scope(|scope| {
                let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| make(Some("n")))).collect();
                let others: Vec<_> = (0..8).map(|_| scope.spawn(|| make(None))).collect();
                assert!(others.into_iter().all(|other| other.join().unwrap()));
                makers.into_iter().map(|maker| maker.join().unwrap()).filter(|won| *won).count()
            });
            let subnets: std::collections::BTreeSet<_> =
                list(store).unwrap().iter().map(|network| network.ranges[0].subnet.to_string()).collect();
            assert_eq!((won, subnets.len()), (1, 10));
        });
    }

    #[test]
    fn ranges_are_checked_against_each_other_and_those_of_others() {
        with_store(|store| {
            let wanted = |subnets: &[&str], gateways: &[&str], chosen: &[&str]| Wanted {
                subnets: subnets.iter().map(|text| text.parse().unwrap()).collect(),
                gateways: gateways.iter().map(|text| text.parse().unwrap()).collect(),
                chosen_from: chosen.iter().map(|text| text.parse().unwrap()).collect(),
                ..Wanted::default()
            };
            let made = create(store, None, wanted(&["fd07::/64", "10.7.0.0/24"], &["10.7.0.9"], &["10.7.0.64/26"]));
            assert_eq!(subnets(&made.unwrap()), ["10.7.0.0/24 10.7.0.9", "fd07::/64 fd07::1"]);
            for (bad, why) in [
                (wanted(&["10.7.0.128/25"], &[], &[]), "network `network1` has addresses of 10.7.0.128/25"),
                (wanted(&["10.8.0.0/24", "10.9.0.0/24"], &[], &[]), "one range of each version"),
                (wanted(&["10.8.0.0/24"], &["10.9.0.1"], &[]), "--gateway 10.9.0.1: no subnet has this address"),
                (wanted(&["10.8.0.0/24"], &["10.8.0.255"], &[]), "no subnet has this address"),
                (wanted(&["10.8.0.0/24"], &[], &["10.8.0.0/16"]), "no subnet has these addresses"),
                (wanted(&["10.8.0.0/31"], &[], &[]), "too small"),
                (Wanted { options: [("x".into(), "y".into())].into(), ..Wanted::default() }, "no option `x`"),
            ] {
                let error = create(store, None, bad).unwrap_err().to_string();
                assert!(error.contains(why), "{error}");
            }
        });
    }

    #[test]
    fn no_name_leads_out_of_the_store_or_means_something_else() {
        for bad in ["", ".", "..", "../x", "a/b", "-x", ".hidden", "a b", "a:b", "host", "none", DEFAULT] {
            assert_eq!(check_name(bad).unwrap_err().kind, Kind::Usage, "{bad:?}");
        }
    }
}
