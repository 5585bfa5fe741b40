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

#[test]
fn a_tree_the_history_of_names_and_the_order() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["tag", &payload, "localhost/a:2"]).ok();
    let history = stage.run(&["images", "--history", "--noheading"]).ok();
    assert!(history.lines().all(|line| line.ends_with(&format!("localhost/a:2, {payload}:latest"))), "{history}");
    let tree = stage.run(&["images", "--tree"]).ok();
    let lines: Vec<&str> = tree.lines().collect();
    assert!(lines.len() == 4 && lines[0].contains("CONTENT SIZE") && lines[1].contains(&payload), "{tree}");
    assert!(lines[3].starts_with("└─ linux/") && lines[3].contains(&id[..12]) && !lines[3].contains(" 0 B"), "{tree}");
    let tags = stage.run(&["images", "--sort", "tag", "--format", "{{.Tag}}"]).ok();
    assert_eq!(tags, "2\nlatest");
    assert_eq!(stage.run(&["images", "-q", "-f", "reference!=localhost/*", "-f", "intermediate=false"]).ok(), "");
    assert_eq!(stage.run(&["images", "-aq", "-f", "label!=x", "-f", "readonly=false"]).ok(), id[..12]);
    stage.run(&["images", "-f", "since!=x"]).fails(125);
}
