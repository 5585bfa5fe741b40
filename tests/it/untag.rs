//! `box untag`.

use crate::fixture::{Stage, need};

#[test]
fn the_name_goes_and_the_image_stays() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["tag", &payload, "mine"]).ok();
    assert_eq!(stage.run(&["untag", &payload, "mine"]).ok(), "");
    stage.run(&["image", "exists", "mine"]).ends_with(1);
    stage.run(&["untag", &payload]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(1);
    stage.run(&["image", "exists", &id]).ok();
    stage.run(&["untag", "no-such-image"]).fails(1);
}
