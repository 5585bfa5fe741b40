//! Who is in a named network at this moment: each member's proxy listens at a socket there, and others find it.
//!
//! ```text
//! RUNTIME/networks/<network, 12 hex>/    locked by whoever joins
//!     <member>                           the socket at which its proxy listens (`builtin/peers`)
//!     <address>                          -> <member>
//!     names/<name>/<address>             -> ../../<member>
//! ```
//!
//! Nothing here says that a member lives: the kernel does, to whoever calls at its socket. What a killed member leaves
//! is a socket at which nobody listens, of a name that nobody takes again; it goes when its container starts once more
//! or is removed, or when its address is wanted.

use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, symlink};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::subnet::Subnet;
use crate::disk::Lock;
use crate::error::{During, Error, Result};
use crate::process::handshake::Attempt;
use crate::process::listener::{Listener, Patience, try_call};
use crate::settings::MacAddress;

/// A container in a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub network: String,
    pub network_id: String,
    /// Where the members find each other.
    pub directory: PathBuf,
    /// As the container is called there since this start.
    pub member: String,
    /// Which of its interfaces leads there: 0 for `eth0`.
    pub interface: usize,
    /// IPv4 first.
    pub places: Vec<Place>,
    /// Lower case; those that resolve to it.
    pub names: Vec<String>,
    /// Whether names are resolved at all.
    pub resolves: bool,
    /// Without a way out.
    pub internal: bool,
    /// Bytes; `None`: as large as it can be.
    pub mtu: Option<u32>,
    /// Of the interface; `None`: any.
    #[serde(default)]
    pub mac: Option<MacAddress>,
}

/// An address in a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub address: IpAddr,
    pub subnet: Subnet,
    pub gateway: IpAddr,
}

/// Where a member wants to be: in which range, and perhaps at which address.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub subnet: Subnet,
    pub gateway: IpAddr,
    /// From which addresses are chosen.
    pub range: Option<Subnet>,
    pub address: Option<IpAddr>,
}

/// A membership in the making: left again when dropped, unless it is handed over.
#[derive(Debug)]
pub struct Seat {
    pub membership: Membership,
    /// Calls are queued from now on.
    pub listener: Listener,
    is_handed_over: bool,
}

impl Seat {
    /// From here on somebody else listens, and leaves at the end.
    pub fn hand_over(mut self) {
        self.is_handed_over = true;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_handed_over {
            self.membership.leave();
        }
    }
}

/// Takes an address of each kind that is wished for, in `membership`, of which the places are not known yet.
pub fn join(mut membership: Membership, wishes: &[Wish]) -> Result<Seat> {
    // The last member may leave, and take the directory with it, between any two steps.
    const ATTEMPTS: usize = 100;
    for _ in 0..ATTEMPTS {
        match try_join(&mut membership, wishes) {
            Ok(Some(listener)) => return Ok(Seat { membership, listener, is_handed_over: false }),
            Ok(None) => membership.leave(),
            Err(error) => {
                membership.leave();
                return Err(error);
            }
        }
    }
    Err(Error::new(format!("{} is removed again and again", membership.directory.display())))
}

/// `None`: the directory is gone.
fn try_join(membership: &mut Membership, wishes: &[Wish]) -> Result<Option<Listener>> {
    let directory = &membership.directory;
    let make = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory.join("names"));
    make.during(|| format!("create {}", directory.display()))?;
    let Some(_lock) = Lock::exclusive_dir(directory)? else { return Ok(None) };
    let choose_all = || wishes.iter().map(|wish| choose(directory, wish)).collect::<Result<Vec<Place>>>();
    let places = match choose_all() {
        Ok(places) => places,
        // It may be that those who have what is wanted are gone.
        Err(_) => {
            clear_dead(directory)?;
            choose_all()?
        }
    };
    let listener = match Listener::bind(directory.join(&membership.member), Patience::Polls) {
        Err(_) if !directory.join("names").exists() => return Ok(None),
        bound => bound?,
    };
    membership.places = places;
    match enter(membership) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        entered => entered.map(|()| Some(listener)).during(|| format!("join network `{}`", membership.network)),
    }
}

fn enter(membership: &Membership) -> std::io::Result<()> {
    for Place { address, .. } in &membership.places {
        symlink(&membership.member, membership.directory.join(address.to_string()))?;
        for name in &membership.names {
            let named = names_dir(&membership.directory, name);
            fs::DirBuilder::new().recursive(true).create(&named)?;
            symlink(Path::new("../..").join(&membership.member), named.join(address.to_string()))?;
        }
    }
    Ok(())
}

