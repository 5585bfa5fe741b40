//! Images of other engines on this machine, read from their stores. Nothing there is ever written, and no lock is
//! taken: what another engine removes meanwhile is missed by the layer's digest.
//!
//!     what is there -> the images that are wanted -> each: config -> layers that are not here yet -> listed here
//!
//! Both engines keep, beside the files of each layer, what was in its archive besides (see `layer::reassembly`): so the
//! very same layers come out, and the image keeps its ID. The files may belong to the user's subordinate ids; they are
//! read by a confined process, where those exist (see `packer`).

mod docker;
mod podman;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::assemble;
use super::incoming::{self, Expected, Received};
use super::packer::{self, Packing};
use super::progress::Progress;
use super::push::Format;
use super::resolve::Named;
use super::room;
use super::tag::local_name;
use crate::error::{During, Error, Result};
use crate::host::policy::Policy;
use crate::oci::{Digest, Reference};
use crate::registry::{Document, Parsed};
use crate::store::{LayerSource, Store};

/// As many as pull takes.
const LAYERS_LIMIT: usize = 500;
/// Indexes and documents of a store: a line for each of some ten thousand images.
const DOCUMENT_LIMIT_BYTES: u64 = 64 << 20;

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Podman,
    Docker,
}

/// An image of `containers-storage:` (containers-transports(5)): `[driver@/graph/root+/run/root]name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageName {
    /// `None`: where the user's Podman keeps its images.
    pub root: Option<PathBuf>,
    /// `None`: the first that has images there.
    pub driver: Option<String>,
    pub name: String,
}

impl StorageName {
    /// `None`: it is of another transport.
    pub fn parse(text: &str) -> Result<Option<StorageName>> {
        let Some(rest) = text.strip_prefix("containers-storage:") else { return Ok(None) };
        let (driver, root, name) = match rest.strip_prefix('[') {
            None => (None, None, rest),
            Some(rest) => {
                let (place, name) = rest
                    .split_once(']')
                    .ok_or_else(|| Error::usage("expected containers-storage:[DRIVER@ROOT+RUNROOT]NAME"))?;
                let (driver, path) = place.split_once('@').map_or((None, place), |(driver, path)| (Some(driver), path));
                // What follows the graph root is the run root and options: of no concern to who only reads.
                let path = path.split(['+', ':']).next().unwrap_or_default();
                if !path.starts_with('/') {
                    return Err(Error::usage(format!("`{}` is no absolute path", path.escape_debug())));
                }
                (driver.map(str::to_owned), Some(PathBuf::from(path)), name)
            }
        };
        match name.strip_prefix('@').unwrap_or(name) {
            "" => Err(Error::usage(format!("`{}` names no image", text.escape_debug()))),
            name => Ok(Some(StorageName { root, driver, name: name.to_owned() })),
        }
    }
}

/// An image as the other engine describes it.
#[derive(Debug)]
struct ForeignImage {
    /// 64 hexadecimal digits.
    id: String,
    /// As the engine has them: normalized references.
    names: Vec<String>,
    place: Place,
}

/// Where the rest of it is found.
#[derive(Debug)]
enum Place {
    Podman(podman::Image),
    Docker,
}

/// What an image is made of.
struct Parts {
    config: Vec<u8>,
    /// As it was pulled, where that is kept.
    manifest: Option<Vec<u8>>,
    /// Bottom first.
    layers: Vec<ForeignLayer>,
}

struct ForeignLayer {
    tree: PathBuf,
    tar_split: PathBuf,
}

/// Another engine's store, opened.
enum Foreign {
    Podman(podman::Storage),
    Docker(docker::Storage),
}

/// Brings images from the engine's store into this one: those that are `wanted`, or all that have a name. Each has its
/// outcome: one that is not there or cannot be read keeps no other from coming.
pub fn import(
    store: &Store,
    engine: Engine,
    root: Option<&Path>,
    wanted: &[String],
    progress: &dyn Progress,
) -> Result<Vec<(String, Result<Named>)>> {
    import_from(store, &Foreign::open(engine, root, None)?, wanted, progress)
}

