//! The bytes of a tar stream as entries: ustar, GNU and PAX, as GNU tar, Go's archive/tar, bsdtar and Python write
//! them.
//!
//! The `tar` crate gives the layout of a header block; which blocks belong together is decided here, because a
//! difference of opinion about that is an attack (CVE-2025-62518, CVE-2026-33055), and because PAX values may hold any
//! byte. What has no one meaning is an error, not a guess. Nothing is known about files here.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

use tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

use crate::error::{During, Error, Result};

const BLOCK_BYTES: u64 = 512;
/// Of one extended header. The kernel takes names of 4 KiB; extended attributes are what makes these large.
const EXTENDED_HEADER_LIMIT_BYTES: u64 = 1 << 20;
const SPARSE_SEGMENTS_LIMIT: usize = 1 << 16;
const NAME_SHOWN_BYTES: usize = 200;

/// A tar stream and where we are in it.
#[derive(Debug)]
pub struct Archive<R> {
    stream: R,
    /// Of the content of the entry that `next_entry` gave last.
    content_left: u64,
    padding_left: u64,
}

/// What one header, with its extensions, says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub path: Vec<u8>,
    pub kind: Kind,
    /// Of a symbolic or hard link.
    pub link_target: Vec<u8>,
    /// The low twelve bits.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub modified: Time,
    /// Bytes of the file once it is unpacked.
    pub size: u64,
    /// Where the content belongs in the file, in order; `None`: one after the other from the start.
    pub sparse: Option<Vec<Segment>>,
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Major and minor number of a device.
    pub device: (u64, u64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    File,
    Directory,
    SymbolicLink,
    HardLink,
    Fifo,
    CharacterDevice,
    BlockDevice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    pub seconds: i64,
    pub nanoseconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub offset: u64,
    pub bytes: u64,
}

impl<R: BufRead> Archive<R> {
    pub fn new(stream: R) -> Archive<R> {
        Archive { stream, content_left: 0, padding_left: 0 }
    }

