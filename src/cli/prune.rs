//! `box container prune` and `box image prune`: what nobody needs any more goes.

use jiff::Timestamp;

use super::filters::{self, Filters};
use super::images::{created, labels};
use super::personality::{PRUNED_LIST, PrunedList, image_id, image_name};
use super::terminal::confirm;
use super::{Globals, print, ps, units};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::{self, ownership};
use crate::error::{Kind, Result};
use crate::image::remove::{Removed, Unused, prune};
use crate::store::Store;
use crate::store::events::{self, Action, Subject};

pub(super) const PRUNE_FILTERS: [&str; 2] = ["label", "until"];

/// What went, by name or ID, and how large it was.
#[derive(Debug, Default)]
pub(super) struct Pruned {
    pub names: Vec<String>,
    pub size_bytes: u64,
}

/// Remove containers that do not run
#[derive(clap::Args)]
pub struct ContainerArgs {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    #[arg(long = "filter", value_name = "KEY=VALUE", help = filters::help("containers", &PRUNE_FILTERS))]
    filters: Vec<String>,
}

pub fn run_containers(args: ContainerArgs, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &PRUNE_FILTERS)?;
    if !args.force && !confirm("Remove all containers that do not run?")? {
        return Ok(0);
    }
    let store = globals.store()?;
    let pruned = prune_containers(&store, &filters, Timestamp::now())?;
    tell_pruned(&store, events::Kind::Container);
    show_pruned("Containers", &pruned.names)?;
    say_reclaimed(pruned.size_bytes)
}

/// Removes the containers that do not run and that the filters let go.
pub(super) fn prune_containers(store: &Store, filters: &Filters, now: Timestamp) -> Result<Pruned> {
    let until = until(filters, now)?;
    let mut pruned = Pruned::default();
    for container in container::list(store)? {
        let is_old = until.is_none_or(|until| ps::moment(&container.record.created) < until);
        let may_go = is_old && filters.labels(&ps::labels(&container.record));
        let holds_pod = container.record.settings.held_pod().is_some();
        if !may_go || holds_pod || container.status()?.live().is_some() {
            continue;
        }
        let size_bytes = ownership::size(&container.dir)?;
        match remove(store, &container, IfRunning::Refuse, Volumes::Keep) {
            Ok(()) => {
                pruned.names.push(container.id().to_owned());
                pruned.size_bytes += size_bytes;
            }
            // Somebody has just started or removed it.
            Err(error) if matches!(error.kind, Kind::InUse | Kind::Absent) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(pruned)
}

/// Remove images without a name that no container uses
#[derive(clap::Args)]
pub struct ImageArgs {
    /// Remove all images that no container uses, with a name or without
    #[arg(short, long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    #[arg(long = "filter", value_name = "KEY=VALUE", help = filters::help("images", &PRUNE_FILTERS))]
    filters: Vec<String>,
    /// Also remove images without a name that others are built on, which builds keep to be faster
    #[arg(long)]
    build_cache: bool,
    // Containers of other programs do not live in a store of box: none keeps an image from going.
    #[arg(long, hide = true)]
    external: bool,
}

pub fn run_images(args: ImageArgs, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &PRUNE_FILTERS)?;
    let (unused, question) = match (args.all, args.build_cache) {
        (true, _) => (Unused::All, "Remove all images that no container uses?"),
        (_, true) => (Unused::Nameless, "Remove all images that have no name and that no container uses?"),
        _ => (
            Unused::Dangling,
            "Remove all images that have no name, that no other is built on and that no container uses?",
        ),
    };
    if !args.force && !confirm(question)? {
        return Ok(0);
    }
    let store = globals.store()?;
    let removed = prune_images(&store, unused, &filters, Timestamp::now())?;
    tell_pruned(&store, events::Kind::Image);
    let names: Vec<String> = match PRUNED_LIST.side() {
        PrunedList::Bare => removed.deleted.iter().map(|id| id.hex().to_owned()).collect(),
        PrunedList::Headed => {
            let names = removed.untagged.iter().map(|name| format!("untagged: {}", image_name(name)));
            names.chain(removed.deleted.iter().map(|id| format!("deleted: {}", image_id(id)))).collect()
        }
    };
    show_pruned("Images", &names)?;
    say_reclaimed(removed.reclaimed_bytes)
}

/// Removes the images that nobody needs and that the filters let go.
pub(super) fn prune_images(store: &Store, unused: Unused, filters: &Filters, now: Timestamp) -> Result<Removed> {
    let until = until(filters, now)?;
    let by_label = filters.has("label") || filters.has("label!");
    prune(store, unused, |image| {
        let is_old = until.is_none_or(|until| created(image) < until);
        Ok(is_old && (!by_label || filters.labels(&labels(store, &image.id)?)))
    })
}

/// What was made before this moment goes.
pub(super) fn until(filters: &Filters, now: Timestamp) -> Result<Option<Timestamp>> {
    let moments: Result<Vec<_>> = filters.values("until")?.map(|text| units::moment(text, now)).collect();
    Ok(moments?.into_iter().min())
}

/// Tells whoever follows events that nothing of that kind is left that nobody needs.
pub(super) fn tell_pruned(store: &Store, kind: events::Kind) {
    store.tell(Subject::new(kind, "", ""), Action::Prune);
}

/// What went of one kind.
pub(super) fn show_pruned(what: &str, names: &[String]) -> Result<()> {
    match PRUNED_LIST.side() {
        PrunedList::Bare => names.iter().try_for_each(print::line),
        PrunedList::Headed => show_headed(what, names),
    }
}

/// The same below a heading; nothing where nothing went.
pub(super) fn show_headed(what: &str, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    print::line(format_args!("Deleted {what}:"))?;
    names.iter().try_for_each(print::line)?;
    print::line("")
}

pub(super) fn say_reclaimed(bytes: u64) -> Result<u8> {
    print::line(format_args!("Total reclaimed space: {}", units::human_size_compact(bytes))).map(|()| 0)
}
