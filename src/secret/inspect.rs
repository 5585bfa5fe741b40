//! A secret in Podman's words: what `box secret inspect` shows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Secret;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    #[serde(rename = "ID")]
    pub id: String,
    /// RFC 3339.
    #[serde(rename = "CreatedAt")]
    pub created_at: String,
    #[serde(rename = "UpdatedAt")]
    pub updated_at: String,
    #[serde(rename = "Spec")]
    pub spec: Specification,
    /// Only where it was asked for.
    #[serde(rename = "SecretData", skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Specification {
    pub name: String,
    pub driver: Driver,
    pub labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Driver {
    pub name: &'static str,
    pub options: BTreeMap<String, String>,
}

/// Whether a document says what the secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Hidden,
    Shown,
}

impl Secret {
    pub fn document(&self, content: Content) -> Document {
        Document {
            id: self.id.clone(),
            created_at: self.created.clone(),
            updated_at: self.updated.clone(),
            spec: Specification {
                name: self.name.clone(),
                driver: Driver { name: "file", options: BTreeMap::new() },
                labels: self.labels.clone(),
            },
            content: (content == Content::Shown).then(|| String::from_utf8_lossy(&self.content.0).into_owned()),
        }
    }
}
