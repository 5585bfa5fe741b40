//! Called as `podman` or `docker`, box takes that tool's side where the two differ.

use crate::fixture::{Stage, need};

/// The exit codes of a command under the names box, podman and docker.
#[track_caller]
fn check(stage: &Stage, line: &str, codes: [i32; 3]) {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = ["box", "podman", "docker"].map(|name| stage.called(name, &words).code);
    assert_eq!(seen, codes, "{line}");
}

#[test]
fn exit_codes_are_each_tools() {
    let stage = Stage::shared();
    for (line, codes) in [
        // podman: "no such container", 125; docker: 1 (man podman, EXIT STATUS; docker/cli getExitCode).
        ("inspect no-such", [1, 125, 1]),
        ("stop no-such", [1, 125, 1]),
        ("kill no-such", [1, 125, 1]),
        ("start no-such", [1, 125, 1]),
        ("logs no-such", [1, 125, 1]),
        ("wait no-such", [1, 125, 1]),
        ("port no-such", [1, 125, 1]),
        // podman-rm(1): "1: One of the specified containers did not exist, and no other failures".
        ("rm no-such", [1, 1, 1]),
        ("rmi no-such", [1, 1, 1]),
        ("rm -f no-such", [0, 0, 0]),
        ("container exists no-such", [1, 1, 1]),
        ("nonsense", [125, 125, 1]),
        ("ps --nonsense", [125, 125, 125]),
        ("version --format {{.Nonsense", [64, 125, 64]),
    ] {
        check(&stage, line, codes);
    }
}

#[test]
fn lists_and_ids_are_written_as_each_tool_does() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    let filter = format!("name={web}");
    let list = ["ps", "-a", "--format", "json", "--filter", &filter];
    assert!(stage.called("podman", &list).ok().starts_with('['));
    let docker = stage.called("docker", &list).ok();
    assert!(docker.starts_with('{') && docker.lines().count() == 1, "{docker}");
    assert_eq!(stage.called("podman", &["commit", "-q", &web]).ok().len(), 64);
    assert!(stage.called("docker", &["commit", "-q", &web]).ok().starts_with("sha256:"));
}

#[test]
fn dockers_log_is_json_and_its_short_n_counts_lines() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.called("docker", &["run", "-d", "--name", &web, &busybox, "seq", "3"]).ok();
    stage.run(&["wait", &web]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.HostConfig.LogConfig.Type}}", &web]).ok(), "json-file");
    assert_eq!(stage.called("docker", &["logs", "-n", "1", &web]).ok(), "3");
    assert_eq!(stage.called("podman", &["logs", "-n", &web]).ok(), "1\n2\n3");
}

#[test]
fn the_cleanup_of_scripts_succeeds_on_an_empty_store() {
    let stage = Stage::new();
    for (line, code) in [
        ("rm -t 0 -a -f --ignore", 0),
        ("rm -f -a -v --depend", 0),
        ("stop -a -t 0 --ignore", 0),
        ("kill -a", 0),
        ("unpause -a", 0),
        ("volume rm -a -f", 0),
        ("volume prune -f", 0),
        ("container prune -f", 0),
        ("container cleanup -a", 0),
        ("system prune -a -f", 0),
        ("rmi -a -f", 0),
        ("ps --all --external --format {{.ID}}", 0),
        ("ps -aq", 0),
        ("rm", 0),
        ("image exists no-such", 1),
        ("container exists --external no-such", 1),
        ("info --format {{.Host.OCIRuntime.Name}}", 0),
    ] {
        let said = stage.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!((said.code, said.err.as_str()), (code, ""), "{said}");
    }
}
