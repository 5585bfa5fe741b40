//! A command that stays with its container: passes on what is typed, what is said, and signals, until one of them ends.
//!
//! Without a terminal the payload holds this process's own streams; only signals and the exit code pass through here.

use std::io;
use std::os::fd::AsFd as _;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::print;
use super::terminal::{self, DetachKeys, RawMode};
use crate::error::{During as _, Error, Kind, Result};
use crate::process::handshake::{Attempt, CHUNK_BYTES, Channel, Message as _, Report, Request};

/// How a command takes part in its container.
#[derive(Debug)]
pub struct Participation {
    /// The container has a terminal, which shall be like the one here.
    pub terminal: bool,
    /// What is typed here is passed on through the monitor.
    pub input: bool,
    pub detach_keys: DetachKeys,
    pub signals: Signals,
}

/// What a signal to this process means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    /// It is passed on.
    Proxied,
    /// It ends this process alone; the container stays.
    Own,
}

/// How a stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Exited(u8),
    /// The container runs on.
    Detached,
}

impl Outcome {
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Exited(code) => code,
            Outcome::Detached => 0,
        }
    }
}

/// Stays until the container or the stay ends.
pub fn stay(channel: Channel, participation: Participation) -> Result<Outcome> {
    let signals = take_signals()?;
    let _raw_mode = match participation.terminal && participation.input {
        true => RawMode::enter()?,
        false => None,
    };
    let mut stay = Stay { channel, input_open: participation.input, unsent: None, participation };
    stay.tell_size()?;
    loop {
        let ready = stay.wait(&signals)?;
        if ready.signal
            && let Some(outcome) = stay.handle_signals(&signals)?
        {
            return Ok(outcome);
        }
        if ready.report
            && let Some(outcome) = stay.handle_reports()?
        {
            return Ok(outcome);
        }
        stay.send_unsent()?;
        if stay.handle_input(ready.input)? == Typing::Detaches {
            stay.channel.send(&Request::Detach)?;
            return Ok(Outcome::Detached);
        }
    }
}

