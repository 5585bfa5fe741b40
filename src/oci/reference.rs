
//! Image references.
/// placeholder
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference;
