//! `box save`.

use crate::fixture::{Stage, installed, need};

#[test]
fn what_is_saved_in_any_form_is_the_same_image_when_it_is_loaded() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let id = stage.run(&["images", "-q", "--no-trunc", &payload]).ok();
    for (form, place) in
        [("docker-archive", "d.tar"), ("oci-archive", "o.tar"), ("oci-dir", "layout"), ("docker-dir", "directory")]
    {
        stage.run(&["save", "-q", "--format", form, "-o", place, &payload]).ok();
        stage.run(&["rmi", "-f", &payload]).ok();
        let said = stage.run(&["load", "-q", "-i", place]).ok();
        assert!(said.contains("Loaded image"), "{form}: {said}");
        assert_eq!(stage.run(&["images", "-q", "--no-trunc"]).ok(), id, "{form}");
        let name = if form == "docker-dir" { id.trim() } else { &payload };
        assert_eq!(stage.run(&["run", "--rm", "--network", "none", name, "/payload", "exit", "7"]).code, 7, "{form}");
        stage.run(&["rmi", "-f", id.trim()]).ok();
        stage.run(&["pull", "-q", &payload]).ok();
    }
}

#[test]
fn the_same_image_makes_the_same_bytes_in_a_pipe_and_in_a_file() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let script = format!("box save {payload} 2>/dev/null | cmp - <(box save -q -o x.tar {payload}; cat x.tar)");
    stage.shell(&script).ok();
    // GNU tar reads it.
    assert!(stage.shell("tar tf x.tar").ok().contains("manifest.json"));
}

#[test]
fn skopeo_sees_the_digest_that_the_registry_has() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(installed("skopeo"));
    let (_, manifest) = crate::fixture::registry::manifest("payload", "latest").expect("is served");
    stage.run(&["save", "-q", "--format", "oci-dir", "-o", "layout", &payload]).ok();
    let mut skopeo = stage.program("skopeo");
    let output =
        skopeo.args(["inspect", "--raw", &format!("oci:layout:{payload}:latest")]).output().expect("is installed");
    assert!(output.stdout == manifest, "byte for byte: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_nothing() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["save", "--format", "oci-dir", &payload]).fails(125);
    assert!(said.contains("--output"), "{said}");
    stage.run(&["save", "-o", "x.tar", "no-such-image"]).fails(1);
    stage.run(&["save", "-o", "missing/x.tar", &payload]).fails(125);
    stage.run(&["save", "--compress", "-o", "x.tar", &payload]).fails(125);
    stage.run(&["save", "--format", "docker-dir", "-o", "d", &payload, &payload]).ok();
    assert!(!stage.home().join("x.tar").exists() && !stage.home().join("missing").exists());
}
