//! The network inside box: what a container reaches through it, and what reaches the container.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddrV6, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use crate::fixture::{Stage, ipv6, need, wait_until};
use crate::json;

/// What the gateway leads to the host's loopback.
const LOOPBACK: &str = "builtin:allow_host_loopback=true";
const GATEWAY: &str = "10.0.2.2";

/// Says why the network does not work on this machine.
pub fn works(stage: &Stage, payload: &str) -> Result<(), String> {
    let tried = stage.run(&["run", "--rm", "--network", "builtin", payload, "/payload", "exit", "0"]);
    if tried.code == 0 { Ok(()) } else { Err(format!("no built-in network: {}", tried.err)) }
}

/// What the payload says about `words`, on a network of this mode.
fn say(stage: &Stage, network: &str, payload: &str, words: &[&str]) -> String {
    let words = [&["run", "--rm", "--network", network, payload, "/payload"], words].concat();
    stage.run(&words).ok().trim_end().to_owned()
}

/// Serves each connection of a listener on the host's loopback in a thread that ends with the test; returns where.
fn serve(act: impl Fn(TcpStream) + Send + Clone + 'static) -> u16 {
    serve_at(Ipv4Addr::LOCALHOST, act)
}

fn serve_at(address: Ipv4Addr, act: impl Fn(TcpStream) + Send + Clone + 'static) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let act = act.clone();
            std::thread::spawn(move || act(stream));
        }
    });
    port
}

fn echo(mut stream: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
    let _ = stream.shutdown(Shutdown::Write); // The other side may have gone.
}

/// An address of this machine that others could reach.
fn own_address() -> Result<IpAddr, String> {
    let address = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("203.0.113.1:9")?;
        socket.local_addr()
    });
    address.map(|address| address.ip()).map_err(|_| "this machine has no route to others".to_owned())
}

#[test]
fn data_arrives_whole_both_ways_and_an_end_is_only_one_directions() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let place = format!("{GATEWAY}:{}", serve(echo));
    assert_eq!(say(&stage, LOOPBACK, &payload, &["mirror", &place, "16000000"]), "whole");
    let place = format!("[fd62:6f78::2]:{}", serve(echo));
    if ipv6().is_ok() {
        assert_eq!(say(&stage, LOOPBACK, &payload, &["mirror", &place, "100000"]), "whole");
    }
}

#[test]
fn five_hundred_short_connections_are_all_served() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    assert_eq!(say(&stage, LOOPBACK, &payload, &["many", &format!("{GATEWAY}:{}", serve(echo)), "500"]), "all");
}

#[test]
fn what_nobody_serves_is_refused_and_a_reset_is_one() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    assert_eq!(say(&stage, LOOPBACK, &payload, &["connect", &format!("{GATEWAY}:{closed}")]), "ConnectionRefused");
    assert_eq!(say(&stage, LOOPBACK, &payload, &["ask", &format!("{GATEWAY}:{closed}"), "x"]), "ConnectionRefused");
    // The range of addresses for documentation that nothing routes: whatever the host says about it is not success.
    assert_ne!(say(&stage, LOOPBACK, &payload, &["connect", "[::ffff:0.0.0.0]:9"]), "connected");
    // After it has heard something: who resets at once may do so before the connection is seen inside.
    let resets = serve(|mut stream| {
        let _ = stream.read(&mut [0]).unwrap();
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    });
    assert_eq!(say(&stage, LOOPBACK, &payload, &["mirror", &format!("{GATEWAY}:{resets}"), "5"]), "ConnectionReset");
}

#[test]
fn the_hosts_loopback_is_closed_unless_asked_for() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let port = serve(echo);
    for address in ["127.0.0.1", GATEWAY, "127.0.0.2", "0.0.0.0", "10.0.2.100", "10.0.2.3"] {
        let said = say(&stage, "builtin", &payload, &["connect", &format!("{address}:{port}")]);
        assert_ne!(said, "connected", "{address} leads to the host's loopback");
    }
    let said = say(&stage, LOOPBACK, &payload, &["connect", &format!("{GATEWAY}:{port}")]);
    assert_eq!(said, "connected");
}

