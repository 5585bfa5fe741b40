//! The last step: find the payload's program and become it.

use std::convert::Infallible;
use std::ffi::CString;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::Plan;
use super::user::User;
use crate::disk::beneath;
use crate::error::{During, Error, Kind, Result};
use crate::oci::runtime::Process;

/// Becomes `args[0]`. The exit code of a failure is a convention of every shell: 127 for a program that is not there,
/// 126 for one that cannot run.
pub fn execute(plan: &Plan, user: &User) -> Result<Infallible> {
    let process = &plan.spec.process;
    let mut env = with_home(&process.env, &user.home);
    if !plan.passed_fds.is_empty() && env.iter().any(|entry| entry.starts_with("LISTEN_FDS=")) {
        // Whoever is not this very process is not meant (sd_listen_fds(3)).
        env.push(format!("LISTEN_PID={}", nix::unistd::getpid()));
    }
    let name = process.args.first().ok_or_else(|| Error::new("no command was given, and the image has none"))?;
    let (args, environment) = (c_strings(&process.args)?, c_strings(&env)?);
    let mut failure = Errno::ENOENT;
    for candidate in candidates(name, &env) {
        let path = CString::new(candidate.as_os_str().as_encoded_bytes()).map_err(|_| zero_byte())?;
        let Err(errno) = nix::unistd::execve(&path, &args, &environment);
        match errno {
            // Not here; what stands in the way elsewhere is told rather than that.
            Errno::ENOENT | Errno::ENOTDIR => {}
            _ => failure = errno,
        }
        if !matches!(errno, Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) {
            break;
        }
    }
    Err(explain(name, failure))
}

/// An error where the program is not there, for who will become it later only.
pub fn look_up(process: &Process) -> Result<()> {
    let name = process.args.first().ok_or_else(|| Error::new("no command was given"))?;
    let directory = Path::new("/").join(&process.cwd);
    let look = |path: PathBuf| match path.is_dir() {
        true => Err(Errno::EACCES),
        false => access(&path, AccessFlags::X_OK),
    };
    let looks = candidates(name, &process.env).into_iter().map(|path| look(directory.join(path)));
    let mut failure = Errno::ENOENT;
    for found in looks {
        match found {
            Ok(()) => return Ok(()),
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(errno) => failure = errno,
        }
    }
    Err(explain(name, failure))
}

/// Enters the working directory. A path of /proc/self/fd would be a way out through a descriptor that was left open
/// (CVE-2024-21626).
pub fn enter(directory: &str) -> Result<()> {
    let directory = if directory.is_empty() { "/" } else { directory };
    let open = || -> Result<()> {
        let root = openat(CWD, "/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let opened =
            beneath::open_errno(root.as_fd(), Path::new(directory), OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        Ok(rustix::process::fchdir(opened)?)
    };
    open().during(|| format!("enter the working directory `{directory}`")).kind(Kind::NotExecutable)?;
    // Of a directory outside the root the kernel says "(unreachable)" instead of an absolute path.
    if nix::unistd::getcwd().is_ok_and(|path| path.is_absolute()) {
        return Ok(());
    }
    Err(Error::new("it is not inside the container")
        .while_doing(format!("enter the working directory `{directory}`"))
        .of_kind(Kind::NotExecutable))
}

fn candidates(name: &str, env: &[String]) -> Vec<PathBuf> {
    if name.contains('/') {
        return vec![PathBuf::from(name)];
    }
    let path = env.iter().rev().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    path.split(':').map(|dir| if dir.is_empty() { Path::new(".") } else { Path::new(dir) }.join(name)).collect()
}

/// Where programs are looked for that are named without a directory, if nobody says otherwise.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub fn with_home(env: &[String], home: &str) -> Vec<String> {
    let mut env = env.to_vec();
    if !env.iter().any(|entry| entry.starts_with("HOME=")) {
        env.push(format!("HOME={home}"));
    }
    env
}

fn explain(name: &str, errno: Errno) -> Error {
    let act = format!("execute `{}`", name.escape_debug());
    match errno {
        Errno::ENOENT => {
            let found = name.contains('/') && Path::new(name).exists();
            let error = if found {
                Error::new("its interpreter is not in the container")
                    .with_hint("see its first line, or the loader that `file` names")
            } else if name.contains('/') {
                Error::new("no such file or directory")
            } else {
                Error::new("executable file not found in $PATH")
            };
            error.while_doing(act).of_kind(Kind::NotFound)
        }
        Errno::ENOEXEC => Error::new("exec format error")
            .with_hint("it is built for another architecture, or is a script without a `#!` line")
            .while_doing(act)
            .of_kind(Kind::NotExecutable),
        _ => Error::from(errno).while_doing(act).of_kind(Kind::NotExecutable),
    }
}

fn c_strings(strings: &[String]) -> Result<Vec<CString>> {
    strings.iter().map(|string| CString::new(string.as_str()).map_err(|_| zero_byte())).collect()
}

fn zero_byte() -> Error {
    Error::usage("an argument or variable contains a zero byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_in_the_containers_own_path() {
        let env = ["PATH=/a:/b:".to_owned()];
        assert_eq!(candidates("x", &env), [Path::new("/a/x"), Path::new("/b/x"), Path::new("./x")]);
        assert_eq!(candidates("./x", &env), [Path::new("./x")]);
        assert_eq!(candidates("x", &[]).len(), 6);
    }

    #[test]
    fn failures_have_the_exit_codes_of_a_shell() {
        assert_eq!(explain("x", Errno::ENOENT).kind.exit_code(), 127);
        assert_eq!(explain("/", Errno::EACCES).kind.exit_code(), 126);
        assert_eq!(explain("x", Errno::ENOEXEC).kind.exit_code(), 126);
    }

    #[test]
    fn home_is_the_users_unless_it_is_set() {
        assert_eq!(with_home(&[], "/root"), ["HOME=/root"]);
        assert_eq!(with_home(&["HOME=/x".into()], "/root"), ["HOME=/x"]);
    }
}
