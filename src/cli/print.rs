//! The only place that prints: results to standard output, everything else to standard error.
//!
//! Whatever passes through here may come from an image, a registry or a container, so control characters are shown and
//! not sent: no text from outside moves the cursor or talks to the terminal. The bytes of a payload are no text of
//! ours; [`raw`] passes them on as they are.

use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Error, Kind, Result};

/// What is said besides results and errors (`--log-level`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    #[default]
    Warning,
    Debug,
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Warning as u8);

/// Sets what is said from here on, for the whole process.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Writes one line of result.
pub fn line(text: impl Display) -> Result<()> {
    block(&format!("{text}\n"))
}

/// Has the next result stand at the top of the terminal, if there is one: home, and clear what is below, without a
/// flicker of what was there.
pub fn clear() -> Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() { raw(&mut out, b"\x1b[H\x1b[J") } else { Ok(()) }
}

/// Writes a result of many lines that brings its own line ends.
pub fn block(text: &str) -> Result<()> {
    raw(&mut io::stdout().lock(), escape(text).as_bytes())
}

/// Passes bytes of a payload on as they are.
///
/// Nobody reading any more is no failure of ours: the error is what SIGPIPE would have done, and is reported silently.
pub fn raw(stream: &mut impl Write, bytes: &[u8]) -> Result<()> {
    match stream.write_all(bytes).and_then(|()| stream.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Error::new("nobody reads the output").of_kind(Kind::Interrupted(libc::SIGPIPE as u8)))
        }
        Err(error) => Err(Error::from(error).while_doing("write the output")),
    }
}

/// Reports why the command ends without having done what was asked.
pub fn error(error: &Error) {
    // Who interrupted the command knows why; a message would only litter the end of a pipeline.
    if !matches!(error.kind, Kind::Interrupted(_)) {
        let colour = Style::of_stderr();
        say(&report(error, colour));
    }
}

/// Says what the user should know although the command goes on.
pub fn warning(text: impl Display) {
    if LEVEL.load(Ordering::Relaxed) >= Level::Warning as u8 {
        say(&format!("{}\n", labelled("warning: ", &text.to_string(), Style::of_stderr(), "33")));
    }
}

/// Says how the work goes; for people, never for programs.
pub fn note(text: impl Display) {
    say(&format!("{}\n", escape(&text.to_string())));
}

/// Asks for something that is typed on the same line.
pub fn prompt(text: impl Display) {
    say(&escape(&text.to_string()));
}

/// Says what helps whoever looks for the reason of something (`--log-level debug`).
pub fn debug(text: impl Display) {
    if LEVEL.load(Ordering::Relaxed) >= Level::Debug as u8 {
        note(format_args!("debug: {text}"));
    }
}

/// Writes text to standard error in one call, so that lines of several processes do not mix.
fn say(text: &str) {
    // With standard error gone there is nobody left to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether the reader is a terminal that wants colours (https://no-color.org).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Coloured,
}

impl Style {
    fn of_stderr() -> Style {
        if wants_colour() && io::stderr().is_terminal() { Style::Coloured } else { Style::Plain }
    }
}

/// Whether colours are wanted on a terminal.
pub fn wants_colour() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// ``box: start container `web`: no such device`` and, on its own line, `hint: …`.
fn report(error: &Error, style: Style) -> String {
    let mut text = labelled("box: ", &error.to_string(), style, "31");
    if let Some(hint) = &error.hint {
        let _ = write!(text, "\n{}", labelled("hint: ", hint, style, "36")); // writing to a string succeeds
    }
    text.push('\n');
    text
}

fn labelled(label: &str, text: &str, style: Style, colour: &str) -> String {
    match style {
        Style::Plain => format!("{label}{}", escape(text)),
        Style::Coloured => format!("\x1b[1;{colour}m{label}\x1b[0m{}", escape(text)),
    }
}

/// Shows control characters instead of sending them, in the one notation that is also valid inside JSON strings.
pub fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            character if character.is_control() => {
                let _ = write!(shown, "\\u{:04x}", u32::from(character)); // writing to a string succeeds
            }
            character => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_talk_to_the_terminal() {
        assert_eq!(escape("a\tb\nc"), "a\tb\nc");
        assert_eq!(escape("\x1b]0;owned\x07\r\u{9b}2J\x7f"), "\\u001b]0;owned\\u0007\\u000d\\u009b2J\\u007f");
        assert_eq!(escape("naïve 箱"), "naïve 箱");
    }

    #[test]
    fn an_error_is_two_lines_the_second_says_what_to_do() {
        let error = Error::absent("image", "x\x1b").while_doing("create container").with_hint("run `box pull x`");
        let text = "box: create container: no such image `x\\u001b`\nhint: run `box pull x`\n";
        assert_eq!(report(&error, Style::Plain), text);
        assert!(report(&error, Style::Coloured).starts_with("\x1b[1;31mbox: \x1b[0mcreate"));
    }

    #[test]
    fn a_reader_that_went_away_ends_the_command_silently() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(libc::EPIPE))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(raw(&mut Gone, b"x").unwrap_err().kind.exit_code(), 141);
    }
}
