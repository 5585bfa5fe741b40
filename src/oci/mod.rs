//! The OCI specifications' words as types: what is read from and written to other people's programs.
//!
//! Only the fields that box acts on are named. Documents that must keep their digest (manifests, configs) are kept as
//! bytes beside the parsed form, never written again from it.

pub mod digest;
pub mod image;
pub mod manifest;
pub mod nesting;
pub mod reference;
pub mod runtime;

pub use digest::{Algorithm, Digest};
pub use reference::Reference;
