//! What only `box container` has; the rest stands at the top under names of its own.

use crate::fixture::{Stage, need};

#[test]
fn exists_answers_by_its_exit_code_alone() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let said = stage.run(&["container", "exists", &web]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", ""), "{said}");
    stage.run(&["create", "--name", &web, &payload]).ok();
    assert_eq!(stage.run(&["container", "exists", &web]).ok(), "");
}

#[test]
fn prune_removes_what_does_not_run() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "-d", "--name", "running", &payload, "/payload", "wait"]).ok();
    stage.run(&["run", "--name", "ended", &payload, "/payload", "exit", "0"]).ok();
    stage.run(&["container", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Names}}"]).ok(), "running");
}
