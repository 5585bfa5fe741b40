//! Tokens into a tree of nodes, after Go's text/template/parse.
//!
//! Everything that can be wrong without data is found here: unknown functions, undeclared variables, `break` outside of
//! a loop, unbalanced actions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::functions;
use super::lexer::{Fault, Token, TokenKind};

/// Nested parentheses and blocks beyond this are an attack or a mistake, and would exhaust the stack.
const MAX_DEPTH: usize = 100;

#[derive(Debug, PartialEq)]
pub enum Node {
    Text(String),
    Action(Pipeline),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// `{{template "name" pipeline}}`
    Template {
        at: usize,
        name: String,
        argument: Option<Pipeline>,
    },
    Break,
    Continue,
}

#[derive(Debug, PartialEq)]
pub struct Branch {
    pub pipeline: Pipeline,
    pub body: Vec<Node>,
    pub otherwise: Vec<Node>,
}

/// Commands, each of which is given the result of the one before as its last argument.
#[derive(Debug, PartialEq)]
pub struct Pipeline {
    pub at: usize,
    pub variables: Vec<String>,
    pub binding: Binding,
    pub commands: Vec<Command>,
}

impl Pipeline {
    /// `.` and nothing else.
    pub fn is_dot(&self) -> bool {
        let [Command { operands }] = &self.commands[..] else { return false };
        matches!(&operands[..], [Operand { term: Term::Dot, fields, .. }] if fields.is_empty())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `$x := …`, or no variable at all.
    Declare,
    /// `$x = …`
    Assign,
}

#[derive(Debug, PartialEq)]
pub struct Command {
    /// Never empty.
    pub operands: Vec<Operand>,
}

/// A term and the fields taken of it: `.A.B`, `$x.A`, `(index . 0).A`.
#[derive(Debug, PartialEq)]
pub struct Operand {
    pub at: usize,
    pub term: Term,
    pub fields: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub enum Term {
    Dot,
    Nil,
    Constant(Value),
    Variable(String),
    Function(String),
    Group(Box<Pipeline>),
}

#[derive(Debug, PartialEq)]
pub struct Tree {
    pub main: Vec<Node>,
    pub definitions: BTreeMap<String, Vec<Node>>,
}

pub fn parse(tokens: Vec<Token>) -> Result<Tree, Fault> {
    let mut parser =
        Parser { tokens, next: 0, depth: 0, loops: 0, variables: vec![String::new()], definitions: BTreeMap::new() };
    let (main, end) = parser.block()?;
    match end {
        Ending::EndOfText => Ok(Tree { main, definitions: parser.definitions }),
        Ending::End(at) => Err(Fault::new(at, "unexpected {{end}}")),
        Ending::Else(at) => Err(Fault::new(at, "unexpected {{else}}")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    /// How many `range` stand around this place.
    loops: usize,
    /// In scope here, innermost last; `$` is the empty name.
    variables: Vec<String>,
    definitions: BTreeMap<String, Vec<Node>>,
}

/// What ended a list of nodes, and where its action began.
enum Ending {
    EndOfText,
    /// `{{end}}`, consumed.
    End(usize),
    /// `{{else`, consumed up to here.
    Else(usize),
}

enum Control {
    If,
    With,
    Range,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn take_if(&mut self, kind: &TokenKind) -> bool {
        let matches = self.peek().kind == *kind;
        if matches {
            self.next += 1;
        }
        matches
    }

    fn expect(&mut self, kind: &TokenKind, place: &str) -> Result<(), Fault> {
        if self.take_if(kind) { Ok(()) } else { Err(self.unexpected(place)) }
    }

    fn unexpected(&self, place: &str) -> Fault {
        let token = self.peek();
        Fault::new(token.at, format!("unexpected {} in {place}", describe(&token.kind)))
    }

    fn deeper<T>(&mut self, step: impl FnOnce(&mut Parser) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::new(self.peek().at, "nested too deeply"));
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Nodes up to the `{{end}}` or `{{else` that closes the surrounding action, or to the end of the text.
    fn block(&mut self) -> Result<(Vec<Node>, Ending), Fault> {
        self.deeper(|parser| {
            let mut nodes = Vec::new();
            loop {
                let token = parser.take();
                match token.kind {
                    TokenKind::End => return Ok((nodes, Ending::EndOfText)),
                    TokenKind::Text(text) => nodes.push(Node::Text(text)),
                    TokenKind::Open => match parser.action(token.at)? {
                        Step::Node(node) => nodes.push(node),
                        Step::Nothing => {}
                        Step::Ending(ending) => return Ok((nodes, ending)),
                    },
                    _ => unreachable!("outside of actions the lexer yields text only"),
                }
            }
        })
    }

    fn action(&mut self, at: usize) -> Result<Step, Fault> {
        let TokenKind::Word(word) = &self.peek().kind else { return self.plain(at) };
        let word = word.clone();
        self.next += 1;
        match word.as_str() {
            "if" => self.control(Control::If, at).map(|branch| Step::Node(Node::If(branch))),
            "with" => self.control(Control::With, at).map(|branch| Step::Node(Node::With(branch))),
            "range" => self.control(Control::Range, at).map(|branch| Step::Node(Node::Range(branch))),
            "template" => self.template(at),
            "define" => self.define(at),
            "block" => self.inline_block(at),
            "end" => self.expect(&TokenKind::Close, "end").map(|()| Step::Ending(Ending::End(at))),
            "else" => Ok(Step::Ending(Ending::Else(at))),
            "break" => self.jump(at, "break", Node::Break),
            "continue" => self.jump(at, "continue", Node::Continue),
            _ => {
                self.next -= 1;
                self.plain(at)
            }
        }
    }

    fn plain(&mut self, at: usize) -> Result<Step, Fault> {
        let pipeline = self.pipeline(at, "command", 1)?;
        self.expect(&TokenKind::Close, "command")?;
        Ok(Step::Node(Node::Action(pipeline)))
    }

    fn jump(&mut self, at: usize, word: &str, node: Node) -> Result<Step, Fault> {
        self.expect(&TokenKind::Close, word)?;
        if self.loops == 0 {
            return Err(Fault::new(at, format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(Step::Node(node))
    }

    /// `if`, `with` or `range` after its word, with everything up to its `{{end}}`.
    fn control(&mut self, control: Control, at: usize) -> Result<Branch, Fault> {
        let scope = self.variables.len();
        let (word, variables) = match control {
            Control::If => ("if", 1),
            Control::With => ("with", 1),
            Control::Range => ("range", 2),
        };
        let pipeline = self.pipeline(at, word, variables)?;
        self.expect(&TokenKind::Close, word)?;
        let in_loop = usize::from(matches!(control, Control::Range));
        self.loops += in_loop;
        let (body, ending) = self.block()?;
        self.loops -= in_loop;
        let otherwise = match ending {
            Ending::End(_) => Vec::new(),
            Ending::EndOfText => return Err(unclosed(at, word)),
            Ending::Else(else_at) => self.otherwise(&control, at, else_at, word)?,
        };
        self.variables.truncate(scope);
        Ok(Branch { pipeline, body, otherwise })
    }

    /// What follows `{{else`: `}} … {{end}}`, or a further `if` or `with` that shares the `{{end}}`.
    fn otherwise(&mut self, control: &Control, at: usize, else_at: usize, word: &str) -> Result<Vec<Node>, Fault> {
        let chained = match (&self.peek().kind, control) {
            (TokenKind::Word(next), Control::If) if next == "if" => Some(Control::If),
            (TokenKind::Word(next), Control::With) if next == "with" => Some(Control::With),
            _ => None,
        };
        if let Some(chained) = chained {
            self.next += 1;
            return self.deeper(|parser| {
                Ok(vec![match chained {
                    Control::If => Node::If(parser.control(Control::If, else_at)?),
                    _ => Node::With(parser.control(Control::With, else_at)?),
                }])
            });
        }
        self.expect(&TokenKind::Close, "else")?;
        match self.block()? {
            (nodes, Ending::End(_)) => Ok(nodes),
            (_, Ending::Else(second)) => Err(Fault::new(second, "expected {{end}}, found {{else}}")),
            (_, Ending::EndOfText) => Err(unclosed(at, word)),
        }
    }

    fn template(&mut self, at: usize) -> Result<Step, Fault> {
        let name = self.template_name("template")?;
        let argument = match self.peek().kind {
            TokenKind::Close => None,
            _ => Some(self.pipeline(at, "template", 1)?),
        };
        self.expect(&TokenKind::Close, "template")?;
        Ok(Step::Node(Node::Template { at, name, argument }))
    }

    fn define(&mut self, at: usize) -> Result<Step, Fault> {
        if self.depth > 1 {
            return Err(Fault::new(at, "unexpected {{define}}").with_hint("define templates at the top level"));
        }
        let name = self.template_name("define")?;
        self.expect(&TokenKind::Close, "define")?;
        let body = self.definition(at, "define")?;
        self.definitions.insert(name, body);
        Ok(Step::Nothing)
    }

    /// `{{block "name" pipeline}} … {{end}}` is a definition and its use in one.
    fn inline_block(&mut self, at: usize) -> Result<Step, Fault> {
        let name = self.template_name("block")?;
        let argument = self.pipeline(at, "block", 1)?;
        self.expect(&TokenKind::Close, "block")?;
        let body = self.definition(at, "block")?;
        // A definition of the same name that stands before wins, as a later block is only the default.
        self.definitions.entry(name.clone()).or_insert(body);
        Ok(Step::Node(Node::Template { at, name, argument: Some(argument) }))
    }

    /// The body of a template of its own: neither variables nor loops reach into it.
    fn definition(&mut self, at: usize, word: &str) -> Result<Vec<Node>, Fault> {
        let variables = std::mem::replace(&mut self.variables, vec![String::new()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, ending) = self.block()?;
        self.variables = variables;
        self.loops = loops;
        match ending {
            Ending::End(_) => Ok(body),
            Ending::Else(at) => Err(Fault::new(at, "unexpected {{else}}")),
            Ending::EndOfText => Err(unclosed(at, word)),
        }
    }

    fn template_name(&mut self, place: &str) -> Result<String, Fault> {
        match &self.peek().kind {
            TokenKind::Constant(Value::String(name)) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(&format!("{place} clause"))),
        }
    }

    fn pipeline(&mut self, at: usize, place: &str, max_variables: usize) -> Result<Pipeline, Fault> {
        self.deeper(|parser| {
            let (variables, binding) = parser.binding(place, max_variables)?;
            let mut commands = vec![parser.command(place)?];
            while parser.take_if(&TokenKind::Pipe) {
                let command = parser.command(place)?;
                if let Term::Constant(_) | Term::Nil | Term::Dot = command.operands[0].term
                    && command.operands[0].fields.is_empty()
                {
                    return Err(Fault::new(command.operands[0].at, "non executable command in pipeline"));
                }
                commands.push(command);
            }
            // In scope from here on, not in its own value.
            if binding == Binding::Declare {
                parser.variables.extend(variables.iter().cloned());
            }
            Ok(Pipeline { at, variables, binding, commands })
        })
    }

    /// `$x :=`, `$x =`, `$i, $v :=` where one stands here.
    fn binding(&mut self, place: &str, max_variables: usize) -> Result<(Vec<String>, Binding), Fault> {
        let start = self.next;
        let mut names = Vec::new();
        while let TokenKind::Variable(name) = &self.peek().kind {
            names.push(name.clone());
            self.next += 1;
            if !self.take_if(&TokenKind::Comma) {
                break;
            }
        }
        let binding = match self.peek().kind {
            TokenKind::Declare => Binding::Declare,
            TokenKind::Assign => Binding::Assign,
            _ => {
                self.next = start;
                return Ok((Vec::new(), Binding::Declare));
            }
        };
        if names.is_empty() || names.len() > max_variables {
            return Err(self.unexpected(place));
        }
        self.next += 1;
        if binding == Binding::Assign {
            for name in &names {
                self.declared(name, self.tokens[start].at)?;
            }
        }
        Ok((names, binding))
    }

    fn declared(&self, name: &str, at: usize) -> Result<(), Fault> {
        match self.variables.iter().any(|known| known == name) {
            true => Ok(()),
            false => Err(Fault::new(at, format!("undefined variable `${name}`"))),
        }
    }

    fn command(&mut self, place: &str) -> Result<Command, Fault> {
        let mut operands = Vec::new();
        while let Some(operand) = self.operand()? {
            operands.push(operand);
        }
        match operands.is_empty() {
            true if self.peek().kind == TokenKind::Close => {
                Err(Fault::new(self.peek().at, format!("missing value for {place}")))
            }
            true => Err(self.unexpected(place)),
            false if operands[0].term == Term::Nil => Err(Fault::new(operands[0].at, "nil is not a command")),
            false => Ok(Command { operands }),
        }
    }

    fn operand(&mut self) -> Result<Option<Operand>, Fault> {
        let token = self.peek().clone();
        let mut fields = Vec::new();
        let term = match token.kind {
            TokenKind::Dot => Term::Dot,
            TokenKind::Field(name) => {
                fields.push(name);
                Term::Dot
            }
            TokenKind::Constant(value) => Term::Constant(value),
            TokenKind::Variable(name) => {
                self.declared(&name, token.at)?;
                Term::Variable(name)
            }
            TokenKind::Word(word) => word_term(word, token.at)?,
            TokenKind::LeftParen => {
                self.next += 1;
                let group = self.pipeline(token.at, "parenthesized pipeline", 1)?;
                if self.peek().kind != TokenKind::RightParen {
                    return Err(Fault::new(token.at, "unclosed left paren"));
                }
                Term::Group(Box::new(group))
            }
            _ => return Ok(None),
        };
        self.next += 1;
        while let Token { kind: TokenKind::Field(name), spaced: false, at } = self.peek() {
            if let Term::Constant(_) | Term::Nil = term {
                return Err(Fault::new(*at, format!("unexpected .{name} after a constant")));
            }
            fields.push(name.clone());
            self.next += 1;
        }
        Ok(Some(Operand { at: token.at, term, fields }))
    }
}

enum Step {
    Node(Node),
    Nothing,
    Ending(Ending),
}

fn word_term(word: String, at: usize) -> Result<Term, Fault> {
    match word.as_str() {
        "true" => Ok(Term::Constant(Value::Bool(true))),
        "false" => Ok(Term::Constant(Value::Bool(false))),
        "nil" => Ok(Term::Nil),
        "if" | "else" | "end" | "range" | "with" | "define" | "template" | "block" | "break" | "continue" => {
            Err(Fault::new(at, format!("unexpected <{word}>")))
        }
        _ if functions::exists(&word) => Ok(Term::Function(word)),
        _ => Err(Fault::new(at, format!("function `{word}` not defined"))
            .with_hint(format!("fields begin with a dot: .{word}"))),
    }
}

fn unclosed(at: usize, word: &str) -> Fault {
    Fault::new(at, format!("{{{{{word}}}}} has no {{{{end}}}}"))
}

fn describe(kind: &TokenKind) -> String {
    match kind {
        TokenKind::Text(_) => "text".to_owned(),
        TokenKind::Open => "{{".to_owned(),
        TokenKind::Close => "}}".to_owned(),
        TokenKind::Field(name) => format!("<.{name}>"),
        TokenKind::Dot => "<.>".to_owned(),
        TokenKind::Variable(name) => format!("<${name}>"),
        TokenKind::Word(word) => format!("<{word}>"),
        TokenKind::Constant(value) => value.to_string(),
        TokenKind::Declare => "\":=\"".to_owned(),
        TokenKind::Assign => "\"=\"".to_owned(),
        TokenKind::Pipe => "\"|\"".to_owned(),
        TokenKind::LeftParen => "\"(\"".to_owned(),
        TokenKind::RightParen => "\")\"".to_owned(),
        TokenKind::Comma => "\",\"".to_owned(),
        TokenKind::End => "end of template".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::{Backslashes, tokens};
    use super::*;

    fn fault(source: &str) -> Fault {
        tokens(source, Backslashes::Kept).and_then(parse).expect_err(source)
    }

    #[test]
    fn adjacent_fields_are_one_operand_and_spaced_ones_two() {
        let tree = parse(tokens("{{print .A.B .C}}", Backslashes::Kept).unwrap()).unwrap();
        let [Node::Action(pipeline)] = &tree.main[..] else { panic!() };
        let fields: Vec<_> = pipeline.commands[0].operands.iter().map(|operand| operand.fields.join(".")).collect();
        assert_eq!(fields, ["", "A.B", "C"]);
    }

    #[test]
    fn what_is_wrong_without_data_is_found_without_data() {
        for (source, at, message) in [
            ("{{foo}}", 2, "function `foo` not defined"),
            ("{{if .A}}x", 0, "{{if}} has no {{end}}"),
            ("x{{end}}", 1, "unexpected {{end}}"),
            ("{{else}}", 0, "unexpected {{else}}"),
            ("{{if .A}}{{else}}{{else}}{{end}}", 17, "expected {{end}}, found {{else}}"),
            ("{{break}}", 0, "{{break}} outside {{range}}"),
            ("{{$x}}", 2, "undefined variable `$x`"),
            ("{{$x = 1}}", 2, "undefined variable `$x`"),
            ("{{if $x := 1}}{{end}}{{$x}}", 23, "undefined variable `$x`"),
            ("{{}}", 2, "missing value for command"),
            ("{{.A | }}", 7, "missing value for command"),
            ("{{.A | 3}}", 7, "non executable command in pipeline"),
            ("{{(.A}}", 2, "unclosed left paren"),
            ("{{.A)}}", 4, "unexpected \")\" in command"),
            ("{{template x}}", 11, "unexpected <x> in template clause"),
            ("{{range .}}{{define \"a\"}}{{end}}{{end}}", 11, "unexpected {{define}}"),
            ("{{range $a, $b, $c := .}}{{end}}", 19, "unexpected \":=\" in range"),
            ("{{nil}}", 2, "nil is not a command"),
            ("{{print if}}", 8, "unexpected <if>"),
        ] {
            let fault = fault(source);
            assert_eq!((fault.at, fault.message.as_str()), (at, message), "{source}");
        }
    }

    #[test]
    fn depth_is_limited() {
        assert_eq!(fault(&format!("{{{{{}", "(".repeat(100_000))).message, "unclosed action");
        assert_eq!(fault(&format!("{{{{{}}}}}", "(".repeat(100_000))).message, "nested too deeply");
        assert_eq!(fault(&"{{if .}}".repeat(100_000)).message, "nested too deeply");
        assert_eq!(fault(&format!("{{{{if .}}}}{}", "{{else if .}}".repeat(100_000))).message, "nested too deeply");
    }
}
