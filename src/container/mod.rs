//! Containers: what was asked for ([`settings`]), what is on disk ([`record`]), and a file for each verb.

pub mod settings;
