//! `box volume`: directories that outlive containers.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::export::ArchiveFile;
use super::filters::{self, Filters};
use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption, Moment};
use super::options::{each, environment};
use super::personality::{PRUNED_LIST, PRUNED_VOLUMES, PrunedList, PrunedVolumes};
use super::prune::{Pruned, say_reclaimed, show_pruned, tell_pruned, until};
use super::selection::{IfAbsent, report};
use super::terminal::confirm;
use super::{Globals, print};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::volumes::users;
use crate::container::{self, Container, ownership};
use crate::error::{During as _, Error, Result};
use crate::image::unpacker::remove_as_owner;
use crate::store::Store;
use crate::store::events;
use crate::volume::{self, Record, Volume};

const TABLE: &str = r"{{.Driver}}\t{{.Name}}";
const HEADINGS: [(&str, &str); 1] = [("Name", "VOLUME NAME")];
const FILTERS: [&str; 9] = ["after", "dangling", "driver", "label", "name", "opt", "scope", "since", "until"];
const PRUNE_FILTERS: [&str; 5] = ["after", "all", "label", "since", "until"];

/// Create a volume
#[derive(clap::Args)]
pub struct CreateArgs {
    /// Attach metadata
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    label: Vec<String>,
    /// Take the volume that is there, if there is one
    #[arg(long)]
    ignore: bool,
    /// Only `local` is supported
    #[arg(short, long, default_value = "local", hide_default_value = true)]
    driver: String,
    /// An option of the driver: `type=none`, `o=bind` and `device=DIR` make it another name for a directory; `nocopy`
    /// has no container fill it with what its image has there
    #[arg(short, long = "opt", value_name = "KEY=VALUE")]
    opts: Vec<String>,
    /// The user inside who owns it
    #[arg(long, value_name = "UID")]
    uid: Option<u32>,
    /// The group inside that owns it
    #[arg(long, value_name = "GID")]
    gid: Option<u32>,
    /// Its name; one is made up without
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub fn run_create(args: CreateArgs, globals: &Globals) -> Result<u8> {
    if args.driver != "local" {
        return Err(Error::usage(format!("there is no volume driver `{}`; use local", args.driver)));
    }
    let store = globals.store()?;
    let name = args.name.unwrap_or_else(volume::anonymous_name);
    if args.ignore && volume::find(&store, &name)?.is_some() {
        return print::line(name).map(|()| 0);
    }
    let labels = each("--label", &args.label, environment::label)?.into_iter().collect();
    let options = each("--opt", &args.opts, option)?;
    let owner = (args.uid.is_some() || args.gid.is_some()).then(|| (args.uid.unwrap_or(0), args.gid.unwrap_or(0)));
    let record = Record { owner, ..Record::new(labels, options.into_iter().collect()) };
    let made = volume::create(&store, &name, record)?;
    print::line(made.name).map(|()| 0)
}

/// One `--opt`: `KEY=VALUE`, or a word of Podman's.
fn option(text: &str) -> Result<(String, String)> {
    if matches!(text, "copy" | "nocopy") {
        Ok((text.to_owned(), String::new()))
    } else {
        environment::driver_option(text)
    }
}

/// List volumes
#[derive(clap::Args)]
pub struct LsArgs {
    /// Print names only
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("volumes", &FILTERS))]
    filters: Vec<String>,
    /// Show each by a Go template, or all as `json`
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Print no headings
    #[arg(short, long)]
    noheading: bool,
}

