//! `box commit`.

use crate::fixture::{Stage, installed, need};

#[test]
fn what_a_container_changed_is_a_layer_on_top_of_its_image() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let script = "echo new >/etc/new; ln /etc/new /etc/same; chmod 4711 /etc/new; rm /etc/group; rm -r /tmp; \
                  mkdir /tmp; mkfifo /var/fifo; ln -s nowhere /var/link; touch -d @7 /var/tmp";
    stage.run(&["run", "--name", "made", "--network", "none", &busybox, "sh", "-c", script]).ok();
    let changes = [
        "-c",
        "CMD [\"cat\", \"/etc/new\"]",
        "-c",
        "ENV A=1 B=\"two words\"",
        "-c",
        "LABEL it=so",
        "-c",
        "EXPOSE 80",
        "-c",
        "WORKDIR /var",
        "-c",
        "STOPSIGNAL SIGINT",
    ];
    let words =
        [&["commit", "-q", "-a", "me", "-m", "why", "--iidfile", "iid"], &changes[..], &["made", "app:1"]].concat();
    let id = stage.run(&words).ok();
    assert_eq!(std::fs::read_to_string(stage.home().join("iid")).expect("is written").trim_end(), id);
    assert_eq!(stage.run(&["run", "--rm", "--network", "none", "app:1"]).ok(), "new");
    let look = "stat -c '%a %h' /etc/new; test -e /etc/group || echo gone; stat -c %F /var/fifo; readlink /var/link; \
                stat -c %Y /var/tmp; pwd; echo $A$B; ls /etc/hosts";
    let seen = stage.run(&["run", "--rm", "--network", "none", "app:1", "sh", "-c", look]).ok();
    assert_eq!(seen, "4711 2\ngone\nfifo\nnowhere\n7\n/var\n1two words\n/etc/hosts");
    let said = stage.run(&["history", "--no-trunc", "--format", "{{.Comment}}", "app:1"]).ok();
    assert!(said.starts_with("why"), "{said}");
    assert_eq!(stage.run(&["inspect", "-f", "{{index .Config.Labels \"it\"}} {{.Author}}", "app:1"]).ok(), "so me");
    // What the container was given to mount over is not part of it.
    let diff = stage.run(&["image", "diff", "app:1"]).ok();
    assert!(diff.contains("A /etc/new\n") && diff.contains("D /etc/group") && !diff.contains("/etc/hosts"), "{diff}");
    stage.run(&["rm", "made"]).ok();
    assert_eq!(stage.run(&["system", "check"]).code, 0);
}

#[test]
fn a_committed_image_goes_through_an_archive_and_a_registry_and_stays_itself() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage
        .run(&["run", "--name", "made", "--network", "none", &busybox, "sh", "-c", "echo 1 >/x; chown 3:4 /x || true"])
        .ok();
    for (format, media_type) in [("oci", "application/vnd.oci.image"), ("docker", "application/vnd.docker")] {
        let id = stage.run(&["commit", "-q", "-f", format, "made", "app"]).ok();
        let target = format!("{}/committed/{format}:1", crate::fixture::registry::address());
        stage.run(&["push", "-q", "app", &target]).ok();
        let (_, manifest) = crate::fixture::registry::manifest(&format!("committed/{format}"), "1").expect("is there");
        assert!(String::from_utf8_lossy(&manifest).contains(media_type), "{format}");
        stage.run(&["save", "-q", "-o", "app.tar", "app"]).ok();
        stage.run(&["rmi", "app"]).ok();
        stage.run(&["pull", "-q", &target]).ok();
        stage.run(&["load", "-q", "-i", "app.tar"]).ok();
        for name in ["app", target.as_str()] {
            assert_eq!(stage.run(&["images", "-q", "--no-trunc", name]).ok(), format!("sha256:{id}"));
        }
        stage.run(&["rmi", "-f", &id]).ok();
    }
    stage.run(&["rm", "made"]).ok();
}

#[test]
fn a_running_container_goes_on_and_a_squashed_image_has_one_layer() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage
        .run(&["run", "-d", "--name", "busy", "--network", "none", &busybox, "sh", "-c", "echo 1 >/x; sleep 1000"])
        .ok();
    let size = |image: &str| stage.run(&["inspect", "-f", "{{len .RootFS.Layers}}", image]).ok();
    for pause in ["-p", "-p=false"] {
        stage.run(&["commit", "-q", pause, "busy", "app"]).ok();
        assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}}", "busy"]).ok(), "running");
    }
    let below: u32 = size(&busybox).parse().expect("a number");
    assert_eq!(size("app"), (below + 1).to_string());
    stage.run(&["commit", "-q", "-s", "busy", "flat"]).ok();
    assert_eq!(size("flat"), "1");
    stage.run(&["run", "--rm", "--network", "none", "flat", "true"]).ok();
}

#[test]
fn what_cannot_be_committed_is_said() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let name = stage.name("still");
    stage.run(&["create", "--name", &name, "--network", "none", &busybox, "true"]).ok();
    stage.run(&["commit", "no-such-container"]).fails(1);
    stage.run(&["commit", &name, "No Name"]).fails(125);
    for change in ["FROM x", "EXPOSE x", "NONSENSE", "ENV"] {
        stage.run(&["commit", "-c", change, &name]).fails(125);
    }
}

#[test]
fn others_read_what_is_committed() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(installed("skopeo"));
    stage.run(&["run", "--name", "made", "--network", "none", &busybox, "sh", "-c", "echo 1 >/x"]).ok();
    let id = stage.run(&["commit", "-q", "made", "app"]).ok();
    stage.run(&["save", "-q", "--format", "oci-archive", "-o", "app.tar", "app"]).ok();
    let mut skopeo = stage.program("skopeo");
    skopeo.args(["--insecure-policy", "copy", "-q", "oci-archive:app.tar", "docker-archive:other.tar:app:2"]);
    let copied = skopeo.output().expect("is installed");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    stage.run(&["rmi", "-f", "app"]).ok();
    stage.run(&["load", "-q", "-i", "other.tar"]).ok();
    assert!(stage.run(&["images", "-q", "--no-trunc"]).ok().contains(&id));
    stage.run(&["rm", "made"]).ok();
}
