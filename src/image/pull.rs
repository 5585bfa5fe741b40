//! From a name to an image in the store.
//!
//!     name -> registry -> index -> manifest -> config -> layers, a few at once -> image record -> name
//!     each layer: what an earlier pull got, then the network -> counted, hashed, kept as a blob
//!                 -> box-unpack -> diff ID compared -> committed
//!
//! No blob is held in memory, and nothing is listed before all of it is there: a kill at any moment leaves whole
//! layers, which the next pull uses, parts of blobs, from whose end it goes on, and a staging directory, which the next
//! sweep collects.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::stream::{StreamExt, TryStreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

use super::archive::Location;
use super::archive::load::load_location;
use super::assemble;
use super::foreign::{self, StorageName};
use super::progress::{LayerState, Progress};
use super::resolve::{self, Named};
use super::room;
use super::unpacker::{self, Unpacking};
use crate::disk::Lock;
use crate::error::{During, Error, Kind, Result};
use crate::host::policy::Policy;
use crate::host::registries::{Candidates, Registries};
use crate::layer::chunked;
use crate::oci::image::ImageConfig;
use crate::oci::manifest::{Compression, DOCKER_CONFIG, Descriptor, Manifest, OCI_CONFIG};
use crate::oci::{Algorithm, Digest, Reference};
use crate::registry::platform::Wanted;
use crate::registry::{self, Document, Found, Parsed, Repository, credentials};
use crate::store::events::Action;
use crate::store::{Claim, Download, LayerSource, Store};

/// Layers fetched at the same time: enough to fill a line while one of them is being inflated.
const LAYERS_AT_ONCE: usize = 3;
/// An index of indexes is as deep as the field goes.
const INDEX_NESTING_LIMIT: usize = 2;
/// As large as an unprivileged user may make a pipe: fewer switches between us and the unpacker.
const PIPE_BYTES: usize = 1 << 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Only what is not here.
    #[default]
    Missing,
    /// The registry decides what the name means.
    Always,
    Never,
    /// As `Always`, but what is here will do if the registry cannot be asked.
    Newer,
}

#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    pub policy: PullPolicy,
    /// `None`: this machine.
    pub platform: Option<Wanted>,
    pub authfile: Option<PathBuf>,
    /// `user[:password]`
    pub creds: Option<String>,
    pub cert_dir: Option<PathBuf>,
    /// `None`: as registries.conf says.
    pub tls_verify: Option<bool>,
    /// Tries after the first; `None`: 2.
    pub retry: Option<u32>,
    /// Before the second try, twice as long before each further one; `None`: 1 s.
    pub retry_delay: Option<Duration>,
}

/// The image that `typed` means, pulled if the policy wants it: what `run` and `create` ask for. An archive or a
/// directory is loaded.
pub fn ensure(store: &Store, typed: &str, options: &PullOptions, progress: &dyn Progress) -> Result<Named> {
    if let Some(location) = Location::parse(typed)? {
        return load_location(store, &location, progress);
    }
    if let Some(named) = StorageName::parse(typed)? {
        return foreign::load(store, &named, progress);
    }
    ensure_as(&Registries::load()?, &Policy::load()?, store, typed, options, progress)
}

/// Asks the registry what `typed` means and fetches what is not here.
pub fn pull(store: &Store, typed: &str, options: &PullOptions, progress: &dyn Progress) -> Result<Named> {
    pull_as(&Registries::load()?, &Policy::load()?, store, typed, options, progress)
}

