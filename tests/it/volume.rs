//! `box volume`.

use crate::fixture::{Stage, need};

#[test]
fn it_is_made_listed_and_removed() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["volume", "create", "data"]).ok(), "data");
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "data");
    stage.run(&["volume", "exists", "data"]).ends_with(0);
    let place = stage.run(&["volume", "inspect", "-f", "{{.Mountpoint}}", "data"]).ok();
    assert!(std::path::Path::new(&place).is_dir(), "{place}");
    assert_eq!(stage.run(&["volume", "rm", "data"]).ok(), "data");
    stage.run(&["volume", "exists", "data"]).ends_with(1);
    stage.run(&["volume", "rm", "data"]).fails(1);
}

#[test]
fn what_one_container_writes_the_next_one_reads() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let run = |options: &[&str], script: &str| {
        let words = [&["run", "--rm", "--network", "none"], options, &[busybox.as_str(), "sh", "-c", script]].concat();
        stage.run(&words)
    };
    run(&["-v", "data:/data"], "echo kept >/data/file").ok();
    assert_eq!(
        run(&["-v", "data:/data:ro"], "cat /data/file; touch /data/more 2>/dev/null || echo refused").ok(),
        "kept\nrefused"
    );
    assert_eq!(run(&["--mount", "type=volume,source=data,target=/elsewhere"], "cat /elsewhere/file").ok(), "kept");
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn one_in_use_stays_and_prune_takes_the_rest() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["volume", "create", "spare"]).ok();
    stage.run(&["run", "--name", "web", "-v", "data:/data", &busybox, "true"]).ok();
    stage.run(&["volume", "rm", "data"]).fails(2);
    stage.run(&["volume", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "data");
    stage.run(&["rm", "web"]).ok();
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn an_anonymous_one_goes_with_its_container() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "--rm", "-v", "/data", &busybox, "touch", "/data/x"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "");
}
