//! What only `box image` has; the rest stands at the top under names of its own.

use crate::fixture::{Stage, need};

#[test]
fn exists_answers_by_its_exit_code_alone() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["image", "exists", &payload]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (1, "", ""), "{said}");
    stage.run(&["pull", "-q", &payload]).ok();
    assert_eq!(stage.run(&["image", "exists", &payload]).ok(), "");
}

#[test]
fn prune_removes_what_has_no_name_and_with_all_what_nobody_uses() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["image", "prune", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(0);
    stage.run(&["create", "--name", "web", &payload]).ok();
    stage.run(&["image", "prune", "-a", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(0);
    stage.run(&["rm", "web"]).ok();
    stage.run(&["image", "prune", "-a", "-f"]).ok();
    stage.run(&["image", "exists", &payload]).ends_with(1);
}

#[test]
fn a_tree_shows_layers_and_what_has_them() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let tree = stage.run(&["image", "tree", &payload]).ok();
    assert!(tree.starts_with(&format!("Image ID: {}\nTags:     [{payload}:latest]\nSize: ", &id[..12])), "{tree}");
    let last = tree.lines().last().unwrap();
    assert!(last.starts_with("└── ID: ") && last.ends_with(&format!("Top Layer of: [{payload}:latest]")), "{tree}");
    assert!(stage.run(&["image", "tree", "--whatrequires", &payload]).ok().ends_with("Image Layers"));
}

#[test]
fn a_mounted_image_can_be_read_where_one_may_mount() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    if !crate::fixture::is_root() {
        let said = stage.run(&["image", "mount", &payload]).fails(125);
        assert!(said.contains("unshare"), "{said}");
    }
    if stage.shell("unshare --map-root-user --mount true").code != 0 {
        crate::fixture::skip!("this machine gives no user namespace to unshare(1)");
    }
    let script = format!(
        "export -f box; unshare --map-root-user --mount bash -ec '\
         place=$(box image mount {payload}); test -x $place/payload; ! touch $place/new 2>/dev/null; \
         box image mount; box image mount --format json | grep -c mountpoint; ! box rmi {payload}; \
         box image unmount {payload}; \
         ! test -e $place/payload; box image mount'"
    );
    let said = stage.shell(&script).ok();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with(&payload) && lines[1] == "1", "{said}");
}
