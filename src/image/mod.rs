
/// What a pull tells whoever watches it.
pub mod progress;
