//! Entries as the bytes of a tar stream: ustar, with a PAX header before an entry that ustar has no room for.
//!
//! The same entries give the same bytes: nothing of this process, machine or moment is written. Names are bytes; one
//! that is not UTF-8 says so, as POSIX wants it (`hdrcharset`).

use std::io::Write;

use tar::{EntryType, Header};

use super::archive::{Entry, Kind, Segment, Time};
use crate::error::{During, Error, Result};

const BLOCK_BYTES: u64 = 512;
/// What seven and eleven octal digits hold.
const ID_LIMIT: u64 = 1 << 21;
const SIZE_LIMIT: u64 = 1 << 33;

/// A tar stream that is being written.
#[derive(Debug)]
pub struct Writer<W> {
    stream: W,
    /// Of the content of the entry that was put last.
    content_left: u64,
    padding: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(stream: W) -> Writer<W> {
        Writer { stream, content_left: 0, padding: 0 }
    }

    /// Begins an entry. A file's content follows by [`Writer::content`]: `size` bytes, or those of its segments.
    pub fn put(&mut self, entry: &Entry) -> Result<()> {
        assert_eq!(self.content_left, 0, "the content of the entry before is complete");
        let map = entry.sparse.as_deref().map(sparse_map).unwrap_or_default();
        let segments: u64 = entry.sparse.iter().flatten().map(|segment| segment.bytes).sum();
        let stored = match (entry.kind, &entry.sparse) {
            (Kind::File, None) => entry.size,
            (Kind::File, Some(_)) => map.len() as u64 + segments,
            _ => 0,
        };
        let records = extended(entry, stored)?;
        if !records.is_empty() {
            let mut header = header(b"PaxHeaders.0/", &entry.path, EntryType::XHeader);
            set_number(&mut header.as_old_mut().mode, 0o644);
            set_number(&mut header.as_old_mut().size, records.len() as u64);
            self.write_header(header)?;
            self.write(&records)?;
            self.write_zeros(padding(records.len() as u64))?;
        }
        let mut header = match entry.sparse {
            None => header(b"", &entry.path, entry_type(entry.kind)),
            Some(_) => header(b"GNUSparseFile.0/", &entry.path, entry_type(entry.kind)),
        };
        let old = header.as_old_mut();
        put_bytes(&mut old.linkname, &entry.link_target);
        set_number(&mut old.mode, entry.mode.into());
        set_number(&mut old.uid, if entry.uid < ID_LIMIT { entry.uid } else { 0 });
        set_number(&mut old.gid, if entry.gid < ID_LIMIT { entry.gid } else { 0 });
        set_number(&mut old.size, if stored < SIZE_LIMIT { stored } else { 0 });
        set_number(&mut old.mtime, if fits(entry.modified) { entry.modified.seconds as u64 } else { 0 });
        self.write_header(header)?;
        self.write(&map)?;
        self.content_left = stored - map.len() as u64;
        self.padding = padding(stored);
        self.pad()
    }

    /// More of the entry's content.
    pub fn content(&mut self, bytes: &[u8]) -> Result<()> {
        self.content_left = self.content_left.checked_sub(bytes.len() as u64).expect("no more than was announced");
        self.write(bytes)?;
        self.pad()
    }

    /// Zeros for what is missing of the entry's content.
    pub fn complete(&mut self) -> Result<()> {
        let missing = std::mem::take(&mut self.content_left);
        self.write_zeros(missing)?;
        self.pad()
    }

    /// Bytes that the entry's content still lacks.
    pub fn missing(&self) -> u64 {
        self.content_left
    }

    /// The archive's end.
    pub fn finish(mut self) -> Result<W> {
        self.write_zeros(2 * BLOCK_BYTES)?;
        self.stream.flush().during(|| "write archive")?;
        Ok(self.stream)
    }

    fn pad(&mut self) -> Result<()> {
        match self.content_left {
            0 => {
                let padding = std::mem::take(&mut self.padding);
                self.write_zeros(padding)
            }
            _ => Ok(()),
        }
    }

    fn write_header(&mut self, mut header: Header) -> Result<()> {
        header.set_cksum();
        self.write(header.as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).during(|| "write archive")
    }

