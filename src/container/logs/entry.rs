//! The forms of a log's entries, each a line of its file.
//!
//! ```text
//! k8s-file    2026-01-02T03:04:05.000000006+00:00 stdout F a line
//!             2026-01-02T03:04:05.000000006+00:00 stdout P a part of a line that goes on in the next entry
//! json-file   {"log":"a line\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-01-02T03:04:05.000000006Z"}
//! ```
//!
//! The first takes every byte as it is. JSON is text: what is no UTF-8 is replaced, as with Docker.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// A piece of a line longer than this is an entry of its own.
const LONGEST_BYTES: usize = 16 * 1024;

/// Which of the payload's streams a piece of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Output,
    Errors,
}

impl Stream {
    fn name(self) -> &'static str {
        match self {
            Stream::Output => "stdout",
            Stream::Errors => "stderr",
        }
    }
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'l> {
    /// RFC 3339, as it was written.
    pub time: Cow<'l, str>,
    pub stream: Stream,
    /// The text, with its newline where the line was whole.
    pub text: Cow<'l, [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    K8s,
    Json,
}

impl Form {
    /// The time as this form writes it.
    pub fn stamp(self, now: Timestamp) -> String {
        match self {
            Form::K8s => now.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string(),
            Form::Json => now.to_string(),
        }
    }

    /// Adds the line of an entry. `attributes`: a JSON object, or nothing.
    pub fn write(self, line: &mut Vec<u8>, stamp: &str, stream: Stream, text: &[u8], attributes: &str) {
        match self {
            Form::K8s => {
                let (tag, text) = match text.strip_suffix(b"\n") {
                    Some(text) => (" F ", text),
                    None => (" P ", text),
                };
                line.extend([stamp, " ", stream.name(), tag].iter().flat_map(|part| part.bytes()));
                line.extend_from_slice(text);
            }
            Form::Json => {
                line.extend_from_slice(b"{\"log\":");
                let text = String::from_utf8_lossy(text);
                serde_json::to_writer(&mut *line, &text).expect("the vector takes all bytes");
                line.extend([",\"stream\":\"", stream.name(), "\""].iter().flat_map(|part| part.bytes()));
                if !attributes.is_empty() {
                    line.extend([",\"attrs\":", attributes].iter().flat_map(|part| part.bytes()));
                }
                line.extend([",\"time\":\"", stamp, "\"}"].iter().flat_map(|part| part.bytes()));
            }
        }
        line.push(b'\n');
    }

    /// Reads a line; one that is no entry is passed over.
    pub fn read(self, line: &[u8]) -> Option<Entry<'_>> {
        match self {
            Form::K8s => read_k8s(line),
            Form::Json => read_json(line),
        }
    }
}

fn read_k8s(line: &[u8]) -> Option<Entry<'_>> {
    let mut fields = line.splitn(4, |byte| *byte == b' ');
    let (time, stream, tag, text) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let text = if tag == b"F" { text } else { text.strip_suffix(b"\n")? };
    let stream = if stream == b"stderr" { Stream::Errors } else { Stream::Output };
    Some(Entry { time: std::str::from_utf8(time).ok()?.into(), stream, text: text.into() })
}

fn read_json(line: &[u8]) -> Option<Entry<'_>> {
    #[derive(Deserialize)]
    struct Line<'l> {
        #[serde(borrow)]
        log: Cow<'l, str>,
        #[serde(borrow)]
        stream: Cow<'l, str>,
        #[serde(borrow)]
        time: Cow<'l, str>,
    }
    let Line { log, stream, time } = serde_json::from_slice(line).ok()?;
    let stream = if stream == "stderr" { Stream::Errors } else { Stream::Output };
    let text = match log {
        Cow::Borrowed(text) => text.as_bytes().into(),
        Cow::Owned(text) => text.into_bytes().into(),
    };
    Some(Entry { time, stream, text })
}

/// Cuts output into what becomes one entry each: lines with their ends, parts of very long ones, and what came of the
/// last. A character is not cut.
pub fn pieces(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split_inclusive(|byte| *byte == b'\n').flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            let length = match rest.len() > LONGEST_BYTES + 1 {
                true => LONGEST_BYTES - unfinished_character(&rest[..LONGEST_BYTES]),
                false => rest.len(),
            };
            let (piece, after) = rest.split_at(length);
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    })
}

/// How many bytes at the end are the beginning of a character.
pub fn unfinished_character(text: &[u8]) -> usize {
    let length = |first: u8| match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let near_end = (1..=3.min(text.len())).find(|back| text[text.len() - back] & 0xc0 != 0x80);
    near_end.filter(|back| length(text[text.len() - back]) > *back).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let now: Timestamp = "2026-01-02T03:04:05.000000006Z".parse().unwrap();
        for (form, text) in [
            (Form::K8s, &b"a b\n"[..]),
            (Form::K8s, b"part"),
            (Form::K8s, b"\n"),
            (Form::K8s, b"\0\xff\x1b[1m\r\n"),
            (Form::Json, b"a \"b\"\n"),
            (Form::Json, b"part"),
            (Form::Json, b"\0\x1b[1m\r\n"),
        ] {
            for stream in [Stream::Output, Stream::Errors] {
                let mut line = Vec::new();
                form.write(&mut line, &form.stamp(now), stream, text, "");
                let entry = form.read(&line).unwrap();
                assert_eq!((entry.stream, &*entry.text), (stream, text));
                assert_eq!(entry.time.parse::<Timestamp>().unwrap(), now);
            }
        }
        assert_eq!((Form::K8s.read(b"nonsense\n"), Form::Json.read(b"{\n")), (None, None));
    }

    #[test]
    fn json_is_dockers() {
        let now: Timestamp = "2026-01-02T03:04:05.5Z".parse().unwrap();
        let mut line = Vec::new();
        Form::Json.write(&mut line, &Form::Json.stamp(now), Stream::Errors, b"a\xff\n", r#"{"tag":"web"}"#);
        let beginning = "{\"log\":\"a\u{fffd}\\n\",\"stream\":\"stderr\",";
        let end = r#""attrs":{"tag":"web"},"time":"2026-01-02T03:04:05.5Z"}"#;
        let expected = format!("{beginning}{end}\n");
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }

    #[test]
    fn output_is_cut_at_line_ends_and_where_a_line_is_very_long() {
        let cut = |text: &[u8]| pieces(text).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(cut(b"one\n\ntw"), [4, 1, 2]);
        assert!(cut(b"").is_empty());
        let long = [&vec![b'x'; LONGEST_BYTES], &b"\n"[..]].concat();
        assert_eq!(cut(&long), [LONGEST_BYTES + 1]);
        assert_eq!(cut(&[&long[..LONGEST_BYTES], &long[..]].concat()), [LONGEST_BYTES, LONGEST_BYTES + 1]);
        let character = [&vec![b'x'; LONGEST_BYTES - 1], "箱箱".as_bytes()].concat();
        assert_eq!(cut(&character), [LONGEST_BYTES - 1, 6]);
    }

    #[test]
    fn the_beginning_of_a_character_is_known() {
        for (text, length) in [("a", 0), ("箱", 0), ("é", 0), ("", 0)] {
            assert_eq!(unfinished_character(text.as_bytes()), length, "{text}");
        }
        for (text, length) in [(&b"a\xe7"[..], 1), (b"a\xe7\xae", 2), (b"\xf0\x9f\x93", 3), (b"\x80\x80\x80\x80", 0)] {
            assert_eq!(unfinished_character(text), length, "{text:?}");
        }
    }
}
