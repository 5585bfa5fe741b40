//! `box ps`: what runs, and with `-a` what has run.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::filters::{self, Filters, Patterns};
use super::format::listing::Row;
use super::format::{Form, Listing};
use super::images::{extend, is_called};
use super::json::{self, JsonOption, Moment};
use super::personality::{self, IMAGE_NAMES, LIST_WORDS, ListWords, NameForm};
use super::version::platform;
use super::{Globals, print, units};
use crate::container::health::{self, Word};
use crate::container::keep::{self, Keeper};
use crate::container::record::{Container, Record, State, Status};
use crate::container::{list, ports};
use crate::disk::tree;
use crate::error::{During as _, Error, Result};
use crate::network::Published;
use crate::settings::{ImageSource, MountKind, MountRequest, NetworkMode, PortRequest, RestartPolicy, Settings};
use crate::spec;
use crate::store::Store;

const TABLE: &str = r"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
const HEADINGS: [(&str, &str); 5] = [
    ("ID", "CONTAINER ID"),
    ("CreatedHuman", "CREATED"),
    ("RunningFor", "CREATED"),
    ("Pod", "POD ID"),
    ("PodName", "PODNAME"),
];
const FILTERS: [&str; 20] = [
    "id",
    "name",
    "label",
    "status",
    "exited",
    "ancestor",
    "before",
    "since",
    "volume",
    "network",
    "until",
    "health",
    "pod",
    "restart-policy",
    "should-start-on-boot",
    "command",
    "publish",
    "expose",
    "is-task",
    "isolation",
];
/// A command in a table; longer ones are cut.
const COMMAND_WIDTH: usize = 17;

/// List containers
#[derive(clap::Args)]
pub struct Args {
    /// Also list containers that do not run
    #[arg(short, long)]
    all: bool,
    /// Show container IDs only
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("containers", &FILTERS))]
    filters: Vec<String>,
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Only the container made last
    #[arg(short, long)]
    latest: bool,
    /// Only so many containers, those made last
    #[arg(short = 'n', long, value_name = "COUNT", conflicts_with = "latest")]
    last: Option<usize>,
    /// Do not shorten IDs and commands
    #[arg(long)]
    no_trunc: bool,
    /// Leave out the table's heading
    #[arg(long, visible_alias = "no-heading")]
    noheading: bool,
    /// Show what each container has written
    #[arg(short, long)]
    size: bool,
    /// Sort by this column
    #[arg(long, value_name = "COLUMN", default_value = "created", hide_default_value = true)]
    sort: Column,
    // What a container's state is, the kernel says: there is nothing to bring up to date and nothing outside the store.
    #[arg(long, hide = true)]
    sync: bool,
    #[arg(long, hide = true)]
    external: bool,
    /// Show the pod of each container
    #[arg(short, long)]
    pod: bool,
    /// Show it anew every so many seconds, until it is interrupted
    #[arg(short, long, value_name = "SECONDS", conflicts_with = "latest")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    watch: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Column {
    Created,
    Command,
    Id,
    Image,
    Names,
    #[value(alias = "runningfor")]
    Runningfor,
    Size,
    Status,
}

/// How much of each field is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Short,
    Whole,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    show(&args, &store)?;
    while let Some(seconds) = args.watch {
        std::thread::sleep(std::time::Duration::from_secs(seconds.into()));
        print::clear()?;
        show(&args, &store)?;
    }
    Ok(0)
}

