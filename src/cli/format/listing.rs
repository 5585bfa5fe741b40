//! The forms in which lists and documents are shown: `json`, `table`, `table TEMPLATE`, one line per row, a template
//! over the whole list.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::Template;
use crate::cli::personality::{JSON_LISTS, JsonLists, LIST_WORDS, ListWords};
use crate::cli::table;
use crate::error::Result;

/// What `--format` asks of a list.
pub enum Form {
    /// One array of the rows' documents, as Podman prints it.
    Json,
    Table(Template),
    /// The template once per row, each on a line of its own.
    Lines(Template),
    /// The template once, with the list as its dot.
    Whole(Template),
}

impl Form {
    /// Reads the argument of `--format`; `default` is the template of the command's own table, without `table`.
    pub fn parse(argument: Option<&str>, default: &str) -> Result<Form> {
        let argument = argument.unwrap_or("table").trim();
        match argument {
            "json" => return Ok(Form::Json),
            "table" | "" => return Ok(Form::Table(Template::parse_argument(default)?)),
            _ => {}
        }
        if let Some(template) = argument.strip_prefix("table").filter(|rest| rest.starts_with([' ', '\t', '\\', '{'])) {
            return Ok(Form::Table(Template::parse_argument(template.trim_start())?));
        }
        let template = Template::parse_argument(argument)?;
        Ok(if template.ranges_over_all() { Form::Whole(template) } else { Form::Lines(template) })
    }
}

/// One object of a list: as `--format json` shows it, and as a template sees it.
#[derive(Clone, Debug)]
pub struct Row {
    pub document: Value,
    pub fields: Value,
}

impl Row {
    fn render(&self, template: &Template) -> Result<String> {
        template.render_row(&self.shown(), self.fields.get("Labels").unwrap_or(&Value::Null))
    }

    /// The fields in the words of the tool whose manners we have.
    fn shown(&self) -> Cow<'_, Value> {
        match (LIST_WORDS.side(), self.fields.as_object()) {
            (ListWords::Dockers, Some(fields)) => {
                let texts = fields.iter().map(|(name, value)| (name.clone(), as_in_docker(name, value)));
                Cow::Owned(Value::Object(texts.collect()))
            }
            _ => Cow::Borrowed(&self.fields),
        }
    }
}

fn as_in_docker(field: &str, value: &Value) -> Value {
    match (field, value) {
        ("Labels", Value::Object(labels)) => {
            let pairs = labels.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
            pairs.collect::<Vec<_>>().join(",").into()
        }
        // A list counts nothing.
        ("Containers" | "Links", _) => "N/A".into(),
        ("LocalVolumes" | "Internal" | "IPv4" | "IPv6", value) => value.to_string().into(),
        (_, value) => value.clone(),
    }
}

/// A list to be shown.
pub struct Listing<'a> {
    pub rows: &'a [Row],
    /// Headings that are not simply their field's name: (field, heading).
    pub headings: &'a [(&'a str, &'a str)],
    /// Whether a table has its first line.
    pub headed: bool,
}

impl Listing<'_> {
    pub fn render(&self, form: &Form) -> Result<String> {
        match form {
            Form::Json if JSON_LISTS.side() == JsonLists::Lines => {
                Ok(self.rows.iter().map(|row| format!("{}\n", row.shown())).collect())
            }
            Form::Json => {
                let documents: Vec<_> = self.rows.iter().map(|row| &row.document).collect();
                Ok(json_pretty(&documents))
            }
            Form::Table(template) => self.table(template),
            Form::Lines(template) => {
                let lines: Result<Vec<_>> = self.rows.iter().map(|row| row.render(template)).collect();
                Ok(lines?.iter().map(|line| ended(line)).collect())
            }
            Form::Whole(template) => {
                let list: Value = self.rows.iter().map(|row| row.shown().into_owned()).collect();
                Ok(ended(&template.render(&list)?))
            }
        }
    }

    fn table(&self, template: &Template) -> Result<String> {
        let mut lines = Vec::new();
        if self.headed {
            lines.push(template.render_headings(&|field| heading(field, self.headings))?);
        }
        if template.ranges_over_all() {
            let list: Value = self.rows.iter().map(|row| row.shown().into_owned()).collect();
            lines.extend(template.render(&list)?.lines().map(str::to_owned));
        } else {
            for row in self.rows {
                lines.push(row.render(template)?);
            }
        }
        Ok(table::align(&lines))
    }
}

