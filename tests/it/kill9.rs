//! kill -9 of any process at any time: the next command works, the states are true, nothing is left.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use std::process::Stdio;

use crate::fixture::{
    Archive, HostileRegistry, Image, Running, Stage, children_of, digest, installed, need, often, skip, wait_until,
};

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

/// What goes on when a monitor is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scene {
    /// Somewhere between its beginning and a container that runs.
    Starts,
    Runs,
    IsPaused,
    /// Somebody waits for the payload, which does not mind SIGTERM.
    IsStopped,
    RunsExec,
    IsRemoved,
}

const STUBBORN: &str = "trap '' TERM; echo ready; while :; do sleep 0.1; done";

/// Until a start has got so far.
const START: std::time::Duration = std::time::Duration::from_millis(40);

impl Scene {
    /// Kills the monitor of `web`, at the `step`th of `count` moments where there are several. False: nothing of the
    /// container is left, as was asked.
    fn play(self, stage: &Stage, image: &str, step: usize, count: usize) -> bool {
        let run = ["run", "-d", "--name", "web", "--network", "none", image, "sh", "-c", STUBBORN];
        let pause = |most: std::time::Duration| std::thread::sleep(most * step as u32 / count as u32);
        if self == Scene::Starts {
            let cli = stage.start(&run);
            let is_monitor = |child: &Pid| {
                std::fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name == "box-monitor\n")
            };
            let mut monitor = None;
            wait_until("a monitor begins", || {
                monitor = children_of(cli.pid()).into_iter().find(is_monitor);
                monitor.is_some() || !lives(cli.pid())
            });
            let Some(monitor) = monitor else {
                // The run was faster than a look: there is nothing left to kill at this moment.
                cli.finish().ok();
                stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
                return false;
            };
            pause(START);
            let _ = kill(monitor, Signal::SIGKILL); // A failed start ends it.
            wait_until("the monitor is gone", || !lives(monitor));
            let said = cli.finish();
            assert!(said.code == 0 || (said.code == 125 && said.err.starts_with("box: ")), "{said}");
            return true;
        }
        stage.run(&run).ok();
        wait_until("it is ready", || stage.run(&["logs", "web"]).out == "ready\n");
        let monitor = parent_of(payload_pid(stage, "web"));
        let kill_it = || {
            let killed = kill(monitor, Signal::SIGKILL);
            // Sent is not arrived.
            wait_until("the monitor is gone", || !lives(monitor));
            killed
        };
        match self {
            Scene::Starts => {}
            Scene::Runs => kill_it().expect("it is ours"),
            Scene::IsPaused => {
                stage.run(&["pause", "web"]).ok();
                kill_it().expect("it is ours");
            }
            Scene::IsStopped => {
                let stop = stage.start(&["stop", "-t", "30", "web"]);
                pause(START);
                kill_it().expect("it is ours");
                let said = stop.finish();
                assert!(said.took.as_secs() < 20, "{said}");
                said.ok();
            }
            Scene::RunsExec => {
                let mut exec = stage.start(&["exec", "web", "sh", "-c", "echo inside; sleep 99"]);
                exec.expect("inside");
                kill_it().expect("it is ours");
                exec.finish().ends_with(137);
            }
            Scene::IsRemoved => {
                let remove = stage.start(&["rm", "-f", "-t", "0", "web"]);
                pause(START / 2);
                let _ = kill_it(); // It may have ended as it was asked to.
                remove.finish().ok();
                return false;
            }
        }
        true
    }
}

#[test]
fn of_the_monitor_in_any_state_is_told_and_every_command_works_at_once() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "-d", "--name", "stranger", "--network", "none", &busybox, "sleep", "999"]).ok();
    let stranger = payload_pid(&stage, "stranger");
    let count = often(5, 100);
    for scene in [Scene::Starts, Scene::Runs, Scene::IsPaused, Scene::IsStopped, Scene::RunsExec, Scene::IsRemoved] {
        for step in 0..count {
            let what = format!("{scene:?}, {step} of {count}");
            if scene.play(&stage, &busybox, step, count) {
                // Some look first, others start it while the kernel still tears down what was there.
                if step % 2 == 0 {
                    wait_until("it is told that it has ended", || {
                        let told = state(&stage, "web");
                        if told == "paused" {
                            // A freezer of cgroup v1 lets nothing die before it is woken.
                            stage.run(&["unpause", "web"]);
                        }
                        !["running", "paused"].contains(&&*told)
                    });
                    let told = state(&stage, "web");
                    assert!(told == "exited" || (told == "created" && scene == Scene::Starts), "{what}: {told}");
                    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Pid}}", "web"]).ok(), "0", "{what}");
                    stage.run(&["logs", "web"]).ok();
                    stage.run(&["exec", "web", "true"]).fails(126);
                    stage.run(&["ps", "-a", "--size"]).ok();
                }
                let said = stage.run(&["start", "web"]);
                assert_eq!(said.code, 0, "{what}: {said}");
                assert_eq!(state(&stage, "web"), "running", "{what}");
                stage.run(&["exec", "web", "true"]).ok();
                stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
            }
            assert_eq!(
                stage.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok(),
                "stranger running",
                "{what}"
            );
        }
    }
    assert_eq!(payload_pid(&stage, "stranger"), stranger);
}

