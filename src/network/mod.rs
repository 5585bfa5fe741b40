//! A network namespace that reaches the world: by the network inside box, or by a program that is installed.
//!
//! [`Plan::choose`] decides on the caller's side which way this machine offers; the plan goes to the monitor, which
//! carries it out with [`Plan::attach`] once the namespace exists and before the payload runs. What the payload reads
//! about its network (`/etc/hosts`, `/etc/resolv.conf`) is composed by [`names`].
//!
//! Inside, the addresses do not depend on the host's, so a host that roams, or has no network at all,
//! makes no difference. The host's loopback is out of reach. Joining another container's namespace is the caller's
//! affair: it knows the containers, and asks for a path.

pub mod builtin;
pub mod members;
pub mod names;

mod attachment;
mod pasta;
mod ports;
mod slirp4netns;
mod subnet;

use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};
use crate::host::tools::{self, Tool};
use crate::settings::{MacAddress, NetworkMode, PortRequest};

use members::Membership;

pub use attachment::Attachment;
pub use builtin::Builtin;
pub use ports::{Bound, Published, has_ipv6, serves};
pub use subnet::Subnet;

/// Sockets that are there before the container is connected.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Where members of its named networks call it, one for each.
    pub seats: Vec<OwnedFd>,
    /// Of published ports; the others are bound.
    pub ports: Vec<(Published, OwnedFd)>,
}

/// The way to the world that was chosen for one start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// A namespace of its own with nothing but loopback.
    #[default]
    None,
    /// The host's namespace.
    Host,
    /// Joins the namespace at this path.
    Path(String),
    Builtin(Builtin),
    Pasta(Way),
    Slirp4netns(Way),
}

/// A program that carries the packets, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    program: PathBuf,
    /// As the user gave them.
    options: Vec<String>,
    ports: Vec<Published>,
    pub addresses: Addresses,
    /// Answer at `addresses.dns` for the host's resolver, which is out of reach otherwise.
    forward_dns: bool,
    /// What to try if this way turns out to be closed.
    otherwise: Option<Box<Plan>>,
}

/// What the container sees of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    pub own: Ipv4Addr,
    pub prefix_length: u8,
    pub gateway: Ipv4Addr,
    pub dns: Ipv4Addr,
}

impl Default for Addresses {
    fn default() -> Addresses {
        Addresses::within(Ipv4Addr::new(10, 0, 2, 0), 24)
    }
}

impl Addresses {
    /// As slirp4netns places them in a network.
    fn within(network: Ipv4Addr, prefix_length: u8) -> Addresses {
        let at = |offset| Ipv4Addr::from(u32::from(network).saturating_add(offset));
        Addresses { own: at(100), prefix_length, gateway: at(2), dns: at(3) }
    }
}

impl Plan {
    /// Chooses the way for `mode`; the text is a warning for the user, one line.
    ///
    /// `NetworkMode::Container` must have been resolved to a path before. `builtin`: whether the network inside box
    /// works on this machine, see [`builtin::works`]. `memberships`: in the networks that are named.
    pub fn choose(
        mode: &NetworkMode,
        requests: &[PortRequest],
        memberships: Vec<Membership>,
        builtin: impl FnOnce() -> Result<()>,
    ) -> Result<(Plan, Option<String>)> {
        match mode {
            NetworkMode::Private => match builtin() {
                Ok(()) => Ok((named_builtin(&[], requests)?, None)),
                Err(refused) => choose_program(requests, &Machine::look()).map(|(plan, warning)| {
                    (plan, warning.map(|warning| format!("{warning} (the built-in network: {refused})")))
                }),
            },
            NetworkMode::Builtin(options) => {
                builtin().during(|| "try the built-in network")?;
                Ok((named_builtin(options, requests)?, None))
            }
            // It has left them all.
            NetworkMode::Named(networks) if networks.is_empty() => {
                Ok((Plan::None, ports_ignored(requests, "without a network")))
            }
            NetworkMode::Named(_) => {
                builtin().during(|| "join a named network, which takes the built-in network").hint(
                    || "`box doctor` looks for the cause; `--network private` takes another way where there is one",
                )?;
                let is_internal = memberships.iter().all(|membership| membership.internal);
                let (requests, ignored) = if is_internal { (&[][..], requests) } else { (requests, &[][..]) };
                let plan = Plan::Builtin(Builtin::of_member(memberships, ports::publish(requests)?));
                Ok((plan, ports_ignored(ignored, "in an internal network")))
            }
            NetworkMode::None => Ok((Plan::None, ports_ignored(requests, "without a network"))),
            NetworkMode::Host => Ok((Plan::Host, ports_ignored(requests, "on the host's network"))),
            NetworkMode::Path(path) => {
                Ok((Plan::Path(path.clone()), ports_ignored(requests, "in a network namespace that is not its own")))
            }
            NetworkMode::Pasta(options) => Ok((named_pasta(options, requests, &Machine::look())?, None)),
            NetworkMode::Slirp4netns(options) => Ok((named_slirp4netns(options, requests, &Machine::look())?, None)),
            NetworkMode::Container(name) => Err(Error::new(format!("container `{name}` has no network to join"))),
        }
    }

