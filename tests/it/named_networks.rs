//! Named networks: who is in one is reached there, by name as well, and by nobody else.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fixture::{Stage, ipv6, need, often, wait_until};

/// A stage with an image, on a machine where named networks work.
struct Scene {
    stage: Stage,
    payload: String,
}

impl Scene {
    fn set(networks: &[&str]) -> Result<Scene, String> {
        let stage = Stage::new();
        let payload = stage.image("payload")?;
        let tried = stage.run(&["run", "--rm", "--network", "builtin", &payload, "/payload", "exit", "0"]);
        if tried.code != 0 {
            return Err(format!("no built-in network: {}", tried.err));
        }
        for network in networks {
            assert_eq!(stage.run(&["network", "create", network]).ok(), *network);
        }
        Ok(Scene { stage, payload })
    }

    /// Starts a container that says when it is ready.
    #[track_caller]
    fn serve(&self, name: &str, options: &[&str], words: &[&str]) {
        let words = [&["run", "-d", "--name", name], options, &[&self.payload, "/payload"], words].concat();
        self.stage.run(&words).ok();
        self.await_ready(name);
    }

    fn await_ready(&self, name: &str) {
        wait_until("the server is ready", || self.stage.run(&["logs", name]).out.ends_with("ready\n"));
    }

    /// What the payload says about `words` in a container with these options.
    #[track_caller]
    fn say(&self, options: &[&str], words: &[&str]) -> String {
        let words = [&["run", "--rm"], options, &[&self.payload, "/payload"], words].concat();
        self.stage.run(&words).ok().trim_end().to_owned()
    }

    fn inspect(&self, name: &str, template: &str) -> String {
        self.stage.run(&["inspect", "--format", template, name]).ok()
    }

    /// The processes of a container's network: the proxy, and its end inside.
    fn proxies(&self, name: &str) -> Vec<Pid> {
        let monitor = self.inspect(name, "{{.State.ConmonPid}}");
        let children = std::fs::read_to_string(format!("/proc/{monitor}/task/{monitor}/children")).unwrap();
        let is_proxy =
            |pid: &&str| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|it| it == "box-net\n");
        children.split_whitespace().filter(is_proxy).map(|pid| Pid::from_raw(pid.parse().unwrap())).collect()
    }

    /// Where the members of its networks find each other; other stages of this user may have theirs beside them.
    fn meeting_places(&self) -> Vec<PathBuf> {
        let root = PathBuf::from(self.stage.run(&["info", "--format", "{{.Store.RunRoot}}"]).ok()).join("networks");
        let ids = self.stage.run(&["network", "ls", "--format", "{{.ID}}"]).ok();
        ids.lines().map(|id| root.join(id)).filter(|place| place.exists()).collect()
    }
}

#[test]
fn they_are_made_listed_inspected_and_removed() {
    let stage = Stage::new();
    stage.run(&["network", "exists", "a"]).ends_with(1);
    stage.run(&["network", "exists", "podman"]).ends_with(0);
    assert_eq!(stage.run(&["network", "create", "--label", "x=y", "a"]).ok(), "a");
    stage.run(&["network", "create", "a"]).fails(125);
    assert_eq!(stage.run(&["network", "create", "--ignore", "a"]).ok(), "a");
    assert_eq!(stage.run(&["network", "ls", "-q"]).ok(), "a\npodman");
    assert_eq!(stage.run(&["network", "ls", "-q", "--filter", "name=^a$"]).ok(), "a");
    let shown = stage.run(&["network", "inspect", "a", "--format", "{{(index .subnets 0).gateway}} {{.labels.x}}"]);
    assert_eq!(shown.ok(), "10.89.0.1 y");
    stage.run(&["network", "exists", "a"]).ends_with(0);
    assert_eq!(stage.run(&["network", "rm", "a"]).ok(), "a");
    stage.run(&["network", "rm", "a"]).fails(1);
    stage.run(&["network", "rm", "-f", "a"]).ok();
    stage.run(&["network", "rm", "podman"]).fails(125);
    for bad in [&["--driver", "macvlan", "n"][..], &["--opt", "x=y", "n"], &["host"], &["--subnet", "10.0.0.0", "n"]] {
        stage.run(&[&["network", "create"], bad].concat()).fails(125);
    }
}

