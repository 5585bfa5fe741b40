//! `box diff`.

use crate::fixture::{Stage, need};

#[test]
fn what_a_container_changed_is_listed() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let name = stage.name("changed");
    let script = "echo 1 >/etc/new; rm /etc/group; echo 2 >>/etc/passwd; mkdir /var/new; echo 3 >/var/new/file";
    stage.run(&["run", "--name", &name, "--network", "none", &busybox, "sh", "-c", script]).ok();
    let all = "C /etc\nD /etc/group\nA /etc/new\nC /etc/passwd\nC /var\nA /var/new\nA /var/new/file";
    let said = stage.run(&["diff", &name]).ok();
    let said: Vec<&str> = said.lines().filter(|line| !line.ends_with("/run")).collect();
    assert_eq!(said.join("\n"), all);
    let json: serde_json::Value =
        serde_json::from_str(&stage.run(&["container", "diff", "--format", "json", &name]).ok()).expect("JSON");
    assert_eq!(json["deleted"], serde_json::json!(["/etc/group"]));
    assert_eq!(stage.run(&["diff", "no-such-thing"]).code, 1);
}

#[test]
fn a_template_shows_each_change() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "--name", &web, "--network", "none", &busybox, "sh", "-c", "echo >/new; rm /bin/cat"]).ok();
    let shown = stage.run(&["diff", "--format", "{{.Type}} {{.Path}}", &web]).ok();
    for line in ["A /new", "C /bin", "D /bin/cat"] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(stage.run(&["diff", "--format", "table", &web]).ok().starts_with("CHANGE TYPE   PATH\n"));
    stage.run(&["diff", "--format", "{{.Nonsense}}", &web]).fails(64);
}
