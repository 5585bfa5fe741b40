//! Registries that misbehave: what can be had is got, what cannot is said, and nothing of it takes for ever.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::fixture::{Archive, Asked, HostileRegistry, Image, Outcome, Stage, say, send};

/// One layer of some hundred KiB that nothing compresses.
fn image() -> Image {
    let mut state = 1_u64;
    let content: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(300_000)
    .collect();
    Image::of(&[Archive::new().file("file", &content).bytes()])
}

/// A registry that serves [`image`], but blobs of layers as `serve` says: it is given the whole of each.
fn layers_served(serve: impl Fn(&Asked, &TcpStream, &[u8]) + Send + Sync + 'static) -> HostileRegistry {
    let image = image();
    HostileRegistry::start(move |asked, stream| match asked.is_blob() && asked.path.contains(&layer_digest(&image)) {
        true => serve(asked, stream, &image.layers[0]),
        false => image.answer(asked, stream),
    })
}

fn layer_digest(image: &Image) -> String {
    crate::fixture::digest(&image.layers[0])
}

fn pull(stage: &Stage, registry: &HostileRegistry) -> Outcome {
    let said = stage.run(&["pull", "--tls-verify=false", "--retry-delay=10ms", &registry.image()]);
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!said.out.contains(bad) && !said.err.contains(bad) && said.err.len() < 8000, "{said}");
    assert!(said.took < Duration::from_secs(30), "{said}");
    said
}

/// The pull succeeds, and all that is in the store is right.
#[track_caller]
fn succeeds(registry: &HostileRegistry) {
    let stage = Stage::new();
    pull(&stage, registry).ok();
    stage.run(&["system", "check"]).ok();
    stage.run(&["image", "exists", &registry.image()]).ok();
}

/// The pull fails because of `cause`, leaves nothing that is listed, and a good registry makes it good.
#[track_caller]
fn fails(registry: &HostileRegistry, cause: &str) {
    let stage = Stage::new();
    let said = pull(&stage, registry);
    let line = said.to_string();
    assert!(said.fails(1).contains(cause), "{cause}: {line}");
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    assert_eq!(std::fs::read_dir(stage.store().join("layers")).unwrap().count(), 0);
    let good = HostileRegistry::of(image());
    pull(&stage, &good).ok();
    stage.run(&["system", "check"]).ok();
}

fn blobs_asked(registry: &HostileRegistry) -> Vec<usize> {
    let image = image();
    let layers = registry.asked().into_iter().filter(|asked| asked.path.contains(&layer_digest(&image)));
    layers.map(|asked| asked.offset()).collect()
}

