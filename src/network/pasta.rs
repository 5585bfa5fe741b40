//! pasta(1): a socket on the host for each connection inside. No copy of TCP in between, IPv6 as the host has it.

use std::path::Path;
use std::process::Command;

use nix::unistd::Pid;
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};

use super::Way;
use super::attachment::{Attachment, Helper};
use super::ports::Published;
use crate::error::{During, Result};
use crate::settings::Protocol;

pub(super) fn attach(way: &Way, pid: Pid, runtime_dir: &Path) -> Result<Attachment> {
    // It writes its pid into a file when all is configured. A FIFO in that place wakes us; a regular file would have to
    // be looked at again and again. A path through /proc/self/fd is refused by the profiles of AppArmor.
    let pid_file = runtime_dir.join("pasta.ready");
    let _ = std::fs::remove_file(&pid_file); // There is none unless a start was killed.
    mknodat(CWD, &pid_file, FileType::Fifo, Mode::from_raw_mode(0o600), 0)
        .during(|| format!("make {}", pid_file.display()))?;
    let ready = open(&pid_file, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;

    let mut command = Command::new(&way.program);
    command.args(arguments(way, nix::unistd::geteuid().is_root())).arg("--pid").arg(&pid_file).arg(pid.to_string());
    let started = Helper::start(command, &[], None).and_then(|mut helper| {
        helper.wait_until_ready(ready)?;
        Ok(Attachment::held_by(helper))
    });
    let _ = std::fs::remove_file(&pid_file); // Whatever became of it.
    started.during(|| format!("run {}", way.program.display()))
}

fn arguments(way: &Way, as_root: bool) -> Vec<String> {
    let mut arguments: Vec<String> = ["--foreground", "--quiet", "--config-net"].map(String::from).into();
    if as_root {
        // Else it becomes `nobody`, who may not enter the container's namespaces.
        arguments.extend(["--runas".into(), "0".into()]);
    }
    // `--map-gw` is not pasta's but podman's: it asks for the host's loopback.
    let (map_gateway, given): (Vec<&String>, Vec<&String>) =
        way.options.iter().partition(|option| *option == "--map-gw");
    if map_gateway.is_empty() {
        arguments.push("--no-map-gw".into());
    }
    let mut unless_given = |names: [&str; 2], values: &[String]| {
        if !given.iter().any(|option| names.iter().any(|name| is_option(option, name))) {
            arguments.extend(values.iter().flat_map(|value| [names[0].to_owned(), value.clone()]));
        }
    };
    // Ports are `none` by name: the default of pasta is to forward everything that listens, on both sides, and UDP
    // along with TCP.
    unless_given(["-t", "--tcp-ports"], &port_specs(&way.ports, Protocol::Tcp));
    unless_given(["-u", "--udp-ports"], &port_specs(&way.ports, Protocol::Udp));
    unless_given(["-T", "--tcp-ns"], &["none".into()]);
    unless_given(["-U", "--udp-ns"], &["none".into()]);
    unless_given(["-I", "--ns-ifname"], &["tap0".into()]);
    unless_given(["-a", "--address"], &[way.addresses.own.to_string()]);
    unless_given(["-n", "--netmask"], &[way.addresses.prefix_length.to_string()]);
    unless_given(["-g", "--gateway"], &[way.addresses.gateway.to_string()]);
    if way.forward_dns {
        // Only where it is needed: with it, answers of a resolver that is asked directly come from this address too.
        unless_given(["--dns-forward", "--dns-forward"], &[way.addresses.dns.to_string()]);
    }
    arguments.extend(given.into_iter().cloned());
    arguments
}

/// `--name`, `--name=value`, `-n` or `-nvalue`.
fn is_option(option: &str, name: &str) -> bool {
    match option.strip_prefix(name) {
        Some(rest) => !name.starts_with("--") || rest.is_empty() || rest.starts_with('='),
        None => false,
    }
}

/// `address/port:port` for each, or `none`.
fn port_specs(ports: &[Published], protocol: Protocol) -> Vec<String> {
    let specs: Vec<String> = ports
        .iter()
        .filter(|port| port.protocol == protocol)
        .map(|port| {
            let address = port.host_address.map(|address| format!("{address}/")).unwrap_or_default();
            format!("{address}{}:{}", port.host_port, port.container_port)
        })
        .collect();
    if specs.is_empty() { vec!["none".into()] } else { specs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Addresses;

    fn way(options: &[&str], ports: Vec<Published>) -> Way {
        Way {
            program: "pasta".into(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            ports,
            addresses: Addresses::default(),
            forward_dns: false,
            otherwise: None,
        }
    }

    #[test]
    fn nothing_is_forwarded_that_was_not_asked_for() {
        let line = arguments(&way(&[], Vec::new()), false).join(" ");
        assert_eq!(
            line,
            "--foreground --quiet --config-net --no-map-gw -t none -u none -T none -U none -I tap0 \
             -a 10.0.2.100 -n 24 -g 10.0.2.2"
        );
    }

    #[test]
    fn ports_are_given_with_their_addresses() {
        let port = |host_address: Option<&str>, host_port, protocol| Published {
            host_address: host_address.map(|address| address.parse().unwrap()),
            host_port,
            container_port: 80,
            protocol,
        };
        let ports = vec![
            port(None, 8080, Protocol::Tcp),
            port(Some("::1"), 81, Protocol::Tcp),
            port(Some("127.0.0.1"), 53, Protocol::Udp),
        ];
        let line = arguments(&way(&[], ports), false).join(" ");
        assert!(line.contains("-t 8080:80 -t ::1/81:80 -u 127.0.0.1/53:80 -T none"), "{line}");
    }

    #[test]
    fn what_the_user_gives_replaces_our_own() {
        let line = arguments(&way(&["--map-gw", "-T,", "-a", "10.9.9.9", "--netmask=16"], Vec::new()), true).join(" ");
        assert_eq!(
            line,
            "--foreground --quiet --config-net --runas 0 -t none -u none -U none -I tap0 -g 10.0.2.2 \
             -T, -a 10.9.9.9 --netmask=16"
        );
    }
}
