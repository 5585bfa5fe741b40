//! zstd:chunked: a layer whose files are zstd frames of their own, with a table that says where each one is, so that a
//! reader can fetch only the files that it lacks (containers/storage, docs/containers-storage-zstd-chunked.md).
//!
//! ```text
//!  frame: headers | frame: content | frame: padding, headers | frame: content | ... | frame: the end of the archive
//!  skippable frame: table of contents, JSON in zstd | skippable frame: tar-split, in zstd | skippable frame: footer
//! ```
//!
//! Whoever knows nothing of this inflates the same tar archive as from any zstd stream. tar-split is what the archive
//! holds beside the content of its files, so that the very same archive can be put together again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

use super::archive::{Archive, Entry, Kind};
use super::compression::{self, CHUNK_BYTES, Message};
use crate::error::{During, Result};
use crate::oci::Digest;

const PREFIX: &str = "io.github.containers.zstd-chunked";
const FOOTER_MAGIC: [u8; 8] = *b"GNUlInUx";
const SKIPPABLE_MAGIC: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];
const SKIPPABLE_HEADER_BYTES: u64 = 8;
/// The form of the table of contents: that of CRFS.
const TABLE_TYPE: u64 = 1;
/// Of the table and of tar-split together, uncompressed: what readers accept.
const TABLE_LIMIT_BYTES: usize = 100 << 20;
/// What tar-split checks content with.
const CRC64: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_GO_ISO);

/// Annotations of the layer's descriptor; without them nobody looks for the table. Filled when all has been read, and
/// left empty where a table could not tell the truth: of sparse files, and of names that are not UTF-8.
pub type Annotations = Arc<Mutex<BTreeMap<String, String>>>;

/// Whether these are annotations of a layer with a table of contents.
pub fn has_table(annotations: &BTreeMap<String, String>) -> bool {
    annotations.contains_key(&format!("{PREFIX}.manifest-checksum"))
}

/// Those of a layer's annotations that lead to its table of contents: they hold for the blob, wherever it is used.
pub fn of_table(annotations: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let ours = annotations.iter().filter(|(key, _)| key.starts_with(PREFIX));
    ours.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The tar stream, compressed as it is read. The same stream always gives the same bytes.
pub fn compress(
    stream: impl Read + Send + 'static,
    level: i32,
    annotations: Annotations,
) -> Result<Box<dyn Read + Send>> {
    Ok(Box::new(compression::in_thread("compress", move |chunks| {
        let all = Writer::new(level, chunks.clone())?.write_all(stream).map_err(io::Error::other)?;
        *annotations.lock().expect("nobody panics while holding it") = all;
        Ok(())
    })?))
}

#[derive(Serialize)]
struct Table {
    version: u32,
    entries: Vec<Row>,
    #[serde(rename = "tarSplitDigest")]
    tar_split: Digest,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    link_name: String,
    mode: u32,
    size: u64,
    uid: u64,
    gid: u64,
    /// RFC 3339
    modtime: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    xattrs: BTreeMap<String, String>,
    dev_major: u64,
    dev_minor: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_offset: Option<u64>,
}

/// A line of tar-split (github.com/vbatts/tar-split, `storage.Entry`).
#[derive(Serialize)]
struct Line<'a> {
    /// 1: a file's content belongs here; 2: these bytes do.
    #[serde(rename = "type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    payload: Option<String>,
    position: usize,
}

struct Writer {
    frames: Rc<RefCell<Frames>>,
    rows: Vec<Row>,
    tar_split: TarSplit,
    /// Whether the table can describe all that came so far.
    describes_all: bool,
}

impl Writer {
    fn new(level: i32, chunks: SyncSender<Message>) -> io::Result<Writer> {
        let frames = Rc::new(RefCell::new(Frames::new(level, chunks)?));
        Ok(Writer { frames, rows: Vec::new(), tar_split: TarSplit::new()?, describes_all: true })
    }

