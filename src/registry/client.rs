//! One repository of one registry: asks, proves who we are when told to, and tries again when that can help.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, RANGE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};

use super::credentials::{self, Credentials};
use super::failure::{Again, Failure, is_plain_http, is_untrusted};
use super::{auth, tls};
use crate::error::{Error, Result};
use crate::host::registries::Endpoint;
use crate::oci::Reference;

/// How registries are spoken to, whichever it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--creds`: in place of all that is stored.
    pub credentials: Option<Credentials>,
    pub authfile: Option<PathBuf>,
    /// Credential helpers of registries.conf.
    pub helpers: Vec<String>,
    /// In place of certs.d.
    pub cert_dir: Option<PathBuf>,
    /// `None`: what registries.conf says.
    pub tls_verify: Option<bool>,
    /// In all, for each question.
    pub tries: u32,
    /// Before the second try; twice as long before each further one.
    pub retry_delay: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            credentials: None,
            authfile: None,
            helpers: Vec::new(),
            cert_dir: None,
            tls_verify: None,
            tries: 3,
            retry_delay: Duration::from_secs(1),
        }
    }
}

/// One repository of one registry, with the connections to it. For one thread.
pub struct Repository {
    reference: Reference,
    http: reqwest::Client,
    insecure: bool,
    credentials: Credentials,
    options: Options,
    scheme: Cell<Scheme>,
    /// What answered the last challenge.
    authorization: RefCell<Option<HeaderValue>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
    /// Nobody has answered so far; https is tried first, and http may be.
    Unknown,
}

/// What is asked of a repository.
pub(super) struct Question<'a> {
    pub method: Method,
    /// Below `/v2/<repository>/`.
    pub path: &'a str,
    pub accept: &'a [&'a str],
    /// From this byte on.
    pub offset: u64,
}

/// The host that serves docker.io.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";
/// Of an answer that is an error, this much is read.
const ERROR_BODY_LIMIT_BYTES: usize = 64 << 10;

impl Repository {
    /// Contacts nobody.
    pub fn open(endpoint: &Endpoint, options: &Options) -> Result<Repository> {
        let insecure = match options.tls_verify {
            Some(verify) => !verify,
            None => endpoint.insecure,
        };
        let reference = endpoint.reference.clone();
        let credentials = match &options.credentials {
            // A password given for one registry is not for its mirrors.
            Some(given) if !endpoint.is_mirror => given.clone(),
            _ => credentials::find(&reference, options.authfile.as_deref(), &options.helpers)?,
        };
        Ok(Repository {
            http: tls::http_client(reference.domain(), insecure, options.cert_dir.as_deref())?,
            reference,
            insecure,
            credentials,
            options: options.clone(),
            scheme: Cell::new(if insecure { Scheme::Unknown } else { Scheme::Https }),
            authorization: RefCell::new(None),
        })
    }

