//! The poll loop: payload to log and clients, clients to payload, until the payload has ended and its last output is
//! read.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};

use super::Payload;
use super::clients::{Clients, Wish};
use super::log::Log;
use super::orphans::Orphans;
use crate::container::job::{self, Job};
use crate::container::logs::Stream;
use crate::error::{During, Result};
use crate::init::Stdio;
use crate::process::handshake::{CHUNK_BYTES, Report};
use crate::process::{liveness, signal};
use crate::sys;

/// Our ends of the payload's streams.
#[derive(Debug, Default)]
pub struct Streams {
    sources: Vec<(Stream, File)>,
    input: Option<File>,
    is_terminal: bool,
}

/// The payload's ends, and ours, as the job wants them.
pub fn make_streams(job: &Job) -> Result<(Stdio, Streams)> {
    match job.streams {
        job::Streams::Caller => Ok((Stdio::Inherited, Streams::default())),
        job::Streams::Terminal => Ok((Stdio::Terminal, Streams { is_terminal: true, ..Streams::default() })),
        job::Streams::Pipes => make_pipes(job.settings.interactive).during(|| "make pipes for the payload's streams"),
    }
}

fn make_pipes(interactive: bool) -> Result<(Stdio, Streams)> {
    let (output, output_end) = pipe_with(PipeFlags::CLOEXEC)?;
    let (errors, errors_end) = pipe_with(PipeFlags::CLOEXEC)?;
    let (input_end, input) = if interactive {
        let (input_end, input) = pipe_with(PipeFlags::CLOEXEC)?;
        (input_end, Some(without_waiting(input)?))
    } else {
        (File::open("/dev/null")?.into(), None)
    };
    let sources = vec![(Stream::Output, without_waiting(output)?), (Stream::Errors, without_waiting(errors)?)];
    let stdio = Stdio::Given { input: input_end, output: output_end, errors: errors_end };
    Ok((stdio, Streams { sources, input, is_terminal: false }))
}

/// Only our end: the payload's must block as it expects.
fn without_waiting(fd: OwnedFd) -> Result<File> {
    fcntl_setfl(&fd, fcntl_getfl(&fd)? | OFlags::NONBLOCK)?;
    Ok(File::from(fd))
}

impl Streams {
    pub fn with_terminal(self, terminal: Option<OwnedFd>) -> Result<Streams> {
        let Some(terminal) = terminal else { return Ok(self) };
        let terminal = without_waiting(terminal).during(|| "prepare the terminal")?;
        let input = Some(terminal.try_clone()?);
        Ok(Streams { sources: vec![(Stream::Output, terminal)], input, ..self })
    }
}

/// The most that a pipe holds of anybody but root (pipe(7), /proc/sys/fs/pipe-max-size).
const PIPE_BYTES: usize = 1024 * 1024;

/// Whoever ends everything of a session, a service or the machine tells us as well, by SIGTERM: the payload is asked to
/// end, as by `stop`.
#[derive(Debug)]
pub struct Ending(SignalFd);

impl Ending {
    pub fn begin() -> Result<Ending> {
        // Like all signals it is held, which is what a descriptor for it takes (signalfd(2)).
        let fd = SignalFd::with_flags(&SigSet::from(Signal::SIGTERM), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
        Ok(Ending(fd.during(|| "wait for SIGTERM")?))
    }

    fn is_here(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}

/// What is waited for besides the payload and its clients.
pub struct Watched {
    /// Of a container without a process namespace of its own.
    pub orphans: Option<Orphans>,
    pub ending: Option<Ending>,
}

/// The state of one relay.
struct Relay<'a> {
    job: &'a Job,
    payload: Payload,
    /// Of process 1, our child.
    handle: OwnedFd,
    streams: Streams,
    /// Input that the payload has not taken yet.
    pending: Vec<u8>,
    input_has_ended: bool,
    /// A signal whose default action we do for process 1, which the kernel shields from it.
    stood_in_for: Option<i32>,
    /// When patience with an ending payload ends.
    kill_at: Option<Instant>,
    /// When its time is up.
    ends_at: Option<Instant>,
    watched: Watched,
    /// When somebody has asked the payload to end.
    asked_to_end_at: Option<Instant>,
}

/// Relays until the payload has ended; returns its exit code, 128 + n when signal n ended it.
pub fn relay(
    job: &Job,
    payload: Payload,
    handle: OwnedFd,
    streams: Streams,
    watched: Watched,
    clients: &mut Clients,
    log: &mut Log,
) -> i32 {
    let mut relay = Relay {
        job,
        payload,
        handle,
        streams,
        pending: Vec::new(),
        input_has_ended: false,
        stood_in_for: None,
        kill_at: None,
        ends_at: Some(job.settings.timeout)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Instant::now() + Duration::from_secs(seconds.into())),
        watched,
        asked_to_end_at: None,
    };
    loop {
        if let Some(code) = relay.turn(clients, log) {
            relay.watched.orphans.iter().for_each(Orphans::end);
            relay.drain(clients, log);
            return code;
        }
    }
}