struct Stay {
    channel: Channel,
    participation: Participation,
    input_open: bool,
    /// Input for which the monitor had no room; nothing more is read until it has gone.
    unsent: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Ready {
    signal: bool,
    report: bool,
    input: Input,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Input {
    #[default]
    Nothing,
    Readable,
    /// A key that may begin the detach sequence has waited long enough for the next one.
    Pause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    GoesOn,
    Detaches,
}

impl Stay {
    fn wait(&self, signals: &SignalFd) -> Result<Ready> {
        let stdin = io::stdin();
        let reads = self.input_open && self.unsent.is_none();
        let mut events = PollFlags::POLLIN;
        events.set(PollFlags::POLLOUT, self.unsent.is_some());
        let signals = PollFd::new(signals.as_fd(), PollFlags::POLLIN);
        let mut fds = vec![signals, PollFd::new(self.channel.as_fd(), events)];
        if reads {
            fds.push(PollFd::new(stdin.as_fd(), PollFlags::POLLIN));
        }
        let timeout = match self.participation.detach_keys.is_holding() {
            true => PollTimeout::try_from(DetachKeys::PATIENCE).expect("it is less than a second"),
            false => PollTimeout::NONE,
        };
        match poll(&mut fds, timeout) {
            Ok(0) => return Ok(Ready { input: Input::Pause, ..Ready::default() }),
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(Ready::default()),
            Err(error) => return Err(error).during(|| "wait for the container"),
        }
        let happened = |index: usize| fds.get(index).is_some_and(|fd| fd.any().unwrap_or(true));
        let input = if happened(2) { Input::Readable } else { Input::Nothing };
        Ok(Ready { signal: happened(0), report: happened(1), input })
    }

    fn handle_signals(&mut self, signals: &SignalFd) -> Result<Option<Outcome>> {
        while let Some(info) = signals.read_signal().during(|| "receive a signal")? {
            let number = info.ssi_signo as i32;
            match self.participation.signals {
                _ if number == libc::SIGWINCH => self.tell_size()?,
                Signals::Proxied => self.channel.send(&Request::Signal(number))?,
                Signals::Own => {
                    self.channel.send(&Request::Detach)?;
                    return Err(Error::new("interrupted").of_kind(Kind::Interrupted(number as u8)));
                }
            }
        }
        Ok(None)
    }

    fn handle_reports(&mut self) -> Result<Option<Outcome>> {
        loop {
            match self.channel.receive_now::<Report>()? {
                Attempt::Done(Report::Output(bytes)) => print::raw(&mut io::stdout().lock(), &bytes)?,
                Attempt::Done(Report::Errors(bytes)) => print::raw(&mut io::stderr().lock(), &bytes)?,
                Attempt::Done(Report::Exited { code }) => return Ok(Some(Outcome::Exited(code as u8))),
                Attempt::Done(Report::NotStarted(error)) => return Err(error),
                Attempt::Done(Report::Started { .. }) => {}
                Attempt::WouldBlock => return Ok(None),
                Attempt::Gone => return Err(Error::new("the container's monitor has ended; was it killed?")),
            }
        }
    }

    fn handle_input(&mut self, input: Input) -> Result<Typing> {
        match input {
            Input::Nothing => Ok(Typing::GoesOn),
            Input::Pause => {
                let keys = self.participation.detach_keys.release();
                self.pass_on(keys)?;
                Ok(Typing::GoesOn)
            }
            Input::Readable => self.read_input(),
        }
    }

    fn read_input(&mut self) -> Result<Typing> {
        let mut buffer = vec![0; CHUNK_BYTES];
        let length = match nix::unistd::read(io::stdin(), &mut buffer) {
            // A terminal that was hung up reads as an error; its input has ended all the same.
            Ok(0) | Err(Errno::EIO) => {
                self.input_open = false;
                self.channel.send(&Request::EndOfInput)?;
                return Ok(Typing::GoesOn);
            }
            Err(Errno::EINTR | Errno::EAGAIN) => return Ok(Typing::GoesOn),
            length => length.during(|| "read standard input")?,
        };
        let typed = match self.participation.terminal {
            true => self.participation.detach_keys.feed(&buffer[..length]),
            false => terminal::Typed { forward: buffer[..length].to_vec(), detach: false },
        };
        self.pass_on(typed.forward)?;
        Ok(if typed.detach { Typing::Detaches } else { Typing::GoesOn })
    }

    fn pass_on(&mut self, bytes: Vec<u8>) -> Result<()> {
        if !bytes.is_empty() {
            self.unsent = Some(Request::Input(bytes).encode());
        }
        self.send_unsent()
    }

    /// Sends what waits, unless the monitor has no room: it may be waiting for us to take its output.
    fn send_unsent(&mut self) -> Result<()> {
        if let Some(packet) = &self.unsent
            && self.channel.send_now(packet)? != Attempt::WouldBlock
        {
            self.unsent = None;
        }
        Ok(())
    }

    fn tell_size(&self) -> Result<()> {
        match terminal::size().filter(|_| self.participation.terminal) {
            Some((rows, columns)) => self.channel.send(&Request::Resize { rows, columns }),
            None => Ok(()),
        }
    }
}

/// From here on, signals that can be passed on arrive as data and interrupt nothing.
fn take_signals() -> Result<SignalFd> {
    let take = || -> nix::Result<SignalFd> {
        let mut signals = SigSet::all();
        // What tells of our own faults and children, or stops us for the shell's job control, keeps its meaning.
        for signal in [
            Signal::SIGCHLD,
            Signal::SIGURG,
            Signal::SIGPIPE,
            Signal::SIGTSTP,
            Signal::SIGTTIN,
            Signal::SIGTTOU,
            Signal::SIGCONT,
            Signal::SIGSEGV,
            Signal::SIGBUS,
            Signal::SIGILL,
            Signal::SIGFPE,
            Signal::SIGABRT,
            Signal::SIGTRAP,
            Signal::SIGSYS,
        ] {
            signals.remove(signal);
        }
        signals.thread_block()?;
        SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
    };
    take().during(|| "listen for signals")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a stay without terminal and input ends when the monitor says `reports` and goes.
    fn end(reports: &[Report]) -> Result<Outcome> {
        let (ours, theirs) = Channel::pair().unwrap();
        for report in reports {
            theirs.send(report).unwrap();
        }
        drop(theirs);
        let detach_keys = DetachKeys::parse("").unwrap();
        let participation = Participation { terminal: false, input: false, detach_keys, signals: Signals::Proxied };
        // Signals are blocked for the thread that stays, which is one of its own here.
        std::thread::spawn(move || stay(ours, participation)).join().unwrap()
    }

    #[test]
    fn the_exit_code_is_the_containers() {
        assert_eq!(end(&[Report::Started { pid: 7 }, Report::Exited { code: 3 }]).unwrap(), Outcome::Exited(3));
    }

    #[test]
    fn a_monitor_that_goes_without_a_word_is_an_error() {
        assert!(end(&[Report::Started { pid: 7 }]).unwrap_err().to_string().contains("monitor has ended"));
        let reason = Error::new("no such file or directory").of_kind(Kind::NotFound);
        assert_eq!(end(&[Report::NotStarted(reason)]).unwrap_err().kind.exit_code(), 127);
    }
}
