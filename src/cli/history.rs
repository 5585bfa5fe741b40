//! `box history`: the steps in which an image was made.

use clap::ArgAction;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption, Moment};
use super::{Globals, go_bool, print, units};
use crate::error::Result;
use crate::host::registries::Registries;
use crate::image::history::{Step, history};
use crate::image::resolve;

const TABLE: &str = r"{{.ID}}\t{{.Created}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
const HEADINGS: [(&str, &str); 1] = [("CreatedSince", "CREATED")];
/// A command in a table; longer ones are cut, as Docker and Podman do.
const COMMAND_WIDTH: usize = 45;

/// Show the steps in which an image was made
#[derive(clap::Args)]
pub struct Args {
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show times and sizes as people say them, or (false) to the second and the byte
    #[arg(short = 'H', long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, require_equals = true)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    human: bool,
    /// Do not shorten IDs and commands
    #[arg(long, visible_alias = "notruncate")]
    no_trunc: bool,
    /// Show image IDs only
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    json: JsonOption,
    /// The image: a name or an ID
    #[arg(value_name = "IMAGE")]
    image: String,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let steps = history(&store, resolve::get_local(&store, &Registries::load()?, &args.image)?)?;
    if as_json {
        return json::print_list(&steps.iter().map(entry).collect::<Vec<_>>()).map(|()| 0);
    }
    if args.quiet {
        steps.iter().try_for_each(|step| print::line(shown_id(step, args.no_trunc)))?;
        return Ok(0);
    }
    let now = Timestamp::now();
    let rows: Vec<Row> = steps
        .iter()
        .map(|step| Row { document: document(step), fields: fields(step, args.human, args.no_trunc, now) })
        .collect();
    print::block(&Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form)?)?;
    Ok(0)
}

fn fields(step: &Step, human: bool, whole: bool, now: Timestamp) -> Value {
    let created = step.created.as_deref().and_then(|text| text.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    let since = units::ago(created, now);
    let at = created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let size = if human { units::human_size(step.size_bytes) } else { step.size_bytes.to_string() };
    let command = step.created_by.replace(['\n', '\t'], " ");
    json!({
        "ID": shown_id(step, whole),
        "Created": if human { &since } else { &at },
        "CreatedSince": if human { &since } else { &at },
        "CreatedAt": if human { units::go_time(created, TimeZone::UTC) } else { at.clone() },
        "CreatedBy": if whole { command } else { shortened(&command) },
        "Size": size,
        "Comment": step.comment,
        "Tags": step.names,
    })
}

/// What `--json` says of a step.
fn entry(step: &Step) -> json::Step {
    json::Step {
        image_id: step.image.as_ref().map(ToString::to_string),
        names: step.names.clone(),
        created: step.created.as_deref().and_then(Moment::parse),
        created_by: step.created_by.clone(),
        comment: step.comment.clone(),
        size_bytes: step.size_bytes,
    }
}

/// Podman's words.
fn document(step: &Step) -> Value {
    json!({
        "id": step.image.as_ref().map_or("<missing>", |id| id.hex()),
        "created": step.created,
        "Created": step.created,
        "CreatedBy": step.created_by,
        "size": step.size_bytes,
        "comment": step.comment,
        "tags": step.names,
    })
}

fn shown_id(step: &Step, whole: bool) -> String {
    match &step.image {
        None => "<missing>".to_owned(),
        Some(id) if whole => id.hex().to_owned(),
        Some(id) => id.short().to_owned(),
    }
}

fn shortened(command: &str) -> String {
    match command.chars().count() > COMMAND_WIDTH {
        true => command.chars().take(COMMAND_WIDTH - 3).collect::<String>() + "...",
        false => command.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_shown_as_docker_and_podman_do() {
        let step = Step {
            created: Some("2024-03-01T00:00:00Z".to_owned()),
            created_by: format!("/bin/sh -c #(nop)\tADD {}", "x".repeat(50)),
            size_bytes: 7_520_000,
            ..Step::default()
        };
        let shown = |human, whole| {
            let fields = fields(&step, human, whole, "2024-03-15T00:00:00Z".parse().unwrap());
            ["ID", "Created", "Size"].map(|field| fields[field].as_str().unwrap().to_owned()).join(" ")
        };
        assert_eq!(shown(true, false), "<missing> 2 weeks ago 7.52 MB");
        assert_eq!(shown(false, true), "<missing> 2024-03-01T00:00:00Z 7520000");
        let command = shortened("/bin/sh -c #(nop) CMD [\"a command that is longer than the table\"]");
        assert_eq!(command, "/bin/sh -c #(nop) CMD [\"a command that is ...");
    }
}
