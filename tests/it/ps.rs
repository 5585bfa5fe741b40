//! `box ps`.

use crate::fixture::{Stage, need};

#[test]
fn it_shows_what_runs_and_with_a_all() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "-d", "--name", "one", &payload, "/payload", "wait"]).ok();
    stage.run(&["run", "--name", "two", &payload, "/payload", "exit", "3"]).ends_with(3);
    assert_eq!(stage.run(&["ps", "--format", "{{.Names}}"]).ok(), "one");
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok(), "two exited\none running");
    let table = stage.run(&["ps", "-a"]).ok();
    assert!(table.starts_with("CONTAINER ID"), "{table}");
    assert!(table.contains("Exited (3)") && table.contains("Up "), "{table}");
    let ids = stage.run(&["ps", "-aq"]).ok();
    assert!(ids.lines().all(|id| id.len() == 12), "{ids}");
    assert_eq!(stage.run(&["ps", "-q", "--filter", "name=two"]).ok(), "");
    assert_eq!(stage.run(&["ps", "-a", "--filter", "name=two", "--format", "{{.Names}}"]).ok(), "two");
    assert_eq!(stage.run(&["container", "ls", "--format", "{{.Names}}"]).ok(), "one");
}

#[test]
fn an_empty_store_lists_nothing() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    assert_eq!(stage.run(&["ps"]).ok().lines().count(), 1);
}
