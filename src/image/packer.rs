//! Files of layers and containers as a tar stream, read where their owners exist and where a mistake of ours can reach
//! nothing else: the job of a confined `box-unpack` (see `unpacker`).
//!
//! It is told on standard input, after the byte that starts it, what to pack, as JSON; the archive, or the list of
//! changes, goes to a pipe of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, openat};
use rustix::pipe::{PipeFlags, pipe_with};
use serde::{Deserialize, Serialize};

use super::unpacker::{Confined, Job, confine};
use crate::error::{During, Error, Result};
use crate::layer::owners::{self, Owners};
use crate::layer::stack::Seen;
use crate::layer::{self, Change, Form, Layer, Stack};

/// As large as an unprivileged user may make a pipe.
const PIPE_BYTES: usize = 1 << 20;

/// Which files, and what they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Source {
    /// Directories, topmost first; what is known of their owners lies beside them.
    pub trees: Vec<PathBuf>,
    /// Places in the topmost tree, which is a container's, that are made for mounts: an empty file there is none.
    pub mount_points: Vec<PathBuf>,
    /// For a reassembly: what the one tree's archive held beside the files.
    #[serde(default)]
    pub tar_split: PathBuf,
    /// Whether there is one id only, and owners are written down with the files. Whoever packs finds out.
    #[serde(default)]
    pub has_marked_owners: bool,
}

/// A packer at work.
#[derive(Debug)]
pub struct Packing {
    packer: Confined,
    output: File,
}

impl Packing {
    pub fn begin(source: &Source, form: Form) -> Result<Packing> {
        let job = match form {
            Form::Tree => Job::PackTree,
            Form::Layer => Job::PackLayer,
        };
        Packing::begin_job(source, job)
    }

    /// The archive that the files in `tree` came from; `tar_split` says what else was in it.
    pub fn begin_reassembly(tree: &Path, tar_split: &Path) -> Result<Packing> {
        let source = Source { trees: vec![tree.to_owned()], tar_split: tar_split.to_owned(), ..Source::default() };
        Packing::begin_job(&source, Job::Reassemble)
    }

    fn begin_job(source: &Source, job: Job) -> Result<Packing> {
        let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC).during(|| "make a pipe")?;
        let _ = rustix::pipe::fcntl_setpipe_size(&theirs, PIPE_BYTES); // a smaller pipe is only slower
        let mut packer = Confined::start(job, theirs.as_raw_fd().to_string(), &[theirs.as_fd()])?;
        let has_marked_owners = packer.has_one_id();
        let mut told = serde_json::to_vec(&Source { has_marked_owners, ..source.clone() })?;
        told.push(b'\n');
        packer.input().write_all(&told).during(|| "tell the packer what to pack")?;
        Ok(Packing { packer, output: ours.into() })
    }

    /// The archive. Its end may be that of a packer that failed: [`Packing::finish`] says.
    pub fn output(&mut self) -> &mut impl Read {
        &mut self.output
    }

    /// The archive as a stream whose end is a good one.
    pub fn into_stream(self) -> impl Read {
        Stream(Some(self))
    }

    /// Everything has been read: whether it is all there.
    pub fn finish(self) -> Result<()> {
        self.packer.finish().map(drop)
    }
}

/// `None` after its end.
struct Stream(Option<Packing>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(packing) = &mut self.0 else { return Ok(0) };
        let read = packing.output.read(buffer)?;
        if read == 0
            && !buffer.is_empty()
            && let Some(packing) = self.0.take()
        {
            packing.finish().map_err(std::io::Error::other)?;
        }
        Ok(read)
    }
}

/// What the topmost tree changes of the others: paths from the root of the tree, in their order.
pub fn changes(source: &Source) -> Result<Vec<(Change, PathBuf)>> {
    let mut packing = Packing::begin_job(source, Job::Changes)?;
    let mut bytes = Vec::new();
    packing.output.read_to_end(&mut bytes).during(|| "hear of changes")?;
    packing.finish()?;
    let mut changes = Vec::new();
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let change = match record[0] {
            b'A' => Change::Added,
            b'C' => Change::Changed,
            b'D' => Change::Deleted,
            _ => return Err(Error::new("the packer says what nobody asked for")),
        };
        changes.push((change, PathBuf::from(std::ffi::OsString::from_vec(record[1..].to_vec()))));
    }
    changes.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(changes)
}

/// The child's side: `input` says what to pack, `output` is the pipe.
pub(super) fn serve(job: Job, input: File, output: File, namespaces: bool) -> Result<()> {
    let mut told = String::new();
    BufReader::new(input).read_line(&mut told).during(|| "hear what to pack")?;
    let source: Source = serde_json::from_str(&told).during(|| "hear what to pack")?;
    let Some(topmost) = source.trees.first() else { return Err(Error::new("there is nothing to pack")) };
    if job == Job::Reassemble {
        return reassemble(topmost, &source.tar_split, output, namespaces);
    }
    let open = |tree: &PathBuf| open_layer(tree, source.has_marked_owners);
    let layers = source.trees.iter().map(open).collect::<Result<Vec<Layer>>>()?;

    // From here on there is nothing but these directories.
    confine(topmost, namespaces, layers.len() as u64)?;
    let stack = Stack(layers);
    let mut output = BufWriter::with_capacity(128 * 1024, output);
    let is_mount_point = |path: &Path, seen: &Seen| {
        seen.kind() == FileType::RegularFile
            && (seen.layer(), seen.stat.st_size) == (0, 0)
            && source.mount_points.iter().any(|place| place == path)
    };
    match job {
        Job::PackTree => layer::pack(&stack, Form::Tree, &is_mount_point, &mut output)?,
        Job::PackLayer => layer::pack(&stack, Form::Layer, &is_mount_point, &mut output)?,
        _ => layer::changes(&stack, &is_mount_point, &mut |change, path| {
            let letter = match change {
                Change::Added => b'A',
                Change::Changed => b'C',
                Change::Deleted => b'D',
            };
            let written = output.write_all(&[&[letter], path.as_os_str().as_bytes(), &[0]].concat());
            written.during(|| "tell of changes")
        })?,
    }
    output.flush().during(|| "write archive")
}

fn reassemble(tree: &Path, tar_split: &Path, output: File, namespaces: bool) -> Result<()> {
    let lines = open_regular(tar_split).during(|| format!("open {}", tar_split.display()))?;
    // From here on there is nothing but the tree.
    let tree = confine(tree, namespaces, 1)?;
    let lines = BufReader::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(lines)));
    let mut output = BufWriter::with_capacity(128 * 1024, output);
    layer::reassembly::reassemble(lines, tree.as_fd(), &mut output)?;
    output.flush().during(|| "write archive")
}

/// A file of somebody else: never waits for a FIFO to be written.
pub(super) fn open_regular(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, path, flags, Mode::empty())?);
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::Error::other("it is not a regular file")),
    }
}

fn open_layer(tree: &Path, has_marked_owners: bool) -> Result<Layer> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = openat(CWD, tree, flags, Mode::empty()).during(|| format!("open {}", tree.display()))?;
    let path = tree.with_file_name(owners::FILE);
    let owners = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Owners::default(),
        bytes => Owners::parse(&bytes.during(|| format!("read {}", path.display()))?)?,
    };
    Ok(Layer { tree: opened, owners, has_marked_owners })
}
