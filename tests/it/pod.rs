//! `box pod`: containers that share a network, and what is done to all of them at once.

use std::io::{Read, Write};
use std::net::TcpStream;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fixture::{Stage, ability, need, wait_until};

/// A container that runs until it is asked to end.
fn sleeper<'w>(pod: &'w str, name: &'w str, image: &'w str) -> [&'w str; 8] {
    ["run", "-d", "--pod", pod, "--name", name, image, "cat"]
}

/// Runs `cat` for ever: `run -d -i` keeps its input open.
fn add(stage: &Stage, pod: &str, name: &str, image: &str) -> String {
    let [run, detach, rest @ ..] = sleeper(pod, name, image);
    stage.run(&[&[run, detach, "-i"], &rest[..]].concat()).ok()
}

fn state(stage: &Stage, pod: &str) -> String {
    stage.run(&["pod", "inspect", "-f", "{{.State}}", pod]).ok()
}

fn statuses(stage: &Stage) -> String {
    stage.run(&["ps", "-a", "--sort", "names", "-f", "pod=p", "--format", "{{.Names}} {{.State}}"]).ok()
}

/// A pod `p` without a network, whose holder is called `p-infra`.
fn quiet_pod(stage: &Stage, options: &[&str]) -> String {
    let words = ["pod", "create", "--network", "none", "--infra-name", "p-infra", "--name", "p"];
    stage.run(&[&words, options].concat()).ok()
}

fn kill_monitor(stage: &Stage, name: &str) {
    let shown = stage.run(&["inspect", "-f", "{{.State.ConmonPid}} {{.State.Pid}}", name]).ok();
    let pids: Vec<i32> = shown.split(' ').map(|pid| pid.parse().expect("a process id")).collect();
    assert!(pids.iter().all(|pid| *pid > 1), "`{name}` runs: {pids:?}");
    kill(Pid::from_raw(pids[0]), Signal::SIGKILL).expect("it is ours");
    wait_until("it has ended with its monitor", || {
        stage.run(&["inspect", "-f", "{{.State.Status}}", name]).ok() == "exited"
    });
}

#[test]
fn on_an_empty_store_there_is_nothing_to_clean_up() {
    let stage = Stage::new();
    for words in [
        &["pod", "rm", "-t", "0", "-a", "-f", "--ignore"][..],
        &["pod", "prune", "-f"],
        &["pod", "stop", "-a", "-i"],
        &["pod", "rm", "-f", "no-such"],
        &["pod", "rm", "-i", "no-such"],
        &["pod", "stop", "-i", "no-such"],
        &["pod", "ps", "-q"],
    ] {
        assert_eq!(stage.run(words).ok(), "", "{words:?}");
    }
    stage.run(&["pod", "exists", "no-such"]).ends_with(1);
    stage.run(&["pod", "rm", "no-such"]).fails(1);
    let said = stage.run(&["pod", "start", "no-such"]).fails(1);
    assert!(said.contains("no such pod `no-such`"), "{said}");
    assert_eq!(stage.run(&["pod", "inspect", "no-such"]).out.trim(), "[]");
}

