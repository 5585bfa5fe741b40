//! `--volume` and `--mount`: what the words after the second colon do.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use crate::fixture::{Outcome, Stage, is_root, many_ids, need, skip};

/// Runs a script in a throw-away busybox with these options.
struct Scripts<'a> {
    stage: &'a Stage,
    image: String,
}

impl Scripts<'_> {
    fn run(&self, options: &[&str], script: &str) -> Outcome {
        let words = ["run", "--rm", "--network", "none"];
        self.stage.run(&[&words, options, &[self.image.as_str(), "sh", "-c", script]].concat())
    }
}

/// Whether the kernel lets us mount overlays.
fn overlay(stage: &Stage) -> Result<(), String> {
    match stage.run(&["info", "-f", "{{.Store.GraphDriverName}}"]).ok().as_str() {
        "overlay" => Ok(()),
        other => Err(format!("root file systems are made by {other} here")),
    }
}

#[test]
fn what_is_written_over_a_directory_stays_out_of_it() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    need!(overlay(&stage));
    let scripts = Scripts { stage: &stage, image };
    let dir = stage.home().join("so:urce");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o711)).unwrap();
    fs::write(dir.join("kept"), "old").unwrap();
    fs::write(dir.join("gone"), "old").unwrap();
    let mount = format!("type=bind,src={},dst=/data,O", dir.display());
    let said = scripts
        .run(&["--mount", &mount], "stat -c %a /data; echo new >/data/kept; rm /data/gone; ls /data; cat /data/kept");
    assert_eq!(said.ok(), "711\nkept\nnew");
    assert_eq!(fs::read_to_string(dir.join("kept")).unwrap(), "old");
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);

    // Anew at each start, unless the user has a place for it.
    let plain = stage.home().join("plain");
    fs::create_dir(&plain).unwrap();
    let volume = format!("{}:/data:O", plain.display());
    let image = scripts.image.as_str();
    let words =
        ["run", "--name", "web", "--network", "none", "-v", &volume, image, "sh", "-c", "ls /data; touch /data/x"];
    assert_eq!(stage.run(&words).ok(), "");
    assert_eq!(stage.run(&["start", "-a", "web"]).ok(), "", "the last start's files are gone");
    stage.run(&["rm", "web"]).ok();
    for name in ["upper", "work"] {
        fs::create_dir(stage.home().join(name)).unwrap();
    }
    let place = stage.home().display().to_string();
    let kept = format!("{place}/plain:/data:O,upperdir={place}/upper,workdir={place}/work");
    scripts.run(&["-v", &kept], "touch /data/x").ok();
    assert_eq!(scripts.run(&["-v", &kept], "ls /data").ok(), "x");
    assert!(stage.home().join("upper/x").exists() && !plain.join("x").exists());
    // The kernel closes it even to its owner.
    fs::set_permissions(stage.home().join("work/work"), fs::Permissions::from_mode(0o700)).unwrap();

    // A volume is a directory as well.
    scripts
        .run(&["-v", "data:/data"], "mkdir /data/db; chmod 700 /data; chown 65534:65534 /data 2>/dev/null; true")
        .ok();
    let said = scripts.run(&["-v", "data:/data:O"], "stat -c %a /data; rmdir /data/db; ls /data");
    assert_eq!(said.ok(), "700");
    assert_eq!(scripts.run(&["-v", "data:/data"], "ls /data").ok(), "db");
    stage.run(&["volume", "rm", "data"]).ok();
    scripts.run(&["-v", &format!("{place}/upper/x:/x:O")], "true").fails(125);
}

#[test]
fn an_image_is_mounted_read_only_unless_asked() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    let mount = format!("type=image,source={},destination=/image", scripts.image);
    assert_eq!(
        scripts.run(&["--mount", &mount], "ls /image/bin/busybox; touch /image/x 2>/dev/null || echo refused").ok(),
        "/image/bin/busybox\nrefused"
    );
    let part = format!("{mount},subpath=etc");
    assert!(scripts.run(&["--mount", &part], "cat /image/passwd").ok().starts_with("root:"));
    scripts.run(&["--mount", &format!("{mount},subpath=no/such")], "true").fails(125);
    scripts
        .run(&["--mount", "type=image,source=localhost/no-such-image,destination=/image", "--pull", "never"], "true")
        .fails(125);
    if overlay(&stage).is_ok() {
        let written = format!("{mount},rw=true");
        assert_eq!(scripts.run(&["--mount", &written], "touch /image/x; ls /image/x").ok(), "/image/x");
        let written = format!("{mount},rw=true,subpath=etc");
        assert_eq!(scripts.run(&["--mount", &written], "touch /image/x; ls /image/x").ok(), "/image/x");
        assert_eq!(scripts.run(&["--mount", &mount], "ls /image/x 2>/dev/null || echo none").ok(), "none");
        let layers = need!(stage.image("layers60"));
        let many = format!("type=image,source={layers},destination=/image");
        assert_ne!(scripts.run(&["--mount", &many], "ls /image | wc -l").ok(), "0");
        stage.run(&["rmi", "-f", &layers]).ok();
    }
}

#[test]
fn a_mounted_image_is_kept_as_long_as_its_container() {
    let stage = Stage::new();
    let (image, payload) = (need!(stage.image("busybox")), need!(stage.image("payload")));
    let mount = format!("type=image,source={payload},destination=/image");
    stage
        .run(&["create", "--name", "web", "--network", "none", "--mount", &mount, &image, "ls", "/image/payload"])
        .ok();
    stage.run(&["rmi", &payload]).ok();
    stage.run(&["image", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["start", "-a", "web"]).ok(), "/image/payload");
    stage.run(&["rm", "web"]).ok();
}