    /// The next entry; what is left of the last one's content is passed over.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        let mut long_path = None;
        let mut long_link_target = None;
        let mut pax: Option<Pax> = None;
        loop {
            self.skip_content()?;
            let Some(header) = self.next_header()? else {
                return match (long_path, long_link_target, pax) {
                    (None, None, None) => Ok(None),
                    _ => Err(Error::new("the archive ends after a header that describes another entry")),
                };
            };
            // What a PAX header says holds for the entry, not for further extensions before it.
            let set_twice = match header.as_old().linkflag[0] {
                b'L' => long_path.replace(self.extended_header(&header)?).is_some(),
                b'K' => long_link_target.replace(self.extended_header(&header)?).is_some(),
                b'x' => pax.replace(Pax::parse(&self.extended_header(&header)?)?).is_some(),
                // Global PAX headers carry a comment of `git archive`; Docker ignores them, and so a difference of
                // opinion about the rest of them is none.
                b'g' => {
                    self.extended_header(&header)?;
                    false
                }
                // A volume label, the names in a directory (GNU incremental dumps): they describe no file.
                b'V' | b'D' if pax.is_none() && long_path.is_none() => {
                    self.expect_content(number(&header.as_old().size)?)?;
                    false
                }
                _ => return self.entry(&header, long_path, long_link_target, pax.unwrap_or_default()).map(Some),
            };
            if set_twice {
                return Err(Error::new("two headers of the same kind describe one entry"));
            }
        }
    }

    /// What is at hand of the entry's content, at most `limit` bytes; empty at its end.
    pub fn content(&mut self, limit: u64) -> io::Result<&[u8]> {
        let limit = limit.min(self.content_left);
        if limit == 0 {
            return Ok(&[]);
        }
        let available = self.stream.fill_buf()?;
        if available.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(&available[..available.len().min(limit.try_into().unwrap_or(usize::MAX))])
    }

    /// Marks bytes that [`Archive::content`] gave as read.
    pub fn consume(&mut self, bytes: usize) {
        self.stream.consume(bytes);
        self.content_left -= bytes as u64;
    }

    fn expect_content(&mut self, bytes: u64) -> Result<()> {
        let padded = bytes.checked_next_multiple_of(BLOCK_BYTES).ok_or_else(|| Error::new("a size is out of range"))?;
        self.content_left = bytes;
        self.padding_left = padded - bytes;
        Ok(())
    }

    fn skip_content(&mut self) -> Result<()> {
        let skipped = self.content_left + self.padding_left;
        let passed = io::copy(&mut self.stream.by_ref().take(skipped), &mut io::sink()).during(|| "read archive")?;
        (self.content_left, self.padding_left) = (0, 0);
        if passed < skipped {
            return Err(Error::new("the archive ends in the middle of an entry"));
        }
        Ok(())
    }

    /// `None` at the end: two blocks of zeros, or the end of the stream.
    fn next_header(&mut self) -> Result<Option<Header>> {
        if self.stream.fill_buf().during(|| "read archive")?.is_empty() {
            return Ok(None);
        }
        let mut header = Header::new_old();
        self.read_block(header.as_mut_bytes())?;
        let bytes = header.as_bytes();
        if bytes.iter().all(|&byte| byte == 0) {
            return self.expect_end().map(|()| None);
        }
        // The sum of all bytes with the field itself as spaces; old programs took the bytes as signed.
        let others = || bytes[..148].iter().chain(&bytes[156..]);
        let unsigned: i64 = others().map(|&byte| i64::from(byte)).sum::<i64>() + 8 * 32;
        let signed: i64 = others().map(|&byte| i64::from(byte as i8)).sum::<i64>() + 8 * 32;
        let stated = number(&header.as_old().cksum)? as i64;
        if stated != unsigned && stated != signed {
            return Err(Error::new("this is not a tar archive, or it is damaged: the checksum of a header is wrong"));
        }
        Ok(Some(header))
    }

    /// One block of zeros has been read. For some programs what follows it goes on, for some it is over.
    fn expect_end(&mut self) -> Result<()> {
        let mut second = Vec::new();
        self.stream.by_ref().take(BLOCK_BYTES).read_to_end(&mut second).during(|| "read archive")?;
        match second.iter().all(|&byte| byte == 0) {
            true => Ok(()),
            false => Err(Error::new("the archive goes on behind a block of zeros")),
        }
    }

    fn read_block(&mut self, block: &mut [u8]) -> Result<()> {
        self.stream.read_exact(block).during(|| "read a header of the archive")
    }

    fn extended_header(&mut self, header: &Header) -> Result<Vec<u8>> {
        let size = number(&header.as_old().size)?;
        if size > EXTENDED_HEADER_LIMIT_BYTES {
            return Err(Error::new(format!("an extended header of {size} bytes is too large")));
        }
        self.expect_content(size)?;
        let mut content = vec![0; size as usize];
        self.stream.read_exact(&mut content).during(|| "read an extended header of the archive")?;
        self.content_left = 0;
        Ok(content)
    }

    fn entry(
        &mut self,
        header: &Header,
        long_path: Option<Vec<u8>>,
        long_link_target: Option<Vec<u8>>,
        pax: Pax,
    ) -> Result<Entry> {
        let old = header.as_old();
        let stored = pax.size.map_or_else(|| number(&old.size), Ok)?;
        let path = pax.path.or(long_path.map(until_nul)).unwrap_or_else(|| header_path(header));
        let kind = kind(old.linkflag[0], &path)?;
        let mut entry = Entry {
            path,
            kind,
            link_target: pax
                .link_target
                .or(long_link_target.map(until_nul))
                .unwrap_or_else(|| until_nul(old.linkname.to_vec())),
            mode: (number(&old.mode)? & 0o7777) as u32,
            uid: pax.uid.map_or_else(|| number(&old.uid), Ok)?,
            gid: pax.gid.map_or_else(|| number(&old.gid), Ok)?,
            modified: pax.modified.map_or_else(|| mtime(&old.mtime), Ok)?,
            size: stored,
            sparse: None,
            xattrs: pax.xattrs.into_iter().collect(),
            device: device(header, kind)?,
        };
        match kind {
            Kind::File => self.expect_content(stored)?,
            // The size of the file that is linked to; its content is there.
            Kind::HardLink => {}
            _ if stored == 0 => {}
            // Some programs skip that many bytes and some do not: they would see different archives.
            _ => return Err(Error::new(format!("`{}` has content and is not a file", shown(&entry.path)))),
        }
        if old.linkflag[0] == b'S' {
            let gnu = header.as_gnu().ok_or_else(|| Error::new("a sparse file has no GNU header"))?;
            entry.size = number(&gnu.realsize)?;
            entry.sparse = Some(self.gnu_sparse_map(&gnu.sparse, gnu.isextended[0] != 0)?);
        } else if let Some(sparse) = pax.sparse.filter(|_| kind == Kind::File) {
            entry.size = sparse.size.unwrap_or(stored);
            entry.sparse = Some(if sparse.map_in_content { self.sparse_map_in_content()? } else { sparse.map });
        }
        if let Some(map) = &entry.sparse {
            check_sparse_map(map, entry.size, self.content_left)?;
        }
        if kind != Kind::File {
            entry.size = 0;
        }
        Ok(entry)
    }

    /// Four segments in the header, the rest in blocks between it and the content.
    fn gnu_sparse_map(&mut self, first: &[GnuSparseHeader], mut is_extended: bool) -> Result<Vec<Segment>> {
        let mut map = Vec::new();
        push_segments(&mut map, first)?;
        while is_extended {
            let mut more = GnuExtSparseHeader::new();
            self.read_block(more.as_mut_bytes())?;
            push_segments(&mut map, &more.sparse)?;
            is_extended = more.is_extended();
        }
        Ok(map)
    }

    /// PAX format 1.0: decimal numbers, a line each, at the start of the content, filled up to whole blocks.
    fn sparse_map_in_content(&mut self) -> Result<Vec<Segment>> {
        let mut block = [0; BLOCK_BYTES as usize];
        let mut at = block.len();
        let mut next_number = |archive: &mut Archive<R>| -> Result<u64> {
            let mut digits = Vec::new();
            loop {
                if at == block.len() {
                    let left = archive.content_left.checked_sub(BLOCK_BYTES);
                    archive.content_left = left.ok_or_else(|| Error::new("the map of a sparse file is cut off"))?;
                    archive.read_block(&mut block)?;
                    at = 0;
                }
                at += 1;
                match block[at - 1] {
                    b'\n' => return decimal(&digits),
                    digit if digits.len() < 20 => digits.push(digit),
                    _ => return Err(Error::new("the map of a sparse file is malformed")),
                }
            }
        };
        let segments = next_number(self)?;
        if segments > SPARSE_SEGMENTS_LIMIT as u64 {
            return Err(too_many_segments());
        }
        (0..segments).map(|_| Ok(Segment { offset: next_number(self)?, bytes: next_number(self)? })).collect()
    }
}