#[test]
fn containers_of_a_pod_share_what_a_pod_shares() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &["--hostname", "shared", "--add-host", "db:10.9.8.7"]);
    stage.shell(&format!("box run -d --pod p --name web {busybox} httpd -f -p 8080 -h /etc")).ok();
    add(&stage, "p", "app", &busybox);
    let inside = |name: &str, script: &str| stage.run(&["exec", name, "sh", "-c", script]).ok();
    wait_until("the server answers on the loopback of the other", || {
        stage.run(&["exec", "app", "wget", "-qO-", "127.0.0.1:8080/hostname"]).out == "shared\n"
    });
    assert_eq!(inside("app", "hostname"), "shared");
    assert_eq!(inside("app", "grep -c 10.9.8.7 /etc/hosts"), "1");
    for kind in ["net", "ipc", "uts", "user"] {
        let link = format!("readlink /proc/self/ns/{kind}");
        assert_eq!(inside("web", &link), inside("app", &link), "{kind}");
    }
    for kind in ["pid", "mnt"] {
        let link = format!("readlink /proc/self/ns/{kind}");
        assert_ne!(inside("web", &link), inside("app", &link), "{kind}");
    }
    assert_eq!(state(&stage, "p"), "Running");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn a_container_may_keep_a_namespace_of_its_own_but_not_what_is_the_pods() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &["--share", "net,ipc"]);
    let name = stage.run(&["run", "--rm", "--pod", "p", "-h", "mine", &busybox, "hostname"]).ok();
    assert_eq!(name, "mine");
    for (options, why) in [
        (&["-p", "80:80"][..], "its network is the pod's, which publishes the ports"),
        (&["--network", "none"], "its network is the pod's"),
        (&["--add-host", "a:1.2.3.4"], "/etc/hosts"),
        (&["--userns", "keep-id"], "its user namespace is the pod's"),
        (&["--sysctl", "net.ipv4.ip_forward=1"], "`net.*`"),
        (&["--shm-size", "1m"], "and with it /dev/shm"),
    ] {
        let words = [&["create", "--pod", "p"], options, &[busybox.as_str(), "true"]].concat();
        let said = stage.run(&words).fails(125);
        assert!(said.contains("join pod `p`") && said.contains(why), "{options:?}: {said}");
    }
    for (refused, why) in [
        (&["--share", "pid"][..], "have their own processes"),
        (&["--share", "mnt"], "none of cgroup, ipc, net, user, uts"),
        (&["--memory", "1g"], "no control group of its own"),
        (&["--infra-image", "x"], "no image and no program"),
        (&["--userns", "auto"], "--userns auto and nomap"),
        (&["--infra=false", "-p", "80:80"], "they share none"),
        (&["--share", "net", "--shm-size", "1m"], "add `ipc` to --share"),
        (&["--exit-policy", "maybe"], "continue or stop"),
        (&["--network", "host", "-p", "80:80"], "in a network that is the pod's own"),
    ] {
        let said = stage.run(&[&["pod", "create"], refused, &["x"]].concat()).fails(125);
        assert!(said.contains(why), "{refused:?}: {said}");
    }
    stage.run(&["pod", "exists", "x"]).ends_with(1);
    stage.run(&["pod", "rm", "-f", "p"]).ok();
}

#[test]
fn a_published_port_of_the_pod_is_answered_by_a_member() {
    need!(ability("network"));
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let publish = format!("127.0.0.1:{port}:8080");
    let words = ["run", "-d", "--pod", "new:web", "-p", &publish, "--name", "server", &busybox];
    stage.run(&[&words[..], &["httpd", "-f", "-p", "8080", "-h", "/etc"]].concat()).ok();
    let mut answer = String::new();
    wait_until("the port answers", || {
        answer.clear();
        TcpStream::connect(("127.0.0.1", port))
            .and_then(|mut peer| {
                peer.write_all(b"GET /hostname HTTP/1.0\r\n\r\n")?;
                peer.read_to_string(&mut answer)
            })
            .is_ok_and(|_| answer.ends_with("web\n"))
    });
    let infra = stage.run(&["pod", "inspect", "-f", "{{.InfraContainerID}}", "web"]).ok();
    for name in [&infra, "server"] {
        assert_eq!(stage.run(&["port", name]).ok(), format!("8080/tcp -> 127.0.0.1:{port}"));
    }
    let shown = stage.run(&["ps", "-f", "name=server", "--format", "{{.Ports}}"]).ok();
    assert_eq!(shown, format!("127.0.0.1:{port}->8080/tcp"));
    stage.run(&["pod", "rm", "-f", "-t", "0", "web"]).ok();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is closed");
}

#[test]
fn a_pod_is_found_by_its_name_in_a_named_network() {
    need!(ability("network"));
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["network", "create", "net"]).ok();
    stage.run(&["pod", "create", "--network", "net", "--network-alias", "other", "--name", "web"]).ok();
    let words = ["run", "-d", "--pod", "web", &busybox, "httpd", "-f", "-p", "8080", "-h", "/etc"];
    stage.run(&words).ok();
    for name in ["web", "other"] {
        let script = format!("until wget -qO- {name}:8080/hostname; do sleep 0.1; done");
        let answer = stage.run(&["run", "--rm", "--network", "net", &busybox, "sh", "-c", &script]).ok();
        assert!(answer.ends_with("web"), "{name}: {answer}");
    }
    // A member asks the servers of the network that is the pod's.
    let said = stage.run(&["run", "--rm", "--pod", "web", &busybox, "wget", "-qO-", "other:8080/hostname"]).ok();
    assert_eq!(said, "web");
    stage.run(&["pod", "rm", "-f", "-t", "0", "web"]).ok();
    stage.run(&["network", "rm", "net"]).ok();
}

