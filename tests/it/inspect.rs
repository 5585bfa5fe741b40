//! `box inspect`.

use crate::fixture::{Stage, need, skip};

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

#[test]
fn networks_are_found_after_all_that_may_have_their_name() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["network", "create", "web"]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.name}}", "web"]).ok(), "web");
    stage.run(&["create", "--name", "web", &payload]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.Config.Hostname}}", "web"]).ok().len(), 12);
    assert_eq!(stage.run(&["inspect", "--type", "network", "-f", "{{.driver}}", "web"]).ok(), "bridge");
    assert!(stage.run(&["inspect", "--type", "network", "no-such"]).fails(1).contains("no such network `no-such`"));
    stage.run(&["rm", "web"]).ok();
    stage.run(&["network", "rm", "web"]).ok();
}

#[test]
fn the_driver_is_the_one_that_made_the_root() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let run = |name: &str, driver: &[&str]| {
        stage
            .run(&[driver, &["run", "--name", name, "--network", "none", &payload, "/payload", "exit", "0"]].concat())
            .ok();
        stage.run(&["inspect", "-f", "{{.Driver}} {{.GraphDriver.Name}}", name]).ok()
    };
    assert_eq!(run("copied", &["--storage-driver", "copy"]), "vfs vfs");
    let usual = stage.run(&["info", "-f", "{{.Store.GraphDriverName}}"]).ok();
    assert_eq!(run("usual", &[]), format!("{usual} {usual}"));
    stage.run(&["rm", "-a"]).ok();
}

#[test]
fn a_program_that_the_kernel_killed_for_want_of_memory_is_told() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    // Reads a line without end into memory.
    let words = ["run", "--name", "web", "--network", "none", "-m", "16m", "--memory-swap", "16m", &busybox];
    let said = stage.run(&[&words[..], &["timeout", "-s", "KILL", "5", "tail", "/dev/zero"]].concat());
    if said.err.contains("--memory") {
        skip!("no control group with memory can be made here");
    }
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.OOMKilled}}", "web"]).ok(), "true", "{said}");
    let words = ["run", "--name", "app", "--network", "none", "-m", "16m", &busybox, "sh", "-c", "kill -9 $$"];
    stage.run(&words).ends_with(137);
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.OOMKilled}}", "app"]).ok(), "false");
    stage.run(&["rm", "web", "app"]).ok();
}
