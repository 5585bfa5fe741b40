//! Commands that users of Podman and Docker know and that box does not have: what they are told instead.

use clap::error::{ContextKind, ContextValue};

/// By name, on whatever level they would stand.
const ABSENT: [(&[&str], &str); 12] = [
    (&["build", "buildx", "builder", "farm"], BUILD),
    (
        &["checkpoint", "restore"],
        "no container is written to disk as it runs: `box pause` stops one, `box commit` keeps its files",
    ),
    (
        &["compose", "kube", "play", "stack"],
        "box reads no such files: `box unit` runs containers and pods as services of systemd",
    ),
    (&["machine"], "box needs no virtual machine: it runs on Linux itself"),
    (&["connection", "context"], "there is no daemon to connect to; `ssh HOST box ...` runs it elsewhere"),
    (&["node", "service", "swarm", "config", "plugin"], "box has no cluster and no plug-ins"),
    (&["mount", "umount", "unmount"], MOUNT),
    (&["init"], "a container is prepared when it starts: `box start`"),
    (&["runlabel"], "box runs no command line that an image brings along"),
    (&["quadlet"], "`box unit` installs, shows, lists and removes unit files"),
    (&["artifact"], "box keeps images only"),
    (&["trust", "sign"], "box checks no signatures: policy.json (containers-policy.json(5)) says whom to refuse"),
];

const BUILD: &str =
    "box builds no images: make them elsewhere and `box pull` or `box load` them, or `box commit` a container";
const MOUNT: &str = "its files are mounted for itself only: `box cp`, `box export` and `box exec` reach them";

/// What box has instead of the command that this error is about.
pub fn instead_of(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let (_, sentence) = ABSENT.iter().find(|(names, _)| names.contains(&name.as_str()))?;
    Some(format!("there is no command `{name}`: {sentence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_absent_is() {
        let tree = crate::cli::whole_tree();
        for name in ABSENT.iter().flat_map(|(names, _)| *names) {
            assert!(tree.find_subcommand(name).is_none(), "{name}");
        }
    }
}
