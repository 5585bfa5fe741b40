//! Health checks: `box healthcheck run`, and those that a container's keeper makes.

use serde_json::Value;

use crate::fixture::{HostileRegistry, Image, Stage, need, wait_until};

fn start(stage: &Stage, options: &[&str]) -> Result<(), String> {
    let image = stage.image("busybox")?;
    let words = [&["run", "-d", "--network", "none", "--name", "web"], options, &[image.as_str(), "sleep", "99"]];
    stage.run(&words.concat()).ok();
    Ok(())
}

fn show(stage: &Stage, template: &str) -> String {
    stage.run(&["inspect", "--format", template, "web"]).ok()
}

fn status(stage: &Stage) -> String {
    show(stage, "{{with .State.Health}}{{.Status}}{{end}}")
}

fn clear(stage: &Stage) {
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn a_check_that_is_asked_for_tells_by_its_exit_code() {
    let stage = Stage::new();
    need!(start(
        &stage,
        &["--health-cmd", "echo looked; test -f /ok", "--health-interval", "disable", "--health-retries", "2"]
    ));
    assert_eq!(status(&stage), "starting");
    assert_eq!(stage.run(&["healthcheck", "run", "web"]).ends_with(1), "starting");
    assert_eq!(stage.run(&["healthcheck", "run", "--ignore-result", "web"]).ends_with(0), "unhealthy");
    assert_eq!(show(&stage, "{{.State.Health.FailingStreak}} {{(index .State.Health.Log 0).Output}}"), "2 looked\n");
    assert!(stage.run(&["ps", "--filter", "health=unhealthy"]).ok().contains("(unhealthy)"));
    assert_eq!(stage.run(&["ps", "-q", "--filter", "health=healthy"]).ok(), "");
    stage.run(&["exec", "web", "touch", "/ok"]).ok();
    assert_eq!(stage.run(&["healthcheck", "run", "web"]).ok(), "");
    assert_eq!(status(&stage), "healthy");
    assert_eq!(stage.run(&["ps", "--format", "{{.HealthStatus}}"]).ok(), "healthy");
    stage.run(&["stop", "-t", "0", "web"]).ok();
    stage.run(&["healthcheck", "run", "web"]).fails(125);
    clear(&stage);
    need!(start(&stage, &[]));
    assert!(stage.run(&["healthcheck", "run", "web"]).fails(125).contains("--health-cmd"));
    stage.run(&["healthcheck", "run", "no-such"]).fails(1);
    clear(&stage);
}

#[test]
fn checks_are_made_by_themselves_and_follow_the_container() {
    let stage = Stage::new();
    need!(start(&stage, &["--health-cmd", "test -f /ok", "--health-interval", "20ms", "--health-retries", "2"]));
    wait_until("it is unhealthy", || status(&stage) == "unhealthy");
    stage.run(&["exec", "web", "touch", "/ok"]).ok();
    wait_until("it is healthy", || status(&stage) == "healthy");
    stage.run(&["pause", "web"]).ok();
    stage.run(&["unpause", "web"]).ok();
    assert_eq!(status(&stage), "healthy");
    wait_until("no more than five outcomes are kept", || show(&stage, "{{len .State.Health.Log}}") == "5");
    stage.run(&["restart", "-t", "0", "web"]).ok();
    wait_until("it is healthy again", || status(&stage) == "healthy");
    clear(&stage);
}

#[test]
fn one_that_goes_when_it_ends_can_be_ended_by_anybody() {
    for words in [&["rm", "-f", "-t", "0", "web"][..], &["stop", "-t", "0", "web"], &["kill", "web"]] {
        let stage = Stage::new();
        need!(start(&stage, &["--rm", "--health-cmd", "true", "--health-interval", "20ms"]));
        stage.run(words).ok();
        wait_until("it is gone", || stage.run(&["ps", "-aq"]).ok().is_empty());
    }
}

#[test]
fn failures_while_it_comes_up_do_not_count() {
    let stage = Stage::new();
    let options = [
        "--health-cmd",
        "false",
        "--health-retries",
        "1",
        "--health-start-period",
        "1h",
        "--health-start-interval",
        "10ms",
    ];
    need!(start(&stage, &options));
    wait_until("it was checked some times", || show(&stage, "{{len .State.Health.Log}}") == "5");
    assert_eq!((status(&stage).as_str(), show(&stage, "{{.State.Health.FailingStreak}}").as_str()), ("starting", "0"));
    clear(&stage);
}

#[test]
fn a_check_goes_first_where_one_is_named() {
    let stage = Stage::new();
    let options = [
        "--health-cmd",
        "true",
        "--health-interval",
        "20ms",
        "--health-startup-cmd",
        "test -f /up",
        "--health-startup-interval",
        "20ms",
        "--health-startup-success",
        "2",
    ];
    need!(start(&stage, &options));
    wait_until("it was checked", || show(&stage, "{{len .State.Health.Log}}") == "5");
    assert_eq!(status(&stage), "starting");
    stage.run(&["exec", "web", "touch", "/up"]).ok();
    wait_until("it is up", || status(&stage) == "healthy");
    clear(&stage);
}

#[test]
fn an_unhealthy_container_is_ended_as_was_asked() {
    let failing = ["--health-cmd", "test -f /ok", "--health-interval", "20ms", "--health-retries", "1"];
    for action in ["kill", "stop"] {
        let stage = Stage::new();
        need!(start(&stage, &[&failing[..], &["--stop-timeout", "0", "--health-on-failure", action]].concat()));
        stage.run(&["wait", "web"]).ok();
        assert_eq!(show(&stage, "{{.State.Status}}"), "exited", "{action}");
        clear(&stage);
    }
    let stage = Stage::new();
    need!(start(&stage, &[&failing[..], &["--stop-timeout", "0", "--health-on-failure", "restart"]].concat()));
    wait_until("it was restarted", || show(&stage, "{{.RestartCount}}").parse::<u32>().unwrap() >= 2);
    // It is in the image's layer from here on, and so in each start.
    wait_until("it is healthy at last", || {
        stage.run(&["exec", "web", "touch", "/ok"]);
        status(&stage) == "healthy"
    });
    clear(&stage);
}

#[test]
fn a_check_that_hangs_or_cannot_run_has_failed() {
    let stage = Stage::new();
    need!(start(&stage, &["--health-cmd", "sleep 99", "--health-timeout", "100ms", "--health-interval", "disable"]));
    stage.run(&["healthcheck", "run", "web"]).ends_with(1);
    assert!(show(&stage, "{{(index .State.Health.Log 0).Output}}").contains("took longer than 0.1 s"));
    let counted = stage.run(&["exec", "web", "sh", "-c", "ps | grep -c '[s]leep 99'"]).ok();
    assert_eq!(counted, "1", "the check goes on");
    clear(&stage);
    need!(start(&stage, &["--health-cmd", r#"["no-such-program"]"#, "--health-interval", "disable"]));
    stage.run(&["healthcheck", "run", "web"]).ends_with(1);
    assert_eq!(show(&stage, "{{(index .State.Health.Log 0).ExitCode}}"), "127");
    clear(&stage);
    need!(start(&stage, &["--health-cmd", "seq 9999", "--health-max-log-size", "10", "--health-interval", "disable"]));
    stage.run(&["healthcheck", "run", "web"]).ok();
    assert_eq!(show(&stage, "{{len (index .State.Health.Log 0).Output}}"), "10");
    clear(&stage);
}

#[test]
fn the_images_check_is_taken_unless_another_or_none_is_asked_for() {
    let stage = Stage::new();
    let check = serde_json::json!({
        "Test": ["CMD", "test", "-f", "/from-image"], "Interval": 45_000_000_000u64, "Retries": 7,
    });
    let registry = HostileRegistry::of(Image::of(&[]).with_config(|config| config["config"]["Healthcheck"] = check));
    let image = registry.image();
    stage.run(&["pull", "-q", "--tls-verify=false", &image]).ok();
    let created = |options: &[&str]| {
        stage.run(&[&["create", "--network", "none", "--name", "web"], options, &[&image, "sleep", "9"]].concat()).ok();
        let shown =
            stage.run(&["inspect", "--type", "container", "--format", "{{json .Config.Healthcheck}}", "web"]).ok();
        clear(&stage);
        serde_json::from_str::<Value>(&shown).unwrap()
    };
    let images = created(&[]);
    assert_eq!(images["Test"], serde_json::json!(["CMD", "test", "-f", "/from-image"]));
    assert_eq!((&images["Interval"], &images["Retries"]), (&Value::from(45_000_000_000u64), &Value::from(7)));
    assert_eq!(created(&["--health-cmd", "true"])["Test"], serde_json::json!(["CMD-SHELL", "true"]));
    assert_eq!(created(&["--health-retries", "2"])["Retries"], 2);
    assert_eq!(created(&["--no-healthcheck"]), Value::Null);
    assert_eq!(created(&["--health-cmd", "none"]), Value::Null);
}
