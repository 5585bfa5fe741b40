//! The account's session.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::host::account::Account;

/// Whether systemd is the machine's service manager (sd_booted(3)).
pub(super) fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

pub(super) fn session() -> Finding {
    const NAME: &str = "runtime-directory";
    let account = Account::current();
    let dir = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_dir());
    match dir {
        Some(dir) => Finding::works(NAME, dir.display().to_string()),
        None if account.is_root() => Finding::works(NAME, "root needs none"),
        None => {
            let by_uid = PathBuf::from(format!("/run/user/{}", account.uid));
            let finding = Finding::reduced(
                NAME,
                "XDG_RUNTIME_DIR is not set",
                "sockets are in a private directory below /tmp; systemd's user manager cannot be reached",
            );
            match by_uid.is_dir() {
                true => finding.mended_by_user(format!("export XDG_RUNTIME_DIR={}", by_uid.display())),
                false => {
                    finding.mended_by_user("log in by ssh, at the console or with `machinectl shell`, not with su")
                }
            }
        }
    }
}

pub(super) fn linger() -> Finding {
    const NAME: &str = "linger";
    let account = Account::current();
    let Some(name) = account.name.clone().filter(|_| has_systemd() && !account.is_root()) else {
        return Finding::works(NAME, "nothing ends the user's processes when sessions end");
    };
    match Path::new("/var/lib/systemd/linger").join(&name).exists() {
        true => Finding::works(NAME, "containers stay when the last session ends"),
        false => Finding::reduced(
            NAME,
            format!("not enabled for {name}"),
            "units of the user do not start at boot, and systemd may end containers with the last session",
        )
        .mended_by_user("loginctl enable-linger"),
    }
}
