//! `box logs`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::fixture::{Stage, need, wait_until};

/// A container that has said this and ended.
fn said(stage: &Stage, name: &str, options: &[&str], script: &str) -> Result<String, String> {
    let (busybox, web) = (stage.image("busybox")?, stage.name(name));
    stage.run(&[&["run", "-d", "--name", &web], options, &[&busybox, "sh", "-c", script]].concat()).ok();
    stage.run(&["wait", &web]).ok();
    Ok(web)
}

#[test]
fn output_and_errors_come_back_apart() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for driver in ["k8s-file", "json-file"] {
        let web = stage.name(driver);
        let program = [payload.as_str(), "/payload", "lines", "out", "err"];
        stage.run(&[&["run", "-d", "--log-driver", driver, "--name", &web][..], &program].concat()).ok();
        stage.run(&["wait", &web]).ok();
        let said = stage.run(&["logs", &web]);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "out\n", "err\n"), "{said}");
    }
}

#[test]
fn follow_ends_with_the_container() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "echo first; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo last";
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", script]).ok();
    let mut running = stage.start(&["logs", "-f", &web]);
    running.expect("first");
    stage.run(&["exec", &web, "touch", "/tmp/go"]).ok();
    assert_eq!(running.finish().ok(), "first\nlast");
}

