//! `box images`: what is in the store, a line for each name.

use std::collections::BTreeMap;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::filters::{self, Filters, matches_pattern};
use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption, Moment};
use super::personality::{JSON_LISTS, JsonLists, repository};
use super::{Globals, print, table, units};
use crate::error::{During as _, Error, Result};
use crate::image::manifest_list;
use crate::oci::image::ImageConfig;
use crate::oci::{Digest, Reference};
use crate::store::images::parents;
use crate::store::{ImageRecord, ListRecord, Store};

const HEADINGS: [(&str, &str); 3] = [("ID", "IMAGE ID"), ("CreatedSince", "CREATED"), ("ReadOnly", "R/O")];
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
    /// Also list images that have no name and that another image is built on
    #[arg(short, long)]
    all: bool,
    /// Show image IDs only
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("images", &FILTERS))]
    filters: Vec<String>,
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
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
    /// Also show what each image has been called, the last name first
    #[arg(long)]
    history: bool,
    /// Show the platform of each image below its names, and what it takes on disk and in a registry
    #[arg(long, conflicts_with_all = ["quiet", "format", "digests", "history"])]
    tree: bool,
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
    let others = [("--format", args.format.is_some()), ("--quiet", args.quiet), ("--tree", args.tree)];
    let as_json = args.json.instead_of(&others)?;
    let mut images = known(&store, as_json || needs_labels(&filters, args.format.as_deref()))?;
    let own_table = table_template(args.digests, images.iter().any(|image| image.read_only), args.history);
    let form = Form::parse(args.format.as_deref(), &own_table)?;
    retain(&mut images, &filters, args.reference.as_deref(), args.all, Timestamp::now())?;
    let lines = sorted(&images, args.sort);
    if as_json {
        return json::print_list(&each_once(&lines).into_iter().map(entry).collect::<Vec<_>>()).map(|()| 0);
    }
    if args.quiet {
        return print_ids(&lines, args.no_trunc);
    }
    if args.tree {
        print::block(&tree(&store, &images, !args.noheading)?)?;
        return Ok(0);
    }
    let rows = match form {
        Form::Json if JSON_LISTS.side() == JsonLists::Array => each_once(&lines)
            .into_iter()
            .map(|image| Row { document: document(image), fields: Value::Null })
            .collect::<Vec<_>>(),
        Form::Table(_) if is_own_table(args.format.as_deref()) => {
            lines.iter().map(|line| row(cells(line, args.no_trunc, Timestamp::now()))).collect()
        }
        _ => rows(&lines, args.no_trunc, Timestamp::now()),
    };
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?)?;
    Ok(0)
}

fn table_template(digests: bool, read_only: bool, history: bool) -> String {
    let read_only = if read_only { r"\t{{.ReadOnly}}" } else { "" };
    let digest = if digests { r"{{.Digest}}\t" } else { "" };
    let names = if history { r"\t{{if .History}}{{.History}}{{else}}<none>{{end}}" } else { "" };
    let last = format!(r"\t{{{{.Size}}}}{read_only}{names}");
    format!(r"{{{{.Repository}}}}\t{{{{.Tag}}}}\t{digest}{{{{.ID}}}}\t{{{{.CreatedSince}}}}{last}")
}

/// Labels stand in the config, which is one more file to read, to verify and to parse for each image; the table shows
/// none.
fn needs_labels(filters: &Filters, format: Option<&str>) -> bool {
    filters.has("label") || filters.has("label!") || !is_own_table(format)
}

fn is_own_table(format: Option<&str>) -> bool {
    format.is_none_or(|format| format.trim() == "table")
}

fn print_ids(lines: &[Line], whole: bool) -> Result<u8> {
    let ids: String = each_once(lines).iter().map(|image| shown_id(&image.record.id, whole) + "\n").collect();
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
    /// It is in an additional store.
    read_only: bool,
    /// The image of which this one has all the layers and more.
    parent: Option<Digest>,
    has_children: bool,
    is_list: bool,
}

impl Known {
    /// Without a name, and nothing is built on it.
    fn is_dangling(&self) -> bool {
        self.names.is_empty() && !self.has_children
    }

    /// Without a name, but another image is built on it.
    fn is_intermediate(&self) -> bool {
        self.names.is_empty() && self.has_children
    }
}

/// One image under one of its names, or without any.
type Line<'a> = (&'a Known, Option<&'a str>);