pub fn run_ls(args: LsArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let containers = container::list(&store)?;
    let mut volumes = volume::list(&store)?;
    let (dangling, names, age) = (filters.switch("dangling")?, filters.patterns("name")?, Age::new(&store, &filters)?);
    volumes.retain(|volume| {
        names.take(&volume.name)
            && age.takes(volume)
            && filters.any("opt", |wanted| has_option(volume, wanted))
            && filters.any("driver", |driver| driver == "local")
            && filters.any("scope", |scope| scope == "local")
            && filters.labels(&volume.record.labels)
            && dangling.is_none_or(|dangling| dangling == users(&containers, &volume.name).is_empty())
    });
    if args.quiet {
        return volumes.iter().try_for_each(|volume| print::line(&volume.name)).map(|()| 0);
    }
    if as_json {
        let entries: Vec<_> = volumes.iter().map(|volume| entry(volume, &containers)).collect();
        return json::print_list(&entries).map(|()| 0);
    }
    let rows = volumes.iter().map(|volume| row(volume, &containers)).collect::<Result<Vec<Row>>>()?;
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?).map(|()| 0)
}

/// Whether an option of this name, or with this value, was given.
fn has_option(volume: &Volume, wanted: &str) -> bool {
    let options = &volume.record.options;
    match wanted.split_once('=') {
        Some((key, value)) => options.get(key).is_some_and(|known| known == value),
        None => options.contains_key(wanted),
    }
}

/// When a volume was made: after all that filters name, and before a moment.
struct Age {
    /// Seconds since 1970.
    after: Option<i64>,
    before: Option<i64>,
}

impl Age {
    fn new(store: &Store, filters: &Filters) -> Result<Age> {
        let others = filters.values("since")?.chain(filters.values("after")?);
        let others = others.map(|name| Ok(volume::get(store, name)?.record.created)).collect::<Result<Vec<_>>>()?;
        let before = until(filters, jiff::Timestamp::now())?.map(jiff::Timestamp::as_second);
        Ok(Age { after: others.into_iter().max(), before })
    }

    fn takes(&self, volume: &Volume) -> bool {
        let created = volume.record.created;
        self.after.is_none_or(|after| created > after) && self.before.is_none_or(|before| created < before)
    }
}

fn row(volume: &Volume, containers: &[Container]) -> Result<Row> {
    let document = document(volume, containers)?;
    let mut fields = document.clone();
    // Docker's, of which the latter three are for clusters of machines; a list measures nothing.
    fields["Links"] = document["MountCount"].clone();
    for field in ["Size", "Status", "Availability", "Group"] {
        fields[field] = "N/A".into();
    }
    Ok(Row { fields, document })
}

/// What `--json` says of a volume.
fn entry(volume: &Volume, containers: &[Container]) -> json::Volume {
    let record = &volume.record;
    json::Volume {
        name: volume.name.clone(),
        driver: "local",
        mountpoint: volume.data_dir.display().to_string(),
        created: Moment(jiff::Timestamp::from_second(record.created).unwrap_or_default()),
        labels: record.labels.clone(),
        options: record.options.clone(),
        anonymous: record.anonymous,
        containers: users(containers, &volume.name).iter().map(|container| container.id().to_owned()).collect(),
    }
}

/// What `inspect` says of a volume.
pub(super) fn document(volume: &Volume, containers: &[Container]) -> Result<Value> {
    Ok(serde_json::to_value(volume.document(users(containers, &volume.name).len()))?)
}

/// Remove volumes
#[derive(clap::Args)]
pub struct RmArgs {
    /// Remove containers that use them too, running or not
    #[arg(short, long)]
    force: bool,
    /// Remove all volumes
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// With --force, kill a container that has not ended after so many seconds
    #[arg(short, long, value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    /// Names of volumes
    #[arg(value_name = "VOLUME", required_unless_present = "all")]
    names: Vec<String>,
}

pub fn run_rm(args: RmArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let names = match args.all {
        true => volume::list(&store)?.into_iter().map(|volume| volume.name).collect(),
        false => args.names,
    };
    let remove = |name: &str| match args.force {
        true => remove_with_users(&store, name, args.time),
        false => volume::remove(&store, name, &names_of(&users(&container::list(&store)?, name))),
    };
    let outcomes = names.into_iter().map(|name| (name.clone(), remove(&name)));
    let exit_code = report(outcomes, IfAbsent::of_removal(args.force))?;
    store.sweep(remove_as_owner)?;
    Ok(exit_code)
}

