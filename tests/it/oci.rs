//! `box oci`: the operations of an OCI runtime, as other engines call them.

use std::io::IoSliceMut;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use serde_json::{Value, json};

use crate::fixture::{Outcome, Running, Stage, binary, installed, is_root, many_ids, need, say_skipped, wait_until};

/// A directory with a root file system and a configuration, and where its containers are recorded.
struct Bundle {
    stage: Stage,
    dir: PathBuf,
    config: Value,
}

impl Bundle {
    /// Whose program is `script`, in the shell of busybox.
    fn of(script: &str) -> Result<Bundle, String> {
        let stage = Stage::new();
        let image = stage.image("busybox")?;
        let dir = stage.home().join("bundle");
        std::fs::create_dir_all(dir.join("rootfs")).expect("a new directory");
        stage.run(&["create", "--name", "source", "--network", "none", &image]).ok();
        stage.shell("box export source | tar x -C bundle/rootfs && box rm source").ok();
        let config = json!({
            "ociVersion": "1.1.0",
            "root": { "path": "rootfs" },
            "hostname": "inside",
            "process": {
                "user": { "uid": 0, "gid": 0 },
                "args": ["sh", "-c", script],
                "env": ["PATH=/bin", "COLOUR=green"],
                "cwd": "/",
                "capabilities": { "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"] },
                "noNewPrivileges": true,
            },
            "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"] },
                { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                    "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
            ],
            "linux": {
                "namespaces": [
                    { "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" },
                    { "type": "network" }, { "type": "user" },
                ],
                "uidMappings": [{ "containerID": 0, "hostID": rustix::process::geteuid().as_raw(), "size": 1 }],
                "gidMappings": [{ "containerID": 0, "hostID": rustix::process::getegid().as_raw(), "size": 1 }],
                "maskedPaths": ["/proc/version"],
                "readonlyPaths": ["/proc/sys"],
            },
        });
        Ok(Bundle { stage, dir, config })
    }

    fn with(mut self, pointer: &str, value: Value) -> Bundle {
        self.set(pointer, value);
        self
    }

    fn set(&mut self, pointer: &str, value: Value) {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        self.config.pointer_mut(parent).expect("its parent is there")[name] = value;
    }

    fn words<'w>(&self, words: &[&'w str]) -> Vec<&'w str> {
        std::fs::write(self.dir.join("config.json"), self.config.to_string()).expect("the bundle is there");
        [&["oci", "--root", "runtime"], words].concat()
    }

    fn oci(&self, words: &[&str]) -> Outcome {
        self.stage.run(&self.words(words))
    }

    /// In a directory, with nothing kept open: whoever is created holds the streams of its creator.
    fn create(&self, id: &str, options: &[&str]) -> Outcome {
        let words = self.words(&[&["create", "--bundle", "bundle"], options, &[id]].concat()).join(" ");
        self.stage.shell(&format!("box {words} </dev/null >out 2>err; code=$?; cat out; cat err >&2; exit $code"))
    }

    fn state(&self, id: &str) -> Value {
        serde_json::from_str(&self.oci(&["state", id]).ok()).expect("a state is JSON")
    }

    fn status(&self, id: &str) -> String {
        self.state(id)["status"].as_str().expect("a word").to_owned()
    }

    fn wait_for(&self, id: &str, status: &str) {
        wait_until(status, || self.status(id) == status);
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.stage.home().join(name)).unwrap_or_default()
    }
}

