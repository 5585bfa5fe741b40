//! A registry of a few lines on loopback, for tests: what it answers, and so what it does wrong, is each test's choice.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::oci::Digest;
use crate::oci::manifest::Descriptor;

/// A request as the registry saw it; header names in lower case.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    /// The first byte of the range that was asked for.
    pub fn offset(&self) -> usize {
        let range = self.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        range.and_then(|range| range.strip_suffix('-')).map_or(0, |first| first.parse().unwrap())
    }
}

/// Answers every request with the bytes that a function of (request, how many came before) gives.
pub struct FakeRegistry {
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeRegistry {
    pub fn start(answer: impl Fn(&Seen, usize) -> Vec<u8> + Send + Sync + 'static) -> FakeRegistry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (seen.clone(), Arc::new(answer));
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        FakeRegistry { address, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, answer: &dyn Fn(&Seen, usize) -> Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // A TLS greeting begins with 22. It gets the answer of web servers, which tells the client that this is plain HTTP.
    if reader.fill_buf().is_ok_and(|bytes| bytes.first() == Some(&22)) {
        let _ = (&stream).write_all(&http("400 Bad Request", &[], b"")); // The client may have gone.
        return;
    }
    let mut next_line = || {
        let mut line = Vec::new();
        let _ = reader.read_until(b'\n', &mut line); // The end of the stream is an empty line too.
        String::from_utf8_lossy(&line).trim_end().to_owned()
    };
    let line = next_line();
    let headers = std::iter::from_fn(|| Some(next_line()).filter(|line| !line.is_empty()));
    let headers: HashMap<String, String> = headers
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
        .collect();
    if line.is_empty() {
        return;
    }
    let body = read_body(&mut reader, &headers);
    let request = Seen { line, headers, body };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let _ = (&stream).write_all(&answer(&request, before)); // The client may have gone.
}

fn read_body(reader: &mut impl BufRead, headers: &HashMap<String, String>) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        let _ = reader.take(length.parse().unwrap()).read_to_end(&mut body); // The client may have gone.
    } else if headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
        loop {
            let mut size = String::new();
            let _ = reader.read_line(&mut size); // An empty one is the end, too.
            let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
            let _ = reader.take(size).read_to_end(&mut body);
            let _ = reader.read_line(&mut String::new());
            if size == 0 {
                break;
            }
        }
    }
    body
}

pub fn http(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        answer += &format!("{name}: {value}\r\n");
    }
    [answer.as_bytes(), b"\r\n", body].concat()
}

pub fn ok(body: &[u8]) -> Vec<u8> {
    http("200 OK", &[], body)
}

pub fn descriptor(bytes: &[u8]) -> Descriptor {
    let media_type = "application/vnd.oci.image.layer.v1.tar".to_owned();
    let (digest, size) = (Digest::sha256_of(bytes), bytes.len() as u64);
    Descriptor { media_type, digest, size, platform: None, annotations: Default::default() }
}
