//! Exec: a further process in a running container. It is our own child, cloned into the container's namespaces; there
//! is no helper and no record of it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::sched::CloneFlags;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, poll};

use super::attach::{Attachment, Ending, Signals};
use super::record::Container;
use super::secrets;
use super::start::Passed;
use super::surroundings::{hostname, own_limits};
use super::user::{callers_groups, user};
use crate::cgroup;
use crate::error::{During, Error, Kind, Result};
use crate::idmap::IdMap;
use crate::idmap::emulation::{self, Emulator};
use crate::init::namespaces::{ALL_KINDS, Joined, Sight, clone_joining};
use crate::init::{self, End, Plan, Stdio};
use crate::process::handshake::{Begun, CHUNK_BYTES, Channel, Start};
use crate::process::liveness::has_ended_within;
use crate::process::spawn::SingleThreaded;
use crate::settings::{RootEmulation, Settings};
use crate::spec;
use crate::store::events::Action;
use crate::sys;
use crate::sys::clone::Cloned;
use crate::sys::seccomp::SockFilter;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub command: Vec<String>,
    pub env: Vec<(String, String)>,
    /// `None`: the container's.
    pub user: Option<String>,
    pub workdir: Option<String>,
    pub terminal: bool,
    pub interactive: bool,
    pub privileged: bool,
    /// Return as soon as it runs.
    pub detach: bool,
    /// Where it says what it says; `None`: here.
    pub output: Option<Arc<OwnedFd>>,
    /// Further descriptors of this process that it gets, under the same numbers.
    pub passed: Arc<Passed>,
}

/// A process that runs in a container.
#[derive(Debug)]
pub struct Running {
    handle: OwnedFd,
    /// The controlling side of its terminal.
    terminal: Option<File>,
    /// Serves it where there is one id only.
    _emulator: Option<Emulator>,
}

/// Starts the process; returns when it runs.
pub fn start(container: &Container, request: &Request) -> Result<Running> {
    let act = || format!("exec in container `{}`", container.record.name);
    let state = container.running().kind(Kind::NotRunning).during(act)?;
    // It may be looked into, which nothing that runs beside it must be able to.
    if let Some(pod) = container.record.settings.held_pod() {
        return Err(Error::usage(format!("it holds pod `{}`, and has no programs", pod.name))).during(act);
    }
    let proof = SingleThreaded::prove()?;
    let (settings, plan) = plan(container, request)?;
    let filter = spec::seccomp::filter(&settings, &plan.spec.process.capabilities)?;
    let stdio = stdio(request)?;
    // Opened first, and looked at again: a pid that was reused in between is not the payload's.
    let visible = state.visible_process();
    let joined = Joined::of_process(visible, &ALL_KINDS).during(act)?;
    let first_namespace = format!("/proc/{visible}/ns/user");
    let first_namespace = File::open(&first_namespace).during(|| format!("open {first_namespace}")).during(act)?;
    if !state.payload.is_alive() {
        return Err(Error::new("it has just ended").while_doing(act()).of_kind(Kind::NotRunning));
    }
    let entry = Entry { namespaces: &joined, first_namespace: first_namespace.into(), groups: &state.cgroup };
    let (_, handle, begun) = entry.start(state.payload.pid, &plan, filter.as_deref(), stdio, &proof).during(act)?;
    let serve = |listener| {
        let namespace = joined.iter().find_map(Joined::as_user);
        emulation::start(listener, namespace.ok_or_else(|| Error::new("it has no user namespace of its own"))?)
    };
    let emulator = begun.emulation.map(serve).transpose().during(act)?;
    let emulator = match request.detach {
        true => emulator.and_then(|emulator| {
            emulator.leave_alone();
            None
        }),
        false => emulator,
    };
    container.tell(Action::Exec);
    Ok(Running { handle, terminal: begun.terminal.map(File::from), _emulator: emulator })
}

/// Where a further process of a container comes to be.
pub struct Entry<'a> {
    pub namespaces: &'a [Joined],
    /// The user namespace of the container's payload, where that is not the container's own.
    pub first_namespace: OwnedFd,
    pub groups: &'a cgroup::Plan,
}

impl Entry<'_> {
    /// Starts a child of ours beside the process `payload`; returns when it runs its program.
    pub fn start(
        self,
        payload: i32,
        plan: &Plan,
        filter: Option<&[SockFilter]>,
        stdio: Stdio,
        proof: &SingleThreaded,
    ) -> Result<(Pid, OwnedFd, Begun)> {
        let (ours, theirs) = Channel::pair()?;
        match clone_joining(self.namespaces, CloneFlags::empty(), None, Sight::Hidden, proof)? {
            Cloned::Child => {
                drop(ours);
                init::run_joined(plan, filter, theirs, stdio, Some(self.first_namespace))
            }
            Cloned::Parent { pid, handle } => {
                drop(theirs);
                // Before its first instruction, so that nothing of it is out of the limits.
                self.groups.admit_beside(pid, payload)?;
                ours.send(&Start::Go)?;
                Ok((pid, handle, ours.await_payload()?))
            }
        }
    }
}

