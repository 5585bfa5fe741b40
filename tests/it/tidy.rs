//! The house rules that a machine can check, so that no reviewer has to.
//!
//! `src/lib.rs` is the map: the order of its `pub mod` lines and the word *independent* above a group say who may
//! import whom. The rest is listed in [`faults`]. A place that has to break a rule is named in [`EXCEPTIONS`] with its
//! reason, and the list only ever shrinks: an exception that is no longer needed fails the test as well.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fixture::source_dir;

/// (file, rule, why this place breaks it)
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

const GRAB_BAGS: &[&str] = &["utils", "util", "helpers", "helper", "common", "types", "manager", "impl", "misc"];
const PRINTERS: &[&str] = &["println!", "eprintln!", "print!", "eprint!", "dbg!"];
const WIDTH: usize = 120;

#[test]
fn the_house_rules_are_kept() {
    let found = faults(&source_dir());
    let excepted = |fault: &Fault| EXCEPTIONS.iter().any(|(file, rule, _)| *file == fault.file && *rule == fault.rule);
    let broken: Vec<String> = found.iter().filter(|fault| !excepted(fault)).map(Fault::to_string).collect();
    let unneeded: Vec<String> = EXCEPTIONS
        .iter()
        .filter(|(file, rule, _)| !found.iter().any(|fault| fault.file == *file && fault.rule == *rule))
        .map(|(file, rule, _)| format!("{file}: keeps rule `{rule}`: take it off the list of exceptions"))
        .collect();
    assert!(broken.is_empty() && unneeded.is_empty(), "\n{}\n", [broken, unneeded].concat().join("\n"));
}

#[derive(Debug, PartialEq)]
struct Fault {
    file: String,
    line: usize,
    rule: &'static str,
    what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.rule, self.what)
    }
}

fn faults(top: &Path) -> Vec<Fault> {
    let map = Map::read(&fs::read_to_string(top.join("src/lib.rs")).expect("src/lib.rs is there"));
    let mut faults = Vec::new();
    for path in rust_files(top, "src").into_iter().chain(rust_files(top, "tests")).chain(rust_files(top, "benches")) {
        let text = fs::read_to_string(top.join(&path)).expect("a source file is UTF-8 text");
        check_file(&map, path.to_str().expect("names are UTF-8"), &text, &mut faults);
    }
    check_rooms(&map, top, &mut faults);
    check_test_modules(top, &mut faults);
    faults
}

/// Every rule that looks at one file only.
fn check_file(map: &Map, file: &str, text: &str, faults: &mut Vec<Fault>) {
    let code = code_of(text);
    // Tests stand last in a file; they may print why they skip.
    // Tests that fill a file of their own are named `tests.rs`.
    let product = if file.ends_with("/tests.rs") { "" } else { code.split("#[cfg(test)]\nmod ").next().unwrap_or("") };
    let in_src = file.starts_with("src/");
    let mut fault = |line: usize, rule, what: String| faults.push(Fault { file: file.to_owned(), line, rule, what });

    if !text.starts_with("//!") {
        fault(1, "header", "begins without a module header (`//!`)".into());
    }
    for part in Path::new(file).with_extension("").iter().filter_map(|part| part.to_str()) {
        if GRAB_BAGS.contains(&part) {
            fault(1, "name", format!("`{part}` says nothing about what is inside"));
        }
    }
    for (number, line) in text.lines().enumerate() {
        if line.chars().count() > WIDTH {
            fault(number + 1, "width", format!("is wider than {WIDTH} characters"));
        }
        // Spelled in two pieces, or this line would accuse itself.
        if line.contains(concat!("FIX", "ME")) {
            fault(number + 1, "fixme", "has to be done before it is merged".into());
        }
    }
    for (number, line) in product.lines().enumerate() {
        let printer = PRINTERS.iter().find(|printer| has_word(line, printer));
        if let (true, true, Some(printer)) = (in_src, file != "src/cli/print.rs", printer) {
            fault(number + 1, "print", format!("`{printer}`: only src/cli/print.rs prints"));
        }
    }
    for (number, line) in code.lines().enumerate() {
        if in_src && !file.starts_with("src/sys/") && has_word(line, "unsafe") {
            fault(number + 1, "unsafe", "only src/sys/ holds unsafe code".into());
        }
    }
    if let (true, Some(room)) = (in_src, room_of(file)) {
        for (line, target) in imports(&code) {
            if let Some(why) = map.refuses(room, &target) {
                fault(line, "map", why);
            }
        }
    }
}