#[test]
fn a_container_is_created_started_killed_and_deleted() {
    let bundle = need!(Bundle::of("echo started >/mark; exec sleep 99"));
    bundle.create("web", &["--pid-file", "pid"]).ok();
    let state = bundle.state("web");
    assert_eq!((state["status"].as_str(), state["id"].as_str()), (Some("created"), Some("web")));
    assert_eq!(state["pid"].to_string(), bundle.file("pid"));
    assert_eq!(Path::new(state["bundle"].as_str().unwrap()), bundle.dir);
    assert_eq!(bundle.file("bundle/rootfs/mark"), "", "it has begun before it was started");
    bundle.oci(&["exec", "web", "true"]).fails(126);

    bundle.oci(&["start", "web"]).ok();
    bundle.wait_for("web", "running");
    wait_until("the program runs", || bundle.file("bundle/rootfs/mark") == "started\n");
    bundle.oci(&["start", "web"]).fails(125);
    bundle.oci(&["delete", "web"]).fails(125);
    bundle.create("web", &[]).fails(2);
    assert_eq!(bundle.oci(&["list", "-q"]).ok(), "web");
    assert!(bundle.oci(&["list"]).ok().contains("running"));
    assert!(bundle.oci(&["ps", "web"]).ok().contains(&state["pid"].to_string()));

    bundle.oci(&["kill", "web", "KILL"]).ok();
    bundle.wait_for("web", "stopped");
    assert_eq!(bundle.state("web")["pid"], 0);
    assert!(bundle.oci(&["kill", "web", "TERM"]).fails(125).contains("container not running"));
    bundle.oci(&["delete", "web"]).ok();
    bundle.oci(&["state", "web"]).fails(1);
    bundle.oci(&["delete", "web"]).fails(1);
    bundle.oci(&["delete", "--force", "web"]).ok();
    assert_eq!(bundle.oci(&["list", "--format", "json"]).ok(), "[]");
}

#[test]
fn what_waits_or_runs_is_deleted_by_force_and_leaves_nothing() {
    let bundle = need!(Bundle::of("exec sleep 99"));
    bundle.create("waits", &[]).ok();
    bundle.oci(&["delete", "waits"]).ok();
    bundle.create("runs", &[]).ok();
    bundle.oci(&["start", "runs"]).ok();
    bundle.oci(&["delete", "-f", "runs"]).ok();
    assert_eq!(bundle.oci(&["list", "-q"]).ok(), "");
}

#[test]
fn run_is_the_program_with_its_streams_and_its_exit_code() {
    let bundle = need!(Bundle::of("cat; echo err >&2; hostname; echo $COLOUR; exit 7"));
    let words = bundle.words(&["run", "-b", "bundle", "once"]);
    let mut running = Running::start(bundle.stage.command(&words), None);
    running.send("typed\n");
    running.close_input();
    let outcome = running.finish();
    assert_eq!((outcome.code, outcome.out.as_str()), (7, "typed\ninside\ngreen\n"));
    assert!(outcome.err.contains("err"));
    assert_eq!(bundle.oci(&["list", "-q"]).ok(), "");
    let bundle = bundle.with("/process/args", json!(["sh", "-c", "exit 3"]));
    bundle.oci(&["run", "-b", "bundle", "--keep", "kept"]).ends_with(3);
    assert_eq!(bundle.oci(&["list", "-q"]).ok(), "kept");
    bundle.oci(&["delete", "-f", "kept"]).ok();
}

#[test]
fn a_process_is_what_its_configuration_says() {
    let script = "id -u; pwd; umask; ulimit -n; grep -E '^(CapBnd|CapEff|NoNewPrivs|Seccomp):' /proc/self/status; \
                  mkdir /x 2>&1; chmod 700 /bin; cat /proc/sys/kernel/domainname; wc -c </proc/version";
    let mut bundle = need!(Bundle::of(script));
    bundle.set("/root/readonly", true.into());
    bundle.set("/process/cwd", "/bin".into());
    bundle.set("/process/user/umask", 0o27.into());
    bundle.set("/process/rlimits", json!([{ "type": "RLIMIT_NOFILE", "soft": 77, "hard": 78 }]));
    bundle.set("/domainname", "domain".into());
    let filter = json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 }],
    });
    bundle.set("/linux/seccomp", filter);
    let outcome = bundle.oci(&["run", "-b", "bundle", "x"]);
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert_eq!(lines[..4], ["0", "/bin", "0027", "77"], "{}", outcome.out);
    let caps = "0000000000000020";
    let words: Vec<String> = lines[4..8].iter().map(|line| line.replace('\t', "")).collect();
    assert_eq!(words, [&format!("CapEff:{caps}"), &format!("CapBnd:{caps}"), "NoNewPrivs:1", "Seccomp:2"]);
    assert!(outcome.out.contains("Read-only file system"), "{}", outcome.out);
    assert_eq!(lines[lines.len() - 2..], ["domain", "0"], "{}", outcome.err);
    assert!(outcome.err.contains("not supported"), "{}", outcome.err);
}

