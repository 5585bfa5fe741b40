//! `box logs`.

use crate::fixture::{Stage, need};

#[test]
fn output_and_errors_come_back_apart() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "lines", "out", "err"]).ok();
    stage.run(&["wait", &web]).ok();
    let said = stage.run(&["logs", &web]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "out\n", "err\n"), "{said}");
}

#[test]
fn follow_ends_with_the_container() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "echo first; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo last";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    let mut running = stage.start(&["logs", "-f", &web]);
    running.expect("first");
    stage.run(&["exec", &web, "touch", "/tmp/go"]).ok();
    assert_eq!(running.finish().ok(), "first\nlast");
}

#[test]
fn tail_and_timestamps() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &busybox, "seq", "100"]).ok();
    stage.run(&["wait", &web]).ok();
    assert_eq!(stage.run(&["logs", "--tail", "2", &web]).ok(), "99\n100");
    assert_eq!(stage.run(&["logs", "--tail", "0", &web]).ok(), "");
    let stamped = stage.run(&["logs", "-t", "--tail", "1", &web]).ok();
    let (stamp, line) = stamped.split_once(' ').expect("a moment and a line");
    assert!(line == "100" && stamp.contains('T') && stamp.starts_with("20"), "{stamped}");
}

#[test]
fn a_lot_of_output_is_kept_to_the_last_byte() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", "seq 100000; printf end"]).ok();
    stage.run(&["wait", &web]).ok();
    let said = stage.run(&["logs", &web]).out;
    assert!(said.ends_with("99999\n100000\nend"), "{:?}", &said[said.len().saturating_sub(40)..]);
    assert_eq!(said.lines().count(), 100_001);
}

#[test]
fn what_the_callers_own_descriptors_took_is_not_kept_and_that_is_said() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "--name", &web, &payload, "/payload", "lines", "out", "err"]).ok();
    let said = stage.run(&["logs", &web]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said}");
    assert!(said.err.contains("has run attached"), "{said}");
}

#[test]
fn none_keeps_nothing() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--log-driver", "none", "--name", &web, &payload, "/payload", "lines", "out", "err"]).ok();
    stage.run(&["wait", &web]).ok();
    assert_eq!(stage.run(&["logs", &web]).out, "");
}
