//! All the unsafe code of box: the system calls that nix and rustix lack, each behind a safe function.
//!
//! Nothing here decides anything. One call a block; `SAFETY` states each condition and why it holds.

pub mod bpf;
pub mod capability;
pub mod child;
pub mod clone;
pub mod fds;
pub mod injection;
pub mod interface;
pub mod keyring;
pub mod memory;
pub mod mount;
pub mod namespace;
pub mod notification;
pub mod seccomp;
pub mod signals;
pub mod title;
pub mod writeback;
