//! May a procfs or sysfs be mounted in new namespaces? Only where the one outside hides nothing: with parts of it
//! covered, as in most containers, a new one would uncover them (`mount_too_revealing` of fs/namespace.c).

use std::fs;

/// Places that the kernel keeps empty for other file systems: these may be mounted there.
const FOR_MOUNTS: [&str; 15] = [
    "/proc/fs/nfsd",
    "/proc/sys/fs/binfmt_misc",
    "/sys/firmware/efi/efivars",
    "/sys/fs/bpf",
    "/sys/fs/cgroup",
    "/sys/fs/fuse/connections",
    "/sys/fs/pstore",
    "/sys/fs/resctrl",
    "/sys/fs/selinux",
    "/sys/fs/smackfs",
    "/sys/hypervisor/s390",
    "/sys/kernel/config",
    "/sys/kernel/debug",
    "/sys/kernel/security",
    "/sys/kernel/tracing",
];

/// Which of the two can be made anew. A table that cannot be read says nothing against it: the mount will tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visibility {
    pub proc: bool,
    pub sys: bool,
}

impl Visibility {
    pub fn look() -> Visibility {
        Visibility::parse(&fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
    }

    /// Reads /proc/self/mountinfo (man 5 proc): the fifth column is where something is mounted.
    fn parse(mounts: &str) -> Visibility {
        let places: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(4)).collect();
        let covered = |below: &str| {
            places.iter().any(|place| {
                // What is mounted inside of another file system covers nothing more.
                let is_in_other = FOR_MOUNTS.iter().any(|other| {
                    place.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                place.starts_with(below) && !is_in_other
            })
        };
        Visibility { proc: !covered("/proc/"), sys: !covered("/sys/") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(places: &[&str], proc: bool, sys: bool) {
        let lines: String = places.iter().map(|place| format!("1 2 0:3 / {place} rw - proc proc rw\n")).collect();
        assert_eq!(Visibility::parse(&lines), Visibility { proc, sys }, "{places:?}");
    }

    #[test]
    fn a_covered_part_keeps_a_new_one_away() {
        check(&[], true, true);
        check(&["/proc", "/proc/sys/fs/binfmt_misc", "/sys", "/sys/fs/cgroup", "/sys/fs/cgroup/memory"], true, true);
        check(&["/proc", "/proc/kcore", "/sys"], false, true);
        check(&["/proc", "/sys/firmware"], true, false);
        check(&["/process/x", "/system"], true, true);
        check(&["/sys/fs/cgroups-of-mine"], true, false);
    }
}