    fn write_all(mut self, stream: impl Read) -> Result<BTreeMap<String, String>> {
        let stream = BufReader::with_capacity(CHUNK_BYTES, stream);
        let mut stream = Passed { stream, frames: Rc::clone(&self.frames) };
        let mut archive = Archive::new(&mut stream);
        while let Some(entry) = archive.next_entry()? {
            self.entry(&entry, &mut archive)?;
        }
        io::copy(&mut stream, &mut io::sink()).during(|| "read archive")?; // archives are filled up with zeros
        let mut frames = self.frames.borrow_mut();
        self.tar_split.bytes(&frames.take_bytes())?;
        frames.end().during(|| "compress layer")?;
        let annotations = match self.describes_all {
            true => write_table(&mut frames, std::mem::take(&mut self.rows), self.tar_split)?,
            false => BTreeMap::new(),
        };
        frames.send().during(|| "compress layer")?;
        Ok(annotations)
    }

    fn entry<R: BufRead>(&mut self, entry: &Entry, archive: &mut Archive<R>) -> Result<()> {
        let mut row = row(entry);
        self.describes_all &= row.is_some() && self.tar_split.written < TABLE_LIMIT_BYTES / 2;
        self.tar_split.bytes(&self.frames.borrow_mut().take_bytes())?;
        let mut checksum = None;
        if entry.kind == Kind::File && entry.size > 0 {
            let offset = self.frames.borrow_mut().begin_content().during(|| "compress layer")?;
            let (mut hash, mut crc) = (Sha256::new(), CRC64.digest());
            loop {
                let content = archive.content(u64::MAX).during(|| "read archive")?;
                let read = content.len();
                if read == 0 {
                    break;
                }
                hash.update(content);
                crc.update(content);
                archive.consume(read);
            }
            let end_offset = self.frames.borrow_mut().end().during(|| "compress layer")?;
            checksum = Some(crc.finalize());
            if let Some(row) = &mut row {
                row.digest = Some(Digest::from_sha256(hash.finalize().as_slice()));
                (row.offset, row.end_offset) = (Some(offset), Some(end_offset));
            }
        }
        self.tar_split.file(entry, checksum)?;
        self.rows.extend(row);
        Ok(())
    }
}

