//! Keeping: a container that is to be restarted when it ends, or whose health is checked, has a keeper, a process that
//! looks after it (`box-keeper`). Here is who begins and dismisses it, and what it needs to remember.
//!
//! The keeper is no part of the monitor, which has given up every right to start anything. A container without a policy
//! and a check has none.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::finish::remove_if_there;
use super::health::Check;
use super::others::wait_for_others;
use super::record::{Container, Record};
use super::start::Machine;
use crate::disk::{Lock, record};
use crate::error::{During, Error, Result};
use crate::process::Role;
use crate::process::liveness::{Identity, has_ended_within};
use crate::process::spawn::own_binary;
use crate::rootfs::Driver;
use crate::settings::RestartPolicy;
use crate::store::Store;

const FILE: &str = "keeper.json";
/// Somebody has asked it to end: no policy brings it back, not even after a reboot.
const STOPPED: &str = "stopped";

/// Who keeps a container, and how often it was restarted since somebody started it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Keeper {
    pub process: Identity,
    pub restarts: u32,
}

impl Keeper {
    pub fn of(container: &Container) -> Result<Option<Keeper>> {
        record::read(&container.dir.join(FILE))
    }

    pub fn save(&self, container: &Container) -> Result<()> {
        record::write_unsynced(&container.dir.join(FILE), self)
    }
}

/// What a keeper is told, as words on its command line.
#[derive(Clone, Debug)]
pub struct Duty {
    pub store_root: PathBuf,
    pub runtime_root: PathBuf,
    pub driver: Option<Driver>,
    pub container_id: String,
}

impl Duty {
    pub fn to_words(&self) -> Vec<String> {
        let path = |path: &PathBuf| path.to_string_lossy().into_owned();
        let driver = self.driver.map_or("", Driver::name);
        vec![path(&self.store_root), path(&self.runtime_root), driver.to_owned(), self.container_id.clone()]
    }

    pub fn of_words(mut words: impl Iterator<Item = String>) -> Option<Duty> {
        Some(Duty {
            store_root: words.next()?.into(),
            runtime_root: words.next()?.into(),
            driver: Driver::named(&words.next()?),
            container_id: words.next()?,
        })
    }
}

/// Has the container kept that was just started, if that is wanted.
pub fn begin(store: &Store, machine: &Machine, container: &Container) -> Result<()> {
    if !is_wanted(&container.record) {
        return Ok(());
    }
    let lock = Lock::exclusive(&container.dir.join("update.lock"))?;
    begin_locked(store, machine, container, &lock)
}

/// For whoever has changed what is wanted, and still has the lock of changes.
pub fn begin_again(store: &Store, machine: &Machine, container: &Container, lock: &Lock) -> Result<()> {
    match container.status()?.live() {
        Some(_) if is_wanted(&container.record) => begin_locked(store, machine, container, lock),
        _ => Ok(()),
    }
}

