//! Duplicate: another container of the same settings, as it was made, not as it has become.

use super::create::create;
use super::record::{Container, Record};
use crate::error::{During, Error, Result};
use crate::image::Image;
use crate::image::resolve::Named;
use crate::settings::{ImageSource, MountKind, Settings, UserNamespaceMode};
use crate::store::Store;
use crate::volume;

/// Makes a container like `container`, with what `refine` changes; of `image`, if that is not the same one.
pub fn duplicate(
    store: &Store,
    container: &Container,
    image: Option<Named>,
    refine: impl FnOnce(&mut Settings),
) -> Result<Container> {
    let act = || format!("clone container `{}`", container.record.name);
    let record = &container.record;
    if let Some(pod) = record.settings.held_pod() {
        return Err(Error::usage(format!("it holds pod `{}`", pod.name))).during(act);
    }
    let mut settings = Settings { name: Some(format!("{}-clone", record.name)), ..record.settings.clone() };
    forget_what_is_its_own(&mut settings);
    if let Some(image) = &image {
        settings.image = ImageSource::Named(image.name.clone());
    }
    refine(&mut settings);
    let image = match image {
        Some(image) => Some(image),
        None => own_image(store, record).during(act)?,
    };
    let image = image.map(|image| Image::read(store, image)).transpose().during(act)?;
    create(store, settings, image.as_ref()).during(act)
}

/// What a container is given when it is made, and shares with no other one.
fn forget_what_is_its_own(settings: &mut Settings) {
    for mount in &mut settings.mounts {
        if let MountKind::Volume { name, anonymous: true } = &mut mount.kind {
            *name = volume::anonymous_name();
        }
    }
    if let UserNamespaceMode::Auto(ids) = &mut settings.userns {
        ids.slice = None;
    }
}

/// What it was made of, whatever has that name by now.
fn own_image(store: &Store, record: &Record) -> Result<Option<Named>> {
    let Some(id) = &record.image_id else { return Ok(None) };
    let image = store.read_image(id)?.ok_or_else(|| Error::absent("image", &record.image_name))?;
    Ok(Some(Named { name: record.image_name.clone(), record: image }))
}
