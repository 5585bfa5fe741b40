//! `box create`: makes a container without starting it, and the part of `box run` that comes before the start.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::options::{ContainerOptions, LifetimeOptions};
use super::run::{Announcement, Stream, only};
use super::selection::id_in_file;
use super::{CgroupManager, Globals, absent_is_failure, print, progress};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::{self, Container};
use crate::error::{During as _, Error, Kind, Result};
use crate::image::Image;
use crate::image::pull;
use crate::oci::runtime::NamespaceKind;
use crate::pod::{self, Pod};
use crate::quadlet::labels::UNIT;
use crate::settings::{ImageSource, MountKind, MountRequest, Settings};
use crate::store::Store;

/// Create a container without starting it
#[derive(clap::Args)]
#[command(override_usage = "box create [OPTIONS] IMAGE [COMMAND [ARG]...]")]
pub struct Args {
    /// Have `start --attach` show only these streams: stdin, stdout, stderr
    #[arg(short, long, value_name = "STREAM", value_parser = Stream::parse)]
    attach: Vec<Stream>,
    #[command(flatten)]
    announcement: Announcement,
    #[command(flatten)]
    options: ContainerOptions,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let container = make(args.options, globals, &globals.store()?, |settings| {
        settings.announcer = args.announcement.who();
        only(&args.attach, settings)
    });
    let container = container.map_err(absent_is_failure)?;
    print::line(container.id())?;
    Ok(0)
}

/// Makes the container that was asked for: image, name, and the file that gets its ID. `refine` has the last word about
/// the settings.
pub fn make(
    options: ContainerOptions,
    globals: &Globals,
    store: &Store,
    refine: impl FnOnce(&mut Settings) -> Result<()>,
) -> Result<Container> {
    let mut asked = options.into_settings(&globals.cdi_spec_dir)?;
    asked.settings.limits.without_systemd = globals.cgroup_manager == Some(CgroupManager::Cgroupfs);
    if asked.settings.runtime.is_none() {
        asked.settings.runtime = globals.runtime.settings()?;
    }
    asked.settings.create_command = command_line();
    asked.settings.create_dir = std::env::current_dir().ok();
    if let Some(unit) = std::env::var(UNIT).ok().filter(|unit| !unit.is_empty()) {
        asked.settings.labels.entry(UNIT.to_owned()).or_insert(unit);
    }
    refine(&mut asked.settings)?;
    for name in &mut asked.settings.requires {
        *name = container::find(store, name).during(|| "--requires")?.id().to_owned();
    }
    for other in &asked.volumes_from {
        take_mounts(store, other, &mut asked.settings).during(|| format!("--volumes-from `{other}`"))?;
    }
    let id_file = asked.lifetime.cidfile.as_deref().map(IdFile::claim).transpose()?;
    let progress = progress::choose(asked.registry.quiet);
    let pull_options = asked.registry.into_pull_options(asked.pull_policy)?;
    let find = |name: &str| {
        let found = pull::ensure(store, name, &pull_options, progress.as_ref())?;
        Image::read(store, found)
    };
    let image = match &asked.settings.image {
        ImageSource::Named(name) => Some(find(name)?),
        _ => None,
    };
    for mount in &mut asked.settings.mounts {
        if let MountKind::Image { name, diff_ids } = &mut mount.kind {
            *diff_ids = find(name).during(|| format!("mount image `{name}`"))?.record.diff_ids;
        }
    }
    let pod = join_pod(store, &asked.lifetime, &mut asked.settings, &asked.own_namespaces)?;
    // Nothing that is there goes before all that was asked for is known to be right.
    let replaced = if asked.lifetime.replace { remove_predecessor(store, &asked.settings) } else { Ok(()) };
    let created = replaced.and_then(|()| container::create::create(store, asked.settings, image.as_ref()));
    let container = created.inspect_err(|_| {
        pod.iter().for_each(|pod| drop(pod::remove(store, pod, IfRunning::Refuse))); // What stays is empty.
    })?;
    if let Some(id_file) = id_file {
        id_file.fill(container.id())?;
    }
    Ok(container)
}

