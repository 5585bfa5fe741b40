//! Walks the tree with data in hand and writes the text.
//!
//! Go's templates know from a value's type whether a missing name is a mistake (a struct) or an ordinary absence (a
//! map). JSON has only objects, so [`holds_map`] lists the fields that hold maps.

use std::borrow::Cow;

use serde_json::Value;

use super::functions::{self, truth};
use super::lexer::Fault;
use super::parser::{Binding, Branch, Command, Node, Operand, Pipeline, Term, Tree};
use super::printing::{plain, type_name};

/// Templates that call themselves end here.
const MAX_CALLS: usize = 100;
/// Bytes that one rendering may write.
const MAX_OUTPUT: usize = 64 << 20;
/// Nodes that one rendering may visit: a loop over numbers need not write anything to run for ever.
const MAX_STEPS: usize = 50_000_000;

/// Whether the keys of a field's object are data, not names.
fn holds_map(field: &str) -> bool {
    matches!(
        field,
        "Annotations"
            | "Data"
            | "ExposedPorts"
            | "Labels"
            | "LogOpts"
            | "Networks"
            | "Options"
            | "PortBindings"
            | "Ports"
            | "Sysctls"
            | "Tmpfs"
            | "Volumes"
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Has known fields; any other name is a mistake. Names are matched without regard to case, because scripts say
    /// `.ID` where documents say `Id`, and `.Host` where they say `host`.
    Struct,
    /// Has any keys; a missing one is `<no value>`.
    Map,
}

#[derive(Clone)]
struct Datum<'d> {
    value: Cow<'d, Value>,
    shape: Shape,
}

impl<'d> Datum<'d> {
    fn owned(value: Value) -> Datum<'d> {
        Datum { value: Cow::Owned(value), shape: Shape::Struct }
    }

    /// The value below `name`, which stays borrowed if this one is.
    fn child(self, name: &str, shape: Shape) -> Option<Datum<'d>> {
        let value = match self.value {
            Cow::Borrowed(value) => Cow::Borrowed(value.get(name)?),
            Cow::Owned(mut value) => Cow::Owned(value.get_mut(name)?.take()),
        };
        Some(Datum { value, shape })
    }

    fn items(&self) -> Vec<(Value, Datum<'d>)> {
        let shape = Shape::Struct;
        match &self.value {
            Cow::Borrowed(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(i, item)| (i.into(), Datum { value: Cow::Borrowed(item), shape }))
                .collect(),
            Cow::Borrowed(Value::Object(object)) => {
                let entry = |(key, item): (&String, &'d Value)| {
                    (key.as_str().into(), Datum { value: Cow::Borrowed(item), shape })
                };
                sorted(object.iter().map(entry).collect())
            }
            Cow::Owned(Value::Array(items)) => {
                items.iter().enumerate().map(|(i, item)| (i.into(), Datum::owned(item.clone()))).collect()
            }
            Cow::Owned(Value::Object(object)) => {
                let entry = |(key, item): (&String, &Value)| (key.as_str().into(), Datum::owned(item.clone()));
                sorted(object.iter().map(entry).collect())
            }
            _ => Vec::new(),
        }
    }
}

fn sorted<'d>(mut entries: Vec<(Value, Datum<'d>)>) -> Vec<(Value, Datum<'d>)> {
    entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    entries
}

enum Flow {
    Next,
    Break,
    Continue,
}