#[test]
fn what_has_no_line_end_yet_is_there_already() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "printf 'name: '; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo box";
    for driver in ["k8s-file", "json-file"] {
        let options = ["run", "-d", "--replace", "--log-driver", driver, "--name", &web];
        stage.run(&[&options[..], &[&busybox, "sh", "-c", script]].concat()).ok();
        let mut running = stage.start(&["logs", "-f", "-t", &web]);
        running.expect(" name: ");
        stage.run(&["exec", &web, "touch", "/tmp/go"]).ok();
        let said = running.finish().ok();
        assert!(said.ends_with(" name: box") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn followers_lose_nothing_across_rotations() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let options = ["--log-driver", "json-file", "--log-opt", "max-size=64k", "--log-opt", "max-file=4"];
    let script = "while [ ! -e /tmp/go ]; do sleep 0.02; done; \
                  for n in $(seq 200); do seq $n 1 $((n + 19)); sleep 0.005; done";
    stage.run(&[&["run", "-d", "--name", &web], &options[..], &[&busybox, "sh", "-c", script]].concat()).ok();
    let running = stage.start(&["logs", "-f", &web]);
    stage.run(&["exec", &web, "touch", "/tmp/go"]).ok();
    let seen = running.finish().ok();
    let expected: Vec<String> = (1..=200).flat_map(|n| (n..n + 20).map(|line: i32| line.to_string())).collect();
    assert!(seen.lines().eq(expected.iter().map(String::as_str)), "{} lines", seen.lines().count());
    // Whoever comes later sees the end of it, and there are so many files and no more.
    let kept = stage.run(&["logs", &web]).ok();
    assert!(seen.ends_with(&kept) && kept.len() < seen.len(), "{} of {}", kept.len(), seen.len());
    let log = PathBuf::from(stage.run(&["inspect", "--format", "{{.LogPath}}", &web]).ok());
    let files = std::fs::read_dir(log.parent().expect("is below the store")).expect("the container is there");
    let files: Vec<_> = files.flatten().filter(|file| file.file_name().to_string_lossy().starts_with("log")).collect();
    assert_eq!(files.len(), 4);
    assert!(files.iter().all(|file| file.metadata().expect("is there").len() <= 64 << 10));
}

#[test]
fn tail_and_timestamps() {
    let stage = Stage::shared();
    for driver in ["k8s-file", "json-file"] {
        let web = need!(said(&stage, driver, &["--log-driver", driver], "seq 100"));
        assert_eq!(stage.run(&["logs", "--tail", "2", &web]).ok(), "99\n100");
        assert_eq!(stage.run(&["logs", "--tail", "0", &web]).ok(), "");
        assert_eq!(stage.run(&["logs", "--tail", "101", &web]).ok().lines().count(), 100);
        let stamped = stage.run(&["logs", "-t", "--tail", "1", &web]).ok();
        let (stamp, line) = stamped.split_once(' ').expect("a moment and a line");
        assert!(line == "100" && stamp.contains('T') && stamp.starts_with("20"), "{stamped}");
    }
}

#[test]
fn since_and_until_choose_by_time() {
    let stage = Stage::shared();
    let web = need!(said(&stage, "web", &[], "echo first; sleep 0.05; echo second"));
    let stamped = stage.run(&["logs", "-t", &web]).ok();
    let second = stamped.lines().last().and_then(|line| line.split(' ').next()).expect("a moment");
    assert_eq!(stage.run(&["logs", "--since", second, &web]).ok(), "second");
    assert_eq!(stage.run(&["logs", "--since", "1h", &web]).ok(), "first\nsecond");
    assert_eq!(stage.run(&["logs", "--since", "0", "--until", "1h", &web]).ok(), "");
    assert_eq!(stage.run(&["logs", "--until", second, "--tail", "1", &web]).ok(), "second");
    assert_eq!(stage.run(&["logs", "-f", "--until", "1h", &web]).ok(), "", "a moment that has passed is not awaited");
    stage.run(&["logs", "--since", "yesterday-ish", &web]).fails(125);
}

#[test]
fn several_containers_are_told_apart() {
    let stage = Stage::shared();
    let (one, other) = (need!(said(&stage, "one", &[], "echo a")), need!(said(&stage, "other", &[], "echo b")));
    let id = stage.run(&["inspect", "--format", "{{.Id}}", &one]).ok();
    assert_eq!(stage.run(&["logs", "-n", &one, &other]).ok(), format!("{one} a\n{other} b"));
    let followed = stage.run(&["logs", "-f", &one, &other]).ok();
    assert!(followed.lines().any(|line| line == format!("{} a", &id[..12])), "{followed}");
    assert_eq!(stage.run(&["logs", "-n", "--color", &one]).ok(), "a", "one container needs no name, a pipe no colour");
    stage.run(&["logs", &one, "no-such"]).fails(1);
}

#[test]
fn a_lot_of_output_is_kept_to_the_last_byte() {
    let stage = Stage::shared();
    let web = need!(said(&stage, "web", &["--log-opt", "max-size=-1"], "seq 100000; printf end"));
    let said = stage.run(&["logs", &web]).out;
    assert!(said.ends_with("99999\n100000\nend"), "{:?}", &said[said.len().saturating_sub(40)..]);
    assert_eq!(said.lines().count(), 100_001);
}

#[test]
fn every_byte_comes_back() {
    let stage = Stage::shared();
    let script = "head -c 300000 /dev/urandom >/tmp/x; cat /tmp/x; sha256sum </tmp/x >&2";
    let web = need!(said(&stage, "web", &[], script));
    let compared = stage.shell(&format!("box logs {web} 2>/dev/null | sha256sum; box logs {web} 2>&1 >/dev/null"));
    let sums: Vec<&str> = compared.out.lines().collect();
    assert!(sums.len() == 2 && sums[0] == sums[1], "{compared}");
}

#[test]
fn json_is_dockers_with_what_was_asked_for() {
    let stage = Stage::shared();
    let options = ["--log-driver=json-file", "--label", "team=a", "-e", "STAGE=test"];
    let marks =
        ["--log-opt", "tag={{.Name}}/{{.ImageName}}", "--log-opt", "labels=team", "--log-opt", "env=STAGE,NONE"];
    let web = need!(said(&stage, "web", &[&options[..], &marks].concat(), "echo 'a \"b\"'"));
    let path = stage.run(&["inspect", "--format", "{{.LogPath}}", &web]).ok();
    let line = std::fs::read_to_string(path).expect("the log is there");
    let entry: serde_json::Value = serde_json::from_str(&line).expect("is JSON");
    assert_eq!((&entry["log"], &entry["stream"]), (&"a \"b\"\n".into(), &"stdout".into()));
    let image = stage.run(&["inspect", "--format", "{{.ImageName}}", &web]).ok();
    let attributes = serde_json::json!({"tag": format!("{web}/{image}"), "team": "a", "STAGE": "test"});
    assert_eq!(entry["attrs"], attributes, "{line}");
    assert!(entry["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
}

#[test]
fn a_log_lies_where_it_was_asked_for() {
    let stage = Stage::shared();
    let path = stage.home().join("own.log");
    let web = need!(said(&stage, "web", &["--log-opt", &format!("path={}", path.display())], "echo a"));
    assert!(std::fs::read_to_string(&path).expect("it was made").ends_with(" stdout F a\n"));
    assert_eq!(stage.run(&["logs", &web]).ok(), "a");
}

#[test]
fn a_driver_that_was_named_keeps_what_an_attached_container_says_too() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let words = ["run", "--log-driver", "json-file", "--name", &web, &payload, "/payload", "lines", "out", "err"];
    let seen = stage.run(&words);
    assert_eq!((seen.code, seen.out.as_str(), seen.err.as_str()), (0, "out\n", "err\n"), "{seen}");
    let kept = stage.run(&["logs", &web]);
    assert_eq!((kept.out.as_str(), kept.err.as_str()), ("out\n", "err\n"), "{kept}");
}

#[test]
fn what_is_kept_of_an_attached_container_changes_no_pipeline() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    let run = format!("box run --network none --rm --log-driver k8s-file --name {web}");
    let seen = stage.shell(&format!("{run} {busybox} yes | head -1; echo ${{PIPESTATUS[0]}}"));
    assert_eq!(seen.ok(), "y\n141");
    crate::fixture::wait_until("it is gone", || stage.run(&["container", "exists", &web]).code == 1);
    assert_eq!(stage.shell(&format!("echo through | {run} -i {busybox} cat")).ok(), "through");
    assert_eq!(stage.shell(&format!("{run} {busybox} sh -c 'exit 7'")).code, 7);
}

#[test]
fn what_the_callers_own_descriptors_took_is_not_kept_and_that_is_said() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "--name", &web, &payload, "/payload", "lines", "out", "err"]).ok();
    let said = stage.run(&["logs", &web]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said}");
    assert!(said.err.contains("has run attached"), "{said}");
}