#[test]
fn datagrams_are_answered() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = server.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((length, client)) = server.recv_from(&mut buffer) {
            let _ = server.send_to(&buffer[..length], client); // The client may be gone.
        }
    });
    assert_eq!(say(&stage, LOOPBACK, &payload, &["ask", &format!("{GATEWAY}:{port}"), "hello"]), "hello");
}

/// Runs a payload that ends with 7 where something is missing; returns the exit code and what box says.
fn run_without(stage: &Stage, what: &str, options: &[&str]) -> (Option<i32>, String) {
    let payload = stage.image("payload").expect("the registry of the tests has it");
    let mut command = stage.program(crate::fixture::payload());
    command.args(["without", what]).arg(crate::fixture::binary()).arg("--root").arg(stage.store());
    command.args(["run", "--rm"]).args(options).args([&payload, "/payload", "exit", "7"]);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_machine_without_nf_tables_says_so_and_runs_what_it_can() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let (code, said) = run_without(&stage, "nf_tables", &["--network", "builtin"]);
    assert!(code == Some(125) && said.contains("nf_tables"), "{said}");
    // By another program, or with loopback alone: then it says why.
    let (code, said) = run_without(&stage, "nf_tables", &["--network", "private"]);
    assert_eq!(code, Some(7), "{said}");
}

#[test]
fn a_machine_without_ipv6_has_the_rest() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let (code, said) = run_without(&stage, "ipv6", &["--network", "builtin", "-p", "7000"]);
    assert_eq!(code, Some(7), "{said}");
}

#[test]
fn the_surroundings_are_the_same_on_every_host() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let read = |file: &str| stage.run(&["run", "--rm", "--hostname", "web", &payload, "/payload", "read", file]).ok();
    let resolvers = read("/etc/resolv.conf");
    assert!(resolvers.contains("nameserver 10.0.2.3"), "{resolvers}");
    let hosts = read("/etc/hosts");
    assert!(hosts.contains("10.0.2.2\thost.containers.internal host.docker.internal"), "{hosts}");
    assert!(hosts.contains("10.0.2.100\tweb"), "{hosts}");
    assert!(read("/proc/net/route").contains("eth0\t00000000\t0202000A"));
}

#[test]
fn a_published_port_shows_the_true_client() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("true-client"));
    need!(works(&stage, &payload));
    let words =
        ["run", "-d", "--network", "builtin", "-p", "8080", "--name", &web, &payload, "/payload", "serve", "8080"];
    stage.run(&words).ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    let port: u16 = stage.run(&["port", &web, "8080"]).ok().trim().rsplit_once(':').unwrap().1.parse().unwrap();
    let seen = |address: IpAddr| {
        let mut said = String::new();
        TcpStream::connect((address, port)).unwrap().read_to_string(&mut said).unwrap();
        said.trim_end().to_owned()
    };
    // From the host's loopback it must not seem to come from the container's own.
    assert_eq!(seen(Ipv4Addr::LOCALHOST.into()), GATEWAY);
    if let Ok(address) = own_address() {
        assert_eq!(seen(address), address.to_string());
    }
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).expect("the port is free at once");
}

#[test]
fn a_published_port_of_datagrams_answers() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("datagrams"));
    need!(works(&stage, &payload));
    let port = "127.0.0.1::9/udp";
    stage
        .run(&["run", "-d", "--network", "builtin", "-p", port, "--name", &web, &payload, "/payload", "answer", "9"])
        .ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    let place = stage.run(&["port", &web, "9/udp"]).ok();
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    client.connect(place.trim()).unwrap();
    client.send(b"who am I?").unwrap();
    client.set_read_timeout(Some(crate::fixture::patience())).unwrap();
    let mut answer = [0; 64];
    let length = client.recv(&mut answer).unwrap();
    assert_eq!(&answer[..length], GATEWAY.as_bytes());
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
}

