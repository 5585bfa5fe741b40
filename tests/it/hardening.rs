//! The hardening of a default container, row by row, as its first instruction finds it: in `run` and in `exec`, with
//! and without a terminal, whatever surroundings the caller has.

use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use serde_json::Value;

use crate::fixture::{Running, Stage, binary, is_root, many_ids, need, payload, skip, wait_until};

/// CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP
const CAPABILITIES: &str = "00000000800405fb";

/// Open descriptors, signals that are ignored, an odd umask, limits, a nice value, variables.
const HOSTILE: &str = "
    for fd in $(seq 3 40); do eval \"exec $fd</etc/passwd\"; done
    trap '' PIPE HUP INT TERM CHLD USR1 USR2 QUIT
    umask 0177
    ulimit -c 0
    export CANARY=callers LISTEN_FDS=3 LISTEN_PID=1 LD_PRELOAD_X=x IFS_X=y
    cd /";

/// What the payload reports in each way to begin it: a name, and the report.
fn views(stage: &Stage, payload: &str) -> Vec<(String, Value)> {
    let web = stage.name("web");
    let quoted = |words: &str| format!("{HOSTILE}\nbox {words}");
    stage.shell(&quoted(&format!("run -d --network none --name {web} {payload} /payload wait"))).ok();
    let run = format!("--rm --network none {payload} /payload report");
    let exec = format!("{web} /payload report");
    let mut views = Vec::new();
    for (name, words) in [
        ("run", format!("run {run}")),
        ("run -i", format!("run -i {run}")),
        ("run -t", format!("run -t {run}")),
        ("run --init", format!("run --init {run}")),
        ("exec", format!("exec {exec}")),
        ("exec -i", format!("exec -i {exec}")),
        ("exec -t", format!("exec -t {exec}")),
    ] {
        let said = stage.shell(&quoted(&words)).ok();
        let report = serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
        views.push((name.to_owned(), report));
    }
    views
}

#[test]
fn every_way_in_leads_to_the_same_rights() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for (name, report) in views(&stage, &payload) {
        let status = |key: &str| report["status"][key].as_str().unwrap_or_default().to_owned();
        for set in ["CapPrm", "CapEff", "CapBnd"] {
            assert_eq!(status(set), CAPABILITIES, "{name}: {set}");
        }
        for empty in ["CapInh", "CapAmb", "SigBlk"] {
            assert_eq!(status(empty), "0000000000000000", "{name}: {empty}");
        }
        // SIGPIPE is ignored by Rust's runtime before its main begins, and by nobody else.
        assert_eq!(status("SigIgn"), "0000000000001000", "{name}");
        assert_eq!((status("Seccomp").as_str(), status("NoNewPrivs").as_str()), ("2", "0"), "{name}");
        assert_eq!(report["umask"], "0022", "{name}");
        assert_eq!((&report["cwd"], &report["uid"], &report["gid"]), (&"/".into(), &0.into(), &0.into()), "{name}");
        let fds: Vec<&String> = report["fds"].as_object().expect("an object").keys().collect();
        assert_eq!(fds, ["0", "1", "2"], "{name}: {}", report["fds"]);
        let terminal = report["terminal"].as_array().expect("a list").iter().any(|name| !name.is_null());
        assert_eq!(terminal, name.ends_with("-t"), "{name}");
        let env = report["env"].as_object().expect("an object");
        let allowed = ["PATH", "HOME", "HOSTNAME", "TERM", "container"];
        assert!(env.keys().all(|key| allowed.contains(&key.as_str())), "{name}: {env:?}");
        assert_eq!(env.contains_key("TERM"), name.ends_with("-t"), "{name}");
        let groups = report["groups"].as_array().expect("a list");
        assert!(groups.iter().all(|group| *group == 0 || *group == 65534), "{name}: {groups:?}");
        if many_ids().is_ok() {
            assert_eq!(groups.len(), 1, "{name}: {groups:?}");
        }
        assert!(report["session"] == 1 || report["session"] == report["pid"], "{name}: a session of its own");
        assert_eq!(
            report["oom_score_adj"],
            std::fs::read_to_string("/proc/self/oom_score_adj").unwrap_or_default().trim()
        );
        let cgroups = report["cgroup"].as_str().expect("a file");
        assert!(cgroups.lines().all(|line| line.ends_with(":/")), "{name}: {cgroups}");
        let mut dev: Vec<&str> = report["dev"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        dev.retain(|node| *node != "console" || !name.ends_with("-t"));
        let expected = "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero";
        assert_eq!(dev.join(" "), expected, "{name}");
    }
}

