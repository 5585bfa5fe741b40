//! Called as `podman` or `docker`, box takes that tool's side where the two differ.

use crate::fixture::{Stage, ipv6, need};

/// The exit codes of a command under the names box, podman and docker.
#[track_caller]
fn check(stage: &Stage, line: &str, codes: [i32; 3]) {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = ["box", "podman", "docker"].map(|name| stage.called(name, &words).code);
    assert_eq!(seen, codes, "{line}");
}

#[test]
fn exit_codes_are_each_tools() {
    let stage = Stage::shared();
    for (line, codes) in [
        // podman: "no such container", 125; docker: 1 (man podman, EXIT STATUS; docker/cli getExitCode).
        ("inspect no-such", [1, 125, 1]),
        ("stop no-such", [1, 125, 1]),
        ("kill no-such", [1, 125, 1]),
        ("start no-such", [1, 125, 1]),
        ("logs no-such", [1, 125, 1]),
        ("wait no-such", [1, 125, 1]),
        ("port no-such", [1, 125, 1]),
        // podman-rm(1): "1: One of the specified containers did not exist, and no other failures".
        ("rm no-such", [1, 1, 1]),
        ("rmi no-such", [1, 1, 1]),
        ("rm -f no-such", [0, 0, 0]),
        ("container exists no-such", [1, 1, 1]),
        ("exec no-such true", [125, 125, 1]),
        ("pull -q --retry 0 127.0.0.1:1/no-such", [1, 125, 1]),
        ("login -u a -p b 127.0.0.1:1", [1, 125, 1]),
        ("nonsense", [125, 125, 1]),
        ("ps --nonsense", [125, 125, 125]),
        ("version --format {{.Nonsense", [64, 125, 64]),
    ] {
        check(&stage, line, codes);
    }
}

#[test]
fn lists_and_ids_are_written_as_each_tool_does() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    let filter = format!("name={web}");
    let list = ["ps", "-a", "--format", "json", "--filter", &filter];
    assert!(stage.called("podman", &list).ok().starts_with('['));
    let docker = stage.called("docker", &list).ok();
    assert!(docker.starts_with('{') && docker.lines().count() == 1, "{docker}");
    assert_eq!(stage.called("podman", &["commit", "-q", &web]).ok().len(), 64);
    assert!(stage.called("docker", &["commit", "-q", &web]).ok().starts_with("sha256:"));
}

#[test]
fn what_does_not_run_cannot_be_entered_and_each_says_so_by_its_own_code() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    check(&stage, &format!("exec {web} /payload exit 0"), [126, 255, 1]);
}

#[test]
fn docker_minds_a_terminal_that_is_not_there() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    check(&stage, &format!("run --rm -it {payload} /payload exit 0"), [0, 0, 1]);
    check(&stage, &format!("run --rm -t {payload} /payload exit 0"), [0, 0, 0]);
}

#[test]
fn docker_makes_the_directories_that_are_missing() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let made = stage.home().join("a/b");
    check(&stage, &format!("run --rm -v {}:/made {payload} /payload exit 0", made.display()), [125, 125, 0]);
    assert!(made.is_dir());
    check(&stage, &format!("run --rm -w /not/there {payload} /payload exit 0"), [126, 126, 0]);
    let missing = format!("type=bind,source={},target=/made", stage.home().join("c").display());
    check(&stage, &format!("run --rm --mount {missing} {payload} /payload exit 0"), [125, 125, 125]);
}

#[test]
fn what_is_fetched_and_made_is_called_as_each_tool_does() {
    let stage = Stage::new();
    let (payload, net) = (need!(stage.image("payload")), stage.name("net"));
    assert_eq!(stage.called("podman", &["pull", "-q", &payload]).ok().len(), 64);
    assert!(stage.called("docker", &["pull", "-q", &payload]).ok().starts_with(&payload));
    assert_eq!(stage.called("podman", &["network", "create", &net]).ok(), net);
    stage.run(&["network", "rm", &net]).ok();
    assert_eq!(stage.called("docker", &["network", "create", &net]).ok().len(), 64);
    stage.run(&["network", "rm", &net]).ok();
}

#[test]
fn dockers_log_is_json_and_its_short_n_counts_lines() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.called("docker", &["run", "-d", "--name", &web, &busybox, "seq", "3"]).ok();
    stage.run(&["wait", &web]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.HostConfig.LogConfig.Type}}", &web]).ok(), "json-file");
    assert_eq!(stage.called("docker", &["logs", "-n", "1", &web]).ok(), "3");
    assert_eq!(stage.called("podman", &["logs", "-n", &web]).ok(), "1\n2\n3");
}

