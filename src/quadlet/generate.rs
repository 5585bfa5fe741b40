//! Services for containers and pods that are there already (podman-generate-systemd(1)): they start and stop what there
//! is, or make it anew by the command line that it was made by.

use super::file::{literal, literal_word, program, quoted, section};
use super::labels::UNIT;

/// What the services have in common.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// How box is called, word by word.
    pub program: Vec<String>,
    /// The containers are made anew whenever the service starts.
    pub new: bool,
    /// Instances of the service have containers of their own.
    pub template: bool,
    /// Made when, for people; `None`: nothing is said of where the service comes from.
    pub header: Option<String>,
    /// A value of `Restart=`.
    pub restart: String,
    pub restart_sec: Option<u32>,
    pub start_timeout_sec: Option<u32>,
    /// Instead of the container's own.
    pub stop_timeout_sec: Option<u32>,
    /// `NAME=VALUE`
    pub env: Vec<String>,
    /// Further dependencies: (`After`, `x.service`).
    pub dependencies: Vec<(&'static str, String)>,
}

/// What a service is made of.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// `container-web`, without `.service`.
    pub unit: String,
    /// The name or ID by which commands name it.
    pub named: String,
    pub stop_timeout_sec: u32,
    /// `NAME=VALUE` of what its command line takes from the environment.
    pub env: Vec<String>,
    /// For a service that makes it: the options, and for a container what follows them.
    pub options: Vec<(String, Option<String>)>,
    pub rest: Vec<String>,
    /// Of a container in a pod: the service of the pod, and its name.
    pub pod: Option<(String, String)>,
    /// Of a pod: what holds it, and the services of its containers.
    pub holder: Option<String>,
    pub member_units: Vec<String>,
}

/// What a service adds itself to the command line of a container, or makes impossible.
const OWN: [&str; 11] = [
    "--detach",
    "--rm",
    "--replace",
    "--restart",
    "--cgroups",
    "--sdnotify",
    "--cidfile",
    "--name",
    "--rmi",
    "--pod",
    "--pod-id-file",
];
const OWN_OF_POD: [&str; 6] =
    ["--replace", "--name", "--infra-conmon-pidfile", "--pod-id-file", "--exit-policy", "--infra-name"];

/// The text of the service of a container.
pub fn of_container(wanted: &Wanted, subject: &Subject) -> String {
    let mut lines = Vec::new();
    let seconds = wanted.stop_timeout_sec.unwrap_or(subject.stop_timeout_sec).to_string();
    let named = literal_word(&subject.named);
    let name = if wanted.template { format!("{named}-%i") } else { named };
    if wanted.new {
        let mut words = vec!["run", "--name", &name, "--replace", "--rm", "--cgroups", "split"];
        words.extend(["--sdnotify", "conmon", "--detach"]);
        // The pod's service makes it anew as well, with another ID.
        let pod = subject.pod.as_ref().map_or("", |(_, name)| name);
        words.extend(["--pod", pod].into_iter().filter(|_| !pod.is_empty()));
        let kept = kept(&subject.options, &OWN);
        words.extend(kept.iter().map(String::as_str));
        let rest: Vec<String> = subject.rest.iter().map(|word| literal_word(word)).collect();
        words.extend(rest.iter().map(String::as_str));
        lines.push(("ExecStart", command(wanted, &words)));
        let remove = command(wanted, &["rm", "-v", "-f", "-i", "-t", &seconds, &name]);
        lines.extend([("ExecStop", remove.clone()), ("ExecStopPost", format!("-{remove}"))]);
    } else {
        lines.push(("ExecStart", command(wanted, &["start", "--sdnotify", "conmon", &name])));
        let stop = command(wanted, &["stop", "-t", &seconds, &name]);
        lines.extend([("ExecStop", stop.clone()), ("ExecStopPost", format!("-{stop}"))]);
    }
    lines.extend([("Type", "notify".to_owned()), ("NotifyAccess", "all".to_owned())]);
    lines.extend([("Delegate", "yes".to_owned()), ("KillMode", "mixed".to_owned())]);
    // Of a program that ends by the signal that stops it.
    lines.push(("SuccessExitStatus", "143".to_owned()));
    text(wanted, subject, lines)
}

