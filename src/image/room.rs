//! A full disk: what is half done goes, so that there is room for whatever comes next.

use super::unpacker;
use crate::error::{Kind, Result};
use crate::store::Store;

/// Tidies up where `done` failed for want of room, and says where that is. Nothing that `done` staged may be alive.
pub fn tidy_if_full<T>(store: &Store, done: Result<T>) -> Result<T> {
    done.map_err(|mut error| {
        if error.kind == Kind::Full {
            // As far as it goes: the error at hand says more than a further one.
            let _ = store.remove_resting_downloads(true);
            let _ = store.sweep(unpacker::remove_as_owner);
            let place = store.root().display();
            error.hint =
                Some(format!("there is no room for {place}: free some, or put the store elsewhere with --root"));
        }
        error
    })
}
