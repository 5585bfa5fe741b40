//! From a bundle to a container that waits, and from there to its program.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::unistd::Pid;

use super::config;
use super::end::destroy;
use super::record::{Container, Record, Status, check_id};
use crate::cgroup;
use crate::container::record::now;
use crate::container::start::Passed;
use crate::disk::Lock;
use crate::disk::atomic::fresh_name;
use crate::error::{During, Error, Kind, Result};
use crate::idmap::IdMap;
use crate::idmap::namespace::UserNamespace;
use crate::init::{self, End, Gate, Plan, Rootfs, Stdio};
use crate::oci::runtime::{NamespaceKind, Process, Spec};
use crate::process::handshake::{Channel, Start};
use crate::process::hook;
use crate::process::listener::{self, Listener, Patience};
use crate::process::liveness::Identity;
use crate::process::spawn::{SingleThreaded, Unstarted};
use crate::spec::seccomp;
use crate::sys::clone::Cloned;

/// What an engine asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where containers are recorded.
    pub root: PathBuf,
    pub id: String,
    /// Absolute.
    pub bundle: PathBuf,
    /// Who takes the terminal; `None`: the caller itself.
    pub console_socket: Option<PathBuf>,
    /// The caller does not stay with it.
    pub detach: bool,
    /// `linux.cgroupsPath` is `slice:prefix:name`, and systemd makes the group.
    pub systemd_cgroup: bool,
    /// A session keyring of its own.
    pub has_keyring: bool,
    pub passed: Arc<Passed>,
}

/// A container that waits to be started.
#[derive(Debug)]
pub struct Created {
    pub container: Container,
    pub pid: Pid,
    /// Of process 1, which is our child.
    pub handle: OwnedFd,
    /// The controlling side, where nobody else has taken it.
    pub terminal: Option<OwnedFd>,
}

pub fn create(request: &Request) -> Result<Created> {
    let act = || format!("create container `{}`", request.id);
    check_id(&request.id).during(act)?;
    let spec = config::read(&request.bundle).during(act)?;
    let (dir, lock) = claim(request).during(act)?;
    let record = Record {
        id: request.id.clone(),
        bundle: request.bundle.clone(),
        created: now(),
        owner: users::get_effective_uid(),
        spec,
        cgroup: cgroup::Plan::default(),
        init: None,
    };
    let mut container = Container { dir, record };
    let brought_up = bring_up(&mut container, request, lock);
    brought_up.map(|(pid, handle, terminal)| Created { container: container.clone(), pid, handle, terminal }).map_err(
        |error| {
            let _ = destroy(&container); // Why it was not made matters more.
            error.while_doing(act())
        },
    )
}

/// The directory of the container, which nobody else has, and its lock.
fn claim(request: &Request) -> Result<(PathBuf, Lock)> {
    let closed = |path: &Path, recursive| fs::DirBuilder::new().mode(0o700).recursive(recursive).create(path);
    closed(&request.root, true).during(|| format!("make `{}`", request.root.display()))?;
    let dir = request.root.join(&request.id);
    match closed(&dir, false) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Error::new("a container with this id exists already").of_kind(Kind::InUse));
        }
        made => made.during(|| format!("make `{}`", dir.display()))?,
    }
    match Lock::try_exclusive_dir(&dir)? {
        Some(lock) => Ok((dir, lock)),
        None => Err(Error::new("somebody is removing it")),
    }
}

fn bring_up(container: &mut Container, request: &Request, lock: Lock) -> Result<(Pid, OwnedFd, Option<OwnedFd>)> {
    let proof = SingleThreaded::prove()?;
    let spec = container.record.spec.clone();
    let filter = spec.linux.seccomp.as_ref().map(seccomp::compile).transpose().during(|| "read linux.seccomp")?;
    let stdio = stdio(&spec.process, request.console_socket.as_deref(), request.detach)?;
    let groups = groups(&spec, request)?;
    // Whoever is in them would be limited with the container, and killed with it.
    if let Some(pid) = groups.members().first() {
        return Err(Error::usage(format!("linux.cgroupsPath: process {pid} is in `{}`", spec.linux.cgroups_path))
            .with_hint("a container needs a control group of its own"));
    }
    container.record.cgroup = groups.clone();
    container.save()?;
    groups.create()?;

    let gate = Listener::bind(container.gate(), Patience::Waits)?;
    let (user, has_caller) = user_namespace(&spec)?;
    let plan = Plan {
        mount_point: PathBuf::from(&spec.root.path),
        rootfs: Rootfs::Directory(PathBuf::from(&spec.root.path)),
        user: None,
        leaves_user_out: !has_caller,
        make_workdir: true,
        keyring: if request.has_keyring { request.id.clone() } else { String::new() },
        passed_fds: request.passed.numbers(),
        end: End::Alone,
        state: container.state(Status::Creating),
        spec,
        ..Plan::default()
    };
    let (ours, theirs) = Channel::pair()?;
    let group = groups.open_v2();
    let namespaces = &plan.spec.linux.namespaces;
    let cloned = init::namespaces::clone_into(namespaces, user, group.as_ref().map(AsFd::as_fd), &proof)?;
    let Cloned::Parent { pid, handle } = cloned else {
        drop((ours, lock));
        init::run(&plan, filter.as_deref(), theirs, stdio, Some(Gate::new(gate)))
    };
    drop((theirs, gate));
    let init = Unstarted::new(handle);
    groups.admit(pid)?;
    container.record.init = Some(Identity::of(pid)?);
    container.save()?;
    ours.send(&Start::Go)?;
    let terminal = ours.await_mounted()?;
    let hooks = &container.record.spec.hooks;
    let state = container.state(Status::Creating);
    hook::run_all(&hooks.prestart, &state)?;
    hook::run_all(&hooks.create_runtime, &state)?;
    ours.send(&Start::Go)?;
    ours.await_created()?;
    let terminal = give_terminal(terminal, &plan.spec.process, request.console_socket.as_deref())?;
    drop(lock);
    Ok((pid, init.started(), terminal))
}

