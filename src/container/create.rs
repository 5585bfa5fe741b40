//! Create: a container comes to be on disk, whole or not at all, and one caller wins a name.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use super::change;
use super::finish;
use super::names;
use super::own_ids;
use super::record::{Container, Record, State, find, id_of_name, now};
use super::remove::{IfRunning, Volumes, remove};
use super::{networks, secrets, volumes};
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::image::Image;
use crate::oci::Digest;
use crate::oci::image::ProcessConfig;
use crate::settings::{ImageSource, ImageVolumes, MountKind, MountRequest, Settings, SystemdMode};
use crate::spec;
use crate::store::events::Action;
use crate::store::{Staging, Store};
use crate::volume::{self, Volume};

/// Makes a container of `image` (`None` for `--rootfs` and `host`).
pub fn create(store: &Store, mut settings: Settings, image: Option<&Image>) -> Result<Container> {
    let staging = store.stage()?;
    // Held until the record says that they are used.
    let mounted_layers = mounted_layers(&settings.mounts);
    let _layers = image.map(|image| store.hold_layers(&image.record.diff_ids)).transpose()?;
    let _mounted_layers = store.hold_layers(&mounted_layers)?;
    let _ids = own_ids::give(store, &mut settings, image)?;
    let id = names::new_id();
    take_pods_name(store, &mut settings, &id, &staging)?;
    let name = take_name(store, settings.name.as_deref(), &id, &staging)?;
    let made = fill(store, &staging, &id, &name, settings, image).and_then(|(record, unnamed)| {
        let dir = store.container_dir(&id);
        if let Err(error) = fs::rename(staging.path(), &dir).during(|| format!("create container `{name}`")) {
            for volume in unnamed {
                let _ = volume::remove(store, &volume.name, &[]); // What stays is unused and goes with a prune.
            }
            return Err(error);
        }
        Ok(Container { record, dir })
    });
    match &made {
        Ok(container) => container.tell(Action::Create),
        Err(_) => {
            let _ = fs::remove_file(store.container_names_dir().join(&name)); // It is ours and names nothing.
        }
    }
    let container = made?;
    if let Err(gone) = check_needed(store, &container) {
        remove(store, &container, IfRunning::Refuse, Volumes::RemoveAnonymous)?;
        return Err(gone);
    }
    Ok(container)
}

/// An error where what a new container needs has gone while that was made. Who removes a pod looks for its containers
/// once more when its holder is gone, who removes a network does so under a lock: he has seen this one, or we see that.
fn check_needed(store: &Store, container: &Container) -> Result<()> {
    match &container.record.settings.pod {
        Some(pod) if !store.container_dir(pod).exists() => Err(Error::absent("pod", &pod[..12])),
        _ => networks::check_there(store, &container.record.settings),
    }
}

/// Bytes of a host name (man 7 hostname).
const MOST_OF_HOSTNAME: usize = 64;

/// A pod has a name beside that of the container which holds it; both lead there. A name without a container is free
/// for the next one who wants it, so that nothing is lost when the second cannot be had.
fn take_pods_name(store: &Store, settings: &mut Settings, id: &str, staging: &Staging) -> Result<()> {
    let ImageSource::Pod(pod) = &mut settings.image else { return Ok(()) };
    pod.name = take_name(store, Some(&pod.name).filter(|name| !name.is_empty()).map(String::as_str), id, staging)?;
    settings.name.get_or_insert_with(|| format!("{}-infra", &id[..12]));
    settings.hostname.get_or_insert_with(|| pod.name.chars().take(MOST_OF_HOSTNAME).collect());
    Ok(())
}

