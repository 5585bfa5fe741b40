//! What this runtime can do, for engines that want to know beforehand (runtime-spec features.md).

use serde_json::json;

use super::print;
use crate::error::Result;
use crate::init;
use crate::spec::seccomp;
use crate::sys::capability;

/// Of the specification.
pub const LATEST: &str = "1.2.0";
const OLDEST: &str = "1.0.0";

const ACTIONS: [&str; 8] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",
    "SCMP_ACT_LOG",
    "SCMP_ACT_TRACE",
    "SCMP_ACT_TRAP",
];
const OPERATORS: [&str; 7] =
    ["SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"];

/// Print what this runtime can do, as JSON
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: Args) -> Result<u8> {
    let hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
    let features = json!({
        "ociVersionMin": OLDEST,
        "ociVersionMax": LATEST,
        "hooks": hooks,
        "mountOptions": init::mount_options().collect::<Vec<_>>(),
        "linux": {
            "namespaces": ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"],
            "capabilities": capability::NAMES.as_slice(),
            "cgroup": { "v1": true, "v2": true, "systemd": true, "systemdUser": true, "rdma": false },
            "seccomp": {
                "enabled": true,
                "actions": ACTIONS,
                "operators": OPERATORS,
                "archs": seccomp::architecture_names(),
            },
            "apparmor": { "enabled": false },
            "selinux": { "enabled": false },
            "intelRdt": { "enabled": false },
            "mountExtensions": { "idmap": { "enabled": false } },
        },
        "annotations": { "io.github.seccomp.libseccomp.version": "" },
        "potentiallyUnsafeConfigAnnotations": [],
    });
    print::line(serde_json::to_string_pretty(&features)?).map(|()| 0)
}
