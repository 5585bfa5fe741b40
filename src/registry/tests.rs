//! Promises of the whole client, against a registry that does what each test wants.

use std::time::Duration;

use super::credentials::Credentials;
use super::fake::{FakeRegistry, descriptor, http, ok};
use super::{Access, Mounted, Open, Options, Parsed, Repository, Uploaded, find};
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

    // Told to wait, five times in all, but only where a second try is wanted.
    let busy = |_: &_, _| http("503 Service Unavailable", &[("Retry-After", "0")], b"");
    let registry = FakeRegistry::start(busy);
    assert!(run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).is_err());
    assert_eq!(registry.seen().len(), 5);
    let once = Options { tries: 1, ..options(Credentials::Anonymous) };
    let registry = FakeRegistry::start(busy);
    assert!(run(Repository::open(&endpoint(&registry, "app:1"), &once).unwrap().document(None)).is_err());
    assert_eq!(registry.seen().len(), 1);

    let registry = FakeRegistry::start(|_, _| http("429 Too Many Requests", &[("Retry-After", "3600")], b""));
    let error = run(repository(&registry, "app:1", Credentials::Anonymous).document(None)).unwrap_err();
    assert!(message(error).contains("3600 s"));
    assert_eq!(registry.seen().len(), 1);
}

#[test]
fn silent_registry_counts_as_gone() {
    let hasty = Options { silence_limit: Duration::from_millis(100), ..options(Credentials::Anonymous) };
    // Before it answers, in the middle of a blob, and in the middle of an error.
    let content = vec![7; 100_000];
    let blob = descriptor(&content);
    let half = |status: &str| {
        let mut answer = http(status, &[], &content);
        answer.truncate(50_000);
        answer
    };
    for said in [Vec::new(), half("200 OK"), half("500 Internal Server Error")] {
        let registry = SilentRegistry::start(said);
        let reference = Reference::parse(&format!("{}/app:1", registry.address)).unwrap();
        let endpoint = Endpoint { reference, insecure: true, is_mirror: false };
        let began = std::time::Instant::now();
        let error = fetch(&Repository::open(&endpoint, &hasty).unwrap(), &blob).unwrap_err();
        assert!(error.to_string().contains("in time") || error.to_string().contains("HTTP 500"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(registry.connections.load(std::sync::atomic::Ordering::SeqCst), 3);
    }
}

/// Says the same to everybody and then nothing, for ever.
struct SilentRegistry {
    address: String,
    connections: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl SilentRegistry {
    fn start(said: Vec<u8>) -> SilentRegistry {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let counted = connections.clone();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for mut stream in listener.incoming().flatten() {
                let mut greeting = [0; 4096];
                let read = stream.read(&mut greeting).unwrap_or(0);
                // A TLS greeting gets the answer of web servers, which tells the client that this is plain HTTP.
                if read > 0 && greeting[0] == 22 {
                    let _ = stream.write_all(&http("400 Bad Request", &[], b"")); // the client may have gone
                    continue;
                }
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let _ = stream.write_all(&said); // the client may have gone
                open.push(stream);
            }
        });
        SilentRegistry { address, connections }
    }
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

// ---- Writing ----

fn target(registry: &FakeRegistry, credentials: Credentials) -> Repository {
    Repository::open_for(Access::Push, &endpoint(registry, "team/app:1"), &options(credentials)).unwrap()
}

fn upload(repository: &Repository, open: &Open<'_>, expected: Option<&Digest>) -> Result<Uploaded> {
    run(repository.upload(None, open, expected, &|_| ()))
}

fn lines(registry: &FakeRegistry) -> Vec<String> {
    registry.seen().iter().map(|request| request.line.trim_end_matches(" HTTP/1.1").to_owned()).collect()
}

/// Begins an upload at `/up?state=1%2B1`, and takes all that comes.
fn obliging(request: &super::fake::Seen) -> Vec<u8> {
    match request.line.split(' ').next().unwrap() {
        "POST" => http("202 Accepted", &[("Location", "/up?state=1%2B1")], b""),
        "PATCH" => http("202 Accepted", &[("Location", "/up?state=2%2B2&n=x%20y")], b""),
        _ => http("201 Created", &[], b""),
    }
}

#[test]
fn blob_is_one_stream_whose_digest_is_said_at_the_end() {
    let registry = FakeRegistry::start(|request, _| obliging(request));
    let content = vec![b'x'; 1_000_000];
    let sent = std::cell::Cell::new(0);
    let open: &Open<'_> = &|| Ok(Box::new(std::io::Cursor::new(vec![b'x'; 1_000_000])));
    let target = target(&registry, Credentials::Anonymous);
    let uploaded = run(target.upload(None, open, None, &|bytes| sent.set(sent.get() + bytes))).unwrap();
    let digest = Digest::sha256_of(&content);
    assert_eq!(uploaded, Uploaded { digest: digest.clone(), size: 1_000_000 });
    assert_eq!(sent.get(), 1_000_000);
    let finish = format!("PUT /up?state=2%2B2&n=x%20y&digest={}", digest.to_string().replace(':', "%3A"));
    assert_eq!(lines(&registry), ["POST /v2/team/app/blobs/uploads/", "PATCH /up?state=1%2B1", &finish]);
    assert_eq!(registry.seen()[1].body, content);
}

#[test]
fn mounted_blob_is_not_sent_and_a_refusal_begins_an_upload() {
    let registry = FakeRegistry::start(|request, before| match before {
        0 => http("201 Created", &[], b""),
        1 => http("202 Accepted", &[("Location", "/up?state=1")], b""),
        2 => http("405 Method Not Allowed", &[], b""),
        _ => obliging(request),
    });
    let target = target(&registry, Credentials::Anonymous);
    let digest = Digest::sha256_of(b"x");
    let from = Reference::parse(&format!("{}/other/base:1", registry.address)).unwrap();
    run(async {
        assert!(matches!(target.mount_blob(&digest, &from).await.unwrap(), Mounted::Yes));
        let Mounted::No(Some(session)) = target.mount_blob(&digest, &from).await.unwrap() else { panic!() };
        assert!(matches!(target.mount_blob(&digest, &from).await.unwrap(), Mounted::No(None)));
        target.upload(Some(session), &|| Ok(Box::new(&b"x"[..])), Some(&digest), &|_| ()).await.unwrap();
    });
    let mount = format!("POST /v2/team/app/blobs/uploads/?mount={digest}&from=other/base");
    assert_eq!(lines(&registry)[..4], [&mount, &mount, &mount, "PATCH /up?state=1"]);
}

#[test]
fn tokens_are_for_pushing_and_for_the_repository_that_is_mounted_from() {
    let registry = FakeRegistry::start(|request, _| {
        let host = &request.headers["host"];
        match (request.path(), request.headers.contains_key("authorization")) {
            (path, _) if path.starts_with("/token") => ok(br#"{"token":"T"}"#),
            (_, true) => http("201 Created", &[], b""),
            _ => {
                let challenge = format!(r#"Bearer realm="http://{host}/token""#);
                http("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b"")
            }
        }
    });
    let target = target(&registry, Credentials::Anonymous);
    let from = Reference::parse(&format!("{}/base:1", registry.address)).unwrap();
    run(async {
        target.put_document("1", OCI_MANIFEST, b"{}").await.unwrap();
        target.mount_blob(&Digest::sha256_of(b"x"), &from).await.unwrap();
    });
    let asked: Vec<String> = lines(&registry).into_iter().filter(|line| line.contains("/token")).collect();
    let push = "scope=repository%3Ateam%2Fapp%3Apull%2Cpush";
    assert_eq!(asked, [format!("GET /token?{push}"), format!("GET /token?{push}&scope=repository%3Abase%3Apull")]);
}

#[test]
fn token_that_runs_out_on_the_way_is_renewed_and_the_blob_sent_again() {
    let registry = FakeRegistry::start(|request, _| {
        let host = &request.headers["host"];
        let authorization = request.headers.get("authorization").map(String::as_str);
        match (request.line.split(' ').next().unwrap(), authorization) {
            ("GET", _) => ok(br#"{"token":"second"}"#),
            ("PATCH" | "PUT", Some("Bearer second")) | ("POST", _) => obliging(request),
            _ => {
                let challenge = format!(r#"Bearer realm="http://{host}/token""#);
                http("401 Unauthorized", &[("WWW-Authenticate", &challenge)], b"")
            }
        }
    });
    let once = Options { tries: 1, ..options(Credentials::Anonymous) };
    let target = Repository::open_for(Access::Push, &endpoint(&registry, "team/app:1"), &once).unwrap();
    upload(&target, &|| Ok(Box::new(&b"all of it"[..])), None).unwrap();
    let patches: Vec<Vec<u8>> =
        registry.seen().into_iter().filter(|seen| seen.line.starts_with("PATCH")).map(|seen| seen.body).collect();
    assert_eq!(patches, [b"all of it", b"all of it"]);
}

#[test]
fn failed_upload_begins_again_and_an_unreadable_blob_is_named_at_once() {
    let registry = FakeRegistry::start(|request, before| match before {
        1 => http("503 Service Unavailable", &[], b""),
        _ => obliging(request),
    });
    let target = target(&registry, Credentials::Anonymous);
    upload(&target, &|| Ok(Box::new(&b"x"[..])), None).unwrap();
    let seen = lines(&registry);
    let begin = "POST /v2/team/app/blobs/uploads/";
    // What has arrived of the first is given up.
    assert_eq!(seen[..5], [begin, "PATCH /up?state=1%2B1", "DELETE /up?state=1%2B1", begin, "PATCH /up?state=1%2B1"]);

    struct Damaged;
    impl std::io::Read for Damaged {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from_raw_os_error(libc::EIO))
        }
    }
    let error = upload(&target, &|| Ok(Box::new(Damaged)), None).unwrap_err();
    assert!(error.to_string().contains("input/output error") || error.to_string().contains("I/O error"), "{error}");
    assert_eq!(lines(&registry).iter().filter(|line| line.starts_with("POST")).count(), 3, "is not tried again");
}

#[test]
fn damaged_blob_is_not_left_at_the_registry() {
    let registry = FakeRegistry::start(|request, _| obliging(request));
    let target = target(&registry, Credentials::Anonymous);
    let error = upload(&target, &|| Ok(Box::new(&b"other"[..])), Some(&Digest::sha256_of(b"x"))).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    assert!(lines(&registry).iter().all(|line| !line.starts_with("PUT")));
}

#[test]
fn another_host_takes_the_bytes_but_learns_no_password() {
    let storage = FakeRegistry::start(|request, _| match request.line.starts_with("PATCH") {
        true => http("202 Accepted", &[], b""),
        false => http("201 Created", &[], b""),
    });
    let elsewhere = format!("http://mallory:secret@{}/up", storage.address);
    let registry = FakeRegistry::start(move |request, _| match request.headers.contains_key("authorization") {
        true => http("202 Accepted", &[("Location", &elsewhere)], b""),
        false => http("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b""),
    });
    let credentials = Credentials::Basic { user: "a".into(), password: "b".into() };
    upload(&target(&registry, credentials), &|| Ok(Box::new(&b"x"[..])), None).unwrap();
    assert_eq!(storage.seen().len(), 2);
    assert!(storage.seen().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[test]
fn address_that_is_none_is_refused() {
    for (location, cause) in [
        ("http://169.254.169.254/latest", "link-local"),
        ("file:///etc/passwd", "not http"),
        ("http://[", "not a URL"),
        ("", "missing"),
    ] {
        let registry = FakeRegistry::start(move |_, _| match location {
            "" => http("202 Accepted", &[], b""),
            location => http("202 Accepted", &[("Location", location)], b""),
        });
        let error = upload(&target(&registry, Credentials::Anonymous), &|| Ok(Box::new(&b"x"[..])), None).unwrap_err();
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!(registry.seen().len(), 1);
    }
}

#[test]
fn lost_answer_to_the_last_step_is_no_failure() {
    let digest = Digest::sha256_of(b"x");
    let registry = FakeRegistry::start(|request, _| match request.line.split(' ').next().unwrap() {
        "PUT" => http("404 Not Found", &[], b""),
        "HEAD" => b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n".to_vec(),
        _ => obliging(request),
    });
    let target = target(&registry, Credentials::Anonymous);
    upload(&target, &|| Ok(Box::new(&b"x"[..])), Some(&digest)).unwrap();
    run(async {
        assert!(target.has_blob(&digest, 1).await.unwrap());
        assert!(!target.has_blob(&digest, 2).await.unwrap(), "half a blob is none");
    });
}

#[test]
fn manifest_that_the_registry_changes_is_an_error() {
    let other = Digest::sha256_of(b"other").to_string();
    let registry = FakeRegistry::start(move |_, before| match before {
        0 => http("201 Created", &[("Docker-Content-Digest", &Digest::sha256_of(b"{}").to_string())], b""),
        1 => http("201 Created", &[("Docker-Content-Digest", &other)], b""),
        _ => http("400 Bad Request", &[], br#"{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}"#),
    });
    let target = target(&registry, Credentials::Anonymous);
    let put = || run(target.put_document("1", OCI_MANIFEST, b"{}"));
    assert_eq!(put().unwrap(), Digest::sha256_of(b"{}"));
    assert!(put().unwrap_err().to_string().contains("has stored"));
    assert!(put().unwrap_err().to_string().contains("blob unknown"));
    let first = &registry.seen()[0];
    assert_eq!(first.line, "PUT /v2/team/app/manifests/1 HTTP/1.1");
    assert_eq!((first.headers["content-type"].as_str(), first.body.as_slice()), (OCI_MANIFEST, &b"{}"[..]));
}

// ---- Lists ----

#[test]
fn list_goes_on_from_page_to_page_and_ends() {
    let registry = FakeRegistry::start(|request, _| match request.path() {
        "/v2/app/tags/list?n=1000" => {
            let link = "</v2/app/tags/list?n=1000&last=b>; rel=\"next\"";
            http("200 OK", &[("Link", link)], br#"{"name":"app","tags":["a","b"]}"#)
        }
        _ => ok(br#"{"name":"app","tags":["c"]}"#),
    });
    let tags = |registry: &FakeRegistry| run(repository(registry, "app:1", Credentials::Anonymous).tags());
    assert_eq!(tags(&registry).unwrap(), ["a", "b", "c"]);

    let endless = FakeRegistry::start(|request, _| {
        let link = format!("<{}>; rel=\"next\"", request.path());
        http("200 OK", &[("Link", &link)], br#"{"tags":["a"]}"#)
    });
    assert!(tags(&endless).unwrap_err().to_string().contains("more than 1000 pages"));
    let hostile = FakeRegistry::start(|_, _| ok(br#"{"tags":["a","../../x"]}"#));
    assert!(tags(&hostile).unwrap_err().to_string().contains("no tag"));
    let empty = FakeRegistry::start(|_, _| ok(br#"{"tags":null}"#));
    assert_eq!(tags(&empty).unwrap(), [""; 0]);
}

#[test]
fn search_asks_the_index_and_else_the_catalog() {
    let open = |registry: &FakeRegistry| {
        super::Registry::open(&registry.address, true, Credentials::Anonymous, &options(Credentials::Anonymous))
    };
    let index = FakeRegistry::start(|request, _| match request.path() {
        "/v1/search?q=a%26b&n=2" => ok(br#"{"results":[{"name":"x","description":"d","star_count":3},{"name":"y"}]}"#),
        _ => http("404 Not Found", &[], b""),
    });
    let hits = run(open(&index).unwrap().search("a&b", 2)).unwrap();
    assert_eq!((hits[0].name.as_str(), hits[0].star_count, hits[1].description.as_deref()), ("x", 3, None));
    let catalog = FakeRegistry::start(|request, _| match request.path() {
        "/v2/_catalog?n=1000" => ok(br#"{"repositories":["team/app","other","app2","App\u001b"]}"#),
        _ => http("404 Not Found", &[], b""),
    });
    let names = |limit| -> Vec<String> {
        run(open(&catalog).unwrap().search("app", limit)).unwrap().into_iter().map(|hit| hit.name).collect()
    };
    assert_eq!(names(25), ["team/app", "app2"]);
    assert_eq!(names(1), ["team/app"]);
}
