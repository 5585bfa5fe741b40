//! The door through which layers come that are not pulled: from archives, containers and other stores.
//!
//!     stream -> counted and hashed -> kept as the layer's blob
//!                                  -> box-unpack -> diff ID -> committed, or found to be here already
//!
//! The same confinement and the same checks as for a pull (see `pull`), for a stream that is read to its end here.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};

use sha2::Digest as _;

use super::room;
use super::unpacker::Unpacking;
use crate::disk::Lock;
use crate::error::{During, Error, Result};
use crate::layer::compression::{Algorithm, MAGIC_BYTES};
use crate::oci::Digest;
use crate::store::{BlobWriter, Claim, LayerRecord, LayerSource, Store};

const CHUNK_BYTES: usize = 256 * 1024;

/// What is known of a layer before it is read. Whatever is given must turn out to be so.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Of the bytes of the stream.
    pub blob: Option<Digest>,
    /// Of the tar archive in it.
    pub diff_id: Option<Digest>,
}

/// A layer that is in the store.
#[derive(Debug)]
pub struct Received {
    pub layer: LayerRecord,
    /// The blob that the stream was.
    pub blob: LayerSource,
    /// Keeps the layer there until an image that has it is listed.
    pub hold: Lock,
}

/// The layer as it is here, or received from the stream that `open` gives. `known` describes it where it is here and
/// nothing else does.
pub fn have_or_receive<R: Read>(
    store: &Store,
    expected: &Expected,
    known: Option<LayerSource>,
    open: impl FnOnce() -> Result<R>,
) -> Result<Received> {
    if let Some(diff_id) = &expected.diff_id
        && let Claim::Present(hold) = store.claim_layer(diff_id)?
        && let Some(here) = store.find_layer(diff_id)?
        && let Some(blob) = known.or_else(|| here.kept.clone())
    {
        return Ok(Received { layer: here, blob, hold });
    }
    receive(store, open()?, expected)
}

/// Reads `stream`, a tar archive, compressed or not, to its end, and puts what it unpacks to into the store.
pub fn receive(store: &Store, stream: impl Read, expected: &Expected) -> Result<Received> {
    room::tidy_if_full(store, unpack(store, stream, expected))
}

fn unpack(store: &Store, mut stream: impl Read, expected: &Expected) -> Result<Received> {
    let mut unpacking = Unpacking::begin(store)?;
    let blob = keep_and_feed(&mut stream, &mut unpacking)?;
    let unpacked = unpacking.finish()?;
    require("content", expected.blob.as_ref(), &blob.digest)?;
    require("tar archive", expected.diff_id.as_ref(), &unpacked.diff_id)?;
    match store.claim_layer(&unpacked.diff_id)? {
        // As of now: what was just made goes.
        Claim::Present(hold) => {
            let layer = store.find_layer(&unpacked.diff_id)?.ok_or_else(|| Error::new("the layer has been removed"))?;
            if layer.kept.as_ref() != Some(&blob) {
                store.add_layer_source(&layer.diff_id, blob.clone())?;
            }
            Ok(Received { layer, blob, hold })
        }
        Claim::Ours(hold) => {
            let layer = unpacked.commit(store, blob.clone())?;
            hold.share()?;
            Ok(Received { layer, blob, hold })
        }
    }
}

fn keep_and_feed(stream: &mut impl Read, unpacking: &mut Unpacking) -> Result<LayerSource> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut filled = fill(stream, &mut buffer)?;
    let algorithm = Algorithm::of(&buffer[..filled.min(MAGIC_BYTES)])?;
    let mut keeper = BlobWriter::create(unpacking.staging().path(), algorithm != Algorithm::None)?;
    let (mut hash, mut size_bytes, mut takes_more) = (sha2::Sha256::new(), 0, true);
    while filled > 0 {
        let chunk = &buffer[..filled];
        hash.update(chunk);
        size_bytes += filled as u64;
        keeper.write_all(chunk).during(|| "keep the layer's blob")?;
        if takes_more {
            match unpacking.input().write_all(chunk) {
                // It has given up, and says why when it is asked; the stream is read to its end for whoever follows.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => takes_more = false,
                written => written.during(|| "feed the unpacker")?,
            }
        }
        filled = fill(stream, &mut buffer)?;
    }
    keeper.finish()?;
    let media_type = match algorithm {
        Algorithm::None => "application/vnd.oci.image.layer.v1.tar",
        Algorithm::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
        Algorithm::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
    };
    Ok(LayerSource {
        digest: Digest::from_sha256(hash.finalize().as_slice()),
        size_compressed: size_bytes,
        media_type: media_type.to_owned(),
        annotations: BTreeMap::new(),
    })
}

/// Reads until the buffer is full or the stream ends.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).during(|| "read layer"),
        }
    }
    Ok(filled)
}

fn require(what: &str, wanted: Option<&Digest>, got: &Digest) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != got => Err(Error::new(format!("the layer's {what} is {got}, it should be {wanted}"))
            .with_hint("the image was put together wrongly, or it has been damaged or tampered with")),
        _ => Ok(()),
    }
}
