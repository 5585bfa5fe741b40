//! Machines that lack something: the next best way is taken, and said once.

use crate::fixture::{Stage, need, skip, wait_until};

/// Runs `script` where a part of /proc is covered, as in the containers of others.
fn where_proc_is_covered(stage: &Stage, script: &str) -> Option<crate::fixture::Outcome> {
    let cover = "mount -t tmpfs none /proc/fs";
    if stage.shell(&format!("unshare -Urm sh -c '{cover}'")).code != 0 {
        return None;
    }
    Some(stage.shell(&format!("export -f box; unshare -Urm bash -c '{cover} && {script}'")))
}

#[test]
fn in_a_container_of_others_the_processes_are_shared_and_end_all_the_same() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["pull", "-q", &busybox]).ok();
    let run = format!("box run --rm --network none {busybox} sh -c \"(setsid sleep 600 &) ; echo done\"");
    let Some(said) = where_proc_is_covered(&stage, &run) else {
        skip!("nothing may be mounted over /proc in a user namespace here");
    };
    assert!(said.err.contains("sees the processes outside"), "{said}");
    assert_eq!(said.ok(), "done");
    // What was left behind has ended with the container: the stage looks for it.
}

#[test]
fn processes_of_a_shared_namespace_end_with_the_container() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let script = "(setsid sleep 600 &) ; (setsid sh -c 'sleep 600 & sleep 600' &) ; echo done";
    let said = stage.run(&["run", "--rm", "--pid", "host", "--network", "none", &busybox, "sh", "-c", script]);
    assert_eq!(said.ok(), "done");
}

#[test]
fn processes_left_in_the_process_namespace_of_another_container_end_with_their_own() {
    let stage = Stage::new();
    let (busybox, other) = (need!(stage.image("busybox")), stage.name("other"));
    stage.run(&["run", "-d", "--name", &other, "--network", "none", &busybox, "sleep", "600"]).ok();
    let (pid, script) = (format!("container:{other}"), "(setsid sleep 601 &) ; echo done");
    let said = stage.run(&["run", "--rm", "--pid", &pid, "--network", "none", &busybox, "sh", "-c", script]);
    assert_eq!(said.ok(), "done");
    let processes = stage.run(&["exec", &other, "ps"]).ok();
    assert!(processes.contains("sleep 600") && !processes.contains("sleep 601"), "{processes}");
    stage.run(&["rm", "-f", "-t", "0", &other]).ok();
}

#[test]
fn what_ends_in_a_shared_process_namespace_is_reaped_and_what_writes_on_ends() {
    let stage = Stage::new();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "for n in 1 2 3 4 5; do (setsid sh -c 'echo $$' &); done; sleep 600";
    let options = ["run", "-d", "--name", &web, "--pid", "host", "--network", "none"];
    stage.run(&[&options[..], &[&busybox, "sh", "-c", script]].concat()).ok();
    let orphans = || -> Vec<String> { stage.run(&["logs", &web]).ok().lines().map(str::to_owned).collect() };
    wait_until("all have said who they are", || orphans().len() == 5);
    let is_gone = |pid: &String| !std::path::Path::new("/proc").join(pid).exists();
    wait_until("nothing is left of them", || orphans().iter().all(is_gone));
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
    // One that fills the log as fast as it is read does not keep the container from ending.
    stage.run(&[&options[..], &[&busybox, "sh", "-c", "yes & exit 7"]].concat()).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "7");
    stage.run(&["rm", &web]).ok();
}
