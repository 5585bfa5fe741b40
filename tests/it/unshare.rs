//! `box unshare`.

use crate::fixture::{Stage, is_root, many_ids, need};

#[test]
fn a_program_is_root_among_the_ids_of_containers() {
    let stage = Stage::new();
    if is_root() {
        assert!(stage.run(&["unshare", "true"]).fails(125).contains("you are root"));
        return;
    }
    assert_eq!(stage.run(&["unshare", "id", "-u"]).ok(), "0");
    assert_eq!(stage.run(&["unshare", "sh", "-c", "exit 7"]).code, 7);
    assert_eq!(stage.run(&["unshare", "--", "printf", "%s", "--help"]).ok(), "--help");
    assert_eq!(stage.run(&["unshare", "no-such-program"]).fails(127).lines().count(), 1);
    stage.run(&["unshare", "/"]).fails(126);
    stage.run(&["unshare", "--rootless-netns", "true"]).fails(125);
    // Mounts are its own.
    let script = "mount -t tmpfs none /mnt && grep -c ' /mnt ' /proc/self/mounts";
    assert_eq!(stage.run(&["unshare", "sh", "-c", script]).ok(), "1");
    assert_eq!(stage.shell("grep -c ' /mnt ' /proc/self/mounts; true").ok(), "0");
    // By default it is the shell.
    assert_eq!(stage.shell("echo 'id -u' | SHELL=/bin/sh box unshare").ok(), "0");
}

#[test]
fn files_of_containers_are_its_own() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    if is_root() {
        return;
    }
    std::fs::create_dir(stage.home().join("data")).unwrap();
    let volume = format!("{}:/data", stage.home().join("data").display());
    let script = "touch /data/file && chown 33:34 /data/file && chmod 600 /data/file";
    stage.run(&["run", "--rm", "--network", "none", "-v", &volume, &busybox, "sh", "-c", script]).ok();
    if many_ids().is_ok() {
        let file = stage.home().join("data/file").display().to_string();
        assert_eq!(stage.run(&["unshare", "stat", "-c", "%u:%g", &file]).ok(), "33:34");
        stage.run(&["unshare", "rm", &file]).ok();
    }
    std::fs::remove_dir_all(stage.home().join("data")).unwrap();
    // A box in there has the same store, and may mount.
    let said = stage.shell(&format!("export -f box; box unshare bash -c 'box images -q && box image mount {busybox}'"));
    assert_eq!(said.ok().lines().count(), 2);
    let said =
        stage.shell(&format!("export -f box; box unshare bash -c 'box run --rm --network none {busybox} id -u'"));
    assert_eq!(said.ok(), "0");
}