#[test]
fn members_end_before_what_they_share() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    ["one", "two"].iter().for_each(|name| drop(add(&stage, "p", name, &busybox)));
    stage.run(&["pod", "stop", "p"]).ok();
    assert_eq!(statuses(&stage), "one exited\np-infra exited\ntwo exited");
    let died = ["events", "--stream=false", "--since", "1h", "-f", "event=died", "--format", "{{.Name}}"];
    let died = stage.run(&died).ok();
    assert!(died.ends_with("\np-infra") && died.lines().count() == 3, "{died}");
    assert_eq!(state(&stage, "p"), "Exited");
    stage.run(&["pod", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["pod", "ps", "-q"]).ok(), "");
}

#[test]
fn a_pod_goes_through_its_states() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let id = quiet_pod(&stage, &["--label", "a=b"]);
    assert_eq!(state(&stage, "p"), "Created");
    add(&stage, "p", "one", &busybox);
    stage.run(&["create", "--pod", "p", "--name", "two", &busybox, "true"]).ok();
    assert_eq!(statuses(&stage), "one running\np-infra running\ntwo created");
    assert_eq!(state(&stage, "p"), "Degraded");
    let said = stage.run(&["pod", "rm", "p"]).fails(2);
    assert!(said.contains("box pod stop p"), "{said}");
    stage.run(&["rm", "two"]).ok();
    assert_eq!(state(&stage, &id[..9]), "Running");
    assert_eq!(stage.run(&["pod", "stop", "-t", "5", "p"]).ok(), id);
    assert_eq!(state(&stage, "p"), "Exited");
    assert_eq!(stage.run(&["pod", "start", "p"]).ok(), id);
    assert_eq!(state(&stage, "p"), "Running");
    stage.run(&["pod", "restart", "p"]).ok();
    assert_eq!(state(&stage, "p"), "Running");
    stage.run(&["pod", "kill", "p"]).ok();
    wait_until("all of it has ended", || state(&stage, "p") == "Exited");
    stage.run(&["pod", "kill", "p"]).fails(125);
    stage.run(&["start", "one"]).ok();
    assert_eq!(statuses(&stage), "one running\np-infra running", "the holder is started first");
    let row = stage.run(&["pod", "ps", "-f", "label=a=b", "-f", "status=running", "--format", "{{.Name}} {{.ID}}"]);
    assert_eq!(row.ok(), format!("p {}", &id[..12]));
    assert_eq!(stage.run(&["pod", "ps", "-q", "-f", "ctr-names=three"]).ok(), "");
    assert!(stage.run(&["pod", "top", "p", "pid", "args"]).ok().contains("cat"));
    stage.run(&["pod", "rm", "-f", "-a", "-t", "0"]).ok();
}

#[test]
fn it_stands_still_and_goes_on() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    add(&stage, "p", "one", &busybox);
    stage.run(&["pod", "pause", "p"]).ok();
    assert_eq!(state(&stage, "p"), "Paused");
    stage.run(&["pod", "unpause", "p"]).ok();
    assert_eq!(state(&stage, "p"), "Running");
    stage.run(&["pod", "pause", "p"]).ok();
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
}

