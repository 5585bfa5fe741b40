//! What a pull or push tells whoever watches it. Says what happens, not how it looks: that is the front door's
//! business.

use crate::oci::Digest;

/// Watches one pull or push. Layers are named by the digest of their blob.
pub trait Progress {
    /// A line for the person: which registry a short name became, why a mirror is passed over. Free of control bytes.
    fn message(&self, text: &str);
    /// A layer of the image, before it moves; a pull knows all of them, in the manifest's order, before it begins.
    fn layer_known(&self, layer: &Digest, size_compressed: u64, state: LayerState);
    /// So many more bytes of the blob have arrived.
    fn layer_advanced(&self, layer: &Digest, bytes: u64);
    /// The layer is unpacked, checked and in the store; or at the registry.
    fn layer_done(&self, layer: &Digest);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerState {
    /// Where it is wanted: nothing has to move.
    Present,
    Missing,
}

/// Watches nothing: `--quiet`, and tests.
pub struct Silent;

impl Progress for Silent {
    fn message(&self, _: &str) {}
    fn layer_known(&self, _: &Digest, _: u64, _: LayerState) {}
    fn layer_advanced(&self, _: &Digest, _: u64) {}
    fn layer_done(&self, _: &Digest) {}
}
