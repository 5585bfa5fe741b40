//! What was asked for: the one struct where every front door meets.
//!
//! Values are as the user meant them, checked for form but not against this machine; nothing from the image is merged
//! in. `spec` makes an OCI runtime spec of it together with the image's config.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::oci::Digest;
use crate::oci::runtime::NamespaceKind;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub name: Option<String>,
    pub image: ImageSource,
    /// The command and its arguments; empty: the image's.
    pub command: Vec<String>,
    /// `Some([])` clears the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    pub workdir: Option<String>,
    /// Make it if it is missing, as it is made where the image names it.
    pub makes_workdir: bool,
    /// `name|uid[:group|gid]`
    pub user: Option<String>,
    /// Names or numbers.
    pub groups: Vec<String>,
    /// The process stays in the groups of whoever starts it.
    pub keep_groups: bool,
    pub accounts: AccountSettings,
    pub personality: Personality,
    /// A name below /usr/share/zoneinfo, or `local`; `None`: the image's.
    pub timezone: Option<String>,
    /// In order; the last value of a name wins over earlier ones and over the image's.
    pub env: Vec<(String, String)>,
    /// Variables that neither box nor the image sets.
    pub unset_env: Vec<String>,
    /// Neither box nor the image sets any.
    pub unset_env_all: bool,
    /// Set last, with `$NAME` and `${NAME}` replaced by what the others have set.
    pub env_merge: Vec<(String, String)>,
    pub hostname: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// The command line that it was made by, the program first; empty where that was another way.
    pub create_command: Vec<String>,
    /// Where relative paths in that begin.
    pub create_dir: Option<PathBuf>,

    pub terminal: bool,
    /// Keep the payload's standard input open.
    pub interactive: bool,
    pub remove_at_exit: bool,
    /// The streams that whoever runs it does not see.
    pub unseen: Unseen,
    /// The file that holds its id.
    pub id_file: Option<PathBuf>,
    /// Who tells the service manager that it runs, unless its start says so.
    pub announcer: Announcer,
    pub image_volumes: ImageVolumes,
    pub systemd: SystemdMode,
    /// What cannot be kept is an error, not a warning.
    pub strict: bool,
    /// A reaper of box's own is process 1 and forwards signals.
    pub init: bool,
    /// A number, or a name with or without `SIG`; `None`: the image's, else TERM.
    pub stop_signal: Option<String>,
    /// Seconds between the stop signal and KILL.
    pub stop_timeout: u32,
    /// Seconds after which the payload is killed; 0: never.
    pub timeout: u32,
    pub restart: RestartPolicy,
    /// IDs of containers that are started before this one.
    pub requires: Vec<String>,
    /// The ID of the pod that it is in, which is that of the container that holds the pod.
    pub pod: Option<String>,
    /// Where each start writes the number of its payload, absolute.
    pub pid_file: Option<PathBuf>,
    pub monitor_pid_file: Option<PathBuf>,
    pub health: HealthSettings,
    pub log: LogSettings,

    pub mounts: Vec<MountRequest>,
    pub secrets: Vec<SecretRequest>,
    pub read_only: bool,
    /// With `read_only`: tmpfs on /run, /tmp and /var/tmp.
    pub read_only_tmpfs: bool,
    /// Bytes.
    pub shm_size: u64,
    /// Without a /dev/shm.
    pub no_shm: bool,
    /// Of the mount of /proc: `hidepid=2`, `subset=pid`.
    pub proc_options: Vec<String>,

    pub network: NetworkMode,
    /// All that may be reached of the world; `None`: everything.
    pub egress: Option<Vec<EgressRule>>,
    /// Of its interface, where it is in no named network; `None`: any.
    pub mac_address: Option<MacAddress>,
    /// Keep a log of what its network carries; `None`: where `egress` limits it.
    pub network_log: Option<bool>,
    pub ports: Vec<PortRequest>,
    /// Publish every exposed port of the image on a free port.
    pub publish_all: bool,
    pub exposed: Vec<String>,
    /// `["none"]` leaves resolv.conf to the image.
    pub dns: Vec<String>,
    pub dns_search: Vec<String>,
    pub dns_options: Vec<String>,
    /// (name, address); the address may be `host-gateway`.
    pub extra_hosts: Vec<(String, String)>,
    /// Leave the image's /etc/hosts and /etc/hostname alone.
    pub no_hosts_file: bool,
    pub no_hostname_file: bool,
    /// A file of the host whose lines /etc/hosts begins with.
    pub hosts_base: Option<String>,

    pub pid: NamespaceMode,
    pub ipc: NamespaceMode,
    pub uts: NamespaceMode,
    pub cgroupns: NamespaceMode,
    pub userns: UserNamespaceMode,
    /// Without `CAP_`, upper case; `ALL` for all.
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub privileged: bool,
    pub no_new_privileges: bool,
    pub root_emulation: RootEmulation,
    pub seccomp: SeccompChoice,
    pub ulimits: Vec<Ulimit>,
    /// `None`: 022.
    pub umask: Option<u32>,
    pub oom_score_adj: Option<i32>,
    /// Of the container's own namespaces: `net.ipv4.ip_unprivileged_port_start` and the like.
    pub sysctls: BTreeMap<String, String>,
    /// Paths that are hidden beyond those that always are.
    pub masked: Vec<String>,
    /// Paths that are neither hidden nor made read-only; `ALL` for all.
    pub unmasked: Vec<String>,

    pub limits: Limits,
    pub annotations: BTreeMap<String, String>,
    /// The program that runs the payload in box's stead.
    pub runtime: Option<Runtime>,
}

