//! Proving who we are: the `WWW-Authenticate` challenge of a registry, and the token that answers it
//! (distribution/docs/spec/auth/token.md).
//!
//!     GET manifest        -> 401 WWW-Authenticate: Bearer realm="https://auth…/token",service="…"
//!     GET realm?scope=…   -> { "token": "…" }           with the user's password, if there is one
//!     GET manifest        -> 200                        with the token
//!
//! A realm is an address that a stranger gives and to which a password may be sent: it must be https (http only where
//! the registry itself may be), and not on a link-local network, where machines keep their own secrets.

use std::net::IpAddr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::client::{limited_body, peek_body, retry_after};
use super::credentials::Credentials;
use super::failure::{Failure, shown};
use crate::error::Error;

const TOKEN_LIMIT_BYTES: u64 = 1 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

/// The challenge that can be answered best; `None`: the answer holds none that is known.
pub(super) fn challenge_of(headers: &HeaderMap) -> Option<Challenge> {
    let challenges: Vec<Challenge> =
        headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).flat_map(parse).collect();
    let is_bearer = |challenge: &Challenge| matches!(challenge, Challenge::Bearer { .. });
    let best = challenges.iter().position(is_bearer).unwrap_or(0);
    challenges.into_iter().nth(best)
}

/// Reads RFC 9110 challenges: schemes, each with its `key=value` parameters, all separated by commas.
fn parse(text: &str) -> Vec<Challenge> {
    let mut schemes: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let word = rest[..end].to_ascii_lowercase();
        if word.is_empty() {
            break;
        }
        rest = rest[end..].trim_start_matches([' ', '\t']);
        match (rest.strip_prefix('='), schemes.last_mut()) {
            (Some(after), Some((_, parameters))) => {
                let (value, after) = take_value(after.trim_start_matches([' ', '\t']));
                parameters.push((word, value));
                rest = after;
            }
            (Some(_), None) => break,
            (None, _) => schemes.push((word, Vec::new())),
        }
    }
    let known = |(scheme, parameters): (String, Vec<(String, String)>)| {
        let find = |key: &str| parameters.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        match scheme.as_str() {
            "basic" => Some(Challenge::Basic),
            "bearer" => Some(Challenge::Bearer { realm: find("realm")?, service: find("service") }),
            _ => None,
        }
    };
    schemes.into_iter().filter_map(known).collect()
}

/// A quoted string or a token, and what follows it.
fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// The `Authorization` header that answers `challenge`; `None`: there is nothing to say.
pub(super) async fn answer(
    http: &reqwest::Client,
    challenge: Challenge,
    credentials: &Credentials,
    scopes: &[String],
    insecure: bool,
) -> Result<Option<HeaderValue>, Failure> {
    let (realm, service) = match (challenge, credentials) {
        (_, Credentials::Bearer(token)) => return bearer(token).map(Some),
        (Challenge::Basic, Credentials::Basic { user, password }) => return basic(user, password).map(Some),
        (Challenge::Basic, _) => return Ok(None),
        (Challenge::Bearer { realm, service }, _) => (checked_realm(&realm, insecure)?, service),
    };
    let all_scopes = scopes.join(" ");
    let mut query: Vec<(&str, &str)> = match credentials {
        // OAuth2 knows one list.
        Credentials::Identity(_) if !scopes.is_empty() => vec![("scope", &all_scopes)],
        _ => scopes.iter().map(|scope| ("scope", scope.as_str())).collect(),
    };
    query.extend(service.as_deref().map(|service| ("service", service)));
    let request = match credentials {
        Credentials::Identity(token) => {
            query.extend([("grant_type", "refresh_token"), ("client_id", "box"), ("refresh_token", token)]);
            http.post(realm.clone()).form(&query)
        }
        Credentials::Basic { user, password } => http.get(realm.clone()).query(&query).basic_auth(user, Some(password)),
        _ => http.get(realm.clone()).query(&query),
    };
    let host = shown(realm.host_str().unwrap_or_default());
    let named = |mut failure: Failure| {
        failure.error = failure.error.while_doing(format!("get a token from {host}"));
        failure
    };
    let response = request.send().await.map_err(|error| named(Failure::of_transport(&error)))?;
    if !response.status().is_success() {
        let (status, wait) = (response.status(), retry_after(response.headers()));
        let mut failure = Failure::of_status(status, wait, &peek_body(response).await);
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            failure.error = failure.error.with_hint("the stored user name or password is not accepted; log in again");
        }
        return Err(named(failure));
    }
    let body = limited_body(response, TOKEN_LIMIT_BYTES).await.map_err(named)?;
    let answer: TokenAnswer =
        serde_json::from_slice(&body).map_err(|_| named(Failure::never(Error::new("the answer holds no token"))))?;
    match answer.token.or(answer.access_token).filter(|token| !token.is_empty()) {
        Some(token) => bearer(&token).map(Some),
        None => Err(named(Failure::never(Error::new("the answer holds no token")))),
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    /// OAuth2's name for the same.
    access_token: Option<String>,
}

