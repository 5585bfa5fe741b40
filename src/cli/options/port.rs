//! `--publish [[ADDRESS:][HOST]:]CONTAINER[/PROTOCOL]`.

use std::net::IpAddr;

use crate::error::{Error, Result};
use crate::settings::{PortRequest, Protocol};

/// The ports of one `--publish`; a range gives one request for each of its ports.
pub fn publish(text: &str) -> Result<Vec<PortRequest>> {
    let (ports, protocol) = match text.rsplit_once('/') {
        Some((ports, name)) => (ports, self::protocol(name)?),
        None => (text, Protocol::Tcp),
    };
    let (address, host, container) = split(ports)?;
    let host_address = address.map(parse_address).transpose()?;
    let container = range(container)?;
    let host = match host {
        None | Some("" | "0") => None,
        Some(host) => Some(range(host)?),
    };
    if host.as_ref().is_some_and(|host| host.len() != container.len()) {
        return Err(Error::usage("the ranges of host and container ports differ in length"));
    }
    Ok(container
        .clone()
        .map(|container_port| PortRequest {
            host_address,
            host_port: host.as_ref().map(|host| host.start() + (container_port - container.start())),
            container_port,
            protocol,
        })
        .collect())
}

/// `--expose PORT[-PORT][/PROTOCOL]`, as the image format writes it: one `PORT/PROTOCOL` for each port.
pub fn expose(text: &str) -> Result<Vec<String>> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    self::protocol(protocol)?;
    Ok(range(ports)?.map(|port| format!("{port}/{}", protocol.to_ascii_lowercase())).collect())
}

/// Cuts `ADDRESS:HOST:CONTAINER` into its parts; an IPv6 address stands in brackets, for it has colons of its own.
fn split(text: &str) -> Result<(Option<&str>, Option<&str>, &str)> {
    let malformed = || Error::usage("expected [[ADDRESS:][HOST]:]CONTAINER[/PROTOCOL]");
    if let Some(rest) = text.strip_prefix('[') {
        let (address, ports) = rest.split_once("]:").ok_or_else(malformed)?;
        let (host, container) = ports.split_once(':').ok_or_else(malformed)?;
        return Ok((Some(address), Some(host), container));
    }
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [container] => Ok((None, None, container)),
        [host, container] => Ok((None, Some(host), container)),
        ["", host, container] => Ok((None, Some(host), container)),
        [address, host, container] => Ok((Some(address), Some(host), container)),
        _ if text.matches(':').count() > 2 => {
            Err(malformed().with_hint("write an IPv6 address in brackets: [::1]:8080:80"))
        }
        _ => Err(malformed()),
    }
}

fn parse_address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| Error::usage(format!("`{text}` is not an IP address")))
}

fn protocol(name: &str) -> Result<Protocol> {
    match name.to_ascii_lowercase().as_str() {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        "sctp" => Err(Error::usage("SCTP ports cannot be published without root")),
        _ => Err(Error::usage(format!("`{name}` is not a protocol; tcp and udp are"))),
    }
}

fn range(text: &str) -> Result<std::ops::RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| match text.parse::<u16>() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err(Error::usage(format!("`{text}` is not a port between 1 and 65535"))),
    };
    let (first, last) = (port(first)?, port(last)?);
    if first > last {
        return Err(Error::usage(format!("the range `{text}` ends before it begins")));
    }
    Ok(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `ADDRESS:HOST:CONTAINER/PROTOCOL`, with `*` for what is left open.
    fn shown(text: &str) -> Option<String> {
        let show = |request: &PortRequest| {
            let address = request.host_address.map_or("*".to_owned(), |address| address.to_string());
            let host = request.host_port.map_or("*".to_owned(), |port| port.to_string());
            format!("{address}:{host}:{}/{:?}", request.container_port, request.protocol)
        };
        publish(text).ok().map(|requests| requests.iter().map(show).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn every_form_of_publish_is_understood() {
        for (text, expected) in [
            ("80", "*:*:80/Tcp"),
            ("80/udp", "*:*:80/Udp"),
            ("8080:80", "*:8080:80/Tcp"),
            ("0:80", "*:*:80/Tcp"),
            (":80", "*:*:80/Tcp"),
            ("127.0.0.1:8080:80", "127.0.0.1:8080:80/Tcp"),
            ("127.0.0.1::80/TCP", "127.0.0.1:*:80/Tcp"),
            (":8080:80", "*:8080:80/Tcp"),
            ("[::1]:8080:80/udp", "::1:8080:80/Udp"),
            ("[::]::80", ":::*:80/Tcp"),
            ("8080-8081:80-81", "*:8080:80/Tcp *:8081:81/Tcp"),
            ("80-81", "*:*:80/Tcp *:*:81/Tcp"),
            ("65535:65535", "*:65535:65535/Tcp"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn malformed_ports_are_refused() {
        for text in [
            "",
            ":",
            "0",
            "80:",
            "80:0",
            "65536",
            "-1",
            "+80",
            "80/",
            "80/icmp",
            "80/sctp",
            "a:80",
            "1:2:3",
            "::1:80:80",
            "[::1]:80",
            "[::1:80:80",
            "1.2.3:80:80",
            "8080-8082:80-81",
            "81-80",
            "80-",
            "1:2:3:4",
            "80 ",
            "host:80:80",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn exposed_ports_are_written_as_images_write_them() {
        assert_eq!(expose("80").unwrap(), ["80/tcp"]);
        assert_eq!(expose("80-81/udp").unwrap(), ["80/udp", "81/udp"]);
        assert!(expose("80/x").is_err());
    }
}
