//! Remove: the members go first, the holder last, and with it the pod.

use super::{Pod, stop};
use crate::container::remove::{IfRunning, Volumes, remove as remove_container, remove_holder};
use crate::error::{During, Error, Kind, Result};
use crate::store::Store;
use crate::store::events::Action;

/// Removes a pod with its containers. One that is killed on the way leaves a pod of fewer containers.
pub fn remove(store: &Store, pod: &Pod, if_running: IfRunning) -> Result<()> {
    let act = || format!("remove pod `{}`", pod.name());
    match if_running {
        IfRunning::Refuse => refuse_running(pod).during(act)?,
        // What stands still is not stopped, but killed when it is removed.
        IfRunning::Stop(timeout) => drop(stop(store, pod, Some(timeout))),
    }
    remove_members(store, pod, if_running).during(act)?;
    remove_holder(store, &pod.holder, if_running).during(act)?;
    // A container that was put into it meanwhile: its maker sees that the pod is gone, or we see the container.
    let late = list_members(store, pod)?;
    remove_members(store, &Pod { members: late, ..pod.clone() }, if_running).during(act)?;
    pod.tell(store, Action::Remove);
    Ok(())
}

fn refuse_running(pod: &Pod) -> Result<()> {
    for (container, status) in pod.look()?.containers {
        if status.live().is_some() {
            return Err(Error::new(format!("container `{}` is {}", container.record.name, status.word()))
                .of_kind(Kind::InUse)
                .with_hint(format!("stop it first with `box pod stop {0}`, or use `box pod rm -f {0}`", pod.name())));
        }
    }
    Ok(())
}

fn remove_members(store: &Store, pod: &Pod, if_running: IfRunning) -> Result<()> {
    pod.members.iter().try_for_each(|member| remove_container(store, member, if_running, Volumes::RemoveAnonymous))
}

fn list_members(store: &Store, pod: &Pod) -> Result<Vec<crate::container::Container>> {
    let members = crate::container::list(store)?;
    Ok(members.into_iter().filter(|container| container.record.settings.pod.as_deref() == Some(pod.id())).collect())
}
