//! What a default container looks like from inside, and what it must not reach.

use crate::fixture::{Stage, installed, is_root, many_ids, need, skip, wait_until};

/// CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP
const DEFAULT_CAPABILITIES: u64 = 0x8004_05fb;

fn status(report: &serde_json::Value, key: &str) -> u64 {
    u64::from_str_radix(report["status"][key].as_str().expect("a line of status"), 16).expect("hexadecimal")
}

#[test]
fn capabilities_are_the_default_set_and_none_is_inheritable() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    for set in ["CapPrm", "CapEff", "CapBnd"] {
        assert_eq!(status(&report, set) & !DEFAULT_CAPABILITIES, 0, "{set} {:x}", status(&report, set));
    }
    assert_eq!((status(&report, "CapInh"), status(&report, "CapAmb")), (0, 0));
    let none = stage.report(&["--cap-drop", "ALL"]);
    assert_eq!((status(&none, "CapPrm"), status(&none, "CapBnd")), (0, 0));
    let more = stage.report(&["--cap-add", "NET_ADMIN"]);
    assert_eq!(status(&more, "CapEff") >> 12 & 1, 1);
}

#[test]
fn a_filter_is_loaded_and_new_privileges_follow_the_option() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    assert_eq!((&report["status"]["Seccomp"], &report["status"]["NoNewPrivs"]), (&"2".into(), &"0".into()));
    let report = stage.report(&["--security-opt", "no-new-privileges"]);
    assert_eq!(report["status"]["NoNewPrivs"], "1");
    let report = stage.report(&["--security-opt", "seccomp=unconfined", "--root-emulation", "off"]);
    assert_eq!(
        report["status"]["Seccomp"],
        std::fs::read_to_string("/proc/self/status")
            .map_or("0", |text| { if text.contains("Seccomp:\t2") { "2" } else { "0" } })
    );
}

#[test]
fn unknown_and_forbidden_system_calls_give_the_errors_that_libraries_expect() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let call = |words: &[&str]| {
        let line = [&["run", "--rm", "--network", "none", &payload, "/payload", "call"], words].concat();
        stage.run(&line).ok()
    };
    assert_eq!(call(&["4000"]), "ENOSYS", "a call that no kernel has");
    let refused = |number: libc::c_long, arguments: &[&str]| {
        let number = number.to_string();
        let answer = call(&[&[number.as_str()], arguments].concat());
        assert!(answer == "EPERM" || answer == "ENOSYS", "{number}: {answer}");
    };
    refused(libc::SYS_bpf, &[]);
    refused(libc::SYS_kexec_load, &[]);
    refused(libc::SYS_userfaultfd, &[]);
    refused(libc::SYS_keyctl, &["0"]);
    refused(libc::SYS_io_uring_setup, &["1"]);
    let socket = libc::SYS_socket.to_string();
    for family in [libc::AF_ALG, libc::AF_VSOCK] {
        assert_ne!(call(&[&socket, &family.to_string(), &libc::SOCK_STREAM.to_string()]), "0", "family {family}");
    }
    assert_eq!(call(&[&socket, &libc::AF_UNIX.to_string(), &libc::SOCK_STREAM.to_string()]), "0");
}

#[test]
fn the_first_instruction_has_three_descriptors_whatever_the_caller_holds() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let script = format!(
        "for fd in $(seq 3 40); do eval \"exec $fd</etc/passwd\"; done
         box run --rm --network none {payload} /payload report"
    );
    let report: serde_json::Value = serde_json::from_str(&stage.shell(&script).ok()).expect("a report");
    let fds: Vec<&String> = report["fds"].as_object().expect("an object").keys().collect();
    assert_eq!(fds, ["0", "1", "2"], "{}", report["fds"]);
}

#[test]
fn signals_umask_and_session_do_not_depend_on_the_caller() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    // Not by the payload: Rust's runtime ignores SIGPIPE before its main begins.
    for surroundings in ["umask 022", "umask 077; trap '' PIPE HUP INT TERM CHLD"] {
        let inside = format!("box run --rm --network none {busybox} sh -c 'umask; exec grep ^Sig /proc/self/status'");
        let said = stage.shell(&format!("{surroundings}; {inside}")).ok();
        for line in ["0022", "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "SigCgt:\t0000000000000000"] {
            assert!(said.lines().any(|found| found == line), "{line:?} after `{surroundings}`:\n{said}");
        }
    }
    let report = stage.report(&[]);
    assert_eq!(report["session"], 1);
}

