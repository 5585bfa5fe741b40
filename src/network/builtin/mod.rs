//! The network inside box itself: process `box-net`, a transparent proxy for one network namespace.
//!
//! Nothing is translated and no protocol is rebuilt: inside, the kernel of the namespace speaks with the payload;
//! outside, the kernel of the host speaks with the world, by the host's routes of the moment; we join what they say
//! ([`streams`], [`datagrams`], [`echo`]), and answer for the resolver ([`resolver`]). How packets come to us is drawn
//! in [`rules`]. Addresses inside are always the same; in named networks they are the network's, and its members reach
//! each other as [`peers`] draws.
//!
//! | started by | the monitor, as a clone: an exec would cost each container half a MiB and a millisecond |
//! |---|---|
//! | is | one thread, one poll loop, in the host's network; a second one is in the container's (see [`factory`]) |
//! | holds | sockets of both sides, pipes between them |
//! | may not | gain rights, start programs, join namespaces, write files but its log ([`flows`]) |
//! | ends | with the monitor |

mod control;
mod datagrams;
mod destinations;
mod echo;
mod egress;
mod factory;
pub mod flows;
mod lookup;
mod netlink;
mod packet;
mod peers;
mod pipes;
mod proxy;
mod resolver;
mod rules;
mod streams;

use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

use nix::sched::CloneFlags;
use nix::unistd::Pid;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::members::{Membership, Place};
use super::ports::{self, Published};
use super::{Addresses, Sockets};
use crate::disk::record;
use crate::error::{During, Error, Result};
use crate::init::namespaces::Joined;
use crate::init::trial::attempt;
use crate::oci::runtime::NamespaceKind;
use crate::process::handshake::{Channel, Start};
use crate::process::listener::Listener;
use crate::process::liveness;
use crate::process::spawn::{ClonedChild, SingleThreaded, clone_child};
use crate::settings::{EgressRule, MacAddress};
use crate::sys;
use crate::sys::seccomp::{Action, SockFilter};

pub use control::{Followed, join, leave, publish, tell, unpublish};
pub use lookup::DOMAIN;
pub use rules::interface_name;

/// What the proxy of one container is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Builtin {
    pub ports: Vec<Published>,
    pub addresses: Addresses,
    /// Whether the gateway leads to the host's loopback.
    #[serde(default)]
    pub opens_loopback: bool,
    /// Whether it was started in named networks; without one it reaches nobody.
    #[serde(default)]
    pub is_member: bool,
    /// The named networks that it is in.
    #[serde(default)]
    pub memberships: Vec<Membership>,
    /// All that may be reached of the world; `None`: everything.
    #[serde(default)]
    pub egress: Option<Vec<EgressRule>>,
    /// Asked for names that no member has; none: the host's.
    #[serde(default)]
    pub resolvers: Vec<IpAddr>,
    /// Of the interface of a container in no named network; `None`: any.
    #[serde(default)]
    pub mac: Option<MacAddress>,
    /// Where it is told what is carried; `None`: nowhere.
    #[serde(default)]
    pub log: Option<PathBuf>,
}

impl Builtin {
    /// For a member of named networks, which has in the first of them what others have in the network of their own.
    pub(super) fn of_member(memberships: Vec<Membership>, ports: Vec<Published>) -> Builtin {
        let gateway = memberships.first().and_then(Membership::v4).map(|place| place.gateway);
        let mut addresses = Addresses::default();
        if let Some(IpAddr::V4(gateway)) = gateway {
            (addresses.gateway, addresses.dns) = (gateway, gateway);
        }
        Builtin { ports, addresses, is_member: true, ..Builtin::default() }.in_networks(memberships)
    }

    /// In these networks instead; gateway and resolver stay where the container knows them.
    pub(super) fn in_networks(&self, memberships: Vec<Membership>) -> Builtin {
        let mut changed = Builtin { memberships, ..self.clone() };
        if let Some(Place { address: IpAddr::V4(own), subnet, .. }) =
            changed.memberships.first().and_then(Membership::v4).copied()
        {
            (changed.addresses.own, changed.addresses.prefix_length) = (own, subnet.prefix_length());
        }
        changed
    }

    /// In networks from which nothing of the world is reached.
    pub(super) fn is_internal(&self) -> bool {
        self.is_member && self.memberships.iter().all(|membership| membership.internal)
    }