fn head(status: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

/// The first bytes of what is said to be the whole.
fn cut_off(stream: &TcpStream, blob: &[u8], bytes: usize) {
    send(stream, &head("200 OK", blob.len()));
    send(stream, &blob[..bytes]);
}

fn rest(asked: &Asked, stream: &TcpStream, blob: &[u8]) {
    let first = asked.offset();
    let range = format!("Content-Range: bytes {first}-{}/{}\r\n", blob.len() - 1, blob.len());
    say(stream, "206 Partial Content", &range, &blob[first..]);
}

#[test]
fn a_stream_that_breaks_is_taken_up_where_it_broke() {
    // Cut short of its length; with a length that is too short; without any.
    for broken in [
        |stream: &TcpStream, blob: &[u8]| cut_off(stream, blob, 90_000),
        |stream: &TcpStream, blob: &[u8]| say(stream, "200 OK", "", &blob[..90_000]),
        |stream: &TcpStream, blob: &[u8]| {
            send(stream, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            send(stream, &blob[..90_000]);
        },
    ] {
        let registry = layers_served(move |asked, stream, blob| match asked.before {
            0 => broken(stream, blob),
            _ => rest(asked, stream, blob),
        });
        succeeds(&registry);
        assert_eq!(blobs_asked(&registry), [0, 90_000]);
    }
    let without_length = layers_served(|_, stream, blob| {
        send(stream, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        send(stream, blob);
    });
    succeeds(&without_length);
    let dropped = layers_served(|asked, stream, blob| {
        if asked.before > 0 {
            say(stream, "200 OK", "", blob)
        }
    });
    succeeds(&dropped);
}

#[test]
fn a_stream_that_breaks_again_and_again_is_an_error_and_the_next_pull_goes_on() {
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&steps);
    let registry = layers_served(move |asked, stream, blob| {
        let first = asked.offset();
        let end = if counted.fetch_add(1, Ordering::SeqCst) < 3 { first + 50_000 } else { blob.len() };
        let range = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {first}-{}/{}\r\n",
            blob.len() - 1,
            blob.len()
        );
        send(stream, format!("{range}Content-Length: {}\r\n\r\n", blob.len() - first).as_bytes());
        send(stream, &blob[first..end]);
    });
    let stage = Stage::new();
    pull(&stage, &registry).fails(1);
    pull(&stage, &registry).ok();
    assert_eq!(blobs_asked(&registry), [0, 50_000, 100_000, 150_000]);
    stage.run(&["system", "check"]).ok();
}

#[test]
fn a_slow_stream_that_moves_is_no_failure() {
    let registry = layers_served(|_, stream, blob| {
        send(stream, &head("200 OK", blob.len()));
        for piece in blob.chunks(blob.len() / 40) {
            std::thread::sleep(Duration::from_millis(5));
            send(stream, piece);
        }
    });
    succeeds(&registry);
}

#[test]
fn wrong_bytes_are_named_with_the_digest_that_was_wanted() {
    let wanted = layer_digest(&image());
    let wanted = wanted.trim_start_matches("sha256:");
    let corrupt = layers_served(|_, stream, blob| {
        let mut wrong = blob.to_vec();
        wrong[1000] ^= 1;
        say(stream, "200 OK", "", &wrong);
    });
    fails(&corrupt, wanted);
    let swapped = layers_served(|_, stream, blob| say(stream, "200 OK", "", &vec![b'x'; blob.len()]));
    fails(&swapped, wanted);
    let html =
        layers_served(|_, stream, _| say(stream, "200 OK", "Content-Type: text/html\r\n", b"<html>log in</html>"));
    fails(&html, "fetch");
    let empty = layers_served(|_, stream, _| say(stream, "200 OK", "", b""));
    fails(&empty, "ended after 0 of");
    let lying = layers_served(|asked, stream, blob| match asked.before {
        0 => cut_off(stream, blob, 1000),
        _ => say(stream, "206 Partial Content", &format!("Content-Range: bytes 7-{}/9\r\n", blob.len()), &blob[7..]),
    });
    fails(&lying, "another range");
    let shifted = layers_served(|asked, stream, blob| match asked.before {
        0 => cut_off(stream, blob, 1000),
        _ => say(stream, "206 Partial Content", "Content-Range: bytes 1000-9/9\r\n", &vec![0; blob.len() - 1000]),
    });
    fails(&shifted, wanted);
}

#[test]
fn documents_that_are_none_are_refused() {
    type Serve = fn(&TcpStream, &[u8]);
    let manifest_served = |serve: Serve| {
        let image = image();
        HostileRegistry::start(move |asked, stream| match asked.path.contains("/manifests/") {
            true => serve(stream, &image.manifest_bytes()),
            false => image.answer(asked, stream),
        })
    };
    let cases: [(Serve, &str); 6] = [
        (|stream, _| say(stream, "200 OK", "Content-Type: text/html\r\n", b"<html>log in</html>"), "not a manifest"),
        (|stream, _| say(stream, "200 OK", "", b""), "not a manifest"),
        (
            |stream, body| {
                let other = crate::fixture::digest(b"other");
                say(stream, "200 OK", &format!("Docker-Content-Digest: {other}\r\n"), body);
            },
            "wanted",
        ),
        (
            |stream, body| {
                say(stream, "200 OK", "Docker-Content-Digest: sha256:../../x\r\nContent-Type: \x1b[2J\r\n", &body[1..])
            },
            "",
        ),
        (
            |stream, _| say(stream, "500 \x1b[2J", "", br#"{"errors":[{"code":"\u001b","message":"\u001b[2Jsaid"}]}"#),
            "",
        ),
        (|stream, _| say(stream, "HTTP", "", b"this is no HTTP"), ""),
    ];
    for (serve, cause) in cases {
        fails(&manifest_served(serve), cause);
    }
}

#[test]
fn a_busy_registry_is_waited_for_as_it_asks_but_not_for_ever() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let soon = layers_served(move |asked, stream, blob| match asked.before {
            0 => say(stream, status, "Retry-After: 0\r\n", b""),
            _ => say(stream, "200 OK", "", blob),
        });
        succeeds(&soon);
        let late = layers_served(move |_, stream, _| say(stream, status, "Retry-After: 3600\r\n", b""));
        fails(&late, "3600 s");
        assert_eq!(blobs_asked(&late).len(), 1);
        let never = layers_served(move |_, stream, _| say(stream, status, "Retry-After: 0\r\n", b""));
        fails(&never, status[..3].trim());
        assert_eq!(blobs_asked(&never).len(), 5);
        let nonsense =
            layers_served(move |_, stream, _| say(stream, status, "Retry-After: 99999999999999999999\r\n", b""));
        fails(&nonsense, &status[..3]);
    }
}