/// What the fields of a template stand for.
#[derive(Clone, Copy)]
pub enum Subject<'d> {
    /// For the values in it.
    Data(&'d Value),
    /// For their own headings, in the first line of a table.
    /// One of a list, with its labels.
    Row {
        fields: &'d Value,
        labels: &'d Value,
    },
    Headings(&'d dyn Fn(&str) -> String),
}

pub fn render(tree: &Tree, subject: Subject<'_>) -> Result<String, Fault> {
    let borrowed = |value| Datum { value: Cow::Borrowed(value), shape: Shape::Struct };
    let (root, labels, headings) = match subject {
        Subject::Data(value) => (borrowed(value), None, None),
        Subject::Row { fields, labels } => (borrowed(fields), Some(labels), None),
        Subject::Headings(heading) => (Datum::owned(Value::Object(Default::default())), None, Some(heading)),
    };
    let mut evaluator =
        Evaluator { tree, labels, headings, output: String::new(), variables: Vec::new(), calls: 0, steps: 0 };
    evaluator.template(&tree.main, root)?;
    Ok(evaluator.output)
}

struct Evaluator<'t, 'd> {
    tree: &'t Tree,
    /// Of a row whose own are a text.
    labels: Option<&'d Value>,
    headings: Option<&'d dyn Fn(&str) -> String>,
    output: String,
    /// Innermost last; `$` is the empty name.
    variables: Vec<(&'t str, Datum<'d>)>,
    calls: usize,
    steps: usize,
}

impl<'t, 'd> Evaluator<'t, 'd> {
    /// A template of its own: `$` is its dot, and no variable from outside is seen.
    fn template(&mut self, nodes: &'t [Node], dot: Datum<'d>) -> Result<(), Fault> {
        let outside = std::mem::replace(&mut self.variables, vec![("", dot.clone())]);
        self.calls += 1;
        self.nodes(nodes, &dot)?;
        self.calls -= 1;
        self.variables = outside;
        Ok(())
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Datum<'d>) -> Result<Flow, Fault> {
        let scope = self.variables.len();
        for node in nodes {
            match self.node(node, dot)? {
                Flow::Next => {}
                jump => {
                    self.variables.truncate(scope);
                    return Ok(jump);
                }
            }
        }
        self.variables.truncate(scope);
        Ok(Flow::Next)
    }

    fn node(&mut self, node: &'t Node, dot: &Datum<'d>) -> Result<Flow, Fault> {
        match node {
            Node::Text(text) => self.write(0, text)?,
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                // A declaration is silent.
                if pipeline.variables.is_empty() {
                    self.write(pipeline.at, &written(&value.value))?;
                }
            }
            Node::If(branch) => {
                return self.scoped(|evaluator| match evaluator.condition(branch, dot)? {
                    Some(_) => evaluator.nodes(&branch.body, dot),
                    None => evaluator.nodes(&branch.otherwise, dot),
                });
            }
            Node::With(branch) => {
                return self.scoped(|evaluator| match evaluator.condition(branch, dot)? {
                    Some(value) => evaluator.nodes(&branch.body, &value),
                    None => evaluator.nodes(&branch.otherwise, dot),
                });
            }
            Node::Range(branch) => return self.scoped(|evaluator| evaluator.range(branch, dot)),
            Node::Template { at, name, argument } => {
                let dot = match argument {
                    Some(pipeline) => self.scoped(|evaluator| evaluator.pipeline(pipeline, dot))?,
                    None => Datum::owned(Value::Null),
                };
                let tree = self.tree;
                let body = tree
                    .definitions
                    .get(name)
                    .ok_or_else(|| Fault::new(*at, format!("template {name:?} not defined")))?;
                if self.calls >= MAX_CALLS {
                    return Err(Fault::new(*at, format!("template {name:?} calls itself too deeply")));
                }
                self.template(body, dot)?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn scoped<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let scope = self.variables.len();
        let result = step(self);
        self.variables.truncate(scope);
        result
    }

    /// The value of a branch's pipeline if it is true.
    fn condition(&mut self, branch: &'t Branch, dot: &Datum<'d>) -> Result<Option<Datum<'d>>, Fault> {
        let value = self.pipeline(&branch.pipeline, dot)?;
        Ok(truth(&value.value).then_some(value))
    }

    fn range(&mut self, branch: &'t Branch, dot: &Datum<'d>) -> Result<Flow, Fault> {
        let pipeline = &branch.pipeline;
        let value = self.commands(pipeline, dot)?;
        // Headings have no rows: the body is shown once, for what its fields are called.
        if self.headings.is_some() {
            return self.iteration(branch, "".into(), value).map(|_| Flow::Next);
        }
        let mut empty = true;
        match &*value.value {
            Value::Number(number) if !number.is_f64() => {
                for number in 0..number.as_i64().unwrap_or(0) {
                    empty = false;
                    if let Flow::Break = self.iteration(branch, number.into(), Datum::owned(number.into()))? {
                        break;
                    }
                }
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                for (key, item) in value.items() {
                    empty = false;
                    if let Flow::Break = self.iteration(branch, key, item)? {
                        break;
                    }
                }
            }
            other => return Err(Fault::new(pipeline.at, format!("range can't iterate over {}", plain(other)))),
        }
        if empty {
            return self.nodes(&branch.otherwise, dot);
        }
        Ok(Flow::Next)
    }

    fn iteration(&mut self, branch: &'t Branch, key: Value, item: Datum<'d>) -> Result<Flow, Fault> {
        self.step(branch.pipeline.at)?;
        self.scoped(|evaluator| {
            let pipeline = &branch.pipeline;
            match &pipeline.variables[..] {
                [value] => evaluator.bind(value, item.clone(), pipeline.binding),
                [index, value] => {
                    evaluator.bind(index, Datum::owned(key), pipeline.binding);
                    evaluator.bind(value, item.clone(), pipeline.binding);
                }
                _ => {}
            }
            evaluator.nodes(&branch.body, &item)
        })
    }

    fn bind(&mut self, name: &'t str, value: Datum<'d>, binding: Binding) {
        let place = match binding {
            Binding::Declare => None,
            Binding::Assign => self.variables.iter_mut().rev().find(|(known, _)| *known == name),
        };
        match place {
            Some((_, place)) => *place = value,
            None => self.variables.push((name, value)),
        }
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Datum<'d>) -> Result<Datum<'d>, Fault> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            self.bind(name, value.clone(), pipeline.binding);
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &'t Pipeline, dot: &Datum<'d>) -> Result<Datum<'d>, Fault> {
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        Ok(value.expect("the parser makes no pipeline without a command"))
    }

    fn command(&mut self, command: &'t Command, dot: &Datum<'d>, piped: Option<Datum<'d>>) -> Result<Datum<'d>, Fault> {
        let (first, arguments) =
            command.operands.split_first().expect("the parser makes no command without an operand");
        self.step(first.at)?;
        if let Term::Function(name) = &first.term {
            let value = self.call(name, first.at, arguments, dot, piped)?;
            return self.fields(value, &first.fields, first.at);
        }
        if arguments.is_empty() && piped.is_none() {
            return self.operand(first, dot);
        }
        self.method(first, arguments, dot, piped)
    }

    /// A field that is given arguments. `.Label "key"` is the only one that takes any.
    fn method(
        &mut self,
        receiver: &'t Operand,
        arguments: &'t [Operand],
        dot: &Datum<'d>,
        piped: Option<Datum<'d>>,
    ) -> Result<Datum<'d>, Fault> {
        let Some((name, path)) = receiver.fields.split_last() else {
            return Err(Fault::new(receiver.at, "can't give argument to non-function"));
        };
        let value = self.term(receiver, dot)?;
        let object = self.fields(value, path, receiver.at)?;
        let mut values = self.operands(arguments, dot)?;
        values.extend(piped);
        match (name.as_str(), &values[..]) {
            ("Label", [key]) if self.headings.is_some() => Ok(key.clone()),
            ("Label", [key]) => {
                let key = key.value.as_str().ok_or_else(|| Fault::new(receiver.at, "a label's name is a string"))?;
                let own = object.value.get("Labels").filter(|labels| labels.is_object());
                let label = own.or(self.labels).and_then(|labels| labels.get(key)).cloned();
                Ok(Datum::owned(label.unwrap_or_else(|| "".into())))
            }
            _ => Err(Fault::new(receiver.at, format!(".{name} takes no argument"))),
        }
    }

    fn call(
        &mut self,
        name: &str,
        at: usize,
        arguments: &'t [Operand],
        dot: &Datum<'d>,
        piped: Option<Datum<'d>>,
    ) -> Result<Datum<'d>, Fault> {
        if let "and" | "or" = name {
            return self.short_circuit(name == "or", at, arguments, dot, piped);
        }
        let mut values = self.operands(arguments, dot)?;
        values.extend(piped);
        // In the first line of a table, a function shapes a value that is not there: its heading stays as it is.
        if self.headings.is_some()
            && let "json" | "split" | "join" | "title" | "lower" | "truncate" | "len" | "index" | "slice" = name
            && let Some(first) = values.first()
        {
            return Ok(first.clone());
        }
        let values: Vec<Value> = values.into_iter().map(|datum| datum.value.into_owned()).collect();
        let function = functions::find(name).expect("the parser lets only known functions pass");
        function(&values).map(Datum::owned).map_err(|message| Fault::new(at, format!("{name}: {message}")))
    }

    /// `or` stops at the first true argument, `and` at the first false one; the result is that argument, or the last.
    fn short_circuit(
        &mut self,
        stops_at: bool,
        at: usize,
        arguments: &'t [Operand],
        dot: &Datum<'d>,
        piped: Option<Datum<'d>>,
    ) -> Result<Datum<'d>, Fault> {
        let mut last = None;
        for argument in arguments {
            let value = self.operand(argument, dot)?;
            if truth(&value.value) == stops_at {
                return Ok(value);
            }
            last = Some(value);
        }
        piped.or(last).ok_or_else(|| Fault::new(at, "wrong number of arguments: want at least 1, got 0"))
    }

    fn operands(&mut self, operands: &'t [Operand], dot: &Datum<'d>) -> Result<Vec<Datum<'d>>, Fault> {
        operands.iter().map(|operand| self.operand(operand, dot)).collect()
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Datum<'d>) -> Result<Datum<'d>, Fault> {
        let value = self.term(operand, dot)?;
        self.fields(value, &operand.fields, operand.at)
    }

    fn term(&mut self, operand: &'t Operand, dot: &Datum<'d>) -> Result<Datum<'d>, Fault> {
        match &operand.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => Ok(Datum::owned(Value::Null)),
            Term::Constant(value) => Ok(Datum::owned(value.clone())),
            Term::Variable(name) => {
                let variable = self.variables.iter().rev().find(|(known, _)| known == name);
                Ok(variable.expect("the parser lets only declared variables pass").1.clone())
            }
            Term::Function(name) => self.call(name, operand.at, &[], dot, None),
            Term::Group(pipeline) => self.pipeline(pipeline, dot),
        }
    }

    fn fields(&self, value: Datum<'d>, names: &[String], at: usize) -> Result<Datum<'d>, Fault> {
        if let (Some(heading), Some(last)) = (self.headings, names.last()) {
            return Ok(Datum::owned(heading(last).into()));
        }
        names.iter().try_fold(value, |value, name| field(value, name, at))
    }

    fn write(&mut self, at: usize, text: &str) -> Result<(), Fault> {
        if self.output.len() + text.len() > MAX_OUTPUT {
            return Err(Fault::new(at, "output is too long"));
        }
        self.output.push_str(text);
        self.step(at)
    }

    fn step(&mut self, at: usize) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(Fault::new(at, "template takes too long")) } else { Ok(()) }
    }
}

