//! `--userns auto`: a container is given ids that no other such container has. Its record says which, so they are free
//! again when it is gone.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

use super::record;
use crate::disk::{Lock, beneath};
use crate::error::{During, Error, Result};
use crate::idmap::IdMap;
use crate::idmap::auto::{self, LEAST, MOST};
use crate::image::Image;
use crate::settings::{ImageSource, MountKind, Settings, UserNamespaceMode};
use crate::store::Store;

/// An /etc/passwd that is longer says nothing about ids.
const ACCOUNTS_LIMIT_BYTES: u64 = 1 << 20;

/// Chooses the ids of a container that is being made. The lock has to be held until its record is in place: so of two
/// that are made at once the second one sees what the first one has.
pub fn give(store: &Store, settings: &mut Settings, image: Option<&Image>) -> Result<Option<Lock>> {
    if !settings.userns.leaves_user_out() {
        return Ok(None);
    }
    let base = IdMap::of_subordinates()?;
    refuse_foreign_files(settings)?;
    let wanted = settings.user.clone();
    let UserNamespaceMode::Auto(ids) = &mut settings.userns else { return Ok(None) };
    let lock = Lock::exclusive(&store.lock_path("user-namespaces"))?;
    let size = match ids.size {
        Some(size) => size,
        None => needed_by(store, image, wanted.as_deref())?.clamp(LEAST, MOST),
    };
    let containers = record::list(store)?;
    let taken = containers.iter().filter_map(|container| match &container.record.settings.userns {
        UserNamespaceMode::Auto(ids) => ids.slice,
        _ => None,
    });
    let act = || "give the container ids of its own";
    ids.slice = Some(auto::free_slice(size, &base, &taken.collect::<Vec<_>>()).during(act)?);
    auto::map_of(ids, &base).during(act)?;
    Ok(Some(lock))
}

/// Layers are shown with owners of this namespace; other trees cannot be.
fn refuse_foreign_files(settings: &Settings) -> Result<()> {
    let what = if !matches!(settings.image, ImageSource::Named(_)) {
        "a root directory of this machine"
    } else if settings.mounts.iter().any(|mount| matches!(mount.kind, MountKind::Volume { .. })) {
        "a volume"
    } else if settings.mounts.iter().any(|mount| mount.chown) {
        "a mount with `U`"
    } else {
        return Ok(());
    };
    Err(Error::usage(format!("{what} belongs to you, and --userns auto and nomap leave you out")))
        .hint(|| "mount a tmpfs, or a directory that others may use; or take another user namespace, such as keep-id")
}

/// What the image's accounts and the user need.
fn needed_by(store: &Store, image: Option<&Image>, user: Option<&str>) -> Result<u32> {
    let Some(image) = image else { return Ok(LEAST) };
    let layers = &image.record.diff_ids;
    let mut trees = layers.iter().rev().map(|diff_id| store.require_layer_tree(diff_id));
    let trees = trees.by_ref().collect::<Result<Vec<_>>>()?;
    let top = |path: &str| trees.iter().find_map(|tree| read_accounts(tree, path)).unwrap_or_default();
    let accounts = auto::needed_by(&top("etc/passwd"), &top("etc/group"));
    let numbers = user.unwrap_or(&image.config.config.user).split(':').filter_map(|id| id.parse::<u32>().ok());
    Ok(numbers.map(|id| id.saturating_add(1)).fold(accounts, u32::max))
}

/// A file of an image, if it is one and we may read it.
fn read_accounts(tree: &Path, path: &str) -> Option<String> {
    let tree = File::open(tree).ok()?;
    let content = beneath::read_file(tree.as_fd(), Path::new(path), ACCOUNTS_LIMIT_BYTES).ok()??;
    Some(String::from_utf8_lossy(&content).into_owned())
}