#[test]
fn a_further_process_runs_beside_the_first() {
    let bundle = need!(Bundle::of("exec sleep 99"));
    bundle.create("web", &[]).ok();
    bundle.oci(&["start", "web"]).ok();
    bundle.wait_for("web", "running");
    assert_eq!(
        bundle.oci(&["exec", "-e", "A=b", "--cwd", "/bin", "web", "sh", "-c", "echo $A $COLOUR; pwd"]).ok(),
        "b green\n/bin"
    );
    bundle.oci(&["exec", "web", "sh", "-c", "exit 9"]).ends_with(9);
    let with_more = bundle.oci(&["exec", "-c", "chown", "web", "grep", "CapEff", "/proc/self/status"]).ok();
    assert_eq!(with_more, "CapEff:\t0000000000000021");
    bundle.oci(&["exec", "web", "no-such"]).fails(127);
    const LOOK: &str = "grep CapEff /proc/self/status; echo $X";
    let process = json!({ "args": ["sh", "-c", LOOK], "cwd": "/", "env": ["PATH=/bin", "X=y"] });
    std::fs::write(bundle.stage.home().join("process.json"), process.to_string()).unwrap();
    let words = ["exec", "--process", "process.json", "--pid-file", "exec-pid", "web"];
    assert_eq!(bundle.oci(&words).ok(), "CapEff:\t0000000000000020\ny");
    assert!(bundle.file("exec-pid").parse::<u32>().is_ok());
    let (code, said) = bundle.stage.terminal(&bundle.words(&["exec", "-t", "web", "sh", "-c", "tty; exit 3"])).finish();
    assert!(code == 3 && said.contains("/dev/pts/0"), "{code} {said}");
    bundle.oci(&["delete", "-f", "web"]).ok();
}

#[test]
fn the_terminal_goes_to_whoever_listens_for_it() {
    let bundle = need!(Bundle::of("tty; stty size; exec sleep 99")).with("/process/terminal", true.into());
    let bundle = bundle.with("/process/consoleSize", json!({ "height": 11, "width": 22 }));
    let said = bundle.create("web", &[]).fails(125);
    assert!(said.contains("--console-socket"), "{said}");
    assert!(bundle.oci(&["run", "-d", "-b", "bundle", "web"]).fails(125).contains("--console-socket"));
    let listener = UnixListener::bind(bundle.stage.home().join("console")).unwrap();
    let words = bundle.words(&["create", "-b", "bundle", "--console-socket", "console", "web"]);
    let mut command = bundle.stage.command(&words);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    let terminal = std::fs::File::from(receive_descriptor(&listener));
    bundle.oci(&["start", "web"]).ok();
    let mut said = String::new();
    while !said.contains("11 22") {
        let mut buffer = [0; 256];
        let length = rustix::io::read(&terminal, &mut buffer).expect("a terminal can be read");
        said += &String::from_utf8_lossy(&buffer[..length]);
    }
    assert!(said.contains("/dev/pts/0"), "{said}");
    bundle.oci(&["delete", "-f", "web"]).ok();
    std::fs::remove_file(bundle.stage.home().join("console")).unwrap();
}

