//! The writing half of the protocol: blobs and manifests go up.
//!
//!     HEAD  blobs/<digest>                     200: nothing to do
//!     POST  blobs/uploads/?mount=…&from=…      201: it is there, and no byte was sent; 202: a session all the same
//!     POST  blobs/uploads/                     202 Location: the session
//!     PATCH <session>                          the bytes, as one stream; 202 Location: where it goes on
//!     PUT   <session>?digest=…                 201
//!     PUT   manifests/<tag or digest>          201
//!
//! One stream, as Docker sends it, is what every registry takes; chunks with ranges are not. The digest is only said at
//! the end, so what is compressed on its way need not be known before. A stream that breaks is sent again from its
//! beginning. Only the registry itself learns who we are, wherever it sends us.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Body, Method, Response, StatusCode, Url};
use sha2::Digest as _;
use tokio::sync::mpsc;

use super::auth;
use super::client::{Place, Question, Repository};
use super::failure::{Again, Failure, FailureDuring, shown};
use super::manifests::declared_digest;
use crate::error::{Error, Result};
use crate::oci::{Digest, Reference};

/// Opens a blob at its beginning, as often as a broken line needs it.
pub type Open<'a> = dyn Fn() -> Result<Box<dyn Read + Send>> + 'a;

/// An upload that the registry has begun.
pub struct Session(Url);

pub enum Mounted {
    /// The blob is there.
    Yes,
    /// It has to be sent.
    No(Option<Session>),
}

/// What has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub digest: Digest,
    pub size: u64,
}

const CHUNK_BYTES: usize = 128 << 10;
/// Read and hashed before the network has taken them.
const CHUNKS_AHEAD: usize = 8;
/// How often the progress is looked at.
const TICK: Duration = Duration::from_millis(200);
/// The network takes no byte for so long: the line is dead.
const STALL: Duration = Duration::from_secs(30);
/// All is sent: the registry may have to store gigabytes before it answers.
const PATIENCE: Duration = Duration::from_secs(300);

impl Repository {
    /// Whether the registry has this blob in this repository.
    pub async fn has_blob(&self, digest: &Digest, size: u64) -> Result<bool> {
        let path = self.path(&format!("blobs/{digest}"));
        match self.registry.ask(&Question::new(Method::HEAD, Place::Path(&path))).await {
            Ok(response) => {
                let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
                // Half a blob is none.
                Ok(length.is_none_or(|length: u64| length == size))
            }
            // Some say 404 to it, some forbid it: whoever sends it hears why that is not possible.
            Err(failure) if failure.answered && failure.again == Again::Never => Ok(false),
            Err(failure) => Err(failure).failing(|| format!("ask for {digest}")),
        }
    }

    /// Makes a blob of another repository of the same registry one of this, if the registry wants to.
    pub async fn mount_blob(&self, digest: &Digest, from: &Reference) -> Result<Mounted> {
        let scope = format!("repository:{}:pull", from.path());
        self.registry.ask_for_scope(scope.clone());
        // Paths and digests are of letters that a query takes as they are.
        let path = self.path(&format!("blobs/uploads/?mount={digest}&from={}", from.path()));
        match self.registry.ask(&Question::new(Method::POST, Place::Path(&path))).await {
            Ok(response) if response.status() == StatusCode::CREATED => Ok(Mounted::Yes),
            Ok(response) => Ok(Mounted::No(next_address(&response).ok().map(Session))),
            Err(failure) if failure.answered && failure.again == Again::Never => {
                // A token server may refuse all because of one repository that it does not show.
                self.registry.withdraw_scope(&scope);
                Ok(Mounted::No(None))
            }
            Err(failure) => Err(failure).failing(|| format!("mount {digest} from {}", from.path())),
        }
    }

