//! kill -9 of any process at any time: the next command works, the states are true, nothing is left.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use std::process::Stdio;

use crate::fixture::{Archive, HostileRegistry, Image, Running, Stage, digest, installed, need, skip, wait_until};

fn payload_pid(stage: &Stage, name: &str) -> Pid {
    let text = stage.run(&["inspect", "-f", "{{.State.Pid}}", name]).ok();
    let pid = text.parse().expect("a process id");
    // kill(2) takes 0 and less for whole groups of processes, our own first.
    assert!(pid > 1, "`{name}` runs, its process id is {pid}");
    Pid::from_raw(pid)
}

fn parent_of(pid: Pid) -> Pid {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("a line of status");
    Pid::from_raw(line.trim().parse().expect("a process id"))
}

/// One that has ended and waits for somebody to notice does not count.
fn lives(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn state(stage: &Stage, name: &str) -> String {
    stage.run(&["inspect", "-f", "{{.State.Status}}", name]).ok()
}

#[test]
fn of_the_payload_it_is_an_ordinary_end() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "-d", "--name", "web", "--network", "none", &payload, "/payload", "wait"]).ok();
    kill(payload_pid(&stage, "web"), Signal::SIGKILL).expect("it is ours");
    assert_eq!(stage.run(&["wait", "web"]).ok(), "137");
    assert_eq!(state(&stage, "web"), "exited");
    stage.run(&["start", "web"]).ok();
    assert_eq!(state(&stage, "web"), "running");
}

#[test]
fn of_the_monitor_takes_the_payload_along_and_is_told() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    for _ in 0..5 {
        stage.run(&["run", "-d", "--name", "web", "--network", "none", &payload, "/payload", "wait"]).ok();
        let inside = payload_pid(&stage, "web");
        kill(parent_of(inside), Signal::SIGKILL).expect("it is ours");
        wait_until("the payload has gone with its monitor", || !lives(inside));
        assert_eq!(state(&stage, "web"), "exited");
        stage.run(&["rm", "web"]).ok();
    }
}

#[test]
fn of_the_cli_ends_an_attached_container_in_its_own_way() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let words = ["run", "--name", "web", "--network", "none", &payload, "/payload", "trap", "SIGTERM", "6"];
    let mut running = stage.start(&words);
    running.expect("ready");
    running.signal(Signal::SIGKILL);
    // The payload holds the caller's own streams, and they end with it.
    running.finish().ends_with(137);
    assert_eq!(stage.run(&["wait", "web"]).ok(), "6");
    assert_eq!(state(&stage, "web"), "exited");
}

#[test]
fn of_the_cli_that_has_detached_changes_nothing() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let words = ["run", "-it", "--name", "web", "--network", "none", &busybox, "sh"];
    let mut terminal = stage.terminal(&words);
    terminal.expect("# ");
    terminal.send("\x10\x11");
    assert_eq!(terminal.finish().0, 0);
    let watching = stage.start(&["attach", "--no-stdin", "web"]);
    watching.signal(Signal::SIGKILL);
    watching.finish().ends_with(137);
    assert_eq!(state(&stage, "web"), "running");
}

#[test]
fn of_the_cli_at_any_moment_of_a_run_leaves_a_store_that_works() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    // From before the first instruction to after the last: a whole run takes some ten milliseconds.
    for step in 0..40 {
        let running = stage.start(&["run", "--rm", "--network", "none", &payload, "/payload", "exit", "0"]);
        std::thread::sleep(std::time::Duration::from_micros(step * 700));
        let _ = kill(running.pid(), Signal::SIGKILL); // It may have ended by itself.
        running.finish();
        let said = stage.run(&["ps", "-a"]);
        assert_eq!(said.code, 0, "after {step} steps: {said}");
    }
    stage.run(&["run", "--rm", "--network", "none", &payload, "/payload", "exit", "3"]).ends_with(3);
}

#[test]
fn of_the_cli_at_any_moment_of_a_pull_lists_no_half_image() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    for step in 0..20 {
        let running = stage.start(&["pull", "-q", &payload]);
        std::thread::sleep(std::time::Duration::from_millis(step * 5));
        let _ = kill(running.pid(), Signal::SIGKILL); // It may have ended by itself.
        running.finish();
        // Killed between the last two steps it has no name yet, but it is whole.
        if let Some(id) = stage.run(&["images", "-q"]).ok().lines().next() {
            stage.run(&["run", "--rm", "--network", "none", id, "/payload", "exit", "3"]).ends_with(3);
            stage.run(&["rmi", "-f", id]).ok();
        }
    }
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["run", "--rm", "--network", "none", &payload, "/payload", "exit", "3"]).ends_with(3);
}

