//! Process `box-init`: prepares a container from inside and becomes its payload.
//!
//! | started by | `box-monitor`, by clone into new namespaces; or `box exec`, by clone into existing ones |
//! |---|---|
//! | is | process 1 of the container; root of its user namespace, the caller outside |
//! | holds | a channel to whoever started it, closed by the final execve |
//! | may not | print, take a lock, trust any path of the image |
//! | ends | by execve of the payload, or by reporting why not |

mod accounts;
mod devices;
mod emulation;
mod gate;
mod mounts;
pub mod namespaces;
mod program;
mod reaper;
mod rights;
mod rootfs;
mod runtime;
mod secrets;
mod shared_memory;
mod terminal;
pub mod trial;
mod user;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use accounts::{Accounts, OwnEntry};
pub use gate::Gate;
pub use mounts::known_options as mount_options;
pub use program::DEFAULT_PATH;
use rights::Beginning;
pub use rights::{CallersGroups, End, become_root_inside, hide_from_payload};
pub use rootfs::{MERGED, Overlay, Rootfs};
pub use runtime::Runtime;
pub use secrets::SecretFile;

use crate::error::{During, Error, Result};
use crate::oci::runtime::{NamespaceKind, Spec, State};
use crate::process::handshake::{Channel, Start};
use crate::sys;
use crate::sys::seccomp::SockFilter;
use user::User;

/// What init carries out: the OCI runtime spec, and what that has no words for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    pub spec: Spec,
    pub rootfs: Rootfs,
    /// An empty directory outside, on which the root file system is mounted before it becomes `/`.
    pub mount_point: PathBuf,
    /// As typed: `name|uid[:group|gid]`, looked up in the container's own /etc/passwd; empty: root. `None`: the numbers
    /// of the spec.
    pub user: Option<String>,
    /// Further groups, by name or number.
    pub groups: Vec<String>,
    pub callers_groups: CallersGroups,
    /// The caller's own user has no number inside: what lies outside is opened as that user.
    pub leaves_user_out: bool,
    /// Where only one id is mapped, let programs change owners and users all the same.
    pub root_emulation: bool,
    pub accounts: Accounts,
    /// Make the working directory if it is missing (the image asked for it, nobody typed it).
    pub make_workdir: bool,
    /// Volumes that nobody has used yet.
    pub fills: Vec<Fill>,
    /// By destination: the mounts that show only a part of their source, and which; its links lead nowhere else.
    pub subpaths: BTreeMap<String, PathBuf>,
    /// Destinations of mounts whose files are given to the payload's user.
    pub gifts: Vec<String>,
    pub secrets: Vec<SecretFile>,
    /// Another runtime makes the payload of what is prepared here.
    pub runtime: Option<Runtime>,
    /// Stay as process 1, reap orphans and forward signals to the payload.
    pub reaper: bool,
    /// There is no payload: stay as process 1 of namespaces that others join.
    pub holds_pod: bool,
    /// The container as its hooks are told of it.
    pub state: State,
    /// Name of the session keyring; empty: none of its own.
    pub keyring: String,
    /// Descriptors of the starter that the payload keeps, besides its standard streams.
    pub passed_fds: Vec<i32>,
    pub end: End,
}

impl Plan {
    fn state_of(&self, status: &str) -> State {
        State { status: status.to_owned(), pid: nix::unistd::getpid().as_raw(), ..self.state.clone() }
    }

    fn find_user(&self, root: BorrowedFd) -> Result<User> {
        match &self.user {
            Some(user) => user::resolve(root, user, &self.groups),
            None => Ok(user::of_numbers(root, &self.spec.process.user)),
        }
    }
}

/// What happens to the directory `volume` before it is mounted, if it is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    pub destination: PathBuf,
    pub volume: PathBuf,
    /// It gets what the image has at `destination`.
    pub copy: bool,
    /// Whose it becomes; else the owner of the image's directory, and where there is none, the payload's user.
    pub owner: Option<(u32, u32)>,
}

/// Where the payload's standard streams come from.
#[derive(Debug)]
pub enum Stdio {
    /// This process's own, which are the caller's.
    Inherited,
    Given {
        input: OwnedFd,
        output: OwnedFd,
        errors: OwnedFd,
    },
    /// A new terminal of the container; its controlling side goes to whoever started us.
    Terminal,
}

/// The life of process 1 of a container.
pub fn run(plan: &Plan, filter: Option<&[SockFilter]>, mut starter: Channel, stdio: Stdio, gate: Option<Gate>) -> ! {
    end(become_payload(plan, filter, &mut starter, stdio, gate), &starter)
}

