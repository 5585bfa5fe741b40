//! The limits of an OCI runtime spec (config-linux.md#control-groups) in the words of cgroup v2 and of v1.

use std::fs;

use super::devices::DeviceRules;
use super::layout::Layout;
use super::wishes::{Value, Wish};
use super::{Plan, rewrite, scope};
use crate::error::{Error, Result};
use crate::oci::runtime::{BlockDevice, Resources};

impl Plan {
    /// The groups of a container that a spec describes: `path` in every tree in which groups can be made, with all its
    /// limits and rules for devices. An absolute path begins at the top of the trees, any other at our own group.
    pub fn of_spec(path: &str, resources: &Resources) -> Result<Plan> {
        Plan::of_groups(resources, |wanted| Layout::made(path, wanted))
    }

    /// As [`Plan::of_spec`], in a scope that systemd makes: `path` is `slice:prefix:name`, as runc has it.
    pub fn of_spec_in_scope(path: &str, container_id: &str, resources: &Resources) -> Result<Plan> {
        let parts: Vec<&str> = path.split(':').collect();
        let [slice, prefix, name] = parts[..] else {
            return Err(Error::usage("linux.cgroupsPath: with systemd it is of the form slice:prefix:name"));
        };
        let unit = if prefix.is_empty() { format!("{name}.scope") } else { format!("{prefix}-{name}.scope") };
        let slice = Some(slice).filter(|slice| !slice.is_empty());
        let scope = scope::enter(&unit, slice, container_id)?;
        let plan = Plan::of_groups(resources, |wanted| scope.divided("container", wanted))?;
        Ok(Plan { scope: Some(unit), ..plan })
    }

    fn of_groups(resources: &Resources, layout: impl FnOnce(&[&str]) -> Layout) -> Result<Plan> {
        let wishes = wishes(resources)?;
        let wanted: Vec<&str> = wishes.iter().map(|wish| wish.controller.as_str()).collect();
        let layout = layout(&wanted);
        let mut plan = Plan::default();
        layout.groups().for_each(|(directory, version)| plan.add(directory.to_owned(), version, Vec::new()));
        for wish in wishes {
            let group = layout.group_with(&wish.controller).filter(|(_, version)| !wish.of(*version).is_empty());
            let (directory, version) = group.ok_or_else(|| Error::new(wish.not_kept()))?;
            plan.add(directory.to_owned(), version, wish.of(version).to_vec());
        }
        let guard = layout.group_with("devices").map(|(directory, _)| directory);
        for group in plan.groups.iter_mut().filter(|group| Some(group.directory.as_path()) == guard) {
            group.devices = DeviceRules::of(&resources.devices)?;
        }
        Ok(plan)
    }

    /// Changes the limits to what is said in `resources`; of what nothing is said, that stays.
    pub fn change(&self, resources: &Resources) -> Result<()> {
        for wish in wishes(resources)? {
            let group = self.group_for(&wish).ok_or_else(|| Error::new(wish.not_kept()))?;
            rewrite(group, wish.of(group.version))?;
        }
        Ok(())
    }

    /// The processes in the groups and below them.
    pub fn members(&self) -> Vec<i32> {
        let mut members: Vec<i32> = self.groups.iter().flat_map(|group| members(&group.directory)).collect();
        members.sort_unstable();
        members.dedup();
        members
    }
}

fn members(group: &std::path::Path) -> Vec<i32> {
    let own = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let below = fs::read_dir(group).into_iter().flatten().flatten();
    let below = below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let own = own.lines().filter_map(|line| line.parse().ok());
    own.chain(below.flat_map(|entry| members(&entry.path()))).collect()
}

/// One wish for each controller that something is said of.
pub(super) fn wishes(resources: &Resources) -> Result<Vec<Wish>> {
    let mut wishes: Vec<Wish> = [memory(resources)?, cpu(resources), cpuset(resources), pids(resources), io(resources)]
        .into_iter()
        .filter(|wish| !wish.v2.is_empty() || !wish.v1.is_empty())
        .collect();
    wishes.extend(resources.hugepage_limits.iter().map(|limit| Wish {
        v2: vec![Value::new(&format!("hugetlb.{}.max", limit.page_size), limit.limit)],
        v1: vec![Value::new(&format!("hugetlb.{}.limit_in_bytes", limit.page_size), limit.limit)],
        ..Wish::for_controller("linux.resources.hugepageLimits", "hugetlb")
    }));
    for (file, content) in &resources.unified {
        if file.contains('/') || !file.contains('.') {
            return Err(Error::usage(format!(
                "linux.resources.unified: `{}` is no file of a group",
                file.escape_debug()
            )));
        }
        let controller = file.split('.').next().unwrap_or_default();
        wishes.push(Wish {
            v2: vec![Value::new(file, content)],
            ..Wish::for_controller("linux.resources.unified", controller)
        });
    }
    Ok(wishes)
}

