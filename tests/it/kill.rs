//! `box kill`.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn it_sends_the_signal_it_is_told() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    for signal in ["USR1", "SIGUSR1", "10"] {
        stage.run(&["run", "-d", "--replace", "--name", &web, &payload, "/payload", "trap", "SIGUSR1", "9"]).ok();
        wait_until("the handler is set", || stage.run(&["logs", &web]).out == "ready\n");
        assert_eq!(stage.run(&["kill", "-s", signal, &web]).ok(), web);
        assert_eq!(stage.run(&["wait", &web]).ok(), "9");
    }
}

#[test]
fn what_does_not_run_cannot_be_killed() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    assert_ne!(stage.run(&["kill", &web]).code, 0);
    stage.run(&["kill", "no-such-container"]).fails(1);
    assert_ne!(stage.run(&["kill", "-s", "NONSENSE", &web]).code, 0);
}
