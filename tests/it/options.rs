//! Options of `run` and `create`, each seen from inside.

use std::time::Duration;

use crate::fixture::{Stage, is_root, many_ids, need, skip};

/// The lines that a shell of busybox says in a container of these options.
#[track_caller]
fn inside(stage: &Stage, options: &[&str], script: &str) -> String {
    let busybox = stage.image("busybox").expect("it was needed before");
    let words = [&["run", "--rm", "--network", "none"], options, &[busybox.as_str(), "sh", "-c", script]].concat();
    stage.run(&words).ok()
}

#[track_caller]
fn refused(stage: &Stage, options: &[&str], why: &str) {
    let words = [&["run", "--rm"], options, &["no-such-image"]].concat();
    let said = stage.run(&words).fails(125);
    assert!(said.contains(why), "{said}");
}

#[test]
fn variables_are_merged_taken_away_and_passed_on() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let said = inside(&stage, &["-e", "A=1", "--env-merge", "PATH=/more:${PATH}", "--env-merge", "B=<$A$NONE>"], "env");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("PATH=/more:/")) && lines.contains(&"B=<1>"), "{said}");
    let said = inside(&stage, &["--unsetenv", "container", "--unsetenv", "A"], "env");
    assert!(!said.contains("container=") && said.contains("HOSTNAME="), "{said}");
    let said = inside(&stage, &["--unsetenv-all", "-e", "A=1", "--entrypoint", "/bin/busybox"], "").len();
    assert_eq!(said, 0);
    let with_caller = |options: &str| {
        let line = format!("FOO_A=1 FOO_B=2 http_proxy=p box run --rm --network none {options} busybox env");
        stage.shell(&line.replace(" busybox ", &format!(" {} ", stage.image("busybox").expect("needed")))).ok()
    };
    assert!(with_caller("").contains("http_proxy=p") && !with_caller("").contains("FOO"));
    assert!(!with_caller("--http-proxy=false").contains("http_proxy"));
    assert!(with_caller("-e 'FOO_*'").contains("FOO_B=2"));
    assert!(with_caller("--env-host").contains("FOO_A=1"));
    refused(&stage, &["--unsetenv", "A=1"], "name of a variable");
    let file = stage.home().join(stage.name("env"));
    std::fs::write(&file, "OF_FILE=1\n").expect("a new file");
    let may_lack = |path: &std::path::Path| format!("-{}", path.display());
    let options = ["--env-file", &may_lack(&file), "--env-file", &may_lack(&file.with_extension("gone"))];
    assert_eq!(inside(&stage, &options, "echo $OF_FILE"), "1");
    refused(&stage, &["--env-file", &file.with_extension("gone").display().to_string()], "--env-file");
    std::fs::remove_file(file).expect("the user's own");
}

#[test]
fn a_time_zone_is_that_of_this_machine_or_a_named_one() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    refused(&stage, &["--tz", "../../../etc/passwd"], "no such time zone");
    refused(&stage, &["--tz", "No/Where"], "no such time zone");
    let zone = std::fs::read("/usr/share/zoneinfo/Asia/Tokyo");
    let Ok(zone) = zone else { skip!("this machine has no time zones") };
    assert!(inside(&stage, &["--tz", "Asia/Tokyo"], "wc -c </etc/localtime").contains(&zone.len().to_string()));
    // A link that leads nowhere, as in images without the package of time zones.
    let root = stage.home().join("root");
    std::fs::create_dir_all(root.join("etc")).expect("a new directory");
    std::os::unix::fs::symlink("/usr/share/zoneinfo/Etc/UTC", root.join("etc/localtime")).expect("a new link");
    std::fs::copy(crate::fixture::payload(), root.join("payload")).expect("a copy");
    let words = ["run", "--rm", "--network", "none", "--tz", "Asia/Tokyo", "--rootfs", "root", "/payload", "report"];
    let report: serde_json::Value = serde_json::from_str(&stage.run(&words).ok()).expect("a report");
    let mounts = report["mounts"].as_array().expect("a list");
    assert!(mounts.iter().any(|mount| mount["at"] == "/usr/share/zoneinfo/Etc/UTC"), "{report}");
    std::fs::remove_dir_all(root).expect("the user's own files");
}