impl Relay<'_> {
    /// One turn of the loop: waits for something to happen, and sees to it.
    fn turn(&mut self, clients: &mut Clients, log: &mut Log) -> Option<i32> {
        let reads = clients.have_room() && log.has_room();
        let mut fds = vec![PollFd::new(&self.handle, PollFlags::IN)];
        let input_flags = if self.pending.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
        match &self.streams.input {
            Some(input) => fds.push(PollFd::new(input, input_flags)),
            None => fds.push(PollFd::new(&self.handle, PollFlags::empty())),
        }
        // Without room not even a hang-up is asked for, which would be told again and again.
        fds.extend(self.streams.sources.iter().map(|(_, source)| match reads {
            true => PollFd::new(source, PollFlags::IN),
            false => PollFd::new(&self.handle, PollFlags::empty()),
        }));
        let first_client = fds.len();
        fds.extend(clients.poll_fds(self.pending.len() < 2 * CHUNK_BYTES));
        fds.extend(log.awaited().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
        let orphans = self.watched.orphans.as_ref().and_then(Orphans::awaited);
        fds.extend(orphans.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        fds.extend(self.watched.ending.iter().map(|ending| PollFd::new(&ending.0, PollFlags::IN)));
        let timeout = self
            .kill_at
            .into_iter()
            .chain(self.ends_at)
            .min()
            .map(|at| at.saturating_duration_since(Instant::now()))
            .map(timespec);
        let _ = poll(&mut fds, timeout.as_ref()); // No events on an error: the loop turns once more.
        let events: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();

        if events[1].intersects(PollFlags::ERR | PollFlags::HUP) {
            self.streams.input = None;
        }
        self.feed_payload();
        log.go_on();
        for number in (0..self.streams.sources.len()).rev() {
            if !events[2 + number].is_empty() && reads {
                self.read_source(number, clients, log);
            }
        }
        for wish in clients.serve(&events[first_client..]) {
            self.grant(wish);
        }
        self.watched.orphans.iter().for_each(Orphans::reap);
        if self.watched.ending.as_ref().is_some_and(Ending::is_here) {
            self.ask_to_end(self.job.stop_signal);
        }
        let is_past = |at: &Option<Instant>| at.is_some_and(|at| at <= Instant::now());
        if is_past(&self.kill_at) || is_past(&self.ends_at) {
            (self.kill_at, self.ends_at) = (None, None);
            self.send(libc::SIGKILL);
        }
        if events[0].is_empty() { None } else { self.exit_code() }
    }

    /// Reads one piece, and returns its length; `None`: there is nothing now. A source that has ended is dropped.
    fn read_source(&mut self, number: usize, clients: &mut Clients, log: &mut Log) -> Option<usize> {
        let mut buffer = [0; CHUNK_BYTES];
        let (stream, source) = &mut self.streams.sources[number];
        let stream = *stream;
        match source.read(&mut buffer) {
            Ok(0) => {}
            Ok(length) => {
                let output = &buffer[..length];
                log.write(stream, output);
                clients.show(|| match stream {
                    Stream::Output => Report::Output(output.to_vec()),
                    Stream::Errors => Report::Errors(output.to_vec()),
                });
                return Some(length);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Some(0),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return None,
            // EIO: nobody holds the other side of the terminal any more.
            Err(_) => {}
        }
        log.end(stream);
        self.streams.sources.remove(number);
        None
    }

    /// What the payload said last: it has ended, so everything that will ever come of it is there. Whoever else holds
    /// its streams may write for ever.
    fn drain(&mut self, clients: &mut Clients, log: &mut Log) {
        for number in (0..self.streams.sources.len()).rev() {
            let mut bytes = 0;
            while bytes < PIPE_BYTES
                && let Some(length) = self.read_source(number, clients, log)
            {
                bytes += length;
            }
        }
        log.finish();
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Input(bytes) => {
                self.pending.extend_from_slice(&bytes);
                self.feed_payload();
            }
            Wish::EndOfInput => {
                self.input_has_ended = true;
                self.feed_payload();
            }
            Wish::Resize { rows, columns } => self.resize(rows, columns),
            Wish::Signal(number) => {
                if number == self.job.stop_signal {
                    self.asked_to_end_at = Some(Instant::now());
                }
                self.send(number);
            }
            Wish::LastMemberEnded => self.send(libc::SIGTERM),
            Wish::OwnerDied => {
                self.asked_to_end_at = None;
                self.ask_to_end(if self.streams.is_terminal { libc::SIGHUP } else { libc::SIGTERM });
            }
        }
    }

    /// Asks the payload to end, and kills it when it does not. Whoever ends a service tells its command as well, which
    /// passes that on: to some programs a second signal means to hurry.
    fn ask_to_end(&mut self, number: i32) {
        const JUST_NOW: Duration = Duration::from_secs(1);
        let asked_before = self.asked_to_end_at.replace(Instant::now());
        if asked_before.is_none_or(|at| at.elapsed() > JUST_NOW) {
            self.send(number);
        }
        let patience = Duration::from_secs(self.job.settings.stop_timeout.into());
        self.kill_at.get_or_insert(Instant::now() + patience);
    }

    fn feed_payload(&mut self) {
        let Some(input) = &mut self.streams.input else {
            self.pending.clear();
            return;
        };
        while !self.pending.is_empty() {
            match input.write(&self.pending) {
                Ok(written) => drop(self.pending.drain(..written)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // The payload has closed its input; what is sent to it is lost, as in a pipe.
                Err(_) => {
                    self.pending.clear();
                    self.streams.input = None;
                    return;
                }
            }
        }
        // The end of a terminal's input is a character that the client sends; a pipe is closed.
        if self.input_has_ended && !self.streams.is_terminal {
            self.streams.input = None;
        }
    }

    fn resize(&self, rows: u16, columns: u16) {
        if let (true, Some(terminal)) = (self.streams.is_terminal, &self.streams.input) {
            let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            let _ = rustix::termios::tcsetwinsize(terminal, size); // A terminal without a size works too.
        }
    }

    /// Delivers a signal to process 1. The kernel drops one that it does not handle; then the default action is ours.
    fn send(&mut self, number: i32) {
        let mut number = number;
        if number != libc::SIGKILL && signal::ends_by_default(number) && self.is_shielded_from(number) {
            self.stood_in_for.get_or_insert(number);
            number = libc::SIGKILL;
        }
        let _ = sys::signals::send(self.payload.handle.as_fd(), number); // It may have ended at this very moment.
    }

    fn is_shielded_from(&self, number: i32) -> bool {
        let text = |file| liveness::text_of(self.payload.identity.pid, file);
        let (status, system_call) = (text("status"), text("syscall").unwrap_or_default());
        // Below a reaper and in another pid namespace the payload is no process 1: the kernel does the default action
        // itself.
        !self.job.plan.reaper
            && self.job.settings.pid == crate::settings::NamespaceMode::Private
            && status.is_ok_and(|status| !signal::is_handled(&status, &system_call, number))
    }

    fn exit_code(&self) -> Option<i32> {
        match waitid(Id::PIDFd(self.handle.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG) {
            // Of process 1 that has stayed for the payload, this is how it says that we have killed it.
            Ok(WaitStatus::Exited(_, KILLED)) => Some(self.stood_in_for.map_or(KILLED, |number| 128 + number)),
            Ok(WaitStatus::Exited(_, code)) => Some(code),
            Ok(WaitStatus::Signaled(_, signal, _)) => Some(128 + self.stood_in_for.unwrap_or(signal as i32)),
            Ok(_) => None,
            // Nobody else waits for our child; should it be gone all the same, its code is lost.
            Err(_) => Some(crate::container::record::UNSEEN_EXIT_CODE),
        }
    }
}

/// The exit code of what SIGKILL has ended.
const KILLED: i32 = 128 + libc::SIGKILL;

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: duration.subsec_nanos().into() }
}
