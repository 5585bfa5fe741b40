//! `box images`.

use crate::fixture::{Stage, need};

#[test]
fn a_table_ids_and_templates() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let table = stage.run(&["images"]).ok();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("REPOSITORY") && lines[0].contains("IMAGE ID") && lines[0].contains("SIZE"),
        "{table}"
    );
    assert!(lines.len() == 2 && lines[1].starts_with(&payload) && lines[1].contains(&id[..12]), "{table}");
    assert_eq!(stage.run(&["images", "-q"]).ok(), id[..12]);
    assert_eq!(stage.run(&["images", "--format", "{{.Repository}} {{.Tag}}"]).ok(), format!("{payload} latest"));
    assert_eq!(stage.run(&["image", "ls", "-q"]).ok(), id[..12]);
}