/// A host that has no IPv6 serves what it has.
#[test]
fn a_port_is_published_for_both_versions_of_ip_whichever_the_program_knows() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("both"));
    need!(works(&stage, &payload));
    let host_has_v6 = TcpListener::bind("[::1]:0").is_ok();
    let words =
        ["run", "-d", "--network", "builtin", "-p", "7000", "-p", "9/udp", "--name", &web, &payload, "/payload"];
    stage.run(&[&words[..], &["serve", "7000"]].concat()).ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    let port = |port: &str| -> u16 {
        stage.run(&["port", &web, port]).ok().trim().rsplit_once(':').unwrap().1.parse().unwrap()
    };
    stage.run(&["exec", "-d", &web, "/payload", "answer", "9"]).ok();
    for host in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
        if host.is_ipv6() && !host_has_v6 {
            continue;
        }
        let mut said = String::new();
        TcpStream::connect((host, port("7000"))).unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said.trim_end(), GATEWAY, "{host}");
        let client = UdpSocket::bind((host, 0)).unwrap();
        client.connect((host, port("9/udp"))).unwrap();
        client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut answer = [0; 64];
        wait_until("datagrams are answered", || {
            client.send(b"who am I?").unwrap();
            client.recv(&mut answer).is_ok_and(|length| answer[..length] == *GATEWAY.as_bytes())
        });
    }
    // Whoever asks another address of the host is answered from that one, or the socket that asks would not take it.
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    client.connect(("127.0.0.9", port("9/udp"))).unwrap();
    client.set_read_timeout(Some(crate::fixture::patience())).unwrap();
    client.send(b"who am I?").unwrap();
    assert_eq!(client.recv(&mut [0; 64]).unwrap(), GATEWAY.len());
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
}

/// The addresses of this machine's interfaces, but loopback: man 5 proc_net has no word of the file, which has address,
/// index, prefix length, scope, flags and name.
fn other_addresses_v6() -> Vec<SocketAddrV6> {
    let text = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let parse = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let address = Ipv6Addr::from(u128::from_str_radix(words[0], 16).unwrap());
        let interface = if words[3] == "20" { u32::from_str_radix(words[1], 16).unwrap() } else { 0 };
        (!address.is_loopback()).then_some(SocketAddrV6::new(address, 0, 0, interface))
    };
    text.lines().filter_map(parse).collect()
}

#[test]
fn clients_of_ipv6_with_one_source_port_are_told_apart() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("apart"));
    need!(works(&stage, &payload));
    need!(ipv6());
    let others = other_addresses_v6();
    need!(if others.is_empty() { Err("this machine has no other IPv6 address".to_owned()) } else { Ok(()) });
    let words = ["run", "-d", "--network", "builtin", "-p", "9/udp", "-p", "10/udp", "--name", &web, &payload];
    // One program knows both versions of IP, one knows IPv4 alone.
    stage.run(&[&words[..], &["/payload", "answer", "[::]:9"]].concat()).ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    stage.run(&["exec", "-d", &web, "/payload", "answer", "10"]).ok();
    for place in ["9/udp", "10/udp"] {
        let port: u16 = stage.run(&["port", &web, place]).ok().trim().rsplit_once(':').unwrap().1.parse().unwrap();
        let answers = |client: &UdpSocket| client.recv(&mut [0; 64]).is_ok();
        let first = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
        first.connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        first.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        wait_until("it answers", || first.send(b"who am I?").is_ok() && answers(&first));
        while answers(&first) {} // What was late.
        first.set_read_timeout(Some(crate::fixture::patience())).unwrap();
        for other in &others {
            let mut own = *other;
            own.set_port(first.local_addr().unwrap().port());
            let second = UdpSocket::bind(own).unwrap();
            second.set_read_timeout(Some(crate::fixture::patience())).unwrap();
            own.set_port(port);
            second.connect(own).unwrap();
            for _ in 0..20 {
                first.send(b"who am I?").unwrap();
                second.send(b"who am I?").unwrap();
                assert!(answers(&first) && answers(&second), "{place} {other}");
            }
        }
    }
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
}

