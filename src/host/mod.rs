//! The machine: who runs box, where things are kept, what is installed, what the kernel offers.

pub mod account;
pub mod dirs;
pub mod policy;
pub mod registries;
pub mod storage;
pub mod subids;
pub mod systemd;
pub mod tools;
pub mod visibility;
