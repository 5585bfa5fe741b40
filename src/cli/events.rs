//! `box events`: what has happened and what happens, an event a line.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::filters::{self, Filters};
use super::format::Template;
use super::json::{self, JsonOption, Moment};
use super::options::maybe;
use super::personality::{EVENT_WORDS, EventWords, image_name};
use super::{Globals, print, units};
use crate::error::Result;
use crate::process::signal;
use crate::store::events::{Action, Event, Kind, Span, events};

const FILTERS: [&str; 10] =
    ["container", "event", "id", "image", "label", "network", "pod", "secret", "type", "volume"];

/// Show what happens to containers, images and volumes
///
/// Without --since and --until, what happens from here on; with one of them, what has happened too.
#[derive(clap::Args)]
pub struct Args {
    #[arg(short, long = "filter", value_name = "KEY=VALUE", help = filters::help("events", &FILTERS))]
    filters: Vec<String>,
    /// Show events as `json`, one object a line, or by a Go template
    #[arg(long, value_name = "json|TEMPLATE")]
    format: Option<String>,
    #[command(flatten)]
    json: JsonOption,
    /// Begin with what happened at this moment: a time, or so long ago (10m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End at this moment; `-10m` is one to come
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Wait for further events; with `false`, show those that there are
    #[arg(long, value_name = "BOOL", default_value = "true", hide_default_value = true, num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "true", value_parser = super::go_bool)]
    stream: bool,
    /// Show whole IDs; with `false`, their beginnings
    #[arg(long, value_name = "BOOL", default_value = "true", hide_default_value = true, num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = "true", value_parser = super::go_bool)]
    no_trunc: bool,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let filters = Filters::parse(&args.filters, &FILTERS)?;
    let now = Timestamp::now();
    let span = Span {
        since: maybe("--since", &args.since, |text| units::moment(text, now))?,
        until: maybe("--until", &args.until, |text| units::last_moment(text, now))?,
        follow: args.stream,
    };
    let words = EVENT_WORDS.side();
    let form = match args.format.as_deref().map(str::trim) {
        None | Some("") => Form::Line { is_short: !args.no_trunc },
        Some("json" | "{{json .}}") => Form::Json,
        Some(template) => Form::Template(Template::parse_argument(template)?),
    };
    let as_json = args.json.instead_of(&[("--format", args.format.is_some())])?;
    let mut shown = Ok(());
    events(&globals.store()?, &span, |event| {
        if is_wanted(event, &filters, words) {
            shown = match as_json {
                true => json::print_one(&entry(event)),
                false => form.show(event, words).and_then(print::line),
            };
        }
        shown.is_ok()
    })?;
    shown.map(|()| 0)
}

enum Form {
    /// For people.
    Line {
        is_short: bool,
    },
    Json,
    Template(Template),
}

impl Form {
    fn show(&self, event: &Event, words: EventWords) -> Result<String> {
        match (self, words) {
            (Form::Line { is_short }, EventWords::Podmans) => Ok(podmans_line(event, *is_short)),
            (Form::Line { is_short }, EventWords::Dockers) => Ok(dockers_line(event, *is_short)),
            (Form::Json, EventWords::Podmans) => Ok(podmans_document(event).to_string()),
            (Form::Json, EventWords::Dockers) => Ok(dockers_document(event).to_string()),
            (Form::Template(template), _) => template.render(&fields(event, words)),
        }
    }
}

fn is_wanted(event: &Event, filters: &Filters, words: EventWords) -> bool {
    let subject = &event.subject;
    let is_object = |kind: Kind, wanted: &str| {
        subject.kind == kind && (subject.name == wanted || (!subject.id.is_empty() && subject.id.starts_with(wanted)))
    };
    let is_action = |wanted: &str| [event.action.word(), word(event, words)].contains(&wanted);
    filters.any("container", |wanted| is_object(Kind::Container, wanted))
        && filters.any("image", |wanted| {
            is_object(Kind::Image, wanted) || (words == EventWords::Dockers && subject.image == wanted)
        })
        && filters.any("network", |wanted| is_object(Kind::Network, wanted))
        && filters.any("pod", |wanted| is_object(Kind::Pod, wanted))
        && filters.any("secret", |wanted| is_object(Kind::Secret, wanted))
        && filters.any("volume", |wanted| is_object(Kind::Volume, wanted))
        && filters.any("id", |wanted| subject.id.starts_with(wanted))
        && filters.any("type", |wanted| subject.kind.word() == wanted)
        && filters.any("event", is_action)
        && filters.labels(&subject.attributes)
}

/// What happened, in these words.
fn word(event: &Event, words: EventWords) -> &'static str {
    match (words, event.subject.kind, event.action) {
        (EventWords::Podmans, _, action) => action.word(),
        (_, _, Action::Died) => "die",
        (_, Kind::Container | Kind::Volume, Action::Remove) => "destroy",
        (_, Kind::Image, Action::Remove) => "delete",
        (_, _, Action::Exec) => "exec_start",
        (_, _, Action::ExecDied) => "exec_die",
        (_, _, Action::LoadFromArchive) => "load",
        (_, _, action) => action.word(),
    }
}