#[test]
fn limits_are_those_of_the_caller_at_most() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let hard = |name: &str, report: &Value| {
        let text = report["limits"].as_str().expect("a file").to_owned();
        let line = text.lines().find(|line| line.starts_with(name)).expect("a line").to_owned();
        line[name.len()..].split_whitespace().nth(1).expect("a number").to_owned()
    };
    let script = format!("ulimit -n 3000; ulimit -u 2000; box run --rm --network none {payload} /payload report");
    let report: Value = serde_json::from_str(&stage.shell(&script).ok()).expect("a report");
    assert_eq!((hard("Max open files", &report), hard("Max processes", &report)), ("3000".into(), "2000".into()));
    let report = stage.report(&[]);
    assert!(hard("Max open files", &report).parse::<u64>().expect("a number") <= 1_048_576);
}

#[test]
fn sockets_and_calls_that_are_nobodys_business_are_refused_in_exec_too() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    let call = |words: &[&str]| {
        let run = [&["run", "--rm", "--network", "none", &payload, "/payload", "call"], words].concat();
        let exec = [&["exec", &web, "/payload", "call"], words].concat();
        [stage.run(&run).ok(), stage.run(&exec).ok()]
    };
    let socket = libc::SYS_socket.to_string();
    let stream = libc::SOCK_STREAM.to_string();
    let seq = libc::SOCK_SEQPACKET.to_string();
    for (family, kind) in [(libc::AF_ALG, &seq), (libc::AF_VSOCK, &stream)] {
        for answer in call(&[&socket, &family.to_string(), kind]) {
            assert!(["EPERM", "EAFNOSUPPORT", "EINVAL", "ENOSYS"].contains(&answer.as_str()), "{family}: {answer}");
            assert_ne!(answer, "0");
        }
    }
    for answer in call(&[&socket, &libc::AF_INET.to_string(), &stream]) {
        assert_eq!(answer, "0");
    }
    // Mounts and namespaces are left to the kernel, as in Podman: containers inside need them.
    for number in [
        libc::SYS_bpf,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_init_module,
        libc::SYS_kexec_load,
        libc::SYS_open_by_handle_at,
        libc::SYS_add_key,
        libc::SYS_io_uring_setup,
        libc::SYS_swapon,
        libc::SYS_reboot,
    ] {
        for answer in call(&[&number.to_string(), "0", "0", "0", "0", "0"]) {
            assert!(answer == "EPERM" || answer == "ENOSYS", "{number}: {answer}");
        }
    }
    for answer in call(&["4000"]) {
        assert_eq!(answer, "ENOSYS", "glibc falls back on nothing else");
    }
}

