//! The user's terminal: raw mode, its size, and the keys that leave a container running.

use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};

use super::personality::{STRAY_TERMINAL, Stray};
use super::print;
use crate::error::{During as _, Error, Kind, Result};

/// As in Docker and Podman.
pub const DETACH_KEYS: &str = "ctrl-p,ctrl-q";

/// Standard input in raw mode: every key goes to the container. What was before returns when this is dropped.
#[derive(Debug)]
pub struct RawMode {
    before: Termios,
}

impl RawMode {
    /// `None`: standard input is no terminal, and there is nothing to change.
    pub fn enter() -> Result<Option<RawMode>> {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Ok(None);
        }
        let enter = || -> nix::Result<RawMode> {
            let before = tcgetattr(&stdin)?;
            let mut raw = before.clone();
            cfmakeraw(&mut raw);
            tcsetattr(&stdin, SetArg::TCSADRAIN, &raw)?;
            Ok(RawMode { before })
        };
        enter().map(Some).during(|| "put the terminal into raw mode")
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before); // A terminal that went away needs no mode.
    }
}

/// An error where a terminal for the program was asked for, and there is none for its input, if the tool by whose name
/// we were called minds.
pub fn check_input(interactive: bool, terminal: bool) -> Result<()> {
    if !(interactive && terminal) || STRAY_TERMINAL.side() == Stray::PassedOver || io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::new("the input device is not a TTY").of_kind(Kind::Refused)).hint(|| "leave out -t, or -i")
}

/// Rows and columns of the terminal on standard output, else on standard input.
pub fn size() -> Option<(u16, u16)> {
    let (stdout, stdin) = (io::stdout(), io::stdin());
    let size = rustix::termios::tcgetwinsize(stdout.as_fd()).or_else(|_| rustix::termios::tcgetwinsize(stdin.as_fd()));
    size.ok().map(|size| (size.ws_row, size.ws_col)).filter(|(rows, columns)| *rows > 0 && *columns > 0)
}

/// Asks on standard error; yes is `y` or `yes`, everything else and the end of input is no.
pub fn confirm(question: &str) -> Result<bool> {
    let answer = ask(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks on standard error; the answer is the next line, without blanks around it.
pub fn ask(question: &str) -> Result<String> {
    print::prompt(question);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).during(|| "read the answer")?;
    Ok(answer.trim().to_owned())
}

/// [`ask`] for what nobody shall see. Keys are read one by one: a ctrl-c must not leave the terminal without echo.
pub fn ask_secret(question: &str) -> Result<String> {
    // Before the question: whoever answers at once types blindly, too.
    let raw = RawMode::enter()?;
    print::prompt(question);
    let mut line = SecretLine::default();
    let mut outcome = None;
    for byte in io::stdin().lock().bytes() {
        outcome = line.press(byte.during(|| "read the answer")?);
        if outcome.is_some() {
            break;
        }
    }
    drop(raw);
    print::prompt("\n");
    match outcome {
        Some(Pressed::Interrupt) => Err(Error::new("interrupted").of_kind(Kind::Interrupted(libc::SIGINT as u8))),
        Some(Pressed::Enter) | None => {
            String::from_utf8(line.typed).map_err(|_| Error::usage("what was typed is not UTF-8"))
        }
    }
}

/// A line that is typed in raw mode.
#[derive(Default)]
struct SecretLine {
    typed: Vec<u8>,
}

#[derive(Debug, PartialEq)]
enum Pressed {
    Enter,
    Interrupt,
}

impl SecretLine {
    fn press(&mut self, key: u8) -> Option<Pressed> {
        const INTERRUPT: u8 = 0x03;
        const END: u8 = 0x04;
        const BACKSPACE: u8 = 0x08;
        const KILL: u8 = 0x15;
        const DELETE: u8 = 0x7f;
        match key {
            b'\r' | b'\n' => return Some(Pressed::Enter),
            INTERRUPT => return Some(Pressed::Interrupt),
            END if self.typed.is_empty() => return Some(Pressed::Enter),
            // All bytes of one character.
            BACKSPACE | DELETE => while self.typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            KILL => self.typed.clear(),
            key => self.typed.push(key),
        }
        None
    }
}

/// Finds the sequence of keys that detaches in what is typed.
///
/// Keys that may begin the sequence are held back until it is clear whether they do: by the next key, or when none has
/// followed for [`DetachKeys::PATIENCE`], so that ctrl-p alone still reaches the shell.
#[derive(Clone, Debug, PartialEq)]
pub struct DetachKeys {
    sequence: Vec<u8>,
    /// So many keys of the sequence are held back.
    held: usize,
}

/// What is to be done about keys that were typed.
#[derive(Debug, PartialEq)]
pub struct Typed {
    /// These go to the container.
    pub forward: Vec<u8>,
    /// The sequence is complete; what was typed after it is dropped.
    pub detach: bool,
}

impl DetachKeys {
    /// How long a key that may begin the sequence waits for the next one.
    pub const PATIENCE: Duration = Duration::from_millis(400);

    /// Reads `KEY,KEY,…` where a key is a character or `ctrl-` with a letter or one of `@[\]^_`; empty: no sequence.
    pub fn parse(text: &str) -> Result<DetachKeys> {
        let keys = text.split(',').filter(|_| !text.is_empty()).map(key);
        Ok(DetachKeys { sequence: keys.collect::<Result<_>>()?, held: 0 })
    }

    pub fn feed(&mut self, input: &[u8]) -> Typed {
        let mut forward = Vec::with_capacity(input.len());
        if self.sequence.is_empty() {
            forward.extend_from_slice(input);
            return Typed { forward, detach: false };
        }
        for byte in input {
            // A key that breaks the sequence may be the first of it again: ctrl-p, ctrl-p, ctrl-q detaches.
            while self.held > 0 && self.sequence[self.held] != *byte {
                self.release_one(&mut forward);
            }
            if self.sequence[self.held] == *byte {
                self.held += 1;
            } else {
                forward.push(*byte);
            }
            if self.held == self.sequence.len() {
                self.held = 0;
                return Typed { forward, detach: true };
            }
        }
        Typed { forward, detach: false }
    }

    /// Gives the oldest held key away, and as many more as are needed for the rest to be a beginning again.
    fn release_one(&mut self, forward: &mut Vec<u8>) {
        let shift = (1..=self.held)
            .find(|shift| self.sequence[*shift..self.held] == self.sequence[..self.held - shift])
            .expect("nothing at all is a beginning of everything");
        forward.extend_from_slice(&self.sequence[..shift]);
        self.held -= shift;
    }

    pub fn is_holding(&self) -> bool {
        self.held > 0
    }

    /// The held keys: nothing followed in time.
    pub fn release(&mut self) -> Vec<u8> {
        self.sequence[..std::mem::take(&mut self.held)].to_vec()
    }
}

/// Whether anything is typed within `patience`.
pub fn key_follows(patience: Duration) -> bool {
    let stdin = io::stdin();
    let mut fds = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO);
    // Interrupted: whoever asks will read, and be told then.
    poll(&mut fds, timeout) != Ok(0)
}