/// An OCI runtime of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// Absolute.
    pub program: PathBuf,
    /// Options of its own, which stand before its command.
    pub flags: Vec<String>,
}

impl Settings {
    /// Whether what its network carries is written down.
    pub fn keeps_network_log(&self) -> bool {
        self.network_log.unwrap_or(self.egress.is_some())
    }

    /// The pod that this container holds.
    pub fn held_pod(&self) -> Option<&PodSettings> {
        match &self.image {
            ImageSource::Pod(pod) => Some(pod),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSource {
    /// As typed: a reference, a short name or an image ID.
    Named(String),
    /// An existing directory, used as it is.
    Rootfs(String),
    /// This machine's own userland beneath a throw-away overlay (`box run host`).
    Host,
    /// No image and no program: the container holds the namespaces of this pod.
    Pod(PodSettings),
}

impl Default for ImageSource {
    fn default() -> ImageSource {
        ImageSource::Named(String::new())
    }
}

/// What a /dev/shm holds where nothing else is said, in bytes.
pub const SHM_SIZE: u64 = 64 << 20;

/// What makes a pod of the container that holds it; name and labels of that container's settings aside, which are the
/// holder's name and the pod's labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodSettings {
    pub name: String,
    /// The namespaces that the containers of the pod have in common, unless one asks for another of its own.
    pub shared: Vec<NamespaceKind>,
    /// Nothing runs for the pod itself, and nothing is shared.
    pub is_bare: bool,
    pub exit_policy: ExitPolicy,
    /// Of containers that ask for no other one.
    pub restart: RestartPolicy,
}

/// What becomes of a pod whose last container has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitPolicy {
    /// It stays, and its ports stay published.
    #[default]
    Continue,
    Stop,
}

impl ExitPolicy {
    /// The field's word for it.
    pub fn name(self) -> &'static str {
        match self {
            ExitPolicy::Continue => "continue",
            ExitPolicy::Stop => "stop",
        }
    }
}

/// What becomes of the container's /etc/passwd and /etc/group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountSettings {
    /// Leave both files alone.
    pub leave: bool,
    /// Lines of the host's passwd(5) that are added.
    pub host_users: Vec<String>,
    /// The line for a user who has none; `$USERNAME`, `$UID`, `$GID`, `$NAME`, `$HOME` and `$GROUPNAME` are replaced.
    pub passwd_entry: Option<String>,
    pub group_entry: Option<String>,
}

