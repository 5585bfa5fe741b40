//! Where this process stands in the trees of groups, and which places there are writable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::Version;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The v2 group of this process and those above it, nearest first.
    v2: Vec<PathBuf>,
    /// The v1 group of this process for each controller.
    v1: BTreeMap<String, PathBuf>,
}

/// A v2 group in which one can be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub directory: PathBuf,
    controllers: Vec<String>,
}

impl Parent {
    pub fn offers(&self, controller: &str) -> bool {
        self.controllers.iter().any(|offered| offered == controller)
    }
}

impl Layout {
    pub fn of_this_process() -> Layout {
        Layout::of("self")
    }

    /// Where another process stands, as far as it can be seen from here.
    pub fn of_process(pid: i32) -> Layout {
        Layout::of(&pid.to_string())
    }

    /// That of a process in the group `parent`, which is made where it is missing: below the root of the tree, or below
    /// our own group if it is relative.
    pub fn below(parent: &str) -> Layout {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let mut layout = Layout::parse(&mounts, &moved(&groups, parent));
        // What lies above is not what was asked for.
        layout.v2.truncate(1);
        for directory in layout.v2.iter().chain(layout.v1.values()) {
            let _ = fs::create_dir_all(directory); // Whether it can be used, shows next.
        }
        layout
    }

    /// The group `path`, made in every tree where that is allowed; in v2 with those of the wanted controllers that can
    /// be had.
    pub fn made(path: &str, wanted: &[&str]) -> Layout {
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Layout::parse(&mounts, &moved(&groups, path)).make(wanted)
    }

    /// As [`Layout::made`], a group below that of v2.
    pub fn divided(&self, name: &str, wanted: &[&str]) -> Layout {
        let v2 = self.v2.first().map(|group| vec![group.join(name), group.clone()]);
        Layout { v2: v2.unwrap_or_default(), v1: BTreeMap::new() }.make(wanted)
    }

    fn make(mut self, wanted: &[&str]) -> Layout {
        for directory in self.v2.first().into_iter().chain(self.v1.values()) {
            let _ = fs::create_dir_all(directory); // Whether it can be used, shows next.
        }
        // From the top: a group can only hand down what it was handed.
        self.v2.iter().skip(1).rev().for_each(|above| drop(offered(above, wanted)));
        self.v2.truncate(1);
        self.v2.retain(|directory| is_ours(directory));
        self.v1.retain(|_, directory| is_writable(directory));
        if let Some(directory) = self.v1.get("cpuset") {
            inherit_cpus(directory);
        }
        self
    }

    /// The groups themselves; one of several controllers once for each.
    pub fn groups(&self) -> impl Iterator<Item = (&Path, Version)> {
        let v2 = self.v2.first().map(|directory| (directory.as_path(), Version::V2));
        v2.into_iter().chain(self.v1.values().map(|directory| (directory.as_path(), Version::V1)))
    }

    /// That of them which has the controller. Devices have none in v2, where a program decides.
    pub fn group_with(&self, controller: &str) -> Option<(&Path, Version)> {
        let offers = |directory: &PathBuf| {
            let controllers = fs::read_to_string(directory.join("cgroup.controllers")).unwrap_or_default();
            controllers.split_whitespace().any(|offered| offered == controller)
        };
        let has_v1 = self.v1_parent(controller).map(|directory| (directory, Version::V1));
        let v2 = self.v2.first().filter(|directory| offers(directory) || controller == "devices");
        has_v1.or(v2.map(|directory| (directory.as_path(), Version::V2)))
    }

    /// Of a v2 group alone.
    pub fn at(group: PathBuf) -> Layout {
        Layout { v2: vec![group], v1: BTreeMap::new() }
    }

    /// The v2 group of the process.
    pub fn v2_group(&self) -> Option<&Path> {
        self.v2.first().map(PathBuf::as_path)
    }

    /// Where the v2 tree is mounted.
    pub fn v2_mount_point(&self) -> Option<PathBuf> {
        self.v2.last().cloned()
    }

    fn of(process: &str) -> Layout {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Layout::parse(&text("/proc/self/mountinfo"), &text(&format!("/proc/{process}/cgroup")))
    }

