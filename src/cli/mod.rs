//! Process `box`: the command line. A request comes in, one verb is called, the result is shown.
//!
//! One file per command, named after it: an `Args` struct whose doc comments are the help text, and `run`, which calls
//! a verb and shows what it gives. Commands print through [`print`] alone and return the exit code or the error. The
//! tree of commands below is also what man pages and completions are made from ([`docs`]).

pub mod options;
pub mod print;
pub mod filters;
pub mod format;
pub mod json;
pub mod table;
pub mod units;

pub mod attached;
pub mod personality;
pub mod progress;
pub mod selection;
pub mod terminal;

mod absent;
mod attach;
mod auto_update;
mod cleanup;
mod clone;
mod commit;
mod completion;
mod cp;
mod create;
mod diff;
mod docs;
mod doctor;
mod events;
mod exec;
mod exists;
mod generate;
mod healthcheck;
mod history;
mod image_mount;
mod image_tree;
mod export;
mod images;
mod import;
mod import_from;
mod info;
mod inspect;
mod kill;
mod load;
mod login;
mod logout;
mod logs;
mod manifest;
mod network;
mod oci;
mod pause;
mod pod;
mod port;
mod ps;
mod prune;
mod pull;
mod push;
mod rename;
mod restart;
mod rm;
mod rmi;
mod run;
mod save;
mod search;
mod secret;
mod start;
mod storage;
mod stats;
mod stop;
mod system;
mod tag;
mod top;
mod unit;
mod unshare;
mod update;
mod version;
mod volume;
mod wait;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use self::personality::UNKNOWN_COMMAND;
use crate::container::start::Machine;
use crate::error::{Error, Kind, Result};
use crate::host::account::Account;
use crate::host::dirs;
use crate::rootfs::Driver;
use crate::store::Store;
use crate::sys;

/// Run containers without root and without a daemon
#[derive(Parser)]
#[command(name = "box", version, disable_version_flag = true, args_override_self = true, infer_long_args = false)]
#[command(subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command; they stand before it.
#[derive(clap::Args, Debug, Default)]
pub struct Globals {
    /// Keep images, containers and volumes in this directory
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Keep what a reboot may take in this directory
    #[arg(long, value_name = "DIR")]
    pub runroot: Option<PathBuf>,
    /// Mount root filesystems this way instead of the best one that works here
    #[arg(long, value_name = "DRIVER")]
    pub storage_driver: Option<StorageDriver>,
    /// Also find images of the store in this directory, which is only read
    #[arg(long, value_name = "DIR")]
    pub imagestore: Vec<PathBuf>,
    /// Set an option of the storage: additionalimagestore=DIR, mount_program=PROGRAM, ignore_chown_errors=BOOL
    #[arg(long, value_name = "KEY=VALUE", value_parser = storage::parse)]
    pub storage_opt: Vec<storage::StorageOption>,
    #[command(flatten)]
    pub runtime: options::RuntimeOptions,
    /// Where control groups come from that box cannot make itself: from systemd, or cgroupfs, which is nowhere
    #[arg(long, value_name = "MANAGER")]
    pub cgroup_manager: Option<CgroupManager>,
    /// Find devices by name as the files in this directory describe them, not those in /etc/cdi and so on
    #[arg(long, value_name = "DIR")]
    pub cdi_spec_dir: Vec<PathBuf>,
    /// Docker's configuration is in this directory: credentials for registries, and proxies
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// Say more or less on standard error
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log_level: LogLevel,
    /// Say all there is to say on standard error
    #[arg(short = 'D', long)]
    debug: bool,
    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: Option<bool>,

