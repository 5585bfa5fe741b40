//! Top: what each process of a container is, read from /proc outside.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags, open};

use super::processes::{self, Members, Stat};
use super::record::Container;
use crate::disk::beneath;
use crate::error::{During, Result};
use crate::oci::runtime::IdMapping;
use crate::process::liveness;

/// A file of the container; larger ones are not worth their names.
const FILE_LIMIT_BYTES: u64 = 1024 * 1024;
/// What is shown of a command line.
const COMMAND_LIMIT_BYTES: u64 = 64 * 1024;

/// The processes of a container at one moment.
#[derive(Debug)]
pub struct Snapshot {
    pub processes: Vec<Process>,
    /// Names and numbers as the container has them, and as this machine has them.
    pub inside: Names,
    pub outside: Names,
    now: Timestamp,
    /// Seconds since the machine began.
    uptime: f64,
    memory_kib: u64,
}

#[derive(Debug)]
pub struct Process {
    pub host_pid: i32,
    /// In the container's pid namespace, as are the others below; 0 for what is outside.
    pub pid: i32,
    pub parent: i32,
    pub group_leader: i32,
    pub session: i32,
    pub uids: Ids,
    pub gids: Ids,
    pub groups: Vec<u32>,
    pub stat: Stat,
    /// The program's name in brackets where there is no command line.
    pub command_line: String,
    /// Of the security module; `?` without one.
    pub label: String,
    status: BTreeMap<String, String>,
}

/// As this machine numbers them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    pub real: u32,
    pub effective: u32,
}

/// Takes the snapshot of a container that runs or is paused. A process that ends meanwhile is left out.
pub fn snapshot(container: &Container) -> Result<Snapshot> {
    let act = || format!("list the processes of container `{}`", container.record.name);
    let state = container.live().during(act)?;
    let payload = state.payload.pid;
    let pids = Members::of(&container.record.settings, &state).during(act)?.list().during(act)?;
    // How many pid namespaces the payload's is below ours: that is the place of its number in each process's list.
    let depth = numbers(&status(payload), "NSpid").len().saturating_sub(1);
    let inner = |pid: i32| numbers(&status(pid), "NSpid").get(depth).map_or(0, |pid| *pid as i32);
    let inside = |pid: i32| if pids.contains(&pid) { inner(pid) } else { 0 };
    let mut found: Vec<Process> = pids.iter().filter_map(|pid| Process::read(*pid, depth, &inside)).collect();
    found.sort_by_key(|process| (process.pid, process.host_pid));
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    Ok(Snapshot {
        processes: found,
        inside: Names::of_container(payload),
        outside: Names::of_machine(),
        now: Timestamp::now(),
        uptime: text("/proc/uptime").split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0),
        memory_kib: memory_kib(&text("/proc/meminfo")),
    })
}

