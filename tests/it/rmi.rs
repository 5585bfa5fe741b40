//! `box rmi`.

use crate::fixture::{Stage, need};

#[test]
fn a_used_image_stays_unless_forced() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["create", "--name", "web", &payload]).ok();
    stage.run(&["rmi", &payload]).fails(2);
    stage.run(&["rm", "web"]).ok();
    stage.run(&["rmi", &payload]).ok();
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    stage.run(&["rmi", &payload]).fails(1);
}

#[test]
fn the_last_of_two_names_takes_the_image_along() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["tag", &payload, "localhost/mine:1"]).ok();
    stage.run(&["rmi", &payload]).ok();
    assert_eq!(stage.run(&["images", "-q"]).ok(), id[..12]);
    stage.run(&["rmi", "localhost/mine:1"]).ok();
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    let layers = std::fs::read_dir(stage.store().join("layers")).into_iter().flatten().count();
    assert_eq!(layers, 0, "no image, no layers");
}
