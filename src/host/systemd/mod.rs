//! systemd: tells the service manager that a service is ready, as sd_notify(3) describes; and asks the user's own
//! manager for control groups (org.freedesktop.systemd1(5)).

mod bus;

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};

use crate::error::{During as _, Error, Result};
use crate::host::account::is_in_first_user_namespace;
use bus::{Body, Bus, Message, Method, Variant};

/// Where the journal takes entries.
pub const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";

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

/// The socket on which the user's manager is reached; `None` where there is none.
pub fn users_bus() -> Option<PathBuf> {
    // sd_booted(3): without it no manager manages anything.
    if !Path::new("/run/systemd/system").is_dir() {
        return None;
    }
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
    let named = address
        .split(';')
        .find_map(|one| one.strip_prefix("unix:path="))
        .map(|path| PathBuf::from(path.split(',').next().unwrap_or_default()));
    let usual = || Some(PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join("bus"));
    named.or_else(usual).filter(|socket| socket.exists())
}

/// The socket of the manager that a process of this user has to do with: root's is the machine's.
fn own_bus() -> Option<PathBuf> {
    const SYSTEM: &str = "/run/dbus/system_bus_socket";
    let is_root = rustix::process::geteuid().is_root() && is_in_first_user_namespace();
    if is_root { Some(PathBuf::from(SYSTEM)).filter(|socket| socket.exists()) } else { users_bus() }
}

/// Makes a scope, a group that we may divide ourselves, with this process in it; in `slice`, or where the manager puts
/// it. It goes when its last process does.
pub fn start_scope(unit: &str, slice: Option<&str>, description: &str, pid: u32) -> Result<()> {
    let act = || format!("ask systemd for the scope `{unit}`");
    let mut bus = connect().during(act)?;
    bus.hear(JOBS_THAT_END).during(act)?;
    let mut properties = vec![
        ("Description", Variant::Text(description.to_owned())),
        ("PIDs", Variant::Numbers(vec![pid])),
        ("Delegate", Variant::Switch(true)),
        ("CollectMode", Variant::Text("inactive-or-failed".to_owned())),
    ];
    properties.extend(slice.map(|slice| ("Slice", Variant::Text(slice.to_owned()))));
    let body = Body::default().string(unit).string("fail").properties(&properties).no_further_units();
    let job = bus.call(manager("StartTransientUnit"), &body).during(act)?;
    await_job(&mut bus, &job).during(act)
}

/// Restarts a unit, and waits until it is up again, for as long as its own timeouts say.
pub fn restart(unit: &str) -> Result<()> {
    let act = || format!("restart `{unit}`");
    let mut bus = connect().during(act)?;
    bus.hear(JOBS_THAT_END).during(act)?;
    let body = Body::default().string(unit).string("replace");
    let job = bus.call(manager("RestartUnit"), &body).during(act)?;
    bus.wait_for_ever().during(act)?;
    await_job(&mut bus, &job).during(act)
}

const JOBS_THAT_END: &str = "type='signal',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";

/// Waits for the end of the job that an answer names.
fn await_job(bus: &mut Bus, answer: &Message) -> Result<()> {
    let job = answer.strings()?;
    loop {
        let signal = bus.signal()?;
        let words = signal.strings()?;
        match &words[..] {
            [path, _, result] if signal.member == "JobRemoved" && job.first() == Some(path) => {
                return match result.as_str() {
                    "done" => Ok(()),
                    result => Err(Error::new(format!("its job ended as {result}"))),
                };
            }
            _ => {}
        }
    }
}

/// Puts a process into a group below a unit with a delegated group: what no process may do by itself that comes from a
/// group which is not the user's, such as that of a login session.
pub fn attach(unit: &str, group: &str, pid: u32) -> Result<()> {
    let act = || format!("ask systemd to put process {pid} into `{unit}`");
    let body = Body::default().string(unit).string(group).numbers(&[pid]);
    connect()?.call(manager("AttachProcessesToUnit"), &body).map(drop).during(act)
}

fn connect() -> Result<Bus> {
    let socket = own_bus().ok_or_else(|| Error::new("the user has no service manager here"))?;
    Bus::connect(&socket)
}

fn manager(member: &str) -> Method<'_> {
    Method {
        destination: "org.freedesktop.systemd1",
        path: "/org/freedesktop/systemd1",
        interface: "org.freedesktop.systemd1.Manager",
        member,
    }
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
