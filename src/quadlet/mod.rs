//! Quadlet (podman-systemd.unit(5)): unit files that describe a container, a pod, a volume, a network or an image
//! become services.
//!
//! ```text
//! web.container   [Container] Image= ...   ->   web.service          ExecStart=box run ...
//! web.pod         [Pod] ...                ->   web-pod.service      ExecStart=box pod start ...
//! data.volume     [Volume] ...             ->   data-volume.service  ExecStart=box volume create ...
//! net.network     [Network] ...            ->   net-network.service  ExecStart=box network create ...
//! nginx.image     [Image] Image=           ->   nginx-image.service  ExecStart=box pull ...
//! ```
//!
//! Everything is a function of the files; what is done with the services, the caller decides. Sections that are
//! systemd's own (`[Unit]`, `[Service]`, `[Install]`) are kept; names of unit files in them become those of services.

pub mod labels;
pub mod generate;

mod file;
mod keys;
mod service;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use file::UnitFile;

/// Where services are made.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'s> {
    /// How box is called.
    pub program: &'s str,
    /// For a user's systemd, not for the machine's.
    pub is_of_user: bool,
    /// Unit files that others may name, besides those in the same folder.
    pub unit_files: &'s [PathBuf],
}

/// A service that stands for a unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `web.service`
    pub name: String,
    pub text: String,
    /// What it runs, word by word, without the program.
    pub command: Vec<String>,
    /// The links to it that its section [Install] asks for, from the folder of units on:
    /// `default.target.wants/web.service`, `alias.service`.
    pub links: Vec<PathBuf>,
    pub source: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Container,
    Pod,
    Volume,
    Network,
    Image,
}

/// Each kind of unit files: how their names end, and what they are here, or why they are nothing here.
const KINDS: [(&str, std::result::Result<Kind, &str>); 8] = [
    ("container", Ok(Kind::Container)),
    ("pod", Ok(Kind::Pod)),
    ("volume", Ok(Kind::Volume)),
    ("network", Ok(Kind::Network)),
    ("image", Ok(Kind::Image)),
    ("build", Err("box builds no images; build it elsewhere, and name it by Image=")),
    ("kube", Err("box reads no Kubernetes YAML; write a .container for each of its containers")),
    ("artifact", Err("box pulls no artifacts of OCI that are no images")),
];

impl Kind {
    fn of(path: &Path) -> Result<Kind> {
        match kind_of(path) {
            Some(Ok(kind)) => Ok(kind),
            Some(Err(why)) => Err(Error::usage(format!("`{}`: {why}", path.display()))),
            None => Err(Error::usage(format!(
                "`{}`: expected NAME.container, NAME.pod, NAME.volume, NAME.network or NAME.image",
                path.display()
            ))),
        }
    }

    fn section(self) -> &'static str {
        match self {
            Kind::Container => "Container",
            Kind::Pod => "Pod",
            Kind::Volume => "Volume",
            Kind::Network => "Network",
            Kind::Image => "Image",
        }
    }

    fn keys(self) -> &'static [(&'static str, keys::Form)] {
        match self {
            Kind::Container => keys::CONTAINER,
            Kind::Pod => keys::POD,
            Kind::Volume => keys::VOLUME,
            Kind::Network => keys::NETWORK,
            Kind::Image => keys::IMAGE,
        }
    }
}

fn kind_of(path: &Path) -> Option<std::result::Result<Kind, &'static str>> {
    let extension = path.extension()?;
    KINDS.iter().find(|(ending, _)| extension == *ending).map(|(_, kind)| *kind)
}

/// How services begin that were made here.
pub const MARK: &str = "# Made by box of ";

