//! The options that describe a container, shared by `run` and `create`, and how they become [`Settings`].
//!
//! Options of one kind stand together, in the order of the help text; each group applies itself to the settings. Every
//! value is checked for form here, so that a mistake ends the command before anything is pulled or made. An option that
//! is parsed works, or is refused in one sentence.

pub mod cdi;
pub mod command_line;
pub mod descriptor;
pub mod environment;
pub mod health;
pub mod limit;
pub mod log;
pub mod mount;
pub mod namespace;
pub mod network;

pub mod port;
pub mod readiness;
pub mod registry;
pub mod remote;
pub mod resource;
pub mod secret;
pub mod security;
pub mod status;
pub mod user;

use std::path::PathBuf;

use clap::ArgAction;

use super::go_bool;
use super::personality::{MISSING_WORKDIR, Missing};
use crate::error::{During as _, Error, Result};
use crate::host::tools;
use crate::image::pull::PullPolicy;
use crate::oci::runtime::NamespaceKind;
use crate::process::signal;
use crate::settings::{
    AccountSettings, CgroupMode, ImageSource, ImageVolumes, NetworkMode, RestartPolicy, RootEmulation, Runtime,
    SHM_SIZE, Settings, SystemdMode,
};

pub use registry::RegistryOptions;
pub use resource::ResourceOptions;

/// Seconds between the stop signal and KILL, as everywhere in Docker and Podman.
const STOP_TIMEOUT: u32 = 10;

#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub struct ContainerOptions {
    // `-h` is the host name, as in Docker and Podman.
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,

    #[command(flatten)]
    pub lifetime: LifetimeOptions,
    #[command(flatten)]
    program: ProgramOptions,
    #[command(flatten)]
    health: health::HealthOptions,
    #[command(flatten)]
    files: FileOptions,
    #[command(flatten)]
    network: NetworkOptions,
    #[command(flatten)]
    isolation: IsolationOptions,
    #[command(flatten)]
    limits: LimitOptions,
    /// Ask the registry: missing, always, never or newer
    #[arg(long, value_name = "POLICY", value_parser = registry::policy, default_value = "missing")]
    #[arg(help_heading = "Registry")]
    pull: PullPolicy,
    #[command(flatten)]
    registry: RegistryOptions,
    #[command(flatten)]
    ignored: IgnoredOptions,
    #[command(flatten)]
    refused: RefusedOptions,

    /// The image and, after it, the command and its arguments; `host` is this machine's own userland
    // One list: whatever follows the image belongs to the command, options too.
    #[arg(value_name = "IMAGE [COMMAND [ARG]...]", required = true, trailing_var_arg = true)]
    words: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Name and lifetime")]
