//! Commit: what a container wrote becomes a layer on top of its image's.
//!
//!     pause -> what it wrote as a tar archive -> a layer like any other -> config -> manifest -> listed under a name

use serde_json::Value;

use super::contents;
use super::pause::Paused;
use super::record::Container;
use crate::error::{During, Error, Result};
use crate::image::derive::Derivation;
use crate::image::incoming::{self, Expected, Received};
use crate::image::instructions::{Instruction, empty, set_variable};
use crate::image::packer::Packing;
use crate::image::push::Format;
use crate::image::{assemble, tag};
use crate::layer::Form;
use crate::oci::Digest;
use crate::oci::image::ProcessConfig;
use crate::oci::manifest::Platform;
use crate::registry::platform::Wanted;
use crate::settings::{MountKind, Settings};
use crate::store::events::Action;
use crate::store::{LayerSource, Store};

#[derive(Clone, Debug)]
pub struct CommitOptions {
    pub author: Option<String>,
    pub message: Option<String>,
    pub changes: Vec<Instruction>,
    /// Fields of an image's config that take the place of the container's.
    pub overrides: Option<Value>,
    pub format: Format,
    pub pause: bool,
    /// One layer of all that the container shows, instead of one more.
    pub squash: bool,
    /// Volumes of the container are said to be volumes of the image.
    pub include_volumes: bool,
}

/// Makes an image of the container; returns its ID. `name` is as typed.
pub fn commit(store: &Store, container: &Container, name: Option<&str>, options: &CommitOptions) -> Result<Digest> {
    let name = name.map(tag::local_name).transpose()?;
    let act = || format!("commit container `{}`", container.record.name);
    let id = commit_unnamed(store, container, name.as_deref(), options).during(act)?;
    container.tell(Action::Commit);
    Ok(id)
}

fn commit_unnamed(store: &Store, container: &Container, name: Option<&str>, options: &CommitOptions) -> Result<Digest> {
    let record = &container.record;
    let _held = store.hold_layers(&record.diff_ids)?;
    let below: &[Digest] = if options.squash { &[] } else { &record.diff_ids };
    let mut blobs = below.iter().map(|diff_id| kept_blob(store, diff_id)).collect::<Result<Vec<LayerSource>>>()?;
    let received = new_layer(store, container, options)?;
    let diff_ids = [below, std::slice::from_ref(&received.layer.diff_id)].concat();
    blobs.push(received.blob.clone());

    let base = base_config(store, container)?;
    let process = process_config(container, options)?;
    let config = Derivation {
        // A history of layers that are not there any more would be wrong.
        base: base.as_deref(),
        diff_ids: &diff_ids,
        own_layers: 1,
        process: &process,
        platform: &platform(base.as_deref())?,
        author: options.author.as_deref(),
        comment: options.message.as_deref(),
        created_by: &record.settings.command.join(" "),
    }
    .config()?;
    let manifest = assemble::manifest_of(options.format, &config, &blobs)?;
    let repo_digests = assemble::repo_digests(name, &manifest)?;
    Ok(assemble::list(store, &config, &manifest, repo_digests, name)?.record.id)
}

fn new_layer(store: &Store, container: &Container, options: &CommitOptions) -> Result<Received> {
    let (source, form) = match options.squash {
        true => (contents::source(store, container)?, Form::Tree),
        false => {
            let mut source = contents::written_and_below(store, container)?;
            source.trees.truncate(1);
            (source, Form::Layer)
        }
    };
    let _paused = if options.pause { Paused::begin(container)? } else { None };
    let mut packing = Packing::begin(&source, form)?;
    let received = incoming::receive(store, packing.output(), &Expected::default());
    // A packer that failed says better why the archive ends early.
    packing.finish()?;
    received
}

fn kept_blob(store: &Store, diff_id: &Digest) -> Result<LayerSource> {
    let layer = store.find_layer(diff_id)?;
    layer.and_then(|layer| layer.kept).ok_or_else(|| {
        Error::new(format!("the store does not keep what layer {} came as", diff_id.short()))
            .with_hint("pull the image again, or use --squash")
    })
}

