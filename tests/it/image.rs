//! What only `box image` has; the rest stands at the top under names of its own.

use crate::fixture::{Stage, need};

#[test]
fn exists_answers_by_its_exit_code_alone() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["image", "exists", &payload]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", ""), "{said}");
    stage.run(&["pull", "-q", &payload]).ok();
    assert_eq!(stage.run(&["image", "exists", &payload]).ok(), "");
}

#[test]
fn prune_removes_what_has_no_name_and_with_all_what_nobody_uses() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["image", "prune", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(0);
    stage.run(&["create", "--name", "web", &payload]).ok();
    stage.run(&["image", "prune", "-a", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(0);
    stage.run(&["rm", "web"]).ok();
    stage.run(&["image", "prune", "-a", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(1);
}
