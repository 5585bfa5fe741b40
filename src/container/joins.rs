//! The namespaces that a container does not make but joins.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;

use super::record;
use crate::error::{During, Error, Result};
use crate::init;
use crate::network;
use crate::oci::runtime::NamespaceKind;
use crate::settings::{NamespaceMode, NetworkMode, Settings, UserNamespaceMode};
use crate::store::Store;

/// What a container joins of others.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// The user namespace that owns the others comes first.
    pub namespaces: Vec<(NamespaceKind, String)>,
    /// The mount namespace whose /dev/shm a container shows that shares the IPC namespace of another one; `None` where
    /// that has none.
    pub shared_memory: Option<String>,
    /// Of the container whose network is joined: its addresses are ours.
    pub network: Option<network::Plan>,
}

impl Joins {
    /// The namespaces of other containers to join, with the user namespace that owns them.
    pub fn find(store: &Store, settings: &Settings) -> Result<Joins> {
        let network = match &settings.network {
            NetworkMode::Container(name) => NamespaceMode::Container(name.clone()),
            _ => NamespaceMode::Private,
        };
        let user = match &settings.userns {
            UserNamespaceMode::Container(name) => NamespaceMode::Container(name.clone()),
            UserNamespaceMode::Path(path) => NamespaceMode::Path(path.clone()),
            _ => NamespaceMode::Private,
        };
        let asked = [
            (NamespaceKind::User, &user),
            (NamespaceKind::Network, &network),
            (NamespaceKind::Pid, &settings.pid),
            (NamespaceKind::Ipc, &settings.ipc),
            (NamespaceKind::Uts, &settings.uts),
            (NamespaceKind::Cgroup, &settings.cgroupns),
        ];
        let mut others = Others::default();
        let mut joins = Joins::default();
        // The user namespace that owns what is joined: it gives the right to join.
        let mut owner: Option<String> = None;
        for (kind, mode) in asked {
            let (path, its_owner) = match mode {
                NamespaceMode::Container(name) => {
                    let other = others.get(store, name)?;
                    if kind == NamespaceKind::Ipc && !settings.no_shm && !other.no_shm {
                        joins.shared_memory = Some(of_process(other.pid, NamespaceKind::Mount));
                    }
                    if kind == NamespaceKind::Network {
                        joins.network = Some(other.network.clone());
                    }
                    (of_process(other.pid, kind), Some(of_process(other.pid, NamespaceKind::User)))
                }
                NamespaceMode::Path(path) => (path.clone(), owner_of(path)),
                NamespaceMode::Private | NamespaceMode::Host => continue,
            };
            if let Some(its_owner) = if kind == NamespaceKind::User { Some(path.clone()) } else { its_owner } {
                if owner.as_ref().is_some_and(|owner| !is_same(owner, &its_owner)) {
                    return Err(Error::usage("namespaces of two different owners cannot be shared at once"));
                }
                owner.get_or_insert(its_owner);
            }
            if kind != NamespaceKind::User {
                joins.namespaces.push((kind, path));
            }
        }
        if let Some(owner) = owner {
            joins.namespaces.insert(0, (NamespaceKind::User, owner));
        }
        Ok(joins)
    }

    /// Where the namespace of this kind is, if one is joined.
    pub fn path(&self, kind: NamespaceKind) -> Option<&str> {
        self.namespaces.iter().find(|(known, _)| *known == kind).map(|(_, path)| path.as_str())
    }
}

/// The containers whose namespaces are joined, by the names they are asked for with; most often all are of one.
#[derive(Default)]
struct Others(HashMap<String, Other>);

struct Other {
    /// A process of it.
    pid: i32,
    no_shm: bool,
    network: network::Plan,
}

impl Others {
    fn get(&mut self, store: &Store, name: &str) -> Result<&Other> {
        match self.0.entry(name.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Other::find(store, name)?)),
        }
    }
}

impl Other {
    fn find(store: &Store, name: &str) -> Result<Other> {
        let act = || format!("share the namespaces of container `{name}`");
        let other = record::find(store, name)?;
        let settings = &other.record.settings;
        if settings.userns.leaves_user_out() {
            return Err(Error::usage("it has ids of its own, to which no files of other containers belong"))
                .during(act);
        }
        let state = other.live().during(act)?;
        Ok(Other { pid: state.visible_process(), no_shm: settings.no_shm, network: state.network })
    }
}

fn of_process(pid: i32, kind: NamespaceKind) -> String {
    format!("/proc/{pid}/ns/{}", init::namespaces::file_name(kind))
}

/// The user namespace of the process whose namespace a path names; `None` where that is our own, or nobody can tell.
fn owner_of(path: &str) -> Option<String> {
    let pid = path.strip_prefix("/proc/")?.split_once("/ns/")?.0.parse().ok()?;
    let owner = of_process(pid, NamespaceKind::User);
    (!is_same(&owner, "/proc/self/ns/user")).then_some(owner)
}

fn is_same(one: &str, other: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => one == other,
    }
}
