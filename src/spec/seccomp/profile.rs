//! Profiles as JSON: OCI's form (config-linux.md#seccomp) and the superset that Docker and Podman ship and document,
//! with rules that depend on capabilities, architecture and kernel. The superset is settled into OCI's form here.

use nix::errno::Errno;
use serde::Deserialize;

use crate::error::{During, Error, Result};
use crate::oci::runtime::{Seccomp, SyscallArg, SyscallRule};
use crate::sys::seccomp::Action;

use super::architecture::{Architecture, NATIVE_FAMILY};

/// Fields that say nothing about system calls (`comment`, `flags`, ...) are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    default_action: String,
    #[serde(default)]
    default_errno_ret: Option<u32>,
    /// By name; stands above the number where both are given.
    #[serde(default)]
    default_errno: Option<String>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    #[serde(default)]
    arch_map: Option<Vec<ArchitectureFamily>>,
    #[serde(default)]
    syscalls: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArchitectureFamily {
    architecture: String,
    #[serde(default)]
    sub_architectures: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// The form of before 2016.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    names: Option<Vec<String>>,
    action: String,
    #[serde(default)]
    errno_ret: Option<u32>,
    #[serde(default)]
    errno: Option<String>,
    #[serde(default)]
    args: Option<Vec<Argument>>,
    #[serde(default)]
    includes: Option<Filter>,
    #[serde(default)]
    excludes: Option<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Argument {
    index: u32,
    value: u64,
    #[serde(default)]
    value_two: u64,
    op: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    #[serde(default)]
    caps: Option<Vec<String>>,
    #[serde(default)]
    arches: Option<Vec<String>>,
    #[serde(default)]
    min_kernel: Option<String>,
}

/// What rules may depend on.
pub struct Circumstances<'a> {
    pub capabilities: &'a [String],
    pub architecture: Architecture,
    /// Major and minor version.
    pub kernel: (u32, u32),
}

pub fn parse(json: &str, capabilities: &[String]) -> Result<Seccomp> {
    let kernel = nix::sys::utsname::uname().during(|| "ask for the kernel's version")?;
    let kernel = version(&kernel.release().to_string_lossy()).unwrap_or((u32::MAX, 0));
    settle(json, &Circumstances { capabilities, architecture: NATIVE_FAMILY[0], kernel })
}

pub fn settle(json: &str, circumstances: &Circumstances) -> Result<Seccomp> {
    let document: Document = serde_json::from_str(json).map_err(|error| Error::usage(error.to_string()))?;
    let syscalls = document.syscalls.unwrap_or_default().into_iter();
    let applying = syscalls.filter(|entry| applies(entry, circumstances));
    Ok(Seccomp {
        default_errno_ret: errno(document.default_errno.as_deref(), document.default_errno_ret)?,
        default_action: document.default_action,
        architectures: match (document.architectures, document.arch_map) {
            (Some(listed), _) if !listed.is_empty() => listed,
            (_, Some(families)) => family_of(families, circumstances.architecture),
            _ => Vec::new(),
        },
        syscalls: applying.map(rule).collect::<Result<_>>()?,
    })
}

/// The architectures of a settled profile. The machine's own is always one of them, as with libseccomp; those of other
/// machines do not matter.
pub fn architectures(seccomp: &Seccomp) -> Vec<Architecture> {
    let listed: Vec<_> = seccomp.architectures.iter().filter_map(|name| Architecture::named(name)).collect();
    let (native, others) = NATIVE_FAMILY.split_first().expect("a machine has an architecture");
    let others = others.iter().filter(|architecture| listed.contains(architecture));
    std::iter::once(native).chain(others).copied().collect()
}

/// An action by its OCI name. Without an errno of its own, `SCMP_ACT_ERRNO` is EPERM.
pub fn action(name: &str, errno: Option<u32>) -> Result<Action> {
    const MAX_ERRNO: u32 = 4095;
    let number = match errno.unwrap_or(libc::EPERM as u32) {
        number @ 0..=MAX_ERRNO => number as u16,
        number => return Err(Error::usage(format!("errno {number} is above {MAX_ERRNO}"))),
    };
    Ok(match name {
        "SCMP_ACT_ALLOW" => Action::Allow,
        "SCMP_ACT_LOG" => Action::Log,
        "SCMP_ACT_ERRNO" => Action::Errno(number),
        "SCMP_ACT_TRACE" => Action::Trace(number),
        "SCMP_ACT_TRAP" => Action::Trap,
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => Action::KillThread,
        "SCMP_ACT_KILL_PROCESS" => Action::KillProcess,
        "SCMP_ACT_NOTIFY" => {
            return Err(Error::usage("SCMP_ACT_NOTIFY is not supported")
                .with_hint("it needs a listening agent; use SCMP_ACT_ERRNO or SCMP_ACT_LOG instead"));
        }
        other => return Err(Error::usage(format!("unknown action `{other}`"))),
    })
}

fn rule(entry: Entry) -> Result<SyscallRule> {
    let argument = |argument: Argument| SyscallArg {
        index: argument.index,
        value: argument.value,
        value_two: argument.value_two,
        op: argument.op,
    };
    Ok(SyscallRule {
        errno_ret: errno(entry.errno.as_deref(), entry.errno_ret)?,
        names: entry.names.unwrap_or_default().into_iter().chain(entry.name).collect(),
        action: entry.action,
        args: entry.args.unwrap_or_default().into_iter().map(argument).collect(),
    })
}

/// `includes`: all of it must fit; `excludes`: nothing of it may.
fn applies(entry: &Entry, circumstances: &Circumstances) -> bool {
    let none = Filter::default();
    let includes = entry.includes.as_ref().unwrap_or(&none);
    let excludes = entry.excludes.as_ref().unwrap_or(&none);
    let held = |name: &String| circumstances.capabilities.contains(name);
    let native = |name: &String| name == circumstances.architecture.go_name();
    let recent = |minimum: &String| version(minimum).is_some_and(|minimum| circumstances.kernel >= minimum);

    let listed = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    listed(&includes.caps).iter().all(held)
        && (listed(&includes.arches).is_empty() || listed(&includes.arches).iter().any(native))
        && includes.min_kernel.as_ref().is_none_or(recent)
        && !listed(&excludes.caps).iter().any(held)
        && !listed(&excludes.arches).iter().any(native)
        && !excludes.min_kernel.as_ref().is_some_and(recent)
}

fn family_of(families: Vec<ArchitectureFamily>, native: Architecture) -> Vec<String> {
    let family = families.into_iter().find(|family| family.architecture == native.oci_name());
    family
        .into_iter()
        .flat_map(|family| std::iter::once(family.architecture).chain(family.sub_architectures.unwrap_or_default()))
        .collect()
}

/// Podman's profiles give an errno by name as well as by number.
fn errno(name: Option<&str>, number: Option<u32>) -> Result<Option<u32>> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(number) };
    const LAST: i32 = 133;
    let known = (1..=LAST).find(|number| format!("{:?}", Errno::from_raw(*number)) == name);
    known.map(|number| Some(number as u32)).ok_or_else(|| Error::usage(format!("unknown errno `{name}`")))
}

/// `5.15.0-91-generic` is (5, 15).
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