/// All images, newest first.
fn known(store: &Store, with_labels: bool) -> Result<Vec<Known>> {
    let mut names: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for (name, id) in store.names()? {
        names.entry(id).or_default().push(name);
    }
    let mut container_counts: BTreeMap<Digest, usize> = BTreeMap::new();
    for id in store.container_uses()?.into_iter().filter_map(|container| container.image_id) {
        *container_counts.entry(id).or_default() += 1;
    }
    let records = store.images()?;
    let parents = parents(&records);
    let mut images = Vec::new();
    for (record, parent) in records.iter().zip(&parents) {
        images.push(Known {
            names: names.remove(&record.id).unwrap_or_default(),
            labels: if with_labels { labels(store, &record.id)? } else { BTreeMap::new() },
            container_count: container_counts.get(&record.id).copied().unwrap_or(0),
            parent: parent.map(|parent| records[parent].id.clone()),
            has_children: false,
            is_list: false,
            read_only: store.shared_root_of(&record.id).is_some(),
            record: record.clone(),
        });
    }
    for parent in parents.into_iter().flatten() {
        images[parent].has_children = true;
    }
    let lists = store.lists()?;
    for list in &lists {
        images.push(known_list(list, names.remove(&list.id).unwrap_or_default())?);
    }
    if !lists.is_empty() {
        images.sort_by_key(|image| std::cmp::Reverse(created(&image.record)));
    }
    Ok(images)
}

/// A manifest list, as far as it is like an image.
fn known_list(list: &ListRecord, names: Vec<String>) -> Result<Known> {
    let record = ImageRecord {
        id: list.id.clone(),
        manifest: manifest_list::index(list, None)?.digest,
        repo_digests: Default::default(),
        diff_ids: Vec::new(),
        size_bytes: 0,
        created: Some(list.created.clone()),
        architecture: String::new(),
        os: String::new(),
        variant: None,
        names_history: Vec::new(),
    };
    Ok(Known {
        record,
        names,
        labels: BTreeMap::new(),
        container_count: 0,
        parent: None,
        has_children: false,
        is_list: true,
        read_only: false,
    })
}

/// From the config, which may have been removed a moment ago together with its image.
pub(super) fn labels(store: &Store, id: &Digest) -> Result<BTreeMap<String, String>> {
    let Some(config) = store.find_blob(id)? else { return Ok(BTreeMap::new()) };
    let config: ImageConfig =
        serde_json::from_slice(&config).during(|| format!("read config of image {}", id.short()))?;
    Ok(config.config.labels)
}

/// Drops the images that were not asked for.
fn retain(
    images: &mut Vec<Known>,
    filters: &Filters,
    named: Option<&str>,
    with_intermediate: bool,
    now: Timestamp,
) -> Result<()> {
    let dangling = filters.switch("dangling")?;
    let intermediate = filters.switch("intermediate")?.or((!with_intermediate).then_some(false));
    let used = match filters.values("containers")?.last() {
        // Of other programs than box: none of them uses this store.
        Some("external") => {
            images.clear();
            return Ok(());
        }
        _ => filters.switch("containers")?,
    };
    let read_only = filters.switch("readonly")?;
    let list = filters.switch("manifest")?;
    let before = bounds(images, filters, "before")?;
    let since: Vec<_> = [bounds(images, filters, "since")?, bounds(images, filters, "after")?].concat();
    let until: Result<Vec<_>> = filters.values("until")?.map(|text| units::moment(text, now)).collect();
    let until = until?;
    images.retain(|image| {
        let created = created(&image.record);
        list.is_none_or(|list| image.is_list == list)
            && dangling.is_none_or(|dangling| image.is_dangling() == dangling)
            && intermediate.is_none_or(|intermediate| image.is_intermediate() == intermediate)
            && read_only.is_none_or(|read_only| image.read_only == read_only)
            && used.is_none_or(|used| (image.container_count > 0) == used)
            && filters.labels(&image.labels)
            && filters.any("id", |id| image.record.id.hex().starts_with(id.trim_start_matches("sha256:")))
            && filters.any("digest", |digest| has_digest(&image.record, digest))
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

/// Whether a digest of the image, that of its manifest or of an index that it came by, begins so.
fn has_digest(image: &ImageRecord, wanted: &str) -> bool {
    let begins = |digest: &str| digest.starts_with(wanted) || digest.trim_start_matches("sha256:").starts_with(wanted);
    let by_name = |name: &String| name.split_once('@').is_some_and(|(_, digest)| begins(digest));
    begins(&image.manifest.to_string()) || image.repo_digests.iter().any(by_name)
}

/// When the images were made that the filter `key` names.
fn bounds(images: &[Known], filters: &Filters, key: &str) -> Result<Vec<Timestamp>> {
    let find = |value: &str| {
        let has_id = |image: &Known| image.record.id.hex().starts_with(value.trim_start_matches("sha256:"));
        let is_it = |image: &&Known| image.names.iter().any(|name| is_called(name, value)) || has_id(image);
        images.iter().find(is_it).map(|image| created(&image.record)).ok_or_else(|| Error::absent("image", value))
    };
    filters.values(key)?.map(find).collect()
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

/// One line for each name, and one for an image without.
fn sorted(images: &[Known], column: Column) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    for image in images {
        match image.names.is_empty() {
            true => lines.push((image, None)),
            false => lines.extend(image.names.iter().map(|name| (image, Some(name.as_str())))),
        }
    }
    let shown = |line: &Line| line.1.map_or(Default::default(), repository_and_tag);
    match column {
        Column::Created => {} // as the store gives them, newest first
        Column::Id => lines.sort_by(|one, other| one.0.record.id.cmp(&other.0.record.id)),
        Column::Repository => lines.sort_by_cached_key(shown),
        Column::Tag => lines.sort_by_cached_key(|line| shown(line).1),
        Column::Size => lines.sort_by_key(|line| line.0.record.size_bytes),
    }
    lines
}

/// The images of these lines, in the order of their first ones.
fn each_once<'a>(lines: &[Line<'a>]) -> Vec<&'a Known> {
    let mut seen = std::collections::HashSet::new();
    lines.iter().filter(|(image, _)| seen.insert(&image.record.id)).map(|(image, _)| *image).collect()
}

