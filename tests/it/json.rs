//! `--json`: box's own documents, and the page that describes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::fixture::{Stage, need, registry, say_skipped, source_dir, wait_until};

/// `box.containers/1` -> `ports[].hostPort` -> `integer`, as the manual page has them.
type Described = BTreeMap<String, BTreeMap<String, String>>;

pub fn described() -> Described {
    let page = std::fs::read_to_string(source_dir().join("man/box-json.7")).expect("the page is there");
    let mut schemas = Described::new();
    let (mut schema, mut before) = (String::new(), String::new());
    for line in page.lines().map(|line| line.replace("\\-", "-")) {
        if let Some(title) = line.strip_prefix(".SS ").filter(|title| title.starts_with("box.")) {
            (schema, before) = (title.to_owned(), String::new());
            schemas.entry(schema.clone()).or_default();
        } else if let Some(key) = line.strip_prefix(".I ").filter(|_| !schema.is_empty()) {
            before = format!("{key}[].");
        } else if let Some((path, rest)) = line.strip_prefix(".B ").and_then(|field| field.split_once(" \\fR(")) {
            let kind = rest.trim_end_matches(')').to_owned();
            schemas.get_mut(&schema).expect("a field stands below a schema").insert(format!("{before}{path}"), kind);
        }
    }
    schemas
}

/// What a document has that the page describes; panics for what it does not describe so.
pub fn check(described: &Described, document: &Value, seen: &mut BTreeSet<(String, String)>) {
    let schema = document["schema"].as_str().unwrap_or_else(|| panic!("no schema: {document}"));
    let fields = described.get(schema).unwrap_or_else(|| panic!("{schema} is not in the page"));
    let list = fields.keys().next().and_then(|path| path.split_once("[].")).map(|(key, _)| key);
    let is_list = list.is_some_and(|key| fields.keys().all(|path| path.starts_with(&format!("{key}[]."))));
    for (key, value) in document.as_object().expect("an object").iter().filter(|(key, _)| *key != "schema") {
        match (is_list, list) {
            (true, Some(list)) => {
                assert_eq!((key.as_str(), value.is_array()), (list, true), "{schema}: {document}");
                let entries = value.as_array().into_iter().flatten();
                entries.for_each(|entry| object(schema, fields, &format!("{list}[]."), entry, seen));
            }
            _ => field(schema, fields, key, value, seen),
        }
    }
}

fn object(
    schema: &str,
    fields: &BTreeMap<String, String>,
    before: &str,
    value: &Value,
    seen: &mut BTreeSet<(String, String)>,
) {
    let object = value.as_object().unwrap_or_else(|| panic!("{schema}: {before}: no object: {value}"));
    object.iter().for_each(|(key, value)| field(schema, fields, &format!("{before}{key}"), value, seen));
    let direct = |path: &&String| path.strip_prefix(before).is_some_and(|rest| !rest.contains('.'));
    for path in fields.keys().filter(direct) {
        assert!(object.contains_key(&path[before.len()..]), "{schema}: {path} is missing: {value}");
    }
}

fn field(
    schema: &str,
    fields: &BTreeMap<String, String>,
    path: &str,
    value: &Value,
    seen: &mut BTreeSet<(String, String)>,
) {
    let kind = fields.get(path).unwrap_or_else(|| panic!("{schema}: {path} is not in the page"));
    seen.insert((schema.to_owned(), path.to_owned()));
    if value.is_null() {
        assert!(kind.ends_with(" or null"), "{schema}: {path} is {kind}, not null");
        return;
    }
    match kind.trim_end_matches(" or null") {
        "string" => assert!(value.is_string(), "{schema}: {path}: {value}"),
        "time" => {
            let text = value.as_str().unwrap_or_default();
            let is_time = text.parse::<jiff::Timestamp>().is_ok() && text.len() == 30 && text.ends_with('Z');
            assert!(is_time, "{schema}: {path}: {value}");
        }
        "integer" => assert!(value.is_i64() || value.is_u64(), "{schema}: {path}: {value}"),
        "number" => assert!(value.is_number(), "{schema}: {path}: {value}"),
        "boolean" => assert!(value.is_boolean(), "{schema}: {path}: {value}"),
        "object" => object(schema, fields, &format!("{path}."), value, seen),
        "object of strings" => {
            assert!(value.as_object().is_some_and(|map| map.values().all(Value::is_string)), "{path}: {value}")
        }
        "array of string" => {
            assert!(value.as_array().is_some_and(|all| all.iter().all(Value::is_string)), "{path}: {value}")
        }
        "array of object" => {
            let entries = value.as_array().unwrap_or_else(|| panic!("{schema}: {path}: {value}"));
            entries.iter().for_each(|entry| object(schema, fields, &format!("{path}[]."), entry, seen));
        }
        other => panic!("{schema}: {path}: the page has a type of its own, {other}"),
    }
}

