//! Values as Go's package fmt prints them: `%v` for what a template writes, and `printf` with its verbs.
//!
//! JSON knows fewer types than Go: whole numbers are `int` here, others `float64`, lists `[]interface {}`, objects
//! `map[string]interface {}`.

use serde_json::Value;

/// `printf "%999999999d" 1` shall not fill the memory.
const MAX_WIDTH: usize = 1_000_000;

/// `%v`: strings raw, `[a b]`, `map[k:v]`, `<nil>`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) if number.is_f64() => general_float(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::String(string) => string.clone(),
        Value::Array(items) => list(items, plain),
        Value::Object(_) => map(value, plain),
    }
}

/// Go's `Sprint`: a space between two operands neither of which is a string.
pub fn sprint(values: &[Value]) -> String {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !value.is_string() && !values[index - 1].is_string() {
            text.push(' ');
        }
        text.push_str(&plain(value));
    }
    text
}

/// Go's `Sprintln`: a space between all operands, a newline after them.
pub fn sprintln(values: &[Value]) -> String {
    let words: Vec<_> = values.iter().map(plain).collect();
    words.join(" ") + "\n"
}

/// Go's `Sprintf`; what does not fit is said in the text, as `%!d(string=x)`.
pub fn sprintf(format: &str, values: &[Value]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        text.push_str(&rest[..percent]);
        let (verb, length) = Verb::read(&rest[percent + 1..], &mut values);
        rest = &rest[percent + 1 + length..];
        match verb.letter {
            None => text.push_str("%!(NOVERB)"),
            Some('%') => text.push('%'),
            Some(letter) => match values.next() {
                Some(value) => text.push_str(&verb.print(letter, value)),
                None => text.push_str(&format!("%!{letter}(MISSING)")),
            },
        }
    }
    text.push_str(rest);
    let extra: Vec<_> = values.map(typed).collect();
    if !extra.is_empty() {
        text.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    text
}

/// The name of a value's type in Go.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn list(items: &[Value], print: impl Fn(&Value) -> String) -> String {
    let words: Vec<_> = items.iter().map(print).collect();
    format!("[{}]", words.join(" "))
}

/// Keys in their order, whatever order the object keeps.
fn map(object: &Value, print: impl Fn(&Value) -> String) -> String {
    let mut entries: Vec<_> = object.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| key.as_str());
    let words: Vec<_> = entries.into_iter().map(|(key, value)| format!("{key}:{}", print(value))).collect();
    format!("map[{}]", words.join(" "))
}

fn typed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        _ => format!("{}={}", type_name(value), plain(value)),
    }
}

/// One `%` directive: flags, width, precision, letter.
#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    letter: Option<char>,
}

