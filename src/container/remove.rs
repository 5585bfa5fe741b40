//! Remove: a container leaves the disk, its name first.

use std::path::Path;
use std::time::Duration;

use super::create::release_dead_name;
use super::finish;
use super::keep;
use super::networks;
use super::others::wait_for_others;
use super::ownership;
use super::record::Container;
use super::stop::stop_at_once;
use super::volumes::remove_anonymous;
use crate::disk::Lock;
use crate::error::{During, Error, Kind, Result};
use crate::store::Store;
use crate::store::events::Action;

/// What to do with a container that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfRunning {
    Refuse,
    /// Stop it, and kill it after this time.
    Stop(Duration),
}

/// What becomes of the volumes that nobody has named and that no other container mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volumes {
    /// As they hold data that nobody has asked to remove. Those of a `--rm` container go all the same.
    Keep,
    RemoveAnonymous,
}

/// Removes a container with everything that is its own, and what killed commands have left.
pub fn remove(store: &Store, container: &Container, if_running: IfRunning, volumes: Volumes) -> Result<()> {
    match container.record.settings.held_pod() {
        None => take_off(store, container, if_running, volumes),
        Some(pod) => Err(Error::usage(format!("it holds pod `{}`, and leaves with it", pod.name)))
            .during(|| format!("remove container `{}`", container.record.name))
            .hint(|| format!("remove the pod with `box pod rm {}`", pod.name)),
    }
}

/// Removes the container that holds a pod, and with it the pod and its name.
pub fn remove_holder(store: &Store, holder: &Container, if_running: IfRunning) -> Result<()> {
    take_off(store, holder, if_running, Volumes::RemoveAnonymous)?;
    match holder.record.settings.held_pod() {
        Some(pod) => release_dead_name(store, &pod.name),
        None => Ok(()),
    }
}

fn take_off(store: &Store, container: &Container, if_running: IfRunning, volumes: Volumes) -> Result<()> {
    let act = || format!("remove container `{}`", container.record.name);
    // Held until it is gone, so that nobody starts it meanwhile.
    let Some(lock) = lock_ended(container, if_running).during(act)? else { return Ok(()) };
    forget_sockets(container).during(act)?;
    networks::forget(container).during(act)?;
    let trash = store.trash_path();
    finish::take_away(&container.dir, &store.container_names_dir(), &trash).during(act)?;
    container.tell(Action::Remove);
    drop(lock);
    let settings = &container.record.settings;
    if volumes == Volumes::RemoveAnonymous || settings.remove_at_exit {
        remove_anonymous(store, &settings.mounts).during(act)?;
    }
    store.sweep(ownership::remove_tree).during(act)
}

/// What a monitor that was killed has left in the runtime directory.
pub(super) fn forget_sockets(container: &Container) -> Result<()> {
    let sockets = container.last_start()?.and_then(|state| state.socket.parent().map(Path::to_owned));
    if let Some(dir) = sockets {
        let _ = std::fs::remove_dir_all(dir); // Gone already, or a reboot will take it.
    }
    Ok(())
}

/// Sees to it that the container does not run; its lock keeps it so. `None` when it is gone: one that removes itself
/// (--rm), or that somebody else removes, may be faster.
fn lock_ended(container: &Container, if_running: IfRunning) -> Result<Option<Lock>> {
    let locked = wait_for_others(|| {
        let status = container.status()?;
        match (status.live(), if_running) {
            // It may be about to be started once more.
            (None, _) => keep::dismiss(container)?,
            // Which dismisses its keeper, too.
            (Some(_), IfRunning::Stop(timeout)) => stop_at_once(container, timeout)?,
            (Some(_), IfRunning::Refuse) => {
                return Err(Error::new(format!("it is {}", status.word())).of_kind(Kind::InUse)).hint(|| {
                    format!("stop it first with `box stop {0}`, or use `box rm -f {0}`", container.record.name)
                });
            }
        }
        // Who has it instead may be somebody who starts it: then it runs, and may do so for years.
        let lock = Lock::try_exclusive_dir(&container.dir)?;
        let is_gone = !container.dir.join("record.json").exists();
        Ok((lock.is_some() || is_gone).then_some(lock.filter(|_| !is_gone)))
    })?;
    locked.ok_or_else(|| Error::new("somebody else is starting, ending or removing it").of_kind(Kind::InUse))
}
