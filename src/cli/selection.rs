//! Which containers a command is about, and what becomes of each.

use std::path::{Path, PathBuf};

use super::{personality, print, ps};
use crate::container::{self, Container};
use crate::error::{During as _, Error, Kind, Result};
use crate::store::Store;

#[derive(clap::Args, Debug, Default)]
pub struct Selection {
    /// Names or IDs of containers, or beginnings of IDs
    #[arg(value_name = "CONTAINER", required_unless_present_any = ["all", "latest", "cidfile", "filters"])]
    pub names: Vec<String>,
    /// All containers
    #[arg(short, long, conflicts_with_all = ["names", "latest"])]
    pub all: bool,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "names")]
    pub latest: bool,
    /// The container whose ID this file holds
    #[arg(long, value_name = "FILE")]
    pub cidfile: Vec<PathBuf>,
    /// The containers that match `key=value`; the keys are those of `box ps`
    #[arg(short, long = "filter", value_name = "FILTER", conflicts_with_all = ["names", "latest", "cidfile"])]
    pub filters: Vec<String>,
}

/// What a missing container means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfAbsent {
    Fail,
    /// Fail as the commands do that remove something: with 1, whoever's manners we have.
    FailToRemove,
    Ignore,
}

impl IfAbsent {
    /// For a command that removes something: forced, it does not mind what is gone already.
    pub fn of_removal(force: bool) -> IfAbsent {
        if force { IfAbsent::Ignore } else { IfAbsent::FailToRemove }
    }
}

/// A container under the name that the caller gave it.
pub type Named = (String, Result<Container>);

impl Selection {
    /// Whether no container in particular is meant: those for which the command makes no sense are then passed over.
    pub fn is_general(&self) -> bool {
        self.all || !self.filters.is_empty()
    }

    /// Looks everything up; one that is missing is told in its place, so that the others are still served.
    pub fn find(&self, store: &Store) -> Result<Vec<Named>> {
        let by_id = |container: Container| (container.id().to_owned(), Ok(container));
        if !self.filters.is_empty() {
            return Ok(ps::matching(store, &self.filters)?.into_iter().map(by_id).collect());
        }
        if self.all {
            return Ok(container::list(store)?.into_iter().filter(ps::is_shown).map(by_id).collect());
        }
        if self.latest {
            return Ok(vec![by_id(container::latest(store)?)]);
        }
        let mut names = self.names.clone();
        for path in &self.cidfile {
            names.push(id_in_file("--cidfile", path)?);
        }
        Ok(names.into_iter().map(|name| (name.clone(), container::find(store, &name))).collect())
    }
}

/// What `--cidfile` or `--pod-id-file` names.
pub fn id_in_file(option: &str, path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).during(|| format!("{option} `{}`", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The one container of a command that takes one: by name, or the latest.
pub fn find_one(store: &Store, name: Option<&str>, latest: bool) -> Result<Container> {
    match (name, latest) {
        (None, true) => container::latest(store),
        (Some(name), false) => container::find(store, name),
        _ => Err(Error::usage("expected the name of one container, or --latest")),
    }
}

/// Does `act` to one container after the other and echoes the names of those for which it worked.
///
/// A failure is reported at once and does not keep the others waiting; the exit code is that of the first one.
pub fn for_each(containers: Vec<Named>, if_absent: IfAbsent, act: impl Fn(&Container) -> Result<()>) -> Result<u8> {
    let outcomes =
        containers.into_iter().map(|(name, container)| (name, container.and_then(|container| act(&container))));
    report(outcomes, if_absent)
}

/// Does `act` to several containers at the same time, ahead of an act that tells what became of each.
pub fn at_once(containers: &[Named], act: impl Fn(&Container) -> Result<()> + Sync) {
    let found: Vec<&Container> = containers.iter().filter_map(|(_, container)| container.as_ref().ok()).collect();
    if found.len() > 1 {
        std::thread::scope(|scope| {
            let act = &act;
            found.into_iter().for_each(|container| drop(scope.spawn(move || act(container))));
        });
    }
}

/// As [`for_each`], for acts that wait: all containers are served at the same time.
pub fn for_each_at_once(
    containers: Vec<Named>,
    if_absent: IfAbsent,
    act: impl Fn(&Container) -> Result<()> + Sync,
) -> Result<u8> {
    if containers.len() < 2 {
        return for_each(containers, if_absent, act);
    }
    std::thread::scope(|scope| {
        let act = &act;
        let running: Vec<_> = containers
            .into_iter()
            .map(|(name, container)| (name, scope.spawn(move || container.and_then(|container| act(&container)))))
            .collect();
        let outcomes = running.into_iter().map(|(name, thread)| (name, thread.join().expect("an act does not panic")));
        report(outcomes, if_absent)
    })
}

/// Echoes the names of those for which it worked, and reports the others.
pub fn report(outcomes: impl Iterator<Item = (String, Result<()>)>, if_absent: IfAbsent) -> Result<u8> {
    let mut exit_code = 0;
    for (name, outcome) in outcomes {
        match outcome {
            Ok(()) => print::line(name)?,
            Err(error) if error.kind == Kind::Absent && if_absent == IfAbsent::Ignore => {}
            Err(error) => {
                print::error(&error);
                let code = match if_absent {
                    IfAbsent::FailToRemove => error.kind.exit_code(),
                    IfAbsent::Fail | IfAbsent::Ignore => personality::exit_code(&error),
                };
                exit_code = if exit_code == 0 { code } else { exit_code };
            }
        }
    }
    Ok(exit_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_gives_the_exit_code_and_stops_nobody() {
        let outcomes = [Ok(()), Err(Error::absent("container", "x")), Err(Error::new("y")), Ok(())];
        let named = |outcomes: [Result<()>; 4]| outcomes.into_iter().map(|outcome| ("name".to_owned(), outcome));
        assert_eq!(report(named(outcomes.clone()), IfAbsent::Fail).unwrap(), 1);
        assert_eq!(report(named(outcomes), IfAbsent::Ignore).unwrap(), 125);
    }
}
