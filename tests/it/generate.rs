//! `box generate systemd`.

use std::fs;

use crate::fixture::{Stage, binary, installed, need, patience};

fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "{line}: {text}");
    }
}

#[test]
fn a_service_starts_what_is_there_or_makes_it_anew() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let words = ["create", "--name", "web", "--restart", "always", "-p", "8080:80", "-eTOKEN"];
    let more = ["--stop-timeout", "7", "--label", "a=50% b", &image, "sh", "-c", "echo $HOME"];
    let create = [&words[..], &more].concat();
    let mut command = stage.command(&create);
    command.env("TOKEN", "a b");
    crate::fixture::Running::start(command, None).finish().ok();
    let made_by = stage.run(&["inspect", "-f", "{{index .Config.CreateCommand 1}}", "web"]).ok();
    assert_eq!(made_by, "create");
    let program = binary().display().to_string();

    let text = stage.run(&["generate", "systemd", "--name", "web"]).ok();
    has(
        &text,
        &[
            "# container-web.service",
            &format!("ExecStart={program} start --sdnotify conmon web"),
            &format!("ExecStop={program} stop -t 7 web"),
            "Type=notify",
            "Restart=on-failure",
            "TimeoutStopSec=67",
            "Environment=PODMAN_SYSTEMD_UNIT=%n",
            "WantedBy=default.target",
        ],
    );
    let text = stage
        .run(&[
            "generate",
            "systemd",
            "-n",
            "--new",
            "--no-header",
            "--restart-policy",
            "always",
            "--restart-sec",
            "3",
            "--start-timeout",
            "9",
            "--time",
            "20",
            "--after",
            "x.service",
            "--requires",
            "x.service",
            "--wants",
            "y.service",
            "-e",
            "A=b",
            "--container-prefix",
            "",
            "web",
        ])
        .ok();
    let run = "run --name web --replace --rm --cgroups split --sdnotify conmon --detach --publish=8080:80 --env=TOKEN";
    has(
        &text,
        &[
            &format!("ExecStart={program} {run} --stop-timeout=7 \"--label=a=50%% b\" {image} sh -c \"echo $$HOME\""),
            &format!("ExecStop={program} rm -v -f -i -t 20 web"),
            "Restart=always",
            "RestartSec=3",
            "TimeoutStartSec=9",
            "TimeoutStopSec=80",
            "After=x.service",
            "Requires=x.service",
            "Wants=y.service",
            "Environment=A=b",
            "Environment=\"TOKEN=a b\"",
            "Delegate=yes",
        ],
    );
    assert!(text.starts_with("[Unit]\nDescription=Box web.service\n"), "{text}");
    let text = stage.run(&["generate", "systemd", "--new", "--template", "--name", "web"]).ok();
    has(&text, &["# container-web@.service"]);
    assert!(text.contains(" --name web-%i "), "{text}");

    let id = stage.run(&["inspect", "-f", "{{.Id}}", "web"]).ok();
    let paths = stage.run(&["generate", "systemd", "--files", "--format", "json", "--separator", "_", "web"]).ok();
    let path = stage.home().join(format!("container_{id}.service"));
    let paths: serde_json::Value = serde_json::from_str(&paths).unwrap();
    assert_eq!(paths[format!("container_{id}")], path.to_str().unwrap());
    has(&fs::read_to_string(&path).unwrap(), &[&format!("ExecStart={program} start --sdnotify conmon {id}")]);
    if installed("systemd-analyze").is_ok() {
        let said = stage.shell("SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no ./*.service 2>&1").out;
        let about_us: Vec<&str> = said.lines().filter(|line| line.contains("container_")).collect();
        assert!(about_us.is_empty(), "{said}");
    }
    for (words, why) in [
        (&["generate", "systemd", "nobody"][..], "nobody"),
        (&["generate", "systemd", "--env", "BOX_NO_SUCH", "web"], "no such variable"),
        (&["generate", "systemd", "--template", "web"], "--new"),
        (&["generate", "systemd", "--restart-policy", "never", "web"], "never"),
    ] {
        let outcome = stage.run(words);
        assert!(outcome.code != 0 && outcome.err.contains(why), "{outcome}");
    }
}