    /// Sends a blob. `expected`: its digest where that is known before. `sent` hears of bytes that the network has
    /// taken, each once, however often they are sent.
    pub async fn upload(
        &self,
        session: Option<Session>,
        open: &Open<'_>,
        expected: Option<&Digest>,
        sent: &dyn Fn(u64),
    ) -> Result<Uploaded> {
        let mut session = session;
        let mut highest = 0;
        let mut tried = 0;
        let act = || expected.map_or_else(|| "send it".to_owned(), |digest| format!("send {digest}"));
        loop {
            let failure = match self.try_upload(session.take(), open, expected, &mut highest, sent).await {
                Ok(uploaded) => return Ok(uploaded),
                Err(failure) => failure,
            };
            tried += 1;
            match self.registry.wait_before_retry(failure.again, tried) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(failure).failing(act),
            }
        }
    }

    /// Gives a manifest or an index a tag, or only its digest.
    pub async fn put_document(&self, selector: &str, media_type: &str, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::sha256_of(bytes);
        let path = self.path(&format!("manifests/{selector}"));
        let put = Question::new(Method::PUT, Place::Path(&path));
        let question = Question { body: Some((media_type, bytes)), patient: true, ..put };
        let response = self.registry.ask(&question).await.failing(|| format!("write manifest `{selector}`"))?;
        match declared_digest(&response) {
            Some(stored) if stored.algorithm() == digest.algorithm() && stored != digest => {
                Err(Error::new(format!("it was sent as {digest}, the registry has stored {stored}"))
                    .while_doing(format!("write manifest `{selector}`")))
            }
            _ => Ok(digest),
        }
    }

    async fn try_upload(
        &self,
        session: Option<Session>,
        open: &Open<'_>,
        expected: Option<&Digest>,
        highest: &mut u64,
        sent: &dyn Fn(u64),
    ) -> Result<Uploaded, Failure> {
        let mut begun = session;
        let mut renewed = false;
        loop {
            let address = match begun.take() {
                Some(Session(address)) => address,
                None => self.begin().await?,
            };
            let flow = Flow::start(open().map_err(Failure::never)?);
            let response = self.stream(&address, &flow, highest, sent).await?;
            let status = response.status();
            // A token may run out on a long way; a second refusal in a row means something else.
            if status == StatusCode::UNAUTHORIZED
                && !renewed
                && self.registry.is_ours(&response)
                && self.registry.authorize(&response).await?
            {
                renewed = true;
                continue;
            }
            if !status.is_success() {
                let failure = self.registry.refused(response).await;
                self.abandon(&address).await;
                return Err(failure);
            }
            let uploaded = flow.result().map_err(Failure::never)?;
            let address = match response.headers().contains_key(LOCATION) {
                true => next_address(&response)?,
                false => address,
            };
            if let Some(expected) = expected.filter(|expected| **expected != uploaded.digest) {
                self.abandon(&address).await;
                return Err(Failure::never(
                    Error::new(format!("its copy in the store is damaged: it has digest {}", uploaded.digest))
                        .with_hint(format!("{expected} has to be fetched or made again")),
                ));
            }
            return self.finish(address, &uploaded).await.map(|()| uploaded);
        }
    }

    async fn begin(&self) -> Result<Url, Failure> {
        let path = self.path("blobs/uploads/");
        let response = self.registry.ask(&Question::new(Method::POST, Place::Path(&path))).await?;
        next_address(&response)
    }

    /// Sends all of `flow` and gives the answer, whatever it is.
    async fn stream(
        &self,
        address: &Url,
        flow: &Flow,
        highest: &mut u64,
        sent: &dyn Fn(u64),
    ) -> Result<Response, Failure> {
        let request = self.registry.patient_http()?.patch(address.clone());
        let request = self.registry.prove(request, address).header(CONTENT_TYPE, "application/octet-stream");
        let mut answer = std::pin::pin!(request.body(flow.take_body()).send());
        let (mut seen, mut quiet) = (0, Duration::ZERO);
        loop {
            let answered = tokio::time::timeout(TICK, &mut answer).await;
            let moved = flow.moved();
            if moved > *highest {
                sent(moved - *highest);
                *highest = moved;
            }
            match answered {
                Ok(Ok(response)) => return Ok(response),
                // What we could not read ourselves is the cause of what the network says.
                Ok(Err(error)) => {
                    let ours = flow.result_if_ended().and_then(Result::err);
                    return Err(ours.map_or_else(|| self.registry.unreachable(&error), Failure::never));
                }
                Err(_) if moved > seen => (seen, quiet) = (moved, Duration::ZERO),
                Err(_) => quiet += TICK,
            }
            let limit = if flow.result_if_ended().is_some() { PATIENCE } else { STALL };
            if quiet >= limit {
                let cause = format!("no byte has moved for {} s", limit.as_secs());
                let error = Error::new(cause).with_hint("the network or the registry is too slow");
                return Err(Failure { error, again: Again::Soon, answered: false });
            }
        }
    }

    async fn finish(&self, mut address: Url, uploaded: &Uploaded) -> Result<(), Failure> {
        address.query_pairs_mut().append_pair("digest", &uploaded.digest.to_string());
        let question = Question { patient: true, ..Question::new(Method::PUT, Place::Url(&address)) };
        match self.registry.ask(&question).await {
            Ok(_) => Ok(()),
            // The answer to the first try may have been lost, and the session with it.
            Err(failure) => match self.has_blob(&uploaded.digest, uploaded.size).await {
                Ok(true) => Ok(()),
                _ => Err(failure),
            },
        }
    }

    /// Lets the registry forget what has arrived. It would by itself, some day.
    async fn abandon(&self, address: &Url) {
        let _ = self.registry.exchange(&Question::new(Method::DELETE, Place::Url(address))).await;
    }
}

