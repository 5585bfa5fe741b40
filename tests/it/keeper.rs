//! Restart policies: containers that come back, and who ends that.

use serde_json::Value;

use crate::fixture::{Stage, need, wait_until};

fn inspect(stage: &Stage, name: &str) -> Value {
    let shown = stage.run(&["inspect", "--type", "container", "--format", "json", name]).ok();
    serde_json::from_str::<Value>(&shown).expect("it is JSON")[0].take()
}

fn restarts(stage: &Stage, name: &str) -> u64 {
    inspect(stage, name)["RestartCount"].as_u64().expect("a number")
}

fn run(stage: &Stage, name: &str, policy: &str, script: &str) -> Result<(), String> {
    let image = stage.image("busybox")?;
    let words = ["run", "-d", "--network", "none", "--name", name, "--restart", policy, &image, "sh", "-c", script];
    stage.run(&words).ok();
    Ok(())
}

/// Who keeps the container, as the kernel knows it.
fn keeper(stage: &Stage, name: &str) -> Option<i32> {
    let dir = stage.store().join("containers").join(inspect(stage, name)["Id"].as_str()?);
    let keeper: Value = serde_json::from_slice(&std::fs::read(dir.join("keeper.json")).ok()?).ok()?;
    let pid = keeper["process"]["pid"].as_i64()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    (stat.contains("(box-keeper)") && !stat.contains(") Z ")).then_some(pid as i32)
}

#[test]
fn one_that_fails_comes_back_as_often_as_was_asked() {
    let stage = Stage::new();
    need!(run(&stage, "web", "on-failure:2", "echo once more; exit 3"));
    wait_until("it is given up", || restarts(&stage, "web") == 2 && keeper(&stage, "web").is_none());
    let shown = inspect(&stage, "web");
    assert_eq!(shown["State"]["ExitCode"], 3);
    assert_eq!(shown["HostConfig"]["RestartPolicy"], serde_json::json!({"Name": "on-failure", "MaximumRetryCount": 2}));
    assert_eq!(stage.run(&["logs", "web"]).ok().lines().count(), 3);
    assert_eq!(stage.run(&["ps", "-aq", "--no-trunc", "--filter", "restart-policy=on-failure"]).ok(), shown["Id"]);
    stage.run(&["rm", "web"]).ok();
}

#[test]
fn one_that_succeeds_comes_back_by_some_policies_only() {
    let stage = Stage::new();
    need!(run(&stage, "done", "on-failure", "exit 0"));
    wait_until("it is left alone", || keeper(&stage, "done").is_none());
    assert_eq!(restarts(&stage, "done"), 0);
    need!(run(&stage, "again", "always", "exit 0"));
    wait_until("it came back", || restarts(&stage, "again") >= 2);
    stage.run(&["rm", "-f", "-t", "0", "done", "again"]).ok();
}

#[test]
fn who_ends_it_ends_it_for_good() {
    for (name, words) in [
        ("stopped", &["stop", "-t", "0"][..]),
        ("killed", &["kill"]),
        ("asked", &["kill", "-s", "TERM"]),
        ("paused-and-killed", &["kill"]),
    ] {
        let stage = Stage::new();
        need!(run(&stage, name, "always", "trap 'exit 1' TERM; while :; do sleep 0.01; done"));
        if name.starts_with("paused") {
            stage.run(&["pause", name]).ok();
        }
        stage.run(&[words, &[name]].concat()).ok();
        stage.run(&["wait", name]).ok();
        assert_eq!((restarts(&stage, name), keeper(&stage, name)), (0, None), "{name}");
        assert_eq!(inspect(&stage, name)["State"]["Running"], false, "{name}");
        stage.run(&["start", name]).ok();
        assert!(keeper(&stage, name).is_some(), "{name}");
        stage.run(&["rm", "-f", "-t", "0", name]).ok();
    }
}

