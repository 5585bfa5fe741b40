//! Process `box-keeper`: looks after one container that is to be restarted when it ends, or whose health is checked.
//!
//! | started by | whoever starts such a container, once it runs |
//! |---|---|
//! | is | one thread in a session of its own; outlives its caller |
//! | holds | nothing of the container: it asks the monitor, and acts as any other command would |
//! | may not | print; act for a container that somebody has stopped |
//! | ends | when there is nothing left to look after; killed by who stops or removes the container |

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::container::attach::connect_to_monitor;
use crate::container::health::{self, Check, Health, Word};
use crate::container::keep::{self, Duty, Keeper, Patience};
use crate::container::record::Container;
use crate::container::start::{Machine, start_again};
use crate::container::stop::{end, signal_it, stop};
use crate::container::wait::{Seen, ends_within, wait};
use crate::error::Result;
use crate::process::liveness::Identity;
use crate::settings::HealthAction;
use crate::store::Store;
use crate::store::events::Action;
use crate::sys;

/// The keeper's life. `arguments` are the words of its duty.
pub fn main(arguments: impl Iterator<Item = String>) -> i32 {
    let _ = rustix::thread::set_name(c"box-keeper"); // Only for people who look at `ps`.
    sys::fds::close_from(3);
    let _ = nix::unistd::setsid(); // Already so where nobody shares our group.
    let _ = sys::signals::reset();
    let _ = std::env::set_current_dir("/");
    let kept = Duty::of_words(arguments).map(|duty| keep(&duty));
    // There is nobody to tell: what happened is in the container's own records.
    if matches!(kept, Some(Ok(()))) { 0 } else { 125 }
}

fn keep(duty: &Duty) -> Result<()> {
    let store = Store::open(&duty.store_root)?;
    let machine = Machine {
        runtime_root: duty.runtime_root.clone(),
        driver: duty.driver,
        passed: Arc::default(),
        monitors_leave: false,
    };
    let dir = store.container_dir(&duty.container_id);
    if let Some(container) = Container::read(&dir)? {
        // Whoever has begun us may be killed before it does that: somebody nobody knows of could not be dismissed.
        Keeper { process: Identity::own()?, restarts: 0 }.save(&container)?;
    }
    let mut patience = Patience::default();
    loop {
        let Some(container) = Container::read(&dir)? else { return Ok(()) };
        let began = Instant::now();
        let outcome = look_after(&container)?;
        // The policy may have been changed meanwhile, and the container may be gone.
        let Some(container) = Container::read(&dir)? else { return Ok(()) };
        if keep::is_dismissed(&container) {
            return Ok(());
        }
        if let Outcome::Ended(code) = outcome {
            let policy = container.record.settings.restart;
            let Some(pause) = patience.after(policy, code, began.elapsed()) else { return Ok(()) };
            std::thread::sleep(pause);
            if keep::is_dismissed(&container) {
                return Ok(());
            }
        }
        reap();
        restart(&store, &machine, &container)?;
    }
}

/// The monitors of earlier starts are our children.
fn reap() {
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    while matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(status) if status != WaitStatus::StillAlive) {}
}

/// Starts it once more. A start that fails has left its reason and an exit code, and counts as an end.
fn restart(store: &Store, machine: &Machine, container: &Container) -> Result<()> {
    if let Some(mut keeper) = Keeper::of(container)? {
        keeper.restarts = keeper.restarts.saturating_add(1);
        keeper.save(container)?;
    }
    if start_again(store, machine, container).is_ok() {
        container.tell(Action::Restart);
    }
    Ok(())
}

/// What has become of a container.
enum Outcome {
    /// By itself, or by somebody else.
    Ended(i32),
    /// It was ended, to be started once more.
    IsToRestart,
}

/// Until it ends.
fn look_after(container: &Container) -> Result<Outcome> {
    let ended = || wait(container).map(Outcome::Ended);
    let status = container.status()?;
    let (Some(state), Some(check)) = (status.live(), Check::of(&container.record)) else { return ended() };
    let Ok(monitor) = connect_to_monitor(state) else { return ended() };
    let mut health = Health::default();
    loop {
        match ends_within(&monitor, pause(container, &check, &health, health::age(state)))? {
            Seen::End(code) => return Ok(Outcome::Ended(code)),
            Seen::MonitorGone => return ended(),
            Seen::Nothing => {}
        }
        // A container that stands still, or ends just now, is not checked.
        let Ok(checked) = health::run(container) else { continue };
        health = checked;
        if is_bad(container, &health) {
            return act(container);
        }
    }
}

/// How long until the next check; `None`: for ever.
fn pause(container: &Container, check: &Check, health: &Health, age: Duration) -> Option<Duration> {
    match health::startup(container, health) {
        Some(startup) => Some(startup.interval),
        None if health.status == Word::Starting && age < check.start_period => {
            check.interval.map(|interval| interval.min(check.start_interval))
        }
        None => check.interval,
    }
}

/// So that something is to be done about it.
fn is_bad(container: &Container, health: &Health) -> bool {
    let settings = &container.record.settings.health;
    let does_not_come_up = health::startup(container, health)
        .is_some_and(|startup| startup.retries > 0 && health.failing_streak >= startup.retries);
    does_not_come_up || (health.status == Word::Unhealthy && settings.on_failure != HealthAction::None)
}

/// What is asked for; one that does not come up is restarted.
fn act(container: &Container) -> Result<Outcome> {
    match container.record.settings.health.on_failure {
        HealthAction::Kill => signal_it(container, libc::SIGKILL)?,
        HealthAction::Stop => stop(container, None, None)?,
        HealthAction::Restart | HealthAction::None => {
            end(container, None, None)?;
            return Ok(Outcome::IsToRestart);
        }
    }
    wait(container).map(Outcome::Ended)
}
