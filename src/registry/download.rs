//! A file of a web server, read as it comes: the client of the registries for what is none.

use std::io::{self, Read};

use reqwest::{Response, Url};
use tokio::runtime::Runtime;

use super::Options;
use super::tls::{self, Patience};
use crate::error::{During, Error, Result};

/// A body without an end shall not fill the disk.
const LIMIT_BYTES: u64 = 64 << 30;

/// Whether this names something on a web server.
pub fn is_url(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// The URL without a password in it, for people and for histories.
pub fn shown(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return url.escape_debug().to_string() };
    let _ = url.set_password(None).and_then(|()| url.set_username("")); // one that cannot have them has none
    url.to_string()
}

/// Asks for the file. A server that says nothing for half a minute, or sends on and on, is given up.
pub fn open(url: &str) -> Result<Download> {
    open_unnamed(url).during(|| format!("fetch {}", shown(url)))
}

fn open_unnamed(url: &str) -> Result<Download> {
    let url = Url::parse(url).map_err(|error| Error::usage(error.to_string()))?;
    let host = url.host_str().ok_or_else(|| Error::usage("it names no host"))?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let client = tls::http_client(&authority, false, None, Patience::BetweenBytes(Options::default().silence_limit))?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().during(|| "start the async runtime")?;
    let response = runtime.block_on(async { client.get(url).send().await }).map_err(|error| plain(&error))?;
    if !response.status().is_success() {
        return Err(Error::new(format!("the server answers {}", response.status())));
    }
    if response.content_length().is_some_and(|length| length > LIMIT_BYTES) {
        return Err(too_large());
    }
    Ok(Download { runtime, response, chunk: Vec::new().into(), left: LIMIT_BYTES })
}

/// The body of an answer.
#[derive(Debug)]
pub struct Download {
    runtime: Runtime,
    response: Response,
    chunk: std::collections::VecDeque<u8>,
    left: u64,
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.runtime.block_on(async { self.response.chunk().await }) {
                Ok(None) => return Ok(0),
                Ok(Some(chunk)) => {
                    let left = self.left.checked_sub(chunk.len() as u64);
                    self.left = left.ok_or_else(|| io::Error::other(too_large().to_string()))?;
                    self.chunk = Vec::from(chunk).into();
                }
                Err(error) => return Err(io::Error::other(plain(&error).to_string())),
            }
        }
        self.chunk.read(buffer)
    }
}

fn too_large() -> Error {
    Error::new(format!("it is larger than {} GiB", LIMIT_BYTES >> 30))
}

/// The innermost cause: what surrounds it repeats the URL, which may hold a password.
fn plain(error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Error::new(super::failure::shown(&cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(shown("http://joe:secret@example.com/x.tar"), "http://example.com/x.tar");
        assert!(is_url("HTTP://x") && !is_url("httpx") && !is_url("é"));
    }
}
