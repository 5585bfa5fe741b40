//! `box run host`: the machine's own userland beneath a throw-away overlay.

use crate::fixture::{Stage, need, wait_until};

#[test]
fn the_machines_programs_run_and_nothing_written_reaches_it() {
    let stage = Stage::new();
    let mark = format!("box-test-{}", std::process::id());
    let script = format!("touch /usr/{mark} /etc/{mark} && ls /usr/{mark} && cat /etc/os-release | head -1");
    let said = stage.run(&["run", "--rm", "--network", "none", "host", "bash", "-c", &script]).ok();
    assert!(said.starts_with(&format!("/usr/{mark}")), "{said}");
    for place in ["/usr", "/etc"] {
        assert!(!std::path::Path::new(place).join(&mark).exists(), "{place} stays as it is");
    }
}

#[test]
fn homes_and_secrets_of_the_machine_are_not_shown() {
    let stage = Stage::new();
    std::fs::write(stage.home().join("secret"), "hidden").expect("a new file");
    let script = format!(
        "ls -A /root /home /run /tmp /var/tmp; cat {}/secret; echo; ls /proc | grep -c '^[0-9]'",
        stage.home().display()
    );
    let said = stage.run(&["run", "--rm", "--network", "none", "host", "bash", "-c", &script]);
    assert!(!said.out.contains("hidden") && !said.out.contains("box-it."), "{said}");
}

#[test]
fn it_needs_no_download_and_has_a_shell() {
    let stage = Stage::new();
    let mut terminal = stage.terminal(&["run", "-it", "--rm", "--network", "none", "host", "bash"]);
    terminal.expect("# ");
    terminal.send("id -u; exit 3\n");
    terminal.expect("0\r\n");
    assert_eq!(terminal.finish().0, 3);
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
}

#[test]
fn it_lives_on_detached() {
    let stage = Stage::new();
    need!(crate::fixture::installed("sleep"));
    stage.run(&["run", "-d", "--name", "web", "--network", "none", "host", "sleep", "1000"]).ok();
    wait_until("it runs", || stage.run(&["exec", "web", "true"]).code == 0);
    stage.run(&["stop", "web"]).ok();
    stage.run(&["rm", "web"]).ok();
}
