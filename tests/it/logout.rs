//! `box logout`.

use crate::fixture::{Stage, registry};

#[test]
fn what_login_keeps_is_forgotten_and_nothing_else() {
    let stage = Stage::new();
    let (first, second) = (registry::guarded_address(), registry::address());
    for place in [first, second] {
        stage.run(&["login", "-u", "lab", "-p", "secret", place]).ok();
    }
    assert_eq!(stage.run(&["logout", first]).ok(), format!("Removed login credentials for {first}"));
    stage.run(&["login", "--get-login", first]).fails(1);
    assert_eq!(stage.run(&["login", "--get-login", second]).ok(), "lab");
    let said = stage.run(&["logout", first]).fails(1);
    assert!(said.contains("not logged into"), "{said}");
    stage.run(&["logout", "--all"]).ok();
    stage.run(&["login", "--get-login", second]).fails(1);
}

#[test]
fn what_docker_login_made_is_left_to_docker() {
    let stage = Stage::new();
    let registry = registry::guarded_address();
    std::fs::create_dir(stage.home().join(".docker")).expect("a new directory");
    let text = format!("{{\"auths\": {{\"{registry}\": {{\"auth\": \"bGFiOnNlY3JldA==\"}}}}}}");
    let file = stage.home().join(".docker/config.json");
    std::fs::write(&file, &text).expect("a new file");
    let said = stage.run(&["logout", registry]).fails(1);
    assert!(said.contains("docker login"), "{said}");
    stage.run(&["logout", "--compat-auth-file", file.to_str().expect("is UTF-8"), registry]).ok();
    stage.run(&["login", "--get-login", registry]).fails(1);
}
