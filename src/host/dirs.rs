//! Where box keeps things: the store (survives everything) and the runtime directory (sockets, which a reboot may
//! take).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::account::{Account, uid_outside};
use crate::error::{During, Error, Result};

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePlace {
    pub root: PathBuf,
    /// Where it would be, were that not read-only: a store that is there can be read.
    pub instead_of: Option<PathBuf>,
}

/// The store's directory: `--root`, `$BOX_ROOT`, the state directory of a systemd unit, `$XDG_DATA_HOME/box`, or
/// `~/.local/share/box`. Where there is no home, or one that cannot be written and nobody named another place, it is a
/// directory of the user's own below /var/tmp.
pub fn store_place(option: Option<&Path>, account: &Account) -> StorePlace {
    let named = |root: PathBuf| StorePlace { root, instead_of: None };
    if let Some(root) = option {
        return named(std::path::absolute(root).unwrap_or_else(|_| root.to_owned()));
    }
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(root) = variable("BOX_ROOT").or_else(|| of_unit("STATE_DIRECTORY").map(|dir| dir.join("box"))) {
        return named(root);
    }
    let usual = variable("XDG_DATA_HOME")
        .map(|dir| dir.join("box"))
        .or_else(|| home(account).map(|home| home.join(".local/share/box")));
    let elsewhere = PathBuf::from(format!("/var/tmp/box-{}", account.uid));
    match usual {
        None => named(elsewhere),
        Some(usual) if can_be_written(&usual) => named(usual),
        // /var/tmp is everybody's: a directory that is not ours alone is somebody's trap.
        Some(usual) if elsewhere.symlink_metadata().is_ok() && !is_private(&elsewhere, account) => named(usual),
        Some(usual) => StorePlace { root: elsewhere, instead_of: Some(usual) },
    }
}

/// The first directory that systemd has made for the unit that we run in (systemd.exec(5), RuntimeDirectory=).
fn of_unit(variable: &str) -> Option<PathBuf> {
    let all = std::env::var_os(variable)?;
    let first = all.as_bytes().split(|byte| *byte == b':').next().unwrap_or_default();
    Some(PathBuf::from(OsStr::from_bytes(first))).filter(|path| path.is_absolute())
}

/// A directory, or what it would be made in.
fn can_be_written(dir: &Path) -> bool {
    let nearest = dir.ancestors().find(|dir| dir.symlink_metadata().is_ok());
    nearest.is_some_and(|dir| rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_ok())
}

/// The user's home: `$HOME` where it is a directory, else the one of the account.
pub fn home(account: &Account) -> Option<PathBuf> {
    let usable = |path: &PathBuf| path.is_absolute() && path != Path::new("/") && path.is_dir();
    std::env::var_os("HOME").map(PathBuf::from).filter(usable).or_else(|| account.home.clone().filter(usable))
}

/// Where this process was told to find Docker's configuration.
static DOCKER_DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// From now on Docker's configuration is in this directory; the first one that is said counts.
pub fn have_docker_configuration_in(directory: &Path) {
    DOCKER_DIRECTORY.get_or_init(|| directory.to_owned());
}

/// Docker's configuration of the user: that in the directory that was said, else `$DOCKER_CONFIG/config.json`, else
/// `~/.docker/config.json`.
pub fn docker_configuration(account: &Account) -> Option<PathBuf> {
    if let Some(directory) = DOCKER_DIRECTORY.get() {
        return Some(directory.join("config.json"));
    }
    let named = std::env::var_os("DOCKER_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| home(account).map(|home| home.join(".docker"))).map(|dir| dir.join("config.json"))
}

/// The user's configuration: `$XDG_CONFIG_HOME`, else `~/.config`.
pub fn config_home(account: &Account) -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home(account).map(|home| home.join(".config")))
}

/// The runtime directory, made if it is missing: `--runroot`, `$XDG_RUNTIME_DIR/box`, `/run/user/UID/box`, one in the
/// runtime or state directory of a systemd unit, or a directory of the user's own below /tmp. A candidate that is not
/// ours, or that others can enter, is passed over.
pub fn runtime_root(option: Option<&Path>, account: &Account) -> Result<PathBuf> {
    if let Some(root) = option {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&root)
            .during(|| format!("create runtime directory `{}`", root.display()))?;
        return Ok(root);
    }
    let session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    // Root of a user namespace is one of many on a machine: the number outside tells them apart.
    let uid = if account.is_root() { uid_outside() } else { account.uid };
    let by_uid = PathBuf::from(format!("/run/user/{uid}"));
    let candidates =
        session.into_iter().chain([by_uid]).filter(|parent| is_private(parent, account)).map(|p| p.join("box"));
    // A dynamic user's service has a /tmp for each of its commands (systemd.exec(5), PrivateTmp=disconnected), where
    // its `box rm` would not find whom its `box run` has left. The directories are links then.
    let of_unit = ["RUNTIME_DIRECTORY", "STATE_DIRECTORY"].map(|variable| {
        let dir = of_unit(variable)?.canonicalize().ok()?;
        let meta = dir.symlink_metadata().ok()?;
        (meta.uid() == account.uid && meta.mode() & 0o022 == 0).then(|| dir.join("box-run"))
    });
    let own = [PathBuf::from(format!("/tmp/box-{uid}")), PathBuf::from(format!("/var/tmp/box-{uid}-run"))];
    for candidate in candidates.chain(of_unit.into_iter().flatten()).chain(own) {
        let made = std::fs::DirBuilder::new().mode(0o700).create(&candidate);
        if made.is_ok() || is_private(&candidate, account) {
            return Ok(candidate);
        }
    }
    Err(Error::new("no private directory for sockets can be made").with_hint("name one with --runroot"))
}

/// A directory (not a link to one) that belongs to the account and that nobody else may enter.
fn is_private(path: &Path, account: &Account) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == account.uid && meta.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_judged_by_what_is_there_of_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(can_be_written(dir.path()) && can_be_written(&dir.path().join("a/b")));
        assert!(users::get_effective_uid() == 0 || !can_be_written(Path::new("/proc/self/a/b")));
        let place = store_place(Some(Path::new("/x/y")), &Account::current());
        assert_eq!(place, StorePlace { root: "/x/y".into(), instead_of: None });
    }

    #[test]
    fn a_directory_that_others_can_enter_is_not_private() {
        let account = Account::current();
        let dir = tempfile::tempdir().unwrap();
        let set =
            |mode| std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        set(0o700);
        assert!(is_private(dir.path(), &account));
        set(0o711);
        assert!(!is_private(dir.path(), &account));
        let link = dir.path().with_extension("link");
        set(0o700);
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        assert!(!is_private(&link, &account));
        std::fs::remove_file(link).unwrap();
    }
}
