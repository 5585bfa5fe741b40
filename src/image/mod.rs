//! Images: from a name to a manifest, a config and layers in the store, and back to nothing.

/// What a pull tells whoever watches it.
pub mod progress;
/// Process `box-unpack`: one layer, confined.
pub mod unpacker;
