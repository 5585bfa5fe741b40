//! The manual page box-json(7), made from the schemas.

use std::fmt::Write as _;

use super::Shape;
use super::documents::pages;

/// A schema, as the page has it.
pub(super) struct Page {
    pub schema: &'static str,
    pub key: Option<&'static str>,
    /// The commands of box that print it.
    pub commands: &'static str,
    pub shape: Shape,
}

const BEGIN: &str = r#".TH box-json 7 "" box "box manual"
.SH NAME
box\-json \- the documents that box writes for programs
.SH DESCRIPTION
With
.B \-\-json
every command of box that lists something writes a document of JSON instead, on one line. Its
.I schema
says what it is and in which version:
.PP
.nf
{"schema":"box.containers/1","containers":[{"id":"...","name":"web"}]}
.fi
.PP
A command that goes on
.RB ( events ,
and
.B stats
without
.BR \-\-no\-stream )
writes one such line after the other. What is not the document (warnings, errors) goes to standard error; the exit code
is the same as without the option.
.B \-\-format json
is another thing: it has the field names of Podman or Docker.
.SS What may change
Within a version, fields and words are added, and nothing else changes: a program passes over fields that it does not
know, and is prepared for a further word where words are listed. A field that goes, or that comes to be of another type
or to mean something else, makes a new version: box.containers/2. The order of fields means nothing. What this page says
of text for people may be worded differently at any time.
.SS Types
Every field is always there; where there is nothing to say it is
.I null
if its type says so, else empty. A
.I time
is a string as of RFC 3339, in UTC and with nine digits of a second. Sizes are integers of bytes, where the name of the
field says so, and durations of nanoseconds. IDs and digests are whole. What stands behind a dot is a field of an
object, behind
.I []
of each object of an array.
.SH SCHEMAS
"#;

const END: &str = r".SH SEE ALSO
.BR box (1),
.BR box\-ps (1),
.BR box\-events (1),
.BR jq (1)
";

/// The page's text.
pub fn page() -> String {
    let mut text = BEGIN.to_owned();
    for page in pages() {
        let _ = writeln!(text, ".SS {}", escaped(page.schema)); // a string takes every write
        let commands: Vec<String> =
            page.commands.split(", ").map(|command| format!("\\fBbox {}\\fR", escaped(command))).collect();
        let entries = match page.key {
            Some(key) => format!("\n.I {key}\nis an array of objects:"),
            None => String::new(),
        };
        let _ = writeln!(text, "{}.{entries}", commands.join(", "));
        fields(&mut text, "", &page.shape);
    }
    text + END
}

fn fields(text: &mut String, before: &str, shape: &Shape) {
    for field in &shape.fields {
        let path = format!("{before}{}", camel(field.name));
        let _ = writeln!(text, ".TP\n.B {path} \\fR({})\n{}", field.shape.word, escaped(field.about.trim()));
        fields(text, &format!("{path}{}.", field.shape.step), &field.shape);
    }
}

/// As serde's `camelCase`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

/// What is in backquotes is set apart; nothing is a request of roff.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let set = parts.map(|(number, part)| if number % 2 == 1 { format!("\\fI{part}\\fR") } else { part.to_owned() });
    set.collect::<String>().replace('-', "\\-")
}