/// Of all processes, their words with a NUL behind each.
fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok()).collect()
}

#[test]
fn ports_are_published_and_closed_while_it_runs() {
    let stage = Stage::shared();
    let (payload, web) = (need!(stage.image("payload")), stage.name("live-ports"));
    need!(works(&stage, &payload));
    let ready = |times: usize| {
        wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n".repeat(times));
    };
    stage.run(&["run", "-d", "--network", "builtin", "--name", &web, &payload, "/payload", "serve", "7000"]).ok();
    ready(1);
    stage.run(&["update", "--publish-add", "127.0.0.1::7000,127.0.0.1::9/udp", &web]).ok();
    let place = |port: &str| stage.run(&["port", &web, port]).ok().trim_end().to_owned();
    let hear = |place: &str| {
        let mut said = String::new();
        TcpStream::connect(place).and_then(|mut peer| peer.read_to_string(&mut said)).map(|_| said)
    };
    let (first, datagrams) = (place("7000"), place("9/udp"));
    assert_eq!(hear(&first).unwrap().trim_end(), GATEWAY);
    // Who makes sockets inside from here on does not pass for the command that has started it.
    let lines = command_lines();
    assert!(lines.iter().any(|line| line.trim_end_matches('\0') == "box-net"));
    assert!(!lines.iter().any(|line| line.contains("--publish-add") && line.contains(&web)), "{lines:?}");
    stage.run(&["exec", "-d", &web, "/payload", "answer", "9"]).ok();
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    client.connect(&datagrams).unwrap();
    client.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    wait_until("datagrams are answered", || client.send(b"?").is_ok() && client.recv(&mut [0; 64]).is_ok());
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let busy = format!("{}:7001", taken.local_addr().unwrap());
    assert!(stage.run(&["update", "--publish-add", &busy, &web]).fails(125).contains("in use"));
    stage.run(&["update", "--publish-rm", "9/udp", &web]).ok();
    UdpSocket::bind(&datagrams).expect("it is free again");
    assert!(stage.run(&["update", "--publish-rm", "9/udp", &web]).fails(125).contains("it is not published"));
    assert_eq!(stage.run(&["port", &web]).ok(), format!("7000/tcp -> {first}"));
    // What was asked for while it ran is asked for at each start, and of one that does not run.
    stage.run(&["restart", "-t", "0", &web]).ok();
    ready(2);
    assert_eq!(hear(&place("7000")).unwrap().trim_end(), GATEWAY);
    stage.run(&["kill", &web]).ok();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().to_string();
    stage.run(&["update", "--publish-rm", "7000", "--publish-add", &format!("{free}:7000"), &web]).ok();
    stage.run(&["start", &web]).ok();
    ready(3);
    assert_eq!(stage.run(&["port", &web]).ok(), format!("7000/tcp -> {free}"));
    assert_eq!(hear(&free).unwrap().trim_end(), GATEWAY);
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
    stage.run(&["create", "--network", "host", "--name", &web, &payload]).ok();
    assert!(stage.run(&["update", "--publish-add", "7000", &web]).fails(125).contains("own"));
    stage.run(&["rm", &web]).ok();
}

