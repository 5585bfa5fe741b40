//! `box stats`: what containers use, now and then again.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::format::listing::Row;
use super::format::{Form, Listing};
use super::json::{self, JsonOption, Moment};
use super::{Globals, print, units};
use crate::container::stats::Sample;
use crate::container::{self, Container};
use crate::error::Result;
use crate::store::Store;

const TABLE: &str = concat!(
    r"{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}",
    r"\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}\t{{.Up}}\t{{.AVGCPU}}"
);
/// For people who watch: the shares as bars, and what is worth watching.
const LIVE: &str = concat!(
    r"{{.ID}}\t{{.Name}}\t{{.CPUBar}} {{.CPUPerc}}\t{{.MemBar}} {{.MemPerc}}",
    r"\t{{.MemUsage}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}"
);
const HEADINGS: [(&str, &str); 14] = [
    ("ID", "ID"),
    ("Container", "CONTAINER"),
    ("CPUPerc", "CPU %"),
    ("CPU", "CPU %"),
    ("MemUsage", "MEM USAGE / LIMIT"),
    ("MemUsageBytes", "MEM USAGE / LIMIT"),
    ("MemPerc", "MEM %"),
    ("NetIO", "NET IO"),
    ("BlockIO", "BLOCK IO"),
    ("PIDs", "PIDS"),
    ("Up", "CPU TIME"),
    ("AVGCPU", "AVG CPU %"),
    ("CPUBar", ""),
    ("MemBar", ""),
];
/// Cells of a bar.
const BAR_WIDTH: usize = 10;
/// Shown where there is nothing to count.
const NOTHING: &str = "--";

/// Show what containers use
#[derive(clap::Args)]
pub struct Args {
    /// Also show containers that do not run
    #[arg(short, long, conflicts_with_all = ["names", "latest"])]
    all: bool,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "names")]
    latest: bool,
    #[command(flatten)]
    options: StatsOptions,
    /// Names or IDs of containers, or beginnings of IDs; without any, those that run
    #[arg(value_name = "CONTAINER")]
    names: Vec<String>,
}

/// How often it is shown, and how.
#[derive(clap::Args)]
pub struct StatsOptions {
    /// Show the list as `json`, `table [TEMPLATE]`, or by a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Show one list and end
    #[arg(long)]
    no_stream: bool,
    /// Write each list below the one before instead of in its place
    #[arg(long)]
    no_reset: bool,
    /// Do not shorten IDs
    #[arg(long, visible_alias = "no-truncate")]
    no_trunc: bool,
    /// Wait so many seconds between two lists
    #[arg(short, long, value_name = "SECONDS", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    interval: u32,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let named = named(&store, &args)?;
    let with_stopped = args.all || !named.is_empty();
    let ends_with_them = !named.is_empty();
    let find = || if named.is_empty() { container::list(&store) } else { Ok(named.clone()) };
    show(find, with_stopped, ends_with_them, &args.options).map(|()| 0)
}

/// Shows what the containers use that there are at each look. `ends_with_them`: until none of them runs.
pub fn show(
    find: impl Fn() -> Result<Vec<Container>>,
    with_stopped: bool,
    ends_with_them: bool,
    options: &StatsOptions,
) -> Result<()> {
    let as_json = options.json.instead_of(&[("--format", options.format.is_some())])?;
    let is_live = !options.no_stream && !as_json && options.format.is_none() && std::io::stdout().is_terminal();
    let form = Form::parse(options.format.as_deref(), if is_live { LIVE } else { TABLE })?;
    let mut earlier: BTreeMap<String, Sample> = BTreeMap::new();
    loop {
        let seen = look(find()?, with_stopped)?;
        let rows = seen.iter().map(|(container, sample)| row(container, sample.as_ref(), &earlier, options.no_trunc));
        let rows: Vec<Row> = if as_json { Vec::new() } else { rows.collect() };
        if is_live && !options.no_reset {
            print::clear()?;
        }
        match as_json {
            true => json::print_list(&seen.iter().map(|seen| entry(seen, &earlier)).collect::<Vec<_>>())?,
            false => print::block(&Listing { rows: &rows, headings: &HEADINGS, headed: true }.render(&form)?)?,
        }
        let is_over = ends_with_them && seen.iter().all(|(_, sample)| sample.is_none());
        if options.no_stream || is_over {
            return Ok(());
        }
        earlier = seen.into_iter().filter_map(|(container, sample)| Some((container.record.id, sample?))).collect();
        std::thread::sleep(Duration::from_secs(options.interval.into()));
    }
}

/// The containers that were named; none: those that there are at each look.
fn named(store: &Store, args: &Args) -> Result<Vec<Container>> {
    match args.latest {
        true => Ok(vec![container::latest(store)?]),
        false => args.names.iter().map(|name| container::find(store, name)).collect(),
    }
}

fn look(containers: Vec<Container>, with_stopped: bool) -> Result<Vec<(Container, Option<Sample>)>> {
    let mut seen = Vec::new();
    for container in containers {
        let sample = match Sample::take(&container) {
            Ok(sample) => sample,
            // It has ended while we looked.
            Err(_) if container.status()?.live().is_none() => None,
            Err(error) => return Err(error),
        };
        if sample.is_some() || with_stopped {
            seen.push((container, sample));
        }
    }
    Ok(seen)
}

