//! Owners that files were given where only one id exists: kept in an extended attribute of the file, in the form of
//! containers/storage, until the files are packed.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{XattrFlags, fgetxattr, fstat, getxattr, setxattr};
use rustix::io::Errno;

const ATTRIBUTE: &CStr = c"user.containers.override_stat";

/// Records the owner of a file that is open for its path only; `None` leaves that id as it was.
pub fn record(file: BorrowedFd, uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let mut value = [0; 64];
    let before = getxattr(&path, ATTRIBUTE, &mut value).ok().and_then(|length| parse(&value[..length]));
    let (old_uid, old_gid) = before.unwrap_or_default();
    let (uid, gid) = (uid.unwrap_or(old_uid), gid.unwrap_or(old_gid));
    let mode = fstat(file)?.st_mode & 0o7777;
    setxattr(&path, ATTRIBUTE, format!("{uid}:{gid}:0{mode:o}").as_bytes(), XattrFlags::empty())
}

/// The owner that was recorded for an open file.
pub fn recorded(file: BorrowedFd) -> Option<(u32, u32)> {
    let mut value = [0; 64];
    let length = fgetxattr(file, ATTRIBUTE, &mut value).ok()?;
    parse(&value[..length])
}

fn parse(value: &[u8]) -> Option<(u32, u32)> {
    let mut parts = std::str::from_utf8(value).ok()?.split(':');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsFd;

    #[test]
    fn what_was_recorded_is_found_and_an_id_alone_keeps_the_other() {
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        let file = File::create(dir.path().join("file")).unwrap();
        assert_eq!(recorded(file.as_fd()), None);
        if record(file.as_fd(), Some(33), None) == Err(Errno::NOTSUP) {
            return; // No attributes on this file system.
        }
        assert_eq!(recorded(file.as_fd()), Some((33, 0)));
        record(file.as_fd(), None, Some(34)).unwrap();
        assert_eq!(recorded(file.as_fd()), Some((33, 34)));
        for nonsense in [&b"x:1:2"[..], b"", b"1", b"1:-1", b"99999999999:1", b"\xff"] {
            assert_eq!(parse(nonsense), None);
        }
    }
}