fn fill(
    store: &Store,
    staging: &Staging,
    id: &str,
    name: &str,
    settings: Settings,
    image: Option<&Image>,
) -> Result<(Record, Vec<Volume>)> {
    let dir = staging.path();
    // The root of the container's file system has the upper directory's mode and must be open to every user inside.
    for (subdir, mode) in [("upper", 0o755), ("work", 0o700), ("rootfs", 0o755), ("files", 0o755)] {
        fs::DirBuilder::new()
            .mode(mode)
            .create(dir.join(subdir))
            .during(|| format!("create `{subdir}` of container `{name}`"))?;
        fs::set_permissions(dir.join(subdir), std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    }
    secrets::take(store, &settings.secrets, dir)?;
    let mut settings = match settings.userns.leaves_user_out() {
        // A volume would belong to somebody who is nobody inside: what is written there is part of the container.
        true => settings,
        false => with_image_volumes(settings, image),
    };
    let process = image.map(|image| image.config.config.clone()).unwrap_or_default();
    settle_systemd(&mut settings, &process);
    networks::settle(store, &mut settings)?;
    let image_name = image_name(store, &settings.image, image)?;
    let unnamed = volumes::make(store, &mut settings.mounts)?;
    let record = Record {
        id: id.to_owned(),
        name: name.to_owned(),
        created: now(),
        image_id: image.map(|image| image.record.id.clone()),
        image_name,
        diff_ids: image.map(|image| image.record.diff_ids.clone()).unwrap_or_default(),
        mounted_layers: mounted_layers(&settings.mounts),
        image_config: process,
        settings,
    };
    record::write_unsynced(&dir.join("record.json"), &record)?;
    Ok((record, unnamed))
}

/// Of the images that are mounted; each once.
fn mounted_layers(mounts: &[MountRequest]) -> Vec<Digest> {
    let of_mount = |mount: &MountRequest| match &mount.kind {
        MountKind::Image { diff_ids, .. } => diff_ids.clone(),
        _ => Vec::new(),
    };
    let layers: BTreeSet<Digest> = mounts.iter().flat_map(of_mount).collect();
    layers.into_iter().collect()
}

/// From here on it is known whether process 1 is systemd.
fn settle_systemd(settings: &mut Settings, image: &ProcessConfig) {
    if !spec::is_systemd(settings, image) {
        settings.systemd = SystemdMode::Never;
        return;
    }
    settings.systemd = SystemdMode::Always;
    settings.limits.own_group = true;
    if settings.stop_signal.is_none() && image.stop_signal.is_empty() {
        settings.stop_signal = Some(SYSTEMD_STOP_SIGNAL.to_owned());
    }
}

/// Tells systemd to end in an orderly way (systemd(1), SIGNALS).
const SYSTEMD_STOP_SIGNAL: &str = "SIGRTMIN+3";

/// The directories that the image declares as volumes, where nothing else is mounted there, become anonymous volumes.
fn with_image_volumes(mut settings: Settings, image: Option<&Image>) -> Settings {
    for declared in image.iter().flat_map(|image| image.config.config.volumes.keys()) {
        let place = absolute(declared);
        let is_taken = settings.mounts.iter().any(|mount| absolute(&mount.destination) == place);
        let kind = match settings.image_volumes {
            ImageVolumes::Anonymous => MountKind::Volume { name: volume::anonymous_name(), anonymous: true },
            ImageVolumes::Tmpfs => MountKind::Tmpfs,
            ImageVolumes::Ignore => continue,
        };
        if place != Path::new("/") && !is_taken {
            settings.mounts.push(MountRequest::new(kind, place.to_string_lossy()));
        }
    }
    settings
}

/// What an image names is a path from its root, whatever `..` it contains (CVE-2022-23648).
fn absolute(path: &str) -> PathBuf {
    let mut result = PathBuf::from("/");
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => result.push(name),
            Component::ParentDir => drop(result.pop()),
            _ => {}
        }
    }
    result
}

/// The name that the caller used, in full; an image that was named by its id is shown under its first name.
fn image_name(store: &Store, source: &ImageSource, image: Option<&Image>) -> Result<String> {
    Ok(match (source, image) {
        (ImageSource::Named(_), Some(image)) if image.name == image.record.id.to_string() => {
            let first = store.names_of(&image.record.id)?.into_iter().next();
            first.unwrap_or_else(|| image.record.id.hex().to_owned())
        }
        (ImageSource::Named(_), Some(image)) => image.name.clone(),
        (ImageSource::Named(typed), None) => typed.clone(),
        (ImageSource::Rootfs(directory), _) => directory.clone(),
        (ImageSource::Host, _) => "host".to_owned(),
        (ImageSource::Pod(_), _) => "pod".to_owned(),
    })
}

/// Claims `wanted`, or a generated name that is free, for the container `id`.
fn take_name(store: &Store, wanted: Option<&str>, id: &str, staging: &Staging) -> Result<String> {
    let Some(name) = wanted else {
        loop {
            let name = names::generate();
            if claim(store, &name, id, staging)? {
                return Ok(name);
            }
            let name = format!("{name}_{}", &id[..6]);
            if claim(store, &name, id, staging)? {
                return Ok(name);
            }
        }
    };
    check_name(name)?;
    while !claim(store, name, id, staging)? {
        match id_of_name(store, name)? {
            Some(holder) if is_held(store, name, &holder)? => return Err(in_use(store, name, &holder)),
            Some(_) => release_dead_name(store, name)?,
            None => {}
        }
    }
    Ok(name.to_owned())
}

/// Writes the name if nobody has it. The file holds the id and, in a second line, the staging directory whose lock
/// tells whether the maker still lives.
fn claim(store: &Store, name: &str, id: &str, staging: &Staging) -> Result<bool> {
    let unfinished = staging.path().join("name");
    let staged = staging.path().file_name().unwrap_or_default().to_string_lossy();
    let write = || -> std::io::Result<bool> {
        fs::write(&unfinished, format!("{id}\n{staged}\n"))?;
        // A link, not a rename: it fails where the name exists.
        let linked = fs::hard_link(&unfinished, store.container_names_dir().join(name));
        fs::remove_file(&unfinished)?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    };
    write().during(|| format!("claim the name `{name}`"))
}

