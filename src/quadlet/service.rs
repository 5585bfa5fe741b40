//! The service of a unit file, as podman-systemd.unit(5) promises it.

use std::fmt::Write;
use std::path::Path;

use super::file::{Entry, UnitFile, quoted, words};
use super::keys::Form;
use super::{Kind, MARK, Service};
use crate::error::Result;

/// A service in the making.
struct Draft<'u> {
    unit: &'u UnitFile,
    kind: Kind,
    /// Of box, after the program.
    globals: Vec<String>,
    command: Vec<String>,
    /// Further keys of [Unit] and [Service].
    unit_lines: Vec<(String, String)>,
    service_lines: Vec<(String, String)>,
}

pub fn of(unit: &UnitFile, kind: Kind, program: &str) -> Result<Service> {
    let mut draft = Draft {
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
        Kind::Image => draft.image()?,
    }
    Ok(draft.finish(program))
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
        let name = self.value("ContainerName").unwrap_or("systemd-%N").to_owned();
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
            self.add(&["--env-file", &self.beside(&entry.value)]);
        }
        if let Some(policy) = self.value("AutoUpdate") {
            self.add(&["--label", &format!("io.containers.autoupdate={policy}")]);
        }
        self.add_further_words();
        self.image_and_command()?;

        let stop = format!("{program}{} rm -v -f -i {name}", spaced(&self.globals));
        self.service("ExecStop", stop.clone());
        self.service("ExecStopPost", format!("-{stop}"));
        self.reload(program, &name)?;
        self.service("Delegate", "yes");
        self.service("KillMode", "mixed");
        // Of a program that ends by the signal that stops it.
        self.service("SuccessExitStatus", "143");
        self.service("Environment", "PODMAN_SYSTEMD_UNIT=%n");
        self.service("SyslogIdentifier", "%N");
        Ok(())
    }

    fn readiness(&mut self) -> Result<()> {
        if self.unit.last("Service", "Type").is_some_and(|kind| kind.value == "oneshot") {
            return Ok(());
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
            let source = self.source(source);
            let separator = if source.is_empty() { "" } else { ":" };
            self.add(&["--volume", &format!("{source}{separator}{rest}")]);
        }
        for entry in self.all("Mount") {
            let parts = entry.value.split(',').map(|part| match part.split_once('=') {
                Some((key @ ("source" | "src"), source)) => format!("{key}={}", self.source(source)),
                _ => part.to_owned(),
            });
            let parts: Vec<String> = parts.collect();
            self.add(&["--mount", &parts.join(",")]);
        }
        Ok(())
    }

    /// A volume of another unit by its name; a relative path begins at the unit file.
    fn source(&mut self, source: &str) -> String {
        if let Some(name) = source.strip_suffix(".volume") {
            self.needs(&format!("{name}-volume.service"));
            return format!("systemd-{name}");
        }
        match source.starts_with('.') {
            true => self.beside(source),
            false => {
                if source.starts_with('/') {
                    self.unit_lines.push(("RequiresMountsFor".to_owned(), source.to_owned()));
                }
                source.to_owned()
            }
        }
    }

    fn beside(&self, path: &str) -> String {
        let is_whole = path.starts_with(['/', '%', '-']);
        let folder = self.unit.path.parent().unwrap_or(Path::new("/"));
        if is_whole { path.to_owned() } else { folder.join(path).to_string_lossy().into_owned() }
    }

    fn needs(&mut self, service: &str) {
        for key in ["Requires", "After"] {
            self.unit_lines.push((key.to_owned(), service.to_owned()));
        }
    }

    fn networks(&mut self) -> Result<()> {
        for entry in self.all("Network") {
            if entry.value.split(':').next().is_some_and(|name| name.ends_with(".network")) {
                return Err(entry.error("units of networks are not supported; name one of `box network create`"));
            }
            self.add(&["--network", &entry.value]);
        }
        Ok(())
    }

    fn image_and_command(&mut self) -> Result<()> {
        match (self.last("Image"), self.value("Rootfs")) {
            (Some(image), None) => match image.value.strip_suffix(".image") {
                Some(name) => {
                    self.needs(&format!("{name}-image.service"));
                    let beside = self.unit.path.with_file_name(&image.value);
                    let named = UnitFile::read(&beside).map_err(|error| image.error(error))?;
                    let reference = named.last("Image", "ImageTag").or_else(|| named.last("Image", "Image"));
                    let reference = reference.ok_or_else(|| image.error("that unit names no image"))?.value.clone();
                    self.add(&[&reference]);
                }
                None => self.add(&[&image.value]),
            },
            (None, Some(rootfs)) => self.add(&["--rootfs", rootfs]),
            (Some(image), Some(_)) => return Err(image.error("Image= and Rootfs= exclude each other")),
            (None, None) => {
                let file = self.unit.path.display();
                return Err(crate::error::Error::usage(format!("`{file}`: [Container] needs Image= or Rootfs=")));
            }
        }
        if let Some(command) = self.value("Exec") {
            self.command.extend(words(command));
        }
        Ok(())
    }

    fn reload(&mut self, program: &str, name: &str) -> Result<()> {
        let globals = spaced(&self.globals);
        match (self.value("ReloadCmd"), self.last("ReloadSignal")) {
            (Some(command), None) => self.service("ExecReload", format!("{program}{globals} exec {name} {command}")),
            (None, Some(signal)) => {
                self.service("ExecReload", format!("{program}{globals} kill --signal {} {name}", signal.value));
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
        let pod = UnitFile::read(&self.unit.path.with_file_name(&entry.value)).map_err(|error| entry.error(error))?;
        self.add(&["--pod", &pod_name(&pod)]);
        for key in ["BindsTo", "After"] {
            self.unit_lines.push((key.to_owned(), name(&pod, Kind::Pod)));
        }
        Ok(())
    }

    /// Made when the service begins, and removed when it ends; its main process is the monitor of what holds the pod.
    fn pod(&mut self, program: &str) -> Result<()> {
        let name = pod_name(self.unit);
        let policy = self.value("ExitPolicy").unwrap_or("stop").to_owned();
        self.add(&["pod", "create", "--infra-conmon-pidfile", "%t/%N.pid", "--exit-policy", &policy, "--replace"]);
        self.add(&["--infra-name", &format!("{name}-infra"), "--name", &name]);
        self.add_options()?;
        self.mounts()?;
        self.networks()?;
        self.add_further_words();

        let timeout = self.value("StopTimeout").unwrap_or("10").to_owned();
        let command = |words: &str| format!("{program}{} pod {words} {name}", spaced(&self.globals));
        let (start, stop) = (command("start"), command(&format!("stop --ignore --time {timeout}")));
        let remove = command("rm --force --ignore");
        self.service("ExecStart", start);
        self.service("ExecStop", stop);
        self.service("ExecStopPost", format!("-{remove}"));
        self.service("Type", "forking");
        self.service("PIDFile", "%t/%N.pid");
        self.service("Restart", "on-failure");
        self.service("Environment", "PODMAN_SYSTEMD_UNIT=%n");
        self.service("SyslogIdentifier", "%N");
        for container in self.containers_of_pod() {
            for key in ["Wants", "Before"] {
                self.unit_lines.push((key.to_owned(), container.clone()));
            }
        }
        Ok(())
    }

    /// The services of the units beside this one that are to be started with the pod. One that cannot be read is told
    /// of when it is its turn.
    fn containers_of_pod(&self) -> Vec<String> {
        let own = self.unit.path.file_name().unwrap_or_default().to_string_lossy();
        let folder = self.unit.path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
        let mut containers: Vec<String> = folder
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "container"))
            .filter_map(|path| UnitFile::read(&path).ok())
            .filter(|unit| unit.last("Container", "Pod").is_some_and(|entry| entry.value == own))
            .filter(|unit| !matches!(unit.switch("Container", "StartWithPod"), Ok(Some(false))))
            .map(|unit| self::name(&unit, Kind::Container))
            .collect();
        containers.sort();
        containers
    }

    fn volume(&mut self) -> Result<()> {
        self.add(&["volume", "create", "--ignore"]);
        self.add_options()?;
        let mut options = Vec::new();
        options.extend(self.value("Options").map(|options| format!("o={options}")));
        options.extend(self.value("Device").map(|device| format!("device={device}")));
        options.extend(self.value("Type").map(|kind| format!("type={kind}")));
        options.iter().for_each(|option| self.add(&["--opt", option]));
        self.add_further_words();
        let own = self.unit.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = self.value("VolumeName").map_or(format!("systemd-{own}"), str::to_owned);
        self.add(&[&name]);
        self.once();
        Ok(())
    }

    fn image(&mut self) -> Result<()> {
        self.add(&["pull"]);
        self.add_options()?;
        self.add_further_words();
        let image = self.value("Image").ok_or_else(|| {
            crate::error::Error::usage(format!("`{}`: [Image] needs Image=", self.unit.path.display()))
        })?;
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

    fn finish(self, program: &str) -> Service {
        let Draft { unit, kind, globals, command, unit_lines, service_lines } = self;
        let mut text = format!("{MARK}{}\n", unit.path.display());
        let section = |text: &mut String, name: &str, before: &[(String, String)]| {
            let _ = write!(text, "\n[{name}]\n");
            for (key, value) in before {
                let _ = writeln!(text, "{key}={value}");
            }
            for entry in unit.section(name) {
                let _ = writeln!(text, "{}={}", entry.key, entry.value);
            }
        };
        let mut before_unit = vec![("SourcePath".to_owned(), unit.path.display().to_string())];
        before_unit.extend(unit_lines);
        section(&mut text, "Unit", &before_unit);
        // For people who look.
        let _ = write!(text, "\n[X-{}]\n", kind.section());
        for entry in unit.section(kind.section()) {
            let _ = writeln!(text, "{}={}", entry.key, entry.value);
        }
        let start = format!("{program}{}{}", spaced(&globals), spaced(&command));
        // What is said in the file stands after what is usual, and wins.
        let said = |key: &str| key != "Environment" && unit.last("Service", key).is_some();
        let mut before: Vec<_> = service_lines.into_iter().filter(|(key, _)| !said(key)).collect();
        let key = if kind == Kind::Pod { "ExecStartPre" } else { "ExecStart" };
        before.push((key.to_owned(), start));
        section(&mut text, "Service", &before);
        if unit.section("Install").next().is_some() {
            section(&mut text, "Install", &[]);
        }
        let command = globals.into_iter().chain(command).collect();
        Service { name: name(unit, kind), text, command, installed: installed(unit), source: unit.path.clone() }
    }
}