/// What the names of all tags of the repository `typed` are, as its registry lists them.
pub fn names_of_all_tags(typed: &str, options: &PullOptions) -> Result<Vec<String>> {
    let registries = Registries::load()?;
    let registry_options = registry_options(&registries, options)?;
    let mut last = None;
    for reference in resolve::candidates(&registries, typed)?.references {
        match tags_of(&registries, &reference, &registry_options) {
            Ok(tags) => {
                let name = |tag: &String| reference.with_tag(tag).map(|reference| reference.to_string());
                return tags.iter().map(name).collect();
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new("the name has no meaning")))
}

/// The images that `typed` stands for at its registry, each by its digest and with its platform where that is said: all
/// of an index, or the one for the wanted platform.
pub fn instances(
    registries: &Registries,
    typed: &str,
    options: &PullOptions,
    all: bool,
) -> Result<Vec<(String, Option<Wanted>)>> {
    let (reference, document) = document(registries, typed, options)?;
    let named = |digest: &Digest| reference.with_digest(digest.clone()).to_string();
    let index = match document.parse()? {
        Parsed::Manifest(_) => return Ok(vec![(named(&document.digest), None)]),
        Parsed::Index(index) => index,
    };
    if !all {
        let wanted = options.platform.clone().unwrap_or_else(Wanted::this_machine);
        return Ok(vec![(named(&wanted.choose(&index)?.digest), Some(wanted))]);
    }
    // Attestations stand in the index as images of an unknown platform; they are none.
    let images = index.manifests.iter().filter(|entry| entry.platform.as_ref().is_none_or(|p| p.os != "unknown"));
    let platform = |entry: &Descriptor| {
        let platform = entry.platform.as_ref()?;
        Some(Wanted::of_parts(Some(&platform.os), Some(&platform.architecture), platform.variant.as_deref()))
    };
    Ok(images.map(|entry| (named(&entry.digest), platform(entry))).collect())
}

/// The manifest or index that `typed` stands for at its registry.
pub fn document(registries: &Registries, typed: &str, options: &PullOptions) -> Result<(Reference, Document)> {
    let registry_options = registry_options(registries, options)?;
    let mut last = None;
    for reference in resolve::candidates(registries, typed)?.references {
        let endpoints = registries.endpoints(&reference)?;
        match registry::block_on(registry::find(&endpoints, &registry_options, None, |_, _| ())) {
            Ok(Some(found)) => return Ok((reference, found.document)),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new("the name has no meaning")))
}

/// The tags of a repository, by the first of its mirrors that lists them, or by the registry itself.
pub fn tags_of(registries: &Registries, reference: &Reference, options: &registry::Options) -> Result<Vec<String>> {
    let mut last = None;
    for endpoint in registries.endpoints(reference)? {
        let repository = Repository::open(&endpoint, options)?;
        match registry::block_on(repository.tags()) {
            Ok(tags) => return Ok(tags),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new("no registry is configured for this image")))
}

fn ensure_as(
    registries: &Registries,
    policy: &Policy,
    store: &Store,
    typed: &str,
    options: &PullOptions,
    progress: &dyn Progress,
) -> Result<Named> {
    let here = resolve::find_local(store, registries, typed)?.filter(|image| fits(options, image));
    match (options.policy, here) {
        (PullPolicy::Missing | PullPolicy::Never, Some(image)) => Ok(image),
        // An image ID means nothing to a registry.
        (_, Some(image)) if image.is_by_id() => Ok(image),
        (PullPolicy::Never, None) => Err(Error::absent("image", typed.escape_debug())
            .with_hint("it is not in the store, and --pull=never forbids to fetch it")
            .of_kind(Kind::Engine)),
        (PullPolicy::Newer, Some(image)) => match pull_as(registries, policy, store, typed, options, progress) {
            Ok(newer) => Ok(newer),
            Err(error) => {
                progress.message(&format!("{error}; using what is here"));
                Ok(image)
            }
        },
        (PullPolicy::Missing | PullPolicy::Always | PullPolicy::Newer, _) => {
            pull_as(registries, policy, store, typed, options, progress)
        }
    }
}

fn pull_as(
    registries: &Registries,
    policy: &Policy,
    store: &Store,
    typed: &str,
    options: &PullOptions,
    progress: &dyn Progress,
) -> Result<Named> {
    let candidates = resolve::candidates(registries, typed)?;
    let pull = Pull {
        store,
        registries,
        policy,
        wanted: options.platform.clone().unwrap_or_else(Wanted::this_machine),
        platform_chosen: options.platform.is_some(),
        registry_options: registry_options(registries, options)?,
        progress,
    };
    let pulled = room::tidy_if_full(store, registry::block_on(pull.first_of(&candidates)))
        .during(|| format!("pull `{}`", typed.escape_debug()))?;
    super::tell(store, &pulled.record.id, &pulled.name, Action::Pull);
    Ok(pulled)
}

fn registry_options(registries: &Registries, options: &PullOptions) -> Result<registry::Options> {
    Ok(registry::Options {
        credentials: options.creds.as_deref().map(credentials::parse).transpose()?,
        authfile: options.authfile.clone(),
        helpers: registries.credential_helpers.clone(),
        cert_dir: options.cert_dir.clone(),
        tls_verify: options.tls_verify,
        tries: options.retry.unwrap_or(2).saturating_add(1),
        retry_delay: options.retry_delay.unwrap_or(Duration::from_secs(1)),
        ..registry::Options::default()
    })
}

/// Whether an image that is here is for the platform that was asked for.
fn fits(options: &PullOptions, image: &Named) -> bool {
    let record = &image.record;
    options
        .platform
        .as_ref()
        .is_none_or(|wanted| wanted.runs(&record.os, &record.architecture, record.variant.as_deref()))
}

/// One pull: what it works with.
struct Pull<'a> {
    store: &'a Store,
    registries: &'a Registries,
    policy: &'a Policy,
    wanted: Wanted,
    platform_chosen: bool,
    registry_options: registry::Options,
    progress: &'a dyn Progress,
}