/// The life of a further process in a running container, whose namespaces this one has been cloned into.
/// `first_namespace`: the user namespace of the container's payload, where that is not the container's own.
pub fn run_joined(
    plan: &Plan,
    filter: Option<&[SockFilter]>,
    starter: Channel,
    stdio: Stdio,
    first_namespace: Option<OwnedFd>,
) -> ! {
    end(become_joined_payload(plan, filter, &starter, stdio, first_namespace), &starter)
}

fn end(never: Result<Infallible>, starter: &Channel) -> ! {
    let Err(error) = never;
    let _ = starter.send(&Start::Failed(error)); // Nobody is left to tell if the starter has gone.
    std::process::exit(125)
}

fn become_payload(
    plan: &Plan,
    filter: Option<&[SockFilter]>,
    starter: &mut Channel,
    stdio: Stdio,
    gate: Option<Gate>,
) -> Result<Infallible> {
    let spec = &plan.spec;
    rustix::thread::set_name(c"box-init").during(|| "name the process")?;
    // Inside the new user namespace, which has no mapping yet: every capability in it, no id outside.
    // Root inside may not enter the directories of a user who is left out. Nothing of it needs the helpers, and the one
    // that serves the root file system can start.
    let early = if plan.leaves_user_out { Some(open_outside(plan, starter)?) } else { None };
    wait_for_go(starter)?;
    rights::become_root(plan.callers_groups)?;
    rights::set_oom_score(spec.process.oom_score_adj)?;
    rights::hide_from_payload()?;
    if !plan.keyring.is_empty() {
        rights::join_own_keyring(&plan.keyring, filter.is_some())?;
    }

    let Outside { sources, devices, root } = early.map_or_else(|| open_outside(plan, starter), Ok)?;
    let mut gifts = sources.gifts;
    gifts.extend(mounts::fill_volumes(root.as_fd(), &plan.fills)?);
    mounts::attach_all(root.as_fd(), &spec.mounts, sources.mounts)?;
    secrets::attach_all(root.as_fd(), &plan.secrets)?;
    devices::attach_all(root.as_fd(), devices)?;
    let terminal = match stdio {
        Stdio::Terminal if plan.runtime.is_none() => Some(terminal::open(root.as_fd(), starter)?),
        _ => None,
    };
    let has_proc = match plan.runtime {
        Some(_) => runtime::mount_own_views()?,
        None => root.try_clone()?,
    };
    // Other engines say themselves what they want.
    if is_new(spec, NamespaceKind::Network) && gate.is_none() {
        mounts::open_network_to_users(has_proc.as_fd());
    }
    mounts::set_sysctls(has_proc.as_fd(), &spec.linux.sysctl)?;
    mounts::protect(root.as_fd(), &spec.linux.readonly_paths, &spec.linux.masked_paths)?;
    accounts::add(root.as_fd(), &plan.accounts)?;
    let user = plan.find_user(root.as_fd())?;
    accounts::add_own(root.as_fd(), &plan.accounts, &user)?;
    mounts::give(&gifts, &user, plan.root_emulation)?;
    if plan.make_workdir {
        mounts::make_directory(root.as_fd(), &spec.process.cwd)?;
    }
    if spec.root.readonly {
        rootfs::make_read_only(root.as_fd())?;
    }
    set_up_namespaces(spec)?;
    if let Some(runtime) = &plan.runtime {
        take_streams(stdio, None)?;
        return runtime::hand_over(runtime, plan, root.as_fd(), &user, starter);
    }
    if let Some(gate) = &gate {
        gate.before_pivot(plan, starter)?;
    }
    rootfs::pivot(root)?;
    // Here `/` is the container's, and nothing of the outside can be named any more.

    rootfs::propagate(&spec.linux.rootfs_propagation)?;
    take_streams(stdio, terminal)?;
    match &gate {
        Some(gate) => gate.wait(plan, starter)?,
        // The network is connected beside all of the above.
        None => wait_for_go(starter)?,
    }
    if plan.reaper {
        reaper::stay_as_process_1()?;
    }
    rights::take_payloads(plan, &user, filter, starter, Beginning::First)?;
    // Had the monitor died before its death could be a signal to us, nobody would end this container.
    if starter.peer_has_gone() {
        return Err(Error::new("the monitor has gone"));
    }
    match plan.holds_pod {
        true => reaper::hold(),
        false => program::execute(plan, &user),
    }
}

/// What new namespaces hold besides files.
fn set_up_namespaces(spec: &Spec) -> Result<()> {
    if is_new(spec, NamespaceKind::Uts) && !spec.hostname.is_empty() {
        nix::unistd::sethostname(&spec.hostname).during(|| format!("set host name `{}`", spec.hostname))?;
    }
    if is_new(spec, NamespaceKind::Uts) && !spec.domainname.is_empty() {
        rustix::system::setdomainname(spec.domainname.as_bytes())
            .during(|| format!("set domain name `{}`", spec.domainname))?;
    }
    if is_new(spec, NamespaceKind::Network) {
        sys::interface::bring_up("lo").during(|| "bring up the loopback interface")?;
    }
    Ok(())
}