fn show(args: &Args, store: &Store) -> Result<()> {
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let columns = [(args.size, r"\t{{.Size}}"), (args.pod, r"\t{{.Pod}}\t{{.PodName}}")];
    let further: String = columns.iter().filter_map(|(is_wanted, column)| is_wanted.then_some(*column)).collect();
    let table = format!("{TABLE}{further}");
    let form = Form::parse(args.format.as_deref(), &table)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let last = if args.latest { Some(1) } else { args.last };
    let stopped_too = args.all || last.is_some() || filters.has("status") || filters.has("exited");

    let containers = list(store)?;
    let choice = Choice::new(&filters, &containers, Timestamp::now())?;
    let pods = pod_names(&containers);
    let mut seen = Vec::new();
    for container in containers.into_iter().filter(is_shown) {
        let one = Seen::look(store, container, &pods)?;
        if (stopped_too || one.status.live().is_some()) && choice.takes(&one) {
            seen.push(one);
        }
    }
    seen.truncate(last.unwrap_or(usize::MAX));

    let width = if args.no_trunc { Width::Whole } else { Width::Short };
    // Docker measures what a template asks for.
    let asked = LIST_WORDS.side() == ListWords::Dockers
        && args.format.as_deref().is_some_and(|format| format.contains(".Size"));
    if args.size || asked || args.sort == Column::Size {
        seen.iter_mut().try_for_each(|seen| seen.measure(store))?;
    }
    sort(&mut seen, args.sort);
    if args.quiet {
        let ids: String = seen.iter().map(|seen| shown_id(&seen.record, width).to_owned() + "\n").collect();
        return print::block(&ids);
    }
    if as_json {
        return json::print_list(&seen.iter().map(entry).collect::<Vec<_>>());
    }
    let rows = rows(&seen, width, Timestamp::now());
    print::block(&Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading }.render(&form)?)
}

/// The containers that all these filters let through, whether they run or not, newest first.
pub(super) fn matching(store: &Store, filters: &[String]) -> Result<Vec<Container>> {
    let filters = Filters::parse(filters, &FILTERS)?;
    let containers = list(store)?;
    let choice = Choice::new(&filters, &containers, Timestamp::now())?;
    let pods = pod_names(&containers);
    let mut matching = Vec::new();
    for container in containers.iter().filter(|container| is_shown(container)) {
        if choice.takes(&Seen::look(store, container.clone(), &pods)?) {
            matching.push(container.clone());
        }
    }
    Ok(matching)
}

/// What holds a pod that shares nothing never runs.
pub(super) fn is_shown(container: &Container) -> bool {
    container.record.settings.held_pod().is_none_or(|pod| !pod.is_bare)
}

/// A container and what it is doing.
struct Seen {
    record: Record,
    /// Empty where it is in none.
    pod_name: String,
    status: Status,
    dir: std::path::PathBuf,
    /// Of one that runs and has a check.
    health: Option<Word>,
    /// That lead into it; of one that does not run, those that shall when it does.
    ports: Vec<Published>,
    restarts: u32,
    starts_at_boot: bool,
    /// Bytes written by the container, and together with its image.
    size: Option<(u64, u64)>,
}

impl Seen {
    fn look(store: &Store, container: Container, pods: &BTreeMap<String, String>) -> Result<Seen> {
        let status = container.status()?;
        let health = health::read(&container, &status)?.map(|health| health.status);
        let is_kept = container.record.settings.restart != RestartPolicy::No;
        let restarts = if is_kept { Keeper::of(&container)?.map_or(0, |keeper| keeper.restarts) } else { 0 };
        let starts_at_boot = is_kept && keep::starts_at_boot(&container);
        let ports = match status.live() {
            Some(state) => ports::published(store, &container, state),
            None => wished_ports(&container.record.settings),
        };
        let Container { record, dir } = container;
        let pod_name = pods.get(pod_id(&record)).cloned().unwrap_or_default();
        Ok(Seen { record, pod_name, status, dir, health, ports, restarts, starts_at_boot, size: None })
    }

    fn measure(&mut self, store: &Store) -> Result<()> {
        let written = tree::size(&self.dir.join("upper"))?;
        let mut image = 0;
        for diff_id in &self.record.diff_ids {
            image += store.layer_size(diff_id)?;
        }
        self.size = Some((written, written + image));
        Ok(())
    }
}

/// Which containers were asked for.
struct Choice<'f> {
    filters: &'f Filters,
    names: Patterns,
    before: Vec<String>,
    since: Vec<String>,
    until: Vec<Timestamp>,
}

