//! Images that nobody should make: whatever they say, nothing outside changes, box says what is wrong, and goes on.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use serde_json::json;

use crate::fixture::{Archive, HostileRegistry, Image, Outcome, Running, Stage, need, payload};

/// Files beside the store, of which no image may know.
struct Outside<'a> {
    stage: &'a Stage,
    before: BTreeMap<String, String>,
}

impl Outside<'_> {
    fn of(stage: &Stage) -> Outside<'_> {
        let kept = stage.home().join("kept");
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(kept.join("secret"), "secret").unwrap();
        let mut outside = Outside { stage, before: BTreeMap::new() };
        outside.before = outside.state();
        outside
    }

    fn state(&self) -> BTreeMap<String, String> {
        let mut state = BTreeMap::new();
        let mut folders = vec![self.stage.home()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap().flatten() {
                let (path, meta) = (entry.path(), std::fs::symlink_metadata(entry.path()).unwrap());
                if path.ends_with(".local/share/box") {
                    continue;
                }
                if meta.is_dir() {
                    folders.push(path.clone());
                }
                let content = if meta.is_file() { std::fs::read_to_string(&path).unwrap() } else { String::new() };
                let text = format!("{:o} {} {} {content}", meta.mode(), meta.uid(), meta.nlink());
                state.insert(path.display().to_string(), text);
            }
        }
        state
    }

    #[track_caller]
    fn is_unchanged(&self) {
        let mut now = self.state();
        // The way to the store is made by the first command.
        now.retain(|path, _| !path.contains("/.local") && !path.contains("/.cache"));
        let mut before = self.before.clone();
        before.retain(|path, _| !path.contains("/.local") && !path.contains("/.cache"));
        assert_eq!(before, now);
    }
}

#[track_caller]
fn is_clean(said: &Outcome) {
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!said.out.contains(bad) && !said.err.contains(bad), "control bytes: {said}");
    assert!(!said.err.contains("panicked") && said.err.len() < 8000, "{said}");
}

fn pull(stage: &Stage, image: &str) -> Outcome {
    stage.run(&["pull", "-q", "--tls-verify=false", "--retry=0", image])
}

/// Pulls the image, which has to fail because of `cause`; the next command works.
#[track_caller]
fn refused(image: Image, cause: &str) {
    let (stage, registry) = (Stage::new(), HostileRegistry::of(image));
    let outside = Outside::of(&stage);
    let said = pull(&stage, &registry.image());
    is_clean(&said);
    let line = said.to_string();
    assert!(said.fails(1).contains(cause), "{cause}: {line}");
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    stage.run(&["system", "check"]).ok();
    outside.is_unchanged();
}

fn payload_layer() -> Archive {
    Archive::new().file("payload", &std::fs::read(payload()).expect("is built with the tests"))
}

/// Pulls the image and runs `/payload report` in it.
#[track_caller]
fn run(image: Image, options: &[&str], check: impl FnOnce(&Outcome)) {
    let (stage, registry) = (Stage::new(), HostileRegistry::of(image));
    let outside = Outside::of(&stage);
    let said = pull(&stage, &registry.image());
    is_clean(&said);
    said.ok();
    let image = registry.image();
    let words = [&["run", "--rm", "--network", "none"], options, &[&image, "/payload", "report"]].concat();
    let mut command = stage.command(&words);
    command.env("CANARY", "caller's own");
    let said = Running::start(command, Some(Stdio::null())).finish();
    is_clean(&said);
    check(&said);
    outside.is_unchanged();
    for words in [&["images"][..], &["image", "inspect", &image], &["ps", "-a"]] {
        let said = stage.run(words);
        is_clean(&said);
        said.ok();
    }
}

