//! From an image in the store to a name at a registry.
//!
//!     image -> each layer, a few at once -> config -> manifest -> the registry's digest is remembered
//!     each layer: there already | mounted from another repository | sent, perhaps compressed on its way
//!
//! What is not changed goes byte for byte as it came, and so keeps its digest. A manifest is written anew only where a
//! layer has become another blob, or another format is wanted. It is sent last: whoever finds it finds all of it.

use std::collections::HashMap;
use std::io::Read;

use futures_util::stream::{StreamExt, TryStreamExt};

use super::progress::{LayerState, Progress};
use super::resolve::{self, Named};
use crate::error::{During, Error, Result};
use crate::host::registries::Registries;
use crate::layer::chunked;
use crate::layer::compression::{self, Algorithm, Packing};
use crate::oci::manifest::{
    Compression, DOCKER_CONFIG, DOCKER_MANIFEST, Descriptor, Manifest, OCI_CONFIG, OCI_MANIFEST,
};
use crate::oci::{Digest, Reference};
use crate::registry::{self, Access, Document, Mounted, Parsed, Repository, Session};
use crate::store::downloads::require_blob;
use crate::store::events::Action;
use crate::store::{ImageRecord, LayerRecord, LayerSource, Store};

/// Layers sent at the same time.
const LAYERS_AT_ONCE: usize = 3;
/// Repositories that are asked for a layer before it is sent.
const MOUNTS_TRIED: usize = 2;

/// Which of the two forms of the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Oci,
    /// Docker's image manifest version 2, schema 2.
    Docker,
}

#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    pub registry: registry::Options,
    /// `None`: as the image is.
    pub format: Option<Format>,
    /// What layers are to be compressed with; `None`: what they have, and gzip for those that are not compressed.
    pub packing: Option<Packing>,
    /// A layer that the registry has with another compression does as well.
    pub any_compression_there: bool,
}

/// What has been pushed.
#[derive(Clone, Debug)]
pub struct Pushed {
    pub reference: Reference,
    /// Of the manifest, as the registry has it.
    pub digest: Digest,
}

/// Sends the image that `typed` means to `destination`; without one, to where its name says.
pub fn push(
    store: &Store,
    registries: &Registries,
    typed: &str,
    destination: Option<&str>,
    options: &PushOptions,
    progress: &dyn Progress,
) -> Result<Pushed> {
    let image = resolve::get_local(store, registries, typed)?;
    let reference = destination_of(&image, destination)?;
    let held = store.hold_layers(&image.record.diff_ids)?;
    let target = open_target(registries, &reference, options)?;
    let mountable = mountable(store, registries, target.reference())?;
    let (document, _) = stored_manifest(store, &image.record.manifest, &image.record)?;
    let push = Push::prepare(store, &target, &image.record, document, options, &mountable, progress)?;
    let act = || format!("push `{}` to {reference}", typed.escape_debug());
    let digest = registry::block_on(async { put(&target, &push.all_but_the_manifest().await?).await }).during(act)?;
    drop(held);
    // It is only remembered to spare the next push some work; a store that may only be read does without.
    let _ = store.add_repo_digest(&image.record.id, &format!("{}@{digest}", reference.repository()));
    super::tell(store, &image.record.id, &reference.to_string(), Action::Push);
    Ok(Pushed { reference, digest })
}

/// Where the image goes.
pub fn destination_of(image: &Named, destination: Option<&str>) -> Result<Reference> {
    match destination {
        Some(typed) => Reference::parse_normalized(typed.strip_prefix("docker://").unwrap_or(typed)),
        None if image.is_by_id() => Err(Error::usage("an image ID says nothing of a registry")
            .with_hint("give the destination as well: box push IMAGE REGISTRY/NAME:TAG")),
        None => Reference::parse_normalized(&image.name),
    }
}

