//! Does the kernel mount an overlay for us, on the file system of the store? Asked by trying, once.

use std::path::{Path, PathBuf};

use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};

use super::MapIds;
use crate::disk::{Lock, atomic, record, tree};
use crate::error::{During, Result};
use crate::init::trial::attempt;
use crate::init::{self, Overlay, Rootfs};

/// ROOT/overlay.json: an answer, and what it was true for.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    kernel: String,
    /// Of the store's file system.
    device: u64,
    uid: u32,
    works: bool,
}

pub fn overlay_works(root: &Path, map_ids: &MapIds) -> bool {
    let Some(question) = question(root) else { return false };
    let file = root.join("overlay.json");
    if let Ok(Some(answer)) = record::read::<Answer>(&file)
        && (&answer.kernel, answer.device, answer.uid) == (&question.kernel, question.device, question.uid)
    {
        return answer.works;
    }
    // Without a place to try it, as in a store that cannot be written, nothing is known: the next command asks again.
    let Ok(works) = try_overlay(root, map_ids) else { return false };
    let _ = record::write_unsynced(&file, &Answer { works, ..question });
    works
}

fn question(root: &Path) -> Option<Answer> {
    use std::os::unix::fs::MetadataExt;
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let device = root.metadata().ok()?.dev();
    Some(Answer { kernel, device, uid: users::get_effective_uid(), works: false })
}

/// Mounts an overlay of empty directories in namespaces that end with the child that does it.
fn try_overlay(root: &Path, map_ids: &MapIds) -> Result<bool> {
    let (place, _lock) = make_place(root)?;
    let works = attempt(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS, map_ids, || mount_in(&place));
    let _ = tree::remove(&place); // What stays lies in the staging directory, which is swept.
    Ok(works.is_ok())
}

fn mount_in(place: &Path) -> Result<()> {
    let overlay = Overlay {
        base: place.to_owned(),
        lowers: vec!["lower".into()],
        upper: "upper".into(),
        work: "work".into(),
        volatile: false,
    };
    init::become_root_inside()?;
    init::mount_rootfs(&Rootfs::Overlay(overlay), &place.join("rootfs"))
}

/// A directory in the store's staging, held by its lock: a sweep takes what has no owner.
fn make_place(root: &Path) -> Result<(PathBuf, Lock)> {
    loop {
        let place = root.join("staging").join(atomic::fresh_name());
        let act = || format!("create `{}`", place.display());
        std::fs::create_dir(&place).during(act)?;
        // A sweep may have come between: then it is not ours, and we take another.
        let Ok(Some(lock)) = Lock::try_exclusive_dir(&place) else { continue };
        for name in ["lower", "upper", "work", "rootfs"] {
            std::fs::create_dir(place.join(name)).during(act)?;
        }
        return Ok((place, lock));
    }
}