#[test]
fn of_eight_that_make_the_same_one_wins() {
    let stage = Stage::new();
    let won = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| stage.run(&["network", "create", "n"]).code)).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).filter(|code| *code == 0).count()
    });
    assert_eq!((won, stage.run(&["network", "ls", "-q"]).ok().as_str()), (1, "n\npodman"));
}

#[test]
fn members_reach_each_other_by_name_and_see_who_calls() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("web", &["--network", "n", "--network-alias", "shop"], &["serve", "80"]);
    scene.serve("names", &["--network", "n"], &["answer", "53"]);
    let (web, client) = ("10.89.0.2", "10.89.0.4");
    assert_eq!(scene.inspect("web", "{{.NetworkSettings.Networks.n.IPAddress}}"), web);
    let id = scene.inspect("web", "{{.Id}}")[..12].to_owned();
    for name in ["web", "shop", "WEB", id.as_str(), "web.dns.podman", web] {
        assert_eq!(scene.say(&["--network", "n"], &["hear", &format!("{name}:80")]), client, "{name}");
    }
    assert_eq!(scene.say(&["--network", "n"], &["ask", "names:53", "who am I?"]), client);
    assert_eq!(scene.say(&["--network", "n", "--ip", "10.89.0.77"], &["hear", "web:80"]), "10.89.0.77");
    // A port that nobody listens at, and an address that nobody has.
    assert_eq!(scene.say(&["--network", "n"], &["connect", "web:81"]), "ConnectionRefused");
    assert_eq!(scene.say(&["--network", "n"], &["ask", "web:81", "x"]), "ConnectionRefused");
    assert_eq!(scene.say(&["--network", "n"], &["connect", "10.89.0.200:80"]), "HostUnreachable");
}

#[test]
fn data_arrives_whole_both_ways_between_members() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("mirror", &["--network", "n"], &["echo", "7"]);
    assert_eq!(scene.say(&["--network", "n"], &["mirror", "mirror:7", "16000000"]), "whole");
    assert_eq!(scene.say(&["--network", "n"], &["many", "mirror:7", "500"]), "all");
}

#[test]
fn nobody_else_reaches_a_member() {
    let scene = need!(Scene::set(&["a"]));
    // Without a way out, so that an answer can come from nobody but the member.
    scene.stage.run(&["network", "create", "--internal", "b"]).ok();
    scene.serve("web", &["--network", "a"], &["serve", "80"]);
    for network in ["b", "none"] {
        assert_eq!(scene.say(&["--network", network], &["hear", "10.89.0.2:80"]), "NetworkUnreachable", "{network}");
    }
    assert_eq!(scene.say(&["--network", "b"], &["resolve", "web.dns.podman"]), "none");
    // Who is in both finds both, and each sees its own side of it.
    scene.serve("other", &["--network", "b"], &["serve", "80"]);
    let both = ["--network", "a", "--network", "b"];
    assert_eq!(scene.say(&both, &["hear", "web:80"]), "10.89.0.3");
    assert_eq!(scene.say(&both, &["hear", "other:80"]), "10.89.1.3");
}

#[test]
fn an_internal_network_has_no_way_out() {
    let scene = need!(Scene::set(&[]));
    scene.stage.run(&["network", "create", "--internal", "vault"]).ok();
    scene.serve("web", &["--network", "vault"], &["serve", "80"]);
    assert_eq!(scene.say(&["--network", "vault"], &["hear", "web:80"]), "10.89.0.3");
    let targets = ["192.0.2.1:80", "10.89.0.1:80"].into_iter().chain(ipv6().is_ok().then_some("[2001:db8::1]:80"));
    for target in targets {
        assert_eq!(scene.say(&["--network", "vault"], &["connect", target]), "NetworkUnreachable", "{target}");
    }
    assert_eq!(scene.say(&["--network", "vault"], &["resolve", "example.org"]), "none");
}