#[test]
fn listings_say_which_pod_a_container_is_in() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let id = quiet_pod(&stage, &[]);
    let words = ["create", "--pod", &id[..8], "--name", "one", &busybox, "sh", "-c", "echo said"];
    stage.run(&words).ok();
    stage.run(&["create", "--name", "other", &busybox, "true"]).ok();
    let table = stage.run(&["ps", "-a", "--pod", "--noheading", "-f", "name=^one$"]).ok();
    assert!(table.ends_with(&format!("{}   p", &id[..12])), "{table}");
    assert_eq!(stage.run(&["inspect", "-f", "{{.Pod}} {{.IsInfra}}", "one"]).ok(), format!("{id} false"));
    assert_eq!(stage.run(&["inspect", "-f", "{{.Pod}} {{.IsInfra}}", "p-infra"]).ok(), format!("{id} true"));
    assert_eq!(stage.run(&["inspect", "-f", "{{.NumContainers}} {{.SharedNamespaces}}", "p"]).ok(), "2 [ipc net uts]");
    stage.run(&["start", "-a", "one"]).ok();
    stage.run(&["rm", "one"]).ok();
    stage.run(&["run", "-d", "--pod", "p", "--name", "one", &busybox, "sh", "-c", "echo said"]).ok();
    stage.run(&["wait", "one"]).ok();
    assert_eq!(stage.run(&["pod", "logs", "p"]).ok(), "said");
    stage.run(&["pod", "logs", "-c", "other", "p"]).fails(125);
    let table = stage.run(&["pod", "ps", "--ctr-names", "--ctr-status", "--noheading"]).ok();
    assert!(table.contains("p-infra,one") && table.contains("running,exited"), "{table}");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Names}}"]).ok(), "other");
}

#[test]
fn what_holds_a_pod_leaves_with_it_only() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    stage.run(&["pod", "start", "p"]).ok();
    for words in [
        &["rm", "-f", "p-infra"][..],
        &["rename", "p-infra", "x"],
        &["container", "clone", "p-infra"],
        &["exec", "p-infra", "true"],
        &["commit", "p-infra"],
    ] {
        let said = stage.run(words).fails(125);
        assert!(said.contains("holds pod `p`") || said.contains("holds a pod"), "{words:?}: {said}");
    }
    stage.run(&["create", "--pod", "p", "--name", "one", &busybox, "true"]).ok();
    stage.run(&["rm", "-fa"]).ok();
    stage.run(&["container", "prune", "-f"]).ok();
    assert_eq!(statuses(&stage), "p-infra running");
    stage.run(&["create", "--pod", "new:", &busybox, "true"]).fails(125);
    stage.run(&["create", "--name", "p", &busybox, "true"]).fails(125);
    stage.run(&["pod", "create", "p"]).fails(125);
    let new = stage.run(&["pod", "create", "--replace", "--pod-id-file", "id", "p"]).ok();
    assert_eq!(std::fs::read_to_string(stage.home().join("id")).expect("written"), new);
    stage.run(&["create", "--pod-id-file", "id", "--name", "two", &busybox, "true"]).ok();
    stage.run(&["pod", "rm", "--pod-id-file", "id"]).ok();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    stage.run(&["create", "--name", "p", &busybox, "true"]).ok();
    let said = stage.run(&["pod", "create", "p"]).fails(125);
    assert!(said.contains("is already in use by"), "{said}");
    stage.run(&["rm", "p"]).ok();
}

#[test]
fn one_caller_wins_a_name_and_several_may_remove_it() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let creators: Vec<_> = (0..8).map(|_| stage.start(&["pod", "create", "--network", "none", "p"])).collect();
    let codes: Vec<i32> = creators.into_iter().map(|creator| creator.finish().code).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    for name in ["one", "two", "three"] {
        add(&stage, "p", name, &busybox);
    }
    let removers: Vec<_> = (0..2).map(|_| stage.start(&["pod", "rm", "-f", "-t", "0", "p"])).collect();
    removers.into_iter().for_each(|remover| drop(remover.finish().ends_with(0)));
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    stage.run(&["pod", "exists", "p"]).ends_with(1);
    stage.run(&["pod", "create", "p"]).ok();
    stage.run(&["pod", "rm", "p"]).ok();
}

