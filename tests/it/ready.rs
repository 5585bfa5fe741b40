//! `--wait-for`, `--requires` and `--status-fd`: scripts that need not guess.

use std::time::Instant;

use serde_json::Value;

use crate::fixture::{Outcome, Stage, need};

fn run(stage: &Stage, options: &[&str], script: &str) -> Result<Outcome, String> {
    let image = stage.image("busybox")?;
    let words = [&["run", "-d", "--network", "none", "--name", "web"], options, &[image.as_str(), "sh", "-c", script]];
    Ok(stage.run(&words.concat()))
}

fn clear(stage: &Stage) {
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn run_returns_when_the_container_is_ready() {
    let stage = Stage::new();
    let serves = "sleep 0.2; exec nc -l -p 5432";
    let began = Instant::now();
    need!(run(&stage, &["--wait-for", "port:5432"], serves)).ok();
    assert!(began.elapsed().as_millis() >= 200, "it cannot have been ready yet");
    clear(&stage);
    let says = "sleep 0.1; echo is ready to accept; exec sleep 99";
    need!(run(&stage, &["--wait-for", "log:ready to [ab]ccept"], says)).ok();
    assert!(stage.run(&["logs", "web"]).ok().contains("ready to accept"));
    clear(&stage);
    let health = ["--health-cmd", "test -f /ok", "--health-interval", "20ms", "--wait-for", "healthy"];
    need!(run(&stage, &health, "sleep 0.2; touch /ok; exec sleep 99")).ok();
    assert_eq!(stage.run(&["ps", "--format", "{{.HealthStatus}}"]).ok(), "healthy");
    clear(&stage);
    assert_eq!(need!(run(&stage, &["--wait-for", "exit"], "sleep 0.1; exit 7")).code, 7);
    assert_eq!(stage.run(&["start", "--wait-for", "exit", "web"]).code, 0, "as everybody else it only waits");
    clear(&stage);
}

#[test]
fn what_never_gets_ready_is_told() {
    let stage = Stage::new();
    for condition in ["port:5432", "log:never", "healthy"] {
        let options = ["--wait-for", condition, "--health-cmd", "false"];
        let said = need!(run(&stage, &options, "sleep 0.1; exit 3")).fails(125);
        assert!(said.contains("it has ended with 3"), "{condition}: {said}");
        clear(&stage);
        let options = [&options[..], &["--wait-timeout", "100ms"]].concat();
        let said = need!(run(&stage, &options, "exec sleep 99")).fails(125);
        assert!(said.contains("--wait-timeout"), "{condition}: {said}");
        clear(&stage);
    }
    for options in [
        &["--wait-for", "healthy"][..],
        &["--wait-for", "log:x", "--log-driver", "none"],
        &["--wait-for", "soon"],
        &["--wait-for", "port:99999"],
    ] {
        need!(run(&stage, options, "exec sleep 99")).fails(125);
        stage.run(&["rm", "-f", "-i", "-t", "0", "web"]).ok();
    }
    let image = need!(stage.image("busybox"));
    stage.run(&["run", "--rm", "--wait-for", "exit", &image, "true"]).fails(125);
}

#[test]
fn what_a_container_requires_is_started_first() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    for name in ["base", "middle"] {
        let required = if name == "middle" { "base" } else { "" };
        let options: &[&str] = if required.is_empty() { &[] } else { &["--requires", required] };
        let words =
            [&["create", "--network", "none", "--name", name], options, &[image.as_str(), "sleep", "99"]].concat();
        stage.run(&words).ok();
    }
    let words = ["run", "-d", "--network", "none", "--name", "top", "--requires", "middle", &image, "sleep", "99"];
    stage.run(&words).ok();
    let mut names: Vec<String> = stage.run(&["ps", "--format", "{{.Names}}"]).ok().lines().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["base", "middle", "top"]);
    stage.run(&["rm", "-f", "-t", "0", "base"]).ok();
    stage.run(&["stop", "-t", "0", "top"]).ok();
    stage.run(&["start", "top"]).ok();
    stage.run(&["stop", "-t", "0", "top", "middle"]).ok();
    assert!(stage.run(&["start", "top"]).fails(1).contains("no such container"));
    stage.run(&["create", "--requires", "no-such", &image]).fails(125);
    stage.run(&["rm", "-f", "-a", "-t", "0"]).ok();
}

#[test]
fn a_programs_own_125_is_told_from_boxs() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let told = |words: &str| -> (i32, Value) {
        let outcome = stage.shell(&format!("box {words} 9>status; code=$?; cat status >&2; exit $code"));
        let line = outcome.err.lines().last().unwrap_or_default().to_owned();
        (outcome.code, serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {}", outcome.err)))
    };
    let run = format!("run --rm --network none --status-fd 9 {image}");
    let (code, status) = told(&format!("{run} sh -c 'exit 125'"));
    assert_eq!((code, &status["origin"], &status["exitCode"]), (125, &"program".into(), &125.into()));
    let (code, status) = told(&format!("{run} no-such-program"));
    assert_eq!((code, &status["origin"], &status["exitCode"]), (127, &"engine".into(), &127.into()));
    assert!(status["error"].as_str().is_some_and(|error| error.contains("no-such-program")), "{status}");
    let (code, status) = told("exec --status-fd 9 no-such-container true");
    assert_eq!((code, &status["origin"]), (125, &"engine".into()));
    stage.run(&["run", "--status-fd", "77", &image, "true"]).fails(125);
    stage.run(&["run", "--rm", "--network", "none", "--status-file", "told", &image, "true"]).ok();
    let told: Value = serde_json::from_slice(&std::fs::read(stage.home().join("told")).unwrap()).unwrap();
    assert_eq!(told, serde_json::json!({"version": 1, "origin": "program", "exitCode": 0, "error": null}));
}

#[test]
fn a_status_of_a_start_is_that_of_one_container() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let (fails, absent, waits) = (stage.name("fails"), stage.name("absent"), stage.name("waits"));
    for (name, program) in [(&fails, "false"), (&absent, "/no-such-program"), (&waits, "cat")] {
        stage.run(&["create", "-i", "--network", "none", "--name", name, &busybox, program]).ok();
    }
    let cases = [
        (format!("start -a {fails}"), 1, "program"),
        (format!("start {absent}"), 127, "engine"),
        (format!("start {waits}"), 0, "running"),
        (format!("start {fails} {waits}"), 125, "engine"),
        ("start no-such-container".to_owned(), 1, "engine"),
        (format!("exec -d {waits} true"), 0, "running"),
        (format!("exec {waits} sh -c 'exit 127'"), 127, "program"),
    ];
    for (words, code, whose) in cases {
        let words = words.replacen(' ', " --status-fd 3 ", 1);
        let said = stage.shell(&format!("exec 3>&1; box {words}")).ends_with(code);
        let status = said.lines().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default();
        assert_eq!((&status["origin"], &status["exitCode"]), (&whose.into(), &code.into()), "{words}: {said}");
    }
}

#[test]
fn a_status_descriptor_is_boxs_alone() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let run = |options: &str, program: &str| {
        stage.shell(&format!("exec 4>&1; box run --rm --network none --status-fd 4 {options} {busybox} {program}"))
    };
    assert!(run("", "test -e /proc/self/fd/4").ends_with(1).contains("\"origin\":\"program\""));
    let both = run("--preserve-fd 4", "true");
    assert!(both.out.contains("another option has taken it"), "{both}");
    both.fails(125);
    for option in ["--status-fd=1", "--status-file=/no/such/directory", "--status-fd=x"] {
        stage.run(&["run", option, &busybox, "true"]).fails(125);
    }
}