pub struct LifetimeOptions {
    /// Give the container this name
    #[arg(long)]
    name: Option<String>,
    /// Remove a container that already has the name
    #[arg(long)]
    pub replace: bool,
    /// Write the container's ID to a file that does not exist yet
    #[arg(long, value_name = "FILE")]
    pub cidfile: Option<std::path::PathBuf>,
    /// At each start, write the process ID of the program to a file
    #[arg(long, value_name = "FILE")]
    pidfile: Option<std::path::PathBuf>,
    /// At each start, write the process ID of the container's monitor to a file
    #[arg(long, value_name = "FILE")]
    conmon_pidfile: Option<std::path::PathBuf>,
    /// Remove the container and its anonymous volumes when it ends
    #[arg(long)]
    pub rm: bool,
    /// Attach metadata
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    label: Vec<String>,
    /// Read metadata from a file of NAME=VALUE lines
    #[arg(long, value_name = "FILE")]
    label_file: Vec<String>,
    /// Attach an OCI annotation
    #[arg(long, value_name = "NAME=VALUE")]
    annotation: Vec<String>,
    /// Stop the container with this signal
    #[arg(long, value_name = "SIGNAL")]
    stop_signal: Option<String>,
    /// Wait so many seconds after the stop signal, then kill
    #[arg(long, value_name = "SECONDS", default_value_t = STOP_TIMEOUT)]
    stop_timeout: u32,
    /// Refuse to start where something that was asked for, such as a limit, cannot be kept; else that is a warning
    #[arg(long)]
    strict: bool,
    /// Kill the container after so many seconds; 0 for never
    #[arg(long, value_name = "SECONDS", default_value_t = 0, hide_default_value = true)]
    timeout: u32,
    /// Start it again when it ends: no, on-failure[:NUMBER], always, unless-stopped
    #[arg(long, value_name = "POLICY")]
    restart: Option<String>,
    /// Start these containers before it
    #[arg(long, value_name = "CONTAINER", value_delimiter = ',')]
    requires: Vec<String>,
    /// Make it a container of this pod; `new:NAME` makes the pod too, of what is asked for of network and ports
    #[arg(long, value_name = "POD")]
    pub pod: Option<String>,
    /// Make it a container of the pod whose ID this file holds
    #[arg(long, value_name = "FILE", conflicts_with = "pod")]
    pub pod_id_file: Option<std::path::PathBuf>,
    /// Keep the output here: k8s-file, json-file, journald, none, or passthrough
    #[arg(long, value_name = "DRIVER")]
    log_driver: Option<String>,
    /// Configure the log: max-size=SIZE, max-file=NUMBER, path=FILE, tag=TEXT, labels=NAMES, env=NAMES,
    /// mode=blocking|non-blocking, max-buffer-size=SIZE
    #[arg(long, value_name = "NAME=VALUE")]
    log_opt: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Program")]
struct ProgramOptions {
    /// Keep standard input open
    #[arg(short, long)]
    interactive: bool,
    /// Give the program a terminal
    #[arg(short, long)]
    tty: bool,
    /// Replace the image's entrypoint by a word or a JSON array; an empty one clears it
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,
    /// Start in this directory
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Set a variable; without a value, or with a trailing `*`, take it from here
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Read variables from a file of NAME=VALUE lines; with a `-` before its name, it may be missing
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    env_file: Vec<String>,
    /// Pass on all variables of this environment
    #[arg(long)]
    env_host: bool,
    /// Set a variable to what others are before: NAME='${NAME}:/more'
    #[arg(long, value_name = "NAME=VALUE")]
    env_merge: Vec<String>,
    /// Set no variable of this name unless --env does
    #[arg(long, value_name = "NAME")]
    unsetenv: Vec<String>,
    /// Set no variables but those of --env
    #[arg(long)]
    unsetenv_all: bool,
    /// Pass on the proxy variables of this environment
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    http_proxy: bool,
    /// Run as this user
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Add the user to this group; keep-groups for the groups that you are in here
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    group_add: Vec<String>,
    /// Add a user of this machine to the container's /etc/passwd
    #[arg(long, value_name = "USER")]
    hostuser: Vec<String>,
    /// Give a user whom the image does not know a line in /etc/passwd and /etc/group
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    passwd: bool,
    /// That line in /etc/passwd; $USERNAME, $UID, $GID, $NAME and $HOME are replaced
    #[arg(long, value_name = "LINE")]
    passwd_entry: Option<String>,
    /// That line in /etc/group; $GROUPNAME, $USERNAME and $GID are replaced
    #[arg(long, value_name = "LINE")]
    group_entry: Option<String>,
    /// Use this time zone, such as Europe/Berlin; `local` for that of this machine
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// What the kernel says it is: LINUX or LINUX32
    #[arg(long, value_name = "PERSONA")]
    personality: Option<String>,
    /// Take these rights from new files
    #[arg(long, value_name = "MODE")]
    umask: Option<String>,
    /// Run a small init as process 1, which forwards signals and reaps
    #[arg(long)]
    init: bool,
    /// Prepare the container for systemd: true, where the program is called like it; always; or false
    #[arg(long, value_name = "MODE", value_parser = systemd_mode, default_value = "true")]
    systemd: SystemdMode,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Files")]
struct FileOptions {
    /// Mount a directory or file of the host, or a named volume
    #[arg(short, long, value_name = "[SOURCE:]DEST[:OPTIONS]")]
    volume: Vec<String>,
    /// Mount a bind, volume, tmpfs, devpts or mqueue
    #[arg(long, value_name = "type=TYPE,NAME=VALUE,...")]
    mount: Vec<String>,
    /// Mount what is mounted in another container
    #[arg(long, value_name = "CONTAINER[:OPTIONS]", value_delimiter = ',')]
    volumes_from: Vec<String>,
    /// Make the directories that the image declares as volumes these: anonymous (alias bind), tmpfs, or ignore them
    #[arg(long, value_name = "KIND", value_parser = mount::image_volumes, default_value = "anonymous")]
    image_volume: ImageVolumes,
    /// Give a secret as a file in memory or a variable: type=mount|env, target=TARGET, uid=UID, gid=GID, mode=MODE
    #[arg(long, value_name = "NAME[,NAME=VALUE,...]")]
    secret: Vec<String>,
    /// Mount a temporary filesystem in memory
    #[arg(long, value_name = "DEST[:OPTIONS]")]
    tmpfs: Vec<String>,
    /// Add a device of the host, by path or by a name of the Container Device Interface: VENDOR/CLASS=NAME
    #[arg(long, value_name = "SOURCE[:DEST][:rwm]")]
    device: Vec<String>,
    /// Add GPUs of NVIDIA: all, a number, or device=LIST
    #[arg(long, value_name = "GPUS")]
    gpus: Vec<String>,
    /// Make the root filesystem read-only
    #[arg(long)]
    read_only: bool,
    /// With --read-only, mount a tmpfs on /run, /tmp and /var/tmp
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    read_only_tmpfs: bool,
    /// Size of /dev/shm
    #[arg(long, value_name = "SIZE")]
    shm_size: Option<String>,
    /// The first argument is a directory to use as root filesystem, not an image
    #[arg(long)]
    rootfs: bool,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Network")]
struct NetworkOptions {
    #[command(flatten)]
    choice: network::NetworkChoice,
    /// Publish a port, or a range of ports
    #[arg(short, long, value_name = "[[ADDRESS:][HOST]:]PORT[/PROTOCOL]", value_delimiter = ',')]
    publish: Vec<String>,
    /// Publish all exposed ports on free ports of the host
    #[arg(short = 'P', long)]
    publish_all: bool,
    /// Say that the container listens on a port
    #[arg(long, value_name = "PORT[/PROTOCOL]", value_delimiter = ',')]
    expose: Vec<String>,
    /// Name inside; the first 12 digits of the ID without
    #[arg(short = 'h', long, value_name = "NAME")]
    hostname: Option<String>,
    /// Add a line to /etc/hosts; the address may be host-gateway
    #[arg(long, value_name = "NAME:ADDRESS")]
    add_host: Vec<String>,
    /// Ask this DNS server; `none` leaves resolv.conf alone
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns: Vec<String>,
    /// Set an option of the resolver
    #[arg(long, alias = "dns-opt", value_name = "OPTION", value_delimiter = ',')]
    dns_option: Vec<String>,
    /// Leave the image's /etc/hosts alone
    #[arg(long, conflicts_with_all = ["add_host", "hosts_file"])]
    no_hosts: bool,
    /// Begin /etc/hosts with the lines of this file; `none` for no file
    #[arg(long, value_name = "FILE")]
    hosts_file: Option<String>,
    /// Leave the image's /etc/hostname alone
    #[arg(long)]
    no_hostname: bool,
    /// Set the domain name of NIS
    #[arg(long, value_name = "NAME")]
    domainname: Option<String>,
    /// Complete names with this domain; `.` for none
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',')]
    dns_search: Vec<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Isolation")]
struct IsolationOptions {
    #[command(flatten)]
    runtime: RuntimeOptions,
    /// Without subordinate ids, let programs change owners and users all the same
    #[arg(long, value_name = "SWITCH", default_value = "on", hide_default_value = true)]
    root_emulation: Switch,
    /// Give more rights: all capabilities, no seccomp filter, nothing masked
    #[arg(long)]
    privileged: bool,
    /// Add a capability
    #[arg(long, value_name = "CAP", value_delimiter = ',')]
    cap_add: Vec<String>,
    /// Drop a capability
    #[arg(long, value_name = "CAP", value_delimiter = ',')]
    cap_drop: Vec<String>,
    /// no-new-privileges, seccomp=unconfined, seccomp=FILE, mask=PATHS, unmask=PATHS, proc-opts=OPTIONS, label=...,
    /// apparmor=...
    #[arg(long, value_name = "OPTION")]
    security_opt: Vec<String>,
    /// User namespace: host (you are root inside), keep-id[:uid=UID,gid=GID,size=NUMBER], container:NAME, ns:PATH;
    /// without you: auto[:size=NUMBER] (some of your subordinate ids, of no other such container) or nomap (all)
    #[arg(long, value_name = "MODE")]
    userns: Option<String>,
    /// Map user ids; outside, 0 is you, then come your subordinate ids, and `@` is before a number of the host
    #[arg(long, value_name = "[FLAGS]INSIDE:OUTSIDE[:SIZE]", conflicts_with = "userns", value_delimiter = ',')]
    uidmap: Vec<String>,
    /// Map group ids; without, they are mapped as user ids
    #[arg(long, value_name = "[FLAGS]INSIDE:OUTSIDE[:SIZE]", conflicts_with = "userns", value_delimiter = ',')]
    gidmap: Vec<String>,
    /// Use the subordinate user ids of this account, which must be your own
    #[arg(long, value_name = "NAME", hide = true)]
    subuidname: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    subgidname: Option<String>,
    /// Process namespace: private, host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    pid: Option<String>,
    /// IPC namespace: private, shareable, none, host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    ipc: Option<String>,
    /// Host name namespace: private, host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    uts: Option<String>,
    /// Cgroup namespace: private, host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    cgroupns: Option<String>,
}

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Limits")]
struct LimitOptions {
    #[command(flatten)]
    resources: ResourceOptions,
    /// Set a resource limit, or `host` for this shell's limits
    #[arg(long, value_name = "NAME=SOFT[:HARD]", value_delimiter = ',')]
    ulimit: Vec<String>,
    /// Set a kernel parameter of the container's own
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',')]
    sysctl: Vec<String>,
    /// Make the kernel choose this program rather than others when memory is short
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(i32).range(-1000..=1000))]
    oom_score_adj: Option<i32>,
    /// Make the container's control group below this one
    #[arg(long, value_name = "PATH")]
    cgroup_parent: Option<String>,
    /// Write a value to a file of the container's control group, of version 2
    #[arg(long, value_name = "FILE=VALUE")]
    cgroup_conf: Vec<String>,
    /// enabled, disabled, no-conmon or split
    #[arg(long, value_name = "MODE", default_value = "enabled", hide_default_value = true)]
    cgroups: String,
}

