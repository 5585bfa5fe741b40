//! `box search`: finds images at registries, and lists the tags of one.

use clap::ArgAction;
use serde_json::{Value, json};

use super::filters::{self, Filters};
use super::format::listing::{Form, Listing, Row};
use super::json::{self, JsonOption};
use super::options::registry::ConnectionOptions;
use super::{Globals, print};
use crate::error::{Error, Kind, Result};
use crate::host::registries::Registries;
use crate::image::pull::tags_of;
use crate::oci::Reference;
use crate::registry::credentials::{self, Place};
use crate::registry::{self, Hit, Registry};

const TABLE: &str = "{{.Name}}\t{{.Description}}";
const COMPATIBLE_TABLE: &str = "{{.Name}}\t{{.Description}}\t{{.Stars}}\t{{.Official}}\t{{.Automated}}";
const TAGS_TABLE: &str = "{{.Name}}\t{{.Tag}}";
const FILTERS: [&str; 3] = ["stars", "is-automated", "is-official"];
const LIMIT: usize = 25;
/// What docker.io gives at once.
const LIMIT_MAX: usize = 100;
/// Of a description in a table, as Podman shows it.
const DESCRIPTION_CHARS: usize = 44;

/// Search registries for images
#[derive(clap::Args)]
pub struct Args {
    /// Show so many images of each registry, 1 to 100; or so many tags
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// List the tags of a repository
    #[arg(long)]
    list_tags: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", action = ArgAction::Append)]
    #[arg(help = filters::help("images", &FILTERS))]
    filters: Vec<String>,
    /// Show each by a Go template, or all as `json`
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Show whole descriptions
    #[arg(long)]
    no_trunc: bool,
    /// Show stars and marks too, as Docker does
    #[arg(long)]
    compatible: bool,
    /// Use these credentials
    #[arg(long, value_name = "USER:PASSWORD")]
    creds: Option<String>,
    /// What to look for; with a registry before it (quay.io/name) only there
    #[arg(value_name = "TERM")]
    term: String,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub fn run(args: Args, _: &Globals) -> Result<u8> {
    let registries = Registries::load()?;
    let mut options = args.connection.options(&registries)?;
    options.credentials = args.creds.as_deref().map(credentials::parse).transpose()?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some())])?;
    let form = |table| Form::parse(args.format.as_deref(), table);
    if args.list_tags {
        if !args.filters.is_empty() {
            return Err(Error::usage("--filter is for images, not for tags"));
        }
        return list_tags(&args, &registries, &options, &form(TAGS_TABLE)?);
    }
    let limit = args.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::usage(format!("--limit: expected 1 to {LIMIT_MAX}")));
    }
    let form = form(if args.compatible { COMPATIBLE_TABLE } else { TABLE })?;
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let (places, term) = places_and_term(&registries, &args.term)?;
    let (mut rows, mut entries, mut failures) = (Vec::new(), Vec::new(), 0);
    for place in &places {
        match search(&registries, place, term, limit, &options) {
            Ok(hits) => {
                let wanted = wanted(&filters, hits)?;
                entries.extend(wanted.iter().map(|hit| entry(place, hit)));
                rows.extend(wanted.iter().map(|hit| row(place, hit, args.no_trunc)));
            }
            Err(error) => {
                failures += 1;
                if failures == places.len() {
                    return Err(error);
                }
                print::error(&error);
            }
        }
    }
    if as_json {
        return json::print_list(&entries).map(|()| 0);
    }
    let listing = Listing { rows: &rows, headings: &[], headed: true };
    print::block(&listing.render(&form)?).map(|()| 0)
}

/// Where to look, and for what.
fn places_and_term<'t>(registries: &Registries, typed: &'t str) -> Result<(Vec<Place>, &'t str)> {
    if typed.is_empty() {
        return Err(Error::usage("there is nothing to search for"));
    }
    if let Some((domain, term)) = typed.split_once('/')
        && (domain.contains(['.', ':']) || domain == "localhost")
    {
        return Ok((vec![Place::parse(domain)?], term));
    }
    let places = match registries.search.is_empty() {
        true => vec![Place::parse("docker.io")?],
        false => registries.search.iter().map(|name| Place::parse(name)).collect::<Result<_>>()?,
    };
    Ok((places, typed))
}

fn search(
    registries: &Registries,
    place: &Place,
    term: &str,
    limit: usize,
    options: &registry::Options,
) -> Result<Vec<Hit>> {
    let insecure = registries.allows_insecure(place.name())?;
    let credentials = match &options.credentials {
        Some(given) => given.clone(),
        None => credentials::find(place, options.authfile.as_deref(), &options.helpers)?,
    };
    registry::block_on(Registry::open(place.domain(), insecure, credentials, options)?.search(term, limit))
}

fn wanted(filters: &Filters, mut hits: Vec<Hit>) -> Result<Vec<Hit>> {
    let (official, automated) = (filters.switch("is-official")?, filters.switch("is-automated")?);
    let at_least =
        |text: &str| text.parse::<i64>().map_err(|_| Error::usage(format!("filter stars: `{text}` is not a number")));
    let stars = filters.values("stars")?.map(at_least).collect::<Result<Vec<i64>>>()?.into_iter().max();
    hits.retain(|hit| {
        official.is_none_or(|official| hit.is_official == official)
            && automated.is_none_or(|automated| hit.is_automated == automated)
            && stars.is_none_or(|stars| hit.star_count >= stars)
    });
    Ok(hits)
}

