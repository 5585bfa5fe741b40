//! Limits on what a container uses: cgroup v2 where a writable subtree is delegated, or where the user's systemd makes
//! one (a scope), v1 where it is writable, and what is left without any (the CPUs to run on).
//!
//! [`Plan::choose`] decides on the caller's side and says which limits cannot be kept; the plan goes to the monitor,
//! which makes the group, admits process 1 before it runs the payload, and removes the group at the end. Each
//! controller is looked for by itself, so a host with both versions serves as well as one with either. The monitor and
//! its helpers stay where the caller is, unless there is a scope: that has to have a process. A container without
//! limits gets no group.

mod devices;
mod freezer;
mod layout;
mod resources;
mod scope;
mod usage;
mod wishes;

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use rustix::fs::{Mode, OFlags, open};
use serde::{Deserialize, Serialize};

use crate::error::{During, Result};
use crate::host::systemd;
use crate::settings::{CgroupMode, Limits};

use devices::DeviceRules;
pub use freezer::Freezer;
use layout::Layout;
pub use usage::Usage;
use wishes::{Value, Wish};

/// The groups of one container and the values to write into them; nothing for a container without limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    groups: Vec<Group>,
    /// CPUs to run on where no group can say so. The payload may widen this again.
    affinity: Vec<usize>,
    /// The systemd scope in which the groups are.
    scope: Option<String>,
    /// The group that is to be divided between the monitor and the container, before there are groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    divided: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    directory: PathBuf,
    /// In the order of writing.
    values: Vec<Value>,
    version: Version,
    #[serde(default, skip_serializing_if = "DeviceRules::is_empty")]
    devices: DeviceRules,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Version {
    V1,
    V2,
}

impl Plan {
    /// Chooses how to keep `limits` on this machine; each text is a warning for the user about a limit that cannot be.
    pub fn choose(limits: &Limits, container_id: &str) -> Result<(Plan, Vec<String>)> {
        let wishes = wishes::of(limits)?;
        let is_split = limits.cgroups == CgroupMode::Split;
        if wishes.is_empty() && limits.cgroup_parent.is_none() && !limits.own_group && !is_split {
            return Ok((Plan::default(), Vec::new()));
        }
        let layout = match (limits.cgroups, &limits.cgroup_parent) {
            (CgroupMode::Disabled, _) => Layout::default(),
            (_, Some(parent)) => Layout::below(parent),
            (CgroupMode::Enabled | CgroupMode::NoConmon | CgroupMode::Split, None) => Layout::of_this_process(),
        };
        // Whatever limits the group of a service has, hold for the container: it stays below it.
        if is_split && let Some(own) = layout.v2_own_part() {
            let lacking =
                wishes.iter().filter(|wish| !layout.hands_down(&wish.controller)).map(Wish::not_kept).collect();
            return Ok((Plan { divided: Some(own.to_owned()), ..Plan::default() }, lacking));
        }
        let name = group_name(container_id);
        let (mut plan, mut warnings) = grant(wishes.clone(), &layout, &name);
        let may_ask_systemd =
            !limits.without_systemd && limits.cgroups != CgroupMode::Disabled && limits.cgroup_parent.is_none();
        if let Some(offer) = scope::offer().filter(|_| may_ask_systemd && !warnings.is_empty()) {
            let lacking: Vec<String> = wishes.iter().filter(|wish| !offer.keeps(wish)).map(Wish::not_kept).collect();
            if lacking.len() < warnings.len() {
                let scope = Some(format!("{name}.scope"));
                return Ok((Plan { scope, ..Plan::default() }, lacking));
            }
        }
        if limits.own_group && !plan.groups.iter().any(|group| group.version == Version::V2) {
            match layout.v2_own() {
                Some(directory) => plan.add(directory.join(&name), Version::V2, Vec::new()),
                None if may_ask_systemd && scope::offer().is_some() => {
                    return Ok((Plan { scope: Some(format!("{name}.scope")), ..Plan::default() }, warnings));
                }
                None => warnings.push("there is no control group of its own for systemd inside".to_owned()),
            }
        }
        if limits.cgroup_parent.is_some() && plan.groups.is_empty() {
            match layout.any_parent() {
                Some((directory, version)) => plan.add(directory.join(&name), version, Vec::new()),
                None => warnings.push("--cgroup-parent is not kept: no group can be made there".to_owned()),
            }
        }
        Ok((plan, warnings))
    }

