//! Start: decide everything on the caller's side, hand it to a monitor, and hear whether the payload runs.

use std::borrow::Cow;
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use super::health;
use super::job::{Job, Streams};
use super::joins::Joins;
use super::keep;
use super::logs;
use super::membership;
use super::networks;
use super::others::wait_for_others;
use super::pid_files::PidFiles;
use super::record::{self, Container, Status};
use super::root::{RootFilesystem, root_filesystem};
use super::secrets;
use super::sources;
use super::stop::{end_orphan, stop_signal};
use super::surroundings::{hostname, openable_devices, own_limits, write_files};
use super::user::{accounts, callers_groups, user};
use crate::cgroup;
use crate::disk::Lock;
use crate::error::{During, Error, Result};
use crate::host::systemd;
use crate::host::tools;
use crate::host::visibility::Visibility;
use crate::idmap::IdMap;
use crate::idmap::namespace::UserNamespace;
use crate::init::{self, End, Plan};
use crate::network;
use crate::network::members::Seat;
use crate::oci::runtime::{Namespace, NamespaceKind, Spec};
use crate::process::Role;
use crate::process::handshake::{Channel, Report, Request};
use crate::process::spawn::{own_binary, spawn_passing};
use crate::rootfs::{self, Driver, Owners};
use crate::settings::{LogDriver, NamespaceMode, PortRequest, RootEmulation, Settings};
use crate::spec::{self, Surroundings};
use crate::store::Store;

/// Where a start takes place.
#[derive(Clone, Debug)]
pub struct Machine {
    /// For sockets; a reboot may take it.
    pub runtime_root: PathBuf,
    /// `None`: the best that works.
    pub driver: Option<Driver>,
    /// Further descriptors of ours that the payload gets, under the same numbers.
    pub passed: Arc<Passed>,
    /// A service manager is to hear of monitors of containers in the background. It minds only those of its children,
    /// and they are ours as long as we live, unless they leave us.
    pub monitors_leave: bool,
}

impl Machine {
    /// The way to make the root file system of a container that has these ids.
    pub(super) fn driver_for(&self, store: &Store, container: &Container, ids: &IdMap) -> Result<Driver> {
        if container.record.settings.userns.leaves_user_out() {
            return rootfs::translating_driver(self.driver);
        }
        Ok(self.driver.unwrap_or_else(|| rootfs::best_driver(store.root(), &|pid| ids.apply(pid).map(drop))))
    }
}

/// Descriptors for a payload besides its standard streams.
#[derive(Debug, Default)]
pub struct Passed {
    pub fds: Vec<OwnedFd>,
    /// Variables that tell of them (sd_listen_fds(3)), but for `LISTEN_PID`, which only the payload itself knows.
    pub env: Vec<(String, String)>,
    /// Of ports that are published; the payload does not get these.
    pub ports: Vec<network::Bound>,
    /// The service manager's socket, at which the payload says itself that it is ready (sd_notify(3)).
    pub notify_socket: Option<PathBuf>,
}

/// Where that is inside.
const NOTIFY_SOCKET: &str = "/run/notify/notify.sock";

impl Passed {
    pub fn numbers(&self) -> Vec<i32> {
        self.fds.iter().map(AsRawFd::as_raw_fd).collect()
    }
}

/// Whether the caller stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Attached,
    Detached,
}

/// A payload that runs, and the conversation with its monitor.
#[derive(Debug)]
pub struct Started {
    pub channel: Channel,
    pub pid: i32,
    /// What could not be kept of what was asked, a line each.
    pub warnings: Vec<String>,
}

pub fn start(store: &Store, machine: &Machine, container: &Container, presence: Presence) -> Result<Started> {
    let act = || format!("start container `{}`", container.record.name);
    if let Some(pod) = container.record.settings.held_pod().filter(|pod| pod.is_bare) {
        return Err(Error::usage(format!("it holds pod `{}`, which shares nothing, and has no process", pod.name)))
            .during(act);
    }
    let membership = start_required(store, machine, container).during(act)?;
    let (lock, container) = lock_for_start(container).during(act)?;
    keep::forget(&container).during(act)?;
    let started = start_locked(store, machine, &container, presence, lock, membership).during(act)?;
    keep::begin(store, machine, &container).during(act)?;
    Ok(started)
}

