//! `box network`: containers that reach each other by name, and nobody else.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::filters::{self, Filters};
use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption, Moment};
use super::options::network::{address, network_alias, v4, v6};
use super::options::{each, environment, maybe};
use super::personality::{MadeAs, NETWORK_MADE_AS};
use super::prune::{PRUNE_FILTERS, show_pruned, tell_pruned, until};
use super::selection::{IfAbsent, Selection, find_one, for_each, report};
use super::terminal::confirm;
use super::{Globals, inspect, logs, print, ps};
use crate::container::logs::network_log;
use crate::container::networks::{self, users};
use crate::container::remove::{IfRunning, Volumes, remove};
use crate::container::{self, Container, network_owner};
use crate::error::{During, Error, Kind, Result};
use crate::image::unpacker::remove_as_owner;
use crate::named_network::{self, Network, Wanted};
use crate::network::builtin::interface_name;
use crate::settings::NetworkRequest;
use crate::store::Store;
use crate::store::events;

const TABLE: &str = r"{{.ID}}\t{{.Name}}\t{{.Driver}}";
const HEADINGS: [(&str, &str); 1] = [("ID", "NETWORK ID")];
const FILTERS: [&str; 7] = ["dangling", "dns-enabled", "driver", "id", "label", "name", "until"];
/// Digits of an ID in a table.
const SHORT_ID: usize = 12;

/// Create a network
#[derive(clap::Args)]
pub struct CreateArgs {
    /// Attach metadata
    #[arg(long, value_name = "NAME[=VALUE]")]
    label: Vec<String>,
    /// Take the network that is there, if there is one
    #[arg(long)]
    ignore: bool,
    /// Only `bridge` is supported: members reach each other
    #[arg(short, long, default_value = "bridge", hide_default_value = true)]
    driver: String,
    /// mtu=BYTES
    #[arg(short, long = "opt", value_name = "KEY=VALUE")]
    opts: Vec<String>,
    /// Its addresses, one range of each version of IP; one of IPv4 that is free without
    #[arg(long, value_name = "ADDRESS/BITS")]
    subnet: Vec<String>,
    /// The address at which members find the host and the resolver; the first of the subnet without
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    gateway: Vec<String>,
    /// Choose the members' addresses from this part of a subnet
    #[arg(long, value_name = "ADDRESS/BITS")]
    ip_range: Vec<String>,
    /// With a range of IPv6 addresses, a free one without --subnet
    #[arg(long)]
    ipv6: bool,
    /// Without a way out: members reach each other only
    #[arg(long)]
    internal: bool,
    /// Members do not find each other by name
    #[arg(long)]
    disable_dns: bool,
    /// Ask this DNS server for names that no member has, not the host's
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns: Vec<String>,
    // The one way in which addresses are chosen.
    #[arg(long, value_parser = ["host-local"], hide = true)]
    ipam_driver: Option<String>,
    /// Its name; one is made up without
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub fn run_create(args: CreateArgs, globals: &Globals) -> Result<u8> {
    if args.driver != "bridge" {
        return Err(Error::usage(format!("there is no network driver `{}`; use bridge", args.driver)));
    }
    let store = globals.store()?;
    if let Some(name) = args.name.as_deref().filter(|_| args.ignore)
        && let Some(network) = named_network::find(&store, name)?.filter(|network| network.name == name)
    {
        return print::line(network.name).map(|()| 0);
    }
    let made = named_network::create(&store, args.name.as_deref(), wanted(&args)?)?;
    match NETWORK_MADE_AS.side() {
        MadeAs::Name => print::line(made.name)?,
        MadeAs::Id => print::line(made.id)?,
    }
    Ok(0)
}

fn wanted(args: &CreateArgs) -> Result<Wanted> {
    let option = |text: &str| {
        let (key, value) = environment::driver_option(text)?;
        Ok((if key == "com.docker.network.driver.mtu" { "mtu".to_owned() } else { key }, value))
    };
    Ok(Wanted {
        subnets: each("--subnet", &args.subnet, str::parse)?,
        gateways: each("--gateway", &args.gateway, address)?,
        chosen_from: each("--ip-range", &args.ip_range, str::parse)?,
        ipv6: args.ipv6,
        internal: args.internal,
        resolves: !args.disable_dns,
        resolvers: each("--dns", &args.dns, address)?,
        labels: each("--label", &args.label, environment::label)?.into_iter().collect(),
        options: each("--opt", &args.opts, option)?.into_iter().collect(),
    })
}

/// List networks
#[derive(clap::Args)]
pub struct LsArgs {
    /// Print names only
    #[arg(short, long)]
    quiet: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("networks", &FILTERS))]
    filters: Vec<String>,
    /// Show each by a Go template, or all as `json`
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Show IDs in full
    #[arg(long)]
    no_trunc: bool,
    /// Print no headings
    #[arg(short, long)]
    noheading: bool,
}

