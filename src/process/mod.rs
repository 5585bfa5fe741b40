//! Processes: which one am I ([`role`]), what they say to each other ([`handshake`]) and where they are found
//! ([`listener`]), how they are started ([`spawn`], [`hook`]), whether they still live ([`liveness`]), and the numbers
//! of signals ([`signal`]).

pub mod handshake;
pub mod hook;
pub mod listener;
pub mod liveness;
pub mod role;
pub mod signal;
pub mod spawn;

pub use role::Role;
