//! What a container's log entries are marked with, besides time and stream: `--log-opt tag`, `labels` and `env`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::container::record::Record;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub container_name: String,
    pub tag: Option<String>,
    /// Labels and variables.
    pub others: BTreeMap<String, String>,
}

impl Attributes {
    /// `env`: the payload's, as `NAME=value`.
    pub fn of(record: &Record, env: &[String]) -> Attributes {
        let asked = &record.settings.log;
        let label = |name: &String| Some((name.clone(), record.settings.labels.get(name)?.clone()));
        let variable = |name: &String| {
            let value = env.iter().find_map(|variable| variable.strip_prefix(name.as_str())?.strip_prefix('='))?;
            Some((name.clone(), value.to_owned()))
        };
        Attributes {
            container_name: record.name.clone(),
            tag: asked.tag.as_ref().map(|tag| fill(tag, |field| value(record, field))),
            others: asked.labels.iter().filter_map(label).chain(asked.env.iter().filter_map(variable)).collect(),
        }
    }

    /// As the `attrs` of a json-file; empty where there are none.
    pub fn to_json(&self) -> String {
        let mut all = self.others.clone();
        all.extend(self.tag.clone().map(|tag| ("tag".to_owned(), tag)));
        if all.is_empty() { String::new() } else { serde_json::to_string(&all).expect("texts are plain data") }
    }
}

const FIELDS: [&str; 6] = ["ID", "FullID", "Name", "ImageID", "ImageFullID", "ImageName"];

fn value(record: &Record, field: &str) -> String {
    let image_id = record.image_id.as_ref().map_or("", |id| id.hex());
    match field {
        "ID" => record.id[..12].to_owned(),
        "FullID" => record.id.clone(),
        "Name" => record.name.clone(),
        "ImageID" => image_id.chars().take(12).collect(),
        "ImageFullID" => image_id.to_owned(),
        "ImageName" => record.image_name.clone(),
        _ => String::new(), // check_tag has refused it.
    }
}

/// Whether the fields of a tag are among those that there are.
pub fn check_tag(tag: &str) -> Result<()> {
    let unknown = std::cell::Cell::new(tag.matches("{{").count() != tag.matches("}}").count());
    fill(tag, |field| {
        unknown.set(unknown.get() || !FIELDS.contains(&field));
        String::new()
    });
    match unknown.get() {
        false => Ok(()),
        true => Err(Error::usage("not a tag that can be filled in")).map_err(|error: Error| {
            error.with_hint(format!("fields are {}", FIELDS.map(|f| format!("{{{{.{f}}}}}")).join(", ")))
        }),
    }
}

/// Replaces `{{.Field}}`.
fn fill(tag: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = tag;
    while let Some((before, (field, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        let field = field.trim();
        filled.push_str(before);
        filled.push_str(&value(field.strip_prefix('.').unwrap_or("")));
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_filled_in() {
        let value = |field: &str| format!("<{field}>");
        assert_eq!(fill("a {{.Name}}/{{ .ID }} b", value), "a <Name>/<ID> b");
        assert_eq!(fill("plain", value), "plain");
        for tag in ["plain", "{{.Name}}", "{{ .ImageName }}-{{.FullID}}"] {
            assert!(check_tag(tag).is_ok(), "{tag}");
        }
        for tag in ["{{.Nonsense}}", "{{Name}}", "{{.Name", "{{json .}}"] {
            assert!(check_tag(tag).is_err(), "{tag}");
        }
    }

    #[test]
    fn attributes_are_an_object_or_nothing() {
        assert_eq!(Attributes::default().to_json(), "");
        let others = BTreeMap::from([("team".to_owned(), "\"a\"".to_owned())]);
        let attributes = Attributes { tag: Some("t".to_owned()), others, ..Attributes::default() };
        assert_eq!(attributes.to_json(), r#"{"tag":"t","team":"\"a\""}"#);
    }
}
