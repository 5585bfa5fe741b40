//! Promises of the whole client, against a registry that does what each test wants.

use std::time::Duration;

use super::credentials::Credentials;
use super::fake::{FakeRegistry, descriptor, http, ok};
use super::{Options, Parsed, Repository, find};
use crate::error::{Error, Result};
use crate::host::registries::Endpoint;
use crate::oci::manifest::{Descriptor, OCI_INDEX, OCI_MANIFEST};
use crate::oci::{Digest, Reference};

fn endpoint(registry: &FakeRegistry, name: &str) -> Endpoint {
    let reference = Reference::parse(&format!("{}/{name}", registry.address)).unwrap();
    Endpoint { reference, insecure: true, is_mirror: false }
}

fn repository(registry: &FakeRegistry, name: &str, credentials: Credentials) -> Repository {
    Repository::open(&endpoint(registry, name), &options(credentials)).unwrap()
}

fn options(credentials: Credentials) -> Options {
    Options { credentials: Some(credentials), retry_delay: Duration::ZERO, ..Options::default() }
}

fn manifest() -> Vec<u8> {
    let digest = Digest::sha256_of(b"");
    format!(r#"{{"schemaVersion":2,"config":{{"mediaType":"c","digest":"{digest}","size":0}},"layers":[]}}"#).into()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn fetch(repository: &Repository, descriptor: &Descriptor) -> Result<Vec<u8>> {
    run(repository.small_blob(descriptor))
}

fn message(error: Error) -> String {
    format!("{error} / {}", error.hint.clone().unwrap_or_default())
}

#[test]
fn anonymous_manifest_is_one_question() {
    let registry = FakeRegistry::start(|_, _| http("200 OK", &[("Content-Type", OCI_MANIFEST)], &manifest()));
    let document = run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap();
    assert_eq!(document.digest, Digest::sha256_of(&manifest()));
    assert!(matches!(document.parse().unwrap(), Parsed::Manifest(_)));
    let seen = registry.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line, "GET /v2/app/manifests/1 HTTP/1.1");
    assert!(!seen[0].headers.contains_key("authorization"));
}

