//! `--help` of every command, and what is made from the tree of commands: man pages and completions.
//!
//! `BOX_UPDATE_SNAPSHOTS=1 cargo test --test it help` writes the snapshots, the man pages and the completions anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixture::{Stage, installed, say_skipped, source_dir};

/// Commands below a noun whose first names are spelled otherwise: `ps`, `images`, `rmi`.
const SECOND_NAMES: &[&str] = &["container ls", "image ls", "image rm"];

#[test]
fn help_of_every_command_is_as_reviewed() {
    let stage = Stage::new();
    let pages = help_pages(&stage, &[]);
    let pages = pages.into_iter().map(|(words, text)| {
        let name = if words.is_empty() { "box".to_owned() } else { words.join("-") };
        (PathBuf::from(name + ".txt"), text.into_bytes())
    });
    compare("tests/it/snapshots/help", &pages.collect());
}

#[test]
fn what_differs_by_name_is_listed() {
    let listed = Stage::new().run(&["help", "personalities"]).ok();
    assert!(listed.lines().any(|line| line.starts_with("WHAT") && line.ends_with("docker")), "{listed}");
    assert!(listed.contains("die, destroy"), "{listed}");
}

#[test]
fn man_pages_and_completions_are_fresh() {
    let stage = Stage::new();
    let made = stage.home().join("made");
    stage.run(&["docs", made.to_str().expect("is UTF-8")]).ok();
    for directory in ["man", "completions"] {
        compare(directory, &files(&made.join(directory)));
    }
}

#[test]
fn pages_written_by_hand_are_well_formed() {
    if let Err(reason) = installed("groff") {
        return say_skipped(&reason);
    }
    for page in fs::read_dir(source_dir().join("man")).unwrap().map(|entry| entry.unwrap().path()) {
        if !is_made(&page) {
            let output = Command::new("groff").args(["-man", "-ww", "-z", "-Tutf8"]).arg(&page).output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{}: {output:?}", page.display());
        }
    }
}

#[test]
fn every_command_has_a_test_a_man_page_and_completions() {
    let stage = Stage::new();
    let completions = source_dir().join("completions");
    let completions = ["box.bash", "_box", "box.fish"].map(|file| fs::read_to_string(completions.join(file)));
    let mut missing = Vec::new();
    for (words, _) in help_pages(&stage, &[]).iter().filter(|(words, _)| !words.is_empty()) {
        let command = words.join(" ");
        if !source_dir().join(format!("man/box-{}.1", words.join("-"))).exists() {
            missing.push(format!("`box {command}` has no man page"));
        }
        let last = words.last().expect("is not empty");
        if !completions.iter().all(|text| text.as_ref().is_ok_and(|text| text.contains(last))) {
            missing.push(format!("`box {command}` is not completed by every shell"));
        }
        // `container ls` is a second name of `ps`, and tested as that; what only a noun has is tested with the noun.
        let has_test = |name: &str| source_dir().join(format!("tests/it/{}.rs", name.replace('-', "_"))).exists();
        let noun = help_pages(&stage, words).len() > 1;
        if !noun && !has_test(last) && !has_test(&words[0]) && !SECOND_NAMES.contains(&command.as_str()) {
            missing.push(format!("`box {command}` has no tests/it/{}.rs", words[0]));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// The help of `words` and of all commands below, by command words.
fn help_pages(stage: &Stage, words: &[String]) -> Vec<(Vec<String>, String)> {
    let mut asked: Vec<&str> = words.iter().map(String::as_str).collect();
    asked.push("--help");
    let text = stage.run(&asked).ok() + "\n";
    let mut pages = vec![(words.to_vec(), text.clone())];
    for name in commands_in(&text) {
        pages.extend(help_pages(stage, &[words, &[name]].concat()));
    }
    pages
}

fn commands_in(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Fails where `directory` of the checkout is not what `made` says; or makes it so, when asked to.
fn compare(directory: &str, made: &BTreeMap<PathBuf, Vec<u8>>) {
    let place = source_dir().join(directory);
    if std::env::var_os("BOX_UPDATE_SNAPSHOTS").is_some() {
        for name in files(&place).keys() {
            fs::remove_file(place.join(name)).expect("the checkout can be written");
        }
        fs::create_dir_all(&place).expect("the checkout can be written");
        for (name, text) in made {
            fs::write(place.join(name), text).expect("the checkout can be written");
        }
    }
    let kept = files(&place);
    let names = kept.keys().chain(made.keys()).collect::<std::collections::BTreeSet<_>>();
    let stale: Vec<String> = names
        .into_iter()
        .filter(|name| kept.get(*name) != made.get(*name))
        .map(|name| format!("{directory}/{}", name.display()))
        .collect();
    let hint = "BOX_UPDATE_SNAPSHOTS=1 cargo test --test it help";
    assert!(stale.is_empty(), "stale, missing or left over: {}\nhint: {hint}", stale.join(" "));
}

/// What is made; beside it stand pages that are written by hand.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().filter(|entry| is_made(&entry.path()));
    entries.map(|entry| (entry.file_name().into(), fs::read(entry.path()).expect("can be read"))).collect()
}

/// Pages about a subject (man5, man7) are written by hand, those of commands (man1) are made.
fn is_made(path: &Path) -> bool {
    !path.extension().is_some_and(|section| section == "5" || section == "7")
}

#[test]
fn a_command_that_others_have_says_what_there_is_instead() {
    let stage = Stage::shared();
    assert!(stage.run(&["build", "."]).fails(125).contains("`box load`"));
    assert!(stage.run(&["container", "mount", "x"]).fails(125).contains("`box cp`"));
    assert!(stage.run(&["nonsense"]).fails(125).contains("unrecognized subcommand"));
}