/// Where an upload goes on: `Location`, absolute or not, its query untouched.
fn next_address(response: &Response) -> Result<Url, Failure> {
    let refuse = |why: &str| Failure::never(Error::new(format!("the registry gives no address to send to: {why}")));
    let header = response.headers().get(LOCATION).ok_or_else(|| refuse("`Location` is missing"))?;
    resolved(response.url(), header.to_str().map_err(|_| refuse("`Location` is not text"))?)
}

/// An address that the answer to `asked` gives, absolute or not, if it may be followed.
pub(super) fn resolved(asked: &Url, text: &str) -> Result<Url, Failure> {
    let refuse = |why: &str| {
        Failure::never(Error::new(format!("address `{}` of the registry is not followed: {why}", shown(text))))
    };
    let mut address = asked.join(text).map_err(|_| refuse("it is not a URL"))?;
    match address.scheme() {
        "https" => {}
        "http" if asked.scheme() == "http" => {}
        "http" => {
            let mut failure = refuse("it leads from https to http");
            failure.error = failure.error.with_hint("a proxy before the registry has to tell it X-Forwarded-Proto");
            return Err(failure);
        }
        _ => return Err(refuse("it is not http")),
    }
    if auth::is_link_local(&address) {
        return Err(refuse("it is on a link-local network"));
    }
    // A name and password that a stranger puts in would be sent on. These fail for URLs without a host only.
    let _ = address.set_username("");
    let _ = address.set_password(None);
    address.set_fragment(None);
    Ok(address)
}

/// A blob on its way: a thread reads and hashes it, the network takes it.
struct Flow {
    chunks: Mutex<Option<mpsc::Receiver<io::Result<Vec<u8>>>>>,
    /// Bytes that the network has taken.
    moved: Arc<AtomicU64>,
    /// Set before the end of the stream shows.
    outcome: Arc<Mutex<Option<Result<Uploaded>>>>,
}