#[test]
fn ports_are_published_below_a_reaper_and_an_update_tells_of_itself_once() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("reaped-ports"));
    need!(works(&stage, &payload));
    let serve = [&payload, "/payload", "serve", "7000"];
    stage.run(&[&["run", "-d", "--init", "--network", "builtin", "--name", &web][..], &serve].concat()).ok();
    wait_until("the server listens", || stage.run(&["logs", &web]).out == "ready\n");
    let several = ["--restart", "always", "--publish-add", "127.0.0.1::7000", "--publish-add", "127.0.0.1::7001"];
    stage.run(&[&["update"][..], &several, &[&web]].concat()).ok();
    let place = stage.run(&["port", &web, "7000"]).ok().trim_end().to_owned();
    let mut said = String::new();
    TcpStream::connect(&place).and_then(|mut peer| peer.read_to_string(&mut said)).unwrap();
    assert_eq!(said.trim_end(), GATEWAY);
    let events = ["events", "--stream=false", "--filter", "event=update", "--format", "{{.Name}}"];
    assert_eq!(stage.run(&events).ok(), web);
    // What one of several changes has done stays so when the next is refused, and is told; what was asked for stays.
    let half = ["update", "--restart", "no", "--publish-rm", "7001", "--publish-rm", "7002", &web];
    assert!(stage.run(&half).fails(125).contains("close port 7002"));
    assert_eq!(stage.run(&["port", &web]).ok(), format!("7000/tcp -> {place}"));
    let policy = ["inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", &web];
    assert_eq!(stage.run(&policy).ok(), "always");
    stage.run(&["rm", "-f", "-t", "0", &web]).ok();
}

#[test]
fn the_proxy_ends_with_its_monitor() {
    let stage = Stage::new();
    let (payload, web) = (need!(stage.image("payload")), stage.name("orphan"));
    need!(works(&stage, &payload));
    stage.run(&["run", "-d", "--network", "builtin", "-p", "80", "--name", &web, &payload, "/payload", "wait"]).ok();
    let monitor = stage.run(&["inspect", "--format", "{{.State.ConmonPid}}", &web]).ok().trim().to_owned();
    let children = std::fs::read_to_string(format!("/proc/{monitor}/task/{monitor}/children")).unwrap();
    let is_proxy = |pid: &&str| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|it| it == "box-net\n");
    let proxies: Vec<&str> = children.split_whitespace().filter(is_proxy).collect();
    assert_eq!(proxies.len(), 2, "the proxy, and its end in the container");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor.parse().unwrap()), nix::sys::signal::SIGKILL).unwrap();
    // Whoever is process 1 here may take its time to reap them.
    let has_ended = |pid: &&str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    };
    wait_until("the proxy has ended", || proxies.iter().all(has_ended));
    stage.run(&["rm", "-f", &web]).ok();
}

#[test]
fn only_what_is_allowed_of_the_world_is_reached() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let own = need!(own_address());
    let (port, other) = (serve_at(Ipv4Addr::UNSPECIFIED, echo), serve_at(Ipv4Addr::UNSPECIFIED, echo));
    let say = |rules: &str, words: &[&str]| {
        let words = [&["run", "--rm", "--network", "builtin", "--egress", rules, &payload, "/payload"], words].concat();
        stage.run(&words).ok().trim_end().to_owned()
    };
    let (allowed, closed) = (format!("{own}:{port}"), format!("{own}:{other}"));
    assert_eq!(say(&format!("allow={allowed}"), &["mirror", &allowed, "100000"]), "whole");
    assert_eq!(say(&format!("allow={own}/32"), &["connect", &closed]), "connected");
    for (rules, target) in [
        (format!("allow={allowed}"), closed.as_str()),
        (format!("allow={allowed}"), "192.0.2.1:80"),
        ("deny".to_owned(), allowed.as_str()),
        ("deny".to_owned(), &format!("{GATEWAY}:{port}")),
    ] {
        assert_eq!(say(&rules, &["connect", target]), "HostUnreachable", "{rules} {target}");
    }
    // Nothing gets out by way of the resolver either.
    assert_eq!(say("deny", &["resolve", "secret.example.org"]), "none");
    assert_eq!(say("deny", &["questions", "10.0.2.3:53", "secret.example.org", "3"]), "code 3");
    assert_eq!(say("allow=192.0.2.1", &["ask", "10.0.2.3:53", "what is no question"]), "HostUnreachable");
    stage.run(&["run", "--network", "host", "--egress", "deny", &payload]).fails(125);
}