#[test]
fn a_name_is_gone_with_its_container() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("web", &["--network", "n"], &["serve", "80"]);
    let asks = || scene.say(&["--network", "n"], &["resolve", "web.dns.podman"]);
    assert_eq!(asks(), "10.89.0.2");
    scene.stage.run(&["stop", "-t", "0", "web"]).ok();
    assert_eq!(asks(), "none");
    scene.stage.run(&["start", "web"]).ok();
    wait_until("the server is ready", || scene.stage.run(&["logs", "web"]).out == "ready\nready\n");
    assert_eq!(asks(), "10.89.0.2");
    scene.stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    assert_eq!(asks(), "none");
    assert_eq!(scene.meeting_places(), Vec::<PathBuf>::new(), "who left last has taken the place away");
}

#[test]
fn who_is_killed_is_gone_at_once_and_leaves_nothing_in_the_way() {
    let scene = need!(Scene::set(&["n"]));
    let asks = || scene.say(&["--network", "n"], &["resolve", "web.dns.podman"]);
    scene.serve("keeps", &["--network", "n"], &["serve", "80"]);
    scene.serve("web", &["--network", "n", "--ip", "10.89.0.9"], &["serve", "80"]);
    let has_ended = |pid: &Pid| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    };
    for _ in 0..often(1, 50) {
        let monitor = Pid::from_raw(scene.inspect("web", "{{.State.ConmonPid}}").parse().unwrap());
        let proxies = scene.proxies("web");
        kill(monitor, Signal::SIGKILL).unwrap();
        wait_until("its proxy has ended", || proxies.iter().all(has_ended));
        assert_eq!(asks(), "none");
        assert_eq!(scene.say(&["--network", "n"], &["connect", "10.89.0.9:80"]), "HostUnreachable");
        assert_eq!(scene.say(&["--network", "n"], &["hear", "keeps:80"]), "10.89.0.3");
        // Its address is free, for itself and for others.
        wait_until("it has ended", || scene.inspect("web", "{{.State.Running}}") == "false");
        scene.stage.run(&["start", "web"]).ok();
        assert_eq!(asks(), "10.89.0.9");
        // Without its proxy it is not there, whatever it does.
        for proxy in scene.proxies("web") {
            kill(proxy, Signal::SIGKILL).unwrap();
        }
        wait_until("it is not found", || asks() == "none");
        assert_eq!(scene.say(&["--network", "n"], &["hear", "keeps:80"]), "10.89.0.3");
        scene.stage.run(&["restart", "-t", "0", "web"]).ok();
        assert_eq!(asks(), "10.89.0.9");
    }
    scene.stage.run(&["rm", "-f", "-t", "0", "web", "keeps"]).ok();
}

#[test]
fn those_who_serve_a_network_have_no_rights_but_what_they_need() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("web", &["--network", "n"], &["serve", "80"]);
    let mut rights: Vec<u64> = Vec::new();
    for pid in scene.proxies("web") {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let field = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim();
        assert_eq!((field("Seccomp:"), field("NoNewPrivs:")), ("2", "1"), "{status}");
        let sets = ["CapEff:", "CapPrm:"].map(|set| u64::from_str_radix(field(set), 16).unwrap());
        assert_eq!(sets[0], sets[1]);
        rights.push(sets[0]);
    }
    rights.sort_unstable();
    // The proxy, and who is in the container's network: CAP_NET_ADMIN of that alone.
    assert_eq!(rights, [0, 1 << 12]);
}

