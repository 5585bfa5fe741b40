//! `box secret`: small files that containers are given, and that nothing else shows.

use std::fs::File;
use std::io::Read;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::filters::{self, Filters};
use super::format::listing::Row;
use super::format::{Form, Listing, Template, inspection};
use super::json::{self, JsonOption, Moment};
use super::options::{each, environment};
use super::ps::moment;
use super::{Globals, absent_is_failure, print, units};
use crate::error::{During as _, Error, Kind, Result};
use crate::secret::{self, Content, IfPresent, MOST_BYTES, Secret};

const TABLE: &str = r"{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.CreatedAt}}\t{{.UpdatedAt}}";
const HEADINGS: [(&str, &str); 2] = [("CreatedAt", "CREATED"), ("UpdatedAt", "UPDATED")];
const FILTERS: [&str; 2] = ["id", "name"];
const PRETTY: &str = "\
ID:                {{.ID}}
Name:              {{.Spec.Name}}
{{if .Spec.Labels}}Labels:
{{range $name, $value := .Spec.Labels}} - {{$name}}={{$value}}
{{end}}{{end}}\
Driver:            {{.Spec.Driver.Name}}
Created at:        {{.CreatedAt}}
Updated at:        {{.UpdatedAt}}
{{if .SecretData}}Secret:
{{.SecretData}}
{{end}}";

/// Create a secret
#[derive(clap::Args)]
pub struct CreateArgs {
    /// Only `file` is supported
    #[arg(short, long, value_name = "DRIVER", default_value = "file", hide_default_value = true)]
    driver: String,
    #[arg(long, value_name = "NAME=VALUE", hide = true)]
    driver_opts: Vec<String>,
    /// The last word names a variable of this environment instead of a file
    #[arg(short, long)]
    env: bool,
    /// Attach metadata
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    label: Vec<String>,
    /// Put it in the place of one that has the name
    #[arg(long, conflicts_with = "ignore")]
    replace: bool,
    /// Take the secret that is there, if there is one
    #[arg(long)]
    ignore: bool,
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// The file that holds it; `-` is standard input
    #[arg(value_name = "FILE|-")]
    source: String,
}

pub fn run_create(args: CreateArgs, globals: &Globals) -> Result<u8> {
    if args.driver != "file" {
        return Err(Error::usage(format!("there is no secret driver `{}`; use file", args.driver.escape_debug())));
    }
    if let Some(option) = args.driver_opts.first() {
        return Err(Error::usage(format!("--driver-opts `{option}`: secrets are kept in the store"))
            .with_hint("--root chooses another store"));
    }
    let labels = each("--label", &args.label, environment::label)?.into_iter().collect();
    secret::check_name(&args.name)?;
    let content = match args.env {
        true => of_variable(&args.source)?,
        false => of_file(&args.source)?,
    };
    let if_present = match (args.replace, args.ignore) {
        (true, _) => IfPresent::Replace,
        (_, true) => IfPresent::Keep,
        _ => IfPresent::Refuse,
    };
    let made = secret::create(&globals.store()?, &args.name, content, labels, if_present)?;
    print::line(made.id).map(|()| 0)
}

fn of_variable(name: &str) -> Result<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(name).ok_or_else(|| Error::usage(format!("the variable `{name}` is not set")))?;
    Ok(value.into_vec())
}

/// No more than shows that it is too large.
fn of_file(path: &str) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut read = |from: &mut dyn Read| from.take(MOST_BYTES as u64 + 1).read_to_end(&mut content);
    match path {
        "-" => read(&mut std::io::stdin().lock()),
        path => File::open(path).and_then(|mut file| read(&mut file)),
    }
    .during(|| format!("read the secret from `{path}`"))?;
    Ok(content)
}

/// List secrets
#[derive(clap::Args)]
pub struct LsArgs {
    /// Print IDs only
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("secrets", &FILTERS))]
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
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let mut secrets = secret::list(&globals.store()?)?;
    let names = filters.patterns("name")?;
    secrets.retain(|secret| names.take(&secret.name) && filters.any("id", |id| secret.id.starts_with(id)));
    if args.quiet {
        return secrets.iter().try_for_each(|secret| print::line(&secret.id)).map(|()| 0);
    }
    if as_json {
        return json::print_list(&secrets.iter().map(entry).collect::<Vec<_>>()).map(|()| 0);
    }
    let now = Timestamp::now();
    let rows: Vec<Row> = secrets.iter().map(|secret| row(secret, now)).collect();
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?).map(|()| 0)
}