#[test]
fn users_without_a_line_get_one() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    need!(many_ids());
    let has_passwd = inside(&stage, &[], "test -e /etc/passwd && echo yes || echo no") == "yes";
    if !has_passwd {
        skip!("{busybox} has no /etc/passwd");
    }
    let line = |options: &[&str]| inside(&stage, options, "grep \":$(id -u):\" /etc/passwd | tail -1");
    assert_eq!(line(&["--user", "4321:4322", "-w", "/tmp"]), "4321:*:4321:4322:container user:/tmp:/bin/sh");
    assert_eq!(line(&["--user", "4321", "--passwd-entry", "me:x:$UID:$GID:x:$HOME:/bin/x"]), "me:x:4321:0:x:/:/bin/x");
    let group = inside(&stage, &["-u", "4321:4322", "--group-entry", "us:x:$GID:"], "grep 4322 /etc/group");
    assert_eq!(group, "us:x:4322:");
    assert_eq!(inside(&stage, &["--user", "4321", "--passwd=false"], "grep -c 4321 /etc/passwd || true"), "0");
    let said = inside(&stage, &["--hostuser", "daemon", "--user", "daemon"], "grep ^daemon: /etc/passwd");
    assert!(said.starts_with("daemon:"), "{said}");
    // A file that was mounted is the caller's, and is not written to.
    std::fs::write(stage.home().join("passwd"), "root:x:0:0::/:/bin/sh\n").expect("a new file");
    let volume = format!("{}:/etc/passwd", stage.home().join("passwd").display());
    assert!(inside(&stage, &["-u", "4321", "-v", &volume], "cat /etc/passwd").contains("4321:*:4321"));
    let after = std::fs::read_to_string(stage.home().join("passwd")).expect("is there");
    assert_eq!(after, "root:x:0:0::/:/bin/sh\n");
    std::fs::remove_file(stage.home().join("passwd")).expect("the user's own");
    refused(&stage, &["--hostuser", "no-such-user"], "no such user");
    refused(&stage, &["--passwd-entry", "a:b"], "7 fields");
}

#[test]
fn a_kept_user_is_called_as_outside_in_exec_too() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    if is_root() {
        skip!("root keeps its id in any case");
    }
    let (uid, gid) = (nix::unistd::getuid().to_string(), nix::unistd::getgid().to_string());
    let ids = "echo $(id -u) $(id -g)";
    assert_eq!(inside(&stage, &["--userns", "keep-id"], ids), format!("{uid} {gid}"));
    stage.run(&["run", "-d", "--network", "none", "--userns", "keep-id", "--name", &web, &busybox, "sleep", "99"]).ok();
    assert_eq!(stage.run(&["exec", &web, "sh", "-c", ids]).ok(), format!("{uid} {gid}"));
    assert_eq!(stage.run(&["exec", "--user", "0", &web, "id", "-u"]).code == 0, many_ids().is_ok());
    let owner = nix::unistd::User::from_uid(nix::unistd::getuid()).expect("a list").expect("an account");
    if stage.run(&["exec", &web, "test", "-e", "/etc/passwd"]).code == 0 {
        assert_eq!(stage.run(&["exec", &web, "id", "-un"]).ok(), owner.name);
    }
}

#[test]
fn groups_of_the_caller_are_kept_on_request_only() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    refused(&stage, &["--group-add", "keep-groups", "--group-add", "1"], "stands alone");
    if !is_root() {
        // Whatever groups this user has are there, under whatever number.
        let outside = nix::unistd::getgroups().expect("a list").len();
        let kept = stage.report(&["--group-add", "keep-groups"])["groups"].as_array().expect("a list").len();
        assert_eq!(kept, outside);
        return;
    }
    let line = format!(
        "setpriv --groups 10,20,30 {} --root {} run --rm --network none OPTION {busybox} sh -c 'echo $(id -G)'",
        crate::fixture::binary().display(),
        stage.store().display()
    );
    let kept = stage.shell(&line.replace("OPTION", "--group-add keep-groups")).ok();
    assert!(["10", "20", "30"].iter().all(|group| kept.split(' ').any(|found| found == *group)), "{kept}");
    let dropped = stage.shell(&line.replace("OPTION", "")).ok();
    assert!(!dropped.split(' ').any(|found| ["20", "30"].contains(&found)), "{dropped}");
}