#[test]
fn a_service_has_the_values_and_the_paths_of_the_command_line() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    fs::create_dir(stage.home().join("x")).unwrap();
    fs::write(stage.home().join("e"), "A=1\n").unwrap();
    let words = ["create", "--name", "web", "--network", "none", "-eTOKEN", "-v", "./x:/y", "--env-file", "e", &image];
    let mut command = stage.command(&words);
    command.env("TOKEN", "5% of $HOME \"\\\n");
    crate::fixture::Running::start(command, None).finish().ok();
    let mut generate = stage.command(&["generate", "systemd", "--new", "-n", "-e", "B=%h $$", "web"]);
    generate.current_dir("/");
    let text = crate::fixture::Running::start(generate, None).finish().ok();
    has(&text, &["Environment=\"TOKEN=5%% of $HOME \\\"\\\\\\n\"", "Environment=\"B=%%h $$\""]);
    let home = stage.home().display().to_string();
    assert!(text.contains(&format!(" --volume={home}/x:/y --env-file={home}/e {image}")), "{text}");
    for (env, why) in [("B=\x1b[0m", "refuses"), ("B-C=1", "no name of a variable")] {
        let said = stage.run(&["generate", "systemd", "-e", env, "web"]).fails(125);
        assert!(said.contains(why), "{said}");
    }
    stage.run(&["create", "--name", "app", "--network", "none", "--pod", "new:p", &image]).ok();
    let said = stage.run(&["generate", "systemd", "--new", "p"]).fails(125);
    assert!(said.contains("in another way than by `pod create`"), "{said}");
    stage.run(&["pod", "rm", "-f", "p"]).ok();
}

#[test]
fn a_pods_services_start_and_end_with_it() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    stage.run(&["pod", "create", "--name", "p", "-p", "8080:80", "--label", "a=b"]).ok();
    let id = stage.run(&["pod", "inspect", "-f", "{{.Id}}", "p"]).ok();
    stage.run(&["create", "--name", "one", "--pod", &id, &image, "sleep", "99"]).ok();
    let program = binary().display().to_string();
    let text = stage.run(&["generate", "systemd", "--name", "p"]).ok();
    let holder = stage.run(&["pod", "inspect", "-f", "{{.InfraContainerID}}", "p"]).ok();
    let holder = stage.run(&["inspect", "-f", "{{.Name}}", &holder]).ok();
    let holder = holder.trim_start_matches('/');
    has(
        &text,
        &[
            "# pod-p.service",
            "Wants=container-one.service",
            "Before=container-one.service",
            &format!("ExecStart={program} start --sdnotify conmon {holder}"),
            "# container-one.service",
            "BindsTo=pod-p.service",
            "After=pod-p.service",
            &format!("ExecStart={program} start --sdnotify conmon one"),
        ],
    );
    let text = stage.run(&["generate", "systemd", "--new", "--name", "--pod-prefix", "group", "p"]).ok();
    let create = "pod create --name p --replace --infra-conmon-pidfile %t/%N.pid --exit-policy stop";
    has(
        &text,
        &[
            &format!("ExecStartPre={program} {create} --publish=8080:80 --label=a=b"),
            &format!("ExecStart={program} pod start p"),
            "Type=forking",
            "PIDFile=%t/%N.pid",
            "BindsTo=group-p.service",
        ],
    );
    // By its name: the pod that the service makes has another ID.
    assert!(text.contains(&format!("--detach --pod p {image} sleep 99")), "{text}");
    stage.run(&["generate", "systemd", "one"]).fails(125);
    stage.run(&["pod", "rm", "-f", "p"]).ok();
}

#[test]
fn start_tells_the_manager_of_a_container_that_was_made_before() {
    let stage = Stage::new();
    let image = need!(stage.image("busybox"));
    let socket = std::os::unix::net::UnixDatagram::bind(stage.home().join("notify")).unwrap();
    stage.run(&["create", "--name", "web", "--network", "none", &image, "sleep", "99"]).ok();
    stage.shell("NOTIFY_SOCKET=$HOME/notify box start --sdnotify conmon web >out 2>&1 </dev/null").ok();
    socket.set_read_timeout(Some(patience())).unwrap();
    let told = || {
        let mut text = [0; 256];
        let length = socket.recv(&mut text).expect("the manager is told");
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    let is_told = |how: &str| {
        let said = told();
        assert!(said.starts_with("MAINPID=") && said.ends_with("\nREADY=1"), "{how}: {said}");
    };
    is_told("by an option of start");
    // Who makes it may say so as well.
    stage.run(&["create", "--sdnotify", "conmon", "--name", "db", "--network", "none", &image, "sleep", "99"]).ok();
    stage.shell("NOTIFY_SOCKET=$HOME/notify box start db >out 2>&1 </dev/null").ok();
    is_told("by an option of create");
    stage.run(&["rm", "-f", "-t", "0", "web", "db"]).ok();
    let words = ["create", "--sdnotify", "conmon", "--name", "web", "--network", "none", &image, "echo", "said"];
    stage.run(&words).ok();
    assert_eq!(stage.shell("NOTIFY_SOCKET=$HOME/notify box start --attach web </dev/null").ok(), "said");
    // It may have ended before: then the command itself is the service's main process still.
    assert!(told().ends_with("READY=1"));
    assert_eq!(stage.run(&["start", "--attach", "web"]).ok(), "said");
    stage.run(&["rm", "web"]).ok();
    fs::remove_file(stage.home().join("notify")).unwrap();
}