/// The container's own settings, with what differs for this process.
fn plan(container: &Container, request: &Request) -> Result<(Settings, Plan)> {
    let record = &container.record;
    let mut settings = secrets::with_variables(&record.settings, &secrets::read(container)?).into_owned();
    settings.terminal = request.terminal;
    settings.privileged |= request.privileged;
    settings.entrypoint = Some(Vec::new());
    settings.command = request.command.clone();
    settings.env.extend(request.env.iter().cloned());
    settings.user = request.user.clone().or(settings.user);
    settings.workdir = request.workdir.clone().or(settings.workdir);
    settings.mounts.clear();
    let surroundings = own_limits(hostname(&settings, container));
    let spec = spec::build(&settings, &record.image_config, &surroundings)?;
    let ids = IdMap::choose_for(&settings.userns)?;
    let plan = Plan {
        user: Some(user(&settings, &record.image_config.user, &ids)),
        groups: settings.groups.clone(),
        callers_groups: callers_groups(&settings),
        keyring: record.id.clone(),
        root_emulation: settings.root_emulation == RootEmulation::WhereNeeded,
        passed_fds: request.passed.numbers(),
        end: if request.detach { End::Alone } else { End::WithStarter },
        spec,
        ..Plan::default()
    };
    Ok((settings, plan))
}

fn stdio(request: &Request) -> Result<Stdio> {
    let null = || -> Result<OwnedFd> {
        Ok(File::options().read(true).write(true).open("/dev/null").during(|| "open /dev/null")?.into())
    };
    if let Some(output) = &request.output {
        return Ok(Stdio::Given { input: null()?, output: output.try_clone()?, errors: output.try_clone()? });
    }
    Ok(match (request.terminal, request.detach) {
        (true, _) => Stdio::Terminal,
        (false, true) => Stdio::Given { input: null()?, output: null()?, errors: null()? },
        (false, false) if request.interactive => Stdio::Inherited,
        (false, false) => Stdio::Given {
            input: null()?,
            output: std::io::stdout().as_fd().try_clone_to_owned()?,
            errors: std::io::stderr().as_fd().try_clone_to_owned()?,
        },
    })
}

impl Running {
    /// `terminal`: the controlling side of its terminal.
    pub fn new(handle: OwnedFd, terminal: Option<OwnedFd>) -> Running {
        Running { handle, terminal: terminal.map(File::from), _emulator: None }
    }

    /// Waits for its end, and kills it after that time: then there is no exit code.
    pub fn wait_for(self, time: Duration) -> Option<i32> {
        if has_ended_within(&self.handle, Some(time)) {
            return Some(self.exit_code());
        }
        let _ = sys::signals::send(self.handle.as_fd(), libc::SIGKILL); // It has ended at this very moment.
        self.exit_code();
        None
    }

    /// Carries streams and signals until the process has ended or the detach keys were pressed.
    pub fn attach(self, signals: &Signals, mut attachment: Attachment) -> Result<Ending> {
        self.set_size(&attachment);
        let mut input = attachment.input.filter(|_| self.terminal.is_some());
        loop {
            let mut fds = vec![PollFd::new(&self.handle, PollFlags::IN), PollFd::new(signals, PollFlags::IN)];
            fds.extend(self.terminal.iter().map(|terminal| PollFd::new(terminal, PollFlags::IN)));
            fds.extend(input.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)));
            let _ = poll(&mut fds, None); // Interrupted: the loop looks again.
            let events: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            for number in if events[1] { signals.take() } else { Vec::new() } {
                if number == libc::SIGWINCH {
                    self.set_size(&attachment);
                } else if attachment.forward_signals {
                    let _ = sys::signals::send(self.handle.as_fd(), number); // It may have ended at this very moment.
                }
            }
            let terminal_is_quiet = !events.get(2).copied().unwrap_or(false) || !self.show_output(&attachment)?;
            if events.get(3).copied().unwrap_or(false) {
                match self.take_input(input.expect("it was polled"), &mut attachment)? {
                    Some(true) => {}
                    Some(false) => input = None,
                    None => return Ok(Ending::Detached),
                }
            }
            if events[0] && terminal_is_quiet {
                return Ok(Ending::Exited(self.exit_code()));
            }
        }
    }

    /// Whether there was something to show.
    fn show_output(&self, attachment: &Attachment) -> Result<bool> {
        let mut buffer = [0; CHUNK_BYTES];
        let Some(mut terminal) = self.terminal.as_ref() else { return Ok(false) };
        match terminal.read(&mut buffer) {
            Ok(length) if length > 0 => {
                super::attach::write_all(attachment.output, &buffer[..length])?;
                Ok(true)
            }
            _ => Ok(false), // EIO: nobody holds the other side any more.
        }
    }

    /// `Some(true)`: go on; `Some(false)`: the input has ended; `None`: detach.
    fn take_input(&self, fd: BorrowedFd, attachment: &mut Attachment) -> Result<Option<bool>> {
        let mut buffer = [0; CHUNK_BYTES];
        let length = rustix::io::read(fd, &mut buffer[..]).during(|| "read standard input")?;
        if length == 0 {
            return Ok(Some(false));
        }
        let Some(bytes) = (attachment.filter_input)(&buffer[..length]) else { return Ok(None) };
        if let Some(mut terminal) = self.terminal.as_ref() {
            let _ = terminal.write_all(&bytes); // Its reader may have gone.
        }
        Ok(Some(true))
    }

    fn set_size(&self, attachment: &Attachment) {
        if let (Some(terminal), Some((rows, columns))) = (&self.terminal, (attachment.window_size)()) {
            let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            let _ = rustix::termios::tcsetwinsize(terminal, size); // A terminal without a size works too.
        }
    }

    fn exit_code(&self) -> i32 {
        match waitid(Id::PIDFd(self.handle.as_fd()), WaitPidFlag::WEXITED) {
            Ok(WaitStatus::Exited(_, code)) => code,
            Ok(WaitStatus::Signaled(_, signal, _)) => 128 + signal as i32,
            _ => super::record::UNSEEN_EXIT_CODE,
        }
    }
}
