//! Machines that lack something: the next best way is taken, and said once.

use crate::fixture::{Stage, need, skip};

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