impl Flow {
    fn start(source: Box<dyn Read + Send>) -> Flow {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let outcome = Arc::new(Mutex::new(None));
        let to_tell = outcome.clone();
        // Ends by itself when nobody takes what it reads.
        std::thread::spawn(move || {
            let outcome = read_all(source, &sender);
            let broken = outcome.is_err();
            *to_tell.lock().expect("nobody panics with it") = Some(outcome);
            if broken {
                // Not the end, as which silence would be taken. The cause is told above.
                let _ = sender.blocking_send(Err(io::Error::other("the blob cannot be read")));
            }
        });
        Flow { chunks: Mutex::new(Some(receiver)), moved: Arc::default(), outcome }
    }

    fn take_body(&self) -> Body {
        let receiver = self.chunks.lock().expect("nobody panics with it").take().expect("is taken once");
        let moved = self.moved.clone();
        let chunks = futures_util::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        });
        Body::wrap_stream(chunks.inspect(move |chunk| {
            let length = chunk.as_ref().map_or(0, Vec::len);
            moved.fetch_add(length as u64, Ordering::Relaxed);
        }))
    }

    fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn result_if_ended(&self) -> Option<Result<Uploaded>> {
        self.outcome.lock().expect("nobody panics with it").clone()
    }

    fn result(&self) -> Result<Uploaded> {
        self.result_if_ended().unwrap_or_else(|| Err(Error::new("the registry has answered before it had everything")))
    }
}

fn read_all(mut source: Box<dyn Read + Send>, sender: &mpsc::Sender<io::Result<Vec<u8>>>) -> Result<Uploaded> {
    let mut hash = sha2::Sha256::new();
    let mut size = 0;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        // What compresses gives little at a time.
        source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        hash.update(&chunk);
        size += chunk.len() as u64;
        if sender.blocking_send(Ok(chunk)).is_err() {
            return Err(Error::new("the registry has stopped listening"));
        }
    }
    Ok(Uploaded { digest: Digest::from_sha256(hash.finalize().as_slice()), size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_absolute_or_not_and_never_leaves_https() {
        let asked = Url::parse("https://r.io/v2/app/blobs/uploads/?x=1").unwrap();
        let follow = |text: &str| resolved(&asked, text).map(String::from).map_err(|failure| failure.error);
        assert_eq!(follow("/v2/up?a=b%2Bc&d=#f").unwrap(), "https://r.io/v2/up?a=b%2Bc&d=");
        assert_eq!(follow("next").unwrap(), "https://r.io/v2/app/blobs/uploads/next");
        assert_eq!(follow("//cdn.io/up").unwrap(), "https://cdn.io/up");
        assert_eq!(follow("https://me:secret@cdn.io/up").unwrap(), "https://cdn.io/up");
        assert!(follow("http://r.io/up").unwrap_err().hint.unwrap().contains("X-Forwarded-Proto"));
        for bad in ["file:///etc/passwd", "https://[fe80::1]/", "https://169.254.169.254/", "https://", "http:"] {
            assert!(follow(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fuzz_addresses_that_are_followed_are_harmless() {
        let asked = Url::parse("https://r.io/v2/app/blobs/uploads/").unwrap();
        let seeds: [&[u8]; 4] = [
            b"/v2/app/blobs/uploads/1?_state=a%2Bb",
            b"https://user:password@cdn.example:8443/up?x=y#f",
            b"//[fe80::1]/x",
            b"http://169.254.169.254/latest",
        ];
        let words =
            ["http:", "https:", "//", "@", ":", "\\", "[", "]", "%", "?", "#", "169.254.1.1", "0xa9fea9fe", "\t"];
        crate::fuzz::mutations("address", &seeds, &words, 20_000, |input| {
            match resolved(&asked, &String::from_utf8_lossy(input)) {
                Ok(url) => {
                    assert!(url.scheme() == "https" && url.host_str().is_some() && !auth::is_link_local(&url), "{url}");
                    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
                    url.scheme().to_owned() + &url.path().len().to_string()
                }
                Err(failure) => {
                    let text = failure.error.to_string();
                    assert!(!text.chars().any(char::is_control) && text.len() < 4000, "{text}");
                    text.len().to_string()
                }
            }
        });
    }
}
