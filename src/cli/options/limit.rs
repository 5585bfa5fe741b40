//! Amounts: sizes with units, CPUs, process limits.

use nix::sys::resource::{Resource, getrlimit};

use crate::error::{Error, Result};
use crate::settings::Ulimit;
use crate::spec;

/// Bytes from `64m`, `1.5g`, `512` or `2GiB`; units are powers of 1024, as everywhere in Docker and Podman.
pub fn size(text: &str) -> Result<u64> {
    let malformed = || Error::usage(format!("`{text}` is not a size such as `512m` or `2g`"));
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        "p" | "pb" | "pib" => 50,
        _ => return Err(malformed()),
    };
    // A whole number stays exact; only a fraction goes through floating point.
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(1 << shift).ok_or_else(malformed);
    }
    let fraction: f64 = number.parse().map_err(|_| malformed())?;
    let bytes = fraction * (1u64 << shift) as f64;
    if bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(malformed()) }
}

/// `-1` is no limit.
pub fn size_or_unlimited(text: &str) -> Result<u64> {
    if text == "-1" { Ok(u64::MAX) } else { size(text) }
}

/// Billionths of a CPU from `1.5`; `0` is no limit.
pub fn cpus(text: &str) -> Result<Option<u64>> {
    match text.parse::<f64>() {
        Ok(0.0) => Ok(None),
        Ok(cpus) if cpus.is_finite() && (0.001..1e6).contains(&cpus) => Ok(Some((cpus * 1e9).round() as u64)),
        _ => Err(Error::usage(format!("`{text}` is not a number of CPUs such as `1.5`"))),
    }
}

/// `0` and everything below mean no limit, as in Podman.
pub fn pids(text: &str) -> Result<i64> {
    match text.parse::<i64>() {
        Ok(limit) if limit > 0 => Ok(limit),
        Ok(_) => Ok(-1),
        Err(_) => Err(Error::usage(format!("`{text}` is not a number of processes"))),
    }
}

/// An octal mode such as `0027`.
pub fn umask(text: &str) -> Result<u32> {
    match u32::from_str_radix(text, 8) {
        Ok(umask) if umask <= 0o777 => Ok(umask),
        _ => Err(Error::usage(format!("`{text}` is not an octal number up to 0777"))),
    }
}

/// A path in the tree of control groups, of plain names.
pub fn cgroup_path(text: &str) -> Result<String> {
    let is_plain = |part: &str| part != ".." && part != "." && !part.contains(char::is_control);
    match !text.trim_matches('/').is_empty() && text.split('/').all(is_plain) {
        true => Ok(text.trim_end_matches('/').to_owned()),
        false => Err(Error::usage("expected the path of a control group")),
    }
}

/// `memory.high=1073741824`: a file of cgroup v2, by its own name.
pub fn cgroup_file(text: &str) -> Result<(String, String)> {
    let is_file = |name: &str| {
        name.split_once('.').is_some_and(|(controller, _)| !controller.is_empty() && controller != "cgroup")
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c))
            && !name.contains("..")
    };
    match text.split_once('=') {
        Some((name, value)) if is_file(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::usage("expected FILE=VALUE with a file of cgroup v2, such as memory.high=1073741824")),
    }
}

