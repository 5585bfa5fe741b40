//! `box stats`.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn one_list_says_what_a_container_uses() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let spin = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; sleep 1000";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", spin]).ok();
    wait_until("it has worked", || stage.run(&["logs", &web]).out == "done\n");
    let said = stage.run(&["stats", "--no-stream", &web]).ok();
    let heading = said.lines().next().expect("a heading");
    assert!(heading.starts_with("ID") && heading.contains("MEM USAGE / LIMIT"), "{said}");
    assert!(said.lines().nth(1).expect("a line").contains(&web), "{said}");

    let said = stage.run(&["stats", "--no-stream", "--format", "json", &web]).ok();
    let list: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(list[0]["name"], web.as_str());
    assert_ne!(list[0]["cpu_time"], "0s", "{said}");
    let numbers = "{{.CPUNano}} {{.PIDs}} {{.MemLimit}} {{.NetInput}}";
    let said = stage.run(&["stats", "--no-stream", "--format", numbers, &web]).ok();
    let numbers: Vec<u64> = said.split(' ').map(|word| word.parse().expect("a number")).collect();
    assert!(numbers[0] > 0 && numbers[1] >= 1 && numbers[2] > 0, "{said}");
    let memory = stage.run(&["stats", "--no-stream", "--format", "{{.MemUsageBytes}}", &web]).ok();
    assert!(!memory.starts_with("0B"), "{memory}");
}

#[test]
fn what_does_not_run_is_shown_when_asked_for() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["create", "--name", "still", &payload]).ok();
    assert_eq!(stage.run(&["stats", "--no-stream", "--format", "{{.Name}}"]).ok(), "");
    let line = "{{.Name}} {{.CPUPerc}} {{.MemUsage}}";
    assert_eq!(stage.run(&["stats", "--no-stream", "-a", "--format", line]).ok(), "still -- -- / --");
    // Nothing of what was named can change any more.
    assert_eq!(stage.run(&["stats", "--format", line, "still"]).ok(), "still -- -- / --");
    stage.run(&["stats", "--no-stream", "no-such-container"]).fails(1);
    stage.run(&["stats", "-i", "0"]).fails(125);
}

#[test]
fn it_goes_on_until_the_container_ends() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    let mut running = stage.start(&["stats", "-i", "1", "--format", "{{.Name}} {{.CPUPerc}}", &web]);
    running.expect(&format!("{web} "));
    stage.run(&["kill", &web]).ok();
    running.expect(&format!("{web} --"));
    running.finish().ok();
}

#[test]
fn at_a_terminal_there_are_bars() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    let mut terminal = stage.terminal(&["stats", &web]);
    terminal.expect("·····");
    terminal.expect("%");
    terminal.send("\x03");
    assert_eq!(terminal.finish().0, 130);
}
