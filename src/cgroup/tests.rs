//! Limits on a machine without groups, and on this one (skipped aloud where nothing is writable).

use std::process::{Command, Stdio};

use super::*;

#[test]
fn without_groups_each_limit_is_said_to_be_not_kept_but_cpus_are() {
    let limits = Limits {
        memory: Some(1 << 20),
        pids: Some(5),
        cpuset_cpus: Some("0".into()),
        cgroups: CgroupMode::Disabled,
        ..Limits::default()
    };
    let (plan, warnings) = Plan::choose(&limits, "x").unwrap();
    assert_eq!(
        warnings,
        [
            "--memory is not kept: no writable cgroup has the memory controller",
            "--pids-limit is not kept: no writable cgroup has the pids controller"
        ]
    );
    assert_eq!(plan, Plan { affinity: vec![0], ..Plan::default() });
    plan.create().unwrap();
    assert!(plan.open_v2().is_none() && !plan.kill());
}

#[test]
fn the_unit_of_a_users_group_is_known_by_its_path() {
    let manager = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";
    for (group, found) in [
        ("/app.slice/web.service/container", Some(("web.service", "/container"))),
        ("/app.slice/box-1.scope/box-1", Some(("box-1.scope", "/box-1"))),
        ("/app.slice/a.slice/web.service", Some(("web.service", "/"))),
        ("/box-1.scope/box-1/system.slice/inner.service", Some(("box-1.scope", "/box-1/system.slice/inner.service"))),
        ("/app.slice", None),
    ] {
        assert_eq!(users_unit(Path::new(&format!("{manager}{group}"))), found, "{group}");
    }
    assert_eq!(users_unit(Path::new("/sys/fs/cgroup/system.slice/web.service/container")), None);
}

#[test]
fn no_limit_means_no_group_and_no_word() {
    assert_eq!(Plan::choose(&Limits::default(), "x").unwrap(), (Plan::default(), Vec::new()));
}

#[test]
fn limits_hold_for_a_process_that_was_admitted() {
    let limits = Limits { memory: Some(64 << 20), pids: Some(3), nano_cpus: Some(500_000_000), ..Limits::default() };
    let (plan, warnings) = Plan::choose(&limits, &format!("test-{}", std::process::id())).unwrap();
    if plan.groups.is_empty() {
        eprintln!("SKIP limits: {}", warnings.join("; "));
        return;
    }
    if let Err(error) = plan.create() {
        eprintln!("SKIP limits: {error}");
        return;
    }
    let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    plan.admit(Pid::from_raw(child.id() as i32)).unwrap();
    plan.admit(Pid::from_raw(child.id() as i32)).unwrap();
    for group in &plan.groups {
        let members = fs::read_to_string(group.directory.join("cgroup.procs")).unwrap();
        assert_eq!(members.trim(), child.id().to_string(), "{}", group.directory.display());
        for value in group.values.iter().filter(|value| !value.may_lack) {
            let content = fs::read_to_string(group.directory.join(&value.file)).unwrap();
            assert_eq!(content.trim(), value.content, "{}", value.file);
        }
    }
    drop(child.stdin.take());
    child.wait().unwrap();
    plan.remove();
    assert!(plan.groups.iter().all(|group| !group.directory.exists()), "a group is left");
}