fn report(said: &Outcome) -> serde_json::Value {
    assert_eq!(said.code, 0, "{said}");
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn names_and_links_of_a_layer_lead_nobody_out() {
    let deep = "../".repeat(30);
    for name in ["../kept/secret", "a/../../kept/secret", "/../kept/secret", ".."] {
        refused(Image::of(&[Archive::new().file(name, b"overwritten").bytes()]), "leads out");
    }
    for target in ["../kept", &deep, "/proc/self/root", "/proc/self/cwd/../kept", "/proc/1/root/tmp"] {
        let layer = payload_layer().link("out", target).file("out/secret", b"overwritten").directory("out/made");
        let layer = layer.hard_link("hard", "out/secret").entry(b'5', "out", "", 0o777, b"").link("again", "out");
        let upper =
            Archive::new().file("again/other", b"x").file("out/.wh..wh..opq", b"").file("again/.wh.secret", b"");
        run(Image::of(&[layer.bytes(), upper.bytes()]), &[], |said| assert_eq!(said.code, 0, "{said}"));
    }
    refused(Image::of(&[Archive::new().hard_link("hard", "../../../../../../etc/passwd").bytes()]), "leads out");
    refused(Image::of(&[Archive::new().hard_link("hard", "etc/passwd").bytes()]), "link to `etc/passwd`");
}

#[test]
fn an_archive_means_the_same_to_everybody_or_nothing() {
    let hidden = Archive::new().file("../kept/secret", b"").bytes()[..512].to_vec();
    // CVE-2025-62518, CVE-2026-33055: the header's size would read the content as headers.
    let layer = payload_layer().pax("size", "512").entry_of_size(b'0', "innocent", "", 0o644, &hidden, 0);
    run(Image::of(&[layer.bytes()]), &[], |said| assert_eq!(said.code, 0, "{said}"));
    let cases: [(Archive, &str); 8] = [
        (Archive::new().entry_of_size(b'0', "x", "", 0o644, b"abc", 1 << 40), "ends in the middle|unexpected end|eof"),
        (Archive::new().pax("size", "18446744073709551615").file("x", b""), "out of range"),
        (Archive::new().pax("path", "a\0b").file("x", b""), "NUL"),
        (Archive::new().entry(b'5', "d", "", 0o755, b"content"), "has content"),
        (Archive::new().entry(b'Z', "x", "", 0o755, b""), "unknown type"),
        (Archive::new().pax("uid", "4294967295").file("x", b""), "out of range"),
        (Archive::new().pax("GNU.sparse.map", "0,9").pax("path", "x").file("x", b""), "two headers"),
        (Archive::new().file(".wh...", b""), "names no file"),
    ];
    for (archive, causes) in cases {
        let image = Image::of(&[archive.bytes()]);
        let (stage, registry) = (Stage::new(), HostileRegistry::of(image));
        let said = pull(&stage, &registry.image());
        is_clean(&said);
        let (line, err) = (said.to_string(), said.fails(1).to_lowercase());
        assert!(causes.split('|').any(|cause| err.contains(&cause.to_lowercase())), "{causes}: {line}");
    }
}

#[test]
fn attributes_devices_and_modes_of_a_layer_have_no_power() {
    let attributes = [
        ("user.overlay.redirect", "/../../kept"),
        ("user.overlay.opaque", "y"),
        ("trusted.overlay.metacopy", ""),
        ("user.containers.override_stat", "0:0:0777"),
        ("user.fuseoverlayfs.origin", "/"),
    ];
    let layer = attributes.iter().fold(payload_layer(), |layer, (name, value)| {
        layer.pax(&format!("SCHILY.xattr.{name}"), value).directory(name)
    });
    let layer = layer.entry(b'3', "null", "", 0o666, b"").entry(b'4', "sda", "", 0o666, b"");
    run(Image::of(&[layer.bytes()]), &[], |said| assert_eq!(said.code, 0, "{said}"));
}

#[test]
fn what_the_root_of_an_image_is_made_of_does_not_matter() {
    let files = ["etc/passwd", "etc/group", "etc/resolv.conf", "etc/hosts", "etc/hostname", "etc/localtime"];
    let folders = ["dev", "proc", "sys", "etc", "run", "tmp"];
    for target in ["../kept", "/../../../../../../../../../../../../kept/secret", "/proc/self/root", "."] {
        for names in [&files[..], &folders] {
            let layer = names.iter().fold(payload_layer(), |layer, name| layer.link(name, target));
            run(Image::of(&[layer.bytes()]), &["-v", "data:/tmp/data", "-w", "/run/made"], |said| {
                assert!([0, 125, 126].contains(&said.code), "{said}");
            });
        }
    }
    // CVE-2024-9676: a FIFO where a file is read.
    let fifos = ["etc/passwd", "etc/group", "etc/hosts"].iter();
    let layer = fifos.fold(payload_layer(), |layer, name| layer.entry(b'6', name, "", 0o644, b""));
    run(Image::of(&[layer.bytes()]), &["-u", "somebody"], |said| assert!([125, 126].contains(&said.code), "{said}"));
}

#[test]
fn a_config_gets_nothing_that_is_the_callers() {
    // CVE-2026-57231: an entry without `=` is the caller's variable of that name.
    let image = Image::of(&[payload_layer().bytes()]);
    let image = image.with_config(|config| config["config"]["Env"] = json!(["CANARY", "CAN*", "*", "", "=x", "A=b"]));
    run(image, &[], |said| {
        let env = report(said)["env"].to_string();
        assert!(!env.contains("caller's own") && env.contains("b"), "{env}");
    });
    // CVE-2026-55686: a working directory behind a link.
    for dir in ["/out/made", "../../../made", "/out/../../made", "relative/../../made"] {
        let layer = payload_layer().link("out", "../../../../../../../../var/tmp");
        let image = Image::of(&[layer.bytes()]).with_config(|config| config["config"]["WorkingDir"] = json!(dir));
        run(image, &[], |said| assert!([0, 125, 126].contains(&said.code), "{said}"));
        assert!(!std::path::Path::new("/var/tmp/made").exists());
    }
    // CVE-2022-23648: a volume of the image names what lies outside.
    let volumes = json!({ "/../../../../../../../../etc": {}, "/out/x": {}, "../x": {}, "": {}, "/": {} });
    let layer = payload_layer().link("out", "../../../../../../../..").bytes();
    let image = Image::of(&[layer]).with_config(|config| config["config"]["Volumes"] = volumes);
    run(image, &[], |said| assert!([0, 125].contains(&said.code) && !said.out.contains("os-release"), "{said}"));
    // CVE-2026-46680, CVE-2024-40635: a number that is none of 32 bits is no name in the image's passwd, and not 0.
    for user in ["4294967296", "4294967295", "18446744073709551616", "-1", "0x0", "1000:4294967296"] {
        let passwd = format!("{user}:x:0:0::/:/bin/sh\n");
        let layer = payload_layer().file("etc/passwd", passwd.as_bytes()).file("etc/group", b"4294967296:x:0:\n");
        let image = Image::of(&[layer.bytes()]).with_config(|config| config["config"]["User"] = json!(user));
        run(image, &[], |said| match said.code {
            0 => assert!(user.starts_with("0x") || user == "-1", "{user}: {said}"),
            code => assert!([125, 126].contains(&code), "{user}: {said}"),
        });
    }
    // CVE-2026-53488: labels and annotations steer nothing.
    let image = Image::of(&[payload_layer().bytes()]).with_config(|config| {
        config["config"]["Labels"] = json!({ "io.containers.capabilities": "all", "run": "box run --privileged" });
        config["config"]["StopSignal"] = json!("9999");
        config["config"]["ExposedPorts"] = json!({ "-1/x": {}, "99999999999/tcp": {} });
    });
    run(image, &[], |said| assert!([0, 125].contains(&said.code), "{said}"));
}

#[test]
fn an_image_without_layers_is_empty() {
    let (stage, registry) = (Stage::new(), HostileRegistry::of(Image::of(&[])));
    let outside = Outside::of(&stage);
    pull(&stage, &registry.image()).ok();
    // CVE-2026-24054: nothing of the host takes the place of the layers.
    for program in ["/bin/sh", "/payload", "/etc/passwd"] {
        let said = stage.run(&["run", "--rm", "--network", "none", &registry.image(), program]);
        is_clean(&said);
        assert!([125, 126, 127].contains(&said.code), "{said}");
    }
    outside.is_unchanged();
    stage.run(&["images"]).ok();
}

#[test]
fn no_text_of_an_image_talks_to_the_terminal() {
    let escape = "\u{1b}]0;owned\u{7}\u{9b}2J\r\u{8}";
    let layer = payload_layer().pax("path", escape).file("x", b"").link("y", escape);
    let image = Image::of(&[layer.bytes()]).with_config(|config| {
        for key in ["author", "created", "comment", "variant"] {
            config[key] = json!(escape);
        }
        config["history"] = json!([{ "created_by": escape, "comment": escape, "author": escape }]);
        for key in ["User", "WorkingDir", "StopSignal"] {
            config["config"][key] = json!(escape);
        }
        config["config"]["Labels"] = json!({ escape: escape });
        config["config"]["Env"] = json!([format!("A={escape}"), escape]);
        config["config"]["Cmd"] = json!([escape]);
        config["config"]["Entrypoint"] = json!([escape]);
        config["config"]["ExposedPorts"] = json!({ escape: {} });
        config["config"]["Volumes"] = json!({ escape: {} });
    });
    run(image, &[], |said| assert_ne!(said.code, 0, "{said}"));
    let one = || Image::of(&[payload_layer().bytes()]);
    refused(one().with_manifest(|manifest| manifest["layers"][0]["mediaType"] = json!(escape)), "not an image");
    refused(one().with_manifest(|manifest| manifest["config"]["mediaType"] = json!(escape)), "not an image");
    refused(one().with_manifest(|manifest| manifest["mediaType"] = json!(escape)), "says it is");
    refused(one().with_config(|config| config["rootfs"]["diff_ids"] = json!([escape])), "not a sha256");
    refused(Image::of(&[Archive::new().pax("path", &format!("../{escape}")).file("x", b"").bytes()]), "leads out");
    refused(Image::of(&[Archive::new().pax("size", escape).file("x", b"").bytes()]), "not a number");
}

#[test]
fn a_digest_is_a_digest_before_it_names_anything() {
    // CVE-2024-3727
    let long = format!("sha256:{}", "a".repeat(1_000_000));
    for digest in ["sha256:../../../../kept/secret", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:", "", &long] {
        let one = || Image::of(&[payload_layer().bytes()]);
        refused(one().with_manifest(|manifest| manifest["layers"][0]["digest"] = json!(digest)), "digest");
        refused(one().with_manifest(|manifest| manifest["config"]["digest"] = json!(digest)), "digest");
        refused(one().with_config(|config| config["rootfs"]["diff_ids"] = json!([digest])), "digest");
    }
}

#[test]
fn sizes_and_counts_that_lie_are_refused() {
    let one = || Image::of(&[payload_layer().bytes()]);
    let size = |place: &'static str, size: serde_json::Value| {
        one().with_manifest(|manifest| match place {
            "config" => manifest["config"]["size"] = size,
            _ => manifest["layers"][0]["size"] = size,
        })
    };
    for number in [json!(-1), json!("1"), json!(1.5), json!(null), json!(1e300)] {
        refused(size("layer", number.clone()), "understand the manifest");
        refused(size("config", number), "understand the manifest");
    }
    refused(size("layer", json!(3)), "more than the 3 bytes");
    refused(size("layer", json!(u64::MAX)), "stream ended");
    refused(size("config", json!(u64::MAX)), "longer than");
    refused(size("config", json!(0)), "wanted");
    refused(one().with_manifest(|manifest| manifest["layers"] = json!([])), "its config speaks of 1 layers");
    let many = Image::of(&[]).with_manifest(|manifest| {
        manifest["layers"] = vec![Image::descriptor("x", b""); 501].into();
    });
    refused(many, "more than 500");
    let lying = one().with_blobs(&[Archive::new().file("other", b"").bytes()]);
    refused(lying, "the config says");
}

