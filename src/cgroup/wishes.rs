//! Each limit in the words of cgroup v2 and of v1.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Version;
use crate::error::{During, Error, Result};
use crate::settings::{DeviceLimit, DeviceRate, Limits};

/// Microseconds; the kernel's own default.
const CPU_PERIOD: u64 = 100_000;
/// Microseconds; the kernel refuses less.
const SMALLEST_QUOTA: u64 = 1_000;

/// One limit that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// As it was asked for.
    pub option: &'static str,
    pub controller: String,
    pub v2: Vec<Value>,
    pub v1: Vec<Value>,
    /// CPUs that do instead, where no group can be had.
    pub affinity: Vec<usize>,
}

impl Wish {
    /// Nothing yet.
    pub fn for_controller(option: &'static str, controller: &str) -> Wish {
        Wish { option, controller: controller.to_owned(), v2: Vec::new(), v1: Vec::new(), affinity: Vec::new() }
    }

    /// For the user.
    pub fn not_kept(&self) -> String {
        format!("{} is not kept: no writable cgroup has the {} controller", self.option, self.controller)
    }

    pub fn of(&self, version: Version) -> &[Value] {
        match version {
            Version::V1 => &self.v1,
            Version::V2 => &self.v2,
        }
    }
}

/// The content of one file of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub file: String,
    pub content: String,
    /// A kernel that does not account for swap lacks the file, and has nothing to limit.
    pub may_lack: bool,
}

impl Value {
    pub fn new(file: &str, content: impl ToString) -> Value {
        Value { file: file.to_owned(), content: content.to_string(), may_lack: false }
    }

    pub fn if_there(file: &str, content: impl ToString) -> Value {
        Value { may_lack: true, ..Value::new(file, content) }
    }

    pub fn write(&self, group: &Path) -> Result<()> {
        let path = group.join(&self.file);
        match fs::write(&path, &self.content) {
            // In a cgroup file system nothing can be created: an absent file is refused by either name.
            Err(error) if self.may_lack && (!path.exists() || error.kind() == std::io::ErrorKind::NotFound) => Ok(()),
            written => written.during(|| format!("write `{}` to {}", self.content, path.display())),
        }
    }
}

pub(super) fn of(limits: &Limits) -> Result<Vec<Wish>> {
    let memory = memory(limits);
    let cpu_time = limits.nano_cpus.filter(|nano| *nano > 0).map(cpu_time);
    let cpu_shares = limits.cpu_shares.filter(|shares| *shares > 0).map(cpu_shares);
    let cpuset = limits.cpuset_cpus.as_deref().filter(|list| !list.is_empty()).map(cpuset).transpose()?;
    let pids = limits.pids.map(pids);
    let memory_nodes = limits.cpuset_mems.as_deref().filter(|list| !list.is_empty()).map(memory_nodes);
    let reservation = limits.memory_reservation.filter(|bytes| *bytes > 0).map(reservation);
    let weight = limits.blkio_weight.map(blkio_weight);
    let mut wishes: Vec<Wish> =
        [memory, reservation, cpu_time, cpu_shares, cpuset, memory_nodes, pids, weight].into_iter().flatten().collect();
    wishes.extend(limits.cgroup_conf.iter().map(raw));
    for limit in &limits.devices {
        wishes.push(device(limit)?);
    }
    Ok(wishes)
}

fn memory(limits: &Limits) -> Option<Wish> {
    let (memory, both) = (limits.memory.filter(|bytes| *bytes > 0), limits.memory_swap.filter(|bytes| *bytes > 0));
    let mut wish =
        Wish { controller: "memory".to_owned(), ..empty(if memory.is_some() { "--memory" } else { "--memory-swap" }) };
    if let Some(bytes) = memory {
        wish.v2.push(Value::new("memory.max", bytes));
        wish.v1.push(Value::new("memory.limit_in_bytes", bytes));
    }
    // As with Docker: twice the memory where nothing is said. v2 limits swap by itself, v1 memory and swap together.
    let (swap_v2, both_v1) = match (memory, both) {
        (None, None) => return None,
        (_, Some(u64::MAX)) => ("max".to_owned(), "-1".to_owned()),
        (memory, Some(both)) => (both.saturating_sub(memory.unwrap_or(0)).to_string(), both.to_string()),
        (Some(memory), None) => (memory.to_string(), memory.saturating_mul(2).to_string()),
    };
    wish.v2.push(Value::if_there("memory.swap.max", swap_v2));
    wish.v1.push(Value::if_there("memory.memsw.limit_in_bytes", both_v1));
    Some(wish)
}

