//! What is on disk of a container, and what the kernel says about it.
//!
//! ```text
//! ROOT/containers/<64 hex>/      locked by the monitor while the container runs
//!     record.json                what was asked for and of which image; whoever changes it holds update.lock
//!     state.json                 the last start: who the payload and the monitor are; runtime facts
//!     exit.json                  how that ended; absent while it runs, or when the monitor was killed
//!     keeper.json                who looks after it, and how often it was restarted; absent where nobody does
//!     stopped                    somebody has asked it to end, and no policy brings it back
//!     health.json                how it did at last; absent before the first check
//!     paused.json                how it was made to stand still; absent while it moves
//!     upper/ work/               what the container has written over its layers
//!     rootfs/                    an empty place to mount `/` on
//!     secrets.json               copies of the secrets it was given, 0600
//!     files/                     hosts, hostname, resolv.conf, .containerenv as mounted inside
//!     overlays/<n>/              what it has written over mounts that are to stay as they are, since the last start
//!     log log.1 ...              what it has said
//!     network.log network.log.1  what its network has carried, where that is asked for
//!     update.lock pause.lock health.lock    one at a time does each of these
//! ROOT/names/containers/<name>   the id of the container with that name
//! ```
//!
//! Whether a container runs is asked of the kernel: its payload is the very process of `state.json`, or it is not
//! running.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::cgroup;
use crate::disk::record;
use crate::error::{During, Error, Result};
use crate::network::{self, Published};
use crate::oci::Digest;
use crate::oci::image::ProcessConfig;
use crate::process::liveness::Identity;
use crate::settings::{NetworkMode, Settings};
use crate::store::Store;
use crate::store::events::{self, Action, Event, Subject};

/// What was asked for, and of which image. Whole in itself: a container outlives its image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    pub id: String,
    pub name: String,
    /// RFC 3339.
    pub created: String,
    /// `None`: not made of an image (`--rootfs`, `host`).
    #[serde(default)]
    pub image_id: Option<Digest>,
    /// As shown by `ps`.
    pub image_name: String,
    /// Bottom first.
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
    /// Of images that it mounts.
    #[serde(default)]
    pub mounted_layers: Vec<Digest>,
    #[serde(default)]
    pub image_config: ProcessConfig,
    pub settings: Settings,
}

/// The last start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub payload: Identity,
    pub monitor: Identity,
    /// RFC 3339.
    pub started: String,
    /// Where the monitor listens.
    pub socket: PathBuf,
    #[serde(default)]
    pub network: network::Plan,
    #[serde(default)]
    pub cgroup: cgroup::Plan,
}

impl State {
    pub fn ports(&self) -> &[Published] {
        self.network.ports()
    }

    /// Where the container's sockets are.
    pub fn runtime_dir(&self) -> &Path {
        self.socket.parent().unwrap_or(Path::new("/"))
    }

    /// One that is in the container's network, and may be looked into.
    pub fn network_process(&self) -> Pid {
        Pid::from_raw(self.visible_process())
    }

    /// A process of the container that whoever it belongs to may look into. Process 1 is none where it is a reaper,
    /// which hides for ever; its first child is the program, and the reaper ends with that.
    pub fn visible_process(&self) -> i32 {
        let pid = self.payload.pid;
        if fs::metadata(format!("/proc/{pid}/ns/user")).is_ok() {
            return pid;
        }
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        children.split_whitespace().next().and_then(|child| child.parse().ok()).unwrap_or(pid)
    }
}

/// How the last start ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exit {
    pub code: i32,
    /// RFC 3339.
    pub finished: String,
    /// Why it did not start, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The kernel has killed a process of it for want of memory within its limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_memory: bool,
}

impl Exit {
    /// At this moment.
    pub fn new(code: i32) -> Exit {
        Exit { code, finished: now(), error: None, out_of_memory: false }
    }
}