fn receive_descriptor(listener: &UnixListener) -> OwnedFd {
    let (peer, _) = listener.accept().unwrap();
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [0; 64];
    recvmsg(&peer, &mut [IoSliceMut::new(&mut buffer)], &mut ancillary, RecvFlags::CMSG_CLOEXEC).unwrap();
    let received = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    received.expect("a descriptor was sent")
}

fn hook(script: &str) -> Value {
    json!([{ "path": "/bin/sh", "args": ["sh", "-c", script] }])
}

#[test]
fn hooks_run_in_their_order_and_are_told_of_the_container() {
    let mut bundle = need!(Bundle::of("echo program >>/hooks; exec sleep 99"));
    let log = bundle.stage.home().join("bundle/rootfs/hooks").display().to_string();
    let outside = |name: &str| {
        // The state comes on standard input.
        hook(&format!("s=$(tr -d ' \\n' | grep -o '\"status\":\"[a-z]*\"'); echo {name} $s >>{log}"))
    };
    bundle.set(
        "/hooks",
        json!({
            "poststop": outside("poststop"), "poststart": outside("poststart"),
            "startContainer": hook("echo startContainer $(hostname) >>/hooks"),
            "createContainer": outside("createContainer"),
            "createRuntime": outside("createRuntime"), "prestart": outside("prestart"),
        }),
    );
    bundle.create("web", &[]).ok();
    bundle.oci(&["start", "web"]).ok();
    wait_until("the program runs", || bundle.file("bundle/rootfs/hooks").contains("program"));
    bundle.oci(&["delete", "-f", "web"]).ok();
    let said = bundle.file("bundle/rootfs/hooks");
    let mut lines: Vec<&str> = said.lines().collect();
    // These two are beside each other.
    lines[4..6].sort_unstable();
    let status = |name: &str, status: &str| format!("{name} \"status\":\"{status}\"");
    assert_eq!(
        lines,
        [
            &status("prestart", "creating"),
            &status("createRuntime", "creating"),
            &status("createContainer", "creating"),
            "startContainer inside",
            &status("poststart", "running"),
            "program",
            &status("poststop", "stopped"),
        ]
    );
}

#[test]
fn a_hook_that_fails_takes_the_container_with_it_or_is_a_warning() {
    for (name, at_create) in
        [("prestart", true), ("createRuntime", true), ("createContainer", true), ("startContainer", false)]
    {
        let bundle = need!(Bundle::of("exec sleep 99")).with("/hooks", json!({ (name): hook("exit 3") }));
        let failed = if at_create {
            bundle.create("web", &[])
        } else {
            bundle.create("web", &[]).ok();
            bundle.oci(&["start", "web"])
        };
        assert!(failed.fails(125).contains("exit status: 3"), "{name}");
        match at_create {
            true => assert_eq!(bundle.oci(&["list", "-q"]).ok(), "", "{name}"),
            false => bundle.wait_for("web", "stopped"),
        }
        bundle.oci(&["delete", "-f", "web"]).ok();
    }
    let bundle = need!(Bundle::of("exec sleep 99")).with("/hooks", json!({ "poststart": hook("exit 3") }));
    bundle.create("web", &[]).ok();
    let started = bundle.oci(&["start", "web"]);
    assert!(started.code == 0 && started.err.contains("exit status: 3"), "{}", started.err);
    bundle.oci(&["delete", "-f", "web"]).ok();
}

