//! Stats: what a container uses of the machine, from its control groups where it has them, else from its processes.
//!
//! Processes that have ended are counted as far as a process of the container has waited for them. Memory is shared out
//! among those that share it (proportional set size), so that the sum is what is really used.

use std::fs;

use jiff::Timestamp;

use super::processes::{self, Members};
use super::record::{Container, State};
use super::top::ticks_per_second;
use crate::error::{During, Result};

/// What a container has used up to one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub taken: Timestamp,
    pub started: Timestamp,
    /// Nanoseconds.
    pub cpu: u64,
    pub cpu_in_kernel: u64,
    /// Bytes.
    pub memory: u64,
    /// Bytes; the machine's without one of its own.
    pub memory_limit: u64,
    /// Bytes; `None` where it shares the machine's network.
    pub network: Option<(u64, u64)>,
    /// Bytes from and to disks.
    pub read: u64,
    pub written: u64,
    pub pids: u64,
}

impl Sample {
    /// `None`: the container does not run.
    pub fn take(container: &Container) -> Result<Option<Sample>> {
        let status = container.status()?;
        let Some(state) = status.live() else { return Ok(None) };
        sample(container, state).during(|| format!("measure container `{}`", container.record.name)).map(Some)
    }

    /// Nanoseconds of life.
    pub fn age(&self) -> u64 {
        nanoseconds(self.started, self.taken)
    }

    /// Percent of one CPU since it began.
    pub fn average_cpu(&self) -> f64 {
        percent(self.cpu, self.age())
    }

    /// Percent of one CPU since an earlier sample.
    pub fn cpu_since(&self, earlier: &Sample) -> f64 {
        percent(self.cpu.saturating_sub(earlier.cpu), nanoseconds(earlier.taken, self.taken))
    }

    pub fn memory_percent(&self) -> f64 {
        percent(self.memory, self.memory_limit)
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

fn nanoseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_nanos()).unwrap_or(0)
}

fn sample(container: &Container, state: &State) -> Result<Sample> {
    let counted = state.cgroup.usage();
    let members = Members::of(&container.record.settings, state)?.list()?;
    let seen = OfProcesses::sum(&members);
    let taken = Timestamp::now();
    Ok(Sample {
        taken,
        started: state.started.parse().unwrap_or(taken),
        cpu: counted.cpu.unwrap_or(seen.cpu),
        cpu_in_kernel: counted.cpu_in_kernel.unwrap_or(seen.cpu_in_kernel),
        memory: counted.memory.unwrap_or_else(|| members.iter().map(|pid| memory_of(*pid)).sum()),
        memory_limit: counted.memory_limit.unwrap_or_else(machine_memory),
        network: state.network.is_private().then(|| traffic(state.visible_process())),
        read: counted.read.unwrap_or(seen.read),
        written: counted.written.unwrap_or(seen.written),
        pids: counted.pids.unwrap_or(seen.threads),
    })
}

#[derive(Debug, Default)]
struct OfProcesses {
    cpu: u64,
    cpu_in_kernel: u64,
    read: u64,
    written: u64,
    threads: u64,
}

impl OfProcesses {
    fn sum(pids: &[i32]) -> OfProcesses {
        let mut sum = OfProcesses::default();
        for pid in pids {
            let Some(stat) = processes::stat(*pid) else { continue };
            // man 5 proc_pid_stat: utime, stime, and those of children that were waited for.
            let ticks = |fields: &[usize]| fields.iter().filter_map(|field| stat.number(*field)).sum::<u64>();
            let to_nanoseconds = 1_000_000_000 / ticks_per_second().max(1);
            sum.cpu += ticks(&[14, 15, 16, 17]) * to_nanoseconds;
            sum.cpu_in_kernel += ticks(&[15, 17]) * to_nanoseconds;
            sum.threads += stat.number(20).unwrap_or(1);
            let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
            sum.read += line_of(&io, "read_bytes:").unwrap_or(0);
            sum.written += line_of(&io, "write_bytes:").unwrap_or(0);
        }
        sum
    }
}

fn memory_of(pid: i32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default(); // since Linux 4.14
    let shared_out = line_of(&rollup, "Pss:").map(|kib| kib * 1024);
    let resident = || processes::stat(pid).and_then(|stat| stat.number(24)).unwrap_or(0);
    shared_out.unwrap_or_else(|| resident() * rustix::param::page_size() as u64)
}

fn machine_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    line_of(&text, "MemTotal:").map_or(0, |kib| kib * 1024)
}

/// The number behind `key`.
fn line_of(text: &str, key: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Bytes received and sent through the interfaces that the process sees, without its loopback.
fn traffic(pid: i32) -> (u64, u64) {
    sum_interfaces(&fs::read_to_string(format!("/proc/{pid}/net/dev")).unwrap_or_default())
}

fn sum_interfaces(text: &str) -> (u64, u64) {
    let lines = text.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo");
    lines.fold((0, 0), |(received, sent), (_, counters)| {
        let number =
            |index| counters.split_whitespace().nth(index).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
        (received + number(0), sent + number(8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_added_up_without_the_loopback() {
        let text = "Inter-|   Receive  |  Transmit\n face |bytes packets errs|bytes\n    lo: 9 9 9 9 9 9 9 9 9 9\n  \
                    eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n  tap0:1 1 0 0 0 0 0 0 2 2 0 0 0 0 0 0\n";
        assert_eq!(sum_interfaces(text), (101, 202));
    }

    #[test]
    fn shares_are_of_time_and_of_memory() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let sample = |second, cpu| Sample {
            taken: at(second),
            started: at(0),
            cpu,
            cpu_in_kernel: 0,
            memory: 50,
            memory_limit: 200,
            network: None,
            read: 0,
            written: 0,
            pids: 1,
        };
        let (earlier, later) = (sample(10, 1_000_000_000), sample(12, 4_000_000_000));
        assert_eq!((later.cpu_since(&earlier), earlier.average_cpu(), later.memory_percent()), (150.0, 10.0, 25.0));
        assert_eq!(earlier.cpu_since(&earlier), 0.0);
    }

    #[test]
    fn this_process_uses_something() {
        let own = std::process::id() as i32;
        assert!(memory_of(own) > 0 && OfProcesses::sum(&[own]).threads > 0 && machine_memory() > 0);
    }
}
