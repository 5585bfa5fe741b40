//! `box auto-update`: newer images for containers that run in services of systemd.

use serde_json::json;

use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption};
use super::{Globals, go_bool, print, progress};
use crate::container::auto_update::{Outcome, Update, Ways, auto_update};
use crate::error::Result;

const TABLE: &str = r"{{.Unit}}\t{{.Container}}\t{{.Image}}\t{{.Policy}}\t{{.Updated}}";

/// Give containers in services of systemd newer images, where their label io.containers.autoupdate says so
#[derive(clap::Args)]
pub struct Args {
    /// Read credentials from this file
    #[arg(long, value_name = "FILE")]
    authfile: Option<std::path::PathBuf>,
    /// Only look for newer images
    #[arg(long)]
    dry_run: bool,
    /// Show each container by a Go template, or all as `json`
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Return to the image before where a service does not start with a newer one
    #[arg(long, value_name = "BOOL", default_value = "true", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", value_parser = go_bool, action = clap::ArgAction::Set)]
    rollback: bool,
    /// Require HTTPS and a valid certificate
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", value_parser = go_bool)]
    tls_verify: Option<bool>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some())])?;
    let ways = Ways {
        only_look: args.dry_run,
        roll_back: args.rollback,
        authfile: args.authfile,
        tls_verify: args.tls_verify,
    };
    let (updates, errors) = auto_update(&store, &ways, progress::choose(false).as_ref())?;
    let rows: Vec<Row> = updates.iter().map(row).collect();
    match as_json {
        true => json::print_list(&updates.iter().map(entry).collect::<Vec<_>>())?,
        false => print::block(&Listing { rows: &rows, headings: &[], headed: true }.render(&form)?)?,
    }
    errors.iter().for_each(print::error);
    Ok(if errors.is_empty() { 0 } else { 125 })
}

/// What `--json` says of a container.
fn entry(update: &Update) -> json::Update {
    json::Update {
        container_id: update.container.id().to_owned(),
        container_name: update.container.record.name.clone(),
        unit: update.unit.clone(),
        image: update.container.record.image_name.clone(),
        policy: update.policy.word(),
        outcome: match update.outcome {
            Outcome::Unchanged => "unchanged",
            Outcome::Pending => "pending",
            Outcome::Updated => "updated",
            Outcome::RolledBack => "rolled-back",
            Outcome::Failed => "failed",
        },
    }
}

fn row(update: &Update) -> Row {
    let container = &update.container;
    let fields = json!({
        "Unit": update.unit,
        "Container": format!("{} ({})", container.short_id(), container.record.name),
        "ContainerID": container.id(),
        "ContainerName": container.record.name,
        "Image": container.record.image_name,
        "Policy": update.policy.word(),
        "Updated": update.outcome.word(),
    });
    Row { document: fields.clone(), fields }
}
