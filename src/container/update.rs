//! Update: other limits for a container, at once where it runs, and other words for its next start.

use super::processes::Members;
use super::record::{Container, State};
use super::start::Machine;
use super::{change, keep, ports};
use crate::cgroup;
use crate::error::{During, Error, Result};
use crate::settings::{Limits, PortRequest, RestartPolicy, Settings, Ulimit};
use crate::store::Store;
use crate::store::events::Action;

/// What is to change.
#[derive(Clone, Debug, Default)]
pub struct Change {
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
pub fn update(
    store: &Store,
    machine: &Machine,
    container: &Container,
    change: &Change,
    change_limits: impl Fn(&mut Limits) -> Result<()>,
) -> Result<Vec<String>> {
    let act = || format!("update container `{}`", container.record.name);
    if container.record.settings.remove_at_exit && change.restart.is_some_and(|policy| policy != RestartPolicy::No) {
        return Err(Error::usage("it is removed when it ends, and cannot be started again")).during(act);
    }
    let mut warnings = Vec::new();
    let alter = |current: &mut Container, mut state: Option<&mut State>| {
        let mut limits = current.record.settings.limits.clone();
        change_limits(&mut limits)?;
        if limits != current.record.settings.limits {
            warnings = apply_limits(current, state.as_deref_mut(), &limits)?;
            current.record.settings.limits = limits;
        }
        for port in &change.unpublish {
            ports::unpublish(current, state.as_deref_mut(), port)?;
        }
        for port in &change.publish {
            ports::publish(current, state.as_deref_mut(), port)?;
        }
        change.apply(&mut current.record.settings);
        Ok(())
    };
    let (changed, lock) = change::on_record(container, alter).during(act)?;
    keep::begin_again(store, machine, &changed, &lock).during(act)?;
    changed.tell(Action::Update);
    Ok(warnings)
}

fn apply_limits(container: &Container, state: Option<&mut State>, limits: &Limits) -> Result<Vec<String>> {
    let Some(state) = state else {
        // Whether they can be kept shows when it is started; whether they mean anything, now.
        return cgroup::Plan::choose(limits, container.id()).map(|(_, warnings)| warnings);
    };
    let members = Members::of(&container.record.settings, state)?;
    let (plan, warnings) = state.cgroup.update(limits, container.id(), state.payload.pid, &|| members.list())?;
    state.cgroup = plan;
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
