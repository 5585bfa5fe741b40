//! Settings and image config become an OCI runtime spec.

pub mod capabilities;
pub mod seccomp;