    fn write_zeros(&mut self, mut bytes: u64) -> Result<()> {
        const ZEROS: [u8; 8192] = [0; 8192];
        while bytes > 0 {
            let now = bytes.min(ZEROS.len() as u64);
            self.write(&ZEROS[..now as usize])?;
            bytes -= now;
        }
        Ok(())
    }
}

fn entry_type(kind: Kind) -> EntryType {
    match kind {
        Kind::File => EntryType::Regular,
        Kind::Directory => EntryType::Directory,
        Kind::SymbolicLink => EntryType::Symlink,
        Kind::HardLink => EntryType::Link,
        Kind::Fifo => EntryType::Fifo,
        Kind::CharacterDevice => EntryType::Char,
        Kind::BlockDevice => EntryType::Block,
    }
}

/// With as much of the name as fits.
fn header(prefix: &[u8], path: &[u8], kind: EntryType) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    let name = if prefix.is_empty() {
        path.to_vec()
    } else {
        // Only the last name, without the slash of a directory: whoever reads this knows no extended headers.
        let path = path.strip_suffix(b"/").unwrap_or(path);
        [prefix, path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()].concat()
    };
    put_bytes(&mut header.as_old_mut().name, &name);
    header
}

fn put_bytes(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

/// Octal digits and a NUL byte. The number fits.
fn set_number(field: &mut [u8], mut number: u64) {
    let digits = field.len() - 1;
    for digit in field[..digits].iter_mut().rev() {
        *digit = b'0' + (number & 7) as u8;
        number >>= 3;
    }
    field[digits] = 0;
}

fn padding(bytes: u64) -> u64 {
    bytes.next_multiple_of(BLOCK_BYTES) - bytes
}

fn fits(time: Time) -> bool {
    (0..SIZE_LIMIT as i64).contains(&time.seconds) && time.nanoseconds == 0
}

/// The records of the PAX header; none where the ustar header says it all.
fn extended(entry: &Entry, stored: u64) -> Result<Vec<u8>> {
    if entry.path.contains(&0) || entry.link_target.contains(&0) {
        return Err(Error::new("a name holds a NUL byte"));
    }
    let mut records = Vec::new();
    let names = [&entry.path, &entry.link_target];
    let is_long = |name: &[u8]| name.len() > 100;
    if names.iter().any(|name| is_long(name) && std::str::from_utf8(name).is_err()) {
        put_record(&mut records, b"hdrcharset", b"BINARY");
    }
    if let Some(map) = &entry.sparse {
        put_record(&mut records, b"GNU.sparse.major", b"1");
        put_record(&mut records, b"GNU.sparse.minor", b"0");
        put_record(&mut records, b"GNU.sparse.name", &entry.path);
        put_record(&mut records, b"GNU.sparse.realsize", entry.size.to_string().as_bytes());
        debug_assert!(!map.is_empty(), "a file of one hole has an empty segment at its end");
    } else if is_long(&entry.path) {
        put_record(&mut records, b"path", &entry.path);
    }
    if is_long(&entry.link_target) {
        put_record(&mut records, b"linkpath", &entry.link_target);
    }
    for (key, number, limit) in
        [(&b"size"[..], stored, SIZE_LIMIT), (b"uid", entry.uid, ID_LIMIT), (b"gid", entry.gid, ID_LIMIT)]
    {
        if number >= limit {
            put_record(&mut records, key, number.to_string().as_bytes());
        }
    }
    if !fits(entry.modified) {
        put_record(&mut records, b"mtime", decimal(entry.modified).as_bytes());
    }
    for (name, value) in &entry.xattrs {
        put_record(&mut records, &[b"SCHILY.xattr.", &name[..]].concat(), value);
    }
    Ok(records)
}

/// `length key=value\n`, where the length counts its own digits too.
fn put_record(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let others = key.len() + value.len() + 3;
    let mut length = others + 1;
    while length != others + length.to_string().len() {
        length = others + length.to_string().len();
    }
    records.extend(format!("{length} ").bytes());
    records.extend([key, b"=", value, b"\n"].concat());
}

fn decimal(time: Time) -> String {
    let nanoseconds = i64::from(time.nanoseconds);
    let (sign, whole, fraction) = match (time.seconds, nanoseconds) {
        (seconds @ 0.., _) => ("", seconds, nanoseconds),
        (seconds, 0) => ("-", -seconds, 0),
        (seconds, _) => ("-", -(seconds + 1), 1_000_000_000 - nanoseconds),
    };
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// PAX format 1.0 (tar manual, "Storing Sparse Files"): the map is the beginning of the content.
fn sparse_map(segments: &[Segment]) -> Vec<u8> {
    let mut map = format!("{}\n", segments.len());
    for segment in segments {
        map += &format!("{}\n{}\n", segment.offset, segment.bytes);
    }
    let mut map = map.into_bytes();
    map.resize(map.len().next_multiple_of(BLOCK_BYTES as usize), 0);
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::archive::Archive;

    fn round_trip(entry: Entry, content: &[u8]) {
        let mut writer = Writer::new(Vec::new());
        writer.put(&entry).unwrap();
        writer.content(content).unwrap();
        writer.put(&Entry { path: b"after".to_vec(), ..Entry::default() }).unwrap();
        let bytes = writer.finish().unwrap();
        assert_eq!(bytes.len() % 512, 0);
        let mut archive = Archive::new(&bytes[..]);
        assert_eq!(archive.next_entry().unwrap(), Some(entry));
        let mut read: Vec<u8> = Vec::new();
        while let more @ [_, ..] = archive.content(u64::MAX).unwrap() {
            read.extend(more);
            let length = more.len();
            archive.consume(length);
        }
        assert_eq!(read, content);
        assert_eq!(archive.next_entry().unwrap().unwrap().path, b"after");
        assert_eq!(archive.next_entry().unwrap(), None);
    }

    fn file(path: &[u8], size: u64) -> Entry {
        Entry { path: path.to_vec(), mode: 0o4755, size, ..Entry::default() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        round_trip(file(b"short", 3), b"abc");
        round_trip(file(&[b'n'; 100], 512), &[7; 512]);
        round_trip(file(&[b'n'; 101], 0), b"");
        round_trip(file(b"not \xff UTF-8", 1), b"x");
        round_trip(file(&[0xff; 300], 1), b"x");
        round_trip(Entry { uid: ID_LIMIT, gid: 4_000_000_000, ..file(b"owned", 0) }, b"");
        let link = Entry { kind: Kind::SymbolicLink, link_target: [b't'; 200].to_vec(), ..file(b"link", 0) };
        round_trip(link, b"");
        let xattrs = vec![(b"user.x".to_vec(), b"any\nvalue\0=".to_vec()), (b"user.y".to_vec(), vec![b'v'; 95])];
        round_trip(Entry { xattrs, ..file(b"with attributes", 0) }, b"");
        for (seconds, nanoseconds) in [(5, 0), (5, 120_000_000), (-5, 0), (-1, 999_999_999), (1 << 34, 1)] {
            round_trip(Entry { modified: Time { seconds, nanoseconds }, ..file(b"dated", 0) }, b"");
        }
        let sparse = Some(vec![Segment { offset: 4096, bytes: 3 }, Segment { offset: 1 << 40, bytes: 0 }]);
        round_trip(Entry { sparse, ..file(b"dir/sparse", 1 << 40) }, b"abc");
    }

    #[test]
    fn a_large_file_has_its_size_in_the_extended_header() {
        let mut writer = Writer::new(Vec::new());
        writer.put(&file(b"large", SIZE_LIMIT)).unwrap();
        assert_eq!(writer.missing(), SIZE_LIMIT);
        let entry = Archive::new(&writer.stream[..]).next_entry().unwrap().unwrap();
        assert_eq!(entry.size, SIZE_LIMIT);
    }

    #[test]
    fn what_is_missing_is_filled_up() {
        let mut writer = Writer::new(Vec::new());
        writer.put(&file(b"cut", 600)).unwrap();
        writer.content(b"abc").unwrap();
        writer.complete().unwrap();
        assert_eq!(writer.finish().unwrap().len(), 512 + 1024 + 1024);
    }
}
