//! The way to the world.

use nix::sched::CloneFlags;

use super::Finding;
use crate::error::{During, Error, Result};
use crate::host::tools::{self, Tool};
use crate::idmap::IdMap;
use crate::init::trial::attempt;
use crate::network::{Plan, Sockets, builtin, has_ipv6};
use crate::settings::NetworkMode;

const NAME: &str = "network";

/// Connects a throw-away network namespace.
pub(super) fn way(ids: &IdMap) -> Finding {
    let installed = || [Tool::Pasta, Tool::Slirp4netns].into_iter().filter(|tool| tools::find(*tool).is_some());
    let builtin = builtin::try_out();
    let finding = match Plan::choose(&NetworkMode::Private, &[], Vec::new(), || builtin.clone()) {
        Ok((Plan::None, warning)) => none(warning.unwrap_or_default()),
        Err(error) => none(error.to_string()),
        Ok((plan, _)) => match connect(&plan, ids) {
            Ok(()) => {
                let way = match builtin {
                    Ok(()) => "built in".to_owned(),
                    Err(refused) => {
                        let names: Vec<&str> = installed().map(Tool::program).collect();
                        format!("by {}; the one inside box does not work: {refused}", names.join(", else "))
                    }
                };
                return Finding::works(NAME, format!("{way}{}", without_ipv6()));
            }
            Err(error) => none(error.to_string()),
        },
    };
    let finding = match std::fs::OpenOptions::new().read(true).write(true).open("/dev/net/tun") {
        Ok(_) => finding,
        Err(_) => finding.mended_by_administrator("modprobe tun && chmod 666 /dev/net/tun"),
    };
    match installed().next() {
        Some(_) => finding,
        None => finding.mended_by_administrator("apt-get install passt slirp4netns  # or your distribution's way"),
    }
}

fn none(found: String) -> Finding {
    let found = if found.is_empty() { "no way to the world".to_owned() } else { found };
    Finding::reduced(NAME, found, "containers have loopback only; --network host shares the machine's network")
}

fn without_ipv6() -> &'static str {
    if has_ipv6() { "" } else { "; this machine has no IPv6" }
}

fn connect(plan: &Plan, ids: &IdMap) -> Result<()> {
    let runtime = tempfile_dir()?;
    let mut attachment = None;
    let connected = attempt(
        CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET,
        |pid| {
            ids.apply(pid)?;
            let attachment = attachment.insert(plan.attach(pid, &runtime, Sockets::default())?);
            attachment.wait_until_ready()
        },
        || {
            let interfaces = std::fs::read_to_string("/proc/self/net/dev").during(|| "list the interfaces")?;
            let is_other = |line: &str| line.contains(':') && !line.trim_start().starts_with("lo:");
            match interfaces.lines().any(is_other) {
                true => Ok(()),
                false => Err(Error::new("no interface was made")),
            }
        },
    );
    drop(attachment);
    let _ = std::fs::remove_dir_all(&runtime); // Sockets only.
    connected
}

/// For the sockets of one trial.
fn tempfile_dir() -> Result<std::path::PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let account = crate::host::account::Account::current();
    let dir = crate::host::dirs::runtime_root(None, &account)?.join(format!("doctor-{}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&dir).during(|| format!("create `{}`", dir.display()))?;
    Ok(dir)
}

pub(super) fn low_ports() -> Finding {
    const NAME: &str = "low-ports";
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    let first: u32 = text.trim().parse().unwrap_or(1024);
    match first {
        _ if nix::unistd::geteuid().is_root() => Finding::works(NAME, "any port of this machine can be published"),
        0..=80 => Finding::works(NAME, format!("ports of this machine from {first} on can be published")),
        _ => Finding::reduced(
            NAME,
            format!("ports of this machine from {first} on can be published"),
            "-p 80:80 is refused; take a higher port of this machine",
        )
        .mended_by_administrator("sysctl -w net.ipv4.ip_unprivileged_port_start=80"),
    }
}
