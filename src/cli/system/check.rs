//! `box system check`: is everything in the store what its digests say, and can it be made so?

use std::time::Duration;

use crate::cli::{Globals, print, progress, units};
use crate::container::{self, ownership};
use crate::error::{Error, Result};
use crate::image::check::{Finding, Helpers, Options, Outcome, Repair, check};
use crate::oci::Digest;
use crate::store::Store;

/// Verify images and layers against their digests
#[derive(clap::Args)]
pub struct Args {
    /// Pass over what takes long: do not look into layers
    #[arg(short, long)]
    quick: bool,
    /// Put right what can be: from what layers were unpacked from, or from the registry that an image came from
    #[arg(short, long)]
    repair: bool,
    /// Put right what can be, and remove images that cannot
    #[arg(short, long)]
    force: bool,
    /// A layer that no image and no container has had for so long counts as damaged
    #[arg(short, long, value_name = "DURATION", default_value = "24h")]
    max: String,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let options = Options {
        thorough: !args.quick,
        repair: match (args.force, args.repair) {
            (true, _) => Repair::OrRemove,
            (false, true) => Repair::WhatCanBe,
            (false, false) => Repair::Nothing,
        },
        unused_limit: age(&args.max)?,
    };
    let store = globals.store()?;
    let progress = progress::choose(false);
    let helpers = Helpers {
        compare: &ownership::compare,
        runs_on: &|diff_id| runs_on(&store, diff_id),
        progress: progress.as_ref(),
    };
    let mut outcome = Ok(());
    let summary = check(&store, &options, &helpers, &mut |finding| {
        if outcome.is_ok() {
            outcome = print::line(shown(finding));
        }
    })?;
    outcome?;
    if summary.damages_left == 0 {
        print::line(format_args!("images: {}, layers: {}, all as they should be", summary.images, summary.layers))?;
        return Ok(0);
    }
    let error = Error::new(match summary.damages_left {
        1 => "something in the store is damaged".to_owned(),
        count => format!("{count} things in the store are damaged"),
    });
    Err(error.with_hint(match options.repair {
        Repair::Nothing => "`box system check --repair` puts right what can be",
        Repair::WhatCanBe => "`box system check --force` removes images that cannot be put right",
        Repair::OrRemove => "what is left is for a person to look at",
    }))
}

fn age(text: &str) -> Result<Duration> {
    units::duration(text).map_err(|error| error.while_doing("--max"))
}

fn shown(finding: &Finding) -> String {
    let Finding { what, why, outcome } = finding;
    match outcome {
        Outcome::Left(None) => format!("{what}: {why}"),
        Outcome::Left(Some(reason)) => format!("{what}: {why}; left as it is: {reason}"),
        Outcome::Repaired(means) => format!("{what}: {why}; {means}"),
        Outcome::Removed => format!("{what}: {why}; removed"),
    }
}

/// The name of a container that runs on this layer.
fn runs_on(store: &Store, diff_id: &Digest) -> Result<Option<String>> {
    for container in container::list(store)? {
        if container.record.diff_ids.contains(diff_id) && container.status()?.live().is_some() {
            return Ok(Some(container.record.name));
        }
    }
    Ok(None)
}