impl<'f> Choice<'f> {
    fn new(filters: &'f Filters, containers: &[Container], now: Timestamp) -> Result<Choice<'f>> {
        let created = |key| -> Result<Vec<String>> {
            let named = |wanted: &str| {
                let is_it =
                    |container: &&Container| container.record.name == wanted || container.record.id.starts_with(wanted);
                let found = containers.iter().find(is_it).ok_or_else(|| Error::absent("container", wanted))?;
                Ok(found.record.created.clone())
            };
            filters.values(key)?.map(named).collect()
        };
        for status in filters.asked("status") {
            if !STATUSES.contains(&status) {
                return Err(Error::usage(format!("filter `status={status}`: no container has this status"))
                    .with_hint(format!("it is one of {}", STATUSES.join(", "))));
            }
        }
        for key in ["publish", "expose"] {
            filters.asked(key).try_for_each(|text| Span::parse(text).map(drop)).during(|| format!("filter `{key}`"))?;
        }
        Ok(Choice {
            filters,
            names: filters.patterns("name")?,
            before: created("before")?,
            since: created("since")?,
            until: filters.values("until")?.map(|text| units::moment(text, now)).collect::<Result<_>>()?,
        })
    }

    fn takes(&self, seen: &Seen) -> bool {
        let Seen { record, status, .. } = seen;
        let settings = &record.settings;
        let filters = self.filters;
        // Docker's names begin with a slash, and so do patterns that were written for it.
        let named = || self.names.take(&record.name) || self.names.take(&format!("/{}", record.name));
        filters.any("id", |id| record.id.starts_with(id))
            && named()
            && filters.labels(&labels(record))
            && filters
                .any("status", |wanted| wanted == status.word() || (wanted, status.word()) == ("stopped", "exited"))
            && filters
                .any("exited", |code| matches!(status, Status::Exited { .. }) && code.parse() == Ok(status.exit_code()))
            && filters.any("ancestor", |image| is_made_of(record, image))
            && filters.any("volume", |wanted| mounts(settings).any(|mount| mount == wanted))
            && filters.any("network", |wanted| network_names(&settings.network).iter().any(|name| name == wanted))
            && filters.any("health", |wanted| wanted == seen.health.map_or("none", Word::as_str))
            && filters.any("pod", |wanted| {
                let id = pod_id(record);
                !id.is_empty() && (wanted == seen.pod_name || id.starts_with(wanted))
            })
            && filters.any("restart-policy", |wanted| wanted == settings.restart.name())
            && filters.any("should-start-on-boot", |wanted| wanted.parse() == Ok(seen.starts_at_boot))
            && filters.any("command", |wanted| command(record).first().is_some_and(|first| first == wanted))
            && filters.any("publish", |wanted| Span::parse(wanted).is_ok_and(|span| publishes(settings, &span)))
            && filters.any("expose", |wanted| Span::parse(wanted).is_ok_and(|span| exposes(record, &span)))
            // Of Docker's other homes: a cluster, and Windows.
            && filters.any("is-task", |wanted| wanted.parse() == Ok(false))
            && filters.any("isolation", |wanted| wanted == "default")
            && self.before.iter().all(|bound| record.created < *bound)
            && self.since.iter().all(|bound| record.created > *bound)
            && self.until.iter().all(|bound| moment(&record.created) < *bound)
    }
}

/// Podman's and Docker's words; box's containers have four of them.
const STATUSES: [&str; 11] = [
    "created",
    "running",
    "exited",
    "stopped",
    "paused",
    "restarting",
    "removing",
    "dead",
    "initialized",
    "stopping",
    "unknown",
];

fn is_made_of(record: &Record, image: &str) -> bool {
    let has_id = |id: &crate::oci::Digest| id.hex().starts_with(image.trim_start_matches("sha256:"));
    record.image_id.as_ref().is_some_and(has_id) || is_called(&record.image_name, image)
}

/// Ports inside that a filter names.
struct Span {
    first: u16,
    last: u16,
    protocol: String,
}

impl Span {
    /// `80`, `53/udp`, `8000-8010/tcp`
    fn parse(text: &str) -> Result<Span> {
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let protocol = protocol.to_ascii_lowercase();
        let is_known = matches!(protocol.as_str(), "tcp" | "udp" | "sctp");
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if first <= last && is_known => Ok(Span { first, last, protocol }),
            _ => Err(Error::usage(format!("expected PORT[-PORT][/PROTOCOL], not `{}`", text.escape_debug()))),
        }
    }

    fn has(&self, port: u16, protocol: &str) -> bool {
        (self.first..=self.last).contains(&port) && self.protocol == protocol
    }
}

fn publishes(settings: &Settings, span: &Span) -> bool {
    settings.ports.iter().any(|port| span.has(port.container_port, port.protocol.name()))
}

fn exposes(record: &Record, span: &Span) -> bool {
    let mut exposed = record.image_config.exposed_ports.keys().chain(&record.settings.exposed);
    let is_exposed = exposed.any(|port| {
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        number.parse().is_ok_and(|number| span.has(number, protocol))
    });
    is_exposed || publishes(&record.settings, span)
}