#[test]
fn every_namespace_is_its_own() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    for kind in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
        let ours = std::fs::read_link(format!("/proc/self/ns/{kind}")).expect("the kernel has it");
        assert_ne!(report["namespaces"][kind], ours.to_string_lossy().as_ref(), "{kind}");
    }
    let processes = report["processes"].as_array().expect("a list").len();
    assert!(processes <= 2, "the payload, and a reaper at most: {}", report["processes"]);
    assert_eq!(report["containerenv"], true);
}

#[test]
fn mounts_have_the_flags_of_the_bar() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    let mounts = report["mounts"].as_array().expect("a list");
    let options = |at: &str| {
        let mount = mounts.iter().rfind(|mount| mount["at"] == at).unwrap_or_else(|| panic!("{at} is mounted"));
        mount["options"].as_str().expect("text").to_owned()
    };
    for (at, flags) in [
        ("/proc", "nosuid,nodev,noexec"),
        ("/sys", "ro,nosuid,nodev,noexec"),
        ("/dev", "nosuid,noexec"),
        ("/dev/shm", "nosuid,nodev,noexec"),
        ("/proc/sys", "ro"),
        ("/sys/firmware", "ro"),
    ] {
        let found = options(at);
        for flag in flags.split(',').filter(|flag| !flag.is_empty()) {
            assert!(found.split(',').any(|option| option == flag), "{at} is {found}, not {flag}");
        }
    }
    for masked in ["kcore", "keys", "timer_list", "sched_debug", "kallsyms"] {
        let place = format!("/proc/{masked}");
        assert!(!std::path::Path::new(&place).exists() || !options(&place).is_empty(), "{place} is masked");
    }
    let home = stage.home();
    let home = home.to_string_lossy();
    let telling = mounts.iter().filter(|mount| mount.to_string().contains(&*home)).count();
    assert!(telling <= 8, "{telling} lines name the user's home");
}

#[test]
fn dev_holds_exactly_what_it_should() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    let expected = "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero";
    let found: Vec<&str> = report["dev"].as_array().expect("a list").iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(found, expected.split(' ').collect::<Vec<_>>());
}

#[test]
fn supplementary_groups_of_the_caller_stay_outside() {
    let stage = Stage::shared();
    let report = stage.report(&[]);
    let groups: Vec<u64> =
        report["groups"].as_array().expect("a list").iter().filter_map(|group| group.as_u64()).collect();
    assert!(groups.iter().all(|group| *group == 0 || *group == 65534), "{groups:?}");
}

#[test]
fn a_working_directory_through_a_leaked_descriptor_is_refused() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    for fd in 3..20 {
        let directory = format!("/proc/self/fd/{fd}");
        let run = stage.run(&["run", "--rm", "--network", "none", "-w", &directory, &payload, "/payload", "report"]);
        assert_ne!(run.code, 0, "{run}");
        let exec = stage.run(&["exec", "-w", &directory, &web, "/payload", "report"]);
        assert_ne!(exec.code, 0, "{exec}");
    }
}

#[test]
fn the_store_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let mode = std::fs::metadata(stage.store()).expect("is there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn root_inside_owns_many_ids_or_says_one() {
    need!(many_ids());
    let stage = Stage::shared();
    let report = stage.report(&[]);
    let map = report["uid_map"].as_str().expect("a file");
    let count: u64 = map.lines().filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok()).sum();
    assert!(count >= 65536, "{map}");
}

#[test]
fn the_callers_files_keep_owner_and_mode() {
    use std::os::unix::fs::MetadataExt;
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let script =
        format!("touch out; chmod 640 out; box run --rm -u 1 --network none {payload} /payload lines a b >out 2>&1");
    stage.shell(&script);
    let status = std::fs::metadata(stage.home().join("out")).expect("is there");
    assert_eq!((status.uid(), status.mode() & 0o777), (nix::unistd::getuid().as_raw(), 0o640));
    std::fs::remove_file(stage.home().join("out")).expect("belongs to the user");
}

