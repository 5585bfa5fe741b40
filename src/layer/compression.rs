//! Compressed bytes as a tar stream, and the digest of that stream: the diff ID. And the way back.
//!
//! Inflating has a thread of its own, so that it goes on while files are written; the channel between the two is short
//! and keeps memory flat.

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sha2::{Digest as _, Sha256};

use super::chunked;
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::oci::manifest::Compression;

pub(super) const CHUNK_BYTES: usize = 256 * 1024;
const CHUNKS_AHEAD: usize = 8;
/// The largest window of a zstd frame, 2^27 bytes: what the format asks every decoder to support, and then some.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// The uncompressed stream, hashed as it is read.
#[derive(Debug)]
pub struct Inflated {
    chunks: Chunks,
    hash: Sha256,
}

/// What a thread says of the stream that it makes.
pub(super) enum Message {
    Chunk(Vec<u8>),
    /// Without it the channel's end means that the thread died.
    End,
    Failed(io::Error),
}

/// A stream that is made by another thread.
pub(super) struct Chunks {
    receiver: Receiver<Message>,
    chunk: Vec<u8>,
    read: usize,
    ended: bool,
}

/// Starts a thread that makes a stream. It may stop when nobody listens any more.
pub(super) fn in_thread(
    act: &'static str,
    make: impl FnOnce(&SyncSender<Message>) -> io::Result<()> + Send + 'static,
) -> Result<Chunks> {
    let (sender, receiver) = sync_channel(CHUNKS_AHEAD);
    let make = move || {
        let last = make(&sender).map_or_else(Message::Failed, |()| Message::End);
        let _ = sender.send(last); // nobody listens any more: the reader has failed
    };
    let thread = std::thread::Builder::new().name(act.to_owned()).spawn(make);
    thread.during(|| format!("start a thread to {act} the layer"))?;
    Ok(Chunks { receiver, chunk: Vec::new(), read: 0, ended: false })
}

/// Starts to inflate `input`. Its first bytes say how it is compressed: media types lie.
pub fn open(mut input: impl Read + Send + 'static) -> Result<Inflated> {
    let mut magic = Vec::new();
    input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut magic).during(|| "read layer")?;
    let algorithm = Algorithm::of(&magic)?;
    let input = Cursor::new(magic).chain(input);
    let chunks = in_thread("inflate", move |sender| inflate(input, algorithm, sender))?;
    Ok(Inflated { chunks, hash: Sha256::new() })
}

/// [`open`] for archives that people make by hand, which may be compressed with xz as well.
pub fn open_archive(input: impl Read + Send + 'static) -> Result<Inflated> {
    open(without_xz(input)?)
}

/// The stream as it is, or what it holds if it is compressed with xz, which layers may not be.
pub fn without_xz(mut input: impl Read + Send + 'static) -> Result<Box<dyn Read + Send>> {
    /// Of the decoder: what `xz -9` asks for.
    const XZ_MEMORY_KIB: u32 = 66 << 10;
    let mut magic = Vec::new();
    input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut magic).during(|| "read archive")?;
    let is_xz = magic == XZ_MAGIC;
    let input = Cursor::new(magic).chain(input);
    Ok(match is_xz {
        true => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB)),
        false => Box::new(input),
    })
}

impl Inflated {
    /// Reads what is left, which a tar reader does not look at, and gives the digest of the whole stream.
    pub fn finish(mut self) -> Result<Digest> {
        loop {
            let available = self.fill_buf().during(|| "inflate layer")?.len();
            if available == 0 {
                return Ok(Digest::from_sha256(self.hash.finalize().as_slice()));
            }
            self.consume(available);
        }
    }
}