/// Rooms and map agree.
fn check_rooms(map: &Map, top: &Path, faults: &mut Vec<Fault>) {
    let rooms: BTreeSet<String> =
        rust_files(top, "src").iter().filter_map(|path| room_of(path.to_str()?).map(str::to_owned)).collect();
    for room in rooms.iter().filter(|room| map.place(room).is_none()) {
        let what = format!("room `{room}` is not on the map");
        faults.push(Fault { file: "src/lib.rs".into(), line: 1, rule: "map", what });
    }
}

/// A test file that nobody compiles tests nothing.
fn check_test_modules(top: &Path, faults: &mut Vec<Fault>) {
    let main = code_of(&fs::read_to_string(top.join("tests/it/main.rs")).expect("tests/it/main.rs is there"));
    for path in rust_files(top, "tests/it").iter().filter(|path| path.components().count() == 3) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("names are UTF-8");
        if stem != "main" && !main.contains(&format!("mod {stem};")) {
            let what = "is not a module of tests/it/main.rs".into();
            faults.push(Fault { file: path.display().to_string(), line: 1, rule: "forgotten", what });
        }
    }
}

/// The rooms in the order of `src/lib.rs`, each with the group that it stands in.
struct Map {
    rooms: Vec<(String, usize)>,
    groups: Vec<(String, bool)>,
}

impl Map {
    /// A group begins with a comment of the form `// NAME: ...` or `// NAME (independent): ...`.
    fn read(lib: &str) -> Map {
        let mut map = Map { rooms: Vec::new(), groups: Vec::new() };
        for line in lib.lines() {
            if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
                assert!(!map.groups.is_empty(), "src/lib.rs: `{name}` stands in no group");
                map.rooms.push((name.to_owned(), map.groups.len() - 1));
            } else if let Some((title, _)) = line.strip_prefix("// ").and_then(|rest| rest.split_once(':')) {
                let name = title.trim_end_matches(" (independent)");
                if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == ' ') {
                    map.groups.push((name.to_owned(), name != title));
                }
            }
        }
        assert!(map.rooms.len() > 10, "src/lib.rs reads like a map");
        map
    }

    fn place(&self, room: &str) -> Option<usize> {
        self.rooms.iter().position(|(name, _)| name == room)
    }

    /// Why `room` may not import `target`, if it may not.
    fn refuses(&self, room: &str, target: &str) -> Option<String> {
        let (from, to) = (self.place(room)?, self.place(target)?);
        let (from_group, to_group) = (self.rooms[from].1, self.rooms[to].1);
        if to < from {
            Some(format!("`{room}` imports `{target}`, which stands above it"))
        } else if from != to && from_group == to_group && self.groups[from_group].1 {
            let group = &self.groups[from_group].0;
            Some(format!("`{room}` imports `{target}`, but the {group} do not know each other"))
        } else {
            None
        }
    }
}

/// `src/store/names.rs` -> `store`; `src/error.rs` -> `error`; nothing for the two roots.
fn room_of(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("src/")?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(room, "lib" | "main")).then_some(room)
}

/// The first names of every path that begins with `crate::`, in `use` lines and elsewhere, with their line numbers.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        if code[..start].ends_with(is_word) {
            continue;
        }
        let line = code[..start].matches('\n').count() + 1;
        let rest = code[start + "crate::".len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(list) => found.extend(first_names(list).into_iter().map(|name| (line, name))),
            None => found.push((line, rest.chars().take_while(|&letter| is_word(letter)).collect())),
        }
    }
    found
}

/// The first name of each item of a `use` list up to its closing brace: `a, b::{c, d}, e as f}` -> a, b, e.
fn first_names(list: &str) -> Vec<String> {
    let (mut names, mut name, mut depth, mut fresh) = (Vec::new(), String::new(), 0, true);
    for letter in list.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => (names.push(std::mem::take(&mut name)), fresh = true).1,
            letter if depth == 0 && fresh && is_word(letter) => name.push(letter),
            letter if letter.is_whitespace() && name.is_empty() => {}
            _ => fresh = depth == 0 && fresh && name.is_empty(),
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let end = &line[start + word.len()..];
        !line[..start].ends_with(is_word) && (word.ends_with('!') || !end.starts_with(is_word))
    })
}

