//! A volume in Podman's words: what `box volume inspect` shows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Volume;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    pub name: String,
    pub driver: &'static str,
    pub mountpoint: String,
    /// RFC 3339.
    pub created_at: String,
    pub labels: BTreeMap<String, String>,
    pub scope: &'static str,
    pub options: BTreeMap<String, String>,
    /// How many containers use it.
    pub mount_count: usize,
    /// Whether the first container that mounts it fills it with what its image has there.
    pub needs_copy_up: bool,
    pub anonymous: bool,
}

impl Volume {
    /// `users`: how many containers mount it.
    pub fn document(&self, users: usize) -> Document {
        let created = jiff::Timestamp::from_second(self.record.created).unwrap_or_default();
        Document {
            name: self.name.clone(),
            driver: "local",
            mountpoint: self.data_dir.display().to_string(),
            created_at: created.to_string(),
            labels: self.record.labels.clone(),
            scope: "local",
            options: self.record.options.clone(),
            mount_count: users,
            needs_copy_up: self.is_empty(),
            anonymous: self.record.anonymous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Record;

    #[test]
    fn the_words_are_podmans() {
        let record = Record { created: 1_700_000_000, ..Record::default() };
        let volume = Volume { name: "v".into(), record, data_dir: "/store/volumes/v/data".into() };
        assert_eq!(
            serde_json::to_string(&volume.document(1)).unwrap(),
            r#"{"Name":"v","Driver":"local","Mountpoint":"/store/volumes/v/data","CreatedAt":"2023-11-14T22:13:20Z","#
                .to_owned()
                + r#""Labels":{},"Scope":"local","Options":{},"MountCount":1,"NeedsCopyUp":false,"Anonymous":false}"#
        );
    }
}
