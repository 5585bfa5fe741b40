//! `box run`: makes a container, starts it, and stays with it unless told otherwise.

use std::path::PathBuf;

use super::attached::{Stay, StayOptions};
use super::cleanup::remove_image;
use super::options::ContainerOptions;
use super::options::descriptor::DescriptorOptions;
use super::options::readiness::ReadinessOptions;
use super::options::status::StatusOptions;
use super::{Globals, absent_is_failure, create, print, terminal};
use crate::container::Container;
use crate::container::attach::{Ending, attach};
use crate::container::ready::{Condition, await_all};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::start::{Machine, Passed, Presence, Started, start};
use crate::container::wait::exit_code;
use crate::error::{Error, Result};
use crate::host::systemd;
use crate::process::handshake::{Channel, Request};
use crate::settings::{Announcer, Settings, Unseen};
use crate::store::Store;
use crate::store::events::Action;

/// Run a program in a new container
#[derive(clap::Args)]
#[command(override_usage = "box run [OPTIONS] IMAGE [COMMAND [ARG]...]")]
pub struct Args {
    /// Leave it running in the background and print its ID
    #[arg(short, long)]
    pub detach: bool,
    /// Remove the container and its image when it ends, unless another container uses the image
    #[arg(long, conflicts_with = "detach")]
    rmi: bool,
    /// Show only these streams: stdin, stdout, stderr
    #[arg(short, long, value_name = "STREAM", value_parser = Stream::parse, conflicts_with = "detach")]
    attach: Vec<Stream>,
    #[command(flatten)]
    stay: StayOptions,
    #[command(flatten)]
    descriptors: DescriptorOptions,
    #[command(flatten)]
    announcement: Announcement,
    #[command(flatten)]
    readiness: ReadinessOptions,
    #[command(flatten)]
    status: StatusOptions,
    #[command(flatten)]
    options: ContainerOptions,
}

pub fn run(mut args: Args, globals: &Globals) -> Result<u8> {
    let status = std::mem::take(&mut args.status);
    status.tell_of(|| run_program(args, globals).map_err(absent_is_failure))
}

fn run_program(args: Args, globals: &Globals) -> Result<Ending> {
    if !args.detach && !args.readiness.wait_for.is_empty() {
        return Err(Error::usage("--wait-for is for containers in the background: use it with --detach"));
    }
    let mut passed = Passed { notify_socket: args.announcement.socket(args.detach)?, ..args.descriptors.take()? };
    let (store, machine) = (globals.store()?, globals.machine()?);
    let mut options = args.options;
    options.lifetime.rm |= args.rmi;
    let container = create::make(options, globals, &store, |settings| {
        terminal::check_input(settings.interactive && !args.detach, settings.terminal)?;
        only(&args.attach, settings)?;
        settings.announcer = args.announcement.who();
        args.descriptors.serve_ports(&mut passed, settings)
    })?;
    let machine = Machine { passed: passed.into(), ..machine };
    if args.detach {
        let started = start_or_remove(&store, &machine, &container, Presence::Detached)?;
        if !announce(&container, &args.announcement)? {
            print::line(container.id())?;
            return ended_early(&container, &args.announcement, Some(&started.channel));
        }
        started.channel.send(&Request::Detach)?;
        print::line(container.id())?;
        return args.readiness.keep(&container);
    }
    let settings = &container.record.settings;
    // Without a terminal the program reads our standard input itself.
    let stay =
        Stay::new(args.stay, settings.terminal, settings.interactive && (settings.terminal || settings.log.tees()));
    let signals = stay.hold_signals()?;
    let started = start_or_remove(&store, &machine, &container, Presence::Attached)?;
    container.tell(Action::Attach);
    announce_attached(&container, &args.announcement)?;
    let ending = stay.with(|attachment| attach(&started.channel, &signals, attachment))?;
    if args.rmi {
        remove_image(&store, &container)?;
    }
    Ok(ending)
}

/// Who is told that the program runs.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Announcement {
    /// Tell systemd when it runs (conmon), when it is healthy (healthy), have the program do so (container), or nothing
    /// (ignore)
    #[arg(long, value_name = "WHO", value_parser = announcer)]
    sdnotify: Option<Announcer>,
}

fn announcer(text: &str) -> Result<Announcer> {
    match text {
        "conmon" => Ok(Announcer::Conmon),
        "healthy" => Ok(Announcer::Healthy),
        "container" => Ok(Announcer::Container),
        "ignore" => Ok(Announcer::Nobody),
        _ => Err(Error::usage("expected conmon, healthy, container or ignore")),
    }
}

impl Announcement {
    pub fn is_wanted(&self) -> bool {
        self.who() != Announcer::Nobody
    }

    pub fn who(&self) -> Announcer {
        self.sdnotify.unwrap_or_default()
    }

