//! Does the kernel mount an overlay for us, on the file system of the store? Asked by trying, once.

use std::path::Path;

use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};

use super::MapIds;
use crate::disk::record;
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
    let works = try_overlay(root, map_ids).is_ok();
    let _ = record::write_unsynced(&file, &Answer { works, ..question }); // A store that cannot be written asks again.
    works
}

fn question(root: &Path) -> Option<Answer> {
    use std::os::unix::fs::MetadataExt;
    let kernel = rustix::system::uname().release().to_string_lossy().into_owned();
    let device = root.metadata().ok()?.dev();
    Some(Answer { kernel, device, uid: users::get_effective_uid(), works: false })
}

/// Mounts an overlay of empty directories in namespaces that end with the child that does it.
fn try_overlay(root: &Path, map_ids: &MapIds) -> Result<()> {
    let place = tempdir_in(root)?;
    let works = attempt(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS, map_ids, || mount_in(&place));
    let _ = crate::disk::tree::remove(&place); // What stays lies in the staging directory, which is swept.
    works
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

fn tempdir_in(root: &Path) -> Result<std::path::PathBuf> {
    let place = root.join("staging").join(format!("probe-{}", std::process::id()));
    for name in ["lower", "upper", "work", "rootfs"] {
        std::fs::create_dir_all(place.join(name)).during(|| format!("create `{}`", place.display()))?;
    }
    Ok(place)
}
