//! A further process in a container that runs.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use nix::unistd::Pid;

use super::create::{give_terminal, stdio};
use super::record::{Container, Status};
use crate::container::exec::Entry;
use crate::container::start::Passed;
use crate::error::{During, Error, Kind, Result};
use crate::init::namespaces::{ALL_KINDS, Joined};
use crate::init::{End, Plan};
use crate::oci::runtime::{Capabilities, Process, Spec};
use crate::process::spawn::SingleThreaded;
use crate::spec::seccomp;

/// What an engine asks for.
#[derive(Clone, Debug)]
pub struct Exec {
    pub process: Process,
    /// Who takes the terminal; `None`: the caller itself.
    pub console_socket: Option<PathBuf>,
    /// The caller does not wait for it.
    pub detach: bool,
    pub has_keyring: bool,
    pub passed: Arc<Passed>,
}

/// A process that runs: its number, a handle on it, which is our child, and a terminal that nobody has taken.
pub type Running = (Pid, OwnedFd, Option<OwnedFd>);

pub fn exec(container: &Container, request: &Exec) -> Result<Running> {
    let act = || format!("exec in container `{}`", container.record.id);
    let init = match (container.status().during(act)?, &container.record.init) {
        (Status::Running, Some(init)) => init,
        (other, _) => {
            let error = Error::new(format!("it is not running, it is {}", other.word()));
            return Err(error.while_doing(act()).of_kind(Kind::NotExecutable));
        }
    };
    let proof = SingleThreaded::prove()?;
    let spec = &container.record.spec;
    let filter = spec.linux.seccomp.as_ref().map(seccomp::compile).transpose().during(|| "read linux.seccomp")?;
    let mut process = request.process.clone();
    if process.capabilities == Capabilities::default() {
        process.capabilities = spec.process.capabilities.clone();
    }
    let stdio = stdio(&process, request.console_socket.as_deref(), request.detach).during(act)?;
    let plan = Plan {
        user: None,
        keyring: if request.has_keyring { container.record.id.clone() } else { String::new() },
        passed_fds: request.passed.numbers(),
        end: if request.detach { End::Alone } else { End::WithStarter },
        spec: Spec { process, linux: spec.linux.clone(), ..Spec::default() },
        ..Plan::default()
    };
    // Opened first, and looked at again: a pid that was reused in between is not the container's.
    let namespaces = Joined::of_process(init.pid, &ALL_KINDS).during(act)?;
    let first_namespace = format!("/proc/{}/ns/user", init.pid);
    let first_namespace = File::open(&first_namespace).during(|| format!("open {first_namespace}")).during(act)?;
    if !init.is_alive() {
        return Err(Error::new("it has just ended").while_doing(act()).of_kind(Kind::NotExecutable));
    }
    let groups = &container.record.cgroup;
    let entry = Entry { namespaces: &namespaces, first_namespace: first_namespace.into(), groups };
    let (pid, handle, begun) = entry.start(init.pid, &plan, filter.as_deref(), stdio, &proof).during(act)?;
    let terminal = give_terminal(begun.terminal, &plan.spec.process, request.console_socket.as_deref()).during(act)?;
    Ok((pid, handle, terminal))
}