/// A registry that wants a token; `valid` says whether the one that was given out as the n-th serves a blob.
fn guarded(valid: fn(&str) -> bool) -> HostileRegistry {
    let (image, given) = (image(), AtomicUsize::new(0));
    HostileRegistry::start(move |asked, stream| {
        if asked.path.starts_with("/token") {
            let number = given.fetch_add(1, Ordering::SeqCst);
            return say(stream, "200 OK", "", json!({ "token": format!("T{number}") }).to_string().as_bytes());
        }
        match asked.headers.get("authorization").and_then(|text| text.strip_prefix("Bearer ")) {
            Some(token) if !asked.is_blob() || valid(token) => image.answer(asked, stream),
            _ => {
                let host = &asked.headers["host"];
                let challenge = format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"s\"\r\n");
                say(stream, "401 Unauthorized", &challenge, b"");
            }
        }
    })
}

#[test]
fn a_token_that_runs_out_is_renewed_once() {
    succeeds(&guarded(|token| token != "T0"));
    let registry = guarded(|_| false);
    fails(&registry, "unauthorized (HTTP 401)");
    assert!(registry.asked().len() < 12, "{:?}", registry.asked());
    for realm in ["file:///etc/passwd", "http://169.254.169.254/latest", "ftp://x/", "", "\u{1b}"] {
        let registry = HostileRegistry::start(move |_, stream| {
            say(stream, "401 Unauthorized", &format!("WWW-Authenticate: Bearer realm=\"{realm}\"\r\n"), b"");
        });
        fails(&registry, "");
        assert!(registry.asked().len() <= 3);
    }
}

