//! Copy: a file or directory from one place to another, of which at least one is in a container.
//!
//! Each side is looked at and changed by who belongs there: the caller outside, a child of ours inside (see
//! [`super::inside`]). Between them goes an archive; the rules are those of [`crate::layer::part`].

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::inside::{self, Inside};
use super::record::Container;
use super::start::Machine;
use super::user::user;
use crate::error::{During, Error, Result};
use crate::idmap::IdMap;
use crate::init;
use crate::layer::part::{Source, Subject, Target};
use crate::layer::{Form, Manner, Ownership, Replace, RootEntry, compression};
use crate::store::Store;

/// Where something is.
#[derive(Debug)]
pub enum Place<'a> {
    /// A path of the caller.
    Outside(PathBuf),
    /// A path from the root of the container.
    Inside(&'a Container, PathBuf),
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// In a container, files belong to whom they belonged to; else to the container's user.
    pub keep_owners: bool,
    pub replace: Replace,
}

pub fn copy(store: &Store, machine: &Machine, from: &Place, to: &Place, options: Options) -> Result<()> {
    if let (Place::Inside(one, _), Place::Inside(other, _)) = (from, to)
        && one.id() == other.id()
        && one.status()?.live().is_none()
    {
        return Err(Error::new("a container that does not run can be only one side of a copy"))
            .hint(|| format!("start it with `box start {}`, or copy in two steps", one.record.name));
    }
    let mut giver = Giver::begin(store, machine, from)?;
    let mut taker = Taker::begin(store, machine, to, Some(giver.subject()?), options)?;
    let name = taker.name()?;
    let given = match &mut taker {
        Taker::Inside(inside) => giver.give(&name, &mut Feeding(inside)),
        // Two at work, and one of them is us: what the child writes is what we read.
        Taker::Outside(target, manner) => giver.hand_over(&name, |archive| target.unpack(archive, *manner)),
    };
    finish(given, taker, giver)
}

