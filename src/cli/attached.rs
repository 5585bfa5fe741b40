//! A command that stays with its container: what is typed and said, and signals, pass through until one of them ends.

use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;

use super::go_bool;
use super::print;
use super::terminal::{self, DETACH_KEYS, DetachKeys, RawMode};
use crate::container::attach::{Attachment, Ending, Signals};
use crate::error::Result;

/// The options of every command that can stay.
#[derive(clap::Args, Debug)]
pub struct StayOptions {
    /// Leave the container running with these keys; empty for none
    #[arg(long, value_name = "KEYS", default_value = DETACH_KEYS, value_parser = DetachKeys::parse)]
    pub detach_keys: DetachKeys,
    /// Pass signals on to the program
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    #[arg(default_value = "true", default_missing_value = "true", value_parser = go_bool)]
    pub sig_proxy: bool,
}

/// How a command takes part in its container.
#[derive(Debug)]
pub struct Stay {
    /// The program has a terminal, which shall be like the one here.
    pub terminal: bool,
    /// What is typed here goes to the program by way of box.
    pub input: bool,
    pub forward_signals: bool,
    pub detach_keys: DetachKeys,
}

impl Stay {
    pub fn new(options: StayOptions, terminal: bool, input: bool) -> Stay {
        Stay { terminal, input, forward_signals: options.sig_proxy, detach_keys: options.detach_keys }
    }

    /// To be called before the program starts, so that no signal is missed.
    pub fn hold_signals(&self) -> Result<Signals> {
        if self.forward_signals { Signals::hold() } else { Signals::hold_size_changes() }
    }

    /// Stays for as long as `attach` does.
    pub fn with(mut self, attach: impl FnOnce(Attachment) -> Result<Ending>) -> Result<Ending> {
        let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
        if self.terminal && self.input && !stdin.is_terminal() && stderr.is_terminal() {
            print::warning("the program has a terminal, but standard input here is none");
        }
        // Dropped when it is over.
        let _raw_mode = if self.terminal && self.input { RawMode::enter()? } else { None };
        attach(Attachment {
            input: self.input.then_some(stdin.as_fd()),
            output: stdout.as_fd(),
            errors: stderr.as_fd(),
            forward_signals: self.forward_signals,
            filter_input: &mut |bytes| {
                let mut typed = self.detach_keys.feed(bytes);
                if self.detach_keys.is_holding() && !terminal::key_follows(DetachKeys::PATIENCE) {
                    typed.forward.extend(self.detach_keys.release());
                }
                (!(typed.detach && self.terminal)).then_some(typed.forward)
            },
            window_size: &|| terminal::size().filter(|_| self.terminal),
        })
    }
}
