//! Named volumes: directories that outlive containers.
//!
//! ```text
//! ROOT/volumes/<name>/
//!     record.json   what was asked for, and when
//!     data/         what the containers see
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A volume on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub record: Record,
    /// What the containers see.
    pub data_dir: PathBuf,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Seconds since 1970.
    pub created: i64,
    pub labels: BTreeMap<String, String>,
    pub options: BTreeMap<String, String>,
    /// Made for one container, and removed with it.
    pub anonymous: bool,
}

/// Makes the volume `name`; an error if there is one already.
pub fn create(_root: &Path, name: &str, _record: Record) -> Result<Volume> {
    Err(Error::absent("volume", name))
}

/// The volume `name`, made if it is missing.
pub fn get_or_create(_root: &Path, name: &str) -> Result<Volume> {
    Err(Error::absent("volume", name))
}

pub fn find(_root: &Path, _name: &str) -> Result<Option<Volume>> {
    Ok(None)
}

pub fn get(root: &Path, name: &str) -> Result<Volume> {
    find(root, name)?.ok_or_else(|| Error::absent("volume", name))
}

/// All volumes, by name.
pub fn list(_root: &Path) -> Result<Vec<Volume>> {
    Ok(Vec::new())
}

/// Removes the volume `name`. `users` are the containers that mention it: with any, the error is `Kind::InUse`.
pub fn remove(_root: &Path, _name: &str, _users: &[String]) -> Result<()> {
    Ok(())
}