    // What stands here configures programs that box does not have; scripts written for Podman may name them.
    #[arg(long, hide = true)]
    conmon: Option<String>,
    #[arg(long, hide = true)]
    network_cmd_path: Option<String>,
    #[arg(long, hide = true)]
    tmpdir: Option<String>,
    #[command(flatten)]
    remote: options::remote::RemoteOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StorageDriver {
    /// The kernel's overlay filesystem
    Overlay,
    /// The program fuse-overlayfs
    #[value(alias = "fuse-overlayfs")]
    Fuse,
    /// A full copy of the image for each container
    #[value(alias = "vfs")]
    Copy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CgroupManager {
    Cgroupfs,
    Systemd,
}

/// The names that Podman's users know; box distinguishes three of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LogLevel {
    #[value(aliases = ["fatal", "panic"])]
    Error,
    #[default]
    #[value(aliases = ["warning", "info"])]
    Warn,
    #[value(alias = "trace")]
    Debug,
}

impl Globals {
    /// Opens the store that the command works on.
    pub fn store(&self) -> Result<Store> {
        let place = dirs::store_place(self.root.as_deref(), &Account::current());
        let is_new_elsewhere = place.instead_of.is_some() && !Store::is_at(&place.root);
        let store = Store::open(&place.root)?;
        if let (Some(usual), true) = (&place.instead_of, is_new_elsewhere) {
            let (usual, root) = (usual.display(), place.root.display());
            print::warning(format_args!("{usual} cannot be written: images and containers are kept in {root}"));
        }
        let usual = place.instead_of.filter(|root| Store::is_at(root));
        Ok(store.with_shared(storage::additional_stores(self)?.into_iter().chain(usual)))
    }