    /// This one, or else the one that the container was made with.
    pub fn or_that_of(self, container: &Container) -> Announcement {
        Announcement { sdnotify: self.sdnotify.or(Some(container.record.settings.announcer)) }
    }

    /// Where the program says itself that it is ready.
    pub fn socket(&self, is_detached: bool) -> Result<Option<PathBuf>> {
        if self.who() == Announcer::Healthy && !is_detached {
            return Err(Error::usage("--sdnotify healthy waits for the first check: use it in the background"));
        }
        let socket = std::env::var_os("NOTIFY_SOCKET").filter(|_| self.who() == Announcer::Container);
        match socket.map(PathBuf::from) {
            Some(socket) if !socket.is_absolute() => {
                Err(Error::usage("--sdnotify container: the manager's socket has no path, and cannot be had inside"))
            }
            socket => Ok(socket),
        }
    }
}

/// Tells whoever waits for the program to run; false where it has ended already, and has no process to tell of.
pub(super) fn announce(container: &Container, announcement: &Announcement) -> Result<bool> {
    if !announcement.is_wanted() {
        return Ok(true);
    }
    let status = container.status()?;
    // Without a manager there is nobody to whom that matters.
    let Some(state) = status.live() else { return Ok(std::env::var_os("NOTIFY_SOCKET").is_none()) };
    let main = format!("MAINPID={}", state.monitor.pid);
    match announcement.who() {
        Announcer::Nobody => {}
        Announcer::Container => drop(systemd::notify(&main)?),
        Announcer::Conmon => drop(systemd::notify(&format!("{main}\nREADY=1"))?),
        Announcer::Healthy => {
            systemd::notify(&main)?;
            await_all(container, &[Condition::Healthy], None).inspect_err(|error| tell_status(&error.to_string()))?;
            systemd::notify("READY=1")?;
        }
    }
    Ok(true)
}

/// As [`announce`], by a command that stays: of a program that has ended already it is the main process itself.
pub(super) fn announce_attached(container: &Container, announcement: &Announcement) -> Result<()> {
    if !announce(container, announcement)? && announcement.who() == Announcer::Conmon {
        systemd::notify("READY=1")?;
    }
    Ok(())
}

/// Of a program that has ended before systemd was told of it: its result is the service's, whose main process we still
/// are. To systemd a service that ends with 0 and has said nothing has failed by breaking the protocol.
pub(super) fn ended_early(
    container: &Container,
    announcement: &Announcement,
    monitor: Option<&Channel>,
) -> Result<Ending> {
    let code = exit_code(container, monitor)?;
    let name = &container.record.name;
    let what = format!("container `{name}` has ended with exit code {code} before systemd was told that it runs");
    tell_status(&what);
    if announcement.who() == Announcer::Conmon && code == 0 {
        systemd::notify("READY=1")?;
    }
    print::warning(format!("{what}; for programs that end there are Type=oneshot and Type=exec, without --detach"));
    Ok(Ending::Exited(code))
}

/// For people who look: nothing depends on it.
fn tell_status(text: &str) {
    let _ = systemd::notify(&format!("STATUS={}", text.replace('\n', " "))); // A manager that has gone needs none.
}

/// A standard stream of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Input,
    Output,
    Errors,
}

impl Stream {
    pub fn parse(text: &str) -> Result<Stream> {
        match text.to_ascii_lowercase().as_str() {
            "stdin" => Ok(Stream::Input),
            "stdout" => Ok(Stream::Output),
            "stderr" => Ok(Stream::Errors),
            _ => Err(Error::usage(format!("expected stdin, stdout or stderr, not `{text}`"))),
        }
    }
}

/// `--attach`: of the streams that are not named, nothing is seen.
pub(super) fn only(streams: &[Stream], settings: &mut Settings) -> Result<()> {
    if streams.is_empty() {
        return Ok(());
    }
    if settings.terminal {
        return Err(Error::usage("--attach chooses streams, and with --tty there is only one"));
    }
    settings.interactive |= streams.contains(&Stream::Input);
    settings.unseen = Unseen { output: !streams.contains(&Stream::Output), errors: !streams.contains(&Stream::Errors) };
    Ok(())
}

/// Starts the container; one that was to be removed when it ends is also removed when it cannot begin.
fn start_or_remove(store: &Store, machine: &Machine, container: &Container, presence: Presence) -> Result<Started> {
    match start(store, machine, container, presence) {
        Ok(started) => {
            started.warnings.iter().for_each(print::warning);
            Ok(started)
        }
        Err(error) => {
            if container.record.settings.remove_at_exit {
                // Why it did not start matters more.
                let _ = remove(store, container, IfRunning::Refuse, Volumes::RemoveAnonymous);
            }
            Err(error)
        }
    }
}