    /// Whether sockets inside will be needed for whoever comes from outside.
    fn needs_factory(&self) -> bool {
        !self.memberships.is_empty() || !self.ports.is_empty()
    }

    /// Whether names of members are resolved.
    pub fn resolves(&self) -> bool {
        self.memberships.iter().any(|membership| membership.resolves)
    }

    /// Reads the words of `--network builtin:…`.
    pub(super) fn parse(options: &[String], ports: Vec<Published>) -> Result<Builtin> {
        let mut builtin = Builtin { ports, ..Builtin::default() };
        for option in options {
            builtin.opens_loopback = match option.as_str() {
                "allow_host_loopback=true" => true,
                "allow_host_loopback=false" => false,
                _ => {
                    return Err(Error::usage(format!("the built-in network has no option `{option}`")))
                        .hint(|| "known: allow_host_loopback=");
                }
            };
        }
        Ok(builtin)
    }
}

/// The processes that connect one namespace, which end when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    process: ClonedChild,
    factory: Option<ClonedChild>,
    /// Until it has said that it is ready.
    starting: Option<Channel>,
    /// Further sockets will be needed.
    keeps_factory: bool,
    memberships: Vec<Membership>,
}

impl Proxy {
    pub(super) fn wait_until_ready(&mut self) -> Result<()> {
        let Some(channel) = self.starting.take() else { return Ok(()) };
        match channel.receive::<Start>()? {
            Some(Start::Go) => {}
            Some(Start::Failed(error)) => return Err(error),
            _ => return Err(Error::new("the proxy of the network ended")),
        }
        if let Some(factory) = self.factory.take_if(|_| !self.keeps_factory) {
            factory.wait();
        }
        Ok(())
    }

    pub(super) fn pid(&self) -> i32 {
        self.process.pid()
    }
}

impl Drop for Proxy {
    /// Nobody finds it any more; only then, with its fields, it ends: its addresses are nobody else's until now.
    fn drop(&mut self) {
        self.memberships.iter().for_each(Membership::leave);
    }
}

/// Begins to connect the namespaces of process `pid`.
pub(super) fn attach(builtin: &Builtin, pid: Pid, runtime_dir: &Path, sockets: Sockets) -> Result<Attachment> {
    let Sockets { seats, ports } = sockets;
    let proof = SingleThreaded::prove()?;
    let joined = Joined::of_process(pid.as_raw(), &[NamespaceKind::User, NamespaceKind::Network])?;
    let control = control::listen(runtime_dir)?;
    let bound = ports.iter().map(|(port, _)| port.clone()).collect();
    let sockets = ports::listen_all(&builtin.ports, ports)?;
    let log = builtin.log.as_ref().map(|path| flows::Log::open(path)).transpose();
    let log = log.during(|| "open the log of the network")?;
    let (factorys, proxys) = Channel::pair()?;
    let (ours, theirs) = Channel::pair()?;
    let monitor = rustix::process::getpid();
    let passed: Vec<RawFd> = joined.iter().map(raw).chain([raw(&factorys)]).collect();
    let work = move || factory::run(&factorys, joined, builtin, monitor);
    let factory = clone_child(work, &passed, &proof)?;
    let passed = sockets.iter().chain(&seats).map(raw).chain([raw(&control)]);
    let passed = passed.chain(log.iter().flat_map(flows::Log::descriptors));
    let passed: Vec<RawFd> = passed.chain([raw(&proxys), raw(&theirs)]).collect();
    let given = Given { factory: proxys, sockets, bound, seats, control, log };
    let process = clone_child(move || run(builtin, given, &theirs), &passed, &proof)?;
    Ok(Attachment::by(Proxy {
        process,
        factory: Some(factory),
        starting: Some(ours),
        keeps_factory: builtin.needs_factory(),
        memberships: builtin.memberships.clone(),
    }))
}

/// STORE/network.json: it has worked for this user since this boot.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    boot_id: String,
    uid: u32,
    /// How many filters of system calls were in force: those of a service may forbid what a session may do.
    #[serde(default)]
    filters: u32,
}

