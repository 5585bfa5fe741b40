//! `box login`.

use std::os::unix::fs::PermissionsExt;

use crate::fixture::{Stage, need, registry};

fn auth_file(stage: &Stage) -> std::path::PathBuf {
    stage.home().join(".config/containers/auth.json")
}

#[test]
fn a_password_that_is_taken_is_kept_for_the_next_pull() {
    let stage = Stage::new();
    need!(stage.image("payload"));
    let (registry, file) = (registry::guarded_address(), auth_file(&stage));
    let image = format!("{registry}/payload");
    let said = stage.run(&["pull", "-q", &image]).fails(1);
    assert!(said.contains("log in"), "{said}");
    let said = stage.shell(&format!("echo secret | box login -v -u lab --password-stdin {registry}"));
    assert_eq!(said.ok(), format!("Used: {}\nLogin Succeeded!", file.display()));
    assert_eq!(std::fs::metadata(&file).expect("has been written").permissions().mode() & 0o777, 0o600);
    assert_eq!(stage.run(&["login", "--get-login", registry]).ok(), "lab");
    stage.run(&["pull", "-q", &image]).ok();
    let again = stage.run(&["login", registry]).ok();
    assert!(again.contains("Already logged in"), "{again}");
}

#[test]
fn a_wrong_password_is_refused_and_not_kept() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    let said = stage.run(&["login", "-u", "lab", "-p", "wrong", registry]).fails(1);
    assert!(said.contains("unauthorized"), "{said}");
    assert!(!auth_file(&stage).exists());
    stage.run(&["login", "--get-login", registry]).fails(1);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    let said = stage.run(&["login", registry]).fails(125);
    assert!(said.contains("--password-stdin"), "{said}");
    stage.run(&["login", "--password-stdin", registry]).fails(125);
    stage.run(&["login", "Not A Registry"]).fails(125);
}

#[test]
fn at_a_terminal_the_password_is_not_shown() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    let mut terminal = stage.terminal(&["login", registry]);
    terminal.expect(&format!("Username for {registry}: "));
    terminal.send("lab\n");
    terminal.expect("Password: ");
    terminal.send("secret\n");
    terminal.expect("Login Succeeded!");
    let (code, seen) = terminal.finish();
    assert_eq!((code, seen.contains("secret")), (0, false), "{seen}");
}

#[test]
fn a_credential_helper_keeps_what_it_is_configured_for() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    let helper = stage.home().join("bin/docker-credential-test");
    std::fs::create_dir(stage.home().join("bin")).expect("a new directory");
    let kept = stage.home().join("kept");
    let script = format!(
        "#!/bin/sh\ncase $1 in\nstore) cat >{0};;\nget) cat {0} 2>/dev/null || {{ echo credentials not found; exit 1; \
         }};;\nerase) rm {0};;\nesac\n",
        kept.display()
    );
    std::fs::write(&helper, script).expect("a new file");
    std::fs::set_permissions(&helper, PermissionsExt::from_mode(0o755)).expect("our file");
    let text = format!("{{\"credHelpers\": {{\"{registry}\": \"test\"}}, \"other\": [1, 2]}}");
    std::fs::write(auth_file(&stage), &text).expect("a new file");
    let path = "PATH=$HOME/bin:$PATH";
    stage.shell(&format!("export {path}; box login -u lab -p secret {registry}")).ok();
    assert!(std::fs::read_to_string(&kept).expect("the helper was asked").contains("\"Secret\":\"secret\""));
    assert_eq!(std::fs::read_to_string(auth_file(&stage)).expect("is there"), text);
    assert_eq!(stage.shell(&format!("export {path}; box login --get-login {registry}")).ok(), "lab");
    stage.shell(&format!("export {path}; box logout {registry}")).ok();
    assert!(!kept.exists());
}
