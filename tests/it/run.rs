//! `box run`: streams, exit codes, what the options change inside.

use crate::fixture::{Stage, many_ids, need, wait_until};

#[test]
fn output_and_errors_stay_apart() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["run", "--rm", &payload, "/payload", "lines", "out", "err"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "out\n", "err\n"), "{said}");
}

#[test]
fn the_payloads_exit_code_is_ours() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for code in [0, 1, 7, 125, 255] {
        stage.run(&["run", "--rm", &payload, "/payload", "exit", &code.to_string()]).ends_with(code);
    }
}

#[test]
fn what_cannot_start_ends_with_125_126_or_127() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "--rm", "--no-such-option", &payload]).fails(125);
    stage.run(&["run", "--rm", "-v", "/no/such/source:/x", &payload]).fails(125);
    stage.run(&["run", "--rm", &payload, "/etc"]).fails(126);
    stage.run(&["run", "--rm", &payload, "/etc/passwd"]).fails(126);
    stage.run(&["run", "--rm", "-w", "/etc/passwd", &payload]).fails(126);
    stage.run(&["run", "--rm", &payload, "/no-such-program"]).fails(127);
    stage.run(&["run", "--rm", &payload, "no-such-program"]).fails(127);
}

#[test]
fn an_image_that_nobody_has_is_an_error_of_ours() {
    let stage = Stage::new();
    let missing = stage.image("payload").expect("is always there").replace("/payload", "/missing");
    let said = stage.run(&["run", "--rm", &missing]).fails(125);
    assert!(said.contains("missing"), "{said}");
}

#[test]
fn a_missing_image_is_pulled_and_progress_stays_off_standard_output() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["run", "--rm", &payload, "/payload", "lines", "out", "err"]);
    assert_eq!((said.code, said.out.as_str()), (0, "out\n"), "{said}");
    stage.run(&["run", "--rm", "--pull", "never", &payload, "/payload", "exit", "0"]).ok();
}

#[test]
fn detached_prints_the_id_and_outlives_the_cli() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let id = stage.run(&["run", "-d", "--name", &web, &payload, "/payload", "wait"]).ok();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id:?} is an id");
    wait_until("the payload is ready", || stage.run(&["logs", &web]).out == "ready\n");
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}}", &web]).ok(), "running");
    assert_eq!(stage.run(&["rm", "-f", &web]).ok(), web);
}

#[test]
fn a_name_is_used_once() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    let said = stage.run(&["run", "--name", &web, &payload]).fails(125);
    assert!(said.contains("is already in use by"), "scripts look for these words: {said}");
}

#[test]
fn rm_leaves_no_container() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "--rm", &payload, "/payload", "exit", "3"]).ends_with(3);
    stage.run(&["run", "--rm", "-d", &payload, "/payload", "exit", "0"]).ok();
    wait_until("the container is gone", || stage.run(&["ps", "-aq"]).ok().is_empty());
}

#[test]
fn the_command_line_reaches_the_payload_word_by_word() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["run", "--rm", &payload, "/payload", "lines", "a b", "--rm"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("a b\n", "--rm\n"));
    stage.run(&["run", "--rm", "--entrypoint", "/payload", &payload, "exit", "4"]).ends_with(4);
    stage.run(&["run", "--rm", "--entrypoint", r#"["/payload", "exit"]"#, &payload, "6"]).ends_with(6);
}

#[test]
fn the_environment_is_the_images_and_what_was_asked_for() {
    let stage = Stage::shared();
    let report = stage.report(&["-e", "A=1", "-e", "B=two words", "-e", "HOME_OF_NOBODY", "--hostname", "here"]);
    let env = report["env"].as_object().expect("an object");
    for (name, value) in [("A", "1"), ("B", "two words"), ("PATH", "/bin:/usr/bin"), ("HOSTNAME", "here")] {
        assert_eq!(env[name], value, "{name} in {env:?}");
    }
    assert_eq!(env["HOME"], "/root");
    assert!(env.contains_key("container") && !env.contains_key("TERM"), "{env:?}");
    assert!(!env.contains_key("HOME_OF_NOBODY") && !env.contains_key("XDG_RUNTIME_DIR"), "{env:?}");
    assert_eq!(report["hostname"], "here");
}

#[test]
fn the_hostname_is_the_short_id_and_stands_in_etc_hosts() {
    let stage = Stage::shared();
    let report = stage.report(&["--add-host", "db:10.1.2.3"]);
    let hostname = report["hostname"].as_str().expect("a name");
    assert!(hostname.len() == 12 && hostname.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hostname}");
    let hosts = report["hosts"].as_str().expect("a file");
    assert!(hosts.contains(hostname) && hosts.contains("localhost") && hosts.contains("10.1.2.3"), "{hosts}");
}

#[test]
fn the_working_directory_is_made_if_it_is_missing() {
    let stage = Stage::shared();
    assert_eq!(stage.report(&[])["cwd"], "/");
    assert_eq!(stage.report(&["-w", "/tmp"])["cwd"], "/tmp");
}

#[test]
fn a_user_by_name_has_the_images_ids_and_groups() {
    need!(many_ids());
    let stage = Stage::shared();
    let report = stage.report(&["-u", "user"]);
    assert_eq!((&report["uid"], &report["gid"]), (&1000.into(), &1000.into()));
    assert_eq!(report["groups"], serde_json::json!([1000, 2000]));
    assert_eq!(report["env"]["HOME"], "/home");
    let report = stage.report(&["-u", "1234:5678", "--group-add", "2000"]);
    assert_eq!((&report["uid"], &report["gid"]), (&1234.into(), &5678.into()));
    assert_eq!(report["groups"], serde_json::json!([2000, 5678]));
}

#[test]
fn an_unknown_user_is_not_executable() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["run", "--rm", "-u", "nobody-knows", &payload]).fails(126);
    assert!(said.contains("nobody-knows"), "{said}");
}