#[test]
fn the_cleanup_of_scripts_succeeds_on_an_empty_store() {
    let stage = Stage::new();
    for (line, code) in [
        ("rm -t 0 -a -f --ignore", 0),
        ("rm -f -a -v --depend", 0),
        ("stop -a -t 0 --ignore", 0),
        ("kill -a", 0),
        ("unpause -a", 0),
        ("volume rm -a -f", 0),
        ("volume prune -f", 0),
        ("container prune -f", 0),
        ("container cleanup -a", 0),
        ("system prune -a -f", 0),
        ("rmi -a -f", 0),
        ("ps --all --external --format {{.ID}}", 0),
        ("ps -aq", 0),
        ("rm", 0),
        ("image exists no-such", 1),
        ("container exists --external no-such", 1),
        ("info --format {{.Host.OCIRuntime.Name}}", 0),
    ] {
        let said = stage.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!((said.code, said.err.as_str()), (code, ""), "{said}");
    }
}

#[test]
fn images_and_containers_are_called_as_each_tool_calls_them() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let id = stage.run(&["pull", "-q", &busybox]).ok();
    stage.run(&["tag", &busybox, "docker.io/library/bb:1"]).ok();
    stage.run(&["tag", &busybox, "localhost/own:2"]).ok();
    stage.run(&["create", "--name", "web", "docker.io/library/bb:1", "true"]).ok();
    stage.run(&["create", "--name", "short", "bb:1", "true"]).ok();
    for (line, box_says, docker_says) in [
        ("ps -a --filter name=short --format {{.Image}}", "docker.io/library/bb:1", "bb:1"),
        ("inspect web --format {{.Name}}", "web", "/web"),
        ("inspect /web --format {{.Config.Image}}", "docker.io/library/bb:1", "docker.io/library/bb:1"),
        ("images own:2 --format {{.Repository}}:{{.Tag}}", "localhost/own:2", "own:2"),
        ("images bb --format {{.Repository}}:{{.Tag}}", "docker.io/library/bb:1", "bb:1"),
        ("inspect --type image bb:1 --format {{.Id}}", id.as_str(), &format!("sha256:{id}")),
        ("inspect web --format {{.Image}}", id.as_str(), &format!("sha256:{id}")),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        for (tool, says) in [("box", box_says), ("podman", box_says), ("docker", docker_says)] {
            assert_eq!(stage.called(tool, &words).ok(), says, "{tool} {line}");
        }
    }
    let tags = stage.called("docker", &["inspect", "--type", "image", "bb:1", "--format", "{{.RepoTags}}"]).ok();
    assert!(tags.contains("bb:1") && tags.contains("own:2") && !tags.contains("docker.io"), "{tags}");
    let size = |tool: &str| stage.called(tool, &["images", "bb", "--format", "{{.Size}}"]).ok();
    assert_eq!(size("docker"), size("podman").replace(' ', ""));
    // What is shown leads back to the same image.
    assert_eq!(stage.called("docker", &["rmi", "own:2"]).ok(), "Untagged: own:2");
    stage.run(&["rm", "-a"]).ok();
    let said = stage.called("docker", &["rmi", "-f", &id]).ok();
    assert!(said.lines().any(|line| line == format!("Deleted: sha256:{id}")), "{said}");
}

#[test]
fn docker_lists_a_port_for_each_version_of_ip() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let has_v6 = ipv6().is_ok();
    let run = ["run", "-d", "--name", "web", "-p", "80", "-p", "127.0.0.1::81", &payload, "/payload", "wait"];
    let tried = stage.run(&run);
    need!(if tried.code == 0 { Ok(()) } else { Err(format!("no port can be published: {}", tried.err)) });
    let port = |wanted: &str| stage.run(&["port", "web", wanted]).ok().rsplit_once(':').unwrap().1.to_owned();
    let (port, local) = (port("80"), port("81"));
    for tool in ["box", "podman", "docker"] {
        let is_both = tool == "docker" && has_v6;
        let also = |text: String| if is_both { text } else { String::new() };
        let shown = stage.called(tool, &["ps", "--format", "{{.Ports}}"]).ok();
        let v6 = also(format!("[::]:{port}->80/tcp, "));
        assert_eq!(shown, format!("0.0.0.0:{port}->80/tcp, {v6}127.0.0.1:{local}->81/tcp"), "{tool}");
        let shown = stage.called(tool, &["port", "web", "80"]).ok();
        assert_eq!(shown, format!("0.0.0.0:{port}{}", also(format!("\n[::]:{port}"))), "{tool}");
        let template = "{{range (index .NetworkSettings.Ports \"80/tcp\")}}{{.HostIp}} {{end}}";
        let shown = stage.called(tool, &["inspect", "--format", template, "web"]).ok();
        assert_eq!(shown.trim_end(), format!("0.0.0.0{}", also(" ::".to_owned())), "{tool}");
    }
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn fields_of_dockers_lists_are_there() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let words = ["create", "--name", "web", "-v", "data:/data", "--label=a=b", "--label=c=d,e", &payload];
    stage.run(&[&words[..], &["/payload", "exit", "a word"]].concat()).ok();
    let search = format!("{}/paylo", crate::fixture::registry::address());
    for (words, shown) in [
        (&["volume", "ls", "--format", "{{.Name}} {{.Links}} {{.Size}} {{.Status}}"][..], "data N/A N/A N/A"),
        (&["network", "ls", "--format", "{{.Name}} {{.IPv4}} {{.IPv6}}"], "podman true false"),
        (&["volume", "ls", "--format", "{{json .Labels}}"], "\"\""),
        (
            &["ps", "-a", "--format", "{{json .Labels}} {{.Label \"c\"}} {{json .LocalVolumes}}"],
            "\"a=b,c=d,e\" d,e \"1\"",
        ),
        (&["ps", "-a", "--format", "{{.Command}} {{.Mounts}} {{.Networks}}"], "\"/payload exit 'a wo…\" data bridge"),
        (&["ps", "-a", "--no-trunc", "--format", "{{.Command}}"], "\"/payload exit 'a word'\""),
        (&["images", "--format", "{{.Containers}} {{json .Labels}}"], "N/A \"\""),
        (&["search", "--limit", "1", "--format", "{{.StarCount}}{{.IsOfficial}}", &search], "0"),
    ] {
        assert_eq!(stage.called("docker", words).ok(), shown, "{words:?}");
    }
    let measured = stage.called("docker", &["ps", "-a", "--format", "{{.Size}}"]).ok();
    assert!(measured.contains("(virtual "), "{measured}");
    for words in [["ps", "-a"].as_slice(), &["images"], &["volume", "ls"], &["network", "ls"]] {
        let line = stage.called("docker", &[words, &["--format", "json"]].concat()).ok();
        let one: serde_json::Value = serde_json::from_str(&line).expect("one object a line");
        assert!(one["Labels"].is_string(), "{line}");
    }
    assert_eq!(stage.run(&["ps", "-a", "--format", "{{.Labels}} {{.Mounts}}"]).ok(), "map[a:b c:d,e] /data");
}