#[test]
fn an_address_belongs_to_one() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("web", &["--network", "n:ip=10.89.0.9,alias=shop"], &["serve", "80"]);
    let run = |address: &str| scene.stage.run(&["run", "--network", "n", "--ip", address, &scene.payload, "/payload"]);
    let refused = run("10.89.0.9").fails(125);
    assert!(refused.contains("address 10.89.0.9 belongs to another container"), "{refused}");
    assert!(run("10.89.0.1").fails(125).contains("the gateway"));
    assert!(run("10.89.7.1").fails(125).contains("has no address 10.89.7.1"));
    scene.stage.run(&["run", "--ip", "10.89.0.5", &scene.payload]).fails(125);
    assert_eq!(scene.say(&["--network", "n"], &["hear", "shop:80"]), "10.89.0.2");
}

#[test]
fn one_in_use_stays_and_prune_takes_the_rest() {
    let scene = need!(Scene::set(&["used", "spare"]));
    scene.serve("web", &["--network", "used"], &["serve", "80"]);
    scene.stage.run(&["network", "rm", "used"]).fails(2);
    assert_eq!(scene.stage.run(&["network", "prune", "-f"]).ok(), "spare");
    assert_eq!(scene.stage.run(&["network", "ls", "-q"]).ok(), "podman\nused");
    assert_eq!(scene.stage.run(&["ps", "--filter", "network=used", "--format", "{{.Names}}"]).ok(), "web");
    assert_eq!(scene.stage.run(&["network", "rm", "-f", "-t", "0", "used"]).ok(), "used");
    scene.stage.run(&["container", "exists", "web"]).ends_with(1);
    let refused = scene.stage.run(&["run", "--network", "used", &scene.payload]).fails(125);
    assert!(refused.contains("no such network `used`"), "{refused}");
}

#[test]
fn a_running_container_joins_and_leaves_networks() {
    let scene = need!(Scene::set(&["a"]));
    scene.stage.run(&["network", "create", "--internal", "b"]).ok();
    scene.serve("web", &["--network", "a"], &["serve", "80"]);
    let (a, b) = (["--network", "a"], ["--network", "b"]);
    assert_eq!(scene.say(&b, &["hear", "10.89.1.99:80"]), "HostUnreachable");
    scene.stage.run(&["network", "connect", "--alias", "shop", "b", "web"]).ok();
    scene.stage.run(&["network", "connect", "b", "web"]).fails(125);
    for name in ["web", "shop"] {
        assert_eq!(scene.say(&b, &["hear", &format!("{name}:80")]), "10.89.1.3", "{name}");
    }
    assert_eq!(scene.say(&a, &["hear", "web:80"]), "10.89.0.3");
    assert_eq!(scene.inspect("web", "{{.NetworkSettings.Networks.b.IPAddress}}"), "10.89.1.2");
    // What it sends itself comes from where the peer is.
    scene.serve("other", &b, &["serve", "80"]);
    let inside = |target: &str| scene.stage.run(&["exec", "web", "/payload", "hear", target]).ok();
    assert_eq!(inside("other:80"), "10.89.1.2");
    // The network in which it started is left as any other.
    scene.stage.run(&["network", "disconnect", "a", "web"]).ok();
    scene.stage.run(&["network", "disconnect", "a", "web"]).fails(125);
    let away = ["--network", "a", "--ip", "10.89.0.9"];
    assert_eq!(scene.say(&away, &["connect", "10.89.0.2:80"]), "HostUnreachable");
    assert_eq!(scene.say(&a, &["resolve", "web.dns.podman"]), "none");
    assert_eq!(scene.say(&b, &["hear", "web:80"]), "10.89.1.4");
    assert_eq!(inside("other:80"), "10.89.1.2");
    scene.stage.run(&["network", "disconnect", "b", "web"]).ok();
    assert_eq!(inside("10.89.1.3:80"), "NetworkUnreachable");
    scene.stage.run(&["network", "connect", "a", "web"]).ok();
    assert_eq!(scene.say(&a, &["hear", "web:80"]), "10.89.0.3");
    scene.stage.run(&["stop", "-t", "0", "web", "other"]).ok();
    assert_eq!(scene.meeting_places(), Vec::<PathBuf>::new(), "what was joined later is left as well");
    // It starts where it was.
    scene.stage.run(&["network", "connect", "b", "web"]).ok();
    scene.stage.run(&["start", "web"]).ok();
    wait_until("it answers", || scene.say(&b, &["hear", "web:80"]) == "10.89.1.3");
    scene.stage.run(&["run", "--name", "alone", &scene.payload]).ok();
    scene.stage.run(&["network", "connect", "a", "alone"]).fails(125);
}