/// Whatever lies outside is opened while it can still be seen.
struct Outside {
    sources: mounts::Sources,
    devices: Vec<devices::Opened>,
    root: OwnedFd,
}

fn open_outside(plan: &Plan, starter: &Channel) -> Result<Outside> {
    rootfs::leave_helper_behind(&plan.rootfs)?;
    mounts::stop_propagation()?;
    let sources = mounts::open_sources(plan)?;
    let devices = devices::open_sources(&plan.spec.linux.devices);
    let root = match plan.rootfs {
        Rootfs::Served => {
            let (root, device) = rootfs::mount_served(&plan.mount_point)?;
            starter.send_with(&Start::Device, Some(device.as_fd()))?;
            root
        }
        _ => rootfs::mount(&plan.rootfs, &plan.mount_point)?,
    };
    Ok(Outside { sources, devices, root })
}

fn become_joined_payload(
    plan: &Plan,
    filter: Option<&[SockFilter]>,
    starter: &Channel,
    stdio: Stdio,
    first_namespace: Option<OwnedFd>,
) -> Result<Infallible> {
    // Inside all namespaces of the container, with every capability in them; `/` is the container's.
    wait_for_go(starter)?;
    rights::become_root(plan.callers_groups)?;
    rights::hide_from_payload()?;
    if !plan.keyring.is_empty() {
        rights::join_own_keyring(&plan.keyring, filter.is_some())?;
    }
    let root = rootfs::current()?;
    let terminal = match stdio {
        Stdio::Terminal => Some(terminal::open(root.as_fd(), starter)?),
        _ => None,
    };
    let user = plan.find_user(root.as_fd())?;
    take_streams(stdio, terminal)?;
    rights::take_payloads(plan, &user, filter, starter, Beginning::Joined(first_namespace))?;
    program::execute(plan, &user)
}

/// Takes this process, which is root of a container's user namespace in a mount namespace of its own, to where the
/// container's payload would see its files: the root file system and the mounts of the spec, and nothing else.
pub fn enter_root(plan: &Plan) -> Result<()> {
    rootfs::leave_helper_behind(&plan.rootfs)?;
    mounts::stop_propagation()?;
    let sources = mounts::open_sources(plan)?;
    let root = rootfs::mount(&plan.rootfs, &plan.mount_point)?;
    mounts::attach_all(root.as_fd(), &plan.spec.mounts, sources.mounts)?;
    rootfs::pivot(root)
}

/// The numbers of a user, as typed, in the container whose root this process has.
pub fn ids_of_user(user: &str) -> Result<(u32, u32)> {
    let user = user::resolve(root_of_container()?.as_fd(), user, &[])?;
    Ok((user.uid, user.gid))
}

/// `/`, for who has joined a container or entered its root.
pub fn root_of_container() -> Result<OwnedFd> {
    rootfs::current()
}

/// Mounts layers over each other, detached; `mount_point` is an empty directory to work on.
pub fn mount_overlay(overlay: &Overlay, mount_point: &std::path::Path) -> Result<OwnedFd> {
    rootfs::mount_overlay(overlay, mount_point)
}

/// Mounts a root file system on a directory and leaves it at that.
pub fn mount_rootfs(rootfs: &Rootfs, mount_point: &std::path::Path) -> Result<()> {
    rootfs::mount(rootfs, mount_point).map(drop)
}

fn wait_for_go(starter: &Channel) -> Result<()> {
    match starter.receive()? {
        Some(Start::Go) => Ok(()),
        _ => Err(Error::new("whoever started it has gone")),
    }
}

/// The payload leads a session of its own; with a terminal, that is its controlling terminal.
fn take_streams(stdio: Stdio, terminal: Option<OwnedFd>) -> Result<()> {
    nix::unistd::setsid().during(|| "start a session")?;
    let (input, output, errors) = match (stdio, terminal) {
        (Stdio::Given { input, output, errors }, _) => (input, output, errors),
        (_, Some(terminal)) => {
            rustix::process::ioctl_tiocsctty(&terminal).during(|| "take the controlling terminal")?;
            (terminal.try_clone()?, terminal.try_clone()?, terminal)
        }
        _ => return Ok(()),
    };
    rustix::stdio::dup2_stdin(input).during(|| "take standard input")?;
    rustix::stdio::dup2_stdout(output).during(|| "take standard output")?;
    rustix::stdio::dup2_stderr(errors).during(|| "take standard error")
}

fn is_new(spec: &Spec, kind: NamespaceKind) -> bool {
    spec.linux.namespaces.iter().any(|namespace| namespace.kind == kind && namespace.path.is_empty())
}
