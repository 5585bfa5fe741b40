//! `box wait`.

use crate::fixture::{Stage, need};

#[test]
fn it_prints_the_code_of_each_when_it_has_ended() {
    let stage = Stage::shared();
    let (payload, one, two) = (need!(stage.image("payload")), stage.name("one"), stage.name("two"));
    stage.run(&["run", "-d", "--name", &one, &payload, "/payload", "exit", "3"]).ok();
    stage.run(&["run", "-d", "--name", &two, &payload, "/payload", "wait"]).ok();
    let waiting = stage.start(&["wait", &one, &two]);
    stage.run(&["kill", &two]).ok();
    assert_eq!(waiting.finish().ok(), "3\n137");
    stage.run(&["wait", "no-such-container"]).fails(1);
}