fn short(id: &str, is_short: bool) -> &str {
    if is_short { id.get(..12).unwrap_or(id) } else { id }
}

fn podmans_line(event: &Event, is_short: bool) -> String {
    let subject = &event.subject;
    let time = event.time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.%N %z %Z").to_string();
    let (kind, action, id) = (subject.kind.word(), event.action.word(), short(&subject.id, is_short));
    let name = &subject.name;
    match subject.kind {
        Kind::Container | Kind::Pod => {
            let mut details = format!("image={}, name={name}", subject.image);
            let health = event.health.as_ref().map(|health| ("health_status".to_owned(), health.clone()));
            for (key, value) in health.iter().map(|(key, value)| (key, value)).chain(&subject.attributes) {
                details.push_str(&format!(", {key}={value}"));
            }
            format!("{time} {kind} {action} {id} ({details})")
        }
        Kind::Image => format!("{time} {kind} {action} {id} {name}"),
        Kind::Network => format!("{time} {kind} {action} {id} (name={name})"),
        Kind::Secret => format!("{time} {kind} {action} {id}"),
        Kind::Volume => format!("{time} {kind} {action} {name}"),
        Kind::System => format!("{time} {kind} {action}"),
    }
}

/// What `--json` says of an event.
fn entry(event: &Event) -> json::Event {
    let subject = &event.subject;
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json::Event {
        time: Moment(event.time),
        kind: subject.kind.word(),
        action: event.action.word().to_owned(),
        id: known(&subject.id),
        name: known(&subject.name),
        image: known(&subject.image),
        attributes: subject.attributes.clone(),
        exit_code: event.exit_code,
        signal: event.signal.map(signal::name),
        health: event.health.clone(),
    }
}

/// Without what is empty, as Go's omitempty leaves it out.
fn podmans_document(event: &Event) -> Value {
    let Event { time, subject, exit_code, health, .. } = event;
    let mut document = Map::new();
    if let Some(code) = exit_code {
        document.insert("ContainerExitCode".to_owned(), json!(code));
    }
    for (key, value) in [("ID", &subject.id), ("Image", &subject.image), ("Name", &subject.name)] {
        if !value.is_empty() {
            document.insert(key.to_owned(), json!(value));
        }
    }
    document.insert("Status".to_owned(), json!(event.action.word()));
    document.insert("time".to_owned(), json!(time.as_second()));
    document.insert("timeNano".to_owned(), json!(nanoseconds(*time)));
    document.insert("Type".to_owned(), json!(subject.kind.word()));
    if let Some(health) = health {
        document.insert("health_status".to_owned(), json!(health));
    }
    let attributes = if subject.attributes.is_empty() { Value::Null } else { json!(subject.attributes) };
    document.insert("Attributes".to_owned(), attributes);
    Value::Object(document)
}

fn dockers_attributes(event: &Event) -> Map<String, Value> {
    let subject = &event.subject;
    let mut attributes: Map<String, Value> =
        subject.attributes.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let signal = event.signal.map(|number| number.to_string());
    let code = event.exit_code.map(|code| code.to_string());
    for (key, value) in [
        ("exitCode", code),
        ("signal", signal),
        ("image", Some(image_name(&subject.image)).filter(|_| !subject.image.is_empty())),
        ("name", Some(if subject.kind == Kind::Image { image_name(&subject.name) } else { subject.name.clone() })),
    ] {
        attributes.extend(value.filter(|value| !value.is_empty()).map(|value| (key.to_owned(), json!(value))));
    }
    attributes
}

fn dockers_word(event: &Event) -> String {
    match &event.health {
        Some(health) => format!("health_status: {health}"),
        None => word(event, EventWords::Dockers).to_owned(),
    }
}

fn dockers_id(event: &Event) -> String {
    match event.subject.kind {
        Kind::Image if !event.subject.id.is_empty() => format!("sha256:{}", event.subject.id),
        Kind::Volume => event.subject.name.clone(),
        _ => event.subject.id.clone(),
    }
}

fn dockers_line(event: &Event, is_short: bool) -> String {
    let time = event.time.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S.%9f%:z").to_string();
    let mut attributes: Vec<String> = dockers_attributes(event)
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    attributes.sort();
    let id = dockers_id(event);
    let (kind, action) = (event.subject.kind.word(), dockers_word(event));
    format!("{time} {kind} {action} {} ({})", short(&id, is_short), attributes.join(", "))
}

fn dockers_document(event: &Event) -> Value {
    let subject = &event.subject;
    let action = dockers_word(event);
    let id = dockers_id(event);
    let mut document = json!({
        "Type": subject.kind.word(),
        "Action": action,
        "Actor": {"ID": id, "Attributes": dockers_attributes(event)},
        "scope": "local",
        "time": event.time.as_second(),
        "timeNano": nanoseconds(event.time),
    });
    // The fields of old that Docker still has for these.
    if let (Kind::Container | Kind::Image, Value::Object(document)) = (subject.kind, &mut document) {
        document.insert("status".to_owned(), json!(action));
        document.insert("id".to_owned(), json!(id));
        if !subject.image.is_empty() {
            document.insert("from".to_owned(), json!(image_name(&subject.image)));
        }
    }
    document
}

