//! Process `box-monitor`: keeps one container from its first moment to its last.
//!
//! | started by | `box run`, `box start`: a re-exec of this binary, with a job, a channel and the container's lock |
//! |---|---|
//! | is | one thread, one poll loop, in a session of its own; outlives its caller |
//! | holds | the lock, the payload's streams and log, the helpers of network and root file system |
//! | may not | gain rights; look at the payload's files; print |
//! | ends | when the payload has ended and that is recorded; SIGTERM asks the payload to end, SIGKILL ends it too |

mod apart;
mod clients;
mod filter;
mod journal;
mod log;
mod orphans;
mod queue;
mod relay;

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::unistd::Pid;
use rustix::process::DumpableBehavior;

use crate::cgroup;
use crate::container::job::Job;
use crate::container::ownership;
use crate::container::record::{Exit, State, now};
use crate::container::volumes::remove_anonymous;
use crate::container::{finish, pause};
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::idmap::emulation::{self, Emulator};
use crate::init;
use crate::network::{self, members::Membership};
use crate::oci::runtime::{Namespace, NamespaceKind};
use crate::process::handshake::{Begun, Channel, Report, Request, Start};
use crate::process::listener::{Listener, Patience};
use crate::process::liveness::{self, Identity};
use crate::process::spawn::{SingleThreaded, Unstarted, null_streams};
use crate::rootfs;
use crate::spec;
use crate::store::Store;
use crate::store::events::{self, Action, Event};
use crate::sys;
use crate::sys::clone::Cloned;
use orphans::Orphans;

/// The monitor's life. `arguments` are the numbers of the descriptors that it was handed: job, channel, lock.
pub fn main(arguments: impl Iterator<Item = String>) -> ! {
    let _ = rustix::thread::set_name(c"box-monitor"); // Only for people who look at `ps`.
    let Some((job, caller, lock)) = take_inheritance(arguments) else { std::process::exit(125) };
    let code = match Job::from_memory(job) {
        Ok(job) => {
            if job.leaves_starter {
                leave_starter();
            }
            keep(&job, caller)
        }
        Err(error) => {
            let _ = caller.send(&Report::NotStarted(error)); // A caller that has gone needs no answer.
            125
        }
    };
    drop(lock);
    std::process::exit(code)
}

/// Goes on in a child of our own, so that whoever adopts orphans is our parent. Where that cannot be, nobody waits for
/// it: we go on as we are.
fn leave_starter() {
    let proof = SingleThreaded::prove();
    if let Ok(Cloned::Parent { .. }) = proof.and_then(|_| Ok(sys::clone::clone3(0, None)?)) {
        std::process::exit(0);
    }
}

fn keep(job: &Job, caller: Channel) -> i32 {
    match bring_up(job, &caller) {
        Ok(running) => run(job, running, caller),
        Err(error) => {
            give_up(job, &error);
            let _ = caller.send(&Report::NotStarted(error)); // As above.
            125
        }
    }
}

/// Init's child where another runtime has made it, else init itself.
struct Payload {
    identity: Identity,
    handle: OwnedFd,
}

impl Payload {
    fn find(made_by_other: Option<OwnedFd>, init: Pid, inits_handle: &OwnedFd) -> Result<Payload> {
        let of = |pid, handle| -> Result<Payload> { Ok(Payload { identity: Identity::of(pid)?, handle }) };
        let made = made_by_other.map(|handle| liveness::pid_of(handle.as_fd()).and_then(|pid| of(pid, handle)));
        match made {
            Some(Ok(payload)) => Ok(payload),
            // It has ended already, and init is about to say how.
            Some(Err(_)) | None => of(init, inits_handle.try_clone().during(|| "keep a handle on the payload")?),
        }
    }
}

/// A payload that runs, and what must live as long as it does.
struct Running {
    payload: Payload,
    /// Of process 1, our child, which ends as the payload ends.
    handle: OwnedFd,
    streams: relay::Streams,
    listener: Listener,
    /// In which the files of the container have their owners.
    user_namespace: OwnedFd,
    /// Held until everybody has been told of the end: the payload's last moment then does not wait until all its mounts
    /// are gone, and an overlay synced.
    mount_namespace: OwnedFd,
    helpers: Helpers,
    /// Of a container without a process namespace of its own.
    orphans: Option<Orphans>,
}

struct Helpers {
    network: Option<network::Attachment>,
    rootfs: Option<rootfs::FuseHelper>,
    emulator: Option<Emulator>,
}

