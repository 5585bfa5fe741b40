//! The files of a container: all that its root shows, and what it has changed of its image.
//!
//! Nothing is mounted: the layers are read as an overlay would show them (`layer::stack`), whether the container runs
//! or not. What is mounted in the container, volumes and the like, is not among its files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::record::Container;
use super::surroundings::FILES_MADE;
use crate::error::{During, Error, Result};
use crate::image::packer::{self, Packing, Source};
use crate::layer::{Change, Form};
use crate::settings::ImageSource;
use crate::store::Store;

/// What the container's root shows, as a tar archive that `take` reads to its end.
pub fn export(store: &Store, container: &Container, take: impl FnOnce(&mut dyn Read) -> Result<()>) -> Result<()> {
    let act = || format!("export container `{}`", container.record.name);
    let _held = store.hold_layers(&container.record.diff_ids).during(act)?;
    let mut packing = source(store, container).and_then(|source| Packing::begin(&source, Form::Tree)).during(act)?;
    take(packing.output())?;
    packing.finish().during(act)
}

/// What the container has changed of its image, in the order of paths.
pub fn changes(store: &Store, container: &Container) -> Result<Vec<(Change, PathBuf)>> {
    let compare = || {
        let _held = store.hold_layers(&container.record.diff_ids)?;
        packer::changes(&written_and_below(store, container)?)
    };
    compare().during(|| format!("compare container `{}` with its image", container.record.name))
}

/// The layers of an image with what a container wrote on top, or the directory that is its root.
pub(super) fn source(store: &Store, container: &Container) -> Result<Source> {
    match &container.record.settings.image {
        ImageSource::Rootfs(directory) => Ok(Source { trees: vec![PathBuf::from(directory)], ..Default::default() }),
        ImageSource::Host => Err(Error::new("its files are those of this machine")),
        ImageSource::Pod(_) => Err(Error::new("it holds a pod, and has no files")),
        // A copy of all layers, which the container then wrote to.
        ImageSource::Named(_) if is_copy(container) => {
            Ok(Source { trees: vec![container.dir.join("upper")], mount_points: mount_points(), ..Default::default() })
        }
        ImageSource::Named(_) => {
            let layers = container.record.diff_ids.iter().rev().map(|diff_id| store.layer_tree(diff_id));
            let trees = std::iter::once(container.dir.join("upper")).chain(layers).collect();
            Ok(Source { trees, mount_points: mount_points(), ..Default::default() })
        }
    }
}

/// As [`source`], where what the container wrote can be told from what was there.
pub(super) fn written_and_below(store: &Store, container: &Container) -> Result<Source> {
    match &container.record.settings.image {
        ImageSource::Rootfs(_) => Err(Error::new("it is not made of an image, but of a directory")),
        ImageSource::Named(_) if is_copy(container) => {
            Err(Error::new("its files are a copy of the image's (--storage-driver copy)")
                .with_hint("`box export` and `box commit --squash` take all of them"))
        }
        _ => source(store, container),
    }
}

/// Whether the container was started on a copy of its layers (see `init::rootfs`).
fn is_copy(container: &Container) -> bool {
    File::open(container.dir.join("work/merged")).is_ok()
}

fn mount_points() -> Vec<PathBuf> {
    FILES_MADE.iter().map(|place| Path::new(place).strip_prefix("/").unwrap_or(Path::new(place)).to_owned()).collect()
}