/// Whether it works on this machine; an error says why not. A yes is remembered in the store: it costs milliseconds to
/// find out. A no may be mended at any time.
pub fn works(store_root: &Path) -> Result<()> {
    let file = store_root.join("network.json");
    let filters = liveness::own_filters();
    let answer = Answer { boot_id: liveness::boot_id(), uid: users::get_effective_uid(), filters };
    if record::read(&file).is_ok_and(|known| known.as_ref() == Some(&answer)) {
        return Ok(());
    }
    try_out()?;
    let _ = record::write_unsynced(&file, &answer); // In a store that cannot be written the next start asks again.
    Ok(())
}

/// Does what has to be done, in namespaces that end with it.
pub fn try_out() -> Result<()> {
    let prepare = || rules::prepare(&Builtin::default()).and_then(|_| rules::receive_logged()).map(drop);
    attempt(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET, |_| Ok(()), prepare)
}

fn raw(fd: &impl AsFd) -> RawFd {
    fd.as_fd().as_raw_fd()
}

/// What the proxy is started with.
struct Given {
    factory: Channel,
    /// Of the published ports.
    sockets: Vec<OwnedFd>,
    /// Those of which others have bound the socket.
    bound: Vec<Published>,
    /// Of the networks.
    seats: Vec<OwnedFd>,
    control: Listener,
    log: Option<flows::Log>,
}

/// The process `box-net`, from its first moment on. Returns its exit code.
fn run(builtin: &Builtin, given: Given, monitor: &Channel) -> i32 {
    let _ = rustix::thread::set_name(c"box-net"); // only for people who look at `ps`
    let started = start(builtin, given);
    let word = match &started {
        Ok(_) => Start::Go,
        Err(error) => Start::Failed(error.clone()),
    };
    // A monitor that has gone takes us along.
    let said = monitor.send(&word);
    match said.and(started).and_then(proxy::Proxy::run) {
        Ok(()) => 0,
        Err(_) => 1, // Nobody listens any more.
    }
}

/// A proxy that may only serve.
fn start(builtin: &Builtin, given: Given) -> Result<proxy::Proxy> {
    let Given { factory, sockets, bound, seats, control, log } = given;
    let published = builtin.ports.iter().zip(sockets).map(|(port, socket)| {
        let published = proxy::Published::at(port.clone(), socket);
        if bound.contains(port) { published.with_clients() } else { published }
    });
    let published = published.map(Some).collect();
    let mut inside = factory::Inside::receive(factory)?;
    if !builtin.needs_factory() {
        inside.close_factory();
    }
    let seats = builtin.memberships.iter().zip(seats).map(|(membership, socket)| peers::Seat {
        membership: membership.clone(),
        listener: Listener::from_fd(socket, membership.directory.join(&membership.member)),
    });
    let destinations = destinations::Destinations::new(builtin);
    let proxy = proxy::Proxy::new(inside, published, seats.map(Some).collect(), control, destinations, log)?;
    confine(builtin.log.is_some())?;
    Ok(proxy)
}

/// From here on: opens sockets, moves data between them, reads the host's resolv.conf and who is in our networks, and
/// perhaps keeps a log.
fn confine(has_log: bool) -> Result<()> {
    let none = CapabilitySet::empty();
    sys::capability::set(none, none, none)?;
    rustix::thread::set_no_new_privs(true).during(|| "give up new privileges")?;
    sys::seccomp::load(&filter(has_log))
}

fn filter(has_log: bool) -> Vec<SockFilter> {
    let calls = [CALLS, if has_log { &flows::CALLS } else { &[] }].concat();
    sys::seccomp::allow_only(&calls, Action::Errno(libc::ENOSYS as u16))
}

