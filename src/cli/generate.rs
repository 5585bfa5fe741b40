//! `box generate systemd`: services for containers and pods that are there, as scripts written for Podman want them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Zoned;

use super::options::command_line::{CommandLine, made_by};
use super::unit::program;
use super::{Globals, print};
use crate::container::{self, Container};
use crate::disk::atomic;
use crate::error::{During as _, Error, Kind, Result};
use crate::pod::{self, Pod};
use crate::quadlet::generate::{Subject, Wanted, of_container, of_pod};

/// Print services of systemd for containers and pods that are there; unit files (box-quadlet(5)) are simpler
#[derive(clap::Args)]
pub struct SystemdArgs {
    /// Name things by their names, not by their IDs
    #[arg(short, long)]
    name: bool,
    /// Write each service into a file of the working directory
    #[arg(short, long)]
    files: bool,
    /// Make them anew at each start, by the command lines that they were made by, and remove them at each stop
    #[arg(long)]
    new: bool,
    /// With --new: a template, whose instances have containers of their own
    #[arg(long, requires = "new")]
    template: bool,
    /// Say nothing of where the service comes from
    #[arg(long)]
    no_header: bool,
    /// Print a document of `json`
    #[arg(long, value_name = "FORMAT", value_parser = ["json"])]
    format: Option<String>,
    /// When systemd starts it again
    #[arg(long, value_name = "POLICY", default_value = "on-failure", value_parser =
        ["no", "always", "on-success", "on-failure", "on-abnormal", "on-abort", "on-watchdog"])]
    restart_policy: String,
    /// Seconds before it does
    #[arg(long, value_name = "SECONDS")]
    restart_sec: Option<u32>,
    /// Seconds that a start may take
    #[arg(long, value_name = "SECONDS")]
    start_timeout: Option<u32>,
    /// Seconds before a container that does not stop is killed; the container's own without
    #[arg(short = 't', long, alias = "time", value_name = "SECONDS")]
    stop_timeout: Option<u32>,
    /// What names of services of containers begin with
    #[arg(long, value_name = "TEXT", default_value = "container")]
    container_prefix: String,
    /// What names of services of pods begin with
    #[arg(long, value_name = "TEXT", default_value = "pod")]
    pod_prefix: String,
    /// What stands after that
    #[arg(long, value_name = "TEXT", default_value = "-")]
    separator: String,
    /// Set a variable in the service; without a value, as it is here
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Add a unit to After=
    #[arg(long, value_name = "UNIT")]
    after: Vec<String>,
    /// Add a unit to Requires=
    #[arg(long, value_name = "UNIT")]
    requires: Vec<String>,
    /// Add a unit to Wants=
    #[arg(long, value_name = "UNIT")]
    wants: Vec<String>,
    /// The name or ID of a container or pod
    #[arg(value_name = "NAME")]
    subject: String,
}

pub fn run_systemd(args: SystemdArgs, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let wanted = args.wanted(globals)?;
    let services = match pod::find(&store, &args.subject) {
        Ok(pod) => args.pod(&wanted, &pod)?,
        Err(error) if error.kind == Kind::Absent => {
            let container = container::find(&store, &args.subject)?;
            if container.record.settings.pod.is_some() {
                return Err(Error::usage(format!("container `{}` is in a pod; name that", container.record.name)));
            }
            BTreeMap::from([args.container(&wanted, &container, None)?])
        }
        Err(error) => return Err(error),
    };
    let shown = if args.files { written(&services)? } else { services };
    match args.format {
        Some(_) => print::line(serde_json::to_string_pretty(&shown)?)?,
        None if args.files => shown.values().try_for_each(print::line)?,
        None => print::block(&shown.into_values().collect::<Vec<_>>().join("\n"))?,
    }
    Ok(0)
}

/// Writes the services; their paths by their names.
fn written(services: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let write = |(unit, text): (&String, &String)| {
        let path = std::path::absolute(PathBuf::from(format!("{unit}.service")))?;
        atomic::write(&path, text.as_bytes()).during(|| format!("write `{}`", path.display()))?;
        Ok((unit.clone(), path.to_string_lossy().into_owned()))
    };
    services.iter().map(write).collect()
}

