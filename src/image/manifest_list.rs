//! Manifest lists: images for several platforms under one name, put together here and pushed as one index.
//!
//! An image that is added is in the store or comes into it, whole: what is pushed later does not depend on whether its
//! registry still has it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::progress::Progress;
use super::pull::{self, PullOptions};
use super::push::{self, Format, Push, PushOptions, Pushed};
use super::resolve;
use crate::error::{During, Error, Result};
use crate::host::registries::Registries;
use crate::oci::manifest::{DOCKER_LIST, DOCKER_MANIFEST, Descriptor, OCI_INDEX};
use crate::oci::{Digest, Reference};
use crate::registry::platform::Wanted;
use crate::registry::{self, Document, Repository};
use crate::store::{ImageRecord, ListRecord, ListedImage, ListedPlatform, Store};

/// Where images for a list come from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub pull: PullOptions,
    /// All images of an index, not only the one for the wanted platform.
    pub all: bool,
}

/// What is said of an image in a list, in place of what it says itself.
#[derive(Clone, Debug, Default)]
pub struct Description {
    pub architecture: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub os_features: Vec<String>,
    pub variant: Option<String>,
    pub features: Vec<String>,
    pub annotations: BTreeMap<String, String>,
}

/// Adds what `typed` means, an image of the store or else of a registry, to the list.
pub fn add(
    store: &Store,
    registries: &Registries,
    list: &Digest,
    typed: &str,
    source: &Source,
    description: &Description,
    progress: &dyn Progress,
) -> Result<ListRecord> {
    let act = || format!("add `{}` to the list", typed.escape_debug());
    let images = find_images(store, registries, typed, source, progress).during(act)?;
    let held = images.iter().map(|image| store.hold_layers(&image.diff_ids)).collect::<Result<Vec<_>>>()?;
    let entries = images.iter().map(|image| entry_of(store, image)).collect::<Result<Vec<_>>>().during(act)?;
    let list = store.change_list(list, |list| {
        for mut entry in entries {
            description.apply(&mut entry);
            match list.images.iter_mut().find(|known| known.manifest == entry.manifest) {
                Some(known) => *known = entry,
                None => list.images.push(entry),
            }
        }
        Ok(())
    });
    drop(held); // the list is written: its images stay
    list
}

/// Changes what the list says of one of its images, which is named by digest, ID or name.
pub fn annotate(
    store: &Store,
    registries: &Registries,
    list: &ListRecord,
    image: &str,
    description: &Description,
) -> Result<ListRecord> {
    let manifest = manifest_of(store, registries, list, image)?;
    store.change_list(&list.id, |list| {
        let entry = list.images.iter_mut().find(|entry| entry.manifest == manifest);
        description.apply(entry.ok_or_else(|| Error::absent("image in the list", image.escape_debug()))?);
        Ok(())
    })
}

/// Takes an image from the list; it stays in the store.
pub fn remove(store: &Store, registries: &Registries, list: &ListRecord, image: &str) -> Result<ListRecord> {
    let manifest = manifest_of(store, registries, list, image)?;
    store.change_list(&list.id, |list| {
        list.images.retain(|entry| entry.manifest != manifest);
        Ok(())
    })
}

/// What an image or list is about: the descriptor of an image of the store.
pub fn subject(store: &Store, registries: &Registries, typed: &str) -> Result<Descriptor> {
    let entry = entry_of(store, &resolve::get_local(store, registries, typed)?.record)?;
    Ok(Descriptor {
        media_type: entry.media_type,
        digest: entry.manifest,
        size: entry.size_bytes,
        platform: None,
        annotations: BTreeMap::new(),
    })
}

/// The index that a registry would get.
pub fn index(list: &ListRecord, format: Option<Format>) -> Result<Document> {
    let format = format.unwrap_or_else(|| own_format(list));
    let media_type = match format {
        Format::Oci => OCI_INDEX,
        Format::Docker => DOCKER_LIST,
    };
    let written = |entry: &ListedImage| WrittenEntry {
        media_type: entry.media_type.clone(),
        digest: entry.manifest.clone(),
        size: entry.size_bytes,
        annotations: if format == Format::Oci { entry.annotations.clone() } else { BTreeMap::new() },
        platform: entry.platform.clone(),
    };
    let written = WrittenIndex {
        schema_version: 2,
        media_type,
        manifests: list.images.iter().map(written).collect(),
        annotations: if format == Format::Oci { list.annotations.clone() } else { BTreeMap::new() },
        subject: list.subject.clone().filter(|_| format == Format::Oci),
    };
    let bytes = serde_json::to_vec(&written)?;
    Ok(Document { digest: Digest::sha256_of(&bytes), media_type: media_type.to_owned(), bytes })
}