#[test]
fn what_cannot_be_made_is_refused_where_engines_look_for_the_reason() {
    for (pointer, value, code, word) in [
        ("/process/args", json!(["no-such-program"]), 127, "executable file not found"),
        ("/process/args", json!(["/bin"]), 126, "/bin"),
        ("/linux/intelRdt", json!({ "closID": "x" }), 125, "linux.intelRdt"),
        ("/linux/sysctl", json!({ "kernel.panic": "1" }), 125, "kernel.panic"),
        ("/linux/rootfsPropagation", "sideways".into(), 125, "sideways"),
        ("/mounts", json!([{ "destination": "/x", "type": "no-such-fs", "source": "x" }]), 125, "no-such-fs"),
        ("/ociVersion", "0.9".into(), 125, "ociVersion"),
        ("/root/path", "nowhere".into(), 125, "root file system"),
    ] {
        let bundle = need!(Bundle::of("true")).with(pointer, value);
        let words = bundle.words(&[]);
        let words = [&words[..], &["--log", "log", "--log-format", "json", "create", "-b", "bundle", "x"]].concat();
        let said = bundle.stage.run(&words).fails(code);
        assert!(said.contains(word), "{pointer}: {said}");
        let logged: Value = serde_json::from_str(bundle.file("log").lines().last().unwrap()).unwrap();
        assert!(logged["level"] == "error" && logged["msg"].as_str().unwrap().contains(word), "{logged}");
        assert_eq!(bundle.oci(&["list", "-q"]).ok(), "", "{pointer}");
    }
    let bundle = need!(Bundle::of("true"));
    for id in ["..", "a/b", ".x"] {
        bundle.oci(&["create", "-b", "bundle", id]).fails(125);
    }
    bundle.oci(&["create", "-b", "bundle", "--no-pivot", "x"]).fails(125);
    bundle.oci(&["create", "-b", "nowhere", "x"]).fails(125);
}

#[test]
fn a_creator_that_is_killed_leaves_what_can_be_deleted() {
    let bundle = need!(Bundle::of("exec sleep 99"));
    for round in 0..20 {
        let words = bundle.words(&["create", "-b", "bundle", "web"]);
        let mut command = bundle.stage.command(&words);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Not for a condition: the moment of the kill is the point.
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        bundle.oci(&["delete", "-f", "web"]).ok();
        assert!(!bundle.stage.home().join("runtime/web").exists(), "round {round}");
    }
}

#[test]
fn the_one_name_is_as_good_as_the_two_words() {
    let stage = Stage::new();
    let link = stage.home().join("box-oci");
    symlink(binary(), &link).unwrap();
    let version = Running::start(
        {
            let mut command = stage.program(&link);
            command.arg("--version");
            command
        },
        Some(Stdio::null()),
    )
    .finish()
    .ok();
    assert!(version.starts_with("box-oci version ") && version.contains("\nspec: 1."), "{version}");
    let features: Value = serde_json::from_str(&stage.run(&["oci", "features"]).ok()).unwrap();
    assert!(features["linux"]["namespaces"].as_array().is_some_and(|kinds| kinds.contains(&"user".into())));
    assert!(features["mountOptions"].as_array().is_some_and(|words| words.contains(&"rbind".into())));
}

