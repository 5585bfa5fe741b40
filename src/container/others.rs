//! Others in the way of a container: somebody starts, ends or removes it, which is waited for.

use std::time::{Duration, Instant};

use crate::error::Result;

/// How long others may be in the way of a container that does not run.
pub(super) const OTHERS_TIME: Duration = Duration::from_secs(10);

/// Looks again and again until there is something, or others have been in the way for too long (`None`).
pub(super) fn wait_for_others<T>(mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let deadline = Instant::now() + OTHERS_TIME;
    loop {
        let seen = look()?;
        if seen.is_some() || Instant::now() > deadline {
            return Ok(seen);
        }
        // Locks of directories and processes of others tell nobody when they go.
        std::thread::sleep(Duration::from_millis(1));
    }
}
