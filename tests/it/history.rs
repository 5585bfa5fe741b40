//! `box history`.

use crate::fixture::{Stage, need};

#[test]
fn every_step_is_told_with_what_it_takes() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let table = stage.run(&["history", &payload]).ok();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("ID ") && lines[0].contains("CREATED BY"), "{table}");
    assert!(lines[1].starts_with(&id[..12]) && lines[1].contains("years ago"), "{table}");
    assert_eq!(stage.run(&["history", "-q", &id[..12]]).ok(), id[..12]);
    assert_eq!(stage.run(&["history", "-q", "--no-trunc", &payload]).ok(), id);
    let exact = stage.run(&["history", "--human=false", "--format", "{{.Created}} {{.Size}}", &payload]).ok();
    let (created, size) = exact.split_once(' ').unwrap();
    assert!(created == "2023-11-14T22:13:20Z" && size.parse::<u64>().unwrap() > 1000, "{exact}");
    let json: serde_json::Value =
        serde_json::from_str(&stage.run(&["image", "history", "--format", "json", &payload]).ok()).unwrap();
    assert_eq!((&json[0]["id"], &json[0]["tags"][0]), (&id.into(), &format!("{payload}:latest").into()));
    stage.run(&["history", "nonsense"]).fails(1);
}