/// A unit file for a container that was started by hand: with these options of `run`, this image and command.
pub fn from_run(options: &[(String, Option<String>)], rest: &[String], description: &str) -> String {
    /// What a service does by itself.
    const OWN: [&str; 7] = ["--detach", "--rm", "--replace", "--restart", "--cgroups", "--sdnotify", "--cidfile"];
    let mut lines = Vec::new();
    let mut further = Vec::new();
    let has_rootfs = options.iter().any(|(option, value)| option == "--rootfs" && value.as_deref() != Some("false"));
    let is_own = |option: &str| OWN.contains(&option) || (has_rootfs && option == "--rootfs");
    for (option, value) in options.iter().filter(|(option, _)| !is_own(option)) {
        let key = match (option.as_str(), value.as_deref()) {
            ("--name", Some(_)) => Some("ContainerName"),
            ("--volume", Some(_)) => Some("Volume"),
            ("--mount", Some(_)) => Some("Mount"),
            ("--network", Some(_)) => Some("Network"),
            ("--user", Some(user)) if !user.contains(':') => Some("User"),
            ("--env-file", Some(_)) => Some("EnvironmentFile"),
            ("--device", Some(_)) => Some("AddDevice"),
            _ => None,
        };
        let line = match (key, option.as_str(), value.as_deref()) {
            (Some(key), _, Some(value)) => line(key, value),
            (_, "--security-opt", Some("no-new-privileges")) => Some("NoNewPrivileges=yes".to_owned()),
            (_, option, value) => line_of(option, value),
        };
        match (line, value) {
            (Some(line), _) => lines.push(line),
            (None, Some(value)) => further.push(file::quoted(&format!("{option}={}", file::literal_word(value)))),
            (None, None) => further.push(option.clone()),
        }
    }
    if !further.is_empty() {
        lines.push(format!("PodmanArgs={}", further.join(" ")));
    }
    let mut rest = rest.iter();
    let image = file::literal_word(rest.next().map_or("", String::as_str));
    lines.insert(0, format!("{}={image}", if has_rootfs { "Rootfs" } else { "Image" }));
    let command: Vec<String> = rest.map(|word| file::quoted(&file::literal_word(word))).collect();
    if !command.is_empty() {
        lines.push(format!("Exec={}", command.join(" ")));
    }
    let restart = match options.iter().find(|(option, _)| option == "--restart") {
        Some((_, Some(policy))) if policy == "always" || policy == "unless-stopped" => "always",
        Some((_, Some(policy))) if policy.starts_with("on-failure") => "on-failure",
        _ => "no",
    };
    let description = file::literal(&description.replace(char::is_control, " "));
    format!(
        "[Unit]\nDescription={description}\n\n[Container]\n{}\n\n[Service]\nRestart={restart}\n\n\
         [Install]\nWantedBy=default.target\n",
        lines.join("\n")
    )
}

/// A key whose value goes to the end of the line, as it is; `None` where the value would not survive that.
fn line(key: &str, value: &str) -> Option<String> {
    let survives = !value.is_empty()
        && value.trim() == value
        && !value.ends_with('\\')
        && !value.contains(|letter: char| letter.is_ascii_control() && letter != '\t');
    survives.then(|| format!("{key}={}", file::literal_word(value)))
}

/// The line that stands for an option with this value, where there is a key for it.
fn line_of(option: &str, value: Option<&str>) -> Option<String> {
    use keys::Form::{Each, EachWord, Flag, One, Switch};
    keys::CONTAINER.iter().find_map(|(key, form)| match (*form, value) {
        (One(known) | Each(known), Some(value)) if known == option => line(key, value),
        (EachWord(known), Some(value)) if known == option => {
            Some(format!("{key}={}", file::quoted(&file::literal_word(value))))
        }
        (Switch(known), value) if known == option => Some(format!("{key}={}", value.unwrap_or("true"))),
        (Flag(known), None) if known == option => Some(format!("{key}=true")),
        _ => None,
    })
}

/// Whether a file of this name is a unit file, of a kind that box makes a service of or of another.
pub fn is_unit(path: &Path) -> bool {
    kind_of(path).is_some()
}

/// The service of the unit file at `path`.
pub fn service(scene: Scene, path: &Path) -> Result<Service> {
    let kind = Kind::of(path)?;
    let path = std::path::absolute(path)?;
    let unit = UnitFile::read(&path)?;
    check(&unit, kind)?;
    service::of(scene, &unit, kind)
}

/// Every key of ours is known, and none is passed over.
fn check(unit: &UnitFile, kind: Kind) -> Result<()> {
    for entry in unit.section(kind.section()) {
        match kind.keys().iter().find(|(key, _)| *key == entry.key) {
            Some((_, keys::Form::Refused(why))) => return Err(entry.error(why)),
            Some(_) => {}
            None => {
                let error = entry.error(format!("there is no such key in [{}]", kind.section()));
                let nearest = keys::nearest(&entry.key, kind.keys().iter().map(|(key, _)| *key));
                return Err(match nearest {
                    Some(key) => error.with_hint(format!("did you mean `{key}`?")),
                    None => error,
                });
            }
        }
    }
    let ours = |name: &str| matches!(name, "Unit" | "Service" | "Install" | "Quadlet") || name == kind.section();
    match unit.sections().into_iter().find(|name| !ours(name) && !name.starts_with("X-")) {
        Some(name) => {
            Err(Error::usage(format!("`{}`: there is no section [{name}] in such a unit", unit.path.display())))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
