//! Template text into tokens: what stands outside `{{ }}` as it is, what stands inside as words.
//!
//! Trim markers (`{{- ` and ` -}}`) and comments are resolved here, so the parser never sees them. Positions are byte
//! offsets into the template as it was typed.

use serde_json::Value;

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub at: usize,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into(), hint: None }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub at: usize,
    /// White space stands before it: `.A .B` are two operands, `.A.B` is one.
    pub spaced: bool,
    pub kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// Outside of actions, trimmed and unescaped.
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// `.Name`, without the dot.
    Field(String),
    /// `.` alone.
    Dot,
    /// `$name` without the dollar; empty for `$`.
    Variable(String),
    /// A keyword or the name of a function.
    Word(String),
    /// A string, number or character constant.
    Constant(Value),
    /// `:=`
    Declare,
    /// `=`
    Assign,
    Pipe,
    LeftParen,
    RightParen,
    Comma,
    End,
}

/// Whether `\t` and `\n` in the text outside of actions stand for a tab and a newline, as they do on a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backslashes {
    Kept,
    Unescaped,
}

pub fn tokens(source: &str, backslashes: Backslashes) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { source, position: 0, tokens: Vec::new() };
    let mut trim_start = false;
    while let Some(offset) = lexer.rest().find("{{") {
        let action = lexer.position + offset;
        let inside = &source[action + 2..];
        let trim_end = inside.starts_with('-') && inside[1..].starts_with(is_space);
        lexer.text(action, trim_start, trim_end, backslashes);
        lexer.position = action + 2 + if trim_end { 2 } else { 0 };
        trim_start = if lexer.rest().starts_with("/*") { lexer.comment(action)? } else { lexer.action(action)? };
    }
    lexer.text(source.len(), trim_start, false, backslashes);
    lexer.push(source.len(), false, TokenKind::End);
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    source: &'s str,
    position: usize,
    tokens: Vec<Token>,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.position..]
    }

    fn push(&mut self, at: usize, spaced: bool, kind: TokenKind) {
        self.tokens.push(Token { at, spaced, kind });
    }

    fn text(&mut self, end: usize, trim_start: bool, trim_end: bool, backslashes: Backslashes) {
        let mut text = &self.source[self.position..end];
        if trim_start {
            text = text.trim_start_matches(is_space);
        }
        if trim_end {
            text = text.trim_end_matches(is_space);
        }
        if !text.is_empty() {
            let text = match backslashes {
                Backslashes::Kept => text.to_owned(),
                Backslashes::Unescaped => text.replace("\\t", "\t").replace("\\n", "\n"),
            };
            self.push(self.position, false, TokenKind::Text(text));
        }
        self.position = end;
    }

    /// Passes a comment; returns whether the text after it is to be trimmed.
    fn comment(&mut self, action: usize) -> Result<bool, Fault> {
        let end = self.rest().find("*/").ok_or_else(|| Fault::new(action, "unclosed comment"))?;
        self.position += end + 2;
        self.close().ok_or_else(|| Fault::new(action, "comment ends before closing delimiter"))
    }

    /// Passes `}}` or ` -}}` if it stands here; returns whether it trims.
    fn close(&mut self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.position += 2;
            return Some(false);
        }
        let marker = rest.strip_prefix(is_space)?;
        marker.starts_with("-}}").then(|| {
            self.position += rest.len() - marker.len() + 3;
            true
        })
    }

    /// Reads the tokens of one action; returns whether the text after it is to be trimmed.
    fn action(&mut self, action: usize) -> Result<bool, Fault> {
        self.push(action, false, TokenKind::Open);
        loop {
            let spaced = self.space();
            let at = self.position;
            if let Some(trims) = self.close() {
                self.push(at, spaced, TokenKind::Close);
                return Ok(trims);
            }
            if self.rest().is_empty() {
                return Err(Fault::new(action, "unclosed action").with_hint("each {{ needs its }}"));
            }
            let kind = self.token(at)?;
            self.push(at, spaced, kind);
        }
    }

    /// Passes white space, but leaves the last character of it where a trim marker follows, which needs it.
    fn space(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(is_space).len();
        let before_marker = length > 0 && rest[length..].starts_with("-}}");
        self.position += if before_marker { length - 1 } else { length };
        length > 0
    }

    fn token(&mut self, at: usize) -> Result<TokenKind, Fault> {
        let rest = self.rest();
        let first = rest.chars().next().expect("an action is read while text is left");
        let (kind, length) = match first {
            '(' => (TokenKind::LeftParen, 1),
            ')' => (TokenKind::RightParen, 1),
            ',' => (TokenKind::Comma, 1),
            '|' => (TokenKind::Pipe, 1),
            '=' => (TokenKind::Assign, 1),
            ':' if rest.starts_with(":=") => (TokenKind::Declare, 2),
            '"' => quoted(rest, at)?,
            '`' => {
                let end = rest[1..].find('`').ok_or_else(|| Fault::new(at, "unterminated raw string"))?;
                (TokenKind::Constant(rest[1..1 + end].into()), end + 2)
            }
            '\'' => character(rest, at)?,
            '$' => {
                let name = word(&rest[1..]);
                (TokenKind::Variable(name.to_owned()), 1 + name.len())
            }
            '.' if !rest[1..].starts_with(|next: char| next.is_ascii_digit()) => match word(&rest[1..]) {
                "" => (TokenKind::Dot, 1),
                name => (TokenKind::Field(name.to_owned()), 1 + name.len()),
            },
            '0'..='9' | '+' | '-' | '.' => number(rest, at)?,
            first if is_word(first) => (TokenKind::Word(word(rest).to_owned()), word(rest).len()),
            other => return Err(Fault::new(at, format!("unexpected {other:?} in action"))),
        };
        self.position += length;
        Ok(kind)
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn word(text: &str) -> &str {
    &text[..text.find(|character| !is_word(character)).unwrap_or(text.len())]
}

fn number(text: &str, at: usize) -> Result<(TokenKind, usize), Fault> {
    let mut length = 0;
    let mut before = ' ';
    for character in text.chars() {
        let hexadecimal = text[..length].trim_start_matches(['+', '-']).starts_with("0x");
        let sign = matches!(character, '+' | '-') && (length == 0 || (matches!(before, 'e' | 'E') && !hexadecimal));
        if !(is_word(character) || character == '.' || sign) {
            break;
        }
        before = character;
        length += character.len_utf8();
    }
    let typed = &text[..length];
    match constant(typed) {
        Some(value) => Ok((TokenKind::Constant(value), length)),
        None => Err(Fault::new(at, format!("bad number syntax {typed:?}"))),
    }
}

/// A number in Go's spelling: `1_000`, `0x1f`, `0o17`, `017`, `0b1`, `1.5`, `1e3`.
fn constant(typed: &str) -> Option<Value> {
    let plain = typed.replace('_', "").to_lowercase();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let integer = match digits.as_bytes() {
        [b'0', b'x', ..] => i64::from_str_radix(&digits[2..], 16).ok()?,
        [b'0', b'o', ..] => i64::from_str_radix(&digits[2..], 8).ok()?,
        [b'0', b'b', ..] => i64::from_str_radix(&digits[2..], 2).ok()?,
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => {
            i64::from_str_radix(&digits[1..], 8).ok()?
        }
        bytes if !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) => digits.parse().ok()?,
        bytes if bytes.iter().all(|byte| byte.is_ascii_digit() || b".e+-".contains(byte)) => {
            let float: f64 = digits.parse().ok()?;
            return serde_json::Number::from_f64(if negative { -float } else { float }).map(Value::Number);
        }
        _ => return None,
    };
    Some(Value::from(if negative { -integer } else { integer }))
}

