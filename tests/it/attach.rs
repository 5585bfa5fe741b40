//! `box attach`.

use crate::fixture::{Stage, need};

#[test]
fn it_shows_what_comes_and_ends_with_the_payloads_code() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "while [ ! -e /tmp/go ]; do echo tick; sleep 0.05; done; echo last; exit 8";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    let mut running = stage.start(&["attach", &web]);
    running.expect("tick");
    stage.run(&["exec", &web, "touch", "/tmp/go"]).ok();
    running.expect("last");
    running.finish().ends_with(8);
}

#[test]
fn detach_keys_leave_the_payload_alone() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let mut terminal = stage.terminal(&["run", "-it", "--name", &web, &busybox, "sh"]);
    terminal.expect("# ");
    terminal.send("\x10\x11");
    assert_eq!(terminal.finish().0, 0);
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}}", &web]).ok(), "running");
    let mut terminal = stage.terminal(&["attach", &web]);
    terminal.send("echo back again; exit 2\n");
    terminal.expect("back again");
    assert_eq!(terminal.finish().0, 2);
}
