//! Remove and prune: an image leaves the store when its last name does, and its layers when nothing refers to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{During, Error, Kind, Result};
use crate::host::registries::Registries;
use crate::oci::Digest;
use crate::store::events::{self, Action, Subject};
use crate::store::layers::ContainerUse;
use crate::store::{ImageRecord, Store};

use super::{mount, resolve, unpacker};

/// What a removal did, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub untagged: Vec<String>,
    /// Image IDs.
    pub deleted: Vec<Digest>,
    /// Bytes that went: layers with their blobs, manifests, configs, what killed commands had left.
    pub reclaimed_bytes: u64,
}

/// What to do with an image that a container uses, or that has several names and was named by its ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfUsed {
    Refuse,
    /// Containers keep the layers that they need.
    Remove,
}

/// Which images a prune removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// Those without a name that no other image is built on.
    Dangling,
    /// Those without a name.
    Nameless,
    /// Those that no container uses.
    All,
}

/// Takes away the name that `typed` is, and the image with its last name; all of it where `typed` is an image ID.
pub fn remove(store: &Store, registries: &Registries, typed: &str, if_used: IfUsed) -> Result<Removed> {
    let removed =
        take_away(store, registries, typed, if_used).during(|| format!("remove image `{}`", typed.escape_debug()));
    let removed = removed?;
    tell_removed(store, &removed);
    match removed {
        untagged if untagged.deleted.is_empty() => Ok(untagged),
        removed => collect_layers(store, removed),
    }
}

/// Removes images that nobody needs and that `may_go` lets go.
pub fn prune(store: &Store, unused: Unused, may_go: impl Fn(&ImageRecord) -> Result<bool>) -> Result<Removed> {
    let named: BTreeSet<Digest> = store.names()?.into_values().collect();
    let mut removed = Removed { reclaimed_bytes: store.leftover_size()?, ..Removed::default() };
    let mut images = store.own_images()?;
    // What is built on others first: with it those may have become free.
    images.sort_by_key(|image| std::cmp::Reverse(image.diff_ids.len()));
    let mut kept: Vec<ImageRecord> = Vec::new();
    for image in images {
        let is_wanted = match unused {
            Unused::All => false,
            Unused::Nameless => named.contains(&image.id),
            Unused::Dangling => named.contains(&image.id) || kept.iter().any(|other| is_built_on(other, &image)),
        };
        if is_wanted || !may_go(&image)? {
            kept.push(image);
            continue;
        }
        let documents_size = store.documents_size(&image);
        // Asked again under the image's lock, so that one that was tagged or used since stays.
        let names = store.remove_image(&image.id, |names| {
            let needed = (unused != Unused::All && !names.is_empty())
                || !users(store, &image.id)?.is_empty()
                || store.list_with_image(&image.id)?.is_some();
            if needed { Err(in_use()) } else { Ok(()) }
        });
        match names {
            Ok(names) => {
                removed.untagged.extend(names);
                removed.deleted.push(image.id);
                removed.reclaimed_bytes += documents_size;
            }
            Err(error) if matches!(error.kind, Kind::InUse | Kind::Absent) => kept.push(image),
            Err(error) => return Err(error.while_doing(format!("remove image {}", image.id.short()))),
        }
    }
    tell_removed(store, &removed);
    removed.reclaimed_bytes += store.remove_resting_downloads(unused == Unused::All)?;
    // Also what an interrupted pull left: whole layers of an image that is not listed.
    collect_layers(store, removed)
}

fn tell_removed(store: &Store, removed: &Removed) {
    let untagged = removed.untagged.iter().map(|name| (String::new(), name.as_str(), Action::Untag));
    let deleted = removed.deleted.iter().map(|id| (id.hex().to_owned(), "", Action::Remove));
    for (id, name, action) in untagged.chain(deleted) {
        store.tell(Subject::new(events::Kind::Image, id, name), action);
    }
}

fn is_built_on(image: &ImageRecord, base: &ImageRecord) -> bool {
    let (layers, below) = (&image.diff_ids, &base.diff_ids);
    !below.is_empty() && layers.len() > below.len() && layers.starts_with(below)
}

/// The containers made of this image.
pub fn users(store: &Store, id: &Digest) -> Result<Vec<ContainerUse>> {
    Ok(store.container_uses()?.into_iter().filter(|container| container.image_id.as_ref() == Some(id)).collect())
}

fn take_away(store: &Store, registries: &Registries, typed: &str, if_used: IfUsed) -> Result<Removed> {
    if let Some((name, list)) = resolve::find_named_list(store, registries, typed)? {
        if store.names_of(&list.id)?.len() > 1 && store.untag(&list.id, &name)? {
            return Ok(Removed { untagged: vec![name], ..Removed::default() });
        }
        let untagged = store.remove_list(&list.id)?;
        return Ok(Removed { untagged, deleted: vec![list.id], reclaimed_bytes: 0 });
    }
    let image = resolve::get_local(store, registries, typed)?;
    let id = image.record.id;
    let names = store.names_of(&id)?;
    let is_name = names.contains(&image.name);
    if is_name && (names.len() > 1 || store.shared_root_of(&id).is_some()) {
        if !store.untag(&id, &image.name)? {
            store.refuse_shared(&id)?;
        }
        return Ok(Removed { untagged: vec![image.name], ..Removed::default() });
    }
    let mounted = mount::is_mounted_here(store, &id)?;
    if mounted && if_used == IfUsed::Remove {
        mount::unmount(store, &id, true)?;
    }
    let untagged = store.remove_image(&id, |names| match if_used {
        IfUsed::Remove => Ok(()),
        IfUsed::Refuse if mounted => {
            Err(in_use_because("it is mounted".to_owned(), "unmount it first with `box image unmount`, or use --force"))
        }
        IfUsed::Refuse if !is_name && names.len() > 1 => Err(in_use_because(
            format!("it has {} names: {}", names.len(), names.join(", ")),
            "remove it by each name, or all of it with --force",
        )),
        IfUsed::Refuse => match users(store, &id)?.first() {
            None if store.list_with_image(&id)?.is_some() => Err(in_use_because(
                "a manifest list has it".to_owned(),
                "remove the list first with `box manifest rm`, or use --force",
            )),
            None => Ok(()),
            Some(user) => Err(in_use_because(
                format!("container `{}` uses it", if user.name.is_empty() { &user.container_id } else { &user.name }),
                "remove the container first, or use --force",
            )),
        },
    })?;
    Ok(Removed { untagged, deleted: vec![id], reclaimed_bytes: 0 })
}