/// Sources and destinations that a filter may name.
fn mounts(settings: &Settings) -> impl Iterator<Item = &str> {
    settings.mounts.iter().flat_map(|mount| {
        let source = match &mount.kind {
            MountKind::Bind { source } => Some(source.as_str()),
            MountKind::Volume { name, .. } => Some(name.as_str()),
            _ => None,
        };
        source.into_iter().chain([mount.destination.as_str()])
    })
}

/// The image's labels and those asked for, which win.
pub(super) fn labels(record: &Record) -> std::collections::BTreeMap<String, String> {
    let mut labels = record.image_config.labels.clone();
    labels.extend(record.settings.labels.clone());
    labels
}

/// Entrypoint and command; empty where a start would say that there is none.
pub(super) fn command(record: &Record) -> Vec<String> {
    spec::arguments(&record.settings, &record.image_config).unwrap_or_default()
}

/// Of the pod that it is in or holds; empty where there is none.
pub(super) fn pod_id(record: &Record) -> &str {
    match record.settings.held_pod() {
        Some(_) => &record.id,
        None => record.settings.pod.as_deref().unwrap_or(""),
    }
}

/// The names of pods, by their IDs.
fn pod_names(containers: &[Container]) -> BTreeMap<String, String> {
    let name = |container: &Container| {
        container.record.settings.held_pod().map(|pod| (container.id().to_owned(), pod.name.clone()))
    };
    containers.iter().filter_map(name).collect()
}

pub(super) fn network_name(mode: &NetworkMode) -> String {
    match mode {
        NetworkMode::Private => "private".to_owned(),
        NetworkMode::None => "none".to_owned(),
        NetworkMode::Host => "host".to_owned(),
        NetworkMode::Builtin(_) => "builtin".to_owned(),
        NetworkMode::Pasta(_) => "pasta".to_owned(),
        NetworkMode::Slirp4netns(_) => "slirp4netns".to_owned(),
        NetworkMode::Named(_) => network_names(mode).join(","),
        NetworkMode::Container(name) => format!("container:{name}"),
        NetworkMode::Path(path) => format!("ns:{path}"),
    }
}

/// Each network that a container is in, by name.
pub(super) fn network_names(mode: &NetworkMode) -> Vec<String> {
    match mode {
        NetworkMode::Named(requests) => requests.iter().map(|request| request.name.clone()).collect(),
        mode => vec![network_name(mode)],
    }
}

fn sort(seen: &mut [Seen], column: Column) {
    match column {
        Column::Created | Column::Runningfor => {} // as they come, newest first
        Column::Command => seen.sort_by_key(|seen| command(&seen.record)),
        Column::Id => seen.sort_by(|a, b| a.record.id.cmp(&b.record.id)),
        Column::Image => seen.sort_by(|a, b| a.record.image_name.cmp(&b.record.image_name)),
        Column::Names => seen.sort_by(|a, b| a.record.name.cmp(&b.record.name)),
        Column::Size => seen.sort_by_key(|seen| seen.size),
        Column::Status => seen.sort_by_key(|seen| seen.status.word()),
    }
}

fn rows(seen: &[Seen], width: Width, now: Timestamp) -> Vec<Row> {
    let row = |seen: &Seen| {
        let document = document(seen, now);
        Row { fields: fields(seen, &document, width, now), document }
    };
    seen.iter().map(row).collect()
}

/// What a template sees.
fn fields(seen: &Seen, document: &Value, width: Width, now: Timestamp) -> Value {
    let record = &seen.record;
    let created = moment(&record.created);
    let mut fields = document.clone();
    let no_size = if LIST_WORDS.side() == ListWords::Dockers { "0B" } else { "" }.to_owned();
    let volumes = record.settings.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::Volume { .. })).count();
    let more = json!({
        "ID": shown_id(record, width),
        "Image": image_asked_for(record),
        "Command": command_shown(&command(record), width),
        "CreatedAt": units::go_time(created, TimeZone::system()),
        "CreatedHuman": units::ago(created, now),
        "RunningFor": units::ago(created, now),
        "Names": record.name,
        "Pod": match width {
            Width::Short => pod_id(record).get(..12).unwrap_or_default(),
            Width::Whole => pod_id(record),
        },
        "Networks": networks_shown(&record.settings.network),
        "Mounts": mounts_shown(&record.settings, width),
        "Ports": ports_shown(&seen.ports),
        "Size": seen.size.map_or(no_size, |(written, whole)| {
            format!("{} (virtual {})", units::human_size_compact(written), units::human_size_compact(whole))
        }),
        "LocalVolumes": volumes,
        "Platform": platform(),
        "HealthStatus": seen.health.map_or("", Word::as_str),
    });
    extend(&mut fields, more);
    fields
}