fn row(container: &Container, sample: Option<&Sample>, earlier: &BTreeMap<String, Sample>, whole: bool) -> Row {
    let record = &container.record;
    let id = if whole { container.id() } else { container.short_id() };
    let Some(sample) = sample else {
        let nothing = format!("{NOTHING} / {NOTHING}");
        let mut fields = json!({"ID": id, "ContainerID": record.id, "Container": id, "Name": record.name});
        for field in ["MemUsage", "MemUsageBytes", "NetIO", "BlockIO"] {
            fields[field] = nothing.clone().into();
        }
        for field in ["CPUPerc", "MemPerc", "PIDs", "PIDS", "Up", "UpTime", "AVGCPU", "CPUBar", "MemBar"] {
            fields[field] = NOTHING.into();
        }
        return Row { document: document(&fields), fields };
    };
    let cpu = cpu_percent(&record.id, sample, earlier);
    let pair = |one: u64, other: u64, human: fn(u64) -> String| format!("{} / {}", human(one), human(other));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut fields = json!({
        "ID": id,
        "Container": id,
        "ContainerID": record.id,
        "Name": record.name,
        "CPU": cpu,
        "CPUPerc": format!("{cpu:.2}%"),
        "AvgCPU": sample.average_cpu(),
        "AVGCPU": format!("{:.2}%", sample.average_cpu()),
        "CPUNano": sample.cpu,
        "CPUSystemNano": sample.cpu_in_kernel,
        "SystemNano": sample.taken.as_nanosecond() as u64,
        "Duration": sample.cpu,
        "Up": units::go_duration(Duration::from_nanos(sample.cpu)),
        "UpTime": units::go_duration(Duration::from_nanos(sample.cpu)),
        "MemUsage": pair(sample.memory, sample.memory_limit, units::human_size_compact),
        "MemUsageBytes": pair(sample.memory, sample.memory_limit, units::human_memory),
        "MemLimit": sample.memory_limit,
        "MemPerc": format!("{:.2}%", sample.memory_percent()),
    });
    let (received, sent) = sample.network.unwrap_or_default();
    let more = json!({
        "NetInput": received,
        "NetOutput": sent,
        "NetIO": match sample.network {
            Some((received, sent)) => pair(received, sent, units::human_size_compact),
            None => format!("{NOTHING} / {NOTHING}"),
        },
        "BlockInput": sample.read,
        "BlockOutput": sample.written,
        "BlockIO": pair(sample.read, sample.written, units::human_size_compact),
        "PIDs": sample.pids,
        "PIDS": sample.pids,
        "CPUBar": bar(cpu / cores as f64),
        "MemBar": bar(sample.memory_percent()),
    });
    super::images::extend(&mut fields, more);
    Row { document: document(&fields), fields }
}

/// Of one CPU since the sample before, or since it started.
fn cpu_percent(id: &str, sample: &Sample, earlier: &BTreeMap<String, Sample>) -> f64 {
    match earlier.get(id).filter(|before| before.started == sample.started) {
        Some(before) => sample.cpu_since(before),
        None => sample.average_cpu(),
    }
}

/// What `--json` says of a container.
fn entry(
    (container, sample): &(Container, Option<Sample>),
    earlier: &BTreeMap<String, Sample>,
) -> json::ContainerUsage {
    let usage = |sample: &Sample| json::Used {
        time: Moment(sample.taken),
        started: Moment(sample.started),
        cpu_nanoseconds: sample.cpu,
        cpu_kernel_nanoseconds: sample.cpu_in_kernel,
        cpu_percent: cpu_percent(container.id(), sample, earlier),
        memory_bytes: sample.memory,
        memory_limit_bytes: sample.memory_limit,
        network_received_bytes: sample.network.map(|(received, _)| received),
        network_sent_bytes: sample.network.map(|(_, sent)| sent),
        block_read_bytes: sample.read,
        block_written_bytes: sample.written,
        processes: sample.pids,
    };
    json::ContainerUsage {
        id: container.id().to_owned(),
        name: container.record.name.clone(),
        usage: sample.as_ref().map(usage),
    }
}

/// What `--format json` says, in Podman's words.
fn document(fields: &Value) -> Value {
    json!({
        "id": fields["ID"],
        "name": fields["Name"],
        "cpu_time": fields["Up"],
        "cpu_percent": fields["CPUPerc"],
        "avg_cpu": fields["AVGCPU"],
        "mem_usage": fields["MemUsage"],
        "mem_percent": fields["MemPerc"],
        "net_io": fields["NetIO"],
        "block_io": fields["BlockIO"],
        "pids": fields["PIDs"].to_string().trim_matches('"'),
    })
}

/// Eighths of a cell are told apart: a share of one percent can be seen.
fn bar(percent: f64) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (percent.clamp(0.0, 100.0) / 100.0 * (BAR_WIDTH * 8) as f64).round() as usize;
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(PARTS[eighths % 8]);
    }
    let missing = BAR_WIDTH - text.chars().count();
    text + &"·".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_one_width() {
        for (percent, text) in [
            (0.0, "··········"),
            (50.0, "█████·····"),
            (100.0, "██████████"),
            (250.0, "██████████"),
            (1.25, "▏·········"),
        ] {
            assert_eq!(bar(percent), text, "{percent}");
        }
        assert!((0..=100).all(|percent| bar(percent.into()).chars().count() == BAR_WIDTH));
    }
}