#[test]
fn every_field_is_in_the_page_and_everything_in_the_page_is_printed() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    let page = described();
    assert!(page.len() > 15, "{:?}", page.keys());
    let mut seen = BTreeSet::new();
    for line in [
        "volume create --label a=b data",
        "network create --label a=b --subnet 10.77.0.0/24 --ip-range 10.77.0.128/25 net",
        "pod create --name pod --label a=b",
        "run -d --name web --label a=b --restart on-failure --health-cmd true -v data:/data --network net -p 8077:80 \
         PAYLOAD /payload wait",
        "run -d --name member --pod pod PAYLOAD /payload wait",
        "run --name over --network none PAYLOAD /payload exit 0",
        "tag PAYLOAD localhost/again:1",
        "secret create --label a=b key /etc/hostname",
    ] {
        let words: Vec<&str> =
            line.split_whitespace().map(|word| word.replace("PAYLOAD", &payload).leak() as &str).collect();
        stage.run(&words).ok();
    }
    let service = "# made by a test";
    std::fs::create_dir_all(stage.home().join("u")).unwrap();
    std::fs::write(stage.home().join("u/web.container"), format!("{service}\n[Container]\nImage=x\n")).unwrap();
    let shown = stage.run(&["unit", "show", "u/web.container"]).ok();
    std::fs::create_dir_all(stage.home().join(".config/systemd/user")).unwrap();
    std::fs::write(stage.home().join(".config/systemd/user/web.service"), shown).unwrap();

    let search = format!("{}/paylo", registry::address());
    for line in [
        "ps -a --size --json",
        "container ls --json",
        "images --json",
        "image ls --json",
        "volume ls --json",
        "network ls --json",
        "pod ps --json",
        "secret ls --json",
        "events --since 1h --stream=false --json",
        "stats -a --no-stream --json",
        "pod stats --no-stream --json",
        "top --json web",
        "pod top --json pod",
        "port --json web",
        "port --json web 80",
        "port -a --json",
        "diff --json over",
        "container diff --json over",
        "image diff --json PAYLOAD",
        "history --json PAYLOAD",
        "image tree --json PAYLOAD",
        "image tree --json --whatrequires PAYLOAD",
        "image mount --json",
        "search --json SEARCH",
        "search --json --list-tags PAYLOAD",
        "system df --json",
        "unit ls --json",
        "doctor --json",
    ] {
        let line = line.replace("PAYLOAD", &payload).replace("SEARCH", &search);
        let words: Vec<&str> = line.split(' ').collect();
        let said = stage.run(&words).ok();
        assert!(!said.is_empty(), "{line} says nothing");
        for document in said.lines() {
            let document = serde_json::from_str(document).unwrap_or_else(|error| panic!("{line}: {error}: {said}"));
            check(&page, &document, &mut seen);
        }
    }
    let all = page.iter().flat_map(|(schema, fields)| fields.keys().map(|path| (schema.clone(), path.clone())));
    let by_others = |schema: &str| match schema {
        "box.image-mounts/1" => true,               // tested where one may mount
        "box.flow/1" => true,                       // tested where there is a network
        "box.updates/1" => true,                    // tested where there are services
        "box.units/1" => crate::fixture::is_root(), // those of the machine
        _ => false,
    };
    let missing: Vec<_> =
        all.filter(|(schema, path)| !by_others(schema) && !seen.contains(&(schema.clone(), path.clone()))).collect();
    assert!(missing.is_empty(), "described, and in no document: {missing:?}");
    for words in [&["pod", "rm", "-f", "pod"][..], &["rm", "-f", "-a", "-t", "0"], &["network", "rm", "net"]] {
        stage.run(words).ok();
    }
}

