//! Archives as an attacker would make them: nothing is checked. And what became of them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tar::Header;

#[derive(Default)]
pub struct Tar {
    bytes: Vec<u8>,
    pax: Vec<u8>,
}

pub struct Put<'a> {
    tar: &'a mut Tar,
    header: Header,
}

impl Tar {
    pub fn new() -> Tar {
        Tar::default()
    }

    /// The whole archive, with its end.
    pub fn bytes(&self) -> Vec<u8> {
        [&self.bytes[..], &[0; 1024]].concat()
    }

    pub fn file(&mut self, name: &str) -> Put<'_> {
        self.entry(b'0', name, "")
    }

    pub fn directory(&mut self, name: &str) -> Put<'_> {
        self.entry(b'5', name, "").mode(0o755)
    }

    pub fn symlink(&mut self, name: &str, target: &str) -> Put<'_> {
        self.entry(b'2', name, target)
    }

    pub fn hard_link(&mut self, name: &str, target: &str) -> Put<'_> {
        self.entry(b'1', name, target)
    }

    pub fn fifo(&mut self, name: &str) -> Put<'_> {
        self.entry(b'6', name, "")
    }

    pub fn device(&mut self, name: &str, kind: u8) -> Put<'_> {
        self.entry(kind, name, "")
    }

    /// For the next entry.
    pub fn pax(&mut self, key: &str, value: &[u8]) {
        let mut length = key.len() + value.len() + 3;
        while length != key.len() + value.len() + 3 + length.to_string().len() {
            length = key.len() + value.len() + 3 + length.to_string().len();
        }
        self.pax.extend(format!("{length} {key}=").bytes());
        self.pax.extend(value);
        self.pax.push(b'\n');
    }

    /// A header of `kind` whose content describes the next entry.
    pub fn extension(&mut self, kind: u8, content: &[u8]) {
        self.write(new_header(kind, "extension", ""), content);
    }

    pub fn entry(&mut self, kind: u8, name: &str, target: &str) -> Put<'_> {
        let header = new_header(kind, name, target);
        Put { tar: self, header }
    }

    fn write(&mut self, mut header: Header, content: &[u8]) {
        header.set_size(content.len() as u64);
        self.write_as_it_is(header, content);
    }

    fn write_as_it_is(&mut self, mut header: Header, content: &[u8]) {
        header.set_cksum();
        self.bytes.extend(header.as_bytes());
        self.bytes.extend(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
    }
}

impl Put<'_> {
    pub fn kind(mut self, kind: u8) -> Self {
        self.header.as_old_mut().linkflag[0] = kind;
        self
    }

    /// With the magic of POSIX in place of GNU's.
    pub fn posix(mut self) -> Self {
        self.header.as_mut_bytes()[257..265].copy_from_slice(b"ustar\x0000");
        self
    }

    pub fn mode(mut self, mode: u32) -> Self {
        self.header.set_mode(mode);
        self
    }

    pub fn time(mut self, seconds: u64) -> Self {
        self.header.set_mtime(seconds);
        self
    }

    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        self.header.set_uid(uid);
        self.header.set_gid(gid);
        self
    }

    pub fn put(self, content: &str) {
        let Put { tar, header } = self;
        if !tar.pax.is_empty() {
            let pax = std::mem::take(&mut tar.pax);
            tar.extension(b'x', &pax);
        }
        tar.write(header, content.as_bytes());
    }

    /// With `size` in the header, whatever the content is.
    pub fn put_with_size(self, size: u64, content: &str) {
        let Put { tar, mut header } = self;
        if !tar.pax.is_empty() {
            let pax = std::mem::take(&mut tar.pax);
            tar.extension(b'x', &pax);
        }
        header.set_size(size);
        tar.write_as_it_is(header, content.as_bytes());
    }
}

/// Makes every block that may be a header one whose checksum is right.
pub fn with_checksums(archive: &mut Vec<u8>) {
    archive.resize(archive.len().next_multiple_of(512), 0);
    for block in archive.chunks_mut(512).filter(|block| block.iter().any(|&byte| byte != 0)) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

fn new_header(kind: u8, name: &str, target: &str) -> Header {
    let mut header = Header::new_gnu();
    let old = header.as_old_mut();
    old.linkflag[0] = kind;
    old.name[..name.len()].copy_from_slice(name.as_bytes());
    old.linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// What can be told about every file of a tree.
pub fn description(tree: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut to_visit = vec![tree.to_owned()];
    while let Some(path) = to_visit.pop() {
        let meta = stat(path.clone());
        let content = match meta.file_type() {
            kind if kind.is_dir() => {
                to_visit.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                String::new()
            }
            kind if kind.is_symlink() => format!("{:?}", fs::read_link(&path).unwrap()),
            kind if kind.is_file() => crate::oci::Digest::sha256_of(&fs::read(&path).unwrap()).to_string(),
            _ => String::new(),
        };
        let size = if meta.is_file() { meta.len() } else { 0 };
        let name = path.strip_prefix(tree).unwrap();
        let links = if meta.is_dir() { 0 } else { meta.nlink() };
        let (mode, mtime, owner) = (meta.mode(), meta.mtime(), (meta.uid(), meta.gid()));
        found.push(format!("{name:?} {mode:o} {mtime} {owner:?} {size} {links} {content}"));
    }
    found.sort();
    found
}

pub fn stat(path: PathBuf) -> fs::Metadata {
    fs::symlink_metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