fn nanoseconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)
}

/// What templates see: the fields of both tools.
fn fields(event: &Event, words: EventWords) -> Value {
    let subject = &event.subject;
    let dockers = dockers_document(event);
    let id = if words == EventWords::Dockers { dockers_id(event) } else { subject.id.clone() };
    json!({
        "ID": id,
        "Name": subject.name,
        "Image": subject.image,
        "From": subject.image,
        "Network": if subject.kind == Kind::Network { subject.name.as_str() } else { "" },
        "Type": subject.kind.word(),
        "Status": if words == EventWords::Dockers { dockers_word(event) } else { event.action.word().to_owned() },
        "Action": dockers["Action"],
        "Actor": dockers["Actor"],
        "Scope": "local",
        "Time": event.time.as_second(),
        "TimeNano": nanoseconds(event.time),
        "ContainerExitCode": event.exit_code,
        "HealthStatus": event.health.as_deref().unwrap_or_default(),
        "Attributes": subject.attributes,
        "Signal": event.signal.map(signal::name).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events::Subject;

    fn died() -> Event {
        let mut subject = Subject::new(Kind::Container, "0123456789abcdef", "web");
        subject.image = "docker.io/library/busybox:latest".to_owned();
        subject.attributes.insert("team".to_owned(), "a".to_owned());
        let time = "2026-01-02T03:04:05.000000006Z".parse().unwrap();
        Event { time, exit_code: Some(3), ..Event::new(subject, Action::Died) }
    }

    fn shown(form: &Form, words: EventWords) -> String {
        form.show(&died(), words).unwrap()
    }

    #[test]
    fn each_tool_is_told_in_its_own_words() {
        let line = shown(&Form::Line { is_short: true }, EventWords::Podmans);
        let end = " container died 0123456789ab (image=docker.io/library/busybox:latest, name=web, team=a)";
        assert!(line.ends_with(end), "{line}");
        let line = shown(&Form::Line { is_short: false }, EventWords::Dockers);
        let end =
            " container die 0123456789abcdef (exitCode=3, image=docker.io/library/busybox:latest, name=web, team=a)";
        assert!(line.ends_with(end), "{line}");
    }

    #[test]
    fn documents_have_each_tools_fields() {
        let document: Value = serde_json::from_str(&shown(&Form::Json, EventWords::Podmans)).unwrap();
        assert_eq!(
            document,
            json!({
                "ContainerExitCode": 3, "ID": "0123456789abcdef", "Image": "docker.io/library/busybox:latest",
                "Name": "web", "Status": "died", "time": 1_767_323_045, "timeNano": 1_767_323_045_000_000_006_i64,
                "Type": "container", "Attributes": {"team": "a"},
            })
        );
        let document: Value = serde_json::from_str(&shown(&Form::Json, EventWords::Dockers)).unwrap();
        let actor = &document["Actor"];
        assert_eq!((&document["Action"], &document["status"]), (&json!("die"), &json!("die")));
        assert_eq!((&actor["Attributes"]["exitCode"], &actor["ID"]), (&json!("3"), &json!("0123456789abcdef")));
    }

    #[test]
    fn templates_see_the_fields_of_both() {
        for (template, words, text) in [
            ("{{.Type}} {{.Status}} {{.Name}}", EventWords::Podmans, "container died web"),
            (
                "{{.Status}} {{.Actor.Attributes.name}} {{.From}}",
                EventWords::Dockers,
                "die web docker.io/library/busybox:latest",
            ),
            (
                "{{.ContainerExitCode}} {{.Attributes.team}} {{.TimeNano}}",
                EventWords::Podmans,
                "3 a 1767323045000000006",
            ),
        ] {
            let form = Form::Template(Template::parse_argument(template).unwrap());
            assert_eq!(shown(&form, words), text);
        }
    }

    #[test]
    fn filters_choose() {
        for (arguments, wanted) in [
            (&["container=web"][..], true),
            (&["container=0123"], true),
            (&["container=other"], false),
            (&["container=other", "container=web"], true),
            (&["event=died"], true),
            (&["event=die"], false),
            (&["event=start"], false),
            (&["type=container", "label=team=a"], true),
            (&["type=image"], false),
            (&["label=team=b"], false),
            (&["image=docker.io/library/busybox:latest"], false),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            let filters = Filters::parse(&arguments, &FILTERS).unwrap();
            assert_eq!(is_wanted(&died(), &filters, EventWords::Podmans), wanted, "{arguments:?}");
        }
        let filters = Filters::parse(&["event=die".to_owned()], &FILTERS).unwrap();
        assert!(is_wanted(&died(), &filters, EventWords::Dockers));
    }
}
