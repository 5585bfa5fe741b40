//! Auto-update: containers that run in services of systemd get newer images (podman-auto-update(1)).
//!
//! A container asks for it by its label `io.containers.autoupdate`, and carries the name of its service in another. The
//! service is restarted, and makes its container of what the image's name then means. One that does not come up again
//! gets back the image that it had.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::record::{Container, Status, list};
use crate::error::{During as _, Error, Result};
use crate::host::registries::Registries;
use crate::host::systemd;
use crate::image::progress::Progress;
use crate::image::pull::{self, PullOptions, PullPolicy};
use crate::image::resolve;
use crate::oci::{Digest, Reference};
use crate::quadlet::labels::{AUTHFILE_LABEL, POLICY_LABEL, Policy, UNIT};
use crate::store::Store;

/// A container that asks for updates, and what has come of it.
#[derive(Clone, Debug)]
pub struct Update {
    pub container: Container,
    pub unit: String,
    pub policy: Policy,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Unchanged,
    /// There is a newer image, and nothing was done about it yet.
    Pending,
    Updated,
    /// The service failed with the newer image, and is up again with the one before.
    RolledBack,
    Failed,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Unchanged => "false",
            Outcome::Pending => "pending",
            Outcome::Updated => "true",
            Outcome::RolledBack => "rolled back",
            Outcome::Failed => "failed",
        }
    }
}

/// How updates are done.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Nothing is fetched, nothing restarted.
    pub only_look: bool,
    pub roll_back: bool,
    pub authfile: Option<PathBuf>,
    pub tls_verify: Option<bool>,
}

/// Updates all containers that run and ask for it, service by service; what went wrong stands beside.
pub fn auto_update(store: &Store, ways: &Ways, progress: &dyn Progress) -> Result<(Vec<Update>, Vec<Error>)> {
    let registries = Registries::load()?;
    let mut errors = Vec::new();
    let mut of_unit: BTreeMap<String, Vec<Update>> = BTreeMap::new();
    for container in list(store)? {
        if !matches!(container.status()?, Status::Running(_)) {
            continue;
        }
        let about = format!("container `{}`", container.record.name);
        match asks(container) {
            Ok(Some(update)) => of_unit.entry(update.unit.clone()).or_default().push(update),
            Ok(None) => {}
            Err(error) => errors.push(Err::<(), _>(error).during(|| about).unwrap_err()),
        }
    }
    for updates in of_unit.values_mut() {
        for update in updates.iter_mut() {
            let found = look(store, &registries, ways, update, progress);
            update.outcome = found.unwrap_or_else(|error| {
                let about = format!("container `{}`", update.container.record.name);
                errors.push(Err::<(), _>(error).during(|| about).unwrap_err());
                Outcome::Failed
            });
        }
        if !ways.only_look {
            restart(store, ways, updates, &mut errors);
        }
    }
    Ok((of_unit.into_values().flatten().collect(), errors))
}

/// What the container's labels ask for.
fn asks(container: Container) -> Result<Option<Update>> {
    let settings = &container.record.settings;
    let Some(word) = settings.labels.get(POLICY_LABEL) else { return Ok(None) };
    let Some(policy) = Policy::parse(word).during(|| format!("label {POLICY_LABEL}"))? else { return Ok(None) };
    let unit = settings.labels.get(UNIT).cloned().ok_or_else(|| {
        Error::new(format!("label {POLICY_LABEL} is for services of systemd, and no label {UNIT} names its own"))
            .with_hint(format!("a service that says Environment={UNIT}=%n gives its containers this label"))
    })?;
    Ok(Some(Update { container, unit, policy, outcome: Outcome::Unchanged }))
}

/// Whether the name of its image means another one; that is here then, unless it was only asked for.
fn look(
    store: &Store,
    registries: &Registries,
    ways: &Ways,
    update: &Update,
    progress: &dyn Progress,
) -> Result<Outcome> {
    let record = &update.container.record;
    let own_id = record.image_id.as_ref().ok_or_else(|| Error::new("it is not made of an image"))?;
    let name = record.image_name.as_str();
    let has_place = Reference::parse(name).is_ok() && !name.starts_with("localhost/");
    if update.policy == Policy::Registry && !has_place {
        return Err(Error::new(format!("its image is called `{name}`, which no registry knows"))
            .with_hint("make the container of an image by its full name, such as quay.io/team/app:stable"));
    }
    let authfile = record.settings.labels.get(AUTHFILE_LABEL).map(PathBuf::from);
    let options = PullOptions {
        policy: PullPolicy::Always,
        authfile: ways.authfile.clone().or(authfile),
        tls_verify: ways.tls_verify,
        ..PullOptions::default()
    };
    let is_same = match (update.policy, ways.only_look) {
        (Policy::Local, _) => {
            let here = resolve::find_local(store, registries, name)?;
            here.is_none_or(|here| here.record.id == *own_id)
        }
        (Policy::Registry, true) => is_same_there(store, registries, own_id, name, &options)?,
        (Policy::Registry, false) => pull::ensure(store, name, &options, progress)?.record.id == *own_id,
    };
    Ok(if is_same { Outcome::Unchanged } else { Outcome::Pending })
}

/// Whether the registry has the container's image under this name, by the digests of manifests.
fn is_same_there(
    store: &Store,
    registries: &Registries,
    own_id: &Digest,
    name: &str,
    options: &PullOptions,
) -> Result<bool> {
    let there = pull::instances(registries, name, options, false)?;
    let Some(record) = store.read_image(own_id)? else { return Ok(false) };
    let is_ours = |digest: &str| {
        record.manifest.to_string() == digest || record.repo_digests.iter().any(|known| known.ends_with(digest))
    };
    Ok(there.iter().all(|(name, _)| name.rsplit_once('@').is_some_and(|(_, digest)| is_ours(digest))))
}

/// Restarts the service of these containers, if there is something new for one of them.
fn restart(store: &Store, ways: &Ways, updates: &mut [Update], errors: &mut Vec<Error>) {
    let Some(unit) = updates.iter().find(|update| update.outcome == Outcome::Pending).map(|one| one.unit.clone())
    else {
        return;
    };
    let outcome = match systemd::restart(&unit) {
        Ok(()) => Outcome::Updated,
        Err(error) => {
            errors.push(error);
            match ways.roll_back.then(|| roll_back(store, &unit, updates)) {
                Some(Ok(())) => Outcome::RolledBack,
                Some(Err(error)) => {
                    errors.push(error);
                    Outcome::Failed
                }
                None => Outcome::Failed,
            }
        }
    };
    updates.iter_mut().filter(|update| update.outcome == Outcome::Pending).for_each(|update| update.outcome = outcome);
}

/// Gives the names back to the images that the containers were made of, and starts the service once more.
fn roll_back(store: &Store, unit: &str, updates: &[Update]) -> Result<()> {
    for update in updates.iter().filter(|update| update.outcome == Outcome::Pending) {
        let record = &update.container.record;
        let image_id = record.image_id.as_ref().expect("what is pending has an image");
        store.tag(image_id, &record.image_name).during(|| format!("roll `{unit}` back"))?;
    }
    systemd::restart(unit).during(|| "roll back")
}