/// A name without a container: its maker was killed before the container was whole, or is at it right now.
fn is_held(store: &Store, name: &str, holder: &str) -> Result<bool> {
    // In this order: a maker puts the container in its place first, and only then stops being alive.
    Ok(maker_is_alive(store, name)? || store.container_dir(holder).exists())
}

fn maker_is_alive(store: &Store, name: &str) -> Result<bool> {
    let text = fs::read_to_string(store.container_names_dir().join(name)).unwrap_or_default(); // Gone: so is its maker.
    match text.lines().nth(1) {
        Some(staged) => store.is_being_staged(staged),
        None => Ok(false),
    }
}

/// Makes a name free that leads to no container any more.
pub(super) fn release_dead_name(store: &Store, name: &str) -> Result<()> {
    // One at a time: between the question and the removal another could release the name and claim it for himself.
    let _turn = Lock::exclusive_dir(&store.container_names_dir())?;
    match id_of_name(store, name)? {
        Some(holder) if !is_held(store, name, &holder)? => release(store, name),
        _ => Ok(()),
    }
}

fn release(store: &Store, name: &str) -> Result<()> {
    finish::remove_if_there(&store.container_names_dir().join(name)).during(|| format!("release the name `{name}`"))
}

fn in_use(store: &Store, name: &str, holder: &str) -> Error {
    let holds_pod = |container: Container| container.record.settings.held_pod().is_some_and(|pod| pod.name == name);
    if Container::read(&store.container_dir(holder)).is_ok_and(|found| found.is_some_and(holds_pod)) {
        return Error::new(format!("the name `{name}` is already in use by pod {}", &holder[..12]))
            .with_hint(format!("remove that pod with `box pod rm {name}`, or choose another name"));
    }
    Error::new(format!("the container name `{name}` is already in use by {}", &holder[..12]))
        .with_hint(format!("remove that container with `box rm {name}`, or give --replace"))
}

/// Renames a container; the old name is free afterwards.
pub fn rename(store: &Store, wanted: &str, new_name: &str) -> Result<()> {
    let container = find(store, wanted)?;
    if let Some(pod) = container.record.settings.held_pod() {
        return Err(Error::usage(format!("container `{wanted}` holds pod `{}`, and is called after it", pod.name)));
    }
    check_name(new_name)?;
    let staging = store.stage()?;
    let mut old_name = String::new();
    let rename = |current: &mut Container, _: Option<&mut State>| {
        take_name(store, Some(new_name), current.id(), &staging)?;
        old_name = std::mem::replace(&mut current.record.name, new_name.to_owned());
        Ok(())
    };
    let (renamed, _lock) = change::on_record(&container, rename)?;
    release(store, &old_name)?;
    renamed.tell(Action::Rename);
    Ok(())
}

/// What Docker and Podman accept: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
pub fn is_name(name: &str) -> bool {
    name.len() <= 200
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is not a name for a container or a pod", name.escape_debug()))
        .with_hint("a name is made of letters, digits, `_`, `.` and `-`, and begins with a letter or digit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create_named(store: &Store, name: &str) -> Result<Container> {
        create(store, Settings { name: Some(name.into()), image: ImageSource::Host, ..Settings::default() }, None)
    }

    #[test]
    fn one_caller_wins_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let winners: usize = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(|| create_named(&store, "x").is_ok())).collect();
            callers.into_iter().map(|caller| usize::from(caller.join().unwrap())).sum()
        });
        assert_eq!(winners, 1);
        let error = create_named(&store, "x").unwrap_err();
        assert!(error.to_string().contains("is already in use by"), "{error}");
        assert_eq!(find(&store, "x").unwrap().record.name, "x");
    }

    #[test]
    fn a_name_whose_maker_was_killed_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let staging = store.stage().unwrap();
        assert!(claim(&store, "x", &"0".repeat(64), &staging).unwrap());
        assert!(create_named(&store, "x").is_err(), "its maker lives");
        drop(staging);
        create_named(&store, "x").unwrap();
    }

    #[test]
    fn containers_are_found_by_name_id_and_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let made = create_named(&store, "web").unwrap();
        for wanted in ["web", made.id(), made.short_id()] {
            assert_eq!(find(&store, wanted).unwrap().id(), made.id());
        }
        rename(&store, "web", "www").unwrap();
        assert_eq!(find(&store, "www").unwrap().id(), made.id());
        for wanted in ["web", "", "../web", "zz"] {
            assert_eq!(find(&store, wanted).unwrap_err().kind, crate::error::Kind::Absent, "{wanted}");
        }
    }

    #[test]
    fn a_volume_of_an_image_stays_inside() {
        assert_eq!(absolute("/data/../../../etc//x/."), Path::new("/etc/x"));
        assert_eq!(absolute("data"), Path::new("/data"));
    }

    #[test]
    fn names_are_those_of_docker() {
        assert!(["a", "0", "web-1.x_Y"].into_iter().all(is_name));
        assert!(!["", "-a", ".a", "a b", "a/b", "ä", "../x"].into_iter().any(is_name));
    }
}
