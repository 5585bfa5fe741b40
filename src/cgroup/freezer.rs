//! Groups whose processes stand still: `cgroup.freeze` of v2 (Linux 5.2), the freezer controller of v1.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::{Group, Plan, Version};
use crate::error::{During, Error, Result};

/// A process in an uninterruptible wait cannot be frozen before that ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rounds in which a process may escape by having a child just then.
const ROUNDS: usize = 20;

/// A group that can be frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freezer {
    directory: PathBuf,
    version: Version,
    /// The processes are put into it for this only, and go back to the group above it.
    is_borrowed: bool,
}

impl Plan {
    /// What may freeze a container, best first: its own group, else one made below that in which `payload` is. No group
    /// that is made here is writable for sure; that shows when it is used.
    pub fn freezers(&self, container_id: &str, payload: i32) -> Vec<Freezer> {
        let can_freeze = |group: &&Group| {
            group.directory.join(if group.version == Version::V2 { "cgroup.freeze" } else { "freezer.state" }).exists()
        };
        if let Some(Group { directory, version, .. }) = self.groups.iter().find(can_freeze) {
            return vec![Freezer { directory: directory.clone(), version: *version, is_borrowed: false }];
        }
        let layout = Layout::of_process(payload);
        let borrowed = |above: &Path, version| Freezer {
            directory: above.join(format!("box-{container_id}-paused")),
            version,
            is_borrowed: true,
        };
        let v1 = layout.v1_parent("freezer").map(|above| borrowed(above, Version::V1));
        let v2 = layout.v2_own().map(|above| borrowed(above, Version::V2));
        v1.into_iter().chain(v2).collect()
    }
}

impl Freezer {
    /// Freezes the processes that `members` lists, and those that they make meanwhile.
    pub fn freeze(&self, members: &dyn Fn() -> Result<Vec<i32>>) -> Result<()> {
        if self.is_borrowed {
            match fs::create_dir(&self.directory) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => made.during(|| format!("make cgroup {}", self.directory.display()))?,
            }
            self.gather(members)?;
        }
        let (file, word) = match self.version {
            Version::V1 => ("freezer.state", "FROZEN"),
            Version::V2 => ("cgroup.freeze", "1"),
        };
        self.write(file, word)?;
        let deadline = Instant::now() + PATIENCE;
        while !self.is_frozen() {
            if Instant::now() > deadline {
                return Err(Error::new("it waits for the kernel and cannot be stopped"));
            }
            // Nobody tells when it is done: v1 has no event at all.
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn gather(&self, members: &dyn Fn() -> Result<Vec<i32>>) -> Result<()> {
        for _ in 0..ROUNDS {
            let inside = self.processes(&self.directory);
            let outside: Vec<i32> = members()?.into_iter().filter(|pid| !inside.contains(pid)).collect();
            if outside.is_empty() {
                return Ok(());
            }
            outside.iter().try_for_each(|pid| admit(&self.directory, *pid))?;
        }
        Err(Error::new("new processes come faster than they are frozen"))
    }

    pub fn is_frozen(&self) -> bool {
        let text = |file: &str| fs::read_to_string(self.directory.join(file)).unwrap_or_default();
        match self.version {
            Version::V1 => text("freezer.state").trim() == "FROZEN",
            Version::V2 => text("cgroup.events").lines().any(|line| line == "frozen 1"),
        }
    }

    /// Wakes whoever is in the group, and leaves nothing of it if it was made for this. What cannot be done is left: a
    /// group without processes does no harm.
    pub fn thaw(&self) {
        let (file, word) = match self.version {
            Version::V1 => ("freezer.state", "THAWED"),
            Version::V2 => ("cgroup.freeze", "0"),
        };
        let _ = self.write(file, word); // It is gone, as is what was in it.
        if !self.is_borrowed {
            return;
        }
        for _ in 0..ROUNDS {
            let inside = self.processes(&self.directory);
            let above = self.directory.parent().filter(|_| !inside.is_empty());
            for (pid, above) in inside.iter().zip(above.into_iter().cycle()) {
                let _ = admit(above, *pid); // It has ended.
            }
            if inside.is_empty() && fs::remove_dir(&self.directory).is_ok() {
                return;
            }
        }
    }

    fn processes(&self, group: &Path) -> Vec<i32> {
        let text = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Never creates: on a cgroup file system nobody can, elsewhere it would be a lie.
    fn write(&self, file: &str, word: &str) -> Result<()> {
        use std::io::Write;
        let path = self.directory.join(file);
        let write = || fs::OpenOptions::new().write(true).open(&path)?.write_all(word.as_bytes());
        write().during(|| format!("write `{word}` to {}", path.display()))
    }
}

fn admit(group: &Path, pid: i32) -> Result<()> {
    let file = group.join("cgroup.procs");
    match fs::write(&file, pid.to_string()) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()), // it has ended
        written => written.during(|| format!("write process {pid} to {}", file.display())),
    }
}