/// A string constant, beginning at its first quotation mark, with the number of bytes it takes.
fn quoted(text: &str, at: usize) -> Result<(TokenKind, usize), Fault> {
    let mut value = String::new();
    let mut position = 1;
    loop {
        match text[position..].chars().next() {
            None => return Err(Fault::new(at, "unterminated quoted string")),
            Some('"') => return Ok((TokenKind::Constant(value.into()), position + 1)),
            Some('\\') => {
                let (character, length) = escape(&text[position..])
                    .ok_or_else(|| Fault::new(at + position, "unknown escape in quoted string"))?;
                value.push(character);
                position += length;
            }
            Some(character) => {
                value.push(character);
                position += character.len_utf8();
            }
        }
    }
}

/// A character constant such as `'a'`, which is the number of the character.
fn character(text: &str, at: usize) -> Result<(TokenKind, usize), Fault> {
    let malformed = || Fault::new(at, "malformed character constant").with_hint("strings stand in double quotes");
    let inside = text.get(1..).filter(|inside| !inside.starts_with('\'')).ok_or_else(malformed)?;
    let (character, length) = match inside.chars().next().ok_or_else(malformed)? {
        '\\' => escape(inside).ok_or_else(malformed)?,
        plain => (plain, plain.len_utf8()),
    };
    if !inside[length..].starts_with('\'') {
        return Err(malformed());
    }
    Ok((TokenKind::Constant(Value::from(u32::from(character))), length + 2))
}

