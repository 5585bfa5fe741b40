//! `--format`: Go's text/template, as far as Docker's and Podman's users know it, over JSON values.
//!
//! A template goes through three hands: `lexer` (text to tokens), `parser` (tokens to a tree; finds what is wrong
//! without data), `evaluator` (tree and data to text; calls `functions`, which print as `printing` says). `listing`
//! holds the forms around a template: `json`, `table`, one line per row. Templates come from the user, data from
//! anybody: depth, output and time are limited, and nothing in the data is ever read as a template.

mod evaluator;
mod functions;
mod lexer;
pub mod listing;
mod parser;
mod printing;

use serde_json::Value;

use crate::error::{Error, Kind, Result};

use evaluator::Subject;
use lexer::{Backslashes, Fault};
use parser::{Node, Tree};

pub use listing::{Form, Listing, inspection, json_pretty};

pub struct Template {
    source: String,
    tree: Tree,
}

impl Template {
    /// Reads a template; its errors, as those of [`Template::render`], are of [`Kind::Template`] and name the place.
    pub fn parse(source: &str) -> Result<Template> {
        Template::read(source, Backslashes::Kept)
    }

    /// Reads a template from a command line, where `\t` and `\n` outside of actions mean a tab and a newline.
    pub fn parse_argument(source: &str) -> Result<Template> {
        Template::read(source, Backslashes::Unescaped)
    }

    fn read(source: &str, backslashes: Backslashes) -> Result<Template> {
        let tree =
            lexer::tokens(source, backslashes).and_then(parser::parse).map_err(|fault| explain(fault, source))?;
        Ok(Template { source: source.to_owned(), tree })
    }

    pub fn render(&self, data: &Value) -> Result<String> {
        evaluator::render(&self.tree, Subject::Data(data)).map_err(|fault| explain(fault, &self.source))
    }

    /// As [`Template::render`], where the labels stand apart from the fields.
    pub fn render_row(&self, fields: &Value, labels: &Value) -> Result<String> {
        evaluator::render(&self.tree, Subject::Row { fields, labels }).map_err(|fault| explain(fault, &self.source))
    }

    /// What the template writes when each field stands for its heading: the first line of a table.
    pub fn render_headings(&self, heading: &dyn Fn(&str) -> String) -> Result<String> {
        evaluator::render(&self.tree, Subject::Headings(heading)).map_err(|fault| explain(fault, &self.source))
    }

    /// Whether the template walks the whole list by itself: it begins with `{{range .}}`.
    pub fn ranges_over_all(&self) -> bool {
        match self.tree.main.iter().find(|node| !matches!(node, Node::Text(text) if text.trim().is_empty())) {
            Some(Node::Range(branch)) => branch.pipeline.is_dot(),
            _ => false,
        }
    }
}

fn explain(fault: Fault, source: &str) -> Error {
    let before = source.get(..fault.at).unwrap_or(source);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let place = match before.matches('\n').count() {
        0 => format!("column {column}"),
        lines => format!("line {}, column {column}", lines + 1),
    };
    let shown: String = source.lines().next().unwrap_or_default().chars().take(60).collect();
    let error = Error::new(format!("{place}: {}", fault.message)).of_kind(Kind::Template);
    let error = error.while_doing(format!("template `{shown}`"));
    match fault.hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

#[cfg(test)]
mod tests;
