//! Files by name, in an archive or a directory. Nothing is written: an archive that has to be read at several places is
//! one file, and what its members are called means nothing outside of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{FileType, Mode, OFlags, fstat, open};

use crate::disk::beneath;
use crate::error::{During, Error, Result};
use crate::layer::archive::{self, Archive, Kind};
use crate::layer::compression::{self, Algorithm, MAGIC_BYTES};
use crate::store::{Staging, Store};

/// Documents (manifests, configs, indexes) are no longer than this.
const DOCUMENT_LIMIT_BYTES: u64 = 4 << 20;
/// Members of one archive: an image has some hundreds.
const MEMBERS_LIMIT: usize = 100_000;
/// Of all their names and link targets, each of which may be a megabyte long.
const NAMES_LIMIT_BYTES: usize = 16 << 20;
/// Links followed from one name.
const LINKS_FOLLOWED: usize = 16;

/// Where an image is read from.
pub enum Source {
    Directory(OwnedFd),
    Archive(Members),
}

/// The members of a tar archive, which is a file that can be read anywhere.
pub struct Members {
    file: Rc<File>,
    members: BTreeMap<PathBuf, Member>,
    /// Holds the file, where it is ours.
    _staging: Option<Staging>,
}

#[derive(Clone, Debug)]
enum Member {
    File {
        offset: u64,
        bytes: u64,
    },
    /// From the root of the archive.
    Link(PathBuf),
}

impl Source {
    /// The file or directory at `path`.
    pub fn open(store: &Store, path: &Path) -> Result<Source> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
        let opened = open(path, flags, Mode::empty()).during(|| format!("open {}", path.display()))?;
        match FileType::from_raw_mode(fstat(&opened)?.st_mode) {
            FileType::Directory => Ok(Source::Directory(opened)),
            _ => Source::of_stream(store, File::from(opened)).during(|| format!("read {}", path.display())),
        }
    }

    /// An archive. One that is compressed, or a pipe, is kept in the store's staging area as long as it is needed.
    pub fn of_stream(store: &Store, mut stream: File) -> Result<Source> {
        if let Some(start) = plain_start(&mut stream)? {
            return Members::index(Rc::new(stream), start, None).map(Source::Archive);
        }
        let staging = store.stage()?;
        let path = staging.path().join("archive.tar");
        let mut spool = File::options().read(true).write(true).create_new(true).open(&path)?;
        let mut inflated = compression::open_archive(stream)?;
        // The inner error says what is wrong with the archive.
        io::copy(&mut inflated, &mut spool).during(|| "read the archive")?;
        spool.flush()?;
        Members::index(Rc::new(spool), 0, Some(staging)).map(Source::Archive)
    }

    /// Whether something has that name.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_ok_and(|found| found.is_some())
    }

    /// A document; `None` where nothing has that name.
    pub fn document(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some((content, bytes)) = self.find(name)? else { return Ok(None) };
        if bytes > DOCUMENT_LIMIT_BYTES {
            return Err(Error::new(format!("`{}` is longer than {DOCUMENT_LIMIT_BYTES} bytes", shown(name))));
        }
        let mut document = Vec::new();
        content.take(DOCUMENT_LIMIT_BYTES).read_to_end(&mut document).during(|| format!("read `{}`", shown(name)))?;
        Ok(Some(document))
    }

    /// A document that has to be there.
    pub fn required(&self, name: &str) -> Result<Vec<u8>> {
        self.document(name)?.ok_or_else(|| missing(name))
    }

    /// A layer.
    pub fn content(&self, name: &str) -> Result<Box<dyn Read>> {
        self.find(name)?.map(|(content, _)| content).ok_or_else(|| missing(name))
    }

    fn find(&self, name: &str) -> Result<Option<(Box<dyn Read>, u64)>> {
        let path = plain_path(Path::new(name))?;
        match self {
            Source::Directory(directory) => {
                let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
                let Some(file) = beneath::find(directory.as_fd(), &path, flags)? else { return Ok(None) };
                let stat = fstat(&file)?;
                match FileType::from_raw_mode(stat.st_mode) {
                    FileType::RegularFile => Ok(Some((Box::new(File::from(file)), stat.st_size as u64))),
                    _ => Err(Error::new(format!("`{}` is not a regular file", shown(name)))),
                }
            }
            Source::Archive(members) => Ok(members.find(&path)?.map(|(offset, bytes)| {
                let content = Section { file: Rc::clone(&members.file), offset, left: bytes };
                (Box::new(content) as Box<dyn Read>, bytes)
            })),
        }
    }
}

