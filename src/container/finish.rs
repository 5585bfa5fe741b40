//! Finish: what remains to be done when a payload has ended. The monitor does it; what a killed monitor leaves, the
//! next command that changes the container.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::record::{Container, Exit, holder_of};
use crate::disk::record;
use crate::error::{During, Result};

/// Records how it ended. Not synced: a power cut takes the whole machine's processes, and says so by the boot id.
pub fn record_exit(container_dir: &Path, exit: &Exit) -> Result<()> {
    record::write_unsynced(&container_dir.join("exit.json"), exit)
}

/// Takes a container out of sight in two renames' time: its name, then its directory. What is left of it in the trash
/// is nobody's any more and is removed at leisure.
pub fn take_away(container_dir: &Path, names_dir: &Path, trash_dir: &Path) -> Result<()> {
    // The name that it has by now.
    if let Some(container) = Container::read(container_dir)? {
        release_name(names_dir, &container)?;
    }
    fs::rename(container_dir, trash_dir).during(|| format!("remove `{}`", container_dir.display()))
}

/// Makes the name of a container free; one that is somebody else's by now stays.
fn release_name(names_dir: &Path, container: &Container) -> Result<()> {
    let file = names_dir.join(&container.record.name);
    let release = || match holder_of(&file)? {
        Some(holder) if holder == container.id() => remove_if_there(&file),
        _ => Ok(()),
    };
    release().during(|| format!("release the name `{}`", file.display()))
}

pub fn remove_if_there(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
