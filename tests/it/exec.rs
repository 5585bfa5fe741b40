//! `box exec`.

use crate::fixture::{Stage, need};

fn waiting(stage: &Stage, image: &str, options: &[&str]) -> String {
    let name = stage.name("web");
    let command: &[&str] = if image.contains("payload") { &["/payload", "wait"] } else { &["sleep", "1000"] };
    stage.run(&[&["run", "-d", "--network", "none", "--name", &name], options, &[image], command].concat()).ok();
    name
}

#[test]
fn streams_and_exit_code_are_those_of_the_program() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let web = waiting(&stage, &payload, &[]);
    let said = stage.run(&["exec", &web, "/payload", "lines", "out", "err"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "out\n", "err\n"), "{said}");
    stage.run(&["exec", &web, "/payload", "exit", "7"]).ends_with(7);
    stage.run(&["exec", &web, "/no-such-program"]).fails(127);
    stage.run(&["exec", &web, "/etc"]).fails(126);
}

#[test]
fn it_joins_every_namespace_and_has_the_containers_rights() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let web = waiting(&stage, &payload, &["-e", "A=1", "-w", "/tmp"]);
    let said = stage.run(&["exec", "-e", "B=2", &web, "/payload", "report"]).ok();
    let inside: serde_json::Value = serde_json::from_str(&said).expect("a report");
    let fresh = stage.report(&[]);
    for what in
        ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "Seccomp", "NoNewPrivs", "SigBlk", "SigIgn", "SigCgt"]
    {
        assert_eq!(inside["status"][what], fresh["status"][what], "{what}");
    }
    assert_eq!(inside["fds"].as_object().expect("an object").len(), 3, "{}", inside["fds"]);
    assert_eq!((&inside["env"]["A"], &inside["env"]["B"]), (&"1".into(), &"2".into()));
    assert_eq!(inside["cwd"], "/tmp");
    assert_eq!(inside["processes"].as_array().expect("a list").len(), 2, "{}", inside["processes"]);
}

#[test]
fn input_flows_and_ends() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = waiting(&stage, &busybox, &[]);
    assert_eq!(stage.shell(&format!("echo through | box exec -i {web} cat")).ok(), "through");
    assert_eq!(stage.shell(&format!("echo kept | {{ box exec {web} cat; cat; }}")).ok(), "kept");
}

#[test]
fn a_terminal_of_its_own() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = waiting(&stage, &busybox, &[]);
    let mut terminal = stage.terminal(&["exec", "-it", &web, "sh"]);
    terminal.expect("# ");
    terminal.send("tty\n");
    terminal.expect("/dev/pts/");
    terminal.send("exit 6\n");
    assert_eq!(terminal.finish().0, 6);
}

#[test]
fn the_articles_session_sees_process_1_and_ps() {
    let stage = Stage::shared();
    let debian = need!(stage.image("debian"));
    let web = stage.name("web");
    stage.run(&["run", "-d", "--name", &web, &debian, "sleep", "1000"]).ok();
    let said = stage.run(&["exec", &web, "ps", "aux"]).ok();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[1].contains("sleep 1000") && lines[2].contains("ps aux"), "{said}");
}

#[test]
fn what_does_not_run_cannot_be_entered() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    stage.run(&["exec", &web, "/payload"]).fails(126);
    let code = stage.run(&["exec", "no-such-container", "true"]).code;
    assert!(code == 125 || code == 1, "{code}");
}

#[test]
fn detached_it_goes_on_alone() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = waiting(&stage, &busybox, &[]);
    stage.run(&["exec", "-d", &web, "sh", "-c", "echo done >/tmp/mark"]).ok();
    let mark = || stage.run(&["exec", &web, "cat", "/tmp/mark"]).out == "done\n";
    crate::fixture::wait_until("the program has left its mark", mark);
}

#[test]
fn a_file_may_name_the_container() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let web = waiting(&stage, &payload, &["--cidfile", "cid"]);
    stage.run(&["exec", "--cidfile", "cid", "/payload", "exit", "4"]).ends_with(4);
    stage.run(&["exec", "--cidfile", "missing", "/payload", "exit", "4"]).fails(125);
    std::fs::remove_file(stage.home().join("cid")).expect("it was made");
    stage.run(&["exec", &web, "/payload", "exit", "5"]).ends_with(5);
}

#[test]
fn a_container_below_a_reaper_is_entered_joined_and_looked_at_as_any_other() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "-d", "-i", "--init", "--name", "web", "--network", "none", &busybox, "cat"]).ok();
    assert_eq!(stage.run(&["exec", "web", "hostname"]).ok().len(), 12);
    stage.shell("echo content >file; box cp file web:/tmp/file").ok();
    assert_eq!(stage.run(&["exec", "web", "cat", "/tmp/file"]).ok(), "content");
    let commands = stage.run(&["top", "web", "args"]).ok();
    assert!(commands.lines().any(|line| line == "cat"), "{commands}");
    let link = ["readlink", "/proc/self/ns/net"];
    let inside = stage.run(&[&["exec", "web"], &link[..]].concat()).ok();
    let words = ["run", "--rm", "--network", "container:web", &busybox];
    assert_eq!(stage.run(&[&words, &link[..]].concat()).ok(), inside);
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}
