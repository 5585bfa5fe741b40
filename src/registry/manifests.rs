//! Manifests and indexes: fetched as bytes, checked by digest, read as exactly one of the two.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::blobs::Verifier;
use super::client::{Place, Question, Repository, limited_body};
use super::failure::{Again, Failure, FailureDuring, shown};
use crate::error::{Error, Result};
use crate::oci::manifest::{DOCKER_LIST, DOCKER_MANIFEST, Index, Manifest, OCI_INDEX, OCI_MANIFEST};
use crate::oci::{Digest, Reference, nesting};

/// Of manifests, indexes and configs.
pub const DOCUMENT_LIMIT_BYTES: u64 = 4 << 20;
pub const LAYERS_LIMIT: usize = 500;

const DIGEST_HEADER: &str = "docker-content-digest";

const ACCEPTED: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

/// A manifest or an index, byte for byte as its digest says.
#[derive(Clone, Debug)]
pub struct Document {
    pub digest: Digest,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

pub enum Parsed {
    Manifest(Manifest),
    Index(Index),
}

impl Repository {
    /// Fetches the manifest or index with this digest or, without one, with the tag of the repository's reference.
    pub async fn document(&self, digest: Option<&Digest>) -> Result<Document> {
        let digest = digest.or(self.reference().digest());
        let selector = match digest {
            Some(digest) => digest.to_string(),
            None => self.reference().tag().unwrap_or("latest").to_owned(),
        };
        self.fetch_document(&selector, digest).await.failing(|| format!("read manifest `{selector}`"))
    }

    /// The digest that the tag has at this moment, for the price of a few headers: docker.io does not count it as a
    /// pull. `None`: the registry does not say, or refuses; the document will tell.
    pub async fn digest_of_tag(&self) -> Result<Option<Digest>> {
        let path = self.path(&format!("manifests/{}", self.reference().tag().unwrap_or("latest")));
        let question = Question { accept: &ACCEPTED, ..Question::new(Method::HEAD, Place::Path(&path)) };
        match self.registry.ask(&question).await {
            Ok(response) => Ok(declared_digest(&response)),
            Err(failure) if failure.answered && failure.again == Again::Never => Ok(None),
            Err(failure) => Err(failure.error),
        }
    }

    async fn fetch_document(&self, selector: &str, wanted: Option<&Digest>) -> Result<Document, Failure> {
        let path = self.path(&format!("manifests/{selector}"));
        let response = self.registry.ask(&Question { accept: &ACCEPTED, ..Question::get(&path) }).await?;
        let declared_type =
            response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let declared_digest = declared_digest(&response);
        let bytes = limited_body(response, DOCUMENT_LIMIT_BYTES).await?;
        let digest = match wanted {
            Some(wanted) => wanted.clone(),
            // A tag's digest is what the registry says, as long as the bytes agree; without its word, ours.
            None => declared_digest.unwrap_or_else(|| Digest::sha256_of(&bytes)),
        };
        Document::check(bytes, digest, declared_type.as_deref()).map_err(Failure::never)
    }
}

impl Document {
    /// Takes bytes for the document of that digest, wherever they come from.
    pub fn check(bytes: Vec<u8>, digest: Digest, declared_type: Option<&str>) -> Result<Document> {
        let mut verifier = Verifier::new(digest.algorithm());
        verifier.update(&bytes);
        verifier.finish(&digest)?;
        nesting::check(&bytes)?;
        let probe: Probe = serde_json::from_slice(&bytes).map_err(|_| Error::new("the answer is not a manifest"))?;
        let media_type = probe.media_type(declared_type)?;
        Ok(Document { digest, media_type, bytes })
    }

    pub fn parse(&self) -> Result<Parsed> {
        let parsed = match self.media_type.as_str() {
            OCI_INDEX | DOCKER_LIST => Parsed::Index(serde_json::from_slice(&self.bytes).map_err(malformed)?),
            _ => Parsed::Manifest(serde_json::from_slice(&self.bytes).map_err(malformed)?),
        };
        if let Parsed::Manifest(manifest) = &parsed {
            if manifest.layers.len() > LAYERS_LIMIT {
                return Err(Error::new(format!(
                    "the image has {} layers, more than {LAYERS_LIMIT}",
                    manifest.layers.len()
                )));
            }
            if manifest.config.size > DOCUMENT_LIMIT_BYTES {
                return Err(Error::new(format!(
                    "its config of {} bytes is longer than {DOCUMENT_LIMIT_BYTES}",
                    manifest.config.size
                )));
            }
        }
        Ok(parsed)
    }
}

/// The digest that the registry says the document has.
pub(super) fn declared_digest(response: &Response) -> Option<Digest> {
    response.headers().get(DIGEST_HEADER)?.to_str().ok()?.parse().ok()
}

fn malformed(error: serde_json::Error) -> Error {
    // serde's message may quote what stands in the document.
    Error::new(shown(&error.to_string())).while_doing("understand the manifest")
}

/// What tells a manifest from an index. One document must not be readable as both (CVE-2021-41190).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    #[serde(default)]
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
    manifests: Option<IgnoredAny>,
    fs_layers: Option<IgnoredAny>,
}