/// The repository that is written to: mirrors are for reading, the place itself is the last.
pub(super) fn open_target(registries: &Registries, reference: &Reference, options: &PushOptions) -> Result<Repository> {
    let endpoint = registries.endpoints(reference)?.pop().ok_or_else(|| Error::new("no registry is configured"))?;
    Repository::open_for(Access::Push, &endpoint, &options.registry)
}

/// Gives the document the name that the target has.
pub(super) async fn put(target: &Repository, document: &Document) -> Result<Digest> {
    let reference = target.reference();
    let selector = match (reference.digest(), reference.tag()) {
        (Some(wanted), _) if *wanted != document.digest => {
            return Err(Error::new(format!("its manifest has the digest {}, not that one", document.digest))
                .with_hint("push it to a tag"));
        }
        (Some(wanted), _) => wanted.to_string(),
        (None, tag) => tag.unwrap_or("latest").to_owned(),
    };
    target.put_document(&selector, &document.media_type, &document.bytes).await
}

/// Which repositories have a layer, by its diff ID.
pub(super) type Mountable = HashMap<Digest, Vec<Reference>>;

/// One push: what it works with.
pub(super) struct Push<'a> {
    store: &'a Store,
    target: &'a Repository,
    record: &'a ImageRecord,
    document: Document,
    manifest: Manifest,
    options: &'a PushOptions,
    /// What the result will be.
    format: Format,
    mountable: &'a Mountable,
    progress: &'a dyn Progress,
}