#[test]
fn the_kernel_pretends_to_be_a_smaller_one() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    if std::env::consts::ARCH != "x86_64" {
        skip!("only x86-64 has a smaller machine of a known name");
    }
    assert_eq!(inside(&stage, &["--personality", "LINUX32"], "uname -m"), "i686");
    assert_eq!(inside(&stage, &[], "uname -m"), "x86_64");
    refused(&stage, &["--personality", "BSD"], "LINUX or LINUX32");
}

#[test]
fn names_of_host_and_network_can_be_left_alone() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let mounted = "grep -c -e ' /etc/hostname ' -e ' /etc/hosts ' /proc/self/mountinfo || true";
    assert_eq!(inside(&stage, &[], mounted), "2");
    assert_eq!(inside(&stage, &["--no-hostname", "--no-hosts"], mounted), "0");
    std::fs::write(stage.home().join("base"), "10.1.2.3 base.example\n").expect("a new file");
    let said = inside(&stage, &["--hosts-file", "base", "--add-host", "x:10.9.9.9"], "cat /etc/hosts");
    assert!(
        said.starts_with("10.1.2.3 base.example") && said.contains("10.9.9.9") && said.contains("localhost"),
        "{said}"
    );
    std::fs::remove_file(stage.home().join("base")).expect("the user's own");
    assert_eq!(inside(&stage, &["--domainname", "lab.example"], "cat /proc/sys/kernel/domainname"), "lab.example");
    refused(&stage, &["--no-hosts", "--add-host", "a:1.2.3.4"], "--no-hosts");
}

#[test]
fn time_is_up_after_the_timeout() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let said = stage.run(&["run", "--rm", "--network", "none", "--timeout", "1", &busybox, "sleep", "50"]);
    assert_eq!(said.code, 137, "{said}");
    assert!((Duration::from_millis(900)..Duration::from_secs(30)).contains(&said.took), "{said}");
    assert_eq!(inside(&stage, &["--timeout", "50"], "echo done"), "done");
}

#[test]
fn proc_shm_and_limits_are_as_asked() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let proc = inside(&stage, &["--security-opt", "proc-opts=hidepid=2"], "grep ' /proc ' /proc/self/mountinfo");
    assert!(proc.contains("hidepid=") && proc.contains("nosuid"), "{proc}");
    refused(&stage, &["--security-opt", "proc-opts=suid"], "hidepid=");
    assert_eq!(inside(&stage, &["--ipc", "none"], "test -e /dev/shm && echo there || echo none"), "none");
    let shm = inside(&stage, &["--shm-size", "3m"], "df -k /dev/shm | tail -1");
    assert!(shm.contains("3072"), "{shm}");
    assert_eq!(inside(&stage, &["--ulimit", "nofile=77:99"], "ulimit -n; ulimit -Hn"), "77\n99");
    let outside = stage.shell("ulimit -n").ok();
    assert_eq!(inside(&stage, &["--ulimit", "host"], "ulimit -n"), outside);
    assert_eq!(inside(&stage, &["--umask", "0027"], "umask"), "0027");
    let value = "kernel.shm_rmid_forced=1";
    assert_eq!(inside(&stage, &["--sysctl", value], "cat /proc/sys/kernel/shm_rmid_forced"), "1");
}

#[test]
fn paths_are_hidden_and_shown() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    assert_eq!(inside(&stage, &["--security-opt", "mask=/proc/uptime"], "wc -c </proc/uptime"), "0");
    let hidden = "grep -c ' /proc/interrupts ' /proc/self/mountinfo || true";
    assert_eq!(inside(&stage, &[], hidden), "1");
    for option in ["unmask=/proc/interrupts", "unmask=ALL", "systempaths=unconfined"] {
        assert_eq!(inside(&stage, &["--security-opt", option], hidden), "0", "{option}");
    }
}