#[test]
fn no_fact_is_weaker_than_podmans() {
    need!(installed("podman"));
    if !is_root() {
        skip!("a rootless podman leaves a process behind");
    }
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    stage.run(&["tag", &payload, "localhost/probe:1"]).ok();
    stage.run(&["save", "-q", "-o", "probe.tar", "localhost/probe:1"]).ok();
    let podman = |words: &[&str]| {
        let mut command = stage.program("podman");
        command.args(["--root", "podman", "--runroot", "podman-run", "--cgroup-manager=cgroupfs"]).args(words);
        command.output().expect("is installed")
    };
    podman(&["load", "-q", "-i", "probe.tar"]);
    let said = podman(&[
        "run",
        "--rm",
        "--ulimit",
        "nofile=1024:1024",
        "--ulimit",
        "nproc=1024:1024",
        "--network",
        "none",
        "localhost/probe:1",
        "/payload",
        "report",
    ]);
    podman(&["rmi", "-a", "-f"]);
    if !said.status.success() {
        skip!("podman runs nothing here: {}", String::from_utf8_lossy(&said.stderr).trim());
    }
    let theirs: serde_json::Value = serde_json::from_slice(&said.stdout).expect("a report");
    let ours = stage.report(&[]);
    let hexadecimal = |report: &serde_json::Value, key: &str| {
        u64::from_str_radix(report["status"][key].as_str().expect("a line of the kernel"), 16).expect("a set")
    };
    for set in ["CapAmb", "CapBnd", "CapEff", "CapInh", "CapPrm"] {
        assert_eq!(hexadecimal(&ours, set) & !hexadecimal(&theirs, set), 0, "{set}");
    }
    assert_eq!(ours["status"]["Seccomp"], "2");
    let guards = |report: &serde_json::Value, place: &str| -> Option<Vec<String>> {
        let mount = report["mounts"].as_array()?.iter().rev().find(|mount| mount["at"] == place)?;
        let words = mount["options"].as_str()?.split(',').map(str::to_owned);
        Some(words.filter(|word| ["ro", "nosuid", "nodev", "noexec"].contains(&word.as_str())).collect())
    };
    for mount in theirs["mounts"].as_array().expect("a table") {
        let place = mount["at"].as_str().expect("a path");
        let (wanted, found) = (guards(&theirs, place).unwrap_or_default(), guards(&ours, place));
        let found = found.unwrap_or_else(|| panic!("podman covers {place}"));
        assert!(wanted.iter().all(|word| found.contains(word)), "{place}: {found:?}, podman {wanted:?}");
    }
}

/// How often a race is tried; more by a variable.
fn rounds() -> u32 {
    std::env::var("BOX_TEST_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// CVE-2019-5736: a container waits for a process of the engine, to open its program and write to it.
#[test]
fn a_container_never_holds_the_engines_program() {
    let stage = Stage::shared();
    let (payload, name) = (need!(stage.image("payload")), stage.name("watch"));
    stage.run(&["run", "-d", "--name", &name, "--network", "none", &payload, "/payload", "watch"]).ok();
    wait_until("it is at work", || stage.run(&["logs", &name]).out == "ready\n");
    for _ in 0..rounds() {
        stage.run(&["exec", &name, "/payload", "exit", "0"]).ok();
        stage.run(&["cp", &format!("{name}:/payload"), "copy"]).ok();
    }
    assert_eq!(stage.run(&["logs", &name]).out, "ready\n");
    stage.run(&["rm", "-f", "-t", "0", &name]).ok();
}

/// CVE-2021-30465: the place of a mount is in a volume, where another container exchanges it for a link.
#[test]
fn a_mount_lands_in_its_container_whatever_another_does_to_its_place() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let (given, victim) = (stage.home().join("given"), stage.home().join("victim"));
    for dir in [&given, &victim] {
        std::fs::create_dir(dir).unwrap();
    }
    let target = victim.to_str().unwrap();
    let words = ["-v", "shared:/shared", &payload, "/payload", "exchange", "/shared/race", target];
    stage.run(&[&["run", "-d", "--name", "racer", "--network", "none"], &words[..]].concat()).ok();
    wait_until("it is at work", || stage.run(&["logs", "racer"]).out == "ready\n");
    let mount = format!("{}:/shared/race/given", given.display());
    for _ in 0..rounds() {
        // It may find its place gone; it must not find another one.
        let words = ["run", "--rm", "--network", "none", "-v", "shared:/shared", "-v", &mount, &payload];
        stage.run(&[&words, &["/payload", "exit", "0"][..]].concat());
    }
    assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(&given).unwrap().count(), 0);
    stage.run(&["rm", "-f", "-t", "0", "racer"]).ok();
    stage.run(&["volume", "rm", "-f", "shared"]).ok();
}