/// `None`: a table has no words for it.
fn row(entry: &Entry) -> Option<Row> {
    let kind = match entry.kind {
        Kind::File if entry.sparse.is_none() => "reg",
        Kind::Directory => "dir",
        Kind::SymbolicLink => "symlink",
        Kind::HardLink => "hardlink",
        Kind::Fifo => "fifo",
        Kind::CharacterDevice => "char",
        Kind::BlockDevice => "block",
        Kind::File => return None,
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let xattrs = entry.xattrs.iter().map(|(name, value)| Some((text(name)?, BASE64_STANDARD.encode(value))));
    let modified = jiff::Timestamp::new(entry.modified.seconds, entry.modified.nanoseconds.try_into().ok()?).ok()?;
    Some(Row {
        kind,
        name: text(&entry.path)?,
        link_name: text(&entry.link_target)?,
        mode: entry.mode,
        size: entry.size,
        uid: entry.uid,
        gid: entry.gid,
        modtime: modified.to_string(),
        xattrs: xattrs.collect::<Option<_>>()?,
        dev_major: entry.device.0,
        dev_minor: entry.device.1,
        digest: None,
        offset: None,
        end_offset: None,
    })
}

/// What follows the archive, and the annotations that lead there.
fn write_table(frames: &mut Frames, entries: Vec<Row>, tar_split: TarSplit) -> Result<BTreeMap<String, String>> {
    let (split, split_bytes) = (tar_split.lines.finish().during(|| "compress tar-split")?, tar_split.written as u64);
    let table = serde_json::to_vec(&Table { version: 1, entries, tar_split: Digest::sha256_of(&split) })?;
    let packed = zstd::bulk::compress(&table, frames.level).during(|| "compress the table of contents")?;
    let table_offset = frames.sent_bytes() + SKIPPABLE_HEADER_BYTES;
    frames.skippable(&packed).during(|| "write the table of contents")?;
    let split_offset = frames.sent_bytes() + SKIPPABLE_HEADER_BYTES;
    frames.skippable(&split).during(|| "write tar-split")?;
    let (packed_bytes, table_bytes) = (packed.len() as u64, table.len() as u64);
    let numbers = [table_offset, packed_bytes, table_bytes, TABLE_TYPE, split_offset, split.len() as u64, split_bytes];
    let mut footer: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    footer.extend(FOOTER_MAGIC);
    frames.skippable(&footer).during(|| "write the footer")?;
    Ok(BTreeMap::from([
        (format!("{PREFIX}.manifest-checksum"), Digest::sha256_of(&packed).to_string()),
        (format!("{PREFIX}.manifest-position"), format!("{table_offset}:{packed_bytes}:{table_bytes}:{TABLE_TYPE}")),
        (format!("{PREFIX}.tarsplit-position"), format!("{split_offset}:{}:{split_bytes}", split.len())),
    ]))
}

/// The lines, compressed as they come.
struct TarSplit {
    lines: zstd::stream::write::Encoder<'static, Vec<u8>>,
    position: usize,
    /// Bytes, uncompressed.
    written: usize,
}

impl TarSplit {
    fn new() -> io::Result<TarSplit> {
        Ok(TarSplit { lines: zstd::stream::write::Encoder::new(Vec::new(), 3)?, position: 0, written: 0 })
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match bytes {
            [] => Ok(()),
            _ => self.line(2, None, None, None, Some(BASE64_STANDARD.encode(bytes))),
        }
    }

    fn file(&mut self, entry: &Entry, checksum: Option<u64>) -> Result<()> {
        let payload = checksum.map(|checksum| BASE64_STANDARD.encode(checksum.to_be_bytes()));
        let (name, raw) = match std::str::from_utf8(&entry.path) {
            Ok(name) => (Some(name), None),
            Err(_) => (None, Some(BASE64_STANDARD.encode(&entry.path))),
        };
        self.line(1, name, raw, (entry.size > 0).then_some(entry.size), payload)
    }

    fn line(
        &mut self,
        kind: u8,
        name: Option<&str>,
        name_raw: Option<String>,
        size: Option<u64>,
        payload: Option<String>,
    ) -> Result<()> {
        use io::Write;
        let mut line = serde_json::to_vec(&Line { kind, name, name_raw, size, payload, position: self.position })?;
        line.push(b'\n');
        self.position += 1;
        self.written += line.len();
        self.lines.write_all(&line).during(|| "compress tar-split")
    }
}

/// A stream all of whose bytes go into frames when they have been read.
struct Passed<R> {
    stream: R,
    frames: Rc<RefCell<Frames>>,
}

impl<R: BufRead> BufRead for Passed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // A frame that failed is told by the next read: consume() cannot.
        if let Some(error) = self.frames.borrow_mut().failed.take() {
            return Err(error);
        }
        self.stream.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        if bytes > 0
            && let Ok(buffer) = self.stream.fill_buf()
        {
            self.frames.borrow_mut().write(&buffer[..bytes]);
        }
        self.stream.consume(bytes);
    }
}

impl<R: BufRead> Read for Passed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// zstd frames on their way out.
struct Frames {
    encoder: Encoder<'static>,
    level: i32,
    chunks: SyncSender<Message>,
    /// Compressed, not sent yet.
    packed: Vec<u8>,
    sent: u64,
    /// Something was written since the last frame ended.
    is_open: bool,
    /// Uncompressed bytes since they were last taken, without the content of files.
    bytes: Vec<u8>,
    is_content: bool,
    failed: Option<io::Error>,
}

impl Frames {
    fn new(level: i32, chunks: SyncSender<Message>) -> io::Result<Frames> {
        let mut encoder = Encoder::new(level)?;
        encoder.set_parameter(CParameter::ChecksumFlag(true))?;
        Ok(Frames {
            encoder,
            level,
            chunks,
            packed: Vec::new(),
            sent: 0,
            is_open: false,
            bytes: Vec::new(),
            is_content: false,
            failed: None,
        })
    }

