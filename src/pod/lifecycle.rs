//! Start, stop, kill, pause: what is done to a pod is done to its containers, in an order in which none misses what it
//! shares.

use std::time::Duration;

use super::Pod;
use crate::container::record::Status;
use crate::container::start::{Machine, ensure_started};
use crate::container::{self, Container};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::events::Action;

/// Starts the holder, then the members, the oldest first; one that cannot start does not keep the others from it. The
/// texts are warnings.
pub fn start(store: &Store, machine: &Machine, pod: &Pod) -> Result<Vec<String>> {
    for member in &pod.members {
        // Its holder was killed: it is in a network that leads nowhere.
        if pod.is_cut_off(member)? {
            container::stop::stop(member, None, None)?;
        }
    }
    let mut warnings = Vec::new();
    let outcome = each(pod.containers(), |container| {
        warnings.extend(ensure_started(store, machine, container)?);
        Ok(())
    });
    pod.tell(store, Action::Start);
    outcome.map(|()| warnings)
}

/// Ends the members, all at the same time, and then the holder, so that they have a network to the last.
pub fn stop(store: &Store, pod: &Pod, timeout: Option<Duration>) -> Result<()> {
    let stop = |container: &Container| container::stop::stop(container, None, timeout);
    std::thread::scope(|scope| {
        let stopping: Vec<_> = pod.members.iter().map(|member| scope.spawn(move || stop(member))).collect();
        stopping.into_iter().try_for_each(|one| one.join().expect("a stop does not panic"))
    })?;
    stop(&pod.holder)?;
    pod.tell(store, Action::Stop);
    Ok(())
}

/// Sends a signal to everything in the pod that runs.
pub fn kill(store: &Store, pod: &Pod, number: i32) -> Result<()> {
    let running = live(pod)?;
    if running.is_empty() {
        return Err(Error::new(format!("nothing runs in pod `{}`", pod.name())));
    }
    // The holder comes last: members that share its processes end with it.
    each(running.into_iter().rev(), |container| match container::stop::kill(container, number) {
        Err(_) if container.status()?.live().is_none() => Ok(()),
        outcome => outcome,
    })?;
    pod.tell(store, Action::Kill);
    Ok(())
}

pub fn pause(store: &Store, pod: &Pod) -> Result<()> {
    let moves = |container: &&Container| matches!(container.status(), Ok(Status::Running(_)));
    each(pod.members.iter().chain([&pod.holder]).filter(moves), container::pause::pause)?;
    pod.tell(store, Action::Pause);
    Ok(())
}

pub fn unpause(store: &Store, pod: &Pod) -> Result<()> {
    let stands_still = |container: &&Container| matches!(container.status(), Ok(Status::Paused(_)));
    each(pod.containers().filter(stands_still), container::pause::unpause)?;
    pod.tell(store, Action::Unpause);
    Ok(())
}

/// What has processes, the holder first.
fn live(pod: &Pod) -> Result<Vec<&Container>> {
    let mut live = Vec::new();
    for container in pod.containers() {
        if container.status()?.live().is_some() {
            live.push(container);
        }
    }
    Ok(live)
}

/// Does `act` to one after the other, whatever becomes of those before; the first error is told.
fn each<'c>(
    containers: impl Iterator<Item = &'c Container>,
    act: impl FnMut(&'c Container) -> Result<()>,
) -> Result<()> {
    let outcomes: Vec<Result<()>> = containers.map(act).collect();
    outcomes.into_iter().collect()
}
