//! What a typed name means: an image that is here, or places where it may be.

use crate::error::{Error, Result};
use crate::host::registries::{Candidates, Registries};
use crate::oci::Reference;
use crate::oci::reference::Typed;
use crate::registry::platform::Wanted;
use crate::store::{ImageRecord, ListRecord, ListedImage, Store};

/// An image of the store, as somebody named it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Fully qualified; the image ID where it was named by that.
    pub name: String,
    pub record: ImageRecord,
}

impl Named {
    /// Whether it was named by its ID, which says nothing of a place to get it from or to bring it to.
    pub fn is_by_id(&self) -> bool {
        self.name == self.record.id.to_string()
    }

    /// The name by tag that it was found under, as an archive may have it.
    pub fn tag(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !self.is_by_id() && !name.contains('@'))
    }
}

/// Finds the image that `typed` means among those in the store: a name first, then the beginning of an image ID.
pub fn find_local(store: &Store, registries: &Registries, typed: &str) -> Result<Option<Named>> {
    for name in local_names(registries, typed) {
        if let Some(record) = store.find_image(&name)? {
            return Ok(Some(Named { name, record }));
        }
        if let Some(list) = store.find_list(&name)?
            && let Some(record) = for_this_machine(store, &list)?
        {
            return Ok(Some(Named { name, record }));
        }
    }
    let by_id = store.find_image_by_id(typed)?;
    Ok(by_id.map(|record| Named { name: record.id.to_string(), record }))
}

/// [`find_local`], where a miss is an error.
pub fn get_local(store: &Store, registries: &Registries, typed: &str) -> Result<Named> {
    find_local(store, registries, typed)?.ok_or_else(|| Error::absent("image", typed.escape_debug()))
}

/// The manifest list that `typed` means.
pub fn find_list(store: &Store, registries: &Registries, typed: &str) -> Result<Option<ListRecord>> {
    Ok(find_named_list(store, registries, typed)?.map(|(_, list)| list))
}

/// [`find_list`], and the name by which it is known: the ID where it was named by that.
pub fn find_named_list(store: &Store, registries: &Registries, typed: &str) -> Result<Option<(String, ListRecord)>> {
    for name in local_names(registries, typed) {
        if let Some(list) = store.find_list(&name)? {
            return Ok(Some((name, list)));
        }
    }
    Ok(store.find_list(typed)?.map(|list| (list.id.to_string(), list)))
}

/// [`find_list`], where a miss is an error.
pub fn get_list(store: &Store, registries: &Registries, typed: &str) -> Result<ListRecord> {
    find_list(store, registries, typed)?.ok_or_else(|| Error::absent("manifest list", typed.escape_debug()))
}

/// The image of a list that a run would take.
fn for_this_machine(store: &Store, list: &ListRecord) -> Result<Option<ImageRecord>> {
    let machine = Wanted::this_machine();
    let runs = |image: &&ListedImage| {
        let platform = &image.platform;
        machine.runs(&platform.os, &platform.architecture, platform.variant.as_deref())
    };
    list.images.iter().find(runs).map_or(Ok(None), |image| store.read_image(&image.image_id))
}

/// What `typed` may mean to a registry. Skopeo's `docker://` says nothing that is not meant anyway.
pub fn candidates(registries: &Registries, typed: &str) -> Result<Candidates> {
    registries.candidates(typed.strip_prefix("docker://").unwrap_or(typed))
}

/// The names under which the image may be in the store, best first: what was built here hides what a short name means
/// elsewhere, and Docker's meaning is found even where the search list says otherwise.
fn local_names(registries: &Registries, typed: &str) -> Vec<String> {
    let typed = typed.strip_prefix("docker://").unwrap_or(typed);
    let Ok(parsed) = Typed::parse(typed) else { return Vec::new() };
    let built_here = parsed.is_short().then(|| Reference::parse_normalized(&format!("localhost/{typed}")));
    // An enforcing registries.conf refuses to guess where to pull from; it does not hide what is here.
    let meant = registries.candidates(typed).map(|candidates| candidates.references).unwrap_or_default();
    let dockers = Reference::parse_normalized(typed);
    let all = built_here.into_iter().flatten().chain(meant).chain(dockers);
    all.map(|reference| reference.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::oci::Digest;

    fn add(store: &Store, content: &str, name: Option<&str>) -> Digest {
        let record = ImageRecord {
            id: Digest::sha256_of(content.as_bytes()),
            manifest: Digest::sha256_of(b"manifest"),
            repo_digests: BTreeSet::from([format!("quay.io/team/app@{}", Digest::sha256_of(content.as_bytes()))]),
            diff_ids: Vec::new(),
            size_bytes: 0,
            created: None,
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            variant: None,
            names_history: Vec::new(),
        };
        store.add_image(&record, b"manifest", content.as_bytes(), name).unwrap();
        record.id
    }

    #[test]
    fn name_wins_over_id_and_what_was_built_here_over_the_world() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let hub = add(&store, "hub", Some("docker.io/library/app:latest"));
        let none = Registries::default();
        let found = |typed: &str| find_local(&store, &none, typed).unwrap().map(|image| (image.name, image.record.id));

        assert_eq!(found("app"), Some(("docker.io/library/app:latest".into(), hub.clone())));
        assert_eq!(found("docker://docker.io/app:latest"), Some(("docker.io/library/app:latest".into(), hub.clone())));
        assert_eq!(found("app:1"), None);
        assert_eq!(found(&hub.hex()[..12]), Some((hub.to_string(), hub.clone())));
        assert_eq!(found(&hub.to_string()), Some((hub.to_string(), hub.clone())));
        assert_eq!(found(&format!("quay.io/team/app:x@{hub}")).unwrap().1, hub);
        assert_eq!(found("No Such"), None);

        let built = add(&store, "built", Some("localhost/app:latest"));
        assert_eq!(found("app").unwrap().1, built);
        let named_like_an_id = add(&store, "other", Some(&format!("docker.io/library/{}:latest", hub.short())));
        assert_eq!(found(hub.short()).unwrap().1, named_like_an_id);
    }
}
