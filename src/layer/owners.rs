//! The owners that could not be given to files, as they are written down beside a layer's tree.
//!
//! `UID GID PATH`, ended by a NUL byte, for each file; of several for one path the last counts, and root takes back
//! what was said before.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::error::{During, Error, Result};

/// The name of the file beside the tree.
pub const FILE: &str = "owners";

/// User and group, by the path in the layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners(HashMap<PathBuf, (u32, u32)>);

impl Owners {
    pub fn parse(bytes: &[u8]) -> Result<Owners> {
        let mut owners = HashMap::new();
        for record in bytes.split_inclusive(|&byte| byte == 0) {
            let record = record.strip_suffix(b"\0").ok_or_else(malformed)?;
            let mut words = record.splitn(3, |&byte| byte == b' ');
            let mut number = || {
                let word = words.next().and_then(|word| std::str::from_utf8(word).ok());
                word.and_then(|word| word.parse::<u32>().ok()).ok_or_else(malformed)
            };
            let owner = (number()?, number()?);
            let path = words.next().ok_or_else(malformed)?;
            owners.insert(PathBuf::from(OsString::from_vec(path.to_vec())), owner);
        }
        Ok(Owners(owners))
    }

    /// Who should own the file at `path`, where that is written down.
    pub fn find(&self, path: &Path) -> Option<(u32, u32)> {
        self.0.get(path).copied()
    }
}

/// Writes down an owner.
pub fn record(owners: &mut impl Write, path: &Path, uid: u32, gid: u32) -> Result<()> {
    let written = write!(owners, "{uid} {gid} ")
        .and_then(|()| owners.write_all(path.as_os_str().as_bytes()))
        .and_then(|()| owners.write_all(b"\0"));
    written.during(|| "record an owner")
}

fn malformed() -> Error {
    Error::new("the list of owners beside the layer is malformed").with_hint("remove the image and pull it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_last_is_found() {
        let mut bytes = Vec::new();
        record(&mut bytes, Path::new("a b\n"), 3_000_000_000, 42).unwrap();
        record(&mut bytes, Path::new("again"), 1, 1).unwrap();
        record(&mut bytes, Path::new("again"), 0, 0).unwrap();
        let owners = Owners::parse(&bytes).unwrap();
        assert_eq!(owners.find(Path::new("a b\n")), Some((3_000_000_000, 42)));
        assert_eq!(owners.find(Path::new("again")), Some((0, 0)));
        assert_eq!(owners.find(Path::new("other")), None);
        for damaged in [&b"1 2"[..], b"1 2\0", b"1 -2 x\0", b"x"] {
            assert!(Owners::parse(damaged).is_err());
        }
        assert_eq!(Owners::parse(b"").unwrap(), Owners::default());
    }
}
