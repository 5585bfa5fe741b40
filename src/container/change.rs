//! Changing a container that may run, start or end meanwhile: what is on record of it, and with it what is known of the
//! process that runs.

use super::others::wait_for_others;
use super::record::{Container, State};
use crate::disk::{Lock, record};
use crate::error::{Error, Result};
use crate::network::{Plan, builtin};

/// Has `alter` change the record, and of a container that runs the container itself and its state. What has come of
/// that is on record when this returns: after an error what runs as it now does, and what was asked for as it was.
/// The lock keeps others from changing it.
pub(super) fn on_record(
    container: &Container,
    alter: impl FnOnce(&mut Container, Option<&mut State>) -> Result<()>,
) -> Result<(Container, Lock)> {
    let lock = Lock::exclusive(&container.dir.join("update.lock"))?;
    let _held = live_or_held(container)?;
    // Somebody may have changed it while we waited.
    let absent = || Error::absent("container", &container.record.name);
    let mut current = Container::read(&container.dir)?.ok_or_else(absent)?;
    let before = current.status()?.live().cloned();
    let mut state = before.clone();
    if let Some(state) = &mut state
        && let Plan::Builtin(_) = state.network
        // One without a network of its own tells nothing, and one of an older box need not know how.
        && let Ok(followed) = builtin::tell(state.runtime_dir())
    {
        state.network.follow(followed);
    }
    let altered = alter(&mut current, state.as_mut());
    if state != before {
        record::write_unsynced(&current.dir.join("state.json"), &state)?;
    }
    altered?;
    record::write(&current.dir.join("record.json"), &current.record)?;
    Ok((current, lock))
}

/// It runs, and has told so; or as long as this is held, it does not start (`Some`). Between the two somebody starts,
/// ends or removes it, which is waited for.
fn live_or_held(container: &Container) -> Result<Option<Lock>> {
    wait_for_others(|| {
        let lock = Lock::try_exclusive_dir(&container.dir)?;
        let is_live = || Ok::<bool, Error>(container.status()?.live().is_some());
        Ok((lock.is_some() || !container.dir.exists() || is_live()?).then_some(lock))
    })?
    .ok_or_else(|| Error::new("somebody else is starting, ending or removing it"))
}