/// From the job to a running payload.
fn bring_up(job: &Job, caller: &Channel) -> Result<Running> {
    leave_the_callers_world()?;
    let proof = SingleThreaded::prove()?;
    let filter = spec::seccomp::filter(&job.settings, &job.plan.spec.process.capabilities)?;
    clients::make_runtime_dir(&job.runtime_dir)?;
    let groups = job.cgroup.settle(&job.settings.limits, &job.container_id)?;
    groups.create()?;
    let (ours, theirs) = Channel::pair()?;
    let (stdio, streams) = relay::make_streams(job)?;

    let cgroup = groups.open_v2();
    let namespaces = &job.plan.spec.linux.namespaces;
    let user = take_user_namespace(job, caller)?;
    let cloned = init::namespaces::clone_into(namespaces, user, cgroup.as_ref().map(AsFd::as_fd), &proof)?;
    let Cloned::Parent { pid, handle } = cloned else {
        drop(ours);
        init::run(&job.plan, filter.as_deref(), theirs, stdio, None)
    };
    drop((theirs, stdio));
    // Held here as well, the other ends of the payload's pipes would never see theirs.
    job.plan.passed_fds.iter().for_each(|number| drop(sys::fds::inherited(*number)));
    // As those, for members would call at a place where nobody answers any more.
    let seats = job.seats.iter().filter_map(|number| sys::fds::inherited(*number)).collect();
    let bound = job.bound_ports.iter().filter_map(|(port, number)| Some((port.clone(), sys::fds::inherited(*number)?)));
    let sockets = network::Sockets { seats, ports: bound.collect() };
    let payload = Unstarted::new(handle);
    let network = connect(job, pid, sockets)?;
    // Where the user is left out, the container's files have their owners in another namespace.
    let is_served = job.plan.rootfs == init::Rootfs::Served;
    let owners = if is_served { Some(receive_user_namespace(caller)?) } else { None };
    let served = match (&job.fuse, &owners) {
        (Some(fuse), Some(owners)) => Some(fuse.serve(ours.await_device()?, owners.try_clone()?, &proof)?),
        _ => None,
    };
    groups.admit(pid)?;
    let rootfs = match served {
        Some(served) => Some(served),
        None => job.fuse.as_ref().map(|fuse| fuse.start(pid, &proof)).transpose()?,
    };
    let mut helpers = Helpers { network, rootfs, emulator: None };
    let open_namespace = |kind: &str| -> Result<OwnedFd> {
        let file = std::fs::File::open(format!("/proc/{pid}/ns/{kind}"));
        Ok(file.during(|| format!("open the {kind} namespace of the container"))?.into())
    };
    let (user_namespace, mount_namespace) = (open_namespace("user")?, open_namespace("mnt")?);
    let listener = Listener::bind(job.runtime_dir.join("attach"), Patience::Polls)?;
    let processes = job.plan.spec.linux.namespaces.iter().find(|namespace| namespace.kind == NamespaceKind::Pid);
    let orphans = match processes {
        None => Some(Orphans::adopt()?),
        Some(joined) if !joined.path.is_empty() => Some(Orphans::in_anothers(&mount_namespace)?),
        Some(_) => None,
    };
    ours.send(&Start::Go)?;
    helpers.network.iter_mut().try_for_each(network::Attachment::wait_until_ready)?;
    ours.send(&Start::Go)?;
    let Begun { terminal, emulation: calls, payload: made_by_other } =
        ours.await_payload().map_err(|error| match &helpers.rootfs {
            Some(rootfs) => rootfs.explain(error),
            None => error,
        })?;
    helpers.emulator = calls.map(|calls| emulation::start(calls, user_namespace.as_fd())).transpose()?;
    let handle = payload.started();
    let payload = Payload::find(made_by_other, pid, &handle)?;
    let state = State {
        payload: payload.identity.clone(),
        monitor: Identity::own()?,
        started: now(),
        socket: listener.path().to_owned(),
        network: job.network.clone(),
        cgroup: groups,
    };
    record::write_unsynced(&job.container_dir.join("state.json"), &state)?;
    let streams = streams.with_terminal(terminal)?;
    let user_namespace = owners.unwrap_or(user_namespace);
    Ok(Running { payload, handle, streams, listener, user_namespace, mount_namespace, helpers, orphans })
}

/// The user namespace that the caller has made meanwhile; none where that of another container is joined.
fn take_user_namespace(job: &Job, caller: &Channel) -> Result<Option<OwnedFd>> {
    let is_users = |namespace: &Namespace| namespace.kind == NamespaceKind::User && namespace.path.is_empty();
    if !job.plan.spec.linux.namespaces.iter().any(is_users) {
        return Ok(None);
    }
    receive_user_namespace(caller).map(Some)
}

fn receive_user_namespace(caller: &Channel) -> Result<OwnedFd> {
    match caller.receive_with_fd::<Request>()? {
        Some((Request::UserNamespace, Some(namespace))) => Ok(namespace),
        _ => Err(Error::new("the caller has gone")),
    }
}

/// Connects a new network namespace, if there is one.
fn connect(job: &Job, pid: Pid, sockets: network::Sockets) -> Result<Option<network::Attachment>> {
    match &job.network {
        plan if !plan.is_private() => Ok(None),
        plan => plan.attach(pid, &job.runtime_dir, sockets).map(Some),
    }
}

