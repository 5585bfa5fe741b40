//! Several places for the same image: mirrors in their order, then the registry itself.

use super::client::{Options, Repository};
use super::manifests::{Document, asking};
use crate::error::{During, Error, Result};
use crate::host::registries::Endpoint;

/// The first place that has the image, and what it has.
pub struct Found {
    pub repository: Repository,
    /// A manifest or an index.
    pub document: Document,
}

/// Asks each endpoint in order. `passed_over` hears why one was not used; the last one's error is the error of all.
pub async fn find(endpoints: &[Endpoint], options: &Options, passed_over: impl Fn(&Endpoint, &Error)) -> Result<Found> {
    let mut last = None;
    for (place, endpoint) in endpoints.iter().enumerate() {
        match look(endpoint, options).await.during(|| asking(&endpoint.reference)) {
            Ok(found) => return Ok(found),
            Err(error) => {
                if place + 1 < endpoints.len() {
                    passed_over(endpoint, &error);
                }
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new("no registry is configured for this image")))
}

async fn look(endpoint: &Endpoint, options: &Options) -> Result<Found> {
    let repository = Repository::open(endpoint, options)?;
    let document = repository.document(None).await?;
    Ok(Found { repository, document })
}
