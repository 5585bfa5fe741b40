//! Blobs on their way in, and the blobs of layers that are here.
//!
//!     downloads/<hex>               what has arrived of the blob with that digest, locked by whoever fetches it
//!     layers/<diff ID>/blob         the layer as it came, byte by byte: what push and save give back
//!     layers/<diff ID>/blob.zst     the same of a layer that came uncompressed
//!
//! A download that breaks off stays, and the next one of the same blob goes on where it ended, whichever command it
//! belongs to. Nothing in it is trusted before the digest of the whole has been compared.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{LayerRecord, LayerSource, Staging, Store};
use crate::disk::{Lock, atomic};
use crate::error::{During, Error, Result};
use crate::oci::Digest;
use crate::sys::writeback;

/// Nobody comes back for a download that has rested that long.
const RESTING_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// So much begins its way to the disk at a time.
const STRETCH_BYTES: u64 = 8 << 20;
pub(super) const PLAIN_BLOB: &str = "blob";
pub(super) const ZSTD_BLOB: &str = "blob.zst";
/// Half as large as the archive, at a speed that nobody waits for.
const ZSTD_LEVEL: i32 = 1;

/// The bytes of a blob that are here so far. The descriptor holds the lock.
#[derive(Debug)]
pub struct Download {
    file: File,
    path: PathBuf,
    len: u64,
}

impl Download {
    /// Bytes that are here.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is here, from its beginning.
    pub fn content(&self) -> Result<File> {
        File::open(&self.path).during(|| format!("read {}", self.path.display()))
    }

    /// An error takes the whole download away: a full disk is not the place to keep half a blob.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes).during(|| format!("write {}", self.path.display()));
        let stretch = self.len / STRETCH_BYTES;
        self.len += bytes.len() as u64;
        if self.len / STRETCH_BYTES > stretch {
            writeback::begin(&self.file, stretch * STRETCH_BYTES, STRETCH_BYTES);
        }
        written.inspect_err(|_| self.forget())
    }

    /// What is here is wrong: begins anew.
    pub fn restart(&mut self) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| std::io::Seek::rewind(&mut self.file));
        self.len = 0;
        emptied.during(|| format!("empty {}", self.path.display()))
    }

    /// Takes it away.
    pub fn discard(self) {
        self.forget();
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.path); // what cannot be removed now goes when it has rested
    }
}

/// The blob of a layer in the store.
pub enum KeptBlob {
    /// As it is on disk.
    Plain(File),
    /// One that came uncompressed.
    Zstd(Box<zstd::Decoder<'static, BufReader<File>>>),
}

impl Read for KeptBlob {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            KeptBlob::Plain(file) => file.read(buffer),
            KeptBlob::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// Writes the blob of a staged layer whose digest is not known before its end.
pub enum BlobWriter {
    Plain(File),
    Zstd(Box<zstd::Encoder<'static, File>>),
}

impl BlobWriter {
    /// Beside the staged tree. One that is `compressed` already is kept as it is.
    pub fn create(staging: &Path, compressed: bool) -> Result<BlobWriter> {
        let path = staging.join(if compressed { PLAIN_BLOB } else { ZSTD_BLOB });
        let file = File::create_new(&path).during(|| format!("create {}", path.display()))?;
        match compressed {
            true => Ok(BlobWriter::Plain(file)),
            false => Ok(BlobWriter::Zstd(Box::new(zstd::Encoder::new(file, ZSTD_LEVEL).during(|| "compress layer")?))),
        }
    }

