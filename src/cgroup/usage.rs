//! What the processes of a container use, as its groups count it.

use std::fs;
use std::path::Path;

use super::{Plan, Version};

/// What a group counts; `None` for what no group of the container does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Nanoseconds.
    pub cpu: Option<u64>,
    pub cpu_in_kernel: Option<u64>,
    /// Bytes, without files that could be dropped from memory at once.
    pub memory: Option<u64>,
    /// Bytes; absent without a limit.
    pub memory_limit: Option<u64>,
    /// Bytes from and to disks.
    pub read: Option<u64>,
    pub written: Option<u64>,
    pub pids: Option<u64>,
}

impl Plan {
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for group in &self.groups {
            match group.version {
                Version::V2 => usage.count_v2(&group.directory),
                Version::V1 => usage.count_v1(&group.directory),
            }
        }
        usage
    }
}

impl Plan {
    /// Whether the kernel has killed a process in the groups because their limit of memory was reached.
    pub fn has_run_out_of_memory(&self) -> bool {
        self.groups.iter().any(|group| {
            let file = match group.version {
                Version::V2 => "memory.events",
                Version::V1 => "memory.oom_control",
            };
            value_of(&text(&group.directory, file), "oom_kill").is_some_and(|kills| kills > 0)
        })
    }
}

impl Usage {
    /// cgroup-v2.rst, "Interface Files" of each controller.
    fn count_v2(&mut self, group: &Path) {
        let cpu = text(group, "cpu.stat");
        let nanoseconds = |key: &str| value_of(&cpu, key).map(|micros| micros.saturating_mul(1000));
        self.cpu = self.cpu.or(nanoseconds("usage_usec"));
        self.cpu_in_kernel = self.cpu_in_kernel.or(nanoseconds("system_usec"));
        let droppable = value_of(&text(group, "memory.stat"), "inactive_file").unwrap_or(0);
        self.memory = self.memory.or(number(group, "memory.current").map(|all| all.saturating_sub(droppable)));
        self.memory_limit = self.memory_limit.or(number(group, "memory.max"));
        let io = text(group, "io.stat");
        if !io.is_empty() {
            let sum = |key: &str| {
                let words = io.split_whitespace().filter_map(|word| word.split_once('='));
                words.filter(|(name, _)| *name == key).filter_map(|(_, value)| value.parse::<u64>().ok()).sum()
            };
            self.read = self.read.or(Some(sum("rbytes")));
            self.written = self.written.or(Some(sum("wbytes")));
        }
        self.pids = self.pids.or(number(group, "pids.current"));
    }

    /// cgroup-v1/{cpuacct,memory,pids}.rst.
    fn count_v1(&mut self, group: &Path) {
        self.cpu = self.cpu.or(number(group, "cpuacct.usage"));
        self.cpu_in_kernel = self.cpu_in_kernel.or(number(group, "cpuacct.usage_sys"));
        let droppable = value_of(&text(group, "memory.stat"), "total_inactive_file").unwrap_or(0);
        let memory = number(group, "memory.usage_in_bytes").map(|all| all.saturating_sub(droppable));
        self.memory = self.memory.or(memory);
        // "No limit" is a number near 2^63 there.
        let limit = number(group, "memory.limit_in_bytes").filter(|bytes| *bytes < 1 << 62);
        self.memory_limit = self.memory_limit.or(limit);
        self.pids = self.pids.or(number(group, "pids.current"));
    }
}

fn text(group: &Path, file: &str) -> String {
    fs::read_to_string(group.join(file)).unwrap_or_default()
}

fn number(group: &Path, file: &str) -> Option<u64> {
    text(group, file).trim().parse().ok()
}

/// Of a line `key value`.
fn value_of(text: &str, key: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    value.and_then(|value| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| fs::write(dir.path().join(file), text).unwrap();
        write("cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\n");
        write("memory.current", "100\n");
        write("memory.stat", "anon 1\ninactive_file 40\n");
        write("memory.max", "max\n");
        write("io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n");
        let mut usage = Usage::default();
        usage.count_v2(dir.path());
        let expected = Usage {
            cpu: Some(5000),
            cpu_in_kernel: Some(2000),
            memory: Some(60),
            read: Some(11),
            written: Some(22),
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        write("memory.usage_in_bytes", "7\n");
        write("memory.limit_in_bytes", "9223372036854771712\n");
        write("cpuacct.usage", "9\n");
        let mut usage = Usage::default();
        usage.count_v1(dir.path());
        assert_eq!((usage.memory, usage.memory_limit, usage.cpu), (Some(7), None, Some(9)));
    }
}
