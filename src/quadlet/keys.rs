//! Which key of a unit file becomes which option of box.

/// How a key becomes words of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The last value, after the option.
    One(&'static str),
    /// The same; an empty value means something.
    OneOrEmpty(&'static str),
    /// Each value, after the option.
    Each(&'static str),
    /// Each word of each value, after the option.
    EachWord(&'static str),
    /// `--option=true` or `--option=false`.
    Switch(&'static str),
    /// The option, where the answer is yes.
    Flag(&'static str),
    /// `--security-opt NAME=VALUE`; the last value.
    Security(&'static str),
    /// Read elsewhere.
    Special,
    /// Known, and not supported: why.
    Refused(&'static str),
}

use Form::{Each, EachWord, Flag, One, OneOrEmpty, Refused, Security, Special, Switch};

const NO_SELINUX: &str = "box sets no SELinux labels";
const NO_REMAP: &str = "it is out of date; use UserNS= or UIDMap=";

/// `[Container]`.
pub const CONTAINER: &[(&str, Form)] = &[
    ("AddCapability", EachWord("--cap-add")),
    ("AddDevice", Special),
    ("AddHost", Each("--add-host")),
    ("Annotation", EachWord("--annotation")),
    ("AppArmor", Security("apparmor")),
    ("AutoUpdate", Special),
    ("CgroupsMode", Special),
    ("ContainerName", Special),
    ("ContainersConfModule", Refused("box reads no containers.conf")),
    ("DNS", Each("--dns")),
    ("DNSOption", Each("--dns-option")),
    ("DNSSearch", Each("--dns-search")),
    ("DropCapability", EachWord("--cap-drop")),
    ("Entrypoint", OneOrEmpty("--entrypoint")),
    ("Environment", EachWord("--env")),
    ("EnvironmentFile", Special),
    ("EnvironmentHost", Switch("--env-host")),
    ("Exec", Special),
    ("ExposeHostPort", Each("--expose")),
    ("GIDMap", Each("--gidmap")),
    ("GlobalArgs", Special),
    ("Group", Special),
    ("GroupAdd", Each("--group-add")),
    ("HealthCmd", One("--health-cmd")),
    ("HealthInterval", One("--health-interval")),
    ("HealthLogDestination", One("--health-log-destination")),
    ("HealthMaxLogCount", One("--health-max-log-count")),
    ("HealthMaxLogSize", One("--health-max-log-size")),
    ("HealthOnFailure", One("--health-on-failure")),
    ("HealthRetries", One("--health-retries")),
    ("HealthStartPeriod", One("--health-start-period")),
    ("HealthStartupCmd", One("--health-startup-cmd")),
    ("HealthStartupInterval", One("--health-startup-interval")),
    ("HealthStartupRetries", One("--health-startup-retries")),
    ("HealthStartupSuccess", One("--health-startup-success")),
    ("HealthStartupTimeout", One("--health-startup-timeout")),
    ("HealthTimeout", One("--health-timeout")),
    ("HostName", One("--hostname")),
    ("HttpProxy", Switch("--http-proxy")),
    ("IP", One("--ip")),
    ("IP6", One("--ip6")),
    ("Image", Special),
    ("Label", EachWord("--label")),
    ("LogDriver", One("--log-driver")),
    ("LogOpt", Each("--log-opt")),
    ("Mask", Security("mask")),
    ("Memory", One("--memory")),
    ("Mount", Special),
    ("Network", Special),
    ("NetworkAlias", Each("--network-alias")),
    ("NoNewPrivileges", Special),
    ("Notify", Special),
    ("PidsLimit", One("--pids-limit")),
    ("Pod", Special),
    ("PodmanArgs", Special),
    ("PublishPort", Each("--publish")),
    ("Pull", One("--pull")),
    ("ReadOnly", Switch("--read-only")),
    ("ReadOnlyTmpfs", Switch("--read-only-tmpfs")),
    ("ReloadCmd", Special),
    ("ReloadSignal", Special),
    ("RemapGid", Refused(NO_REMAP)),
    ("RemapUid", Refused(NO_REMAP)),
    ("RemapUidSize", Refused(NO_REMAP)),
    ("RemapUsers", Refused(NO_REMAP)),
    ("Retry", One("--retry")),
    ("RetryDelay", One("--retry-delay")),
    ("Rootfs", Special),
    ("RunInit", Flag("--init")),
    ("SeccompProfile", Security("seccomp")),
    ("Secret", Each("--secret")),
    ("SecurityLabelDisable", Special),
    ("SecurityLabelFileType", Refused(NO_SELINUX)),
    ("SecurityLabelLevel", Refused(NO_SELINUX)),
    ("SecurityLabelNested", Refused(NO_SELINUX)),
    ("SecurityLabelType", Refused(NO_SELINUX)),
    ("ServiceName", Special),
    ("ShmSize", One("--shm-size")),
    ("StartWithPod", Special),
    ("StopSignal", One("--stop-signal")),
    ("StopTimeout", One("--stop-timeout")),
    ("SubGIDMap", One("--subgidname")),
    ("SubUIDMap", One("--subuidname")),
    ("Sysctl", EachWord("--sysctl")),
    ("Timezone", One("--tz")),
    ("Tmpfs", Each("--tmpfs")),
    ("UIDMap", Each("--uidmap")),
    ("Ulimit", Each("--ulimit")),
    ("Unmask", Security("unmask")),
    ("User", Special),
    ("UserNS", One("--userns")),
    ("VolatileTmp", Refused("it is out of date; use Tmpfs=/tmp")),
    ("Volume", Special),
    ("WorkingDir", One("--workdir")),
];

/// `[Pod]`.
pub const POD: &[(&str, Form)] = &[
    ("AddHost", Each("--add-host")),
    ("ContainersConfModule", Refused("box reads no containers.conf")),
    ("DNS", Each("--dns")),
    ("DNSOption", Each("--dns-option")),
    ("DNSSearch", Each("--dns-search")),
    ("ExitPolicy", Special),
    ("GIDMap", Each("--gidmap")),
    ("GlobalArgs", Special),
    ("HostName", One("--hostname")),
    ("IP", One("--ip")),
    ("IP6", One("--ip6")),
    ("Label", EachWord("--label")),
    ("Network", Special),
    ("NetworkAlias", Each("--network-alias")),
    ("PodName", Special),
    ("PodmanArgs", Special),
    ("PublishPort", Each("--publish")),
    ("RemapGid", Refused(NO_REMAP)),
    ("RemapUid", Refused(NO_REMAP)),
    ("RemapUidSize", Refused(NO_REMAP)),
    ("RemapUsers", Refused(NO_REMAP)),
    ("ServiceName", Special),
    ("ShmSize", One("--shm-size")),
    ("StopTimeout", Special),
    ("SubGIDMap", Refused("the subordinate ids are always your own")),
    ("SubUIDMap", Refused("the subordinate ids are always your own")),
    ("UIDMap", Each("--uidmap")),
    ("UserNS", One("--userns")),
    ("Volume", Special),
];

/// `[Volume]`.
pub const VOLUME: &[(&str, Form)] = &[
    ("ContainersConfModule", Refused("box reads no containers.conf")),
    ("Copy", Special),
    ("Device", Special),
    ("Driver", One("--driver")),
    ("GID", One("--gid")),
    ("GlobalArgs", Special),
    ("Group", One("--gid")),
    ("Image", Refused("volumes of images are not supported; a container mounts one with Mount=type=image")),
    ("Label", EachWord("--label")),
    ("Options", Special),
    ("PodmanArgs", Special),
    ("ServiceName", Special),
    ("Type", Special),
    ("UID", One("--uid")),
    ("User", One("--uid")),
    ("VolumeName", Special),
];

/// `[Network]`.
pub const NETWORK: &[(&str, Form)] = &[
    ("ContainersConfModule", Refused("box reads no containers.conf")),
    ("DNS", Each("--dns")),
    ("DisableDNS", Flag("--disable-dns")),
    ("Driver", One("--driver")),
    ("Gateway", Special),
    ("GlobalArgs", Special),
    ("IPAMDriver", One("--ipam-driver")),
    ("IPRange", Special),
    ("IPv6", Flag("--ipv6")),
    ("InterfaceName", Refused("a network of box has no interface on the host")),
    ("Internal", Flag("--internal")),
    ("Label", EachWord("--label")),
    ("NetworkDeleteOnStop", Special),
    ("NetworkName", Special),
    ("Options", EachWord("--opt")),
    ("PodmanArgs", Special),
    ("ServiceName", Special),
    ("Subnet", Each("--subnet")),
];

/// `[Image]`.
pub const IMAGE: &[(&str, Form)] = &[
    ("AllTags", Flag("--all-tags")),
    ("Arch", One("--arch")),
    ("AuthFile", One("--authfile")),
    ("CertDir", One("--cert-dir")),
    ("ContainersConfModule", Refused("box reads no containers.conf")),
    ("Creds", One("--creds")),
    ("DecryptionKey", Refused("encrypted images are not supported")),
    ("GlobalArgs", Special),
    ("Image", Special),
    ("ImageTag", Special),
    ("OS", One("--os")),
    ("PodmanArgs", Special),
    ("Policy", One("--policy")),
    ("Retry", One("--retry")),
    ("RetryDelay", One("--retry-delay")),
    ("ServiceName", Special),
    ("TLSVerify", Switch("--tls-verify")),
    ("Variant", One("--variant")),
];

/// The known key that is most like one that is not known; `None` where none is like it.
pub fn nearest<'k>(unknown: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let distance = |key: &str| edits(&unknown.to_ascii_lowercase(), &key.to_ascii_lowercase());
    known.map(|key| (distance(key), key)).min().filter(|(distance, _)| *distance <= 3).map(|(_, key)| key)
}

/// How many letters have to be added, taken away or changed.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut above_left = row[0];
        row[0] = line + 1;
        for (column, their) in other.iter().enumerate() {
            let changed = above_left + usize::from(letter != *their);
            above_left = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(above_left + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_offered() {
        let known = || CONTAINER.iter().map(|(key, _)| *key);
        assert_eq!(nearest("PublishPorts", known()), Some("PublishPort"));
        assert_eq!(nearest("image", known()), Some("Image"));
        assert_eq!(nearest("Entirely", known()), None);
        assert_eq!((edits("kitten", "sitting"), edits("", "abc"), edits("a", "a")), (3, 3, 0));
    }

    #[test]
    fn keys_are_in_order_and_each_stands_once() {
        for table in [CONTAINER, POD, VOLUME, NETWORK, IMAGE] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