#[test]
fn token_is_fetched_with_the_password_and_used_from_then_on() {
    let registry = FakeRegistry::start(|request, _| {
        let authorization = request.headers.get("authorization").map(String::as_str);
        let host = &request.headers["host"];
        match (request.path(), authorization) {
            (path, Some("Basic YTpi")) if path.starts_with("/token") => ok(br#"{"token":"T"}"#),
            (path, Some("Bearer T")) if path.starts_with("/v2/") => ok(&manifest()),
            _ => {
                let challenge = format!(r#"Bearer realm="http://{host}/token",service="s""#);
                http("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b"")
            }
        }
    });
    let credentials = Credentials::Basic { user: "a".into(), password: "b".into() };
    let repository = repository(&registry, "team/app:1", credentials);
    run(async {
        repository.document(None).await.unwrap();
        repository.document(None).await.unwrap();
    });
    let seen: Vec<String> = registry.seen().iter().map(|request| request.path().to_owned()).collect();
    let manifest = "/v2/team/app/manifests/1";
    assert_eq!(seen, [manifest, "/token?scope=repository%3Ateam%2Fapp%3Apull&service=s", manifest, manifest]);
}

#[test]
fn second_refusal_is_an_error() {
    let registry = FakeRegistry::start(|_, _| http("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b""));
    let credentials = Credentials::Basic { user: "a".into(), password: "b".into() };
    let error = run(repository(&registry, "app:1", credentials).document(None)).err().unwrap();
    assert!(message(error).contains("account may not read it"));
    assert_eq!(registry.seen().len(), 2);
}

#[test]
fn challenge_of_another_host_gets_no_password() {
    let thief = FakeRegistry::start(|_, _| http("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b""));
    let target = format!("http://{}/stolen", thief.address);
    let registry = FakeRegistry::start(move |_, _| http("307 Temporary Redirect", &[("Location", &target)], b""));
    let credentials = Credentials::Basic { user: "a".into(), password: "b".into() };
    assert!(run(repository(&registry, "app:1", credentials).document(None)).is_err());
    assert!(!thief.seen().is_empty());
    assert!(thief.seen().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[test]
fn broken_stream_is_taken_up_where_it_broke() {
    let content: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let (blob, served) = (descriptor(&content), content.clone());
    let registry = FakeRegistry::start(move |request, before| {
        let rest = &served[request.offset()..];
        let mut answer = match request.offset() {
            0 => ok(rest),
            first => {
                let range = format!("bytes {first}-{}/{}", served.len() - 1, served.len());
                http("206 Partial Content", &[("Content-Range", &range)], rest)
            }
        };
        if before < 2 {
            answer.truncate(answer.len() - rest.len() / 2);
        }
        answer
    });
    assert_eq!(fetch(&repository(&registry, "app:1", Credentials::Anonymous), &blob).unwrap(), content);
    let seen = registry.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[1].offset(), content.len() / 2);
}

#[test]
fn server_without_ranges_is_read_again_and_the_beginning_dropped() {
    let content = vec![7; 100_000];
    let (blob, served) = (descriptor(&content), content.clone());
    let registry = FakeRegistry::start(move |_, before| {
        let mut answer = ok(&served);
        answer.truncate(answer.len() - if before == 0 { 40_000 } else { 0 });
        answer
    });
    assert_eq!(fetch(&repository(&registry, "app:1", Credentials::Anonymous), &blob).unwrap(), content);
}

#[test]
fn wrong_content_is_refused() {
    let blob = descriptor(b"what was asked for");
    let cases: [(&[u8], &str); 2] =
        [(b"what was sent here", "wanted"), (b"what was asked for, and more", "more than the 18 bytes")];
    for (served, cause) in cases {
        let registry = FakeRegistry::start(move |_, _| ok(served));
        let error = fetch(&repository(&registry, "app:1", Credentials::Anonymous), &blob).unwrap_err();
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!(registry.seen().len(), 1);
    }
    // Another part than the one asked for, after a break.
    let content = vec![1; 1000];
    let registry = FakeRegistry::start(|_, before| match before {
        0 => http("200 OK", &[], &[1; 1000])[..600].to_vec(),
        _ => http("206 Partial Content", &[("Content-Range", "bytes 0-999/1000")], &[1; 1000]),
    });
    let error = fetch(&repository(&registry, "app:1", Credentials::Anonymous), &descriptor(&content)).unwrap_err();
    assert!(error.to_string().contains("another range"), "{error}");
}

#[test]
fn busy_registry_is_asked_again_but_not_for_ever() {
    let registry = FakeRegistry::start(|_, before| match before {
        0 => http("429 Too Many Requests", &[("Retry-After", "0")], b""),
        1 => http("503 Service Unavailable", &[], b""),
        _ => ok(&manifest()),
    });
    run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap();

    let registry = FakeRegistry::start(|_, _| http("503 Service Unavailable", &[], b""));
    assert!(run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).is_err());
    assert_eq!(registry.seen().len(), 3);

    let registry = FakeRegistry::start(|_, _| http("429 Too Many Requests", &[("Retry-After", "3600")], b""));
    let error = run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap_err();
    assert!(message(error).contains("3600 s"));
    assert_eq!(registry.seen().len(), 1);
}

#[test]
fn endless_document_is_cut_off() {
    let registry = FakeRegistry::start(|_, _| http("200 OK", &[("Content-Type", OCI_INDEX)], &vec![b' '; 5 << 20]));
    let error = run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[test]
fn redirects_end() {
    let registry =
        FakeRegistry::start(|request, _| http("307 Temporary Redirect", &[("Location", request.path())], b""));
    let error = run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap_err();
    assert!(error.to_string().contains("redirects more than"), "{error}");
}

#[test]
fn next_mirror_is_asked_and_the_reason_told() {
    let empty = FakeRegistry::start(|_, _| {
        http("404 Not Found", &[], br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"who?"}]}"#)
    });
    let full = FakeRegistry::start(|_, _| ok(&manifest()));
    let endpoints = [Endpoint { is_mirror: true, ..endpoint(&empty, "app:1") }, endpoint(&full, "app:1")];
    let reasons = std::cell::RefCell::new(Vec::new());
    let found = run(find(&endpoints, &options(Credentials::Anonymous), None, |_, error| {
        reasons.borrow_mut().push(error.to_string())
    }));
    assert_eq!(found.unwrap().unwrap().repository.reference(), &endpoints[1].reference);
    assert!(reasons.borrow()[0].contains("who?"), "{reasons:?}");

    let error = run(find(&endpoints[..1], &options(Credentials::Anonymous), None, |_, _| ())).err().unwrap();
    assert!(error.to_string().ends_with("not found (HTTP 404): who?"), "{error}");
}

#[test]
fn plain_http_is_refused_with_the_lines_that_allow_it() {
    let registry = FakeRegistry::start(|_, _| Vec::new());
    let endpoint = Endpoint { insecure: false, ..endpoint(&registry, "app:1") };
    match Repository::open(&endpoint, &options(Credentials::Anonymous)) {
        Ok(repository) => {
            let text = message(run(repository.document(None)).unwrap_err());
            let line = format!("location = \"{}\" insecure = true", registry.address);
            assert!(text.contains(&line), "{text}");
            assert!(registry.seen().is_empty());
        }
        // A machine without certificate authorities is told so before anything is sent.
        Err(error) => assert!(message(error).contains("ca-certificates")),
    }
}
