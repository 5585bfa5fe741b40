//! `box pause`.

use crate::fixture::{Stage, need, wait_until};

/// A loop that says what it counts.
const COUNT: &str = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done";

fn word(stage: &Stage, name: &str) -> String {
    stage.run(&["inspect", "-f", "{{.State.Status}} {{.State.Paused}}", name]).ok()
}

fn count(stage: &Stage, name: &str) -> usize {
    stage.run(&["logs", name]).out.lines().count()
}

#[test]
fn a_paused_container_stands_still_until_it_is_woken() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sh", "-c", COUNT]).ok();
    wait_until("it counts", || count(&stage, &web) > 0);
    assert_eq!(stage.run(&["pause", &web]).ok(), web);
    assert_eq!(word(&stage, &web), "paused true");
    assert!(
        stage
            .run(&["ps", "--filter", "status=paused", "--format", "{{.Names}} {{.Status}}"])
            .ok()
            .contains(&format!("{web} Up"),)
    );
    let before = count(&stage, &web);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(count(&stage, &web), before, "nothing moves for ten turns' time");
    assert!(stage.run(&["pause", &web]).fails(125).contains("paused already"));
    assert_eq!(stage.run(&["unpause", &web]).ok(), web);
    assert_eq!(word(&stage, &web), "running false");
    wait_until("it goes on", || count(&stage, &web) > before);
}

#[test]
fn what_others_do_to_a_paused_container() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let begin = || {
        stage.run(&["run", "-d", "--replace", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
        stage.run(&["pause", &web]).ok();
    };
    begin();
    for refused in [&["exec", &web, "/payload"][..], &["stop", &web], &["start", &web], &["restart", &web]] {
        let said = stage.run(refused);
        assert!(said.code >= 125 && said.err.contains("paused"), "{said}");
    }
    stage.run(&["rm", &web]).fails(2);
    assert_eq!(word(&stage, &web), "paused true");
    stage.run(&["kill", &web]).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "137");
    assert_eq!(word(&stage, &web), "exited false");
    begin();
    stage.run(&["rm", "-f", &web]).ok();
    stage.run(&["container", "exists", &web]).ends_with(1);
}

#[test]
fn all_and_filters_mean_those_that_run() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let run = |name: &str, label: &str| {
        stage.run(&["run", "-d", "--network", "none", "--name", name, "-l", label, &payload, "/payload", "wait"]).ok()
    };
    let (one, other) = (run("one", "x=1"), run("other", "x=2"));
    stage.run(&["create", "--name", "third", &payload]).ok();
    assert_eq!(stage.run(&["pause", "--filter", "label=x=1"]).ok(), one);
    assert_eq!(stage.run(&["pause", "-a"]).ok(), other);
    assert_eq!(stage.run(&["pause", "-a"]).ok(), "");
    assert_eq!(stage.run(&["ps", "-q", "--no-trunc", "-f", "status=paused"]).ok().lines().count(), 2);
    std::fs::write(stage.home().join("cid"), &one).expect("a new file");
    assert_eq!(stage.run(&["unpause", "--cidfile", "cid"]).ok(), one);
    assert_eq!(stage.run(&["unpause", "-a"]).ok(), other);
    std::fs::remove_file(stage.home().join("cid")).expect("it was made");
    assert!(stage.run(&["pause", "third"]).fails(125).contains("it is created"));
}

#[test]
fn processes_in_namespaces_of_their_own_stand_still_too() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = format!("unshare -U -p -f sh -c '{COUNT}' || {COUNT}");
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sh", "-c", &script]).ok();
    wait_until("it counts", || count(&stage, &web) > 0);
    stage.run(&["pause", &web]).ok();
    let before = count(&stage, &web);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(count(&stage, &web), before);
}