/// What `{{ }}` writes for a value.
fn written(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "<no value>".into(),
        Value::String(string) => string.into(),
        other => plain(other).into(),
    }
}

fn field<'d>(value: Datum<'d>, name: &str, at: usize) -> Result<Datum<'d>, Fault> {
    let Value::Object(object) = &*value.value else {
        return Err(match &*value.value {
            Value::Null => Fault::new(at, format!("nil has no field `{name}`")),
            other => Fault::new(at, format!("can't evaluate field `{name}` in type {}", type_name(other))),
        });
    };
    match value.shape {
        Shape::Map => Ok(value.child(name, Shape::Struct).unwrap_or_else(|| Datum::owned(Value::Null))),
        Shape::Struct => {
            let key = match object.contains_key(name) {
                true => Some(name),
                false => object.keys().map(String::as_str).find(|key| key.eq_ignore_ascii_case(name)),
            };
            let key = key.ok_or_else(|| unknown_field(object, name, at))?.to_owned();
            let shape = if holds_map(name) { Shape::Map } else { Shape::Struct };
            Ok(value.child(&key, shape).expect("the key is one of the object's"))
        }
    }
}

fn unknown_field(object: &serde_json::Map<String, Value>, name: &str, at: usize) -> Fault {
    let known: Vec<_> = object.keys().map(|key| format!(".{key}")).collect();
    let fault = Fault::new(at, format!("unknown field `{name}`"));
    if known.is_empty() { fault } else { fault.with_hint(format!("fields here: {}", known.join(" "))) }
}