/// Starts those that it cannot be without. Each was there when the next was made, so none requires itself. What comes
/// back is its membership of a pod.
fn start_required(store: &Store, machine: &Machine, container: &Container) -> Result<Option<Channel>> {
    let settings = &container.record.settings;
    for id in &settings.requires {
        ensure_started(store, machine, &record::find(store, id)?)?;
    }
    membership::take(store, machine, settings)
}

/// For its keeper.
pub fn start_again(store: &Store, machine: &Machine, container: &Container) -> Result<()> {
    let membership = start_required(store, machine, container)?;
    let (lock, container) = lock_for_start(container)?;
    let started = start_locked(store, machine, &container, Presence::Detached, lock, membership)?;
    started.channel.send(&Request::Detach)
}

fn start_locked(
    store: &Store,
    machine: &Machine,
    container: &Container,
    presence: Presence,
    lock: Lock,
    membership: Option<Channel>,
) -> Result<Started> {
    let pid_files = PidFiles::open(&container.record.settings)?;
    let ids = IdMap::choose_for(&container.record.settings.userns)?;
    let joins = Joins::find(store, &container.record.settings)?;
    let joins_user = joins.path(NamespaceKind::User).is_some();
    if joins_user && container.record.settings.userns.leaves_user_out() {
        return Err(Error::usage("ids of its own and namespaces of another container exclude each other"));
    }
    let mut namespace = if joins_user { None } else { Some(UserNamespace::begin(&ids)?) };
    let leaves_user_out = container.record.settings.userns.leaves_user_out();
    let mut owners = if leaves_user_out { Some(UserNamespace::begin(&IdMap::of_subordinates()?)?) } else { None };
    let seats = networks::join(store, machine, container)?;
    let (job, warnings) = prepare(store, machine, container, presence, &ids, joins, &seats)?;
    if container.record.settings.strict && !warnings.is_empty() {
        return Err(Error::new(warnings.join("; ")).with_hint("without --strict it starts all the same"));
    }
    forget_last_start(container)?;
    let kept: Vec<BorrowedFd> =
        seats.iter().map(|seat| seat.listener.as_fd()).chain(membership.iter().map(AsFd::as_fd)).collect();
    let channel = spawn_monitor(&job, lock, &machine.passed, &kept)?;
    for namespace in namespace.iter_mut().chain(&mut owners) {
        channel.send_with(&Request::UserNamespace, Some(namespace.finish()?.as_fd()))?;
    }
    match channel.receive::<Report>()? {
        Some(Report::Started { pid, monitor }) => {
            seats.into_iter().for_each(Seat::hand_over);
            pid_files.fill(pid, monitor)?;
            Ok(Started { channel, pid, warnings })
        }
        Some(Report::NotStarted(error)) => Err(error),
        _ => {
            Err(Error::new("the monitor ended before the payload ran").with_hint("was it killed, or is memory short?"))
        }
    }
}

/// The lock that the monitor will hold as long as the container runs, and what is on record once it is held.
/// Whoever has it may start, and nobody else.
pub(super) fn lock_for_start(container: &Container) -> Result<(Lock, Container)> {
    let taken = || Error::new("it is running, or somebody else is starting or removing it");
    let locked = wait_for_others(|| {
        let lock = Lock::try_exclusive_dir(&container.dir)?;
        let absent = || Error::absent("container", &container.record.name);
        let current = Container::read(&container.dir)?.ok_or_else(absent)?;
        match lock {
            Some(lock) => end_orphan(&current).map(|()| Some((lock, current))),
            None if container.status()?.live().is_some() => Err(taken()),
            // Who holds it may be the monitor of the last start, which has told of the end and tidies up; a sweep that
            // has met a directory in the making; or somebody who starts it, and then it runs.
            None => Ok(None),
        }
    })?;
    locked.ok_or_else(taken)
}

