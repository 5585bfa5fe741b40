//! `box port`, and what `-p` publishes.

use std::io::Read;
use std::net::TcpStream;

use crate::fixture::{Stage, ability, need, wait_until};

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
    let mut answer = String::new();
    wait_until("the port answers", || {
        answer.clear();
        TcpStream::connect(&place).and_then(|mut peer| peer.read_to_string(&mut answer)).is_ok_and(|length| length > 0)
    });
    assert!(answer.trim().parse::<std::net::IpAddr>().is_ok(), "the server says who called: {answer}");
}