#[test]
fn none_keeps_nothing_and_passthrough_is_the_callers() {
    let stage = Stage::shared();
    let none = need!(said(&stage, "none", &["--log-driver", "none"], "echo a"));
    assert!(stage.run(&["logs", &none]).fails(125).contains("keeps no log"));
    let busybox = need!(stage.image("busybox"));
    let web = stage.name("web");
    let script = format!("box run -d --log-driver passthrough --name {web} {busybox} echo from-inside; box wait {web}");
    let seen = stage.shell(&script).ok();
    assert!(seen.contains("from-inside"), "{seen}");
    stage.run(&["logs", &web]).fails(125);
}

#[test]
fn the_journal_is_read_by_journalctl() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["create", "--log-driver", "journald", "--name", &web, &busybox, "true"]).ok();
    let id = stage.run(&["inspect", "--format", "{{.Id}}", &web]).ok();
    let programs = stage.home().join("programs");
    std::fs::create_dir_all(&programs).expect("the home is ours");
    let fake = programs.join("journalctl");
    let entry = r#"{"__CURSOR":"c","__REALTIME_TIMESTAMP":"1700000000000001","PRIORITY":"%s","MESSAGE":"%s"}\n"#;
    let script = format!(
        "#!/bin/sh\necho \"$@\" >>{home}/asked\nprintf '{entry}' 6 out\nprintf '{entry}' 3 err\n",
        home = stage.home().display()
    );
    std::fs::write(&fake, script).expect("the home is ours");
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let seen = stage.shell(&format!("PATH={}:$PATH; box logs --tail 2 {web}", programs.display()));
    assert_eq!((seen.code, seen.out.as_str(), seen.err.as_str()), (0, "out\n", "err\n"), "{seen}");
    let asked = std::fs::read_to_string(stage.home().join("asked")).expect("journalctl was asked");
    assert!(asked.contains("--lines=2") && asked.contains(&format!("CONTAINER_ID_FULL={id}")), "{asked}");
    if !std::path::Path::new("/run/systemd/journal/socket").exists() {
        assert!(stage.run(&["start", &web]).fails(125).contains("journald"), "what would be lost is refused");
    }
}

