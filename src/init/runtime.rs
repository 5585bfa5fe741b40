//! Another OCI runtime makes the payload (`--runtime`): init prepares everything as ever, hands the rest to it, and
//! stays as process 1, so that for the monitor the container is one of box's own.
//!
//! ```text
//!  init                                            the other runtime
//!    | namespaces, root file system, mounts,          |
//!    | accounts, secrets, devices, network            |
//!    |---- create: config.json ---------------------->| mount and pid namespace, /proc, rights, filter
//!    |<--- pid file, terminal ------------------------| ends; its container becomes a child of ours
//!    |---- start ------------------------------------>| the payload runs
//!    | forwards signals, reaps, ends as the payload ends; whatever is left dies with it
//! ```

use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sched::CloneFlags;
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::trial::attempt;
use super::user::User;
use super::{Plan, devices, mounts, program, reaper, rights, rootfs, wait_for_go};
use crate::error::{During, Error, Result};
use crate::oci::runtime::{Mount, Spec};
use crate::process::handshake::{Channel, Start};
use crate::process::listener::Receiver;
use crate::sys;

/// The runtime, and what is left to it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Runtime {
    pub program: PathBuf,
    /// Before its command.
    pub flags: Vec<String>,
    /// For its files; goes with the container.
    pub directory: PathBuf,
    /// Complete but for what only init knows: where the root is, and the payload's user.
    pub config: Spec,
}

/// Kernel parameters and processes shall be those of the container's namespaces for us and for the runtime: a procfs of
/// theirs takes the place of the host's, whose `/` this still is. So does a view of cgroups, because not every runtime
/// runs where both versions are mounted. Returns that `/`.
pub fn mount_own_views() -> Result<OwnedFd> {
    let root = rootfs::current()?;
    let view = |kind: &str, place: &str, options: &[&str]| Mount {
        destination: place.to_owned(),
        kind: kind.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        ..Mount::default()
    };
    let views = [view("proc", "/proc", &[]), view("cgroup2", "/sys/fs/cgroup", &["ro"])];
    mounts::attach_all(root.as_fd(), &views, vec![None, None])?;
    Ok(root)
}

/// Has the payload made and started, and stays for it. This process has the payload's streams already.
pub fn hand_over(
    runtime: &Runtime,
    plan: &Plan,
    root: BorrowedFd,
    user: &User,
    starter: &mut Channel,
) -> Result<Infallible> {
    let config = complete(runtime, plan, root, user)?;
    look_for_program(root, &config)?;
    rights::end_with_starter()?;
    sys::signals::reset().during(|| "reset signals")?;
    fs::create_dir_all(&runtime.directory).during(|| format!("make `{}`", runtime.directory.display()))?;
    let file = |name: &str| runtime.directory.join(name);
    fs::write(file("config.json"), config.to_json()?).during(|| "write the configuration for the runtime")?;
    let console = config.process.terminal.then(|| Receiver::bind(&file("console"))).transpose()?;

    let mut create = runtime.command("create");
    create.arg("--bundle").arg(&runtime.directory).arg("--pid-file").arg(file("pid"));
    if console.is_some() {
        create.arg("--console-socket").arg(file("console"));
    }
    runtime.run(create.arg(NAME))?;
    let payload = read_pid(&file("pid"))?;
    let handle = pidfd_open(payload, PidfdFlags::empty()).during(|| "open the process that the runtime has made")?;
    starter.send_with(&Start::Payload, Some(handle.as_fd()))?;
    if let Some(console) = console {
        starter.send_with(&Start::Terminal, Some(console.receive()?.as_fd()))?;
    }
    // The network is connected beside all of the above.
    wait_for_go(starter)?;
    runtime.run(runtime.command("start").arg(NAME))?;
    if starter.peer_has_gone() {
        return Err(Error::new("the monitor has gone"));
    }
    reaper::stay_for(Pid::from_raw(payload.as_raw_pid()))
}

/// Of the only container that the runtime knows in its directory.
const NAME: &str = "container";

impl Runtime {
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", program::DEFAULT_PATH);
        command.args(&self.flags).arg("--root").arg(self.directory.join("state"));
        command.arg("--log").arg(self.log()).args(["--log-format", "json", verb]);
        command
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Its container has our streams.
    fn run(&self, command: &mut Command) -> Result<()> {
        let name = self.program.display();
        let act = || format!("run `{name}`");
        let status = command.status().during(act)?;
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(self.log()).unwrap_or_default();
        Err(Error::new(last_message(&said).unwrap_or_else(|| format!("it ended with {status}")))).during(act)
    }
}

/// What the runtime has logged last, a JSON object a line.
fn last_message(log: &str) -> Option<String> {
    let messages = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let text = messages.filter_map(|message| Some(message.get("msg")?.as_str()?.trim().to_owned())).next_back()?;
    (!text.is_empty()).then_some(text)
}

fn complete(runtime: &Runtime, plan: &Plan, root: BorrowedFd, user: &User) -> Result<Spec> {
    if !nix::unistd::geteuid().is_root() {
        return Err(Error::usage("another runtime needs root inside, whom no id is mapped to"))
            .hint(|| "without --userns, or with subordinate ids, there is one");
    }
    let mut config = runtime.config.clone();
    config.root.path = plan.mount_point.display().to_string();
    config.process.user.uid = user.uid;
    config.process.user.gid = user.gid;
    config.process.user.additional_gids = user.groups.clone();
    config.process.env = program::with_home(&config.process.env, &user.home);
    // The runtime takes a path for it, and must not follow one of the image's.
    let dev = devices::own_dev(root)?
        .ok_or_else(|| Error::usage("with another runtime nothing can be mounted on `/dev`"))
        .hint(|| "leave out the mount, or `--runtime`")?;
    if config.process.terminal {
        devices::make_node_place(dev.as_fd(), OsStr::new("console")).during(|| "make a place for /dev/console")?;
    }
    config.mounts.push(Mount {
        destination: "/dev".to_owned(),
        kind: "bind".to_owned(),
        source: plan.mount_point.join("dev").display().to_string(),
        options: ["rbind", "rprivate", "nosuid", "noexec"].map(str::to_owned).to_vec(),
    });
    Ok(config)
}

/// The usual mistakes have their usual errors, whatever the runtime says to them.
fn look_for_program(root: BorrowedFd, config: &Spec) -> Result<()> {
    let look = || {
        rustix::process::fchdir(root).during(|| "enter the container's root")?;
        rustix::process::chroot(".").during(|| "make it the root")?;
        program::enter(&config.process.cwd)?;
        program::look_up(&config.process)
    };
    attempt(CloneFlags::empty(), |_| Ok(()), look)
}

fn read_pid(file: &Path) -> Result<rustix::process::Pid> {
    let text = fs::read_to_string(file).during(|| "read the pid file of the runtime")?;
    text.trim()
        .parse()
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .ok_or_else(|| Error::new("the runtime has written no pid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_message_of_a_log_says_why() {
        let log = "{\"msg\":\"one\",\"level\":\"error\"}\nnoise\n{\"level\":\"error\",\"msg\":\"two \"}\n";
        assert_eq!(last_message(log).as_deref(), Some("two"));
        assert_eq!(last_message(""), None);
    }
}
