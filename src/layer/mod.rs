//! Tar stream to directory. Its input is hostile.
//!
//! One layer of an image becomes one directory tree in the form that overlayfs expects of a lower directory. Nothing in
//! the stream is trusted: not its names, links, sizes or compression. What comes out is below the given directory,
//! always.

/// The bytes of a tar stream as entries.
pub mod archive;
/// Compressed bytes as a tar stream, and its digest.
pub mod compression;
/// Entries as files.
pub mod unpack;
/// Archives as an attacker would make them.
#[cfg(test)]
mod fixture;
/// Archives made by chance, and what GNU tar makes of them.
#[cfg(test)]
mod tests;

pub use unpack::{Unpacked, unpack};