impl<'a> Push<'a> {
    /// `document`: the manifest of the image.
    pub fn prepare(
        store: &'a Store,
        target: &'a Repository,
        record: &'a ImageRecord,
        document: Document,
        options: &'a PushOptions,
        mountable: &'a Mountable,
        progress: &'a dyn Progress,
    ) -> Result<Push<'a>> {
        let own = Format::of(&document.media_type);
        let wants_zstd = options.packing.is_some_and(|packing| packing.algorithm == Algorithm::Zstd);
        let format = match options.format {
            Some(Format::Docker) if wants_zstd => {
                return Err(Error::usage("Docker's manifests know no zstd").with_hint("push with --format oci"));
            }
            Some(format) => format,
            None if wants_zstd => Format::Oci,
            None => own,
        };
        let Parsed::Manifest(manifest) = document.parse()? else {
            return Err(Error::new("an image is described by an index"));
        };
        Ok(Push { store, target, record, document, manifest, options, format, mountable, progress })
    }

    /// Sends what the manifest refers to, and returns the manifest.
    pub async fn all_but_the_manifest(&self) -> Result<Document> {
        let layers = self.manifest.layers.iter().zip(&self.record.diff_ids);
        let jobs = futures_util::stream::iter(layers.clone().enumerate()).map(|(place, (blob, diff_id))| async move {
            // The same layer twice is sent once; both places get the same descriptor below.
            let first = self.record.diff_ids.iter().position(|other| other == diff_id);
            match first == Some(place) {
                true => self.layer(blob, diff_id).await.map(|sent| Some((diff_id.clone(), sent))),
                false => Ok(None),
            }
        });
        let sent: HashMap<Digest, Descriptor> =
            jobs.buffer_unordered(LAYERS_AT_ONCE).try_filter_map(|layer| async { Ok(layer) }).try_collect().await?;
        self.config().await.during(|| "send its config")?;
        let sent: Vec<&Descriptor> = layers.map(|(_, diff_id)| &sent[diff_id]).collect();
        self.final_manifest(&sent)
    }

    /// Makes true that the registry has the layer, and returns what it has.
    async fn layer(&self, blob: &Descriptor, diff_id: &Digest) -> Result<Descriptor> {
        let layer =
            self.store.find_layer(diff_id)?.ok_or_else(|| Error::new(format!("layer {} is gone", diff_id.short())))?;
        let act = || format!("send layer {}", blob.digest.short());
        match self.packing_for(blob).await.during(act)? {
            None => self.as_it_is(blob, &layer).await.during(act),
            Some(packing) => self.packed(packing, &layer).await.during(act),
        }
    }

    /// How a layer has to be compressed anew; `None`: it stays as it is.
    async fn packing_for(&self, blob: &Descriptor) -> Result<Option<Packing>> {
        let has = Compression::of_media_type(&blob.media_type)
            .ok_or_else(|| Error::new(format!("it is no layer but {}", blob.media_type.escape_debug())))?;
        let gzip = Packing { algorithm: Algorithm::Gzip, chunked: false, level: None };
        if let Some(packing) = self.options.packing {
            let does = has.algorithm() == packing.algorithm
                && (!packing.chunked || chunked::has_table(&blob.annotations))
                || self.options.any_compression_there && self.target.has_blob(&blob.digest, blob.size).await?;
            return Ok((!does).then_some(packing));
        }
        Ok(match has {
            Compression::Zstd if self.format == Format::Docker => Some(gzip),
            Compression::None if !self.is_as_pulled() => Some(gzip),
            _ => None,
        })
    }

    /// Whether some registry has the image with just this manifest.
    fn is_as_pulled(&self) -> bool {
        let end = format!("@{}", self.document.digest);
        let known = &self.record.repo_digests;
        known.iter().any(|known| known.ends_with(&end) && !known.starts_with("localhost/"))
    }

    async fn as_it_is(&self, blob: &Descriptor, layer: &LayerRecord) -> Result<Descriptor> {
        let session = match self.find(&blob.digest, blob.size, &layer.diff_id).await? {
            Found::There => return Ok(blob.clone()),
            Found::Not(session) => session,
        };
        match &layer.kept {
            // It came as another blob, for another image; that one unpacks to the same files.
            Some(kept) if kept.digest != blob.digest => {
                if let Found::There = self.find(&kept.digest, kept.size_compressed, &layer.diff_id).await? {
                    return Ok(described(kept));
                }
                self.send(kept, layer, session).await.map(|()| described(kept))
            }
            Some(kept) => self.send(kept, layer, session).await.map(|()| blob.clone()),
            None => require_blob(None, layer).map(|_| blob.clone()),
        }
    }

    async fn send(&self, kept: &LayerSource, layer: &LayerRecord, session: Option<Session>) -> Result<()> {
        self.progress.layer_known(&kept.digest, kept.size_compressed, LayerState::Missing);
        let open = || -> Result<Box<dyn Read + Send>> {
            let (_, blob) = require_blob(self.store.open_layer_blob(layer)?, layer)?;
            Ok(Box::new(blob))
        };
        let sent = |bytes| self.progress.layer_advanced(&kept.digest, bytes);
        self.target.upload(session, &open, Some(&kept.digest), &sent).await?;
        self.progress.layer_done(&kept.digest);
        Ok(())
    }

    /// Compresses the layer while it is sent, unless an earlier push has done so.
    async fn packed(&self, packing: Packing, layer: &LayerRecord) -> Result<Descriptor> {
        let suits = |source: &&LayerSource| {
            Compression::of_media_type(&source.media_type).map(Compression::algorithm) == Some(packing.algorithm)
                && (!packing.chunked || chunked::has_table(&source.annotations))
        };
        if let Some(kept) = layer.kept.as_ref().filter(suits) {
            return self.as_it_is(&described(kept), layer).await;
        }
        for known in layer.sources.iter().filter(suits) {
            if let Found::There = self.find(&known.digest, known.size_compressed, &layer.diff_id).await? {
                return Ok(described(known));
            }
        }
        self.progress.layer_known(&layer.diff_id, layer.size_bytes, LayerState::Missing);
        let annotations = chunked::Annotations::default();
        let open = || -> Result<Box<dyn Read + Send>> {
            let (_, blob) = require_blob(self.store.open_layer_blob(layer)?, layer)?;
            compression::compress(compression::open_checked(blob, layer.diff_id.clone())?, packing, &annotations)
        };
        let sent = |bytes| self.progress.layer_advanced(&layer.diff_id, bytes);
        let uploaded = self.target.upload(None, &open, None, &sent).await?;
        self.progress.layer_done(&layer.diff_id);
        let source = LayerSource {
            digest: uploaded.digest,
            size_compressed: uploaded.size,
            media_type: Format::Oci.layer_type(packing.algorithm).to_owned(),
            annotations: annotations.lock().expect("nobody panics while holding it").clone(),
        };
        self.store.add_layer_source(&layer.diff_id, source.clone())?;
        Ok(described(&source))
    }

    /// Looks for a blob where it has to be, and in other repositories of the registry.
    async fn find(&self, digest: &Digest, size: u64, diff_id: &Digest) -> Result<Found> {
        if self.target.has_blob(digest, size).await? {
            self.progress.layer_known(digest, size, LayerState::Present);
            return Ok(Found::There);
        }
        let mut begun = None;
        for from in self.mountable.get(diff_id).into_iter().flatten().take(MOUNTS_TRIED) {
            match self.target.mount_blob(digest, from).await? {
                Mounted::Yes => {
                    self.progress.message(&format!("layer {}: mounted from {}", digest.short(), from.path()));
                    return Ok(Found::There);
                }
                Mounted::No(session) => begun = session.or(begun),
            }
        }
        Ok(Found::Not(begun))
    }

    async fn config(&self) -> Result<()> {
        let config = &self.manifest.config;
        if self.target.has_blob(&config.digest, config.size).await? {
            return Ok(());
        }
        let bytes = self.store.get_blob(&config.digest)?;
        let open = || -> Result<Box<dyn Read + Send>> { Ok(Box::new(std::io::Cursor::new(bytes.clone()))) };
        self.target.upload(None, &open, Some(&config.digest), &|_| ()).await.map(drop)
    }

    /// The manifest as it came where it still is right, else one with these layers.
    fn final_manifest(&self, layers: &[&Descriptor]) -> Result<Document> {
        let unchanged = self.manifest.layers.iter().zip(layers).all(|(old, new)| old.digest == new.digest);
        if unchanged && self.format == Format::of(&self.document.media_type) {
            return Ok(self.document.clone());
        }
        rewrite(&self.document.bytes, self.format, layers)
    }
}

