//! `box volume`.

use crate::fixture::{Stage, need};

#[test]
fn it_is_made_listed_and_removed() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["volume", "create", "data"]).ok(), "data");
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "data");
    stage.run(&["volume", "exists", "data"]).ends_with(0);
    let place = stage.run(&["volume", "inspect", "-f", "{{.Mountpoint}}", "data"]).ok();
    assert!(std::path::Path::new(&place).is_dir(), "{place}");
    assert_eq!(stage.run(&["volume", "rm", "data"]).ok(), "data");
    stage.run(&["volume", "exists", "data"]).ends_with(1);
    stage.run(&["volume", "rm", "data"]).fails(1);
}

#[test]
fn what_one_container_writes_the_next_one_reads() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let run = |options: &[&str], script: &str| {
        let words = [&["run", "--rm", "--network", "none"], options, &[busybox.as_str(), "sh", "-c", script]].concat();
        stage.run(&words)
    };
    run(&["-v", "data:/data"], "echo kept >/data/file").ok();
    assert_eq!(
        run(&["-v", "data:/data:ro"], "cat /data/file; touch /data/more 2>/dev/null || echo refused").ok(),
        "kept\nrefused"
    );
    assert_eq!(run(&["--mount", "type=volume,source=data,target=/elsewhere"], "cat /elsewhere/file").ok(), "kept");
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn one_in_use_stays_and_prune_takes_the_rest() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["volume", "create", "spare"]).ok();
    stage.run(&["run", "--name", "web", "-v", "data:/data", &busybox, "true"]).ok();
    stage.run(&["volume", "rm", "data"]).fails(2);
    stage.run(&["volume", "prune", "-f"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "data");
    stage.run(&["rm", "web"]).ok();
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn filters_choose_what_is_listed_and_pruned() {
    let stage = Stage::new();
    stage.run(&["volume", "create", "--label", "a=b", "data"]).ok();
    stage.run(&["volume", "create", "-o", "nocopy", "data2"]).ok();
    let anonymous = stage.run(&["volume", "create"]).ok();
    for (filters, names) in [
        (&["name=^data$"][..], "data"),
        (&["name=data", "name=^x"], "data\ndata2"),
        (&["label=a"], "data"),
        (&["label!=a", "name=^data"], "data2"),
        (&["opt=nocopy"], "data2"),
        (&["opt=nocopy=x"], ""),
        (&["until=1h"], ""),
        (&["until=2100-01-01", "name=data2"], "data2"),
        (&["since=data2", "name=data"], ""),
        (&["scope=local", "driver=local", "dangling=true", "label=a"], "data"),
    ] {
        let words = filters.iter().flat_map(|filter| ["--filter", filter]);
        let words: Vec<&str> = ["volume", "ls", "-q"].into_iter().chain(words).collect();
        assert_eq!(stage.run(&words).ok(), names, "{filters:?}");
    }
    stage.run(&["volume", "ls", "--filter", "name=("]).fails(125);
    stage.run(&["volume", "ls", "--filter", "after=no-such"]).fails(1);
    stage.run(&["volume", "prune", "-f", "--filter", "until=1h"]).ok();
    stage.run(&["volume", "prune", "-f", "--filter", "label=a"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok().lines().count(), 2);
    stage.run(&["volume", "prune", "-f", "--filter", "all=true", "--filter", "label!=a"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "", "{anonymous}");
}

#[test]
fn an_anonymous_one_goes_with_its_container() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "--rm", "-v", "/data", &busybox, "touch", "/data/x"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "");
    stage.run(&["run", "--rm", "-v", "/data", &busybox, "/no/such/program"]).ends_with(127);
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "", "it never ran");
    stage.run(&["run", "--name", "one", "--mount", "dst=/data", &busybox, "touch", "/data/x"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "--format", "{{len .Name}} {{.Anonymous}}"]).ok(), "64 true");
    stage.run(&["rm", "-v", "one"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "");
}

#[test]
fn what_an_anonymous_one_holds_stays_until_somebody_says_otherwise() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "--name", "one", "--network", "none", "-v", "/data", &busybox, "touch", "/data/kept"]).ok();
    let second = ["run", "--name", "two", "--network", "none", "--volumes-from", "one", &busybox, "ls", "/data"];
    assert_eq!(stage.run(&second).ok(), "kept");
    stage.run(&["rm", "-v", "one"]).ok();
    assert_eq!(stage.run(&["start", "-a", "two"]).ok(), "kept", "another container mounts it");
    stage.run(&["rm", "two"]).ok();
    let name = stage.run(&["volume", "ls", "-q", "-f", "dangling=true"]).ok();
    assert_eq!(name.len(), 64, "{name}");
    let third = ["run", "--rm", "--network", "none", "-v", &format!("{name}:/again"), &busybox, "ls", "/again"];
    assert_eq!(stage.run(&third).ok(), "kept", "who names it, keeps it");
    assert_eq!(stage.run(&["volume", "prune", "-f"]).ok(), name);
}

#[test]
fn it_is_there_as_soon_as_its_container_is() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["create", "--name", "web", "-v", "data:/data", "-v", "/cache", &payload]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok().lines().count(), 2);
    assert_eq!(stage.run(&["volume", "inspect", "-f", "{{.MountCount}}", "data"]).ok(), "1");
    stage.run(&["create", "--name", "web", "-v", "/more", &payload]).fails(125);
    stage.run(&["rm", "-v", "web"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "data");
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn what_it_holds_goes_out_and_comes_back() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let run = |script: &str| {
        stage.run(&["run", "--rm", "--network", "none", "-v", "data:/data", &busybox, "sh", "-c", script]).ok()
    };
    run("mkdir -m 700 /data/d; echo x >/data/d/x; ln -s x /data/d/l; touch /data/.wh.file");
    run("chown -h 33:34 /data/d/x || true");
    let listing = "cd /data; find . -exec stat -c '%n %a %u %g %F' {} + | sort";
    let before = run(listing);
    stage.run(&["volume", "export", "-o", "data.tar", "data"]).ok();
    run("rm -rf /data/d; mkdir -p /data/d/x; touch /data/other");
    stage.run(&["volume", "import", "data", "data.tar"]).ok();
    assert_eq!(run("cat /data/d/x; rm /data/other"), "x");
    assert_eq!(run(listing), before);
    stage.run(&["volume", "create", "second"]).ok();
    stage.shell("box volume export data | gzip | box volume import second -").ok();
    stage.run(&["volume", "rm", "data"]).ok();
    stage.shell("box volume export second >second.tar; tar -tf second.tar | grep -c d/x").ok();
    stage.run(&["volume", "import", "no-such-volume", "data.tar"]).fails(1);
    stage.shell("echo rubbish, more of it than a header | box volume import second").fails(125);
    stage.run(&["volume", "rm", "second"]).ok();
}