/// Of the user's processes, those that `parent` started.
fn children_of(parent: Pid) -> Vec<Pid> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let pids: Vec<String> = lists.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
    pids.iter().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).collect()
}

#[test]
fn of_an_unpacker_fails_the_pull_in_a_line_and_the_next_one_works() {
    let stage = Stage::new();
    let image = Image::of(&[Archive::new().file("a", &vec![7; 200_000]).bytes()]);
    let gate = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (open, content) = (gate.clone(), image.clone());
    // The layer stops after its half until the gate opens.
    let registry = HostileRegistry::start(move |asked, stream| {
        if !asked.is_blob() || asked.offset() > 0 || content.content(&asked.path).is_none_or(|(_, b)| b.len() < 100_000)
        {
            return content.answer(asked, stream);
        }
        let (_, body) = content.content(&asked.path).expect("it was just there");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        if crate::fixture::send(stream, head.as_bytes()) && crate::fixture::send(stream, &body[..50_000]) {
            wait_until("the gate is open", || open.load(std::sync::atomic::Ordering::SeqCst));
            crate::fixture::send(stream, &body[50_000..]);
        }
    });
    let pull = stage.start(&["pull", "-q", "--tls-verify=false", "--retry=0", &registry.image()]);
    let is_unpacker = |child: &Pid| {
        lives(*child) && std::fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name == "box-unpack\n")
    };
    let unpacker = || children_of(pull.pid()).into_iter().find(is_unpacker);
    wait_until("an unpacker works", || unpacker().is_some());
    kill(unpacker().expect("it works"), Signal::SIGKILL).expect("it is ours");
    gate.store(true, std::sync::atomic::Ordering::SeqCst);
    let said = pull.finish().fails(1);
    assert!(said.contains("unpack"), "{said}");
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    stage.run(&["pull", "-q", "--tls-verify=false", &registry.image()]).ok();
    stage.run(&["system", "check"]).ok();
}

/// System calls that change something, or begin to. Those that a machine does not have are passed over (`?`).
const CHANGES: [&str; 22] = [
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "write",
    "pwrite64",
    "openat",
    "ftruncate",
    "fsync",
    "syncfs",
    "flock",
    "chmod",
    "fchmod",
    "fchmodat",
    "symlinkat",
    "clone3",
    "execve",
    "fcntl",
];

/// Runs `box` under strace, which kills it when it is about to make one of [`CHANGES`] for the n-th time.
fn run_until(stage: &Stage, words: &[&str], call: &str, count: usize) {
    let mut command = stage.program("strace");
    command.args(["-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=KILL:when={count}")]).arg(crate::fixture::binary()).args(words);
    Running::start(command, Some(Stdio::null())).finish();
}

/// How often the command makes each of [`CHANGES`]; of all these moments `number`, evenly spread.
fn moments(stage: &Stage, words: &[&str], number: usize) -> Option<Vec<(&'static str, usize)>> {
    let log = stage.home().join("calls");
    let calls: Vec<String> = CHANGES.iter().map(|call| format!("?{call}")).collect();
    let mut command = stage.program("strace");
    command.args(["-qq", "-e", &format!("trace={}", calls.join(",")), "-o"]).arg(&log);
    command.arg(crate::fixture::binary()).args(words);
    let said = Running::start(command, Some(Stdio::null())).finish();
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    if said.code != 0 || text.is_empty() {
        return None;
    }
    let _ = std::fs::remove_file(&log); // nobody reads it again
    let made = |call: &str| text.lines().filter(|line| line.split('(').next() == Some(call)).count();
    let all: Vec<_> = CHANGES.iter().flat_map(|call| (1..=made(call)).map(|count| (*call, count))).collect();
    Some((0..number.min(all.len())).map(|n| all[n * all.len() / number.min(all.len())]).collect())
}

/// An image of small layers, and who serves it.
fn small_image() -> (Vec<String>, HostileRegistry) {
    let layers: Vec<Vec<u8>> = (0..3)
        .map(|n| Archive::new().directory("d").file(&format!("d/{n}"), &vec![n; 50_000]).file("same", b"").bytes())
        .collect();
    (layers.iter().map(|layer| digest(layer)).collect(), HostileRegistry::of(Image::of(&layers)))
}

