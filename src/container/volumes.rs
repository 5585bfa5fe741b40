//! The volumes of containers: made with the container; those without a name go with the last one that mounts them.

use super::record::{Container, list};
use crate::error::Result;
use crate::settings::{MountKind, MountRequest};
use crate::store::Store;
use crate::volume::{self, Volume};

/// Makes the volumes that are missing among those of a new container; returns the unnamed ones that it has made. What a
/// volume says of its mounting is added to the mounts.
pub fn make(store: &Store, mounts: &mut [MountRequest]) -> Result<Vec<Volume>> {
    let mut made = Vec::new();
    for mount in mounts {
        if let MountKind::Volume { name, anonymous } = &mount.kind {
            let is_new = *anonymous && volume::find(store, name)?.is_none();
            let volume = volume::get_or_create(store, name, *anonymous)?;
            if let Some(binding) = volume.binding()? {
                mount.read_only |= binding.read_only;
                mount.options.extend(binding.options);
            }
            made.extend(is_new.then_some(volume));
        }
    }
    Ok(made)
}

/// Removes the unnamed volumes among these mounts of a container that is gone, unless another container has them.
///
/// The files go with the next `Store::sweep`.
pub fn remove_anonymous(store: &Store, mounts: &[MountRequest]) -> Result<()> {
    let names = mounts.iter().filter_map(|mount| match &mount.kind {
        MountKind::Volume { name, anonymous: true } => Some(name),
        _ => None,
    });
    for name in names {
        if volume::find(store, name)?.is_some() && users(&list(store)?, name).is_empty() {
            volume::remove(store, name, &[])?;
        }
    }
    Ok(())
}

/// The containers that mount this volume.
pub fn users<'c>(containers: &'c [Container], volume_name: &str) -> Vec<&'c Container> {
    let mounts = |container: &&Container| volume::is_mounted_by(&container.record.settings.mounts, volume_name);
    containers.iter().filter(mounts).collect()
}
