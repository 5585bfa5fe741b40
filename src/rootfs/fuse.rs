//! fuse-overlayfs: the same overlay, kept by a program, where the kernel refuses to.

use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sched::CloneFlags;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::error::{During, Error, Result};
use crate::host::tools::{self, Tool};
use crate::init::Overlay;
use crate::init::namespaces::{Joined, Sight, clone_joining};
use crate::oci::runtime::NamespaceKind;
use crate::process::liveness;
use crate::process::spawn::SingleThreaded;
use crate::sys::clone::Cloned;

/// How long the program may take to mount; it does so in milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the monitor starts for a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuseMount {
    program: PathBuf,
    /// `lowerdir=...` and so on.
    options: String,
    mount_point: PathBuf,
}

/// The program is installed and /dev/fuse may be opened.
pub fn is_usable() -> bool {
    let device = std::fs::OpenOptions::new().read(true).write(true).open("/dev/fuse");
    device.is_ok() && tools::find(Tool::FuseOverlayfs).is_some()
}

impl FuseMount {
    pub fn new(overlay: &Overlay, mount_point: &Path) -> Result<FuseMount> {
        let program = tools::find(Tool::FuseOverlayfs).ok_or_else(|| {
            Error::new("fuse-overlayfs is not installed").with_hint("install it, or choose another --storage-driver")
        })?;
        let full = |path: &PathBuf| overlay.base.join(path).to_string_lossy().into_owned();
        let lowers: Vec<String> = overlay.lowers.iter().map(full).collect();
        let options =
            format!("lowerdir={},upperdir={},workdir={}", lowers.join(":"), full(&overlay.upper), full(&overlay.work));
        Ok(FuseMount { program, options, mount_point: mount_point.to_owned() })
    }

    /// Mounts in the namespaces of `container`, which has just been made; the helper ends with this process.
    pub fn start(&self, container: Pid, token: &SingleThreaded) -> Result<FuseHelper> {
        let joined = Joined::of_process(container.as_raw(), &[NamespaceKind::User, NamespaceKind::Mount])?;
        match clone_joining(&joined, CloneFlags::empty(), None, Sight::Hidden, token)? {
            Cloned::Child => self.become_helper(&self.mount_point.to_string_lossy()),
            Cloned::Parent { pid, handle } => {
                let helper = FuseHelper { pid, handle };
                self.wait_for_mount(container, &helper).during(|| "mount the root filesystem with fuse-overlayfs")?;
                Ok(helper)
            }
        }
    }

    /// Serves what the container has mounted with this descriptor of /dev/fuse. The program is root of `owners`, the
    /// user namespace in which the files have their owners; the kernel takes its numbers as those of the container's.
    pub fn serve(&self, device: OwnedFd, owners: OwnedFd, token: &SingleThreaded) -> Result<FuseHelper> {
        let joined = [Joined::from_fd(NamespaceKind::User, owners)];
        match clone_joining(&joined, CloneFlags::empty(), None, Sight::Hidden, token)? {
            Cloned::Child => {
                let number = device.as_raw_fd();
                let _ = crate::sys::fds::keep_on_exec(number); // Without it the program ends, and says so by that.
                self.become_helper(&format!("/dev/fd/{number}"))
            }
            Cloned::Parent { pid, handle } => Ok(FuseHelper { pid, handle }),
        }
    }

    /// Who we are from here on: a child of the monitor, root of a user namespace of the container; in its mount
    /// namespace, if the program is to mount.
    fn become_helper(&self, place: &str) -> ! {
        let strings = [self.program.to_string_lossy().into_owned(), "-f".into(), "-o".into(), self.options.clone()];
        let place = place.to_owned();
        let args: Vec<CString> = strings.into_iter().chain([place]).filter_map(|arg| CString::new(arg).ok()).collect();
        // Its remarks would end up among the payload's output; that it cannot work is told by its end.
        if let Ok(null) = std::fs::OpenOptions::new().write(true).open("/dev/null") {
            let _ = rustix::stdio::dup2_stdout(&null).and_then(|()| rustix::stdio::dup2_stderr(&null));
        }
        let _ = crate::init::become_root_inside(); // It says itself, through its exit, what it lacks.
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
        let _ = crate::sys::signals::reset();
        let environment = [c"PATH=/usr/bin:/bin:/usr/sbin:/sbin"];
        let _ = nix::unistd::execve(&args[0], &args, &environment);
        std::process::exit(127)
    }

    fn wait_for_mount(&self, container: Pid, helper: &FuseHelper) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let place = format!(" {} ", self.mount_point.display());
        loop {
            let mounts = liveness::text_of(container.as_raw(), "mountinfo")?;
            if mounts.lines().any(|line| line.contains(&place) && line.contains(" fuse")) {
                return Ok(());
            }
            if helper.has_ended() {
                return Err(Error::new("the program ended at once").with_hint("run it by hand to see why"));
            }
            if Instant::now() > deadline {
                return Err(Error::new(format!("no mount after {} s", PATIENCE.as_secs())));
            }
            // The program has no way to say that it is ready, and its mount cannot be waited for from outside.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The program at work.
#[derive(Debug)]
pub struct FuseHelper {
    pid: Pid,
    handle: OwnedFd,
}

impl FuseHelper {
    /// Adds why, where the program has left those alone that it serves.
    pub fn explain(&self, error: Error) -> Error {
        if !self.has_ended() {
            return error;
        }
        error.with_hint("fuse-overlayfs has ended: it may be too old to serve what others have mounted (libfuse 3.3)")
    }

    fn has_ended(&self) -> bool {
        use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
        !matches!(waitpid(self.pid, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive))
    }
}

impl Drop for FuseHelper {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = rustix::process::pidfd_send_signal(&self.handle, rustix::process::Signal::KILL);
        let _ = nix::sys::wait::waitpid(self.pid, None);
    }
}