/// The image's name, or as Docker has it what was typed for it.
pub(super) fn image_asked_for(record: &Record) -> &str {
    match (IMAGE_NAMES.side(), &record.settings.image) {
        (NameForm::Familiar, ImageSource::Named(typed)) => typed,
        _ => &record.image_name,
    }
}

/// What `--format json` says of a container, in Podman's words.
fn document(seen: &Seen, now: Timestamp) -> Value {
    let Seen { record, status, .. } = seen;
    let (started, finished) = moments(status);
    let created = moment(&record.created);
    let size = seen.size.map(|(written, whole)| json!({"rwSize": written, "rootFsSize": whole}));
    let mut document = json!({
        "Id": record.id,
        "Names": [record.name],
        "Image": record.image_name,
        "ImageID": record.image_id.as_ref().map_or("", |id| id.hex()),
        "Command": command(record),
        "Created": created.as_second(),
        "CreatedAt": units::ago(created, now),
        "State": status.word(),
        "Status": with_health(status_shown(status, now), seen),
        "Exited": matches!(status, Status::Exited { .. }),
        "ExitCode": status.exit_code(),
        "ExitedAt": seconds(finished),
        "StartedAt": seconds(started),
        "Pid": status.live().map_or(0, |state| state.payload.pid),
        "Labels": labels(record),
        "Mounts": record.settings.mounts.iter().map(|mount| &mount.destination).collect::<Vec<_>>(),
        "Networks": network_names(&record.settings.network),
    });
    let more = json!({
        "Ports": seen.ports.iter().map(port_document).collect::<Vec<_>>(),
        "ExposedPorts": record.image_config.exposed_ports,
        "Size": size,
        "AutoRemove": record.settings.remove_at_exit,
        "CIDFile": "",
        "IsInfra": record.settings.held_pod().is_some(),
        "Namespaces": {},
        "Pod": pod_id(record),
        "PodName": seen.pod_name,
        "Restarts": seen.restarts,
    });
    extend(&mut document, more);
    document
}

/// What `--json` says of a container.
fn entry(seen: &Seen) -> json::Container {
    let Seen { record, status, .. } = seen;
    let settings = &record.settings;
    let (started, finished) = moments(status);
    let pod_id = Some(pod_id(record).to_owned()).filter(|id| !id.is_empty());
    json::Container {
        id: record.id.clone(),
        name: record.name.clone(),
        image: record.image_name.clone(),
        image_id: record.image_id.as_ref().map(ToString::to_string),
        command: command(record),
        created: Moment(moment(&record.created)),
        state: status.word(),
        health: seen.health.map(Word::as_str),
        started: started.map(Moment),
        finished: finished.map(Moment),
        exit_code: matches!(status, Status::Exited { .. }).then(|| status.exit_code()),
        pid: status.live().map(|state| state.payload.pid),
        ports: seen.ports.iter().map(port_entry).collect(),
        exposed_ports: record.image_config.exposed_ports.keys().cloned().collect(),
        networks: network_names(&settings.network),
        mounts: settings.mounts.iter().map(mount_entry).collect(),
        labels: labels(record),
        pod_name: pod_id.as_ref().map(|_| seen.pod_name.clone()),
        pod_id,
        holds_pod: settings.held_pod().is_some(),
        restart_policy: settings.restart.name(),
        restarts: seen.restarts,
        removed_at_exit: settings.remove_at_exit,
        written_bytes: seen.size.map(|(written, _)| written),
        total_bytes: seen.size.map(|(_, total)| total),
    }
}

fn port_entry(port: &Published) -> json::Port {
    json::Port {
        host_address: port.host_address.map(|address| address.to_string()),
        host_port: port.host_port,
        container_port: port.container_port,
        protocol: port.protocol.name(),
    }
}