fn reservation(bytes: u64) -> Wish {
    Wish {
        controller: "memory".to_owned(),
        v2: vec![Value::new("memory.low", bytes)],
        v1: vec![Value::new("memory.soft_limit_in_bytes", bytes)],
        ..empty("--memory-reservation")
    }
}

fn cpu_time(nano_cpus: u64) -> Wish {
    if nano_cpus == u64::MAX {
        return Wish {
            controller: "cpu".to_owned(),
            v2: vec![Value::new("cpu.max", format!("max {CPU_PERIOD}"))],
            v1: vec![Value::new("cpu.cfs_quota_us", -1)],
            ..empty("--cpus")
        };
    }
    let quota = (nano_cpus / (1_000_000_000 / CPU_PERIOD)).max(SMALLEST_QUOTA);
    Wish {
        controller: "cpu".to_owned(),
        v2: vec![Value::new("cpu.max", format!("{quota} {CPU_PERIOD}"))],
        v1: vec![Value::new("cpu.cfs_period_us", CPU_PERIOD), Value::new("cpu.cfs_quota_us", quota)],
        ..empty("--cpus")
    }
}

/// From 2..262144 to 1..10000, as all runtimes do.
pub(super) fn cpu_weight(shares: u64) -> u64 {
    1 + (shares.clamp(2, 262_144) - 2) * 9_999 / 262_142
}

fn cpu_shares(shares: u64) -> Wish {
    let shares = shares.clamp(2, 262_144);
    Wish {
        controller: "cpu".to_owned(),
        v2: vec![Value::new("cpu.weight", cpu_weight(shares))],
        v1: vec![Value::new("cpu.shares", shares)],
        ..empty("--cpu-shares")
    }
}

fn cpuset(list: &str) -> Result<Wish> {
    let affinity =
        parse_cpu_list(list).ok_or_else(|| Error::usage(format!("`{list}` is no list of CPUs such as 0-2,4")))?;
    let value = vec![Value::new("cpuset.cpus", list)];
    Ok(Wish { controller: "cpuset".to_owned(), v2: value.clone(), v1: value, affinity, ..empty("--cpuset-cpus") })
}

fn memory_nodes(list: &str) -> Wish {
    let value = vec![Value::new("cpuset.mems", list)];
    Wish { controller: "cpuset".to_owned(), v2: value.clone(), v1: value, ..empty("--cpuset-mems") }
}

/// From 10..1000 to 1..10000, as all runtimes do.
pub(super) fn io_weight(weight: u64) -> u64 {
    1 + (weight.clamp(10, 1000) - 10) * 9_999 / 990
}

fn blkio_weight(weight: u16) -> Wish {
    Wish {
        controller: "io".to_owned(),
        v2: vec![Value::new("io.weight", format!("default {}", io_weight(weight.into())))],
        v1: vec![Value::new("blkio.weight", weight)],
        ..empty("--blkio-weight")
    }
}

/// A file of v2 by its own name; the controller is what stands before the dot.
fn raw((file, value): (&String, &String)) -> Wish {
    let controller = file.split('.').next().unwrap_or_default().to_owned();
    Wish { controller, v2: vec![Value::new(file, value)], ..empty("--cgroup-conf") }
}

fn device(limit: &DeviceLimit) -> Result<Wish> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let (option, v2_key, v1_file) = match limit.rate {
        DeviceRate::BytesRead => ("--device-read-bps", "rbps", "blkio.throttle.read_bps_device"),
        DeviceRate::BytesWritten => ("--device-write-bps", "wbps", "blkio.throttle.write_bps_device"),
        DeviceRate::Reads => ("--device-read-iops", "riops", "blkio.throttle.read_iops_device"),
        DeviceRate::Writes => ("--device-write-iops", "wiops", "blkio.throttle.write_iops_device"),
        DeviceRate::Weight => ("--blkio-weight-device", "", "blkio.weight_device"),
    };
    let act = || format!("{option} `{}`", limit.path);
    let metadata = fs::metadata(&limit.path).during(act)?;
    if !metadata.file_type().is_block_device() {
        return Err(Error::usage("it is not a block device").while_doing(act()));
    }
    let number = metadata.rdev();
    let number = format!("{}:{}", rustix::fs::major(number), rustix::fs::minor(number));
    let v2 = match limit.rate {
        DeviceRate::Weight => Value::new("io.weight", format!("{number} {}", io_weight(limit.amount))),
        _ => Value::new("io.max", format!("{number} {v2_key}={}", limit.amount)),
    };
    let v1 = vec![Value::new(v1_file, format!("{number} {}", limit.amount))];
    Ok(Wish { controller: "io".to_owned(), v2: vec![v2], v1, ..empty(option) })
}