#[test]
fn of_the_monitor_brings_its_keeper_to_start_the_container_again() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let run = ["run", "-d", "--name", "web", "--network", "none", "--restart", "always", &payload, "/payload", "wait"];
    for _ in 0..often(3, 100) {
        stage.run(&run).ok();
        let inside = payload_pid(&stage, "web");
        kill(parent_of(inside), Signal::SIGKILL).expect("it is ours");
        wait_until("the payload has gone with its monitor", || !lives(inside));
        let shown = || stage.run(&["inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "web"]).ok();
        wait_until("it runs again", || shown() == "1 running");
        assert!(payload_pid(&stage, "web") != inside);
        // Killed again and stopped at once: whoever stops it has the last word.
        kill(parent_of(payload_pid(&stage, "web")), Signal::SIGKILL).expect("it is ours");
        stage.run(&["stop", "-t", "0", "web"]).ok();
        assert_eq!(state(&stage, "web"), "exited");
        stage.run(&["rm", "web"]).ok();
        assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    }
}

#[test]
fn a_number_that_is_somebody_elses_by_now_is_not_signalled() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let stranger = stage.program("sleep").arg("999").stdin(Stdio::null()).spawn().expect("there is such a program");
    let stranger = (Pid::from_raw(stranger.id() as i32), stranger);
    for words in [&["kill", "web"][..], &["stop", "-t", "0", "web"], &["rm", "-f", "-t", "0", "web"]] {
        stage.run(&["rm", "-f", "-i", "-t", "0", "web"]).ok();
        stage.run(&["run", "-d", "--name", "web", "--network", "none", &payload, "/payload", "wait"]).ok();
        let id = stage.run(&["inspect", "-f", "{{.Id}}", "web"]).ok();
        let inside = payload_pid(&stage, "web");
        kill(parent_of(inside), Signal::SIGKILL).expect("it is ours");
        wait_until("the payload has gone with its monitor", || !lives(inside));
        // As if its numbers had been given out again.
        let path = stage.store().join("containers").join(id).join("state.json");
        let mut record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for process in ["payload", "monitor"] {
            record[process]["pid"] = stranger.0.as_raw().into();
        }
        std::fs::write(&path, record.to_string()).unwrap();
        assert_eq!(state(&stage, "web"), "exited");
        stage.run(words); // There may be nothing to kill.
        assert!(lives(stranger.0), "{words:?} has signalled a stranger");
    }
    let mut stranger = stranger.1;
    stranger.kill().unwrap();
    stranger.wait().unwrap();
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

#[test]
fn of_a_change_of_ports_or_networks_at_any_call_is_done_again_or_undone() {
    need!(installed("strace"));
    let (stage, port) = (Stage::new(), std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let payload = need!(stage.image("payload"));
    need!(crate::network::works(&stage, &payload));
    for network in ["first", "second"] {
        stage.run(&["network", "create", network]).ok();
    }
    let serve = ["web", &payload, "/payload", "wait"];
    stage.run(&[&["run", "-d", "--network", "first", "--name"][..], &serve].concat()).ok();
    let published = format!("{port}:7000");
    let publish = ["update", "--publish-add", &published, "web"];
    let close = ["update", "--publish-rm", &published, "web"];
    let (connect, disconnect) = (["network", "connect", "second", "web"], ["network", "disconnect", "second", "web"]);
    let is_so = || {
        let networks = stage.run(&["inspect", "-f", "{{json .NetworkSettings.Networks}}", "web"]).ok();
        (!stage.run(&["port", "web"]).ok().is_empty(), networks.contains("second"))
    };
    for (act, undo) in [(&publish[..], &close[..]), (&connect, &disconnect)] {
        let Some(moments) = moments(&stage, act, 12) else { skip!("strace may not trace here") };
        for moment in &moments {
            for killed in [act, undo] {
                run_until(&stage, killed, moment.0, moment.1);
                // It has been done or not; both can be followed by either.
                let said = stage.run(undo);
                assert!(said.code == 0 || said.err.contains("not"), "killed before {moment:?}: {said}");
                assert_eq!(is_so(), (false, false), "killed before {moment:?}");
                stage.run(act).ok();
                assert_ne!(is_so(), (false, false), "killed before {moment:?}");
            }
        }
        stage.run(undo).ok();
    }
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}
