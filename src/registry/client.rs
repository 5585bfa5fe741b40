//! One registry, and one repository of it: asks, proves who we are when told to, and tries again when that can help.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RANGE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};

use super::credentials::{self, Credentials};
use super::failure::{Again, Failure, is_plain_http, is_untrusted, shown};
use super::{auth, tls};
use crate::error::{Error, Result};
use crate::host::registries::Endpoint;
use crate::oci::Reference;

/// In all, of a registry that answers with `Retry-After`.
const TRIES_WHEN_TOLD_TO_WAIT: u32 = 5;

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
    /// A registry that says nothing for so long counts as gone; a slow stream that moves is no failure.
    pub silence_limit: Duration,
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
            silence_limit: Duration::from_secs(30),
        }
    }
}

/// One registry, with the connections to it. For one thread.
pub struct Registry {
    /// Host and port, as names of images begin.
    domain: String,
    http: reqwest::Client,
    /// For what may last: made when something is sent.
    patient_http: OnceCell<reqwest::Client>,
    insecure: bool,
    credentials: Credentials,
    options: Options,
    scheme: Cell<Scheme>,
    /// What a token is asked for: `repository:team/app:pull`.
    scopes: RefCell<Vec<String>>,
    /// What answered the last challenge.
    authorization: RefCell<Option<HeaderValue>>,
}

/// One repository of one registry.
pub struct Repository {
    reference: Reference,
    pub(super) registry: Registry,
}

/// What is meant to be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Pull,
    /// Includes pulling.
    Push,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
    /// Nobody has answered so far; https is tried first, and http may be.
    Unknown,
}