/// Sends the list to `destination`, or to where its name says; with `all`, its images before it.
#[allow(clippy::too_many_arguments)]
pub fn push(
    store: &Store,
    registries: &Registries,
    list: &ListRecord,
    name: &str,
    destination: Option<&str>,
    all: bool,
    options: &PushOptions,
    progress: &dyn Progress,
) -> Result<Pushed> {
    let reference = destination_of(store, list, name, destination)?;
    let target = push::open_target(registries, &reference, options)?;
    let mut list = list.clone();
    if all {
        push_images(store, registries, &mut list, &target, options, progress)
            .during(|| format!("push the images of `{}` to {reference}", name.escape_debug()))?;
    }
    let document = index(&list, options.format)?;
    let act = || format!("push `{}` to {reference}", name.escape_debug());
    let digest = registry::block_on(push::put(&target, &document)).during(act)?;
    Ok(Pushed { reference, digest })
}

fn destination_of(store: &Store, list: &ListRecord, name: &str, destination: Option<&str>) -> Result<Reference> {
    if let Some(typed) = destination {
        return Reference::parse_normalized(typed.strip_prefix("docker://").unwrap_or(typed));
    }
    let names = store.names_of(&list.id)?;
    match names.as_slice() {
        [only] => Reference::parse_normalized(only),
        _ => Err(Error::usage(format!("`{}` says nothing of a registry", name.escape_debug()))
            .with_hint("give the destination as well: box manifest push LIST REGISTRY/NAME:TAG")),
    }
}

/// Sends the images; afterwards the list names what the registry has of them.
fn push_images(
    store: &Store,
    registries: &Registries,
    list: &mut ListRecord,
    target: &Repository,
    options: &PushOptions,
    progress: &dyn Progress,
) -> Result<()> {
    let mountable = push::mountable(store, registries, target.reference())?;
    for entry in &mut list.images {
        let record = store.read_image(&entry.image_id)?.ok_or_else(|| {
            Error::new(format!("image {} of the list is not in the store", entry.image_id.short()))
                .with_hint("add it to the list again, or push the list alone with --all=false")
        })?;
        let held = store.hold_layers(&record.diff_ids)?;
        let (document, _) = push::stored_manifest(store, &entry.manifest, &record)?;
        let push = Push::prepare(store, target, &record, document, options, &mountable, progress)?;
        let sent = registry::block_on(async {
            let document = push.all_but_the_manifest().await?;
            let selector = document.digest.to_string();
            target.put_document(&selector, &document.media_type, &document.bytes).await.map(|_| document)
        })?;
        drop(held);
        store.add_repo_digest(&record.id, &format!("{}@{}", target.reference().repository(), sent.digest))?;
        (entry.media_type, entry.size_bytes) = (sent.media_type, sent.bytes.len() as u64);
        entry.manifest = sent.digest;
    }
    Ok(())
}

fn own_format(list: &ListRecord) -> Format {
    let is_docker = |entry: &ListedImage| entry.media_type == DOCKER_MANIFEST;
    match !list.images.is_empty() && list.images.iter().all(is_docker) {
        true => Format::Docker,
        false => Format::Oci,
    }
}

fn find_images(
    store: &Store,
    registries: &Registries,
    typed: &str,
    source: &Source,
    progress: &dyn Progress,
) -> Result<Vec<ImageRecord>> {
    let of_registry = typed.starts_with("docker://");
    if let Some(list) = resolve::find_list(store, registries, typed)?.filter(|_| !of_registry) {
        let read = |entry: &ListedImage| {
            store.read_image(&entry.image_id)?.ok_or_else(|| Error::absent("image", entry.image_id.short()))
        };
        return list.images.iter().map(read).collect();
    }
    if let Some(image) = resolve::find_local(store, registries, typed)?.filter(|_| !of_registry && !source.all) {
        return Ok(vec![image.record]);
    }
    let instances = pull::instances(registries, typed, &source.pull, source.all)?;
    let pull = |(name, platform): (String, Option<Wanted>)| {
        let options = PullOptions { platform: platform.or(source.pull.platform.clone()), ..source.pull.clone() };
        pull::pull(store, &name, &options, progress).map(|image| image.record)
    };
    instances.into_iter().map(pull).collect()
}

