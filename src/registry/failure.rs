//! What went wrong on the way to a registry, in a form that tells whether to try again.

use std::time::Duration;

use oci_distribution::errors::OciEnvelope;
use reqwest::StatusCode;

use crate::error::{During, Error, Result};

/// An exchange that gave no usable answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: Error,
    pub again: Again,
    /// The registry has spoken, if only to refuse.
    pub answered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same question gets the same answer.
    Never,
    /// It may pass; wait as usual.
    Soon,
    /// The registry says how long to wait.
    After(Duration),
}

/// The longest wait that a registry can impose.
const WAIT_LIMIT: Duration = Duration::from_secs(60);
/// A message for people; registries that send pages of HTML are cut off.
const MESSAGE_LIMIT_CHARS: usize = 300;

impl Failure {
    pub fn never(error: Error) -> Failure {
        Failure { error, again: Again::Never, answered: true }
    }

    /// No answer at all: the connection was refused, broken, too slow.
    pub fn of_transport(error: &reqwest::Error) -> Failure {
        let again = match error.is_redirect() || error.is_builder() || is_final(error) || is_unknown_host(error) {
            true => Again::Never,
            false => Again::Soon,
        };
        Failure { error: describe(error), again, answered: false }
    }

    /// An answer that is not what was asked for. `body` is its beginning.
    pub fn of_status(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Failure {
        let again = match (status.as_u16(), retry_after) {
            (429 | 503, Some(wait)) if wait <= WAIT_LIMIT => Again::After(wait),
            (429 | 503, Some(_)) => Again::Never,
            (408 | 429 | 500 | 502 | 503 | 504, None) => Again::Soon,
            _ => Again::Never,
        };
        let mut error = Error::new(match said_in(body) {
            Some(said) => format!("{}: {said}", words_of(status)),
            None => words_of(status),
        });
        if let (Again::Never, Some(wait)) = (again, retry_after) {
            error = error.with_hint(format!("the registry asks to wait {} s; try again then", wait.as_secs()));
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            error = error
                .with_hint("the registry limits how often you may pull; log in, or use a mirror in registries.conf");
        }
        Failure { error, again, answered: true }
    }
}

/// Adds the act, as for errors.
pub(super) trait FailureDuring<T> {
    fn failing<S: Into<String>>(self, act: impl FnOnce() -> S) -> Result<T>;
}

impl<T> FailureDuring<T> for Result<T, Failure> {
    fn failing<S: Into<String>>(self, act: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|failure| failure.error).during(act)
    }
}

/// Text from the network as it may be shown: escaped, on one line, not too long.
pub(super) fn shown(text: &str) -> String {
    let text = text.trim();
    let mut shown: String = text.chars().take(MESSAGE_LIMIT_CHARS).collect::<String>().escape_debug().to_string();
    if text.chars().nth(MESSAGE_LIMIT_CHARS).is_some() {
        shown.push('…');
    }
    // escape_debug is made for literals: quotes are harmless here.
    shown.replace("\\\"", "\"").replace("\\'", "'")
}

fn words_of(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} (HTTP {})", reason.to_lowercase(), status.as_u16()),
        None => format!("HTTP status {}", status.as_u16()),
    }
}

/// The registry's own words: the messages of the specification's error body; nothing of any other body.
fn said_in(body: &[u8]) -> Option<String> {
    let envelope: OciEnvelope = serde_json::from_slice(body).ok()?;
    let messages = envelope.errors.iter().map(|error| shown(&error.message)).filter(|message| !message.is_empty());
    let messages: Vec<String> = messages.take(3).collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

/// The innermost cause says what happened; what is around it names libraries and URLs.
fn describe(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        let what = if error.is_connect() { "no connection in time" } else { "no byte arrived in time" };
        return Error::new(what).with_hint("the network or the registry is too slow, or a firewall drops packets");
    }
    let mut innermost = Error::new("no answer");
    let mut looking_up = false;
    any_cause(error, &mut |cause| {
        looking_up |= cause.to_string() == "dns error";
        innermost = match cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) {
            Some(errno) => Error::from(std::io::Error::from_raw_os_error(errno)),
            None => match cause.downcast_ref() {
                Some(rustls::Error::InvalidCertificate(reason)) => Error::new(words_of_certificate(reason)),
                _ => Error::new(shown(&cause.to_string())),
            },
        };
        false
    });
    if looking_up {
        let host = error.url().and_then(|url| url.host_str()).map(shown).unwrap_or_default();
        return match is_unknown_host(error) {
            true => Error::new(format!("no host is called `{host}`")),
            false => innermost.while_doing(format!("look up `{host}`")),
        }
        .with_hint("is the name right, and does this machine have a network? DNS servers are in /etc/resolv.conf");
    }
    if innermost.to_string().starts_with("tunnel error") {
        return Error::new("the proxy does not connect us")
            .with_hint("https_proxy names the proxy, no_proxy the exceptions");
    }
    innermost
}

