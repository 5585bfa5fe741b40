//! The distribution protocol (distribution-spec): reads manifests and blobs from registries that are not trusted, and
//! writes them to some.
//!
//! Everything that arrives is bounded (documents by a limit, blobs by their descriptor) and checked against its digest;
//! text from the network is escaped before it is shown. Nothing here knows the store: bytes are handed on as they come.
//!
//! The transport is reqwest, the library below `oci_distribution::Client`. That client reads manifests, error bodies
//! and tokens without a limit, shows no response headers (`Retry-After`, `Content-Range`), follows redirects from https
//! to http, and takes no client certificate; all of these are promises here.

pub mod credentials;
pub mod login;
pub mod platform;

mod auth;
mod blobs;
mod client;
mod failure;
mod listings;
/// Files of web servers that are no registries.
pub mod download;
mod manifests;
mod mirrors;
mod tls;
mod uploads;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub use blobs::BlobStream;
pub use client::{Access, Options, Registry, Repository};
pub use listings::Hit;
pub use manifests::{Document, Parsed};
pub use mirrors::{Found, find};
pub use uploads::{Mounted, Open, Session, Uploaded};

use crate::error::{During, Result};

/// Runs what speaks to a registry, on this thread. There is no async runtime but in here.
pub fn block_on<T>(conversation: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().during(|| "start the async runtime")?;
    runtime.block_on(conversation)
}
