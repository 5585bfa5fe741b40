//! `box rm`.

use crate::fixture::{Stage, need};

#[test]
fn a_running_container_is_removed_by_force_only() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    assert_ne!(stage.run(&["rm", &web]).code, 0);
    assert_eq!(stage.run(&["rm", "-f", "-t", "0", &web]).ok(), web);
    stage.run(&["inspect", &web]).fails(1);
}

#[test]
fn a_stranger_is_an_error_unless_forced() {
    let stage = Stage::shared();
    stage.run(&["rm", "no-such-container"]).fails(1);
    stage.run(&["rm", "-f", "no-such-container"]).ok();
}

#[test]
fn whatever_the_payload_wrote_goes_with_it() {
    let stage = Stage::new();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "mkdir -p /a/b; touch /a/b/c; chmod 000 /a; rm -rf /etc; ln -s / /loop";
    stage.run(&["run", "--name", &web, &busybox, "sh", "-c", script]).ok();
    stage.run(&["rm", &web]).ok();
    // That the store can be removed afterwards is what the stage checks.
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn eight_at_once_remove_one_container() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    let said = stage.shell(&format!("for n in $(seq 8); do box rm -f -t 0 {web} || echo failed & done; wait"));
    assert!(!said.out.contains("failed"), "{said}");
    stage.run(&["inspect", &web]).fails(1);
}

#[test]
fn many_end_at_the_same_time() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    for number in 0..5 {
        let name = format!("web{number}");
        stage.run(&["run", "-d", "--name", &name, &busybox, "sh", "-c", script]).ok();
        stage.start(&["logs", "-f", &name]).expect("ready");
    }
    let removed = stage.run(&["rm", "-f", "-t", "2", "-a"]);
    assert!(removed.took < std::time::Duration::from_secs(8), "one after the other: {removed}");
    assert_eq!(removed.ok().lines().count(), 5);
}

#[test]
fn beside_a_start_it_is_removed_or_in_use_and_nobody_waits_for_its_end() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    for round in 0..20 {
        stage.run(&["create", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
        let start = stage.start(&["start", &web]);
        if round % 2 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(round)); // Anywhere on the way of the start.
        }
        let removed = stage.run(&["rm", &web]);
        let started = start.finish();
        assert!(removed.code == 0 || removed.err.contains("running") || removed.err.contains("somebody"), "{removed}");
        assert!(started.code == 0 || removed.code == 0, "{started}");
        stage.run(&["rm", "-f", "-t", "0", &web]);
        assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    }
}