impl BufRead for Inflated {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.chunks.fill(|chunk| self.hash.update(chunk))
    }

    fn consume(&mut self, bytes: usize) {
        self.chunks.read += bytes;
    }
}

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Chunks {
    /// What is at hand; `arrived` is shown each chunk once.
    fn fill(&mut self, mut arrived: impl FnMut(&[u8])) -> io::Result<&[u8]> {
        while self.read == self.chunk.len() && !self.ended {
            match self.receiver.recv() {
                Ok(Message::Chunk(chunk)) => {
                    arrived(&chunk);
                    (self.chunk, self.read) = (chunk, 0);
                }
                Ok(Message::End) => self.ended = true,
                Ok(Message::Failed(error)) => return Err(error),
                Err(_) => return Err(io::Error::other("the stream broke off")),
            }
        }
        Ok(&self.chunk[self.read..])
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill(|_| ())?.read(buffer)?;
        self.read += read;
        Ok(read)
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("read", &self.read).field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// [`open`] for a stream that has to have that diff ID: where it has another one, its end is an error.
pub fn open_checked(input: impl Read + Send + 'static, diff_id: Digest) -> Result<impl Read + Send + 'static> {
    Ok(Checked { stream: Some(open(input)?), diff_id })
}

struct Checked {
    /// `None` after its end.
    stream: Option<Inflated>,
    diff_id: Digest,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let read = stream.read(buffer)?;
        if read == 0
            && !buffer.is_empty()
            && let Some(stream) = self.stream.take()
        {
            let got = stream.finish().map_err(io::Error::other)?;
            if got != self.diff_id {
                let error = Error::new(format!("the stored layer is damaged: it is {got}, not {}", self.diff_id))
                    .with_hint("remove the image and pull it again");
                return Err(io::Error::other(error));
            }
        }
        Ok(read)
    }
}

/// How a layer is to be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    pub algorithm: Algorithm,
    /// With a table of contents; only zstd has one.
    pub chunked: bool,
    /// `None`: what the algorithm's own tool does.
    pub level: Option<u32>,
}

/// The tar stream, compressed as it is read. The same stream always gives the same bytes. `annotations` of the result
/// are there when all of it has been read.
pub fn compress(
    stream: impl Read + Send + 'static,
    packing: Packing,
    annotations: &chunked::Annotations,
) -> Result<Box<dyn Read + Send>> {
    const GZIP_LEVEL: u32 = 6;
    const ZSTD_LEVEL: u32 = 3;
    Ok(match packing.algorithm {
        Algorithm::None => Box::new(stream),
        Algorithm::Gzip => {
            let level = flate2::Compression::new(packing.level.unwrap_or(GZIP_LEVEL));
            Box::new(flate2::read::GzEncoder::new(stream, level))
        }
        Algorithm::Zstd => {
            let level = i32::try_from(packing.level.unwrap_or(ZSTD_LEVEL)).map_err(|_| Error::new("no such level"))?;
            if packing.chunked {
                return chunked::compress(stream, level, annotations.clone());
            }
            let mut encoder = zstd::stream::read::Encoder::new(stream, level).during(|| "compress layer")?;
            encoder.include_checksum(true).during(|| "compress layer")?;
            Box::new(encoder)
        }
    })
}

/// Bytes of a stream that say how it is compressed.
pub const MAGIC_BYTES: usize = 6;
const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// The media type's word as an act.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Compression::None => Algorithm::None,
            Compression::Gzip => Algorithm::Gzip,
            Compression::Zstd => Algorithm::Zstd,
        }
    }
}

impl Algorithm {
    /// By the first [`MAGIC_BYTES`]. An error names an algorithm that layers do not have.
    pub fn of(magic: &[u8]) -> Result<Algorithm> {
        match magic {
            [0x1f, 0x8b, ..] => Ok(Algorithm::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Algorithm::Zstd),
            // A skippable frame, which zstd:chunked and eStargz-like writers may put first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Algorithm::Zstd),
            _ if magic == XZ_MAGIC => Err(unsupported("xz")),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Err(unsupported("bzip2")),
            _ => Ok(Algorithm::None),
        }
    }
}

fn unsupported(algorithm: &str) -> Error {
    Error::new(format!("the layer is compressed with {algorithm}, which the image specification does not know"))
        .with_hint("compress it with gzip or zstd")
}

type Input<R> = Chain<Cursor<Vec<u8>>, R>;

fn inflate<R: Read>(input: Input<R>, algorithm: Algorithm, chunks: &SyncSender<Message>) -> io::Result<()> {
    let input = BufReader::with_capacity(64 * 1024, input);
    match algorithm {
        Algorithm::None => send_all(input, chunks),
        // Several members in a row are one stream (RFC 1952): pigz, eStargz and `cat a.gz b.gz` write them.
        Algorithm::Gzip => send_all(flate2::bufread::MultiGzDecoder::new(input), chunks),
        Algorithm::Zstd => zstd::Decoder::with_buffer(input).and_then(|mut decoder| {
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            send_all(decoder, chunks)
        }),
    }
}