    /// Reads /proc/self/mountinfo (man 5 proc) and /proc/self/cgroup (man 7 cgroups).
    fn parse(mounts: &str, groups: &str) -> Layout {
        // `hierarchy:controllers:path`; v2 has no controllers.
        let own: Vec<(Vec<&str>, &str)> = groups
            .lines()
            .filter_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                Some((controllers.split(',').collect(), path))
            })
            .collect();
        let own_path =
            |controller: &str| own.iter().find(|(names, _)| names.contains(&controller)).map(|(_, path)| *path);

        let mut layout = Layout::default();
        for line in mounts.lines() {
            let Some((mount, kind)) = line.split_once(" - ") else { continue };
            let (mount, kind): (Vec<&str>, Vec<&str>) = (mount.split(' ').collect(), kind.split(' ').collect());
            let (Some(root), Some(mount_point), Some(file_system)) = (mount.get(3), mount.get(4), kind.first()) else {
                continue;
            };
            match *file_system {
                "cgroup2" if layout.v2.is_empty() => {
                    if let Some(path) = own_path("") {
                        layout.v2 = ancestors(Path::new(mount_point), below(root, path));
                    }
                }
                "cgroup" => {
                    for controller in kind.get(2).unwrap_or(&"").split(',') {
                        if let Some(path) = own_path(controller) {
                            let directory = Path::new(mount_point).join(below(root, path));
                            layout.v1.entry(controller.to_owned()).or_insert(directory);
                        }
                    }
                }
                _ => {}
            }
        }
        layout
    }

    /// The group above or at our own that offers the most of the wanted controllers; the nearest of equals.
    pub fn v2_parent(&self, wanted: &[&str]) -> Option<Parent> {
        let mut best: Option<(usize, Parent)> = None;
        for directory in self.v2.iter().filter(|directory| is_ours(directory)) {
            let parent = Parent { directory: directory.clone(), controllers: offered(directory, wanted) };
            let count = wanted.iter().filter(|controller| parent.offers(controller)).count();
            if count > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((count, parent));
            }
        }
        best.map(|(_, parent)| parent)
    }

    /// The group itself, where groups can be made below it.
    pub fn v2_own(&self) -> Option<&Path> {
        self.v2.first().filter(|directory| is_ours(directory)).map(PathBuf::as_path)
    }

    /// As [`Layout::v2_own`], unless it is the whole tree, which belongs to everybody.
    pub fn v2_own_part(&self) -> Option<&Path> {
        self.v2_own().filter(|_| self.v2.len() > 1)
    }

    /// Whether groups below it can have the controller.
    pub fn hands_down(&self, controller: &str) -> bool {
        let controllers = self.v2.first().map(|own| fs::read_to_string(own.join("cgroup.controllers")));
        controllers.is_some_and(|text| text.unwrap_or_default().split_whitespace().any(|known| known == controller))
    }

    /// Some group below which one can be made; of v2 if there is one.
    pub fn any_parent(&self) -> Option<(&Path, Version)> {
        let v1 = || self.v1.values().find(|directory| is_writable(directory));
        let v2 = self.v2_own().map(|directory| (directory, Version::V2));
        v2.or_else(|| v1().map(|directory| (directory.as_path(), Version::V1)))
    }

    pub fn v1_parent(&self, controller: &str) -> Option<&Path> {
        // What v2 calls `io` was `blkio` before.
        let controller = if controller == "io" { "blkio" } else { controller };
        let directory = self.v1.get(controller)?;
        is_writable(directory).then_some(directory)
    }
}

/// The text of /proc/PID/cgroup for a process that is in `parent` instead.
fn moved(groups: &str, parent: &str) -> String {
    let line = |line: &str| -> Option<String> {
        let (id, rest) = line.split_once(':')?;
        let (controllers, own) = rest.split_once(':')?;
        let path = if parent.starts_with('/') { Path::new("/").join(parent) } else { Path::new(own).join(parent) };
        Some(format!("{id}:{controllers}:{}\n", path.display()))
    };
    groups.lines().filter_map(line).collect()
}

/// Our path as it is seen through a mount of `root`.
fn below<'a>(root: &str, path: &'a str) -> &'a str {
    match root {
        "/" => path.trim_start_matches('/'),
        _ => path.strip_prefix(root).unwrap_or("").trim_start_matches('/'),
    }
}