/// What is asked of a registry.
pub(super) struct Question<'a> {
    pub method: Method,
    pub place: Place<'a>,
    pub accept: &'a [&'a str],
    /// From this byte on.
    pub offset: u64,
    /// With its media type.
    pub body: Option<(&'a str, &'a [u8])>,
    /// The registry may have to copy or to check gigabytes before it answers.
    pub patient: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// Below the registry's root, query included.
    Path(&'a str),
    /// Where the registry has sent us: perhaps another host, which does not learn who we are.
    Url(&'a Url),
}

impl<'a> Question<'a> {
    pub fn new(method: Method, place: Place<'a>) -> Question<'a> {
        Question { method, place, accept: &[], offset: 0, body: None, patient: false }
    }

    pub fn get(path: &'a str) -> Question<'a> {
        Question::new(Method::GET, Place::Path(path))
    }
}

/// The host that serves docker.io.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";
/// Of an answer that is an error, this much is read.
const ERROR_BODY_LIMIT_BYTES: usize = 64 << 10;
/// One that drips would keep us for days.
const ERROR_BODY_PATIENCE: Duration = Duration::from_secs(5);
/// For the answer to a patient question.
const PATIENCE: Duration = Duration::from_secs(300);

impl Repository {
    /// Contacts nobody.
    pub fn open(endpoint: &Endpoint, options: &Options) -> Result<Repository> {
        Repository::open_for(Access::Pull, endpoint, options)
    }

    /// Contacts nobody.
    pub fn open_for(access: Access, endpoint: &Endpoint, options: &Options) -> Result<Repository> {
        let reference = endpoint.reference.clone();
        let credentials = match &options.credentials {
            // A password given for one registry is not for its mirrors.
            Some(given) if !endpoint.is_mirror => given.clone(),
            _ => {
                credentials::find(&credentials::Place::from(&reference), options.authfile.as_deref(), &options.helpers)?
            }
        };
        let registry = Registry::open(reference.domain(), endpoint.insecure, credentials, options)?;
        let actions = match access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        registry.ask_for_scope(format!("repository:{}:{actions}", reference.path()));
        Ok(Repository { reference, registry })
    }

    /// Where the questions go, which may be a mirror.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// A path of this repository.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("v2/{}/{rest}", self.reference.path())
    }
}

impl Registry {
    /// Contacts nobody. `insecure`: what registries.conf says; the options win.
    pub fn open(domain: &str, insecure: bool, credentials: Credentials, options: &Options) -> Result<Registry> {
        let insecure = match options.tls_verify {
            Some(verify) => !verify,
            None => insecure,
        };
        Ok(Registry {
            http: tls::http_client(
                domain,
                insecure,
                options.cert_dir.as_deref(),
                tls::Patience::BetweenBytes(options.silence_limit),
            )?,
            patient_http: OnceCell::new(),
            domain: domain.to_owned(),
            insecure,
            credentials,
            options: options.clone(),
            scheme: Cell::new(if insecure { Scheme::Unknown } else { Scheme::Https }),
            scopes: RefCell::new(Vec::new()),
            authorization: RefCell::new(None),
        })
    }

    pub fn domain(&self) -> &str {
        &self.domain
    }

    fn host(&self) -> &str {
        match self.domain.as_str() {
            "docker.io" => DOCKER_HUB_HOST,
            domain => domain,
        }
    }

    /// Every token from here on is one for this, too.
    pub(super) fn ask_for_scope(&self, scope: String) {
        let mut scopes = self.scopes.borrow_mut();
        if !scopes.contains(&scope) {
            scopes.push(scope);
            // The token at hand is for less; a password is for everything and costs one question more.
            self.authorization.borrow_mut().take();
        }
    }

    /// Takes [`Registry::ask_for_scope`] back.
    pub(super) fn withdraw_scope(&self, scope: &str) {
        self.scopes.borrow_mut().retain(|kept| kept != scope);
    }

    /// The client for what lasts: its questions have no time limit but what the caller sets.
    pub(super) fn patient_http(&self) -> Result<&reqwest::Client, Failure> {
        if self.patient_http.get().is_none() {
            let cert_dir = self.options.cert_dir.as_deref();
            let client = tls::http_client(&self.domain, self.insecure, cert_dir, tls::Patience::Endless);
            let _ = self.patient_http.set(client.map_err(Failure::never)?); // nobody else has set it meanwhile
        }
        Ok(self.patient_http.get().expect("has just been set"))
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
        // A registry that says when it will be there deserves more patience, unless no second try is wanted at all.
        let tries = match again {
            Again::After(_) if self.options.tries > 1 => self.options.tries.max(TRIES_WHEN_TOLD_TO_WAIT),
            _ => self.options.tries,
        };
        match again {
            _ if tried >= tries => None,
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
        let path = match question.place {
            Place::Path(path) => path,
            Place::Url(url) => {
                return self.send_to(url.clone(), question).await?.map_err(|error| self.unreachable(&error));
            }
        };
        let url = |scheme: &str| {
            Url::parse(&format!("{scheme}://{}/{path}", self.host()))
                .map_err(|_| Failure::never(Error::new(format!("`{}` is no registry", shown(self.host())))))
        };
        let scheme = self.scheme.get();
        let first = self.send_to(url(if scheme == Scheme::Http { "http" } else { "https" })?, question).await?;
        match (first, scheme) {
            (Ok(response), Scheme::Unknown) => {
                self.scheme.set(Scheme::Https);
                Ok(response)
            }
            (Err(error), Scheme::Unknown) if error.is_connect() => {
                let second = self.send_to(url("http")?, question).await?;
                let response = second.map_err(|error| Failure::of_transport(&error))?;
                self.scheme.set(Scheme::Http);
                Ok(response)
            }
            (Ok(response), _) => Ok(response),
            (Err(error), _) => Err(self.unreachable(&error)),
        }
    }

    async fn send_to(&self, url: Url, question: &Question<'_>) -> Result<reqwest::Result<Response>, Failure> {
        let mut request = match question.patient {
            true => self.patient_http()?.request(question.method.clone(), url.clone()).timeout(PATIENCE),
            false => self.http.request(question.method.clone(), url.clone()),
        };
        if !question.accept.is_empty() {
            // One header: there are proxies that pass on only the last of several.
            request = request.header(ACCEPT, question.accept.join(", "));
        }
        if question.offset > 0 {
            request = request.header(RANGE, format!("bytes={}-", question.offset));
        }
        request = match question.body {
            Some((media_type, bytes)) => request.header(CONTENT_TYPE, media_type).body(bytes.to_vec()),
            // Some servers insist on a length where others have a body.
            None if matches!(question.method, Method::POST | Method::PUT) => request.body(Vec::new()),
            None => request,
        };
        Ok(self.prove(request, &url).send().await)
    }

    /// Adds who we are, if that is the business of whoever answers at `url`.
    pub(super) fn prove(&self, request: RequestBuilder, url: &Url) -> RequestBuilder {
        match self.authorization.borrow().clone() {
            Some(authorization) if self.is_own(url) => request.header(AUTHORIZATION, authorization),
            _ => request,
        }
    }

    /// Whether the registry itself gave this answer, not a host that it redirected to: only its challenges count.
    pub(super) fn is_ours(&self, response: &Response) -> bool {
        self.is_own(response.url())
    }

    fn is_own(&self, url: &Url) -> bool {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let given = format!("{}{port}", url.host_str().unwrap_or_default());
        // A URL leaves out the port that its scheme implies.
        let asked = self.host().trim_end_matches(if url.scheme() == "https" { ":443" } else { ":80" });
        given.eq_ignore_ascii_case(asked)
    }

    /// Gets what the challenge asks for. `false`: we have nothing to say.
    pub(super) async fn authorize(&self, response: &Response) -> Result<bool, Failure> {
        let Some(challenge) = auth::challenge_of(response.headers()) else { return Ok(false) };
        let scopes = self.scopes.borrow().clone();
        let answer = auth::answer(&self.http, challenge, &self.credentials, &scopes, self.insecure).await?;
        let answered = answer.is_some();
        *self.authorization.borrow_mut() = answer;
        Ok(answered)
    }

    pub(super) async fn refused(&self, response: Response) -> Failure {
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let mut failure = Failure::of_status(status, wait, &peek_body(response).await);
        let domain = &self.domain;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let scopes = self.scopes.borrow();
            let names_repository = !scopes.is_empty();
            let writes = scopes.iter().any(|scope| scope.ends_with(":pull,push"));
            failure.error = failure.error.with_hint(match (&self.credentials, names_repository, writes) {
                (Credentials::Anonymous, _, true) => format!("run `box login {domain}` first"),
                (Credentials::Anonymous, true, _) => {
                    format!("either there is no such image, or you have to log in to {domain}")
                }
                (Credentials::Anonymous, false, _) => format!("run `box login {domain}` first"),
                (_, _, true) => "this account may not write there, or its password is not accepted".to_owned(),
                (_, true, _) => "either there is no such image, or this account may not read it".to_owned(),
                (_, false, _) => "this account may not do that, or its password is not accepted".to_owned(),
            });
        }
        failure
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut failure = Failure::of_transport(error);
        let domain = &self.domain;
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
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ERROR_BODY_LIMIT_BYTES - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == ERROR_BODY_LIMIT_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(ERROR_BODY_PATIENCE, read).await; // what has arrived will do
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