#[rustfmt::skip] // as paragraphs, not as a column
const CALLS: &[&str] = &[
    // Sockets and what is between them.
    "socket", "bind", "connect", "accept4", "shutdown", "close", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg", "splice", "pipe2", "socketpair", "fcntl", "ioctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "read", "write", "writev",
    // The host's resolvers and its interfaces.
    "open", "openat", "fstat", "newfstatat", "statx", "lseek",
    // Who has a name in our networks.
    "getdents64",
    // Memory, time, the process itself.
    "brk", "mmap", "munmap", "mremap", "madvise", "futex", "getrandom", "clock_gettime", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "exit_group",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::seccomp::audit;
    use crate::sys::seccomp::interpreter::{Call, run};

    /// By which others would be reached, rights gained, or the host changed; of each architecture.
    #[rustfmt::skip]
    const FORBIDDEN: &[&str] = &[
        "execve", "execveat", "fork", "vfork", "clone", "clone3", "setns", "unshare", "chroot", "pivot_root",
        "mount", "umount2", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "mount_setattr",
        "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kill",
        "tkill", "tgkill", "rt_sigqueueinfo", "process_madvise", "kcmp",
        "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "capset",
        "prctl", "arch_prctl", "seccomp", "personality", "setsid", "setpgid", "setrlimit", "prlimit64",
        "mkdir", "mkdirat", "mknod", "mknodat", "link", "linkat", "symlink", "symlinkat", "rename", "renameat2",
        "unlink", "rmdir", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "truncate", "ftruncate",
        "setxattr", "utimensat", "creat", "openat2", "open_by_handle_at", "name_to_handle_at", "chdir", "fchdir",
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "keyctl", "add_key",
        "request_key", "init_module", "finit_module", "delete_module", "kexec_load", "reboot", "swapon", "syslog",
        "sethostname", "settimeofday", "clock_settime", "iopl", "ioperm", "quotactl", "acct", "mprotect",
        "pkey_mprotect", "memfd_create", "shmget", "msgget", "inotify_init1", "fanotify_init",
        "landlock_create_ruleset",
    ];

    /// What a filter makes of a call, by its number.
    fn answer(filter: &[SockFilter], audit: u32, number: u32) -> u32 {
        run(filter, &Call { audit, number, arguments: [0; 6] }).0
    }

    #[test]
    fn calls_that_are_not_needed_are_refused() {
        const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        const X32_BIT: u32 = 0x4000_0000;
        let number = |name: &str| name.parse::<syscalls::Sysno>().ok().map(|call| call.id() as u32);
        let filters = [("proxy", filter(false)), ("proxy with a log", filter(true)), ("factory", factory::filter())];
        for (who, filter) in &filters {
            for call in FORBIDDEN.iter().filter(|name| number(name).is_some()) {
                assert_eq!(answer(filter, audit::NATIVE, number(call).unwrap()), REFUSED, "{who}: {call}");
            }
            // By the rules of another architecture the numbers stand for other calls.
            for (audit, number) in [(audit::I386, 1), (audit::ARM, 1), (0, 1)] {
                assert_eq!(answer(filter, audit, number), libc::SECCOMP_RET_KILL_PROCESS, "{who}: {audit:#x}");
            }
            let sendmsg = number("sendmsg").unwrap();
            assert_eq!(answer(filter, audit::NATIVE, sendmsg), libc::SECCOMP_RET_ALLOW, "{who}");
            for number in [sendmsg | X32_BIT, X32_BIT, u32::MAX, 100_000] {
                assert_eq!(answer(filter, audit::NATIVE, number), REFUSED, "{who}: {number:#x}");
            }
        }
        // Nothing but what the table says is let through.
        for (filter, log) in [(&filters[0].1, &[][..]), (&filters[1].1, &flows::CALLS[..])] {
            let allowed: Vec<u32> = CALLS.iter().chain(log).filter_map(|name| number(name)).collect();
            for number in 0..1000 {
                let is_allowed = answer(filter, audit::NATIVE, number) == libc::SECCOMP_RET_ALLOW;
                assert_eq!(is_allowed, allowed.contains(&number), "{number}");
            }
        }
        // Who is in the container's network reaches nobody and reads nothing.
        for call in ["connect", "bind", "listen", "accept4", "open", "openat", "read", "write", "splice", "getdents64"]
        {
            if let Some(number) = number(call) {
                assert_eq!(answer(&filters[2].1, audit::NATIVE, number), REFUSED, "factory: {call}");
            }
        }
    }

    #[test]
    fn the_hosts_loopback_is_closed_unless_asked_for() {
        let parse = |option: &str| Builtin::parse(&[option.to_owned()], Vec::new());
        assert!(!Builtin::parse(&[], Vec::new()).unwrap().opens_loopback);
        assert!(parse("allow_host_loopback=true").unwrap().opens_loopback);
        assert!(parse("speed=high").is_err() && parse("allow_host_loopback").is_err());
    }
}