    /// Where the questions go, which may be a mirror.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    fn host(&self) -> &str {
        match self.reference.domain() {
            "docker.io" => DOCKER_HUB_HOST,
            domain => domain,
        }
    }

    /// Asks until there is an answer, or no hope of one.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Response, Failure> {
        let mut tried = 0;
        loop {
            let failure = match self.exchange(question).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            tried += 1;
            match self.wait_before_retry(failure.again, tried) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(failure),
            }
        }
    }

    /// How long to wait after the given number of tries; `None`: it was the last.
    pub(super) fn wait_before_retry(&self, again: Again, tried: u32) -> Option<Duration> {
        let usual = || self.options.retry_delay * (1 << (tried - 1).min(5));
        match again {
            _ if tried >= self.options.tries => None,
            Again::Never => None,
            Again::Soon => Some(usual()),
            Again::After(wait) => Some(wait),
        }
    }

    /// One question, asked a second time with proof of who we are if the registry wants it.
    pub(super) async fn exchange(&self, question: &Question<'_>) -> Result<Response, Failure> {
        let mut response = self.send(question).await?;
        if response.status() == StatusCode::UNAUTHORIZED && self.is_ours(&response) && self.authorize(&response).await?
        {
            response = self.send(question).await?;
        }
        match response.status().is_success() {
            true => Ok(response),
            false => Err(self.refused(response).await),
        }
    }

    async fn send(&self, question: &Question<'_>) -> Result<Response, Failure> {
        let scheme = self.scheme.get();
        let over_https = self.send_over(if scheme == Scheme::Http { "http" } else { "https" }, question).await;
        match (over_https, scheme) {
            (Ok(response), Scheme::Unknown) => {
                self.scheme.set(Scheme::Https);
                Ok(response)
            }
            (Err(error), Scheme::Unknown) if error.is_connect() => {
                let response = self.send_over("http", question).await.map_err(|error| Failure::of_transport(&error))?;
                self.scheme.set(Scheme::Http);
                Ok(response)
            }
            (Ok(response), _) => Ok(response),
            (Err(error), _) => Err(self.unreachable(&error)),
        }
    }

    async fn send_over(&self, scheme: &str, question: &Question<'_>) -> reqwest::Result<Response> {
        let url = format!("{scheme}://{}/v2/{}/{}", self.host(), self.reference.path(), question.path);
        let mut request = self.http.request(question.method.clone(), url);
        if !question.accept.is_empty() {
            // One header: there are proxies that pass on only the last of several.
            request = request.header(ACCEPT, question.accept.join(", "));
        }
        if question.offset > 0 {
            request = request.header(RANGE, format!("bytes={}-", question.offset));
        }
        if let Some(authorization) = self.authorization.borrow().clone() {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.send().await
    }

    /// Whether the registry itself gave this answer, not a host that it redirected to: only its challenges count.
    fn is_ours(&self, response: &Response) -> bool {
        let url = response.url();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let given = format!("{}{port}", url.host_str().unwrap_or_default());
        // A URL leaves out the port that its scheme implies.
        let asked = self.host().trim_end_matches(if url.scheme() == "https" { ":443" } else { ":80" });
        given.eq_ignore_ascii_case(asked)
    }

    /// Gets what the challenge asks for. `false`: we have nothing to say.
    async fn authorize(&self, response: &Response) -> Result<bool, Failure> {
        let Some(challenge) = auth::challenge_of(response.headers()) else { return Ok(false) };
        let answer =
            auth::answer(&self.http, challenge, &self.credentials, self.reference.path(), self.insecure).await?;
        let answered = answer.is_some();
        *self.authorization.borrow_mut() = answer;
        Ok(answered)
    }

    async fn refused(&self, response: Response) -> Failure {
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let mut failure = Failure::of_status(status, wait, &peek_body(response).await);
        let domain = self.reference.domain();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            failure.error = failure.error.with_hint(match self.credentials {
                Credentials::Anonymous => format!("either there is no such image, or you have to log in to {domain}"),
                _ => "either there is no such image, or this account may not read it".to_owned(),
            });
        }
        failure
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut failure = Failure::of_transport(error);
        let domain = self.reference.domain();
        if is_plain_http(error) {
            failure.error = Error::new("it does not speak TLS").with_hint(format!(
                "if this network is yours, allow plain HTTP with --tls-verify=false, or in \
                 ~/.config/containers/registries.conf: [[registry]] location = \"{domain}\" insecure = true"
            ));
        } else if is_untrusted(error) {
            failure.error = failure.error.with_hint(format!(
                "if it is yours, put the certificate of its authority into ~/.config/containers/certs.d/{domain}/ca.crt"
            ));
        }
        failure
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3). What is neither says nothing.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(moment.duration_since(jiff::Timestamp::now()).try_into().unwrap_or(Duration::ZERO))
}

/// The whole body, which must not be longer than `limit_bytes`.
pub(super) async fn limited_body(mut response: Response, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
    let too_long = || Failure::never(Error::new(format!("the answer is longer than {limit_bytes} bytes")));
    if response.content_length().is_some_and(|length| length > limit_bytes) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of_transport(&error))? {
        if (body.len() + chunk.len()) as u64 > limit_bytes {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The beginning of a body that only explains an error; what breaks is not worth another error.
pub(super) async fn peek_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ERROR_BODY_LIMIT_BYTES - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ERROR_BODY_LIMIT_BYTES {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_is_read_as_seconds_or_as_a_date() {
        let read = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers)
        };
        assert_eq!(read(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(read("Tue, 31 Dec 2999 23:59:59 GMT").unwrap() > Duration::from_secs(1 << 30));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }
}
