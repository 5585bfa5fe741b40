//! A container that is created first and started later (runtime.md#lifecycle): the two places where init stops.

use super::{Plan, program, wait_for_go};
use crate::error::{During, Result};
use crate::process::handshake::{Channel, Start};
use crate::process::hook;
use crate::process::listener::Listener;

/// Where init waits to be started, and by whom it is called.
#[derive(Debug)]
pub struct Gate {
    listener: Listener,
}

impl Gate {
    pub fn new(listener: Listener) -> Gate {
        Gate { listener }
    }

    /// The file systems are in their places, and what lies outside can still be seen: a moment for hooks.
    pub fn before_pivot(&self, plan: &Plan, creator: &Channel) -> Result<()> {
        creator.send(&Start::Mounted)?;
        wait_for_go(creator)?;
        hook::run_all(&plan.spec.hooks.create_container, &plan.state_of("creating"))
    }

    /// Says that everything is ready, lets go of the creator, and waits for whoever starts it: its conversation is the
    /// starter's from here on.
    pub fn wait(&self, plan: &Plan, starter: &mut Channel) -> Result<()> {
        program::look_up(&plan.spec.process)?;
        starter.send(&Start::Created)?;
        *starter = self.next_starter()?;
        hook::run_all(&plan.spec.hooks.start_container, &plan.state_of("created"))
    }

    fn next_starter(&self) -> Result<Channel> {
        loop {
            // Its directory is closed to others; whose number the caller has in here, is a matter of the id maps.
            let caller = self.listener.accept().during(|| "wait to be started")?;
            // Who only asks whether somebody waits here, goes without a word.
            if wait_for_go(&caller).is_ok() {
                return Ok(caller);
            }
        }
    }
}