pub fn run_ls(args: LsArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let form = Form::parse(args.format.as_deref(), TABLE)?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let containers = container::list(&store)?;
    let networks = matching(named_network::list(&store)?, &filters, &containers)?;
    if args.quiet {
        return networks.iter().try_for_each(|network| print::line(&network.name)).map(|()| 0);
    }
    if as_json {
        let entries: Vec<_> = networks.iter().map(|network| entry(network, &containers)).collect();
        return json::print_list(&entries).map(|()| 0);
    }
    let rows: Vec<Row> = networks.iter().map(|network| row(network, args.no_trunc)).collect();
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?).map(|()| 0)
}

fn matching(mut networks: Vec<Network>, filters: &Filters, containers: &[Container]) -> Result<Vec<Network>> {
    let names = filters.patterns("name")?;
    let (dangling, resolves) = (filters.switch("dangling")?, filters.switch("dns-enabled")?);
    let until = until(filters, Timestamp::now())?;
    networks.retain(|network| {
        names.take(&network.name)
            && filters.any("id", |id| network.id.starts_with(id))
            && filters.any("driver", |driver| driver == "bridge")
            && filters.labels(&network.labels)
            && resolves.is_none_or(|resolves| resolves == network.resolves)
            && until.is_none_or(|until| ps::moment(&network.created) < until)
            && dangling.is_none_or(|dangling| dangling == users(containers, network).is_empty())
    });
    Ok(networks)
}

fn row(network: &Network, with_whole_id: bool) -> Row {
    let document = named_network::document(network);
    let length = if with_whole_id { network.id.len() } else { SHORT_ID };
    let fields = json!({
        "ID": &network.id[..length],
        "Name": network.name,
        "Driver": document["driver"],
        "NetworkInterface": document["network_interface"],
        "Created": document["created"],
        "CreatedAt": document["created"],
        "Subnets": subnets(&document),
        "IPv6Enabled": document["ipv6_enabled"],
        "IPv6": document["ipv6_enabled"],
        "IPv4": true,
        "Internal": network.internal,
        "DNSEnabled": network.resolves,
        "Labels": network.labels,
        "Options": network.options,
        "Scope": "local",
    });
    Row { document, fields }
}

/// What `--json` says of a network.
fn entry(network: &Network, containers: &[Container]) -> json::Network {
    let subnet = |range: &named_network::Range| json::Subnet {
        subnet: range.subnet.to_string(),
        gateway: range.gateway.to_string(),
        ip_range: range.chosen_from.as_ref().map(ToString::to_string),
    };
    json::Network {
        id: network.id.clone(),
        name: network.name.clone(),
        driver: "bridge",
        created: Moment::parse(&network.created),
        subnets: network.ranges.iter().map(subnet).collect(),
        internal: network.internal,
        resolves_names: network.resolves,
        resolvers: network.resolvers.iter().map(ToString::to_string).collect(),
        labels: network.labels.clone(),
        options: network.options.clone(),
        containers: users(containers, network).iter().map(|container| container.id().to_owned()).collect(),
    }
}