/// A name of the archive for a message: no control bytes, and not as long as an extended header.
pub fn shown(name: &[u8]) -> String {
    let end = name.len().min(NAME_SHOWN_BYTES);
    format!("{}{}", name[..end].escape_ascii(), if end < name.len() { "..." } else { "" })
}

fn kind(flag: u8, path: &[u8]) -> Result<Kind> {
    Ok(match flag {
        // From before directories had a type of their own.
        0 | b'0' if path.ends_with(b"/") => Kind::Directory,
        0 | b'0' | b'7' | b'S' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::SymbolicLink,
        b'3' => Kind::CharacterDevice,
        b'4' => Kind::BlockDevice,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        other => {
            return Err(Error::new(format!("an entry has the unknown type `{}`", char::from(other).escape_default())));
        }
    })
}

/// The format of 1979 has no place for it.
fn device(header: &Header, kind: Kind) -> Result<(u64, u64)> {
    let [major, minor] = match (header.as_ustar(), header.as_gnu()) {
        _ if !matches!(kind, Kind::CharacterDevice | Kind::BlockDevice) => return Ok((0, 0)),
        (Some(ustar), _) => [&ustar.dev_major, &ustar.dev_minor],
        (None, Some(gnu)) => [&gnu.dev_major, &gnu.dev_minor],
        (None, None) => return Ok((0, 0)),
    };
    Ok((number(major)?, number(minor)?))
}

