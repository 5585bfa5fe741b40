//! slirp4netns(1): a TCP/IP stack in a process. Needs nothing of the host's network, not even that there is one.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::unistd::Pid;
use rustix::pipe::{PipeFlags, pipe_with};
use serde_json::{Value, json};

use super::attachment::{Attachment, Helper};
use super::ports::{EVERYWHERE, Published};
use super::{Addresses, Way};
use crate::error::{During, Error, Result};

pub(super) fn attach(way: &Way, pid: Pid, runtime_dir: &Path) -> Result<Attachment> {
    // Confined as far as it can confine itself; inside another container it may not, and runs as it is.
    let api_socket = runtime_dir.join("slirp4netns.sock");
    let attached = start(way, pid, &api_socket, &["--enable-sandbox", "--enable-seccomp"])
        .or_else(|_| start(way, pid, &api_socket, &[]))
        .and_then(|helper| {
            for port in &way.ports {
                forward(&api_socket, port).during(|| format!("publish port {}", port.container_port))?;
            }
            Ok(Attachment::held_by(helper))
        });
    let _ = std::fs::remove_file(&api_socket); // Nobody asks any more; without ports there is none.
    attached.during(|| format!("run {}", way.program.display()))
}

fn start(way: &Way, pid: Pid, api_socket: &Path, confinement: &[&str]) -> Result<Helper> {
    let (ready, tells_ready) = pipe_with(PipeFlags::CLOEXEC).during(|| "make a pipe")?;
    let (leash_end, leash) = pipe_with(PipeFlags::CLOEXEC).during(|| "make a pipe")?;
    let mut command = Command::new(&way.program);
    command.args(arguments(&way.options)).args(confinement);
    command.arg(format!("--ready-fd={}", tells_ready.as_raw_fd()));
    command.arg(format!("--exit-fd={}", leash_end.as_raw_fd()));
    if !way.ports.is_empty() {
        let _ = std::fs::remove_file(api_socket); // Left by the attempt before, if anything.
        command.arg("--api-socket").arg(api_socket);
    }
    command.arg(pid.to_string()).arg("tap0");
    let passed = [tells_ready.as_fd(), leash_end.as_fd()];
    let mut helper = Helper::start(command, &passed, Some(leash))?;
    // Only the helper may hold the other end, or its death would not be seen as end of file.
    drop(tells_ready);
    helper.wait_until_ready(ready)?;
    Ok(helper)
}

/// Checks the words of `--network slirp4netns:…`, which are podman's; they may move the network.
pub(super) fn check_options(options: &[String]) -> Result<Addresses> {
    let mut addresses = Addresses::default();
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "cidr" => addresses = parse_network(value)?,
            "mtu" if value.parse::<u16>().is_ok() => {}
            "allow_host_loopback" | "enable_ipv6" if matches!(value, "true" | "false") => {}
            "outbound_addr" | "outbound_addr6" if !value.is_empty() => {}
            // Ports always keep to slirp4netns: the other handler is a program that hides the client's address.
            "port_handler" => {}
            _ => {
                return Err(Error::usage(format!("slirp4netns has no option `{option}`"))).hint(
                    || "known: allow_host_loopback=, cidr=, enable_ipv6=, mtu=, outbound_addr=, outbound_addr6=",
                );
            }
        }
    }
    Ok(addresses)
}

fn parse_network(text: &str) -> Result<Addresses> {
    let (network, length) = text.split_once('/').unwrap_or((text, ""));
    match (network.parse::<Ipv4Addr>(), length.parse::<u8>()) {
        // The container's own address is the hundredth.
        (Ok(network), Ok(length @ 1..=25)) => Ok(Addresses::within(network, length)),
        _ => Err(Error::usage(format!("`{text}` is no network such as 10.0.2.0/24"))),
    }
}

fn arguments(options: &[String]) -> Vec<String> {
    let last = |name: &str| options.iter().rev().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let mut arguments = vec!["--configure".to_owned(), format!("--mtu={}", last("mtu").unwrap_or("65520"))];
    if last("allow_host_loopback") != Some("true") {
        arguments.push("--disable-host-loopback".into());
    }
    if last("enable_ipv6") != Some("false") {
        arguments.push("--enable-ipv6".into());
    }
    for (name, flag) in
        [("cidr", "--cidr"), ("outbound_addr", "--outbound-addr"), ("outbound_addr6", "--outbound-addr6")]
    {
        arguments.extend(last(name).map(|value| format!("{flag}={value}")));
    }
    arguments
}

/// One request for each connection; the answer is whole at end of file.
fn forward(api_socket: &Path, port: &Published) -> Result<()> {
    let mut stream = UnixStream::connect(api_socket).during(|| format!("connect to {}", api_socket.display()))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(add_hostfwd(port).to_string().as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    match serde_json::from_slice::<Value>(&answer)?.pointer("/error/desc") {
        Some(cause) => Err(Error::new(cause.as_str().unwrap_or("refused by slirp4netns")))
            .during(|| format!("listen on port {}", port.host_port)),
        None => Ok(()),
    }
}

fn add_hostfwd(port: &Published) -> Value {
    json!({
        "execute": "add_hostfwd",
        "arguments": {
            "proto": port.protocol.name(),
            "host_addr": port.host_address.unwrap_or(EVERYWHERE),
            "host_port": port.host_port,
            "guest_port": port.container_port,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Protocol;

    fn texts(options: &[&str]) -> Vec<String> {
        options.iter().map(|option| (*option).to_owned()).collect()
    }

    #[test]
    fn the_hosts_loopback_is_closed_unless_asked_for() {
        assert_eq!(arguments(&[]).join(" "), "--configure --mtu=65520 --disable-host-loopback --enable-ipv6");
        let opened =
            arguments(&texts(&["allow_host_loopback=true", "enable_ipv6=false", "mtu=1500", "cidr=10.9.0.0/24"]));
        assert_eq!(opened.join(" "), "--configure --mtu=1500 --cidr=10.9.0.0/24");
    }

    #[test]
    fn the_network_moves_with_its_option_and_unknown_words_are_refused() {
        let addresses = check_options(&texts(&["cidr=10.9.0.0/24", "port_handler=slirp4netns"])).unwrap();
        assert_eq!((addresses.own.to_string(), addresses.dns.to_string()), ("10.9.0.100".into(), "10.9.0.3".into()));
        for bad in ["cidr=10.9.0.0", "cidr=fd00::/64", "mtu=x", "speed=high", "enable_ipv6", "cidr=10.0.0.0/30"] {
            assert!(check_options(&texts(&[bad])).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_port_is_asked_for_in_the_programs_words() {
        let port = Published { host_address: None, host_port: 8080, container_port: 80, protocol: Protocol::Udp };
        assert_eq!(
            add_hostfwd(&port)["arguments"].to_string(),
            r#"{"guest_port":80,"host_addr":"0.0.0.0","host_port":8080,"proto":"udp"}"#
        );
    }
}
