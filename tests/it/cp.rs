//! `box cp`.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use crate::fixture::{Stage, many_ids, need, wait_until};

/// A container with a few files, running or not; the name is `c`.
fn with_container(check: impl Fn(&Stage, &dyn Fn(&str) -> String)) {
    for running in [true, false] {
        let stage = Stage::new();
        let busybox = need!(stage.image("busybox"));
        let script = "mkdir -p /d/sub /there; echo deep >/d/sub/deep; echo file >/f; ln -sfn /there /to-there; \
                      ln -sf /f /to-f; echo volume >/data/file; touch /ready; exec sleep 1000";
        stage
            .run(&["run", "-d", "--name", "c", "--network", "none", "-v", "data:/data", &busybox, "sh", "-c", script])
            .ok();
        wait_until("it is ready", || stage.run(&["exec", "c", "ls", "/ready"]).code == 0);
        if !running {
            stage.run(&["stop", "-t", "0", "c"]).ok();
        }
        let inside = |script: &str| {
            let was_running = stage.run(&["inspect", "-f", "{{.State.Running}}", "c"]).ok() == "true";
            if was_running {
                return stage.run(&["exec", "c", "sh", "-c", script]).ok();
            }
            stage.run(&["start", "c"]).ok();
            let said = stage.run(&["exec", "c", "sh", "-c", script]).ok();
            stage.run(&["stop", "-t", "0", "c"]).ok();
            said
        };
        check(&stage, &inside);
        stage.run(&["rm", "-f", "-t", "0", "c"]).ok();
        stage.run(&["volume", "rm", "data"]).ok();
    }
}

#[test]
fn files_and_directories_come_out() {
    with_container(|stage, _| {
        let home = stage.home();
        let read = |path: &str| fs::read_to_string(home.join(path)).unwrap_or_default();
        stage.run(&["cp", "c:/f", "f"]).ok();
        assert_eq!(read("f"), "file\n");
        assert_eq!(fs::metadata(home.join("f")).unwrap().uid(), nix::unistd::getuid().as_raw());
        stage.run(&["cp", "c:to-f", "renamed"]).ok();
        assert_eq!(read("renamed"), "file\n", "what a link leads to");
        stage.run(&["cp", "c:/d", "new"]).ok();
        assert_eq!(read("new/sub/deep"), "deep\n");
        stage.run(&["container", "cp", "c:/d/", "new"]).ok();
        assert_eq!(read("new/d/sub/deep"), "deep\n");
        stage.run(&["cp", "c:/d/.", "content/"]).ok();
        assert_eq!(read("content/sub/deep"), "deep\n");
        stage.run(&["cp", "c:/data/file", "of-volume"]).ok();
        assert_eq!(read("of-volume"), "volume\n");
        stage.run(&["cp", "c:/f", "no/such/place"]).fails(125);
        stage.run(&["cp", "c:/d", "f"]).fails(125);
        assert_eq!(read("f"), "file\n");
        stage.run(&["cp", "--overwrite", "c:/d", "f"]).ok();
        assert_eq!(read("f/sub/deep"), "deep\n");
        for bad in ["c:/missing", "c:/f/", "c:", ":/f", "no-such-container:/f"] {
            stage.run(&["cp", bad, "x"]).fails(125);
        }
        stage.run(&["cp", "f", "g"]).fails(125);
        assert!(!home.join("x").exists() && !home.join("g").exists());
    });
}