enum Found {
    There,
    /// It has to be sent; the registry may have begun with that.
    Not(Option<Session>),
}

impl Format {
    pub fn of(media_type: &str) -> Format {
        if media_type == DOCKER_MANIFEST { Format::Docker } else { Format::Oci }
    }

    pub fn manifest_type(self) -> &'static str {
        match self {
            Format::Oci => OCI_MANIFEST,
            Format::Docker => DOCKER_MANIFEST,
        }
    }

    pub fn config_type(self) -> &'static str {
        match self {
            Format::Oci => OCI_CONFIG,
            Format::Docker => DOCKER_CONFIG,
        }
    }

    pub fn layer_type(self, algorithm: Algorithm) -> &'static str {
        match (self, algorithm) {
            (Format::Oci, Algorithm::None) => "application/vnd.oci.image.layer.v1.tar",
            (Format::Oci, Algorithm::Gzip) => "application/vnd.oci.image.layer.v1.tar+gzip",
            (Format::Oci, Algorithm::Zstd) => "application/vnd.oci.image.layer.v1.tar+zstd",
            (Format::Docker, Algorithm::None) => "application/vnd.docker.image.rootfs.diff.tar",
            (Format::Docker, Algorithm::Gzip) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
            (Format::Docker, Algorithm::Zstd) => "application/vnd.docker.image.rootfs.diff.tar.zstd",
        }
    }
}