fn checked_realm(realm: &str, insecure: bool) -> Result<Url, Failure> {
    let refuse = |why: &str| Failure::never(Error::new(format!("token server `{}` is refused: {why}", shown(realm))));
    let url = Url::parse(realm).map_err(|_| refuse("it is not a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if insecure => {}
        _ => return Err(refuse("only https may carry a password")),
    }
    match is_link_local(&url) {
        true => Err(refuse("it is on a link-local network")),
        false => Ok(url),
    }
}

/// Whether the address is on a network where machines keep their own secrets; nothing at all is, too.
pub(super) fn is_link_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local() || address.to_ipv4_mapped().is_some_and(|address| address.is_link_local())
        }
        Err(_) => host.is_empty(),
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    secret_header(format!("Bearer {token}"))
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, Failure> {
    secret_header(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

fn secret_header(text: String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Failure::never(Error::new("the token or password holds control bytes")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer_of(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) }
    }

    #[test]
    fn challenges_are_read_in_all_their_forms() {
        assert_eq!(
            parse(r#"Bearer realm="https://a/token",service="r.io",scope="repository:x:pull,push""#),
            [bearer_of("https://a/token", Some("r.io"))]
        );
        assert_eq!(
            parse(r#"basic realm="R, \"x\"", bearer realm=https://a , error="e""#),
            [Challenge::Basic, bearer_of("https://a", None)]
        );
        for other in
            ["", "Negotiate", "Bearer", "Bearer service=x", "=x", ",,,", "Bearer realm", "\"", "Digest realm=\"x"]
        {
            assert_eq!(parse(other), [], "{other}");
        }
    }

    #[test]
    fn token_is_preferred_to_password() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=x"));
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=https://a"));
        assert_eq!(challenge_of(&headers), Some(bearer_of("https://a", None)));
    }

    #[test]
    fn realm_that_could_leak_a_password_is_refused() {
        assert!(checked_realm("https://auth.docker.io/token", false).is_ok());
        assert!(checked_realm("http://127.0.0.1/token", true).is_ok());
        for bad in [
            "http://auth.docker.io/token",
            "file:///etc/passwd",
            "https://169.254.169.254/",
            "https://[fe80::1]/",
            "token",
            "https://[::ffff:169.254.169.254]/",
        ] {
            assert!(checked_realm(bad, false).is_err(), "{bad}");
        }
        assert!(checked_realm("http://169.254.169.254/latest", true).is_err());
        assert!(checked_realm("ftp://a/", true).is_err());
    }

    #[test]
    fn fuzz_challenges_end() {
        let seeds: [&[u8]; 3] = [
            br#"Bearer realm="https://auth.example/token",service="r.io",scope="repository:x:pull,push""#,
            br#"basic realm="R, \"x\"", bearer realm=https://a , error="e""#,
            b"Negotiate, Basic",
        ];
        let words =
            ["\"", "\\", ",", "=", "realm=", "bearer ", "basic", " ", "\t", "https://[::1]/", "http://169.254.1.1"];
        crate::fuzz::mutations("challenge", &seeds, &words, 20_000, |input| {
            let challenges = parse(&String::from_utf8_lossy(input));
            for challenge in &challenges {
                if let Challenge::Bearer { realm, .. } = challenge
                    && let Ok(url) = checked_realm(realm, true)
                {
                    assert!(matches!(url.scheme(), "http" | "https") && !is_link_local(&url), "{url}");
                }
            }
            format!("{challenges:?}")
        });
    }
}
