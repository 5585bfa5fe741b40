//! Network interfaces of the namespace that this process is in.

use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Brings the interface `name` (`lo`) up. Needs CAP_NET_ADMIN in the namespace.
pub fn bring_up(name: &str) -> Result<(), Errno> {
    let control = control_socket()?;
    let mut request = request_for(name)?;
    // SAFETY: `request` is a whole ifreq with a terminated name; the kernel writes no more than that into it.
    Errno::result(unsafe { libc::ioctl(control.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request) })?;
    // SAFETY: SIOCGIFFLAGS has just filled this member of the union.
    let flags = unsafe { request.ifr_ifru.ifru_flags };
    request.ifr_ifru.ifru_flags = flags | libc::IFF_UP as libc::c_short;
    // SAFETY: as above; the kernel only reads it.
    Errno::result(unsafe { libc::ioctl(control.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) })?;
    Ok(())
}

/// Interfaces are asked through a socket; any will do, and a kernel without IPv4 has Unix sockets all the same.
fn control_socket() -> Result<OwnedFd, Errno> {
    let open = |family| socket(family, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None);
    open(AddressFamily::Inet).or_else(|_| open(AddressFamily::Unix))
}

fn request_for(name: &str) -> Result<libc::ifreq, Errno> {
    let mut ifr_name = [0; libc::IFNAMSIZ];
    if name.is_empty() || name.len() >= libc::IFNAMSIZ {
        return Err(Errno::EINVAL);
    }
    for (place, byte) in ifr_name.iter_mut().zip(name.bytes()) {
        *place = byte as libc::c_char;
    }
    Ok(libc::ifreq { ifr_name, ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: 0 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_interface_is_an_error() {
        assert_eq!(bring_up(""), Err(Errno::EINVAL));
        assert_eq!(bring_up("longer-than-the-kernel-allows"), Err(Errno::EINVAL));
        assert_eq!(bring_up("absent0"), Err(Errno::ENODEV));
    }
}