#[test]
fn members_have_addresses_of_both_versions_of_ip() {
    let scene = need!(Scene::set(&[]));
    need!(ipv6());
    scene.stage.run(&["network", "create", "--subnet", "fd07::/64", "--subnet", "10.7.0.0/24", "n"]).ok();
    scene.serve("mirror", &["--network", "n", "--ip6", "fd07::9"], &["answer", "9"]);
    assert_eq!(scene.say(&["--network", "n"], &["resolve", "mirror"]), "10.7.0.2 fd07::9");
    assert_eq!(scene.say(&["--network", "n"], &["connect", "[fd07::9]:80"]), "ConnectionRefused");
    assert_eq!(scene.say(&["--network", "n"], &["connect", "[fd07::8]:80"]), "HostUnreachable");
}

#[test]
fn a_published_port_is_reached_from_the_host_as_ever() {
    let scene = need!(Scene::set(&["n"]));
    scene.serve("web", &["--network", "n", "-p", "127.0.0.1::80"], &["serve", "80"]);
    let place = scene.stage.run(&["port", "web", "80"]).ok();
    let mut said = String::new();
    std::net::TcpStream::connect(place.trim()).unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said.trim_end(), "10.89.0.1", "who calls from the host's loopback is the gateway");
}

#[test]
fn members_are_found_by_address_and_have_the_interface_address_they_ask_for() {
    let scene = need!(Scene::set(&["net"]));
    let mac = "02:00:00:00:00:0a";
    let network = format!("net:mac={mac},alias=site");
    scene.serve("web", &["--network", &network], &["serve", "80"]);
    let address = scene.inspect("web", "{{.NetworkSettings.Networks.net.IPAddress}}");
    assert_eq!(scene.inspect("web", "{{.NetworkSettings.Networks.net.MacAddress}}"), mac);
    let file = ["exec", "web", "/payload", "read", "/sys/class/net/eth0/address"];
    assert_eq!(scene.stage.run(&file).ok(), mac);
    let mut parts: Vec<&str> = address.split('.').collect();
    parts.reverse();
    let ask = |name: &str| scene.say(&["--network", "net"], &["reverse", "10.89.0.1:53", name]);
    let short_id = scene.inspect("web", "{{.Id}}")[..12].to_owned();
    let names = ask(&format!("{}.in-addr.arpa", parts.join(".")));
    for name in ["web", "site", &short_id] {
        assert!(names.split(' ').any(|known| known == name), "{name}: {names}");
    }
    assert_eq!(ask("200.0.89.10.in-addr.arpa"), "code 3");
    // A name that is there has nothing of this kind.
    assert_eq!((ask("web"), ask("nobody.dns.podman")), ("code 0".to_owned(), "code 3".to_owned()));
    scene.stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    let say = |options: &[&str], words: &[&str]| scene.say(options, words);
    let alone = ["--network", "builtin", "--mac-address", "92:D0:C6:0A:29:33"];
    assert_eq!(say(&alone, &["read", "/sys/class/net/eth0/address"]), "92:d0:c6:0a:29:33");
    let refused = |options: &[&str]| {
        let words = [&["run", "--rm"], options, &[&scene.payload, "/payload", "exit", "0"]].concat();
        scene.stage.run(&words).fails(125);
    };
    refused(&["--network", "host", "--mac-address", mac]);
    refused(&["--network", "net", "--mac-address", "01:00:00:00:00:01"]);
}