#[test]
fn an_image_can_go_with_its_container() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "--rmi", "--network", "none", &payload, "/payload", "exit", "3"]).ends_with(3);
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    assert_eq!(stage.run(&["images", "-q"]).ok(), "");
    // Not one that is in use.
    stage.run(&["create", "--name", "other", &payload]).ok();
    let said = stage.run(&["run", "--rmi", "--network", "none", &payload, "/payload", "exit", "0"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(stage.run(&["images", "-q"]).ok().lines().count(), 1);
    stage.run(&["run", "-d", "--rmi", &payload, "/payload", "wait"]).fails(125);
}

#[test]
fn what_cannot_be_had_says_so_in_a_sentence() {
    let stage = Stage::shared();
    for (options, why) in [
        (&["--device-cgroup-rule", "c 1:3 rwm"][..], "root only"),
        (&["--storage-opt", "size=1g"], "cannot be limited"),
        (&["--cpu-rt-runtime", "1"], "real-time"),
        (&["--rdt-class", "x"], "root only"),
        (&["--volume-driver", "nfs"], "`local` is the only driver"),
        (&["--decryption-key", "x"], "encrypted images"),
        (&["--seccomp-policy", "image"], "not trusted"),
        (&["--link", "db:database"], "--network NAME"),
    ] {
        refused(&stage, options, why);
    }
    let payload = need!(stage.image("payload"));
    let accepted = ["--disable-content-trust", "--cpu-count", "2", "--isolation", "default"];
    let words = [&["run", "--rm", "--network", "none"], &accepted[..], &[&payload, "/payload", "exit", "0"]].concat();
    stage.run(&words).ok();
}

#[test]
fn descriptors_are_passed_on_request_only() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let fds = "cat <&3; cat <&7; ls /proc/self/fd | wc -l";
    let files = "echo three >three; echo seven >seven; exec 3<three 4</dev/null 7<seven 8</dev/null; ulimit -c 0;";
    let run = |options: &str| stage.shell(&format!("{files} box {options} {busybox} sh -c '{fds}'; rm three seven"));
    // The listing itself holds one more.
    for tail in ["", "-t "] {
        let options = format!("run --rm {tail}--network none --preserve-fds 1 --preserve-fd 7");
        assert_eq!(run(&options).ok().replace('\r', ""), "three\nseven\n6", "{tail}");
    }
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sleep", "99"]).ok();
    let exec =
        stage.shell(&format!("{files} box exec --preserve-fds 1 --preserve-fd 7 {web} sh -c '{fds}'; rm three seven"));
    assert_eq!(exec.ok(), "three\nseven\n6");
    let script = format!("box run --rm --preserve-fd 99 {busybox} true");
    assert!(stage.shell(&script).fails(125).contains("descriptor 99 is not open"));
    // As systemd passes a socket: the process that is meant is told by its number.
    let script = format!(
        "exec 3</dev/null; export LISTEN_FDS=1 LISTEN_FDNAMES=web; \
         exec env sh -c 'LISTEN_PID=$$ exec {} --root {} run --rm --network none {busybox} sh -c \
         \"echo \\$LISTEN_FDS \\$LISTEN_FDNAMES; test \\$LISTEN_PID = \\$\\$ \
         && test -e /proc/self/fd/3 && echo mine\"'",
        crate::fixture::binary().display(),
        stage.store().display()
    );
    assert_eq!(stage.shell(&script).ok(), "1 web\nmine");
}

#[test]
fn a_pipe_that_was_passed_ends_with_the_payload() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    // `cat` ends when nobody holds the other end any more.
    let script = format!(
        "mkfifo fifo; (cat fifo >said) & exec 3>fifo; \
         box run -d --rm --network none --preserve-fds 1 {busybox} sh -c 'echo hello >&3; exec 3>&-; sleep 99' >id; \
         exec 3>&-; wait; cat said; box rm -f -t 0 $(cat id) >/dev/null; rm fifo said id"
    );
    assert_eq!(stage.shell(&script).ok(), "hello");
}

