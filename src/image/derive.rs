//! The config of an image that is made here: of nothing, or on top of another image.

use serde_json::{Map, Value};

use super::assemble::read_config;
use crate::error::Result;
use crate::oci::Digest;
use crate::oci::image::{History, ProcessConfig};
use crate::oci::manifest::Platform;

/// What a new config is made of.
#[derive(Clone, Debug)]
pub struct Derivation<'a> {
    /// The config of the image below, as bytes: what is not known of it stays.
    pub base: Option<&'a [u8]>,
    /// All layers, bottom first.
    pub diff_ids: &'a [Digest],
    /// How many of them are the new image's own.
    pub own_layers: usize,
    pub process: &'a ProcessConfig,
    pub platform: &'a Platform,
    pub author: Option<&'a str>,
    pub comment: Option<&'a str>,
    /// Which command made it, for the history.
    pub created_by: &'a str,
}

impl Derivation<'_> {
    /// The config's bytes, whose digest is the image ID.
    pub fn config(&self) -> Result<Vec<u8>> {
        let created = format!("{:.9}", jiff::Timestamp::now());
        let mut config: Map<String, Value> = match self.base {
            Some(base) => serde_json::from_slice(base)?,
            None => Map::new(),
        };
        let mut process = match config.remove("config") {
            Some(Value::Object(process)) => process,
            _ => Map::new(),
        };
        merge(&mut process, serde_json::to_value(self.process)?);
        // Of the build of the image below (Docker): they say nothing of this one.
        for foreign in ["container", "container_config", "parent", "id"] {
            config.remove(foreign);
        }
        let platform = self.platform;
        let described = serde_json::json!({
            "architecture": platform.architecture,
            "os": platform.os,
            "variant": platform.variant,
            "created": created,
            "author": self.author.map(str::to_owned).or_else(|| Some(config.get("author")?.as_str()?.to_owned())),
            "config": process,
            "rootfs": {"type": "layers", "diff_ids": self.diff_ids},
            "history": self.history(&created)?,
        });
        merge(&mut config, described);
        Ok(serde_json::to_vec(&config)?)
    }

    fn history(&self, created: &str) -> Result<Vec<Value>> {
        let mut history = match self.base {
            Some(base) => read_config(base)?.history,
            None => Vec::new(),
        };
        let layers_below = self.diff_ids.len() - self.own_layers;
        // Some programs count: every entry that is not empty stands for a layer.
        if history.iter().filter(|entry| !entry.empty_layer).count() != layers_below {
            history = vec![History::default(); layers_below];
        }
        history.push(History {
            created: Some(created.to_owned()),
            created_by: Some(self.created_by.to_owned()),
            comment: self.comment.map(str::to_owned),
            author: self.author.map(str::to_owned),
            empty_layer: false,
        });
        let entry = |entry: &History| {
            let mut said = Map::new();
            merge(&mut said, serde_json::to_value(entry)?);
            Ok(Value::Object(said))
        };
        history.iter().map(entry).collect()
    }
}

/// Takes over what `new` says; what it leaves empty is not said any more.
fn merge(map: &mut Map<String, Value>, new: Value) {
    let Value::Object(new) = new else { return };
    for (key, value) in new {
        let is_empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty() && key != "diff_ids",
            Value::Object(values) => values.is_empty() && key != "config",
            _ => false,
        };
        match is_empty {
            true => drop(map.remove(&key)),
            false => drop(map.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform() -> Platform {
        Platform { architecture: "amd64".to_owned(), os: "linux".to_owned(), variant: None }
    }

    #[test]
    fn what_is_not_known_of_the_image_below_stays() {
        let diff_ids = [b"1", b"2"].map(|bytes| Digest::sha256_of(bytes));
        let base = format!(
            r#"{{"os":"linux","os.version":"7","parent":"x","author":"joe","rootfs":{{"diff_ids":["{}"]}},
            "config":{{"Cmd":["old"],"Unknown":1,"Labels":null}},"history":[{{"created_by":"a"}}]}}"#,
            diff_ids[0]
        );
        let process = ProcessConfig { user: "joe".to_owned(), ..ProcessConfig::default() };
        let derivation = Derivation {
            base: Some(base.as_bytes()),
            diff_ids: &diff_ids,
            own_layers: 1,
            process: &process,
            platform: &platform(),
            author: None,
            comment: Some("why"),
            created_by: "sh",
        };
        let config: Value = serde_json::from_slice(&derivation.config().unwrap()).unwrap();
        assert_eq!(config["os.version"], "7");
        assert_eq!(config["author"], "joe");
        assert_eq!(config["config"], serde_json::json!({"Unknown": 1, "User": "joe"}));
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 2);
        assert_eq!(config["history"][0], serde_json::json!({"created_by": "a"}));
        assert_eq!(
            (&config["history"][1]["created_by"], &config["history"][1]["comment"]),
            (&"sh".into(), &"why".into())
        );
        assert!(config.get("parent").is_none() && config.get("variant").is_none());
    }

    #[test]
    fn a_history_that_does_not_fit_its_layers_is_not_gone_on_with() {
        let diff_ids = [b"1", b"2", b"3"].map(|bytes| Digest::sha256_of(bytes));
        let process = ProcessConfig::default();
        let derivation = Derivation {
            base: None,
            diff_ids: &diff_ids,
            own_layers: 1,
            process: &process,
            platform: &platform(),
            author: None,
            comment: None,
            created_by: "x",
        };
        let config = read_config(&derivation.config().unwrap()).unwrap();
        assert_eq!(config.history.len(), 3);
        assert_eq!(config.rootfs.diff_ids, diff_ids);
    }
}
