//! `box export`.

use crate::fixture::{Stage, need};

#[test]
fn the_files_of_a_container_are_an_archive() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let name = stage.name("exported");
    let script = "echo 1 >/etc/new; rm /etc/group; echo 2 >/volume/inside";
    stage.run(&["run", "--name", &name, "-v", "/volume", "--network", "none", &busybox, "sh", "-c", script]).ok();
    let listed = stage.shell(&format!("box export {name} | tar tf -")).ok();
    let has = |path: &str| listed.lines().any(|line| line.trim_start_matches("./") == path);
    assert!(has("etc/new") && has("bin/busybox") && has("proc/") && has("volume/"), "{listed}");
    assert!(!has("etc/group") && !has("volume/inside") && !has("proc/self"), "{listed}");
    let again = format!("box export -o x.tar {name} && box export {name} | cmp - x.tar && tar xOf x.tar etc/new");
    assert_eq!(stage.shell(&again).ok(), "1");
    stage.run(&["export", "no-such-container"]).fails(1);
    stage.run(&["export", "-o", "missing/x.tar", &name]).fails(125);
}