#[test]
fn what_is_too_long_for_a_datagram_is_asked_for_over_tcp() {
    const RESOLVER: &str = "10.89.0.1:53";
    const FURTHER: usize = 64;
    let scene = need!(Scene::set(&["n"]));
    let aliases: Vec<String> = (0..40).map(|number| format!("one-of-many-names-{number}")).collect();
    let mut options = vec!["--network", "n"];
    aliases.iter().for_each(|alias| options.extend(["--network-alias", alias.as_str()]));
    scene.serve("web", &options, &["serve", "80"]);
    // Who connects and says nothing is not kept for ever; that takes a while.
    let idle = ["run", "-d", "--name", "idle", "--network", "n", &scene.payload, "/payload", "hear", RESOLVER];
    scene.stage.run(&idle).ok();
    let say = |words: &[&str]| scene.say(&["--network", "n"], words);
    let asked = "2.0.89.10.in-addr.arpa";
    assert_eq!(say(&["reverse", RESOLVER, asked]), "truncated");
    let said = say(&["questions", RESOLVER, asked, "100"]);
    let known: Vec<&str> = said.split(' ').collect();
    assert!(aliases.iter().all(|alias| known.contains(&alias.as_str())) && known.contains(&"web"), "{said}");
    assert_eq!(say(&["questions", RESOLVER, "nobody.dns.podman", "1"]), "code 3");
    // A name that many have, as the C library looks it up: it comes back over TCP by itself.
    let many = scene.meeting_places()[0].join("names").join(&aliases[0]);
    let member = std::fs::read_link(many.join("10.89.0.2")).unwrap();
    let further: Vec<PathBuf> = (0..FURTHER).map(|host| many.join(format!("10.89.0.{}", 100 + host))).collect();
    further.iter().for_each(|link| std::os::unix::fs::symlink(&member, link).unwrap());
    let found = say(&["resolve", &aliases[0]]);
    further.iter().for_each(|link| std::fs::remove_file(link).unwrap());
    assert_eq!(found.split(' ').count(), 1 + FURTHER, "{found}");
    assert_eq!(scene.stage.run(&["wait", "idle"]).ok(), "0");
    assert_eq!(scene.stage.run(&["logs", "idle"]).ok(), "");
}

#[test]
fn questions_over_tcp_that_no_member_answers_go_to_the_resolver() {
    let resolver = std::net::TcpListener::bind("127.0.0.77:53");
    let resolver = need!(resolver.map_err(|error| format!("this user cannot listen at port 53: {error}")));
    let scene = need!(Scene::set(&[]));
    scene.stage.run(&["network", "create", "--dns", "127.0.0.77", "n"]).ok();
    // It answers one question of each connection, with a code of its own.
    const ANSWERED: usize = 5;
    let answers = std::thread::spawn(move || {
        for _ in 0..ANSWERED {
            let (mut client, _) = resolver.accept().unwrap();
            let mut length = [0; 2];
            client.read_exact(&mut length).unwrap();
            let mut message = vec![0; u16::from_be_bytes(length).into()];
            client.read_exact(&mut message).unwrap();
            (message[2], message[3]) = (0x81, 0x89);
            client.write_all(&[&length[..], &message].concat()).unwrap();
        }
    });
    let ask =
        |count: &str| scene.say(&["--network", "n"], &["questions", "10.89.0.1:53", "7.2.0.192.in-addr.arpa", count]);
    assert_eq!(ask(&ANSWERED.to_string()), "code 9");
    answers.join().unwrap();
    assert_eq!(ask("3"), "code 2", "nobody is there");
}