impl Members {
    fn index(file: Rc<File>, start: u64, staging: Option<Staging>) -> Result<Members> {
        let whole = Section { file: Rc::clone(&file), offset: start, left: u64::MAX };
        let position = Rc::new(std::cell::Cell::new(start));
        let counted = Counted { stream: BufReader::with_capacity(64 << 10, whole), position: Rc::clone(&position) };
        let mut archive = Archive::new(counted);
        let (mut members, mut names_left) = (BTreeMap::new(), NAMES_LIMIT_BYTES);
        while let Some(entry) = archive.next_entry()? {
            let path = plain_path(Path::new(std::ffi::OsStr::from_bytes(&entry.path)))?;
            let target = Path::new(std::ffi::OsStr::from_bytes(&entry.link_target));
            let member = match entry.kind {
                Kind::File if entry.sparse.is_none() => Member::File { offset: position.get(), bytes: entry.size },
                Kind::HardLink => Member::Link(plain_path(target)?),
                Kind::SymbolicLink => Member::Link(plain_path(&path.parent().unwrap_or(Path::new("")).join(target))?),
                // They are of no use in an image's archive.
                _ => continue,
            };
            names_left = names_left.checked_sub(entry.path.len() + entry.link_target.len()).ok_or_else(|| {
                Error::new(format!("the names in it are longer than {NAMES_LIMIT_BYTES} bytes in all"))
            })?;
            // Of two with one name tar takes the last; who writes that means nothing good.
            if members.insert(path, member).is_some() {
                return Err(Error::new(format!("it has two members of the name `{}`", archive::shown(&entry.path))));
            }
            if members.len() > MEMBERS_LIMIT {
                return Err(Error::new(format!("it has more than {MEMBERS_LIMIT} members")));
            }
        }
        Ok(Members { file, members, _staging: staging })
    }

    fn find(&self, path: &Path) -> Result<Option<(u64, u64)>> {
        let mut path = path;
        for _ in 0..LINKS_FOLLOWED {
            match self.members.get(path) {
                None => return Ok(None),
                Some(Member::File { offset, bytes }) => return Ok(Some((*offset, *bytes))),
                Some(Member::Link(target)) => path = target,
            }
        }
        Err(Error::new(format!("`{}` is a link to itself", archive::shown(path.as_os_str().as_bytes()))))
    }
}

/// Where the archive begins, if it is a file that can be read anywhere and is not compressed.
fn plain_start(stream: &mut File) -> Result<Option<u64>> {
    if FileType::from_raw_mode(fstat(&*stream)?.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    let start = stream.stream_position()?;
    let mut magic = [0; MAGIC_BYTES];
    let read = stream.read_at(&mut magic, start)?;
    stream.seek(SeekFrom::Start(start))?;
    Ok(matches!(Algorithm::of(&magic[..read]), Ok(Algorithm::None)).then_some(start))
}

/// A name as the archive means it, from its root; one that leads out of it is an error.
fn plain_path(path: &Path) -> Result<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir => {
                let path = archive::shown(path.as_os_str().as_bytes());
                return Err(Error::new(format!("the name `{path}` leads out of the archive")));
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(plain)
}

fn missing(name: &str) -> Error {
    Error::new(format!("`{}` is missing in it", shown(name)))
}

fn shown(name: &str) -> String {
    archive::shown(name.as_bytes())
}

/// A part of a file, whoever else reads that file.
struct Section {
    file: Rc<File>,
    offset: u64,
    left: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.file.read_at(&mut buffer[..wanted], self.offset)?;
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Knows how far it has been read.
struct Counted<R> {
    stream: R,
    position: Rc<std::cell::Cell<u64>>,
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.position.set(self.position.get() + bytes as u64);
        self.stream.consume(bytes);
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::Tar;

    fn opened(tar: &Tar, check: impl FnOnce(Result<Source>)) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("store")).unwrap();
        let path = dir.path().join("archive");
        std::fs::write(&path, tar.bytes()).unwrap();
        check(Source::open(&store, &path));
    }

    #[test]
    fn members_are_found_by_name_and_through_links() {
        let mut tar = Tar::new();
        tar.file("./a/layer.tar").put("first");
        tar.file("b.json").put("{}");
        tar.symlink("c/layer.tar", "../a/layer.tar").put("");
        tar.hard_link("d", "a/layer.tar").put("");
        tar.symlink("loop", "loop").put("");
        opened(&tar, |source| {
            let source = source.unwrap();
            for name in ["a/layer.tar", "/a/layer.tar", "c/layer.tar", "d", "x/../d"] {
                assert_eq!(source.required(name).unwrap(), b"first", "{name}");
            }
            assert_eq!(source.document("none").unwrap(), None);
            assert!(source.required("none").unwrap_err().to_string().contains("missing"));
            assert!(source.document("loop").is_err() && source.document("../b.json").is_err());
        });
    }

    #[test]
    fn an_archive_with_a_name_twice_or_one_that_leads_out_is_refused() {
        let mut twice = Tar::new();
        twice.file("a").put("1");
        twice.file("./a").put("2");
        opened(&twice, |source| assert!(source.err().unwrap().to_string().contains("two members")));
        let mut out = Tar::new();
        out.file("../../etc/passwd").put("1");
        opened(&out, |source| assert!(source.err().unwrap().to_string().contains("leads out")));
    }

    #[test]
    fn names_without_end_are_refused() {
        let mut tar = Tar::new();
        for number in 0..40 {
            tar.pax("path", format!("{number}/{}", "x".repeat(500_000)).as_bytes());
            tar.file("short").put("");
        }
        opened(&tar, |source| {
            let error = source.err().unwrap().to_string();
            assert!(error.contains("names in it") && error.len() < 1000, "{error}");
        });
    }
}