fn remove_with_users(store: &Store, name: &str, time: Option<i64>) -> Result<()> {
    for container in users(&container::list(store)?, name) {
        let patience = super::stop::patience(time.unwrap_or(container.record.settings.stop_timeout.into()));
        remove(store, container, IfRunning::Stop(patience), Volumes::Keep)?;
    }
    volume::remove(store, name, &[])
}

/// Write what a volume holds to a tar archive
#[derive(clap::Args)]
pub struct ExportArgs {
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name of the volume
    #[arg(value_name = "VOLUME")]
    name: String,
}

pub fn run_export(args: ExportArgs, globals: &Globals) -> Result<u8> {
    let mut target = ArchiveFile::open(args.output)?;
    volume::export(&globals.store()?, &args.name, |archive| target.take(archive))?;
    target.keep();
    Ok(0)
}

/// Unpack a tar archive in a volume
#[derive(clap::Args)]
pub struct ImportArgs {
    /// Name of the volume
    #[arg(value_name = "VOLUME")]
    name: String,
    /// The archive, compressed or not; `-` or none: standard input
    #[arg(value_name = "ARCHIVE", default_value = "-", hide_default_value = true)]
    archive: PathBuf,
}

pub fn run_import(args: ImportArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    if args.archive != Path::new("-") {
        let act = || format!("open `{}`", args.archive.display());
        let mut archive = std::fs::File::open(&args.archive).during(act)?;
        return volume::import(&store, &args.name, &mut archive).map(|()| 0);
    }
    if std::io::stdin().is_terminal() {
        return Err(Error::usage("standard input is a terminal").with_hint("redirect it from an archive"));
    }
    volume::import(&store, &args.name, &mut std::io::stdin().lock()).map(|()| 0)
}

/// Remove volumes that no container uses
#[derive(clap::Args)]
pub struct PruneArgs {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    #[arg(long = "filter", value_name = "KEY=VALUE", help = filters::help("volumes", &PRUNE_FILTERS))]
    filters: Vec<String>,
    /// Those with a name too, which Docker keeps without this
    #[arg(short, long)]
    all: bool,
}

pub fn run_prune(args: PruneArgs, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &PRUNE_FILTERS)?;
    // As an option or, in Docker's words, as a filter.
    let all = args.all || filters.switch("all")? == Some(true);
    let which = if all { PrunedVolumes::All } else { PRUNED_VOLUMES.side() };
    let question = match which {
        PrunedVolumes::All => "Remove all volumes that no container uses?",
        PrunedVolumes::Anonymous => "Remove all volumes that have no name and that no container uses?",
    };
    if !args.force && !confirm(question)? {
        return Ok(0);
    }
    let store = globals.store()?;
    let pruned = prune_volumes(&store, &filters, which)?;
    tell_pruned(&store, events::Kind::Volume);
    show_pruned("Volumes", &pruned.names)?;
    match PRUNED_LIST.side() {
        PrunedList::Bare => Ok(0),
        PrunedList::Headed => say_reclaimed(pruned.size_bytes),
    }
}

/// Removes the volumes that no container uses and that have the labels.
pub(super) fn prune_volumes(store: &Store, filters: &Filters, which: PrunedVolumes) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    let age = Age::new(store, filters)?;
    let is_meant = |volume: &Volume| {
        age.takes(volume)
            && filters.labels(&volume.record.labels)
            && (which == PrunedVolumes::All || volume.record.anonymous)
    };
    for volume in volume::list(store)?.into_iter().filter(is_meant) {
        let containers = container::list(store)?;
        if users(&containers, &volume.name).is_empty() {
            pruned.size_bytes += ownership::size(&volume.data_dir)?;
            volume::remove(store, &volume.name, &[])?;
            pruned.names.push(volume.name);
        }
    }
    store.sweep(remove_as_owner)?;
    Ok(pruned)
}

fn names_of(containers: &[&Container]) -> Vec<String> {
    containers.iter().map(|container| container.record.name.clone()).collect()
}
