//! systemd: tells the service manager that a service is ready, as sd_notify(3) describes.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use crate::error::{During as _, Result};

/// Sends `text` to the socket that `$NOTIFY_SOCKET` names; false where no manager listens.
pub fn notify(text: &str) -> Result<bool> {
    match std::env::var_os("NOTIFY_SOCKET") {
        Some(socket) if !socket.is_empty() => notify_at(socket.as_bytes(), text).map(|()| true),
        _ => Ok(false),
    }
}

fn notify_at(socket: &[u8], text: &str) -> Result<()> {
    let send = || -> Result<()> {
        let address = match socket {
            // A name of the abstract namespace, written with an `@` for its NUL byte.
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            path => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
        };
        UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address)?;
        Ok(())
    };
    send().during(|| format!("notify systemd at `{}`", socket.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_is_told_by_path_and_by_abstract_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let name = path.to_str().unwrap().as_bytes();
        let by_path = UnixDatagram::bind(&path).unwrap();
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
        for (manager, socket) in [(by_path, name.to_vec()), (by_name, [b"@", name].concat())] {
            notify_at(&socket, "READY=1").unwrap();
            let mut text = [0; 16];
            assert_eq!(manager.recv(&mut text).unwrap(), 7);
        }
    }

    #[test]
    fn a_manager_that_is_gone_is_an_error() {
        assert!(notify_at(b"/nonexistent/notify", "READY=1").is_err());
    }
}