fn header_path(header: &Header) -> Vec<u8> {
    match header.as_ustar() {
        Some(ustar) if ustar.prefix[0] != 0 => {
            [until_nul(ustar.prefix.to_vec()), until_nul(ustar.name.to_vec())].join(&b'/')
        }
        _ => until_nul(header.as_old().name.to_vec()),
    }
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
    bytes
}

/// A numeric field: octal digits, or with the first bit set a big-endian number (GNU). An empty field is 0.
fn number(field: &[u8]) -> Result<u64> {
    signed_number(field)?.try_into().map_err(|_| Error::new("a number in a header is negative"))
}

fn mtime(field: &[u8]) -> Result<Time> {
    Ok(Time { seconds: signed_number(field)?, nanoseconds: 0 })
}

fn signed_number(field: &[u8]) -> Result<i64> {
    let out_of_range = || Error::new("a number in a header is out of range");
    if field[0] & 0x80 != 0 {
        // Two's complement, the sign being the second bit of the first byte.
        let first = i64::from((field[0] << 1) as i8 >> 1);
        return field[1..].iter().try_fold(first, |value, &byte| {
            value.checked_mul(256).map(|value| value | i64::from(byte)).ok_or_else(out_of_range)
        });
    }
    let digits = field.split(|&byte| byte == 0).next().unwrap_or_default().trim_ascii();
    digits.iter().try_fold(0_i64, |value, &digit| match digit {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value + i64::from(digit - b'0')).ok_or_else(out_of_range),
        _ => Err(Error::new("a number in a header is malformed")),
    })
}

fn push_segments(map: &mut Vec<Segment>, headers: &[GnuSparseHeader]) -> Result<()> {
    for header in headers.iter().filter(|header| !header.is_empty()) {
        map.push(Segment { offset: number(&header.offset)?, bytes: number(&header.numbytes)? });
    }
    if map.len() > SPARSE_SEGMENTS_LIMIT { Err(too_many_segments()) } else { Ok(()) }
}

fn too_many_segments() -> Error {
    Error::new(format!("a sparse file has more than {SPARSE_SEGMENTS_LIMIT} segments"))
}

fn check_sparse_map(map: &[Segment], size: u64, content_bytes: u64) -> Result<()> {
    let mut end = 0;
    let mut bytes = 0_u64;
    for segment in map {
        // GNU tar begins a block for each segment, Go does not.
        if !bytes.is_multiple_of(BLOCK_BYTES) && segment.bytes > 0 {
            return Err(Error::new("a segment of a sparse file ends within a block"));
        }
        if segment.offset < end {
            return Err(Error::new("the segments of a sparse file overlap"));
        }
        end = segment.offset.checked_add(segment.bytes).ok_or_else(|| Error::new("a sparse file is out of range"))?;
        bytes += segment.bytes;
    }
    if end > size || bytes != content_bytes {
        return Err(Error::new("the segments of a sparse file do not add up to its size"));
    }
    Ok(())
}

/// What a PAX header says about the next entry. The last record of a name counts (POSIX pax).
#[derive(Debug, Default)]
struct Pax {
    path: Option<Vec<u8>>,
    link_target: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    modified: Option<Time>,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    sparse: Option<PaxSparse>,
}

