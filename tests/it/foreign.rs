//! Images of other engines: `containers-storage:` and `image import-from`.

use std::io::Write;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;

use crate::fixture::{Archive, Stage, digest, installed, need, skip};

/// One layer with one file, as the stores of other engines have it.
struct Made {
    config: String,
    /// 64 hexadecimal digits.
    id: String,
    diff_id: String,
    tar_split: Vec<u8>,
}

const CONTENT: &[u8] = b"content";

impl Made {
    fn new() -> Made {
        let archive = Archive::new().file("hello", CONTENT).bytes();
        let line = |kind: u8, payload: &[u8]| json!({"type": kind, "payload": BASE64_STANDARD.encode(payload)});
        let lines = [
            line(2, &archive[..512]),
            json!({"type": 1, "name": "hello", "size": CONTENT.len(), "payload": "AAAAAAAAAAA="}),
            line(2, &archive[512 + CONTENT.len()..]),
        ];
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for line in lines {
            writeln!(packed, "{line}").expect("memory");
        }
        let diff_id = digest(&archive);
        let config = json!({
            "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        })
        .to_string();
        let id = digest(config.as_bytes()).trim_start_matches("sha256:").to_owned();
        Made { config, id, diff_id, tar_split: packed.finish().expect("memory") }
    }

    fn podman(&self, root: &Path) {
        let layer = "ab".repeat(32);
        write(
            root,
            "overlay-images/images.json",
            json!([{"id": self.id, "names": ["localhost/made:1"], "layer": layer}]),
        );
        let name = BASE64_STANDARD.encode(format!("sha256:{}", self.id));
        write(root, &format!("overlay-images/{}/={name}", self.id), &self.config);
        write(root, "overlay-layers/layers.json", json!([{"id": layer}]));
        write_bytes(root, &format!("overlay-layers/{layer}.tar-split.gz"), &self.tar_split);
        write_bytes(root, &format!("overlay/{layer}/diff/hello"), CONTENT);
    }

    fn docker(&self, root: &Path) {
        let id = format!("sha256:{}", self.id);
        let names = json!({"Repositories": {"made": {"made:1": id}}});
        write(root, "image/overlay2/repositories.json", names);
        write(root, &format!("image/overlay2/imagedb/content/sha256/{}", self.id), &self.config);
        let layer = format!("image/overlay2/layerdb/sha256/{}", self.diff_id.trim_start_matches("sha256:"));
        write(root, &format!("{layer}/cache-id"), "cache0");
        write_bytes(root, &format!("{layer}/tar-split.json.gz"), &self.tar_split);
        write_bytes(root, "overlay2/cache0/diff/hello", CONTENT);
    }
}

fn write(root: &Path, name: &str, text: impl ToString) {
    write_bytes(root, name, text.to_string().as_bytes());
}

fn write_bytes(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a new directory");
    std::fs::write(path, bytes).expect("a new file");
}

#[test]
fn images_are_taken_over_with_their_ids_and_names() {
    let stage = Stage::new();
    let made = Made::new();
    let root = stage.home().join("other");
    made.podman(&root);
    made.docker(&root);
    let root = root.to_str().expect("UTF-8");
    for (engine, name) in [("podman", "localhost/made:1"), ("docker", "docker.io/library/made:1")] {
        let said = stage.run(&["image", "import-from", "-q", engine, "--from-root", root]).ok();
        assert_eq!(said, format!("Loaded image: {name}"));
        assert_eq!(stage.run(&["images", "-q", "--no-trunc"]).ok(), format!("sha256:{}", made.id));
        stage.run(&["system", "check"]).ok();
        stage.run(&["rmi", "-f", name]).ok();
    }
    let place = format!("containers-storage:[overlay@{root}+/run]made:1");
    assert_eq!(stage.run(&["pull", "-q", &place]).ok(), made.id);
    stage.run(&["pull", "-q", &format!("containers-storage:[overlay@{root}]none")]).fails(1);
    stage.run(&["push", "localhost/made:1", "containers-storage:made:2"]).fails(125);
}

#[test]
fn a_damaged_store_gives_no_image() {
    let stage = Stage::new();
    let made = Made::new();
    let root = stage.home().join("other");
    let import = || stage.run(&["image", "import-from", "-q", "podman", "--from-root", root.to_str().expect("UTF-8")]);
    import().fails(125);
    let layer = "ab".repeat(32);
    for (file, content) in [
        (format!("overlay/{layer}/diff/hello"), &b"CONTENT"[..]),
        (format!("overlay/{layer}/diff/hello"), b"short"),
        (format!("overlay-layers/{layer}.tar-split.gz"), b"no gzip"),
        ("overlay-layers/layers.json".to_owned(), b"[{\"id\":"),
        ("overlay-images/images.json".to_owned(), b"[1"),
    ] {
        made.podman(&root);
        write_bytes(&root, &file, content);
        let said = import();
        assert!(said.code != 0 && said.code != 101, "{file}: {said}");
        assert_eq!(stage.run(&["images", "-q"]).ok(), "", "{file}");
    }
    made.podman(&root);
    import().ok();
}

#[test]
fn what_podman_has_pulled_is_run_and_known_to_its_registry() {
    let stage = Stage::new();
    let real = need!(crate::fixture::real_registry());
    need!(installed("podman"));
    if !crate::fixture::is_root() {
        skip!("a rootless podman leaves a process behind");
    }
    let root = stage.home().join("podman");
    let podman = |words: &str| {
        let (root, run) = (root.display(), stage.runtime_dir().join("podman"));
        stage.shell(&format!(
            "podman --root {root} --runroot {} --storage-driver vfs --cgroup-manager cgroupfs {words}",
            run.display()
        ))
    };
    let image = format!("{real}/library/busybox:latest");
    let pulled = podman(&format!("pull -q --tls-verify=false {image}"));
    if pulled.code != 0 {
        skip!("podman pulls nothing here: {}", pulled.err.lines().next().unwrap_or_default());
    }
    let id = pulled.ok();
    stage.run(&["image", "import-from", "-q", "podman", "--from-root", root.to_str().expect("UTF-8")]).ok();
    assert_eq!(stage.run(&["images", "-q", "--no-trunc"]).ok(), format!("sha256:{id}"));
    assert_eq!(stage.run(&["run", "--rm", "--network", "none", "--pull", "never", &image, "echo", "in"]).ok(), "in");
    let manifest = stage.run(&["images", "--format", "{{.Digest}}"]).ok();
    assert_eq!(podman("images --format '{{.Digest}}'").ok(), manifest);
    podman("rmi -a -f").ok();
}
