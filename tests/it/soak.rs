//! Many containers one after the other: the last costs what the first did, and nothing grows.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use crate::fixture::{Stage, children_of, half_done, need, often, wait_until};

/// Runs before the first measure: caches are filled, what is tried once on a machine has been tried.
const WARM_UP: usize = 20;

/// So many of the first and of the last are compared.
const COMPARED: usize = 100;

/// Of everything below a directory but the log of events, which has a size of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Size {
    bytes: u64,
    inodes: u64,
}

fn size_of(dir: &Path) -> Size {
    let mut size = Size::default();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        if entry.file_name() == "events" {
            continue;
        }
        size.inodes += 1;
        size.bytes += meta.blocks() * 512;
        if meta.is_dir() {
            let below = size_of(&entry.path());
            size = Size { bytes: size.bytes + below.bytes, inodes: size.inodes + below.inodes };
        }
    }
    size
}

/// Of processes: memory that no file backs, and descriptors: as many as there are where we may look, else as many as
/// the kernel has made room for (man 5 proc_pid_status).
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    descriptors: usize,
    memory_kib: u64,
}

fn held_by(processes: &[Pid]) -> Held {
    let mut held = Held::default();
    for pid in processes {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0)
        };
        let open = std::fs::read_dir(format!("/proc/{pid}/fd")).map(Iterator::count);
        held.descriptors += open.unwrap_or(number("FDSize:") as usize);
        held.memory_kib += number("RssAnon:");
    }
    held
}

/// The fastest quarter: what else the machine does is not ours.
fn usual(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 4]
}

#[test]
fn many_runs_leave_nothing_and_the_last_are_as_fast_as_the_first() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["network", "create", "net"]).ok();
    // Somebody stays, whom those that come and go may burden: a keeper, a monitor, a proxy that knows its neighbours.
    let stays =
        ["run", "-d", "--name", "stays", "--restart", "always", "--network", "net", &payload, "/payload", "wait"];
    stage.run(&stays).ok();
    let processes = || -> Vec<Pid> {
        let shown = stage.run(&["inspect", "-f", "{{.State.ConmonPid}}", "stays"]).ok();
        let monitor = Pid::from_raw(shown.parse().expect("a process id"));
        let id = stage.run(&["inspect", "-f", "{{.Id}}", "stays"]).ok();
        let keeper = std::fs::read(stage.store().join("containers").join(id).join("keeper.json")).expect("it is kept");
        let keeper: serde_json::Value = serde_json::from_slice(&keeper).expect("JSON");
        let keeper = Pid::from_raw(keeper["process"]["pid"].as_i64().expect("a process id") as i32);
        // The proxy of its network is a child, and so is the payload.
        [vec![monitor, keeper], children_of(monitor)].concat()
    };
    let count = often(500, 5000);
    let run = |number: usize| {
        // Each kind of network in its turn, most of them without.
        let network = ["none", "none", "net", "none", "private"][number % 5];
        let began = Instant::now();
        stage.run(&["run", "--rm", "--network", network, &payload, "/payload", "exit", "0"]).ok();
        let took = began.elapsed();
        // How fast the machine is just here: a command that does nothing.
        let is_compared = number < COMPARED || number >= count - COMPARED;
        (network == "none" && is_compared).then(|| {
            let began = Instant::now();
            stage.run(&["version"]).ok();
            (took, began.elapsed())
        })
    };
    let tidied = || {
        let left = || stage.run(&["ps", "-aq"]).ok().lines().count() == 1;
        wait_until("only that one is there", || left() && half_done(&stage).is_empty());
    };
    (0..WARM_UP).for_each(|number| _ = run(number));
    tidied();
    let before = (size_of(stage.store()), size_of(&stage.runtime_dir()), processes());
    let held_before = held_by(&before.2);
    assert!(!before.2.is_empty(), "somebody stays");

    let times: Vec<Option<(Duration, Duration)>> = (0..count).map(run).collect();
    tidied();

    let after = (size_of(stage.store()), size_of(&stage.runtime_dir()), processes());
    let held_after = held_by(&after.2);
    assert_eq!(before.0.inodes, after.0.inodes, "inodes of the store after {count} runs");
    // Directories do not shrink: a block each is what entries that have gone may leave.
    let grown = after.0.bytes.saturating_sub(before.0.bytes);
    assert!(grown <= 128 * 1024, "the store has grown by {grown} bytes after {count} runs");
    assert_eq!(before.1, after.1, "the runtime directory after {count} runs");
    assert_eq!(before.2, after.2, "the same processes stay");
    assert_eq!(held_before.descriptors, held_after.descriptors, "descriptors of those that stay");
    let more = held_after.memory_kib.saturating_sub(held_before.memory_kib);
    assert!(more <= 1024, "those that stay have {held_before:?} and then {held_after:?}");
    let of = |range: std::ops::Range<usize>| -> (Duration, Duration) {
        let (runs, nothings): (Vec<_>, Vec<_>) = times[range].iter().flatten().copied().unzip();
        (usual(&runs), usual(&nothings))
    };
    let (first, last) = (of(0..COMPARED), of(count - COMPARED..count));
    println!("{count} runs: {first:?} and then {last:?}; {grown} bytes, {more} KiB more; {held_after:?}");
    let slower = last.0.as_secs_f64() / first.0.as_secs_f64();
    let machine = last.1.as_secs_f64() / first.1.as_secs_f64();
    assert!(slower <= 1.5 * machine.max(1.0), "the first took {first:?}, the last {last:?}");
    stage.run(&["rm", "-f", "-t", "0", "stays"]).ok();
    stage.run(&["network", "rm", "net"]).ok();
}
