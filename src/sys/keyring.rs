//! keyctl(2): a session keyring of the container's own, so that it does not share the caller's keys.

use std::ffi::CString;

use nix::errno::Errno;

/// Makes a new session keyring of this name and joins it.
pub fn join_new_session(name: &str) -> Result<(), Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    // SAFETY: KEYCTL_JOIN_SESSION_KEYRING reads one C string, which lives through the call.
    let result = unsafe { libc::syscall(libc::SYS_keyctl, libc::KEYCTL_JOIN_SESSION_KEYRING, name.as_ptr()) };
    Errno::result(result).map(drop)
}
