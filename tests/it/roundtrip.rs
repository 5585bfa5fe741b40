//! Images go out and come back as they were, whichever way they take and however many layers they have.

use crate::fixture::{Stage, installed, need, registry};

/// By registry, archives and a directory; `stage` has the image.
fn goes_round(image: &str, layers: usize) {
    let stage = Stage::new();
    let image = need!(stage.image(image));
    stage.run(&["pull", "-q", &image]).ok();
    let shown = |template: &str, name: &str| stage.run(&["image", "inspect", "-f", template, name]).ok();
    assert_eq!(shown("{{len .RootFS.Layers}}", &image), layers.to_string());
    let (id, digest) = (shown("{{.Id}}", &image), shown("{{.Digest}}", &image));
    let again = format!("{}/round/{}:again", registry::address(), layers);
    stage.run(&["push", "-q", &image, &again]).ok();
    assert_eq!(
        registry::manifest(&format!("round/{layers}"), "again").map(|(_, bytes)| crate::fixture::digest(&bytes)),
        Some(digest.clone())
    );
    stage.run(&["tag", &image, "localhost/round:1"]).ok();
    const FORMATS: [&str; 3] = ["docker-archive", "oci-archive", "oci-dir"];
    for format in FORMATS {
        stage.run(&["save", "-q", "--format", format, "-o", format, "localhost/round:1"]).ok();
    }
    for format in FORMATS {
        stage.run(&["rmi", "-f", "-a"]).ok();
        stage.run(&["load", "-q", "-i", format]).ok();
        assert_eq!(shown("{{.Id}}", "localhost/round:1"), id, "{format}");
        if format != "docker-archive" {
            assert_eq!(shown("{{.Digest}}", "localhost/round:1"), digest, "{format} keeps the manifest");
        }
    }
    stage.run(&["rmi", "-f", "-a"]).ok();
    assert_eq!(stage.run(&["pull", "-q", &again]).ok(), id.trim_start_matches("sha256:"));
    assert_eq!(shown("{{.Digest}}", &again), digest);
    assert_eq!(stage.run(&["run", "--rm", "--network", "none", "--pull", "never", &again, "true"]).code, 0);
    if installed("skopeo").is_ok() {
        let mut skopeo = stage.program("skopeo");
        skopeo.args(["inspect", "--tls-verify=false", "--format", "{{.Digest}}", &format!("docker://{again}")]);
        skopeo.env("XDG_RUNTIME_DIR", stage.runtime_dir());
        let said = skopeo.output().expect("is installed");
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), digest, "{}", String::from_utf8_lossy(&said.stderr));
    }
    stage.run(&["system", "check"]).ok();
}

#[test]
fn with_one_layer() {
    goes_round("busybox", 1);
}

#[test]
fn with_a_few_layers() {
    goes_round("python", 5);
}

#[test]
fn with_60_layers() {
    goes_round("layers60", 60);
}

#[test]
fn with_127_layers() {
    goes_round("layers127", 127);
}

#[test]
fn with_200_layers() {
    goes_round("layers200", 200);
}
