//! Where images and containers are kept, and how a root file system is made of them.

use super::Finding;
use crate::error::Result;
use crate::host::tools::{self, Tool};
use crate::idmap::IdMap;
use crate::rootfs::{self, Driver};
use crate::store::Store;

/// Bytes: about two images of a distribution.
const ROOM_WANTED: u64 = 1 << 30;

pub(super) fn store(store: &Result<Store>) -> Finding {
    const NAME: &str = "store";
    const WITHOUT: &str = "nothing can be kept: give another directory with --root";
    let store = match store {
        Ok(store) => store,
        Err(error) => {
            return Finding::missing(NAME, error.to_string(), WITHOUT)
                .mended_by_user("box --root /var/tmp/box-$(id -u) run ...");
        }
    };
    let place = store.root().display();
    if let Err(error) = store.stage() {
        return Finding::missing(NAME, error.to_string(), WITHOUT)
            .mended_by_user("box --root /var/tmp/box-$(id -u) run ...");
    }
    let free = rustix::fs::statvfs(store.root()).map_or(0, |fs| fs.f_bavail * fs.f_frsize);
    let found = format!("{place}, {} MiB free", free >> 20);
    match free >= ROOM_WANTED {
        true => Finding::works(NAME, found),
        false => Finding::reduced(NAME, found, "a larger image may find no room").mended_by_user("box system prune"),
    }
}

/// Mounts an overlay of empty directories.
pub(super) fn driver(store: &Store, ids: &IdMap) -> Finding {
    const NAME: &str = "root-filesystem";
    match rootfs::best_driver(store.root(), &|pid| ids.apply(pid).map(drop)) {
        Driver::Overlay => Finding::works(NAME, "overlay of the kernel"),
        Driver::FuseOverlayfs => Finding::reduced(
            NAME,
            "fuse-overlayfs: the kernel mounts no overlay for us on this file system",
            "files are slower, and each container has a helper process",
        )
        .mended_by_user("put the store on ext4, xfs, btrfs or tmpfs with --root; or Linux 5.13 and later"),
        Driver::Copy => {
            let finding = Finding::reduced(
                NAME,
                "a copy of the image for each container: neither overlay nor fuse-overlayfs can be used",
                "starts take seconds, and each container takes the room of its image",
            );
            let finding = match tools::find(Tool::FuseOverlayfs) {
                Some(_) => finding,
                None => finding.mended_by_administrator("apt-get install fuse-overlayfs  # or your distribution's way"),
            };
            match std::fs::OpenOptions::new().read(true).write(true).open("/dev/fuse") {
                Ok(_) => finding,
                Err(_) => finding.mended_by_administrator("modprobe fuse && chmod 666 /dev/fuse"),
            }
        }
    }
}