/// GNU's three ways to describe a sparse file in PAX: 0.0, 0.1 and 1.0 (tar manual, "PAX Format").
#[derive(Debug, Default)]
struct PaxSparse {
    size: Option<u64>,
    map: Vec<Segment>,
    map_in_content: bool,
}

impl Pax {
    fn parse(mut records: &[u8]) -> Result<Pax> {
        let mut pax = Pax::default();
        let mut sparse_path = None;
        // Some writers fill the last block with NUL and count it.
        while records.first().is_some_and(|&byte| byte != 0) {
            let (key, value, rest) = split_record(records).ok_or_else(|| Error::new("a PAX header is malformed"))?;
            records = rest;
            match key {
                b"path" => pax.path = Some(without_nul(value)?),
                b"linkpath" => pax.link_target = Some(without_nul(value)?),
                b"size" => pax.size = Some(decimal(value)?),
                b"uid" => pax.uid = Some(decimal(value)?),
                b"gid" => pax.gid = Some(decimal(value)?),
                b"mtime" => pax.modified = Some(decimal_time(value)?),
                b"GNU.sparse.name" => sparse_path = Some(without_nul(value)?),
                _ => {
                    if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                        pax.xattrs.insert(without_nul(name)?, value.to_vec());
                    } else if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                        pax.sparse.get_or_insert_default().set(key, value)?;
                    }
                }
            }
        }
        // `path` then is a name that an unpacker which does not know sparse files should use.
        if sparse_path.is_some() {
            pax.path = sparse_path;
        }
        Ok(pax)
    }
}

impl PaxSparse {
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        match key {
            b"major" => self.map_in_content = decimal(value)? == 1,
            b"size" | b"realsize" => self.size = Some(decimal(value)?),
            b"offset" => self.map.push(Segment { offset: decimal(value)?, bytes: 0 }),
            b"numbytes" => match self.map.last_mut() {
                Some(segment) => segment.bytes = decimal(value)?,
                None => return Err(Error::new("the map of a sparse file is malformed")),
            },
            b"map" if !value.is_empty() => {
                let numbers = value.split(|&byte| byte == b',').map(decimal).collect::<Result<Vec<u64>>>()?;
                if numbers.len() % 2 != 0 {
                    return Err(Error::new("the map of a sparse file is malformed"));
                }
                self.map = numbers.chunks(2).map(|pair| Segment { offset: pair[0], bytes: pair[1] }).collect();
            }
            _ => {}
        }
        Ok(())
    }
}

/// `length key=value\n`, where the length counts all of it. The value may hold any byte.
fn split_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().take(20).position(|&byte| byte == b' ')?;
    let length = decimal(&records[..space]).ok()?.try_into().ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

fn without_nul(value: &[u8]) -> Result<Vec<u8>> {
    if value.contains(&0) { Err(Error::new("a name holds a NUL byte")) } else { Ok(value.to_vec()) }
}

fn decimal(digits: &[u8]) -> Result<u64> {
    let malformed = || Error::new(format!("`{}` is not a number", shown(digits)));
    // `parse` would take a sign.
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed());
    }
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(malformed)
}

