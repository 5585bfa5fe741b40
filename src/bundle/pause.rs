//! Pause: the processes of a container stand still in their groups.

use super::record::{Container, Status};
use crate::disk::Lock;
use crate::error::{During, Error, Result};

pub fn pause(container: &Container) -> Result<()> {
    let act = || format!("pause container `{}`", container.record.id);
    let _lock = Lock::exclusive_dir(&container.dir).during(act)?;
    match container.status().during(act)? {
        Status::Running => {}
        other => return Err(Error::new(format!("it is not running, it is {}", other.word())).while_doing(act())),
    }
    let freezer = container.freezer().ok_or_else(|| Error::new("it has no control group that can be frozen"));
    let freezer = freezer.during(act)?;
    freezer.freeze(&|| container.members()).inspect_err(|_| freezer.thaw()).during(act)
}

pub fn resume(container: &Container) -> Result<()> {
    let act = || format!("resume container `{}`", container.record.id);
    let _lock = Lock::exclusive_dir(&container.dir).during(act)?;
    match (container.status().during(act)?, container.freezer()) {
        (Status::Paused, Some(freezer)) => {
            freezer.thaw();
            Ok(())
        }
        (other, _) => Err(Error::new(format!("it is not paused, it is {}", other.word())).while_doing(act())),
    }
}