fn ancestors(mount_point: &Path, path: &str) -> Vec<PathBuf> {
    mount_point.join(path).ancestors().take_while(|dir| dir.starts_with(mount_point)).map(Path::to_owned).collect()
}

/// A v1 cpuset admits nobody before it has CPUs and memory nodes: those of the groups above it.
fn inherit_cpus(directory: &Path) {
    let Some(above) = directory.parent() else { return };
    for file in ["cpuset.cpus", "cpuset.mems"] {
        let own = fs::read_to_string(directory.join(file));
        if own.is_ok_and(|list| list.trim().is_empty()) {
            inherit_cpus(above);
            let _ = fs::write(directory.join(file), fs::read_to_string(above.join(file)).unwrap_or_default());
        }
    }
}

/// Whether groups can be made here, and processes moved from here into them (cgroup-v2.rst, delegation containment).
fn is_ours(directory: &Path) -> bool {
    is_writable(directory) && is_writable(&directory.join("cgroup.procs"))
}

fn is_writable(path: &Path) -> bool {
    access(path, Access::WRITE_OK).is_ok()
}

/// Which controllers a group made in `directory` has, after those of `wanted` were switched on that can be.
fn offered(directory: &Path, wanted: &[&str]) -> Vec<String> {
    let words = |file: &str| -> Vec<String> {
        fs::read_to_string(directory.join(file)).unwrap_or_default().split_whitespace().map(String::from).collect()
    };
    let (available, enabled) = (words("cgroup.controllers"), words("cgroup.subtree_control"));
    for controller in wanted.iter().filter(|name| available.iter().any(|known| known == *name)) {
        if !enabled.iter().any(|known| known == controller) {
            // Refused where the group has processes of its own (cgroup-v2.rst, no internal process constraint).
            let _ = fs::write(directory.join("cgroup.subtree_control"), format!("+{controller}"));
        }
    }
    words("cgroup.subtree_control")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hybrid_host_has_both_versions() {
        let mounts = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                      32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup cpu,cpuacct\n\
                      35 31 0:32 /jail /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let groups = "4:memory:/jail/deep\n1:cpu,cpuacct:/\n0::/user/me\n";
        let layout = Layout::parse(mounts, groups);
        let path = |text: &str| PathBuf::from(text);
        assert_eq!(layout.v1["cpu"], path("/sys/fs/cgroup/cpu/"));
        assert_eq!(layout.v1["memory"], path("/sys/fs/cgroup/memory/deep"));
        let unified = ["/sys/fs/cgroup/unified/user/me", "/sys/fs/cgroup/unified/user", "/sys/fs/cgroup/unified"];
        assert_eq!(layout.v2, unified.map(path));
    }

    #[test]
    fn a_parent_is_absolute_or_below_our_own_group() {
        assert_eq!(moved("1:cpu:/own\n0::/own\n", "/x/y"), "1:cpu:/x/y\n0::/x/y\n");
        assert_eq!(moved("0::/own\n", "x"), "0::/own/x\n");
    }

    #[test]
    fn a_host_without_cgroups_offers_nothing() {
        let layout = Layout::parse("", "0::/\n");
        assert_eq!(layout, Layout::default());
        assert_eq!((layout.v2_parent(&["memory"]), layout.v1_parent("memory")), (None, None));
    }

    #[test]
    fn the_nearest_group_that_has_the_controllers_is_taken() {
        let mount = tempfile::tempdir().unwrap();
        let own = mount.path().join("user/own");
        fs::create_dir_all(&own).unwrap();
        for (dir, enabled) in [("", "memory pids"), ("user", "memory pids"), ("user/own", "")] {
            let dir = mount.path().join(dir);
            fs::write(dir.join("cgroup.procs"), "").unwrap();
            fs::write(dir.join("cgroup.controllers"), "").unwrap();
            fs::write(dir.join("cgroup.subtree_control"), enabled).unwrap();
        }
        let layout = Layout { v2: ancestors(mount.path(), "user/own"), v1: BTreeMap::new() };
        let parent = layout.v2_parent(&["memory", "cpu"]).unwrap();
        assert_eq!(parent.directory, mount.path().join("user"));
        assert!(parent.offers("memory") && !parent.offers("cpu"));
        assert_eq!(layout.v2_parent(&["cpu"]), None);
    }
}