fn entry_of(store: &Store, image: &ImageRecord) -> Result<ListedImage> {
    let (document, _) = push::stored_manifest(store, &image.manifest, image)?;
    let config: serde_json::Value = serde_json::from_slice(&store.get_blob(&image.id)?)?;
    let features = config["os.features"].as_array().into_iter().flatten();
    Ok(ListedImage {
        image_id: image.id.clone(),
        manifest: document.digest,
        media_type: document.media_type,
        size_bytes: document.bytes.len() as u64,
        platform: ListedPlatform {
            architecture: image.architecture.clone(),
            os: image.os.clone(),
            os_version: config["os.version"].as_str().map(str::to_owned),
            os_features: features.filter_map(|feature| feature.as_str().map(str::to_owned)).collect(),
            variant: image.variant.clone(),
            features: Vec::new(),
        },
        annotations: BTreeMap::new(),
    })
}

/// The manifest of the image that is meant: a digest, or an image whose manifest is in the list.
fn manifest_of(store: &Store, registries: &Registries, list: &ListRecord, image: &str) -> Result<Digest> {
    let listed = |digest: &Digest| list.images.iter().any(|entry| entry.manifest == *digest);
    let absent = || Error::absent("image in the list", image.escape_debug());
    if let Ok(digest) = image.parse::<Digest>()
        && listed(&digest)
    {
        return Ok(digest);
    }
    let image = resolve::find_local(store, registries, image)?.ok_or_else(absent)?;
    let entry = list.images.iter().find(|entry| entry.image_id == image.record.id);
    entry.map(|entry| entry.manifest.clone()).ok_or_else(absent)
}

impl Description {
    fn apply(&self, entry: &mut ListedImage) {
        let platform = &mut entry.platform;
        let set = |field: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut platform.architecture, &self.architecture);
        set(&mut platform.os, &self.os);
        platform.os_version = self.os_version.clone().or(platform.os_version.take());
        platform.variant = self.variant.clone().or(platform.variant.take());
        for (field, values) in
            [(&mut platform.os_features, &self.os_features), (&mut platform.features, &self.features)]
        {
            if !values.is_empty() {
                field.clone_from(values);
            }
        }
        entry.annotations.extend(self.annotations.clone());
    }
}

/// The index as it is written, in the order that everybody writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenIndex {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<WrittenEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenEntry {
    media_type: String,
    digest: Digest,
    size: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
    platform: ListedPlatform,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(media_type: &str) -> ListedImage {
        ListedImage {
            image_id: Digest::sha256_of(b"config"),
            manifest: Digest::sha256_of(b"manifest"),
            media_type: media_type.to_owned(),
            size_bytes: 8,
            platform: ListedPlatform { architecture: "arm64".into(), os: "linux".into(), ..ListedPlatform::default() },
            annotations: BTreeMap::new(),
        }
    }

    fn list(media_types: &[&str]) -> ListRecord {
        ListRecord {
            id: Digest::sha256_of(b"list"),
            created: String::new(),
            images: media_types.iter().map(|media_type| entry(media_type)).collect(),
            annotations: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
            subject: None,
        }
    }

    #[test]
    fn index_has_the_form_of_its_images_or_the_one_asked_for() {
        let type_of = |list: &ListRecord, format| index(list, format).unwrap().media_type;
        assert_eq!(type_of(&list(&[DOCKER_MANIFEST, DOCKER_MANIFEST]), None), DOCKER_LIST);
        assert_eq!(type_of(&list(&[DOCKER_MANIFEST, "other"]), None), OCI_INDEX);
        assert_eq!(type_of(&list(&[]), None), OCI_INDEX);
        let docker = index(&list(&["other"]), Some(Format::Docker)).unwrap();
        let text = String::from_utf8(docker.bytes).unwrap();
        assert!(text.starts_with(&format!(r#"{{"schemaVersion":2,"mediaType":"{DOCKER_LIST}","manifests":[{{"#)));
        assert!(!text.contains("annotations"), "Docker's lists have none");
    }

    #[test]
    fn description_replaces_what_it_names_only() {
        let mut entry = entry("x");
        let description = Description {
            architecture: Some("arm".into()),
            variant: Some("v7".into()),
            features: vec!["f".into()],
            annotations: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            ..Description::default()
        };
        description.apply(&mut entry);
        assert_eq!((entry.platform.architecture.as_str(), entry.platform.os.as_str()), ("arm", "linux"));
        assert_eq!((entry.platform.variant.as_deref(), entry.platform.features.len()), (Some("v7"), 1));
        assert_eq!(entry.annotations["a"], "b");
    }
}
