//! `box docs`: man pages and completions, made from the tree of commands.
//!
//! The pages are checked in, for packagers and for people who read the repository; a test sees when they are stale.
//! Pages about a subject (man5, man7) stand beside them and are written by hand; box-json(7) is made from the documents
//! themselves.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, whole_tree};
use crate::error::{During as _, Result};

/// Write man pages and completions into a directory
#[derive(clap::Args)]
pub struct Args {
    /// The directory, which gets `man/` and `completions/`
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub fn run(args: Args) -> Result<u8> {
    for (path, text) in pages() {
        let path = args.directory.join(path);
        write(&path, &text).during(|| format!("write `{}`", path.display()))?;
    }
    Ok(0)
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    std::fs::create_dir_all(path.parent().expect("a page stands in a directory"))?;
    Ok(std::fs::write(path, text)?)
}

/// Every page with its path below the directory of the package.
fn pages() -> Vec<(PathBuf, Vec<u8>)> {
    let mut pages = Vec::new();
    for (shell, file) in [(Shell::Bash, "box.bash"), (Shell::Zsh, "_box"), (Shell::Fish, "box.fish")] {
        pages.push((Path::new("completions").join(file), completion(shell).into_bytes()));
    }
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    add_man_pages(&command, &mut pages);
    pages.push((Path::new("man").join("box-json.7"), super::json::page().into_bytes()));
    pages
}

/// What this shell completes command lines by.
pub fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut unbuilt(&whole_tree()), "box", &mut text);
    String::from_utf8(text).expect("it is made of texts")
}

/// The same tree before it was built, as far as completions tell of it. What completes `box help` is made of the
/// branches when a tree is built, and would lack those that are made only then.
fn unbuilt(built: &clap::Command) -> clap::Command {
    let mut tree = clap::Command::new(built.get_name().to_owned())
        .visible_aliases(built.get_visible_aliases().map(str::to_owned))
        .disable_version_flag(true)
        .disable_help_flag(true)
        .subcommand_required(built.is_subcommand_required_set())
        .hide(built.is_hide_set())
        .args(built.get_arguments())
        .groups(built.get_groups())
        .subcommands(built.get_subcommands().filter(|branch| branch.get_name() != "help").map(unbuilt));
    if let Some(about) = built.get_about() {
        tree = tree.about(about.clone());
    }
    match built.get_version() {
        Some(version) => tree.version(version.to_owned()),
        None => tree,
    }
}

/// One page per command, `box-container-ls.1` for `box container ls`, as git and Podman name them.
fn add_man_pages(command: &clap::Command, pages: &mut Vec<(PathBuf, Vec<u8>)>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut text = Vec::new();
    // The page has the name for its title; no date and no version, which would make it stale by itself.
    let page = clap_mangen::Man::new(command.clone()).title(&name).source("box").manual("box manual").date("");
    page.render(&mut text).expect("writing to memory succeeds");
    pages.push((Path::new("man").join(format!("{name}.1")), text));
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        add_man_pages(subcommand, pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn man_pages_and_completions_are_fresh() {
        // Where the tests run as another user, the checkout may be closed to him, and a copy of the sources is named.
        let package = std::env::var_os("BOX_TEST_SOURCE").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let package = Path::new(&package);
        let pages = pages();
        let stale: Vec<_> = pages
            .iter()
            .filter(|(path, text)| std::fs::read(package.join(path)).ok().as_deref() != Some(text))
            .collect();
        let expected: std::collections::BTreeSet<_> = pages.iter().map(|(path, _)| package.join(path)).collect();
        let left_over: Vec<_> = ["man", "completions"]
            .iter()
            .flat_map(|directory| std::fs::read_dir(package.join(directory)).into_iter().flatten())
            .map(|entry| entry.unwrap().path())
            .filter(|path| !expected.contains(path) && !path.extension().is_some_and(|e| e == "5" || e == "7"))
            .collect();
        assert!(
            stale.is_empty() && left_over.is_empty(),
            "stale: {:?}, left over: {left_over:?}; run `cargo run -- docs .` and remove what is left over",
            stale.iter().map(|(path, _)| path).collect::<Vec<_>>()
        );
    }
}
