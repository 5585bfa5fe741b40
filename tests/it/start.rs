//! `box start`.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn what_was_written_is_there_after_stop_and_start() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "echo x >>/root/starts; cat /root/starts; exec sleep 1000";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    wait_until("it has started", || stage.run(&["logs", &web]).out == "x\n");
    stage.run(&["stop", "-t", "0", &web]).ok();
    assert_eq!(stage.run(&["start", &web]).ok(), web);
    wait_until("it has started again", || stage.run(&["logs", &web]).out == "x\nx\nx\n");
    // Started twice is not run twice.
    stage.run(&["start", &web]).ok();
    assert_eq!(stage.run(&["exec", &web, "cat", "/root/starts"]).ok(), "x\nx");
}

#[test]
fn attached_it_shows_output_and_ends_with_the_payloads_code() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["create", "--name", &web, &busybox, "sh", "-c", "echo out; echo err >&2; exit 5"]).ok();
    let said = stage.run(&["start", "-a", &web]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (5, "out\n", "err\n"), "{said}");
}

#[test]
fn a_stranger_cannot_be_started() {
    Stage::shared().run(&["start", "no-such-container"]).fails(1);
}

#[test]
fn it_can_be_started_again_as_soon_as_its_end_is_known() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let words = ["run", "--name", "again", "--network", "none", payload.as_str(), "/payload", "exit", "0"];
    stage.run(&words).ok();
    for _ in 0..20 {
        stage.run(&["start", "-a", "again"]).ok();
    }
}
