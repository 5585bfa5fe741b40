//! `box images`: what is in the store, a line for each name.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::filters::{Filters, matches_pattern};
use super::format::listing::Row;
use super::format::{Form, Listing};
use super::{Globals, print, units};
use crate::error::{During as _, Error, Result};
use crate::oci::image::ImageConfig;
use crate::oci::{Digest, Reference};
use crate::store::{ImageRecord, Store};

const TABLE: &str = r"{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
const TABLE_WITH_DIGESTS: &str = r"{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
const HEADINGS: [(&str, &str); 2] = [("ID", "IMAGE ID"), ("CreatedSince", "CREATED")];
const FILTERS: [&str; 13] = [
    "after",
    "before",
    "containers",
    "dangling",
    "digest",
    "id",
    "intermediate",
    "label",
    "manifest",
    "readonly",
    "reference",
    "since",
    "until",
];

/// List images in local storage
#[derive(clap::Args)]
pub struct Args {
    /// Only images of this name
    #[arg(value_name = "REPOSITORY[:TAG]")]
    reference: Option<String>,
    /// Also list intermediate images, of which there are none
    #[arg(short, long)]
    all: bool,
    /// Show image IDs only
    #[arg(short, long)]
    quiet: bool,
    /// Only images that match `key=value`: dangling, reference, label, before, since, until, id, digest, containers
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Do not shorten IDs
    #[arg(long)]
    no_trunc: bool,
    /// Show digests
    #[arg(long)]
    digests: bool,
    /// Leave out the table's heading
    #[arg(short, long, visible_alias = "no-heading")]
    noheading: bool,
    /// Sort by this column
    #[arg(long, value_name = "COLUMN", default_value = "created", hide_default_value = true)]
    sort: Column,
    /// Show what an image was called before
    #[arg(long, hide = true)]
    history: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Column {
    Created,
    Id,
    Repository,
    Size,
    Tag,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let form = Form::parse(args.format.as_deref(), if args.digests { TABLE_WITH_DIGESTS } else { TABLE })?;
    let mut images = known(&store)?;
    retain(&mut images, &filters, args.reference.as_deref(), Timestamp::now())?;
    if args.quiet {
        return print_ids(&images, args.no_trunc);
    }
    let rows = match form {
        Form::Json => images.iter().map(|image| Row { document: document(image), fields: Value::Null }).collect(),
        _ => rows(&images, args.sort, args.no_trunc, Timestamp::now()),
    };
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?)?;
    Ok(0)
}

fn print_ids(images: &[Known], whole: bool) -> Result<u8> {
    let ids: String = images.iter().map(|image| shown_id(&image.record.id, whole) + "\n").collect();
    print::block(&ids)?;
    Ok(0)
}

/// An image with everything that listings say of it.
struct Known {
    record: ImageRecord,
    /// Whole references, in order.
    names: Vec<String>,
    labels: BTreeMap<String, String>,
    container_count: usize,
}

/// All images, newest first.
fn known(store: &Store) -> Result<Vec<Known>> {
    let mut names: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for (name, id) in store.names()? {
        names.entry(id).or_default().push(name);
    }
    let mut container_counts: BTreeMap<Digest, usize> = BTreeMap::new();
    for id in store.container_uses()?.into_iter().filter_map(|container| container.image_id) {
        *container_counts.entry(id).or_default() += 1;
    }
    let mut images = Vec::new();
    for record in store.images()? {
        images.push(Known {
            names: names.remove(&record.id).unwrap_or_default(),
            labels: labels(store, &record.id)?,
            container_count: container_counts.get(&record.id).copied().unwrap_or(0),
            record,
        });
    }
    Ok(images)
}

/// From the config, which may have been removed a moment ago together with its image.
fn labels(store: &Store, id: &Digest) -> Result<BTreeMap<String, String>> {
    let Some(config) = store.find_blob(id)? else { return Ok(BTreeMap::new()) };
    let config: ImageConfig =
        serde_json::from_slice(&config).during(|| format!("read config of image {}", id.short()))?;
    Ok(config.config.labels)
}

/// Drops the images that were not asked for.
fn retain(images: &mut Vec<Known>, filters: &Filters, named: Option<&str>, now: Timestamp) -> Result<()> {
    let dangling = filters.switch("dangling")?.or(filters.switch("intermediate")?);
    let used = filters.switch("containers")?;
    // Nothing in the store is an index or belongs to another store.
    let impossible = filters.switch("readonly")? == Some(true) || filters.switch("manifest")? == Some(true);
    let before = bounds(images, filters, "before")?;
    let since: Vec<_> = [bounds(images, filters, "since")?, bounds(images, filters, "after")?].concat();
    let until: Result<Vec<_>> = filters.values("until").map(|text| units::moment(text, now)).collect();
    let until = until?;
    images.retain(|image| {
        let created = created(&image.record);
        !impossible
            && dangling.is_none_or(|dangling| image.names.is_empty() == dangling)
            && used.is_none_or(|used| (image.container_count > 0) == used)
            && filters.labels(&image.labels)
            && filters.any("id", |id| image.record.id.hex().starts_with(id.trim_start_matches("sha256:")))
            && filters.any("digest", |digest| image.record.manifest.to_string().starts_with(digest))
            && filters.any("reference", |pattern| image.names.iter().any(|name| is_called(name, pattern)))
            && named.is_none_or(|pattern| image.names.iter().any(|name| is_called(name, pattern)))
            && before.iter().all(|bound| created < *bound)
            && since.iter().all(|bound| created > *bound)
            && until.iter().all(|bound| created < *bound)
    });
    if let Some(named) = named {
        for image in images.iter_mut() {
            image.names.retain(|name| is_called(name, named));
        }
    }
    Ok(())
}