/// The text of the service of a pod.
pub fn of_pod(wanted: &Wanted, subject: &Subject) -> String {
    let mut lines = Vec::new();
    let seconds = wanted.stop_timeout_sec.unwrap_or(subject.stop_timeout_sec).to_string();
    let name = subject.named.as_str();
    if wanted.new {
        let mut words = vec!["pod", "create", "--name", name, "--replace", "--infra-conmon-pidfile", "%t/%N.pid"];
        words.extend(["--exit-policy", "stop"]);
        let kept = kept(&subject.options, &OWN_OF_POD);
        words.extend(kept.iter().map(String::as_str));
        lines.push(("ExecStartPre", command(wanted, &words)));
        lines.push(("ExecStart", command(wanted, &["pod", "start", name])));
        lines.push(("ExecStop", command(wanted, &["pod", "stop", "--ignore", "-t", &seconds, name])));
        lines.push(("ExecStopPost", format!("-{}", command(wanted, &["pod", "rm", "--ignore", "-f", name]))));
        lines.extend([("Type", "forking".to_owned()), ("PIDFile", "%t/%N.pid".to_owned())]);
    } else {
        let holder = subject.holder.as_deref().unwrap_or(name);
        lines.push(("ExecStart", command(wanted, &["start", "--sdnotify", "conmon", holder])));
        let stop = command(wanted, &["stop", "-t", &seconds, holder]);
        lines.extend([("ExecStop", stop.clone()), ("ExecStopPost", format!("-{stop}"))]);
        lines.extend([("Type", "notify".to_owned()), ("NotifyAccess", "all".to_owned())]);
        lines.push(("Delegate", "yes".to_owned()));
    }
    text(wanted, subject, lines)
}

fn text(wanted: &Wanted, subject: &Subject, own: Vec<(&str, String)>) -> String {
    let unit = &subject.unit;
    let description = literal(&format!("Box {unit}.service"));
    let mut about = vec![("Description", description), ("Documentation", "man:box-unit(7)".to_owned())];
    about.extend(["Wants", "After"].map(|key| (key, "network-online.target".to_owned())));
    if let Some((pod, _)) = &subject.pod {
        about.extend(["BindsTo", "After"].map(|key| (key, format!("{pod}.service"))));
    }
    for member in &subject.member_units {
        about.extend(["Wants", "Before"].map(|key| (key, format!("{member}.service"))));
    }
    about.extend(wanted.dependencies.iter().cloned());

    let stop_timeout_sec = wanted.stop_timeout_sec.unwrap_or(subject.stop_timeout_sec);
    let mut lines = vec![("Environment", format!("{UNIT}=%n"))];
    lines.extend(subject.env.iter().chain(&wanted.env).map(|pair| ("Environment", quoted(&literal(pair)))));
    lines.push(("Restart", wanted.restart.clone()));
    lines.extend(wanted.restart_sec.map(|seconds| ("RestartSec", seconds.to_string())));
    lines.extend(wanted.start_timeout_sec.map(|seconds| ("TimeoutStartSec", seconds.to_string())));
    // Longer than it takes box to kill what does not stop.
    lines.push(("TimeoutStopSec", stop_timeout_sec.saturating_add(60).to_string()));
    lines.extend(own);

    let header = wanted.header.as_ref().map(|when| format!("# {unit}.service\n# Made by box {when}\n\n"));
    let sections = [
        section("Unit", &about),
        section("Service", &lines),
        section("Install", &[("WantedBy", "default.target".to_owned())]),
    ];
    header.unwrap_or_default() + &sections.join("\n")
}

/// Of words in which `%` and `$` have the meaning that systemd gives them.
fn command(wanted: &Wanted, words: &[&str]) -> String {
    let (first, globals) = wanted.program.split_first().expect("a program has a path");
    let globals = globals.iter().map(|word| quoted(&literal_word(word)));
    let words = globals.chain(words.iter().map(|word| quoted(word)));
    format!("{} {}", program(first), words.collect::<Vec<_>>().join(" "))
}

/// The options that the service leaves as they are.
fn kept(options: &[(String, Option<String>)], own: &[&str]) -> Vec<String> {
    let others = options.iter().filter(|(option, _)| !own.contains(&option.as_str()));
    others
        .map(|(option, value)| match value {
            Some(value) => format!("{option}={}", literal_word(value)),
            None => option.clone(),
        })
        .collect()
}
