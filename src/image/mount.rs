//! Images as directories: all layers over each other, read-only, in the mount namespace of the caller.
//!
//! ```text
//! ROOT/mounts/<image ID>/    where an image is mounted; what is mounted the kernel knows
//! ```
//!
//! Only who may mount can do that: root, and whoever is root of a user namespace, where the mount is seen in there only
//! and ends with it. Containers do not come this way: their root is mounted inside, by init.

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, UnmountFlags, move_mount, open_tree, unmount as kernel_unmount};
use rustix::thread::CapabilitySet;

use crate::error::{During, Error, Result};
use crate::init::{self, Overlay};
use crate::oci::Digest;
use crate::store::events::Action;
use crate::store::{ImageRecord, Store};
use crate::sys::mount::{Attributes, set_attributes};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    pub id: Digest,
    pub place: PathBuf,
}

/// Mounts the image, if it is not mounted already.
pub fn mount(store: &Store, image: &ImageRecord) -> Result<Mounted> {
    let place = place_of(store, &image.id);
    if !is_mounted(&place)? {
        mount_on(store, image, &place).during(|| format!("mount image {}", image.id.short()))?;
        super::tell(store, &image.id, "", Action::Mount);
    }
    Ok(Mounted { id: image.id.clone(), place })
}

/// All that are mounted in this mount namespace.
pub fn list(store: &Store) -> Result<Vec<Mounted>> {
    let dir = store.mounts_dir();
    let mut mounted = Vec::new();
    for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|hex| format!("sha256:{hex}").parse().ok());
        if let Some(id) = id
            && is_mounted(&entry.path())?
        {
            mounted.push(Mounted { id, place: entry.path() });
        }
    }
    mounted.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(mounted)
}

/// Whether it is mounted in this mount namespace; what others have mounted cannot be seen.
pub fn is_mounted_here(store: &Store, id: &Digest) -> Result<bool> {
    let place = place_of(store, id);
    Ok(place.exists() && is_mounted(&place)?)
}

/// Unmounts the image; `forced`, although files of it are open.
pub fn unmount(store: &Store, id: &Digest, forced: bool) -> Result<()> {
    let place = place_of(store, id);
    let act = || format!("unmount image {}", id.short());
    if is_mounted(&place)? {
        let flags = if forced { UnmountFlags::DETACH } else { UnmountFlags::empty() };
        match kernel_unmount(&place, flags | UnmountFlags::NOFOLLOW) {
            Err(Errno::BUSY) => {
                return Err(Error::new("files of it are open")
                    .while_doing(act())
                    .with_hint("close them, or use --force"));
            }
            done => done.during(act)?,
        }
        super::tell(store, id, "", Action::Unmount);
    } else if !forced {
        return Err(Error::new("it is not mounted").while_doing(act()));
    }
    let _ = fs::remove_dir(&place); // one that is mounted in another namespace stays
    Ok(())
}

fn mount_on(store: &Store, image: &ImageRecord, place: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(place).during(|| format!("create {}", place.display()))?;
    // Topmost first. Held only while it is mounted: as with a container, removing the image takes its files away.
    let _held = store.hold_layers(&image.diff_ids)?;
    let layers: Vec<PathBuf> = image.diff_ids.iter().rev().map(|diff_id| store.layer_tree(diff_id)).collect();
    let attach = || -> Result<()> {
        let mount = match &layers[..] {
            [] => return Err(Error::new("it has no layers")),
            [only] => open_tree(CWD, only, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?,
            _ => init::mount_overlay(&Overlay { base: "/".into(), lowers: layers, ..Overlay::default() }, place)?,
        };
        let read_only = Attributes {
            set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_NOSUID,
            ..Attributes::default()
        };
        set_attributes(mount.as_fd(), read_only, false)?;
        Ok(move_mount(mount.as_fd(), "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
    };
    // Asked first, as what the kernel says on the way has many reasons.
    let attached = match rustix::thread::capabilities(None) {
        Ok(held) if !held.effective.contains(CapabilitySet::SYS_ADMIN) => Err(Error::new("only root may mount"))
            .hint(|| "`unshare --map-root-user --map-auto --mount` gives you a shell in a user namespace of your own"),
        _ => attach().during(|| "mount its layers"),
    };
    if attached.is_err() {
        let _ = fs::remove_dir(place); // an empty directory does no harm
    }
    attached
}

fn place_of(store: &Store, id: &Digest) -> PathBuf {
    store.mounts_dir().join(id.hex())
}

/// Whether something is mounted right there, in this mount namespace.
fn is_mounted(place: &Path) -> Result<bool> {
    let table = fs::read_to_string("/proc/self/mountinfo").during(|| "read the table of mounts")?;
    // proc_pid_mountinfo(5): the fifth field, with blanks as octal numbers.
    let real = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
    let escaped = real.to_string_lossy().replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011");
    Ok(table.lines().any(|line| line.split(' ').nth(4) == Some(escaped.as_str())))
}