#[test]
fn a_network_of_many_costs_each_what_one_of_few_does() {
    let scene = need!(Scene::set(&["n"]));
    let count = often(20, 200);
    let names: Vec<String> = (0..count).map(|number| format!("member-{number}")).collect();
    let start = |name: &String| {
        let words = ["run", "-d", "--name", name, "--network", "n", "--network-alias", "all"];
        let began = Instant::now();
        scene.stage.run(&[&words[..], &[&scene.payload, "/payload", "serve", "80"]].concat()).ok();
        let took = began.elapsed();
        // How fast the machine is just here: the same without a network.
        let began = Instant::now();
        scene.stage.run(&["run", "--rm", "--network", "none", &scene.payload, "/payload", "exit", "0"]).ok();
        (took, began.elapsed())
    };
    let times: Vec<(Duration, Duration)> = names.iter().map(start).collect();
    scene.await_ready(&names[count - 1]);
    let usual = |times: &[(Duration, Duration)]| {
        let fastest = |mut times: Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 4].as_secs_f64() * 1000.0
        };
        let (with, without) = times.iter().copied().unzip();
        (fastest(with), fastest(without))
    };
    let ((first, first_without), (last, last_without)) = (usual(&times[..count / 2]), usual(&times[count / 2..]));

    // Those who are there are asked by who comes and goes.
    let ask = |words: &[&str]| scene.say(&["--network", "n"], words);
    let micros = ask(&["lookup", "10.89.0.1:53", &names[count / 2], "200"]);
    assert_eq!(ask(&["resolve", "all"]).split(' ').count(), count);
    assert_eq!(ask(&["hear", &format!("{}:80", names[count - 1])]), format!("10.89.0.{}", count + 2));
    let anonymous_kib: Vec<u64> =
        [&names[0], &names[count - 1]].map(|name| scene.proxies(name).into_iter().map(anonymous_kib).sum()).into();
    let began = Instant::now();
    scene.stage.run(&["rm", "-f", "-t", "0", "--all"]).ok();
    let removed = began.elapsed().as_secs_f64() * 1000.0 / count as f64;
    assert_eq!(scene.meeting_places(), Vec::<PathBuf>::new());
    println!(
        "{count} members: {first:.1} ms to start each of the first half (none: {first_without:.1}), {last:.1} of the \
         last ({last_without:.1}); {micros} us a lookup; {anonymous_kib:?} KiB of the first and the last; {removed:.1} \
         ms to remove each"
    );
    assert!(micros.parse::<u64>().expect("a number") < 1000, "a lookup takes {micros} us");
    assert!(last / last_without < 1.5 * first / first_without, "{first_without} {first}, {last_without} {last}");
    assert!(anonymous_kib[1] < anonymous_kib[0] + 64, "{anonymous_kib:?}");
}

/// Memory of a process that no file backs, that which it shares with its parent included.
fn anonymous_kib(pid: Pid) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let value = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    value.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn echo_requests_are_answered_for_members_that_live() {
    let scene = need!(Scene::set(&["n"]));
    let busybox = need!(scene.stage.image("busybox"));
    scene.serve("web", &["--network", "n"], &["serve", "80"]);
    let ping = |target: &str| {
        let ping = ["ping", "-c", "1", "-W", "1", target];
        let words = [&["run", "--rm", "--network", "n", "--cap-add", "NET_RAW", &busybox], &ping[..]].concat();
        scene.stage.run(&words).out
    };
    assert!(ping("web").contains("1 packets received"));
    assert!(ping("10.89.0.200").contains("0 packets received"));
}

#[test]
fn a_real_server_is_found_by_name() {
    let scene = need!(Scene::set(&["n"]));
    let redis = need!(scene.stage.image("redis"));
    let busybox = need!(scene.stage.image("busybox"));
    scene.stage.run(&["run", "-d", "--name", "store", "--network", "n", &redis]).ok();
    let ask = || {
        let script = "printf 'SET key kept\\r\\nGET key\\r\\nQUIT\\r\\n' | nc store 6379";
        scene.stage.run(&["run", "--rm", "--network", "n", &busybox, "sh", "-c", script]).out
    };
    wait_until("redis answers", || ask().contains("kept"));
    let postgres = need!(scene.stage.image("postgres"));
    let run = ["run", "-d", "--name", "db", "--network", "n", "--wait-for", "port:5432", &postgres];
    scene.stage.run(&run).ok();
    let psql =
        ["run", "--rm", "--network", "n", "-u", "postgres", &postgres, "psql", "-h", "db", "-Atc", "select 6 * 7"];
    wait_until("postgres answers", || scene.stage.run(&psql).out == "42\n");
}