/// One keeper is enough.
fn begin_locked(store: &Store, machine: &Machine, container: &Container, _lock: &Lock) -> Result<()> {
    if Keeper::of(container)?.is_some_and(|keeper| keeper.process.is_alive()) {
        return Ok(());
    }
    let duty = Duty {
        store_root: store.root().to_owned(),
        runtime_root: machine.runtime_root.clone(),
        driver: machine.driver,
        container_id: container.id().to_owned(),
    };
    let mut command = own_binary(Role::Keeper);
    command.args(duty.to_words()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().during(|| format!("start the keeper of container `{}`", container.record.name))?;
    let process = Identity::of(nix::unistd::Pid::from_raw(child.id() as i32))?;
    Keeper { process, restarts: 0 }.save(container)
}

fn is_wanted(record: &Record) -> bool {
    record.settings.restart != RestartPolicy::No || Check::of(record).is_some()
}

/// Somebody wants the container to end: nobody looks after it any more.
pub fn dismiss(container: &Container) -> Result<()> {
    if is_wanted(&container.record) {
        match fs::write(container.dir.join(STOPPED), "") {
            // It has removed itself.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            written => written.during(|| "record that it was stopped")?,
        }
    }
    if relieve(container)? { settle(container) } else { Ok(()) }
}

/// A keeper that is killed while it starts the container leaves that to the monitor: until it runs, or does not, nobody
/// can tell what there is to end.
fn settle(container: &Container) -> Result<()> {
    let is_settled =
        || Ok::<_, Error>(container.status()?.live().is_some() || Lock::try_exclusive_dir(&container.dir)?.is_some());
    wait_for_others(|| Ok((!container.dir.exists() || is_settled()?).then_some(())))?;
    Ok(())
}

/// Whether somebody wants it to stay as it is.
pub fn is_dismissed(container: &Container) -> bool {
    container.dir.join(STOPPED).exists()
}

/// Ends the keeper, if there is one: another one begins, or none.
fn relieve(container: &Container) -> Result<bool> {
    let Some(keeper) = Keeper::of(container)? else { return Ok(false) };
    // A keeper that stops or restarts its container is not to end itself on the way.
    if keeper.process.pid == std::process::id() as i32 {
        return Ok(false);
    }
    let Some(handle) = keeper.process.open()? else { return Ok(false) };
    let _ = rustix::process::pidfd_send_signal(&handle, rustix::process::Signal::KILL); // It ends by itself.
    has_ended_within(&handle, None);
    Ok(true)
}

/// Somebody starts it, and has its lock: no keeper can be on the way to do so.
pub fn forget(container: &Container) -> Result<()> {
    relieve(container)?;
    [FILE, STOPPED].iter().try_for_each(|file| Ok(remove_if_there(&container.dir.join(file))?))
}

/// Whether it is to be started when the machine comes up.
pub fn starts_at_boot(container: &Container) -> bool {
    match container.record.settings.restart {
        RestartPolicy::Always => true,
        RestartPolicy::UnlessStopped => !is_dismissed(container),
        RestartPolicy::No | RestartPolicy::OnFailure { .. } => false,
    }
}

/// When to try again, and when to give up.
#[derive(Debug, Default)]
pub struct Patience {
    /// Restarts in a row after which it ran for a moment only.
    in_a_row: u32,
}

impl Patience {
    /// How long to wait before the next start of a container that ended with `code` after `ran`; `None`: for ever.
    pub fn after(&mut self, policy: RestartPolicy, code: i32, ran: Duration) -> Option<Duration> {
        const FIRST: Duration = Duration::from_millis(100);
        const LONGEST: Duration = Duration::from_secs(60);
        const LONG_ENOUGH: Duration = Duration::from_secs(10);
        if ran >= LONG_ENOUGH {
            *self = Patience::default();
        }
        match policy {
            RestartPolicy::No => return None,
            RestartPolicy::OnFailure { .. } if code == 0 => return None,
            RestartPolicy::OnFailure { most: Some(most) } if self.in_a_row >= most => return None,
            _ => {}
        }
        let wait = FIRST.saturating_mul(2u32.saturating_pow(self.in_a_row)).min(LONGEST);
        self.in_a_row += 1;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(5);

    #[test]
    fn each_try_waits_longer_until_one_has_run_for_a_while() {
        let mut patience = Patience::default();
        let mut after = |ran| patience.after(RestartPolicy::Always, 0, ran).unwrap().as_millis();
        assert_eq!([after(MOMENT), after(MOMENT), after(MOMENT)], [100, 200, 400]);
        assert_eq!(after(Duration::from_secs(10)), 100);
        assert_eq!((0..50).map(|_| after(MOMENT)).last(), Some(60_000));
    }

    #[test]
    fn policies_differ_in_what_they_bring_back() {
        let after = |policy, code| Patience::default().after(policy, code, MOMENT).is_some();
        assert!(!after(RestartPolicy::No, 1));
        assert!(after(RestartPolicy::Always, 0) && after(RestartPolicy::UnlessStopped, 0));
        let on_failure = RestartPolicy::OnFailure { most: None };
        assert!(after(on_failure, 1) && !after(on_failure, 0));
        let mut patience = Patience::default();
        let twice = RestartPolicy::OnFailure { most: Some(2) };
        assert_eq!([1; 3].map(|code| patience.after(twice, code, MOMENT).is_some()), [true, true, false]);
    }

    #[test]
    fn a_duty_survives_the_command_line() {
        let duty = Duty {
            store_root: "/s".into(),
            runtime_root: "/r".into(),
            driver: Some(Driver::Copy),
            container_id: "x".into(),
        };
        let again = Duty::of_words(duty.to_words().into_iter()).unwrap();
        assert_eq!((again.driver, again.container_id.as_str()), (Some(Driver::Copy), "x"));
        assert!(Duty::of_words(std::iter::empty()).is_none());
    }
}