    /// Whether the container gets a new network namespace.
    pub fn is_private(&self) -> bool {
        !matches!(self, Plan::Host | Plan::Path(_))
    }

    /// The published ports, with the host's ports that were chosen.
    pub fn ports(&self) -> &[Published] {
        match self {
            Plan::Builtin(builtin) => &builtin.ports,
            _ => self.way().map_or(&[], |way| &way.ports),
        }
    }

    /// What has changed since the start.
    pub fn follow(&mut self, builtin::Followed { memberships, ports }: builtin::Followed) {
        if let Plan::Builtin(builtin) = self {
            *builtin = builtin.in_networks(memberships);
            builtin.ports = ports;
        }
    }

    /// These ports are published as well, at sockets that others have bound.
    pub fn publish_bound<'b>(&mut self, bound: impl Iterator<Item = &'b Bound>) -> Result<()> {
        for Bound { port, .. } in bound {
            match self {
                Plan::Builtin(builtin) if builtin.is_internal() => {
                    return Err(Error::usage("ports are not published in an internal network"));
                }
                Plan::Builtin(builtin) => builtin.ports.push(port.clone()),
                _ => {
                    return Err(Error::usage("a port at a socket that was passed takes the built-in network"))
                        .hint(|| "`box doctor` looks for the cause; without the socket unit another way is taken");
                }
            }
        }
        Ok(())
    }

    /// In the named networks that the container is in.
    pub fn memberships(&self) -> &[Membership] {
        match self {
            Plan::Builtin(builtin) => &builtin.memberships,
            _ => &[],
        }
    }

    /// Of the interface of a container in no named network.
    pub fn mac(&self) -> Option<MacAddress> {
        match self {
            Plan::Builtin(builtin) => builtin.mac,
            _ => None,
        }
    }

    /// What the container sees of its network, where it is the same at each start.
    pub fn addresses(&self) -> Option<Addresses> {
        match self {
            Plan::Builtin(builtin) => Some(builtin.addresses),
            _ => self.way().map(|way| way.addresses),
        }
    }

    /// Connects the namespaces of process `pid` to the world; ready when [`Attachment::wait_until_ready`] returns.
    ///
    /// Called by the monitor, which has one thread, after the ids of `pid` were mapped and before it runs the payload.
    /// Sockets and the like are made in `runtime_dir`, a directory of this container alone.
    pub fn attach(&self, pid: Pid, runtime_dir: &Path, sockets: Sockets) -> Result<Attachment> {
        let (attached, way) = match self {
            Plan::Builtin(builtin) => {
                return builtin::attach(builtin, pid, runtime_dir, sockets).during(|| "connect to the network");
            }
            Plan::Pasta(way) => (pasta::attach(way, pid, runtime_dir), way),
            Plan::Slirp4netns(way) => (slirp4netns::attach(way, pid, runtime_dir), way),
            Plan::None | Plan::Host | Plan::Path(_) => return Ok(Attachment::default()),
        };
        match (attached, &way.otherwise) {
            (Err(_), Some(otherwise)) => otherwise.attach(pid, runtime_dir, sockets),
            (attached, _) => attached
                .during(|| "connect to the network")
                .hint(|| "`--network none` or `--network host` runs it all the same"),
        }
    }

    fn way(&self) -> Option<&Way> {
        match self {
            Plan::Pasta(way) | Plan::Slirp4netns(way) => Some(way),
            _ => None,
        }
    }
}

/// What this machine offers to programs that carry packets.
struct Machine {
    pasta: Option<PathBuf>,
    slirp4netns: Option<PathBuf>,
    /// Why /dev/net/tun cannot be opened.
    tun_closed: Option<Error>,
    has_default_route: bool,
    resolver_is_loopback: bool,
}

impl Machine {
    fn look() -> Machine {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Machine {
            pasta: tools::find(Tool::Pasta),
            slirp4netns: tools::find(Tool::Slirp4netns),
            tun_closed: std::fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun").err().map(Error::from),
            has_default_route: has_default_route(&text("/proc/net/route")),
            resolver_is_loopback: names::resolver_is_loopback(&names::HostFiles::read().resolv_conf),
        }
    }
}

