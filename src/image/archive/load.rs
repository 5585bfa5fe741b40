//! From an archive into the store.
//!
//!     what is in it -> each image: config -> layers that are not here yet -> manifest -> listed under its names

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;

use super::source::Source;
use super::{CONTAINERD_NAME, DockerImage, Location, REF_NAME};
use crate::error::{During, Error, Result};
use crate::host::policy::Policy;
use crate::image::assemble;
use crate::image::incoming::{self, Expected, Received};
use crate::image::progress::Progress;
use crate::image::push::Format;
use crate::image::resolve::Named;
use crate::image::room;
use crate::image::tag::local_name;
use crate::image::tell;
use crate::oci::manifest::{Compression, Descriptor, Index, Manifest};
use crate::oci::{Digest, Reference};
use crate::registry::platform::Wanted;
use crate::registry::{Document, Parsed};
use crate::store::events::Action;
use crate::store::{LayerSource, Store};

/// As many as pull takes.
const LAYERS_LIMIT: usize = 500;
/// Images in one archive.
const IMAGES_LIMIT: usize = 1000;
const INDEX_NESTING_LIMIT: usize = 2;

/// Loads every image of the archive that `stream` is.
pub fn load_stream(store: &Store, stream: File, progress: &dyn Progress) -> Result<Vec<Named>> {
    room::tidy_if_full(
        store,
        Source::of_stream(store, stream).and_then(|source| load_all(store, &source, None, progress)),
    )
}

/// Loads every image of the archive or directory at `path`.
pub fn load_path(store: &Store, path: &Path, progress: &dyn Progress) -> Result<Vec<Named>> {
    let loaded = Source::open(store, path).and_then(|source| load_all(store, &source, Some(path), progress));
    room::tidy_if_full(store, loaded).during(|| format!("load {}", path.display()))
}

/// Loads the one image that the location means.
pub fn load_location(store: &Store, location: &Location, progress: &dyn Progress) -> Result<Named> {
    let load = || {
        let source = Source::open(store, &location.path)?;
        let mut contents = contents_of(&source)?;
        obey_policy(&source, Some(&location.path), &contents)?;
        if let Some(wanted) = &location.reference {
            contents.retain(|content| content.is_called(wanted));
        }
        match &contents[..] {
            [] => Err(Error::absent("image in it", location.reference.as_deref().unwrap_or("").escape_debug())),
            [only] => Loading { store, source: &source, progress }.image(only),
            several => Err(Error::usage(format!("it holds {} images", several.len()))
                .with_hint("say which: append `:NAME`, or load all of them with `box load`")),
        }
    };
    let loaded = room::tidy_if_full(store, load()).during(|| format!("load {}", location.path.display()))?;
    tell_loaded(store, &loaded);
    Ok(loaded)
}

fn tell_loaded(store: &Store, image: &Named) {
    tell(store, &image.record.id, &image.name, Action::LoadFromArchive);
}

fn load_all(store: &Store, source: &Source, path: Option<&Path>, progress: &dyn Progress) -> Result<Vec<Named>> {
    let loading = Loading { store, source, progress };
    let contents = contents_of(source)?;
    obey_policy(source, path, &contents)?;
    let load = |content| {
        let loaded = loading.image(content)?;
        tell_loaded(store, &loaded);
        Ok(loaded)
    };
    contents.iter().map(load).collect()
}

fn obey_policy(source: &Source, path: Option<&Path>, contents: &[Content]) -> Result<()> {
    let transport = match (source, contents.first()) {
        (_, Some(Content::Docker { .. })) => "docker-archive",
        (_, Some(Content::Described { descriptor: None, .. })) => "dir",
        (Source::Directory(_), _) => "oci",
        (Source::Archive(_), _) => "oci-archive",
    };
    Policy::load()?.check_path(transport, path)
}

/// One image of an archive, before it is read.
enum Content {
    Docker {
        image: DockerImage,
        names: Vec<String>,
    },
    /// Described by a manifest or an index of that name.
    Described {
        member: String,
        descriptor: Option<Descriptor>,
        annotation: Option<String>,
        names: Vec<String>,
    },
}