#[test]
fn what_is_carried_and_what_is_not_is_in_the_log() {
    let stage = Stage::shared();
    let payload = need!(stage.image("payload"));
    need!(works(&stage, &payload));
    let own = need!(own_address());
    let (port, other) = (serve_at(Ipv4Addr::UNSPECIFIED, echo), serve_at(Ipv4Addr::UNSPECIFIED, echo));
    let rules = format!("allow={own}:{port}");
    let options = ["--name", "logged", "--network", "builtin", "--egress", &rules, "-p", "127.0.0.1::7000"];
    stage.run(&[&["run", "-d"], &options[..], &[&payload, "/payload", "serve", "7000"]].concat()).ok();
    wait_until("the server is ready", || stage.run(&["logs", "logged"]).out == "ready\n");
    let say = |words: &[&str]| stage.run(&[&["exec", "logged", "/payload"], words].concat()).ok().trim_end().to_owned();
    let (open, closed) = (format!("{own}:{port}"), format!("{own}:{other}"));
    assert_eq!(say(&["mirror", &open, "100000"]), "whole");
    assert_eq!(say(&["connect", &closed]), "HostUnreachable");
    assert_eq!(say(&["resolve", "secret.example.org"]), "none");
    assert_eq!(say(&["questions", "10.0.2.3:53", "other.example.org", "1"]), "code 3");
    let published = stage.run(&["port", "logged", "7000"]).ok();
    let client = TcpStream::connect(published.trim_end()).unwrap();
    let client_port = u64::from(client.local_addr().unwrap().port());
    drop(client);
    let log = |options: &[&str]| -> Vec<serde_json::Value> {
        let lines = stage.run(&[&["network", "log"], options, &["logged"]].concat()).ok();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let came_in = |line: &serde_json::Value| line["direction"] == "in" && line["outcome"] != "established";
    wait_until("all is told", || log(&[]).iter().any(came_in));
    let (lines, own) = (log(&[]), own.to_string());
    let (page, mut seen) = (json::described(), BTreeSet::new());
    lines.iter().for_each(|line| json::check(&page, line, &mut seen));
    assert_eq!(seen.len(), page["box.flow/1"].len(), "described, and in no document");
    let has = |wanted: serde_json::Value| {
        let is_it =
            |line: &&serde_json::Value| wanted.as_object().unwrap().iter().all(|(key, value)| line[key] == *value);
        lines.iter().filter(is_it).count()
    };
    let out = |outcome: &str, to: u16| {
        serde_json::json!({"protocol": "tcp", "direction": "out", "sourceAddress": "10.0.2.100", "outcome": outcome,
            "destinationAddress": own, "destinationPort": to})
    };
    assert_eq!((has(out("established", port)), has(out("denied", other))), (1, 1), "{lines:?}");
    let mut whole = out("closed", port);
    (whole["sentBytes"], whole["receivedBytes"]) = (100_000.into(), 100_000.into());
    assert_eq!(has(whole), 1, "{lines:?}");
    let came = serde_json::json!({"direction": "in", "sourceAddress": "127.0.0.1", "sourcePort": client_port,
        "destinationAddress": "10.0.2.100", "destinationPort": 7000, "outcome": "established"});
    assert_eq!(has(came), 1, "{lines:?}");
    assert!(has(serde_json::json!({"name": "secret.example.org", "protocol": "udp", "outcome": "denied"})) > 0);
    assert_eq!(has(serde_json::json!({"name": "other.example.org", "protocol": "tcp", "outcome": "denied"})), 1);
    assert_eq!(log(&["--tail", "1"]), lines[lines.len() - 1..]);
    assert_eq!((log(&["--until", "10m"]).len(), log(&["--since", "10m"]).len()), (0, lines.len()));
    stage.run(&["kill", "logged"]).ok();
    assert_eq!(log(&["--follow"]), lines, "who follows is told when it has ended");
    stage.run(&["rm", "logged"]).ok();
    stage.run(&["run", "--name", "unlogged", &payload, "/payload", "exit", "0"]).ok();
    assert!(stage.run(&["network", "log", "unlogged"]).fails(125).contains("keeps no log"));
    stage.run(&["rm", "unlogged"]).ok();
    stage.run(&["run", "--network", "host", "--network-log", &payload]).fails(125);
}