#[test]
fn ids_are_mapped_as_asked() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    refused(&stage, &["--uidmap", "x"], "expected [FLAGS]INSIDE");
    refused(&stage, &["--userns", "auto:size=0"], "not a number of ids");
    refused(&stage, &["--userns", "nomap:x"], "none of host, keep-id");
    refused(&stage, &["--subuidname", "nobody-else"], "your own subordinate ids");
    need!(many_ids());
    let map = |options: &[&str]| {
        let said = inside(&stage, options, "cat /proc/self/uid_map; id -u");
        said.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    if is_root() {
        let found = map(&["--uidmap", "0:0:1000"]);
        assert_eq!(found, ["0", "0", "1000", "0"]);
        return;
    }
    let uid = nix::unistd::getuid().to_string();
    let found = map(&["--uidmap", "0:0:1", "--uidmap", "1:1:10"]);
    assert_eq!(
        (&found[..3], found[5].as_str()),
        (&["0".to_owned(), uid.clone(), "1".to_owned()][..], "10"),
        "{found:?}"
    );
    let found = map(&["--uidmap", "+77:0:1", "-u", "77:77"]);
    assert!(
        found.windows(3).any(|line| line == ["77", uid.as_str(), "1"]) && found.last().unwrap() == "77",
        "{found:?}"
    );
    let found = map(&["--userns", "keep-id:uid=5,gid=6,size=100"]);
    assert!(found.windows(3).any(|line| line == ["5", uid.as_str(), "1"]) && found.last().unwrap() == "5", "{found:?}");
    let total: u64 = found[..found.len() - 1].chunks(3).map(|line| line[2].parse::<u64>().expect("a number")).sum();
    assert_eq!(total, 100, "{found:?}");
    let words = ["run", "--rm", "--uidmap", "0:1:10", &busybox, "true"];
    assert!(stage.run(&words).fails(125).contains("your own id"));
}

#[test]
fn namespaces_are_joined_by_name_and_by_path() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage
        .run(&["run", "-d", "--network", "none", "--hostname", "shared", "--name", &web, &busybox, "sleep", "99"])
        .ok();
    let pid = stage.run(&["inspect", "-f", "{{.State.Pid}}", &web]).ok();
    let of_web = |kind: &str| {
        let link = std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("it runs");
        link.to_string_lossy().into_owned()
    };
    let kinds = [("uts", "uts"), ("ipc", "ipc"), ("cgroupns", "cgroup"), ("pid", "pid"), ("userns", "user")];
    for (option, kind) in kinds {
        for mode in [format!("container:{web}"), format!("ns:/proc/{pid}/ns/{kind}")] {
            let link = inside(&stage, &[&format!("--{option}"), &mode], &format!("readlink /proc/self/ns/{kind}"));
            assert_eq!(link, of_web(kind), "{option} {mode}");
        }
    }
    if is_root() {
        // One of the machine's own, which our user namespace would take the right to.
        let script = format!(
            "unshare -u sh -c 'hostname machines; touch ready; sleep 99' & \
             while ! [ -e ready ]; do sleep 0.01; done; pid=$!; \
             box run --rm --network none --uts ns:/proc/$pid/ns/uts {busybox} hostname; \
             pkill -P $pid; kill $pid; rm ready"
        );
        assert_eq!(stage.shell(&script).out.trim(), "machines");
    }
    refused(&stage, &["--pid", "ns:relative"], "absolute path");
}

#[test]
fn a_device_by_name_brings_what_its_vendor_says() {
    let stage = Stage::shared();
    need!(stage.image("busybox"));
    let directory = stage.home().join(".config/cdi");
    std::fs::create_dir_all(&directory).expect("a new directory");
    std::fs::write(stage.home().join("library"), "of the vendor\n").expect("a new file");
    let specification = serde_json::json!({
        "cdiVersion": "0.6.0",
        "kind": "vendor.com/thing",
        "devices": [{"name": "one", "containerEdits": {
            "env": ["THING=one"],
            "deviceNodes": [{"path": "/dev/thing", "hostPath": "/dev/null"}],
            "mounts": [{"hostPath": stage.home().join("library"), "containerPath": "/lib/thing", "options": ["ro"]}],
        }}],
    });
    std::fs::write(directory.join("vendor.json"), specification.to_string()).expect("a new file");
    let script = "echo $THING; cat /lib/thing; echo x >/dev/thing && echo written";
    assert_eq!(inside(&stage, &["--device", "vendor.com/thing=one"], script), "one\nof the vendor\nwritten");
    assert_eq!(inside(&stage, &["--device", "/dev/null:/dev/other:rw"], "echo >/dev/other && echo fine"), "fine");
    refused(&stage, &["--device", "vendor.com/thing=two"], "describes it");
    refused(&stage, &["--gpus", "all"], "nvidia.com/gpu=all");
    std::fs::write(directory.join("vendor.json"), "{").expect("the same file");
    refused(&stage, &["--device", "vendor.com/thing=one"], "vendor.json");
    std::fs::remove_dir_all(directory).expect("the user's own");
    std::fs::remove_file(stage.home().join("library")).expect("the user's own");
}