/// Options that have no meaning here and change nothing that a script could notice.
#[derive(clap::Args, Debug)]
struct IgnoredOptions {
    #[arg(long, hide = true)]
    disable_content_trust: bool,
    #[arg(long, hide = true)]
    kernel_memory: Option<String>,
    #[arg(long, hide = true)]
    link_local_ip: Vec<String>,
    #[arg(long, hide = true)]
    isolation: Option<String>,
    #[arg(long, hide = true)]
    cpu_count: Option<String>,
    #[arg(long, hide = true)]
    cpu_percent: Option<String>,
    #[arg(long, hide = true)]
    io_maxbandwidth: Option<String>,
    #[arg(long, hide = true)]
    io_maxiops: Option<String>,
    #[arg(long, hide = true)]
    signature_policy: Option<String>,
    #[arg(long, hide = true)]
    init_path: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Options that cannot mean anything here, each with why.
#[derive(clap::Args, Debug)]
struct RefusedOptions {
    #[arg(long, hide = true)]
    device_cgroup_rule: Vec<String>,
    #[arg(long, hide = true)]
    storage_opt: Vec<String>,
    #[arg(long, hide = true)]
    decryption_key: Vec<String>,
    #[arg(long, hide = true)]
    volume_driver: Option<String>,
    #[arg(long, hide = true)]
    seccomp_policy: Option<String>,
    #[arg(long, hide = true)]
    use_api_socket: bool,
    #[arg(long, hide = true)]
    chrootdirs: Vec<String>,
    #[arg(long, hide = true)]
    link: Vec<String>,
}

impl RefusedOptions {
    fn refuse(&self) -> Result<()> {
        let other_driver = self.volume_driver.as_deref().is_some_and(|driver| !matches!(driver, "" | "local"));
        let other_policy = self.seccomp_policy.as_deref().is_some_and(|policy| !matches!(policy, "" | "default"));
        let refused = [
            (!self.device_cgroup_rule.is_empty(), "--device-cgroup-rule: rules for devices can be set by root only"),
            (!self.storage_opt.is_empty(), "--storage-opt: what a container writes cannot be limited in size here"),
            (!self.decryption_key.is_empty(), "--decryption-key: encrypted images are not supported"),
            (other_driver, "--volume-driver: `local` is the only driver of volumes"),
            (
                other_policy,
                "--seccomp-policy: a profile that the image brings is not trusted; --security-opt names one",
            ),
            (self.use_api_socket, "--use-api-socket: there is no API whose socket could be passed on"),
            (!self.chrootdirs.is_empty(), "--chrootdirs: files are kept up to date for the root directory only"),
            (
                !self.link.is_empty(),
                "--link: containers find each other by name in a network of theirs (--network NAME)",
            ),
        ];
        match refused.into_iter().find(|(is_given, _)| *is_given) {
            Some((_, why)) => Err(Error::usage(why)),
            None => Ok(()),
        }
    }
}

/// What a command line asks for.
pub struct Asked {
    pub settings: Settings,
    /// The kinds of namespaces that were asked for by an option of their own.
    pub own_namespaces: Vec<NamespaceKind>,
    pub lifetime: LifetimeOptions,
    /// Containers whose mounts are taken over.
    pub volumes_from: Vec<String>,
    pub pull_policy: PullPolicy,
    pub registry: RegistryOptions,
}

impl ContainerOptions {
    /// What was asked for, with the environment and the current directory of this process.
    /// Devices by name are also looked for in `cdi_spec_dirs`.
    pub fn into_settings(self, cdi_spec_dirs: &[PathBuf]) -> Result<Asked> {
        let mut words = self.words.into_iter();
        let image = words.next().expect("clap requires the image");
        let mut settings = Settings {
            image: image_source(image, self.files.rootfs)?,
            command: words.collect(),
            stop_timeout: STOP_TIMEOUT,
            shm_size: SHM_SIZE,
            ..Settings::default()
        };
        self.refused.refuse()?;
        self.lifetime.apply(&mut settings)?;
        settings.health = self.health.settings()?;
        self.program.apply(&mut settings)?;
        self.files.apply(&mut settings, cdi_spec_dirs)?;
        self.network.apply(&mut settings)?;
        self.isolation.apply(&mut settings)?;
        self.limits.apply(&mut settings)?;
        let mut own_namespaces = self.isolation.asked_for();
        own_namespaces.extend(Some(NamespaceKind::Network).filter(|_| self.network.choice.is_made()));
        Ok(Asked {
            settings,
            own_namespaces,
            lifetime: self.lifetime,
            volumes_from: self.files.volumes_from,
            pull_policy: self.pull,
            registry: self.registry,
        })
    }
}

fn image_source(word: String, is_directory: bool) -> Result<ImageSource> {
    if is_directory {
        let path = std::path::absolute(&word).during(|| format!("--rootfs `{word}`"))?;
        let path = path
            .into_os_string()
            .into_string()
            .map_err(|_| Error::usage("the current directory's name is not UTF-8"))?;
        return Ok(ImageSource::Rootfs(path));
    }
    match word.as_str() {
        "" => Err(Error::usage("the name of the image is empty")),
        "host" => Ok(ImageSource::Host),
        _ => Ok(ImageSource::Named(word)),
    }
}

/// Parses the value of one option and says, when that fails, which one it was.
pub fn parsed<T>(option: &str, text: &str, parse: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    parse(text).during(|| format!("{option} `{text}`"))
}

/// Parses all values of an option that may be repeated.
pub fn each<T>(option: &str, texts: &[String], mut parse: impl FnMut(&str) -> Result<T>) -> Result<Vec<T>> {
    texts.iter().map(|text| parsed(option, text, &mut parse)).collect()
}

/// Parses the value of an option that may be absent.
pub fn maybe<T>(option: &str, text: &Option<String>, parse: impl FnOnce(&str) -> Result<T>) -> Result<Option<T>> {
    text.as_deref().map(|text| parsed(option, text, parse)).transpose()
}

/// Reads a file that an option names, whole.
fn read(option: &str, path: &str) -> Result<String> {
    std::fs::read_to_string(path).during(|| format!("{option} `{path}`"))
}

impl LifetimeOptions {
    fn apply(&self, settings: &mut Settings) -> Result<()> {
        settings.name = self.name.clone();
        settings.remove_at_exit = self.rm;
        settings.strict = self.strict;
        settings.labels = environment::labels(&self.label_file, &self.label)?;
        settings.annotations.extend(each("--annotation", &self.annotation, environment::annotation)?);
        maybe("--stop-signal", &self.stop_signal, signal::parse)?;
        settings.stop_signal = self.stop_signal.clone();
        settings.stop_timeout = self.stop_timeout;
        settings.timeout = self.timeout;
        settings.requires = self.requires.clone();
        settings.id_file = self.cidfile.as_ref().map(std::path::absolute).transpose()?;
        settings.pid_file = self.pidfile.as_ref().map(std::path::absolute).transpose()?;
        settings.monitor_pid_file = self.conmon_pidfile.as_ref().map(std::path::absolute).transpose()?;
        settings.restart = maybe("--restart", &self.restart, restart_policy)?.unwrap_or_default();
        if settings.restart != RestartPolicy::No && self.rm {
            return Err(Error::usage("--restart and --rm exclude each other: what is removed cannot be started again"));
        }
        settings.log = log::settings(self.log_driver.as_deref(), &self.log_opt)?;
        Ok(())
    }
}

fn systemd_mode(text: &str) -> Result<SystemdMode> {
    match text {
        "true" => Ok(SystemdMode::Detected),
        "always" => Ok(SystemdMode::Always),
        "false" => Ok(SystemdMode::Never),
        _ => Err(Error::usage(format!("expected true, always or false, not `{text}`"))),
    }
}

pub fn restart_policy(text: &str) -> Result<RestartPolicy> {
    let (name, most) = match text.split_once(':') {
        Some((name, most)) => (name, Some(most)),
        None => (text, None),
    };
    match (name, most.map(str::parse)) {
        ("" | "no" | "never", None) => Ok(RestartPolicy::No),
        ("always", None) => Ok(RestartPolicy::Always),
        ("unless-stopped", None) => Ok(RestartPolicy::UnlessStopped),
        ("on-failure", None | Some(Ok(0))) => Ok(RestartPolicy::OnFailure { most: None }),
        ("on-failure", Some(Ok(most))) => Ok(RestartPolicy::OnFailure { most: Some(most) }),
        _ => Err(Error::usage("expected no, on-failure[:NUMBER], always or unless-stopped")),
    }
}

impl ProgramOptions {
    fn apply(&self, settings: &mut Settings) -> Result<()> {
        settings.interactive = self.interactive;
        settings.terminal = self.tty;
        settings.entrypoint = self.entrypoint.as_deref().map(security::entrypoint);
        settings.makes_workdir = MISSING_WORKDIR.side() == Missing::Made;
        settings.workdir = maybe("--workdir", &self.workdir, |text| match text.starts_with('/') {
            true => Ok(text.to_owned()),
            false => Err(Error::usage("not an absolute path")),
        })?;
        settings.env = self.environment(&environment::of_host())?;
        settings.env_merge = each("--env-merge", &self.env_merge, environment::annotation)?;
        settings.unset_env = each("--unsetenv", &self.unsetenv, environment::name)?;
        settings.unset_env_all = self.unsetenv_all;
        settings.user = maybe("--user", &self.user, security::user)?;
        settings.keep_groups = self.group_add.iter().any(|group| group == "keep-groups");
        if settings.keep_groups && self.group_add.len() > 1 {
            return Err(Error::usage("--group-add keep-groups stands alone: other groups would take their place"));
        }
        let groups: Vec<String> = self.group_add.iter().filter(|group| *group != "keep-groups").cloned().collect();
        settings.groups = each("--group-add", &groups, |group| match group {
            "" => Err(Error::usage("the name of the group is empty")),
            _ => Ok(group.to_owned()),
        })?;
        settings.init = self.init;
        settings.systemd = self.systemd;
        settings.umask = maybe("--umask", &self.umask, limit::umask)?;
        settings.accounts = AccountSettings {
            leave: !self.passwd,
            host_users: each("--hostuser", &self.hostuser, user::of_host)?,
            passwd_entry: maybe("--passwd-entry", &self.passwd_entry, |line| user::entry(line, 7))?,
            group_entry: maybe("--group-entry", &self.group_entry, |line| user::entry(line, 4))?,
        };
        settings.timezone = maybe("--tz", &self.tz, user::time_zone)?;
        settings.personality = maybe("--personality", &self.personality, user::personality)?.unwrap_or_default();
        Ok(())
    }