#[test]
fn streams_that_are_not_what_they_seem_end() {
    let tar = payload_layer().bytes();
    let zstd = zstd::encode_all(&tar[..], 1).unwrap();
    let broken = |at: usize| {
        let mut bytes = zstd.clone();
        bytes[at..at + 20].fill(0xff);
        bytes
    };
    let cases = [
        // CVE-2021-20291: a stream that its decoder waits for, for ever.
        (b"\xfd7zXZ\0\0\x04garbage".to_vec(), "xz"),
        (b"BZh91AY&SY".to_vec(), "bzip2"),
        (broken(zstd.len() / 2), "inflate|header|checksum|layer"),
        (zstd[..zstd.len() / 2].to_vec(), "layer"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), "layer"),
        (b"\x1f\x8b".to_vec(), "layer"),
        (b"\x50\x2a\x4d\x18\xff\xff\xff\xff".to_vec(), "layer"),
        (b"not an archive at all".to_vec(), "layer"),
        ([&tar[..1000], b"<html>"].concat(), "layer"),
    ];
    for (blob, cause) in cases {
        refused(Image::of(std::slice::from_ref(&tar)).with_blobs(&[blob]), cause.split('|').next_back().unwrap());
    }
}

#[test]
fn a_document_is_a_manifest_or_an_index() {
    let one = || Image::of(&[payload_layer().bytes()]);
    // CVE-2021-41190
    refused(one().with_manifest(|manifest| manifest["manifests"] = json!([])), "both a manifest and an index");
    let index = |below: &[u8]| {
        let mut entry = Image::descriptor(crate::fixture::INDEX, below);
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        entry["platform"] = json!({ "os": "linux", "architecture": architecture });
        json!({ "schemaVersion": 2, "manifests": [entry] }).to_string().into_bytes()
    };
    let mut image = one();
    image.manifest_type = crate::fixture::INDEX;
    let mut document = image.manifest_bytes();
    for _ in 0..4 {
        image.more.push(document.clone());
        document = index(&document);
    }
    image.manifest = Some(document);
    refused(image, "nested");
    // The config is in the store by the time that the second image calls it a manifest.
    let trick = Image::of(&[]).with_config(|config| {
        config["schemaVersion"] = json!(2);
        config["layers"] = json!([]);
        config["manifests"] = json!([]);
    });
    let mut second = trick.clone();
    let config = trick.config.to_string().into_bytes();
    let stage = Stage::new();
    let registry = HostileRegistry::of(trick);
    pull(&stage, &registry.image()).ok();
    second.manifest = Some(index(&config));
    second.manifest_type = crate::fixture::INDEX;
    let registry = HostileRegistry::of(second);
    let said = pull(&stage, &registry.image()).fails(1);
    assert!(said.contains("both a manifest and an index"), "{said}");
}

