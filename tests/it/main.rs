//! The binary as its users meet it, one module per command or topic, in one test binary.
//!
//! `tests/run` prepares the machine and runs this as several users; a plain `cargo test` runs what the machine at hand
//! allows. What a test cannot do here it says: `skipped: <test>: <reason>`.

mod fixture;

// The commands.
mod run;
mod exec;
mod events;
mod logs;
mod stop;
mod start;
mod restart;
mod create;
mod keeper;
mod kill;
mod rm;
mod ps;
mod attach;
mod auto_update;
mod generate;
mod wait;
mod inspect;
mod top;
mod stats;
mod update;
mod pause;
mod unit;
mod unpause;
mod unshare;
mod pod;
mod port;
mod ready;
mod rename;
mod pull;
mod push;
mod commit;
mod completion;
mod cp;
mod diff;
mod export;
mod import;
mod save;
mod load;
mod images;
mod history;
mod rmi;
mod search;
mod secret;
mod tag;
mod untag;
mod info;
mod json;
mod doctor;
mod login;
mod logout;
mod manifest;
mod version;
mod volume;
mod container;
mod image;
mod system;

// What no single command stands for.
mod drivers;
mod emulation;
mod faults;
mod foreign;
mod full;
mod hardening;
mod healthcheck;
mod help;
mod host;
mod hostile;
mod kill9;
mod ladder;
mod mounts;
mod named_networks;
mod network;
mod oci;
mod runtime;
mod options;
mod packages;
mod packaging;
mod personality;
mod pipeline;
mod security;
mod roundtrip;
mod servers;
mod soak;
mod tidy;
mod together;
mod user_namespaces;
