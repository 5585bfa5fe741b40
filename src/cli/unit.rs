//! `box unit`: containers as services of systemd, from unit files (podman-systemd.unit(5)).

use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::json::{self, JsonOption};
use super::options::command_line::{CommandLine, made_by};
use super::{Globals, parse, print};
use crate::container;
use crate::disk::atomic;
use crate::error::{During as _, Error, Result};
use crate::host::account::Account;
use crate::host::dirs;
use crate::quadlet::{self, Service};

/// Make real services of unit files, so that systemctl can enable them
#[derive(clap::Args)]
pub struct InstallArgs {
    /// Write what is there already anew
    #[arg(long)]
    replace: bool,
    /// Unit files: NAME.container, NAME.pod, NAME.volume, NAME.network, NAME.image
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub fn run_install(args: InstallArgs) -> Result<u8> {
    let folder = unit_folder()?;
    let services: Vec<Service> = args.files.iter().map(|file| checked(file, &args.files)).collect::<Result<_>>()?;
    fs::create_dir_all(&folder).during(|| format!("make `{}`", folder.display()))?;
    for service in &services {
        let path = folder.join(&service.name);
        if path.exists() && !args.replace && !is_ours(&path) {
            return Err(Error::usage(format!("`{}` is there, and not made by box", path.display()))
                .with_hint("--replace writes it anew"));
        }
    }
    for service in &services {
        let path = folder.join(&service.name);
        atomic::write(&path, service.text.as_bytes()).during(|| format!("write `{}`", path.display()))?;
        print::line(&service.name)?;
    }
    if std::io::stderr().is_terminal() {
        print::note("systemctl --user daemon-reload && systemctl --user enable --now NAME");
    }
    Ok(0)
}

/// Print the services that stand for unit files
#[derive(clap::Args)]
pub struct ShowArgs {
    /// Unit files, or names of services that were installed
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub fn run_show(args: ShowArgs) -> Result<u8> {
    for file in &args.files {
        let installed = unit_folder()?.join(file);
        let is_name = file.components().count() == 1 && !file.exists() && installed.exists();
        match is_name {
            true => print::block(&fs::read_to_string(&installed)?)?,
            false => print::block(&checked(file, &args.files)?.text)?,
        }
    }
    Ok(0)
}

/// Remove services that were installed
#[derive(clap::Args)]
pub struct RemoveArgs {
    /// Their names, with or without `.service`
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

pub fn run_remove(args: RemoveArgs) -> Result<u8> {
    for name in &args.names {
        let name = if name.ends_with(".service") { name.clone() } else { format!("{name}.service") };
        let path = unit_folder()?.join(&name);
        if name.contains('/') || !is_ours(&path) {
            return Err(Error::absent("service of box", &name).with_hint("`box unit ls` lists them"));
        }
        fs::remove_file(&path).during(|| format!("remove `{}`", path.display()))?;
        print::line(name)?;
    }
    Ok(0)
}

/// List the services that were installed
#[derive(clap::Args)]
pub struct LsArgs {
    #[command(flatten)]
    json: JsonOption,
}

pub fn run_ls(args: LsArgs) -> Result<u8> {
    let folder = unit_folder()?;
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| is_ours(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    if args.json.instead_of(&[])? {
        let entry = |name: String| json::Unit { path: folder.join(&name).display().to_string(), name };
        return json::print_list(&names.into_iter().map(entry).collect::<Vec<_>>()).map(|()| 0);
    }
    names.iter().try_for_each(print::line).map(|()| 0)
}

/// Write a unit file for a command line of `run`
#[derive(clap::Args)]
#[command(override_usage = "box unit from-run [OPTIONS] -- run [OPTIONS] IMAGE [COMMAND [ARG]...]")]
pub struct FromRunArgs {
    /// What the unit is about
    #[arg(long, value_name = "TEXT", default_value = "A container of box")]
    description: String,
    /// The command line, beginning with `run`
    #[arg(value_name = "run ...", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub fn run_from_run(args: FromRunArgs) -> Result<u8> {
    let words: Vec<String> = args.words.iter().skip_while(|word| *word == "box").cloned().collect();
    if words.first().map(String::as_str) != Some("run") {
        return Err(Error::usage("expected a command line that begins with `run`"));
    }
    check_command(&words)?;
    let line = CommandLine::read(&["run"], &words[1..], std::env::current_dir().ok().as_deref())?;
    print::block(&quadlet::from_run(&line.options, &line.rest, &args.description)).map(|()| 0)
}

/// Write a unit file for a container that is there, from the command line that made it
#[derive(clap::Args)]
pub struct FromContainerArgs {
    /// What the unit is about
    #[arg(long, value_name = "TEXT", default_value = "A container of box")]
    description: String,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

pub fn run_from_container(args: FromContainerArgs, globals: &Globals) -> Result<u8> {
    let container = container::find(&globals.store()?, &args.container)?;
    let (name, made) = (&container.record.name, &container.record.settings);
    let words = made_by(&made.create_command, name, &[&["run"], &["create"]])?;
    let CommandLine { mut options, rest } = CommandLine::read(&["run"], &words, made.create_dir.as_deref())?;
    for (_, value) in options.iter_mut().filter(|(option, _)| option == "--env") {
        // Of a variable that was taken over the value is on record.
        let known = value.as_ref().and_then(|value| made.env.iter().find(|(known, _)| known == value));
        *value = known.map(|(name, value)| format!("{name}={value}")).or_else(|| value.take());
    }
    if !options.iter().any(|(option, _)| option == "--name") {
        options.push(("--name".to_owned(), Some(name.clone())));
    }
    print::block(&quadlet::from_run(&options, &rest, &args.description)).map(|()| 0)
}

/// Make services of all unit files there are, for systemd
#[derive(clap::Args)]
pub struct GenerateArgs {
    /// Print them instead
    #[arg(long)]
    dryrun: bool,
    /// Those of users, not of the machine
    #[arg(long)]
    user: bool,
    /// Where they go, as systemd.generator(7) says
    #[arg(value_name = "DIR", num_args = 0..=3)]
    folders: Vec<PathBuf>,
}

/// A unit file that is wrong is told, and does not keep the others from being made.
pub fn run_generate(args: GenerateArgs) -> Result<u8> {
    let mut exit_code = 0;
    let files = unit_files(args.user);
    for path in &files {
        let outcome =
            service_of(path, args.user, &files).and_then(|service| match (args.dryrun, args.folders.first()) {
                (false, Some(folder)) => write_generated(&service, folder),
                _ => print::block(&format!("---{}---\n{}\n", service.name, service.text)),
            });
        if let Err(error) = outcome {
            print::error(&error);
            exit_code = 1;
        }
    }
    Ok(exit_code)
}

fn write_generated(service: &Service, folder: &Path) -> Result<()> {
    let write = || -> Result<()> {
        fs::write(folder.join(&service.name), &service.text)?;
        for link in &service.links {
            let link = folder.join(link);
            let (within, steps_up) = match link.parent() {
                Some(within) if within != folder => (within, ".."),
                _ => (folder, ""),
            };
            fs::create_dir_all(within)?;
            symlink(Path::new(steps_up).join(&service.name), &link)?;
        }
        Ok(())
    };
    write().during(|| format!("make `{}`", service.name))
}

/// Where unit files are looked for (podman-systemd.unit(5)); the first of a name wins.
fn unit_files(of_user: bool) -> Vec<PathBuf> {
    let below = |folder: PathBuf| folder.join("containers/systemd");
    let mut folders: Vec<PathBuf> = match std::env::var("QUADLET_UNIT_DIRS") {
        Ok(named) => named.split(':').map(PathBuf::from).collect(),
        Err(_) if of_user => {
            let account = Account::current();
            let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
            let own = runtime.into_iter().chain(dirs::config_home(&account)).map(below);
            let all = below("/etc".into()).join("users");
            own.chain([all.join(account.uid.to_string()), all]).collect()
        }
        Err(_) => ["/run", "/etc", "/usr/share"].into_iter().map(|folder| below(folder.into())).collect(),
    };
    let mut found: Vec<PathBuf> = Vec::new();
    folders.reverse();
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir()
                && !is_for_others(&folder, &path)
                && path.extension().is_none_or(|extension| extension != "d")
            {
                folders.push(path);
            } else if quadlet::is_unit(&path) && !found.iter().any(|known| known.file_name() == path.file_name()) {
                found.push(path);
            }
        }
    }
    found
}

/// Whether a folder below one of ours has unit files of users, or of one user: each searches them for himself.
fn is_for_others(folder: &Path, below: &Path) -> bool {
    let name = below.file_name().unwrap_or_default().to_string_lossy();
    (folder.ends_with("containers/systemd") && name == "users")
        || (folder.ends_with("containers/systemd/users") && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The service of a unit file for this user, whose command line box takes. It may name `others`.
fn checked(file: &Path, others: &[PathBuf]) -> Result<Service> {
    let is_of_user = !Account::current().is_root();
    let others: Vec<PathBuf> = others.iter().cloned().chain(unit_files(is_of_user)).collect();
    service_of(file, is_of_user, &others)
}

fn service_of(file: &Path, is_of_user: bool, unit_files: &[PathBuf]) -> Result<Service> {
    let program = program();
    let service = quadlet::service(quadlet::Scene { program: &program, is_of_user, unit_files }, file)?;
    check_command(&service.command).during(|| format!("`{}`", file.display()))?;
    Ok(service)
}

/// How units call box: by the path of this program.
pub(super) fn program() -> String {
    std::env::current_exe().map_or("/usr/bin/box".to_owned(), |path| path.to_string_lossy().into_owned())
}

/// What systemd replaces (`%n`) means nothing to us, and harms nobody here.
fn check_command(words: &[String]) -> Result<()> {
    let words: Vec<_> = std::iter::once("box").chain(words.iter().map(String::as_str)).map(OsString::from).collect();
    match parse(&words) {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default();
            Err(Error::usage(first.strip_prefix("error: ").unwrap_or(first).to_owned()))
        }
    }
}

fn unit_folder() -> Result<PathBuf> {
    let account = Account::current();
    match account.is_root() {
        true => Ok(PathBuf::from("/etc/systemd/system")),
        false => dirs::config_home(&account)
            .map(|home| home.join("systemd/user"))
            .ok_or_else(|| Error::new("there is no home directory for the user's units")),
    }
}

fn is_ours(path: &Path) -> bool {
    let is_service = path.extension().is_some_and(|extension| extension == "service");
    is_service && fs::read_to_string(path).is_ok_and(|text| text.starts_with(quadlet::MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_files_of_other_users_are_not_ours() {
        let users = "/etc/containers/systemd/users";
        for (folder, below, is_for_others_only) in [
            ("/etc/containers/systemd", "users", true),
            ("/etc/containers/systemd", "1000", false),
            (users, "1000", true),
            (users, "web", false),
            ("/etc/containers/systemd/users/1000", "web", false),
        ] {
            let folder = Path::new(folder);
            assert_eq!(is_for_others(folder, &folder.join(below)), is_for_others_only, "{folder:?} {below}");
        }
    }
}