/// One of Go's backslash escapes and the number of bytes it takes.
fn escape(text: &str) -> Option<(char, usize)> {
    let coded = |from: usize, length: usize, radix: u32| {
        let digits = text.get(from..from + length)?;
        let number = u32::from_str_radix(digits, radix).ok()?;
        Some((char::from_u32(number)?, from + length))
    };
    let simple = match text[1..].chars().next()? {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        same @ ('\\' | '\'' | '"') => same,
        'x' => return coded(2, 2, 16),
        'u' => return coded(2, 4, 16),
        'U' => return coded(2, 8, 16),
        '0'..='7' => return coded(1, 3, 8),
        _ => return None,
    };
    Some((simple, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<TokenKind> {
        tokens(source, Backslashes::Unescaped).unwrap().into_iter().map(|token| token.kind).collect()
    }

    fn constant_in(source: &str) -> Value {
        match kinds(source).swap_remove(1) {
            TokenKind::Constant(value) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn trim_markers_take_the_white_space_around_an_action() {
        let [TokenKind::Text(before), TokenKind::Open, TokenKind::Dot, TokenKind::Close, TokenKind::Text(after), _] =
            &kinds("a \n{{- . -}}\t b")[..]
        else {
            panic!()
        };
        assert_eq!((before.as_str(), after.as_str()), ("a", "b"));
    }

    #[test]
    fn a_minus_sign_is_a_trim_marker_only_beside_white_space() {
        assert_eq!(kinds("{{-3}}")[1], TokenKind::Constant(Value::from(-3)));
        assert!(tokens("{{3-}}", Backslashes::Kept).is_err());
    }

    #[test]
    fn comments_leave_no_trace_but_their_trimming() {
        assert_eq!(kinds("a {{- /* {{ . }} */ -}} b").len(), 3);
        assert!(tokens("{{/* a }}", Backslashes::Kept).is_err());
        assert!(tokens("{{/* a */ b}}", Backslashes::Kept).is_err());
    }

    #[test]
    fn backslashes_outside_of_actions_are_what_a_shell_user_means() {
        assert_eq!(kinds(r"a\tb")[0], TokenKind::Text("a\tb".into()));
        assert_eq!(tokens(r"a\tb", Backslashes::Kept).unwrap()[0].kind, TokenKind::Text(r"a\tb".into()));
    }

    #[test]
    fn constants_are_spelled_as_in_go() {
        for (source, value) in [
            (r#"{{"a\"\t\x41\u00e9\101"}}"#, Value::from("a\"\tAéA")),
            (r"{{`a\n`}}", Value::from(r"a\n")),
            ("{{1_000}}", Value::from(1000)),
            ("{{0x1F}}", Value::from(31)),
            ("{{017}}", Value::from(15)),
            ("{{0b101}}", Value::from(5)),
            ("{{1.5}}", Value::from(1.5)),
            ("{{.5}}", Value::from(0.5)),
            ("{{1e3}}", Value::from(1000.0)),
            ("{{'a'}}", Value::from(97)),
            (r"{{'\n'}}", Value::from(10)),
        ] {
            assert_eq!(constant_in(source), value, "{source}");
        }
    }

    #[test]
    fn faults_say_where() {
        for (source, at) in
            [("ab{{", 2), ("{{ .A", 0), ("{{ \"a", 3), ("{{.A @}}", 5), ("{{12ab}}", 2), (r#"{{"\q"}}"#, 3)]
        {
            assert_eq!(tokens(source, Backslashes::Kept).unwrap_err().at, at, "{source}");
        }
    }
}