/// `1700000000.123456789`, possibly negative.
fn decimal_time(text: &[u8]) -> Result<Time> {
    let (negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let point = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = point.map_or((text, &[][..]), |point| (&text[..point], &text[point + 1..]));
    let mut nanoseconds = [b'0'; 9];
    for (digit, given) in nanoseconds.iter_mut().zip(fraction) {
        *digit = *given;
    }
    let nanoseconds = decimal(&nanoseconds)? as i64;
    let seconds: i64 = decimal(whole)?.try_into().map_err(|_| Error::new("a time is out of range"))?;
    let (seconds, nanoseconds) = match (negative, nanoseconds) {
        (false, _) => (seconds, nanoseconds),
        (true, 0) => (-seconds, 0),
        (true, _) => (-seconds - 1, 1_000_000_000 - nanoseconds),
    };
    Ok(Time { seconds, nanoseconds: nanoseconds as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::Tar;

    /// Every entry with its content.
    fn read(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>> {
        let mut archive = Archive::new(bytes);
        let mut entries = Vec::new();
        while let Some(entry) = archive.next_entry()? {
            let mut content = Vec::new();
            loop {
                let more = archive.content(7)?.to_vec();
                archive.consume(more.len());
                if more.is_empty() {
                    break;
                }
                content.extend(more);
            }
            entries.push((entry, content));
        }
        Ok(entries)
    }

    fn names(tar: &Tar) -> Vec<String> {
        read(&tar.bytes()).unwrap().iter().map(|(entry, _)| String::from_utf8_lossy(&entry.path).into_owned()).collect()
    }

    fn refused(bytes: &[u8], because: &str) {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }

    #[test]
    fn a_pax_size_wins_over_that_of_the_header() {
        // CVE-2026-33055, CVE-2025-62518: whoever believes the header reads the content as headers.
        let mut hidden = Tar::new();
        hidden.file("smuggled").put("");
        let mut tar = Tar::new();
        let content = String::from_utf8(hidden.bytes()[..512].to_vec()).unwrap();
        tar.pax("size", b"512");
        tar.file("innocent").put_with_size(0, &content);
        tar.file("after").put("");
        assert_eq!(names(&tar), ["innocent", "after"]);
    }

    #[test]
    fn a_pax_size_holds_for_the_entry_and_not_for_extensions_before_it() {
        let mut tar = Tar::new();
        tar.extension(b'x', b"12 size=3\n"); // the length does not fit
        tar.file("x").put("abc");
        refused(&tar.bytes(), "PAX header is malformed");
        let mut tar = Tar::new();
        tar.extension(b'x', b"10 size=3\n");
        tar.extension(b'L', &[b'n'; 600]);
        tar.file("short").put("abc");
        tar.file("after").put("");
        assert_eq!(names(&tar), ["n".repeat(600), "after".to_owned()]);
    }

    #[test]
    fn long_names_come_from_gnu_and_pax_headers() {
        let long = "d/".repeat(300);
        let mut tar = Tar::new();
        tar.extension(b'L', format!("{long}gnu\0").as_bytes());
        tar.extension(b'K', format!("{long}target\0").as_bytes());
        tar.symlink("short", "short").put("");
        tar.pax("path", format!("{long}pax").as_bytes());
        tar.pax("linkpath", b"with\nnewline");
        tar.symlink("short", "short").put("");
        let entries = read(&tar.bytes()).unwrap();
        assert_eq!(entries[0].0.path, format!("{long}gnu").into_bytes());
        assert_eq!(entries[0].0.link_target, format!("{long}target").into_bytes());
        assert_eq!(entries[1].0.path, format!("{long}pax").into_bytes());
        assert_eq!(entries[1].0.link_target, b"with\nnewline");
    }

    #[test]
    fn pax_numbers_reach_where_the_header_cannot() {
        let mut tar = Tar::new();
        for (key, value) in [("uid", "4000000000"), ("gid", "4000000001"), ("mtime", "1700000000.000000001")] {
            tar.pax(key, value.as_bytes());
        }
        tar.file("x").put("");
        let entry = &read(&tar.bytes()).unwrap()[0].0;
        assert_eq!((entry.uid, entry.gid), (4_000_000_000, 4_000_000_001));
        assert_eq!(entry.modified, Time { seconds: 1_700_000_000, nanoseconds: 1 });
        for (text, seconds, nanoseconds) in [("-1.5", -2, 500_000_000), ("-3", -3, 0), ("0.1234567899", 0, 123_456_789)]
        {
            assert_eq!(decimal_time(text.as_bytes()).unwrap(), Time { seconds, nanoseconds }, "{text}");
        }
    }

    #[test]
    fn numbers_are_octal_or_binary_and_may_be_missing() {
        for (field, value) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"\0\0\0\0\0\0\0\0", 0),
            (b"77777777777\0", 0o77777777777),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", 1 << 33),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
        ] {
            assert_eq!(signed_number(field).unwrap(), value, "{field:?}");
        }
        for bad in [&b"-1\0"[..], b"9", b"0x1", b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert!(signed_number(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_huge_extension_is_refused_before_it_is_read() {
        for kind in *b"xgLK" {
            let mut tar = Tar::new();
            tar.file("x").kind(kind).put_with_size(1 << 40, "");
            refused(&tar.bytes(), "too large");
        }
    }

    #[test]
    fn an_archive_that_ends_early_is_an_error() {
        let mut tar = Tar::new();
        tar.file("x").put(&"content".repeat(100));
        let bytes = tar.bytes();
        for cut in [1, 100, 511, 513, 1000] {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let mut tar = Tar::new();
        tar.extension(b'L', b"of nothing");
        refused(&tar.bytes(), "another entry");
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn what_has_no_one_meaning_is_refused() {
        let mut tar = Tar::new();
        tar.file("x").put("");
        let mut damaged = tar.bytes();
        damaged[0] ^= 1;
        refused(&damaged, "checksum");

        let mut tar = Tar::new();
        tar.extension(b'L', b"one");
        tar.extension(b'L', b"two");
        tar.file("x").put("");
        refused(&tar.bytes(), "two headers");

        let mut tar = Tar::new();
        tar.directory("d").put("content");
        refused(&tar.bytes(), "has content");

        let mut tar = Tar::new();
        tar.file("x").kind(b'Q').put("");
        refused(&tar.bytes(), "unknown type `Q`");

        let mut tar = Tar::new();
        tar.pax("path", b"a\0b");
        tar.file("x").put("");
        refused(&tar.bytes(), "NUL");

        for bad in ["", "-1", "+1", "0x10", "1 ", "99999999999999999999"] {
            let mut tar = Tar::new();
            tar.pax("size", bad.as_bytes());
            tar.file("x").put("");
            refused(&tar.bytes(), "not a number");
        }
    }

    #[test]
    fn the_end_is_two_blocks_of_zeros_and_what_follows_is_passed_over() {
        let mut tar = Tar::new();
        tar.file("x").put("");
        let header = tar.bytes()[..512].to_vec();
        let zeros = [0; 512];
        for end in [vec![], vec![&zeros[..]], vec![&zeros, &zeros], vec![&zeros, &zeros, &header]] {
            assert_eq!(read(&[&header, &end.concat()[..]].concat()).unwrap().len(), 1);
        }
        refused(&[&header, &zeros[..], &header].concat(), "behind a block of zeros");
    }

    #[test]
    fn a_hard_link_has_no_content_whatever_size_it_states() {
        let mut tar = Tar::new();
        tar.hard_link("link", "file").put_with_size(5000, "");
        tar.file("after").put("");
        assert_eq!(names(&tar), ["link", "after"]);
    }

    #[test]
    fn global_headers_change_nothing() {
        let mut tar = Tar::new();
        tar.extension(b'g', b"52 comment=0123456789012345678901234567890123456789\n");
        tar.extension(b'g', b"16 path=smuggle\n");
        tar.file("x").put("");
        assert_eq!(names(&tar), ["x"]);
    }

    #[test]
    fn sparse_maps_have_to_add_up() {
        let segment = |offset, bytes| Segment { offset, bytes };
        check_sparse_map(&[segment(0, 512), segment(600, 2), segment(700, 0)], 700, 514).unwrap();
        for map in [
            &[segment(0, 512)][..],
            &[segment(600, 512), segment(0, 2)],
            &[segment(0, 512), segment(500, 2)],
            &[segment(0, 2), segment(10, 512)],
            &[segment(200, 514)],
            &[segment(u64::MAX, 514)],
        ] {
            assert!(check_sparse_map(map, 700, 514).is_err(), "{map:?}");
        }
    }
}
