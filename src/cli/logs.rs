//! `box logs`: what containers have said.

use std::io::{self, IsTerminal as _};
use std::sync::Mutex;

use jiff::Timestamp;

use super::options::{maybe, parsed};
use super::personality::{SHORT_N_OF_LOGS, ShortN};
use super::{Globals, print, units};
use crate::container::logs::{Entry, Selection, Stream, file, logs};
use crate::container::{self, Container, Status};
use crate::error::{Error, Result};

/// Show the output of containers
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    options: LogOptions,
    /// The container that was created last
    #[arg(short, long, conflicts_with = "containers")]
    latest: bool,
    /// Names or IDs of containers
    #[arg(value_name = "CONTAINER", required_unless_present = "latest")]
    containers: Vec<String>,
}

/// Which part of the output is shown, and how.
#[derive(clap::Args)]
pub struct LogOptions {
    #[command(flatten)]
    period: Period,
    /// Show when each line was said
    #[arg(short, long)]
    timestamps: bool,
    /// Show the names of several containers, not their IDs, before each line
    #[arg(short = SHORT_N_OF_LOGS.side().of(ShortN::Names), long)]
    names: bool,
    /// Show the lines of each of several containers in a colour of its own
    #[arg(long, visible_alias = "colour")]
    color: bool,
    // Docker shows labels with it; a log here has none.
    #[arg(long, hide = true)]
    details: bool,
}

/// Which part of a log is shown.
#[derive(clap::Args)]
pub struct Period {
    /// Go on until the containers end
    #[arg(short, long)]
    follow: bool,
    /// Show only the last lines
    #[arg(
        short = SHORT_N_OF_LOGS.side().of(ShortN::Tail),
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
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

impl Period {
    pub fn selection(&self) -> Result<Selection> {
        let now = Timestamp::now();
        Ok(Selection {
            tail: parsed("--tail", &self.tail, tail)?,
            since: maybe("--since", &self.since, |text| units::moment(text, now))?,
            until: maybe("--until", &self.until, |text| units::last_moment(text, now))?,
            follow: self.follow,
        })
    }
}

pub fn run(args: Args, globals: &Globals) -> Result<u8> {
    let store = globals.store()?;
    let containers = match args.latest {
        true => vec![container::latest(&store)?],
        false => args.containers.iter().map(|name| container::find(&store, name)).collect::<Result<_>>()?,
    };
    show(&containers, &args.options).map(|()| 0)
}

/// Shows what several containers have said.
pub fn show(containers: &[Container], args: &LogOptions) -> Result<()> {
    containers.iter().try_for_each(check)?;
    let selection = args.period.selection()?;
    let output = Mutex::new(Output::default());
    let shown = |(number, container): (usize, &Container)| {
        let mut shape = Shape::new(args, containers.len() > 1, number, container);
        let mut written = Ok(());
        logs(container, &selection, |entries| {
            let mut output = output.lock().expect("nobody panics while writing");
            written = entries
                .iter()
                .try_for_each(|entry| output.room_for(entry.stream).map(|lines| shape.write(entry, lines)))
                .and_then(|()| output.flush());
            written.is_ok() && !output.is_closed
        })?;
        written
    };
    let mut numbered = containers.iter().enumerate();
    match selection.follow {
        false => numbered.try_for_each(shown)?,
        true => std::thread::scope(|scope| {
            let shown = &shown;
            let following: Vec<_> = numbered.map(|container| scope.spawn(move || shown(container))).collect();
            following.into_iter().try_for_each(|one| one.join().expect("following does not panic"))
        })?,
    }
    Ok(())
}

/// An error for a container without a log, a warning for one whose log misses something.
fn check(container: &Container) -> Result<()> {
    let record = &container.record;
    let log = &record.settings.log;
    if !log.driver.keeps() {
        return Err(Error::new(format!("container `{}` keeps no log", record.name))
            .with_hint(format!("it was made with --log-driver {}", log.driver.name())));
    }
    let is_missing = file(log, &container.dir).is_some_and(|path| !path.exists());
    if is_missing && !matches!(container.status()?, Status::Created) {
        print::warning(format_args!(
            "`{}` has run attached: its output went to its caller and is not kept",
            record.name
        ));
    }
    Ok(())
}

/// Everything for `all` and for what is below zero.
fn tail(text: &str) -> Result<Option<usize>> {
    match text.parse::<i64>() {
        Ok(number) => Ok(usize::try_from(number).ok()),
        Err(_) if text == "all" => Ok(None),
        Err(_) => Err(Error::usage("expected a number of lines, or `all`")),
    }
}

/// How the lines of one container look.
struct Shape {
    timestamps: bool,
    /// Whose line it is, where there are several containers.
    whose: String,
    /// What begins and ends a colour.
    colour: Option<[String; 2]>,
    /// For each stream, whether its last entry was a part of a line.
    goes_on: [bool; 2],
}

impl Shape {
    fn new(args: &LogOptions, is_one_of_many: bool, number: usize, container: &Container) -> Shape {
        let name = if args.names { &container.record.name } else { container.short_id() };
        let whose = if is_one_of_many { format!("{name} ") } else { String::new() };
        let is_coloured = args.color && io::stdout().is_terminal() && print::wants_colour();
        // The six colours that are neither black nor white.
        let colour = is_coloured.then(|| [format!("\x1b[{}m", 31 + number % 6), "\x1b[0m".to_owned()]);
        Shape { timestamps: args.timestamps, whose, colour, goes_on: [false; 2] }
    }

