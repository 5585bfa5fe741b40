//! `box ps`.

use nix::sys::signal::Signal;

use crate::fixture::{Running, Stage, need, wait_until};

#[test]
fn it_shows_what_runs_and_with_a_all() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["run", "-d", "--name", "one", &payload, "/payload", "wait"]).ok();
    stage.run(&["run", "--name", "two", &payload, "/payload", "exit", "3"]).ends_with(3);
    assert_eq!(stage.run(&["ps", "--format", "{{.Names}}"]).ok(), "one");
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Names}} {{.State}}"]).ok(), "two exited\none running");
    let table = stage.run(&["ps", "-a"]).ok();
    assert!(table.starts_with("CONTAINER ID"), "{table}");
    assert!(table.contains("Exited (3)") && table.contains("Up "), "{table}");
    let ids = stage.run(&["ps", "-aq"]).ok();
    assert!(ids.lines().all(|id| id.len() == 12), "{ids}");
    assert_eq!(stage.run(&["ps", "-q", "--filter", "name=two"]).ok(), "");
    assert_eq!(stage.run(&["ps", "-a", "--filter", "name=two", "--format", "{{.Names}}"]).ok(), "two");
    assert_eq!(stage.run(&["container", "ls", "--format", "{{.Names}}"]).ok(), "one");
}

#[test]
fn a_payload_that_calls_itself_by_odd_bytes_runs_all_the_same() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = r"printf '\377) Z (\n' > /proc/1/comm; echo ready; while :; do sleep 1; done";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    wait_until("it has its name", || stage.run(&["logs", &web]).out == "ready\n");
    assert_eq!(stage.run(&["inspect", "-f", "{{.State.Status}}", &web]).ok(), "running");
    stage.run(&["exec", &web, "true"]).ok();
    stage.run(&["top", &web]).ok();
    // The default action of a signal that it does not handle.
    stage.run(&["kill", "-s", "TERM", &web]).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "143");
}

#[test]
fn an_empty_store_lists_nothing() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
    assert_eq!(stage.run(&["ps"]).ok().lines().count(), 1);
}

#[test]
fn filters_of_docker_are_known() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, "-p", "8070:70/udp", &payload]).ok();
    let seen = |filter: &str| {
        let name = format!("name={web}");
        stage.run(&["ps", "-aq", "--filter", &name, "--filter", filter]).ok().lines().count() == 1
    };
    for (filter, is_there) in [
        ("expose=70/udp", true),
        ("expose=60-80/udp", true),
        ("expose=70", false),
        ("publish=70/udp", true),
        ("publish=60-80/udp", true),
        ("publish!=60-80/udp", false),
        ("publish=70", false),
        ("publish=8070/udp", false),
        ("is-task=false", true),
        ("is-task=true", false),
        ("isolation=default", true),
        ("isolation=hyperv", false),
    ] {
        assert_eq!(seen(filter), is_there, "{filter}");
    }
    for filter in ["expose=nonsense", "publish=9-8", "publish=1/udp/x", "publish=70000"] {
        stage.run(&["ps", "--filter", filter]).fails(125);
    }
}

#[test]
fn ids_alone_are_sorted_too_and_a_watch_shows_them_again() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let ids = ["b", "c", "a"].map(|name| stage.run(&["create", "--name", name, &payload]).ok());
    let [b, c, a] = &ids;
    assert_eq!(stage.run(&["ps", "-aq", "--no-trunc"]).ok(), format!("{a}\n{c}\n{b}"));
    assert_eq!(stage.run(&["ps", "-aq", "--no-trunc", "--sort", "names"]).ok(), format!("{a}\n{b}\n{c}"));
    let mut watch = Running::start(stage.command(&["ps", "-aq", "--sort=names", "--watch", "1"]), None);
    let shown = [a, b, c].map(|id| id[..12].to_owned() + "\n").concat();
    watch.expect(&shown.repeat(2));
    watch.signal(Signal::SIGINT);
    assert_eq!(watch.finish().code, 130);
    stage.run(&["ps", "--watch", "0"]).fails(125);
    stage.run(&["rm", "-a"]).ok();
}

#[test]
fn a_filter_that_cannot_be_negated_is_refused_and_acts_on_nothing() {
    let stage = Stage::new();
    let (payload, keep) = (need!(stage.image("payload")), stage.name("keep"));
    stage.run(&["create", "--name", &keep, &payload]).ok();
    for filter in ["name!=keep", "until!=24h", "before!=keep", "since!=keep"] {
        assert!(stage.run(&["rm", "-f", "--filter", filter]).fails(125).contains("negated"), "{filter}");
        assert!(stage.run(&["ps", "-aq", "--filter", filter]).fails(125).contains("negated"), "{filter}");
    }
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Names}}"]).ok(), keep);
    stage.run(&["rm", &keep]).ok();
}
