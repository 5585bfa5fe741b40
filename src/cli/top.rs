//! `box top`: the processes of a container, in the words of ps(1) and of Podman.
//!
//! All of it is read from /proc outside. Arguments of ps are understood here rather than handed to the container's own
//! ps: no program of a container runs for this (CVE-2022-1227).

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::json::{self, JsonOption, Moment};
use super::selection::find_one;
use super::{Globals, print, table, units};
use crate::container::Container;
use crate::container::top::{Process, Snapshot, snapshot};
use crate::error::{Error, Result};
use crate::sys::capability;

/// Show the processes of a container
#[derive(clap::Args)]
pub struct Args {
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    #[command(flatten)]
    json: JsonOption,
    /// Name or ID of the container and, after it, what to show of each process: descriptors such as `pid`, `user`,
    /// `args`, `hpid`, `capeff`, `seccomp`, or arguments of ps: -ef, aux, -o LIST
    #[arg(value_name = "CONTAINER [DESCRIPTOR]...", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let mut words = args.words.into_iter().filter(|word| word != "--").peekable();
    // Behind a name, `-l` would be an argument of ps.
    let latest = args.latest || words.next_if(|word| word == "-l" || word == "--latest").is_some();
    let name = if latest { None } else { words.next() };
    let words: Vec<String> = words.collect();
    let as_json = args.json.instead_of(&[("descriptors", !words.is_empty())])?;
    let columns = columns(&words)?;
    let container = find_one(&globals.store()?, name.as_deref(), latest)?;
    match as_json {
        true => show_document([&container]).map(|()| 0),
        false => show([&container], &columns).map(|()| 0),
    }
}

/// Shows the processes of containers that run, those of one below those of the other.
pub fn show<'c>(containers: impl IntoIterator<Item = &'c Container>, columns: &[Column]) -> Result<()> {
    let mut lines = vec![columns.iter().map(|column| column.heading).collect::<Vec<_>>().join("\t")];
    for container in containers {
        let snapshot = snapshot(container)?;
        for process in &snapshot.processes {
            let cells = columns.iter().map(|column| one_line(&(column.show)(process, &snapshot)));
            lines.push(cells.collect::<Vec<_>>().join("\t"));
        }
    }
    print::block(&table::align(&lines))
}

/// The same by `--json`.
pub fn show_document<'c>(containers: impl IntoIterator<Item = &'c Container>) -> Result<()> {
    let mut entries = Vec::new();
    for container in containers {
        let snapshot = snapshot(container)?;
        entries.extend(snapshot.processes.iter().map(|process| entry(container, process, &snapshot)));
    }
    json::print_list(&entries)
}

fn entry(container: &Container, process: &Process, snapshot: &Snapshot) -> json::Process {
    json::Process {
        container_id: container.id().to_owned(),
        pid: process.pid,
        parent_pid: process.parent,
        host_pid: process.host_pid,
        user: snapshot.inside.user(process.uids.effective),
        uid: snapshot.inside.uid(process.uids.effective),
        gid: snapshot.inside.gid(process.gids.effective),
        name: process.stat.name.clone(),
        command_line: process.command_line.clone(),
        state: process.stat.state().to_string(),
        started: Moment(process.started(snapshot)),
        cpu_nanoseconds: process.cpu_time().as_nanos() as u64,
        resident_bytes: process.resident_kib() * 1024,
        virtual_bytes: process.virtual_kib() * 1024,
    }
}

/// Whatever a program calls itself stays in its cell.
fn one_line(text: &str) -> String {
    text.replace(['\t', '\n'], " ")
}

/// What is shown of each process.
#[derive(Clone, Copy)]
pub struct Column {
    /// As Podman calls it.
    name: &'static str,
    /// As `ps -o` of the AIX kind calls it: `%p`.
    letter: char,
    heading: &'static str,
    show: fn(&Process, &Snapshot) -> String,
}

const fn column(
    name: &'static str,
    letter: char,
    heading: &'static str,
    show: fn(&Process, &Snapshot) -> String,
) -> Column {
    Column { name, letter, heading, show }
}