impl Content {
    /// The name as it was given, as it stands in the archive, or in full.
    fn is_called(&self, wanted: &str) -> bool {
        let (names, as_written) = match self {
            Content::Docker { image, names } => (names, image.repo_tags.iter().any(|tag| tag == wanted)),
            Content::Described { annotation, names, .. } => (names, annotation.as_deref() == Some(wanted)),
        };
        let full = Reference::parse_normalized(wanted).map(|reference| reference.to_string()).ok();
        as_written || names.iter().any(|name| Some(name) == full.as_ref() || name == wanted)
    }
}

/// What kind of archive it is shows by what is in it. Docker's newer ones are an OCI layout as well, which tells more.
fn contents_of(source: &Source) -> Result<Vec<Content>> {
    if let Some(index) = source.document("index.json")? {
        return oci_contents(source, &index).during(|| "read index.json");
    }
    let Some(manifest) = source.document("manifest.json")? else {
        return Err(Error::new("it is no archive of images: neither index.json nor manifest.json is in it")
            .with_hint("`box import` makes an image of the files of a plain tar archive"));
    };
    match serde_json::from_slice::<Vec<DockerImage>>(&manifest) {
        Ok(images) if images.len() <= IMAGES_LIMIT => docker_contents(images),
        Ok(_) => Err(Error::new(format!("it has more than {IMAGES_LIMIT} images"))),
        // A manifest of its own: skopeo's `dir:`.
        Err(_) => Ok(vec![Content::Described {
            member: "manifest.json".to_owned(),
            descriptor: None,
            annotation: None,
            names: Vec::new(),
        }]),
    }
}

fn docker_contents(images: Vec<DockerImage>) -> Result<Vec<Content>> {
    let named = |image: DockerImage| {
        let names = image.repo_tags.iter().map(|tag| Ok(Reference::parse_normalized(tag)?.to_string()));
        Ok(Content::Docker { names: names.collect::<Result<_>>()?, image })
    };
    images.into_iter().map(named).collect()
}

fn oci_contents(source: &Source, index: &[u8]) -> Result<Vec<Content>> {
    let index: Index = serde_json::from_slice(index)?;
    if index.manifests.len() > IMAGES_LIMIT {
        return Err(Error::new(format!("it has more than {IMAGES_LIMIT} images")));
    }
    let mut contents: Vec<Content> = Vec::new();
    for descriptor in index.manifests {
        let annotation = descriptor.annotations.get(REF_NAME).cloned();
        let name = match (descriptor.annotations.get(CONTAINERD_NAME), &annotation) {
            (Some(full), _) => Some(Reference::parse_normalized(full)?.to_string()),
            (None, Some(name)) => Some(local_name(name)?),
            (None, None) => None,
        };
        // One image under several names has several entries.
        let known = contents.iter_mut().find_map(|content| match content {
            Content::Described { descriptor: Some(known), names, .. } if known.digest == descriptor.digest => {
                Some(names)
            }
            _ => None,
        });
        match known {
            Some(names) => names.extend(name),
            None => contents.push(Content::Described {
                member: blob_name(&descriptor.digest),
                descriptor: Some(descriptor),
                annotation,
                names: name.into_iter().collect(),
            }),
        }
    }
    // Docker's own words on names, where the index has none.
    if let [Content::Described { names, .. }] = &mut contents[..]
        && names.is_empty()
        && let Some(manifest) = source.document("manifest.json")?
        && let Ok(images) = serde_json::from_slice::<Vec<DockerImage>>(&manifest)
        && let [image] = &images[..]
    {
        for tag in &image.repo_tags {
            names.push(Reference::parse_normalized(tag)?.to_string());
        }
    }
    Ok(contents)
}

fn blob_name(digest: &Digest) -> String {
    let text = digest.to_string();
    format!("blobs/{}", text.replacen(':', "/", 1))
}

struct Loading<'a> {
    store: &'a Store,
    source: &'a Source,
    progress: &'a dyn Progress,
}

/// A layer of an image in the archive.
struct Layer<'a> {
    member: String,
    diff_id: &'a Digest,
    /// Of the member, where something says so.
    blob: Option<Digest>,
}