#[test]
fn followers_end_when_nobody_reads_them() {
    let stage = Stage::shared();
    let (busybox, web) = (need!(stage.image("busybox")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, &busybox, "sh", "-c", "while echo y; do sleep 0.01; done"]).ok();
    let seen = stage.shell(&format!("box logs -f {web} | head -1; echo ${{PIPESTATUS[0]}}"));
    assert_eq!(seen.ok(), "y\n141");
}

#[test]
fn a_payload_that_shall_not_wait_for_its_log_does_not_and_what_is_lost_is_told() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    for driver in ["k8s-file", "json-file"] {
        let (fifo, out) = (stage.home().join(driver), stage.home().join(format!("{driver}.out")));
        std::fs::create_dir(&out).unwrap();
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        // Nobody reads: opening it waits, and so would writing.
        let log = format!("path={}", fifo.display());
        let volume = format!("{}:/out", out.display());
        let options = ["--log-driver", driver, "--log-opt", "mode=non-blocking", "--log-opt", "max-buffer-size=64k"];
        let script = "yes 123456789 | head -c 4000000; echo last >&2; touch /out/done";
        let line = [
            &["run", "-d", "--name", driver, "--network", "none", "-v", &volume, "--log-opt", &log][..],
            &options,
            &[&busybox, "sh", "-c", script],
        ];
        stage.run(&line.concat()).ok();
        wait_until("it has said everything", || out.join("done").exists());
        let text = std::fs::read_to_string(&fifo).expect("UTF-8");
        // What is lost may begin within a line, whose beginning then is an entry without its end.
        let mut messages = text.lines().map(|line| match driver {
            "json-file" => {
                let entry: serde_json::Value = serde_json::from_str(line).expect("whole entries");
                entry["log"].as_str().expect("a text").to_owned()
            }
            _ => match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
                [_, _, "P", message] => message.to_owned(),
                [_, _, "F", message] => format!("{message}\n"),
                _ => panic!("whole entries, not {line}"),
            },
        });
        let (mut kept, mut lost) = (0, 0);
        let own = |message: &str| {
            let rest = message
                .strip_prefix("box: ")?
                .strip_suffix(" bytes of output are lost here: the log does not keep up\n")?;
            rest.parse::<usize>().ok()
        };
        messages.by_ref().for_each(|message| match own(&message) {
            Some(bytes) => lost += bytes,
            None => kept += message.len(),
        });
        assert_eq!(kept + lost, 4_000_005, "{driver}: kept {kept}, lost {lost}");
        // Of a line of ten bytes an entry of JSON makes eight times as much, and the buffer holds entries.
        assert!(kept > 5_000 && lost > 3_000_000, "{driver}: kept {kept}, lost {lost}");
        assert_eq!(stage.run(&["wait", driver]).ok(), "0");
    }
}

#[test]
fn a_log_that_keeps_up_is_whole_without_waiting_too() {
    let stage = Stage::shared();
    let (busybox, name) = (need!(stage.image("busybox")), stage.name("web"));
    let script = "i=0; while [ $i -lt 2000 ]; do echo $i; i=$((i + 1)); done";
    let words = ["run", "-d", "--name", &name, "--network", "none", "--log-opt", "mode=non-blocking", &busybox];
    stage.run(&[&words[..], &["sh", "-c", script]].concat()).ok();
    assert_eq!(stage.run(&["wait", &name]).ok(), "0");
    let expected: String = (0..2000).map(|number| format!("{number}\n")).collect();
    assert_eq!(stage.run(&["logs", &name]).out, expected);
}