/// The address that was asked for, else the first that is free.
fn choose(directory: &Path, wish: &Wish) -> Result<Place> {
    let Wish { subnet, gateway, range, address } = *wish;
    let is_free =
        |address: &IpAddr| *address != gateway && directory.join(address.to_string()).symlink_metadata().is_err();
    let chosen = match address {
        Some(address) if !subnet.hosts_contain(address) => {
            return Err(Error::usage(format!("{address} is no address for a member of {subnet}")));
        }
        Some(address) if !is_free(&address) => {
            let holder = if address == gateway { "the gateway" } else { "another container" };
            return Err(Error::new(format!("address {address} belongs to {holder}")));
        }
        Some(address) => address,
        None => {
            let mut candidates = range.unwrap_or(subnet).hosts().filter(|host| subnet.hosts_contain(*host));
            candidates.find(is_free).ok_or_else(|| Error::new(format!("all addresses of {subnet} are in use")))?
        }
    };
    Ok(Place { address: chosen, subnet, gateway })
}

/// Takes away what members have left that are gone.
fn clear_dead(directory: &Path) -> Result<()> {
    let entries = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten();
    let is_socket = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_socket());
    let is_dangling = |path: &Path| path.is_symlink() && !path.exists();
    let mut found_dead = false;
    for entry in entries(directory).filter(is_socket) {
        // Only who is known to be gone: whoever cannot be asked just now may live.
        if matches!(try_call(&entry.path()), Ok(Attempt::Gone)) {
            found_dead = true;
            fs::remove_file(entry.path()).during(|| format!("remove {}", entry.path().display()))?;
        }
    }
    let names = entries(&directory.join("names")).flat_map(|name| entries(&name.path()));
    for link in entries(directory).chain(names).filter(|_| found_dead).map(|entry| entry.path()) {
        if is_dangling(&link) {
            fs::remove_file(&link).during(|| format!("remove {}", link.display()))?;
            let _ = fs::remove_dir(link.parent().unwrap_or(directory)); // If it was the last one of that name.
        }
    }
    Ok(())
}

/// Whether somebody listens at this socket.
pub fn lives(socket: &Path) -> bool {
    matches!(try_call(socket), Ok(Attempt::Done(_) | Attempt::WouldBlock))
}

/// The addresses of the members that are called `name` (lower case) and live.
pub fn resolve(directory: &Path, name: &str) -> Vec<IpAddr> {
    if !is_name(name) {
        return Vec::new();
    }
    let entries = fs::read_dir(names_dir(directory, name)).into_iter().flatten().flatten();
    let living = entries.filter(|entry| lives(&entry.path()));
    living.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// What the member at an address is called, in order, if it lives.
pub fn names_of(directory: &Path, address: IpAddr) -> Vec<String> {
    let address = address.to_string();
    if !lives(&directory.join(&address)) {
        return Vec::new();
    }
    let names = fs::read_dir(directory.join("names")).into_iter().flatten().flatten();
    let own = names.filter(|name| name.path().join(&address).is_symlink());
    let mut own: Vec<String> = own.filter_map(|name| name.file_name().into_string().ok()).collect();
    own.sort();
    own
}

/// Whether a member may be called so: a host name, of which a path can be made.
pub fn is_name(name: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    name.len() <= 253
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
        && name.chars().all(is_inner)
}

fn names_dir(directory: &Path, name: &str) -> PathBuf {
    directory.join("names").join(name)
}

impl Membership {
    /// Takes back everything that says that the container is a member. What is no longer its own stays.
    pub fn leave(&self) {
        let forget = |link: PathBuf, target: &Path| {
            if fs::read_link(&link).is_ok_and(|found| found == target) {
                let _ = fs::remove_file(&link); // Somebody else has been faster.
            }
        };
        // Directories go with the last that is in them.
        for Place { address, .. } in &self.places {
            for name in &self.names {
                let named = names_dir(&self.directory, name);
                forget(named.join(address.to_string()), &Path::new("../..").join(&self.member));
                let _ = fs::remove_dir(named);
            }
            forget(self.directory.join(address.to_string()), Path::new(&self.member));
        }
        let _ = fs::remove_file(self.directory.join(&self.member));
        let _ = fs::remove_dir(self.directory.join("names"));
        let _ = fs::remove_dir(&self.directory);
    }

    pub fn v4(&self) -> Option<&Place> {
        self.places.iter().find(|place| place.address.is_ipv4())
    }
}

#[cfg(test)]
pub fn for_test(address: &str, subnet: &str, gateway: &str) -> Membership {
    let place =
        Place { address: address.parse().unwrap(), subnet: subnet.parse().unwrap(), gateway: gateway.parse().unwrap() };
    Membership {
        network: "n".to_owned(),
        network_id: "0".repeat(64),
        directory: "/nowhere".into(),
        member: "c".to_owned(),
        interface: 0,
        places: vec![place],
        names: vec!["web".to_owned()],
        resolves: true,
        internal: false,
        mtu: None,
        mac: None,
    }
}
