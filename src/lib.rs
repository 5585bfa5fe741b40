//! The map of box.
//!
//! Modules stand in reading order, from what the user sees down to the kernel. A module imports only from modules below
//! it; modules of a group marked *independent* do not import each other. `tests/it/tidy.rs` reads this file and checks
//! every `use crate::`. Which process runs what is drawn in `main.rs`; why things are as they are is in
//! ARCHITECTURE.md.

// FRONT DOORS (independent): a request comes in, one verb is called, the result is shown.
/// Process `box`: one file per command.
pub mod cli;
/// Process `box-monitor`: outlives the command line, keeps the streams and the exit status of one container.
pub mod monitor;
/// Process `box-keeper`: restarts one container when it ends, checks its health.
pub mod keeper;

// VERBS: what box does, whoever asks.
/// Containers that another engine describes: the operations of an OCI runtime.
pub mod bundle;
/// Pods: containers that share namespaces, and what is done to all of them at once.
pub mod pod;
/// Containers: what was asked for, what is on disk, and every verb between create and remove.
pub mod container;
/// Named volumes: directories that outlive containers.
pub mod volume;
/// Named networks: what is remembered of each.
pub mod named_network;
/// Secrets: small files that containers are given, and that nothing else shows.
pub mod secret;
/// Images: resolve, pull, push, tag, list, remove, and the confined process that unpacks a layer.
pub mod image;
/// Unit files of containers become services of systemd.
pub mod quadlet;
/// What this machine offers, each ability tried for real, and what mends it.
pub mod doctor;

// PARTS (independent): one ability each; they are given values, not each other.
/// The distribution protocol: manifests and blobs of a registry, credentials, mirrors.
pub mod registry;
/// Tar stream to directory and back. Its input is hostile.
pub mod layer;
/// The content-addressed store: blobs, layers, images and their names.
pub mod store;
/// How the layers become one directory on this machine: overlay, fuse-overlayfs, copy.
pub mod rootfs;
/// Settings and image config become an OCI runtime spec.
pub mod spec;
/// Limits: cgroup v2 where it is delegated, and what is left where it is not.
pub mod cgroup;
/// A network namespace that reaches the world.
pub mod network;
/// Which ids inside mean which ids outside.
pub mod idmap;

// VALUES: plain data that the rooms above hand to each other.
/// What was asked for: the one struct where every front door meets.
pub mod settings;

// INSIDE: process `box-init`, cloned into the container's namespaces; becomes the payload.
/// Mounts, devices, pivot, rights, exec.
pub mod init;

// GROUND: knows nothing of what stands above.
/// Processes: roles, the handshake between them, the only forks.
pub mod process;
/// The machine: directories, accounts, features, foreign programs.
pub mod host;
/// Files that survive a kill: atomic writes, records, locks, paths beneath a directory, trees.
pub mod disk;
/// The OCI specifications' words as types.
pub mod oci;
/// All the unsafe code: system calls that nix and rustix lack.
pub mod sys;
/// The one error type.
pub mod error;
/// Hostile input by the thousand, for tests.
#[cfg(test)]
pub mod fuzz;

pub use error::{Error, Result};
