//! `box load`.

use crate::fixture::{Stage, installed, need};

/// Writes an archive with these members and their contents.
fn archive(stage: &Stage, name: &str, members: &[(&str, &[u8])]) {
    let file = std::fs::File::create(stage.home().join(name)).expect("a new file");
    let mut tar = tar::Builder::new(file);
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // The name as it is: the library refuses those that lead out.
        header.as_gnu_mut().expect("is one").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).expect("is written");
    }
    tar.finish().expect("is written");
}

#[test]
fn compressed_archives_and_pipes_are_read() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["save", "-q", "-o", "x.tar", &payload]).ok();
    stage.run(&["rmi", &payload]).ok();
    for (program, pack) in [("gzip", "gzip -c"), ("xz", "xz -0 -c"), ("zstd", "zstd -q -c"), ("cat", "cat")] {
        if installed(program).is_err() {
            continue;
        }
        for way in ["box load -q", "box load -q -i /dev/stdin"] {
            let said = stage.shell(&format!("{pack} <x.tar | {way}")).ok();
            assert_eq!(said, format!("Loaded image: {payload}:latest"), "{pack}: {way}");
        }
        stage.run(&["rmi", &payload]).ok();
    }
}

#[test]
fn hostile_archives_are_refused_and_nothing_is_left() {
    let stage = Stage::new();
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let config = format!(r#"{{"os":"linux","rootfs":{{"type":"layers","diff_ids":["{}"]}}}}"#, digest("1"));
    let listed =
        |config: &str, layer: &str| format!(r#"[{{"Config":"{config}","RepoTags":["a:1"],"Layers":["{layer}"]}}]"#);
    let index = |digest: &str, size: &str| {
        format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "digest":"{digest}","size":{size}}}]}}"#
        )
    };
    let [lies, out, missing, path, number] = [
        listed("c.json", "layer.tar"),
        listed("../../../../etc/passwd", "layer.tar"),
        listed("c.json", "none.tar"),
        index("sha256:../../../../etc/passwd", "1"),
        index(&digest("2"), "1e99"),
    ];
    let layer = [0_u8; 1024];
    type Members<'a> = &'a [(&'a str, &'a [u8])];
    let cases: [(&str, Members, &str); 9] = [
        ("nothing", &[], "no archive of images"),
        (
            "lies",
            &[("manifest.json", lies.as_bytes()), ("c.json", config.as_bytes()), ("layer.tar", &layer)],
            "should be",
        ),
        ("out", &[("manifest.json", out.as_bytes()), ("layer.tar", &layer)], "leads out"),
        ("missing", &[("manifest.json", missing.as_bytes()), ("c.json", config.as_bytes())], "missing"),
        ("member", &[("../x", b"1"), ("manifest.json", lies.as_bytes())], "leads out"),
        ("twice", &[("manifest.json", lies.as_bytes()), ("./manifest.json", b"[]")], "two members"),
        ("path", &[("index.json", path.as_bytes())], "index.json"),
        ("number", &[("index.json", number.as_bytes())], "index.json"),
        ("text", &[("manifest.json", b"\x1b[31mhello")], "manifest"),
    ];
    for (name, members, cause) in cases {
        archive(&stage, name, members);
        let said = stage.run(&["load", "-i", name]).fails(125);
        assert!(said.contains(cause) && !said.contains('\x1b'), "{name}: {said}");
    }
    std::fs::write(stage.home().join("noise"), "not an archive at all ".repeat(100)).expect("a new file");
    for broken in ["noise", "/dev/null", ".", "none"] {
        stage.run(&["load", "-i", broken]).fails(125);
    }
    assert_eq!(stage.run(&["images", "-qa"]).ok(), "");
}

#[test]
fn what_skopeo_and_docker_write_is_read() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    need!(installed("skopeo"));
    stage.run(&["pull", "-q", &payload]).ok();
    let id = stage.run(&["images", "-q", "--no-trunc"]).ok();
    for (place, name) in [
        ("docker-archive:d.tar:foo/bar:1", "docker.io/foo/bar:1"),
        ("oci-archive:o.tar:word", "localhost/word:latest"),
        ("oci:layout:quay.io/a/b:2", "quay.io/a/b:2"),
        ("dir:directory", ""),
    ] {
        let mut skopeo = stage.program("skopeo");
        let source = format!("docker://{payload}");
        skopeo.args(["--insecure-policy", "copy", "-q", "--src-tls-verify=false", &source, place]);
        skopeo.env("XDG_RUNTIME_DIR", stage.runtime_dir()); // its own idea of one may be closed to us
        let copied = skopeo.output().expect("is installed");
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        let path = place.split(':').nth(1).expect("has a path");
        let said = stage.run(&["load", "-q", "-i", path]).ok();
        assert!(said.ends_with(if name.is_empty() { id.trim() } else { name }), "{place}: {said}");
        // As a name of an image as well, and without a word of the registry.
        assert_eq!(stage.run(&["pull", "-q", place]).ok(), id.replace("sha256:", ""));
    }
    assert_eq!(
        stage.run(&["images", "-q", "--no-trunc"]).ok().lines().collect::<std::collections::BTreeSet<_>>().len(),
        1
    );
}