/// What the registry says the image is.
struct Description {
    manifest: Manifest,
    document: Document,
    /// The digests on the way from the name to the manifest, its own last.
    digests: Vec<Digest>,
}

/// One layer, under both of its names.
#[derive(Clone, Copy)]
struct Layer<'a> {
    /// What is fetched.
    blob: &'a Descriptor,
    /// What it unpacks to.
    diff_id: &'a Digest,
}

impl Pull<'_> {
    /// The first meaning of the name that some registry knows.
    async fn first_of(&self, candidates: &Candidates) -> Result<Named> {
        let mut last = None;
        for reference in &candidates.references {
            match self.one(reference).await {
                Ok(image) => return Ok(image),
                Err(error) => {
                    if candidates.references.len() > 1 {
                        self.progress.message(&format!("{reference}: {error}"));
                    }
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| Error::new("the name has no meaning")))
    }

    async fn one(&self, reference: &Reference) -> Result<Named> {
        self.policy.check_registry(reference)?;
        self.progress.message(&format!("pulling {reference}"));
        let here = self.whole_image(reference)?;
        if let (Some(image), Some(_)) = (&here, reference.digest()) {
            return Ok(image.clone()); // a digest means the same for ever
        }
        let Found { repository, document } = match (self.find(reference, here.as_ref()).await?, here) {
            (Some(found), _) => found,
            (None, Some(image)) => return Ok(image),
            (None, None) => return Err(Error::new("the registry has nothing new for an image that is not here")),
        };
        let description = self.describe(&repository, document).await?;
        let config_bytes = self.fetch_config(&repository, &description.manifest).await?;
        let config = read_config(&config_bytes, &description.manifest)?;
        self.warn_of_platform(&config);
        let layers = pair_layers(&description.manifest, &config)?;
        let held = self.fetch_layers(&repository, &layers).await?;
        let image = self.list(reference, &description, &config_bytes)?;
        drop(held); // the image is listed: its layers are in use from here on
        Ok(image)
    }

    /// The image that has this name, if it is for the wanted platform and nothing of it is missing or visibly damaged.
    fn whole_image(&self, reference: &Reference) -> Result<Option<Named>> {
        let name = reference.to_string();
        let Some(record) = self.store.find_image(&name)? else { return Ok(None) };
        let mut whole = self.wanted.runs(&record.os, &record.architecture, record.variant.as_deref());
        for diff_id in &record.diff_ids {
            whole = whole && self.store.find_layer(diff_id)?.is_some();
        }
        for document in [&record.id, &record.manifest] {
            whole = whole && self.store.find_blob(document).is_ok_and(|found| found.is_some());
        }
        Ok(whole.then_some(Named { name, record }))
    }

    /// Asks the mirrors and the registry, in their order. `None`: nothing has changed since `here` was pulled.
    async fn find(&self, reference: &Reference, here: Option<&Named>) -> Result<Option<Found>> {
        let endpoints = self.registries.endpoints(reference)?;
        let repository = reference.repository();
        let is_here = here.map(|image| {
            let known = &image.record.repo_digests;
            move |digest: &Digest| known.contains(&format!("{repository}@{digest}"))
        });
        let is_here = is_here.as_ref().map(|is_here| is_here as &dyn Fn(&Digest) -> bool);
        registry::find(&endpoints, &self.registry_options, is_here, |endpoint, error| {
            self.progress.message(&format!("mirror {} is passed over: {error}", endpoint.reference.domain()));
        })
        .await
    }

    /// Goes from what the name stands for to the manifest for the wanted platform. One that is in the store is not
    /// fetched again.
    async fn describe(&self, repository: &Repository, mut document: Document) -> Result<Description> {
        let mut digests = vec![document.digest.clone()];
        for _ in 0..=INDEX_NESTING_LIMIT {
            let chosen = match document.parse()? {
                Parsed::Manifest(manifest) => return Ok(Description { manifest, document, digests }),
                Parsed::Index(index) => self.wanted.choose(&index)?.clone(),
            };
            document = match self.store.find_blob(&chosen.digest) {
                Ok(Some(bytes)) => Document::check(bytes, chosen.digest.clone(), Some(&chosen.media_type))?,
                // A damaged one is replaced.
                Ok(None) | Err(_) => repository.document(Some(&chosen.digest)).await?,
            };
            digests.push(chosen.digest);
        }
        Err(Error::new(format!("indexes are nested more than {INDEX_NESTING_LIMIT} deep")))
    }

    async fn fetch_config(&self, repository: &Repository, manifest: &Manifest) -> Result<Vec<u8>> {
        let config = &manifest.config;
        if ![OCI_CONFIG, DOCKER_CONFIG].contains(&config.media_type.as_str()) {
            let kind = config.media_type.escape_debug();
            return Err(Error::new(format!("it is not an image: its config is of type {kind}")));
        }
        if config.digest.algorithm() != Algorithm::Sha256 {
            return Err(Error::new("its config has no sha256 digest, which would be the image ID"));
        }
        match self.store.find_blob(&config.digest) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) | Err(_) => repository.small_blob(config).await.during(|| "read its config"),
        }
    }

    /// An image without an index may be for another machine; it is fetched, as it may be meant to be looked at.
    fn warn_of_platform(&self, config: &ImageConfig) {
        if config.os.is_empty() || self.wanted.runs(&config.os, &config.architecture, config.variant.as_deref()) {
            return;
        }
        let asked = if self.platform_chosen { "you asked for" } else { "this machine is" };
        let (os, architecture) = (config.os.escape_debug(), config.architecture.escape_debug());
        self.progress.message(&format!("the image is for {os}/{architecture}, {asked} {}", self.wanted));
    }

    /// Brings every layer into the store. The locks that are returned keep them there.
    async fn fetch_layers(&self, repository: &Repository, layers: &[Layer<'_>]) -> Result<Vec<Lock>> {
        let mut missing = Vec::new();
        for layer in layers {
            let present = self.store.find_layer(layer.diff_id)?.is_some();
            let state = if present { LayerState::Present } else { LayerState::Missing };
            self.progress.layer_known(&layer.blob.digest, layer.blob.size, state);
            missing.extend((!present).then_some(*layer));
        }
        if !missing.is_empty() {
            // What earlier pulls left half-made may be in the way of the disk's space, but not of this pull.
            let _ = self.store.sweep(unpacker::remove_as_owner);
        }
        let busy = RefCell::new(Vec::new());
        let jobs = futures_util::stream::iter(layers).map(|layer| async {
            match self.store.try_claim_layer(layer.diff_id)? {
                Some(claim) => self.settle(repository, layer, claim).await.map(Some),
                None => {
                    busy.borrow_mut().push(*layer);
                    Ok(None)
                }
            }
        });
        let mut held: Vec<Lock> =
            jobs.buffer_unordered(LAYERS_AT_ONCE).try_filter_map(|lock| async { Ok(lock) }).try_collect().await?;
        // Another command fetches these. We wait only here, where all that we claimed is committed: two pulls that need
        // each other's layers do not wait for each other.
        for layer in busy.into_inner() {
            self.progress.message(&format!("layer {}: another command fetches it", layer.blob.digest.short()));
            let claim = self.store.claim_layer(layer.diff_id)?;
            held.push(self.settle(repository, &layer, claim).await?);
        }
        Ok(held)
    }

    /// Makes true that the layer is in the store, and keeps it there.
    async fn settle(&self, repository: &Repository, layer: &Layer<'_>, claim: Claim) -> Result<Lock> {
        let lock = match claim {
            Claim::Present(lock) => lock,
            Claim::Ours(lock) => {
                self.fetch_layer(repository, layer)
                    .await
                    .during(|| format!("fetch layer {}", layer.blob.digest.short()))?;
                lock.share()?;
                lock
            }
        };
        self.progress.layer_done(&layer.blob.digest);
        Ok(lock)
    }

    async fn fetch_layer(&self, repository: &Repository, layer: &Layer<'_>) -> Result<()> {
        let mut download = self.download(layer.blob)?;
        if download.len() > layer.blob.size {
            download.restart()?;
        }
        let resumed = !download.is_empty();
        match self.unpack_download(repository, layer, download).await? {
            Ok(()) => Ok(()),
            // Half of it is older than this command, and a disk or a power cut may have damaged it.
            Err(_) if resumed => self.unpack_download(repository, layer, self.download(layer.blob)?).await?,
            Err(wrong) => Err(wrong),
        }
    }

    fn download(&self, blob: &Descriptor) -> Result<Download> {
        // Whoever fetches the same layer is waited for elsewhere; so the other one calls it by another diff ID.
        self.store.resume_download(&blob.digest)?.ok_or_else(|| {
            Error::new("another command fetches the same blob for an image that says it unpacks to something else")
                .with_hint("one of the two images is wrong; try again when the other command has ended")
        })
    }

    /// Fetches what is missing of the blob while it is unpacked. The outer error is one of the way and leaves what has
    /// arrived for the next attempt; the inner one is about the content, which is forgotten then.
    async fn unpack_download(
        &self,
        repository: &Repository,
        layer: &Layer<'_>,
        mut download: Download,
    ) -> Result<Result<()>> {
        let mut unpacking = Unpacking::begin(self.store)?;
        let is_whole = match self.stream(repository, layer, &mut download, &mut unpacking).await {
            Ok(is_whole) => is_whole,
            Err(error) if download.len() < layer.blob.size => return Err(error),
            Err(error) => {
                download.discard();
                return Ok(Err(error));
            }
        };
        let unpacked = match unpacking.finish() {
            // An unpacker that the layer has taken over may say that it is done with half of a blob.
            Ok(_) if !is_whole => {
                download.discard();
                return Ok(Err(Error::new("the unpacker did not want all of it")));
            }
            Ok(unpacked) if unpacked.diff_id == *layer.diff_id => unpacked,
            wrong => {
                download.discard();
                return Ok(Err(wrong.map_or_else(
                    |error| error,
                    |unpacked| {
                        Error::new(format!("it unpacks to {}, the config says {}", unpacked.diff_id, layer.diff_id))
                            .with_hint("the image was put together wrongly, or it has been tampered with")
                    },
                )));
            }
        };
        let blob = LayerSource {
            digest: layer.blob.digest.clone(),
            size_compressed: layer.blob.size,
            media_type: layer.blob.media_type.clone(),
            annotations: chunked::of_table(&layer.blob.annotations),
        };
        if unpacked.set_ids_left_out {
            self.progress.message(&format!(
                "layer {}: programs that run as their owner are kept without that right: a filter forbids to make them",
                layer.blob.digest.short()
            ));
        }
        unpacked.staging().adopt_blob(download)?;
        unpacked.commit(self.store, blob)?;
        Ok(Ok(()))
    }

    /// Feeds the unpacker without waiting for it, so that the other layers go on. What it unpacks is not trusted before
    /// the last chunk has passed the check of the digest: `true`.
    async fn stream(
        &self,
        repository: &Repository,
        layer: &Layer<'_>,
        download: &mut Download,
        unpacking: &mut Unpacking,
    ) -> Result<bool> {
        let input = unpacking.input().as_fd().try_clone_to_owned()?;
        let _ = rustix::pipe::fcntl_setpipe_size(&input, PIPE_BYTES); // a smaller pipe is only slower
        let mut pipe = pipe::Sender::from_owned_fd(input).during(|| "feed the unpacker")?;
        let mut blob = repository.blob(layer.blob);
        let mut here = download.content()?.take(download.len());
        let mut buffer = vec![0; PIPE_BYTES];
        loop {
            let read = here.read(&mut buffer).during(|| "read what had arrived")?;
            if read == 0 {
                break;
            }
            blob.resume(&buffer[..read]);
            self.progress.layer_advanced(&layer.blob.digest, read as u64);
            if !feed(&mut pipe, &buffer[..read]).await? {
                return Ok(false);
            }
        }
        while let Some(chunk) = blob.chunk().await? {
            download.append(chunk.as_ref())?;
            self.progress.layer_advanced(&layer.blob.digest, chunk.as_ref().len() as u64);
            if !feed(&mut pipe, chunk.as_ref()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn list(&self, reference: &Reference, description: &Description, config_bytes: &[u8]) -> Result<Named> {
        let repository = reference.repository();
        let repo_digests = description.digests.iter().map(|digest| format!("{repository}@{digest}")).collect();
        let name = reference.to_string();
        let tagged = reference.tag().is_some().then_some(name.as_str());
        let manifest = &description.document.bytes;
        let image = assemble::list(self.store, config_bytes, manifest, repo_digests, tagged)?;
        Ok(Named { name, ..image })
    }
}

/// `false`: the unpacker has given up; it says why when it is asked.
async fn feed(pipe: &mut pipe::Sender, bytes: &[u8]) -> Result<bool> {
    match pipe.write_all(bytes).await {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).during(|| "feed the unpacker"),
    }
}

fn read_config(bytes: &[u8], manifest: &Manifest) -> Result<ImageConfig> {
    let config = assemble::read_config(bytes)?;
    match (config.rootfs.diff_ids.len(), manifest.layers.len()) {
        (diff_ids, layers) if diff_ids == layers => Ok(config),
        (diff_ids, layers) => {
            Err(Error::new(format!("its config speaks of {diff_ids} layers, its manifest of {layers}")))
        }
    }
}

/// The layers bottom first, each once.
fn pair_layers<'a>(manifest: &'a Manifest, config: &'a ImageConfig) -> Result<Vec<Layer<'a>>> {
    let mut seen = HashSet::new();
    let mut layers = Vec::new();
    for (blob, diff_id) in manifest.layers.iter().zip(&config.rootfs.diff_ids) {
        if Compression::of_media_type(&blob.media_type).is_none() {
            let kind = blob.media_type.escape_debug();
            return Err(Error::new(format!("it is not an image: it has a layer of type {kind}")));
        }
        if seen.insert(diff_id) {
            layers.push(Layer { blob, diff_id });
        }
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;
    use crate::image::progress::Silent;
    use crate::oci::manifest::{OCI_INDEX, OCI_MANIFEST};
    use crate::registry::fake::{FakeRegistry, descriptor, http, ok};
    use crate::store::{ImageRecord, LayerIds, LayerRecord};

    const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// An image of one layer in an index, as a registry holds it.
    struct Sample {
        layer: &'static [u8],
        diff_id: Digest,
        config: Vec<u8>,
        manifest: Vec<u8>,
        index: Vec<u8>,
    }

    impl Sample {
        fn new(diff_ids: usize, config_type: &str) -> Sample {
            let (layer, diff_id): (&[u8], _) = (b"compressed", Digest::sha256_of(b"the tar"));
            let diff_ids = vec![format!("\"{diff_id}\""); diff_ids].join(",");
            let platform = Wanted::this_machine();
            let (os, architecture) = (&platform.os, &platform.architecture);
            let config =
                format!(r#"{{"os":"{os}","architecture":"{architecture}","rootfs":{{"diff_ids":[{diff_ids}]}}}}"#);
            let named = |bytes: &[u8], media_type: &str, more: &str| {
                let (digest, size) = (descriptor(bytes).digest, bytes.len());
                format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}{more}}}"#)
            };
            let manifest = format!(
                r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
                named(config.as_bytes(), config_type, ""),
                named(layer, LAYER_TYPE, "")
            );
            let platform = format!(r#","platform":{{"os":"{os}","architecture":"{architecture}"}}"#);
            let entry = named(manifest.as_bytes(), OCI_MANIFEST, &platform);
            let index = format!(r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","manifests":[{entry}]}}"#);
            Sample { layer, diff_id, config: config.into(), manifest: manifest.into(), index: index.into() }
        }

        fn good() -> Sample {
            Sample::new(1, OCI_CONFIG)
        }

        fn id(&self) -> Digest {
            Digest::sha256_of(&self.config)
        }

        fn serve(self) -> FakeRegistry {
            FakeRegistry::start(move |request, _| {
                let by_digest = |bytes: &[u8]| request.path().ends_with(descriptor(bytes).digest.hex());
                let index_digest = Digest::sha256_of(&self.index).to_string();
                let all = [&self.config, &self.manifest, &self.index];
                match all.into_iter().find(|bytes| by_digest(bytes)) {
                    Some(bytes) => ok(bytes),
                    None if request.path().ends_with("/manifests/1") => {
                        let body: &[u8] = if request.line.starts_with("HEAD ") { b"" } else { &self.index };
                        http("200 OK", &[("Docker-Content-Digest", &index_digest)], body)
                    }
                    None => http("404 Not Found", &[], b""),
                }
            })
        }
    }

    /// A store, and a registries.conf that lets the fake registry be what it is.
    struct Bench {
        _dir: tempfile::TempDir,
        store: Store,
        registries: Registries,
        registry: FakeRegistry,
    }

    impl Bench {
        fn new(registry: FakeRegistry) -> Bench {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).unwrap();
            let text = format!("[[registry]]\nlocation = '{}'\ninsecure = true", registry.address);
            Bench { _dir: dir, store, registries: Registries::of_text(&text).unwrap(), registry }
        }

        fn with_layer(self, diff_id: &Digest) -> Bench {
            let staging = self.store.stage().unwrap();
            fs::create_dir(staging.path().join("tree")).unwrap();
            let record = LayerRecord {
                diff_id: diff_id.clone(),
                size_bytes: 7,
                kept: None,
                sources: Vec::new(),
                ids: LayerIds::Single,
                owners_recorded: false,
            };
            self.store.commit_layer(staging, &record).unwrap();
            self
        }

        fn name(&self) -> String {
            format!("{}/app:1", self.registry.address)
        }

        fn pull(&self, policy: PullPolicy) -> Result<Named> {
            self.pull_name(&self.name(), policy)
        }

        fn pull_name(&self, name: &str, policy: PullPolicy) -> Result<Named> {
            let authfile = self.store.root().join("auth.json");
            fs::write(&authfile, "{}").unwrap();
            let options = PullOptions { policy, authfile: Some(authfile), retry: Some(0), ..PullOptions::default() };
            ensure_as(&self.registries, &Policy::default(), &self.store, name, &options, &Silent)
        }

        fn asked(&self) -> Vec<String> {
            self.registry.seen().iter().map(|request| request.path().to_owned()).collect()
        }
    }

    #[test]
    fn image_is_listed_under_its_name_and_both_digests() {
        let sample = Sample::good();
        let (id, diff_id, layer) = (sample.id(), sample.diff_id.clone(), descriptor(sample.layer).digest);
        let digests = [&sample.index, &sample.manifest].map(|bytes| Digest::sha256_of(bytes));
        let bench = Bench::new(sample.serve()).with_layer(&diff_id);
        let image = bench.pull(PullPolicy::Missing).unwrap();
        assert_eq!((image.name.clone(), image.record.id.clone()), (bench.name(), id.clone()));
        assert_eq!(image.record.size_bytes, 7);
        assert_eq!(bench.store.find_name(&bench.name()).unwrap(), Some(id));
        let by_digest = digests.map(|digest| format!("{}/app@{digest}", bench.registry.address));
        for name in &by_digest {
            assert_eq!(bench.store.find_image(name).unwrap(), Some(image.record.clone()));
        }
        assert_eq!(crate::image::Image::read(&bench.store, image.clone()).unwrap().config.rootfs.diff_ids, [diff_id]);
        // Nobody needs to be asked what a digest means.
        let asked = bench.asked().len();
        assert_eq!(bench.pull_name(&by_digest[0], PullPolicy::Always).unwrap().record, image.record);
        assert_eq!(bench.asked().len(), asked);
        // The layer is in the store: index, manifest and config are all that is asked for.
        assert_eq!(bench.asked().len(), 3);
        assert!(bench.asked().iter().all(|path| !path.contains(layer.hex())));
    }

    #[test]
    fn what_is_here_costs_no_question_and_an_unchanged_image_one() {
        let sample = Sample::good();
        let diff_id = sample.diff_id.clone();
        let bench = Bench::new(sample.serve()).with_layer(&diff_id);
        let first = bench.pull(PullPolicy::Missing).unwrap();
        let asked = bench.asked().len();
        assert_eq!(bench.pull(PullPolicy::Missing).unwrap(), first);
        assert_eq!(bench.pull(PullPolicy::Never).unwrap(), first);
        assert_eq!(bench.asked().len(), asked);
        assert_eq!(bench.pull(PullPolicy::Always).unwrap(), first);
        assert_eq!(bench.asked()[asked..], ["/v2/app/manifests/1"]);
        assert!(bench.registry.seen()[asked].line.starts_with("HEAD "));
    }

    #[test]
    fn newer_is_content_with_what_is_here() {
        let sample = Sample::good();
        let bench = Bench::new(FakeRegistry::start(|_, _| http("404 Not Found", &[], b"")));
        assert!(bench.pull(PullPolicy::Newer).is_err());
        let record = ImageRecord {
            id: sample.id(),
            manifest: Digest::sha256_of(&sample.manifest),
            repo_digests: BTreeSet::new(),
            diff_ids: Vec::new(),
            size_bytes: 0,
            created: None,
            architecture: Wanted::this_machine().architecture,
            os: "linux".to_owned(),
            variant: None,
            names_history: Vec::new(),
        };
        bench.store.add_image(&record, &sample.manifest, &sample.config, Some(&bench.name())).unwrap();
        assert_eq!(bench.pull(PullPolicy::Newer).unwrap().record.id, sample.id());
        assert!(bench.pull(PullPolicy::Always).is_err());
    }

    #[test]
    fn never_means_never() {
        let bench = Bench::new(Sample::good().serve());
        assert!(bench.pull(PullPolicy::Never).is_err());
        assert!(bench.asked().is_empty());
    }

    #[test]
    fn what_is_no_image_is_refused_before_a_layer_is_fetched() {
        let cases = [
            (Sample::new(2, OCI_CONFIG), "2 layers, its manifest of 1"),
            (Sample::new(0, OCI_CONFIG), "0 layers, its manifest of 1"),
            (Sample::new(1, "application/vnd.wasm.config.v0+json"), "not an image"),
        ];
        for (sample, cause) in cases {
            let layer = descriptor(sample.layer).digest;
            let bench = Bench::new(sample.serve());
            let error = bench.pull(PullPolicy::Missing).unwrap_err();
            assert!(error.to_string().contains(cause), "{error}");
            assert!(bench.asked().iter().all(|path| !path.contains(layer.hex())));
            assert!(bench.store.images().unwrap().is_empty());
        }
    }

    #[test]
    fn fuzz_a_config_is_understood_or_refused() {
        let sample = Sample::good();
        let manifest: Manifest = serde_json::from_slice(&sample.manifest).unwrap();
        let full = format!(
            r#"{{"created":"2020-01-01T00:00:00Z","os":"linux","architecture":"amd64","config":{{"User":"0:0",
            "Env":["A=b"],"Cmd":["sh"],"Entrypoint":null,"Volumes":{{"/v":{{}}}},"ExposedPorts":{{"80/tcp":{{}}}},
            "Labels":{{"a":"b"}}}},
            "rootfs":{{"type":"layers","diff_ids":["{}"]}},"history":[{{"empty_layer":true}}]}}"#,
            sample.diff_id
        );
        let seeds = [&sample.config[..], full.as_bytes()];
        let words =
            ["null", "[", "{", "\"Env\":", "\"rootfs\":", "\"diff_ids\":[]", "\\u001b", "\u{9b}", "1e400", ",", "-1"];
        crate::fuzz::mutations("config", &seeds, &words, 10_000, |input| match read_config(input, &manifest) {
            Ok(config) => format!("{} {}", config.rootfs.diff_ids.len(), config.config.env.len()),
            Err(error) => {
                assert!(!error.to_string().contains(char::is_control), "{error:?}");
                error.to_string()
            }
        });
    }
}
