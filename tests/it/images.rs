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

#[test]
fn images_of_an_additional_store_are_used_and_stay() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let shared = stage.home().join("shared");
    let shared = shared.to_str().unwrap();
    stage.run(&["--root", shared, "pull", "-q", &payload]).ok();
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    let with = |words: &[&str]| stage.run(&[&["--imagestore", shared], words].concat());
    let table = with(&["images"]).ok();
    assert!(table.lines().next().unwrap().ends_with("R/O") && table.ends_with("true"), "{table}");
    assert_eq!(with(&["images", "-f", "readonly=true", "--format", "{{.Tag}}"]).ok(), "latest");
    with(&["image", "inspect", &payload]).ok();
    with(&["run", "--rm", "--network", "none", "--pull", "never", &payload]).ok();
    with(&["rmi", "-f", &payload]).fails(2);
    with(&["rmi", "-a", "-f"]).ok();
    with(&["image", "prune", "-a", "-f"]).ok();
    with(&["tag", &payload, "localhost/mine:1"]).ok();
    with(&["rmi", "localhost/mine:1"]).ok();
    with(&["system", "check"]).ok();
    with(&["system", "reset", "-f"]).ok();
    assert_eq!(with(&["images", "--format", "{{.Tag}}"]).ok(), "latest");

    // By storage.conf, beside stores of other programs.
    let conf = format!("[storage.options]\nadditionalimagestores = [\"/nonexistent\", \"{shared}\"]\n");
    std::fs::write(stage.home().join(".config/containers/storage.conf"), conf).unwrap();
    stage.run(&["run", "--rm", "--network", "none", "--pull", "never", &payload]).ok();
    stage.run(&["--storage-opt", "additionalimagestore=/nonexistent", "images"]).fails(125);
    stage.run(&["--storage-opt", "size=1G", "images"]).ends_with(125);
    stage.run(&["--root", shared, "rmi", "-a", "-f"]).ok();
}

#[test]
fn a_store_is_moved_and_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let (first, second) = (stage.home().join("first"), stage.home().join("second"));
    let at = |root: &std::path::Path, words: &[&str]| stage.run(&[&["--root", root.to_str().unwrap()], words].concat());
    at(&first, &["create", "--name", "web", "--network", "none", &payload]).ok();
    std::fs::rename(&first, &second).unwrap();
    at(&second, &["start", "-a", "web"]).ok();
    at(&second, &["run", "--rm", "--network", "none", "--pull", "never", &payload]).ok();
    at(&second, &["rm", "web"]).ok();
    if !crate::fixture::is_root() {
        // Who is not root cannot write where the mode forbids it.
        let mode = |mode| {
            for dir in ["", "staging", "locks", "images", "names/images", "containers", "trash", "downloads"] {
                std::fs::set_permissions(second.join(dir), std::fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        mode(0o500);
        for words in
            [&["images"][..], &["ps", "-a"], &["image", "inspect", &payload], &["history", &payload], &["info"]]
        {
            at(&second, words).ok();
        }
        let said = at(&second, &["run", "--rm", "--pull", "never", &payload]).fails(125);
        assert!(said.contains("--imagestore") && said.lines().count() == 2, "{said}");
        let second = second.to_str().unwrap();
        stage.run(&["--imagestore", second, "run", "--rm", "--network", "none", "--pull", "never", &payload]).ok();
        mode(0o700);
    }
    at(&second, &["rmi", "-a", "-f"]).ok();
}
