//! A spec in two: what box-init does itself, and what is left to another OCI runtime (`--runtime`).
//!
//! Namespaces, root file system, mounts and devices are init's in both cases, so they are the same in both. The other
//! runtime makes a mount and a pid namespace in these, with a procfs of its own, and the payload's rights.

use crate::error::{Error, Result};
use crate::oci::runtime::{Linux, Namespace, NamespaceKind, Process, Root, Seccomp, Spec};

/// Returns init's part and the runtime's. `below_reaper`: the payload shall not be process 1.
pub fn divide(spec: Spec, seccomp: Option<Seccomp>, below_reaper: bool) -> Result<(Spec, Spec)> {
    let is_new = |kind| spec.linux.namespaces.iter().any(|one| one.kind == kind && one.path.is_empty());
    if !is_new(NamespaceKind::Pid) {
        return Err(Error::usage("another runtime needs a pid namespace of the container's own")
            .with_hint("leave out `--pid`, or `--runtime`"));
    }
    let is_procs = |path: &str| path == "/proc" || path.starts_with("/proc/");
    let (procs, others) = spec.mounts.into_iter().partition::<Vec<_>, _>(|mount| is_procs(&mount.destination));
    if let Some(covered) = procs.iter().find(|mount| mount.kind != "proc") {
        return Err(Error::usage(format!("with another runtime nothing can be mounted on `{}`", covered.destination)));
    }
    let split = |paths: Vec<String>| paths.into_iter().partition::<Vec<_>, _>(|path| is_procs(path));
    let (their_masks, our_masks) = split(spec.linux.masked_paths);
    let (their_read_only, our_read_only) = split(spec.linux.readonly_paths);
    let new = |kind| Namespace { kind, path: String::new() };
    let namespaces = std::iter::once(NamespaceKind::Mount).chain((!below_reaper).then_some(NamespaceKind::Pid));
    let theirs = Spec {
        // The oldest with all that is said here: a runtime refuses versions that are too new for it.
        oci_version: "1.0.2".to_owned(),
        process: Process { oom_score_adj: None, ..spec.process.clone() },
        root: spec.root.clone(),
        mounts: procs,
        annotations: spec.annotations.clone(),
        linux: Linux {
            namespaces: namespaces.map(new).collect(),
            seccomp,
            personality: spec.linux.personality.clone(),
            masked_paths: their_masks,
            readonly_paths: their_read_only,
            ..Linux::default()
        },
        ..Spec::default()
    };
    let ours = Spec {
        mounts: others,
        root: Root { readonly: false, ..spec.root },
        linux: Linux { masked_paths: our_masks, readonly_paths: our_read_only, ..spec.linux },
        ..spec
    };
    Ok((ours, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::runtime::Mount;

    fn whole(mounts: &[(&str, &str)]) -> Spec {
        let mount = |(destination, kind): &(&str, &str)| Mount {
            destination: (*destination).to_owned(),
            kind: (*kind).to_owned(),
            ..Mount::default()
        };
        let namespace = |kind| Namespace { kind, path: String::new() };
        Spec {
            mounts: mounts.iter().map(mount).collect(),
            root: Root { readonly: true, ..Root::default() },
            linux: Linux {
                namespaces: [NamespaceKind::Pid, NamespaceKind::Network].map(namespace).to_vec(),
                masked_paths: vec!["/proc/kcore".to_owned(), "/sys/firmware".to_owned()],
                ..Linux::default()
            },
            ..Spec::default()
        }
    }

    #[test]
    fn what_belongs_to_proc_and_the_read_only_root_are_the_runtimes() {
        let (ours, theirs) = divide(whole(&[("/proc", "proc"), ("/dev", "tmpfs")]), None, false).unwrap();
        let places = |spec: &Spec| spec.mounts.iter().map(|mount| mount.destination.clone()).collect::<Vec<_>>();
        assert_eq!((places(&ours), places(&theirs)), (vec!["/dev".to_owned()], vec!["/proc".to_owned()]));
        assert_eq!(
            (&ours.linux.masked_paths[..], &theirs.linux.masked_paths[..]),
            (&["/sys/firmware".to_owned()][..], &["/proc/kcore".to_owned()][..])
        );
        assert!(!ours.root.readonly && theirs.root.readonly);
    }

    #[test]
    fn below_a_reaper_the_payload_shares_its_pid_namespace() {
        let kinds = |below_reaper| {
            let (_, theirs) = divide(whole(&[]), None, below_reaper).unwrap();
            theirs.linux.namespaces.iter().map(|namespace| namespace.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(false), [NamespaceKind::Mount, NamespaceKind::Pid]);
        assert_eq!(kinds(true), [NamespaceKind::Mount]);
    }

    #[test]
    fn what_cannot_be_handed_over_is_refused() {
        assert!(divide(whole(&[("/proc/cpuinfo", "bind")]), None, false).is_err());
        let joined = Spec { linux: Linux::default(), ..whole(&[]) };
        assert!(divide(joined, None, false).is_err());
    }
}
