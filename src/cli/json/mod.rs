//! `--json`: box's own documents for programs, each with its schema and a version.
//!
//! ```json
//! {"schema":"box.containers/1","containers":[{"id":"...","name":"web",...}]}
//! {"schema":"box.event/1","time":"2026-01-02T03:04:05.000000006Z","type":"container",...}
//! ```
//!
//! This is the only place that writes the envelope. What each schema holds is said once, in [`documents`]: from there
//! come the fields, their names and the manual page box-json(7). `--format json` is another thing: it has the words of
//! Podman or Docker, and changes when they change.

mod documents;
mod page;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::print;
use crate::error::{Error, Result};
use crate::network::builtin::flows::{Direction, Outcome, Protocol};

pub use documents::*;
pub use page::page;

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct JsonOption {
    /// Show it for programs: a versioned document of JSON on one line, as box-json(7) describes
    #[arg(long)]
    json: bool,
}

impl JsonOption {
    /// Whether it is asked for. `others`: options that say otherwise, and whether they are there.
    pub fn instead_of(self, others: &[(&str, bool)]) -> Result<bool> {
        match others.iter().find(|(_, is_there)| self.json && *is_there) {
            Some((option, _)) => Err(Error::usage(format!("--json has a form of its own and takes no {option}"))),
            None => Ok(self.json),
        }
    }
}

/// What has a version of its own.
pub trait Schema: Serialize {
    /// `box.containers/1`
    const SCHEMA: &'static str;
    /// Of a list: where its entries are. Else the fields stand beside the schema.
    const KEY: Option<&'static str>;
}

/// Prints a document that is no list, or one of a stream of them.
pub fn print_one<D: Schema>(document: &D) -> Result<()> {
    #[derive(Serialize)]
    struct Envelope<'d, D> {
        schema: &'static str,
        #[serde(flatten)]
        document: &'d D,
    }
    print::line(serde_json::to_string(&Envelope { schema: D::SCHEMA, document })?)
}

/// Prints a list as one document.
pub fn print_list<D: Schema>(entries: &[D]) -> Result<()> {
    struct Envelope<'d, D>(&'d [D]);
    impl<D: Schema> Serialize for Envelope<'_, D> {
        fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry("schema", D::SCHEMA)?;
            map.serialize_entry(D::KEY.expect("what is listed has a key"), self.0)?;
            map.end()
        }
    }
    print::line(serde_json::to_string(&Envelope(entries))?)
}

/// RFC 3339 in UTC, always with nine digits of a second: such times are in order as texts, too.
#[derive(Clone, Copy, Debug)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// Of a record; one that cannot be read is none.
    pub fn parse(text: &str) -> Option<Moment> {
        text.parse().ok().map(Moment)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.9}", self.0))
    }
}

/// How a value is described.
pub struct Shape {
    /// `integer or null`, `array of string` ...
    word: Cow<'static, str>,
    /// What stands behind the name of a field before the names of these: `[]`, or nothing.
    step: &'static str,
    fields: Vec<Field>,
}

/// A field of an object.
pub struct Field {
    /// As in Rust.
    name: &'static str,
    about: &'static str,
    shape: Shape,
}

/// What can stand in a document.
pub trait Documented {
    fn shape() -> Shape;
}

macro_rules! leaves {
    ($($word:literal: $($kind:ty),+;)+) => {$($(
        impl Documented for $kind {
            fn shape() -> Shape {
                Shape { word: $word.into(), step: "", fields: Vec::new() }
            }
        }
    )+)+};
}

leaves! {
    "string": String, &'static str, Protocol, Direction, Outcome;
    "time": Moment;
    "integer": u16, u32, u64, usize, i32, i64;
    "number": f64;
    "boolean": bool;
}

impl<T: Documented> Documented for Option<T> {
    fn shape() -> Shape {
        let shape = T::shape();
        Shape { word: format!("{} or null", shape.word).into(), ..shape }
    }
}

impl<T: Documented> Documented for Vec<T> {
    fn shape() -> Shape {
        let shape = T::shape();
        Shape { word: format!("array of {}", shape.word).into(), step: "[]", ..shape }
    }
}

impl Documented for BTreeMap<String, String> {
    fn shape() -> Shape {
        Shape { word: "object of strings".into(), step: "", fields: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_nine_digits_and_are_null_where_there_are_none() {
        let shown = |text: &str| serde_json::to_string(&Moment::parse(text)).unwrap();
        assert_eq!(shown("2026-01-02T03:04:05.6Z"), "\"2026-01-02T03:04:05.600000000Z\"");
        assert_eq!(shown("2026-01-02T03:04:05+01:00"), "\"2026-01-02T02:04:05.000000000Z\"");
        assert_eq!(shown("yesterday"), "null");
    }

    #[test]
    fn another_form_beside_it_is_refused() {
        let wanted = JsonOption { json: true };
        let error = wanted.instead_of(&[("--format", false), ("--quiet", true)]).unwrap_err();
        assert_eq!(error.to_string(), "--json has a form of its own and takes no --quiet");
        assert!(wanted.instead_of(&[("--format", false)]).unwrap());
        assert!(!JsonOption::default().instead_of(&[("--format", true)]).unwrap());
    }
}