#[test]
fn documents_that_are_deep_or_long_are_refused() {
    let one = || Image::of(&[payload_layer().bytes()]);
    let mut deep = String::from_utf8(one().manifest_bytes()).unwrap();
    deep.insert_str(1, &format!("\"x\":{}{},", "[".repeat(100_000), "]".repeat(100_000)));
    let mut image = one();
    image.manifest = Some(deep.into_bytes());
    refused(image, "nested");
    let mut long = one().manifest_bytes();
    long.resize(5 << 20, b' ');
    let mut image = one();
    image.manifest = Some(long);
    refused(image, "longer than");
    let mut config = String::from_utf8(one().config.to_string().into_bytes()).unwrap();
    config.insert_str(1, &format!("\"x\":{}{},", "{\"a\":".repeat(1000), "1".to_owned() + &"}".repeat(1000)));
    let mut image = one();
    image.more.push(config.clone().into_bytes());
    let image = image.with_manifest(|manifest| {
        manifest["config"] = Image::descriptor("application/vnd.oci.image.config.v1+json", config.as_bytes());
    });
    refused(image, "nested");
}

#[test]
fn the_payload_itself_is_a_good_image() {
    let stage = Stage::new();
    need!(stage.image("payload"));
    run(Image::of(&[payload_layer().bytes()]), &[], |said| drop(report(said)));
}
