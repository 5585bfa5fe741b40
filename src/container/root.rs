//! The root file system of a container: which layers or directory it is made of, and how.

use std::path::{Path, PathBuf};

use super::host_image;
use super::record::Container;
use crate::error::Result;
use crate::init;
use crate::oci::runtime::Mount;
use crate::rootfs::{self, Driver, FuseMount, Owners};
use crate::settings::ImageSource;
use crate::store::Store;

/// How the root of a container comes to be.
pub(super) struct RootFilesystem {
    pub root: init::Rootfs,
    pub fuse: Option<FuseMount>,
    /// That belong to it.
    pub mounts: Vec<Mount>,
}

/// `volatile`: nothing that is written survives the container, which is mounted this once.
pub(super) fn root_filesystem(
    store: &Store,
    container: &Container,
    driver: Driver,
    owners: Owners,
    volatile: bool,
) -> Result<RootFilesystem> {
    let settings = &container.record.settings;
    let (root, fuse, mounts) = match &settings.image {
        ImageSource::Rootfs(directory) => (init::Rootfs::Directory(PathBuf::from(directory)), None, Vec::new()),
        ImageSource::Host => {
            let mounts = host_image::prepare(&container.dir, driver == Driver::Overlay)?;
            (init::Rootfs::Directory(container.dir.join("upper")), None, mounts)
        }
        // An empty place for what the kernel shows there.
        ImageSource::Pod(_) => (init::Rootfs::Directory(container.dir.join("upper")), None, Vec::new()),
        ImageSource::Named(_) => {
            let relative = |tree: PathBuf| tree.strip_prefix(store.root()).map(Path::to_owned).unwrap_or(tree);
            let trees = container.record.diff_ids.iter().rev().map(|diff_id| store.require_layer_tree(diff_id));
            let lowers = trees.map(|tree| tree.map(relative)).collect::<Result<_>>()?;
            let (root, fuse) = rootfs::plan(driver, owners, store.root(), lowers, &container.dir, volatile)?;
            (root, fuse, Vec::new())
        }
    };
    Ok(RootFilesystem { root, fuse, mounts })
}
