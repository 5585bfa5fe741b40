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

/// Starts the holder, then the members, the oldest first; one that cannot start does not keep the others from it.
pub fn start(store: &Store, machine: &Machine, pod: &Pod, warn: impl Fn(String)) -> Result<()> {
    let look = pod.look()?;
    // Its holder was killed: it is in a network that leads nowhere.
    let cut_off = look.containers.iter().filter(|(_, status)| look.is_cut_off(status));
    each(cut_off.map(|(member, _)| *member), |member| container::stop::stop(member, None, None))?;
    let outcome = each(pod.containers(), |container| {
        ensure_started(store, machine, container)?.into_iter().for_each(&warn);
        Ok(())
    });
    pod.tell(store, Action::Start);
    outcome
}

/// Ends the members, all at the same time, and then the holder, so that they have a network to the last.
pub fn stop(store: &Store, pod: &Pod, timeout: Option<Duration>) -> Result<()> {
    let stop = |container: &Container| container::stop::stop(container, None, timeout);
    std::thread::scope(|scope| {
        let stopping: Vec<_> = pod.members.iter().map(|member| scope.spawn(move || stop(member))).collect();
        Error::all(stopping.into_iter().map(|one| one.join().expect("a stop does not panic")))
    })?;
    stop(&pod.holder)?;
    pod.tell(store, Action::Stop);
    Ok(())
}

/// Sends a signal to everything in the pod that runs.
pub fn kill(store: &Store, pod: &Pod, number: i32) -> Result<()> {
    let look = pod.look()?;
    let running: Vec<&Container> =
        look.containers.iter().filter(|(_, status)| status.live().is_some()).map(|(container, _)| *container).collect();
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

/// Does `act` to one after the other, whatever becomes of those before.
fn each<'c>(
    containers: impl Iterator<Item = &'c Container>,
    act: impl FnMut(&'c Container) -> Result<()>,
) -> Result<()> {
    Error::all(containers.map(act))
}