/// As templates name their parts.
fn subnets(document: &Value) -> Value {
    let all = document["subnets"].as_array().into_iter().flatten();
    all.map(|subnet| json!({"Subnet": subnet["subnet"], "Gateway": subnet["gateway"]})).collect()
}

/// Show everything about networks
#[derive(clap::Args)]
pub struct InspectArgs {
    /// Show it by a Go template, or as `json` on one line
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
    /// Names or IDs
    #[arg(value_name = "NETWORK", required = true)]
    names: Vec<String>,
}

pub fn run_inspect(args: InspectArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let containers = container::list(&store)?;
    let find = |name: &String| named_network::get(&store, name).and_then(|network| document(&containers, &network));
    inspect::show(args.names.iter().map(find), args.format.as_deref())
}

/// With the members of the moment; templates may use the names of `ls` as well.
pub(super) fn document(containers: &[Container], network: &Network) -> Result<Value> {
    let mut document = named_network::document(network);
    let mut members = serde_json::Map::new();
    for container in users(containers, network) {
        let status = container.status()?;
        let Some(state) = status.live() else { continue };
        let memberships = state.network.memberships().iter();
        for membership in memberships.filter(|membership| membership.network_id == network.id) {
            let subnet = |place: &crate::network::members::Place| {
                let ipnet = format!("{}/{}", place.address, place.subnet.prefix_length());
                json!({"ipnet": ipnet, "gateway": place.gateway})
            };
            let subnets: Vec<Value> = membership.places.iter().map(subnet).collect();
            let mac = membership.mac.map_or(String::new(), |mac| mac.to_string());
            let interfaces = json!({interface_name(membership.interface): {"subnets": subnets, "mac_address": mac}});
            let member = json!({"name": container.record.name, "interfaces": interfaces});
            members.insert(container.id().to_owned(), member);
        }
    }
    document["containers"] = Value::Object(members);
    Ok(document)
}

/// Remove networks
#[derive(clap::Args)]
pub struct RmArgs {
    /// Remove containers that are in them too, running or not
    #[arg(short, long)]
    force: bool,
    /// With --force, kill a container that has not ended after so many seconds
    #[arg(short, long, value_name = "SECONDS", allow_negative_numbers = true)]
    time: Option<i64>,
    /// Names or IDs
    #[arg(value_name = "NETWORK", required = true)]
    names: Vec<String>,
}

pub fn run_rm(args: RmArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let outcomes = args.names.iter().map(|name| (name.clone(), remove_one(&store, name, &args)));
    let exit_code = report(outcomes, IfAbsent::of_removal(args.force))?;
    store.sweep(remove_as_owner)?;
    Ok(exit_code)
}

fn remove_one(store: &Store, name: &str, args: &RmArgs) -> Result<()> {
    let network = named_network::get(store, name)?;
    if args.force && !network.is_default() {
        for container in users(&container::list(store)?, &network) {
            let patience = super::stop::patience(args.time.unwrap_or(container.record.settings.stop_timeout.into()));
            remove(store, container, IfRunning::Stop(patience), Volumes::Keep)?;
        }
    }
    named_network::remove(store, &network, || Ok(names_of(&users(&container::list(store)?, &network))))
}