/// Bytes, or the word for no limit.
fn limit(bytes: i64) -> String {
    if bytes < 0 { "max".to_owned() } else { bytes.to_string() }
}

fn memory(resources: &Resources) -> Result<Wish> {
    let memory = &resources.memory;
    let mut wish = Wish::for_controller("linux.resources.memory", "memory");
    let given = |bytes: Option<i64>| bytes.filter(|bytes| *bytes != 0);
    if let Some(bytes) = given(memory.limit) {
        wish.v2.push(Value::new("memory.max", limit(bytes)));
        wish.v1.push(Value::new("memory.limit_in_bytes", bytes));
    }
    if let Some(bytes) = given(memory.reservation) {
        wish.v2.push(Value::new("memory.low", limit(bytes)));
        wish.v1.push(Value::new("memory.soft_limit_in_bytes", bytes));
    }
    if let Some(both) = given(memory.swap) {
        // v2 limits swap by itself.
        let swap = match given(memory.limit) {
            _ if both < 0 => "max".to_owned(),
            Some(memory) if memory > both => {
                return Err(Error::usage(
                    "linux.resources.memory.swap is memory and swap together, and less than its limit",
                ));
            }
            Some(memory) if memory >= 0 => (both - memory).to_string(),
            _ => return Err(Error::usage("linux.resources.memory.swap needs a limit of memory beside it")),
        };
        wish.v2.push(Value::if_there("memory.swap.max", swap));
        wish.v1.push(Value::if_there("memory.memsw.limit_in_bytes", both));
    }
    // v2 has neither of these.
    wish.v1.extend(memory.swappiness.map(|swappiness| Value::new("memory.swappiness", swappiness)));
    wish.v1.extend(memory.disable_oom_killer.map(|disable| Value::new("memory.oom_control", u8::from(disable))));
    Ok(wish)
}

fn cpu(resources: &Resources) -> Wish {
    let cpu = &resources.cpu;
    let mut wish = Wish::for_controller("linux.resources.cpu", "cpu");
    if let Some(shares) = cpu.shares.filter(|shares| *shares > 0) {
        wish.v2.push(Value::new("cpu.weight", super::wishes::cpu_weight(shares)));
        wish.v1.push(Value::new("cpu.shares", shares));
    }
    let (quota, period) = (cpu.quota.filter(|quota| *quota != 0), cpu.period.filter(|period| *period > 0));
    if quota.is_some() || period.is_some() {
        let quota_word = quota.map_or("max".to_owned(), limit);
        wish.v2
            .push(Value::new("cpu.max", period.map_or(quota_word.clone(), |period| format!("{quota_word} {period}"))));
        wish.v1.extend(period.map(|period| Value::new("cpu.cfs_period_us", period)));
        wish.v1.extend(quota.map(|quota| Value::new("cpu.cfs_quota_us", quota)));
    }
    if let Some(burst) = cpu.burst {
        wish.v2.push(Value::if_there("cpu.max.burst", burst));
        wish.v1.push(Value::if_there("cpu.cfs_burst_us", burst));
    }
    if let Some(idle) = cpu.idle {
        wish.v2.push(Value::if_there("cpu.idle", idle));
        wish.v1.push(Value::if_there("cpu.idle", idle));
    }
    wish.v1
        .extend(cpu.realtime_period.filter(|period| *period > 0).map(|period| Value::new("cpu.rt_period_us", period)));
    wish.v1.extend(
        cpu.realtime_runtime.filter(|runtime| *runtime != 0).map(|runtime| Value::new("cpu.rt_runtime_us", runtime)),
    );
    wish
}

fn cpuset(resources: &Resources) -> Wish {
    let cpu = &resources.cpu;
    let files = [("cpuset.cpus", &cpu.cpus), ("cpuset.mems", &cpu.mems)];
    let values: Vec<Value> =
        files.into_iter().filter(|(_, list)| !list.is_empty()).map(|(file, list)| Value::new(file, list)).collect();
    Wish { v2: values.clone(), v1: values, ..Wish::for_controller("linux.resources.cpu.cpus", "cpuset") }
}

