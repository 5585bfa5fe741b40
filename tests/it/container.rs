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

#[test]
fn a_clone_has_the_same_settings_and_a_life_of_its_own() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let (clone, other) = (format!("{web}-clone"), stage.name("other"));
    let options = ["-v", "/data", "--label", "team=a"];
    stage.run(&[&["create", "--name", &web], &options[..], &[&payload, "/payload", "exit", "3"]].concat()).ok();
    let id = stage.run(&["container", "clone", "--run", &web]).ok();
    assert_eq!(stage.run(&["wait", &clone]).ok(), "3");
    let told = |name: &str, field: &str| stage.run(&["inspect", "-f", &format!("{{{{{field}}}}}"), name]).ok();
    assert_eq!(told(&clone, ".Id"), id);
    for field in ["json .Config.Cmd", ".Config.Labels.team", ".Image"] {
        assert_eq!(told(&web, field), told(&clone, field), "{field}");
    }
    let volume = "(index .Mounts 0).Name";
    assert_ne!(told(&web, volume), told(&clone, volume), "a volume without a name is nobody else's");
    stage.run(&["container", "clone", &web]).fails(125);
    stage.run(&["container", "clone", "--destroy", "--pids-limit", "99", &web, &other]).ok();
    assert_eq!(told(&other, ".HostConfig.PidsLimit"), "99");
    stage.run(&["inspect", &web]).fails(1);
    stage.run(&["rm", "-v", &clone]).ok();
}

#[test]
fn cleanup_is_for_what_has_ended() {
    let stage = Stage::shared();
    let (payload, running, ended) = (need!(stage.image("payload")), stage.name("running"), stage.name("ended"));
    stage.run(&["run", "-d", "--name", &running, &payload, "/payload", "wait"]).ok();
    stage.run(&["run", "--name", &ended, &payload, "/payload", "exit", "0"]).ok();
    assert!(stage.run(&["container", "cleanup", &running]).fails(2).contains("it runs"));
    // Its monitor may be tidying up at this very moment.
    crate::fixture::wait_until("it is free", || stage.run(&["container", "cleanup", &ended]).code == 0);
    stage.run(&["container", "cleanup", "--rm", &ended]).ok();
    stage.run(&["container", "exists", &ended]).ends_with(1);
}