/// When the images were made that the filter `key` names.
fn bounds(images: &[Known], filters: &Filters, key: &str) -> Result<Vec<Timestamp>> {
    let find = |value: &str| {
        let has_id = |image: &Known| image.record.id.hex().starts_with(value.trim_start_matches("sha256:"));
        let is_it = |image: &&Known| image.names.iter().any(|name| is_called(name, value)) || has_id(image);
        images.iter().find(is_it).map(|image| created(&image.record)).ok_or_else(|| Error::absent("image", value))
    };
    filters.values(key).map(find).collect()
}

/// Whether `pattern` is the name: with or without its tag, as its registry or as Docker's users write it, or only its
/// last part.
pub(super) fn is_called(name: &str, pattern: &str) -> bool {
    let Ok(reference) = Reference::parse(name) else { return matches_pattern(pattern, name) };
    let suffix = reference.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
    let path = reference.path().to_owned();
    let last = path.rsplit('/').next().unwrap_or_default().to_owned();
    let forms = [reference.repository(), reference.familiar_repository(), path, last];
    matches_pattern(pattern, name)
        || forms
            .iter()
            .any(|form| matches_pattern(pattern, form) || matches_pattern(pattern, &format!("{form}{suffix}")))
}

/// One row for each name; one for an image without.
fn rows(images: &[Known], sort: Column, whole_ids: bool, now: Timestamp) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for image in images {
        let names: Vec<Option<&String>> =
            if image.names.is_empty() { vec![None] } else { image.names.iter().map(Some).collect() };
        for name in names {
            rows.push(Row { document: Value::Null, fields: fields(image, name.map(String::as_str), whole_ids, now) });
        }
    }
    let text = |row: &Row, field: &str| row.fields[field].as_str().unwrap_or_default().to_owned();
    match sort {
        Column::Created => {} // as the store gives them, newest first
        Column::Id => rows.sort_by_key(|row| text(row, "Id")),
        Column::Repository => rows.sort_by_key(|row| text(row, "Repository")),
        Column::Tag => rows.sort_by_key(|row| text(row, "Tag")),
        Column::Size => rows.sort_by_key(|row| row.fields["VirtualSize"].as_u64()),
    }
    rows
}

/// What a template sees.
fn fields(image: &Known, name: Option<&str>, whole_ids: bool, now: Timestamp) -> Value {
    let (repository, tag) = name.map_or(("<none>".to_owned(), "<none>".to_owned()), repository_and_tag);
    let created = created(&image.record);
    let mut fields = document(image);
    let more = json!({
        "ID": shown_id(&image.record.id, whole_ids),
        "Repository": repository,
        "Tag": tag,
        "CreatedSince": units::ago(created, now),
        "CreatedTime": units::go_time(created, TimeZone::UTC),
        "CreatedAt": units::go_time(created, TimeZone::UTC),
        "Size": units::human_size(image.record.size_bytes),
        "UniqueSize": "N/A",
        "SharedSize": "N/A",
        "ReadOnly": false,
        "Dangling": image.names.is_empty(),
    });
    extend(&mut fields, more);
    fields
}

/// What `--format json` says of an image, in Podman's words.
fn document(image: &Known) -> Value {
    let record = &image.record;
    let created = created(record);
    json!({
        "Id": record.id.hex(),
        "ParentId": "",
        "RepoTags": image.names,
        "RepoDigests": record.repo_digests,
        "Names": image.names,
        "Digest": record.manifest,
        "History": image.names.iter().collect::<BTreeSet<_>>(),
        "Labels": image.labels,
        "Containers": image.container_count,
        "Created": created.as_second(),
        "CreatedAt": created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "Size": record.size_bytes,
        "VirtualSize": record.size_bytes,
        "SharedSize": 0,
        "Arch": record.architecture,
        "Os": record.os,
        "IsManifestList": false,
    })
}

/// Adds the entries of one object to another, whose own they replace.
pub(super) fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

fn repository_and_tag(name: &str) -> (String, String) {
    match Reference::parse(name) {
        Ok(reference) => (reference.repository(), reference.tag().unwrap_or("<none>").to_owned()),
        Err(_) => (name.to_owned(), "<none>".to_owned()),
    }
}

fn shown_id(id: &Digest, whole: bool) -> String {
    if whole { id.to_string() } else { id.short().to_owned() }
}

