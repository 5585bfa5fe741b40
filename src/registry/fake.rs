//! A registry of a few lines on loopback, for tests: what it answers, and so what it does wrong, is each test's choice.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::oci::Digest;
use crate::oci::manifest::Descriptor;

/// A request as the registry saw it; header names in lower case.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: HashMap<String, String>,
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
    let mut lines = reader.split(b'\n').map_while(std::result::Result::ok);
    let text = |line: Vec<u8>| String::from_utf8_lossy(&line).trim_end().to_owned();
    let Some(line) = lines.next().map(text) else { return };
    let headers = lines.map(text).take_while(|line| !line.is_empty());
    let headers =
        headers.filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())));
    let request = Seen { line, headers: headers.collect() };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    let _ = (&stream).write_all(&answer(&request, before)); // The client may have gone.
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