fn files_of(stage: &Stage, dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir(stage.store().join(dir)).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[track_caller]
fn store_works(stage: &Stage, moment: &(&str, usize)) {
    for words in [["system", "check"].as_slice(), &["images", "-q"], &["ps", "-a"]] {
        let said = stage.run(words);
        assert_eq!(said.code, 0, "killed before {moment:?}: {said}");
    }
}

/// After the next command that changes the store.
#[track_caller]
fn nothing_is_half_done(stage: &Stage, moment: &(&str, usize)) {
    for dir in ["staging", "trash"] {
        assert!(files_of(stage, dir).is_empty(), "killed before {moment:?}: {dir}");
    }
}

#[test]
fn of_a_pull_at_any_call_costs_no_layer_that_is_there() {
    need!(installed("strace"));
    let (stage, (layers, registry)) = (Stage::new(), small_image());
    let image = registry.image();
    let pull = ["pull", "-q", "--tls-verify=false", &image];
    let Some(moments) = moments(&stage, &pull, 25) else { skip!("strace may not trace here") };
    for moment in &moments {
        stage.run(&["rmi", "-f", "-a"]).ok();
        stage.run(&["image", "prune", "-f"]).ok();
        run_until(&stage, &pull, moment.0, moment.1);
        store_works(&stage, moment);
        let there = files_of(&stage, "layers");
        let asked = registry.asked().len();
        stage.run(&pull).ok();
        let fetched_again = |layer: &&String| {
            let hex = layer.trim_start_matches("sha256:");
            there.iter().any(|name| name == hex) && registry.asked()[asked..].iter().any(|a| a.path.contains(hex))
        };
        assert_eq!(layers.iter().find(fetched_again), None, "killed before {moment:?}");
        store_works(&stage, moment);
        nothing_is_half_done(&stage, moment);
    }
}

#[test]
fn of_a_removal_at_any_call_leaves_whole_images_or_none() {
    need!(installed("strace"));
    let (stage, (_, registry)) = (Stage::new(), small_image());
    let image = registry.image();
    let prepare = || {
        stage.run(&["pull", "-q", "--tls-verify=false", &image]).ok();
        stage.run(&["tag", &image, "localhost/other:1"]).ok();
    };
    for words in [&["rmi", &image, "localhost/other:1"][..], &["image", "prune", "-a", "-f"], &["untag", &image]] {
        prepare();
        let Some(moments) = moments(&stage, words, 8) else { skip!("strace may not trace here") };
        for moment in &moments {
            prepare();
            run_until(&stage, words, moment.0, moment.1);
            store_works(&stage, moment);
            stage.run(&["rmi", "-f", "-a"]).ok();
            stage.run(&["image", "prune", "-f"]).ok();
            for dir in ["layers", "images", "names/images"] {
                let left = files_of(&stage, dir).into_iter().filter(|name| !name.starts_with(".new-")).count();
                assert_eq!(left, 0, "killed before {moment:?} of {words:?}: {dir}");
            }
            nothing_is_half_done(&stage, moment);
        }
    }
}

#[test]
fn of_a_load_at_any_call_lists_whole_images_only() {
    need!(installed("strace"));
    let (stage, (_, registry)) = (Stage::new(), small_image());
    stage.run(&["pull", "-q", "--tls-verify=false", &registry.image()]).ok();
    let id = stage.run(&["images", "-q"]).ok();
    stage.run(&["save", "-q", "-o", "x.tar", &registry.image()]).ok();
    let load = ["load", "-q", "-i", "x.tar"];
    stage.run(&["rmi", "-f", "-a"]).ok();
    let Some(moments) = moments(&stage, &load, 12) else { skip!("strace may not trace here") };
    for moment in &moments {
        stage.run(&["rmi", "-f", "-a"]).ok();
        stage.run(&["image", "prune", "-f"]).ok();
        run_until(&stage, &load, moment.0, moment.1);
        store_works(&stage, moment);
        stage.run(&load).ok();
        assert_eq!(stage.run(&["images", "-q"]).ok(), id, "killed before {moment:?}");
        store_works(&stage, moment);
        stage.run(&["image", "prune", "-f"]).ok();
        nothing_is_half_done(&stage, moment);
    }
}

#[test]
fn of_a_commit_at_any_call_leaves_a_whole_image_or_none() {
    need!(installed("strace"));
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "--name", "made", "--network", "none", &busybox, "sh", "-c", "echo 1 >/new"]).ok();
    let commit = ["commit", "-q", "made", "app"];
    let Some(moments) = moments(&stage, &commit, 8) else { skip!("strace may not trace here") };
    for moment in &moments {
        stage.run(&["rmi", "-f", "app"]);
        stage.run(&["image", "prune", "-f"]).ok();
        run_until(&stage, &commit, moment.0, moment.1);
        store_works(&stage, moment);
        stage.run(&commit).ok();
        assert_eq!(stage.run(&["run", "--rm", "--network", "none", "app", "cat", "/new"]).ok(), "1", "{moment:?}");
        store_works(&stage, moment);
        stage.run(&["image", "prune", "-f"]).ok();
        nothing_is_half_done(&stage, moment);
    }
}
