//! The only place that names foreign programs: where each is found, what it is for, how to get it.
//!
//! None of them is required. Whoever uses one asks here first and has an answer for `None`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Write a uid map that uses subordinate ids; set-uid root, or with file capabilities.
    Newuidmap,
    Newgidmap,
    FuseOverlayfs,
    /// Two ways to connect a network namespace to the world without privileges.
    Pasta,
    Slirp4netns,
    /// Reads the journal.
    Journalctl,
}

impl Tool {
    pub const ALL: [Tool; 6] =
        [Tool::Newuidmap, Tool::Newgidmap, Tool::FuseOverlayfs, Tool::Pasta, Tool::Slirp4netns, Tool::Journalctl];

    pub fn program(self) -> &'static str {
        match self {
            Tool::Newuidmap => "newuidmap",
            Tool::Newgidmap => "newgidmap",
            Tool::FuseOverlayfs => "fuse-overlayfs",
            Tool::Pasta => "pasta",
            Tool::Slirp4netns => "slirp4netns",
            Tool::Journalctl => "journalctl",
        }
    }

    /// The package that holds it in Debian and Ubuntu; in Fedora, newuidmap is in `shadow-utils`.
    pub fn package(self) -> &'static str {
        match self {
            Tool::Newuidmap | Tool::Newgidmap => "uidmap",
            Tool::FuseOverlayfs => "fuse-overlayfs",
            Tool::Pasta => "passt",
            Tool::Slirp4netns => "slirp4netns",
            Tool::Journalctl => "systemd",
        }
    }
}

/// What an OCI runtime has to be told so that it leaves control groups, which it sees read-only, to us.
pub fn flags_of_runtime(program: &Path) -> &'static [&'static str] {
    match program.file_name().and_then(|name| name.to_str()) {
        Some("crun") => &["--cgroup-manager=disabled"],
        Some("runc") => &["--rootless=true"],
        _ => &[],
    }
}

/// Looked at after `PATH`: services and cron jobs start with a short one.
const USUAL_DIRS: [&str; 6] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Finds a program in `PATH` or where it usually is.
pub fn find(tool: Tool) -> Option<PathBuf> {
    find_named(tool.program())
}

/// A program that the user has named: by a path, or as [`find`] looks for one.
pub fn find_named(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return std::path::absolute(name).ok().filter(|path| is_executable(path));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A relative entry means the directory we happen to stand in: no place to take a program from.
    let named = std::env::split_paths(&path).filter(|dir| dir.is_absolute());
    let usual = USUAL_DIRS.iter().map(PathBuf::from);
    find_in(name, named.chain(usual))
}

fn find_in(program: &str, dirs: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    dirs.map(|dir| dir.join(program)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_executed_is_passed_over() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(first.path().join("pasta"), "").unwrap();
        let program = second.path().join("pasta");
        std::fs::write(&program, "").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();

        let dirs = || [first.path().to_owned(), second.path().to_owned()].into_iter();
        assert_eq!(find_in("pasta", dirs()), Some(program));
        assert_eq!(find_in("slirp4netns", dirs()), None);
    }
}
