//! `box unpause`.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn what_is_not_paused_cannot_be_woken() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    assert!(stage.run(&["unpause", &web]).fails(125).contains("it is running"));
    stage.run(&["unpause", "no-such-container"]).fails(1);
}

#[test]
fn a_process_that_stood_before_still_stands_afterwards() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "sleep 1000 & kill -STOP $!; echo $!; while :; do sleep 0.05; done";
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sh", "-c", script]).ok();
    wait_until("it has begun", || !stage.run(&["logs", &web]).out.is_empty());
    let sleeper = stage.run(&["logs", &web]).ok();
    let state = || stage.run(&["exec", &web, "sh", "-c", &format!("cut -d' ' -f3 /proc/{sleeper}/stat")]).ok();
    wait_until("the signal has come", || state() == "T");
    stage.run(&["pause", &web]).ok();
    stage.run(&["unpause", &web]).ok();
    assert_eq!(state(), "T");
}