#[test]
fn a_part_of_a_volume_is_a_part_of_it_whatever_its_links_say() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    scripts
        .run(
            &["-v", "data:/data"],
            "mkdir -p /data/a/b; touch /data/a/b/file; ln -s /etc /data/out; ln -s ../../../../../../etc /data/up",
        )
        .ok();
    let part = |path: &str| format!("type=volume,source=data,destination=/part,subpath={path}");
    assert_eq!(scripts.run(&["--mount", &part("a/b")], "ls /part").ok(), "file");
    for outside in ["out", "up", "none"] {
        scripts.run(&["--mount", &part(outside)], "true").fails(125);
    }
    scripts.run(&["--mount", &part("../x")], "true").fails(125);
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn a_new_volume_belongs_to_who_uses_it() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    // Wherever the image has nothing: Podman does so too.
    let said = scripts.run(&["-u", "1000:1000", "-v", "one:/new"], "touch /new/file && stat -c %u:%g /new/file");
    assert_eq!(said.ok(), "1000:1000");
    if many_ids().is_ok() {
        stage.run(&["volume", "create", "--uid", "33", "--gid", "34", "two"]).ok();
        assert_eq!(scripts.run(&["-v", "two:/new"], "stat -c %u:%g /new").ok(), "33:34");
        assert_eq!(scripts.run(&["-v", "three:/new:nocopy"], "stat -c %u:%g /new").ok(), "0:0");
        stage.run(&["volume", "rm", "two", "three"]).ok();
    }
    stage.run(&["volume", "rm", "one"]).ok();
}

#[test]
fn a_new_volume_is_filled_unless_it_was_made_to_stay_empty() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    stage.run(&["volume", "create", "-o", "nocopy", "empty"]).ok();
    stage.run(&["volume", "create", "-o", "copy", "full"]).ok();
    stage.run(&["volume", "create", "-o", "nothing", "bad"]).fails(125);
    assert_eq!(scripts.run(&["-v", "empty:/etc"], "ls /etc | grep -c passwd").code, 1);
    assert_eq!(scripts.run(&["-v", "full:/etc"], "ls /etc | grep -c passwd").ok(), "1");
    stage.run(&["volume", "rm", "empty", "full"]).ok();
}

#[test]
fn a_directory_is_given_to_the_user_when_asked() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    let dir = stage.home().join("given");
    fs::create_dir_all(dir.join("below")).unwrap();
    fs::write(dir.join("below/file"), "").unwrap();
    symlink("/etc/passwd", dir.join("link")).unwrap();
    let mount = format!("{}:/data:U", dir.display());
    let script = "find /data ! -user 1000; touch /data/below/new && echo written";
    assert_eq!(scripts.run(&["-u", "1000", "-v", &mount], script).ok(), "written");
    // And back, so that it can be removed.
    let back = scripts.run(&["-v", &mount], "rm /data/below/new; find /data ! -user 0");
    assert_eq!(back.ok(), "");
    assert_eq!(fs::metadata(dir.join("below/file")).unwrap().uid(), nix::unistd::getuid().as_raw());
}

#[test]
fn a_volume_may_be_another_name_for_a_directory() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    let dir = stage.home().join("real");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("file"), "").unwrap();
    let device = format!("device={}", dir.display());
    stage.run(&["volume", "create", "-o", "type=none", "-o", "o=bind,ro", "-o", &device, "alias"]).ok();
    let said = scripts.run(&["-v", "alias:/data"], "ls /data; touch /data/x 2>/dev/null || echo refused");
    assert_eq!(said.ok(), "file\nrefused");
    assert_eq!(stage.run(&["volume", "inspect", "-f", "{{.Options.o}}", "alias"]).ok(), "bind,ro");
    stage.run(&["volume", "rm", "alias"]).ok();
    assert!(dir.join("file").exists(), "only the name is gone");
    stage.run(&["volume", "create", "-o", "type=nfs", "-o", "device=:/x", "far"]).fails(125);
}

#[test]
fn further_mounts_below_a_read_only_one_are_read_only_too_unless_told() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let scripts = Scripts { stage: &stage, image };
    // The host's /sys has other mounts below it wherever there are control groups.
    let all = scripts
        .run(&["--mount", "type=bind,src=/sys,dst=/host,ro"], "grep ' /host/' /proc/self/mountinfo | grep -vc ' ro,'");
    assert_eq!(all.out.trim(), "0");
    let top = scripts.run(
        &["--mount", "type=bind,src=/sys,dst=/host,ro,bind-recursive=writable"],
        "grep ' /host ' /proc/self/mountinfo | grep -c ' ro,'",
    );
    assert_eq!(top.ok(), "1");
}

#[test]
fn what_is_mounted_outside_later_is_seen_where_that_was_asked_for() {
    if !is_root() {
        skip!("only root mounts outside");
    }
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let shared = stage.home().join("shared");
    let script = format!(
        "set -e; mkdir -p {0}; mount -t tmpfs shared {0}; trap 'umount -R {0}' EXIT
         mount --make-shared {0}; mkdir {0}/later
         for options in rslave rprivate; do
             box run -d --replace --name web --network none -v {0}:/shared:$options {busybox} sleep 1000 >&2
             mount -t tmpfs later {0}/later; touch {0}/later/file
             echo $options: $(box exec web ls /shared/later)
             umount {0}/later
         done",
        shared.display()
    );
    assert_eq!(stage.shell(&script).ok(), "rslave: file\nrprivate:");
}
