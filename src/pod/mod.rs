//! Pods: containers that share namespaces, held by one that has neither an image nor a program.
//!
//! There is no directory of pods. A pod is the container that holds it: its ID is the pod's, its labels, ports, network
//! and mounts are the pod's, and `settings.image` says what else there is to know. The other containers of the pod name
//! it in `settings.pod`, join its namespaces as those of any other container, and require it, so that it is started
//! before them. So nothing can disagree, and every verb of containers is one of pods.

mod create;
mod lifecycle;
mod membership;
mod remove;

pub use create::create;
pub use lifecycle::{kill, pause, start, stop, unpause};
pub use membership::{USUALLY_SHARED, join, join_new};
pub use remove::remove;

use crate::container::{self, Container, Status, record};
use crate::error::{Error, Result};
use crate::settings::PodSettings;
use crate::store::Store;
use crate::store::events::{self, Action, Subject};

/// A pod at one moment.
#[derive(Clone, Debug)]
pub struct Pod {
    pub holder: Container,
    /// The containers in it, the one that was made first first.
    pub members: Vec<Container>,
}

impl Pod {
    /// 64 hexadecimal digits.
    pub fn id(&self) -> &str {
        self.holder.id()
    }

    pub fn settings(&self) -> &PodSettings {
        self.holder.record.settings.held_pod().expect("only what holds a pod becomes one")
    }

    pub fn name(&self) -> &str {
        &self.settings().name
    }

    /// Everything that runs when the pod does, the holder first.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        Some(&self.holder).filter(|_| !self.settings().is_bare).into_iter().chain(&self.members)
    }

    /// Asks each of its containers once what it is doing.
    pub fn look(&self) -> Result<Look<'_>> {
        let status = |container| Ok((container, Container::status(container)?));
        let containers = self.containers().map(status).collect::<Result<Vec<_>>>()?;
        let holder = containers.first().filter(|_| !self.settings().is_bare);
        let held_since = holder.map(|(_, status)| status.live().map(|state| state.started.clone()));
        Ok(Look { containers, held_since })
    }

    pub fn state(&self) -> Result<State> {
        Ok(self.look()?.state())
    }

    fn tell(&self, store: &Store, action: Action) {
        store.tell(Subject::new(events::Kind::Pod, self.id(), self.name()), action);
    }
}

/// What the containers of a pod are doing at one moment.
#[derive(Debug)]
pub struct Look<'p> {
    /// As [`Pod::containers`] has them.
    pub containers: Vec<(&'p Container, Status)>,
    /// When what is shared came to be, RFC 3339; `Some(None)`: nothing holds it. `None`: nothing is shared.
    held_since: Option<Option<String>>,
}

impl Look<'_> {
    pub fn state(&self) -> State {
        let statuses: Vec<&Status> = self.containers.iter().map(|(_, status)| status).collect();
        match State::of(&statuses) {
            State::Running if statuses.iter().any(|status| self.is_cut_off(status)) => State::Degraded,
            state => state,
        }
    }

    /// Whether a container runs in the namespaces of an earlier start of the holder.
    fn is_cut_off(&self, status: &Status) -> bool {
        match (&self.held_since, status.live()) {
            (Some(Some(since)), Some(state)) => state.started < *since,
            (Some(None), Some(_)) => true,
            _ => false,
        }
    }
}

/// What a pod is doing, in Podman's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Created,
    Running,
    /// Some of it runs.
    Degraded,
    /// All of it has ended.
    Exited,
    /// Some of it has ended, and the rest was never started.
    Stopped,
    Paused,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            State::Created => "Created",
            State::Running => "Running",
            State::Degraded => "Degraded",
            State::Exited => "Exited",
            State::Stopped => "Stopped",
            State::Paused => "Paused",
        }
    }

    fn of(statuses: &[&Status]) -> State {
        let count = |is_it: fn(&Status) -> bool| statuses.iter().filter(|status| is_it(status)).count();
        let all = statuses.len();
        let running = count(|status| matches!(status, Status::Running(_)));
        let paused = count(|status| matches!(status, Status::Paused(_)));
        let ended = count(|status| matches!(status, Status::Exited { .. }));
        match () {
            () if all == 0 => State::Created,
            () if running == all => State::Running,
            () if running > 0 => State::Degraded,
            () if paused == all => State::Paused,
            () if ended == all => State::Exited,
            () if ended > 0 => State::Stopped,
            () => State::Created,
        }
    }
}

/// All pods, the newest first.
pub fn list(store: &Store) -> Result<Vec<Pod>> {
    let (holders, mut others): (Vec<Container>, Vec<Container>) =
        container::list(store)?.into_iter().partition(|container| container.record.settings.held_pod().is_some());
    others.reverse();
    let of_pod = |holder: Container| {
        let is_in = |other: &&Container| other.record.settings.pod.as_deref() == Some(holder.id());
        let members = others.iter().filter(is_in).cloned().collect();
        Pod { holder, members }
    };
    Ok(holders.into_iter().map(of_pod).collect())
}

/// Finds a pod by name, ID or unambiguous beginning of an ID.
pub fn find(store: &Store, wanted: &str) -> Result<Pod> {
    let pods = list(store)?;
    if let Some(named) = pods.iter().find(|pod| pod.name() == wanted) {
        return Ok(named.clone());
    }
    let mut matching = pods.into_iter().filter(|pod| !wanted.is_empty() && pod.id().starts_with(wanted));
    match (matching.next(), matching.next()) {
        (Some(pod), None) => Ok(pod),
        (Some(_), Some(_)) => Err(Error::new(format!("more than one pod's id begins with `{wanted}`"))),
        _ => Err(Error::absent("pod", wanted.escape_debug()).with_hint("`box pod ps` lists them")),
    }
}

/// The container that holds a pod: by the pod's name, only that one's record is read.
pub fn find_holder(store: &Store, wanted: &str) -> Result<Container> {
    let named = record::id_of_name(store, wanted)?.map(|id| Container::read(&store.container_dir(&id)));
    match named.transpose()?.flatten() {
        Some(holder) if holder.record.settings.held_pod().is_some_and(|pod| pod.name == wanted) => Ok(holder),
        _ => find(store, wanted).map(|pod| pod.holder),
    }
}

/// The pod made last.
pub fn latest(store: &Store) -> Result<Pod> {
    list(store)?.into_iter().next().ok_or_else(|| Error::new("there is no pod"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(words: &str) -> State {
        let identity = crate::process::liveness::Identity { pid: 42, start_time: 1, boot_id: String::new() };
        let live = record::State {
            payload: identity.clone(),
            monitor: identity,
            started: String::new(),
            socket: "/run/x".into(),
            network: Default::default(),
            cgroup: Default::default(),
        };
        let status = |word| match word {
            'c' => Status::Created,
            'r' => Status::Running(Box::new(live.clone())),
            'p' => Status::Paused(Box::new(live.clone())),
            _ => Status::Exited { started: None, exit: None },
        };
        let statuses: Vec<Status> = words.chars().map(status).collect();
        State::of(&statuses.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_state_of_a_pod_is_podmans_word_for_that_of_its_containers() {
        for (containers, word) in [
            ("", "Created"),
            ("c", "Created"),
            ("cc", "Created"),
            ("rr", "Running"),
            ("rc", "Degraded"),
            ("re", "Degraded"),
            ("rp", "Degraded"),
            ("pp", "Paused"),
            ("ee", "Exited"),
            ("ec", "Stopped"),
            ("pc", "Created"),
        ] {
            assert_eq!(state(containers).word(), word, "{containers}");
        }
    }
}
