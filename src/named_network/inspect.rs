//! A network in Podman's words: what `box network inspect` shows.

use serde_json::{Value, json};

use super::{Network, Range};
use crate::network::Subnet;

/// Without who is in it.
pub fn document(network: &Network) -> Value {
    let mut document = json!({
        "name": network.name,
        "id": network.id,
        "driver": "bridge",
        "network_interface": "",
        "created": network.created,
        "subnets": network.ranges.iter().map(subnet).collect::<Vec<_>>(),
        "ipv6_enabled": network.ranges.iter().any(|range| !range.subnet.is_v4()),
        "internal": network.internal,
        "dns_enabled": network.resolves,
        "labels": network.labels,
        "options": network.options,
        "ipam_options": {"driver": "host-local"},
    });
    if !network.resolvers.is_empty() {
        document["network_dns_servers"] = json!(network.resolvers);
    }
    document
}

fn subnet(range: &Range) -> Value {
    let mut document = json!({"subnet": range.subnet, "gateway": range.gateway});
    if let Some(chosen) = &range.chosen_from {
        let (first, last) = edges(chosen);
        document["lease_range"] = json!({"start_ip": first, "end_ip": last});
    }
    document
}

/// The first and the last address that a member may be given.
fn edges(chosen: &Subnet) -> (String, String) {
    let first = chosen.hosts().next().unwrap_or(chosen.first());
    (first.to_string(), chosen.last_host().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named_network::default_network;

    #[test]
    fn the_words_are_podmans() {
        let mut network = default_network();
        network.ranges[0].chosen_from = Some("10.0.2.128/25".parse().unwrap());
        let document = document(&network);
        let range = json!({"start_ip": "10.0.2.129", "end_ip": "10.0.2.254"});
        let subnet = json!({"subnet": "10.0.2.0/24", "gateway": "10.0.2.2", "lease_range": range});
        assert_eq!(document["subnets"], json!([subnet]));
        assert_eq!((&document["dns_enabled"], &document["driver"]), (&json!(false), &json!("bridge")));
    }
}