    /// In rising order of precedence: proxies, the whole host, files, single variables.
    fn environment(&self, host: &[(String, String)]) -> Result<Vec<(String, String)>> {
        let mut variables = if self.http_proxy { environment::proxies(host) } else { Vec::new() };
        if self.env_host {
            variables.extend_from_slice(host);
        }
        variables.extend(environment::of_options(&self.env_file, &self.env, host)?);
        Ok(variables)
    }
}

impl FileOptions {
    fn apply(&self, settings: &mut Settings, cdi_spec_dirs: &[PathBuf]) -> Result<()> {
        // Without a current directory absolute paths still work; a relative one then fails as missing.
        let here = std::env::current_dir().unwrap_or_else(|_| "/".into());
        settings.mounts.extend(each("--volume", &self.volume, |text| mount::volume(text, &here))?);
        settings.mounts.extend(each("--mount", &self.mount, |text| mount::mount(text, &here))?);
        settings.mounts.extend(each("--tmpfs", &self.tmpfs, mount::tmpfs)?);
        let (names, paths): (Vec<String>, Vec<String>) =
            self.device.iter().cloned().partition(|text| cdi::is_name(text));
        settings.mounts.extend(each("--device", &paths, mount::device)?);
        let gpus = self.gpus.iter().flat_map(|text| cdi::of_gpus(text));
        names.into_iter().chain(gpus).try_for_each(|name| cdi::apply(settings, &name, cdi_spec_dirs))?;
        mount::require_distinct(&settings.mounts)?;
        mount::require_sources(&settings.mounts)?;
        settings.secrets = each("--secret", &self.secret, secret::secret)?;
        secret::require_distinct(&settings.secrets, &settings.mounts)?;
        settings.image_volumes = self.image_volume;
        settings.read_only = self.read_only;
        settings.read_only_tmpfs = self.read_only && self.read_only_tmpfs;
        settings.shm_size = maybe("--shm-size", &self.shm_size, limit::size)?.unwrap_or(SHM_SIZE);
        Ok(())
    }
}

impl NetworkOptions {
    fn apply(&self, settings: &mut Settings) -> Result<()> {
        self.choice.apply(settings)?;
        settings.ports = each("--publish", &self.publish, port::publish)?.concat();
        settings.publish_all = self.publish_all;
        settings.exposed = each("--expose", &self.expose, port::expose)?.concat();
        settings.hostname = maybe("--hostname", &self.hostname, namespace::hostname)?;
        settings.extra_hosts = each("--add-host", &self.add_host, namespace::extra_host)?.concat();
        settings.no_hosts_file = self.no_hosts;
        settings.no_hostname_file = self.no_hostname;
        settings.hosts_base = maybe("--hosts-file", &self.hosts_file, hosts_file)?.flatten();
        if let Some(name) = maybe("--domainname", &self.domainname, namespace::hostname)? {
            settings.sysctls.insert("kernel.domainname".to_owned(), name);
        }
        settings.dns = each("--dns", &self.dns, namespace::dns_server)?;
        settings.dns_options = each("--dns-option", &self.dns_option, namespace::resolver_word)?;
        settings.dns_search = each("--dns-search", &self.dns_search, namespace::resolver_word)?;
        let is_shared =
            matches!(settings.network, NetworkMode::Host | NetworkMode::Container(_) | NetworkMode::Path(_));
        if is_shared && (settings.publish_all || !settings.ports.is_empty()) {
            super::print::warning("ports need no publishing in a network namespace that is not the container's own");
            settings.ports.clear();
            settings.publish_all = false;
        }
        Ok(())
    }
}

/// `--hosts-file`: an absolute path, read at each start.
fn hosts_file(text: &str) -> Result<Option<String>> {
    match text {
        "none" => Ok(None),
        "image" => Err(Error::usage("the image's /etc/hosts cannot be the base; --no-hosts leaves it as it is")),
        path => {
            std::fs::File::open(path)?;
            let path = std::path::absolute(path)?.into_os_string().into_string();
            path.map(Some).map_err(|_| Error::usage("the name of the file is not UTF-8"))
        }
    }
}

/// Of the programs that run containers in box's stead; Podman takes them before the command, Docker after it.
#[derive(clap::Args, Debug, Default)]
pub struct RuntimeOptions {
    /// Have this OCI runtime run the program
    #[arg(long, value_name = "PROGRAM")]
    runtime: Option<String>,
    /// Pass an option to it, without the leading `--`
    #[arg(long, value_name = "FLAG", requires = "runtime")]
    runtime_flag: Vec<String>,
}

impl RuntimeOptions {
    pub fn settings(&self) -> Result<Option<Runtime>> {
        let find = |name: &str| {
            tools::find_named(name).ok_or_else(|| Error::new(format!("no program `{}` in PATH", name.escape_debug())))
        };
        let program = maybe("--runtime", &self.runtime, find)?;
        let flags = self.runtime_flag.iter().map(|flag| format!("--{}", flag.trim_start_matches('-'))).collect();
        Ok(program.map(|program| Runtime { program, flags }))
    }
}

impl IsolationOptions {
    /// The kinds of namespaces that are asked for.
    fn asked_for(&self) -> Vec<NamespaceKind> {
        let maps = !self.uidmap.is_empty() || !self.gidmap.is_empty();
        [
            (self.userns.is_some() || maps, NamespaceKind::User),
            (self.pid.is_some(), NamespaceKind::Pid),
            (self.ipc.is_some(), NamespaceKind::Ipc),
            (self.uts.is_some(), NamespaceKind::Uts),
            (self.cgroupns.is_some(), NamespaceKind::Cgroup),
        ]
        .into_iter()
        .filter_map(|(is_given, kind)| is_given.then_some(kind))
        .collect()
    }

