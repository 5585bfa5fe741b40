//! `box pull`.

use crate::fixture::{Stage, need, registry};

#[test]
fn the_image_id_is_all_that_standard_output_says() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["pull", &payload]);
    assert_eq!(said.code, 0, "{said}");
    let id = said.out.trim_end();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{said}");
    let quiet = stage.run(&["pull", "-q", &payload]);
    assert_eq!((quiet.out.trim_end(), quiet.err.as_str()), (id, ""), "{quiet}");
    assert_eq!(stage.run(&["images", "-q", "--no-trunc"]).ok(), format!("sha256:{id}"));
}

#[test]
fn by_digest_and_by_tag_it_is_one_image() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let digest = stage.run(&["inspect", "-f", "{{index .RepoDigests 0}}", &payload]).ok();
    assert_eq!(stage.run(&["pull", "-q", &digest]).ok(), id);
}

#[test]
fn what_the_registry_lacks_is_said_with_its_name() {
    let stage = Stage::new();
    let missing = stage.image("payload").expect("is always there").replace("/payload", "/missing:v1");
    let said = stage.run(&["pull", &missing]).fails(1);
    assert!(said.contains("missing:v1"), "{said}");
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
}

#[test]
fn a_short_name_comes_through_the_mirror_under_its_full_name() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(crate::fixture::real_registry());
    stage.run(&["pull", "-q", &busybox]).ok();
    let listed = stage.run(&["images", "--format", "{{.Repository}}:{{.Tag}}"]).ok();
    assert_eq!(listed, "docker.io/library/busybox:latest");
}

#[test]
fn sixty_layers_of_whiteouts_give_the_right_files() {
    let stage = Stage::new();
    let layers = need!(stage.image("layers60"));
    let script =
        "cat /l/last; ls /l | grep -c '^[0-9]'; ls /l/d0 | tr '\n' ' '; [ -e /l/58 ] && echo hidden shows; true";
    let said = stage.run(&["run", "--rm", "--network", "none", &layers, "sh", "-c", script]).ok();
    // Of the numbered files the odd layers remove their predecessors, so the odd ones stay; the 35th empties d0.
    assert_eq!(said, "59\n30\nonly-35 only-40 only-45 only-50 only-55 ");
}

#[test]
fn of_an_index_this_machines_platform_is_taken() {
    let stage = Stage::new();
    let image = need!(stage.image("multiarch"));
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    assert_eq!(stage.run(&["run", "--rm", "--network", "none", &image, "cat", "/etc/arch"]).ok(), machine);
    let other = if machine == "amd64" { "arm64" } else { "amd64" };
    stage.run(&["pull", "-q", "--platform", &format!("linux/{other}"), &image]).ok();
    assert_eq!(stage.run(&["image", "inspect", "-f", "{{.Architecture}}", &image]).ok(), other);
    stage.run(&["pull", "-q", "--platform", "linux/s390x", &image]).fails(1);
}

#[test]
fn all_tags_of_a_repository_come_at_once() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let repository = format!("{}/all/tags", registry::address());
    for tag in ["one", "two"] {
        stage.run(&["push", "-q", &payload, &format!("{repository}:{tag}")]).ok();
    }
    let other = Stage::new();
    assert_eq!(other.run(&["pull", "-q", "-a", &repository]).ok().lines().count(), 2);
    let mut names: Vec<String> =
        other.run(&["images", "--format", "{{.Tag}}"]).ok().lines().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["one", "two"]);
    other.run(&["pull", "-a", &format!("{repository}:one")]).fails(125);
    other.run(&["pull", "--decryption-key", "k", &repository]).fails(125);
}

#[test]
fn several_images_come_one_after_the_other_and_a_failure_does_not_stop_the_rest() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let missing = format!("{}/missing", registry::address());
    let said = stage.run(&["pull", "-q", "--retry", "1", "--retry-delay", "1ms", &missing, &payload]);
    assert_eq!((said.code, said.out.trim_end().len()), (1, 64), "{said}");
}

#[test]
fn the_policy_says_what_may_come() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let set = |text: &str| {
        std::fs::write(stage.home().join(".config/containers/policy.json"), text).expect("a file of ours");
    };
    set(r#"{"default": [{"type": "reject"}]}"#);
    let said = stage.run(&["pull", "-q", &payload]).fails(1);
    assert!(said.contains("policy.json") && said.contains("rejects"), "{said}");
    let signed = r#"{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}"#;
    set(&format!(r#"{{"default": [{{"type": "insecureAcceptAnything"}}, {signed}]}}"#));
    let said = stage.run(&["run", "--rm", &payload]).fails(125);
    assert!(said.contains("signedBy") && said.contains("cannot verify"), "{said}");
    set("{}");
    assert!(stage.run(&["pull", "-q", &payload]).fails(1).contains("policy.json"));
    let scope = payload.replace("/payload", "");
    let scopes = format!(r#"{{"docker": {{"{scope}": [{{"type": "insecureAcceptAnything"}}]}}}}"#);
    set(&format!(r#"{{"default": [{{"type": "reject"}}], "transports": {scopes}}}"#));
    stage.run(&["pull", "-q", &payload]).ok();
}