#[test]
fn bind_mounts_show_the_hosts_files_and_read_only_holds() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    std::fs::write(stage.home().join("note"), "from outside\n").expect("a new file");
    let volume = format!("{}:/mnt", stage.home().display());
    let said = stage.run(&["run", "--rm", "-v", &volume, &busybox, "sh", "-c", "cat /mnt/note; echo in >/mnt/answer"]);
    assert_eq!(said.ok(), "from outside");
    assert_eq!(std::fs::read_to_string(stage.home().join("answer")).expect("was written"), "in\n");
    let volume = format!("{volume}:ro");
    let said = stage.run(&["run", "--rm", "-v", &volume, &busybox, "sh", "-c", "echo in >/mnt/more"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(!stage.home().join("more").exists());
    for file in ["note", "answer"] {
        std::fs::remove_file(stage.home().join(file)).expect("belongs to the user");
    }
}

#[test]
fn tmpfs_and_read_only_root() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let script = "touch /x 2>/dev/null && exit 1; touch /tmp/x && touch /run/x && touch /data/x";
    stage.run(&["run", "--rm", "--read-only", "--tmpfs", "/data", &busybox, "sh", "-c", script]).ok();
}

#[test]
fn a_reaper_is_process_1_with_init() {
    let stage = Stage::shared();
    let report = stage.report(&["--init"]);
    assert_ne!(report["pid"], 1);
    assert_eq!(report["parent"], 1);
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, "--network", "none", &payload, "/payload", "report"]).ok();
    stage.run(&["wait", &web]).ok();
    let alone: serde_json::Value = serde_json::from_str(&stage.run(&["logs", &web]).ok()).expect("a report");
    assert_eq!(alone["pid"], 1, "without it the payload is");
    stage.run(&["run", "--rm", "--init", &payload, "/payload", "exit", "9"]).ends_with(9);
}

#[test]
fn a_directory_is_a_root_file_system() {
    let stage = Stage::shared();
    let root = stage.home().join("root");
    std::fs::create_dir(&root).expect("a new directory");
    std::fs::copy(crate::fixture::payload(), root.join("payload")).expect("the payload can be copied");
    let said = stage.run(&["run", "--rm", "--rootfs", root.to_str().expect("is UTF-8"), "/payload", "exit", "5"]);
    said.ends_with(5);
}

#[test]
fn the_cidfile_is_written_once() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let file = stage.home().join("cid");
    let words = ["run", "--rm", "--cidfile", file.to_str().expect("is UTF-8"), &payload, "/payload", "exit", "0"];
    stage.run(&words).ok();
    assert_eq!(std::fs::read_to_string(&file).expect("is left").trim_end().len(), 64);
    stage.run(&words).fails(125);
}

#[test]
fn with_the_hosts_network_the_interfaces_are_the_hosts() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let said = stage.run(&["run", "--rm", "--network", "host", &payload, "/payload", "report"]).ok();
    let report: serde_json::Value = serde_json::from_str(&said).expect("a report");
    let ours = std::fs::read_link("/proc/self/ns/net").expect("has a network namespace");
    assert_eq!(report["namespaces"]["net"], ours.to_string_lossy().as_ref());
    let alone = stage.report(&[]);
    assert_ne!(alone["namespaces"]["net"], ours.to_string_lossy().as_ref());
}

#[test]
fn a_person_at_a_terminal_has_a_shell() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let mut terminal = stage.terminal(&["run", "-it", "--rm", &busybox, "sh"]);
    terminal.expect("# ");
    terminal.send("tty; stty size; echo $TERM\n");
    terminal.expect("/dev/pts/0");
    terminal.expect("24 80");
    terminal.expect("xterm");
    terminal.resize(30, 100);
    terminal.send("sleep 0.1; stty size\n");
    terminal.expect("30 100");
    terminal.send("exit 3\n");
    assert_eq!(terminal.finish().0, 3);
}

#[test]
fn control_c_reaches_the_payload_of_a_terminal() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let script = "trap 'echo caught; exit 4' INT; echo set; while :; do sleep 0.05; done";
    let mut terminal = stage.terminal(&["run", "-it", "--rm", &busybox, "sh", "-c", script]);
    terminal.expect("set");
    terminal.send("\x03");
    terminal.expect("caught");
    assert_eq!(terminal.finish().0, 4);
}

#[test]
fn ubuntu_bash_as_typed() {
    let stage = Stage::shared();
    let ubuntu = need!(stage.image("ubuntu"));
    let mut terminal = stage.terminal(&["run", "-it", "--rm", &ubuntu, "bash"]);
    terminal.expect("root@");
    terminal.expect("# ");
    terminal.send("apt-get --version | head -1\n");
    terminal.expect("apt ");
    terminal.send("ps aux | wc -l\n");
    terminal.expect("4\r\n");
    terminal.send("exit 3\n");
    assert_eq!(terminal.finish().0, 3);
}
