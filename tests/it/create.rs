//! `box create`.

use crate::fixture::{Stage, need};

#[test]
fn it_prints_the_id_and_runs_nothing() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let id = stage.run(&["create", "--name", &web, &payload]).ok();
    assert_eq!(id.len(), 64);
    assert_eq!(
        stage.run(&["inspect", "-f", "{{.Id}} {{.State.Status}} {{.State.Pid}}", &web]).ok(),
        format!("{id} created 0")
    );
    assert_eq!(stage.run(&["rm", &id[..12]]).ok(), id[..12]);
}

#[test]
fn the_streams_of_its_starts_are_chosen_before() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for (options, shown) in [
        (&[][..], ("o\n", "e\n")),
        (&["-a", "stdout"], ("o\n", "")),
        (&["--attach=stderr", "-a", "stdin"], ("", "e\n")),
    ] {
        let web = stage.name("web");
        let words =
            [&["create", "--name", &web, "--network", "none"], options, &[&payload, "/payload", "lines", "o", "e"]];
        stage.run(&words.concat()).ok();
        let said = stage.run(&["start", "--attach", &web]);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, shown.0, shown.1), "{options:?}");
        stage.run(&["rm", &web]).ok();
    }
}

#[test]
fn of_sixteen_callers_one_gets_the_name() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let script =
        format!("for n in $(seq 16); do (box create --name {web} {payload} 2>/dev/null || echo refused) & done; wait");
    let said = stage.shell(&script).ok();
    assert_eq!(said.lines().filter(|line| *line == "refused").count(), 15, "{said}");
}

#[test]
fn each_start_writes_the_pid_files() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let options = ["create", "--network", "none", "--name", &web, "--pidfile", "pid", "--conmon-pidfile", "monitor"];
    stage.run(&[&options[..], &[&payload, "/payload", "wait"]].concat()).ok();
    let numbers = || ["pid", "monitor"].map(|file| std::fs::read_to_string(stage.home().join(file)).unwrap());
    let asked = stage.run(&["inspect", "-f", "{{.PidFile}} {{.ConmonPidFile}}", &web]).ok();
    assert_eq!(asked, ["pid", "monitor"].map(|file| stage.home().join(file).display().to_string()).join(" "));
    let mut earlier = Vec::new();
    for _ in 0..2 {
        // From another directory, too.
        stage.shell(&format!("cd / && box start {web}")).ok();
        let written = numbers();
        let known = stage.run(&["inspect", "-f", "{{.State.Pid}} {{.State.ConmonPid}}", &web]).ok();
        assert_eq!(written.join(" "), known);
        assert!(!earlier.contains(&known), "{known}");
        earlier.push(known);
        stage.run(&["stop", "-t", "0", &web]).ok();
    }
    // A program that has ended at once had a number all the same.
    stage
        .run(&["run", "--rm", "--network", "none", "--pidfile", "pid", &payload, "/payload", "exit", "3"])
        .ends_with(3);
    assert!(numbers()[0].parse::<i32>().is_ok_and(|pid| pid > 1));
}

#[test]
fn a_file_that_cannot_be_written_is_known_before_anything_runs() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let run = |option: &str| {
        let options = ["run", "-d", "--rm", "--network", "none", "--name", &web, option, "/no/such/file"];
        stage.run(&[&options[..], &[&payload, "/payload", "wait"]].concat()).fails(125)
    };
    for option in ["--pidfile", "--conmon-pidfile", "--cidfile"] {
        assert!(!run(option).contains("hint"), "{option}");
        stage.run(&["container", "exists", &web]).ends_with(1);
    }
}