/// The words that this process was called with.
pub fn command_line() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// `--pod` and `--pod-id-file`; the pod, if it was made for this.
fn join_pod(
    store: &Store,
    options: &LifetimeOptions,
    settings: &mut Settings,
    own: &[NamespaceKind],
) -> Result<Option<Pod>> {
    let wanted = match (&options.pod, &options.pod_id_file) {
        (Some(wanted), _) => wanted.clone(),
        (None, Some(path)) => id_in_file("--pod-id-file", path)?,
        (None, None) => return Ok(None),
    };
    match wanted.strip_prefix("new:") {
        Some(name) => pod::join_new(store, settings, own, name).map(Some),
        None => pod::join(settings, own, &pod::find_holder(store, &wanted)?).map(|()| None),
    }
}

/// `--volumes-from CONTAINER[:OPTIONS]`: what another container has mounted, where nothing else was asked for.
fn take_mounts(store: &Store, other: &str, settings: &mut Settings) -> Result<()> {
    let (name, options) = other.split_once(':').unwrap_or((other, ""));
    let read_only = match options {
        "" | "rw" | "z" | "Z" => false,
        "ro" => true,
        _ => return Err(Error::usage(format!("expected `ro` or `rw`, not `{options}`"))),
    };
    let other = container::find(store, name)?;
    let is_shared = |mount: &&MountRequest| {
        matches!(mount.kind, MountKind::Bind { .. } | MountKind::Volume { .. } | MountKind::Image { .. })
    };
    for mount in other.record.settings.mounts.iter().filter(is_shared) {
        if !settings.mounts.iter().any(|own| own.destination == mount.destination) {
            settings.mounts.push(MountRequest { read_only: mount.read_only || read_only, ..mount.clone() });
        }
    }
    Ok(())
}

/// `--replace`: removes the container that has the name, running or not.
fn remove_predecessor(store: &Store, settings: &Settings) -> Result<()> {
    let Some(name) = &settings.name else {
        return Err(Error::usage("--replace needs --name: which container is to be replaced?"));
    };
    match container::find(store, name) {
        Ok(old) if old.record.name == *name => {
            let patience = Duration::from_secs(old.record.settings.stop_timeout.into());
            remove(store, &old, IfRunning::Stop(patience), Volumes::Keep)
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind == Kind::Absent => Ok(()),
        Err(error) => Err(error),
    }
}

/// `--cidfile` and `--pod-id-file`: claimed before anything is made, filled when that is there, else taken back.
pub struct IdFile {
    path: PathBuf,
    file: fs::File,
    is_filled: bool,
}

impl IdFile {
    pub fn claim(path: &Path) -> Result<IdFile> {
        let file = match fs::File::create_new(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(error).hint(|| "if it was left by one that is gone, remove it")
            }
            file => file.map_err(Error::from),
        };
        let file = file.during(|| format!("write the ID to `{}`", path.display()))?;
        Ok(IdFile { path: path.to_owned(), file, is_filled: false })
    }

    /// Without a newline, as Docker writes it.
    pub fn fill(mut self, id: &str) -> Result<()> {
        self.file.write_all(id.as_bytes()).during(|| format!("write `{}`", self.path.display()))?;
        self.is_filled = true;
        Ok(())
    }
}

impl Drop for IdFile {
    fn drop(&mut self) {
        if !self.is_filled {
            let _ = fs::remove_file(&self.path); // The command fails for a better reason.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_file_is_never_overwritten_and_only_left_when_filled() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("id");
        drop(IdFile::claim(&path).unwrap());
        assert!(!path.exists());
        IdFile::claim(&path).unwrap().fill("0123").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "0123");
        assert!(IdFile::claim(&path).is_err_and(|error| error.kind.exit_code() == 125));
    }
}