/// No column has this letter.
const NONE: char = ' ';

const COLUMNS: [Column; 34] = [
    column("args", 'a', "COMMAND", |process, _| process.command_line.clone()),
    column("capamb", NONE, "AMBIENT CAPS", |process, _| capabilities(process, "CapAmb")),
    column("capbnd", NONE, "BOUNDING CAPS", |process, _| capabilities(process, "CapBnd")),
    column("capeff", NONE, "EFFECTIVE CAPS", |process, _| capabilities(process, "CapEff")),
    column("capinh", NONE, "INHERITED CAPS", |process, _| capabilities(process, "CapInh")),
    column("capprm", NONE, "PERMITTED CAPS", |process, _| capabilities(process, "CapPrm")),
    column("comm", 'c', "COMMAND", |process, _| process.stat.name.clone()),
    column("etime", 't', "ELAPSED", |process, now| units::go_duration(process.elapsed(now))),
    column("group", 'G', "GROUP", |process, seen| seen.inside.group(process.gids.effective)),
    column("groups", NONE, "GROUPS", |process, seen| listed(&process.groups, |gid| seen.inside.group(gid))),
    column("hgroup", NONE, "HGROUP", |process, seen| seen.outside.group(process.gids.effective)),
    column("hgroups", NONE, "HGROUPS", |process, seen| listed(&process.groups, |gid| seen.outside.group(gid))),
    column("hpid", NONE, "HPID", |process, _| process.host_pid.to_string()),
    column("huser", NONE, "HUSER", |process, seen| seen.outside.user(process.uids.effective)),
    column("label", NONE, "LABEL", |process, _| process.label.clone()),
    column("nice", 'n', "NI", |process, _| process.stat.field(19).to_owned()),
    column("pcpu", 'C', "%CPU", |process, now| format!("{:.3}", process.cpu_percent(now))),
    column("pgid", 'r', "PGID", |process, _| process.group_leader.to_string()),
    column("pid", 'p', "PID", |process, _| process.pid.to_string()),
    column("ppid", 'P', "PPID", |process, _| process.parent.to_string()),
    column("rgroup", 'g', "RGROUP", |process, seen| seen.inside.group(process.gids.real)),
    column("rss", NONE, "RSS", |process, _| process.resident_kib().to_string()),
    column("ruser", 'u', "RUSER", |process, seen| seen.inside.user(process.uids.real)),
    column("seccomp", NONE, "SECCOMP", |process, _| seccomp(process)),
    column("state", NONE, "STATE", |process, _| process.stat.state().to_string()),
    column("stime", NONE, "STIME", |process, now| units::go_time(process.started(now), TimeZone::system())),
    column("time", 'x', "TIME", |process, _| units::go_duration(whole_seconds(process.cpu_time()))),
    column("tty", 'y', "TTY", |process, _| process.terminal()),
    column("user", 'U', "USER", |process, seen| seen.inside.user(process.uids.effective)),
    column("vsz", 'z', "VSZ", |process, _| process.virtual_kib().to_string()),
    column("uid", NONE, "UID", |process, seen| seen.inside.uid(process.uids.effective).to_string()),
    column("gid", NONE, "GID", |process, seen| seen.inside.gid(process.gids.effective).to_string()),
    column("sid", NONE, "SID", |process, _| process.session.to_string()),
    column("nlwp", NONE, "NLWP", |process, _| process.stat.field(20).to_owned()),
];

