//! Update: other limits for a container, at once where it runs, and other words for its next start.

use super::processes::Members;
use super::record::{Container, Record};
use super::start::{Machine, live_or_held};
use super::{keep, networks};
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::settings::{Limits, PortRequest, RestartPolicy, Settings, Ulimit};
use crate::store::Store;
use crate::store::events::Action;

/// What is to change.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// All limits as they shall be; `None` leaves them.
    pub limits: Option<Limits>,
    /// For the next start on.
    pub env: Vec<(String, String)>,
    pub unset_env: Vec<String>,
    pub ulimits: Vec<Ulimit>,
    /// From its next end on.
    pub restart: Option<RestartPolicy>,
    /// Ports that are published no longer, and those that are from now on.
    pub unpublish: Vec<PortRequest>,
    pub publish: Vec<PortRequest>,
}

impl Change {
    fn apply(&self, settings: &mut Settings) {
        if let Some(limits) = &self.limits {
            settings.limits = limits.clone();
        }
        for name in &self.unset_env {
            settings.env.retain(|(known, _)| known != name);
            settings.unset_env.push(name.clone());
        }
        for (name, value) in &self.env {
            settings.unset_env.retain(|unset| unset != name);
            settings.env.retain(|(known, _)| known != name);
            settings.env.push((name.clone(), value.clone()));
        }
        settings.restart = self.restart.unwrap_or(settings.restart);
        for ulimit in &self.ulimits {
            settings.ulimits.retain(|known| known.name != ulimit.name);
            settings.ulimits.push(ulimit.clone());
        }
    }
}

/// Changes the container: what runs first, then what is recorded. The texts are warnings about limits that this machine
/// cannot keep.
pub fn update(store: &Store, machine: &Machine, container: &Container, change: &Change) -> Result<Vec<String>> {
    let act = || format!("update container `{}`", container.record.name);
    if container.record.settings.remove_at_exit && change.restart.is_some_and(|policy| policy != RestartPolicy::No) {
        return Err(Error::usage("it is removed when it ends, and cannot be started again")).during(act);
    }
    change.unpublish.iter().try_for_each(|port| networks::unpublish(container, port)).during(act)?;
    change.publish.iter().try_for_each(|port| networks::publish(container, port)).during(act)?;
    let _lock = Lock::exclusive(&container.dir.join("update.lock")).during(act)?;
    let held = live_or_held(container).during(act)?;
    // Somebody may have changed it while we waited.
    let current = Container::read(&container.dir)?.ok_or_else(|| Error::absent("container", &container.record.name))?;
    let warnings = match &change.limits {
        Some(limits) => apply_limits(&current, limits).during(act)?,
        None => Vec::new(),
    };
    let mut record: Record = current.record;
    change.apply(&mut record.settings);
    record::write(&container.dir.join("record.json"), &record).during(act)?;
    drop(held);
    let changed = Container { record, dir: container.dir.clone() };
    keep::begin_again(store, machine, &changed).during(act)?;
    container.tell(Action::Update);
    Ok(warnings)
}

fn apply_limits(container: &Container, limits: &Limits) -> Result<Vec<String>> {
    let status = container.status()?;
    let Some(state) = status.live() else {
        // Whether they can be kept shows when it is started; whether they mean anything, now.
        return crate::cgroup::Plan::choose(limits, container.id()).map(|(_, warnings)| warnings);
    };
    let members = Members::of(&container.record.settings, state)?;
    let payload = state.payload.pid;
    let (plan, warnings) = state.cgroup.update(limits, container.id(), payload, &|| members.list())?;
    let mut state = state.clone();
    state.cgroup = plan;
    record::write_unsynced(&container.dir.join("state.json"), &state)?;
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_set_and_taken_away_for_the_next_start() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut settings = Settings { env: vec![pair("A", "1"), pair("B", "2")], ..Settings::default() };
        let change = Change { env: vec![pair("A", "9")], unset_env: vec!["B".into(), "C".into()], ..Change::default() };
        change.apply(&mut settings);
        assert_eq!(settings.env, [pair("A", "9")]);
        assert_eq!(settings.unset_env, ["B", "C"]);
        Change { env: vec![pair("C", "3")], ..Change::default() }.apply(&mut settings);
        assert_eq!((settings.env.len(), settings.unset_env.as_slice()), (2, &["B".to_owned()][..]));
    }
}
