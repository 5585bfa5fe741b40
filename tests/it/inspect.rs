//! `box inspect`.

use crate::fixture::{Stage, need};

#[test]
fn a_container_in_docker_words() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, "-e", "A=1", "--label", "k=v", &payload, "/payload", "wait"]).ok();
    let said = stage.run(&["inspect", &web]).ok();
    let all: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let one = &all[0];
    assert_eq!(one["State"]["Running"], true);
    assert_eq!(one["Config"]["Labels"]["k"], "v");
    assert!(one["Config"]["Env"].as_array().expect("a list").contains(&"A=1".into()));
    let format = "{{.State.Status}} {{.State.ExitCode}} {{.Config.Image}}";
    assert_eq!(stage.run(&["inspect", "--format", format, &web]).ok(), format!("running 0 {payload}:latest"));
}

#[test]
fn an_image_and_what_is_missing() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["inspect", &payload]).ok();
    let all: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(all[0]["Os"], "linux");
    let missing = stage.run(&["inspect", "no-such-thing"]);
    assert_eq!((missing.code, missing.out.trim()), (1, "[]"), "{missing}");
    assert_eq!(stage.run(&["inspect", "--format", "{{.No", &payload]).code, 64);
}
