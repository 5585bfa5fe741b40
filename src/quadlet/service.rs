//! The service of a unit file, as podman-systemd.unit(5) promises it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, Entry, UnitFile, literal, quoted, section, words};
use super::keys::Form;
use super::labels::{POLICY_LABEL, Policy, UNIT};
use super::{Kind, MARK, Scene, Service};
use crate::error::{Error, Result};

/// Keys of [Unit] that name other units.
const DEPENDENCIES: [&str; 15] = [
    "After",
    "Before",
    "BindsTo",
    "Conflicts",
    "OnFailure",
    "OnSuccess",
    "PartOf",
    "PropagatesReloadTo",
    "PropagatesStopTo",
    "ReloadPropagatedFrom",
    "Requires",
    "Requisite",
    "StopPropagatedFrom",
    "Upholds",
    "Wants",
];

/// Of the user's units, which cannot wait for the machine's (packaging/systemd).
const WAITS_FOR_NETWORK: &str = "box-user-wait-network-online.service";

/// A service in the making.
struct Draft<'u> {
    scene: Scene<'u>,
    unit: &'u UnitFile,
    kind: Kind,
    /// Of box, after the program.
    globals: Vec<String>,
    command: Vec<String>,
    /// Further keys of [Unit] and [Service].
    unit_lines: Vec<(String, String)>,
    service_lines: Vec<(String, String)>,
}

pub fn of(scene: Scene, unit: &UnitFile, kind: Kind) -> Result<Service> {
    let program = &file::program(scene.program);
    let mut draft = Draft {
        scene,
        unit,
        kind,
        globals: Vec::new(),
        command: Vec::new(),
        unit_lines: Vec::new(),
        service_lines: Vec::new(),
    };
    for entry in draft.all("GlobalArgs") {
        draft.globals.extend(words(&entry.value));
    }
    match kind {
        Kind::Container => draft.container(program)?,
        Kind::Pod => draft.pod(program)?,
        Kind::Volume => draft.volume()?,
        Kind::Network => draft.network(program)?,
        Kind::Image => draft.image()?,
    }
    draft.finish(program)
}