    /// Where containers are started.
    fn machine(&self) -> Result<Machine> {
        let driver = self.storage_driver.map(|driver| match driver {
            StorageDriver::Overlay => Driver::Overlay,
            StorageDriver::Fuse => Driver::FuseOverlayfs,
            StorageDriver::Copy => Driver::Copy,
        });
        let driver = driver.or_else(|| storage::driver(self));
        let runtime_root = dirs::runtime_root(self.runroot.as_deref(), &Account::current())?;
        let monitors_leave = std::env::var_os("NOTIFY_SOCKET").is_some();
        Ok(Machine { runtime_root, driver, passed: Arc::default(), monitors_leave })
    }
}

impl From<LogLevel> for print::Level {
    fn from(level: LogLevel) -> print::Level {
        match level {
            LogLevel::Error => print::Level::Error,
            LogLevel::Warn => print::Level::Warning,
            LogLevel::Debug => print::Level::Debug,
        }
    }
}

/// Every command, in the order of the help text.
#[derive(Subcommand)]
#[command(defer = true)]
enum Command {
    #[command(flatten)]
    OnContainer(OnContainer),
    #[command(flatten)]
    OnImage(OnImage),
    Ps(ps::Args),
    Images(images::Args),
    Rmi(rmi::Args),
    Inspect(inspect::Args),
    Diff(diff::Args),
    Login(login::Args),
    Logout(logout::Args),
    Info(info::Args),
    Events(events::Args),
    AutoUpdate(auto_update::Args),
    Doctor(doctor::Args),
    /// Work with containers
    #[command(subcommand)]
    Container(ContainerCommand),
    /// Work with images
    #[command(subcommand)]
    Image(ImageCommand),
    /// Work with lists of images for several platforms
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Look after the health of containers
    #[command(subcommand)]
    Healthcheck(HealthcheckCommand),
    /// Work with pods: containers that share a network
    #[command(subcommand)]
    Pod(pod::PodCommand),
    /// Work with volumes
    #[command(subcommand)]
    Volume(VolumeCommand),
    /// Work with networks
    #[command(subcommand)]
    Network(NetworkCommand),
    /// Work with secrets
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Look after the store
    #[command(subcommand)]
    System(system::SystemCommand),
    Oci(Box<oci::Args>),
    /// Run containers as services of systemd
    #[command(subcommand)]
    Unit(UnitCommand),
    /// Make services of what is there, for scripts
    #[command(subcommand)]
    Generate(GenerateCommand),
    Unshare(unshare::Args),
    Completion(completion::Args),
    Version(version::Args),
    #[command(hide = true)]
    Docs(docs::Args),
}

/// What stands alone and after `container`.
#[derive(Subcommand)]
#[command(defer = true)]
enum OnContainer {
    Run(Box<run::Args>),
    Create(Box<create::Args>),
    Start(start::Args),
    Stop(stop::Args),
    Restart(restart::Args),
    Kill(kill::Args),
    Rm(rm::Args),
    Exec(exec::Args),
    Top(top::Args),
    Stats(stats::Args),
    Update(Box<update::Args>),
    Pause(pause::Args),
    Unpause(pause::UnpauseArgs),
    Attach(attach::Args),
    Logs(logs::Args),
    Wait(wait::Args),
    Port(port::Args),
    Rename(rename::Args),
    Cp(cp::Args),
    Commit(commit::Args),
    Export(export::Args),
}

/// What stands alone and after `image`.
#[derive(Subcommand)]
#[command(defer = true)]
enum OnImage {
    Pull(pull::Args),
    Push(Box<push::Args>),
    Save(save::Args),
    Load(load::Args),
    Search(search::Args),
    Tag(tag::Args),
    Untag(tag::UntagArgs),
    History(history::Args),
    Import(import::Args),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum ContainerCommand {
    #[command(flatten)]
    OnContainer(OnContainer),
    #[command(aliases = ["list", "ps"])]
    Ls(ps::Args),
    Inspect(inspect::Args),
    Exists(exists::Args),
    Prune(prune::ContainerArgs),
    Cleanup(cleanup::Args),
    Clone(Box<clone::Args>),
    Diff(diff::Args),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum ImageCommand {
    #[command(flatten)]
    OnImage(OnImage),
    #[command(alias = "list")]
    Ls(images::Args),
    Inspect(inspect::Args),
    Exists(exists::Args),
    Tree(image_tree::Args),
    ImportFrom(import_from::Args),
    Mount(image_mount::MountArgs),
    #[command(alias = "umount")]
    Unmount(image_mount::UnmountArgs),
    #[command(alias = "remove")]
    Rm(rmi::Args),
    Prune(prune::ImageArgs),
    Diff(diff::Args),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum ManifestCommand {
    Create(manifest::CreateArgs),
    Add(manifest::AddArgs),
    Annotate(manifest::AnnotateArgs),
    Inspect(manifest::InspectArgs),
    Push(Box<manifest::PushArgs>),
    Remove(manifest::RemoveArgs),
    Rm(manifest::RmArgs),
    Exists(manifest::ExistsArgs),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum UnitCommand {
    Install(unit::InstallArgs),
    Show(unit::ShowArgs),
    #[command(alias = "list")]
    Ls(unit::LsArgs),
    #[command(alias = "rm")]
    Remove(unit::RemoveArgs),
    FromRun(unit::FromRunArgs),
    FromContainer(unit::FromContainerArgs),
    Generate(unit::GenerateArgs),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum GenerateCommand {
    Systemd(Box<generate::SystemdArgs>),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum HealthcheckCommand {
    Run(healthcheck::RunArgs),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum VolumeCommand {
    Create(volume::CreateArgs),
    #[command(alias = "list")]
    Ls(volume::LsArgs),
    Inspect(inspect::Args),
    #[command(alias = "remove")]
    Rm(volume::RmArgs),
    Prune(volume::PruneArgs),
    Exists(exists::Args),
    Export(volume::ExportArgs),
    Import(volume::ImportArgs),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum NetworkCommand {
    Create(network::CreateArgs),
    #[command(alias = "list")]
    Ls(network::LsArgs),
    Inspect(network::InspectArgs),
    #[command(alias = "remove")]
    Rm(network::RmArgs),
    Prune(network::PruneArgs),
    Exists(exists::Args),
    Connect(network::ConnectArgs),
    Disconnect(network::DisconnectArgs),
    Log(network::LogArgs),
    #[command(hide = true)]
    Reload(network::ReloadArgs),
}

#[derive(Subcommand)]
#[command(defer = true)]
enum SecretCommand {
    Create(secret::CreateArgs),
    #[command(alias = "list")]
    Ls(secret::LsArgs),
    Inspect(secret::InspectArgs),
    #[command(alias = "remove")]
    Rm(secret::RmArgs),
    Exists(exists::Args),
}

/// Runs the command line `arguments` (the program's name first) and ends the process.
pub fn main(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ! {
    sys::signals::keep_exit_codes();
    keep_owners_rights();
    let arguments: Vec<_> = arguments.into_iter().collect();
    personality::take_after(arguments.first());
    std::process::exit(i32::from(obey(arguments).unwrap_or_else(|error| {
        print::error(&error);
        personality::exit_code(&error)
    })))
}

fn obey(arguments: Vec<std::ffi::OsString>) -> Result<u8> {
    if personality::is_asked_for(&arguments) {
        return print::block(&personality::help()).map(|()| 0);
    }
    match parse(&as_called(arguments)) {
        Ok(cli) => {
            let Cli { globals, command } = cli;
            print::set_level(if globals.debug { print::Level::Debug } else { globals.log_level.into() });
            globals.remote.refuse()?;
            if let Some(directory) = &globals.config {
                dirs::have_docker_configuration_in(directory);
            }
            command.run(&globals)
        }
        Err(error) => show_parse_error(&error),
    }
}

/// Others call some of our commands by one name.
fn as_called(mut arguments: Vec<std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    let name = arguments.first().and_then(|path| std::path::Path::new(path).file_name());
    let words: &[&str] = match name.and_then(std::ffi::OsStr::to_str) {
        Some("box-oci") => &["oci"],
        Some("box-system-generator") => &["unit", "generate"],
        Some("box-user-generator") => &["unit", "generate", "--user"],
        _ => &[],
    };
    arguments.splice(1..1, words.iter().map(std::ffi::OsString::from));
    arguments
}

/// A umask that takes rights from the owner too would make directories that we could not use ourselves.
fn keep_owners_rights() {
    let asked = rustix::process::umask(rustix::fs::Mode::RWXU);
    rustix::process::umask(asked.difference(rustix::fs::Mode::RWXU));
}

impl Command {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            Command::OnContainer(command) | Command::Container(ContainerCommand::OnContainer(command)) => {
                command.run(globals)
            }
            Command::OnImage(command) | Command::Image(ImageCommand::OnImage(command)) => command.run(globals),
            Command::Ps(args) | Command::Container(ContainerCommand::Ls(args)) => ps::run(args, globals),
            Command::Inspect(args) => inspect::run(args, globals),
            Command::Diff(args) => diff::run(args, globals),
            Command::Container(ContainerCommand::Diff(args)) => diff::run_container(args, globals),
            Command::Image(ImageCommand::Diff(args)) => diff::run_image(args, globals),
            Command::Login(args) => login::run(args, globals),
            Command::Logout(args) => logout::run(args, globals),
            Command::Info(args) => info::run(args, globals),
            Command::AutoUpdate(args) => auto_update::run(args, globals),
            Command::Events(args) => events::run(args, globals),
            Command::Doctor(args) => doctor::run(args, globals),
            Command::Container(ContainerCommand::Inspect(args)) => {
                inspect::run_for(args, inspect::ObjectKind::Container, globals)
            }
            Command::Image(ImageCommand::Inspect(args)) => inspect::run_for(args, inspect::ObjectKind::Image, globals),
            Command::Images(args) | Command::Image(ImageCommand::Ls(args)) => images::run(args, globals),
            Command::Container(ContainerCommand::Exists(args)) => exists::run_container(args, globals),
            Command::Image(ImageCommand::Exists(args)) => exists::run_image(args, globals),
            Command::Rmi(args) | Command::Image(ImageCommand::Rm(args)) => rmi::run(args, globals),
            Command::Container(ContainerCommand::Prune(args)) => prune::run_containers(args, globals),
            Command::Container(ContainerCommand::Cleanup(args)) => cleanup::run(args, globals),
            Command::Container(ContainerCommand::Clone(args)) => clone::run(*args, globals),
            Command::Image(ImageCommand::Prune(args)) => prune::run_images(args, globals),
            Command::Manifest(command) => command.run(globals),
            Command::Image(ImageCommand::Tree(args)) => image_tree::run(args, globals),
            Command::Image(ImageCommand::ImportFrom(args)) => import_from::run(args, globals),
            Command::Image(ImageCommand::Mount(args)) => image_mount::run_mount(args, globals),
            Command::Image(ImageCommand::Unmount(args)) => image_mount::run_unmount(args, globals),
            Command::Healthcheck(HealthcheckCommand::Run(args)) => healthcheck::run_run(args, globals),
            Command::Pod(command) => command.run(globals),
            Command::Volume(command) => command.run(globals),
            Command::Network(command) => command.run(globals),
            Command::Secret(command) => command.run(globals),
            Command::System(command) => command.run(globals),
            Command::Oci(args) => oci::run(*args, globals),
            Command::Unit(command) => command.run(globals),
            Command::Generate(GenerateCommand::Systemd(args)) => generate::run_systemd(*args, globals),
            Command::Unshare(args) => unshare::run(args, globals),
            Command::Completion(args) => completion::run(args),
            Command::Version(args) => version::run(args, globals),
            Command::Docs(args) => docs::run(args),
        }
    }
}

impl OnContainer {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            OnContainer::Run(args) => run::run(*args, globals),
            OnContainer::Create(args) => create::run(*args, globals),
            OnContainer::Start(args) => start::run(args, globals),
            OnContainer::Stop(args) => stop::run(args, globals),
            OnContainer::Restart(args) => restart::run(args, globals),
            OnContainer::Kill(args) => kill::run(args, globals),
            OnContainer::Rm(args) => rm::run(args, globals),
            OnContainer::Exec(args) => exec::run(args, globals),
            OnContainer::Top(args) => top::run(args, globals),
            OnContainer::Stats(args) => stats::run(args, globals),
            OnContainer::Update(args) => update::run(*args, globals),
            OnContainer::Pause(args) => pause::run(args, globals),
            OnContainer::Unpause(args) => pause::run_unpause(args, globals),
            OnContainer::Attach(args) => attach::run(args, globals),
            OnContainer::Logs(args) => logs::run(args, globals),
            OnContainer::Wait(args) => wait::run(args, globals),
            OnContainer::Port(args) => port::run(args, globals),
            OnContainer::Rename(args) => rename::run(args, globals),
            OnContainer::Commit(args) => commit::run(args, globals),
            OnContainer::Cp(args) => cp::run(args, globals),
            OnContainer::Export(args) => export::run(args, globals),
        }
    }
}

impl OnImage {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            OnImage::Pull(args) => pull::run(args, globals),
            OnImage::Push(args) => push::run(*args, globals),
            OnImage::Save(args) => save::run(args, globals),
            OnImage::Load(args) => load::run(args, globals),
            OnImage::Search(args) => search::run(args, globals),
            OnImage::Tag(args) => tag::run(args, globals),
            OnImage::History(args) => history::run(args, globals),
            OnImage::Untag(args) => tag::run_untag(args, globals),
            OnImage::Import(args) => import::run(args, globals),
        }
    }
}

impl ManifestCommand {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            ManifestCommand::Create(args) => manifest::run_create(args, globals),
            ManifestCommand::Add(args) => manifest::run_add(args, globals),
            ManifestCommand::Annotate(args) => manifest::run_annotate(args, globals),
            ManifestCommand::Inspect(args) => manifest::run_inspect(args, globals),
            ManifestCommand::Push(args) => manifest::run_push(*args, globals),
            ManifestCommand::Remove(args) => manifest::run_remove(args, globals),
            ManifestCommand::Rm(args) => manifest::run_rm(args, globals),
            ManifestCommand::Exists(args) => manifest::run_exists(args, globals),
        }
    }
}

impl UnitCommand {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            UnitCommand::Install(args) => unit::run_install(args),
            UnitCommand::Show(args) => unit::run_show(args),
            UnitCommand::Ls(args) => unit::run_ls(args),
            UnitCommand::Remove(args) => unit::run_remove(args),
            UnitCommand::FromRun(args) => unit::run_from_run(args),
            UnitCommand::FromContainer(args) => unit::run_from_container(args, globals),
            UnitCommand::Generate(args) => unit::run_generate(args),
        }
    }
}

