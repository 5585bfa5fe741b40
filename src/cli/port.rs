//! `box port`: where the ports of a container are published.

use std::net::SocketAddr;

use super::json::{self, JsonOption};
use super::selection::find_one;
use super::{Globals, personality, print};
use crate::container::{self, Container, ports};
use crate::error::{Error, Kind, Result};
use crate::network::Published;
use crate::store::Store;

/// Show where ports of a container are published
#[derive(clap::Args)]
pub struct Args {
    /// Show the ports of all containers
    #[arg(short, long, conflicts_with_all = ["words", "latest"])]
    all: bool,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    #[command(flatten)]
    json: JsonOption,
    /// Name or ID of the container, unless --latest is; and the only port to show
    // One list: with --latest the first word is a port.
    #[arg(value_name = "CONTAINER PORT[/PROTOCOL]", num_args = 0..=2)]
    words: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let as_json = args.json.instead_of(&[])?;
    if args.all {
        let mut all = Vec::new();
        for container in container::list(&store)? {
            all.extend(ports(&store, &container)?.into_iter().map(|published| (container.clone(), published)));
        }
        if as_json {
            return show(all.iter().map(|(container, published)| (container, published)));
        }
        let shown = |(container, published): &(Container, Published)| {
            lines(published).iter().try_for_each(|line| print::line(format_args!("{}\t{line}", container.short_id())))
        };
        return all.iter().try_for_each(shown).map(|()| 0);
    }
    let mut words = args.words.into_iter();
    let name = if args.latest { None } else { words.next() };
    let container = find_one(&store, name.as_deref(), args.latest)?;
    let ports = ports(&store, &container)?;
    let Some(wanted) = words.next() else {
        if as_json {
            return show(ports.iter().map(|published| (&container, published)));
        }
        return ports.iter().flat_map(lines).try_for_each(print::line).map(|()| 0);
    };
    let (wanted_port, wanted_protocol) = wanted.split_once('/').unwrap_or((&wanted, "tcp"));
    let is_wanted = |published: &&Published| {
        published.container_port.to_string() == wanted_port
            && published.protocol.name() == wanted_protocol.to_ascii_lowercase()
    };
    let found: Vec<&Published> = ports.iter().filter(is_wanted).collect();
    if found.is_empty() {
        let message = format!("port `{wanted}` of container `{}` is not published", container.record.name);
        return Err(Error::new(message).of_kind(Kind::Absent));
    }
    if as_json {
        return show(found.into_iter().map(|published| (&container, published)));
    }
    found.iter().flat_map(|published| outside(published)).try_for_each(print::line).map(|()| 0)
}

fn ports(store: &Store, container: &Container) -> Result<Vec<Published>> {
    Ok(container.status()?.live().map_or(Vec::new(), |state| ports::published(store, container, state)))
}

/// By `--json`.
fn show<'c>(published: impl Iterator<Item = (&'c Container, &'c Published)>) -> Result<u8> {
    let entry = |(container, published): (&Container, &Published)| json::PublishedPort {
        container_id: container.id().to_owned(),
        container_name: container.record.name.clone(),
        host_address: published.host_address.map(|address| address.to_string()),
        host_port: published.host_port,
        container_port: published.container_port,
        protocol: published.protocol.name(),
    };
    json::print_list(&published.map(entry).collect::<Vec<_>>()).map(|()| 0)
}

/// `80/tcp -> 0.0.0.0:8080`
fn lines(published: &Published) -> Vec<String> {
    let line = |place| format!("{}/{} -> {place}", published.container_port, published.protocol.name());
    outside(published).into_iter().map(line).collect()
}

fn outside(published: &Published) -> Vec<String> {
    let addresses = personality::host_addresses(published.host_address);
    addresses.into_iter().map(|address| SocketAddr::new(address, published.host_port).to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Protocol;

    #[test]
    fn ports_are_shown_as_scripts_read_them() {
        let published = |address: Option<&str>| Published {
            host_address: address.map(|address| address.parse().unwrap()),
            host_port: 8080,
            container_port: 80,
            protocol: Protocol::Udp,
        };
        assert_eq!(lines(&published(None)), ["80/udp -> 0.0.0.0:8080"]);
        assert_eq!(outside(&published(Some("::1"))), ["[::1]:8080"]);
    }
}
