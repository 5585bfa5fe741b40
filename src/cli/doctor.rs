//! `box doctor`: what this machine offers to containers, tried, and what mends what is missing.

use std::fmt::Write;

use super::json::{self, JsonOption};
use super::{Globals, print};
use crate::doctor::{self, Finding, State};
use crate::error::Result;

/// Try what this machine offers to containers, and say what mends it
///
/// Ends with 0 where containers can run, and with 1 where they cannot.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    json: JsonOption,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let findings = doctor::examine(&globals.store());
    match args.json.instead_of(&[])? {
        true => json::print_list(&findings.iter().map(entry).collect::<Vec<_>>())?,
        false => print::block(&shown(&findings))?,
    }
    Ok(u8::from(!doctor::can_run(&findings)))
}

/// What `--json` says of an ability.
fn entry(finding: &Finding) -> json::Finding {
    json::Finding {
        name: finding.name,
        state: match finding.state {
            State::Works => "works",
            State::Reduced => "reduced",
            State::Missing => "missing",
        },
        found: finding.found.clone(),
        without: finding.without,
        user: finding.user.clone(),
        administrator: finding.administrator.clone(),
    }
}

fn shown(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments| {
        let _ = writeln!(text, "{}", print::escape(&line.to_string())); // Writing to a String does not fail.
    };
    for finding in findings {
        let mark = match finding.state {
            State::Works => "ok     ",
            State::Reduced => "reduced",
            State::Missing => "missing",
        };
        line(format_args!("{mark}  {:width$}  {}", finding.name, finding.found));
        if !finding.without.is_empty() {
            line(format_args!("         without it: {}", finding.without));
        }
        for command in &finding.user {
            line(format_args!("         you:        {command}"));
        }
        for (number, command) in finding.administrator.iter().flat_map(|command| command.lines()).enumerate() {
            line(format_args!("         {}{command}", if number == 0 { "as root:    " } else { "            " }));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_for_root_stand_in_one_block() {
        let finding = Finding {
            name: "network",
            state: State::Reduced,
            found: "no tun".to_owned(),
            without: "only loopback",
            user: vec![],
            administrator: vec!["one".to_owned(), "two\nthree".to_owned()],
        };
        let expected = [
            "reduced  network  no tun",
            "         without it: only loopback",
            "         as root:    one",
            "                     two",
            "                     three",
        ];
        assert_eq!(shown(&[finding]).lines().collect::<Vec<_>>(), expected);
    }
}