#[test]
fn a_group_is_made_where_it_was_asked_for() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    refused(&stage, &["--cgroup-parent", "../x"], "control group");
    refused(&stage, &["--cgroup-conf", "cgroup.procs=1"], "FILE=VALUE");
    let parent = format!("/box-test-{}", std::process::id());
    let words = ["run", "-d", "--network", "none", "--cgroup-parent", &parent, "--name", &web, &busybox, "sleep", "99"];
    let said = stage.run(&words);
    assert_eq!(said.code, 0, "{said}");
    if said.err.contains("not kept") {
        skip!("no control group can be made here");
    }
    let pid = stage.run(&["inspect", "-f", "{{.State.Pid}}", &web]).ok();
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("it runs");
    assert!(groups.contains(&format!("{parent}/box-{}", said.out.trim())), "{groups}");
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
    let script = format!("find /sys/fs/cgroup -depth -type d -path '*{parent}*' -exec rmdir {{}} + 2>/dev/null; true");
    stage.shell(&script).ok();
}

#[test]
fn volumes_of_the_image_are_made_as_asked() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["pull", "-q", &busybox]).ok();
    stage.run(&["create", "--name", "base", &busybox]).ok();
    stage.run(&["commit", "-q", "-c", "VOLUME /data", "base", "with-volume"]).ok();
    let kind = |option: &str| {
        let script = "grep -c ' /data ' /proc/self/mountinfo; grep ' /data ' /proc/self/mountinfo | grep -c tmpfs";
        stage.run(&["run", "--rm", "--network", "none", option, "with-volume", "sh", "-c", script]).out
    };
    assert_eq!(kind("--image-volume=bind"), "1\n0\n");
    assert_eq!(kind("--image-volume=tmpfs"), "1\n1\n");
    assert_eq!(kind("--image-volume=ignore"), "0\n0\n");
    stage.run(&["create", "--image-volume", "what", "with-volume"]).fails(125);
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "");
}

#[test]
fn only_the_streams_that_were_asked_for_are_seen() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let run = |options: &[&str]| {
        let words =
            [&["run", "--rm", "--network", "none"], options, &[payload.as_str(), "/payload", "lines", "o", "e"]];
        let said = stage.run(&words.concat());
        (said.code, said.out, said.err)
    };
    let text = |text: &str| text.to_owned();
    assert_eq!(run(&[]), (0, text("o\n"), text("e\n")));
    assert_eq!(run(&["-a", "stdout"]), (0, text("o\n"), text("")));
    assert_eq!(run(&["-a", "STDERR", "-a", "stdin"]), (0, text(""), text("e\n")));
    assert_eq!(run(&["-a", "what"]).0, 125);
    assert_eq!(run(&["-d", "-a", "stdout"]).0, 125);
}

#[test]
fn a_container_for_systemd_has_what_systemd_changes() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let mounts = |options: &[&str]| {
        let script =
            "awk '$5 ~ \"^/(run|run/lock|tmp|sys/fs/cgroup)$\" { print $5, substr($6, 1, 2) }' /proc/self/mountinfo";
        let words = [&["run", "--rm", "--network", "none"], options, &[busybox.as_str(), "sh", "-c", script]];
        let said = stage.run(&words.concat());
        assert_eq!(said.code, 0, "{said}");
        said.out
    };
    // Where no cgroups can be mounted there are none.
    let without = |mode: &str, text: String| text.replace(&format!("/sys/fs/cgroup {mode}\n"), "");
    assert_eq!(without("ro", mounts(&[])), "");
    assert_eq!(without("rw", mounts(&["--systemd=always"])), "/run rw\n/run/lock rw\n/tmp rw\n");
    let stop_signal = |options: &[&str]| {
        stage.run(&[&["create", "--name", "s"], options].concat()).ok();
        let signal = stage.run(&["inspect", "-f", "{{.Config.StopSignal}}", "s"]).ok();
        stage.run(&["rm", "s"]).ok();
        signal
    };
    assert_eq!(stop_signal(&[&busybox, "/sbin/init"]), "37", "SIGRTMIN+3");
    assert_eq!(stop_signal(&["--stop-signal", "INT", &busybox, "/lib/systemd/systemd"]), "SIGINT");
    assert_ne!(stop_signal(&["--systemd", "false", &busybox, "/sbin/init"]), "37");
    stage.run(&["create", "--systemd", "perhaps", &busybox]).fails(125);
}
