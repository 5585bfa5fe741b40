//! `box pod ps`: the pods there are.

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::inspect::shared;
use crate::cli::filters::{self, Filters};
use crate::cli::format::listing::Row;
use crate::cli::format::{Form, Listing};
use crate::cli::images::extend;
use crate::cli::json::{self, JsonOption, Moment};
use crate::cli::prune::until;
use crate::cli::ps::{moment, network_name, network_names};
use crate::cli::{Globals, print, units};
use crate::container::Container;
use crate::error::{Error, Result};
use crate::pod::{self, Pod};

const TABLE: &str = r"{{.Id}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraId}}";
const HEADINGS: [(&str, &str); 10] = [
    ("Id", "POD ID"),
    ("ID", "POD ID"),
    ("InfraId", "INFRA ID"),
    ("InfraID", "INFRA ID"),
    ("NumberOfContainers", "# OF CONTAINERS"),
    ("ContainerIds", "IDS"),
    ("ContainerNames", "NAMES"),
    ("ContainerStatuses", "STATUS"),
    ("Cgroup", "CGROUP"),
    ("Namespace", "NAMESPACES"),
];
const FILTERS: [&str; 10] =
    ["ctr-ids", "ctr-names", "ctr-number", "ctr-status", "id", "label", "name", "network", "status", "until"];

/// List pods
#[derive(clap::Args)]
pub struct Args {
    /// Show the IDs of the containers
    #[arg(long)]
    ctr_ids: bool,
    /// Show the names of the containers
    #[arg(long)]
    ctr_names: bool,
    /// Show what the containers are doing
    #[arg(long)]
    ctr_status: bool,
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("pods", &FILTERS))]
    filters: Vec<String>,
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Only the pod made last
    #[arg(short, long)]
    latest: bool,
    /// Do not shorten IDs
    #[arg(long)]
    no_trunc: bool,
    /// Print no headings
    #[arg(short, long)]
    noheading: bool,
    /// Show which namespaces are shared
    #[arg(long)]
    ns: bool,
    /// Print IDs only
    #[arg(short, long)]
    quiet: bool,
    /// Sort by this column
    #[arg(long, value_name = "COLUMN", default_value = "created", hide_default_value = true)]
    sort: Column,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Column {
    Created,
    Id,
    Name,
    Number,
    Status,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let form = Form::parse(args.format.as_deref(), &table(&args))?;
    let as_json = args.json.instead_of(&[("--format", args.format.is_some()), ("--quiet", args.quiet)])?;
    let now = Timestamp::now();
    let mut seen = Vec::new();
    for pod in pod::list(&globals.store()?)? {
        let one = Seen::look(pod, args.no_trunc)?;
        if one.is_let_through(&filters, now)? {
            seen.push(one);
        }
    }
    seen.truncate(if args.latest { 1 } else { usize::MAX });
    match args.sort {
        Column::Created => {} // as they come, newest first
        Column::Id => seen.sort_by(|one, other| one.pod.id().cmp(other.pod.id())),
        Column::Name => seen.sort_by(|one, other| one.pod.name().cmp(other.pod.name())),
        Column::Number => seen.sort_by_key(|seen| seen.containers.len()),
        Column::Status => seen.sort_by_key(|seen| seen.state),
    }
    if args.quiet {
        return seen.iter().try_for_each(|seen| print::line(seen.short(seen.pod.id()))).map(|()| 0);
    }
    if as_json {
        return json::print_list(&seen.iter().map(Seen::entry).collect::<Vec<_>>()).map(|()| 0);
    }
    let rows: Vec<Row> = seen.iter().map(|seen| seen.row(now)).collect();
    let listing = Listing { rows: &rows, headings: &HEADINGS, headed: !args.noheading };
    print::block(&listing.render(&form)?).map(|()| 0)
}

fn table(args: &Args) -> String {
    let further = [
        (args.ctr_ids, "ContainerIds"),
        (args.ctr_names, "ContainerNames"),
        (args.ctr_status, "ContainerStatuses"),
        (args.ns, "Cgroup"),
        (args.ns, "Namespace"),
    ];
    let wanted: Vec<&str> = further.iter().filter_map(|(is_wanted, field)| is_wanted.then_some(*field)).collect();
    let fields = if wanted.is_empty() { vec!["NumberOfContainers"] } else { wanted };
    fields.iter().fold(TABLE.to_owned(), |table, field| table + r"\t{{." + field + "}}")
}