    pub fn finish(self) -> Result<()> {
        match self {
            BlobWriter::Plain(_) => Ok(()),
            BlobWriter::Zstd(encoder) => encoder.finish().map(drop).during(|| "compress layer"),
        }
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            BlobWriter::Plain(file) => file.write(bytes),
            BlobWriter::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Staging {
    /// Moves a finished download to the layer that it was unpacked to.
    pub fn adopt_blob(&self, download: Download) -> Result<()> {
        fs::rename(&download.path, self.path().join(PLAIN_BLOB)).during(|| "keep the layer's blob")
    }
}

impl Store {
    /// What earlier commands got of this blob, to go on from there; `None` while another command fetches it.
    pub fn resume_download(&self, digest: &Digest) -> Result<Option<Download>> {
        let path = self.root.join("downloads").join(digest.hex());
        let Some(lock) = Lock::try_exclusive(&path)? else { return Ok(None) };
        let mut file = File::from(OwnedFd::from(lock));
        let len = std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).during(|| "read a download")?;
        Ok(Some(Download { file, path, len }))
    }

    /// The blob that this layer came as, where it is kept.
    pub fn open_layer_blob(&self, layer: &LayerRecord) -> Result<Option<(LayerSource, KeptBlob)>> {
        let Some(source) = layer.kept.clone() else { return Ok(None) };
        let dir = self.layer_dir(&layer.diff_id);
        let open = |name| match File::open(dir.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).during(|| format!("open {}", dir.join(name).display())),
        };
        if let Some(file) = open(PLAIN_BLOB)? {
            return Ok(Some((source, KeptBlob::Plain(file))));
        }
        let Some(file) = open(ZSTD_BLOB)? else { return Ok(None) };
        let decoder = zstd::Decoder::new(file).during(|| "read a layer's blob")?;
        Ok(Some((source, KeptBlob::Zstd(Box::new(decoder)))))
    }

    /// Removes downloads that have rested for a day; `all`: every one that nobody works on. Returns their bytes.
    pub fn remove_resting_downloads(&self, all: bool) -> Result<u64> {
        let dir = self.root.join("downloads");
        let mut removed_bytes = 0;
        for entry in fs::read_dir(&dir).during(|| format!("list {}", dir.display()))?.flatten() {
            if !all && !atomic::is_older_than(&entry, RESTING_LIMIT) {
                continue;
            }
            let Some(_lock) = Lock::try_exclusive(&entry.path())? else { continue };
            removed_bytes += entry.metadata().map_or(0, |metadata| metadata.len());
            let _ = fs::remove_file(entry.path()); // ours while we hold it
        }
        Ok(removed_bytes)
    }

    /// Bytes on disk of the blob that the layer came as.
    pub fn layer_blob_size(&self, diff_id: &Digest) -> u64 {
        let dir = self.layer_dir(diff_id);
        [PLAIN_BLOB, ZSTD_BLOB].iter().filter_map(|name| fs::metadata(dir.join(name)).ok()).map(|blob| blob.len()).sum()
    }
}

/// What is left of a blob that is not all here: nothing may be missing of one that is kept.
pub fn require_blob(found: Option<(LayerSource, KeptBlob)>, layer: &LayerRecord) -> Result<(LayerSource, KeptBlob)> {
    found.ok_or_else(|| {
        Error::new(format!("the store does not keep what layer {} came as", layer.diff_id.short()))
            .with_hint("remove the image and pull it again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_goes_on_where_it_broke_off() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let digest = Digest::sha256_of(b"whole");
        let mut download = store.resume_download(&digest).unwrap().unwrap();
        download.append(b"who").unwrap();
        assert!(store.resume_download(&digest).unwrap().is_none(), "another command fetches it");
        drop(download);
        let mut download = store.resume_download(&digest).unwrap().unwrap();
        assert_eq!(download.len(), 3);
        download.append(b"le").unwrap();
        let read = |download: &Download| std::io::read_to_string(download.content().unwrap()).unwrap();
        assert_eq!(read(&download), "whole");
        download.restart().unwrap();
        download.append(b"new").unwrap();
        assert_eq!((read(&download), download.len()), ("new".to_owned(), 3));
        download.discard();
        assert!(store.resume_download(&digest).unwrap().unwrap().is_empty());
    }

    #[test]
    fn only_downloads_that_rest_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let [old, young, held] = [b"a", b"b", b"c"].map(|name| {
            let mut download = store.resume_download(&Digest::sha256_of(name)).unwrap().unwrap();
            download.append(b"12345").unwrap();
            download
        });
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
        [&old, &held].iter().for_each(|download| download.file.set_modified(long_ago).unwrap());
        drop((old, young));
        assert_eq!(store.remove_resting_downloads(false).unwrap(), 5);
        assert_eq!(store.remove_resting_downloads(true).unwrap(), 5);
        drop(held);
        assert_eq!(store.remove_resting_downloads(false).unwrap(), 5);
    }
}
