//! Attach: a person or a pipe at the streams of a running container, by way of its monitor.

use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, poll};

use super::record::State;
use crate::error::{During, Error, Kind, Result};
use crate::process::handshake::{Attempt, CHUNK_BYTES, Channel, Report, Request};
use crate::process::listener::call;

/// Connects to the monitor of a running container.
pub fn connect_to_monitor(state: &State) -> Result<Channel> {
    call(&state.socket).during(|| format!("talk to the container's monitor (process {})", state.monitor.pid))
}

/// How an attachment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exited(i32),
    Detached,
}

impl Ending {
    /// Of the command that was attached.
    pub fn exit_code(self) -> u8 {
        match self {
            Ending::Exited(code) => code as u8,
            Ending::Detached => 0,
        }
    }
}

/// What this side of an attachment does.
pub struct Attachment<'a> {
    /// Read and sent to the payload.
    pub input: Option<BorrowedFd<'a>>,
    pub output: BorrowedFd<'a>,
    pub errors: BorrowedFd<'a>,
    /// Pass signals on to the payload.
    pub forward_signals: bool,
    /// Takes what was read, returns what is to be sent; `None` when the detach keys were pressed.
    pub filter_input: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    /// Rows and columns of the terminal, for the start and whenever they change.
    pub window_size: &'a dyn Fn() -> Option<(u16, u16)>,
}

/// Signals that a payload has no use for or that stop this very process, which a shell's `fg` continues.
const KEPT: [nix::sys::signal::Signal; 4] = {
    use nix::sys::signal::Signal::*;
    [SIGCHLD, SIGURG, SIGTTIN, SIGTTOU]
};

/// Signals to an attached caller, read one by one from a descriptor while this lives.
#[derive(Debug)]
pub struct Signals {
    fd: SignalFd,
    before: SigSet,
}

impl Signals {
    /// Holds every signal that can be passed on. To be called before the payload starts, so that none is missed.
    pub fn hold() -> Result<Signals> {
        let mut set = SigSet::all();
        KEPT.into_iter().chain([nix::sys::signal::Signal::SIGTSTP]).for_each(|signal| set.remove(signal));
        // Faults of this very process must kill it.
        use nix::sys::signal::Signal::*;
        [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGPIPE]
            .into_iter()
            .for_each(|signal| set.remove(signal));
        Signals::hold_set(set)
    }

    /// Holds only what tells of another window size, for a caller whose signals are its own.
    pub fn hold_size_changes() -> Result<Signals> {
        Signals::hold_set(nix::sys::signal::Signal::SIGWINCH.into())
    }

    fn hold_set(set: SigSet) -> Result<Signals> {
        let before = SigSet::thread_get_mask().during(|| "hold signals")?;
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), None).during(|| "hold signals")?;
        let fd =
            SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC).during(|| "hold signals")?;
        Ok(Signals { fd, before })
    }

    /// The numbers of the signals that have come.
    pub fn take(&self) -> Vec<i32> {
        std::iter::from_fn(|| self.fd.read_signal().ok().flatten()).map(|info| info.ssi_signo as i32).collect()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None); // The mask came from the kernel.
    }
}

/// Carries streams and signals until the payload has ended or the detach keys were pressed.
pub fn attach(channel: &Channel, signals: &Signals, mut attachment: Attachment) -> Result<Ending> {
    send_size(channel, &attachment)?;
    let mut input = attachment.input;
    loop {
        let mut fds = vec![PollFd::new(channel, PollFlags::IN), PollFd::new(signals, PollFlags::IN)];
        fds.extend(input.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)));
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).during(|| "wait for the container"),
        }
        let events: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        if !events[0].is_empty()
            && let Some(ending) = hear(channel, &attachment)?
        {
            return Ok(ending);
        }
        if !events[1].is_empty() {
            pass_on(channel, &signals.take(), &attachment)?;
        }
        if events.get(2).is_some_and(|event| !event.is_empty()) {
            match read_input(input.expect("it was polled"), &mut attachment)? {
                Read::Some(bytes) => channel.send(&Request::Input(bytes))?,
                Read::End => {
                    channel.send(&Request::EndOfInput)?;
                    input = None;
                }
                Read::DetachKeys => {
                    take_leave(channel)?;
                    return Ok(Ending::Detached);
                }
            }
        }
    }
}

/// Says that we go, and waits until that was heard: a socket that is closed with something unread in it takes back what
/// was sent last (ECONNRESET), and the monitor would think that we had died.
fn take_leave(channel: &Channel) -> Result<()> {
    channel.send(&Request::Detach)?;
    while channel.receive::<Report>()?.is_some() {}
    Ok(())
}

/// Shows what the monitor has sent.
fn hear(channel: &Channel, attachment: &Attachment) -> Result<Option<Ending>> {
    match channel.receive_now::<Report>()? {
        Attempt::Done(Report::Output(bytes)) => write_all(attachment.output, &bytes)?,
        Attempt::Done(Report::Errors(bytes)) => write_all(attachment.errors, &bytes)?,
        Attempt::Done(Report::Exited { code }) => return Ok(Some(Ending::Exited(code))),
        Attempt::Done(_) | Attempt::WouldBlock => {}
        // The monitor was killed, and the payload with it.
        Attempt::Gone => return Ok(Some(Ending::Exited(super::record::UNSEEN_EXIT_CODE))),
    }
    Ok(None)
}

/// With nobody reading any more we end as by SIGPIPE, and a container that is ours ends with us: `yes | head -1` does
/// not go on for ever. What cannot be written for another reason is lost to whoever looks on, not to the log.
pub fn write_all(fd: BorrowedFd, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                // It tells us when there is room.
                let _ = poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], None);
            }
            Err(rustix::io::Errno::PIPE) => {
                return Err(Error::new("nobody reads the output").of_kind(Kind::Interrupted(libc::SIGPIPE as u8)));
            }
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

enum Read {
    Some(Vec<u8>),
    End,
    DetachKeys,
}

fn read_input(fd: BorrowedFd, attachment: &mut Attachment) -> Result<Read> {
    let mut buffer = [0; CHUNK_BYTES];
    match rustix::io::read(fd, &mut buffer[..]) {
        Ok(0) => Ok(Read::End),
        Ok(length) => Ok((attachment.filter_input)(&buffer[..length]).map_or(Read::DetachKeys, Read::Some)),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Read::Some(Vec::new())),
        // The terminal has hung up.
        Err(rustix::io::Errno::IO) => Ok(Read::End),
        Err(error) => Err(error).during(|| "read standard input"),
    }
}

fn pass_on(channel: &Channel, signals: &[i32], attachment: &Attachment) -> Result<()> {
    for &number in signals {
        if number == libc::SIGWINCH {
            send_size(channel, attachment)?;
        } else if attachment.forward_signals {
            channel.send(&Request::Signal(number))?;
        }
    }
    Ok(())
}

fn send_size(channel: &Channel, attachment: &Attachment) -> Result<()> {
    match (attachment.window_size)() {
        Some((rows, columns)) => channel.send(&Request::Resize { rows, columns }),
        None => Ok(()),
    }
}