fn memory_kib(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

impl Process {
    fn read(host_pid: i32, depth: usize, inside: &dyn Fn(i32) -> i32) -> Option<Process> {
        let stat = processes::stat(host_pid)?;
        let status = status(host_pid);
        let at_depth = |key: &str| numbers(&status, key).get(depth).map_or(0, |number| *number as i32);
        let ids = |key: &str| {
            let ids = numbers(&status, key);
            Ids { real: ids.first().copied().unwrap_or(0), effective: ids.get(1).copied().unwrap_or(0) }
        };
        let label = read_start(&format!("/proc/{host_pid}/attr/current"), 4096);
        let label = label.trim_end_matches(['\0', '\n']);
        Some(Process {
            host_pid,
            pid: at_depth("NSpid"),
            parent: stat.field(4).parse().map_or(0, inside),
            group_leader: at_depth("NSpgid"),
            session: at_depth("NSsid"),
            uids: ids("Uid"),
            gids: ids("Gid"),
            groups: numbers(&status, "Groups"),
            command_line: command_line(host_pid, &stat.name),
            label: if label.is_empty() { "?".to_owned() } else { label.to_owned() },
            stat,
            status,
        })
    }

    /// A line of /proc/PID/status; empty where the kernel has none.
    pub fn status(&self, key: &str) -> &str {
        self.status.get(key).map_or("", String::as_str)
    }

    pub fn started(&self, now: &Snapshot) -> Timestamp {
        now.now.checked_sub(self.elapsed(now)).unwrap_or(now.now)
    }

    pub fn elapsed(&self, now: &Snapshot) -> Duration {
        let since_boot = self.stat.number(22).unwrap_or(0) as f64 / ticks_per_second() as f64;
        Duration::try_from_secs_f64(now.uptime - since_boot).unwrap_or_default()
    }

    /// In programs and in the kernel.
    pub fn cpu_time(&self) -> Duration {
        let ticks = self.stat.number(14).unwrap_or(0) + self.stat.number(15).unwrap_or(0);
        Duration::from_secs_f64(ticks as f64 / ticks_per_second() as f64)
    }

    /// Of one CPU, over the whole life.
    pub fn cpu_percent(&self, now: &Snapshot) -> f64 {
        let elapsed = self.elapsed(now).as_secs_f64();
        if elapsed > 0.0 { self.cpu_time().as_secs_f64() / elapsed * 100.0 } else { 0.0 }
    }

    pub fn virtual_kib(&self) -> u64 {
        self.stat.number(23).unwrap_or(0) / 1024
    }

    pub fn resident_kib(&self) -> u64 {
        self.stat.number(24).unwrap_or(0) * rustix::param::page_size() as u64 / 1024
    }

    pub fn memory_percent(&self, now: &Snapshot) -> f64 {
        self.resident_kib() as f64 / now.memory_kib.max(1) as f64 * 100.0
    }

    /// `pts/0`, or `?` without one (man 5 proc_pid_stat, tty_nr).
    pub fn terminal(&self) -> String {
        let number = self.stat.number(7).unwrap_or(0);
        let (major, minor) = (number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00);
        match major {
            0 => "?".to_owned(),
            136..=143 => format!("pts/{}", minor + (major - 136) * 256),
            4 if minor < 64 => format!("tty{minor}"),
            4 => format!("ttyS{}", minor - 64),
            5 => "console".to_owned(),
            _ => format!("{major}:{minor}"),
        }
    }
}

pub(super) fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

fn status(pid: i32) -> BTreeMap<String, String> {
    let text = liveness::text_of(pid, "status").unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
}

fn numbers(status: &BTreeMap<String, String>, key: &str) -> Vec<u32> {
    status.get(key).map_or(Vec::new(), |line| line.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

fn command_line(pid: i32, name: &str) -> String {
    let words = read_start(&format!("/proc/{pid}/cmdline"), COMMAND_LIMIT_BYTES);
    let words = words.trim_end_matches('\0');
    if words.is_empty() { format!("[{name}]") } else { words.replace('\0', " ") }
}

fn read_start(path: &str, limit_bytes: u64) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        let _ = file.take(limit_bytes).read_to_end(&mut bytes); // The process has ended: nothing is known of it.
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How ids are called, and which number each has there.
#[derive(Debug, Default)]
pub struct Names {
    passwd: String,
    group: String,
    uid_map: Vec<IdMapping>,
    gid_map: Vec<IdMapping>,
}

impl Names {
    fn of_machine() -> Names {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let all = vec![IdMapping { container_id: 0, host_id: 0, size: u32::MAX }];
        Names { passwd: text("/etc/passwd"), group: text("/etc/group"), uid_map: all.clone(), gid_map: all }
    }

    /// Its files are read as regular files of limited size beneath its root; without them there are only numbers.
    fn of_container(payload: i32) -> Names {
        let root = format!("/proc/{payload}/root");
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = open(root.as_str(), flags, Mode::empty()).ok();
        let read = |path: &str| {
            let root = root.as_ref()?;
            let bytes = beneath::read_file(root.as_fd(), Path::new(path), FILE_LIMIT_BYTES).ok()??;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let map =
            |file: &str| IdMapping::of_map(&fs::read_to_string(format!("/proc/{payload}/{file}")).unwrap_or_default());
        Names {
            passwd: read("/etc/passwd").unwrap_or_default(),
            group: read("/etc/group").unwrap_or_default(),
            uid_map: map("uid_map"),
            gid_map: map("gid_map"),
        }
    }

    /// The name of a user whose number is that of this machine.
    pub fn user(&self, host_id: u32) -> String {
        let uid = self.uid(host_id);
        name_in(&self.passwd, uid).unwrap_or_else(|| uid.to_string())
    }

    pub fn group(&self, host_id: u32) -> String {
        let gid = self.gid(host_id);
        name_in(&self.group, gid).unwrap_or_else(|| gid.to_string())
    }

    pub fn uid(&self, host_id: u32) -> u32 {
        translate(&self.uid_map, host_id)
    }

    pub fn gid(&self, host_id: u32) -> u32 {
        translate(&self.gid_map, host_id)
    }
}

/// One that is not mapped is nobody (65534), as the kernel shows it inside.
fn translate(map: &[IdMapping], host_id: u32) -> u32 {
    map.iter().find_map(|extent| extent.inside(host_id)).unwrap_or(65534)
}

/// In passwd(5) and group(5) alike, name and number are the first and the third field.
fn name_in(text: &str, id: u32) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_container() {
        let map = IdMapping::of_map("         0       1000          1\n         1     100000      65536\n");
        assert_eq!([1000, 100_000, 100_999, 5].map(|id| translate(&map, id)), [0, 1, 1000, 65534]);
        assert_eq!(name_in("root:x:0:0:root:/root:/bin/sh\n:x:1::\nbad\n", 0).as_deref(), Some("root"));
        assert_eq!(name_in("root:x:0:\n:x:1::\n", 1), None);
    }

    #[test]
    fn memory_is_read_from_the_kernels_words() {
        assert_eq!(memory_kib("MemFree: 1 kB\nMemTotal:       16303924 kB\n"), 16_303_924);
        assert_eq!(memory_kib(""), 0);
    }

    #[test]
    fn a_process_of_this_machine_is_read() {
        let process = Process::read(std::process::id() as i32, 0, &|pid| pid).unwrap();
        assert_eq!((process.pid, process.host_pid), (std::process::id() as i32, std::process::id() as i32));
        assert!(!process.command_line.is_empty() && process.resident_kib() > 0 && process.virtual_kib() > 0);
    }
}