/// What the kernel pretends to be (personality(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Personality {
    #[default]
    Linux,
    /// `uname -m` names the 32-bit machine.
    Linux32,
}

/// Whether programs that change owners and users are made to believe in it where there is one id only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RootEmulation {
    #[default]
    WhereNeeded,
    Off,
}

/// What happens when the container ends and nobody has asked it to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    #[default]
    No,
    OnFailure {
        /// How often in a row; `None`: without end.
        most: Option<u32>,
    },
    Always,
    /// As `Always`; after a reboot only if nobody had stopped it.
    UnlessStopped,
}

impl RestartPolicy {
    /// The field's word for it.
    pub fn name(self) -> &'static str {
        match self {
            RestartPolicy::No => "no",
            RestartPolicy::OnFailure { .. } => "on-failure",
            RestartPolicy::Always => "always",
            RestartPolicy::UnlessStopped => "unless-stopped",
        }
    }
}

/// How the health of a container is checked. What is `None` is as the image says, and else the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthSettings {
    /// `["CMD", program, argument ...]`, `["CMD-SHELL", line]` or `["NONE"]`.
    pub test: Option<Vec<String>>,
    /// Zero: never by itself.
    pub interval: Option<Duration>,
    pub timeout: Option<Duration>,
    /// Failures in a row that make it unhealthy.
    pub retries: Option<u32>,
    /// How long failures after the start do not count.
    pub start_period: Option<Duration>,
    /// The interval within that time.
    pub start_interval: Option<Duration>,
    pub on_failure: HealthAction,
    /// Stands in for the check until it has succeeded.
    pub startup: Option<StartupCheck>,
    /// How many outcomes are kept; 0: all.
    pub log_count: Option<u32>,
    /// Bytes that are kept of what a check says; 0: all.
    pub log_bytes: Option<u32>,
}

