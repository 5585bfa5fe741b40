//! `box auto-update`.

use serde_json::Value;

use crate::fixture::{Stage, need, registry};

/// Makes another image of `image`, called `name`.
fn renew(stage: &Stage, image: &str, name: &str) {
    stage.run(&["run", "--name", "maker", "--network", "none", image, "sh", "-c", "echo new >/new"]).ok();
    stage.run(&["commit", "-q", "maker", name]).ok();
    stage.run(&["rm", "maker"]).ok();
}

fn updates(stage: &Stage, options: &[&str]) -> (i32, Vec<(String, String)>, String) {
    let outcome = stage.run(&[&["auto-update", "--format", "json"], options].concat());
    let rows: Vec<Value> = serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{outcome}"));
    let word = |row: &Value, key: &str| row[key].as_str().expect("it is text").to_owned();
    (outcome.code, rows.iter().map(|row| (word(row, "Unit"), word(row, "Updated"))).collect(), outcome.err)
}

fn row(unit: &str, updated: &str) -> (String, String) {
    (unit.to_owned(), updated.to_owned())
}

#[test]
fn newer_images_of_the_registry_are_seen_and_a_service_that_does_not_start_gets_its_own_back() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(registry::has_busybox());
    let name = format!("{}/auto/update:1", registry::address());
    stage.run(&["pull", "-q", &busybox]).ok();
    stage.run(&["tag", &busybox, &name]).ok();
    stage.run(&["push", "-q", &name]).ok();
    let id = |name: &str| stage.run(&["inspect", "-f", "{{.Id}}", name]).ok();
    let first = id(&name);
    stage
        .shell(&format!(
            "PODMAN_SYSTEMD_UNIT=box-no-such-unit.service box run -d --network none --name web \
             --label io.containers.autoupdate=registry {name} sleep 999"
        ))
        .ok();
    let labels = stage.run(&["inspect", "-f", "{{.Config.Labels}}", "web"]).ok();
    assert!(labels.contains("PODMAN_SYSTEMD_UNIT:box-no-such-unit.service"), "{labels}");
    let (unit, unchanged) = ("box-no-such-unit.service", row("box-no-such-unit.service", "false"));
    assert_eq!(updates(&stage, &["--dry-run"]).1, std::slice::from_ref(&unchanged));
    assert_eq!(updates(&stage, &[]), (0, vec![unchanged], format!("pulling {name}\n")));

    renew(&stage, &busybox, "localhost/renewed");
    stage.run(&["push", "-q", "localhost/renewed", &name]).ok();
    let renewed = id("localhost/renewed");
    stage.run(&["rmi", "localhost/renewed"]).ok();
    let (code, rows, _) = updates(&stage, &["--dry-run"]);
    assert_eq!((code, rows, id(&name)), (0, vec![row(unit, "pending")], first.clone()));
    // Nobody here can restart such a unit: the name means what it did before, unless that is not wanted.
    let (code, rows, said) = updates(&stage, &[]);
    assert_eq!((code, rows, id(&name)), (125, vec![row(unit, "failed")], first), "{said}");
    assert!(said.contains("restart `box-no-such-unit.service`"), "{said}");
    assert_eq!(updates(&stage, &["--rollback=false"]).1, [row(unit, "failed")]);
    assert_eq!(id(&name), renewed);
    let table = stage.run(&["auto-update", "--dry-run", "--format", "{{.Unit}} {{.ContainerName}} {{.Policy}}"]).ok();
    assert_eq!(table, "box-no-such-unit.service web registry");
    let said = stage.run(&["auto-update", "--dry-run", "--json"]).ok();
    let document: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        (&document["schema"], &document["updates"][0]["containerName"]),
        (&"box.updates/1".into(), &"web".into())
    );
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    assert_eq!(updates(&stage, &[]), (0, vec![], String::new()));
}

#[test]
fn a_container_updates_from_here_too_and_says_where_it_cannot() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["pull", "-q", &busybox]).ok();
    stage.run(&["tag", &busybox, "localhost/app"]).ok();
    let run = |unit: &str, name: &str, policy: &str| {
        let label = format!("--label io.containers.autoupdate={policy}");
        let words = format!("run -d --network none --name {name} {label} localhost/app sleep 999");
        stage.shell(&format!("PODMAN_SYSTEMD_UNIT={unit} box {words}")).ok();
    };
    run("box-local.service", "here", "local");
    run("box-off.service", "off", "disabled");
    assert_eq!(updates(&stage, &["--dry-run"]), (0, vec![row("box-local.service", "false")], String::new()));
    renew(&stage, &busybox, "localhost/app");
    assert_eq!(updates(&stage, &["--dry-run"]), (0, vec![row("box-local.service", "pending")], String::new()));
    stage.run(&["rm", "-f", "-t", "0", "here", "off"]).ok();
    for (unit, policy, why) in [
        ("", "registry", "no label PODMAN_SYSTEMD_UNIT"),
        ("x.service", "registry", "localhost/app:latest`, which no registry knows"),
        ("x.service", "perhaps", "expected registry, local or disabled"),
    ] {
        run(unit, "wrong", policy);
        let (code, _, said) = updates(&stage, &["--dry-run"]);
        assert!(code == 125 && said.contains(why), "{said}");
        stage.run(&["rm", "-f", "-t", "0", "wrong"]).ok();
    }
}