    /// Moves this process, the monitor, to where the groups can be made: a plan with a scope knows them only then.
    pub fn settle(&self, limits: &Limits, container_id: &str) -> Result<Plan> {
        if let Some(own) = &self.divided {
            return divide(own, limits);
        }
        let Some(unit) = &self.scope else { return Ok(self.clone()) };
        let layout = scope::enter(unit, None, container_id)?;
        // What could not be kept was said when the plan was made.
        let name = group_name(container_id);
        let (mut plan, _) = grant(wishes::of(limits)?, &layout, &name);
        if limits.own_group && plan.groups.is_empty() {
            // With all that it can divide further.
            let parent = layout.v2_parent(&["cpu", "io", "memory", "pids"]).map(|parent| parent.directory);
            let parent = parent.or_else(|| layout.v2_group().map(Path::to_owned));
            if let Some(parent) = parent {
                plan.add(parent.join(&name), Version::V2, Vec::new());
            }
        }
        Ok(Plan { scope: self.scope.clone(), ..plan })
    }

    /// Makes the groups with their limits.
    pub fn create(&self) -> Result<()> {
        self.groups.iter().try_for_each(Group::create).inspect_err(|_| self.remove())
    }

    /// The directory of the v2 group, for a child that shall begin its life there (clone3 CLONE_INTO_CGROUP).
    pub fn open_v2(&self) -> Option<OwnedFd> {
        let group = self.groups.iter().find(|group| group.version == Version::V2)?;
        open(&group.directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()
    }

    /// Puts a process, and whatever it starts from then on, under the limits. Once more does no harm.
    pub fn admit(&self, pid: Pid) -> Result<()> {
        for group in &self.groups {
            let file = group.directory.join("cgroup.procs");
            match (fs::write(&file, pid.to_string()), users_unit(&group.directory)) {
                // It comes from a group that is not the user's, as that of a login session.
                (Err(error), Some((unit, below))) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    systemd::attach(unit, below, pid.as_raw().unsigned_abs())?;
                }
                (written, _) => written.during(|| format!("write process {pid} to {}", file.display()))?,
            }
        }
        if self.affinity.is_empty() {
            return Ok(());
        }
        let mut cpus = CpuSet::new();
        for cpu in &self.affinity {
            cpus.set(*cpu).during(|| format!("choose CPU {cpu}"))?;
        }
        sched_setaffinity(pid, &cpus).during(|| "choose the CPUs to run on")
    }

    /// As [`Plan::admit`], for a further process of a container with the process `payload`: where that has divided its
    /// group, as systemd does, there is no room at the top any more.
    pub fn admit_beside(&self, pid: Pid, payload: i32) -> Result<()> {
        let mut plan = self.clone();
        if !plan.groups.is_empty()
            && let Some(current) = Layout::of_process(payload).v2_group()
        {
            let divided = plan.groups.iter_mut().filter(|group| current.starts_with(&group.directory));
            divided.for_each(|group| group.directory = current.to_owned());
        }
        plan.admit(pid)
    }

    /// Changes the limits of a container that runs, whose process is `payload`; `members` lists all of its processes.
    /// What is returned takes the place of this plan; the texts are warnings as of [`Plan::choose`].
    pub fn update(
        &self,
        limits: &Limits,
        container_id: &str,
        payload: i32,
        members: &dyn Fn() -> Result<Vec<i32>>,
    ) -> Result<(Plan, Vec<String>)> {
        let mut plan = self.clone();
        let (kept, new): (Vec<Wish>, Vec<Wish>) =
            wishes::of(limits)?.into_iter().partition(|wish| self.group_for(wish).is_some());
        for wish in &kept {
            let group = self.group_for(wish).expect("it was partitioned so");
            rewrite(group, wish.of(group.version))?;
        }
        let (fresh, warnings) = match limits.cgroups {
            CgroupMode::Disabled => grant(new, &Layout::default(), ""),
            _ => grant(new, &Layout::of_process(payload), &group_name(container_id)),
        };
        for group in &fresh.groups {
            group.create()?;
        }
        // Those that came meanwhile were made by one that is under the limits already, or will be in the next round.
        for _ in 0..2 {
            members()?.into_iter().try_for_each(|pid| fresh.admit_all_threads(pid))?;
        }
        for group in fresh.groups {
            plan.add(group.directory, group.version, group.values);
        }
        plan.affinity = fresh.affinity;
        Ok((plan, warnings))
    }

    /// The group that has the files of this wish.
    fn group_for(&self, wish: &Wish) -> Option<&Group> {
        self.groups.iter().find(|group| {
            let files = wish.of(group.version);
            !files.is_empty() && files.iter().all(|value| value.may_lack || group.directory.join(&value.file).exists())
        })
    }

    /// A process that has ended needs no limits.
    fn admit_all_threads(&self, pid: i32) -> Result<()> {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let threads: Vec<i32> = threads.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        for thread in if self.affinity.is_empty() { vec![pid] } else { threads } {
            let admitted = self.admit(Pid::from_raw(thread));
            if admitted.is_err() && fs::exists(format!("/proc/{pid}/task/{thread}")).unwrap_or(false) {
                return admitted;
            }
        }
        Ok(())
    }