impl Loading<'_> {
    fn image(&self, content: &Content) -> Result<Named> {
        let (names, image) = match content {
            Content::Docker { image, names } => (names, self.docker(image)),
            Content::Described { member, descriptor, names, .. } => {
                (names, self.described(member, descriptor.as_ref()))
            }
        };
        let act = || names.first().map_or_else(|| "load image".to_owned(), |name| format!("load image {name}"));
        let mut image = image.during(act)?;
        for name in names {
            self.store.tag(&image.record.id, name)?;
        }
        if let Some(name) = names.first() {
            image.name.clone_from(name);
        }
        Ok(image)
    }

    fn docker(&self, image: &DockerImage) -> Result<Named> {
        let config = self.source.required(&image.config)?;
        let parsed = assemble::read_config(&config)?;
        require_as_many(parsed.rootfs.diff_ids.len(), image.layers.len())?;
        let layers = parsed.rootfs.diff_ids.iter().zip(&image.layers);
        let layers = layers.map(|(diff_id, member)| Layer { member: member.clone(), diff_id, blob: None });
        let received = self.layers(layers.collect())?;
        let blobs: Vec<LayerSource> = received.iter().map(|layer| layer.blob.clone()).collect();
        let manifest = assemble::manifest_of(Format::Docker, &config, &blobs)?;
        assemble::list(self.store, &config, &manifest, BTreeSet::new(), None)
    }

    fn described(&self, member: &str, descriptor: Option<&Descriptor>) -> Result<Named> {
        let (bytes, manifest) = self.manifest(member, descriptor)?;
        let in_layout = descriptor.is_some();
        let name = |digest: &Digest| if in_layout { blob_name(digest) } else { digest.hex().to_owned() };
        let config = self.source.required(&name(&manifest.config.digest))?;
        if Digest::sha256_of(&config) != manifest.config.digest {
            return Err(damaged("config", &manifest.config.digest));
        }
        let parsed = assemble::read_config(&config)?;
        require_as_many(parsed.rootfs.diff_ids.len(), manifest.layers.len())?;
        let mut layers = Vec::new();
        for (blob, diff_id) in manifest.layers.iter().zip(&parsed.rootfs.diff_ids) {
            if Compression::of_media_type(&blob.media_type).is_none() {
                let kind = blob.media_type.escape_debug();
                return Err(Error::new(format!("it is not an image: it has a layer of type {kind}")));
            }
            layers.push(Layer { member: name(&blob.digest), diff_id, blob: Some(blob.digest.clone()) });
        }
        let received = self.layers(layers)?;
        let image = assemble::list(self.store, &config, &bytes, BTreeSet::new(), None);
        drop(received); // the image is listed: its layers are in use from here on
        image
    }

    /// The manifest for this machine, or the only one.
    fn manifest(&self, member: &str, descriptor: Option<&Descriptor>) -> Result<(Vec<u8>, Manifest)> {
        let (mut member, mut descriptor) = (member.to_owned(), descriptor.cloned());
        for _ in 0..=INDEX_NESTING_LIMIT {
            let bytes = self.source.required(&member)?;
            let digest = Digest::sha256_of(&bytes);
            if descriptor.as_ref().is_some_and(|descriptor| descriptor.digest != digest) {
                return Err(damaged("manifest", &digest));
            }
            let media_type = match &descriptor {
                Some(descriptor) => descriptor.media_type.clone(),
                None => media_type_of(&bytes),
            };
            let document = Document { digest, media_type, bytes };
            let index = match document.parse()? {
                Parsed::Manifest(manifest) => return Ok((document.bytes, manifest)),
                Parsed::Index(index) => index,
            };
            let chosen = match &index.manifests[..] {
                [only] => only,
                _ => Wanted::this_machine().choose(&index)?,
            };
            member = blob_name(&chosen.digest);
            descriptor = Some(chosen.clone());
        }
        Err(Error::new(format!("indexes are nested more than {INDEX_NESTING_LIMIT} deep")))
    }

    /// Brings every layer into the store, and holds it there.
    fn layers(&self, layers: Vec<Layer<'_>>) -> Result<Vec<Received>> {
        if layers.len() > LAYERS_LIMIT {
            return Err(Error::new(format!("it has {} layers, box takes {LAYERS_LIMIT}", layers.len())));
        }
        let mut seen: HashMap<&Digest, LayerSource> = HashMap::new();
        let mut received = Vec::new();
        for layer in &layers {
            let act = || format!("load layer {}", layer.diff_id.short());
            let one = self.layer(layer, &seen).during(act)?;
            seen.insert(layer.diff_id, one.blob.clone());
            received.push(one);
        }
        Ok(received)
    }

    fn layer(&self, layer: &Layer<'_>, seen: &HashMap<&Digest, LayerSource>) -> Result<Received> {
        let expected = Expected { blob: layer.blob.clone(), diff_id: Some(layer.diff_id.clone()) };
        // What is here has to be described, if the archive does not do it.
        incoming::have_or_receive(self.store, &expected, seen.get(layer.diff_id).cloned(), || {
            self.progress.message(&format!("loading layer {}", layer.diff_id.short()));
            self.source.content(&layer.member)
        })
    }
}

