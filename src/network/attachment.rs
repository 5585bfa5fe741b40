//! The program that carries the packets: started, waited for until it is ready, and ended.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::builtin::Proxy;
use crate::error::{During, Error, Result};
use crate::process::spawn::spawn_passing;
use crate::sys;

/// Configuring an interface takes milliseconds; on a machine under the heaviest load, seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection in use. It ends when dropped, and with the process that holds it.
#[derive(Debug, Default)]
pub struct Attachment {
    helper: Option<Helper>,
    proxy: Option<Proxy>,
}

impl Attachment {
    pub(super) fn held_by(helper: Helper) -> Attachment {
        Attachment { helper: Some(helper), proxy: None }
    }

    pub(super) fn by(proxy: Proxy) -> Attachment {
        Attachment { helper: None, proxy: Some(proxy) }
    }

    /// Returns when the namespace is configured.
    pub fn wait_until_ready(&mut self) -> Result<()> {
        self.proxy
            .as_mut()
            .map_or(Ok(()), Proxy::wait_until_ready)
            .during(|| "connect to the network")
            .hint(|| "`--network none` or `--network host` runs it all the same; `box doctor` looks for the cause")
    }

    /// The process that carries the packets; whoever reaps children by hand may meet it.
    pub fn helper_pid(&self) -> Option<i32> {
        let helper = self.helper.as_ref().map(|helper| helper.child.id() as i32);
        helper.or_else(|| self.proxy.as_ref().map(Proxy::pid))
    }
}

#[derive(Debug)]
pub(super) struct Helper {
    child: Child,
    /// Names the process even after somebody else has reaped it.
    handle: OwnedFd,
    /// What it wrote to its standard error.
    said: File,
    /// The helper ends when this is closed, if it knows how to.
    _leash: Option<OwnedFd>,
}

impl Helper {
    /// Starts `command` with `passed` open; it dies with this process.
    pub(super) fn start(mut command: Command, passed: &[BorrowedFd<'_>], leash: Option<OwnedFd>) -> Result<Helper> {
        let said = memfd_create("stderr", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.try_clone()?);
        sys::child::die_with_parent(&mut command);
        let child = spawn_passing(&mut command, passed)?;
        let pid = Pid::from_raw(child.id() as i32).expect("a child has a pid");
        let handle = pidfd_open(pid, PidfdFlags::empty()).during(|| format!("open process {}", child.id()))?;
        Ok(Helper { child, handle, said: File::from(said), _leash: leash })
    }

    /// Waits until the helper writes to `ready`; an error with its own words if it ends before that.
    pub(super) fn wait_until_ready(&mut self, ready: OwnedFd) -> Result<()> {
        if !self.wrote_to(ready)? {
            return Err(Error::new(self.last_words()));
        }
        // From here on nobody reads what it says, so it may say no more: memory is not for logs.
        let _ = fcntl_add_seals(&self.said, SealFlags::GROW);
        Ok(())
    }

    fn wrote_to(&self, ready: OwnedFd) -> Result<bool> {
        let deadline = Instant::now() + PATIENCE;
        let mut ready = File::from(ready);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).ok();
            let mut watched = [PollFd::new(&ready, PollFlags::IN), PollFd::new(&self.handle, PollFlags::IN)];
            match poll(&mut watched, timeout.as_ref()) {
                Ok(0) => return Err(Error::new(format!("not ready after {} seconds", PATIENCE.as_secs()))),
                Err(rustix::io::Errno::INTR) => continue,
                polled => polled?,
            };
            if !watched[0].revents().is_empty() {
                return Ok(ready.read(&mut [0; 16])? > 0);
            }
            if !watched[1].revents().is_empty() {
                return Ok(false);
            }
        }
    }

    /// The last lines that the helper wrote, without what it says about a missing system log.
    fn last_words(&mut self) -> String {
        self.end();
        let mut buffer = [0; 8192];
        let length = self.said.read_at(&mut buffer, 0).unwrap_or(0);
        last_words(&String::from_utf8_lossy(&buffer[..length]))
    }

    fn end(&mut self) {
        let _ = pidfd_send_signal(self.handle.as_fd(), Signal::KILL); // It has ended already.
        let _ = self.child.wait(); // Whoever reaps every child has reaped this one too.
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.end();
    }
}

fn last_words(said: &str) -> String {
    let noise = |line: &&str| line.starts_with("Failed to send ") || line.starts_with("WARNING: Support for ");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty() && !noise(line)).collect();
    match lines.len() {
        0 => "it ended without a word".to_owned(),
        count => lines[count.saturating_sub(2)..].join("; "),
    }
}

#[cfg(test)]
mod tests {
    use rustix::pipe::{PipeFlags, pipe_with};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_helper_that_ends_early_is_quoted() {
        let (ready, _written) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let mut helper = Helper::start(shell("echo first >&2; echo no device >&2; exit 1"), &[], None).unwrap();
        let error = helper.wait_until_ready(ready).unwrap_err();
        assert_eq!(error.to_string(), "first; no device");
        assert_eq!(last_words("Failed to send 46 bytes to syslog\n"), "it ended without a word");
    }

    #[test]
    fn a_helper_ends_when_its_attachment_is_dropped() {
        use std::os::fd::AsRawFd;
        let (ready, written) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        // Not `>&N`: dash knows only single digits there.
        let script = format!("echo 1 >/proc/self/fd/{}; while :; do read line </dev/zero; done", written.as_raw_fd());
        let mut helper = Helper::start(shell(&script), &[written.as_fd()], None).unwrap();
        helper.wait_until_ready(ready).unwrap();
        let attachment = Attachment::held_by(helper);
        let pid = attachment.helper_pid().unwrap();
        drop(attachment);
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    }
}