/// A manifest of that image as it is kept.
pub(super) fn stored_manifest(store: &Store, digest: &Digest, record: &ImageRecord) -> Result<(Document, Manifest)> {
    let read = || -> Result<(Document, Manifest)> {
        let bytes = store.get_blob(digest)?;
        let manifest: Manifest = serde_json::from_slice(&bytes)?;
        // One without a type is what its config is.
        let media_type = manifest.media_type.clone().unwrap_or_else(|| match manifest.config.media_type.as_str() {
            DOCKER_CONFIG => DOCKER_MANIFEST.to_owned(),
            _ => OCI_MANIFEST.to_owned(),
        });
        let document = Document { digest: digest.clone(), media_type, bytes };
        match document.parse()? {
            Parsed::Manifest(manifest) if manifest.layers.len() == record.diff_ids.len() => Ok((document, manifest)),
            _ => Err(Error::new("it does not describe this image").with_hint("pull the image again")),
        }
    };
    read().during(|| format!("read the manifest of image {}", record.id.short()))
}

/// Which repositories of the target's registry have which layers, as far as the store knows: where an image with that
/// layer came from, or was pushed to.
pub(super) fn mountable(store: &Store, registries: &Registries, target: &Reference) -> Result<Mountable> {
    let mut mountable = Mountable::new();
    for image in store.images()? {
        for known in &image.repo_digests {
            // A name that is none, or a registry that is blocked, is no place to mount from.
            let Ok(known) = Reference::parse(known) else { continue };
            let Some(place) = registries.endpoints(&known).ok().and_then(|mut all| all.pop()) else { continue };
            let from = place.reference;
            if from.domain() != target.domain() || from.path() == target.path() {
                continue;
            }
            for diff_id in &image.diff_ids {
                let known = mountable.entry(diff_id.clone()).or_default();
                if !known.iter().any(|other| other.path() == from.path()) {
                    known.push(from.clone());
                }
            }
        }
    }
    Ok(mountable)
}

pub(super) fn described(source: &LayerSource) -> Descriptor {
    Descriptor {
        media_type: source.media_type.clone(),
        digest: source.digest.clone(),
        size: source.size_compressed,
        platform: None,
        annotations: source.annotations.clone(),
    }
}