/// Have a container be in one more network, at once where it runs
#[derive(clap::Args)]
pub struct ConnectArgs {
    /// A further name by which members of the network find it
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    alias: Vec<String>,
    /// Its IPv4 address there
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<String>,
    /// Its IPv6 address there
    #[arg(long, value_name = "ADDRESS")]
    ip6: Option<String>,
    /// The MAC address of its interface there
    #[arg(long, value_name = "ADDRESS")]
    mac_address: Option<String>,
    /// Name or ID of the network
    #[arg(value_name = "NETWORK")]
    network: String,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

pub fn run_connect(args: ConnectArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let container = container::find(&store, &args.container)?;
    let request = NetworkRequest {
        name: args.network,
        aliases: each("--alias", &args.alias, network_alias)?,
        v4: maybe("--ip", &args.ip, v4)?,
        v6: maybe("--ip6", &args.ip6, v6)?,
        mac: maybe("--mac-address", &args.mac_address, str::parse)?,
    };
    networks::connect(&store, &globals.machine()?, &container, request).map(|()| 0)
}

/// Have a container be in a network no longer; connections that it has there end when they end
#[derive(clap::Args)]
pub struct DisconnectArgs {
    // Nothing keeps a container in a network.
    #[arg(short, long, hide = true)]
    force: bool,
    /// Name or ID of the network
    #[arg(value_name = "NETWORK")]
    network: String,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

pub fn run_disconnect(args: DisconnectArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let container = container::find(&store, &args.container)?;
    networks::disconnect(&store, &container, &args.network).map(|()| 0)
}

/// Show what a container has connected to and who has connected to it, as JSON
#[derive(clap::Args)]
pub struct LogArgs {
    #[command(flatten)]
    period: logs::Period,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "container")]
    latest: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub fn run_log(args: LogArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let container = find_one(&store, args.container.as_deref(), args.latest)?;
    let owner = network_owner(&store, &container)?;
    let name = &owner.record.name;
    if !owner.record.settings.keeps_network_log() {
        return Err(Error::new(format!("container `{name}` keeps no log of its network")))
            .hint(|| "`run` and `create` have one kept with --network-log, or --egress");
    }
    let mut written = Ok(());
    network_log(&owner, &args.period.selection()?, |lines| {
        written = lines.iter().filter_map(json::Flow::of).try_for_each(|flow| json::print_one(&flow));
        written.is_ok()
    })?;
    written.map(|()| 0)
}

/// Check that containers exist; their networks need no further care, whatever becomes of the host's firewall
#[derive(clap::Args)]
pub struct ReloadArgs {
    /// All containers
    #[arg(short, long, conflicts_with_all = ["containers", "latest"])]
    all: bool,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "containers")]
    latest: bool,
    /// Names or IDs of containers
    #[arg(value_name = "CONTAINER", required_unless_present_any = ["all", "latest"])]
    containers: Vec<String>,
}

pub fn run_reload(args: ReloadArgs, globals: &Globals) -> Result<u8> {
    let selection = Selection { names: args.containers, all: args.all, latest: args.latest, ..Selection::default() };
    for_each(selection.find(&globals.store()?)?, IfAbsent::Fail, |_| Ok(()))
}

/// Remove networks that no container is in
#[derive(clap::Args)]
pub struct PruneArgs {
    /// Do not ask
    #[arg(short, long)]
    force: bool,
    #[arg(long = "filter", value_name = "KEY=VALUE", help = filters::help("networks", &PRUNE_FILTERS))]
    filters: Vec<String>,
}

pub fn run_prune(args: PruneArgs, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &PRUNE_FILTERS)?;
    if !args.force && !confirm("Remove all networks that no container is in?")? {
        return Ok(0);
    }
    let store = globals.store()?;
    let pruned = prune_networks(&store, &filters)?;
    tell_pruned(&store, events::Kind::Network);
    show_pruned("Networks", &pruned).map(|()| 0)
}

/// Removes the networks that no container is in and that the filters let go; returns their names.
pub(super) fn prune_networks(store: &Store, filters: &Filters) -> Result<Vec<String>> {
    let mut pruned = Vec::new();
    for network in matching(named_network::list(store)?, filters, &[])? {
        if !network.is_default() && users(&container::list(store)?, &network).is_empty() {
            match named_network::remove(store, &network, || Ok(names_of(&users(&container::list(store)?, &network)))) {
                Ok(()) => pruned.push(network.name),
                // Somebody has just begun to use it, or removed it.
                Err(error) if matches!(error.kind, Kind::InUse | Kind::Absent) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(pruned)
}

fn names_of(containers: &[&Container]) -> Vec<String> {
    containers.iter().map(|container| container.record.name.clone()).collect()
}