/// A terminal that nobody holds is gone, and with it the program: somebody has to take it.
pub(super) fn stdio(process: &Process, socket: Option<&Path>, detach: bool) -> Result<Stdio> {
    match (process.terminal, socket) {
        (true, None) if detach => {
            Err(Error::usage("process.terminal is set: --console-socket says who takes the terminal"))
        }
        (true, _) => Ok(Stdio::Terminal),
        (false, None) => Ok(Stdio::Inherited),
        (false, Some(_)) => Err(Error::usage("there is a socket for a terminal, and process.terminal is not set")),
    }
}

/// Returns what nobody has taken.
pub(super) fn give_terminal(
    terminal: Option<OwnedFd>,
    process: &Process,
    socket: Option<&Path>,
) -> Result<Option<OwnedFd>> {
    let Some(terminal) = terminal else { return Ok(None) };
    if let Some(size) = process.console_size {
        let size = rustix::termios::Winsize { ws_row: size.height, ws_col: size.width, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&terminal, size).during(|| "set the size of the terminal")?;
    }
    match socket {
        None => Ok(Some(terminal)),
        Some(path) => listener::hand_over(path, terminal.as_fd(), "/dev/ptmx")
            .map(|()| None)
            .during(|| format!("give the terminal to `{}`", path.display())),
    }
}

fn groups(spec: &Spec, request: &Request) -> Result<cgroup::Plan> {
    let resources = spec.linux.resources.clone().unwrap_or_default();
    let path = spec.linux.cgroups_path.as_str();
    match request.systemd_cgroup {
        true => cgroup::Plan::of_spec_in_scope(path, &request.id, &resources),
        // There may be a container of the same id elsewhere.
        false if path.is_empty() => cgroup::Plan::of_spec(&format!("box-{}-{}", request.id, fresh_name()), &resources),
        false => cgroup::Plan::of_spec(path, &resources),
    }
}

/// A new user namespace if there is to be one, and whether the caller's own user is in it.
fn user_namespace(spec: &Spec) -> Result<(Option<OwnedFd>, bool)> {
    let is_new = |kind| spec.linux.namespaces.iter().any(|one| one.kind == kind && one.path.is_empty());
    if !is_new(NamespaceKind::User) {
        return Ok((None, true));
    }
    let ids = IdMap::exactly(spec.linux.uid_mappings.clone(), spec.linux.gid_mappings.clone());
    if ids.uids.is_empty() || ids.gids.is_empty() {
        return Err(Error::usage("linux.uidMappings and linux.gidMappings are needed for a user namespace"));
    }
    let namespace = UserNamespace::begin(&ids)?.finish()?;
    Ok((Some(namespace), ids.has_caller()))
}

/// Has a container that waits become its program. What is returned did not go well, and does not matter to it.
pub fn start(container: &Container) -> Result<Option<Error>> {
    let act = || format!("start container `{}`", container.record.id);
    let _lock = Lock::exclusive_dir(&container.dir).during(act)?;
    match container.status().during(act)? {
        Status::Created => {}
        other => return Err(Error::new(format!("it is {}, not created", other.word())).while_doing(act())),
    }
    let begin = || -> Result<()> {
        let init = listener::call(&container.gate())?;
        init.send(&Start::Go)?;
        init.await_payload().map(drop)
    };
    begin().during(act)?;
    let hooks = &container.record.spec.hooks.poststart;
    Ok(hook::run_all(hooks, &container.state(Status::Running)).during(act).err())
}