#[test]
fn redirects_end_and_take_no_password_along() {
    let registry = layers_served(|asked, stream, _| {
        say(stream, "307 Temporary Redirect", &format!("Location: {}\r\n", asked.path), b"");
    });
    fails(&registry, "redirects more than 10 times");
    for target in
        ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/"]
    {
        let registry = layers_served(move |_, stream, _| {
            say(stream, "307 Temporary Redirect", &format!("Location: {target}\r\n"), b"");
        });
        fails(&registry, "redirect");
    }
    // Storage on another host gets the question, and not who asks.
    let (image, storage) = (image(), HostileRegistry::of(image()));
    let place = storage.address.clone();
    let registry = HostileRegistry::start(move |asked, stream| {
        match (asked.headers.contains_key("authorization"), asked.is_blob()) {
            (false, _) => say(stream, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", b""),
            (true, true) => {
                say(stream, "307 Temporary Redirect", &format!("Location: http://{place}{}\r\n", asked.path), b"")
            }
            (true, false) => image.answer(asked, stream),
        }
    });
    let stage = Stage::new();
    stage.run(&["pull", "-q", "--tls-verify=false", "--creds", "lab:secret", &registry.image()]).ok();
    assert!(storage.asked().len() >= 2);
    assert!(storage.asked().iter().all(|asked| !asked.headers.contains_key("authorization")));
}

#[test]
fn bodies_without_end_are_left_early() {
    /// Bytes that the client took before it went.
    fn pour(stream: &TcpStream, status: &str, taken: &AtomicUsize) {
        send(stream, format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n").as_bytes());
        let piece = vec![b'x'; 64 << 10];
        while taken.load(Ordering::SeqCst) < 64 << 20 && send(stream, &piece) {
            taken.fetch_add(piece.len(), Ordering::SeqCst);
        }
    }
    for (status, path, cause) in [
        ("200 OK", "/blobs/", "more than the"),
        ("200 OK", "/manifests/", "longer than"),
        ("500 Internal Server Error", "/blobs/", "HTTP 500"),
        ("404 Not Found", "/manifests/", "HTTP 404"),
    ] {
        let (image, taken) = (image(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&taken);
        let registry = HostileRegistry::start(move |asked, stream| match asked.path.contains(path) {
            true => pour(stream, status, &counted),
            false => image.answer(asked, stream),
        });
        fails(&registry, cause);
        // What lies in the kernel's buffers on the way counts as taken.
        assert!(taken.load(Ordering::SeqCst) < 40 << 20, "{status} {path}: {taken:?}");
    }
    // Headers without end.
    let registry = layers_served(|_, stream, _| {
        send(stream, b"HTTP/1.1 200 OK\r\n");
        let line = format!("X: {}\r\n", "x".repeat(1000));
        (0..100_000).all(|_| send(stream, line.as_bytes()));
    });
    fails(&registry, "fetch");
}

#[test]
fn foreign_urls_of_layers_are_never_asked() {
    // CVE-2020-15157
    let elsewhere = HostileRegistry::of(image());
    let url = format!("http://{}/v2/x/blobs/sha256:00", elsewhere.address);
    let image = image().with_manifest(|manifest| {
        manifest["layers"][0]["urls"] = json!([url]);
        manifest["layers"][0]["mediaType"] = json!("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
    });
    let registry = HostileRegistry::start(move |asked, stream| match asked.path.contains(&layer_digest(&image)) {
        true => say(stream, "404 Not Found", "", b""),
        false => image.answer(asked, stream),
    });
    fails(&registry, "HTTP 404");
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn what_unpacks_to_a_thousand_times_its_size_is_a_stream_like_any_other() {
    use std::io::Write;
    // After the archive's end: inflated for its digest, and kept nowhere.
    let tar = [Archive::new().file("file", b"").bytes(), vec![0; 64 << 20]].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let zstd = zstd::encode_all(&tar[..], 1).unwrap();
    for blob in [gzip.finish().unwrap(), zstd] {
        assert!(blob.len() < 1 << 20);
        succeeds(&HostileRegistry::of(Image::of(std::slice::from_ref(&tar)).with_blobs(&[blob])));
    }
}

#[test]
fn sixteen_pulls_of_one_image_fetch_each_layer_once() {
    let layers: Vec<Vec<u8>> = (0..6).map(|n| Archive::new().file("file", &vec![n; 200_000]).bytes()).collect();
    let image = Image::of(&layers);
    let registry = HostileRegistry::of(image);
    let stage = Stage::new();
    let pulls: Vec<_> =
        (0..16).map(|_| stage.start(&["pull", "-q", "--tls-verify=false", &registry.image()])).collect();
    for pull in pulls {
        pull.finish().ok();
    }
    for layer in &layers {
        let digest = crate::fixture::digest(layer);
        let times = registry.asked().iter().filter(|asked| asked.path.contains(&digest)).count();
        assert_eq!(times, 1, "{digest}");
    }
    stage.run(&["system", "check"]).ok();
}