#[test]
fn roots_containers_have_limits_and_may_open_no_device_that_they_were_not_given() {
    if !is_root() {
        return say_skipped("only root has groups of every kind here");
    }
    let script = "mknod /dev/other b 254 0; cat /dev/other; echo >/dev/null && echo null; exec sleep 99";
    let mut bundle = need!(Bundle::of(script));
    let kinds = ["pid", "ipc", "uts", "mount", "network"].map(|kind| json!({ "type": kind }));
    bundle.set("/linux/namespaces", json!(kinds));
    bundle.set("/linux/uidMappings", json!([]));
    bundle.set("/linux/gidMappings", json!([]));
    bundle.set(
        "/process/capabilities",
        json!({ "bounding": ["CAP_MKNOD"], "effective": ["CAP_MKNOD"], "permitted": ["CAP_MKNOD"] }),
    );
    let group = format!("box-test-{}", std::process::id());
    bundle.set("/linux/cgroupsPath", format!("/{group}/web").into());
    bundle.set(
        "/linux/resources",
        json!({
            "pids": { "limit": 33 }, "memory": { "limit": 67108864 }, "devices": [{ "allow": false, "access": "rwm" }],
        }),
    );
    let words = bundle.words(&["create", "-b", "bundle", "web"]).join(" ");
    bundle.stage.shell(&format!("box {words} </dev/null >out 2>&1")).ok();
    bundle.oci(&["start", "web"]).ok();
    wait_until("it has said all", || bundle.file("out").contains("null"));
    assert!(bundle.file("out").contains("Operation not permitted"), "{}", bundle.file("out"));
    let value =
        |file: &str| bundle.stage.shell(&format!("cat $(find /sys/fs/cgroup -path '*/{group}/web/{file}')")).out;
    assert_eq!(value("pids.max").trim(), "33");
    std::fs::write(bundle.stage.home().join("new"), r#"{"pids": {"limit": 44}}"#).unwrap();
    bundle.oci(&["update", "-r", "new", "web"]).ok();
    assert_eq!(value("pids.max").trim(), "44");
    bundle.oci(&["pause", "web"]).ok();
    assert_eq!(bundle.status("web"), "paused");
    bundle.oci(&["exec", "web", "true"]).fails(126);
    bundle.oci(&["resume", "web"]).ok();
    assert_eq!(bundle.status("web"), "running");
    bundle.oci(&["pause", "web"]).ok();
    bundle.oci(&["delete", "-f", "web"]).ok();
    bundle.stage.shell(&format!("find /sys/fs/cgroup -depth -type d -name {group} -exec rmdir {{}} \\;")).ok();
}

#[test]
fn a_group_with_processes_of_others_is_no_place_for_a_container() {
    if !is_root() {
        return say_skipped("only root has groups of every kind here");
    }
    let bundle = need!(Bundle::of("exec sleep 99"));
    let name = format!("box-test-others-{}", std::process::id());
    let bundle = bundle.with("/linux/cgroupsPath", format!("/{name}").into());
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let trees =
        mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).filter(|mount| mount[2].starts_with("cgroup"));
    let groups: Vec<PathBuf> = trees.map(|mount| Path::new(mount[1]).join(&name)).collect();
    let mut other = std::process::Command::new("sleep").arg("99").spawn().unwrap();
    let joined = groups.iter().filter(|group| {
        std::fs::create_dir(group).is_ok() && std::fs::write(group.join("cgroup.procs"), other.id().to_string()).is_ok()
    });
    let count = joined.count();
    let said = bundle.create("web", &[]).fails(125);
    let lives = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    groups.iter().for_each(|group| drop(std::fs::remove_dir(group)));
    assert!(count > 0 && lives && said.contains(&format!("is in `/{name}`")), "{count} {lives} {said}");
}

#[test]
fn podman_runs_containers_on_it() {
    let podman = need!(installed("podman"));
    need!(many_ids());
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let podman = podman.display();
    let runtime = stage.home().join("box-oci");
    symlink(binary(), &runtime).unwrap();
    let run = |options: &str, words: &str| {
        let options =
            format!("--root {0}/p --runroot {0}/pr --cgroup-manager cgroupfs {options}", stage.home().display());
        stage.shell(&format!("{podman} {options} run --rm --network none --tls-verify=false {words}"))
    };
    if is_root() {
        return say_skipped("a podman of root leaves its store mounted");
    }
    // It leaves a process behind, which this ends.
    let end = || {
        let store = stage.home().join("p");
        stage.shell(&format!("{podman} unshare rm -rf {}; {podman} system migrate", store.display()))
    };
    let usual = run("", &format!("{image} true"));
    if usual.code != 0 {
        end();
        return say_skipped(&format!("podman runs nothing here: {}", usual.err.lines().last().unwrap_or_default()));
    }
    let options = format!("--runtime {}", runtime.display());
    let outcome = run(&options, &format!("-e A=b -w /tmp {image} sh -c 'echo $A; pwd; exit 5'"));
    assert_eq!((outcome.code, outcome.out.as_str()), (5, "b\n/tmp\n"), "{}", outcome.err);
    run(&options, &format!("{image} no-such-program")).ends_with(127);
    end();
}