/// What becomes of a container that is unhealthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthAction {
    #[default]
    None,
    Kill,
    Restart,
    Stop,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartupCheck {
    /// As [`HealthSettings::test`].
    pub test: Vec<String>,
    pub interval: Duration,
    pub timeout: Duration,
    /// Failures after which the container is restarted; 0: never.
    pub retries: u32,
    /// Successes in a row that are needed.
    pub successes: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogSettings {
    pub driver: LogDriver,
    /// The driver was named: then what an attached container says is kept too.
    pub is_asked_for: bool,
    /// Bytes after which a log file is rotated; 0: never.
    pub max_size: u64,
    pub max_file: u32,
    pub path: Option<String>,
    /// What entries are marked with: text with `{{.Name}}` and the like.
    pub tag: Option<String>,
    /// Names of labels and variables that entries carry.
    pub labels: Vec<String>,
    pub env: Vec<String>,
    /// Bytes that may wait for a log that does not keep up, before further ones are lost; `None`: the payload waits.
    pub max_buffer_size: Option<u64>,
}

impl LogSettings {
    /// Whether what an attached container without a terminal says passes through its monitor, to be kept.
    pub fn tees(&self) -> bool {
        self.is_asked_for && self.driver.keeps()
    }
}

impl Default for LogSettings {
    fn default() -> LogSettings {
        LogSettings {
            driver: LogDriver::default(),
            is_asked_for: false,
            max_size: 10 << 20,
            max_file: 3,
            path: None,
            tag: None,
            labels: Vec::new(),
            env: Vec::new(),
            max_buffer_size: None,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogDriver {
    #[default]
    K8sFile,
    JsonFile,
    Journald,
    None,
    /// The payload holds the streams of whoever starts it, detached or not.
    Passthrough,
}

impl std::fmt::Display for LogDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl LogDriver {
    pub const ALL: [LogDriver; 5] =
        [LogDriver::K8sFile, LogDriver::JsonFile, LogDriver::Journald, LogDriver::None, LogDriver::Passthrough];

    pub fn name(self) -> &'static str {
        match self {
            LogDriver::K8sFile => "k8s-file",
            LogDriver::JsonFile => "json-file",
            LogDriver::Journald => "journald",
            LogDriver::None => "none",
            LogDriver::Passthrough => "passthrough",
        }
    }

    /// Whether there is something to read later.
    pub fn keeps(self) -> bool {
        matches!(self, LogDriver::K8sFile | LogDriver::JsonFile | LogDriver::Journald)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unseen {
    pub output: bool,
    pub errors: bool,
}

/// Whether the container is prepared for systemd as its process 1 (systemd.io/CONTAINER_INTERFACE): control groups and
/// temporary directories of its own that it can change, and its way to be stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemdMode {
    /// Where the program is called like it.
    #[default]
    Detected,
    Never,
    Always,
}

/// What becomes of the directories that an image declares as volumes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageVolumes {
    #[default]
    Anonymous,
    Tmpfs,
    Ignore,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MountRequest {
    pub kind: MountKind,
    /// Absolute, inside the container.
    pub destination: String,
    pub read_only: bool,
    /// Further options in mount(8)'s words: `noexec`, `rprivate`, `size=64m`, `mode=1777` ...
    pub options: Vec<String>,
    /// Only what lies here below the top of the volume or image; empty: all of it.
    #[serde(default)]
    pub subpath: String,
    /// What is written goes over the source, not into it.
    #[serde(default)]
    pub overlay: Option<OverlayRequest>,
    /// The files are given to the payload's user first.
    #[serde(default)]
    pub chown: bool,
    /// A directory of the host that is missing is made.
    #[serde(default)]
    pub makes_source: bool,
}

impl MountRequest {
    pub fn new(kind: MountKind, destination: impl Into<String>) -> MountRequest {
        MountRequest {
            kind,
            destination: destination.into(),
            read_only: false,
            options: Vec::new(),
            subpath: String::new(),
            overlay: None,
            chown: false,
            makes_source: false,
        }
    }

    /// Of a node for a device, which can do nothing else.
    pub fn new_device(source: String, destination: impl Into<String>) -> MountRequest {
        let options = DEVICE_OPTIONS.map(str::to_owned).to_vec();
        MountRequest { options, ..MountRequest::new(MountKind::Bind { source }, destination) }
    }

    pub fn is_device(&self) -> bool {
        matches!(self.kind, MountKind::Bind { .. }) && self.options == DEVICE_OPTIONS
    }
}

const DEVICE_OPTIONS: [&str; 4] = ["bind", "dev", "noexec", "nosuid"];

/// Where the writes of a throw-away overlay go: absolute paths of the host that outlive the container, or, where none
/// are given, a place of the container's own that is new at each start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OverlayRequest {
    pub upper: Option<String>,
    pub work: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountKind {
    /// An absolute path of the host.
    Bind {
        source: String,
    },
    /// A volume, made with the container if it is missing. One that nobody has named goes with the last container that
    /// mounts it.
    Volume {
        name: String,
        #[serde(default)]
        anonymous: bool,
    },
    /// The files of an image.
    Image {
        name: String,
        /// Bottom first; known once the image is.
        #[serde(default)]
        diff_ids: Vec<Digest>,
    },
    Tmpfs,
    Mqueue,
    Devpts,
}

/// A secret that the container is given, by its name; what it says is nowhere in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRequest {
    pub name: String,
    pub form: SecretForm,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretForm {
    /// A file in memory, of these owners inside.
    File {
        /// Absolute.
        target: String,
        /// `None`: root, or whoever is there where there is no root.
        uid: Option<u32>,
        gid: Option<u32>,
        mode: u32,
    },
    Variable {
        name: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkMode {
    /// A namespace of its own with the best way out that this machine offers.
    #[default]
    Private,
    None,
    Host,
    /// By name, with the options after the colon.
    Builtin(Vec<String>),
    Pasta(Vec<String>),
    Slirp4netns(Vec<String>),
    /// In each of these named networks, of which there is at least one.
    Named(Vec<NetworkRequest>),
    /// Joins that of another container.
    Container(String),
    /// Joins the namespace at this path.
    Path(String),
}

/// Something of the world that a container may reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EgressRule {
    pub host: EgressHost,
    /// `None`: all of them.
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EgressHost {
    Addresses {
        first: std::net::IpAddr,
        prefix_length: u8,
    },
    /// Lower case.
    Name(String),
    /// Every name that ends so, after a dot.
    Below(String),
}

impl std::str::FromStr for EgressRule {
    type Err = Error;

    /// `HOST[:PORT]`, HOST being a name, `*.DOMAIN`, an address or ADDRESS/BITS; brackets are around one of IPv6 that
    /// has a port.
    fn from_str(text: &str) -> Result<EgressRule> {
        let malformed = || Error::usage(format!("`{}` is not of the form HOST[:PORT]", text.escape_debug()));
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or_else(malformed)?)),
            None if text.matches(':').count() == 1 => text.split_once(':').map_or((text, None), |(h, p)| (h, Some(p))),
            None => (text, None),
        };
        let port = port.map(str::parse).transpose().map_err(|_| malformed())?;
        Ok(EgressRule { host: host.parse().map_err(|_: Error| malformed())?, port })
    }
}

impl std::str::FromStr for EgressHost {
    type Err = Error;

    fn from_str(text: &str) -> Result<EgressHost> {
        let malformed = || Error::usage(format!("`{}` names no host", text.escape_debug()));
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        if let Ok(first) = address.parse::<std::net::IpAddr>() {
            let most = if first.is_ipv4() { 32 } else { 128 };
            let prefix_length = bits.map_or(Ok(most), str::parse).map_err(|_| malformed())?;
            let is_right = prefix_length <= most;
            return is_right.then_some(EgressHost::Addresses { first, prefix_length }).ok_or_else(malformed);
        }
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        let is_label = |label: &str| !label.is_empty() && label.chars().all(is_letter);
        let (name, is_below) = text.strip_prefix("*.").map_or((text, false), |domain| (domain, true));
        // The last label of a name is no number; an address that is one would be.
        let ends_in_number = name.rsplit('.').next().is_some_and(|label| label.parse::<u32>().is_ok());
        if !name.split('.').all(is_label) || ends_in_number {
            return Err(malformed());
        }
        let name = name.to_ascii_lowercase();
        Ok(if is_below { EgressHost::Below(name) } else { EgressHost::Name(name) })
    }
}

/// A named network that a container is in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkRequest {
    pub name: String,
    /// Further names by which members find it.
    pub aliases: Vec<String>,
    /// Addresses that it must have; `None`: any.
    pub v4: Option<std::net::Ipv4Addr>,
    pub v6: Option<std::net::Ipv6Addr>,
    pub mac: Option<MacAddress>,
}

/// The address of an Ethernet interface: of one, not of a group, and not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MacAddress(pub [u8; 6]);

impl std::str::FromStr for MacAddress {
    type Err = Error;

    /// Six bytes in hexadecimal, with colons between them, or with hyphens.
    fn from_str(text: &str) -> Result<MacAddress> {
        const GROUP: u8 = 1;
        let byte = |part: &str| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2);
        let bytes: Option<Vec<u8>> = text.split([':', '-']).map(byte).collect();
        let bytes = bytes.and_then(|bytes| <[u8; 6]>::try_from(bytes).ok());
        let is_right = |bytes: &[u8; 6]| *bytes != [0; 6] && bytes[0] & GROUP == 0;
        bytes.filter(is_right).map(MacAddress).ok_or_else(|| {
            Error::usage(format!("`{}` is no MAC address of an interface", text.escape_debug()))
                .with_hint("one is 92:d0:c6:0a:29:33, say; the first byte is even")
        })
    }
}

impl std::fmt::Display for MacAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl TryFrom<String> for MacAddress {
    type Error = Error;

    fn try_from(text: String) -> Result<MacAddress> {
        text.parse()
    }
}

impl From<MacAddress> for String {
    fn from(address: MacAddress) -> String {
        address.to_string()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortRequest {
    /// `None`: all addresses of the host.
    pub host_address: Option<std::net::IpAddr>,
    /// `None`: a free port is chosen at start.
    pub host_port: Option<u16>,
    pub container_port: u16,
    pub protocol: Protocol,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamespaceMode {
    #[default]
    Private,
    Host,
    Container(String),
    /// Joins the namespace at this path.
    Path(String),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserNamespaceMode {
    /// Root inside is the user outside, the rest are subordinate ids.
    #[default]
    Default,
    /// The user has the same ids inside (or the given ones).
    KeepId {
        uid: Option<u32>,
        gid: Option<u32>,
        /// Only ids below this one, besides the kept ones.
        #[serde(default)]
        size: Option<u32>,
    },
    /// As asked, line by line.
    Maps { uids: Vec<MapRequest>, gids: Vec<MapRequest> },
    /// A part of the subordinate ids that no other such container has; the user is not among them.
    Auto(AutoIds),
    /// All subordinate ids, the first of them as root; the user is not among them.
    NoMap,
    /// Joins that of another container.
    Container(String),
    /// Joins the namespace at this path.
    Path(String),
}

impl UserNamespaceMode {
    /// Whether the user outside, to whom the files of images belong, is nobody inside.
    pub fn leaves_user_out(&self) -> bool {
        matches!(self, UserNamespaceMode::Auto(_) | UserNamespaceMode::NoMap)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AutoIds {
    /// How many; `None`: as many as the accounts of the image need.
    pub size: Option<u32>,
    /// Ids inside that mean certain others.
    pub uids: Vec<MapRequest>,
    pub gids: Vec<MapRequest>,
    /// What the container has been given when it was made: counted as in a default container.
    pub slice: Option<IdSlice>,
}

/// `size` ids from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSlice {
    pub start: u32,
    pub size: u32,
}

/// `size` ids from `inside` on mean those from `outside` on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRequest {
    pub inside: u32,
    /// Counted as in a default container (0 is the user, then the subordinate ids), or as on the host.
    pub outside: u32,
    pub size: u32,
    pub is_host: bool,
    /// The default map holds besides.
    pub extends: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeccompChoice {
    #[default]
    Default,
    Unconfined,
    /// The profile's JSON text, read when the container was created.
    Profile(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ulimit {
    /// `nofile`, `nproc` ...
    pub name: String,
    /// `u64::MAX` is unlimited.
    pub soft: u64,
    pub hard: u64,
}

/// Who tells a service manager that a container runs (sd_notify(3)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Announcer {
    /// The command that starts it, of its monitor.
    Conmon,
    /// As that, when the first health check says so.
    Healthy,
    /// The program itself.
    Container,
    #[default]
    Nobody,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes.
    pub memory: Option<u64>,
    /// Memory and swap together; `u64::MAX`: no limit on swap.
    pub memory_swap: Option<u64>,
    /// Bytes that are kept for the container when memory is short.
    pub memory_reservation: Option<u64>,
    /// Billionths of a CPU; `u64::MAX`: no limit.
    pub nano_cpus: Option<u64>,
    pub cpu_shares: Option<u64>,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    /// 10 to 1000.
    pub blkio_weight: Option<u16>,
    pub devices: Vec<DeviceLimit>,
    /// `Some(-1)` is unlimited.
    pub pids: Option<i64>,
    pub cgroups: CgroupMode,
    /// Below the root of the tree of groups, or below the caller's own group; `None`: the nearest that can be used.
    pub cgroup_parent: Option<String>,
    /// A group of the container's own, which it may divide, without any limit as well.
    pub own_group: bool,
    /// No group is asked of systemd.
    pub without_systemd: bool,
    /// Files of cgroup v2 and what is written to them.
    pub cgroup_conf: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceLimit {
    /// Of a block device of the host.
    pub path: String,
    pub rate: DeviceRate,
    pub amount: u64,
}

/// What of a device is limited: bytes or operations per second, or a weight from 10 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceRate {
    BytesRead,
    BytesWritten,
    Reads,
    Writes,
    Weight,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CgroupMode {
    #[default]
    Enabled,
    Disabled,
    NoConmon,
    Split,
}
