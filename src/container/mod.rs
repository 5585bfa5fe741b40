//! Containers: a file for each verb between create and remove. [`record`] says what is on disk, [`job`] what a monitor
//! is told.

pub mod record;

pub mod create;
mod names;
mod own_ids;

pub mod host_image;
pub mod volumes;
pub mod networks;
pub mod ports;
pub mod secrets;
mod sources;
mod root;
mod joins;
mod others;
mod change;
mod membership;
mod surroundings;
mod user;
pub mod job;
mod pid_files;
pub mod start;

pub mod attach;
pub mod exec;
pub mod logs;
pub mod stop;
pub mod wait;

pub mod pause;
pub mod health;
pub mod keep;
pub mod processes;
pub mod top;
pub mod stats;
pub mod update;
pub mod contents;
mod inside;
pub mod copy;
pub mod commit;

pub mod finish;
pub mod ownership;
pub mod ready;
pub mod remove;
pub mod cleanup;
pub mod duplicate;
pub mod auto_update;

pub use record::{Container, Status, find, latest, list, network_owner};