fn spaced(words: &[String]) -> String {
    words.iter().map(|word| format!(" {}", quoted(word))).collect()
}

/// `systemd-web`, or what `PodName=` says.
fn pod_name(unit: &UnitFile) -> String {
    let own = unit.path.file_stem().unwrap_or_default().to_string_lossy();
    unit.last("Pod", "PodName").map_or_else(|| format!("systemd-{own}"), |entry| entry.value.clone())
}

/// `web.service`, `data-volume.service`, or what `ServiceName=` says.
fn name(unit: &UnitFile, kind: Kind) -> String {
    let own = unit.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let usual = match kind {
        Kind::Container => own,
        Kind::Pod => format!("{own}-pod"),
        Kind::Volume => format!("{own}-volume"),
        Kind::Image => format!("{own}-image"),
    };
    let name = unit.last(kind.section(), "ServiceName").map_or(usual, |entry| entry.value.clone());
    format!("{name}.service")
}

fn installed(unit: &UnitFile) -> Vec<(&'static str, String)> {
    let keys = [("WantedBy", "wants"), ("RequiredBy", "requires"), ("UpheldBy", "upholds")];
    let of_key = |(key, folder)| unit.all("Install", key).into_iter().map(move |entry| (folder, entry));
    let targets = keys.into_iter().flat_map(of_key);
    targets.flat_map(|(folder, entry)| words(&entry.value).into_iter().map(move |target| (folder, target))).collect()
}