fn mount_entry(mount: &MountRequest) -> json::Mount {
    let (kind, source) = match &mount.kind {
        MountKind::Bind { source } => ("bind", Some(source)),
        MountKind::Volume { name, .. } => ("volume", Some(name)),
        MountKind::Image { name, .. } => ("image", Some(name)),
        MountKind::Tmpfs => ("tmpfs", None),
        MountKind::Mqueue => ("mqueue", None),
        MountKind::Devpts => ("devpts", None),
    };
    json::Mount { kind, source: source.cloned(), target: mount.destination.clone(), read_only: mount.read_only }
}

/// When it was last started, and when that ended.
pub(super) fn moments(status: &Status) -> (Option<Timestamp>, Option<Timestamp>) {
    match status {
        Status::Created => (None, None),
        Status::Running(state) | Status::Paused(state) => (Some(moment(&state.started)), None),
        Status::Exited { started, exit } => {
            (started.as_deref().map(moment), exit.as_ref().map(|exit| moment(&exit.finished)))
        }
    }
}

/// `Up 3 minutes`, `Exited (137) 5 seconds ago`, `Created`.
pub(super) fn status_shown(status: &Status, now: Timestamp) -> String {
    let since = |state: &State| units::human_duration(units::elapsed(moment(&state.started), now));
    match status {
        Status::Created => "Created".to_owned(),
        Status::Running(state) => format!("Up {}", since(state)),
        Status::Paused(state) => format!("Up {} (Paused)", since(state)),
        Status::Exited { exit: Some(exit), .. } => {
            format!("Exited ({}) {}", exit.code, units::ago(moment(&exit.finished), now))
        }
        Status::Exited { exit: None, .. } => format!("Exited ({})", status.exit_code()),
    }
}

fn with_health(shown: String, seen: &Seen) -> String {
    match (&seen.status, seen.health) {
        (Status::Running(_), Some(health)) => format!("{shown} ({})", health.as_str()),
        _ => shown,
    }
}

/// The ports that are decided before a start.
fn wished_ports(settings: &Settings) -> Vec<Published> {
    let decided = |port: &PortRequest| {
        Some(Published {
            host_address: port.host_address,
            host_port: port.host_port?,
            container_port: port.container_port,
            protocol: port.protocol,
        })
    };
    settings.ports.iter().filter_map(decided).collect()
}

/// `0.0.0.0:8080->80/tcp, [::1]:53->53/udp`
fn ports_shown(ports: &[Published]) -> String {
    let shown = |port: &Published| {
        let places = personality::host_addresses(port.host_address).into_iter();
        let places = places.map(|address| SocketAddr::new(address, port.host_port));
        let lines = places.map(|place| format!("{place}->{}/{}", port.container_port, port.protocol.name()));
        lines.collect::<Vec<_>>()
    };
    ports.iter().flat_map(shown).collect::<Vec<_>>().join(", ")
}

fn port_document(port: &Published) -> Value {
    json!({
        "host_ip": port.host_address.map_or(String::new(), |address| address.to_string()),
        "container_port": port.container_port,
        "host_port": port.host_port,
        "range": 1,
        "protocol": port.protocol.name(),
    })
}

fn mounts_shown(settings: &Settings, width: Width) -> String {
    let shown = |mount: &MountRequest| match (LIST_WORDS.side(), &mount.kind) {
        (ListWords::Podmans, _) => Some(mount.destination.clone()),
        (ListWords::Dockers, MountKind::Bind { source: name } | MountKind::Volume { name, .. }) => {
            Some(ellipsis(name, 15, width))
        }
        (ListWords::Dockers, _) => None,
    };
    settings.mounts.iter().filter_map(shown).collect::<Vec<_>>().join(",")
}

/// Docker's name for the network that is a container's own.
fn networks_shown(mode: &NetworkMode) -> String {
    match (LIST_WORDS.side(), network_name(mode)) {
        (ListWords::Dockers, own) if own == "private" => "bridge".to_owned(),
        (_, name) => name,
    }
}

fn command_shown(words: &[String], width: Width) -> String {
    match LIST_WORDS.side() {
        ListWords::Podmans => shortened(&words.join(" "), width),
        ListWords::Dockers => {
            let quoted = |(place, word): (usize, &String)| match word.contains(' ') && place > 0 {
                true => format!("'{word}'"),
                false => word.clone(),
            };
            let words: Vec<String> = words.iter().enumerate().map(quoted).collect();
            format!("{:?}", ellipsis(&words.join(" "), 20, width))
        }
    }
}

