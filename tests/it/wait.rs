//! `box wait`.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn it_prints_the_code_of_each_when_it_has_ended() {
    let stage = Stage::shared();
    let (payload, one, two) = (need!(stage.image("payload")), stage.name("one"), stage.name("two"));
    stage.run(&["run", "-d", "--name", &one, &payload, "/payload", "exit", "3"]).ok();
    stage.run(&["run", "-d", "--name", &two, &payload, "/payload", "wait"]).ok();
    let waiting = stage.start(&["wait", &one, &two]);
    stage.run(&["kill", &two]).ok();
    assert_eq!(waiting.finish().ok(), "3\n137");
    stage.run(&["wait", "no-such-container"]).fails(1);
}

fn created(stage: &Stage, name: &str, options: &[&str], command: &[&str]) -> String {
    let (image, name) = (stage.image("busybox").expect("asked for before"), stage.name(name));
    stage.run(&[&["create", "--network", "none", "--name", &name], options, &[&image], command].concat()).ok();
    name
}

#[test]
fn each_state_can_be_waited_for() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let web =
        created(&stage, "web", &["--health-cmd", "test -e /well", "--health-interval", "disable"], &["sleep", "99"]);
    // What is waited for, what brings it about, and what is printed.
    let cases: [(&str, &[&str], &str); 10] = [
        ("configured", &["ps"], "-1"),
        ("stopped", &["ps"], "0"),
        ("running", &["start", &web], "-1"),
        ("paused", &["pause", &web], "-1"),
        ("running", &["unpause", &web], "-1"),
        ("healthy", &["exec", &web, "touch", "/well"], "-1"),
        ("running,exited", &["ps"], "-1"),
        ("paused,exited", &["kill", &web], "137"),
        ("exited", &["ps"], "137"),
        ("removing", &["rm", &web], "-1"),
    ];
    for (condition, act, expected) in cases {
        let waiting = stage.start(&["wait", "--condition", condition, &web]);
        if condition == "removing" {
            // A container that is gone before it is looked for is unknown.
            wait_until("it waits", || waits(waiting.pid(), "anon_inode:inotify"));
        }
        stage.run(act).ok();
        if condition == "healthy" {
            stage.run(&["healthcheck", "run", &web]).ok();
        }
        assert_eq!(waiting.finish().ok(), expected, "{condition}");
    }
}

#[test]
fn a_container_that_is_removed_at_its_end_tells_its_code() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    for condition in ["exited", "exited,paused", "removing,exited"] {
        let web = created(&stage, "web", &["--rm", "-i"], &["sh", "-c", "read line; exit 7"]);
        let mut attached = stage.start(&["start", "-ai", &web]);
        stage.run(&["wait", "--condition", "running", &web]).ok();
        let waiting = stage.start(&["wait", "--condition", condition, &web]);
        wait_until("it waits", || waits(waiting.pid(), "socket:"));
        attached.send("go\n");
        assert_eq!(waiting.finish().ok(), "7", "{condition}");
        attached.finish().ends_with(7);
    }
}

/// Whether it sleeps, and what it would hear of is there: `socket:` of a monitor, or `anon_inode:inotify`.
fn waits(pid: nix::unistd::Pid, source: &str) -> bool {
    let is_asleep = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") S "));
    let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    is_asleep
        && fds.filter_map(|fd| fd.path().read_link().ok()).any(|target| target.to_string_lossy().starts_with(source))
}

#[test]
fn the_first_of_several_is_enough() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let long = created(&stage, "long", &[], &["sleep", "99"]);
    let short = created(&stage, "short", &[], &["sh", "-c", "exit 4"]);
    stage.run(&["start", &long]).ok();
    stage.run(&["start", &short]).ok();
    assert_eq!(stage.run(&["wait", "--return-on-first", &long, &short]).ok(), "4");
    assert_eq!(stage.run(&["wait", "--return-on-first", "--ignore", &long, "no-such-container"]).ok(), "-1");
    stage.run(&["wait", "--return-on-first", &long, "no-such-container"]).fails(1);
    assert_eq!(stage.run(&["wait", "--ignore", "no-such-container", &short]).ok(), "-1\n4");
}

#[test]
fn what_can_never_come_is_refused() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let web = created(&stage, "web", &[], &["true"]);
    let checked = created(&stage, "checked", &["--health-cmd", "true"], &["true"]);
    stage.run(&["start", "-a", &checked]).ok();
    for (options, code, reason) in [
        (["--condition", "healthy", &web], 125, "has no health check"),
        (["--condition", "healthy", &checked], 125, "has ended"),
        (["--condition", "stopping", &web], 125, "is `running` until it is `stopped`"),
        (["--condition", "happy", &web], 125, "no container is ever `happy`"),
        (["--interval", "soon", &web], 125, "not a duration"),
    ] {
        let said = stage.run(&[&["wait"][..], &options].concat()).fails(code);
        assert!(said.contains(reason), "{options:?}: {said}");
    }
    assert_eq!(stage.run(&["wait", "--interval", "10", "--condition=created", &web]).ok(), "-1");
}
