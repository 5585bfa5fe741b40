//! kill -9 of any process at any time: the next command works, the states are true, nothing is left.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fixture::{Stage, need, wait_until};

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
        if !stage.run(&["images", "-q"]).ok().is_empty() {
            let run =
                stage.run(&["run", "--rm", "--pull", "never", "--network", "none", &payload, "/payload", "exit", "3"]);
            run.ends_with(3);
            stage.run(&["rmi", &payload]).ok();
        }
    }
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["run", "--rm", "--network", "none", &payload, "/payload", "exit", "3"]).ends_with(3);
}
