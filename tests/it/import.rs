//! `box import`.

use std::io::{Read, Write};

use crate::fixture::{Stage, installed, need};

#[test]
fn an_archive_of_files_is_an_image() {
    let stage = Stage::new();
    let busybox = need!(stage.image("busybox"));
    stage.run(&["create", "--name", "still", "--network", "none", &busybox, "true"]).ok();
    stage.run(&["export", "-o", "x.tar", "still"]).ok();
    stage.run(&["rm", "still"]).ok();
    for (program, pack) in [("cat", "cat"), ("gzip", "gzip -c"), ("xz", "xz -0 -c"), ("zstd", "zstd -q -c")] {
        if installed(program).is_err() {
            continue;
        }
        let import = "box import -q -m because -c 'CMD [\"echo\", \"hello\"]' -c 'ENV PATH=/bin' - files:1";
        let id = stage.shell(&format!("{pack} <x.tar | {import}")).ok();
        assert!(id.starts_with("sha256:") && id.len() == 71, "{id}");
        assert_eq!(stage.run(&["run", "--rm", "--network", "none", "files:1"]).ok(), "hello", "{pack}");
        assert_eq!(stage.run(&["images", "-q", "--no-trunc", "files:1"]).ok(), id);
    }
    let other = stage.run(&["import", "--arch", "arm64", "--os", "linux", "x.tar"]).ok();
    assert_eq!(stage.run(&["inspect", "-f", "{{.Architecture}}", &other]).ok(), "arm64");
}

#[test]
fn a_web_server_is_asked_for_an_archive() {
    let stage = Stage::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("is bound");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let _ = stream.read(&mut [0; 4096]).expect("a question");
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o644);
        tar.append_data(&mut header, "file", &b"hello"[..]).expect("is written");
        let body = tar.into_inner().expect("is written");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).expect("is heard");
    });
    stage.run(&["import", "-q", &format!("http://joe:secret@{address}/x.tar"), "web:1"]).ok();
    server.join().expect("served");
    let history = stage.run(&["history", "--no-trunc", "web:1"]).ok();
    assert!(history.contains("/x.tar") && !history.contains("secret"), "{history}");
}

#[test]
fn what_is_no_archive_of_files_is_refused() {
    let stage = Stage::new();
    std::fs::write(stage.home().join("noise"), "no archive ".repeat(200)).expect("a new file");
    for from in ["noise", "none", "/dev/null/x", "http://127.0.0.1:1/x.tar"] {
        stage.run(&["import", "-q", from, "files:1"]).fails(125);
    }
    assert_eq!(stage.run(&["images", "-qa"]).ok(), "");
}