#[test]
fn a_holder_that_was_killed_is_told_and_mended() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    add(&stage, "p", "one", &busybox);
    kill_monitor(&stage, "p-infra");
    assert_eq!(statuses(&stage), "one running\np-infra exited");
    assert_eq!(state(&stage, "p"), "Degraded");
    // Somebody else brings the holder back, and the one stays in what was there before.
    stage.run(&["run", "--rm", "--pod", "p", &busybox, "true"]).ok();
    assert_eq!(statuses(&stage), "one running\np-infra running");
    assert_eq!(state(&stage, "p"), "Degraded");
    stage.run(&["pod", "start", "p"]).ok();
    assert_eq!(state(&stage, "p"), "Running");
    let link = ["sh", "-c", "readlink /proc/self/ns/net"];
    let inside = stage.run(&[&["exec", "one"], &link[..]].concat()).ok();
    assert_eq!(stage.run(&[&["run", "--rm", "--pod", "p", &busybox], &link[..]].concat()).ok(), inside);
    kill_monitor(&stage, "p-infra");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn a_pod_may_end_with_the_last_of_its_containers() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &["--exit-policy", "stop"]);
    add(&stage, "p", "one", &busybox);
    stage.run(&["run", "--rm", "--pod", "p", &busybox, "true"]).ok();
    assert_eq!(state(&stage, "p"), "Running", "it was not the last");
    kill_monitor(&stage, "one");
    assert_eq!(stage.run(&["wait", "p-infra"]).ok(), "0");
    assert_eq!(state(&stage, "p"), "Exited");
    // Whoever comes while it ends has it started once more.
    for _ in 0..10 {
        stage.run(&["run", "--rm", "--pod", "p", &busybox, "true"]).ok();
    }
    stage.run(&["wait", "p-infra"]).ok();
    stage.run(&["pod", "rm", "p"]).ok();
}

#[test]
fn without_a_holder_containers_have_only_their_pod_in_common() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["pod", "create", "--infra=false", "--share=", "--name", "p"]).ok();
    for name in ["one", "two"] {
        let words = ["create", "--pod", "p", "--network", "none", "--name", name, "-i", &busybox, "cat"];
        stage.run(&words).ok();
    }
    stage.run(&["pod", "start", "p"]).ok();
    assert_eq!(statuses(&stage), "one running\ntwo running");
    assert_eq!(stage.run(&["pod", "inspect", "-f", "{{.NumContainers}}<{{.InfraContainerID}}>", "p"]).ok(), "2<>");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn its_volumes_and_policies_are_those_of_its_containers() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &["-v", "data:/data", "--restart", "on-failure", "--userns", "keep-id"]);
    stage.run(&["create", "--pod", "p", "--name", "one", &busybox, "sh", "-c", "echo kept >/data/file"]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.HostConfig.RestartPolicy.Name}}", "one"]).ok(), "on-failure");
    stage.run(&["pod", "start", "p"]).ok();
    stage.run(&["wait", "one"]).ok();
    assert_eq!(stage.run(&["run", "--rm", "--pod", "p", &busybox, "cat", "/data/file"]).ok(), "kept");
    let id = stage.run(&["run", "--rm", "--pod", "p", &busybox, "id", "-u"]).ok();
    assert_eq!(id, nix::unistd::getuid().to_string(), "the user is kept");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn everything_goes_with_the_store() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    add(&stage, "p", "one", &busybox);
    stage.run(&["system", "reset", "-f"]).ok();
    assert_eq!(stage.run(&["pod", "ps", "-q"]).ok(), "");
}

#[test]
fn what_fails_leaves_everything_as_it_was() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let id = stage.run(&["create", "--name", &web, &payload]).ok();
    let replace = ["create", "--replace", "--name", &web];
    stage.run(&[&replace[..], &["--pod", "no-such-pod", &payload]].concat()).fails(125);
    assert_eq!(stage.run(&["inspect", "-f", "{{.Id}}", &web]).ok(), id);
    // The name is taken: the pod that was made for it goes again.
    stage.run(&["create", "--pod", "new:fresh", "--name", &web, &payload]).fails(125);
    stage.run(&["pod", "exists", "fresh"]).ends_with(1);
    stage.run(&["pod", "create", "fresh"]).ok();
    let said = stage.run(&["create", "--pod", "fresh", "--egress", "deny", &payload]).fails(125);
    assert!(said.contains("it may reach"), "{said}");
    stage.run(&["pod", "rm", "fresh"]).ok();
}

