//! `box search`.

use crate::fixture::{Stage, need, registry};

#[test]
fn a_registry_without_an_index_is_searched_by_its_names() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let registry = registry::address();
    let found = stage.run(&["search", "--format", "{{.Index}} {{.Name}}", &format!("{registry}/paylo")]).ok();
    assert!(found.lines().any(|line| line == format!("{registry} {payload}")), "{found}");
    assert!(found.lines().all(|line| line.contains("paylo")), "{found}");
    let table = stage.run(&["search", "--limit", "1", "--compatible", &format!("{registry}/paylo")]).ok();
    assert!(table.starts_with("NAME") && table.contains("STARS") && table.lines().count() == 2, "{table}");
    assert_eq!(stage.run(&["search", &format!("{registry}/no-such-thing")]).ok().lines().count(), 1);
}

#[test]
fn tags_are_listed() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["search", "--list-tags", &payload]).ok();
    assert!(said.lines().any(|line| line.starts_with(&payload) && line.ends_with("latest")), "{said}");
    let json = stage.run(&["search", "--list-tags", "--format", "json", &payload]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!((&json[0]["Name"], &json[0]["Tags"][0]), (&payload.as_str().into(), &"latest".into()));
}

#[test]
fn what_cannot_be_asked_is_said() {
    let stage = Stage::new();
    let guarded = registry::guarded_address();
    stage.run(&["search", &format!("{guarded}/payload")]).fails(125);
    let creds = ["search", "--creds", "lab:secret", "--list-tags", &format!("{guarded}/payload")];
    assert!(stage.run(&creds).ok().contains("latest"));
    stage.run(&["search", "--limit", "101", "x"]).fails(125);
    stage.run(&["search", "--filter", "colour=red", "x"]).fails(125);
    // An unknown repository has no tags; the registry of the tests says so without an error.
    let missing = format!("{}/missing", registry::address());
    assert_eq!(stage.run(&["search", "--list-tags", &missing]).ok().lines().count(), 1);
}
