//! The binary as its users meet it, one module per command or topic, in one test binary.
//!
//! `tests/run` prepares the machine and runs this as several users; a plain `cargo test` runs what the machine at hand
//! allows. What a test cannot do here it says: `skipped: <test>: <reason>`.

mod fixture;

mod tidy;
