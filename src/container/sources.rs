//! What the mounts of a container show of the world outside: found anew at each start.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ownership;
use super::record::Container;
use crate::error::{During, Error, Result};
use crate::init::Fill;
use crate::rootfs::Driver;
use crate::settings::{MountKind, MountRequest, OverlayRequest};
use crate::spec::MountSource;
use crate::store::Store;
use crate::volume;

#[derive(Debug, Default)]
pub struct Sources {
    /// Beside each mount that was asked for.
    pub shown: Vec<MountSource>,
    pub fills: Vec<Fill>,
    /// By destination, as in [`crate::init::Plan`].
    pub subpaths: BTreeMap<String, PathBuf>,
    pub gifts: Vec<String>,
}

/// Volumes that are missing are made.
pub fn find(store: &Store, container: &Container, mounts: &[MountRequest], driver: Driver) -> Result<Sources> {
    let mut sources = Sources::default();
    for (number, request) in mounts.iter().enumerate() {
        let act = || format!("mount on `{}`", request.destination);
        let place = overlays_dir(container).join(number.to_string());
        let shown = find_one(store, request, &place, &mut sources.fills).during(act)?;
        if matches!(&shown, MountSource::Layers { lowers, written } if lowers.len() > 1 || written.is_some()) {
            require_overlay(driver).during(act)?;
        }
        sources.shown.push(shown);
        if !request.subpath.is_empty() {
            sources.subpaths.insert(request.destination.clone(), PathBuf::from(&request.subpath));
        }
        if request.chown {
            sources.gifts.push(request.destination.clone());
        }
    }
    Ok(sources)
}

/// Forgets what the last start has written over mounts.
pub fn forget_overlays(container: &Container) -> Result<()> {
    let overlays = overlays_dir(container);
    if overlays.exists() { ownership::remove_tree(&overlays) } else { Ok(()) }
}

fn overlays_dir(container: &Container) -> PathBuf {
    container.dir.join("overlays")
}

fn find_one(store: &Store, request: &MountRequest, place: &Path, fills: &mut Vec<Fill>) -> Result<MountSource> {
    let lowers = match &request.kind {
        MountKind::Bind { source } => {
            if request.makes_source && !Path::new(source).exists() {
                fs::create_dir_all(source).during(|| format!("make `{source}`"))?;
            }
            vec![PathBuf::from(source)]
        }
        MountKind::Volume { name, anonymous } => {
            let volume = volume::get_or_create(store, name, *anonymous)?;
            let (directory, owner) = (volume.directory()?, volume.record.owner);
            // Only what a volume shows as a whole, and as it is, can become part of it.
            if request.overlay.is_none() && request.subpath.is_empty() {
                let copy = volume.is_filled() && !request.options.iter().any(|option| option == "nocopy");
                let destination = PathBuf::from(&request.destination);
                fills.push(Fill { destination, volume: directory.clone(), copy, owner });
            }
            vec![directory]
        }
        MountKind::Image { diff_ids, .. } => {
            diff_ids.iter().rev().map(|diff_id| store.require_layer_tree(diff_id)).collect::<Result<_>>()?
        }
        MountKind::Tmpfs | MountKind::Mqueue | MountKind::Devpts => return Ok(MountSource::New),
    };
    let written = request.overlay.as_ref().map(|overlay| where_written(overlay, place)).transpose()?;
    Ok(match (<[PathBuf; 1]>::try_from(lowers), written) {
        (Ok([single]), None) => MountSource::Tree(single),
        (Ok(single), written) => MountSource::Layers { lowers: single.into(), written },
        (Err(lowers), written) => MountSource::Layers { lowers, written },
    })
}

/// The upper directory and the one to work in.
fn where_written(overlay: &OverlayRequest, place: &Path) -> Result<(PathBuf, PathBuf)> {
    if let OverlayRequest { upper: Some(upper), work: Some(work) } = overlay {
        return Ok((PathBuf::from(upper), PathBuf::from(work)));
    }
    let (upper, work) = (place.join("upper"), place.join("work"));
    for dir in [&upper, &work] {
        fs::create_dir_all(dir).during(|| format!("create `{}`", dir.display()))?;
    }
    Ok((upper, work))
}

fn require_overlay(driver: Driver) -> Result<()> {
    match driver {
        Driver::Overlay => Ok(()),
        Driver::FuseOverlayfs | Driver::Copy => {
            Err(Error::new("it takes an overlay, and the kernel lets no user mount one on this file system"))
                .hint(|| "`box doctor` says what is missing; a read-only mount of one directory needs none")
        }
    }
}
