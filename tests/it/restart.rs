//! `box restart`.

use crate::fixture::{Stage, need};

#[test]
fn it_starts_what_runs_and_what_does_not() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    let pid = || stage.run(&["inspect", "-f", "{{.State.Pid}}", &web]).ok();
    let before = pid();
    assert_eq!(stage.run(&["restart", &web]).ok(), web);
    assert_ne!(pid(), before);
    stage.run(&["stop", &web]).ok();
    stage.run(&["restart", &web]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}}", &web]).ok(), "running");
    stage.run(&["restart", "no-such-container"]).fails(1);
}