/// The text with comments and the insides of literals blanked out; every line keeps its number.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            'r' | 'b' | 'c' if !code.ends_with(is_word) => prefixed_literal(rest),
            '\'' => char_literal(rest),
            _ => 0,
        };
        if length == 0 {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    code
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    text.len()
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br#"…"#`, `c"…"`; 0 for a plain word.
fn prefixed_literal(text: &str) -> usize {
    let prefix = text.bytes().take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
    let hashes = text[prefix..].bytes().take_while(|&byte| byte == b'#').count();
    let body = prefix + hashes;
    if !text[body..].starts_with('"') || prefix > 2 {
        0
    } else if text[..prefix].contains('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        text[body + 1..].find(&end).map_or(text.len(), |at| body + 1 + at + end.len())
    } else if hashes == 0 {
        body + quoted(&text[body..])
    } else {
        0
    }
}

/// A lifetime has no closing quote where a character has one.
fn char_literal(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some(_)) => text[3..].find('\'').map_or(0, |at| at + 4),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// All `.rs` files below `top/folder`, as paths below `top`, in order.
fn rust_files(top: &Path, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(top.join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// A small map, and what the rules say about `text` in `file` of such a house.
fn rules_broken(file: &str, text: &str) -> Vec<&'static str> {
    let lib = "// TOP (independent): x\npub mod cli;\npub mod monitor;\n// MIDDLE: x\npub mod image;\npub mod layer;\n\
               // GROUND: x\npub mod a;\npub mod b;\npub mod c;\npub mod d;\npub mod e;\npub mod sys;\n\
               pub mod error;\n";
    let mut faults = Vec::new();
    check_file(&Map::read(lib), file, text, &mut faults);
    faults.into_iter().map(|fault| fault.rule).collect()
}

#[test]
fn an_import_upward_or_sideways_is_seen_in_every_spelling() {
    for bad in [
        "use crate::cli::run;",
        "use crate::{error, image::pull};",
        "use crate::{\n    error::{Error, During},\n    cli,\n};",
        "fn f() { crate::image::pull() }",
        "pub(crate) use crate::monitor as m;",
    ] {
        assert_eq!(rules_broken("src/layer/unpack.rs", &format!("//! X.\n{bad}\n")), ["map"], "{bad}");
    }
    assert_eq!(rules_broken("src/cli/run.rs", "//! X.\nuse crate::monitor::relay;\n"), ["map"], "sideways");
    for good in [
        "use crate::error::{Error, During};",
        "use crate::{Error, sys, layer::whiteout};",
        "// use crate::cli;",
        "const X: &str = \"crate::cli\";",
        "const X: &str = r#\"\"crate::cli\"#;",
        "use mycrate::cli;",
    ] {
        assert_eq!(rules_broken("src/layer/unpack.rs", &format!("//! X.\n{good}\n")), [] as [&str; 0], "{good}");
    }
}

#[test]
fn each_rule_catches_what_it_is_for() {
    for (rule, file, text) in [
        ("header", "src/layer/mod.rs", "pub mod unpack;\n"),
        ("name", "src/layer/utils.rs", "//! X.\n"),
        ("name", "src/helpers/mod.rs", "//! X.\n"),
        ("print", "src/layer/mod.rs", "//! X.\nfn f() { println!(\"x\") }\n"),
        ("print", "src/cli/run.rs", "//! X.\nfn f() { std::eprintln!(\"x\") }\n"),
        ("unsafe", "src/layer/mod.rs", "//! X.\nfn f() { let x = '\"'; unsafe { g() } }\n"),
        ("fixme", "tests/it/run.rs", concat!("//! X.\n// FIX", "ME\n")),
    ] {
        assert_eq!(rules_broken(file, text), [rule], "{file}: {text}");
    }
    for (file, text) in [
        ("src/cli/print.rs", "//! X.\nfn f() { println!(\"x\") }\n"),
        ("src/layer/mod.rs", "//! X.\n#[cfg(test)]\nmod tests { fn f() { eprintln!(\"skipped\") } }\n"),
        ("src/sys/clone.rs", "//! X.\nfn f<'a>(x: &'a str) { unsafe { g() } }\n"),
        ("src/layer/mod.rs", "//! X.\n// unsafe println!\nfn f() { g(\"unsafe \\\" println!\", '\\'') }\n"),
    ] {
        assert_eq!(rules_broken(file, text), [] as [&str; 0], "{file}: {text}");
    }
}
