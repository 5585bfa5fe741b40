//! From all rights in the container's user namespace down to the payload's. The order matters and is said where it
//! does.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::process::DumpableBehavior;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use super::user::User;
use super::{Plan, emulation, program};
use crate::error::{During, Error, Result};
use crate::oci::runtime::{Rlimit, Spec};
use crate::process::handshake::{Channel, Start};
use crate::sys::seccomp::SockFilter;
use crate::sys::{self, capability};

/// What becomes of the groups of whoever starts the container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallersGroups {
    #[default]
    Dropped,
    /// The payload is in them too, whatever they are called inside.
    Kept,
}

/// Root of the namespace, with none of the caller's groups where the map lets us drop them.
pub fn become_root_inside() -> Result<()> {
    become_root(CallersGroups::Dropped)
}

pub fn become_root(callers_groups: CallersGroups) -> Result<()> {
    if callers_groups == CallersGroups::Dropped && may_set_groups() {
        setgroups(&[]).during(|| "drop the caller's groups")?;
    }
    // With `keep-id` and a single id there is no root to become; the capabilities are held all the same.
    let _ = setresgid(Gid::from_raw(0), Gid::from_raw(0), Gid::from_raw(0));
    let _ = setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0));
    Ok(())
}

/// Not in a namespace whose map an unprivileged process wrote (user_namespaces(7)).
fn may_set_groups() -> bool {
    std::fs::read_to_string("/proc/self/setgroups").is_ok_and(|text| text.trim() == "allow")
}

/// Until the execve this process is box's own binary, with descriptors of the outside: nobody inside may look into it,
/// so nobody can open the binary through /proc/PID/exe (CVE-2019-5736).
pub fn hide_from_payload() -> Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).during(|| "hide from the payload")
}

/// `is_filtered`: the payload's system calls are.
pub fn join_own_keyring(name: &str, is_filtered: bool) -> Result<()> {
    match sys::keyring::join_new_session(name) {
        // A kernel without keys, or a filter around us that knows none: there is nothing to keep apart then.
        Ok(()) | Err(Errno::ENOSYS | Errno::EPERM) => Ok(()),
        // A user has 200 of them (keyrings(7)), and more containers. What is kept apart is what the filter refuses.
        Err(Errno::EDQUOT) if is_filtered => Ok(()),
        Err(Errno::EDQUOT) => Err(Error::new("the user's quota of keys is used up")).hint(
            || "with a seccomp filter it starts all the same; root raises the quota: `sysctl kernel.keys.maxkeys`",
        ),
        Err(errno) => Err(errno.into()),
    }
    .during(|| "join a session keyring of its own")
}

/// Where a payload begins.
#[derive(Debug)]
pub enum Beginning {
    /// In a container where nobody else is.
    First,
    /// Beside others; with the user namespace of the first payload, where that is not the container's.
    Joined(Option<OwnedFd>),
}

/// Whether the payload outlives the process that started it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// A monitor that is killed leaves no container behind.
    #[default]
    WithStarter,
    /// `exec --detach`.
    Alone,
}

/// Takes on the payload's limits, user, capabilities and filter, in this order.
pub fn take_payloads(
    plan: &Plan,
    user: &User,
    filter: Option<&[SockFilter]>,
    starter: &Channel,
    beginning: Beginning,
) -> Result<()> {
    let Plan { spec, end, callers_groups, passed_fds, root_emulation, .. } = plan;
    let process = &spec.process;
    let capabilities = &process.capabilities;
    set_limits(&process.rlimits)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(process.user.umask.unwrap_or(0o022)));
    set_personality(spec)?;
    sys::signals::reset().during(|| "reset signals")?;
    // Everything of ours is close-on-exec from birth; this is for what the caller left open.
    sys::fds::close_on_exec_from(3).during(|| "keep the caller's descriptors out")?;
    for number in passed_fds {
        sys::fds::keep_on_exec(*number).during(|| format!("pass descriptor {number}"))?;
    }

    capability::limit_bounding(capability::set_of(&capabilities.bounding)?)?;
    capability::keep_across_setuid(true)?;
    // With all rights first, since an image may have the user work in a directory that is closed to him; else as he.
    let entered = program::enter(&process.cwd);
    let emulates = *root_emulation && has_root_only();
    if emulates && (user.uid, user.gid) != (0, 0) {
        become_user_in_namespace(user, beginning)?;
        // A new namespace gives all of them.
        capability::limit_bounding(capability::set_of(&capabilities.bounding)?)?;
    } else {
        become_user(user, *callers_groups)?;
    }
    // The change of user has made this process visible where the host's fs.suid_dumpable says so.
    hide_from_payload()?;
    entered.or_else(|_| program::enter(&process.cwd))?;
    // The change of user has emptied the effective set, not the permitted one.
    let permitted = capability::current()?.permitted;
    capability::set(permitted, permitted, CapabilitySet::empty())?;
    // A change of credentials clears the parent death signal, so it is set after them.
    if *end == End::WithStarter {
        end_with_starter()?;
    }
    if process.no_new_privileges {
        rustix::thread::set_no_new_privs(true).during(|| "set no_new_privs")?;
    }
    if emulates {
        emulate_root(starter)?;
    }
    // The filter needs CAP_SYS_ADMIN or no_new_privs, so it comes before these are gone. What follows is capset, prctl
    // and execve, or a report of why not; a profile that forbids these forbids the container.
    if let Some(filter) = filter {
        sys::seccomp::load(filter)?;
    }
    let ambient = capability::set_of(&capabilities.ambient)?;
    let (effective, permitted) =
        (capability::set_of(&capabilities.effective)?, capability::set_of(&capabilities.permitted)?);
    capability::set(effective, permitted, capability::set_of(&capabilities.inheritable)? | ambient)?;
    capability::set_ambient(ambient)
}

