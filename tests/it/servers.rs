//! Real servers from images of several layers, made of the distribution's packages: they start, answer through a
//! published port, and keep their data in a named volume.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::fixture::{Stage, ability, need, wait_until};

/// What the server at the published port answers to `question`, once it answers at all.
fn ask(stage: &Stage, name: &str, port: &str, question: &str, awaited: &str) -> String {
    let place = stage.run(&["port", name, port]).ok();
    let mut answer = String::new();
    wait_until(&format!("{name} answers {awaited:?}"), || {
        answer = converse(&place, question, awaited).unwrap_or_default();
        answer.contains(awaited)
    });
    answer
}

fn converse(place: &str, question: &str, awaited: &str) -> std::io::Result<String> {
    let mut peer = TcpStream::connect(place)?;
    peer.set_read_timeout(Some(Duration::from_secs(2)))?;
    peer.write_all(question.as_bytes())?;
    let (mut answer, mut buffer) = (String::new(), [0; 4096]);
    while !answer.contains(awaited) {
        match peer.read(&mut buffer)? {
            0 => break,
            length => answer += &String::from_utf8_lossy(&buffer[..length]),
        }
    }
    Ok(answer)
}

#[test]
fn nginx_serves_its_page_and_logs_the_visit() {
    need!(ability("network"));
    let stage = Stage::shared();
    let (nginx, web) = (need!(stage.image("nginx")), stage.name("web"));
    stage.run(&["run", "-d", "--name", &web, "-p", "127.0.0.1::80", &nginx]).ok();
    ask(&stage, &web, "80", "GET / HTTP/1.0\r\n\r\n", "hello from nginx");
    wait_until("the visit is logged", || stage.run(&["logs", &web]).out.contains("GET / HTTP/1.0"));
    stage.run(&["stop", &web]).ok();
    assert_eq!(stage.run(&["wait", &web]).ok(), "0", "QUIT is nginx's graceful stop");
    stage.run(&["start", &web]).ok();
    ask(&stage, &web, "80", "GET / HTTP/1.0\r\n\r\n", "hello from nginx");
}

#[test]
fn redis_keeps_its_keys_in_a_named_volume() {
    need!(ability("network"));
    let stage = Stage::new();
    let redis = need!(stage.image("redis"));
    let run = ["run", "-d", "--name", "store", "-p", "127.0.0.1::6379", "-v", "data:/data", &redis];
    stage.run(&run).ok();
    ask(&stage, "store", "6379", "SET key kept\r\nSAVE\r\n", "+OK\r\n+OK");
    stage.run(&["rm", "-f", "store"]).ok();
    stage.run(&run).ok();
    ask(&stage, "store", "6379", "GET key\r\n", "kept");
    stage.run(&["rm", "-f", "store"]).ok();
    stage.run(&["volume", "rm", "data"]).ok();
}

#[test]
fn postgres_keeps_its_tables_in_a_named_volume() {
    let stage = Stage::new();
    let postgres = need!(stage.image("postgres"));
    let run = ["run", "-d", "--name", "db", "-v", "tables:/var/lib/postgresql/data", &postgres];
    let query = |text: &str| stage.run(&["exec", "-u", "postgres", "db", "psql", "-h", "127.0.0.1", "-Atc", text]);
    stage.run(&run).ok();
    wait_until("the server answers", || query("select 1").out == "1\n");
    query("create table t (x int); insert into t values (42)").ok();
    stage.run(&["stop", "db"]).ok();
    stage.run(&["rm", "db"]).ok();
    stage.run(&run).ok();
    wait_until("the server answers again", || query("select 1").out == "1\n");
    assert_eq!(query("select x from t").ok(), "42");
    stage.run(&["rm", "-f", "db"]).ok();
    stage.run(&["volume", "rm", "tables"]).ok();
}

#[test]
fn python_runs_as_its_own_user() {
    let stage = Stage::shared();
    let python = need!(stage.image("python"));
    let run = |command: &[&str]| stage.run(&[&["run", "--rm", "--network", "none", &python], command].concat()).ok();
    assert_eq!(run(&["python3", "app.py"]), "hello from python");
    assert_eq!(run(&["id", "-un"]), "app");
    let said = stage.shell(&format!("echo 'print(6 * 7)' | box run -i --rm --network none {python}"));
    assert_eq!(said.ok(), "42");
}

#[test]
fn a_package_can_be_looked_up_in_the_distribution() {
    let stage = Stage::shared();
    let debian = need!(stage.image("debian"));
    let said = stage.run(&["run", "--rm", "--network", "none", &debian, "apt-cache", "policy", "bash"]).ok();
    assert!(said.contains("Installed: "), "{said}");
    stage.run(&["run", "--rm", "--network", "none", &debian, "dpkg", "--verify", "coreutils"]).ok();
}
