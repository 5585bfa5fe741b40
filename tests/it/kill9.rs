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
        wait_until("the state is true", || state(&stage, "web") != "running" || kill(inside, None).is_ok());
        stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
        assert!(kill(inside, None).is_err(), "the payload goes with the container");
    }
}

#[test]
fn of_the_cli_loses_nothing_of_an_attached_container() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let mut running =
        stage.start(&["run", "--name", "web", "--network", "none", &payload, "/payload", "trap", "SIGTERM", "6"]);
    running.expect("ready");
    running.signal(Signal::SIGKILL);
    running.finish().ends_with(137);
    assert_eq!(state(&stage, "web"), "running");
    stage.run(&["stop", "web"]).ok();
    assert_eq!(stage.run(&["wait", "web"]).ok(), "6");
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