#[test]
fn another_signal_is_the_programs_affair() {
    let stage = Stage::new();
    need!(run(&stage, "web", "always", "trap 'exit 1' HUP; while :; do sleep 0.01; done"));
    stage.run(&["kill", "-s", "HUP", "web"]).ok();
    wait_until("it came back", || restarts(&stage, "web") == 1 && inspect(&stage, "web")["State"]["Running"] == true);
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn what_waits_to_be_restarted_is_stopped_and_removed_as_anything_else() {
    let stage = Stage::new();
    need!(run(&stage, "stopped", "always", "exit 1"));
    // Long enough in a row for a long wait.
    wait_until("it came back some times", || restarts(&stage, "stopped") >= 3);
    stage.run(&["stop", "-t", "0", "stopped"]).ok();
    assert_eq!(keeper(&stage, "stopped"), None);
    stage.run(&["rm", "stopped"]).ok();
    need!(run(&stage, "removed", "always", "exit 1"));
    wait_until("it came back some times", || restarts(&stage, "removed") >= 3);
    stage.run(&["rm", "-f", "-t", "0", "removed"]).ok();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn what_waits_to_be_restarted_is_started_at_once_by_who_asks() {
    let stage = Stage::new();
    need!(run(&stage, "web", "always", "exit 1"));
    wait_until("it came back some times", || restarts(&stage, "web") >= 4);
    let began = std::time::Instant::now();
    stage.run(&["start", "web"]).ok();
    assert!(began.elapsed().as_secs() < 8, "it waited for a keeper that is gone: {:?}", began.elapsed());
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn stops_and_restarts_cross_without_a_loser() {
    let stage = Stage::new();
    need!(run(&stage, "web", "always", "exit 1"));
    for round in 0..15 {
        stage.run(&["stop", "-t", "0", "web"]).ok();
        let shown = inspect(&stage, "web");
        assert_eq!((&shown["State"]["Running"], keeper(&stage, "web")), (&Value::Bool(false), None), "round {round}");
        stage.run(&["start", "web"]);
    }
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn a_monitor_that_is_killed_is_an_end_like_any_other() {
    let stage = Stage::new();
    need!(run(&stage, "web", "always", "sleep 99"));
    let monitor = inspect(&stage, "web")["State"]["ConmonPid"].as_i64().unwrap() as i32;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor), nix::sys::signal::Signal::SIGKILL).unwrap();
    wait_until("it came back", || restarts(&stage, "web") == 1 && inspect(&stage, "web")["State"]["Running"] == true);
    let keeper = keeper(&stage, "web").unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(keeper), nix::sys::signal::Signal::SIGKILL).unwrap();
    assert_eq!(inspect(&stage, "web")["State"]["Running"], true, "it lives on without its keeper");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn a_policy_can_be_changed_while_it_runs() {
    let stage = Stage::new();
    need!(run(&stage, "web", "no", "trap 'exit 1' HUP; while :; do sleep 0.01; done"));
    assert_eq!(keeper(&stage, "web"), None);
    stage.run(&["update", "--restart", "always", "web"]).ok();
    stage.run(&["kill", "-s", "HUP", "web"]).ok();
    wait_until("it came back", || restarts(&stage, "web") == 1 && inspect(&stage, "web")["State"]["Running"] == true);
    stage.run(&["update", "--restart", "no", "web"]).ok();
    stage.run(&["kill", "-s", "HUP", "web"]).ok();
    stage.run(&["wait", "web"]).ok();
    wait_until("nobody keeps it", || keeper(&stage, "web").is_none());
    assert_eq!(inspect(&stage, "web")["State"]["Running"], false);
    stage.run(&["rm", "web"]).ok();
}

#[test]
fn what_starts_with_the_machine_is_what_nobody_stopped() {
    let stage = Stage::new();
    for (name, policy) in [("a", "always"), ("u", "unless-stopped"), ("f", "on-failure")] {
        need!(run(&stage, name, policy, "sleep 99"));
    }
    let at_boot = || stage.run(&["ps", "-a", "--format", "{{.Names}}", "--filter", "should-start-on-boot=true"]).ok();
    assert_eq!(at_boot(), "u\na");
    stage.run(&["stop", "-t", "0", "a", "u", "f"]).ok();
    assert_eq!(at_boot(), "a");
    stage.run(&["start", "--all", "--filter", "should-start-on-boot=true"]).ok();
    assert_eq!(stage.run(&["ps", "--format", "{{.Names}}"]).ok(), "a");
    stage.run(&["rm", "-f", "-a", "-t", "0"]).ok();
}

#[test]
fn a_container_that_is_removed_at_its_end_cannot_come_back() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    stage.run(&["run", "--rm", "--restart", "always", &image, "true"]).fails(125);
    stage.run(&["run", "--restart", "sometimes", &image, "true"]).fails(125);
    stage.run(&["run", "-d", "--rm", "--network", "none", "--name", "web", &image, "sleep", "99"]).ok();
    stage.run(&["update", "--restart", "always", "web"]).fails(125);
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}
