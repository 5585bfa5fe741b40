//! `box manifest`.

use serde_json::Value;

use crate::fixture::{Stage, need, registry};

fn inspect(stage: &Stage, list: &str) -> Value {
    serde_json::from_str(&stage.run(&["manifest", "inspect", list]).ok()).expect("is JSON")
}

#[test]
fn a_list_is_made_pushed_and_pulled_again() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["manifest", "create", "--annotation", "team=web", "all", &payload]).ok();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let list = inspect(&stage, "all");
    assert_eq!(list["mediaType"], "application/vnd.oci.image.index.v1+json");
    assert_eq!((&list["annotations"]["team"], list["manifests"].as_array().map(Vec::len)), (&"web".into(), Some(1)));
    let digest = list["manifests"][0]["digest"].as_str().expect("is text");

    let words = ["manifest", "annotate", "--variant", "v9", "--annotation", "k=v", "all", digest];
    assert_eq!(stage.run(&words).ok(), id);
    let entry = &inspect(&stage, "all")["manifests"][0];
    assert_eq!((&entry["platform"]["variant"], &entry["annotations"]["k"]), (&"v9".into(), &"v".into()));
    stage.run(&["manifest", "annotate", "--variant", "", "all", digest]).ok();

    let target = format!("{}/lists/all:1", registry::address());
    stage.run(&["manifest", "push", "-q", "all", &target]).ok();
    let (kind, _) = registry::manifest("lists/all", "1").expect("has been pushed");
    assert_eq!(kind, "application/vnd.oci.image.index.v1+json");
    assert_eq!(inspect(&Stage::new(), &target), inspect(&stage, "all"), "what the registry has is what is here");
    stage.run(&["manifest", "remove", "all", digest]).ok();
    assert_eq!(inspect(&stage, "all")["manifests"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_list_is_listed_keeps_its_images_and_goes() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let image = stage.run(&["pull", "-q", &payload]).ok();
    let id = stage.run(&["manifest", "create", "all", &payload]).ok();
    assert_eq!(stage.run(&["manifest", "exists", "all"]).code, 0);
    assert_eq!(stage.run(&["manifest", "exists", "other"]).code, 1);
    assert_eq!(stage.run(&["images", "-q", "--no-trunc", "--filter", "manifest=true"]).ok(), format!("sha256:{id}"));
    assert_eq!(
        stage.run(&["images", "-q", "--no-trunc", "--filter", "manifest=false"]).ok(),
        format!("sha256:{image}")
    );
    let said = stage.run(&["manifest", "create", "all"]).fails(125);
    assert!(said.contains("--amend"), "{said}");
    assert_eq!(stage.run(&["manifest", "create", "--amend", "all"]).ok(), id);

    stage.run(&["system", "check"]).ok();
    let said = stage.run(&["rmi", &image]).fails(2);
    assert!(said.contains("manifest list"), "{said}");
    stage.run(&["untag", &payload]).ok();
    stage.run(&["image", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["image", "exists", &image]).code, 0);

    // Whoever runs the list runs the image that is for this machine.
    assert_eq!(stage.run(&["run", "--rm", "--network", "none", "all", "/payload", "report"]).code, 0);
    stage.run(&["tag", "all", "again"]).ok();
    stage.run(&["untag", "all", "again"]).ok();
    assert_eq!(stage.run(&["manifest", "exists", "again"]).code, 1);
    stage.run(&["tag", "all", "again"]).ok();
    assert_eq!(stage.run(&["rmi", "again"]).ok(), "Untagged: localhost/again:latest");
    let gone = stage.run(&["manifest", "rm", "all"]).ok();
    assert_eq!(gone, format!("Untagged: localhost/all:latest\nDeleted: {id}"));
    stage.run(&["manifest", "rm", "all"]).fails(1);
    stage.run(&["manifest", "rm", "--ignore", "all"]).ok();
    stage.run(&["image", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["images", "-aq"]).ok(), "");
}

#[test]
fn a_list_that_cannot_be_filled_is_not_made() {
    let stage = Stage::new();
    let missing = format!("{}/missing", registry::address());
    stage.run(&["manifest", "create", "all", &missing]).fails(125);
    assert_eq!(stage.run(&["manifest", "exists", "all"]).code, 1);
    stage.run(&["manifest", "add", "all", &missing]).fails(1);
    stage.run(&["manifest", "inspect", &missing]).fails(1);
    stage.run(&["manifest", "create", "all"]).ok();
    stage.run(&["manifest", "push", "all"]).fails(1);
    stage.run(&["manifest", "push", "--add-compression", "zstd", "all"]).fails(125);
    stage.run(&["manifest", "annotate", "--index", "--arch", "arm", "all"]).fails(125);
}