fn in_use() -> Error {
    Error::new("it is in use").of_kind(Kind::InUse)
}

fn in_use_because(cause: String, hint: &str) -> Error {
    Error::new(cause).of_kind(Kind::InUse).with_hint(hint)
}

fn collect_layers(store: &Store, mut removed: Removed) -> Result<Removed> {
    let mut sizes = BTreeMap::new();
    for diff_id in store.layers()? {
        let size_bytes = store.layer_size_on_disk(&diff_id)?;
        sizes.insert(diff_id, size_bytes);
    }
    let gone = store.remove_unused_layers().during(|| "remove layers that nothing refers to")?;
    removed.reclaimed_bytes += gone.iter().filter_map(|diff_id| sizes.get(diff_id)).sum::<u64>();
    removed.reclaimed_bytes += store.remove_unused_blobs()?;
    store.sweep(unpacker::remove_as_owner)?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const APP: &str = "localhost/app:latest";

    fn add(store: &Store, content: &str, names: &[&str]) -> Digest {
        let (id, manifest) = (Digest::sha256_of(content.as_bytes()), format!("manifest of {content}"));
        let image = ImageRecord {
            id: id.clone(),
            manifest: Digest::sha256_of(manifest.as_bytes()),
            repo_digests: BTreeSet::new(),
            diff_ids: vec![],
            size_bytes: 0,
            created: None,
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            variant: None,
            names_history: Vec::new(),
        };
        store.add_image(&image, manifest.as_bytes(), content.as_bytes(), None).unwrap();
        names.iter().for_each(|name| store.tag(&id, name).unwrap());
        id
    }

    fn use_in_container(store: &Store, name: &str, id: &Digest) {
        let dir = store.container_dir(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("record.json"), format!(r#"{{"name":"{name}","image_id":"{id}"}}"#)).unwrap();
    }

    fn with_store(check: impl FnOnce(&Store, &Registries)) {
        let dir = tempfile::tempdir().unwrap();
        check(&Store::open(dir.path()).unwrap(), &Registries::default());
    }

    #[test]
    fn an_image_goes_with_its_last_name() {
        with_store(|store, registries| {
            let id = add(store, "a", &[APP, "localhost/other:1"]);
            let removed = remove(store, registries, "other:1", IfUsed::Refuse).unwrap();
            assert_eq!((removed.untagged, removed.deleted), (vec!["localhost/other:1".to_owned()], vec![]));
            let removed = remove(store, registries, "app", IfUsed::Refuse).unwrap();
            assert_eq!((removed.untagged, removed.deleted), (vec![APP.to_owned()], vec![id]));
            assert_eq!(remove(store, registries, "app", IfUsed::Refuse).unwrap_err().kind, Kind::Absent);
        });
    }

    #[test]
    fn an_id_does_not_take_several_names_along_unless_forced() {
        with_store(|store, registries| {
            let id = add(store, "a", &[APP, "localhost/other:1"]);
            assert_eq!(remove(store, registries, id.short(), IfUsed::Refuse).unwrap_err().kind, Kind::InUse);
            assert_eq!(store.names_of(&id).unwrap().len(), 2);
            let removed = remove(store, registries, id.short(), IfUsed::Remove).unwrap();
            assert_eq!((removed.untagged.len(), removed.deleted), (2, vec![id]));
        });
    }

    #[test]
    fn what_a_container_uses_stays_unless_forced() {
        with_store(|store, registries| {
            let id = add(store, "a", &[APP]);
            use_in_container(store, "web", &id);
            let error = remove(store, registries, "app", IfUsed::Refuse).unwrap_err();
            assert_eq!((error.kind, error.to_string().contains("`web` uses it")), (Kind::InUse, true));
            assert_eq!(store.names_of(&id).unwrap(), [APP]);
            assert_eq!(remove(store, registries, "app", IfUsed::Remove).unwrap().deleted, [id]);
        });
    }

    #[test]
    fn prune_takes_what_nobody_needs() {
        with_store(|store, _| {
            let named = add(store, "named", &[APP]);
            let [nameless, used, kept] = ["nameless", "used", "kept"].map(|content| add(store, content, &[]));
            use_in_container(store, "web", &used);
            let pruned = |unused| prune(store, unused, |image| Ok(image.id != kept)).unwrap();
            assert_eq!(pruned(Unused::Dangling).deleted, [nameless]);
            let all = pruned(Unused::All);
            assert_eq!((all.deleted, all.untagged), (vec![named], vec![APP.to_owned()]));
            assert_eq!(store.images().unwrap().len(), 2);
        });
    }
}