impl Verb {
    /// Reads a directive after its `%`, and the number of bytes it takes; `*` takes a value.
    fn read<'v>(text: &str, values: &mut impl Iterator<Item = &'v Value>) -> (Verb, usize) {
        let mut verb = Verb::default();
        let mut rest = text;
        while let Some(flag @ ('-' | '+' | ' ' | '0' | '#')) = rest.chars().next() {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                _ => verb.sharp = true,
            }
            rest = &rest[1..];
        }
        verb.width = amount(&mut rest, values).unwrap_or(0);
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            verb.precision = Some(amount(&mut rest, values).unwrap_or(0));
        }
        verb.letter = rest.chars().next();
        let length = text.len() - rest.len() + verb.letter.map_or(0, char::len_utf8);
        (verb, length)
    }

    fn print(&self, letter: char, value: &Value) -> String {
        match (letter, value) {
            ('T', value) => self.pad(type_name(value).to_owned()),
            ('v', Value::Array(items)) => list(items, |item| self.print('v', item)),
            ('v', Value::Object(_)) if self.sharp => self.pad(value.to_string()),
            ('v', Value::Object(_)) => map(value, |item| self.print('v', item)),
            ('v', Value::String(string)) if self.sharp => self.pad(quote(string)),
            ('v', Value::Number(number)) if !number.is_f64() => self.integer('d', number),
            ('v', Value::Number(number)) => self.float('g', number.as_f64().unwrap_or_default()),
            ('v', value) => self.pad(plain(value)),
            (_, Value::Array(items)) if letter != 'p' => list(items, |item| self.print(letter, item)),
            (_, Value::Object(_)) if letter != 'p' => map(value, |item| self.print(letter, item)),
            ('t', Value::Bool(bool)) => self.pad(bool.to_string()),
            ('s', Value::String(string)) => self.pad(self.cut(string)),
            ('q', Value::String(string)) => self.pad(quote(&self.cut(string))),
            ('x' | 'X', Value::String(string)) => self.pad(hexadecimal(&self.cut(string), letter, self.space)),
            ('d' | 'b' | 'o' | 'O' | 'x' | 'X' | 'c' | 'q' | 'U', Value::Number(number)) if !number.is_f64() => {
                self.integer(letter, number)
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Number(number)) if number.is_f64() => {
                self.float(letter, number.as_f64().unwrap_or_default())
            }
            _ => format!("%!{letter}({})", typed(value)),
        }
    }

    fn cut(&self, string: &str) -> String {
        string.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn integer(&self, letter: char, number: &serde_json::Number) -> String {
        let value = number.as_i64().map_or(i128::from(number.as_u64().unwrap_or_default()), i128::from);
        let magnitude = value.unsigned_abs();
        let character = || u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        let (prefix, mut digits) = match letter {
            'c' => return self.pad(character().to_string()),
            'q' => return self.pad(format!("'{}'", character().escape_debug())),
            'U' => return self.pad(format!("U+{magnitude:04X}")),
            'b' => (if self.sharp { "0b" } else { "" }, format!("{magnitude:b}")),
            'o' => (if self.sharp { "0" } else { "" }, format!("{magnitude:o}")),
            'O' => ("0o", format!("{magnitude:o}")),
            'x' => (if self.sharp { "0x" } else { "" }, format!("{magnitude:x}")),
            'X' => (if self.sharp { "0X" } else { "" }, format!("{magnitude:X}")),
            _ => ("", magnitude.to_string()),
        };
        if let Some(precision) = self.precision {
            digits = format!("{digits:0>precision$}");
        }
        let sign = self.sign(value < 0);
        match self.zero && !self.minus && self.precision.is_none() {
            true => self.zeros(&format!("{sign}{prefix}"), &digits),
            false => self.pad(format!("{sign}{prefix}{digits}")),
        }
    }

    fn float(&self, letter: char, value: f64) -> String {
        let magnitude = value.abs();
        let digits = match (letter, self.precision) {
            ('f' | 'F', precision) => format!("{magnitude:.*}", precision.unwrap_or(6)),
            ('e' | 'E', precision) => exponent(&format!("{magnitude:.*e}", precision.unwrap_or(6))),
            (_, None) => general_float(magnitude),
            (_, Some(precision)) => significant(magnitude, precision.max(1)),
        };
        let digits = if letter.is_uppercase() { digits.to_uppercase() } else { digits };
        let sign = self.sign(value.is_sign_negative());
        if self.zero && !self.minus { self.zeros(sign, &digits) } else { self.pad(format!("{sign}{digits}")) }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn zeros(&self, before: &str, digits: &str) -> String {
        format!("{before}{digits:0>width$}", width = self.width.saturating_sub(before.len()))
    }

    fn pad(&self, text: String) -> String {
        let missing = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.minus { text + &missing } else { missing + &text }
    }
}

/// A width or a precision: digits, or `*` for the next value.
fn amount<'v>(text: &mut &str, values: &mut impl Iterator<Item = &'v Value>) -> Option<usize> {
    let number = match text.strip_prefix('*') {
        Some(after) => {
            *text = after;
            usize::try_from(values.next()?.as_u64()?).ok()?
        }
        None => {
            let length = text.bytes().take_while(u8::is_ascii_digit).count();
            let digits = &text[..length];
            *text = &text[length..];
            if digits.is_empty() {
                return None;
            }
            digits.parse().unwrap_or(MAX_WIDTH)
        }
    };
    Some(number.min(MAX_WIDTH))
}

/// `%q` for strings.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0b' => quoted.push_str("\\v"),
            '\x0c' => quoted.push_str("\\f"),
            control if control.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(control))),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted + "\""
}