impl VolumeCommand {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            VolumeCommand::Create(args) => volume::run_create(args, globals),
            VolumeCommand::Ls(args) => volume::run_ls(args, globals),
            VolumeCommand::Inspect(args) => inspect::run_for(args, inspect::ObjectKind::Volume, globals),
            VolumeCommand::Rm(args) => volume::run_rm(args, globals),
            VolumeCommand::Prune(args) => volume::run_prune(args, globals),
            VolumeCommand::Export(args) => volume::run_export(args, globals),
            VolumeCommand::Import(args) => volume::run_import(args, globals),
            VolumeCommand::Exists(args) => exists::run_volume(args, globals),
        }
    }
}

impl NetworkCommand {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            NetworkCommand::Create(args) => network::run_create(args, globals),
            NetworkCommand::Ls(args) => network::run_ls(args, globals),
            NetworkCommand::Inspect(args) => network::run_inspect(args, globals),
            NetworkCommand::Rm(args) => network::run_rm(args, globals),
            NetworkCommand::Prune(args) => network::run_prune(args, globals),
            NetworkCommand::Exists(args) => exists::run_network(args, globals),
            NetworkCommand::Connect(args) => network::run_connect(args, globals),
            NetworkCommand::Disconnect(args) => network::run_disconnect(args, globals),
            NetworkCommand::Log(args) => network::run_log(args, globals),
            NetworkCommand::Reload(args) => network::run_reload(args, globals),
        }
    }
}