impl<'u> Draft<'u> {
    fn last(&self, key: &'u str) -> Option<&'u Entry> {
        self.unit.last(self.kind.section(), key)
    }

    fn value(&self, key: &'u str) -> Option<&'u str> {
        self.last(key).map(|entry| entry.value.as_str())
    }

    fn all(&self, key: &'u str) -> Vec<&'u Entry> {
        self.unit.all(self.kind.section(), key)
    }

    fn switch(&self, key: &str) -> Result<Option<bool>> {
        self.unit.switch(self.kind.section(), key)
    }

    fn add(&mut self, words: &[&str]) {
        self.command.extend(words.iter().map(|word| (*word).to_owned()));
    }

    fn service(&mut self, key: &str, value: impl Into<String>) {
        self.service_lines.push((key.to_owned(), value.into()));
    }

    /// What has its place in the table.
    fn add_options(&mut self) -> Result<()> {
        for (key, form) in self.kind.keys() {
            match *form {
                Form::One(option) => {
                    if let Some(value) = self.value(key) {
                        self.add(&[option, value]);
                    }
                }
                Form::OneOrEmpty(option) => match self.value(key) {
                    Some(value) => self.add(&[option, value]),
                    None if self.unit.has(self.kind.section(), key) => self.add(&[&format!("{option}=")]),
                    None => {}
                },
                Form::Each(option) => self.all(key).iter().for_each(|entry| self.add(&[option, &entry.value])),
                Form::EachWord(option) => {
                    for word in self.all(key).iter().flat_map(|entry| words(&entry.value)) {
                        self.add(&[option, &word]);
                    }
                }
                Form::Switch(option) => {
                    if let Some(answer) = self.switch(key)? {
                        self.add(&[&format!("{option}={answer}")]);
                    }
                }
                Form::Flag(option) => {
                    if self.switch(key)? == Some(true) {
                        self.add(&[option]);
                    }
                }
                Form::Security(name) => {
                    if let Some(value) = self.value(key) {
                        self.add(&["--security-opt", &format!("{name}={value}")]);
                    }
                }
                Form::Special | Form::Refused(_) => {}
            }
        }
        Ok(())
    }

    /// Words for box that no key stands for.
    fn add_further_words(&mut self) {
        for entry in self.all("PodmanArgs") {
            self.command.extend(words(&entry.value));
        }
    }

    fn container(&mut self, program: &str) -> Result<()> {
        // As the service; an `@` is nothing for names.
        let usual = if is_of_template(&self.unit.path) { "systemd-%p_%i" } else { "systemd-%N" };
        let name = self.value("ContainerName").unwrap_or(usual).to_owned();
        self.add(&["run", "--name", &name, "--replace", "--rm"]);
        let mode = self.value("CgroupsMode").unwrap_or("split");
        self.add(&["--cgroups", mode]);
        self.readiness()?;
        self.add_options()?;
        self.user()?;
        self.devices();
        self.security()?;
        self.mounts()?;
        self.networks()?;
        self.join_pod()?;
        for entry in self.all("EnvironmentFile") {
            let (path, mark) = entry.value.strip_prefix('-').map_or((entry.value.as_str(), ""), |path| (path, "-"));
            self.add(&["--env-file", &format!("{mark}{}", self.beside(path))]);
        }
        if let Some(policy) = self.last("AutoUpdate") {
            Policy::parse(&policy.value).map_err(|_| policy.error("expected registry, local or disabled"))?;
            let policy = &policy.value;
            self.add(&["--label", &format!("{POLICY_LABEL}={policy}")]);
        }
        self.add_further_words();
        self.image_and_command()?;

        let stop = format!("{program}{} rm -v -f -i {}", spaced(&self.globals), quoted(&name));
        self.service("ExecStop", stop.clone());
        self.service("ExecStopPost", format!("-{stop}"));
        self.reload(program, &name)?;
        self.service("Delegate", "yes");
        self.service("KillMode", "mixed");
        // Of a program that ends by the signal that stops it.
        self.service("SuccessExitStatus", "143");
        self.service("Environment", format!("{UNIT}=%n"));
        self.service("SyslogIdentifier", "%N");
        Ok(())
    }

    fn readiness(&mut self) -> Result<()> {
        match self.unit.last("Service", "Type") {
            Some(entry) if entry.value == "oneshot" => return Ok(()),
            Some(entry) if entry.value != "notify" => {
                return Err(entry.error("the service of a container is of the type notify or oneshot"));
            }
            _ => {}
        }
        self.service("Type", "notify");
        self.service("NotifyAccess", "all");
        let who = match self.value("Notify") {
            Some("healthy") => "healthy",
            _ => match self.switch("Notify")? {
                Some(true) => "container",
                _ => "conmon",
            },
        };
        self.add(&["--sdnotify", who, "--detach"]);
        Ok(())
    }

    fn user(&mut self) -> Result<()> {
        match (self.value("User"), self.last("Group")) {
            (Some(user), None) => self.add(&["--user", user]),
            (Some(user), Some(group)) => self.add(&["--user", &format!("{user}:{}", group.value)]),
            (None, Some(group)) => return Err(group.error("Group= needs User= beside it")),
            (None, None) => {}
        }
        Ok(())
    }

    fn devices(&mut self) {
        for entry in self.all("AddDevice") {
            // With a `-`, one that is not there does not matter.
            let (device, may_lack) = match entry.value.strip_prefix('-') {
                Some(device) => (device, true),
                None => (entry.value.as_str(), false),
            };
            let place = device.split(':').next().unwrap_or_default();
            if !may_lack || Path::new(place).exists() {
                self.add(&["--device", device]);
            }
        }
    }

    fn security(&mut self) -> Result<()> {
        if self.switch("NoNewPrivileges")? == Some(true) {
            self.add(&["--security-opt", "no-new-privileges"]);
        }
        if self.switch("SecurityLabelDisable")? == Some(true) {
            self.add(&["--security-opt", "label=disable"]);
        }
        Ok(())
    }

    fn mounts(&mut self) -> Result<()> {
        for entry in self.all("Volume") {
            let (source, rest) = entry.value.split_once(':').unwrap_or(("", &entry.value));
            let source = self.source(entry, source, &[Kind::Volume])?;
            let separator = if source.is_empty() { "" } else { ":" };
            self.add(&["--volume", &format!("{source}{separator}{rest}")]);
        }
        for entry in self.all("Mount") {
            let mut parts = Vec::new();
            for part in entry.value.split(',') {
                parts.push(match part.split_once('=') {
                    Some((key @ ("source" | "src"), source)) => {
                        format!("{key}={}", self.source(entry, source, &[Kind::Volume, Kind::Image])?)
                    }
                    _ => part.to_owned(),
                });
            }
            self.add(&["--mount", &parts.join(",")]);
        }
        Ok(())
    }

    /// What another unit makes by its name; a relative path begins at the unit file.
    fn source(&mut self, entry: &Entry, source: &str, kinds: &[Kind]) -> Result<String> {
        if let Some(name) = self.needs(entry, source, kinds)? {
            return Ok(name);
        }
        self.requires_mounts_for(source);
        Ok(if source.starts_with('.') { self.beside(source) } else { source.to_owned() })
    }

    fn requires_mounts_for(&mut self, path: &str) {
        // Variables mean nothing there.
        if path.starts_with('/') && !path.contains('$') {
            self.unit_lines.push(("RequiresMountsFor".to_owned(), quoted(path)));
        }
    }

    fn beside(&self, path: &str) -> String {
        let is_whole = path.starts_with(['/', '%', '$']);
        let folder = self.unit.path.parent().unwrap_or(Path::new("/"));
        if is_whole {
            return path.to_owned();
        }
        Path::new(&file::literal_word(&folder.to_string_lossy())).join(path).to_string_lossy().into_owned()
    }

    /// The name of what the unit file `named` stands for, whose service is needed from here on; `None` where that is
    /// no name of a unit file of these kinds.
    fn needs(&mut self, entry: &Entry, named: &str, kinds: &[Kind]) -> Result<Option<String>> {
        let kind = match super::kind_of(Path::new(named)) {
            // A path is none, however it ends.
            _ if named.contains('/') => return Ok(None),
            Some(Ok(kind)) if kinds.contains(&kind) => kind,
            Some(Err(why)) if kinds.contains(&Kind::Image) => return Err(entry.error(why)),
            _ => return Ok(None),
        };
        let other = self.other(named).map_err(|error| entry.error(error))?;
        for key in ["Requires", "After"] {
            self.unit_lines.push((key.to_owned(), name(&other, kind)));
        }
        match resource(&other, kind) {
            Some(name) => Ok(Some(name)),
            None => Err(entry.error("that unit names no image")),
        }
    }

    /// Another unit file by its name: one in this one's folder, or else one of those that there are. Where there is
    /// only its template, it is the instance of that; a template named by another one stands for the same instance.
    fn other(&self, named: &str) -> Result<UnitFile> {
        let (name, _) = named.split_once('@').unwrap_or((named, ""));
        let template = Path::new(named).extension().map(|kind| format!("{name}@.{}", kind.to_string_lossy()));
        let template = template.filter(|_| named.contains('@'));
        let path = self.find(named).or_else(|| self.find(template.as_deref()?));
        let path = path.unwrap_or_else(|| self.unit.path.with_file_name(named));
        let mut unit = UnitFile::read(&std::path::absolute(path)?)?;
        if template.as_deref() == Some(named) {
            if !is_of_template(&self.unit.path) {
                return Err(Error::usage("it is a template; name an instance of it"));
            }
            unit.path.set_file_name(named.replacen("@.", "@%i.", 1));
        } else {
            unit.path.set_file_name(named);
        }
        Ok(unit)
    }

    fn find(&self, named: &str) -> Option<PathBuf> {
        let beside = self.unit.path.with_file_name(named);
        let is_it = |path: &&PathBuf| path.file_name().is_some_and(|name| name == named);
        if beside.exists() { Some(beside) } else { self.scene.unit_files.iter().find(is_it).cloned() }
    }

    fn networks(&mut self) -> Result<()> {
        for entry in self.all("Network") {
            let (named, options) = entry.value.split_once(':').unwrap_or((&entry.value, ""));
            let separator = if options.is_empty() { "" } else { ":" };
            match self.needs(entry, named, &[Kind::Network, Kind::Container])? {
                Some(_) if named.ends_with(".container") && !options.is_empty() => {
                    return Err(entry.error("the network of a container takes no options"));
                }
                Some(name) if named.ends_with(".container") => self.add(&["--network", &format!("container:{name}")]),
                Some(name) => self.add(&["--network", &format!("{name}{separator}{options}")]),
                None => self.add(&["--network", &entry.value]),
            }
        }
        Ok(())
    }

    fn image_and_command(&mut self) -> Result<()> {
        match (self.last("Image"), self.value("Rootfs")) {
            (Some(image), None) => {
                let reference = self.needs(image, &image.value, &[Kind::Image])?;
                self.add(&[reference.as_deref().unwrap_or(&image.value)]);
            }
            (None, Some(rootfs)) => self.add(&["--rootfs", rootfs]),
            (Some(image), Some(_)) => return Err(image.error("Image= and Rootfs= exclude each other")),
            (None, None) => {
                let file = self.unit.path.display();
                return Err(Error::usage(format!("`{file}`: [Container] needs Image= or Rootfs=")));
            }
        }
        if let Some(command) = self.value("Exec") {
            self.command.extend(words(command));
        }
        Ok(())
    }

    fn reload(&mut self, program: &str, name: &str) -> Result<()> {
        let (globals, name) = (spaced(&self.globals), quoted(name));
        match (self.value("ReloadCmd"), self.last("ReloadSignal")) {
            (Some(command), None) => {
                let command = spaced(&words(command));
                self.service("ExecReload", format!("{program}{globals} exec {name}{command}"));
            }
            (None, Some(signal)) => {
                let signal = quoted(&signal.value);
                self.service("ExecReload", format!("{program}{globals} kill --signal {signal} {name}"));
            }
            (Some(_), Some(signal)) => return Err(signal.error("ReloadCmd= and ReloadSignal= exclude each other")),
            (None, None) => {}
        }
        Ok(())
    }

    /// `Pod=NAME.pod`: a unit beside this one, which starts and ends with it.
    fn join_pod(&mut self) -> Result<()> {
        self.switch("StartWithPod")?; // The pod passes over what cannot be read.
        let Some(entry) = self.last("Pod") else { return Ok(()) };
        if !entry.value.ends_with(".pod") {
            return Err(entry.error("expected NAME.pod, a unit beside this one"));
        }
        let pod = self.other(&entry.value).map_err(|error| entry.error(error))?;
        self.add(&["--pod", &own_name(&pod, Kind::Pod)]);
        for key in ["BindsTo", "After"] {
            self.unit_lines.push((key.to_owned(), name(&pod, Kind::Pod)));
        }
        Ok(())
    }

    /// Made when the service begins, and removed when it ends; its main process is the monitor of what holds the pod.
    fn pod(&mut self, program: &str) -> Result<()> {
        let name = own_name(self.unit, Kind::Pod);
        let policy = self.value("ExitPolicy").unwrap_or("stop").to_owned();
        self.add(&["pod", "create", "--infra-conmon-pidfile", "%t/%N.pid", "--exit-policy", &policy, "--replace"]);
        self.add(&["--infra-name", &format!("{name}-infra"), "--name", &name]);
        self.add_options()?;
        self.mounts()?;
        self.networks()?;
        self.add_further_words();

        let timeout = self.value("StopTimeout").unwrap_or("10").to_owned();
        let command = |words: &str| format!("{program}{} pod {words} {}", spaced(&self.globals), quoted(&name));
        let (start, stop) = (command("start"), command(&format!("stop --ignore --time {}", quoted(&timeout))));
        let remove = command("rm --force --ignore");
        self.service("ExecStart", start);
        self.service("ExecStop", stop);
        self.service("ExecStopPost", format!("-{remove}"));
        self.service("Type", "forking");
        self.service("PIDFile", "%t/%N.pid");
        self.service("Restart", "on-failure");
        self.service("Environment", format!("{UNIT}=%n"));
        self.service("SyslogIdentifier", "%N");
        for container in self.containers_of_pod() {
            for key in ["Wants", "Before"] {
                self.unit_lines.push((key.to_owned(), container.clone()));
            }
        }
        Ok(())
    }

    /// The services of the units that are to be started with the pod, beside this one and elsewhere. One that cannot be
    /// read is told of when it is its turn.
    fn containers_of_pod(&self) -> Vec<String> {
        let own = self.unit.path.file_name().unwrap_or_default().to_string_lossy();
        let folder = self.unit.path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
        let beside: Vec<PathBuf> = folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        // Whoever has a pod of this name beside it is in that one.
        let elsewhere = self.scene.unit_files.iter().filter(|path| !path.with_file_name(own.as_ref()).exists());
        let mut containers = BTreeMap::new();
        for path in beside.iter().chain(elsewhere).filter(|path| path.extension().is_some_and(|e| e == "container")) {
            let Ok(unit) = UnitFile::read(path) else { continue };
            let is_in_it = unit.last("Container", "Pod").is_some_and(|entry| entry.value == own);
            let starts = !matches!(unit.switch("Container", "StartWithPod"), Ok(Some(false)));
            if is_in_it && starts {
                // Of a pod that is a template, the containers are as well: the instance is the same.
                let service = name(&unit, Kind::Container).replacen("@.", "@%i.", 1);
                containers.entry(path.file_name()).or_insert(service);
            }
        }
        containers.into_values().collect()
    }

    fn volume(&mut self) -> Result<()> {
        self.add(&["volume", "create", "--ignore"]);
        self.add_options()?;
        let mut options = Vec::new();
        options.extend(self.value("Options").map(|options| format!("o={options}")));
        options.extend(self.value("Device").map(|device| format!("device={device}")));
        options.extend(self.value("Type").map(|kind| format!("type={kind}")));
        options.extend(self.switch("Copy")?.map(|copies| if copies { "copy" } else { "nocopy" }.to_owned()));
        options.iter().for_each(|option| self.add(&["--opt", option]));
        let mut words = self.value("Options").into_iter().flat_map(|options| options.split(','));
        let is_bind = self.value("Type") == Some("bind") || words.any(|word| matches!(word, "bind" | "rbind"));
        if let Some(device) = self.value("Device").filter(|_| is_bind) {
            self.requires_mounts_for(device);
        }
        self.add_further_words();
        self.add(&[&own_name(self.unit, Kind::Volume)]);
        self.once();
        Ok(())
    }

    fn network(&mut self, program: &str) -> Result<()> {
        self.add(&["network", "create", "--ignore"]);
        self.add_options()?;
        let subnets = self.all("Subnet").len();
        for (key, option) in [("Gateway", "--gateway"), ("IPRange", "--ip-range")] {
            let entries = self.all(key);
            if let Some(further) = entries.get(subnets) {
                return Err(further.error("there is no Subnet= for it"));
            }
            entries.iter().for_each(|entry| self.add(&[option, &entry.value]));
        }
        self.add_further_words();
        let name = own_name(self.unit, Kind::Network);
        self.add(&[&name]);
        if self.switch("NetworkDeleteOnStop")? == Some(true) {
            let command = format!("{program}{} network rm {}", spaced(&self.globals), quoted(&name));
            self.service("ExecStopPost", command);
        }
        self.once();
        Ok(())
    }

    fn image(&mut self) -> Result<()> {
        self.add(&["pull"]);
        self.add_options()?;
        self.add_further_words();
        let image = self
            .value("Image")
            .ok_or_else(|| Error::usage(format!("`{}`: [Image] needs Image=", self.unit.path.display())))?;
        self.add(&[image]);
        self.once();
        Ok(())
    }

    /// Done once, and then it is there.
    fn once(&mut self) {
        self.service("Type", "oneshot");
        self.service("RemainAfterExit", "yes");
        self.service("SyslogIdentifier", "%N");
    }

    fn finish(mut self, program: &str) -> Result<Service> {
        if self.unit.switch("Quadlet", "DefaultDependencies")? != Some(false) {
            let online = if self.scene.is_of_user { WAITS_FOR_NETWORK } else { "network-online.target" };
            let usual = ["Wants", "After"].map(|key| (key.to_owned(), online.to_owned()));
            self.unit_lines.splice(..0, usual);
        }
        let own_unit_lines = self.unit.section("Unit").map(|entry| Ok((entry.key.clone(), self.translated(entry)?)));
        let own_unit_lines: Vec<(String, String)> = own_unit_lines.collect::<Result<_>>()?;
        let Draft { unit, kind, globals, command, unit_lines, service_lines, .. } = self;
        let own = |section: &str| -> Vec<(String, String)> {
            unit.section(section).map(|entry| (entry.key.clone(), entry.value.clone())).collect()
        };
        let mut text = format!("{MARK}{}\n", unit.path.display());
        let mut section = |name: &str, lines: Vec<(String, String)>| {
            text.push('\n');
            text.push_str(&section(name, &lines));
        };
        let mut lines = vec![("SourcePath".to_owned(), literal(&unit.path.display().to_string()))];
        lines.extend(unit_lines);
        lines.extend(own_unit_lines);
        section("Unit", lines);
        // For people who look.
        section(&format!("X-{}", kind.section()), own(kind.section()));
        let start = format!("{program}{}{}", spaced(&globals), spaced(&command));
        // What is said in the file stands after what is usual, and wins.
        let said = |key: &str| key != "Environment" && unit.last("Service", key).is_some();
        let mut lines: Vec<_> = service_lines.into_iter().filter(|(key, _)| !said(key)).collect();
        let key = if kind == Kind::Pod { "ExecStartPre" } else { "ExecStart" };
        lines.push((key.to_owned(), start));
        lines.extend(own("Service"));
        section("Service", lines);
        if unit.section("Install").next().is_some() {
            section("Install", own("Install"));
        }
        let command = globals.into_iter().chain(command).collect();
        let name = name(unit, kind);
        Ok(Service { links: links(unit, &name), name, text, command, source: unit.path.clone() })
    }

    /// The value of a key of [Unit], with the services of the unit files that it names.
    fn translated(&self, entry: &Entry) -> Result<String> {
        if !DEPENDENCIES.contains(&entry.key.as_str()) {
            return Ok(entry.value.clone());
        }
        let service = |word: String| match super::kind_of(Path::new(&word)) {
            Some(Ok(kind)) => self.other(&word).map(|other| name(&other, kind)).map_err(|error| entry.error(error)),
            Some(Err(why)) => Err(entry.error(why)),
            None => Ok(word),
        };
        let services: Vec<String> = words(&entry.value).into_iter().map(service).collect::<Result<_>>()?;
        Ok(services.join(" "))
    }
}

fn spaced(words: &[String]) -> String {
    words.iter().map(|word| format!(" {}", quoted(word))).collect()
}

/// What a unit file stands for, as commands name it; `None` for a file of an image that names none.
fn resource(unit: &UnitFile, kind: Kind) -> Option<String> {
    match kind {
        Kind::Image => {
            let said = unit.last("Image", "ImageTag").or_else(|| unit.last("Image", "Image"));
            said.map(|entry| entry.value.clone())
        }
        _ => Some(own_name(unit, kind)),
    }
}

/// `systemd-web`, or what `PodName=` and its like say; of a template, `systemd-web_%i`.
fn own_name(unit: &UnitFile, kind: Kind) -> String {
    let section = kind.section();
    let key = format!("{section}Name");
    let (own, instance) = stem(unit);
    let said = unit.last(section, &key).map(|entry| entry.value.as_str());
    match (said, instance) {
        // What systemd makes of it in the other's service.
        (Some(said), Some(instance)) if !instance.is_empty() => {
            let service = service_stem(unit, kind);
            let prefix = service.split('@').next().unwrap_or_default();
            said.replace("%p", prefix).replace("%i", &instance).replace("%N", &service)
        }
        (Some(said), _) if kind == Kind::Container => said.replace("%N", &service_stem(unit, kind)),
        (Some(said), _) => said.to_owned(),
        (None, Some(instance)) if instance.is_empty() => format!("systemd-{own}_%i"),
        (None, Some(instance)) => format!("systemd-{own}_{instance}"),
        // A container has the name of its service.
        (None, None) if kind == Kind::Container => format!("systemd-{}", service_stem(unit, kind)),
        (None, None) => format!("systemd-{own}"),
    }
}

/// What a unit file is called, without its ending: the name, and after an `@` the instance, which is empty for a
/// template.
fn stem(unit: &UnitFile) -> (String, Option<String>) {
    let stem = unit.path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.split_once('@') {
        Some((name, instance)) => (name.to_owned(), Some(instance.to_owned())),
        None => (stem.into_owned(), None),
    }
}

/// Whether a unit file is a template or an instance of one.
fn is_of_template(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains('@'))
}

/// `web.service`, `data-volume.service`, `data-volume@.service`, or what `ServiceName=` says.
fn name(unit: &UnitFile, kind: Kind) -> String {
    format!("{}.service", service_stem(unit, kind))
}

fn service_stem(unit: &UnitFile, kind: Kind) -> String {
    let ending = match kind {
        Kind::Container => "",
        Kind::Pod => "-pod",
        Kind::Volume => "-volume",
        Kind::Network => "-network",
        Kind::Image => "-image",
    };
    let (own, instance) = stem(unit);
    let said = unit.last(kind.section(), "ServiceName").map(|entry| entry.value.clone());
    said.unwrap_or_else(|| {
        format!("{own}{ending}{}", instance.map_or(String::new(), |instance| format!("@{instance}")))
    })
}

/// A template is wanted by its instances only: by the one of `DefaultInstance=`, or by none.
fn links(unit: &UnitFile, service: &str) -> Vec<PathBuf> {
    let all = |key: &'static str| {
        let entries = unit.all("Install", key).into_iter();
        // Names of units; what is a path is none.
        entries.flat_map(|entry| words(&entry.value)).filter(|name| !name.contains('/')).collect::<Vec<_>>()
    };
    let wanted = match service.split_once("@.") {
        Some((template, ending)) => unit
            .last("Install", "DefaultInstance")
            .map(|instance| format!("{template}@{}.{ending}", instance.value))
            .filter(|name| !name.contains('/')),
        None => Some(service.to_owned()),
    };
    let mut links: Vec<PathBuf> = all("Alias").into_iter().map(PathBuf::from).collect();
    for (key, folder) in [("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")] {
        let of_target = |target| wanted.as_ref().map(|name| Path::new(&format!("{target}.{folder}")).join(name));
        links.extend(all(key).into_iter().filter_map(of_target));
    }
    links
}