/// What a container is doing, from what is recorded and what the kernel says.
#[derive(Clone, Debug)]
pub enum Status {
    Created,
    Running(Box<State>),
    /// Its processes stand still.
    Paused(Box<State>),
    /// `exit` is `None` when nobody was left to see the end (a reboot, a killed monitor).
    Exited {
        started: Option<String>,
        exit: Option<Exit>,
    },
}

impl Status {
    /// Podman's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Created => "created",
            Status::Running(_) => "running",
            Status::Paused(_) => "paused",
            Status::Exited { .. } => "exited",
        }
    }

    /// Of a container that has processes, whether they move or not.
    pub fn live(&self) -> Option<&State> {
        match self {
            Status::Running(state) | Status::Paused(state) => Some(state),
            Status::Created | Status::Exited { .. } => None,
        }
    }

    /// The exit code, 0 before the first end; one that nobody saw is told as that of a kill.
    pub fn exit_code(&self) -> i32 {
        match self {
            Status::Exited { exit, .. } => exit.as_ref().map_or(UNSEEN_EXIT_CODE, |exit| exit.code),
            _ => 0,
        }
    }
}

/// The end of a payload whose monitor has been killed: it was killed with it.
pub const UNSEEN_EXIT_CODE: i32 = 137;

/// A container on disk.
#[derive(Clone, Debug)]
pub struct Container {
    pub record: Record,
    pub dir: PathBuf,
}

impl Container {
    /// Reads the container in `dir`; `None` if there is none (any more).
    pub fn read(dir: &Path) -> Result<Option<Container>> {
        let record =
            record::read(&dir.join("record.json")).during(|| format!("read container `{}`", short_name(dir)))?;
        Ok(record.map(|record| Container { record, dir: dir.to_owned() }))
    }

    pub fn id(&self) -> &str {
        &self.record.id
    }

    pub fn short_id(&self) -> &str {
        &self.record.id[..12]
    }

    /// As events name it.
    pub fn subject(&self) -> Subject {
        Subject {
            image: self.record.image_name.clone(),
            attributes: self.record.settings.labels.clone(),
            ..Subject::new(events::Kind::Container, self.id(), &self.record.name)
        }
    }

    /// Tells whoever follows events what has happened to it.
    pub fn tell(&self, action: Action) {
        self.tell_event(Event::new(self.subject(), action));
    }

    /// Of something that has ended with this exit code.
    pub fn tell_end(&self, action: Action, exit_code: i32) {
        self.tell_event(Event { exit_code: Some(exit_code), ..Event::new(self.subject(), action) });
    }

    pub fn tell_event(&self, event: Event) {
        // ROOT/containers/<id>
        if let Some(root) = self.dir.ancestors().nth(2) {
            events::tell(root, &event);
        }
    }

    pub fn status(&self) -> Result<Status> {
        let Some(state) = self.last_start()? else {
            // A start that failed has left only its reason.
            let exit = self.exit()?;
            return Ok(exit.map_or(Status::Created, |exit| Status::Exited { started: None, exit: Some(exit) }));
        };
        if state.payload.is_alive() {
            let is_paused = super::pause::is_paused(&self.dir, &state.payload)?;
            return Ok(if is_paused { Status::Paused(Box::new(state)) } else { Status::Running(Box::new(state)) });
        }
        Ok(Status::Exited { started: Some(state.started), exit: self.exit()? })
    }

    pub fn last_start(&self) -> Result<Option<State>> {
        record::read(&self.dir.join("state.json"))
    }

    fn exit(&self) -> Result<Option<Exit>> {
        record::read(&self.dir.join("exit.json"))
    }

    /// The state of a container that runs; one that stands still does not.
    pub fn running(&self) -> Result<State> {
        match self.status()? {
            Status::Running(state) => Ok(*state),
            other => {
                let error =
                    Error::new(format!("container `{}` is not running, it is {}", self.record.name, other.word()));
                Err(match other {
                    Status::Paused(_) => error.with_hint(format!("wake it with `box unpause {}`", self.record.name)),
                    _ => error,
                })
            }
        }
    }