fn rows(lines: &[Line], whole_ids: bool, now: Timestamp) -> Vec<Row> {
    lines.iter().map(|line| row(fields(line, whole_ids, now))).collect()
}

fn row(fields: Value) -> Row {
    Row { document: Value::Null, fields }
}

/// Each image with its platform below, as Docker draws it: what it takes here, and what it takes in a registry.
fn tree(store: &Store, images: &[Known], headed: bool) -> Result<String> {
    let mut lines = Vec::new();
    if headed {
        lines.push("IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA".to_owned());
    }
    for image in images {
        let record = &image.record;
        let mut content_bytes = 0;
        for diff_id in &record.diff_ids {
            let layer = store.find_layer(diff_id)?;
            let blob = layer.as_ref().and_then(|layer| layer.kept.as_ref().or(layer.sources.first()));
            content_bytes += blob.map_or(0, |blob| blob.size_compressed);
        }
        let cells = format!(
            "{}\t{}\t{}\t{}",
            record.id.short(),
            units::human_size(record.size_bytes),
            units::human_size(content_bytes),
            if image.container_count > 0 { "U" } else { "" }
        );
        match image.names.is_empty() {
            true => lines.push(format!("<untagged>\t{cells}")),
            false => lines.extend(image.names.iter().map(|name| format!("{name}\t{cells}"))),
        }
        lines.push(format!("└─ {}\t{cells}", platform(record)));
    }
    Ok(table::align(&lines))
}

/// `linux/arm64/v8`
fn platform(record: &ImageRecord) -> String {
    let variant = record.variant.as_ref().map(|variant| format!("/{variant}")).unwrap_or_default();
    format!("{}/{}{variant}", record.os, record.architecture)
}

/// What a template sees.
fn fields(line: &Line, whole_ids: bool, now: Timestamp) -> Value {
    let (image, _) = line;
    let created = created(&image.record);
    let mut fields = document(image);
    let more = json!({
        "CreatedTime": units::go_time(created, TimeZone::UTC),
        "CreatedAt": units::go_time(created, TimeZone::UTC),
        "UniqueSize": "N/A",
        "SharedSize": "N/A",
        "Dangling": image.is_dangling(),
    });
    extend(&mut fields, more);
    extend(&mut fields, cells(line, whole_ids, now));
    fields
}

/// What the command's own tables see: few fields, for lists of many images.
fn cells((image, name): &Line, whole_ids: bool, now: Timestamp) -> Value {
    let (repository, tag) = name.map_or(("<none>".to_owned(), "<none>".to_owned()), repository_and_tag);
    json!({
        "ID": shown_id(&image.record.id, whole_ids),
        "Repository": repository,
        "Tag": tag,
        "Digest": image.record.manifest,
        "CreatedSince": units::ago(created(&image.record), now),
        "Size": units::human_size(image.record.size_bytes),
        "History": image.record.names_history.join(", "),
        "ReadOnly": image.read_only,
    })
}