fn whole_name(place: &Place, hit: &Hit) -> String {
    let domain = place.domain();
    let official = if domain == "docker.io" && !hit.name.contains('/') { "library/" } else { "" };
    format!("{domain}/{official}{}", hit.name)
}

/// What `--json` says of an image.
fn entry(place: &Place, hit: &Hit) -> json::FoundImage {
    json::FoundImage {
        registry: place.domain().to_owned(),
        name: whole_name(place, hit),
        description: hit.description.clone().unwrap_or_default(),
        stars: hit.star_count,
        official: hit.is_official,
        automated: hit.is_automated,
    }
}

fn row(place: &Place, hit: &Hit, whole: bool) -> Row {
    let text = hit.description.clone().unwrap_or_default();
    // What a stranger writes is one line of a table.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = match whole || text.chars().count() <= DESCRIPTION_CHARS {
        true => text.clone(),
        false => text.chars().take(DESCRIPTION_CHARS - 3).chain("...".chars()).collect(),
    };
    let mark = |is: bool| if is { "[OK]" } else { "" };
    let document = |description: &str| -> Value {
        json!({
            "Index": place.domain(),
            "Name": whole_name(place, hit),
            "Description": description,
            "Stars": hit.star_count,
            "Official": mark(hit.is_official),
            "Automated": mark(hit.is_automated),
            "Tag": "",
        })
    };
    let mut fields = document(&shown);
    // As Docker calls them.
    for (name, same) in [("StarCount", "Stars"), ("IsOfficial", "Official"), ("IsAutomated", "Automated")] {
        fields[name] = fields[same].clone();
    }
    Row { document: document(&text), fields }
}

fn list_tags(args: &Args, registries: &Registries, options: &registry::Options, form: &Form) -> Result<u8> {
    let typed = args.term.strip_prefix("docker://").unwrap_or(&args.term);
    let candidates = registries.candidates(typed)?;
    let reference: &Reference = &candidates.references[0];
    let mut tags = tags_of(registries, reference, options)
        .map_err(|error| if error.kind == Kind::Engine { error.of_kind(Kind::Absent) } else { error })?;
    tags.truncate(args.limit.unwrap_or(usize::MAX));
    let name = reference.repository();
    if args.json.instead_of(&[])? {
        return json::print_one(&json::Tags { name, tags }).map(|()| 0);
    }
    let rows: Vec<Row> = match form {
        Form::Json => {
            let document = json!({ "Name": name, "Tags": tags });
            vec![Row { fields: document.clone(), document }]
        }
        _ => tags
            .iter()
            .map(|tag| {
                let document = json!({ "Name": name, "Tag": tag });
                Row { fields: document.clone(), document }
            })
            .collect(),
    };
    let listing = Listing { rows: &rows, headings: &[], headed: true };
    print::block(&listing.render(form)?).map(|()| 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(name: &str, stars: i64, official: bool) -> Hit {
        let description = Some(format!("line\n{}", "x".repeat(60)));
        Hit { name: name.to_owned(), description, star_count: stars, is_official: official, is_automated: false }
    }

    #[test]
    fn place_comes_from_the_term_or_from_the_configuration() {
        let places = |text: &str, typed: &str| {
            let registries = Registries::of_text(text).unwrap();
            let (places, term) = places_and_term(&registries, typed).unwrap();
            (places.iter().map(|place| place.name().to_owned()).collect::<Vec<_>>(), term.to_owned())
        };
        let searched = "unqualified-search-registries = ['a.io', 'b.io']";
        assert_eq!(places("", "team/app"), (vec!["docker.io".to_owned()], "team/app".to_owned()));
        assert_eq!(places(searched, "app").0, ["a.io", "b.io"]);
        assert_eq!(places(searched, "quay.io/team/app"), (vec!["quay.io".to_owned()], "team/app".to_owned()));
    }

    #[test]
    fn filters_and_rows_are_podmans() {
        let hits = vec![hit("app", 7, true), hit("team/app", 2, false)];
        let left = |filter: &str| {
            let filters = Filters::parse(&[filter.to_owned()], &FILTERS).unwrap();
            wanted(&filters, hits.clone()).map(|left| left.len())
        };
        assert_eq!((left("stars=3").unwrap(), left("is-official=false").unwrap()), (1, 1));
        assert!(left("stars=many").is_err());
        let row = row(&Place::parse("docker.io").unwrap(), &hits[0], false);
        assert_eq!(row.fields["Name"], "docker.io/library/app");
        assert_eq!(row.fields["Official"], "[OK]");
        let shown = row.fields["Description"].as_str().unwrap();
        assert!(shown.starts_with("line xxx") && shown.ends_with("...") && shown.chars().count() == DESCRIPTION_CHARS);
        assert!(row.document["Description"].as_str().unwrap().len() > 60);
    }
}
