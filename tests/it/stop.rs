//! `box stop`.

use std::time::Duration;

use crate::fixture::{Stage, need, wait_until};

#[test]
fn a_payload_without_a_handler_stops_at_once() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    let said = stage.run(&["stop", &web]);
    // The promise is 100 ms on a quiet machine; ten seconds is what waiting for KILL would take.
    assert!(said.took < Duration::from_secs(5), "{said}");
    assert_eq!(said.ok(), web);
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", &web]).ok(), "exited 143");
}

#[test]
fn a_handler_has_its_say() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "trap", "SIGTERM", "7"]).ok();
    wait_until("the handler is set", || stage.run(&["logs", &web]).out == "ready\n");
    stage.run(&["stop", &web]).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "7");
}

#[test]
fn who_will_not_stop_is_killed() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "trap : TERM; echo set; while :; do sleep 0.05; done";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    wait_until("the handler is set", || stage.run(&["logs", &web]).out == "set\n");
    stage.run(&["stop", "-t", "1", &web]).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "137");
}

#[test]
fn stopping_twice_is_fine_and_a_stranger_is_not() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    stage.run(&["stop", &web]).ok();
    assert_eq!(stage.run(&["stop", &web]).ok(), web);
    stage.run(&["stop", "no-such-container"]).fails(1);
}

#[test]
fn whoever_ends_a_session_ends_its_containers_by_their_monitors() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    for (options, script, code) in [
        // The kernel shields process 1 from it; what it would do is done all the same.
        (&[][..], "sleep 99", 143),
        (&[], "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done", 7),
        (&["--stop-signal", "USR1"], "trap 'exit 8' USR1; trap '' TERM; echo ready; while :; do sleep 0.05; done", 8),
        (&["--stop-timeout", "1"], "trap '' TERM; echo ready; while :; do sleep 0.05; done", 137),
    ] {
        let web = stage.name("web");
        let words = [&["run", "-d", "--name", &web, "--network", "none"], options, &[&busybox, "sh", "-c", script]];
        stage.run(&words.concat()).ok();
        let is_ready = || !script.contains("ready") || stage.run(&["logs", &web]).out == "ready\n";
        wait_until("it is ready", is_ready);
        let monitor = stage.run(&["inspect", "-f", "{{.State.ConmonPid}}", &web]).ok();
        stage.shell(&format!("kill -TERM {monitor}")).ok();
        assert_eq!(stage.run(&["wait", &web]).ok(), code.to_string(), "{script}");
        stage.run(&["rm", &web]).ok();
    }
}