    /// Adds the line of an entry.
    fn write(&mut self, entry: &Entry, lines: &mut Vec<u8>) {
        let ends = entry.text.ends_with(b"\n");
        let begins = !std::mem::replace(&mut self.goes_on[entry.stream as usize], !ends);
        let [on, off] = self.colour.as_ref().map_or([""; 2], |[on, off]| [on, off]);
        lines.extend_from_slice(on.as_bytes());
        if begins {
            lines.extend_from_slice(self.whose.as_bytes());
            if self.timestamps {
                lines.extend_from_slice(entry.time.as_bytes());
                lines.push(b' ');
            }
        }
        let text = entry.text.strip_suffix(b"\n").unwrap_or(&entry.text);
        lines.extend_from_slice(text);
        lines.extend_from_slice(off.as_bytes());
        lines.extend_from_slice(if ends { b"\n" } else { b"" });
    }
}

/// Each stream goes to its own. What goes to one is gathered; before the other it is written, so that whoever sees both
/// sees them in order.
#[derive(Default)]
struct Output {
    gathered: Vec<u8>,
    is_errors: bool,
    /// Nobody reads any more.
    is_closed: bool,
}

const GATHERED_BYTES: usize = 64 * 1024;

impl Output {
    /// Where a line of this stream is gathered.
    fn room_for(&mut self, stream: Stream) -> Result<&mut Vec<u8>> {
        let is_errors = stream == Stream::Errors;
        if is_errors != self.is_errors || self.gathered.len() >= GATHERED_BYTES {
            self.flush()?;
            self.is_errors = is_errors;
        }
        Ok(&mut self.gathered)
    }

    fn flush(&mut self) -> Result<()> {
        let written = match self.is_errors {
            _ if self.gathered.is_empty() => Ok(()),
            true => print::raw(&mut io::stderr().lock(), &self.gathered),
            false => print::raw(&mut io::stdout().lock(), &self.gathered),
        };
        self.gathered.clear();
        self.is_closed |= written.is_err();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stream: Stream, text: &str) -> Entry<'_> {
        Entry { time: "T".into(), stream, text: text.as_bytes().into() }
    }

    fn shown(shape: &mut Shape, stream: Stream, text: &str) -> String {
        let mut lines = Vec::new();
        shape.write(&entry(stream, text), &mut lines);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn each_line_has_one_beginning() {
        let mut shape = Shape { timestamps: true, whose: "web ".to_owned(), colour: None, goes_on: [false; 2] };
        assert_eq!(shown(&mut shape, Stream::Output, "begin, "), "web T begin, ");
        assert_eq!(shown(&mut shape, Stream::Errors, "error\n"), "web T error\n");
        assert_eq!(shown(&mut shape, Stream::Output, "end\n"), "end\n");
        assert_eq!(shown(&mut shape, Stream::Output, "\n"), "web T \n");
    }

    #[test]
    fn a_colour_ends_before_the_line_does() {
        let colour = Some(["<".to_owned(), ">".to_owned()]);
        let mut shape = Shape { timestamps: false, whose: "a ".to_owned(), colour, goes_on: [false; 2] };
        assert_eq!(shown(&mut shape, Stream::Output, "x\n"), "<a x>\n");
        assert_eq!(shown(&mut shape, Stream::Output, "part"), "<a part>");
    }

    #[test]
    fn the_tail_is_a_number_or_all() {
        assert_eq!(tail("7").unwrap(), Some(7));
        assert_eq!((tail("all").unwrap(), tail("-1").unwrap()), (None, None));
        assert!(tail("few").is_err());
    }
}