/// `NAME=VALUE` of a sysctl that each namespace has for itself (man 7 namespaces; runtime-spec config-linux.md#sysctl).
pub fn sysctl(text: &str) -> Result<(String, String)> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| Error::usage(format!("`{text}` is not of the form NAME=VALUE")))?;
    spec::namespace_of_sysctl(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The names that setrlimit(2) knows, in lower case and without `RLIMIT_`.
const ULIMITS: [(&str, Resource); 16] = [
    ("as", Resource::RLIMIT_AS),
    ("core", Resource::RLIMIT_CORE),
    ("cpu", Resource::RLIMIT_CPU),
    ("data", Resource::RLIMIT_DATA),
    ("fsize", Resource::RLIMIT_FSIZE),
    ("locks", Resource::RLIMIT_LOCKS),
    ("memlock", Resource::RLIMIT_MEMLOCK),
    ("msgqueue", Resource::RLIMIT_MSGQUEUE),
    ("nice", Resource::RLIMIT_NICE),
    ("nofile", Resource::RLIMIT_NOFILE),
    ("nproc", Resource::RLIMIT_NPROC),
    ("rss", Resource::RLIMIT_RSS),
    ("rtprio", Resource::RLIMIT_RTPRIO),
    ("rttime", Resource::RLIMIT_RTTIME),
    ("sigpending", Resource::RLIMIT_SIGPENDING),
    ("stack", Resource::RLIMIT_STACK),
];

/// `nofile=1024[:2048]`, or `host` for all limits of this process.
pub fn ulimit(text: &str) -> Result<Vec<Ulimit>> {
    if text == "host" {
        return ULIMITS.iter().map(|(name, resource)| host_ulimit(name, *resource)).collect();
    }
    let malformed = || Error::usage(format!("`{text}` is not of the form NAME=SOFT[:HARD]"));
    let (name, values) = text.split_once('=').ok_or_else(malformed)?;
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("rlimit_").unwrap_or(&name);
    if !ULIMITS.iter().any(|(known, _)| *known == name) {
        return Err(Error::usage(format!("there is no ulimit `{name}`")));
    }
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let value = |text: &str| if text == "-1" || text == "unlimited" { Some(u64::MAX) } else { text.parse().ok() };
    let (soft, hard) = (value(soft).ok_or_else(malformed)?, value(hard).ok_or_else(malformed)?);
    if soft > hard {
        return Err(Error::usage(format!("the soft limit of `{text}` is above the hard limit")));
    }
    Ok(vec![Ulimit { name: name.to_owned(), soft, hard }])
}

fn host_ulimit(name: &str, resource: Resource) -> Result<Ulimit> {
    let (soft, hard) = getrlimit(resource)?;
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("512", Some(512)),
            ("512b", Some(512)),
            ("64m", Some(64 << 20)),
            ("64M", Some(64 << 20)),
            ("64MiB", Some(64 << 20)),
            ("1.5g", Some(3 << 29)),
            ("2 gb", Some(2 << 30)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551615k", None),
            ("99999999999999999999.5p", None),
            ("", None),
            ("m", None),
            ("-1", None),
            ("1x", None),
            ("1.2.3", None),
            ("1e5", None),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
        assert_eq!(size_or_unlimited("-1").unwrap(), u64::MAX);
    }

    #[test]
    fn only_sysctls_of_the_containers_own_can_be_set() {
        assert_eq!(sysctl("net.ipv4.ip_forward=1").unwrap(), ("net.ipv4.ip_forward".into(), "1".into()));
        assert!(sysctl("kernel.shmmax=1").is_ok() && sysctl("fs.mqueue.msg_max=10").is_ok());
        for bad in ["net.ipv4.ip_forward", "kernel.panic=1", "vm.swappiness=1", "net./../x=1", "net.a..b=1", "=1"] {
            assert!(sysctl(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_umask_is_octal() {
        assert_eq!(umask("0027").unwrap(), 0o027);
        assert!(["", "8", "1777", "-1"].iter().all(|bad| umask(bad).is_err()));
    }

    #[test]
    fn control_groups_have_plain_names() {
        assert_eq!(cgroup_path("/a/b/").unwrap(), "/a/b");
        assert!(["", "/", "../x", "a/../b", "a\nb"].iter().all(|bad| cgroup_path(bad).is_err()));
        assert!(cgroup_file("memory.high=1").is_ok());
        assert!(
            ["memory.high", "x=1", "cgroup.procs=1", "a/../b.c=1", ".x=1"].iter().all(|bad| cgroup_file(bad).is_err())
        );
    }

    #[test]
    fn cpus_may_be_fractions() {
        assert_eq!(cpus("1.5").unwrap(), Some(1_500_000_000));
        assert_eq!(cpus("0").unwrap(), None);
        for bad in ["", "-1", "inf", "NaN", "two", "1e9"] {
            assert!(cpus(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_limit_on_processes_is_said_in_two_ways() {
        assert_eq!((pids("0").unwrap(), pids("-1").unwrap(), pids("7").unwrap()), (-1, -1, 7));
        assert!(pids("many").is_err());
    }

    #[test]
    fn ulimits_have_a_soft_and_a_hard_value() {
        let one =
            |text| ulimit(text).map(|mut limits| limits.remove(0)).map(|limit| (limit.name, limit.soft, limit.hard));
        assert_eq!(one("nofile=1024:2048").unwrap(), ("nofile".into(), 1024, 2048));
        assert_eq!(one("RLIMIT_NPROC=5").unwrap(), ("nproc".into(), 5, 5));
        assert_eq!(one("core=0:-1").unwrap(), ("core".into(), 0, u64::MAX));
        assert_eq!(one("core=unlimited").unwrap(), ("core".into(), u64::MAX, u64::MAX));
        for bad in ["", "nofile", "nofile=", "nofile=a", "nofile=2:1", "files=1", "nofile=1:2:3", "nofile=-2"] {
            assert!(ulimit(bad).is_err(), "{bad}");
        }
        assert_eq!(ulimit("host").unwrap().len(), ULIMITS.len());
    }
}