/// `None` where the image has been removed since, or there is none.
fn base_config(store: &Store, container: &Container) -> Result<Option<Vec<u8>>> {
    match &container.record.image_id {
        Some(id) => Ok(store.find_blob(id).unwrap_or(None)),
        None => Ok(None),
    }
}

fn platform(base: Option<&[u8]>) -> Result<Platform> {
    let base = base.map(assemble::read_config).transpose()?;
    let here = Wanted::this_machine();
    Ok(match base.filter(|base| !base.architecture.is_empty()) {
        Some(base) => Platform { architecture: base.architecture, os: base.os, variant: base.variant },
        None => Platform { architecture: here.architecture, os: here.os, variant: here.variant },
    })
}

/// What the new image says of its process: the image's words, the container's, those of `--config`, then the changes.
fn process_config(container: &Container, options: &CommitOptions) -> Result<ProcessConfig> {
    let (settings, mut process) = (&container.record.settings, container.record.image_config.clone());
    take_settings(&mut process, settings);
    if options.include_volumes {
        let volumes = settings.mounts.iter().filter(|mount| !matches!(mount.kind, MountKind::Tmpfs));
        process.volumes.extend(volumes.map(|mount| (mount.destination.clone(), empty())));
    }
    if let Some(overrides) = &options.overrides {
        let mut merged = serde_json::to_value(&process)?;
        if let (Some(merged), Some(overrides)) = (merged.as_object_mut(), overrides.as_object()) {
            merged.extend(overrides.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        process = serde_json::from_value(merged)
            .map_err(|error| Error::usage(error.to_string().escape_debug().to_string()).while_doing("--config"))?;
    }
    options.changes.iter().for_each(|change| change.apply(&mut process));
    Ok(process)
}

fn take_settings(process: &mut ProcessConfig, settings: &Settings) {
    match (&settings.entrypoint, settings.command.is_empty()) {
        (Some(entrypoint), _) => (process.entrypoint, process.cmd) = (entrypoint.clone(), settings.command.clone()),
        (None, false) => process.cmd = settings.command.clone(),
        (None, true) => {}
    }
    settings.env.iter().for_each(|(name, value)| set_variable(&mut process.env, name, value));
    process.labels.extend(settings.labels.clone());
    process.exposed_ports.extend(settings.exposed.iter().map(|port| match port.contains('/') {
        true => (port.clone(), empty()),
        false => (format!("{port}/tcp"), empty()),
    }));
    let asked = [
        (&mut process.user, &settings.user),
        (&mut process.working_dir, &settings.workdir),
        (&mut process.stop_signal, &settings.stop_signal),
    ];
    for (field, asked) in asked {
        if let Some(asked) = asked {
            field.clone_from(asked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_wins_over_its_image() {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut process = ProcessConfig {
            entrypoint: strings(&["/e"]),
            cmd: strings(&["c"]),
            env: strings(&["A=1", "B=2"]),
            user: "image".to_owned(),
            ..ProcessConfig::default()
        };
        let settings = Settings {
            command: strings(&["x"]),
            env: vec![("B".to_owned(), "3".to_owned())],
            workdir: Some("/w".to_owned()),
            exposed: strings(&["80", "53/udp"]),
            ..Settings::default()
        };
        take_settings(&mut process, &settings);
        assert_eq!((process.entrypoint.concat(), process.cmd.concat()), ("/e".to_owned(), "x".to_owned()));
        assert_eq!(process.env, ["A=1", "B=3"]);
        assert_eq!((process.user.as_str(), process.working_dir.as_str()), ("image", "/w"));
        assert_eq!(process.exposed_ports.keys().collect::<Vec<_>>(), ["53/udp", "80/tcp"]);
        let settings = Settings { entrypoint: Some(strings(&["/y"])), ..Settings::default() };
        take_settings(&mut process, &settings);
        assert_eq!((process.entrypoint.concat(), process.cmd.len()), ("/y".to_owned(), 0));
    }
}