/// Columns as ps(1) shows them, where that differs from Podman.
const OF_PS: [Column; 10] = [
    column("c", NONE, "C", |process, now| format!("{:.0}", process.cpu_percent(now))),
    column("cmd", NONE, "CMD", |process, _| process.command_line.clone()),
    column("ps-pcpu", NONE, "%CPU", |process, now| format!("{:.1}", process.cpu_percent(now))),
    column("pmem", NONE, "%MEM", |process, now| format!("{:.1}", process.memory_percent(now))),
    column("stat", NONE, "STAT", |process, _| process.stat.state().to_string()),
    column("ps-stime", NONE, "STIME", clock),
    column("start", NONE, "START", clock),
    column("ps-time", NONE, "TIME", |process, _| hours(process.cpu_time())),
    column("ps-etime", NONE, "ELAPSED", |process, now| days(process.elapsed(now))),
    column("etimes", NONE, "ELAPSED", |process, now| process.elapsed(now).as_secs().to_string()),
];

/// Other names of ps(1) for the same.
const ALIASES: [(&str, &str); 27] = [
    ("command", "args"),
    ("%cpu", "ps-pcpu"),
    ("pcpu", "ps-pcpu"),
    ("%mem", "pmem"),
    ("time", "ps-time"),
    ("cputime", "ps-time"),
    ("etime", "ps-etime"),
    ("stime", "ps-stime"),
    ("start_time", "ps-stime"),
    ("bsdstart", "start"),
    ("ni", "nice"),
    ("pgrp", "pgid"),
    ("sess", "sid"),
    ("session", "sid"),
    ("s", "state"),
    ("tt", "tty"),
    ("tname", "tty"),
    ("rssize", "rss"),
    ("rsz", "rss"),
    ("vsize", "vsz"),
    ("ucmd", "comm"),
    ("ucomm", "comm"),
    ("euser", "user"),
    ("egroup", "group"),
    ("euid", "uid"),
    ("egid", "gid"),
    ("thcount", "nlwp"),
];

const DEFAULT: [&str; 8] = ["user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"];
/// `ps -ef` and `ps aux`.
const FULL: &str = "user,pid,ppid,c,stime,tty,time,cmd";
const OF_USERS: &str = "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,time,command";

/// What arguments behind the name of a container ask for: descriptors, or arguments of ps.
pub fn columns(words: &[String]) -> Result<Vec<Column>> {
    let names: Vec<&str> = words.iter().flat_map(|word| word.split(',')).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return DEFAULT.into_iter().map(descriptor).collect();
    }
    // One that Podman does not know makes all of them arguments of ps, as there.
    match names.iter().copied().map(descriptor).collect::<Result<Vec<_>>>() {
        Ok(columns) => Ok(columns),
        Err(unknown) => of_ps(words).unwrap_or(Err(unknown)),
    }
}

fn descriptor(name: &str) -> Result<Column> {
    let is_meant = |column: &&Column| match name.strip_prefix('%') {
        Some(letter) => column.letter != NONE && letter.chars().eq([column.letter]),
        None => column.name == name,
    };
    COLUMNS.iter().find(is_meant).copied().ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    Error::usage(format!("unknown descriptor `{}`", name.escape_debug()))
        .with_hint(format!("use {}; or -ef, aux or -o LIST as with ps", names.join(", ")))
}

/// `None`: these are no arguments of ps.
fn of_ps(words: &[String]) -> Option<Result<Vec<Column>>> {
    let mut chosen: Vec<String> = Vec::new();
    let mut format = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (letters, list) = match word.split_once('=') {
            Some(("--format", list)) => ("o", Some(list.to_owned())),
            _ => (word.strip_prefix('-').unwrap_or(word), None),
        };
        let is_dashed = word.starts_with('-');
        // What is behind `o` is its list, or the next word is.
        let (flags, list) = match letters.split_once('o') {
            _ if list.is_some() => ("", list),
            Some((flags, "")) => (flags, Some(words.next()?.clone())),
            Some((flags, list)) => (flags, Some(list.to_owned())),
            None => (letters, None),
        };
        chosen.extend(list);
        for flag in flags.chars() {
            match flag {
                // All processes of the container are shown in any case, and lines are never cut.
                'a' | 'x' | 'A' | 'e' | 'w' | 'H' => {}
                'f' if is_dashed => format = Some(FULL),
                'u' if !is_dashed => format = Some(OF_USERS),
                _ => return None,
            }
        }
    }
    let list = if chosen.is_empty() { format.unwrap_or("pid,tty,time,cmd").to_owned() } else { chosen.join(",") };
    Some(list.split(',').filter(|name| !name.is_empty()).map(column_of_ps).collect())
}

