//! `--userns auto` and `--userns nomap`: containers of which the user is no part.

use std::collections::BTreeSet;

use crate::fixture::{Stage, fuse_overlayfs, is_root, many_ids, need, skip};

/// The one line of a map, as numbers: inside, outside, how many.
fn map_line(text: &str) -> [u32; 3] {
    let numbers: Vec<u32> = text.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("not one line: {text}"))
}

fn possible() -> Result<(), String> {
    many_ids()?;
    if is_root() { Err("root has no subordinate ids".to_owned()) } else { fuse_overlayfs() }
}

#[test]
fn containers_made_at_once_have_ids_that_no_other_has() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(possible());
    stage.run(&["pull", "-q", &busybox]).ok();
    let create = format!("box create --network none --userns auto --name c$i {busybox} cat /proc/self/uid_map");
    stage.shell(&format!("for i in 1 2 3 4 5 6; do {create} & done; wait")).ok();
    let own = nix::unistd::getuid().as_raw();
    let mut seen = BTreeSet::new();
    for number in 1..=6 {
        let name = format!("c{number}");
        let line = stage.run(&["start", "-a", &name]).ok();
        let [inside, outside, size] = map_line(&line);
        assert!(inside == 0 && size >= 1024 && !(outside..outside + size).contains(&own), "{line}");
        assert_eq!(stage.run(&["start", "-a", &name]).ok(), line, "they stay the container's");
        seen.insert(outside);
    }
    let seen: Vec<u32> = seen.into_iter().collect();
    assert!(seen.len() == 6 && seen.windows(2).all(|pair| pair[1] - pair[0] >= 1024), "{seen:?}");
    stage.run(&["rm", "c3"]).ok();
    let again = ["run", "--rm", "--network", "none", "--userns", "auto", &busybox, "cat", "/proc/self/uid_map"];
    assert!(seen.contains(&map_line(&stage.run(&again).ok())[1]), "what was c3's is free");
    let too_many = ["create", "--userns", "auto:size=4294967295", &busybox];
    assert!(stage.run(&too_many).fails(125).contains("subordinate ids in a row"));
    stage.run(&["rm", "--all"]).ok();
}

#[test]
fn files_of_the_image_belong_to_root_inside_and_are_stored_as_ever() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(possible());
    let script =
        "stat -c '%u:%g' / /bin/busybox; echo x >/file; chown 5:6 /file; chmod 4755 /file; stat -c '%u:%g %a' /file";
    for mode in ["auto", "nomap"] {
        let words = ["run", "--network", "none", "--userns", mode, "--name", mode, &busybox, "sh", "-c", script];
        assert_eq!(stage.run(&words).ok(), "0:0\n0:0\n5:6 4755", "{mode}");
        stage.run(&["commit", "-q", mode, "made"]).ok();
        let words = ["run", "--rm", "--network", "none", "made", "stat", "-c", "%u:%g %a", "/file"];
        assert_eq!(stage.run(&words).ok(), "5:6 4755", "{mode}");
        assert!(stage.run(&["diff", mode]).ok().contains("A /file"));
        stage.run(&["rm", mode]).ok();
    }
}

#[test]
fn nomap_has_all_ids_but_the_users() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(possible());
    let words = ["run", "--rm", "--network", "none", "--userns", "nomap", &busybox, "cat", "/proc/self/uid_map"];
    let lines = stage.run(&words).ok();
    let outside = lines.lines().map(map_line);
    let own = nix::unistd::getuid().as_raw();
    assert!(outside.clone().all(|[_, outside, size]| !(outside..outside + size).contains(&own)), "{lines}");
    assert!(outside.clone().next().is_some_and(|[inside, ..]| inside == 0), "{lines}");
    let default = ["run", "--rm", "--network", "none", &busybox, "cat", "/proc/self/uid_map"];
    let ids = |lines: &str| lines.lines().map(|line| map_line(line)[2]).sum::<u32>();
    assert_eq!(ids(&lines) + 1, ids(&stage.run(&default).ok()));
}

