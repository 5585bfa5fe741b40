//! `box rename`.

use crate::fixture::{Stage, need};

#[test]
fn the_container_answers_to_the_new_name_only() {
    let stage = Stage::shared();
    let (payload, old, new) = (need!(stage.image("payload")), stage.name("old"), stage.name("new"));
    let id = stage.run(&["create", "--name", &old, &payload]).ok();
    assert_eq!(stage.run(&["rename", &old, &new]).ok(), "");
    assert_eq!(stage.run(&["inspect", "-f", "{{.Id}}", &new]).ok(), id);
    stage.run(&["inspect", &old]).fails(1);
    stage.run(&["create", "--name", &old, &payload]).ok();
    stage.run(&["rename", &old, &new]).fails(125);
}
