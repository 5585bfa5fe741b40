//! `--storage-driver`: every way to make one directory of layers gives the same root file system.

use crate::fixture::{Archive, HostileRegistry, Image, Stage, fuse_overlayfs, many_ids, need};

/// What the container sees of its root, whichever driver made it: files of every layer, whiteouts applied, writable.
fn looks_as_with_overlay(driver: &str, image: &str, list: &str) {
    let stage = Stage::new();
    let image = need!(stage.image(image));
    let script = format!("{list}; touch /new && ls /new");
    let seen = |driver: &[&str]| {
        stage.run(&[driver, &["run", "--rm", "--network", "none", &image, "sh", "-c", &script]].concat()).ok()
    };
    assert_eq!(seen(&["--storage-driver", driver]), seen(&[]));
}

#[test]
fn a_copy_looks_as_an_overlay_does() {
    looks_as_with_overlay("copy", "busybox", "find /bin /etc | sort | xargs stat -c '%a %u %g %n'");
    looks_as_with_overlay("copy", "layers60", "find /l | sort | xargs stat -c '%a %u %g %n'; cat /l/last");
}

#[test]
fn fuse_overlayfs_looks_as_an_overlay_does() {
    need!(many_ids());
    need!(fuse_overlayfs());
    looks_as_with_overlay("fuse", "busybox", "find /bin /etc | sort | xargs stat -c '%a %u %g %n'");
    looks_as_with_overlay("fuse", "layers60", "find /l | sort | xargs stat -c '%a %u %g %n'; cat /l/last");
}

#[test]
fn a_layer_with_an_opaque_root_hides_all_layers_below() {
    let program = std::fs::read(crate::fixture::payload()).expect("is built with the tests");
    let layers = [
        Archive::new().file("payload", &program).file("d/other", b""),
        Archive::new().file(".wh..wh..opq", b"").file("d/new", b""),
        Archive::new().file("above", b""),
    ];
    let registry = HostileRegistry::of(Image::of(&layers.map(Archive::bytes)));
    let (stage, image) = (Stage::new(), registry.image());
    stage.run(&["pull", "-q", "--tls-verify=false", &image]).ok();
    for driver in ["overlay", "copy"] {
        let words = ["--storage-driver", driver, "run", "--rm", "--network", "none", &image, "/payload"];
        stage.run(&words).fails(127);
    }
}