/// The same manifest in that format and with these layers; what is not known of it stays where the format has it.
pub(super) fn rewrite(bytes: &[u8], format: Format, layers: &[&Descriptor]) -> Result<Document> {
    let mut manifest: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)?;
    manifest.insert("mediaType".to_owned(), format.manifest_type().into());
    if let Some(config) = manifest.get_mut("config").and_then(|config| config.as_object_mut()) {
        config.insert("mediaType".to_owned(), format.config_type().into());
    }
    let typed = layers.iter().map(|layer| {
        let mut layer = (*layer).clone();
        let algorithm = Compression::of_media_type(&layer.media_type).map_or(Algorithm::None, Compression::algorithm);
        layer.media_type = format.layer_type(algorithm).to_owned();
        if format == Format::Docker {
            layer.annotations.clear();
        }
        serde_json::to_value(layer)
    });
    let layers = typed.collect::<std::result::Result<Vec<_>, _>>()?;
    manifest.insert("layers".to_owned(), layers.into());
    if format == Format::Docker {
        for unknown in ["annotations", "subject", "artifactType"] {
            manifest.remove(unknown);
        }
    }
    let bytes = serde_json::to_vec(&manifest)?;
    Ok(Document { digest: Digest::sha256_of(&bytes), media_type: format.manifest_type().to_owned(), bytes })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;
    use crate::image::progress::Silent;
    use crate::registry::credentials::Credentials;
    use crate::registry::fake::{FakeRegistry, http, ok};
    use crate::store::{BlobWriter, LayerIds};

    const TAR: &str = "application/vnd.oci.image.layer.v1.tar";
    const NAME: &str = "localhost/made:latest";

    type Kept = Arc<Mutex<HashMap<String, Vec<u8>>>>;

    /// A registry that keeps what it gets: blobs by their digest, the manifest under its name.
    fn keeping_registry() -> (FakeRegistry, Kept) {
        let kept: Kept = Arc::default();
        let (inside, sent) = (kept.clone(), Mutex::new(HashMap::new()));
        let registry = FakeRegistry::start(move |request, before| {
            let mut kept = inside.lock().unwrap();
            match request.line.split(' ').next().unwrap() {
                "HEAD" => match kept.get(request.path().rsplit('/').next().unwrap()) {
                    Some(blob) => {
                        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", blob.len())
                            .into_bytes()
                    }
                    None => http("404 Not Found", &[], b""),
                },
                "POST" => http("202 Accepted", &[("Location", &format!("/up/{before}"))], b""),
                "PATCH" => {
                    sent.lock().unwrap().insert(request.path().to_owned(), request.body.clone());
                    http("202 Accepted", &[], b"")
                }
                "PUT" if request.path().contains("/manifests/") => {
                    kept.insert("manifest".to_owned(), request.body.clone());
                    http("201 Created", &[], b"")
                }
                _ => {
                    let (session, digest) = request.path().split_once("?digest=").unwrap();
                    kept.insert(digest.replace("%3A", ":"), sent.lock().unwrap().remove(session).unwrap());
                    ok(b"")
                }
            }
        });
        (registry, kept)
    }

    /// An image of the same two layers twice, as an archive would have given it: not compressed.
    struct Bench {
        _dir: tempfile::TempDir,
        store: Store,
        registry: FakeRegistry,
        kept: Kept,
        diff_ids: Vec<Digest>,
    }

    impl Bench {
        fn new() -> Bench {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).unwrap();
            let contents: [&[u8]; 4] = [b"first", b"second", b"first", b"second"];
            let diff_ids: Vec<Digest> = contents.iter().map(|content| Digest::sha256_of(content)).collect();
            let mut layers = Vec::new();
            for (place, content) in contents.iter().enumerate() {
                let kept = LayerSource {
                    digest: diff_ids[place].clone(),
                    size_compressed: content.len() as u64,
                    media_type: TAR.to_owned(),
                    annotations: Default::default(),
                };
                layers.push(serde_json::to_value(described(&kept)).unwrap());
                if place >= 2 {
                    continue;
                }
                let staging = store.stage().unwrap();
                fs::create_dir(staging.path().join("tree")).unwrap();
                let mut writer = BlobWriter::create(staging.path(), false).unwrap();
                writer.write_all(content).unwrap();
                writer.finish().unwrap();
                let record = LayerRecord {
                    diff_id: diff_ids[place].clone(),
                    size_bytes: content.len() as u64,
                    kept: Some(kept),
                    sources: Vec::new(),
                    ids: LayerIds::Single,
                    owners_recorded: false,
                };
                store.commit_layer(staging, &record).unwrap();
            }
            let config = serde_json::json!({ "rootfs": { "diff_ids": diff_ids } }).to_string();
            let id = Digest::sha256_of(config.as_bytes());
            let manifest = serde_json::json!({
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "annotations": { "k": "v" },
                "config": { "mediaType": OCI_CONFIG, "digest": id, "size": config.len() },
                "layers": layers,
            })
            .to_string();
            let record = ImageRecord {
                id,
                manifest: Digest::sha256_of(manifest.as_bytes()),
                repo_digests: BTreeSet::new(),
                diff_ids: diff_ids.clone(),
                size_bytes: 11,
                created: None,
                architecture: "amd64".to_owned(),
                os: "linux".to_owned(),
                variant: None,
                names_history: Vec::new(),
            };
            store.add_image(&record, manifest.as_bytes(), config.as_bytes(), Some(NAME)).unwrap();
            let (registry, kept) = keeping_registry();
            Bench { _dir: dir, store, registry, kept, diff_ids }
        }

        fn push(&self, options: PushOptions) -> Result<serde_json::Value> {
            let text = format!("[[registry]]\nlocation = '{}'\ninsecure = true", self.registry.address);
            let registries = Registries::of_text(&text).unwrap();
            let registry = registry::Options {
                credentials: Some(Credentials::Anonymous),
                retry_delay: Duration::ZERO,
                ..registry::Options::default()
            };
            let options = PushOptions { registry, ..options };
            let target = format!("{}/app:1", self.registry.address);
            push(&self.store, &registries, NAME, Some(&target), &options, &Silent)?;
            Ok(serde_json::from_slice(&self.kept.lock().unwrap()["manifest"]).unwrap())
        }

        fn sent(&self) -> usize {
            self.registry.seen().iter().filter(|request| request.line.starts_with("PATCH")).count()
        }
    }

    #[test]
    fn layer_that_is_not_compressed_is_so_on_its_way_and_only_once() {
        let bench = Bench::new();
        let manifest = bench.push(PushOptions::default()).unwrap();
        assert_eq!(bench.sent(), 3, "two layers and the config");
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!((layers.len(), &layers[0], &layers[1]), (4, &layers[2], &layers[3]));
        assert_eq!(layers[0]["mediaType"], format!("{TAR}+gzip"));
        assert_eq!(manifest["annotations"]["k"], "v");
        let packed = bench.kept.lock().unwrap()[layers[0]["digest"].as_str().unwrap()].clone();
        assert_eq!(layers[0]["size"], packed.len());
        let mut plain = Vec::new();
        let source = std::io::Cursor::new(packed);
        compression::open_checked(source, bench.diff_ids[0].clone()).unwrap().read_to_end(&mut plain).unwrap();
        assert_eq!(plain, b"first");
        assert_eq!(bench.push(PushOptions::default()).unwrap(), manifest);
        assert_eq!(bench.sent(), 3, "nothing is sent again");
    }

    #[test]
    fn what_a_registry_has_as_it_is_is_not_compressed() {
        let bench = Bench::new();
        let image = bench.store.find_image(NAME).unwrap().unwrap();
        bench.store.add_repo_digest(&image.id, &format!("quay.io/made@{}", image.manifest)).unwrap();
        let manifest = bench.push(PushOptions::default()).unwrap();
        assert_eq!(manifest["layers"][0]["mediaType"], TAR);
        assert_eq!(Digest::sha256_of(&bench.kept.lock().unwrap()["manifest"]), image.manifest);
    }

    #[test]
    fn docker_gets_no_zstd_and_no_annotations() {
        let bench = Bench::new();
        let zstd = Packing { algorithm: Algorithm::Zstd, chunked: false, level: None };
        let manifest = bench.push(PushOptions { packing: Some(zstd), ..PushOptions::default() }).unwrap();
        assert_eq!(manifest["layers"][0]["mediaType"], format!("{TAR}+zstd"));
        let docker = PushOptions { format: Some(Format::Docker), ..PushOptions::default() };
        let manifest = bench.push(docker.clone()).unwrap();
        assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
        assert_eq!(
            (&manifest["mediaType"], &manifest["config"]["mediaType"]),
            (&DOCKER_MANIFEST.into(), &DOCKER_CONFIG.into())
        );
        assert!(manifest.get("annotations").is_none());
        assert!(bench.push(PushOptions { packing: Some(zstd), ..docker }).is_err());
    }

    #[test]
    fn damaged_layer_is_not_pushed() {
        let bench = Bench::new();
        let blob = bench.store.layer_dir(&bench.diff_ids[0]).join("blob.zst");
        fs::write(&blob, zstd::encode_all(&b"other"[..], 1).unwrap()).unwrap();
        let error = bench.push(PushOptions::default()).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
        assert!(!bench.kept.lock().unwrap().contains_key("manifest"));
    }
}