#[test]
fn proxies_come_from_the_environment_and_from_dockers_configuration() {
    let stage = Stage::new();
    std::fs::create_dir(stage.home().join(".docker")).unwrap();
    let text = r#"{"proxies": {"default": {"httpProxy": "http://configured:1", "noProxy": "localhost"}}}"#;
    std::fs::write(stage.home().join(".docker/config.json"), text).unwrap();
    let busybox = need!(stage.image("busybox"));
    let script = format!(
        "export no_proxy=environment
        box run --rm --network none {busybox} sh -c 'echo $http_proxy $HTTP_PROXY $no_proxy $NO_PROXY'
        box run --rm --network none --http-proxy=false {busybox} sh -c 'echo none: $http_proxy'
        box run --rm --network none -e http_proxy=own {busybox} sh -c 'echo $http_proxy'"
    );
    let said = stage.shell(&script).ok();
    assert_eq!(said, "http://configured:1 http://configured:1 environment\nnone:\nown");
}

#[test]
fn docker_keeps_volumes_that_have_a_name_and_heads_its_lists() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let prepare = || {
        let words = ["create", "--name", "web", "-v", "named:/a", "-v", "/b", &payload];
        let id = stage.run(&words).ok();
        let volumes = stage.run(&["volume", "ls", "-q"]).ok();
        let anonymous = volumes.lines().find(|name| *name != "named").expect("there is one").to_owned();
        (id, anonymous)
    };
    let (id, anonymous) = prepare();
    let said = stage.called("docker", &["container", "prune", "-f"]).ok();
    assert!(said.starts_with(&format!("Deleted Containers:\n{id}\n\nTotal reclaimed space: ")), "{said}");
    let said = stage.called("docker", &["volume", "prune", "-f"]).ok();
    assert!(said.starts_with(&format!("Deleted Volumes:\n{anonymous}\n\nTotal reclaimed space: ")), "{said}");
    assert_eq!(stage.called("docker", &["volume", "prune", "-f"]).ok(), "Total reclaimed space: 0B");
    stage.called("docker", &["system", "prune", "-f", "--volumes"]).ok();
    assert_eq!(stage.run(&["volume", "ls", "-q"]).ok(), "named");
    let said = stage.called("docker", &["volume", "prune", "-a", "-f"]).ok();
    assert!(said.starts_with("Deleted Volumes:\nnamed\n"), "{said}");
    let (id, anonymous) = prepare();
    let said = stage.called("podman", &["container", "prune", "-f"]).ok();
    assert!(said.starts_with(&format!("{id}\nTotal reclaimed space: ")), "{said}");
    let said = stage.called("podman", &["volume", "prune", "-f"]).ok();
    let mut pruned: Vec<&str> = said.lines().collect();
    pruned.sort();
    let mut all = vec![anonymous.as_str(), "named"];
    all.sort();
    assert_eq!(pruned, all);
    stage.run(&["network", "create", "net"]).ok();
    assert_eq!(stage.called("docker", &["network", "prune", "-f"]).ok(), "Deleted Networks:\nnet\n");
}