/// `take` reads an archive of what is at `from`.
pub fn copy_out(
    store: &Store,
    machine: &Machine,
    from: &Place,
    take: impl FnOnce(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut giver = Giver::begin(store, machine, from)?;
    let subject = giver.subject()?;
    let name = if subject.content_only { Vec::new() } else { subject.name };
    giver.hand_over(&name, |archive| take(archive))?;
    giver.finish()
}

/// Unpacks an archive in the directory `to`, as it is.
pub fn copy_in(store: &Store, machine: &Machine, archive: &mut dyn Read, to: &Place, options: Options) -> Result<()> {
    let mut taker = Taker::begin(store, machine, to, None, options)?;
    taker.name()?;
    match &mut taker {
        Taker::Inside(inside) => pump(archive, &mut Feeding(inside))?,
        Taker::Outside(..) => return Err(Error::usage("the destination is not in a container")),
    }
    taker.finish()
}

/// The taker's reason comes first: that nobody took the archive is why it could not be given.
fn finish(given: Result<()>, taker: Taker, giver: Giver) -> Result<()> {
    let taken = taker.finish();
    let gave = giver.finish();
    match given {
        Ok(()) => gave.and(taken),
        Err(error) => taken.and(gave).and(Err(error)),
    }
}

enum Giver {
    Outside(Option<Source>),
    Inside(Box<Inside>),
}

impl Giver {
    fn begin(store: &Store, machine: &Machine, from: &Place) -> Result<Giver> {
        match from {
            Place::Outside(path) => Source::find(root()?.as_fd(), path).map(|source| Giver::Outside(Some(source))),
            Place::Inside(container, path) => {
                let work = |input, output| give_from_inside(path, BufReader::new(input), output);
                let begun = inside::begin(store, machine, container, work);
                begun
                    .during(|| format!("copy from container `{}`", container.record.name))
                    .map(Box::new)
                    .map(Giver::Inside)
            }
        }
    }

    fn subject(&mut self) -> Result<Subject> {
        match self {
            Giver::Outside(source) => Ok(source.as_ref().expect("it is given once").subject.clone()),
            Giver::Inside(inside) => hear(inside),
        }
    }

    /// Writes the archive to `out`.
    fn give(&mut self, name: &[u8], out: &mut dyn Write) -> Result<()> {
        match self {
            Giver::Outside(source) => source.take().expect("it is given once").pack(name, out),
            Giver::Inside(inside) => {
                tell(inside, name)?;
                pump(&mut inside.output, out)
            }
        }
    }

    /// Lets `take` read the archive.
    fn hand_over(&mut self, name: &[u8], take: impl FnOnce(&mut dyn BufRead) -> Result<()>) -> Result<()> {
        match self {
            Giver::Inside(inside) => {
                tell(inside, name)?;
                take(&mut inside.output)
            }
            Giver::Outside(_) => Err(Error::usage("neither side is in a container")),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Giver::Inside(mut inside) => inside.finish(),
            Giver::Outside(_) => Ok(()),
        }
    }
}

enum Taker {
    Outside(Target, Manner),
    Inside(Box<Inside>),
}

impl Taker {
    /// `subject`: what is copied; `None` for an archive that has its own names.
    fn begin(
        store: &Store,
        machine: &Machine,
        to: &Place,
        subject: Option<Subject>,
        options: Options,
    ) -> Result<Taker> {
        match to {
            Place::Outside(path) => {
                let target = find_target(root()?, path, subject.as_ref(), options.replace)?;
                // What comes out of a container is the caller's, and nobody's who is only known inside.
                Ok(Taker::Outside(target, manner(Ownership::Unpackers, options)))
            }
            Place::Inside(container, path) => {
                let settings = &container.record.settings;
                let ids = IdMap::choose_for(&settings.userns)?;
                let user = user(settings, &container.record.image_config.user, &ids);
                let work = |input, output| take_inside(path, subject.as_ref(), &user, options, input, output);
                let begun = inside::begin(store, machine, container, work);
                begun
                    .during(|| format!("copy to container `{}`", container.record.name))
                    .map(Box::new)
                    .map(Taker::Inside)
            }
        }
    }

    /// What the subject is to be called in the archive.
    fn name(&mut self) -> Result<Vec<u8>> {
        match self {
            Taker::Outside(target, _) => Ok(target.name.clone()),
            Taker::Inside(inside) => hear(inside),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Taker::Inside(mut inside) => inside.finish(),
            Taker::Outside(..) => Ok(()),
        }
    }
}

fn manner(ownership: Ownership, options: Options) -> Manner {
    // Which root entry counts, the target knows.
    Manner { form: Form::Tree, ownership, replace: options.replace, root_entry: RootEntry::Ignore }
}

fn root() -> Result<OwnedFd> {
    Ok(File::open("/").during(|| "open `/`")?.into())
}

fn find_target(root: OwnedFd, path: &Path, subject: Option<&Subject>, replace: Replace) -> Result<Target> {
    match subject {
        Some(subject) => Target::find(root.as_fd(), path, subject, replace),
        None => Target::directory(root.as_fd(), path),
    }
}

// ---- Inside ----

fn give_from_inside(path: &Path, mut input: impl BufRead, output: File) -> Result<()> {
    let source = Source::find(init::root_of_container()?.as_fd(), path)?;
    say(&output, &source.subject)?;
    let name: Vec<u8> = listen(&mut input)?;
    source.pack(&name, output)
}

fn take_inside(
    path: &Path,
    subject: Option<&Subject>,
    user: &str,
    options: Options,
    input: File,
    output: File,
) -> Result<()> {
    let ownership = match options.keep_owners {
        true => Ownership::Archives,
        false => init::ids_of_user(user).map(|(uid, gid)| Ownership::Given(uid, gid))?,
    };
    let target = find_target(init::root_of_container()?, path, subject, options.replace)?;
    say(&output, &target.name)?;
    match subject {
        Some(_) => target.unpack(BufReader::new(input), manner(ownership, options)),
        // People's archives may be compressed.
        None => target.unpack(compression::open_archive(input)?, manner(ownership, options)),
    }
}

// ---- Between the two ----

fn say(mut out: impl Write, what: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    out.write_all(&line).during(|| "tell the other side")
}

/// A line of at most 64 KiB: it may have been said in the midst of a hostile container.
fn listen<T: DeserializeOwned>(input: &mut impl BufRead) -> Result<T> {
    let mut line = String::new();
    input.by_ref().take(64 << 10).read_line(&mut line).during(|| "hear from the other side")?;
    match line.is_empty() {
        true => Err(Error::new("the other side has gone")),
        false => Ok(serde_json::from_str(&line)?),
    }
}

/// What a child says; why it says nothing it has reported.
fn hear<T: DeserializeOwned>(inside: &mut Inside) -> Result<T> {
    listen(&mut inside.output).or_else(|error| inside.finish().and(Err(error)))
}

fn tell(inside: &mut Inside, name: &[u8]) -> Result<()> {
    match &inside.input {
        Some(input) => say(input, &name),
        None => Err(Error::new("the other side has been told everything")),
    }
}

/// What a child reads. One that has stopped reading says why when it is asked.
struct Feeding<'a>(&'a mut Inside);

impl Write for Feeding<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut self.0.input {
            Some(input) => input.write(bytes),
            None => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn pump(from: &mut (impl Read + ?Sized), to: &mut (impl Write + ?Sized)) -> Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => match to.write_all(&buffer[..length]) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()), // The reader says why.
                written => written.during(|| "pass on the archive")?,
            },
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).during(|| "read the archive"),
        }
    }
}