fn pids(resources: &Resources) -> Wish {
    let limit = resources.pids.limit.map(|limit| if limit > 0 { limit.to_string() } else { "max".to_owned() });
    let value: Vec<Value> = limit.map(|limit| Value::new("pids.max", limit)).into_iter().collect();
    Wish { v2: value.clone(), v1: value, ..Wish::for_controller("linux.resources.pids", "pids") }
}

fn io(resources: &Resources) -> Wish {
    let io = &resources.block_io;
    let mut wish = Wish::for_controller("linux.resources.blockIO", "io");
    let weight = |weight: u16| super::wishes::io_weight(weight.into());
    if let Some(given) = io.weight.filter(|weight| *weight > 0) {
        wish.v2.push(Value::new("io.weight", format!("default {}", weight(given))));
        wish.v1.push(Value::if_there("blkio.weight", given));
    }
    for device in &io.weight_device {
        let Some(given) = device.weight.filter(|weight| *weight > 0) else { continue };
        wish.v2.push(Value::new("io.weight", format!("{}:{} {}", device.major, device.minor, weight(given))));
        wish.v1.push(Value::if_there("blkio.weight_device", format!("{}:{} {given}", device.major, device.minor)));
    }
    let throttles: [(&[BlockDevice], &str, &str); 4] = [
        (&io.throttle_read_bps_device, "rbps", "blkio.throttle.read_bps_device"),
        (&io.throttle_write_bps_device, "wbps", "blkio.throttle.write_bps_device"),
        (&io.throttle_read_iops_device, "riops", "blkio.throttle.read_iops_device"),
        (&io.throttle_write_iops_device, "wiops", "blkio.throttle.write_iops_device"),
    ];
    for (devices, key, file) in throttles {
        for BlockDevice { major, minor, rate, .. } in devices {
            wish.v2.push(Value::new("io.max", format!("{major}:{minor} {key}={rate}")));
            wish.v1.push(Value::new(file, format!("{major}:{minor} {rate}")));
        }
    }
    wish
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, v2: &str, v1: &str) {
        let line = |values: &[Value]| {
            values.iter().map(|value| format!("{}={}", value.file, value.content)).collect::<Vec<_>>().join(" ")
        };
        let wishes = wishes(&serde_json::from_str(json).unwrap()).unwrap();
        let all = |values: fn(&Wish) -> &Vec<Value>| {
            wishes.iter().map(|wish| line(values(wish))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((all(|wish| &wish.v2), all(|wish| &wish.v1)), (v2.to_owned(), v1.to_owned()), "{json}");
    }

    #[test]
    fn each_limit_is_said_in_both_languages() {
        check("{}", "", "");
        check(
            r#"{"memory": {"limit": 100, "swap": 150, "reservation": 50}}"#,
            "memory.max=100 memory.low=50 memory.swap.max=50",
            "memory.limit_in_bytes=100 memory.soft_limit_in_bytes=50 memory.memsw.limit_in_bytes=150",
        );
        check(
            r#"{"memory": {"limit": -1, "swap": -1}}"#,
            "memory.max=max memory.swap.max=max",
            "memory.limit_in_bytes=-1 memory.memsw.limit_in_bytes=-1",
        );
        check(
            r#"{"cpu": {"shares": 1024, "quota": 50000, "period": 100000}}"#,
            "cpu.weight=39 cpu.max=50000 100000",
            "cpu.shares=1024 cpu.cfs_period_us=100000 cpu.cfs_quota_us=50000",
        );
        check(r#"{"cpu": {"quota": -1}}"#, "cpu.max=max", "cpu.cfs_quota_us=-1");
        check(
            r#"{"cpu": {"cpus": "0-1", "mems": "0"}}"#,
            "cpuset.cpus=0-1 cpuset.mems=0",
            "cpuset.cpus=0-1 cpuset.mems=0",
        );
        check(r#"{"pids": {"limit": 0}}"#, "pids.max=max", "pids.max=max");
        check(
            r#"{"blockIO": {"weight": 1000, "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 9}]}}"#,
            "io.weight=default 10000 io.max=8:0 riops=9",
            "blkio.weight=1000 blkio.throttle.read_iops_device=8:0 9",
        );
        check(r#"{"unified": {"memory.high": "5"}}"#, "memory.high=5", "");
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for json in [
            r#"{"memory": {"limit": 100, "swap": 50}}"#,
            r#"{"unified": {"../x.y": "1"}}"#,
            r#"{"memory": {"swap": 50}}"#,
        ] {
            assert!(wishes(&serde_json::from_str(json).unwrap()).is_err(), "{json}");
        }
    }
}
