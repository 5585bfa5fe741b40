//! `box update`.

use crate::fixture::{Stage, is_root, need, skip};

/// What a file of the container's group says, in whichever version of groups it is.
fn in_group(stage: &Stage, id: &str, files: [&str; 2]) -> Option<String> {
    let names = files.map(|file| format!("-path '*/box-{id}/{file}'")).join(" -o ");
    let said = stage.shell(&format!("find /sys/fs/cgroup {names} 2>/dev/null | head -1 | xargs -r cat")).out;
    Some(said.trim().to_owned()).filter(|text| !text.is_empty())
}

#[test]
fn limits_of_a_running_container_change_at_once() {
    if !is_root() {
        skip!("no control group is delegated to this user");
    }
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    // Without limits there is no group; one of them comes with the first update.
    for options in [&["-m", "64m"][..], &[]] {
        let words =
            [&["run", "-d", "--replace", "--network", "none", "--name", &web], options, &[&busybox, "sleep", "99"]];
        let id = stage.run(&words.concat()).ok();
        let said = stage.run(&["update", "-m", "128m", "--memory-swap", "-1", "--pids-limit", "77", &web]);
        assert_eq!((said.out.trim(), said.code), (id.as_str(), 0), "{said}");
        if said.err.contains("not kept") {
            skip!("no control group can be made here");
        }
        assert_eq!(in_group(&stage, &id, ["memory.max", "memory.limit_in_bytes"]).as_deref(), Some("134217728"));
        assert_eq!(in_group(&stage, &id, ["pids.max", "pids.max"]).as_deref(), Some("77"));
        let exec = stage.run(&["exec", &web, "grep", "-c", &format!("box-{id}"), "/proc/self/cgroup"]);
        assert!(exec.code <= 1, "who comes later is admitted too: {exec}");
        stage.run(&["kill", &web]).ok();
        crate::fixture::wait_until("the groups are gone", || {
            in_group(&stage, &id, ["memory.max", "pids.max"]).is_none()
        });
        let recorded = stage.run(&["inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}", &web]).ok();
        assert_eq!(recorded, "134217728 77");
    }
}

#[test]
fn cpus_are_kept_without_any_group() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sleep", "99"]).ok();
    stage.run(&["update", "--cpuset-cpus", "0", &web]).ok();
    let allowed = stage.run(&["exec", &web, "grep", "Cpus_allowed_list", "/proc/1/status"]).ok();
    assert_eq!(allowed.split_whitespace().last(), Some("0"));
    if !is_root() {
        let said = stage.run(&["update", "-m", "64m", &web]);
        assert!(said.code == 0 && (said.err.is_empty() || said.err.contains("--memory is not kept")), "{said}");
    }
}

#[test]
fn variables_change_for_the_next_start() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "--network", "none", "--name", &web, "-e", "A=1", "-e", "B=2", &busybox, "env"]).ok();
    stage.run(&["update", "--env", "A=9", "--unsetenv", "B", "--ulimit", "nofile=64", &web]).ok();
    let said = stage.run(&["start", "-a", &web]).ok();
    assert!(said.lines().any(|line| line == "A=9") && !said.contains("B=2"), "{said}");
    assert!(stage.run(&["inspect", "-f", "{{json .HostConfig.Ulimits}}", &web]).ok().contains("64"));
}

#[test]
fn nonsense_changes_nothing() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, "-m", "64m", &payload]).ok();
    for bad in [&["-m", "x"][..], &["--memory-swap", "1m"], &["--cpu-rt-runtime", "1"], &["--device-read-bps", "/x:1m"]]
    {
        stage.run(&[&["update"], bad, &[web.as_str()]].concat()).fails(125);
    }
    assert_eq!(stage.run(&["inspect", "-f", "{{.HostConfig.Memory}}", &web]).ok(), "67108864");
    stage.run(&["update", "-m", "1m", "no-such-container"]).fails(1);
}