impl SecretCommand {
    fn run(self, globals: &Globals) -> Result<u8> {
        match self {
            SecretCommand::Create(args) => secret::run_create(args, globals),
            SecretCommand::Ls(args) => secret::run_ls(args, globals),
            SecretCommand::Inspect(args) => secret::run_inspect(args, globals),
            SecretCommand::Rm(args) => secret::run_rm(args, globals),
            SecretCommand::Exists(args) => exists::run_secret(args, globals),
        }
    }
}

/// For commands whose exit code is that of a program: what is missing is a failure of box (125), since the program may
/// exit with 1.
fn absent_is_failure(error: Error) -> Error {
    match error.kind {
        Kind::Absent | Kind::InUse => error.of_kind(Kind::Engine),
        _ => error,
    }
}

/// Parses the command line. Of the tree of commands only the branch that is asked for is made (`defer`), since making
/// all of them takes longer than what a command like `ps` then does; errors and help texts are the whole tree's.
///
/// Go's flags read `--rm=true` and `-d=true`, and scripts use it: when a switch was given a value, switches take one.
/// That tree differs from the other in that alone: help, man pages and completions show switches as what they are.
fn parse(arguments: &[std::ffi::OsString]) -> std::result::Result<Cli, clap::Error> {
    if let Ok(cli) = parse_with(Cli::command(), arguments) {
        return Ok(cli);
    }
    match parse_with(whole_tree(), arguments) {
        Err(error) if is_of_valued_switch(&error) => parse_with(with_valued_switches(whole_tree()), arguments),
        outcome => outcome,
    }
}