    /// The state of a container that has processes, whether they move or not.
    pub fn live(&self) -> Result<State> {
        match self.status()? {
            Status::Running(state) | Status::Paused(state) => Ok(*state),
            other => {
                Err(Error::new(format!("container `{}` is not running, it is {}", self.record.name, other.word())))
            }
        }
    }
}

fn short_name(dir: &Path) -> String {
    dir.file_name().map(|name| name.to_string_lossy().chars().take(12).collect()).unwrap_or_default()
}

/// Finds a container by name, id or unambiguous beginning of an id. A name that leads to a container which says that it
/// is called otherwise is that of its pod, or about to become its own.
pub fn find(store: &Store, wanted: &str) -> Result<Container> {
    // Docker shows names with a slash, and takes them so.
    let wanted = wanted.strip_prefix('/').unwrap_or(wanted);
    let named = id_of_name(store, wanted)?;
    let is_id = wanted.len() == 64 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(container) = named.map(|id| Container::read(&store.container_dir(&id))).transpose()?.flatten()
        && container.record.name == wanted
    {
        return Ok(container);
    }
    if is_id && let Some(container) = Container::read(&store.container_dir(wanted))? {
        return Ok(container);
    }
    find_by_prefix(store, wanted)
}

fn find_by_prefix(store: &Store, prefix: &str) -> Result<Container> {
    let is_prefix = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut matches = ids(store)?.into_iter().filter(|id| is_prefix && id.starts_with(prefix));
    match (matches.next(), matches.next()) {
        (Some(id), None) => {
            Container::read(&store.container_dir(&id))?.ok_or_else(|| Error::absent("container", prefix))
        }
        (Some(_), Some(_)) => Err(Error::new(format!("more than one container's id begins with `{prefix}`"))),
        _ => Err(Error::absent("container", prefix.escape_debug()).with_hint("`box ps -a` lists them")),
    }
}

/// The id that a name stands for, whether or not that container still exists.
pub fn id_of_name(store: &Store, name: &str) -> Result<Option<String>> {
    if !super::create::is_name(name) {
        return Ok(None);
    }
    let holder = holder_of(&store.container_names_dir().join(name));
    holder.during(|| format!("look up container `{name}`"))
}

/// The id in the file of a name.
pub(super) fn holder_of(name_file: &Path) -> std::io::Result<Option<String>> {
    match fs::read_to_string(name_file) {
        Ok(text) => Ok(text.lines().next().map(str::to_owned).filter(|id| id.len() == 64)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The container whose network this one is in: most often its own.
pub fn network_owner(store: &Store, container: &Container) -> Result<Container> {
    let mut owner = container.clone();
    // Who joins the network of one that has joined it is refused, but the record may say anything.
    for _ in 0..16 {
        let NetworkMode::Container(name) = &owner.record.settings.network else { break };
        owner = find(store, name)?;
    }
    Ok(owner)
}

/// All containers, newest first. One that goes while we look is left out.
pub fn list(store: &Store) -> Result<Vec<Container>> {
    let mut containers = Vec::new();
    for id in ids(store)? {
        containers.extend(Container::read(&store.container_dir(&id))?);
    }
    containers
        .sort_by(|one, other| other.record.created.cmp(&one.record.created).then(one.record.id.cmp(&other.record.id)));
    Ok(containers)
}

/// The container made last.
pub fn latest(store: &Store) -> Result<Container> {
    list(store)?.into_iter().next().ok_or_else(|| Error::new("there is no container"))
}

fn ids(store: &Store) -> Result<Vec<String>> {
    let entries = match fs::read_dir(store.containers_dir()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).during(|| "list containers"),
    };
    Ok(entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.len() == 64)
        .collect())
}

/// This moment, as records hold it: RFC 3339, UTC, with nanoseconds, so that text order is time order.
pub fn now() -> String {
    format!("{:.9}", jiff::Timestamp::now())
}