fn import_from(
    store: &Store,
    foreign: &Foreign,
    wanted: &[String],
    progress: &dyn Progress,
) -> Result<Vec<(String, Result<Named>)>> {
    let images = foreign.images()?;
    let mut chosen: Vec<(String, Result<&ForeignImage>)> = Vec::new();
    chosen.extend(wanted.iter().map(|typed| (typed.clone(), choose(&images, typed))));
    if wanted.is_empty() {
        let named = images.iter().filter(|image| !image.names.is_empty());
        chosen.extend(named.map(|image| (image.names[0].clone(), Ok(image))));
    }
    let import_one = |image| {
        let imported = Importing { store, foreign, progress }.image(image);
        room::tidy_if_full(store, imported).during(|| format!("import image {}", shown(image)))
    };
    Ok(chosen.into_iter().map(|(name, image)| (name, image.and_then(import_one))).collect())
}

/// Brings one image of `containers-storage:` here.
pub fn load(store: &Store, named: &StorageName, progress: &dyn Progress) -> Result<Named> {
    let foreign = Foreign::open(Engine::Podman, named.root.as_deref(), named.driver.as_deref())?;
    let mut imported = import_from(store, &foreign, std::slice::from_ref(&named.name), progress)?;
    imported.pop().map_or_else(|| Err(Error::absent("image", &named.name)), |(_, outcome)| outcome)
}

fn shown(image: &ForeignImage) -> String {
    image.names.first().map_or_else(|| image.id.chars().take(12).collect(), |name| name.escape_debug().to_string())
}

/// By its ID or the beginning of it, its name, or what a short name may stand for.
fn choose<'i>(images: &'i [ForeignImage], typed: &str) -> Result<&'i ForeignImage> {
    let full = [Reference::parse_normalized(typed).map(|reference| reference.to_string()), local_name(typed)];
    let is_called = |image: &&ForeignImage| {
        image.names.iter().any(|name| name == typed || full.iter().flatten().any(|f| f == name))
    };
    let id = typed.strip_prefix("sha256:").unwrap_or(typed);
    let has_id = |image: &&ForeignImage| id.len() >= 3 && image.id.starts_with(id);
    let found = images.iter().find(is_called).or_else(|| images.iter().find(has_id));
    found.ok_or_else(|| Error::absent("image in that store", typed.escape_debug()))
}

impl Foreign {
    fn open(engine: Engine, root: Option<&Path>, driver: Option<&str>) -> Result<Foreign> {
        match engine {
            Engine::Podman => podman::Storage::open(root, driver).map(Foreign::Podman),
            Engine::Docker => docker::Storage::open(root).map(Foreign::Docker),
        }
    }

    fn root(&self) -> &Path {
        match self {
            Foreign::Podman(storage) => storage.root(),
            Foreign::Docker(storage) => storage.root(),
        }
    }

    fn images(&self) -> Result<Vec<ForeignImage>> {
        match self {
            Foreign::Podman(storage) => storage.images(),
            Foreign::Docker(storage) => storage.images(),
        }
        .during(|| format!("list the images in {}", self.root().display()))
    }

    fn parts(&self, image: &ForeignImage) -> Result<Parts> {
        match (self, &image.place) {
            (Foreign::Podman(storage), Place::Podman(record)) => storage.parts(&image.id, record),
            (Foreign::Docker(storage), _) => storage.parts(&image.id),
            _ => Err(Error::new("it is of another store")),
        }
    }
}

struct Importing<'a> {
    store: &'a Store,
    foreign: &'a Foreign,
    progress: &'a dyn Progress,
}