fn key(text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_graphic() || *byte == b' ' => Ok(*byte),
        [b'c' | b'C', b't', b'r', b'l', b'-', byte] if byte.is_ascii_alphabetic() || b"@[\\]^_".contains(byte) => {
            Ok(byte.to_ascii_uppercase() - b'@')
        }
        _ => Err(Error::usage(format!("`{text}` is neither a character nor ctrl- with a letter or one of @[\\]^_"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reaches the container of `inputs`, which are typed one after the other; `None` for what detaches.
    fn typed(keys: &str, inputs: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let mut keys = DetachKeys::parse(keys).unwrap();
        inputs
            .iter()
            .map(|input| {
                let typed = keys.feed(input);
                (!typed.detach).then_some(typed.forward)
            })
            .collect()
    }

    #[test]
    fn the_sequence_detaches_however_it_arrives() {
        assert_eq!(typed(DETACH_KEYS, &[b"ls\n", b"\x10\x11"]), [Some(b"ls\n".to_vec()), None]);
        assert_eq!(typed(DETACH_KEYS, &[b"\x10", b"\x11"]), [Some(vec![]), None]);
        assert_eq!(typed(DETACH_KEYS, &[b"\x10\x10", b"\x11"]), [Some(vec![0x10]), None]);
        assert_eq!(typed("a,b,a,c", &[b"aba", b"bac"]), [Some(vec![]), None]);
    }

    #[test]
    fn keys_that_only_look_like_it_reach_the_container() {
        assert_eq!(typed(DETACH_KEYS, &[b"\x10x\x11"]), [Some(b"\x10x\x11".to_vec())]);
        assert_eq!(typed(DETACH_KEYS, &[b"\x10", b"x"]), [Some(vec![]), Some(b"\x10x".to_vec())]);
        assert_eq!(typed("a,b,a,c", &[b"abab", b"x"]), [Some(b"ab".to_vec()), Some(b"abx".to_vec())]);
        assert_eq!(typed("", &[b"\x10\x11"]), [Some(b"\x10\x11".to_vec())]);
    }

    #[test]
    fn what_came_before_the_sequence_is_still_delivered() {
        let mut keys = DetachKeys::parse(DETACH_KEYS).unwrap();
        assert_eq!(keys.feed(b"exit\x10\x11more"), Typed { forward: b"exit".to_vec(), detach: true });
    }

    #[test]
    fn a_lonely_first_key_is_not_swallowed() {
        let mut keys = DetachKeys::parse(DETACH_KEYS).unwrap();
        assert!(keys.feed(b"\x10").forward.is_empty() && keys.is_holding());
        assert_eq!(keys.release(), b"\x10");
        assert!(!keys.is_holding() && !keys.feed(b"\x11").detach);
    }

    #[test]
    fn secret_is_edited_as_any_line() {
        let mut line = SecretLine::default();
        let press = |line: &mut SecretLine, keys: &[u8]| keys.iter().find_map(|key| line.press(*key));
        assert_eq!(press(&mut line, "wrong\x15aé\x7f\x7fbc\x08d\r".as_bytes()), Some(Pressed::Enter));
        assert_eq!(line.typed, b"bd");
        assert_eq!(press(&mut line, b"e\x04\x03"), Some(Pressed::Interrupt));
        assert_eq!(press(&mut SecretLine::default(), b"\x04"), Some(Pressed::Enter));
    }

    #[test]
    fn keys_are_characters_or_control_characters() {
        assert_eq!(DetachKeys::parse("ctrl-a,x,ctrl-[,ctrl-_").unwrap().sequence, [1, b'x', 0x1b, 0x1f]);
        for bad in ["ctrl-", "ctrl-1", "alt-x", "xy", "a,,b", ",", "é", "ctrl-é"] {
            assert!(DetachKeys::parse(bad).is_err(), "{bad}");
        }
    }
}