#[test]
fn what_holds_a_pod_that_shares_nothing_never_runs() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let id = stage.run(&["pod", "create", "--infra=false", "bare"]).ok();
    stage.run(&["create", "--pod", "bare", "--name", "one", &payload, "/payload", "exit", "0"]).ok();
    let said = stage.run(&["start", &id]).fails(125);
    assert!(said.contains("shares nothing"), "{said}");
    stage.run(&["start", "--all"]).ok();
    stage.run(&["wait", "one"]).ok();
    for (options, word) in [
        (["--infra=false", "--infra-name", "x"].as_slice(), "--infra-name"),
        (&["--infra=false", "--hostname", "x"], "uts"),
        (&["--infra=false", "--no-hostname"], "uts"),
        (&["--share", "ipc", "--dns=192.0.2.1"], "net"),
    ] {
        let said = stage.run(&[&["pod", "create"], options].concat()).fails(125);
        assert!(said.contains(word), "{said}");
    }
    stage.run(&["pod", "rm", "bare"]).ok();
}

#[test]
fn memory_that_is_shared_by_name_is_the_same_in_all_of_them() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let size = "df -k /dev/shm | awk 'END { print $2 }'";
    quiet_pod(&stage, &["--shm-size", "3m"]);
    add(&stage, "p", "one", &busybox);
    stage.run(&["exec", "one", "sh", "-c", "echo said > /dev/shm/word"]).ok();
    let read = "cat /dev/shm/word; ls -ld /dev/shm | cut -c 1-10";
    let with = |options: &[&str], command: &str| {
        let words = [&["run", "--rm", "--network", "none"], options, &[&busybox, "sh", "-c", command]].concat();
        stage.run(&words).ok()
    };
    let in_pod = ["run", "--rm", "--pod", "p", &busybox, "sh", "-c"];
    assert_eq!(stage.run(&[&in_pod[..], &[read]].concat()).ok(), "said\ndrwxrwxrwt");
    assert_eq!(stage.run(&[&in_pod[..], &[size]].concat()).ok(), "3072");
    // So does whoever joins the IPC namespace of any other container, and nobody else.
    assert_eq!(with(&["--ipc", "container:one"], read), "said\ndrwxrwxrwt");
    assert_eq!(with(&[], "ls /dev/shm"), "");
    assert_eq!(with(&["--shm-size", "2m"], size), "2048");
    // One that goes takes nothing with it; what comes later finds what was left.
    stage.run(&["rm", "-f", "-t", "0", "one"]).ok();
    assert_eq!(stage.run(&[&in_pod[..], &[read]].concat()).ok(), "said\ndrwxrwxrwt");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    // A container without one has nothing to show.
    let bare = ["run", "-d", "-i", "--network", "none", "--ipc", "none", "--name", "bare", &busybox, "cat"];
    stage.run(&bare).ok();
    assert_eq!(with(&["--ipc", "container:bare"], "ls /dev/shm"), "");
    stage.run(&["rm", "-f", "-t", "0", "bare"]).ok();
}

#[test]
fn every_container_that_fails_is_told_of() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    quiet_pod(&stage, &[]);
    for name in ["one", "two"] {
        stage.run(&["create", "--pod", "p", "--name", name, &payload, "/no-such-program"]).ok();
    }
    let said = stage.run(&["pod", "start", "p"]).fails(127);
    assert!(said.contains("container `one`") && said.contains("container `two`"), "{said}");
    assert_eq!(statuses(&stage), "one exited\np-infra running\ntwo exited", "nobody is kept from it");
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
}

#[test]
fn what_its_containers_use_is_shown() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    quiet_pod(&stage, &[]);
    add(&stage, "p", "one", &busybox);
    let words = ["run", "-d", "-i", "--network", "none", "--name", "other", &busybox, "cat"];
    stage.run(&words).ok();
    let stats = |names: &[&str]| {
        let words = [&["pod", "stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}"], names].concat();
        let mut lines: Vec<String> = stage.run(&words).ok().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(stats(&["p"]), ["one 1", "p-infra 1"]);
    assert_eq!(stats(&[]), stats(&["p"]), "no container outside of pods");
    stage.run(&["pod", "stats", "--no-stream", "no-such"]).fails(1);
    stage.run(&["pod", "rm", "-f", "-t", "0", "p"]).ok();
    stage.run(&["rm", "-f", "-t", "0", "other"]).ok();
}