#[test]
fn it_is_joined_stopped_and_started_as_any_other() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(possible());
    stage.shell("echo hush | box secret create token -").ok();
    let words = ["run", "-d", "--userns", "auto:size=2000", "--name", "web", "--secret", "token", "--tmpfs", "/t"];
    stage.run(&[&words[..], &["--user", "33:33", &busybox, "sleep", "99"]].concat()).ok();
    assert_eq!(
        stage.run(&["exec", "web", "sh", "-c", "id -u; cat /run/secrets/token; grep -c web /etc/hosts"]).ok(),
        "33\nhush\n1"
    );
    stage.run(&["exec", "-u", "0", "web", "sh", "-c", "touch /kept /t/x"]).ok();
    assert_eq!(map_line(&stage.run(&["exec", "web", "cat", "/proc/self/gid_map"]).ok())[2], 2000);
    stage.run(&["restart", "-t", "0", "web"]).ok();
    assert_eq!(stage.run(&["exec", "web", "stat", "-c", "%u %U", "/kept"]).ok(), "0 root");
    assert_eq!(stage.run(&["exec", "web", "id", "-u"]).ok(), "33");
    stage
        .shell("echo running >one; box cp one web:/one; box stop -t 0 web; echo stopped >two; box cp two web:/two")
        .ok();
    assert_eq!(stage.shell("box cp web:/one - | tar -xO; box cp web:/two - | tar -xO").ok(), "running\nstopped");
    stage.run(&["start", "web"]).ok();
    let owners = stage.run(&["exec", "web", "stat", "-c", "%u", "/one", "/two", "/kept"]).ok();
    assert_eq!(owners, "33\n33\n0", "the user of the container has what comes from outside");
    for shared in [["--network", "container:web"], ["--userns", "container:web"]] {
        let words = [&["run", "--rm"], &shared[..], &[&busybox, "true"]].concat();
        assert!(stage.run(&words).fails(125).contains("ids of its own"));
    }
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
}

#[test]
fn ids_inside_can_be_chosen() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    need!(possible());
    let own = nix::unistd::getuid().as_raw();
    let mode = "auto:size=2000,uidmapping=7:0:1";
    let words = ["run", "--rm", "--network", "none", "--userns", mode, &busybox, "cat", "/proc/self/uid_map"];
    let lines: Vec<[u32; 3]> = stage.run(&words).ok().lines().map(map_line).collect();
    assert!(matches!(lines[..], [[0, _, 7], [7, kept, 1], [8, _, 1993]] if kept == own), "{lines:?}");
    // As many as the user needs.
    let words =
        ["run", "--rm", "--network", "none", "--userns", "auto", "-u", "4321", &busybox, "cat", "/proc/self/uid_map"];
    assert_eq!(map_line(&stage.run(&words).ok())[2], 4322);
}

#[test]
fn what_would_belong_to_the_user_is_refused() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    need!(possible());
    for options in [&["-v", "data:/data"][..], &["-v", "/data"], &["-v", "/etc:/etc:U"]] {
        let words = [&["create", "--userns", "auto"], options, &[&payload]].concat();
        assert!(stage.run(&words).fails(125).contains("belong"));
    }
    assert!(stage.run(&["run", "--rm", "--userns", "nomap", "host", "true"]).fails(125).contains("belongs to you"));
    let words = ["--storage-driver", "copy", "run", "--rm", "--network", "none", "--userns", "auto", &payload];
    assert!(stage.run(&words).fails(125).contains("only fuse-overlayfs"));
    assert_eq!(stage.run(&["ps", "-aq"]).ok(), "");
}

#[test]
fn without_subordinate_ids_there_are_none_to_give() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    if many_ids().is_ok() && !is_root() {
        skip!("this user has subordinate ids");
    }
    for mode in ["auto", "nomap"] {
        let said = stage.run(&["create", "--userns", mode, &payload]).fails(125);
        assert!(said.contains("subordinate ids"), "{said}");
    }
}