impl Probe {
    fn media_type(&self, declared: Option<&str>) -> Result<String> {
        if self.schema_version == 1 || self.fs_layers.is_some() {
            return Err(Error::new("the image has a manifest of schema 1, which went out of use in 2017")
                .with_hint("ask its owner to push it again with a current tool"));
        }
        let declared = declared.map(|text| text.split(';').next().unwrap_or(text).trim());
        let declared = declared.filter(|declared| ACCEPTED.contains(declared));
        let is_index = match (self.manifests.is_some(), self.config.is_some() || self.layers.is_some()) {
            (true, false) => true,
            (false, true) => false,
            (true, true) => return Err(Error::new("the document is both a manifest and an index")),
            (false, false) => return Err(Error::new("the answer is not a manifest")),
        };
        let media_type = match (self.media_type.as_deref(), declared) {
            (Some(own), Some(declared)) if own != declared => {
                return Err(Error::new(format!(
                    "the document says it is {}, the registry says {declared}",
                    shown(own)
                )));
            }
            (Some(own), _) => own,
            (None, Some(declared)) => declared,
            (None, None) => {
                if is_index {
                    OCI_INDEX
                } else {
                    OCI_MANIFEST
                }
            }
        };
        match media_type {
            OCI_INDEX | DOCKER_LIST if is_index => Ok(media_type.to_owned()),
            OCI_MANIFEST | DOCKER_MANIFEST if !is_index => Ok(media_type.to_owned()),
            OCI_INDEX | DOCKER_LIST | OCI_MANIFEST | DOCKER_MANIFEST => {
                Err(Error::new(format!("the document says it is {media_type}, and is not")))
            }
            other => Err(Error::new(format!("it is not an image but {}", shown(other)))),
        }
    }
}

/// Says which repository an error is about.
pub(super) fn asking(reference: &Reference) -> String {
    format!("ask {} for `{}`", reference.domain(), reference.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, declared: Option<&str>) -> Result<String> {
        Document::check(body.into(), Digest::sha256_of(body.as_bytes()), declared).map(|document| document.media_type)
    }

    #[test]
    fn document_is_a_manifest_or_an_index_and_never_both() {
        assert_eq!(check(r#"{"schemaVersion":2,"manifests":[]}"#, None).unwrap(), OCI_INDEX);
        assert_eq!(
            check(r#"{"schemaVersion":2,"config":{},"layers":[]}"#, Some(DOCKER_MANIFEST)).unwrap(),
            DOCKER_MANIFEST
        );
        let typed = format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{}},"layers":[]}}"#);
        assert_eq!(check(&typed, Some("application/json; charset=utf-8")).unwrap(), OCI_MANIFEST);
        for (body, declared) in [
            (r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, None),
            (r#"{"schemaVersion":2,"manifests":[]}"#, Some(OCI_MANIFEST)),
            (typed.as_str(), Some(OCI_INDEX)),
            (r#"{"schemaVersion":2,"mediaType":"application/x","manifests":[]}"#, None),
            (r#"{"schemaVersion":1,"fsLayers":[]}"#, None),
            ("<html>", Some(OCI_MANIFEST)),
            ("{}", Some(OCI_MANIFEST)),
            ("", None),
        ] {
            assert!(check(body, declared).is_err(), "{body} {declared:?}");
        }
    }

    #[test]
    fn wrong_digest_is_named_with_the_right_one() {
        let wanted = Digest::sha256_of(b"other");
        let error = Document::check(b"{}".to_vec(), wanted.clone(), None).unwrap_err().to_string();
        assert!(error.contains(wanted.hex()) && error.contains(Digest::sha256_of(b"{}").hex()), "{error}");
    }

    #[test]
    fn too_many_layers_are_refused() {
        let layer = format!(r#"{{"mediaType":"x","digest":"{}","size":1}}"#, Digest::sha256_of(b""));
        let layers = vec![layer.as_str(); LAYERS_LIMIT + 1].join(",");
        let body = format!(r#"{{"schemaVersion":2,"config":{layer},"layers":[{layers}]}}"#);
        let digest = Digest::sha256_of(body.as_bytes());
        assert!(Document::check(body.into_bytes(), digest, None).unwrap().parse().is_err());
    }

    #[test]
    fn fuzz_a_document_is_one_thing_within_its_limits_or_an_error() {
        let named = |kind: &str| format!(r#"{{"mediaType":"{kind}","digest":"{}","size":7}}"#, Digest::sha256_of(b""));
        let manifest = format!(r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#, named("c"), named("l"));
        let index = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{{"platform":{{"os":"linux",
            "architecture":"arm","variant":"v7"}},{}]}}"#,
            &named(OCI_MANIFEST)[1..]
        );
        let seeds = [manifest.as_bytes(), index.as_bytes(), br#"{"schemaVersion":1,"fsLayers":[]}"#];
        let words = [
            "\"layers\":",
            "\"manifests\":",
            "\"config\":",
            "\"mediaType\":",
            OCI_INDEX,
            DOCKER_MANIFEST,
            "[",
            "{",
            "null",
            "\"digest\":\"sha256:",
            "\"size\":-1",
            "\"Layers\":",
            "[],",
            "\\u0000",
            "\u{1b}[2J",
            "\"annotations\":{},",
        ];
        let platform = super::super::platform::Wanted::this_machine();
        crate::fuzz::mutations("manifest", &seeds, &words, 10_000, |input| {
            let digest = Digest::sha256_of(input);
            let document = Document::check(input.to_vec(), digest, Some(DOCKER_MANIFEST));
            let document = document.or_else(|_| Document::check(input.to_vec(), Digest::sha256_of(input), None));
            match document.and_then(|document| document.parse()) {
                Ok(Parsed::Manifest(manifest)) => format!("manifest {}", manifest.layers.len() <= LAYERS_LIMIT),
                Ok(Parsed::Index(index)) => format!("index {}", platform.choose(&index).is_ok()),
                Err(error) => {
                    let said = format!("{error} {:?}", error.hint);
                    assert!(!error.to_string().contains(char::is_control), "{said:?}");
                    said
                }
            }
        });
    }
}
