//! Membership: what keeps a pod's holder running as long as one of the pod's containers does.

use std::time::Instant;

use super::attach::connect_to_monitor;
use super::others::OTHERS_TIME;
use super::record::{self, State};
use super::start::{Machine, ensure_started};
use super::stop::wait_for_monitor;
use crate::error::Result;
use crate::process::handshake::{Channel, Report, Request};
use crate::settings::{ExitPolicy, PodSettings, Settings};
use crate::store::Store;

/// For a container of a pod that ends with the last of its containers: a connection to the monitor of what holds the
/// pod. Our monitor holds it and does nothing with it, so that it closes with the container, however that ends.
pub(super) fn take(store: &Store, machine: &Machine, settings: &Settings) -> Result<Option<Channel>> {
    let Some(pod) = &settings.pod else { return Ok(None) };
    let holder = record::find(store, pod)?;
    let stops = |pod: &PodSettings| pod.exit_policy == ExitPolicy::Stop && !pod.is_bare;
    if !holder.record.settings.held_pod().is_some_and(stops) {
        return Ok(None);
    }
    let deadline = Instant::now() + OTHERS_TIME;
    loop {
        let welcome = holder.live().and_then(|state| ask_for_membership(&state));
        match welcome {
            Ok(Some(channel)) => return Ok(Some(channel)),
            Err(error) if Instant::now() > deadline => return Err(error),
            // Its last container has just ended, and it ends too: it is started once more when it has.
            _ => {
                if let Some(start) = holder.last_start()? {
                    wait_for_monitor(&start)?;
                }
                ensure_started(store, machine, &holder)?;
            }
        }
    }
}

fn ask_for_membership(holder: &State) -> Result<Option<Channel>> {
    let channel = connect_to_monitor(holder)?;
    channel.send(&Request::Member)?;
    Ok(matches!(channel.receive::<Report>()?, Some(Report::Welcome)).then_some(channel))
}