    fn write(&mut self, bytes: &[u8]) {
        self.is_open = true;
        if !self.is_content {
            self.bytes.extend_from_slice(bytes);
        }
        if let Err(error) = self.try_write(bytes) {
            self.failed.get_or_insert(error);
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut input = InBuffer::around(bytes);
        while input.pos() < bytes.len() {
            let mut room = [0; 16 * 1024];
            let mut output = OutBuffer::around(&mut room[..]);
            self.encoder.run(&mut input, &mut output)?;
            self.packed.extend_from_slice(output.as_slice());
        }
        if self.packed.len() >= CHUNK_BYTES { self.send() } else { Ok(()) }
    }

    fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Ends the frame that is open and begins one with the content of a file; returns where that begins.
    fn begin_content(&mut self) -> io::Result<u64> {
        let offset = self.end()?;
        self.is_content = true;
        Ok(offset)
    }

    /// Ends the frame that is open; returns where the next one begins.
    fn end(&mut self) -> io::Result<u64> {
        self.is_content = false;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        while self.is_open {
            let mut room = [0; 16 * 1024];
            let mut output = OutBuffer::around(&mut room[..]);
            let left = self.encoder.finish(&mut output, true)?;
            self.packed.extend_from_slice(output.as_slice());
            self.is_open = left > 0;
            if left == 0 {
                self.encoder.reinit()?;
            }
        }
        Ok(self.sent_bytes())
    }

    fn skippable(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("it has more than 4 GiB"))?;
        self.packed.extend_from_slice(&SKIPPABLE_MAGIC);
        self.packed.extend_from_slice(&length.to_le_bytes());
        self.packed.extend_from_slice(bytes);
        self.send()
    }

    fn sent_bytes(&self) -> u64 {
        self.sent + self.packed.len() as u64
    }

    fn send(&mut self) -> io::Result<()> {
        self.sent += self.packed.len() as u64;
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.chunks.send(Message::Chunk(std::mem::take(&mut self.packed))).map_err(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn archive() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut add = |name: &str, kind: tar::EntryType, content: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            header.set_device_major(1).unwrap();
            header.set_device_minor(3).unwrap();
            header.set_mode(0o644);
            header.set_uid(7);
            header.set_gid(8);
            header.set_mtime(1_700_000_000);
            builder.append_data(&mut header, name, content).unwrap();
        };
        add("etc/", tar::EntryType::Directory, b"");
        add("etc/hello", tar::EntryType::Regular, b"hello, world");
        add("etc/empty", tar::EntryType::Regular, b"");
        add(&format!("etc/{}", "long".repeat(60)), tar::EntryType::Regular, &[5; 700_000]);
        add("dev/null", tar::EntryType::Char, b"");
        builder.into_inner().unwrap()
    }

    fn packed(archive: &[u8]) -> (Vec<u8>, BTreeMap<String, String>) {
        let (annotations, mut blob) = (Annotations::default(), Vec::new());
        let stream = std::io::Cursor::new(archive.to_vec());
        compress(stream, 3, annotations.clone()).unwrap().read_to_end(&mut blob).unwrap();
        let annotations = annotations.lock().unwrap().clone();
        (blob, annotations)
    }

    fn numbers(text: &str) -> Vec<usize> {
        text.split(':').map(|number| number.parse().unwrap()).collect()
    }

    /// The compressed and the uncompressed bytes that an annotation leads to.
    fn found(blob: &[u8], position: &str) -> (Vec<u8>, Vec<u8>) {
        let place = numbers(position);
        let packed = blob[place[0]..place[0] + place[1]].to_vec();
        let plain = zstd::bulk::decompress(&packed, 1 << 20).unwrap();
        assert_eq!(plain.len(), place[2]);
        (packed, plain)
    }

