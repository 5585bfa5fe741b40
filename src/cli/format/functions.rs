//! The functions a template may call: those of text/template, and those Docker and Podman add.
//!
//! `and` and `or` are not here: they evaluate their arguments one by one, so they are part of the evaluator.

use std::cmp::Ordering;

use serde_json::Value;

use super::printing::{plain, sprint, sprintf, sprintln, type_name};

/// What is wrong with a call, without its place.
pub type Outcome = Result<Value, String>;

/// Lists and strings from templates stay below this.
const MAX_PADDING: usize = 1_000_000;

pub fn exists(name: &str) -> bool {
    matches!(name, "and" | "or") || find(name).is_some()
}

pub fn find(name: &str) -> Option<fn(&[Value]) -> Outcome> {
    Some(match name {
        "not" => |args| exactly(args).map(|[value]| Value::Bool(!truth(value))),
        "len" => |args| exactly(args).and_then(|[value]| length(value)),
        "index" => index,
        "slice" => slice,
        "print" => |args| Ok(sprint(args).into()),
        "println" => |args| Ok(sprintln(args).into()),
        "printf" => |args| match args {
            [Value::String(format), values @ ..] => Ok(sprintf(format, values).into()),
            _ => Err("the first argument is the format, a string".to_owned()),
        },
        "html" => |args| Ok(escape_html(&sprint(args)).into()),
        "js" => |args| Ok(escape_js(&sprint(args)).into()),
        "urlquery" => |args| Ok(escape_query(&sprint(args)).into()),
        "eq" => |args| match args {
            [] | [_] => Err("missing argument for comparison".to_owned()),
            [first, others @ ..] => {
                let equal: Result<Vec<bool>, String> = others.iter().map(|other| equal(first, other)).collect();
                Ok(equal?.contains(&true).into())
            }
        },
        "ne" => |args| exactly(args).and_then(|[a, b]| Ok(Value::Bool(!equal(a, b)?))),
        "lt" => |args| exactly(args).and_then(|[a, b]| Ok(order(a, b)?.is_lt().into())),
        "le" => |args| exactly(args).and_then(|[a, b]| Ok(order(a, b)?.is_le().into())),
        "gt" => |args| exactly(args).and_then(|[a, b]| Ok(order(a, b)?.is_gt().into())),
        "ge" => |args| exactly(args).and_then(|[a, b]| Ok(order(a, b)?.is_ge().into())),
        "json" => |args| exactly(args).map(|[value]| Value::String(value.to_string())),
        "split" => |args| {
            let [text, separator] = strings(args)?;
            Ok(match separator {
                "" => text.chars().map(|character| Value::from(character.to_string())).collect(),
                _ => text.split(separator).collect(),
            })
        },
        "join" => |args| match args {
            [Value::Array(items), Value::String(separator)] => {
                Ok(items.iter().map(plain).collect::<Vec<_>>().join(separator).into())
            }
            [Value::Null, Value::String(_)] => Ok("".into()),
            _ => Err(mismatch("a list and a string", args)),
        },
        "title" => |args| strings(args).map(|[text]| title(text).into()),
        "lower" => |args| strings(args).map(|[text]| text.to_lowercase().into()),
        "upper" => |args| strings(args).map(|[text]| text.to_uppercase().into()),
        "pad" => |args| match args {
            [Value::String(text), before, after] => {
                let spaces = |amount: &Value| size(amount).map(|amount| " ".repeat(amount.min(MAX_PADDING)));
                let (before, after) = (spaces(before)?, spaces(after)?);
                Ok(if text.is_empty() { "".into() } else { format!("{before}{text}{after}").into() })
            }
            _ => Err(mismatch("a string and two numbers", args)),
        },
        "truncate" => |args| match args {
            [Value::String(text), length] => {
                let length = size(length)?;
                Ok(text.chars().take(length).collect::<String>().into())
            }
            _ => Err(mismatch("a string and a number", args)),
        },
        _ => return None,
    })
}

/// Go's idea of truth: not false, not zero, not empty.
pub fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(string) => !string.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(object) => !object.is_empty(),
    }
}

fn exactly<const N: usize>(args: &[Value]) -> Result<&[Value; N], String> {
    args.try_into().map_err(|_| format!("wrong number of arguments: want {N}, got {}", args.len()))
}

fn strings<const N: usize>(args: &[Value]) -> Result<[&str; N], String> {
    let args: &[Value; N] = exactly(args)?;
    let mut texts = [""; N];
    for (text, arg) in texts.iter_mut().zip(args) {
        *text = arg.as_str().ok_or_else(|| mismatch(if N == 1 { "a string" } else { "strings" }, args))?;
    }
    Ok(texts)
}

fn mismatch(expected: &str, args: &[Value]) -> String {
    let found: Vec<_> = args.iter().map(type_name).collect();
    format!("expected {expected}, found {}", if found.is_empty() { "nothing".to_owned() } else { found.join(", ") })
}