/// How documents are shown by the `inspect` commands: an indented array; `json`: the same on one line; else a template
/// per document.
pub fn inspection(documents: &[Value], format: Option<&str>) -> Result<String> {
    match format.map(str::trim) {
        None | Some("") => Ok(json_pretty(&documents)),
        Some("json") => Ok(serde_json::to_string(documents)? + "\n"),
        Some(template) => {
            let template = Template::parse_argument(template)?;
            let texts: Result<Vec<_>> = documents.iter().map(|document| template.render(document)).collect();
            Ok(texts?.iter().map(|text| format!("{text}\n")).collect())
        }
    }
}

/// JSON with four spaces of indentation, and a newline at its end.
pub fn json_pretty(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
        .expect("values are plain data and the vector takes all bytes");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

fn ended(line: &str) -> String {
    if line.ends_with('\n') { line.to_owned() } else { format!("{line}\n") }
}

/// `CreatedAt` is headed `CREATED AT`, unless the command calls it otherwise.
fn heading(field: &str, headings: &[(&str, &str)]) -> String {
    if let Some((_, heading)) = headings.iter().find(|(name, _)| name.eq_ignore_ascii_case(field)) {
        return (*heading).to_owned();
    }
    let mut words = String::new();
    let mut previous_lower = false;
    for character in field.chars() {
        if character.is_uppercase() && previous_lower {
            words.push(' ');
        }
        previous_lower = character.is_lowercase();
        words.extend(character.to_uppercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn show(format: Option<&str>) -> String {
        let row =
            |id: &str, names: &str| Row { document: json!({"Id": id}), fields: json!({"ID": id, "Names": names}) };
        let rows = [row("1", "a"), row("2", "b")];
        let listing = Listing { rows: &rows, headings: &[("ID", "CONTAINER ID")], headed: true };
        listing.render(&Form::parse(format, r"{{.ID}}\t{{.Names}}").unwrap()).unwrap()
    }

    #[test]
    fn each_outer_form_shows_the_list_its_way() {
        for (format, text) in [
            (None, "CONTAINER ID   NAMES\n1              a\n2              b\n"),
            (Some("table"), "CONTAINER ID   NAMES\n1              a\n2              b\n"),
            (Some("table {{.Names}}"), "NAMES\na\nb\n"),
            (Some(r"table {{.Names}}\t{{upper .ID}}"), "NAMES     CONTAINER ID\na         1\nb         2\n"),
            (Some("{{.ID}} {{.Names}}"), "1 a\n2 b\n"),
            (Some(r"{{.ID}}\t{{.Names}}\n"), "1\ta\n2\tb\n"),
            (Some(" {{.ID}} "), "1\n2\n"),
            (Some("{{json .}}"), "{\"ID\":\"1\",\"Names\":\"a\"}\n{\"ID\":\"2\",\"Names\":\"b\"}\n"),
            (Some("{{range .}}{{.ID}}-{{end}}"), "1-2-\n"),
            (Some("{{range .}}{{.ID}}\\n{{end}}"), "1\n2\n"),
            (
                Some("table {{range .}}{{.ID}}\\t{{.Names}}\\n{{end}}"),
                "CONTAINER ID   NAMES\n1              a\n2              b\n",
            ),
            (Some("json"), "[\n    {\n        \"Id\": \"1\"\n    },\n    {\n        \"Id\": \"2\"\n    }\n]\n"),
            (Some("tables"), "tables\ntables\n"),
        ] {
            assert_eq!(show(format), text, "{format:?}");
        }
    }

    #[test]
    fn an_empty_list_is_an_empty_array_and_a_lone_heading() {
        let listing = Listing { rows: &[], headings: &[], headed: true };
        assert_eq!(listing.render(&Form::parse(Some("json"), "").unwrap()).unwrap(), "[]\n");
        assert_eq!(listing.render(&Form::parse(None, "{{.CreatedAt}}").unwrap()).unwrap(), "CREATED AT\n");
        assert_eq!(listing.render(&Form::parse(Some("{{.ID}}"), "").unwrap()).unwrap(), "");
    }

    #[test]
    fn labels_head_their_column_by_their_key() {
        let listing = Listing { rows: &[], headings: &[], headed: true };
        let form = Form::parse(Some("table {{.Label \"team\"}}"), "").unwrap();
        assert_eq!(listing.render(&form).unwrap(), "team\n");
    }

    #[test]
    fn inspection_is_an_array_unless_a_template_says_otherwise() {
        let documents = [json!({"Id": "a"})];
        assert_eq!(inspection(&documents, None).unwrap(), "[\n    {\n        \"Id\": \"a\"\n    }\n]\n");
        assert_eq!(inspection(&documents, Some("json")).unwrap(), "[{\"Id\":\"a\"}]\n");
        assert_eq!(inspection(&documents, Some("{{.Id}}")).unwrap(), "a\n");
        assert_eq!(inspection(&[], None).unwrap(), "[]\n");
    }
}
