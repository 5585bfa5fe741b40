//! `box port`, and what `-p` publishes.

use std::io::Read;
use std::net::TcpStream;

use std::process::Stdio;

use crate::fixture::{Outcome, Running, Stage, ability, binary, need, payload, wait_until};

#[test]
fn a_published_port_answers_and_is_listed() {
    need!(ability("network"));
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, "-p", "127.0.0.1::8080", &payload, "/payload", "serve", "8080"]).ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    let place = stage.run(&["port", &web, "8080"]).ok();
    assert!(place.starts_with("127.0.0.1:"), "{place}");
    assert_eq!(stage.run(&["port", &web]).ok(), format!("8080/tcp -> {place}"));
    stage.run(&["port", &web, "8080", "more"]).fails(125);
    let mut answer = String::new();
    wait_until("the port answers", || {
        answer.clear();
        TcpStream::connect(&place).and_then(|mut peer| peer.read_to_string(&mut answer)).is_ok_and(|length| length > 0)
    });
    assert!(answer.trim().parse::<std::net::IpAddr>().is_ok(), "the server says who called: {answer}");
}

/// Runs box with sockets that are passed to it as systemd does: `NAME=ADDRESS,…`.
fn activated(stage: &Stage, sockets: &str, words: &[&str]) -> Outcome {
    let mut command = stage.program(payload());
    command.args(["activate", sockets]).arg(binary()).arg("--root").arg(stage.store()).args(words);
    Running::start(command, Some(Stdio::null())).finish()
}

#[test]
fn a_port_is_served_by_the_socket_that_systemd_has_passed_and_the_program_gets_the_others() {
    need!(ability("network"));
    let stage = Stage::shared();
    let (busybox, server) = (need!(stage.image("busybox")), need!(stage.image("payload")));
    // Nobody else's: the whole of 127.0.0.0/8 is this host.
    let own = u32::from(std::net::Ipv4Addr::new(127, 1, 0, 0)) | (std::process::id() & 0xffff);
    let (own, web) = (std::net::Ipv4Addr::from(own), stage.name("web"));
    let sockets = format!("rest={own}:0,web={own}:18080,more={own}:0");
    let port = format!("{own}:18080:8080");
    let tell = "echo $LISTEN_FDS $LISTEN_FDNAMES; test -e /proc/self/fd/4 && ! test -e /proc/self/fd/5 && echo both";
    let said = activated(&stage, &sockets, &["run", "--rm", "-p", &port, &busybox, "sh", "-c", tell]);
    assert_eq!(said.ok(), "2 rest:more\nboth");
    let tell = "echo ${LISTEN_FDS-none} ${LISTEN_PID-none}; test -e /proc/self/fd/3 || echo closed";
    // The free port is the one of the socket that has the container's port as its name.
    let words = ["run", "--rm", "-p", "80", &busybox, "sh", "-c", tell];
    assert_eq!(activated(&stage, "80/tcp=127.0.0.1:0", &words).ok(), "none none\nclosed");

    let words = ["run", "-d", "--name", &web, "-p", &port, &server, "/payload", "serve", "8080"];
    activated(&stage, &format!("web={own}:18080"), &words).ok();
    assert_eq!(stage.run(&["port", &web]).ok(), format!("8080/tcp -> {own}:18080"));
    // The first client is who has started it, and waits until somebody listens.
    let mut answer = String::new();
    TcpStream::connect((own, 18080)).and_then(|mut peer| peer.read_to_string(&mut answer)).unwrap();
    assert!(answer.trim().parse::<std::net::IpAddr>().is_ok(), "the server says who called: {answer}");
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();

    // By its number the program gets it, and then the port is in use.
    let words = ["run", "--rm", "--preserve-fds", "1", "-p", &port, &busybox, "true"];
    assert!(activated(&stage, &format!("web={own}:18080"), &words).fails(125).contains("is in use"));
    let words = ["run", "-d", "--restart", "always", "-p", &port, &busybox, "true"];
    assert!(activated(&stage, &format!("web={own}:18080"), &words).fails(125).contains("exclude each other"));
}