fn forget_last_start(container: &Container) -> Result<()> {
    health::forget(container)?;
    for file in ["exit.json", "state.json", "paused.json"] {
        match fs::remove_file(container.dir.join(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).during(|| format!("remove `{file}`"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Makes the monitor's job; the second value are warnings.
fn prepare(
    store: &Store,
    machine: &Machine,
    container: &Container,
    presence: Presence,
    ids: &IdMap,
    joins: Joins,
    seats: &[Seat],
) -> Result<(Job, Vec<String>)> {
    let visibility = Visibility::look();
    let (settings, shares_processes) = fitting(&container.record.settings, visibility, &joins);
    let settings = settings.as_ref();
    let (network, warning) = plan_network(store, machine, container, &joins, seats)?;
    let (cgroup, more_warnings) = cgroup::Plan::choose(&settings.limits, container.id())?;
    let driver = machine.driver_for(store, container, ids)?;
    let owners = if settings.userns.leaves_user_out() { Owners::Elsewhere } else { Owners::Mapped };

    sources::forget_overlays(container)?;
    let sources = sources::find(store, container, &settings.mounts, driver)?;
    let surroundings = Surroundings {
        files: write_files(container, joins.network.as_ref().unwrap_or(&network), &hostname(settings, container))?
            .into_iter()
            .chain(machine.passed.notify_socket.clone().map(|socket| (NOTIFY_SOCKET.to_owned(), socket)))
            .collect(),
        mount_sources: sources.shown,
        owns_network: network.is_private() || joins.path(NamespaceKind::Network).is_some(),
        has_new_sysfs: visibility.sys,
        has_terminal_group: ids
            .gids
            .iter()
            .any(|map| (map.container_id..map.container_id.saturating_add(map.size)).contains(&5)),
        further_devices: if settings.privileged { openable_devices() } else { Vec::new() },
        joined: joins.namespaces,
        shared_memory: joins.shared_memory,
        ..own_limits(hostname(settings, container))
    };
    let secrets = secrets::read(container)?;
    let with_secrets = secrets::with_variables(settings, &secrets);
    let mut spec = spec::build(&with_secrets, &container.record.image_config, &surroundings)?;
    spec.process.env.extend(machine.passed.env.iter().map(|(name, value)| format!("{name}={value}")));
    if machine.passed.notify_socket.is_some() {
        spec.process.env.push(format!("NOTIFY_SOCKET={NOTIFY_SOCKET}"));
    }
    if let network::Plan::Path(path) = &network
        && !surroundings.owns_network
    {
        spec.linux.namespaces.push(Namespace { kind: NamespaceKind::Network, path: path.clone() });
    }

    let log = log_attributes(container, &spec.process.env)?;
    let RootFilesystem { root, fuse, mounts } =
        root_filesystem(store, container, driver, owners, settings.remove_at_exit)?;
    spec.mounts.splice(0..0, mounts);
    let below_reaper = settings.init || needs_reaper(streams(settings, presence), &spec.process.args);
    let runtime_dir = machine.runtime_root.join(container.short_id());
    let (spec, runtime) = delegate(spec, settings, machine, below_reaper, &runtime_dir)?;
    let plan = Plan {
        user: Some(user(settings, &container.record.image_config.user, ids)),
        groups: settings.groups.clone(),
        callers_groups: callers_groups(settings),
        accounts: accounts(settings, &container.record.image_config, ids),
        make_workdir: settings.workdir.is_none() || settings.makes_workdir,
        mount_point: container.dir.join("rootfs"),
        rootfs: root,
        fills: sources.fills,
        subpaths: sources.subpaths,
        gifts: sources.gifts,
        secrets: secrets::files(secrets),
        leaves_user_out: settings.userns.leaves_user_out(),
        reaper: below_reaper,
        runtime,
        holds_pod: settings.held_pod().is_some(),
        keyring: container.id().to_owned(),
        passed_fds: machine.passed.numbers(),
        root_emulation: settings.root_emulation == RootEmulation::WhereNeeded,
        end: End::WithStarter,
        spec,
        ..Plan::default()
    };
    let job = Job {
        container_id: container.id().to_owned(),
        store_root: store.root().to_owned(),
        container_dir: container.dir.clone(),
        names_dir: store.container_names_dir(),
        trash_dir: store.trash_path(),
        runtime_dir,
        settings: settings.clone(),
        stop_signal: stop_signal(container)?,
        log,
        subject: container.subject(),
        streams: streams(settings, presence),
        caller_stays: presence == Presence::Attached,
        leaves_starter: machine.monitors_leave && presence == Presence::Detached,
        plan,
        network,
        seats: numbers_of(seats),
        bound_ports: machine.passed.ports.iter().map(|bound| (bound.port.clone(), bound.socket.as_raw_fd())).collect(),
        cgroup,
        fuse,
    };
    Ok((job, shares_processes.into_iter().chain(warning).chain(more_warnings).collect()))
}

/// Leaves a part of the spec to another runtime, where one was asked for.
fn delegate(
    spec: Spec,
    settings: &Settings,
    machine: &Machine,
    below_reaper: bool,
    runtime_dir: &Path,
) -> Result<(Spec, Option<init::Runtime>)> {
    let Some(asked) = &settings.runtime else { return Ok((spec, None)) };
    let act = || format!("run it by `{}`", asked.program.display());
    if !machine.passed.fds.is_empty() {
        return Err(Error::usage("descriptors cannot be passed through another runtime")).during(act);
    }
    let seccomp = spec::seccomp::for_other_runtime(settings, &spec.process.capabilities)?;
    let (ours, config) = spec::divide(spec, seccomp, below_reaper).during(act)?;
    let known = tools::flags_of_runtime(&asked.program).iter().map(|flag| (*flag).to_owned());
    let runtime = init::Runtime {
        program: asked.program.clone(),
        flags: known.chain(asked.flags.iter().cloned()).collect(),
        directory: runtime_dir.join("runtime"),
        config,
    };
    Ok((ours, Some(runtime)))
}

/// The settings as far as this machine can follow them; the text is a warning. A process namespace is worth nothing
/// without a procfs of its own: where none can be made, the container is among the processes outside.
fn fitting<'s>(settings: &'s Settings, visibility: Visibility, joins: &Joins) -> (Cow<'s, Settings>, Option<String>) {
    let has_own = settings.pid != NamespaceMode::Host && joins.path(NamespaceKind::Pid).is_none();
    let settings = match settings.held_pod() {
        // It is for the members to mount them.
        Some(_) => Cow::Owned(Settings { mounts: Vec::new(), ..settings.clone() }),
        None => Cow::Borrowed(settings),
    };
    if visibility.proc || !has_own {
        return (settings, None);
    }
    let warning = "the container sees the processes outside: parts of /proc are covered here, as in a container, \
                   and so the kernel allows no other one";
    (Cow::Owned(Settings { pid: NamespaceMode::Host, ..settings.into_owned() }), Some(warning.to_owned()))
}

fn streams(settings: &Settings, presence: Presence) -> Streams {
    match (settings.terminal, presence) {
        (true, _) => Streams::Terminal,
        (false, Presence::Attached) if settings.log.tees() => Streams::Pipes,
        (false, Presence::Detached) if settings.log.driver == LogDriver::Passthrough => Streams::Caller,
        (false, Presence::Attached) => Streams::Caller,
        (false, Presence::Detached) => Streams::Pipes,
    }
}

/// What is logged with each line; an error where the log that was asked for cannot be had.
fn log_attributes(container: &Container, env: &[String]) -> Result<logs::Attributes> {
    if container.record.settings.log.driver == LogDriver::Journald && !Path::new(systemd::JOURNAL_SOCKET).exists() {
        return Err(Error::new(format!("--log-driver journald: there is no {}", systemd::JOURNAL_SOCKET))
            .with_hint("no journal runs on this machine; use another log driver"));
    }
    Ok(logs::Attributes::of(&container.record, env))
}

/// Whether process 1 should be box's own, so that signals mean for the payload what they mean outside. Programs that
/// are made to be process 1, and insist on it, are left alone.
fn needs_reaper(streams: Streams, args: &[String]) -> bool {
    const INITS: &[&str] =
        &["catatonit", "dumb-init", "init", "my_init", "runit", "runsvdir", "s6-svscan", "systemd", "tini"];
    let program = args.first().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
    streams == Streams::Caller && !INITS.iter().any(|init| program == *init || program == format!("{init}-static"))
}

/// Starts this binary again as a monitor, with its job, our side of a conversation, the container's lock, and what is
/// `kept` by it for others. Returns the conversation with it.
fn spawn_monitor(job: &Job, lock: Lock, passed: &Passed, kept: &[BorrowedFd]) -> Result<Channel> {
    let (ours, theirs) = Channel::pair()?;
    let memory = job.to_memory()?;
    let (theirs, lock) = (OwnedFd::from(theirs), OwnedFd::from(lock));
    let mut command = own_binary(Role::Monitor);
    command.args([memory.as_raw_fd(), theirs.as_raw_fd(), lock.as_raw_fd()].map(|fd| fd.to_string()));
    if job.streams != Streams::Caller {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    } else {
        if !job.settings.interactive {
            command.stdin(Stdio::null());
        }
        if job.settings.unseen.output {
            command.stdout(Stdio::null());
        }
        if job.settings.unseen.errors {
            command.stderr(Stdio::null());
        }
    }
    // The monitor is not waited for: it outlives us, or we end right after it.
    let mut fds = vec![memory.as_fd(), theirs.as_fd(), lock.as_fd()];
    fds.extend(passed.fds.iter().chain(passed.ports.iter().map(|bound| &bound.socket)).map(AsFd::as_fd));
    fds.extend_from_slice(kept);
    let act = || "start the monitor";
    let mut monitor = spawn_passing(&mut command, &fds).during(act)?;
    if job.leaves_starter {
        monitor.wait().during(act)?;
    }
    Ok(ours)
}

fn plan_network(
    store: &Store,
    machine: &Machine,
    container: &Container,
    joins: &Joins,
    seats: &[Seat],
) -> Result<(network::Plan, Option<String>)> {
    let settings = &container.record.settings;
    let log = settings.keeps_network_log();
    let asked = [
        ("--egress", settings.egress.is_some()),
        ("--mac-address", settings.mac_address.is_some()),
        ("--network-log", log),
    ];
    let asked = asked.into_iter().find_map(|(option, is_asked)| is_asked.then_some(option));
    if let Some(path) = joins.path(NamespaceKind::Network) {
        if let Some(option) = asked {
            return Err(Error::usage(format!("{option} takes a network of the container's own")));
        }
        return Ok((network::Plan::Path(path.to_owned()), None));
    }
    let works = || network::builtin::works(store.root());
    let memberships = seats.iter().map(|seat| seat.membership.clone()).collect();
    let bound = &machine.passed.ports;
    let is_open = |request: &&PortRequest| !bound.iter().any(|bound| bound.request == **request);
    let requests: Vec<PortRequest> = settings.ports.iter().filter(is_open).cloned().collect();
    let (mut plan, warning) = network::Plan::choose(&settings.network, &requests, memberships, works)?;
    plan.publish_bound(bound.iter())?;
    if let network::Plan::Builtin(builtin) = &mut plan {
        builtin.resolvers = networks::resolvers(store, settings)?;
        builtin.egress.clone_from(&settings.egress);
        builtin.mac = settings.mac_address;
        builtin.log = log.then(|| logs::network_file(&container.dir));
    } else if let Some(option) = asked.filter(|_| plan != network::Plan::None) {
        return Err(Error::usage(format!("{option} takes the built-in network, which this container is not in")))
            .hint(|| "use --network builtin, or a network of `box network create`");
    }
    Ok((plan, warning))
}

fn numbers_of(seats: &[Seat]) -> Vec<i32> {
    seats.iter().map(|seat| seat.listener.as_fd().as_raw_fd()).collect()
}

/// Starts a container that exists, or does nothing if it runs.
pub fn ensure_started(store: &Store, machine: &Machine, container: &Container) -> Result<Vec<String>> {
    let status = container.status()?;
    if status.live().is_some_and(|state| state.monitor.is_alive()) {
        return match status {
            Status::Paused(_) => container.running().map(|_| Vec::new()),
            // It may end at any time, at once as well: that is for whoever needs it to see.
            _ => Ok(Vec::new()),
        };
    }
    match start(store, machine, container, Presence::Detached) {
        Ok(started) => started.channel.send(&Request::Detach).map(|()| started.warnings),
        // Somebody else, or its keeper, was faster.
        Err(_) if container.status()?.live().is_some() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
