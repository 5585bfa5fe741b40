//! `box push`.

use serde_json::Value;

use crate::fixture::{Stage, need, registry};

fn manifest(repository: &str, tag: &str) -> Value {
    let (_, bytes) = registry::manifest(repository, tag).expect("has been pushed");
    serde_json::from_slice(&bytes).expect("a manifest is JSON")
}

#[test]
fn an_unchanged_image_keeps_its_digest_and_is_sent_once() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let guarded = registry::guarded_address();
    stage.run(&["pull", "-q", &payload]).ok();
    let target = format!("{guarded}/sent/once:1");
    let said = stage.run(&["push", &payload, &target]).fails(1);
    assert!(said.contains("box login"), "{said}");
    let digests = stage.home().join("digest");
    let file = digests.to_str().expect("is UTF-8");
    let said = stage.run(&["push", "--creds", "lab:secret", "--digestfile", file, &payload, &target]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said}");
    assert!(said.err.contains("sent"), "{said}");
    let pushed = registry::manifest("sent/once", "1");
    assert_eq!(pushed, registry::manifest("payload", "latest"), "byte for byte");
    let digest = std::fs::read_to_string(&digests).expect("has been written");
    assert!(said.err.contains(&digest) && digest.starts_with("sha256:"), "{digest}");
    assert_eq!(registry::sent_to("sent/once"), (2, 0), "a layer and a config");
    let again = stage.run(&["push", "-q", "--creds", "lab:secret", &payload, &target]);
    assert_eq!((again.code, again.err.as_str()), (0, ""), "{again}");
    assert_eq!(registry::sent_to("sent/once"), (2, 0));
    let by_digest = format!("{guarded}/sent/once@{digest}");
    assert!(stage.run(&["inspect", "-f", "{{json .RepoDigests}}", &payload]).ok().contains(&by_digest));
}

#[test]
fn a_layer_is_mounted_from_where_the_registry_has_it() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let target = format!("{}/mounted/here:1", registry::address());
    stage.run(&["tag", &payload, &target]).ok();
    let said = stage.run(&["push", &target]);
    assert!(said.code == 0 && said.err.contains("mounted from payload"), "{said}");
    assert_eq!(registry::sent_to("mounted/here"), (1, 1), "the config is sent");
}

#[test]
fn layers_are_compressed_anew_and_remembered() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let target = format!("{}/zstd/here:1", registry::address());
    let words = ["push", "-q", "--compression-format", "zstd", "--compression-level", "1", &payload, &target];
    stage.run(&words).ok();
    assert_eq!(manifest("zstd/here", "1")["layers"][0]["mediaType"], "application/vnd.oci.image.layer.v1.tar+zstd");
    let sent = registry::sent_to("zstd/here");
    stage.run(&words).ok();
    assert_eq!(registry::sent_to("zstd/here"), sent);
    // With a table of contents it is another blob, to which the manifest leads.
    let chunked = format!("{}/zstd/chunked:1", registry::address());
    stage.run(&["push", "-q", "--compression-format", "zstd:chunked", &payload, &chunked]).ok();
    let annotations = manifest("zstd/chunked", "1")["layers"][0]["annotations"].clone();
    assert!(annotations["io.github.containers.zstd-chunked.manifest-position"].is_string(), "{annotations}");
    let other = Stage::new();
    assert_eq!(other.run(&["run", "--rm", "--network", "none", &chunked, "/payload", "report"]).code, 0);
    // Whoever pulls it gets the same files.
    let other = Stage::new();
    assert_eq!(other.run(&["run", "--rm", "--network", "none", &target, "/payload", "report"]).code, 0);
}

#[test]
fn the_format_is_what_was_asked_for() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let target = format!("{}/format/here:1", registry::address());
    stage.run(&["push", "-q", "--format", "v2s2", &payload, &format!("docker://{target}")]).ok();
    let docker = manifest("format/here", "1");
    assert_eq!(docker["mediaType"], "application/vnd.docker.distribution.manifest.v2+json");
    assert_eq!(docker["config"]["mediaType"], "application/vnd.docker.container.image.v1+json");
    assert_eq!(docker["layers"][0]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
    stage.run(&["push", "--format", "v2s2", "--compression-format", "zstd", &payload, &target]).fails(125);
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_sent() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pull", "-q", &payload]).ok();
    let target = format!("{}/refused/here:1", registry::address());
    for (words, code) in [
        (&["push", "--sign-by", "me", &payload, &target][..], 125),
        (&["push", "--encryption-key", "k", &payload, &target], 125),
        (&["push", "--compression-format", "xz", &payload, &target], 125),
        (&["push", "--compression-level", "10", &payload, &target], 125),
        (&["push", &id], 125),
        (&["push", "no-such-image", &target], 1),
        (&["push", &payload, "Not A Name"], 125),
    ] {
        stage.run(words).fails(code);
    }
    assert_eq!(registry::sent_to("refused/here"), (0, 0));
}

#[test]
fn images_of_many_layers_keep_their_digests() {
    need!(crate::fixture::real_registry());
    let stage = Stage::new();
    for image in ["multiarch", "layers60", "layers200"] {
        let reference = need!(stage.image(image));
        stage.run(&["pull", "-q", &reference]).ok();
        let repository = format!("many/{image}");
        stage.run(&["push", "-q", &reference, &format!("{}/{repository}:1", registry::address())]).ok();
        let (_, bytes) = registry::manifest(&repository, "1").expect("has been pushed");
        let digest = stage.run(&["image", "inspect", "-f", "{{.Digest}}", &reference]).ok();
        let hex: String = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&bytes))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digest, format!("sha256:{hex}"));
        // Each layer and the config, once.
        let manifest = manifest(&repository, "1");
        let layers = manifest["layers"].as_array().expect("has layers");
        let distinct: std::collections::BTreeSet<_> = layers.iter().map(|layer| layer["digest"].as_str()).collect();
        let (sent, mounted) = registry::sent_to(&repository);
        assert_eq!(sent + mounted, distinct.len() + 1, "{image}");
    }
}