#[test]
fn what_is_hidden_stays_hidden_in_namespaces_of_its_own() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sleep", "99"]).ok();
    // Each line that is said is a way that is open.
    let script = "
        for file in acpi asound config.gz interrupts kallsyms kcore key-users keys latency_stats sched_debug \\
                    timer_list timer_stats; do
            if [ -d /proc/$file ]; then [ -z \"$(ls -A /proc/$file)\" ] || echo list $file
            elif [ -e /proc/$file ]; then [ -z \"$(head -c 1 /proc/$file 2>/dev/null)\" ] || echo read $file; fi
        done
        for dir in /sys/firmware /sys/fs/selinux /sys/dev/block /sys/devices/virtual/powercap; do
            [ -z \"$(ls -A $dir 2>/dev/null)\" ] || echo list $dir
        done
        for file in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity \\
                    /sys/kernel/uevent_helper; do
            (: >>$file) 2>/dev/null && echo write $file
        done
        mkdir /sys/fs/cgroup/x 2>/dev/null && echo mkdir
        mknod /tmp/null c 1 3 2>/dev/null && echo mknod
        mount -t tmpfs x /tmp 2>/dev/null && echo mount
        umount /proc/interrupts 2>/dev/null && echo umount
        (echo -500 >/proc/self/oom_score_adj) 2>/dev/null && echo oom
        unshare -U -r -m sh -c '
            umount /proc/interrupts && echo nested umount
            umount /proc/sys && echo nested umount sys
            mount -o remount,rw /proc/sys && echo nested remount
            mount -t proc x /tmp && echo nested proc
            mount -t sysfs x /tmp && echo nested sys
        ' 2>/dev/null
        true";
    for words in [&["run", "--rm", "--network", "none", &busybox][..], &["exec", &web]] {
        let said = stage.run(&[words, &["sh", "-c", script]].concat()).ok();
        assert_eq!(said, "", "{words:?}");
    }
}

#[test]
fn root_has_no_devices_and_ping_needs_no_right() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let report = stage.report(&[]);
    let mounts = report["mounts"].as_array().expect("a list");
    let root = mounts.iter().find(|mount| mount["at"] == "/").expect("a root");
    // A directory that was copied lies where it lies; the namespace makes its devices powerless in any case.
    if root["kind"] == "overlay" {
        assert!(root["options"].as_str().expect("text").contains("nodev"), "{root}");
    }
    let icmp = [libc::SYS_socket, libc::AF_INET.into(), libc::SOCK_DGRAM.into(), libc::IPPROTO_ICMP.into()];
    let words = icmp.map(|word: libc::c_long| word.to_string());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let line = [&["run", "--rm", "--network", "none", &payload, "/payload", "call"], &words[..]].concat();
    if !std::path::Path::new("/proc/net/icmp").exists() {
        skip!("this kernel has no sockets for ping");
    }
    assert_eq!(stage.run(&line).ok(), "0");
}

#[test]
fn every_user_may_listen_on_every_port_and_ping() {
    let stage = Stage::shared();
    let (payload, busybox, web) = (need!(stage.image("payload")), need!(stage.image("busybox")), stage.name("web"));
    let user = ["--user", "1000:1000", "--network", "none"];
    stage.run(&[&["run", "-d", "--name", &web], &user[..], &[&payload, "/payload", "serve", "80"]].concat()).ok();
    wait_until("it listens", || stage.run(&["logs", &web]).out == "ready\n");
    need!(many_ids());
    let range = "cat /proc/sys/net/ipv4/ping_group_range";
    let said = stage.run(&[&["run", "--rm"], &user[..], &[&busybox, "sh", "-c", range]].concat()).ok();
    let last: u32 = said.split_whitespace().nth(1).expect("two numbers").parse().expect("a number");
    assert!(said.starts_with('0') && last >= 1000, "{said}");
}

#[test]
fn a_huge_list_of_groups_costs_no_memory() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = stage.name("web");
    // CVE-2026-47262: 200 MiB where a list of groups is expected. It is not read, and numbers need no list.
    let grow = "dd if=/dev/zero of=/etc/group bs=1M count=200 2>/dev/null; \\
                dd if=/dev/zero of=/etc/passwd bs=1M count=1 seek=199 2>/dev/null; echo ready; sleep 99";
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "sh", "-c", grow]).ok();
    crate::fixture::wait_until("the files are large", || stage.run(&["logs", &web]).out == "ready\n");
    let limit = |words: &str| {
        // Address space of the command, and of what it clones: far less than the files.
        stage.shell(&format!("ulimit -v 150000; box {words}"))
    };
    assert_eq!(limit(&format!("exec -u 0:0 {web} id -u")).ok(), "0");
    assert!(limit(&format!("exec -u somebody {web} id -u")).code >= 125);
    assert_eq!(limit(&format!("top {web} pid")).code, 0);
}