/// What `--format json` says of an image, in Podman's words.
fn document(image: &Known) -> Value {
    let record = &image.record;
    let created = created(record);
    json!({
        "Id": record.id.hex(),
        "ParentId": image.parent.as_ref().map_or("", Digest::hex),
        "RepoTags": image.names,
        "RepoDigests": record.repo_digests,
        "Names": image.names,
        "Digest": record.manifest,
        "History": record.names_history,
        "Labels": image.labels,
        "Containers": image.container_count,
        "Created": created.as_second(),
        "CreatedAt": created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "Size": record.size_bytes,
        "VirtualSize": record.size_bytes,
        "SharedSize": 0,
        "Arch": record.architecture,
        "Os": record.os,
        "IsManifestList": image.is_list,
    })
}

/// What `--json` says of an image.
fn entry(image: &Known) -> json::Image {
    let record = &image.record;
    let known = |text: &String| (!image.is_list).then(|| text.clone());
    json::Image {
        id: record.id.to_string(),
        names: image.names.clone(),
        digest: record.manifest.to_string(),
        repo_digests: record.repo_digests.iter().cloned().collect(),
        former_names: record.names_history.clone(),
        created: record.created.as_deref().and_then(Moment::parse),
        os: known(&record.os),
        architecture: known(&record.architecture),
        variant: record.variant.clone(),
        size_bytes: record.size_bytes,
        labels: image.labels.clone(),
        containers: image.container_count,
        parent: image.parent.as_ref().map(ToString::to_string),
        dangling: image.is_dangling(),
        manifest_list: image.is_list,
        read_only: image.read_only,
    }
}

/// Adds the entries of one object to another, whose own they replace.
pub(super) fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

pub(super) fn repository_and_tag(name: &str) -> (String, String) {
    match Reference::parse(name) {
        Ok(reference) => (repository(&reference), reference.tag().unwrap_or("<none>").to_owned()),
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
    use std::collections::BTreeSet;

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
                names_history: Vec::new(),
            },
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            labels: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
            container_count: 0,
            parent: None,
            has_children: false,
            is_list: false,
            read_only: false,
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
        let images = images();
        let rows = rows(&sorted(&images, Column::Created), false, now());
        let form = Form::parse(format, &table_template(false, false, false)).unwrap();
        Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form).unwrap()
    }

    fn ids(filters: &[&str], named: Option<&str>) -> String {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        let mut images = images();
        retain(&mut images, &Filters::parse(&filters, &FILTERS).unwrap(), named, false, now()).unwrap();
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
            (&["containers=external"], ""),
            (&["reference!=alpine"], "bc"),
            (&["digest=sha256:fff"], "abc"),
            (&["digest=sha256:aaa"], ""),
            (&["intermediate=true"], ""),
            (&["readonly=true"], ""),
            (&["manifest=false"], "abc"),
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
        retain(&mut images, &Filters::default(), Some("alpine:latest"), false, now()).unwrap();
        assert_eq!(sorted(&images, Column::Created).len(), 1);
    }

    #[test]
    fn a_nameless_image_below_another_is_listed_only_on_demand() {
        let mut images = images();
        images[2].has_children = true;
        let shown = |images: &mut Vec<Known>, filters: &[&str], all| {
            let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
            retain(images, &Filters::parse(&filters, &FILTERS).unwrap(), None, all, now()).unwrap();
            images.len()
        };
        assert_eq!(shown(&mut images, &[], true), 3);
        assert_eq!(shown(&mut images, &["intermediate=true"], false), 1);
        assert_eq!(shown(&mut images, &["dangling=true"], true), 0);
    }

    #[test]
    fn every_column_sorts() {
        let images = images();
        let first = |column| {
            let (image, name) = sorted(&images, column)[0];
            format!("{} {}", &image.record.id.hex()[..1], name.unwrap_or_default())
        };
        assert_eq!(first(Column::Created), "a docker.io/library/alpine:3.19");
        assert_eq!(first(Column::Repository), "c ");
        assert_eq!(first(Column::Tag), "c ");
        assert_eq!(first(Column::Id), "a docker.io/library/alpine:3.19");
    }

    #[test]
    fn json_has_each_image_once_with_full_ids() {
        let document = document(&images()[0]);
        assert_eq!(document["Id"], "a".repeat(64));
        assert_eq!(document["Names"].as_array().unwrap().len(), 2);
        assert_eq!((&document["Size"], &document["Created"]), (&json!(7_520_000), &json!(1_709_251_200)));
    }
}
