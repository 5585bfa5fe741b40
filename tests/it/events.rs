//! `box events`.

use serde_json::Value;

use crate::fixture::{Stage, need};

/// What happened in this stage's own store, as `kind action` lines.
fn happened(stage: &Stage, filters: &[&str]) -> String {
    let words = ["events", "--stream=false", "--format", "{{.Type}} {{.Status}}"];
    stage.run(&[&words[..], filters].concat()).ok()
}

#[test]
fn a_life_is_told_in_its_order() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, "--label", "team=a", &payload, "/payload", "wait"]).ok();
    stage.run(&["exec", &web, "/payload", "exit", "3"]).ends_with(3);
    stage.run(&["kill", &web]).ok();
    stage.run(&["wait", &web]).ok();
    stage.run(&["rm", &web]).ok();
    let words = happened(&stage, &["--filter", &format!("container={web}")]);
    let words: Vec<&str> = words.lines().map(|line| line.strip_prefix("container ").expect("a container")).collect();
    let expected =
        ["create", "init", "start", "exec", "exec_died", "kill", "died", "cleanup", "remove"].map(str::to_owned);
    let mut seen: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    // The monitor tidies up when it has told of the end: a removal may come first.
    seen.retain(|word| word != "cleanup");
    assert!(seen.iter().eq(expected.iter().filter(|word| *word != "cleanup")), "{words:?}");
    let filters = ["--filter", &format!("container={web}"), "--filter", "event=died", "--filter", "label=team=a"];
    let died = stage.run(&[&["events", "--stream=false", "--format", "json"][..], &filters].concat()).ok();
    let died: Value = serde_json::from_str(&died).expect("one line of JSON");
    assert_eq!(
        (&died["Status"], &died["ContainerExitCode"], &died["Type"]),
        (&"died".into(), &137.into(), &"container".into())
    );
    assert!(died["timeNano"].as_i64().is_some_and(|nano| nano / 1_000_000_000 == died["time"].as_i64().unwrap_or(0)));
    let line = stage.run(&[&["events", "--stream=false"][..], &filters].concat()).ok();
    assert!(line.contains(" container died ") && line.ends_with(&format!("name={web}, team=a)")), "{line}");
}

#[test]
fn pauses_names_and_stops_are_told() {
    let stage = Stage::shared();
    let (payload, web, other) = (need!(stage.image("payload")), stage.name("web"), stage.name("other"));
    let id = stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    stage.run(&["pause", &web]).ok();
    stage.run(&["unpause", &web]).ok();
    stage.run(&["rename", &web, &other]).ok();
    stage.run(&["restart", "-t", "0", &other]).ok();
    stage.run(&["stop", &other]).ok();
    let seen = happened(&stage, &["--filter", &format!("container={id}")]);
    let words: Vec<&str> = seen.lines().filter_map(|line| line.strip_prefix("container ")).collect();
    for word in ["pause", "unpause", "rename", "restart", "stop"] {
        assert!(words.contains(&word), "{word}: {words:?}");
    }
    assert_eq!(words.iter().filter(|word| **word == "died").count(), 2, "{words:?}");
}

#[test]
fn followers_are_told_at_once_until_they_have_seen_enough() {
    let stage = Stage::shared();
    let volume = stage.name("volume");
    let filter = format!("volume={volume}");
    let mut following = stage.start(&["events", "--since", "1h", "--filter", &filter, "--format", "{{.Status}}."]);
    stage.run(&["volume", "create", &volume]).ok();
    following.expect("create.\n");
    stage.run(&["volume", "rm", &volume]).ok();
    following.expect("create.\nremove.\n");
    let seen = stage.run(&["events", "--until", "0", "--filter", &filter]).ok();
    assert_eq!(seen, "", "nothing happened in 1970, and what is over is not awaited");
}

#[test]
fn images_and_secrets_are_told() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", &payload]).ok();
    stage.run(&["tag", &payload, "localhost/a"]).ok();
    stage.run(&["untag", &payload, "localhost/a"]).ok();
    let archive = stage.home().join("a.tar");
    let archive = archive.to_str().expect("is UTF-8");
    stage.run(&["save", "-o", archive, &payload]).ok();
    stage.run(&["rmi", &payload]).ok();
    stage.run(&["load", "-i", archive]).ok();
    stage.shell("echo x | box secret create s - && box secret rm s").ok();
    stage.run(&["system", "prune", "-f"]).ok();
    let seen = happened(&stage, &[]);
    let expected = [
        "image pull",
        "image tag",
        "image untag",
        "image save",
        "image untag",
        "image remove",
        "image loadfromarchive",
        "secret create",
        "secret remove",
        "system prune",
    ];
    assert!(seen.lines().filter(|line| !line.starts_with("volume")).eq(expected), "{seen}");
}

#[test]
fn called_as_docker_it_speaks_dockers_words() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "exit", "3"]).ok();
    stage.run(&["wait", &web]).ok();
    let words = ["events", "--since", "1h", "--until", "0s", "--format", "{{json .}}"];
    let filters = ["--filter", &format!("container={web}"), "--filter", "event=die"];
    let said = stage.called("docker", &[&words[..], &filters].concat()).ok();
    let event: Value = serde_json::from_str(&said).expect("one line of JSON");
    assert_eq!((&event["Action"], &event["Actor"]["Attributes"]["exitCode"]), (&"die".into(), &"3".into()));
}

#[test]
fn a_mistake_is_told_before_anything_is_awaited() {
    let stage = Stage::shared();
    stage.run(&["events", "--filter", "nonsense=1"]).fails(125);
    stage.run(&["events", "--since", "nonsense"]).fails(125);
    stage.run(&["system", "events", "--format", "{{.Nonsense"]).fails(64);
}
