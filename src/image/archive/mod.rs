//! Images outside of registries: archives and directories, as `docker save`, `podman save` and skopeo write them.
//!
//! ```text
//!     docker-archive   manifest.json: [{Config, RepoTags, Layers}]; configs and uncompressed layers beside it
//!     oci-archive      oci-layout, index.json, blobs/sha256/<hex>, as one tar archive
//!     oci              the same as a directory
//!     dir              manifest.json (the manifest itself), version, <hex> for each blob
//! ```
//!
//! What comes in is as hostile as what registries send: names inside an archive are looked up, never used as paths
//! outside, and every layer goes through the same door as any other (see `incoming`).

/// Files by name, in an archive or a directory.
pub mod source;
/// From an archive into the store.
pub mod load;
/// From the store into an archive.
pub mod save;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    DockerArchive,
    OciArchive,
    OciDirectory,
    /// Skopeo's `dir:`.
    Directory,
}

/// `TRANSPORT:PATH[:REFERENCE]` (containers-transports(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub form: Form,
    pub path: PathBuf,
    /// Which image in it, or how one that is written is called.
    pub reference: Option<String>,
}

impl Location {
    /// `None`: it begins with none of these transports.
    pub fn parse(text: &str) -> Result<Option<Location>> {
        let Some((transport, rest)) = text.split_once(':') else { return Ok(None) };
        let form = match transport {
            "docker-archive" => Form::DockerArchive,
            "oci-archive" => Form::OciArchive,
            "oci" => Form::OciDirectory,
            "dir" => Form::Directory,
            // Without a path it is an image of that name and a tag: `dir:latest` is one as well, but nobody's.
            _ => return Ok(None),
        };
        // A path has no colon where a reference may follow; `dir:` has no reference.
        let (path, reference) = match rest.split_once(':').filter(|_| form != Form::Directory) {
            Some((path, reference)) => (path, Some(reference.to_owned())),
            None => (rest, None),
        };
        if path.is_empty() {
            return Err(Error::usage(format!("`{}` names no file", text.escape_debug())));
        }
        Ok(Some(Location { form, path: path.into(), reference }))
    }
}

/// One image of a docker-archive's `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    #[serde(default, deserialize_with = "null_is_none_given")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "null_is_none_given")]
    layers: Vec<String>,
}

fn null_is_none_given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// How an image in an OCI layout is called (image-spec annotations.md), and how Docker and containerd call it.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME: &str = "io.containerd.image.name";
const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
const DIRECTORY_VERSION: &str = "Directory Transport Version: 1.1\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_transport_a_path_and_perhaps_a_reference() {
        let parse = |text: &str| Location::parse(text).unwrap();
        let location = |form, path: &str, reference: Option<&str>| {
            Some(Location { form, path: path.into(), reference: reference.map(str::to_owned) })
        };
        assert_eq!(parse("oci:/tmp/x:app:1"), location(Form::OciDirectory, "/tmp/x", Some("app:1")));
        assert_eq!(parse("oci-archive:x.tar"), location(Form::OciArchive, "x.tar", None));
        assert_eq!(parse("docker-archive:x.tar:a/b:1"), location(Form::DockerArchive, "x.tar", Some("a/b:1")));
        assert_eq!(parse("dir:a:b"), location(Form::Directory, "a:b", None));
        for other in ["ubuntu", "ubuntu:22.04", "docker://x", "localhost:5000/x"] {
            assert_eq!(parse(other), None);
        }
        assert!(Location::parse("oci:").is_err());
    }
}
