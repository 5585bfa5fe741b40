//! `box import`: makes an image of the files in a tar archive.

use std::fs::File;
use std::io::{IsTerminal as _, Read};

use super::{Globals, print};
use crate::error::{During as _, Error, Result};
use crate::image::import::{ImportOptions, import};
use crate::image::instructions;
use crate::oci::manifest::Platform;
use crate::registry::download;
use crate::registry::platform::Wanted;

/// Make an image of the files in a tar archive
#[derive(clap::Args)]
pub struct Args {
    /// Change the image's config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR
    #[arg(short, long, value_name = "INSTRUCTION")]
    change: Vec<String>,
    /// Leave a message in the image's history
    #[arg(short, long)]
    message: Option<String>,
    /// Say nothing but the image ID
    #[arg(short, long)]
    quiet: bool,
    /// The archive's programs are for this architecture
    #[arg(long)]
    arch: Option<String>,
    /// The archive's programs are for this operating system
    #[arg(long)]
    os: Option<String>,
    /// The archive's programs are for this variant of the architecture
    #[arg(long)]
    variant: Option<String>,
    /// A file, a URL, or `-` for standard input
    #[arg(value_name = "ARCHIVE")]
    archive: String,
    /// The image's name; without it the image has none
    #[arg(value_name = "IMAGE")]
    image: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let changes = args.change.iter().map(|change| instructions::parse(change)).collect::<Result<Vec<_>>>()?;
    let wanted = Wanted::of_parts(args.os.as_deref(), args.arch.as_deref(), args.variant.as_deref());
    // It goes into the image's history: a password in a URL does not.
    let shown = match download::is_url(&args.archive) {
        true => download::shown(&args.archive),
        false => args.archive.escape_debug().to_string(),
    };
    let options = ImportOptions {
        name: args.image.as_deref(),
        changes: &changes,
        message: args.message.as_deref(),
        platform: Platform { os: wanted.os, architecture: wanted.architecture, variant: wanted.variant },
        source: if args.archive == "-" { "standard input" } else { &shown },
    };
    let archive = open(&args.archive, args.quiet)?;
    let image = import(&store, archive, &options)?;
    print::line(&image.record.id).map(|()| 0)
}

fn open(archive: &str, quiet: bool) -> Result<Box<dyn Read + Send>> {
    if archive == "-" {
        if std::io::stdin().is_terminal() {
            return Err(Error::usage("standard input is a terminal").with_hint("redirect it from an archive"));
        }
        return Ok(Box::new(std::io::stdin()));
    }
    if download::is_url(archive) {
        if !quiet {
            print::note(format_args!("fetching {}", download::shown(archive)));
        }
        return Ok(Box::new(download::open(archive)?));
    }
    let file = File::open(archive).during(|| format!("open `{}`", archive.escape_debug()))?;
    Ok(Box::new(file))
}
