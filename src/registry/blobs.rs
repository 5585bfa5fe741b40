//! Blobs: streamed, never held. What has arrived is counted and hashed on its way; a stream that breaks is taken up
//! where it broke; one byte more than the descriptor says, or another digest at its end, is an error.

use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use sha2::Digest as _;

use super::client::{Question, Repository};
use super::failure::{Again, Failure, FailureDuring};
use super::manifests::DOCUMENT_LIMIT_BYTES;
use crate::error::{Error, Result};
use crate::oci::manifest::Descriptor;
use crate::oci::{Algorithm, Digest};

/// So much progress makes up for a failure: a large layer on a bad line ends at last, a server that sends one byte at
/// a time does not keep us for ever.
const PROGRESS_BYTES: u64 = 4 << 20;

/// The bytes of one blob, in order. The end is only reached if size and digest are right.
pub struct BlobStream<'a> {
    repository: &'a Repository,
    descriptor: &'a Descriptor,
    verifier: Verifier,
    /// `None`: to be asked for, from `offset` on.
    response: Option<Response>,
    /// Bytes that a server which ignores ranges sends again.
    to_skip: u64,
    offset: u64,
    tried: u32,
    offset_of_failure: u64,
}

impl Repository {
    /// Contacts nobody until the first chunk is asked for. Foreign URLs of the descriptor are never followed.
    pub fn blob<'a>(&'a self, descriptor: &'a Descriptor) -> BlobStream<'a> {
        BlobStream {
            repository: self,
            descriptor,
            verifier: Verifier::new(descriptor.digest.algorithm()),
            response: None,
            to_skip: 0,
            offset: 0,
            tried: 0,
            offset_of_failure: 0,
        }
    }

    /// A blob that is a document, such as a config.
    pub async fn small_blob(&self, descriptor: &Descriptor) -> Result<Vec<u8>> {
        if descriptor.size > DOCUMENT_LIMIT_BYTES {
            return Err(Error::new(format!("{} is longer than {DOCUMENT_LIMIT_BYTES} bytes", descriptor.digest)));
        }
        let mut stream = self.blob(descriptor);
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.chunk().await? {
            bytes.extend_from_slice(chunk.as_ref());
        }
        Ok(bytes)
    }
}

impl BlobStream<'_> {
    /// Takes into account what an earlier attempt got: the next bytes of the blob, before any are asked for.
    pub fn resume(&mut self, bytes: &[u8]) {
        self.verifier.update(bytes);
        self.offset += bytes.len() as u64;
        self.offset_of_failure = self.offset;
    }

    /// The next bytes; `None`: all are there, and they are the right ones.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>> {
        loop {
            match self.try_chunk().await {
                Ok(chunk) => return Ok(chunk),
                Err(failure) => self.recover(failure).await.failing(|| format!("fetch {}", self.descriptor.digest))?,
            }
        }
    }

    async fn try_chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Failure> {
        loop {
            let response = match self.response.as_mut() {
                Some(response) => response,
                None if self.offset == self.descriptor.size => return self.finish().map(|()| None),
                None => {
                    let response = self.open().await?;
                    self.response.insert(response)
                }
            };
            let Some(mut chunk) = response.chunk().await.map_err(|error| Failure::of_transport(&error))? else {
                self.response = None;
                if self.offset < self.descriptor.size {
                    let cause = format!("the stream ended after {} of {} bytes", self.offset, self.descriptor.size);
                    return Err(Failure { error: Error::new(cause), again: Again::Soon, answered: true });
                }
                continue;
            };
            let skipped = self.to_skip.min(chunk.len() as u64);
            self.to_skip -= skipped;
            let chunk = chunk.split_off(skipped as usize);
            if chunk.is_empty() {
                continue;
            }
            if chunk.len() as u64 > self.descriptor.size - self.offset {
                return Err(Failure::never(Error::new(format!(
                    "more than the {} bytes of its descriptor arrive",
                    self.descriptor.size
                ))));
            }
            self.verifier.update(&chunk);
            self.offset += chunk.len() as u64;
            return Ok(Some(chunk));
        }
    }

    async fn open(&mut self) -> Result<Response, Failure> {
        let path = self.repository.path(&format!("blobs/{}", self.descriptor.digest));
        let question = Question { offset: self.offset, ..Question::get(&path) };
        // One try: a refusal here and a stream that breaks later count together.
        let response = self.repository.registry.exchange(&question).await?;
        self.to_skip = match response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(&response, self.offset) => 0,
            StatusCode::PARTIAL_CONTENT => {
                return Err(Failure::never(Error::new(format!(
                    "the registry sends another range than from byte {}",
                    self.offset
                ))));
            }
            // The whole blob again.
            _ => self.offset,
        };
        Ok(response)
    }

    /// Waits before the next try; gives the failure back when there is none.
    async fn recover(&mut self, failure: Failure) -> Result<(), Failure> {
        self.response = None;
        if self.offset - self.offset_of_failure >= PROGRESS_BYTES {
            self.tried = 0;
        }
        self.offset_of_failure = self.offset;
        self.tried += 1;
        match self.repository.registry.wait_before_retry(failure.again, self.tried) {
            Some(wait) => {
                tokio::time::sleep(wait).await;
                Ok(())
            }
            None => Err(failure),
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let verifier = std::mem::replace(&mut self.verifier, Verifier::new(self.descriptor.digest.algorithm()));
        verifier.finish(&self.descriptor.digest).map_err(Failure::never)
    }
}

/// Whether `Content-Range: bytes FIRST-LAST/SIZE` begins where we asked.
fn starts_at(response: &Response, offset: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let first = range.and_then(|text| text.strip_prefix("bytes ")?.split('-').next()?.parse::<u64>().ok());
    first == Some(offset)
}

/// Hashes what it is shown and compares at the end.
pub(super) enum Verifier {
    Sha256(sha2::Sha256),
    Sha512(sha2::Sha512),
}

impl Verifier {
    pub fn new(algorithm: Algorithm) -> Verifier {
        match algorithm {
            Algorithm::Sha256 => Verifier::Sha256(sha2::Sha256::new()),
            Algorithm::Sha512 => Verifier::Sha512(sha2::Sha512::new()),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Verifier::Sha256(hash) => hash.update(bytes),
            Verifier::Sha512(hash) => hash.update(bytes),
        }
    }

    pub fn finish(self, wanted: &Digest) -> Result<()> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let got = match self {
            Verifier::Sha256(hash) => hex(hash.finalize().as_slice()),
            Verifier::Sha512(hash) => hex(hash.finalize().as_slice()),
        };
        match got == wanted.hex() {
            true => Ok(()),
            false => {
                Err(Error::new(format!("the content is not what was asked for: wanted {}, got {got}", wanted.hex()))
                    .with_hint("the registry, or a proxy on the way, changes or confuses content"))
            }
        }
    }
}
