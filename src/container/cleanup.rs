//! Cleanup: what is left of a container that does not run any more. Its monitor has done this, unless it was killed.

use super::record::Container;
use super::remove::forget_sockets;
use crate::disk::Lock;
use crate::error::{During, Error, Kind, Result};
use crate::store::events::Action;

/// Removes sockets and control groups that nobody uses.
pub fn clean_up(container: &Container) -> Result<()> {
    let act = || format!("clean up container `{}`", container.record.name);
    let Some(_lock) = Lock::try_exclusive_dir(&container.dir).during(act)? else {
        return Err(Error::new("it runs, or somebody else works on it").of_kind(Kind::InUse)).during(act);
    };
    if let Some(state) = container.last_start().during(act)? {
        state.cgroup.remove();
    }
    forget_sockets(container).during(act)?;
    container.tell(Action::Cleanup);
    Ok(())
}