impl Importing<'_> {
    fn image(&self, image: &ForeignImage) -> Result<Named> {
        Policy::load()?.check_path("containers-storage", Some(self.foreign.root()))?;
        let Parts { config, manifest, layers } = self.foreign.parts(image)?;
        if Digest::sha256_of(&config).hex() != image.id {
            return Err(Error::new("its config is not what its ID says").with_hint("that store is damaged"));
        }
        let diff_ids = assemble::read_config(&config)?.rootfs.diff_ids;
        if diff_ids.len() != layers.len() || layers.len() > LAYERS_LIMIT {
            let count = layers.len();
            return Err(Error::new(format!("it has {count} layers, its config speaks of {}", diff_ids.len())));
        }
        let mut received = Vec::new();
        for (diff_id, layer) in diff_ids.iter().zip(&layers) {
            received.push(self.layer(diff_id, layer).during(|| format!("read layer {}", diff_id.short()))?);
        }
        let blobs: Vec<LayerSource> = received.iter().map(|layer| layer.blob.clone()).collect();
        let pulled = manifest.filter(|bytes| describes(bytes, &config, diff_ids.len()));
        let is_as_pulled = pulled.is_some();
        let manifest = match pulled {
            Some(manifest) => manifest,
            None => assemble::manifest_of(Format::Oci, &config, &blobs)?,
        };
        let names: Vec<String> =
            image.names.iter().filter_map(|name| Some(Reference::parse(name).ok()?.to_string())).collect();
        let mut repo_digests = BTreeSet::new();
        for name in names.iter().filter(|_| is_as_pulled) {
            repo_digests.extend(assemble::repo_digests(Some(name), &manifest)?);
        }
        let (tags, by_digest): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| !name.contains('@'));
        repo_digests.extend(by_digest.into_iter().cloned());
        let mut named =
            assemble::list(self.store, &config, &manifest, repo_digests, tags.first().map(|name| name.as_str()))?;
        for name in tags.iter().skip(1) {
            self.store.tag(&named.record.id, name)?;
        }
        if let Some(name) = tags.first() {
            named.name.clone_from(name);
        }
        drop(received); // the image is listed: its layers are in use from here on
        Ok(named)
    }

    fn layer(&self, diff_id: &Digest, layer: &ForeignLayer) -> Result<Received> {
        let expected = Expected { blob: None, diff_id: Some(diff_id.clone()) };
        incoming::have_or_receive(self.store, &expected, None, || {
            self.progress.message(&format!("reading layer {}", diff_id.short()));
            Packing::begin_reassembly(&layer.tree, &layer.tar_split).map(Packing::into_stream)
        })
    }
}

/// Whether a manifest is one of this image.
fn describes(manifest: &[u8], config: &[u8], layers: usize) -> bool {
    let digest = Digest::sha256_of(manifest);
    let media_type = super::archive::load::media_type_of(manifest);
    let document = Document { digest, media_type, bytes: manifest.to_vec() };
    matches!(document.parse(), Ok(Parsed::Manifest(manifest))
        if manifest.config.digest == Digest::sha256_of(config) && manifest.layers.len() == layers)
}

/// A file of the other store, of a size that can be meant.
fn read_document(path: &Path) -> Result<Option<Vec<u8>>> {
    use std::io::Read;
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        packer::open_regular(path)?.take(DOCUMENT_LIMIT_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Ok(bytes) if bytes.len() as u64 > DOCUMENT_LIMIT_BYTES => {
            Err(Error::new(format!("{} is too long", path.display())))
        }
        bytes => bytes.map(Some).during(|| format!("read {}", path.display())),
    }
}

/// JSON of the other store; what is wrong with it is said without quoting it.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(bytes) = read_document(path)? else { return Ok(None) };
    let parsed = crate::oci::nesting::check(&bytes)
        .and_then(|()| serde_json::from_slice(&bytes).map_err(|_| Error::new("it is not what it should be")));
    parsed.map(Some).during(|| format!("understand {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_containers_storage_may_say_where() {
        let parse = |text: &str| StorageName::parse(text).unwrap();
        let name = |driver: Option<&str>, root: Option<&str>, name: &str| {
            let driver = driver.map(str::to_owned);
            Some(StorageName { root: root.map(PathBuf::from), driver, name: name.to_owned() })
        };
        assert_eq!(parse("containers-storage:ubuntu:22.04"), name(None, None, "ubuntu:22.04"));
        assert_eq!(
            parse("containers-storage:[overlay@/a/b+/run/c:x=y]app"),
            name(Some("overlay"), Some("/a/b"), "app")
        );
        assert_eq!(parse("containers-storage:[/a/b]@abc"), name(None, Some("/a/b"), "abc"));
        assert_eq!(parse("docker://x"), None);
        for bad in [
            "containers-storage:[overlay@a/b]x",
            "containers-storage:",
            "containers-storage:[overlay@/a",
            "containers-storage:[/a]",
        ] {
            assert!(StorageName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_image_is_chosen_by_any_of_its_names() {
        let image = |id: &str, names: &[&str]| ForeignImage {
            id: id.repeat(64),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            place: Place::Docker,
        };
        let images = [image("a", &["docker.io/library/ubuntu:latest"]), image("b", &["localhost/app:latest"])];
        for (typed, id) in [("ubuntu", "a"), ("docker.io/library/ubuntu:latest", "a"), ("app", "b"), ("bbbb", "b")] {
            assert_eq!(choose(&images, typed).unwrap().id, id.repeat(64), "{typed}");
        }
        assert!(choose(&images, "debian").is_err() && choose(&images, "a:2").is_err());
    }
}
