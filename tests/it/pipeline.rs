//! `box run` in scripts: exit codes, signals, SIGPIPE, end of file and descriptors are the kernel's, not a copy loop's.

use nix::sys::signal::Signal;

use crate::fixture::{Stage, need};

#[test]
fn tar_through_a_container_into_head() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let script = format!(
        "mkdir files; for n in $(seq 3000); do : >files/$n; done
         tar c files | box run -i --rm {busybox} tar t | head -3; echo ${{PIPESTATUS[@]}}; rm -r files"
    );
    let said = stage.shell(&script);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    let codes: Vec<&str> = lines[3].split(' ').collect();
    assert!(matches!(codes[..], ["0" | "141", "141", "0"]), "{said}");
    assert_eq!(said.err, "", "nobody is told about it");
}

#[test]
fn a_while_read_loop_is_not_eaten() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let said = stage.shell(&format!(
        "printf 'one\\ntwo\\nthree\\n' | while read word; do echo $word; box run -i --rm {busybox} true; done"
    ));
    assert_eq!(said.ok(), "one\ntwo\nthree");
    let said = stage.shell(&format!(
        "printf 'one\\ntwo\\nthree\\n' | {{ box run -i --rm {busybox} sh -c 'read x; echo in $x'; cat >/dev/null; }}"
    ));
    assert!(said.out.starts_with("in one\n"), "{said}");
}

#[test]
fn without_interactive_the_payload_reads_nothing() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let said = stage.shell(&format!("echo mine | {{ box run --rm {busybox} cat; cat; }}"));
    assert_eq!(said.ok(), "mine");
}

#[test]
fn end_of_file_reaches_the_payload() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let mut running = stage.start(&["run", "-i", "--rm", &busybox, "cat"]);
    running.send("first\n");
    running.expect("first");
    running.send("last\n");
    assert_eq!(running.finish().ok(), "first\nlast");
}

#[test]
fn a_closed_standard_output_is_the_payloads_own_trouble() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let said = stage.shell(&format!("box run --rm {busybox} yes | head -1; echo ${{PIPESTATUS[0]}}"));
    assert_eq!((said.out.as_str(), said.err.as_str()), ("y\n141\n", ""), "{said}");
    let said = stage.shell(&format!("box run --rm {busybox} echo hi >/dev/full"));
    assert_eq!(said.code, 1, "{said}");
    assert!(!said.err.contains("box: "), "{said}");
}

#[test]
fn term_and_int_of_the_cli_end_a_payload_without_a_handler() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let mut running = stage.start(&["run", "--rm", &payload, "/payload", "wait"]);
        running.expect("ready");
        running.signal(signal);
        let said = running.finish();
        assert_eq!(said.code, code, "{said}");
    }
}

#[test]
fn a_handlers_exit_code_comes_through() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1] {
        let mut running = stage.start(&["run", "--rm", &payload, "/payload", "trap", signal.as_str(), "7"]);
        running.expect("ready");
        running.signal(signal);
        running.finish().ends_with(7);
    }
}

#[test]
fn a_payload_killed_by_a_signal_ends_with_128_and_its_number() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    let mut running = stage.start(&["run", "--name", &web, &payload, "/payload", "wait"]);
    running.expect("ready");
    stage.run(&["kill", &web]).ok();
    running.finish().ends_with(137);
}

#[test]
fn thirty_at_once_all_get_their_own_answer() {
    let stage = Stage::shared();
    let busybox = need!(stage.image("busybox"));
    let script = format!(
        "for n in $(seq 30); do
             (box run --rm --network none {busybox} sh -c \"exit $n\"; [ $? = $n ] || echo $n wrong) &
         done; wait"
    );
    assert_eq!(stage.shell(&script).ok(), "");
}