fn column_of_ps(name: &str) -> Result<Column> {
    // `pid=` means a column without a heading.
    let (wanted, heading) = name.split_once('=').map_or((name, None), |(name, heading)| (name, Some(heading)));
    let meant = ALIASES.iter().find(|(alias, _)| *alias == wanted).map_or(wanted, |(_, name)| *name);
    let found = OF_PS.iter().chain(&COLUMNS).find(|column| column.name == meant).copied();
    let column = found.ok_or_else(|| unknown(wanted))?;
    match heading {
        Some("") => Ok(Column { heading: "", ..column }),
        _ => Ok(column),
    }
}

fn listed(ids: &[u32], name: impl Fn(u32) -> String) -> String {
    ids.iter().map(|id| name(*id)).collect::<Vec<_>>().join(",")
}

/// `none`, `full`, or the names without `CAP_`.
fn capabilities(process: &Process, set: &str) -> String {
    let bits = u64::from_str_radix(process.status(set), 16).unwrap_or(0);
    let named: Vec<String> = capability::NAMES
        .iter()
        .enumerate()
        .filter(|(number, _)| bits >> number & 1 == 1)
        .map(|(_, name)| name.trim_start_matches("CAP_").to_owned())
        .collect();
    match named.len() {
        0 => "none".to_owned(),
        count if count == capability::NAMES.len() => "full".to_owned(),
        _ => named.join(","),
    }
}

fn seccomp(process: &Process) -> String {
    match process.status("Seccomp") {
        "0" => "disabled".to_owned(),
        "1" => "strict".to_owned(),
        "2" => "filter".to_owned(),
        other => other.to_owned(),
    }
}

fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}

/// `12:05` today, else `Jan31`.
fn clock(process: &Process, now: &Snapshot) -> String {
    let zone = TimeZone::system();
    let (started, today) = (process.started(now).to_zoned(zone.clone()), Timestamp::now().to_zoned(zone));
    let format = if started.date() == today.date() { "%H:%M" } else { "%b%d" };
    started.strftime(format).to_string()
}

/// `00:01:02`
fn hours(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `1-02:03:04`, `02:03:04` or `03:04`.
fn days(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24) {
        (0, 0) => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        (0, hours) => format!("{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
        (days, hours) => format!("{days}-{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        columns(&words).ok().map(|columns| columns.iter().map(|column| column.heading).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn columns_are_asked_for_as_with_podman_or_as_with_ps() {
        for (line, expected) in [
            ("", Some("USER PID PPID %CPU ELAPSED TTY TIME COMMAND")),
            ("pid,user args", Some("PID USER COMMAND")),
            ("%p %C %a", Some("PID %CPU COMMAND")),
            ("hpid capeff seccomp", Some("HPID EFFECTIVE CAPS SECCOMP")),
            ("-ef", Some("USER PID PPID C STIME TTY TIME CMD")),
            ("aux", Some("USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND")),
            ("-e -o pid,comm", Some("PID COMMAND")),
            ("-eo pid,ppid", Some("PID PPID")),
            ("-opid", Some("PID")),
            ("--format=pid,%cpu", Some("PID %CPU")),
            ("-o pid= -o stat", Some(" STAT")),
            ("ax", Some("PID TTY TIME CMD")),
            ("nonsense", None),
            ("-eo pid,nonsense", None),
            ("-Z", None),
            ("-o", None),
            ("%", None),
            ("% ", None),
        ] {
            assert_eq!(headings(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn times_are_those_of_ps() {
        assert_eq!(hours(Duration::from_secs(3661)), "01:01:01");
        for (seconds, text) in [(5, "00:05"), (3600, "01:00:00"), (90_061, "1-01:01:01")] {
            assert_eq!(days(Duration::from_secs(seconds)), text);
        }
    }
}
