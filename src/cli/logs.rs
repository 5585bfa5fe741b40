//! `box logs`: what a container has said.

use std::io;

use jiff::Timestamp;

use super::options::maybe;
use super::selection::find_one;
use super::{Globals, print, units};
use crate::container::Status;
use crate::container::logs::{Entry, Selection, log_path, logs};
use crate::error::{Error, Result};
use crate::settings::LogDriver;

/// Show the output of a container
#[derive(clap::Args)]
pub struct Args {
    /// Go on until the container ends
    #[arg(short, long)]
    follow: bool,
    /// Show only the last lines
    #[arg(
        long,
        value_name = "NUMBER|all",
        default_value = "all",
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    tail: String,
    /// Show only what was said after this moment: a time, or so long ago (10m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Show only what was said before this moment
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Show when each line was said
    #[arg(short, long)]
    timestamps: bool,
    // Docker shows labels with it; a log here has none.
    #[arg(long, hide = true)]
    details: bool,
    /// The container that was created last
    #[arg(short, long)]
    latest: bool,
    /// Name or ID of the container
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let container = find_one(&globals.store()?, args.container.as_deref(), args.latest)?;
    let record = &container.record;
    if record.settings.log.driver != LogDriver::K8sFile {
        return Err(
            Error::new(format!("container `{}` keeps no log", record.name)).with_hint("it was made with --log-driver")
        );
    }
    if !log_path(&container).exists() && !matches!(container.status()?, Status::Created) {
        print::warning(format_args!(
            "`{}` has run attached: its output went to its caller and is not kept",
            record.name
        ));
    }
    let now = Timestamp::now();
    let selection = Selection {
        tail: super::options::parsed("--tail", &args.tail, tail)?,
        since: maybe("--since", &args.since, |text| units::moment(text, now))?,
        until: maybe("--until", &args.until, |text| units::moment(text, now))?,
        follow: args.follow,
    };
    let mut output = Output { timestamps: args.timestamps, goes_on: [false; 2] };
    let mut written = Ok(());
    logs(&container, &selection, |entry| {
        written = output.write(entry);
        written.is_ok()
    })?;
    written.map(|()| 0)
}

/// Everything for `all` and for what is below zero.
fn tail(text: &str) -> Result<Option<usize>> {
    match text.parse::<i64>() {
        Ok(number) => Ok(usize::try_from(number).ok()),
        Err(_) if text == "all" => Ok(None),
        Err(_) => Err(Error::usage("expected a number of lines, or `all`")),
    }
}

/// Where the log goes: each stream to its own.
struct Output {
    timestamps: bool,
    /// For each stream, whether its last entry was a part of a line.
    goes_on: [bool; 2],
}

impl Output {
    fn write(&mut self, entry: &Entry) -> Result<()> {
        let bytes = self.bytes(entry);
        match entry.is_error {
            true => print::raw(&mut io::stderr().lock(), &bytes),
            false => print::raw(&mut io::stdout().lock(), &bytes),
        }
    }

    fn bytes(&mut self, entry: &Entry) -> Vec<u8> {
        let goes_on = &mut self.goes_on[usize::from(entry.is_error)];
        let begins_line = !std::mem::replace(goes_on, !entry.text.ends_with(b"\n"));
        let stamp = if self.timestamps && begins_line { format!("{} ", entry.time) } else { String::new() };
        [stamp.as_bytes(), &entry.text].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_one_timestamp() {
        let mut output = Output { timestamps: true, goes_on: [false; 2] };
        let mut shown = |is_error, text: &str| {
            let entry = Entry { time: "T".to_owned(), is_error, text: text.into() };
            String::from_utf8(output.bytes(&entry)).unwrap()
        };
        assert_eq!(shown(false, "begin, "), "T begin, ");
        assert_eq!(shown(true, "error\n"), "T error\n");
        assert_eq!(shown(false, "end\n"), "end\n");
        assert_eq!(shown(false, "\n"), "T \n");
    }

    #[test]
    fn the_tail_is_a_number_or_all() {
        assert_eq!(tail("7").unwrap(), Some(7));
        assert_eq!((tail("all").unwrap(), tail("-1").unwrap()), (None, None));
        assert!(tail("few").is_err());
    }
}
