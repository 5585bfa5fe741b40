//! Images: from a name to a manifest, a config and layers in the store, and back to nothing.

/// What a typed name means: an image that is here, or places where it may be.
pub mod resolve;
/// From a name to an image in the store.
pub mod pull;
/// What a pull tells whoever watches it.
pub mod progress;
/// Process `box-unpack`: one layer, confined.
pub mod unpacker;
