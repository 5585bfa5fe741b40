//! The machine: directories, accounts, features, foreign programs.

pub mod tools;
