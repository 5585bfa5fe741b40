//! Tar stream to directory, and directories to a tar stream. The stream's maker is hostile, and so are the files.
//!
//! One layer of an image becomes one directory tree in the form that overlayfs expects of a lower directory. Nothing in
//! the stream is trusted: not its names, links, sizes or compression. What comes out is below the given directory,
//! always. The way back takes nothing from anywhere else either, whatever a container does to its files meanwhile.

/// The bytes of a tar stream as entries.
pub mod archive;
/// Compressed bytes as a tar stream, and its digest.
pub mod compression;
/// Compressed bytes with a table of contents.
pub mod chunked;
/// How a layer speaks of those below it.
pub mod whiteout;
/// The owners that could not be given to files.
pub mod owners;
/// Entries as files.
pub mod unpack;
/// Layers on top of each other as one tree.
pub mod stack;
/// Files as entries.
pub mod pack;
/// Entries as the bytes of a tar stream.
pub mod writer;
/// An archive put together again from its files.
pub mod reassembly;
/// One file or directory of a tree as an archive, and back.
pub mod part;
/// What a layer changes of those below.
pub mod changes;
/// Archives as an attacker would make them.
#[cfg(test)]
pub(crate) mod fixture;
/// Archives made by chance, and what GNU tar makes of them.
#[cfg(test)]
mod tests;

pub use changes::{Change, changes};
pub use pack::{Form, pack};
pub use stack::{Layer, Stack};
pub use unpack::{Manner, Ownership, Replace, RootEntry, Unpacked, unpack, unpack_among};