    /// Kills every process in the group; whether there was a way to do so (v2, since Linux 5.14).
    pub fn kill(&self) -> bool {
        self.groups.iter().any(|group| {
            let file = group.directory.join("cgroup.kill");
            // Never created: in a v1 group there is no such file, and none can be made.
            group.version == Version::V2
                && fs::OpenOptions::new().write(true).open(&file).is_ok()
                && fs::write(&file, "1").is_ok()
        })
    }

    /// Removes the groups, whose processes have ended.
    pub fn remove(&self) {
        self.groups.iter().for_each(|group| remove_tree(&group.directory));
    }
}

impl Group {
    fn create(&self) -> Result<()> {
        match fs::create_dir(&self.directory) {
            // A monitor that was killed has left it.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.during(|| format!("make cgroup {}", self.directory.display()))?,
        }
        self.values.iter().try_for_each(|value| value.write(&self.directory))?;
        self.devices.apply(&self.directory, self.version)
    }
}

/// A group with those that its processes have made below it.
fn remove_tree(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    let _ = fs::remove_dir(group); // Removed before, or a process that left the container lives on.
}

/// Makes room in our own group for one of the container's, beside one for us and whoever else is in it: limits can be
/// set only where no process is beside groups (cgroup-v2.rst).
fn divide(own: &Path, limits: &Limits) -> Result<Plan> {
    let ours = own.join("monitor");
    match fs::create_dir(&ours) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.during(|| format!("make cgroup {}", ours.display()))?,
    }
    let members = fs::read_to_string(own.join("cgroup.procs")).during(|| format!("look into {}", own.display()))?;
    for pid in members.lines() {
        match fs::write(ours.join("cgroup.procs"), pid) {
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {} // It has ended.
            moved => moved.during(|| format!("make room in cgroup {}", own.display()))?,
        }
    }
    let layout = Layout::at(own.to_owned());
    // What cannot be kept was said when the plan was made.
    let (mut plan, _) = grant(wishes::of(limits)?, &layout, "container");
    if plan.groups.is_empty() {
        plan.add(own.join("container"), Version::V2, Vec::new());
    }
    Ok(plan)
}

/// Writes new values; in either order, for some are limited by each other (v1: memory, and memory with swap).
fn rewrite(group: &Group, values: &[Value]) -> Result<()> {
    let write = |value: &Value| value.write(&group.directory);
    if values.iter().try_for_each(write).is_ok() {
        return Ok(());
    }
    values.iter().rev().try_for_each(write)
}

/// The unit of a user's systemd that a group belongs to, and the group's path below the unit's.
fn users_unit(group: &Path) -> Option<(&str, &str)> {
    let (_, managed) = group.to_str()?.split_once("/user@")?;
    // The outermost: a systemd inside the container has units of its own.
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    let unit = managed.split('/').skip(1).find(is_unit)?;
    let (_, below) = managed.split_once(&format!("/{unit}"))?;
    Some((unit, if below.is_empty() { "/" } else { below }))
}

fn group_name(container_id: &str) -> String {
    format!("box-{container_id}")
}

/// Finds a place for each wish; the rest become warnings.
fn grant(wishes: Vec<Wish>, layout: &Layout, group_name: &str) -> (Plan, Vec<String>) {
    let wanted: Vec<&str> = wishes.iter().map(|wish| wish.controller.as_str()).collect();
    let v2_parent = layout.v2_parent(&wanted);
    let mut plan = Plan::default();
    let mut warnings = Vec::new();
    for wish in wishes {
        let v2 = v2_parent.as_ref().filter(|parent| parent.offers(&wish.controller));
        if let Some(parent) = v2 {
            plan.add(parent.directory.join(group_name), Version::V2, wish.v2);
        } else if let Some(parent) = layout.v1_parent(&wish.controller).filter(|_| !wish.v1.is_empty()) {
            let needed = if wish.controller == "cpuset" { wishes::memory_nodes_of(parent) } else { None };
            plan.add(parent.join(group_name), Version::V1, needed.into_iter().chain(wish.v1).collect());
        } else if !wish.affinity.is_empty() {
            plan.affinity = wish.affinity;
        } else {
            warnings.push(wish.not_kept());
        }
    }
    (plan, warnings)
}

impl Plan {
    fn add(&mut self, directory: PathBuf, version: Version, values: Vec<Value>) {
        match self.groups.iter_mut().find(|group| group.directory == directory) {
            Some(group) => group.values.extend(values),
            None => self.groups.push(Group { directory, values, version, devices: DeviceRules::default() }),
        }
    }
}

#[cfg(test)]
mod tests;
