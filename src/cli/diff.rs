//! `box diff`: what a container changed of its image, or the topmost layer of an image of those below.

use std::path::PathBuf;

use serde_json::json;

use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption};
use super::selection::find_one;
use super::{Globals, print};
use crate::container::contents;
use crate::error::{Error, Kind, Result};
use crate::host::registries::Registries;
use crate::image::{self, resolve};
use crate::layer::Change;
use crate::store::Store;

const TABLE: &str = r"{{.Type}}\t{{.Path}}";

/// Show what a container or the topmost layer of an image changed
#[derive(clap::Args)]
pub struct Args {
    /// Show the changes as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    /// A container or an image
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// The container of that name, else the image.
pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    show(&args, || {
        let store = globals.store()?;
        match of_container(&store, &args) {
            Err(error) if error.kind == Kind::Absent => match of_image(&store, &args) {
                Err(other) if other.kind == Kind::Absent => {
                    Err(Error::absent("container or image", args.name.as_deref().unwrap_or_default().escape_debug()))
                }
                changes => changes,
            },
            changes => changes,
        }
    })
}

pub fn run_container(args: Args, globals: &Globals) -> Result<u8> {
    show(&args, || of_container(&globals.store()?, &args))
}

pub fn run_image(args: Args, globals: &Globals) -> Result<u8> {
    show(&args, || of_image(&globals.store()?, &args))
}

type Changes = Vec<(Change, PathBuf)>;

fn of_container(store: &Store, args: &Args) -> Result<Changes> {
    contents::changes(store, &find_one(store, args.name.as_deref(), args.latest)?)
}

fn of_image(store: &Store, args: &Args) -> Result<Changes> {
    match (&args.name, args.latest) {
        (Some(name), false) => image::changes(store, &resolve::get_local(store, &Registries::load()?, name)?),
        _ => Err(Error::usage("expected the name of an image")),
    }
}

fn show(args: &Args, changes: impl FnOnce() -> Result<Changes>) -> Result<u8> {
    let as_json = args.json.instead_of(&[("--format", args.format.is_some())])?;
    let changes = changes()?;
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    if as_json {
        let entry = |(change, place)| json::Change {
            kind: match change {
                Change::Added => "added",
                Change::Changed => "changed",
                Change::Deleted => "deleted",
            },
            path: path(place),
        };
        return json::print_list(&changes.into_iter().map(entry).collect::<Vec<_>>()).map(|()| 0);
    }
    if args.format.as_deref().map(str::trim) == Some("json") {
        let [mut added, mut changed, mut deleted] = [const { Vec::new() }; 3];
        for (change, place) in changes {
            match change {
                Change::Added => added.push(path(place)),
                Change::Changed => changed.push(path(place)),
                Change::Deleted => deleted.push(path(place)),
            }
        }
        // Podman leaves out what is empty.
        let kinds = [("added", added), ("changed", changed), ("deleted", deleted)];
        let document: serde_json::Map<String, serde_json::Value> = kinds
            .into_iter()
            .filter(|(_, paths)| !paths.is_empty())
            .map(|(kind, paths)| (kind.to_owned(), paths.into()))
            .collect();
        return print::line(serde_json::to_string_pretty(&document)?).map(|()| 0);
    }
    let letter = |change| match change {
        Change::Added => 'A',
        Change::Changed => 'C',
        Change::Deleted => 'D',
    };
    if let Some(format) = &args.format {
        let row = |(change, place)| {
            let fields = json!({"Type": letter(change), "Path": path(place)});
            Row { document: fields.clone(), fields }
        };
        let rows: Vec<Row> = changes.into_iter().map(row).collect();
        let listing = Listing { rows: &rows, headings: &[("Type", "CHANGE TYPE")], headed: true };
        return print::block(&listing.render(&Form::parse(Some(format), TABLE)?)?).map(|()| 0);
    }
    let mut text = String::new();
    for (change, place) in changes {
        let letter = letter(change);
        // A line each: a name with a line end in it must not look like two.
        text += &format!("{letter} {}\n", path(place).replace('\n', "\\n"));
    }
    print::block(&text).map(|()| 0)
}
