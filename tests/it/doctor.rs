//! `box doctor`.

use crate::fixture::{Stage, installed, is_root, many_ids};

#[test]
fn abilities_are_tried_and_named_for_programs() {
    let stage = Stage::new();
    let said = stage.run(&["doctor", "--json"]).ok();
    let document: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let findings = document["findings"].as_array().expect("a list");
    let state = |name: &str| {
        let finding = findings.iter().find(|finding| finding["name"] == name);
        finding.unwrap_or_else(|| panic!("{name} is not looked at: {said}"))["state"].clone()
    };
    for name in ["user-namespaces", "mounts", "process-namespaces", "seccomp", "store"] {
        assert_eq!(state(name), "works", "the tests run containers here: {said}");
    }
    assert_eq!(state("subordinate-ids") == "works", is_root() || are_ids_granted(), "{said}");
    for finding in findings {
        let lines = |key: &str| finding[key].as_array().expect("lines").len();
        let needs = finding["state"] != "works";
        assert!(!needs || (finding["without"] != "" && lines("user") + lines("administrator") > 0), "{finding}");
    }
}

/// As subuid(5) has it, by name.
fn are_ids_granted() -> bool {
    let user = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map(|user| user.name);
    let listed = |file: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().any(|line| line.split(':').next() == user.as_deref())
    };
    listed("/etc/subuid") && listed("/etc/subgid") && installed("newuidmap").is_ok()
}

#[test]
fn for_people_each_ability_is_a_line_and_what_mends_it_follows() {
    let stage = Stage::new();
    let said = stage.run(&["doctor"]).ok();
    assert!(said.lines().any(|line| line.starts_with("ok") && line.contains("user-namespaces")), "{said}");
    assert!(many_ids().is_ok() || said.contains("usermod --add-subuids"), "{said}");
}

#[test]
fn a_machine_that_runs_no_containers_is_told_by_the_exit_code_and_pulls_all_the_same() {
    let stage = Stage::new();
    if stage.shell("unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces'").code != 0 {
        crate::fixture::skip!("this machine does not let a user namespace lower its own limits");
    }
    let payload = crate::fixture::need!(stage.image("payload"));
    let within = |command: &str| {
        stage.shell(&format!(
            "export -f box; unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_user_namespaces; {command}'"
        ))
    };
    let said = within("box doctor");
    assert!(said.code == 1 && said.out.contains("max_user_namespaces=15000"), "{said}");
    within(&format!("box pull -q {payload} && box images -q && box inspect {payload} && box save -o image {payload}"))
        .ok();
    let refused = within(&format!("box run --rm {payload}"));
    assert!(refused.code == 125 && refused.err.contains("max_user_namespaces"), "{refused}");
    assert!(is_root() || !refused.err.contains("--root"), "it has nothing to do with disks: {refused}");
}
