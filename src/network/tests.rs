//! The choice on made-up machines, and the real programs on a real namespace (skipped aloud where they are missing).

use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use super::*;
use crate::settings::Protocol;

/// A process in a user and network namespace of its own.
struct Inside(Child);

impl Inside {
    fn start() -> Option<Inside> {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-c", "echo ready; exec sleep 60"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        let inside = Inside(child);
        (line == "ready\n").then_some(inside)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id() as i32)
    }

    fn net(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/net/{file}", self.pid())).unwrap()
    }

    fn can_connect(&self, address: Ipv4Addr, port: u16) -> bool {
        let mut command = Command::new("nsenter");
        command.args(["--preserve-credentials", "-U", "-n", "-t", &self.pid().to_string()]);
        command.args(["timeout", "1", "bash", "-c", &format!("exec 3<>/dev/tcp/{address}/{port}")]);
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn check_way(tool: Tool, mode: NetworkMode) {
    let port = PortRequest {
        host_address: Some(Ipv4Addr::LOCALHOST.into()),
        host_port: None,
        container_port: 80,
        protocol: Protocol::Tcp,
    };
    let ready = match (Inside::start(), Plan::choose(&mode, &[port], Vec::new(), || Ok(()))) {
        (Some(inside), Ok((plan, _))) if tool == Tool::Slirp4netns || Machine::look().has_default_route => {
            (inside, plan)
        }
        (inside, plan) => {
            eprintln!(
                "SKIP {}: namespaces {}, {:?}",
                tool.program(),
                inside.is_some(),
                plan.err().map(|error| error.to_string())
            );
            return;
        }
    };
    let (inside, plan) = ready;
    let runtime_dir = tempfile::tempdir().unwrap();
    let attachment = plan.attach(inside.pid(), runtime_dir.path(), Sockets::default()).unwrap();

    assert!(inside.net("dev").contains("tap0"), "no interface");
    assert!(has_default_route(&inside.net("route")), "no route");
    assert!(inside.net("fib_trie").contains("10.0.2.100"), "no address");
    assert_eq!(
        std::fs::read_dir(runtime_dir.path()).unwrap().count(),
        0,
        "something was left in the runtime directory"
    );

    // The host's loopback is out of reach.
    let secret = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    secret.set_nonblocking(true).unwrap();
    let secret_port = secret.local_addr().unwrap().port();
    for address in [Ipv4Addr::LOCALHOST, plan.addresses().unwrap().gateway] {
        assert!(!inside.can_connect(address, secret_port), "{address} leads to the host");
    }
    assert_eq!(secret.accept().unwrap_err().kind(), ErrorKind::WouldBlock);

    // The published port is taken for as long as the attachment lives.
    let published = (Ipv4Addr::LOCALHOST, plan.ports()[0].host_port);
    assert_eq!(TcpListener::bind(published).unwrap_err().kind(), ErrorKind::AddrInUse);
    let helper = attachment.helper_pid().unwrap();
    drop(attachment);
    TcpListener::bind(published).unwrap();
    assert!(!Path::new(&format!("/proc/{helper}")).exists(), "the helper is left");
}

#[test]
fn slirp4netns_connects_a_namespace_and_goes_with_its_attachment() {
    check_way(Tool::Slirp4netns, NetworkMode::Slirp4netns(Vec::new()));
}

#[test]
fn pasta_connects_a_namespace_and_goes_with_its_attachment() {
    check_way(Tool::Pasta, NetworkMode::Pasta(Vec::new()));
}

#[test]
fn a_way_that_turns_out_to_be_closed_gives_way_to_the_next() {
    let machine = Machine { pasta: Some("/bin/false".into()), has_default_route: true, ..Machine::look() };
    let (Some(inside), None, Some(_)) = (Inside::start(), &machine.tun_closed, &machine.slirp4netns) else {
        eprintln!("SKIP next way: no namespaces or no slirp4netns");
        return;
    };
    let (plan, _) = choose_program(&[], &machine).unwrap();
    let runtime_dir = tempfile::tempdir().unwrap();
    let attachment = plan.attach(inside.pid(), runtime_dir.path(), Sockets::default()).unwrap();
    assert!(attachment.helper_pid().is_some() && inside.net("dev").contains("tap0"));
}

fn machine() -> Machine {
    Machine {
        pasta: Some("/usr/bin/pasta".into()),
        slirp4netns: Some("/usr/bin/slirp4netns".into()),
        tun_closed: None,
        has_default_route: true,
        resolver_is_loopback: false,
    }
}

fn port(host_address: Option<&str>) -> PortRequest {
    let host_address = host_address.map(|address| address.parse().unwrap());
    PortRequest { host_address, host_port: None, container_port: 80, protocol: Protocol::Tcp }
}

#[test]
fn pasta_comes_first_and_slirp4netns_stands_behind_it() {
    let (plan, warning) = choose_program(&[], &machine()).unwrap();
    assert!(matches!(&plan, Plan::Pasta(Way { otherwise: Some(next), .. }) if matches!(**next, Plan::Slirp4netns(_))));
    assert_eq!(warning, None);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn a_host_without_a_default_route_takes_slirp4netns() {
    let (plan, _) = choose_program(&[], &Machine { has_default_route: false, ..machine() }).unwrap();
    assert!(matches!(plan, Plan::Slirp4netns(_)));
}

#[test]
fn a_machine_without_a_way_runs_on_with_one_warning() {
    let bare = Machine { pasta: None, slirp4netns: None, ..machine() };
    let (plan, warning) = choose_program(&[], &bare).unwrap();
    assert_eq!(plan, Plan::None);
    assert!(warning.unwrap().contains("install the package `passt`"));

    let closed = Machine { tun_closed: Some(nix::errno::Errno::EACCES.into()), ..machine() };
    assert!(choose_program(&[], &closed).unwrap().1.unwrap().contains("/dev/net/tun: permission denied"));
}

#[test]
fn a_machine_that_refuses_the_built_in_network_takes_a_program_or_says_why() {
    let refused = || Err(Error::new("operation not permitted").while_doing("set up nf_tables rules"));
    let (plan, warning) = Plan::choose(&NetworkMode::Private, &[], Vec::new(), refused).unwrap();
    match warning {
        Some(warning) => assert!(warning.contains("set up nf_tables rules: operation not permitted"), "{warning}"),
        None => assert!(matches!(plan, Plan::Pasta(_) | Plan::Slirp4netns(_))),
    }
    let named = Plan::choose(&NetworkMode::Builtin(Vec::new()), &[], Vec::new(), refused).unwrap_err();
    assert_eq!(named.to_string(), "try the built-in network: set up nf_tables rules: operation not permitted");
    let (plan, warning) = Plan::choose(&NetworkMode::Private, &[port(None)], Vec::new(), || Ok(())).unwrap();
    assert!(matches!(&plan, Plan::Builtin(_)) && plan.ports().len() == 1 && warning.is_none());
}

#[test]
fn named_networks_need_the_built_in_one_and_internal_ones_publish_nothing() {
    let named = NetworkMode::Named(vec![Default::default()]);
    let refused = || Err(Error::new("operation not permitted"));
    let error = Plan::choose(&named, &[], Vec::new(), refused).unwrap_err();
    assert!(error.to_string().contains("which takes the built-in network: operation not permitted"), "{error}");
    let member = |internal| {
        let membership = members::for_test("10.89.0.3", "10.89.0.0/24", "10.89.0.1");
        let memberships = vec![Membership { internal, ..membership }];
        Plan::choose(&named, &[port(None)], memberships, || Ok(())).unwrap()
    };
    let (plan, warning) = member(false);
    assert_eq!((plan.ports().len(), warning), (1, None));
    assert_eq!(plan.addresses().unwrap().own, Ipv4Addr::new(10, 89, 0, 3));
    let (plan, warning) = member(true);
    assert_eq!((plan.ports().len(), warning.as_deref()), (0, Some("ports are not published in an internal network")));
    assert_eq!(Plan::choose(&NetworkMode::Named(Vec::new()), &[], Vec::new(), refused).unwrap().0, Plan::None);
}

#[test]
fn a_port_that_cannot_be_published_is_an_error_with_a_hint() {
    let bare = Machine { pasta: None, slirp4netns: None, ..machine() };
    let error = choose_program(&[port(None)], &bare).unwrap_err();
    assert_eq!(error.to_string(), "publish port 80: neither pasta nor slirp4netns can be used");
    assert!(error.hint.unwrap().contains("--network host"));
    // slirp4netns forwards IPv4 only.
    assert!(choose_program(&[port(Some("::1"))], &Machine { pasta: None, ..machine() }).is_err());
    assert!(named_slirp4netns(&[], &[port(Some("::1"))], &machine()).is_err());
}

#[test]
fn ports_without_a_namespace_of_ones_own_are_said_to_be_ignored() {
    let (plan, warning) = Plan::choose(&NetworkMode::Host, &[port(None)], Vec::new(), || Ok(())).unwrap();
    assert_eq!(
        (plan.is_private(), warning.unwrap().as_str()),
        (false, "ports are not published on the host's network")
    );
    assert_eq!(Plan::choose(&NetworkMode::None, &[], Vec::new(), || Ok(())).unwrap(), (Plan::None, None));
}

#[test]
fn a_default_route_has_neither_destination_nor_mask() {
    let header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    let lan = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
    let default = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
    assert!(!has_default_route(&format!("{header}{lan}")) && has_default_route(&format!("{header}{lan}{default}")));
}