#[test]
fn a_mounted_image_is_listed_for_programs_too() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    if stage.shell("unshare --map-root-user --mount true").code != 0 {
        return say_skipped("this machine gives no user namespace to unshare(1)");
    }
    let script = format!(
        "export -f box; unshare --map-root-user --mount bash -ec 'box image mount --json {payload}; \
         box image unmount {payload}'"
    );
    let said = stage.shell(&script).ok();
    let mut seen = BTreeSet::new();
    let document: Value = serde_json::from_str(said.lines().next().unwrap()).expect("JSON");
    check(&described(), &document, &mut seen);
    assert_eq!(seen.len(), 3, "{said}");
}

#[test]
fn what_goes_on_is_a_document_a_line() {
    let stage = Stage::new();
    let payload = need!(stage.image("payload"));
    stage.run(&["pull", "-q", &payload]).ok();
    let mut events = stage.start(&["events", "--json"]);
    // It tells of what happens from its beginning on, and when that is nobody else can know.
    wait_until("it is told of an event", || {
        stage.run(&["tag", &payload, "localhost/a"]).ok();
        events.has_said("\n")
    });
    events.signal(nix::sys::signal::Signal::SIGINT);
    let said = events.finish();
    let page = described();
    for line in said.out.lines() {
        let document: Value = serde_json::from_str(line).expect("JSON");
        check(&page, &document, &mut BTreeSet::new());
        assert_eq!((&document["schema"], &document["action"]), (&"box.event/1".into(), &"tag".into()));
    }

    stage.run(&["run", "-d", "--name", "web", "--network", "none", &payload, "/payload", "wait"]).ok();
    let mut stats = stage.start(&["stats", "--json", "--interval", "1", "web"]);
    stats.expect("\n{");
    stage.run(&["rm", "-f", "-t", "0", "web"]).ok();
    stats.signal(nix::sys::signal::Signal::SIGINT);
    let said = stats.finish();
    let documents: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(documents.iter().all(|document| document["schema"] == "box.stats/1"), "{said}");
    assert!(documents[0]["containers"][0]["usage"]["memoryBytes"].as_u64() > Some(0), "{said}");
}

#[test]
fn empty_lists_are_documents_and_another_form_beside_it_is_refused() {
    let stage = Stage::new();
    for (words, document) in [
        (&["ps", "--json"][..], r#"{"schema":"box.containers/1","containers":[]}"#),
        (&["images", "--json"], r#"{"schema":"box.images/1","images":[]}"#),
        (&["volume", "ls", "--json"], r#"{"schema":"box.volumes/1","volumes":[]}"#),
        (&["port", "-a", "--json"], r#"{"schema":"box.ports/1","ports":[]}"#),
        (&["stats", "--no-stream", "--json"], r#"{"schema":"box.stats/1","containers":[]}"#),
    ] {
        assert_eq!(stage.run(words).ok(), document, "{words:?}");
    }
    for words in [
        &["ps", "--json", "--format", "json"][..],
        &["ps", "--json", "-q"],
        &["images", "--json", "--quiet"],
        &["images", "--json", "--tree"],
        &["volume", "ls", "--json", "-q"],
        &["network", "ls", "--json", "--format", "{{.Name}}"],
        &["pod", "ps", "--json", "-q"],
        &["secret", "ls", "--json", "-q"],
        &["events", "--json", "--format", "json"],
        &["stats", "--json", "--format", "json"],
        &["history", "--json", "-q", "x"],
        &["diff", "--json", "--format", "json", "x"],
        &["system", "df", "--json", "-v"],
        &["search", "--json", "--format", "json", "x"],
        &["image", "mount", "--json", "--format", "json"],
        &["top", "--json", "x", "pid"],
        &["pod", "top", "--json", "x", "pid"],
    ] {
        let said = stage.run(words).fails(125);
        assert!(said.contains("--json has a form of its own and takes no "), "{words:?}: {said}");
        assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    }
}