fn size(value: &Value) -> Result<usize, String> {
    let number =
        value.as_u64().ok_or_else(|| mismatch("a number that is not negative", std::slice::from_ref(value)))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn length(value: &Value) -> Outcome {
    match value {
        Value::String(string) => Ok(string.len().into()),
        Value::Array(items) => Ok(items.len().into()),
        Value::Object(object) => Ok(object.len().into()),
        // A nil list or map of a Go struct.
        Value::Null => Ok(0.into()),
        _ => Err(format!("len of type {}", type_name(value))),
    }
}

fn index(args: &[Value]) -> Outcome {
    let [item, keys @ ..] = args else { return Err("wrong number of arguments: want at least 1, got 0".to_owned()) };
    let mut item = item.clone();
    for key in keys {
        item = match (&item, key) {
            (Value::Array(items), Value::Number(number)) => {
                let position = number.as_u64().and_then(|number| usize::try_from(number).ok());
                position
                    .and_then(|position| items.get(position))
                    .cloned()
                    .ok_or(format!("index out of range: {number}"))?
            }
            (Value::Object(object), Value::String(key)) => match object.get(key) {
                Some(value) => value.clone(),
                // The zero value of a Go map of strings. Of a map of anything else it is nil.
                None if object.values().all(Value::is_string) => "".into(),
                None => Value::Null,
            },
            (Value::String(string), Value::Number(number)) => {
                let position = number.as_u64().and_then(|number| usize::try_from(number).ok());
                let byte = position.and_then(|position| string.as_bytes().get(position));
                byte.map(|byte| Value::from(*byte)).ok_or(format!("index out of range: {number}"))?
            }
            // A nil map of strings, such as the labels of an image without labels.
            (Value::Null, Value::String(_)) => "".into(),
            (Value::Null, _) => return Err("index of nil".to_owned()),
            (Value::Array(_) | Value::String(_), key) => {
                return Err(format!("cannot index list with type {}", type_name(key)));
            }
            (Value::Object(_), key) => return Err(format!("cannot index map with type {}", type_name(key))),
            (item, _) => return Err(format!("cannot index item of type {}", type_name(item))),
        };
    }
    Ok(item)
}

fn slice(args: &[Value]) -> Outcome {
    let [item, bounds @ ..] = args else { return Err("wrong number of arguments: want at least 1, got 0".to_owned()) };
    let length = match item {
        Value::String(string) => string.len(),
        Value::Array(items) => items.len(),
        other => return Err(format!("cannot slice item of type {}", type_name(other))),
    };
    if bounds.len() > 2 {
        return Err("too many slice indexes".to_owned());
    }
    let start = bounds.first().map_or(Ok(0), size)?;
    let end = bounds.get(1).map_or(Ok(length), size)?;
    if end > length {
        return Err(format!("index out of range: {end}"));
    }
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}"));
    }
    match item {
        Value::String(string) => Ok(String::from_utf8_lossy(&string.as_bytes()[start..end]).into()),
        _ => Ok(item.as_array().map_or(&[][..], |items| &items[start..end]).into()),
    }
}

fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => Ok(compare_numbers(a, b).is_eq()),
        (Value::Null, _) | (_, Value::Null) => Ok(a.is_null() && b.is_null()),
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            Err(format!("non-comparable types {} and {}", type_name(a), type_name(b)))
        }
        _ if std::mem::discriminant(a) == std::mem::discriminant(b) => Ok(a == b),
        _ => Err(format!("incompatible types for comparison: {} and {}", type_name(a), type_name(b))),
    }
}

fn order(a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => Ok(compare_numbers(a, b)),
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Number(_) | Value::String(_), Value::Number(_) | Value::String(_)) => {
            Err(format!("incompatible types for comparison: {} and {}", type_name(a), type_name(b)))
        }
        _ => Err(format!("invalid type for comparison: {} and {}", type_name(a), type_name(b))),
    }
}

/// Exact for whole numbers; a fraction on either side makes both floating.
fn compare_numbers(a: &Value, b: &Value) -> Ordering {
    let whole = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
    }
}

fn title(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut begins = true;
    for character in text.chars() {
        if begins {
            result.extend(character.to_uppercase());
        } else {
            result.push(character);
        }
        begins = !(character.is_alphanumeric() || character == '_');
    }
    result
}

fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => escaped.push(char::REPLACEMENT_CHARACTER),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}

fn escape_js(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '\'' | '"' => escaped.extend(['\\', character]),
            '<' | '>' | '&' | '=' => escaped.push_str(&format!("\\u{:04X}", u32::from(character))),
            control if control.is_control() => escaped.push_str(&format!("\\u{:04X}", u32::from(control))),
            plain => escaped.push(plain),
        }
    }
    escaped
}

fn escape_query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}