#[test]
fn files_and_directories_go_in() {
    with_container(|stage, inside| {
        let home = stage.home();
        fs::create_dir_all(home.join("dir/sub")).unwrap();
        fs::write(home.join("dir/sub/file"), "content").unwrap();
        fs::write(home.join("single"), "content").unwrap();
        symlink("single", home.join("link")).unwrap();
        fs::set_permissions(home.join("single"), fs::Permissions::from_mode(0o751)).unwrap();
        stage.run(&["cp", "single", "c:/new"]).ok();
        stage.run(&["cp", "link", "c:/there/"]).ok();
        stage.run(&["cp", "single", "c:to-there"]).ok();
        stage.run(&["cp", "dir", "c:/there"]).ok();
        stage.run(&["cp", "dir/.", "c:/there/content"]).ok();
        stage.run(&["cp", "single", "c:/data/copied"]).ok();
        assert_eq!(
            inside("cat /new; stat -c ' %a %u:%g' /new; find /there /data ! -type d | sort"),
            "content 751 0:0\n/data/copied\n/data/file\n/there/content/sub/file\n/there/dir/sub/file\n\
             /there/single"
        );
        stage.run(&["cp", "dir", "c:/f"]).fails(125);
        stage.run(&["cp", "single", "c:/missing/"]).fails(125);
        stage.run(&["cp", "missing", "c:/x"]).fails(125);
        assert_eq!(inside("cat /f; ls /x 2>/dev/null || echo none"), "file\nnone");
    });
}

#[test]
fn archives_are_streams() {
    with_container(|stage, inside| {
        let out = stage.shell("box cp c:/d - | tar -t; box cp c:/f - | tar -xO").ok();
        assert_eq!(out, "d/\nd/sub/\nd/sub/deep\nfile");
        stage.shell("mkdir -p a/b; echo x >a/b/c; tar -c a | box cp - c:/there").ok();
        stage.shell("tar -cz a/b | box cp -a=false - c:/data").ok();
        assert_eq!(inside("cat /there/a/b/c /data/a/b/c"), "x\nx");
        stage.shell("tar -c a | box cp - c:/f").fails(125);
        stage.shell("echo rubbish that is no archive | box cp - c:/there").fails(125);
        stage.shell("box cp - -").fails(125);
    });
}

#[test]
fn from_one_container_into_another() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["create", "--name", "one", &busybox, "sh", "-c", "cat /etc/copied/sub/x"]).ok();
    stage
        .run(&[
            "run",
            "-d",
            "--name",
            "two",
            "--network",
            "none",
            &busybox,
            "sh",
            "-c",
            "mkdir -p /s/sub; echo x >/s/sub/x; sleep 1000",
        ])
        .ok();
    wait_until("it is ready", || stage.run(&["exec", "two", "ls", "/s/sub/x"]).code == 0);
    stage.run(&["cp", "two:/s", "one:/etc/copied"]).ok();
    assert_eq!(stage.run(&["start", "-a", "one"]).ok(), "x");
    stage.run(&["cp", "one:/etc/copied", "two:/back"]).ok();
    stage.run(&["cp", "two:/back", "two:/s"]).ok();
    assert_eq!(stage.run(&["exec", "two", "cat", "/s/back/sub/x"]).ok(), "x");
    stage.run(&["cp", "one:/etc/copied", "one:/again"]).fails(125);
    stage.run(&["rm", "-f", "-t", "0", "one", "two"]).ok();
}

#[test]
fn what_goes_in_belongs_to_the_containers_user() {
    need!(many_ids());
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["run", "-d", "--name", "c", "--network", "none", "-u", "33:34", &busybox, "sleep", "1000"]).ok();
    stage.shell("echo x >f; box cp f c:/tmp/given; tar -c --owner=5 --group=6 f | box cp -a=false - c:/tmp").ok();
    assert_eq!(stage.run(&["exec", "c", "stat", "-c", "%u:%g", "/tmp/given", "/tmp/f"]).ok(), "33:34\n5:6");
    stage.run(&["rm", "-f", "-t", "0", "c"]).ok();
}