fn hexadecimal(text: &str, letter: char, spaced: bool) -> String {
    let bytes: Vec<_> = match letter {
        'x' => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        _ => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
    };
    bytes.join(if spaced { " " } else { "" })
}

/// The shortest digits that read back the same; with an exponent below 1e-4 and from 1e6 on.
fn general_float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    if (-4..6).contains(&power) { value.to_string() } else { exponent(&scientific) }
}

/// `%.3g`: so many significant digits, no trailing zeros.
fn significant(value: f64, precision: usize) -> String {
    let scientific = format!("{value:.*e}", precision - 1);
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let trimmed = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if power < -4 || power >= precision as i64 {
        return exponent(&format!("{}e{power}", trimmed(digits)));
    }
    let decimals = usize::try_from(precision as i64 - 1 - power).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}"))
}

/// Rust's `1.5e-7` in C's and Go's spelling: `1.5e-07`.
fn exponent(scientific: &str) -> String {
    let (digits, power) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let power: i64 = power.parse().unwrap_or(0);
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_print_as_go_prints_them() {
        for (value, text) in [
            (json!(null), "<nil>"),
            (json!("a b"), "a b"),
            (json!(["a", 1, null]), "[a 1 <nil>]"),
            (json!({"b": 2, "a": {"c": []}}), "map[a:map[c:[]] b:2]"),
            (json!(1.0), "1"),
            (json!(0.1), "0.1"),
            (json!(100000.0), "100000"),
            (json!(1000000.0), "1e+06"),
            (json!(123456789.0), "1.23456789e+08"),
            (json!(-0.00001), "-1e-05"),
        ] {
            assert_eq!(plain(&value), text);
        }
    }

    #[test]
    fn verbs_print_as_in_go() {
        for (format, values, text) in [
            ("%s|%v|%d", json!(["a", "b", 3]), "a|b|3"),
            ("%q %x %X", json!(["a\"\n", "hi", "hi"]), r#""a\"\n" 6869 6869"#),
            ("%05d|%-5d|%5d|%+d", json!([42, 42, 42, 42]), "00042|42   |   42|+42"),
            ("%05d", json!([-42]), "-0042"),
            ("%x %X %#x %o %b %c %U", json!([255, 255, 255, 8, 5, 65, 8984]), "ff FF 0xff 10 101 A U+2318"),
            ("%-10s|%10s|%.2s", json!(["ab", "ab", "abc"]), "ab        |        ab|ab"),
            ("%t %v", json!([true, false]), "true false"),
            ("%f %.2f %6.1f %e %g", json!([1.5, 1.239, 2.25, 1500.5, 0.5]), "1.500000 1.24    2.2 1.500500e+03 0.5"),
            ("%.3g %.3g", json!([1234.5, 0.5]), "1.23e+03 0.5"),
            ("100%%", json!([]), "100%"),
            ("%*d", json!([5, 1]), "    1"),
            ("%d", json!(["x"]), "%!d(string=x)"),
            ("%s", json!([5]), "%!s(int=5)"),
            ("%s", json!([null]), "%!s(<nil>)"),
            ("%d %d", json!([1]), "1 %!d(MISSING)"),
            ("%d", json!([1, "x"]), "1%!(EXTRA string=x)"),
            ("%z", json!([1]), "%!z(int=1)"),
            ("%", json!([]), "%!(NOVERB)"),
            ("%s", json!([["a", "b"]]), "[a b]"),
            ("%v", json!([{"a": 1}]), "map[a:1]"),
            ("%T %T", json!([1, "a"]), "int string"),
            ("é%s", json!(["ü"]), "éü"),
        ] {
            assert_eq!(sprintf(format, values.as_array().unwrap()), text, "{format}");
        }
    }

    #[test]
    fn print_puts_spaces_only_between_operands_that_are_no_strings() {
        assert_eq!(sprint(&[json!(1), json!(2), json!("a"), json!("b"), json!(3)]), "1 2ab3");
        assert_eq!(sprintln(&[json!(1), json!("a")]), "1 a\n");
    }

    #[test]
    fn widths_are_limited() {
        assert_eq!(sprintf("%999999999999d", &[json!(1)]).len(), MAX_WIDTH);
    }
}