/// From a running payload to the end.
fn run(job: &Job, running: Running, caller: Channel) -> i32 {
    let mut log = log::Log::open(job);
    let Running { payload, handle, streams, listener, user_namespace, mount_namespace, helpers, orphans } = running;
    // Without it the payload ends when somebody kills us.
    let watched = relay::Watched { ending: relay::Ending::begin().ok(), orphans };
    drop_rights();
    [Action::Init, Action::Start].into_iter().for_each(|action| tell(job, action, None));
    let mut clients = clients::Clients::new(caller, listener, job);
    let monitor = std::process::id() as i32;
    clients.tell_owner(&Report::Started { pid: payload.identity.pid, monitor });
    sys::memory::give_back(); // What the start took: there may be a thousand of us.
    let code = relay::relay(job, payload, handle, streams, watched, &mut clients, &mut log);
    pause::forget(&job.container_dir);
    // Networks may have been joined meanwhile, and limits changed.
    let state: Option<State> = record::read(&job.container_dir.join("state.json")).unwrap_or(None);
    state.iter().flat_map(|state| state.network.memberships()).for_each(Membership::leave);
    // Who hears of the end may publish the same ports at once.
    drop((helpers.network, helpers.emulator));
    let groups = state.map_or_else(|| job.cgroup.clone(), |state| state.cgroup);
    // Who removes it by force just now leaves no place for that.
    let exit = Exit { out_of_memory: groups.has_run_out_of_memory(), ..Exit::new(code) };
    let _ = finish::record_exit(&job.container_dir, &exit);
    tell(job, Action::Died, Some(code));
    // Out of sight before anybody hears of the end: who waits for it may use the name again.
    let removed = job.settings.remove_at_exit && take_away(job).is_ok();
    clients.say_goodbye(&Report::Exited { code });
    drop((mount_namespace, helpers.rootfs));
    clean_up(job, &groups, removed, &user_namespace);
    if !removed {
        tell(job, Action::Cleanup, None);
    }
    // A service manager that keeps us takes this for the program's.
    code
}

/// Tells whoever follows events.
fn tell(job: &Job, action: Action, exit_code: Option<i32>) {
    events::tell(&job.store_root, &Event { exit_code, ..Event::new(job.subject.clone(), action) });
}

fn take_away(job: &Job) -> Result<()> {
    finish::take_away(&job.container_dir, &job.names_dir, &job.trash_dir)?;
    tell(job, Action::Remove, None);
    // A volume that cannot go now is in nobody's way: it is unused, and a prune takes it.
    let _ = Store::open(&job.store_root).and_then(|store| remove_anonymous(&store, &job.settings.mounts));
    Ok(())
}

/// After everybody has been told: nobody waits for this.
fn clean_up(job: &Job, groups: &cgroup::Plan, removed: bool, user_namespace: &OwnedFd) {
    groups.remove();
    let _ = std::fs::remove_dir_all(&job.runtime_dir); // Sockets only; a reboot takes what stays.
    if removed {
        remove_trash(job, |trash| ownership::remove_tree_in(trash, user_namespace));
    }
}

/// Of a container that is out of sight, and with it what killed commands have left. What stays, the next command that
/// changes the store removes.
fn remove_trash(job: &Job, remove: impl Fn(&Path) -> Result<()>) {
    // A sweep alone would pass it over: its lock is ours.
    let _ = remove(&job.trash_dir).and_then(|()| Store::open(&job.store_root)?.sweep(remove));
}

/// A payload that never ran: records why, or takes the container away.
fn give_up(job: &Job, error: &Error) {
    let code = i32::from(error.kind.exit_code());
    // Each on its own: what cannot be recorded is told to the caller all the same.
    let exit = Exit { error: Some(error.to_string()), ..Exit::new(code) };
    let _ = finish::record_exit(&job.container_dir, &exit);
    job.cgroup.remove();
    let _ = std::fs::remove_dir_all(&job.runtime_dir);
    if job.settings.remove_at_exit && take_away(job).is_ok() {
        remove_trash(job, ownership::remove_tree);
    }
}

fn leave_the_callers_world() -> Result<()> {
    // A caller's hang-up or interrupt is the caller's; the payload's end is the only one for us. Init resets this.
    let mut held = nix::sys::signal::SigSet::all();
    // By this a service manager ends a service whose program says no longer that it is alive: the payload goes with us.
    held.remove(nix::sys::signal::Signal::SIGABRT);
    nix::sys::signal::sigprocmask(nix::sys::signal::SigmaskHow::SIG_SETMASK, Some(&held), None)
        .during(|| "hold signals")?;
    nix::unistd::setsid().during(|| "start a session")?;
    std::env::set_current_dir("/").during(|| "leave the caller's directory")
}

/// From here on: relay, record, remove. Each of these may be refused on a strange host; none is needed to go on.
fn drop_rights() {
    // Streams of the caller that the payload holds must not be held here as well: their ends could never be seen.
    let _ = null_streams();
    let _ = rustix::thread::set_no_new_privs(true);
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = filter::load(); // Last: it forbids some of the above.
}

fn take_inheritance(arguments: impl Iterator<Item = String>) -> Option<(OwnedFd, Channel, Lock)> {
    let _ = sys::fds::close_on_exec_from(3); // A kernel before 5.11: init closes what is left once more.
    let mut fds = arguments.filter_map(|argument| argument.parse().ok()).filter_map(sys::fds::inherited);
    Some((fds.next()?, Channel::from_fd(fds.next()?), Lock::from_fd(fds.next()?)))
}