#[test]
fn nothing_in_a_container_leads_a_copy_out_of_it() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let secret = stage.home().join("secret");
    fs::write(&secret, "outside").unwrap();
    let home = stage.home().display().to_string();
    let script = format!(
        "mkdir -p {home} /evil; ln -s {home}/secret /link; ln -s ../../../../../..{home} /up; ln -s {home} /evil/dir; \
         ln -s /proc/1/root /root-of-1; mkfifo /fifo; touch /ready; sleep 1000"
    );
    stage.run(&["run", "-d", "--name", "c", "--network", "none", &busybox, "sh", "-c", &script]).ok();
    wait_until("it is ready", || stage.run(&["exec", "c", "ls", "/ready"]).code == 0);
    // In the container none of these exists.
    for path in ["c:/link", "c:/up/secret", "c:/evil/dir/secret"] {
        stage.run(&["cp", path, "stolen"]).fails(125);
    }
    fs::write(stage.home().join("mine"), "mine").unwrap();
    stage.run(&["cp", "mine", "c:/link"]).ok();
    stage.run(&["cp", "mine", "c:/up/secret"]).ok();
    assert_eq!(fs::read_to_string(&secret).unwrap(), "outside");
    assert_eq!(stage.run(&["exec", "c", "cat", &format!("{home}/secret")]).ok(), "mine", "it was the container's");
    // Links come out as links, and nothing is written through them.
    stage.run(&["cp", "c:/evil", "evil"]).ok();
    assert!(stage.home().join("evil/dir").is_symlink());
    stage.run(&["exec", "c", "sh", "-c", "rm /evil/dir; mkdir /evil/dir; echo owned >/evil/dir/secret"]).ok();
    stage.run(&["cp", "c:/evil/.", "evil"]).fails(125);
    assert_eq!(fs::read_to_string(&secret).unwrap(), "outside");
    stage.run(&["rm", "-f", "-t", "0", "c"]).ok();
}

/// How often a race is tried; more by a variable.
fn rounds() -> u32 {
    std::env::var("BOX_TEST_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// CVE-2018-15664: whoever has the container exchanges a directory and a link while something is copied.
#[test]
fn a_container_that_exchanges_directories_and_links_gains_nothing() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let target = stage.home().join("target");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("file"), "outside").unwrap();
    let words = ["/payload", "exchange", "/race", target.to_str().unwrap()];
    stage.run(&[&["run", "-d", "--name", "c", "--network", "none", payload.as_str()], &words[..]].concat()).ok();
    wait_until("it is at work", || stage.run(&["logs", "c"]).out == "ready\n");
    fs::write(stage.home().join("file"), "from outside").unwrap();
    let mut copied = 0;
    for _ in 0..rounds() {
        copied += u32::from(stage.run(&["cp", "file", "c:/race/file"]).code == 0);
        let out = stage.home().join("out");
        if stage.run(&["cp", "c:/race/file", "out"]).code == 0 {
            assert_ne!(fs::read_to_string(&out).unwrap(), "outside");
            fs::remove_file(&out).unwrap();
        }
        // The last name itself: a directory, or a link.
        let _ = stage.run(&["cp", "c:/race", "last"]);
        let last = fs::symlink_metadata(stage.home().join("last"));
        assert!(!last.is_ok_and(|meta| meta.is_symlink()), "a link of the container's choice");
        let _ = fs::remove_dir_all(stage.home().join("last"));
    }
    assert!(copied > 0, "the directory is there half of the time");
    assert_eq!(fs::read_to_string(target.join("file")).unwrap(), "outside");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    stage.run(&["rm", "-f", "-t", "0", "c"]).ok();
}

/// A container that can write to where something is copied puts links in the place of what has just been made.
#[test]
fn links_in_the_place_of_what_is_copied_change_nothing_elsewhere() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    let (shared, victim) = (stage.home().join("shared"), stage.home().join("victim"));
    fs::create_dir(&shared).unwrap();
    fs::write(&victim, "mine").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    let script = format!(
        "mkdir /src; for n in 1 2 3 4 5 6 7 8 9; do mkfifo -m 666 /src/p$n; echo >/src/f$n; done; touch /ready; \
         while true; do for n in /shared/src/*; do [ -L $n ] || ln -sf {} $n; done; done",
        victim.display()
    );
    let mount = format!("{}:/shared", shared.display());
    stage.run(&["run", "-d", "--name", "c", "--network", "none", "-v", &mount, &busybox, "sh", "-c", &script]).ok();
    wait_until("it is at work", || stage.run(&["exec", "c", "ls", "/ready"]).code == 0);
    for _ in 0..rounds() / 5 {
        let _ = stage.run(&["cp", "--overwrite", "c:/src", "shared"]);
        assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    }
    stage.run(&["rm", "-f", "-t", "0", "c"]).ok();
}