#[test]
fn the_monitor_keeps_no_right_that_it_has_no_use_for() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    let web = stage.name("web");
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &payload, "/payload", "wait"]).ok();
    let pid = stage.run(&["inspect", "--format", "{{.State.Pid}}", &web]).ok();
    let monitor = field_of_status(pid.trim(), "PPid");
    assert_eq!(field_of_status(&monitor, "Name"), "box-monitor");
    assert_eq!(field_of_status(&monitor, "Seccomp"), "2");
    assert_eq!(field_of_status(&monitor, "NoNewPrivs"), "1");
    if !is_root() {
        assert_eq!(field_of_status(&monitor, "CapEff"), "0000000000000000");
        // What is not dumpable belongs to root.
        assert_eq!(std::fs::metadata(format!("/proc/{monitor}/environ")).expect("it runs").uid(), 0);
    }
    // It does its work all the same, to the last file.
    stage.run(&["rm", "--force", "--time", "0", &web]).ok();
}

fn field_of_status(pid: &str, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim().to_owned()
}

/// What RestrictSUIDSGID= of systemd does, which DynamicUser= brings along.
#[test]
fn containers_run_where_a_filter_hides_openat2_and_forbids_set_id_bits() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let (elsewhere, archive) = (stage.home().join("elsewhere"), stage.home().join("image.tar"));
    stage
        .run(&["run", "--name", "maker", "--network", "none", &image, "sh", "-c", "cp /bin/busybox /s; chmod 6755 /s"])
        .ok();
    stage.run(&["commit", "-q", "maker", "set-id"]).ok();
    stage.run(&["save", "-q", "-o", archive.to_str().unwrap(), "set-id"]).ok();
    stage.run(&["rm", "maker"]).ok();
    let filtered = |words: &[&str]| {
        let mut command = stage.program(payload());
        command.arg("filtered").arg(binary()).arg("--root").arg(&elsewhere).args(words);
        Running::start(command, Some(Stdio::null())).finish()
    };
    // Loaded and pulled under the filter.
    filtered(&["load", "-q", "-i", archive.to_str().unwrap()]).ok();
    filtered(&["pull", "-q", &image]).ok();
    let mode = filtered(&["run", "--rm", "--network", "none", "set-id", "stat", "-c", "%a", "/s"]).ok();
    assert_eq!(mode, "755");
    let words = ["--name", "web", "--network", "none", "-w", "/deep/er", "-v", "data:/data", "-v", "/tmp:/deep/er/tmp"];
    let script = "pwd; id -u; touch /data/x; exec sleep 999";
    filtered(&[&["run", "-d"][..], &words, &["-u", "0", "set-id", "sh", "-c", script]].concat()).ok();
    wait_until("it says where it is", || filtered(&["logs", "web"]).out.starts_with("/deep/er\n0\n"));
    assert_eq!(filtered(&["exec", "-w", "/data", "web", "ls"]).ok(), "x");
    filtered(&["cp", "web:/data/x", stage.home().join("x").to_str().unwrap()]).ok();
    assert!(stage.home().join("x").exists());
    filtered(&["exec", "-w", "/proc/self/fd/0", "web", "true"]).fails(126);
    filtered(&["commit", "-q", "web", "again"]).ok();
    filtered(&["rm", "-f", "-t", "0", "web"]).ok();
    assert_eq!(filtered(&["run", "--rm", "--network", "none", "again", "cat", "/etc/hostname"]).code, 0);
    filtered(&["system", "reset", "-f"]).ok();
}
