//! `box tag`.

use crate::fixture::{Stage, need};

#[test]
fn a_second_name_for_one_image() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    assert_eq!(stage.run(&["tag", &payload, "mine"]).ok(), "");
    assert_eq!(
        stage.run(&["inspect", "-f", "{{.Id}}", "mine"]).ok(),
        stage.run(&["inspect", "-f", "{{.Id}}", &payload]).ok()
    );
    stage.run(&["run", "--rm", "--pull", "never", "--network", "none", "mine", "/payload", "exit", "4"]).ends_with(4);
    stage.run(&["run", "--rm", "--network", "none", &id[..12], "/payload", "exit", "4"]).ends_with(4);
    stage.run(&["tag", "no-such-image", "other"]).fails(1);
}
