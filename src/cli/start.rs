//! `box start`: starts containers that exist.

use super::attached::{Stay, StayOptions};
use super::options::readiness::ReadinessOptions;
use super::options::status::StatusOptions;
use super::run::{Announcement, announce, announce_attached, ended_early};
use super::selection::{IfAbsent, Selection, for_each};
use super::{Globals, print};
use crate::container::Container;
use crate::container::attach::{Ending, attach, connect_to_monitor};
use crate::container::start::{Machine, Passed, Presence, ensure_started, start};
use crate::error::{Error, Result};
use crate::process::handshake::Request;
use crate::store::Store;
use crate::store::events::Action;

/// Start containers
#[derive(clap::Args)]
pub struct Args {
    /// Stay with the container: show its output, pass signals on, exit as it does
    #[arg(short, long)]
    attach: bool,
    /// Pass standard input on to the program
    #[arg(short, long)]
    interactive: bool,
    #[command(flatten)]
    announcement: Announcement,
    #[command(flatten)]
    readiness: ReadinessOptions,
    #[command(flatten)]
    status: StatusOptions,
    #[command(flatten)]
    stay: StayOptions,
    /// Names or IDs of containers, or beginnings of IDs
    #[arg(value_name = "CONTAINER", required_unless_present_any = ["all", "latest", "filters"])]
    names: Vec<String>,
    /// Start all containers
    // No short form: `-a` attaches.
    #[arg(long, conflicts_with_all = ["names", "latest", "attach"])]
    all: bool,
    /// Start the container that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
    /// Start the containers that match `key=value`; the keys are those of `box ps`
    #[arg(short, long = "filter", value_name = "FILTER", conflicts_with_all = ["names", "latest"])]
    filters: Vec<String>,
}

pub fn run(mut args: Args, globals: &Globals) -> Result<u8> {
    let status = std::mem::take(&mut args.status);
    if args.stays() || args.announcement.is_wanted() || status.is_wanted() || args.is_main_process() {
        return status.tell_of(|| start_one(args, globals));
    }
    let (store, machine) = (globals.store()?, globals.machine()?);
    for_each(args.selection().find(&store)?, IfAbsent::Fail, |container| {
        start_detached(&store, &machine, container, &args.readiness).map(drop)
    })
}

impl Args {
    fn stays(&self) -> bool {
        self.attach || self.interactive
    }

    /// Whether a service manager hears of the one container that is started.
    fn is_main_process(&self) -> bool {
        let is_one = self.latest || self.names.len() == 1;
        is_one && std::env::var_os("NOTIFY_SOCKET").is_some()
    }

    fn selection(&self) -> Selection {
        Selection {
            names: self.names.clone(),
            all: self.all,
            latest: self.latest,
            filters: self.filters.clone(),
            ..Selection::default()
        }
    }
}

fn start_one(args: Args, globals: &Globals) -> Result<Ending> {
    let store = globals.store()?;
    let mut containers = args.selection().find(&store)?;
    let (Some((name, container)), true) = (containers.pop(), containers.is_empty()) else {
        return Err(Error::usage("only one container can be attached to, or be told of by --status-fd or --sdnotify"));
    };
    let container = container?;
    let stays = args.stays();
    let announcement =
        if args.is_main_process() { args.announcement.or_that_of(&container) } else { args.announcement };
    let passed = Passed { notify_socket: announcement.socket(!stays)?, ..Passed::default() };
    let machine = Machine { passed: passed.into(), ..globals.machine()? };
    if !stays {
        ensure_started(&store, &machine, &container)?.iter().for_each(print::warning);
        if !announce(&container, &announcement)? {
            return ended_early(&container, &announcement, None);
        }
        let ending = args.readiness.keep(&container)?;
        return print::line(name).map(|()| ending);
    }
    if !args.readiness.wait_for.is_empty() {
        return Err(Error::usage("--wait-for is for containers in the background, not for --attach"));
    }
    start_and_stay(&store, &machine, &container, args.stay, args.interactive, &announcement)
}

fn start_detached(
    store: &Store,
    machine: &Machine,
    container: &Container,
    readiness: &ReadinessOptions,
) -> Result<Ending> {
    ensure_started(store, machine, container)?.iter().for_each(print::warning);
    readiness.keep(container)
}

fn start_and_stay(
    store: &Store,
    machine: &Machine,
    container: &Container,
    options: StayOptions,
    interactive: bool,
    announcement: &Announcement,
) -> Result<Ending> {
    let settings = &container.record.settings;
    if container.status()?.live().is_some_and(|state| state.monitor.is_alive()) {
        let state = container.running()?;
        let stay = Stay::new(options, settings.terminal, interactive && settings.interactive);
        let signals = stay.hold_signals()?;
        let channel = connect_to_monitor(&state)?;
        channel.send(&Request::Attach)?;
        container.tell(Action::Attach);
        return stay.with(|attachment| attach(&channel, &signals, attachment));
    }
    let relays_input = settings.terminal || settings.log.tees();
    let stay = Stay::new(options, settings.terminal, relays_input && settings.interactive);
    let signals = stay.hold_signals()?;
    let started = start(store, machine, container, Presence::Attached)?;
    started.warnings.iter().for_each(print::warning);
    container.tell(Action::Attach);
    announce_attached(container, announcement)?;
    stay.with(|attachment| attach(&started.channel, &signals, attachment))
}