/// Whether root is mapped here, and nobody else (user_namespaces(7)).
fn has_root_only() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let words: Vec<&str> = map.split_whitespace().collect();
    matches!(words[..], ["0", _, "1"])
}

/// Another user where root alone is mapped: a user namespace below the container's, in which the one id that there is
/// has that number.
fn become_user_in_namespace(user: &User, beginning: Beginning) -> Result<()> {
    let act = || format!("become user {}:{}", user.uid, user.gid);
    match beginning {
        Beginning::First => {
            // The maps are those of a process that may be looked into. Nobody is there yet to do so.
            rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).during(act)?;
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).during(act)?;
            let write = |file: &str, text: String| std::fs::write(format!("/proc/self/{file}"), text).during(act);
            let _ = write("setgroups", "deny".to_owned()); // It is denied in the namespace above already.
            write("uid_map", format!("{} 0 1", user.uid)).and_then(|()| write("gid_map", format!("{} 0 1", user.gid)))
        }
        Beginning::Joined(Some(namespace)) => {
            nix::sched::setns(&namespace, nix::sched::CloneFlags::CLONE_NEWUSER).during(act)?;
            match std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default().split_whitespace().next() {
                Some(number) if number == user.uid.to_string() => Ok(()),
                _ => Err(Error::new("without subordinate ids it can only be root or the container's own user"))
                    .during(act),
            }
        }
        Beginning::Joined(None) => Err(Error::new("without subordinate ids it can only be root"))
            .during(act)
            .hint(|| "run `su` in the container, or have subordinate ids granted: `box doctor` says how"),
    }
}

/// The payload can change owners and users from here on: `starter` gets the filter's other end, and has it served.
fn emulate_root(starter: &Channel) -> Result<()> {
    match sys::seccomp::load_with_listener(&emulation::filter()) {
        Ok(listener) => starter.send_with(&Start::Emulation, Some(listener.as_fd())),
        // A kernel before 5.0, or a filter with a listener around us already: without it as before.
        Err(_) => Ok(()),
    }
}

fn become_user(user: &User, callers_groups: CallersGroups) -> Result<()> {
    let act = || format!("become user {}:{}", user.uid, user.gid);
    let hint = || {
        "this id is not mapped: the container has only the user's own id and its subordinate ids (see /etc/subuid and \
         /etc/subgid; `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` grants them)"
    };
    let groups: Vec<Gid> = user.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
    if callers_groups == CallersGroups::Dropped && may_set_groups() {
        setgroups(&groups).during(act).hint(hint)?;
    }
    let (gid, uid) = (Gid::from_raw(user.gid), Uid::from_raw(user.uid));
    setresgid(gid, gid, gid).during(act).hint(hint)?;
    setresuid(uid, uid, uid).during(act).hint(hint)
}

fn set_personality(spec: &Spec) -> Result<()> {
    /// `PER_LINUX32` of personality(2); nix has no name for it.
    const LINUX32: i32 = 8;
    match spec.linux.personality.as_ref().map(|personality| personality.domain.as_str()) {
        None | Some("LINUX") => Ok(()),
        Some("LINUX32") => nix::sys::personality::set(nix::sys::personality::Persona::from_bits_retain(LINUX32))
            .map(drop)
            .during(|| "set the personality LINUX32"),
        Some(other) => Err(Error::usage(format!("there is no personality `{}`", other.escape_debug()))),
    }
}

pub fn end_with_starter() -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
        .during(|| "arrange to end with the process that keeps this one")
}

fn set_limits(limits: &[Rlimit]) -> Result<()> {
    for limit in limits {
        let resource =
            resource(&limit.kind).ok_or_else(|| Error::usage(format!("unknown resource limit `{}`", limit.kind)))?;
        nix::sys::resource::setrlimit(resource, limit.soft, limit.hard)
            .during(|| format!("set {} to {}:{}", limit.kind, limit.soft, limit.hard))
            .hint(|| "an unprivileged user may not raise a limit above his own (see `ulimit -H -a`)")?;
    }
    Ok(())
}

fn resource(name: &str) -> Option<nix::sys::resource::Resource> {
    use nix::sys::resource::Resource::*;
    Some(match name {
        "RLIMIT_AS" => RLIMIT_AS,
        "RLIMIT_CORE" => RLIMIT_CORE,
        "RLIMIT_CPU" => RLIMIT_CPU,
        "RLIMIT_DATA" => RLIMIT_DATA,
        "RLIMIT_FSIZE" => RLIMIT_FSIZE,
        "RLIMIT_LOCKS" => RLIMIT_LOCKS,
        "RLIMIT_MEMLOCK" => RLIMIT_MEMLOCK,
        "RLIMIT_MSGQUEUE" => RLIMIT_MSGQUEUE,
        "RLIMIT_NICE" => RLIMIT_NICE,
        "RLIMIT_NOFILE" => RLIMIT_NOFILE,
        "RLIMIT_NPROC" => RLIMIT_NPROC,
        "RLIMIT_RSS" => RLIMIT_RSS,
        "RLIMIT_RTPRIO" => RLIMIT_RTPRIO,
        "RLIMIT_RTTIME" => RLIMIT_RTTIME,
        "RLIMIT_SIGPENDING" => RLIMIT_SIGPENDING,
        "RLIMIT_STACK" => RLIMIT_STACK,
        _ => return None,
    })
}

/// Never below the caller's: only root may lower it.
pub fn set_oom_score(score: Option<i32>) -> Result<()> {
    let Some(score) = score else { return Ok(()) };
    std::fs::write("/proc/self/oom_score_adj", score.to_string()).during(|| format!("set oom_score_adj to {score}"))
}