    fn apply(&self, settings: &mut Settings) -> Result<()> {
        settings.root_emulation = match self.root_emulation {
            Switch::On => RootEmulation::WhereNeeded,
            Switch::Off => RootEmulation::Off,
        };
        settings.runtime = self.runtime.settings()?;
        settings.privileged = self.privileged;
        settings.cap_add = each("--cap-add", &self.cap_add, security::capability)?;
        settings.cap_drop = each("--cap-drop", &self.cap_drop, security::capability)?;
        let modules = security::Modules::of_host();
        each("--security-opt", &self.security_opt, |text| security::security_option(settings, text, modules))?;
        settings.userns = maybe("--userns", &self.userns, namespace::userns)?.unwrap_or_default();
        if let Some(maps) = namespace::maps(&self.uidmap, &self.gidmap)? {
            settings.userns = maps;
        }
        for (option, name) in [("--subuidname", &self.subuidname), ("--subgidname", &self.subgidname)] {
            maybe(option, name, own_account)?;
        }
        settings.pid = maybe("--pid", &self.pid, namespace::namespace)?.unwrap_or_default();
        settings.ipc = maybe("--ipc", &self.ipc, namespace::ipc)?.unwrap_or_default();
        settings.no_shm = self.ipc.as_deref() == Some("none");
        settings.uts = maybe("--uts", &self.uts, namespace::namespace)?.unwrap_or_default();
        settings.cgroupns = maybe("--cgroupns", &self.cgroupns, namespace::namespace)?.unwrap_or_default();
        Ok(())
    }
}

/// newuidmap and newgidmap give nobody the ids of others.
fn own_account(name: &str) -> Result<()> {
    let account = crate::host::account::Account::current();
    match account.name.as_deref() == Some(name) || account.uid.to_string() == name {
        true => Ok(()),
        false => Err(Error::usage("only your own subordinate ids can be used")),
    }
}

impl LimitOptions {
    fn apply(&self, settings: &mut Settings) -> Result<()> {
        let limits = &mut settings.limits;
        self.resources.apply(limits)?;
        limits.cgroups = parsed("--cgroups", &self.cgroups, |mode| match mode {
            "enabled" => Ok(CgroupMode::Enabled),
            "disabled" => Ok(CgroupMode::Disabled),
            "no-conmon" => Ok(CgroupMode::NoConmon),
            "split" => Ok(CgroupMode::Split),
            _ => Err(Error::usage("expected enabled, disabled, no-conmon or split")),
        })?;
        limits.cgroup_parent = maybe("--cgroup-parent", &self.cgroup_parent, limit::cgroup_path)?;
        limits.cgroup_conf = each("--cgroup-conf", &self.cgroup_conf, limit::cgroup_file)?.into_iter().collect();
        settings.sysctls.extend(each("--sysctl", &self.sysctl, limit::sysctl)?);
        let shares_network =
            matches!(settings.network, NetworkMode::Host | NetworkMode::Container(_) | NetworkMode::Path(_));
        if let Some(name) = settings.sysctls.keys().find(|name| name.starts_with("net.")).filter(|_| shares_network) {
            return Err(Error::usage(format!("sysctl `{name}` belongs to a network that is not the container's own")));
        }
        settings.oom_score_adj = self.oom_score_adj;
        settings.ulimits = each("--ulimit", &self.ulimit, limit::ulimit)?.concat();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::settings::*;

    #[derive(clap::Parser)]
    #[command(args_override_self = true)]
    struct Line {
        #[command(flatten)]
        options: ContainerOptions,
    }

    /// The settings of `box run LINE`; words are separated by single spaces.
    fn settings(line: &str) -> Result<Settings> {
        let line = Line::try_parse_from(["run"].into_iter().chain(line.split(' ')))
            .map_err(|error| Error::usage(error.to_string()))?;
        line.options.into_settings(&[]).map(|asked| asked.settings)
    }

    #[test]
    fn what_follows_the_image_belongs_to_the_command() {
        let settings = settings("-it --name a alpine sh -c --rm -- -e").unwrap();
        assert_eq!(settings.image, ImageSource::Named("alpine".into()));
        assert_eq!(settings.command, ["sh", "-c", "--rm", "--", "-e"]);
        assert!(settings.terminal && settings.interactive && !settings.remove_at_exit);
        assert_eq!(super::tests::settings("-- alpine -x").unwrap().command, ["-x"]);
        assert!(super::tests::settings("--unknown alpine").is_err());
        assert!(super::tests::settings("--rm").is_err());
    }

    #[test]
    fn the_image_may_be_a_directory_or_the_host() {
        assert_eq!(settings("host").unwrap().image, ImageSource::Host);
        assert_eq!(settings("--rootfs /srv/root sh").unwrap().image, ImageSource::Rootfs("/srv/root".into()));
        assert!(matches!(settings("--rootfs root").unwrap().image, ImageSource::Rootfs(path) if path.starts_with('/')));
    }

    #[test]
    fn without_options_the_defaults_are_those_of_podman() {
        let settings = settings("--http-proxy=false x").unwrap();
        let expected = Settings {
            image: ImageSource::Named("x".into()),
            stop_timeout: 10,
            shm_size: 67_108_864,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn repeated_options_add_up_or_the_last_one_wins() {
        let settings =
            settings("--name a --name b -e A=1 -e B=2 -l x -l y=z --cap-add net_raw,SYS_TIME --http-proxy=false x")
                .unwrap();
        assert_eq!(settings.name.as_deref(), Some("b"));
        assert_eq!(settings.env, [("A".into(), "1".into()), ("B".into(), "2".into())]);
        assert_eq!(settings.labels.len(), 2);
        assert_eq!(settings.cap_add, ["NET_RAW", "SYS_TIME"]);
    }

    #[test]
    fn a_whole_command_line_becomes_settings() {
        let settings = settings(
            "--rm --init -u 1000:1000 -w /src -p 8080:80 -v data:/data:ro --tmpfs /tmp --read-only -m 512m --cpus 1.5 \
             --memory-swap -1 --pids-limit -1 --ulimit nofile=1024 --network none --dns 1.1.1.1 --hostname web \
             --stop-signal SIGINT --stop-timeout 3 --security-opt no-new-privileges --userns keep-id --cgroups split \
             --log-opt max-size=10m --log-opt max-file=3 --add-host a:1.2.3.4 --entrypoint  --shm-size 1g \
             --cpuset-cpus 0-1,3 nginx",
        )
        .unwrap();
        assert!(settings.remove_at_exit && settings.init && settings.read_only && settings.read_only_tmpfs);
        assert_eq!(settings.entrypoint, Some(vec![]));
        assert_eq!(settings.limits.memory, Some(512 << 20));
        assert_eq!(settings.limits.memory_swap, Some(u64::MAX));
        assert_eq!(settings.limits.nano_cpus, Some(1_500_000_000));
        assert_eq!((settings.limits.pids, settings.limits.cgroups), (Some(-1), CgroupMode::Split));
        assert_eq!((settings.log.max_size, settings.log.max_file), (10 << 20, 3));
        assert_eq!(settings.network, NetworkMode::None);
        assert_eq!(settings.mounts.len(), 2);
        assert_eq!((settings.stop_signal.as_deref(), settings.stop_timeout), (Some("SIGINT"), 3));
        assert_eq!(settings.shm_size, 1 << 30);
    }

    #[test]
    fn quotas_of_cpu_time_are_cpus() {
        assert_eq!(settings("--cpu-quota 50000 x").unwrap().limits.nano_cpus, Some(500_000_000));
        assert_eq!(settings("--cpu-quota 50000 --cpu-period 25000 x").unwrap().limits.nano_cpus, Some(2_000_000_000));
        assert_eq!(settings("--cpu-quota -1 x").unwrap().limits.nano_cpus, Some(u64::MAX));
        assert!(settings("--cpus 1 --cpu-quota 5 x").is_err());
    }

    #[test]
    fn kernel_parameters_of_a_shared_network_are_refused() {
        let line = "--sysctl net.core.somaxconn=9 --umask 077 --oom-score-adj 500 x";
        let settings = settings(line).unwrap();
        assert_eq!(settings.sysctls["net.core.somaxconn"], "9");
        assert_eq!((settings.umask, settings.oom_score_adj), (Some(0o077), Some(500)));
        assert!(super::tests::settings(&format!("--network host {line}")).is_err());
    }

    #[test]
    fn a_mistake_names_its_option() {
        for (line, message) in [
            ("-p 80:x y", "--publish `80:x`: `x` is not a port between 1 and 65535"),
            ("-w src y", "--workdir `src`: not an absolute path"),
            ("--log-driver syslog y", "there is no log driver `syslog`"),
            ("--memory-swap 1g y", "--memory-swap needs --memory, which it includes"),
            ("--network host --network a y", "a container has one network, or several of `box network create`"),
            ("--network a,a y", "network `a` is given twice"),
            ("--ip 10.0.0.1 y", "--ip takes a named network"),
            (
                "--network a,b --ip 10.0.0.1 y",
                "--ip and --ip6 take one network; give several their addresses by NAME:ip=ADDRESS",
            ),
        ] {
            let error = settings(line).unwrap_err();
            assert_eq!(error.to_string(), message, "{line}");
            assert_eq!(error.kind.exit_code(), 125, "{line}");
        }
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for line in [
            "--restart always:3",
            "--restart sometimes",
            "--restart always --rm",
            "--health-interval never",
            "--health-on-failure explode",
            "--group-add keep-groups,audio",
            "--device-cgroup-rule a",
            "--storage-opt size=1g",
            "--seccomp-policy image",
            "--log-driver syslog",
            "--log-opt tag=x",
            "--cgroups x",
            "--cpuset-cpus a",
        ] {
            assert!(settings(&format!("{line} x")).is_err(), "{line}");
        }
        assert!(
            settings(
                "--restart=no --restart on-failure:3 --no-healthcheck --disable-content-trust --link-local-ip 1.2.3.4 x"
            )
            .is_ok()
        );
    }
}
