//! `box system df`: what images, containers and volumes take on disk, and what of it nobody needs.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::format::listing::Row;
use crate::cli::format::{Form, Listing};
use crate::cli::images::{created, repository_and_tag};
use crate::cli::json::{self, JsonOption};
use crate::cli::ps::{Width, command, moment, shortened, status_shown};
use crate::cli::{Globals, print, units};
use crate::container::volumes::users;
use crate::container::{self, Container, Status, ownership};
use crate::error::{Error, Result};
use crate::oci::Digest;
use crate::settings::MountKind;
use crate::store::Store;
use crate::store::usage::{ImageUsage, Usage};
use crate::volume;

const TABLE: &str = r"{{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";
const IMAGES: &str = concat!(
    r"{{.Repository}}\t{{.Tag}}\t{{.ImageID}}\t{{.Created}}\t",
    r"{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}"
);
const CONTAINERS: &str =
    r"{{.ContainerID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.Created}}\t{{.Status}}\t{{.Names}}";
const VOLUMES: &str = r"{{.VolumeName}}\t{{.Links}}\t{{.Size}}";
const HEADINGS: [(&str, &str); 2] = [("ImageID", "IMAGE ID"), ("ContainerID", "CONTAINER ID")];

/// Show what images, containers and volumes take on disk
#[derive(clap::Args)]
pub struct Args {
    /// Show each image, container and volume
    #[arg(short, long)]
    verbose: bool,
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if args.verbose && args.format.is_some() {
        return Err(Error::usage("--verbose has tables of its own and takes no --format"));
    }
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--verbose", args.verbose)])?;
    let found = Found::look(&globals.store()?)?;
    if as_json {
        return json::print_one(&found.document()).map(|()| 0);
    }
    if args.verbose {
        return print::block(&found.tables(Timestamp::now())?).map(|()| 0);
    }
    let rows = found.summary();
    print::block(&Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form)?)?;
    Ok(0)
}

/// Everything in the store, measured.
struct Found {
    usage: Usage,
    names: Vec<(String, Digest)>,
    containers: Vec<Measured<(Container, Status)>>,
    volumes: Vec<Measured<(volume::Volume, usize)>>,
}

struct Measured<T> {
    what: T,
    size_bytes: u64,
}

impl Found {
    fn look(store: &Store) -> Result<Found> {
        let all = container::list(store)?;
        let mut volumes = Vec::new();
        for volume in volume::list(store)? {
            let size_bytes = ownership::size(&volume.data_dir)?;
            let link_count = users(&all, &volume.name).len();
            volumes.push(Measured { what: (volume, link_count), size_bytes });
        }
        let mut containers = Vec::new();
        for container in all {
            // All of it: what it has written, its anonymous volumes, its log.
            let (size_bytes, status) = (ownership::size(&container.dir)?, container.status()?);
            containers.push(Measured { what: (container, status), size_bytes });
        }
        Ok(Found { usage: store.image_usage()?, names: store.names()?.into_iter().collect(), containers, volumes })
    }

    /// Of all images, containers and volumes.
    fn totals(&self) -> [json::Total; 3] {
        let images = &self.usage.images;
        let active_images = images.iter().filter(|usage| usage.container_count > 0).count();
        let images = json::Total {
            count: images.len(),
            active: active_images,
            size_bytes: self.usage.total_bytes,
            reclaimable_bytes: self.usage.reclaimable_bytes,
        };
        let containers = total(&self.containers, |(_, status)| status.live().is_some());
        [images, containers, total(&self.volumes, |(_, link_count)| *link_count > 0)]
    }

    fn summary(&self) -> Vec<Row> {
        self.totals()
            .iter()
            .zip(["Images", "Containers", "Local Volumes"])
            .map(|(total, kind)| line(kind, total))
            .collect()
    }

    /// What `--json` says.
    fn document(&self) -> json::DiskUsage {
        let [images, containers, volumes] = self.totals();
        let image = |usage: &ImageUsage| json::ImageSize {
            id: usage.image.id.to_string(),
            names: self.names_of(&usage.image.id).map(str::to_owned).collect(),
            shared_bytes: usage.shared_bytes,
            unique_bytes: usage.unique_bytes,
            containers: usage.container_count,
        };
        let container = |measured: &Measured<(Container, Status)>| json::ContainerSize {
            id: measured.what.0.id().to_owned(),
            name: measured.what.0.record.name.clone(),
            state: measured.what.1.word(),
            size_bytes: measured.size_bytes,
        };
        let volume = |measured: &Measured<(volume::Volume, usize)>| json::VolumeSize {
            name: measured.what.0.name.clone(),
            containers: measured.what.1,
            size_bytes: measured.size_bytes,
        };
        json::DiskUsage {
            images,
            containers,
            volumes,
            image_list: self.usage.images.iter().map(image).collect(),
            container_list: self.containers.iter().map(container).collect(),
            volume_list: self.volumes.iter().map(volume).collect(),
        }
    }