/// As Docker shortens texts: so many characters, of which the last stands for the rest.
fn ellipsis(text: &str, most: usize, width: Width) -> String {
    match width {
        Width::Short if text.chars().count() > most => text.chars().take(most - 1).chain(['…']).collect(),
        _ => text.to_owned(),
    }
}

pub(super) fn shortened(text: &str, width: Width) -> String {
    let text = text.replace(['\n', '\t'], " ");
    match width {
        Width::Short if text.chars().count() > COMMAND_WIDTH => {
            text.chars().take(COMMAND_WIDTH).collect::<String>() + "..."
        }
        _ => text,
    }
}

fn shown_id(record: &Record, width: Width) -> &str {
    match width {
        Width::Short => record.id.get(..12).unwrap_or(&record.id),
        Width::Whole => &record.id,
    }
}

/// A moment of a record. One that cannot be read is as long ago as can be.
pub(super) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Seconds since 1970; never is Go's zero time, as Podman says it.
fn seconds(moment: Option<Timestamp>) -> i64 {
    moment.map_or(-62_135_596_800, Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::container::record::{Exit, State};
    use crate::oci::image::ProcessConfig;
    use crate::process::liveness::Identity;
    use crate::settings::{MountRequest, Protocol};

    fn record(digit: char, name: &str, created: &str) -> Record {
        Record {
            id: digit.to_string().repeat(64),
            name: name.to_owned(),
            created: created.to_owned(),
            image_id: Some(format!("sha256:{}", "9".repeat(64)).parse().unwrap()),
            image_name: "docker.io/library/nginx:latest".to_owned(),
            diff_ids: Vec::new(),
            mounted_layers: Vec::new(),
            image_config: ProcessConfig { entrypoint: vec!["/docker-entrypoint.sh".into()], ..Default::default() },
            settings: Settings {
                image: ImageSource::Named("nginx".into()),
                command: vec!["nginx".into()],
                labels: BTreeMap::from([("x".to_owned(), "1".to_owned())]),
                mounts: vec![MountRequest::new(MountKind::Volume { name: "data".into(), anonymous: false }, "/data")],
                ..Settings::default()
            },
        }
    }

    fn running(started: &str) -> Status {
        let identity = Identity { pid: 42, start_time: 1, boot_id: String::new() };
        Status::Running(Box::new(State {
            payload: identity.clone(),
            monitor: identity,
            started: started.to_owned(),
            socket: "/run/x".into(),
            network: Default::default(),
            cgroup: Default::default(),
        }))
    }

    fn exited(code: i32, finished: &str) -> Status {
        let exit = Exit { finished: finished.to_owned(), ..Exit::new(code) };
        Status::Exited { started: Some("2024-01-01T00:00:00Z".to_owned()), exit: Some(exit) }
    }

    fn now() -> Timestamp {
        "2024-01-01T01:00:00Z".parse().unwrap()
    }

    fn containers() -> Vec<Seen> {
        let seen = |record, status: Status| Seen {
            ports: status.live().map_or(Vec::new(), |state| state.ports().to_vec()),
            record,
            pod_name: String::new(),
            status,
            dir: "/store/c".into(),
            health: None,
            restarts: 0,
            starts_at_boot: false,
            size: None,
        };
        vec![
            seen(record('a', "web", "2024-01-01T00:56:00Z"), running("2024-01-01T00:57:00Z")),
            seen(record('b', "db", "2024-01-01T00:10:00Z"), exited(137, "2024-01-01T00:59:55Z")),
            seen(record('c', "job", "2024-01-01T00:00:00Z"), Status::Created),
        ]
    }

    fn show(format: Option<&str>) -> String {
        let rows = rows(&containers(), Width::Short, now());
        let form = Form::parse(format, TABLE).unwrap();
        Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form).unwrap()
    }

    fn names(filters: &[&str]) -> Vec<String> {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        let filters = Filters::parse(&filters, &FILTERS).unwrap();
        let all: Vec<Container> =
            containers().into_iter().map(|seen| Container { record: seen.record, dir: seen.dir }).collect();
        let choice = Choice::new(&filters, &all, now()).unwrap();
        let chosen = containers().into_iter().filter(|seen| choice.takes(seen));
        chosen.map(|seen| seen.record.name).collect()
    }

    #[test]
    fn the_table_is_that_of_podman() {
        let table = show(None);
        let lines: Vec<&str> = table.lines().collect();
        fn columns(line: &str) -> Vec<&str> {
            line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
        }
        let heading = columns(lines[0]);
        assert_eq!(heading, ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]);
        let cells = columns(lines[2]);
        assert_eq!(
            cells,
            [
                "bbbbbbbbbbbb",
                "docker.io/library/nginx:latest",
                "/docker-entrypoin...",
                "50 minutes ago",
                "Exited (137) 5 seconds ago",
                "db"
            ]
        );
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn templates_find_dockers_and_podmans_fields() {
        for (template, line) in [
            ("{{.ID}} {{.Names}} {{.Image}}", "aaaaaaaaaaaa web docker.io/library/nginx:latest"),
            ("{{.State}} {{.Status}} {{.ExitCode}} {{.Pid}}", "running Up 3 minutes 0 42"),
            (r#"{{.Label "x"}} {{.Labels.x}} {{.Mounts}} {{.Networks}}"#, "1 1 /data private"),
            ("{{.RunningFor}} {{.CreatedHuman}}", "4 minutes ago 4 minutes ago"),
            ("{{.Command}} {{.LocalVolumes}} {{.HealthStatus}}|", "/docker-entrypoin... 1 |"),
            (
                "{{.ImageID}} {{.AutoRemove}} {{.IsInfra}} {{.Pod}}{{.PodName}}",
                &format!("{} false false ", "9".repeat(64)),
            ),
            ("{{.Created}} {{.StartedAt}} {{.Exited}} {{.ExitedAt}}", "1704070560 1704070620 false -62135596800"),
            ("{{.Ports}}{{.Size}}{{.CIDFile}}{{.Restarts}}", "0"),
        ] {
            assert_eq!(show(Some(template)).lines().next().unwrap(), line, "{template}");
        }
    }

    #[test]
    fn json_is_an_array_with_names_and_ports_as_lists() {
        let list: Value = serde_json::from_str(&show(Some("json"))).unwrap();
        assert_eq!(list.as_array().unwrap().len(), 3);
        assert_eq!(list[0]["Names"], json!(["web"]));
        assert_eq!(list[1]["ExitCode"], 137);
        assert_eq!(list[1]["Command"], json!(["/docker-entrypoint.sh", "nginx"]));
    }

    #[test]
    fn filters_choose_containers() {
        for (filters, found) in [
            (&[][..], &["web", "db", "job"][..]),
            (&["name=^/?web$"], &["web"]),
            (&["name=eb"], &["web"]),
            (&["name=^(db|job)$"], &["db", "job"]),
            (&["id=bbb"], &["db"]),
            (&["label=x=1", "status=running"], &["web"]),
            (&["label=y"], &[]),
            (&["status=exited", "status=created"], &["db", "job"]),
            (&["exited=137"], &["db"]),
            (&["exited=0"], &[]),
            (&["ancestor=nginx"], &["web", "db", "job"]),
            (&["ancestor=999"], &["web", "db", "job"]),
            (&["ancestor=alpine"], &[]),
            (&["before=db"], &["job"]),
            (&["since=db"], &["web"]),
            (&["until=30m"], &["db", "job"]),
            (&["volume=data", "volume=x"], &["web", "db", "job"]),
            (&["network=host"], &[]),
        ] {
            assert_eq!(names(filters), found, "{filters:?}");
        }
    }

    #[test]
    fn ports_are_shown_as_scripts_read_them() {
        let port = |address: Option<&str>, protocol| Published {
            host_address: address.map(|address| address.parse().unwrap()),
            host_port: 8080,
            container_port: 80,
            protocol,
        };
        let ports =
            [port(None, Protocol::Tcp), port(Some("::1"), Protocol::Udp), port(Some("127.0.0.1"), Protocol::Tcp)];
        assert_eq!(ports_shown(&ports), "0.0.0.0:8080->80/tcp, [::1]:8080->80/udp, 127.0.0.1:8080->80/tcp");
    }

    #[test]
    fn an_end_that_nobody_saw_has_no_time() {
        let status = Status::Exited { started: None, exit: None };
        assert_eq!(status_shown(&status, now()), "Exited (137)");
    }
}
