//! Quadlet (podman-systemd.unit(5)): unit files that describe a container, a pod, a volume or an image become services.
//!
//! ```text
//! web.container   [Container] Image= ...   ->   web.service          ExecStart=box run ...
//! web.pod         [Pod] ...                ->   web-pod.service      ExecStart=box pod start ...
//! data.volume     [Volume] ...             ->   data-volume.service  ExecStart=box volume create ...
//! nginx.image     [Image] Image=           ->   nginx-image.service  ExecStart=box pull ...
//! ```
//!
//! Everything is a function of the files; what is done with the services, the caller decides. Sections that are
//! systemd's own (`[Unit]`, `[Service]`, `[Install]`) are kept.

mod file;
mod keys;
mod service;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use file::UnitFile;

/// A service that stands for a unit file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `web.service`
    pub name: String,
    pub text: String,
    /// What it runs, word by word, without the program.
    pub command: Vec<String>,
    /// Units that want it when they are installed: (`wants`, `default.target`).
    pub installed: Vec<(&'static str, String)>,
    pub source: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Container,
    Pod,
    Volume,
    Image,
}

impl Kind {
    fn of(path: &Path) -> Result<Kind> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("container") => Ok(Kind::Container),
            Some("pod") => Ok(Kind::Pod),
            Some("volume") => Ok(Kind::Volume),
            Some("image") => Ok(Kind::Image),
            Some("build") => refused(path, "box builds no images; build it elsewhere, and name it by Image="),
            Some("kube") => {
                refused(path, "box reads no Kubernetes YAML; write a .container for each of its containers")
            }
            Some(other @ ("network" | "artifact")) => {
                refused(path, &format!("units of the kind .{other} are not supported"))
            }
            _ => Err(Error::usage(format!(
                "`{}`: expected NAME.container, NAME.pod, NAME.volume or NAME.image",
                path.display()
            ))),
        }
    }

    fn section(self) -> &'static str {
        match self {
            Kind::Container => "Container",
            Kind::Pod => "Pod",
            Kind::Volume => "Volume",
            Kind::Image => "Image",
        }
    }

    fn keys(self) -> &'static [(&'static str, keys::Form)] {
        match self {
            Kind::Container => keys::CONTAINER,
            Kind::Pod => keys::POD,
            Kind::Volume => keys::VOLUME,
            Kind::Image => keys::IMAGE,
        }
    }
}

/// How services begin that were made here.
pub const MARK: &str = "# Made by box of ";

/// A unit file for a container that was started by hand: with these options of `run`, this image and command.
pub fn from_run(options: &[(String, Option<String>)], rest: &[String], description: &str) -> String {
    /// What a service does by itself.
    const OWN: [&str; 7] = ["--detach", "--rm", "--replace", "--restart", "--cgroups", "--sdnotify", "--cidfile"];
    let mut lines = Vec::new();
    let mut further = Vec::new();
    for (option, value) in options.iter().filter(|(option, _)| !OWN.contains(&option.as_str())) {
        let line = match (option.as_str(), value) {
            ("--name", Some(name)) => Some(format!("ContainerName={name}")),
            ("--volume", Some(volume)) => Some(format!("Volume={volume}")),
            ("--mount", Some(mount)) => Some(format!("Mount={mount}")),
            ("--network", Some(network)) => Some(format!("Network={network}")),
            ("--user", Some(user)) if !user.contains(':') => Some(format!("User={user}")),
            ("--env-file", Some(file)) => Some(format!("EnvironmentFile={file}")),
            ("--device", Some(device)) => Some(format!("AddDevice={device}")),
            ("--security-opt", Some(word)) if word == "no-new-privileges" => Some("NoNewPrivileges=yes".to_owned()),
            _ => key_of(option, value.as_deref()),
        };
        match (line, value) {
            (Some(line), _) => lines.push(line),
            (None, Some(value)) => further.push(format!("{option}={}", file::quoted(value))),
            (None, None) => further.push(option.clone()),
        }
    }
    if !further.is_empty() {
        lines.push(format!("PodmanArgs={}", further.join(" ")));
    }
    let mut image = rest.iter();
    lines.insert(0, format!("Image={}", image.next().map_or("", String::as_str)));
    let command: Vec<String> = image.map(|word| file::quoted(word)).collect();
    if !command.is_empty() {
        lines.push(format!("Exec={}", command.join(" ")));
    }
    let restart = match options.iter().find(|(option, _)| option == "--restart") {
        Some((_, Some(policy))) if policy == "always" || policy == "unless-stopped" => "always",
        Some((_, Some(policy))) if policy.starts_with("on-failure") => "on-failure",
        _ => "no",
    };
    format!(
        "[Unit]\nDescription={description}\n\n[Container]\n{}\n\n[Service]\nRestart={restart}\n\n\
         [Install]\nWantedBy=default.target\n",
        lines.join("\n")
    )
}

/// The line that stands for an option with this value, where there is a key for it.
fn key_of(option: &str, value: Option<&str>) -> Option<String> {
    use keys::Form::{Each, EachWord, Flag, One, Switch};
    keys::CONTAINER.iter().find_map(|(key, form)| match (*form, value) {
        (One(known) | Each(known), Some(value)) if known == option => Some(format!("{key}={value}")),
        (EachWord(known), Some(value)) if known == option => Some(format!("{key}={}", file::quoted(value))),
        (Switch(known), value) if known == option => Some(format!("{key}={}", value.unwrap_or("true"))),
        (Flag(known), None) if known == option => Some(format!("{key}=true")),
        _ => None,
    })
}

fn refused(path: &Path, why: &str) -> Result<Kind> {
    Err(Error::usage(format!("`{}`: {why}", path.display())))
}

/// Whether a file of this name is a unit file, of a kind that box makes a service of or of another.
pub fn is_unit(path: &Path) -> bool {
    let kinds = ["container", "volume", "image", "network", "pod", "kube", "build", "artifact"];
    path.extension().is_some_and(|extension| kinds.iter().any(|kind| extension == *kind))
}

/// The service of the unit file at `path`. `program`: how box is called.
pub fn service(path: &Path, program: &str) -> Result<Service> {
    let kind = Kind::of(path)?;
    let path = std::path::absolute(path)?;
    let unit = UnitFile::read(&path)?;
    check(&unit, kind)?;
    service::of(&unit, kind, program)
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