fn send_all(mut stream: impl Read, chunks: &SyncSender<Message>) -> io::Result<()> {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut filled = 0;
        while filled < CHUNK_BYTES {
            match stream.read(&mut chunk[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let is_last = filled < CHUNK_BYTES;
        chunk.truncate(filled);
        if chunks.send(Message::Chunk(chunk)).is_err() || is_last {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(bytes: Vec<u8>) -> Result<(Vec<u8>, Digest)> {
        let mut stream = open(Cursor::new(bytes))?;
        let mut content = Vec::new();
        stream.read_to_end(&mut content).during(|| "inflate")?;
        Ok((content, stream.finish()?))
    }

    #[test]
    fn the_first_bytes_say_how_a_layer_is_compressed() {
        let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let zstd = zstd::encode_all(&content[..], 1).unwrap();
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &zstd].concat();
        for compressed in [content.clone(), gzip(&content), zstd, skippable] {
            assert!(inflated(compressed).unwrap() == (content.clone(), Digest::sha256_of(&content)));
        }
    }

    #[test]
    fn what_is_compressed_here_inflates_to_what_it_was() {
        let content: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        for (algorithm, level) in [
            (Algorithm::None, None),
            (Algorithm::Gzip, None),
            (Algorithm::Gzip, Some(9)),
            (Algorithm::Zstd, None),
            (Algorithm::Zstd, Some(19)),
        ] {
            let mut packed = Vec::new();
            let packing = Packing { algorithm, chunked: false, level };
            compress(Cursor::new(content.clone()), packing, &Default::default())
                .unwrap()
                .read_to_end(&mut packed)
                .unwrap();
            assert_eq!(Algorithm::of(&packed).unwrap(), algorithm);
            assert!(inflated(packed).unwrap().0 == content);
        }
    }

    #[test]
    fn stream_with_another_diff_id_has_no_good_end() {
        let read = |diff_id: Digest| {
            let mut all = Vec::new();
            open_checked(Cursor::new(gzip(b"layer")), diff_id).unwrap().read_to_end(&mut all).map(|_| all)
        };
        assert_eq!(read(Digest::sha256_of(b"layer")).unwrap(), b"layer");
        assert!(Error::from(read(Digest::sha256_of(b"other")).unwrap_err()).to_string().contains("damaged"));
    }

    #[test]
    fn several_members_are_one_stream() {
        let gzip = [gzip(b"a"), gzip(b""), gzip(b"b")].concat();
        let zstd = [zstd::encode_all(&b"a"[..], 1).unwrap(), zstd::encode_all(&b"b"[..], 1).unwrap()].concat();
        for stream in [gzip, zstd] {
            assert_eq!(inflated(stream).unwrap().0, b"ab");
        }
    }

    #[test]
    fn a_damaged_or_cut_stream_is_an_error_and_not_an_end() {
        let content: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for whole in [gzip(&content), zstd::encode_all(&content[..], 1).unwrap()] {
            for cut in [7, whole.len() / 2, whole.len() - 1] {
                assert!(inflated(whole[..cut].to_vec()).is_err(), "cut at {cut}");
            }
        }
        let mut wrong = gzip(&content);
        let last = wrong.len() - 6;
        wrong[last] ^= 1; // in the checksum
        assert!(inflated(wrong).is_err());
    }

    #[test]
    fn what_the_specification_does_not_know_is_named() {
        for (magic, name) in [(&b"\xfd7zXZ\0"[..], "xz"), (b"BZh91A", "bzip2")] {
            assert!(open(Cursor::new(magic.to_vec())).unwrap_err().to_string().contains(name));
        }
    }

    #[test]
    fn what_is_left_after_the_archive_counts_for_the_digest() {
        let mut stream = open(Cursor::new(b"entry and padding".to_vec())).unwrap();
        stream.read_exact(&mut [0; 5]).unwrap();
        assert_eq!(stream.finish().unwrap(), Digest::sha256_of(b"entry and padding"));
    }

    #[test]
    fn fuzz_any_stream_inflates_to_something_or_is_an_error() {
        let content: Vec<u8> = (0..3000_u32).flat_map(u32::to_le_bytes).collect();
        let mut long_window = zstd::Encoder::new(Vec::new(), 1).unwrap();
        long_window.window_log(27).unwrap();
        long_window.write_all(&content).unwrap();
        let long_window = long_window.finish().unwrap();
        let two = [gzip(b"a"), gzip(&content)].concat();
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9][..], &long_window].concat();
        let zstd = zstd::encode_all(&content[..], 3).unwrap();
        let seeds = [&two[..], &zstd, &skippable, &content];
        let words = ["\x1f\u{8b}\x08", "\x50\x2a\x4d\x18", "\x7f\x7f\x7f\x7f"];
        crate::fuzz::mutations("compression", &seeds, &words, 1_500, |input| {
            let mut stream = match open(Cursor::new(input.to_vec())) {
                Ok(stream) => stream,
                Err(error) => return error.to_string(),
            };
            // What a small input may inflate to has an end, but it may be far away.
            let read = io::copy(&mut (&mut stream).take(8 << 20), &mut io::sink());
            match read {
                Ok(read) if read == 8 << 20 => "a bomb".to_owned(),
                Ok(_) => stream.finish().map_or_else(|error| error.to_string(), |_| "whole".to_owned()),
                Err(error) => {
                    assert!(!error.to_string().contains("broke off"), "the thread that inflates has died");
                    error.to_string()
                }
            }
        });
    }
}