    fn names_of(&self, id: &Digest) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |(_, named)| named == id).map(|(name, _)| name.as_str())
    }

    fn tables(&self, now: Timestamp) -> Result<String> {
        let images = self.usage.images.iter().flat_map(|usage| self.image_rows(usage, now)).collect();
        let containers = self.containers.iter().map(|container| container_row(container, now)).collect();
        let volumes = self.volumes.iter().map(volume_row).collect();
        let mut text = String::new();
        for (title, template, rows) in
            [("Images", IMAGES, images), ("Containers", CONTAINERS, containers), ("Local Volumes", VOLUMES, volumes)]
        {
            let rows: Vec<Row> = rows;
            let table =
                Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&Form::parse(None, template)?)?;
            let gap = if text.is_empty() { "" } else { "\n" };
            text += &format!("{gap}{title} space usage:\n\n{table}");
        }
        Ok(text)
    }

    /// One for each name, as `images` has them.
    fn image_rows(&self, usage: &ImageUsage, now: Timestamp) -> Vec<Row> {
        let image = &usage.image;
        let names: Vec<_> = self.names_of(&image.id).collect();
        let shown = |name: Option<&str>| {
            let (repository, tag) = name.map_or(("<none>".into(), "<none>".into()), repository_and_tag);
            row(json!({
                "Repository": repository,
                "Tag": tag,
                "ImageID": image.id.short(),
                "Created": units::ago(created(image), now),
                "Size": units::human_size_compact(usage.shared_bytes + usage.unique_bytes),
                "SharedSize": units::human_size_compact(usage.shared_bytes),
                "UniqueSize": units::human_size_compact(usage.unique_bytes),
                "Containers": usage.container_count,
            }))
        };
        match names.is_empty() {
            true => vec![shown(None)],
            false => names.into_iter().map(|name| shown(Some(name))).collect(),
        }
    }
}

fn total<T>(all: &[Measured<T>], is_active: impl Fn(&T) -> bool) -> json::Total {
    let active: Vec<u64> = all.iter().filter(|one| is_active(&one.what)).map(|one| one.size_bytes).collect();
    let size_bytes = all.iter().map(|one| one.size_bytes).sum();
    json::Total {
        count: all.len(),
        active: active.len(),
        size_bytes,
        reclaimable_bytes: size_bytes - active.iter().sum::<u64>(),
    }
}

fn line(kind: &str, total: &json::Total) -> Row {
    let json::Total { count, active, size_bytes, reclaimable_bytes } = *total;
    let percent = (reclaimable_bytes * 100).checked_div(size_bytes).unwrap_or(0);
    row(json!({
        "Type": kind,
        "Total": count,
        "TotalCount": count,
        "Active": active,
        "Size": units::human_size_compact(size_bytes),
        "Reclaimable": format!("{} ({percent}%)", units::human_size_compact(reclaimable_bytes)),
        "RawSize": size_bytes,
        "RawReclaimable": reclaimable_bytes,
    }))
}

fn container_row(container: &Measured<(Container, Status)>, now: Timestamp) -> Row {
    let (Container { record, .. }, status) = &container.what;
    let is_volume = |kind: &MountKind| matches!(kind, MountKind::Volume { .. });
    row(json!({
        "ContainerID": &record.id[..12],
        "Image": record.image_name,
        "Command": shortened(&command(record).join(" "), Width::Short),
        "LocalVolumes": record.settings.mounts.iter().filter(|mount| is_volume(&mount.kind)).count(),
        "Size": units::human_size_compact(container.size_bytes),
        "Created": units::ago(moment(&record.created), now),
        "Status": status_shown(status, now),
        "Names": record.name,
    }))
}

fn volume_row(volume: &Measured<(volume::Volume, usize)>) -> Row {
    let (found, link_count) = &volume.what;
    row(json!({
        "VolumeName": found.name,
        "Links": link_count,
        "Size": units::human_size_compact(volume.size_bytes),
    }))
}

fn row(fields: Value) -> Row {
    Row { document: fields.clone(), fields }
}