/// An image that does not say when it was made is as old as can be.
pub(super) fn created(record: &ImageRecord) -> Timestamp {
    record.created.as_deref().and_then(|text| text.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> Digest {
        format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap()
    }

    fn image(digit: char, created: &str, names: &[&str]) -> Known {
        Known {
            record: ImageRecord {
                id: digest(digit),
                manifest: digest('f'),
                repo_digests: BTreeSet::new(),
                diff_ids: Vec::new(),
                size_bytes: 7_520_000,
                created: Some(created.to_owned()),
                architecture: "amd64".to_owned(),
                os: "linux".to_owned(),
                variant: None,
            },
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            labels: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
            container_count: 0,
        }
    }

    fn images() -> Vec<Known> {
        vec![
            image('a', "2024-03-01T00:00:00Z", &["docker.io/library/alpine:3.19", "docker.io/library/alpine:latest"]),
            image('b', "2024-02-01T00:00:00Z", &["quay.io/team/app:1"]),
            image('c', "2024-01-01T00:00:00Z", &[]),
        ]
    }

    fn now() -> Timestamp {
        "2024-03-15T00:00:00Z".parse().unwrap()
    }

    fn show(format: Option<&str>) -> String {
        let rows = rows(&images(), Column::Created, false, now());
        let form = Form::parse(format, TABLE).unwrap();
        Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form).unwrap()
    }

    fn ids(filters: &[&str], named: Option<&str>) -> String {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        let mut images = images();
        retain(&mut images, &Filters::parse(&filters, &FILTERS).unwrap(), named, now()).unwrap();
        images.iter().map(|image| &image.record.id.hex()[..1]).collect()
    }

    #[test]
    fn the_table_has_a_line_for_each_name() {
        assert_eq!(
            show(None),
            "REPOSITORY                 TAG       IMAGE ID       CREATED        SIZE\n\
             docker.io/library/alpine   3.19      aaaaaaaaaaaa   2 weeks ago    7.52 MB\n\
             docker.io/library/alpine   latest    aaaaaaaaaaaa   2 weeks ago    7.52 MB\n\
             quay.io/team/app           1         bbbbbbbbbbbb   6 weeks ago    7.52 MB\n\
             <none>                     <none>    cccccccccccc   2 months ago   7.52 MB\n"
        );
    }

    #[test]
    fn templates_find_dockers_and_podmans_fields() {
        for (template, line) in [
            ("{{.Repository}}:{{.Tag}}", "docker.io/library/alpine:3.19".to_owned()),
            (
                "{{.ID}} {{.CreatedSince}} {{.CreatedAt}}",
                "aaaaaaaaaaaa 2 weeks ago 2024-03-01 00:00:00 +0000 UTC".into(),
            ),
            ("{{.Id}}", "a".repeat(64)),
            ("{{.Digest}}", digest('f').to_string()),
            (
                "{{.Size}} {{.VirtualSize}} {{.Containers}} {{.SharedSize}} {{.UniqueSize}}",
                "7.52 MB 7520000 0 N/A N/A".into(),
            ),
            ("{{.Names}}", "[docker.io/library/alpine:3.19 docker.io/library/alpine:latest]".into()),
            ("{{.Label \"team\"}} {{.Labels.team}} {{.Dangling}} {{.ReadOnly}}", "web web false false".into()),
        ] {
            assert_eq!(show(Some(template)).lines().next().unwrap(), line, "{template}");
        }
    }

    #[test]
    fn filters_choose_images() {
        for (filters, found) in [
            (&[][..], "abc"),
            (&["dangling=true"], "c"),
            (&["dangling=false"], "ab"),
            (&["reference=alpine"], "a"),
            (&["reference=alpine:3*"], "a"),
            (&["reference=*/team/*"], "b"),
            (&["reference=alpine", "reference=app"], "ab"),
            (&["reference=docker.io/library/alpine:latest"], "a"),
            (&["label=team=web"], "abc"),
            (&["label!=team"], ""),
            (&["before=alpine"], "bc"),
            (&["since=quay.io/team/app:1"], "a"),
            (&["until=720h"], "bc"),
            (&["id=bbb"], "b"),
            (&["id=sha256:ccc"], "c"),
            (&["containers=true"], ""),
        ] {
            assert_eq!(ids(filters, None), found, "{filters:?}");
        }
        assert_eq!(ids(&[], Some("alpine")), "a");
        assert_eq!(ids(&[], Some("alpine:3.18")), "");
        assert_eq!(ids(&[], Some("team/app")), "b");
    }

    #[test]
    fn a_name_given_leaves_out_the_other_names() {
        let mut images = images();
        retain(&mut images, &Filters::default(), Some("alpine:latest"), now()).unwrap();
        assert_eq!(rows(&images, Column::Created, false, now()).len(), 1);
    }

    #[test]
    fn json_has_each_image_once_with_full_ids() {
        let document = document(&images()[0]);
        assert_eq!(document["Id"], "a".repeat(64));
        assert_eq!(document["Names"].as_array().unwrap().len(), 2);
        assert_eq!((&document["Size"], &document["Created"]), (&json!(7_520_000), &json!(1_709_251_200)));
    }
}
