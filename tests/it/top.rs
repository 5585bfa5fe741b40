//! `box top`.

use crate::fixture::{Stage, need};

fn begin(stage: &Stage, image: &str, options: &[&str]) -> String {
    let web = stage.name("web");
    let words = [&["run", "-d", "--network", "none", "--name", &web], options, &[image, "sleep", "1000"]].concat();
    stage.run(&words).ok();
    web
}

/// The cells of the first line below the heading.
fn cells(said: &str) -> Vec<&str> {
    said.lines().nth(1).expect("a process").split_whitespace().collect()
}

#[test]
fn it_shows_what_podman_shows() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = begin(&stage, &busybox, &[]);
    let said = stage.run(&["top", &web]).ok();
    assert!(said.starts_with("USER"), "{said}");
    let heading: Vec<&str> = said.lines().next().expect("a heading").split_whitespace().collect();
    assert_eq!(heading, ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]);
    let found = cells(&said);
    assert_eq!((found[0], found[1], found[2]), ("root", "1", "0"), "{said}");
    assert_eq!(found[found.len() - 2..], ["sleep", "1000"]);

    let pid = stage.run(&["inspect", "-f", "{{.State.Pid}}", &web]).ok();
    let said = stage.run(&["top", &web, "hpid,pid", "seccomp", "capeff", "state", "args"]).ok();
    let found = cells(&said);
    assert_eq!((found[0], found[1]), (pid.as_str(), "1"));
    assert!(found[3].contains("NET_BIND_SERVICE") && !found[3].contains("SYS_ADMIN"), "{said}");
    assert_eq!(
        stage.run(&["top", &web, "%p", "%a"]).ok().lines().nth(1).map(str::trim_end),
        Some("1         sleep 1000")
    );
}

#[test]
fn users_are_called_as_inside_and_as_outside() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = begin(&stage, &busybox, &[]);
    let owner = nix::unistd::User::from_uid(nix::unistd::getuid()).expect("a list").expect("an account");
    let said = stage.run(&["top", &web, "user", "huser"]).ok();
    assert_eq!(cells(&said), ["root", owner.name.as_str()], "{said}");
}

#[test]
fn arguments_of_ps_are_understood() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let web = begin(&stage, &busybox, &[]);
    for (line, heading) in [
        (&["-ef"][..], "USER PID PPID C STIME TTY TIME CMD"),
        (&["aux"], "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"),
        (&["-eo", "pid,comm"], "PID COMMAND"),
    ] {
        let said = stage.run(&[&["top", web.as_str()], line].concat()).ok();
        assert_eq!(said.lines().next().expect("a heading").split_whitespace().collect::<Vec<_>>().join(" "), heading);
        assert_eq!(said.lines().count(), 2, "{said}");
    }
    assert!(stage.run(&["top", &web, "nonsense"]).fails(125).contains("unknown descriptor `nonsense`"));
    let latest = stage.run(&["top", "--latest", "pid"]).code;
    assert!(latest == 0 || latest == 125, "the latest is ours or one of another test");
}

#[test]
fn nothing_of_the_container_is_run_and_its_words_are_only_shown() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "
        for trojan in ps nsenter sh; do
            rm -f /bin/$trojan
            printf '#!/bin/busybox sh\\necho caught >/caught\\n' >/bin/$trojan
            chmod 755 /bin/$trojan
        done
        ln -sf /proc/self/fd/0 /etc/passwd; mkfifo /fifo; ln -sf /fifo /etc/group
        exec busybox sh -c 'sleep 1000; :' \"$(printf 'a\\tb\\033]0;x\\007')\"";
    stage.run(&["run", "-d", "--network", "none", "--name", &web, &busybox, "busybox", "sh", "-c", script]).ok();
    crate::fixture::wait_until("it sleeps", || stage.run(&["top", &web, "args"]).out.contains("sleep 1000; :"));
    for line in [&["top", &web][..], &["top", &web, "-ef"], &["top", &web, "groups", "args"], &["stats", "--no-stream"]]
    {
        let said = stage.run(line);
        assert_eq!(said.code, 0, "{said}");
        assert!(!said.out.contains(['\x1b', '\x07']), "{said}");
    }
    stage.run(&["exec", &web, "busybox", "test", "-e", "/caught"]).ends_with(1);
}

#[test]
fn what_does_not_run_has_no_processes() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["create", "--name", &web, &payload]).ok();
    assert!(stage.run(&["top", &web]).fails(125).contains("is not running, it is created"));
    stage.run(&["top", "no-such-container"]).fails(1);
}
