//! Several places for the same image: mirrors in their order, then the registry itself.

use super::client::{Options, Repository};
use super::manifests::{Document, asking};
use crate::error::{During, Error, Result};
use crate::host::registries::Endpoint;
use crate::oci::Digest;

/// The first place that has the image, and what it has.
pub struct Found {
    pub repository: Repository,
    /// A manifest or an index.
    pub document: Document,
}

/// Asks each endpoint in order. `None`: the first that has the image has a digest that `is_here` knows. `passed_over`
/// hears why an endpoint was not used; the last one's error is the error of all.
pub async fn find(
    endpoints: &[Endpoint],
    options: &Options,
    is_here: Option<&dyn Fn(&Digest) -> bool>,
    passed_over: impl Fn(&Endpoint, &Error),
) -> Result<Option<Found>> {
    let mut last = None;
    for (place, endpoint) in endpoints.iter().enumerate() {
        match look(endpoint, options, is_here).await.during(|| asking(&endpoint.reference)) {
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

async fn look(
    endpoint: &Endpoint,
    options: &Options,
    is_here: Option<&dyn Fn(&Digest) -> bool>,
) -> Result<Option<Found>> {
    let repository = Repository::open(endpoint, options)?;
    if let Some(is_here) = is_here
        && repository.digest_of_tag().await?.is_some_and(|digest| is_here(&digest))
    {
        return Ok(None);
    }
    let document = repository.document(None).await?;
    Ok(Some(Found { repository, document }))
}