/// As it says itself.
pub fn media_type_of(manifest: &[u8]) -> String {
    let stated = serde_json::from_slice::<serde_json::Value>(manifest).ok();
    let stated = stated.and_then(|manifest| Some(manifest.get("mediaType")?.as_str()?.to_owned()));
    stated.unwrap_or_else(|| crate::oci::manifest::OCI_MANIFEST.to_owned())
}

fn require_as_many(diff_ids: usize, layers: usize) -> Result<()> {
    match diff_ids == layers {
        true => Ok(()),
        false => Err(Error::new(format!("its config speaks of {diff_ids} layers, its manifest of {layers}"))),
    }
}

fn damaged(what: &str, wanted: &Digest) -> Error {
    Error::new(format!("its {what} is not {wanted}")).with_hint("the archive is damaged, or has been tampered with")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::fixture::Tar;

    #[test]
    fn fuzz_archives_hold_images_or_are_refused() {
        let config = r#"{"os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
        let descriptor = |kind: &str, bytes: &str| {
            let digest = Digest::sha256_of(bytes.as_bytes());
            format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{}}}"#, bytes.len())
        };
        let mut docker = Tar::new();
        docker.file("manifest.json").put(r#"[{"Config":"c.json","RepoTags":["a/b:1"],"Layers":["x/layer.tar"]}]"#);
        docker.file("c.json").put(config);
        docker.symlink("x/layer.tar", "../y").put("");
        docker.file("y").put("");
        let manifest = format!(r#"{{"schemaVersion":2,"config":{},"layers":[]}}"#, descriptor("c", config));
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            descriptor("application/vnd.oci.image.manifest.v1+json", &manifest)
        );
        let mut oci = Tar::new();
        oci.file("oci-layout").put(super::super::LAYOUT);
        oci.file("index.json").put(&index);
        for blob in [config, &manifest] {
            oci.pax("path", format!("blobs/sha256/{}", Digest::sha256_of(blob.as_bytes()).hex()).as_bytes());
            oci.file("blob").put(blob);
        }
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("store")).unwrap();
        let path = dir.path().join("archive");
        let seeds = [docker.bytes(), oci.bytes()];
        let words =
            ["../", "manifest.json", "index.json", "[", "{", "null", "\"Layers\":[", "sha256:", "\u{1b}[2J", "\0"];
        crate::fuzz::mutations_repaired(
            "images in archives",
            &seeds.each_ref().map(Vec::as_slice),
            &words,
            1_500,
            crate::layer::fixture::with_checksums,
            |input| {
                std::fs::write(&path, input).unwrap();
                let found = Source::open(&store, &path).and_then(|source| {
                    let contents = contents_of(&source)?;
                    Ok(contents.iter().filter(|content| content.is_called("a/b:1")).count())
                });
                match found {
                    Ok(count) => format!("{count} of the name"),
                    Err(error) => {
                        let said = error.to_string();
                        assert!(said.len() < 4000 && !said.contains(char::is_control), "{said:?}");
                        said
                    }
                }
            },
        );
    }
}