/// The best program; without any, loopback alone and a warning that says what is missing.
fn choose_program(requests: &[PortRequest], machine: &Machine) -> Result<(Plan, Option<String>)> {
    let ipv6_only_by_pasta =
        requests.iter().any(|request| request.host_address.is_some_and(|address| address.is_ipv6()));
    let slirp4netns = machine.slirp4netns.as_ref().filter(|_| !ipv6_only_by_pasta);
    // pasta hands a connection to a published port over as one from 127.0.0.1 if it was made on this machine, and a
    // program that trusts its own loopback would trust the caller (CVE-2021-20199). slirp4netns does not.
    let may_publish = requests.is_empty() || slirp4netns.is_none();
    // pasta takes its routes from the host's, and gives up where there are none.
    let pasta = machine.pasta.as_ref().filter(|_| machine.has_default_route && may_publish);
    if machine.tun_closed.is_some() || (pasta.is_none() && slirp4netns.is_none()) {
        return choose_loopback(requests, machine);
    }
    let ports = ports::publish(requests)?;
    let way = |program: &PathBuf| Way {
        program: program.clone(),
        options: Vec::new(),
        ports: ports.clone(),
        addresses: Addresses::default(),
        forward_dns: machine.resolver_is_loopback,
        otherwise: None,
    };
    let second = slirp4netns.map(|program| Plan::Slirp4netns(way(program)));
    let plan = match (pasta, second) {
        (Some(program), second) => Plan::Pasta(Way { otherwise: second.map(Box::new), ..way(program) }),
        (None, Some(second)) => second,
        (None, None) => return choose_loopback(requests, machine),
    };
    Ok((plan, None))
}

fn choose_loopback(requests: &[PortRequest], machine: &Machine) -> Result<(Plan, Option<String>)> {
    let (cause, fix) = match &machine.tun_closed {
        Some(error) => (format!("/dev/net/tun: {error}"), "as root, `modprobe tun` and `chmod 666 /dev/net/tun`"),
        None => {
            ("neither pasta nor slirp4netns can be used".to_owned(), "install the package `passt` or `slirp4netns`")
        }
    };
    match requests.first() {
        Some(request) => Err(Error::new(cause).while_doing(format!("publish port {}", request.container_port)))
            .hint(|| format!("{fix}, or use `--network host`")),
        None => Ok((Plan::None, Some(format!("no network but loopback: {cause}; {fix}, or use `--network host`")))),
    }
}

fn named_builtin(options: &[String], requests: &[PortRequest]) -> Result<Plan> {
    Ok(Plan::Builtin(Builtin::parse(options, ports::publish(requests)?)?))
}

fn named_pasta(options: &[String], requests: &[PortRequest], machine: &Machine) -> Result<Plan> {
    Ok(Plan::Pasta(Way {
        program: required(Tool::Pasta, machine.pasta.as_ref(), machine)?,
        options: options.to_vec(),
        ports: ports::publish(requests)?,
        addresses: Addresses::default(),
        forward_dns: machine.resolver_is_loopback,
        otherwise: None,
    }))
}

fn named_slirp4netns(options: &[String], requests: &[PortRequest], machine: &Machine) -> Result<Plan> {
    let addresses = slirp4netns::check_options(options)?;
    if let Some(address) = requests.iter().filter_map(|request| request.host_address).find(IpAddr::is_ipv6) {
        return Err(Error::usage(format!("slirp4netns cannot publish at the IPv6 address {address}")))
            .hint(|| "use `--network pasta`");
    }
    Ok(Plan::Slirp4netns(Way {
        program: required(Tool::Slirp4netns, machine.slirp4netns.as_ref(), machine)?,
        options: options.to_vec(),
        ports: ports::publish(requests)?,
        addresses,
        forward_dns: machine.resolver_is_loopback,
        otherwise: None,
    }))
}

fn required(tool: Tool, found: Option<&PathBuf>, machine: &Machine) -> Result<PathBuf> {
    if let Some(error) = &machine.tun_closed {
        return Err(error.clone().while_doing("open /dev/net/tun"))
            .hint(|| "as root: `modprobe tun` and `chmod 666 /dev/net/tun`");
    }
    found
        .cloned()
        .ok_or_else(|| Error::new(format!("no program `{}` in PATH", tool.program())))
        .hint(|| format!("install the package `{}`", tool.package()))
}

fn ports_ignored(requests: &[PortRequest], place: &str) -> Option<String> {
    (!requests.is_empty()).then(|| format!("ports are not published {place}"))
}

/// Reads /proc/net/route: interface, destination, gateway, flags, ..., mask in the eighth column, all in hexadecimal.
fn has_default_route(routes: &str) -> bool {
    routes.lines().skip(1).any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.get(1) == Some(&"00000000") && columns.get(7) == Some(&"00000000")
    })
}

#[cfg(test)]
mod tests;