    #[test]
    fn every_file_is_a_frame_of_its_own_where_the_table_says() {
        let (blob, annotations) = packed(&archive());
        assert!(zstd::decode_all(&blob[..]).unwrap() == archive(), "others inflate the very same archive");
        assert!(has_table(&annotations) && !has_table(&BTreeMap::new()));
        let (table, plain) = found(&blob, &annotations[&format!("{PREFIX}.manifest-position")]);
        assert_eq!(annotations[&format!("{PREFIX}.manifest-checksum")], Digest::sha256_of(&table).to_string());
        let table: Value = serde_json::from_slice(&plain).unwrap();
        let entries = table["entries"].as_array().unwrap();
        let kinds: Vec<&str> = entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["dir", "reg", "reg", "reg", "char"]);
        assert_eq!((&entries[1]["uid"], &entries[1]["modtime"]), (&7.into(), &"2023-11-14T22:13:20Z".into()));
        assert_eq!((&entries[4]["devMajor"], &entries[4]["devMinor"]), (&1.into(), &3.into()));
        assert!(entries[2].get("offset").is_none(), "there is nothing to fetch of an empty file");
        for (entry, content) in [(&entries[1], &b"hello, world"[..]), (&entries[3], &[5; 700_000])] {
            let at = |key: &str| entry[key].as_u64().unwrap() as usize;
            let frame = &blob[at("offset")..at("endOffset")];
            assert!(zstd::decode_all(frame).unwrap() == content);
            assert_eq!(entry["digest"], Digest::sha256_of(content).to_string());
        }
        let (split, _) = found(&blob, &annotations[&format!("{PREFIX}.tarsplit-position")]);
        assert_eq!(table["tarSplitDigest"], Digest::sha256_of(&split).to_string());
    }

    #[test]
    fn footer_leads_there_as_well() {
        let (blob, annotations) = packed(&archive());
        let footer: Vec<u64> = blob[blob.len() - 64..blob.len() - 8]
            .chunks(8)
            .map(|number| u64::from_le_bytes(number.try_into().unwrap()))
            .collect();
        let mut said = numbers(&annotations[&format!("{PREFIX}.manifest-position")]);
        said.extend(numbers(&annotations[&format!("{PREFIX}.tarsplit-position")]));
        assert_eq!(footer, said.iter().map(|&number| number as u64).collect::<Vec<_>>());
        assert!(blob.ends_with(&FOOTER_MAGIC));
    }

    #[test]
    fn archive_can_be_put_together_from_tar_split_and_the_files() {
        let (blob, annotations) = packed(&archive());
        let (_, lines) = found(&blob, &annotations[&format!("{PREFIX}.tarsplit-position")]);
        let mut again = Vec::new();
        for (position, line) in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let line: Value = serde_json::from_slice(line).unwrap();
            assert_eq!(line["position"], position);
            match (line["type"].as_u64().unwrap(), line["size"].as_u64()) {
                (2, _) => again.extend(BASE64_STANDARD.decode(line["payload"].as_str().unwrap()).unwrap()),
                (1, Some(12)) => {
                    again.extend(b"hello, world");
                    let checksum = CRC64.checksum(b"hello, world").to_be_bytes();
                    assert_eq!(line["payload"], BASE64_STANDARD.encode(checksum));
                }
                (1, Some(size)) => again.extend(vec![5; size as usize]),
                (1, None) => assert!(line["payload"].is_null()),
                other => panic!("{other:?}"),
            }
        }
        assert!(again == archive());
    }

    #[test]
    fn what_no_table_can_describe_has_none() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_path("na").unwrap();
        header.as_old_mut().name[1] = 0xff;
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, &b""[..]).unwrap();
        let archive = builder.into_inner().unwrap();
        let (blob, annotations) = packed(&archive);
        assert!(annotations.is_empty() && zstd::decode_all(&blob[..]).unwrap() == archive);
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        let stream = std::io::Cursor::new(vec![7; 2000]);
        let read = compress(stream, 3, Annotations::default()).unwrap().read_to_end(&mut Vec::new());
        assert!(read.is_err());
    }
}