/// DNS has an answer, and it is no.
fn is_unknown_host(error: &reqwest::Error) -> bool {
    // hickory's own error type, which has no name here.
    any_cause(error, &mut |cause| cause.to_string().starts_with("no records found"))
}

/// Nobody listens, or the certificate is not trusted: asking again in a second changes nothing.
fn is_final(error: &reqwest::Error) -> bool {
    any_cause(error, &mut |cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        cause.is::<rustls::Error>() || io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
    })
}

/// The peer does not speak TLS on this port.
pub(super) fn is_plain_http(error: &reqwest::Error) -> bool {
    any_cause(error, &mut |cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidMessage(_))))
}

/// The certificate is a good one, but nobody whom we trust has signed it.
pub(super) fn is_untrusted(error: &reqwest::Error) -> bool {
    use rustls::CertificateError::{Other, UnknownIssuer};
    any_cause(error, &mut |cause| {
        matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(UnknownIssuer | Other(_))))
    })
}

fn words_of_certificate(reason: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Reason;
    match reason {
        Reason::UnknownIssuer => "its certificate is signed by nobody who is trusted here".to_owned(),
        Reason::Expired | Reason::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        Reason::NotValidYet | Reason::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is this machine's clock right?".to_owned()
        }
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => {
            "its certificate has another name".to_owned()
        }
        // What the field calls self-signed: rustls wraps webpki's CaUsedAsEndEntity.
        Reason::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is signed by itself".to_owned()
        }
        other => format!("its certificate is not accepted: {}", shown(&other.to_string())),
    }
}

/// Whether one of the causes is what `wanted` looks for; the outermost is shown first.
fn any_cause(
    error: &(dyn std::error::Error + 'static),
    wanted: &mut dyn FnMut(&(dyn std::error::Error + 'static)) -> bool,
) -> bool {
    if wanted(error) {
        return true;
    }
    // An io::Error that wraps another error gives that one's source as its own, and so hides the error itself.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
    match wrapped.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| error.source()) {
        Some(cause) => any_cause(cause, wanted),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, retry_after: Option<u64>, body: &str) -> Failure {
        Failure::of_status(StatusCode::from_u16(status).unwrap(), retry_after.map(Duration::from_secs), body.as_bytes())
    }

    #[test]
    fn short_wait_is_granted_and_long_one_reported() {
        assert_eq!(failure(429, Some(3), "").again, Again::After(Duration::from_secs(3)));
        assert_eq!(failure(503, None, "").again, Again::Soon);
        let refused = failure(429, Some(3600), "");
        assert_eq!(refused.again, Again::Never);
        assert!(refused.error.hint.unwrap().contains("3600"));
        assert_eq!(failure(404, None, "").again, Again::Never);
    }

    #[test]
    fn registrys_words_are_shown_without_control_bytes() {
        let body = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no \u001b[31msuch\nthing","detail":{}}]}"#;
        let text = failure(404, None, body).error.to_string();
        assert_eq!(text, "not found (HTTP 404): no \\u{1b}[31msuch\\nthing");
        assert_eq!(failure(404, None, "<html>").error.to_string(), "not found (HTTP 404)");
        assert!(shown(&"x".repeat(1_000_000)).chars().count() <= MESSAGE_LIMIT_CHARS + 1);
    }
}