fn pids(count: i64) -> Wish {
    let count = if count > 0 { count.to_string() } else { "max".to_owned() };
    let value = vec![Value::new("pids.max", count)];
    Wish { controller: "pids".to_owned(), v2: value.clone(), v1: value, ..empty("--pids-limit") }
}

fn empty(option: &'static str) -> Wish {
    Wish { option, controller: String::new(), v2: Vec::new(), v1: Vec::new(), affinity: Vec::new() }
}

/// A v1 cpuset admits nobody before it has memory nodes: those of its parent.
pub(super) fn memory_nodes_of(parent: &Path) -> Option<Value> {
    Some(Value::new("cpuset.mems", fs::read_to_string(parent.join("cpuset.mems")).ok()?.trim()))
}

/// `0-2,4` (man 7 cpuset, list format).
fn parse_cpu_list(list: &str) -> Option<Vec<usize>> {
    let limit = nix::sched::CpuSet::count();
    let mut cpus = Vec::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if first > last || last >= limit {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(limits: Limits, v2: &str, v1: &str) {
        let line = |values: Vec<Value>| {
            values.iter().map(|value| format!("{}={}", value.file, value.content)).collect::<Vec<_>>().join(" ")
        };
        let mut wishes = of(&limits).unwrap();
        let wish = wishes.pop().unwrap();
        assert!(wishes.is_empty());
        assert_eq!((line(wish.v2), line(wish.v1)), (v2.to_owned(), v1.to_owned()));
    }

    #[test]
    fn each_limit_is_said_in_both_languages() {
        let none = Limits::default;
        check(
            Limits { memory: Some(100), ..none() },
            "memory.max=100 memory.swap.max=100",
            "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=200",
        );
        check(
            Limits { memory: Some(100), memory_swap: Some(150), ..none() },
            "memory.max=100 memory.swap.max=50",
            "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=150",
        );
        check(
            Limits { memory: Some(100), memory_swap: Some(u64::MAX), ..none() },
            "memory.max=100 memory.swap.max=max",
            "memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=-1",
        );
        check(
            Limits { nano_cpus: Some(1_500_000_000), ..none() },
            "cpu.max=150000 100000",
            "cpu.cfs_period_us=100000 cpu.cfs_quota_us=150000",
        );
        check(
            Limits { nano_cpus: Some(1), ..none() },
            "cpu.max=1000 100000",
            "cpu.cfs_period_us=100000 cpu.cfs_quota_us=1000",
        );
        check(Limits { cpu_shares: Some(1024), ..none() }, "cpu.weight=39", "cpu.shares=1024");
        check(Limits { cpuset_cpus: Some("0-1".into()), ..none() }, "cpuset.cpus=0-1", "cpuset.cpus=0-1");
        check(Limits { nano_cpus: Some(u64::MAX), ..none() }, "cpu.max=max 100000", "cpu.cfs_quota_us=-1");
        check(Limits { blkio_weight: Some(1000), ..none() }, "io.weight=default 10000", "blkio.weight=1000");
        check(Limits { memory_reservation: Some(5), ..none() }, "memory.low=5", "memory.soft_limit_in_bytes=5");
        check(Limits { cpuset_mems: Some("0".into()), ..none() }, "cpuset.mems=0", "cpuset.mems=0");
        check(Limits { pids: Some(-1), ..none() }, "pids.max=max", "pids.max=max");
    }

    #[test]
    fn nothing_asked_for_is_nothing_wished() {
        assert!(of(&Limits::default()).unwrap().is_empty());
        assert!(
            of(&Limits { memory: Some(0), cpuset_cpus: Some(String::new()), ..Limits::default() }).unwrap().is_empty()
        );
    }

    #[test]
    fn a_list_of_cpus_is_read_or_refused() {
        assert_eq!(parse_cpu_list("0-2,4"), Some(vec![0, 1, 2, 4]));
        for bad in ["", "a", "2-1", "0-99999999999", "0-9999999", "1,,2", "-1"] {
            assert_eq!(parse_cpu_list(bad), None, "{bad}");
        }
    }
}