fn row(secret: &Secret, now: Timestamp) -> Row {
    let document = json!({
        "ID": secret.id,
        "Name": secret.name,
        "Driver": "file",
        "CreatedAt": units::ago(moment(&secret.created), now),
        "UpdatedAt": units::ago(moment(&secret.updated), now),
    });
    Row { fields: document.clone(), document }
}

/// What `--json` says of a secret.
fn entry(secret: &Secret) -> json::Secret {
    json::Secret {
        id: secret.id.clone(),
        name: secret.name.clone(),
        driver: "file",
        created: Moment::parse(&secret.created),
        updated: Moment::parse(&secret.updated),
        labels: secret.labels.clone(),
    }
}

/// Show what is known of secrets
#[derive(clap::Args)]
pub struct InspectArgs {
    /// Show it by a Go template, or as `json` on one line
    #[arg(short, long, value_name = "FORMAT", conflicts_with = "pretty")]
    format: Option<String>,
    /// Show it for people
    #[arg(long)]
    pretty: bool,
    /// Show what the secret is, too
    #[arg(long)]
    showsecret: bool,
    /// Names or IDs
    #[arg(value_name = "SECRET", required = true)]
    names: Vec<String>,
}

pub fn run_inspect(args: InspectArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let content = if args.showsecret { Content::Shown } else { Content::Hidden };
    let (mut found, mut exit_code) = (Vec::new(), 0);
    for name in &args.names {
        match secret::get(&store, name).map_err(absent_is_failure) {
            Ok(secret) => found.push(secret),
            Err(error) => {
                print::error(&error);
                exit_code = error.kind.exit_code();
            }
        }
    }
    if args.pretty {
        let template = Template::parse(PRETTY)?;
        found.iter().try_for_each(|secret| print::block(&template.render(&for_people(secret, content)?)?))?;
    } else if !found.is_empty() || args.format.is_none() {
        // What was found is shown all the same; scripts count on the `[]`.
        let is_template = args.format.as_deref().is_some_and(|format| format.trim() != "json");
        let document = |secret: &Secret| match is_template {
            true => with_all_fields(secret, content),
            false => Ok(serde_json::to_value(secret.document(content))?),
        };
        let documents: Vec<Value> = found.iter().map(document).collect::<Result<_>>()?;
        print::block(&inspection(&documents, args.format.as_deref())?)?;
    }
    Ok(exit_code)
}

/// For templates: what is not shown is empty.
fn with_all_fields(secret: &Secret, content: Content) -> Result<Value> {
    let mut document = serde_json::to_value(secret.document(content))?;
    if content == Content::Hidden {
        document["SecretData"] = json!("");
    }
    Ok(document)
}

fn for_people(secret: &Secret, content: Content) -> Result<Value> {
    let mut document = with_all_fields(secret, content)?;
    for (field, time) in [("CreatedAt", &secret.created), ("UpdatedAt", &secret.updated)] {
        document[field] = json!(units::go_time(moment(time), TimeZone::UTC));
    }
    Ok(document)
}

/// Remove secrets; containers that have them keep their copies
#[derive(clap::Args)]
pub struct RmArgs {
    /// Remove all secrets
    #[arg(short, long, conflicts_with = "names")]
    all: bool,
    /// One that does not exist is no error
    #[arg(short, long)]
    ignore: bool,
    /// Names or IDs
    #[arg(value_name = "SECRET", required_unless_present = "all")]
    names: Vec<String>,
}

pub fn run_rm(args: RmArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let names = match args.all {
        true => secret::list(&store)?.into_iter().map(|secret| secret.name).collect(),
        false => args.names,
    };
    let mut exit_code = 0;
    for name in &names {
        match secret::remove(&store, name) {
            Ok(secret) => print::line(secret.id)?,
            Err(error) if error.kind == Kind::Absent && args.ignore => {}
            Err(error) => {
                let error = absent_is_failure(error);
                print::error(&error);
                exit_code = error.kind.exit_code();
            }
        }
    }
    Ok(exit_code)
}
