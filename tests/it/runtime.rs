//! `--runtime`: another OCI runtime runs the program, and the container is box's own in everything else.

use std::path::PathBuf;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::fixture::{Stage, installed, need, say_skipped, wait_until};

/// Does this with each runtime that the machine has.
fn with_each(act: impl Fn(&str)) {
    for runtime in ["crun", "runc"] {
        match installed(runtime) {
            Ok(path) => act(path.to_str().expect("a plain path")),
            Err(reason) => say_skipped(&reason),
        }
    }
}

#[test]
fn streams_and_exit_codes_are_the_usual_ones() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    with_each(|runtime| {
        let run = |words: &[&str]| stage.run(&[&["run", "--rm", "--runtime", runtime, &busybox], words].concat());
        let said = run(&["sh", "-c", "echo out; echo err >&2; exit 7"]);
        assert_eq!((said.out.as_str(), said.code), ("out\n", 7), "{}", said.err);
        assert!(said.err.contains("err"));
        run(&["sh", "-c", "kill -9 $$"]).ends_with(137);
        run(&["no-such-program"]).fails(127);
        run(&["/etc"]).fails(126);
        // Where Podman's users write it.
        stage.run(&["--runtime", runtime, "run", "--rm", &busybox, "sh", "-c", "exit 8"]).ends_with(8);
    });
}

#[test]
fn its_payload_has_the_rights_that_box_would_give() {
    let stage = Stage::shared();
    let options: [&[&str]; 4] = [
        &[],
        &["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
        &["--read-only", "--ulimit", "nofile=100", "--umask", "077"],
        &["--privileged"],
    ];
    with_each(|runtime| {
        for options in options {
            let own = stage.report(options);
            let others = stage.report(&[&["--runtime", runtime], options].concat());
            for fact in ["uid", "gid", "groups", "capabilities", "no_new_privs", "seccomp", "umask", "limits", "cwd"] {
                let told = |report: &Value| report.get(fact).cloned();
                assert_eq!(told(&others), told(&own), "{fact} of {options:?} by {runtime}");
            }
        }
    });
}

#[test]
fn users_volumes_and_names_are_as_ever() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    std::fs::create_dir_all(stage.home().join("shared")).unwrap();
    with_each(|runtime| {
        let script = "hostname; pwd; echo $COLOUR; head -n 1 /etc/hosts; echo from inside > /shared/file; \
                      ls /run/secrets; touch /new 2>/dev/null || echo read-only";
        stage.shell("echo hidden | box secret create --replace key -").ok();
        let options = ["--hostname", "inside", "-w", "/tmp", "-e", "COLOUR=green", "--secret", "key", "--read-only"];
        let said = stage
            .run(
                &[
                    &["run", "--rm", "--network", "none", "--runtime", runtime, "-v", "./shared:/shared"],
                    &options[..],
                    &[&busybox, "sh", "-c", script],
                ]
                .concat(),
            )
            .ok();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[..3], ["inside", "/tmp", "green"]);
        assert!(lines[3].contains("localhost"), "{said}");
        assert_eq!(lines[4..], ["key", "read-only"]);
        assert_eq!(std::fs::read_to_string(stage.home().join("shared/file")).unwrap(), "from inside\n");
    });
}

#[test]
fn a_detached_one_is_process_1_and_every_command_works_on_it() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    with_each(|runtime| {
        stage.run(&["run", "-d", "--name", "one", "--runtime", runtime, &busybox, "sleep", "1000"]).ok();
        assert_eq!(stage.run(&["inspect", "--format", "{{.OCIRuntime}}", "one"]).ok(), runtime);
        assert_eq!(stage.run(&["exec", "one", "cat", "/proc/1/comm"]).ok(), "sleep");
        assert!(stage.run(&["top", "one"]).ok().contains("sleep 1000"));
        stage.shell("echo text > file && box cp file one:/tmp/file && box exec one cat /tmp/file").ok();
        // What process 1 does not handle, ends it all the same, and at once.
        stage.run(&["stop", "one"]).ok();
        assert_eq!(stage.run(&["wait", "one"]).ok(), "143");
        stage.run(&["start", "one"]).ok();
        stage.run(&["kill", "one"]).ok();
        assert_eq!(stage.run(&["wait", "one"]).ok(), "137");
        stage.run(&["rm", "one"]).ok();
    });
}

#[test]
fn a_person_at_a_terminal_has_a_shell() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    with_each(|runtime| {
        let mut terminal = stage.terminal(&["run", "-it", "--rm", "--runtime", runtime, &busybox, "sh"]);
        terminal.expect("# ");
        terminal.send("tty; stty size\n");
        terminal.expect("/dev/pts/0");
        terminal.expect("24 80");
        terminal.resize(30, 100);
        terminal.send("sleep 0.1; stty size\n");
        terminal.expect("30 100");
        terminal.send("exit 5\n");
        assert_eq!(terminal.finish().0, 5);
    });
}

#[test]
fn it_ends_with_its_monitor() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    with_each(|runtime| {
        stage.run(&["run", "-d", "--name", "one", "--runtime", runtime, &busybox, "sleep", "1000"]).ok();
        let pid = |format: &str| stage.run(&["inspect", "--format", format, "one"]).ok().parse::<i32>().unwrap();
        let (monitor, payload) = (pid("{{.State.ConmonPid}}"), pid("{{.State.Pid}}"));
        kill(Pid::from_raw(monitor), Signal::SIGKILL).unwrap();
        wait_until("the payload has ended", || !PathBuf::from(format!("/proc/{payload}")).exists());
        stage.run(&["rm", "one"]).ok();
    });
}

#[test]
fn what_it_cannot_do_is_refused() {
    let stage = Stage::shared();
    let image = need!(stage.image("payload"));
    stage.run(&["run", "--runtime", "no-such-runtime", &image]).fails(125);
    with_each(|runtime| {
        let refused = |options: &[&str], word: &str| {
            let said = stage.run(&[&["run", "--rm", "--runtime", runtime], options, &[&image]].concat()).fails(125);
            assert!(said.contains(word), "{said}");
        };
        refused(&["--pid", "host"], "pid namespace");
        refused(&["-v", "/etc/passwd:/proc/version"], "/proc/version");
        refused(&["--runtime-flag", "no-such-option"], "no-such-option");
    });
    // One that ends without a word.
    let said = stage.run(&["run", "--rm", "--runtime", "/bin/false", &image]).fails(125);
    assert!(said.contains("/bin/false"), "{said}");
}
