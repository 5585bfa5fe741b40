//! `box export`: the files of a container as a tar archive.

use std::io::{IsTerminal as _, Read};
use std::path::PathBuf;

use super::selection::find_one;
use super::{Globals, print};
use crate::container::contents;
use crate::error::{During as _, Error, Result};

/// Write the files of a container to a tar archive
#[derive(clap::Args)]
pub struct Args {
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let container = find_one(&store, args.container.as_deref(), args.latest)?;
    let mut target = ArchiveFile::open(args.output)?;
    contents::export(&store, &container, |archive| target.take(archive))?;
    target.keep();
    Ok(0)
}

/// Where an archive is written: a file, which goes again when the command fails, or standard output.
pub struct ArchiveFile {
    file: Option<std::fs::File>,
    /// To be removed: it is ours and not whole.
    unfinished: Option<PathBuf>,
}

impl ArchiveFile {
    /// A terminal is refused: nobody reads an archive there.
    pub fn open(path: Option<PathBuf>) -> Result<ArchiveFile> {
        let Some(path) = path else {
            if std::io::stdout().is_terminal() {
                return Err(Error::usage("standard output is a terminal")
                    .with_hint("use --output FILE, or redirect standard output"));
            }
            return Ok(ArchiveFile { file: None, unfinished: None });
        };
        let is_new = !path.exists();
        let file = std::fs::File::create(&path).during(|| format!("create `{}`", path.display()))?;
        Ok(ArchiveFile { file: Some(file), unfinished: is_new.then_some(path) })
    }

    /// Writes what `archive` holds.
    pub fn take(&mut self, archive: &mut dyn Read) -> Result<()> {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = archive.read(&mut buffer).during(|| "read the archive")?;
            match &mut self.file {
                _ if read == 0 => return Ok(()),
                Some(file) => print::raw(file, &buffer[..read])?,
                None => print::raw(&mut std::io::stdout().lock(), &buffer[..read])?,
            }
        }
    }

    /// It is whole.
    pub fn keep(mut self) {
        self.unfinished = None;
    }
}

impl Drop for ArchiveFile {
    fn drop(&mut self) {
        if let Some(path) = &self.unfinished {
            let _ = std::fs::remove_file(path); // half an archive helps nobody, nor does a second error
        }
    }
}
