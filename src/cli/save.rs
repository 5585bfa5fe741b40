//! `box save`: writes images to an archive or a directory.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use super::{Globals, progress};
use crate::error::{During as _, Error, Result};
use crate::host::registries::Registries;
use crate::image::archive::save::{Saved, save_stream, save_to};
use crate::image::archive::{Form, Location};
use crate::image::push::Format;
use crate::image::resolve;

/// Save images to an archive or a directory
#[derive(clap::Args)]
pub struct Args {
    /// Write to this file or directory; else to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How: docker-archive, oci-archive, oci-dir or docker-dir
    #[arg(long, value_name = "FORMAT", value_parser = form, default_value = "docker-archive")]
    format: (Form, Option<Format>),
    /// Several images in one archive, which box writes anyway
    #[arg(short, long)]
    multi_image_archive: bool,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
    #[arg(long, hide = true)]
    compress: bool,
    #[arg(long, hide = true)]
    uncompressed: bool,
    /// Names or IDs of images
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    if args.compress || args.uncompressed {
        return Err(Error::usage("--compress, --uncompressed: box saves each layer as it came").with_hint(
            "a docker-archive always has uncompressed layers; `box push --compression-format` changes others",
        ));
    }
    let (store, registries) = (globals.store()?, Registries::load()?);
    let mut images: Vec<Saved> = Vec::new();
    for typed in &args.images {
        let image = resolve::get_local(&store, &registries, typed)?;
        let name = image.tag().map(str::to_owned);
        match images.iter_mut().find(|other| other.image.record.id == image.record.id) {
            Some(same) => same.names.extend(name),
            None => images.push(Saved { image, names: name.into_iter().collect() }),
        }
    }
    let progress = progress::choose_for_push(args.quiet);
    let (form, format) = args.format;
    match args.output {
        Some(path) => save_to(&store, &images, &Location { form, path, reference: None }, format, progress.as_ref())?,
        None if !matches!(form, Form::DockerArchive | Form::OciArchive) => {
            return Err(Error::usage("a directory cannot go to standard output").with_hint("name it with --output"));
        }
        None if std::io::stdout().is_terminal() => {
            return Err(Error::usage("an archive does not belong on a terminal")
                .with_hint("use --output FILE, or redirect standard output"));
        }
        None => {
            let out = std::io::BufWriter::with_capacity(256 << 10, std::io::stdout().lock());
            let mut out = save_stream(&store, &images, form, format, out, progress.as_ref())?;
            out.flush().during(|| "write to standard output")?;
        }
    }
    Ok(0)
}

fn form(text: &str) -> Result<(Form, Option<Format>)> {
    match text {
        "docker-archive" => Ok((Form::DockerArchive, None)),
        "oci-archive" => Ok((Form::OciArchive, None)),
        "oci-dir" => Ok((Form::OciDirectory, None)),
        "docker-dir" => Ok((Form::Directory, Some(Format::Docker))),
        _ => Err(Error::usage("expected docker-archive, oci-archive, oci-dir or docker-dir")),
    }
}