/// A pod and what it is doing.
struct Seen {
    pod: Pod,
    state: &'static str,
    /// With the word for what each is doing.
    containers: Vec<(Container, &'static str)>,
    is_whole: bool,
}

impl Seen {
    fn look(pod: Pod, is_whole: bool) -> Result<Seen> {
        let look = pod.look()?;
        let containers = look.containers.iter().map(|(container, status)| ((*container).clone(), status.word()));
        Ok(Seen { state: look.state().word(), containers: containers.collect(), pod, is_whole })
    }

    fn is_let_through(&self, filters: &Filters, now: Timestamp) -> Result<bool> {
        let holder = &self.pod.holder.record;
        let is_old = until(filters, now)?.is_none_or(|until| moment(&holder.created) < until);
        for number in filters.values("ctr-number")? {
            number.parse::<usize>().map_err(|_| Error::usage(format!("`{number}` is not a number of containers")))?;
        }
        let any = |key, is_right: &dyn Fn(&Container, &str, &str) -> bool| {
            filters.any(key, |wanted| self.containers.iter().any(|(one, status)| is_right(one, status, wanted)))
        };
        Ok(is_old
            && filters.patterns("name")?.take(self.pod.name())
            && filters.any("id", |id| self.pod.id().starts_with(id))
            && filters.labels(&holder.settings.labels)
            && filters.any("status", |wanted| self.state.eq_ignore_ascii_case(wanted))
            && filters
                .any("network", |wanted| network_names(&holder.settings.network).iter().any(|name| name == wanted))
            && filters.any("ctr-number", |number| number.parse() == Ok(self.containers.len()))
            && any("ctr-ids", &|container, _, wanted| container.id().starts_with(wanted))
            && any("ctr-names", &|container, _, wanted| container.record.name.contains(wanted))
            && any("ctr-status", &|_, status, wanted| status == wanted))
    }

    fn short<'i>(&self, id: &'i str) -> &'i str {
        if self.is_whole { id } else { id.get(..12).unwrap_or(id) }
    }

    fn row(&self, now: Timestamp) -> Row {
        let document = self.document();
        let infra = if self.pod.settings().is_bare { "" } else { self.short(self.pod.id()) };
        let listed = |name: &dyn Fn(&Container, &'static str) -> String| {
            self.containers.iter().map(|(container, status)| name(container, status)).collect::<Vec<_>>().join(",")
        };
        let mut fields = document.clone();
        let more = json!({
            "Id": self.short(self.pod.id()),
            "ID": self.short(self.pod.id()),
            "Created": units::ago(moment(&self.pod.holder.record.created), now),
            "InfraId": infra,
            "InfraID": infra,
            "Namespace": shared(&self.pod).join(","),
            "NumberOfContainers": self.containers.len(),
            "ContainerIds": listed(&|container, _| self.short(container.id()).to_owned()),
            "ContainerNames": listed(&|container, _| container.record.name.clone()),
            "ContainerStatuses": listed(&|_, status| status.to_owned()),
            "Networks": network_name(&self.pod.holder.record.settings.network),
        });
        extend(&mut fields, more);
        Row { document, fields }
    }

    /// What `--json` says of a pod.
    fn entry(&self) -> json::Pod {
        let member = |(container, state): &(Container, &'static str)| json::PodContainer {
            id: container.id().to_owned(),
            name: container.record.name.clone(),
            state,
        };
        let holder = &self.pod.holder.record;
        json::Pod {
            id: self.pod.id().to_owned(),
            name: self.pod.name().to_owned(),
            state: self.state.to_lowercase(),
            created: Moment(moment(&holder.created)),
            shared_namespaces: shared(&self.pod).into_iter().map(str::to_owned).collect(),
            networks: network_names(&holder.settings.network),
            labels: holder.settings.labels.clone(),
            containers: self.containers.iter().map(member).collect(),
        }
    }

    /// What `--format json` says, in Podman's words.
    fn document(&self) -> Value {
        let member = |(container, status): &(Container, &'static str)| {
            let name = &container.record.name;
            json!({"Id": container.id(), "Names": name, "Status": status})
        };
        let holder = &self.pod.holder.record;
        json!({
            "Cgroup": "",
            "Containers": self.containers.iter().map(member).collect::<Vec<_>>(),
            "Created": holder.created,
            "Id": self.pod.id(),
            "InfraId": if self.pod.settings().is_bare { "" } else { self.pod.id() },
            "Name": self.pod.name(),
            "Namespace": "",
            "Networks": network_names(&holder.settings.network),
            "Status": self.state,
            "Labels": holder.settings.labels,
        })
    }
}