/// A long one has a value too many; of a short one the value is taken for another one.
fn is_of_valued_switch(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::TooManyValues, _) => true,
        (ErrorKind::UnknownArgument, Some(ContextValue::String(argument))) => argument == "-=",
        _ => false,
    }
}

fn parse_with(command: clap::Command, arguments: &[std::ffi::OsString]) -> std::result::Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// The tree of commands with all its branches.
fn whole_tree() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

fn with_valued_switches(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| match arg.get_action() {
        ArgAction::SetTrue => arg
            .action(ArgAction::Set)
            .value_parser(go_bool)
            .num_args(0..=1)
            .require_equals(true)
            .default_value("false")
            .default_missing_value("true"),
        _ => arg,
    });
    command.mut_subcommands(with_valued_switches)
}

/// Reads what Go's strconv.ParseBool reads.
fn go_bool(text: &str) -> std::result::Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("expected `true` or `false`".to_owned()),
    }
}

/// Help and version are results; everything else that clap stops for is a usage error.
fn show_parse_error(error: &clap::Error) -> Result<u8> {
    use clap::error::ErrorKind;
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp => print::block(&text).map(|()| 0),
        ErrorKind::DisplayVersion => print::line(format_args!("box version {}", env!("CARGO_PKG_VERSION"))).map(|()| 0),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            print::note(text.trim_end());
            Ok(125)
        }
        kind => {
            let usual = || text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned();
            print::note(format_args!("box: {}", absent::instead_of(error).unwrap_or_else(usual)));
            Ok(if kind == ErrorKind::InvalidSubcommand { UNKNOWN_COMMAND.side() } else { 125 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> std::result::Result<Cli, clap::Error> {
        parse(&line.split(' ').map(Into::into).collect::<Vec<_>>())
    }

    #[test]
    fn the_tree_of_commands_is_consistent() {
        Cli::command().debug_assert();
        with_valued_switches(whole_tree()).debug_assert();
    }

    #[test]
    fn usage_errors_exit_as_scripts_know_it() {
        for line in ["box nonsense", "box --nonsense version", "box version --nonsense", "box"] {
            let error = parse_words(line).err().expect(line);
            assert_eq!(show_parse_error(&error).unwrap(), 125, "{line}");
        }
    }

    #[test]
    fn switches_have_values_as_in_go() {
        for (line, runs_detached) in [
            ("box run -d image", true),
            ("box run -d=true image", true),
            ("box run --detach=1 image", true),
            ("box run -d=false image", false),
            ("box run -it=true -d image sh -c=x", true),
            ("box run -dit=false image", true),
            ("box run -d=false -p=80:80 -e=A=1 image", false),
        ] {
            let Ok(Cli { command: Command::OnContainer(OnContainer::Run(args)), .. }) = parse_words(line) else {
                panic!("{line} is one of run");
            };
            assert_eq!(args.detach, runs_detached, "{line}");
        }
        for line in ["box run -d=maybe image", "box ps -=", "box run -=d image"] {
            assert!(parse_words(line).is_err(), "{line}");
        }
    }

    #[test]
    fn options_of_absent_programs_are_accepted() {
        assert!(parse_words("box --conmon /usr/bin/conmon --network-cmd-path x --tmpdir=/tmp version").is_ok());
    }
}