/// `NAME=VALUE` for a service's environment. systemd passes over names and values that it takes for mistakes.
fn in_service(pair: String) -> Result<String> {
    let (name, value) = pair.split_once('=').expect("it is a pair");
    let is_name = |name: &str| {
        !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    if !is_name(name) {
        return Err(Error::usage(format!("`{}` is no name of a variable for systemd", name.escape_debug())));
    }
    match value.chars().find(|letter| letter.is_ascii_control() && !"\t\n".contains(*letter)) {
        Some(letter) => Err(Error::usage(format!(
            "the variable `{name}` has the character `{}` in it, which systemd refuses in Environment=",
            letter.escape_debug()
        ))
        .with_hint("give it by --env-file")),
        None => Ok(pair),
    }
}

const WITHOUT_NEW: &str = "without --new the service starts and stops what is there";

impl SystemdArgs {
    fn wanted(&self, globals: &Globals) -> Result<Wanted> {
        let mut words = vec![program()];
        for (option, place) in [("--root", &globals.root), ("--runroot", &globals.runroot)] {
            if let Some(place) = place {
                let place = std::path::absolute(place)?;
                words.extend([option.to_owned(), place.to_string_lossy().into_owned()]);
            }
        }
        let pair = |text: &String| match text.contains('=') {
            true => in_service(text.clone()),
            false => std::env::var(text)
                .map_err(|_| Error::usage(format!("--env {text}: there is no such variable here")))
                .and_then(|value| in_service(format!("{text}={value}"))),
        };
        let units = [("After", &self.after), ("Requires", &self.requires), ("Wants", &self.wants)];
        let dependencies = units.into_iter().flat_map(|(key, units)| units.iter().map(move |unit| (key, unit.clone())));
        Ok(Wanted {
            program: words,
            new: self.new,
            template: self.template,
            header: (!self.no_header).then(|| Zoned::now().strftime("on %a %d %b %Y at %H:%M").to_string()),
            restart: self.restart_policy.clone(),
            restart_sec: self.restart_sec,
            start_timeout_sec: self.start_timeout,
            stop_timeout_sec: self.stop_timeout,
            env: self.env.iter().map(pair).collect::<Result<_>>()?,
            dependencies: dependencies.collect(),
        })
    }

    /// The name of the service, and its text.
    fn container(&self, wanted: &Wanted, container: &Container, pod: Option<&Pod>) -> Result<(String, String)> {
        let record = &container.record;
        let mut subject = Subject {
            unit: self.container_unit(container),
            named: if self.name || self.new { record.name.clone() } else { container.id().to_owned() },
            stop_timeout_sec: record.settings.stop_timeout,
            pod: pod.map(|pod| (self.pod_unit(pod), pod.name().to_owned())),
            ..Subject::default()
        };
        if self.new {
            let made = &record.settings;
            let words = made_by(&made.create_command, &record.name, &[&["run"], &["create"]]).hint(|| WITHOUT_NEW)?;
            let line = CommandLine::read(&["run"], &words, made.create_dir.as_deref())?;
            (subject.options, subject.rest) = (line.options, line.rest);
            let named = |(option, value): &(String, Option<String>)| match (option.as_str(), value) {
                ("--env", Some(name)) if !name.contains(['=', '*']) => Some(name.clone()),
                _ => None,
            };
            for name in subject.options.iter().filter_map(named) {
                let pairs = made.env.iter().filter(|(known, _)| *known == name);
                let pairs = pairs.map(|(name, value)| in_service(format!("{name}={value}")));
                subject.env.extend(pairs.collect::<Result<Vec<_>>>()?);
            }
        }
        let text = of_container(wanted, &subject);
        Ok((subject.unit, text))
    }

    fn pod(&self, wanted: &Wanted, pod: &Pod) -> Result<BTreeMap<String, String>> {
        if self.template {
            return Err(Error::usage("--template is for containers, not for pods"));
        }
        if pod.settings().is_bare {
            return Err(Error::usage(format!("pod `{}` has nothing that holds it (--infra=false)", pod.name())));
        }
        let holder = &pod.holder.record;
        let mut subject = Subject {
            unit: self.pod_unit(pod),
            named: pod.name().to_owned(),
            stop_timeout_sec: holder.settings.stop_timeout,
            holder: Some(if self.name { holder.name.clone() } else { holder.id.clone() }),
            member_units: pod.members.iter().map(|member| self.container_unit(member)).collect(),
            ..Subject::default()
        };
        if self.new {
            let words =
                made_by(&holder.settings.create_command, pod.name(), &[&["pod", "create"]]).hint(|| WITHOUT_NEW)?;
            // What follows is the pod's name, and no path.
            let line = CommandLine::read(&["pod", "create"], &words, holder.settings.create_dir.as_deref())?;
            subject.options = line.options;
        }
        let mut services = BTreeMap::from([(subject.unit.clone(), of_pod(wanted, &subject))]);
        for member in &pod.members {
            services.extend([self.container(wanted, member, Some(pod))?]);
        }
        Ok(services)
    }

    fn container_unit(&self, container: &Container) -> String {
        let own = if self.name { container.record.name.as_str() } else { container.id() };
        let at = if self.template { "@" } else { "" };
        format!("{}{own}{at}", self.beginning(&self.container_prefix))
    }

    fn pod_unit(&self, pod: &Pod) -> String {
        format!("{}{}", self.beginning(&self.pod_prefix), if self.name { pod.name() } else { pod.id() })
    }

    /// Of a name; nothing stands before it where there is no prefix.
    fn beginning(&self, prefix: &str) -> String {
        if prefix.is_empty() { String::new() } else { format!("{prefix}{}", self.separator) }
    }
}
