//! How a pull or a push looks: a bar for each layer on a terminal, a line for each layer elsewhere; on standard error.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, IsTerminal as _};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{print, units};
use crate::image::progress::{LayerState, Progress, Silent};
use crate::oci::Digest;

/// What suits standard error, or silence.
pub fn choose(quiet: bool) -> Box<dyn Progress> {
    choose_with(quiet, Words { present: "already here", done: "fetched" })
}

pub fn choose_for_push(quiet: bool) -> Box<dyn Progress> {
    choose_with(quiet, Words { present: "already there", done: "sent" })
}

/// What happens to layers.
#[derive(Clone, Copy)]
struct Words {
    present: &'static str,
    done: &'static str,
}

fn choose_with(quiet: bool, words: Words) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silent)
    } else if io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb") {
        Box::new(Bars::default())
    } else {
        Box::new(Lines { words, moved: RefCell::default() })
    }
}

/// Bars vanish when their layer is done: what stays on the screen is what the command was started for.
#[derive(Default)]
struct Bars {
    screen: MultiProgress,
    layers: RefCell<HashMap<Digest, ProgressBar>>,
}

impl Progress for Bars {
    fn message(&self, text: &str) {
        // The screen moves the bars below the line; where it cannot, the line matters more than the bars.
        if self.screen.println(print::escape(text)).is_err() {
            print::note(text);
        }
    }

    fn layer_known(&self, layer: &Digest, size_compressed: u64, state: LayerState) {
        if state == LayerState::Missing {
            let bar = self.screen.add(ProgressBar::new(size_compressed).with_style(style()));
            bar.set_prefix(layer.short().to_owned());
            self.layers.borrow_mut().insert(layer.clone(), bar);
        }
    }

    fn layer_advanced(&self, layer: &Digest, bytes: u64) {
        if let Some(bar) = self.layers.borrow().get(layer) {
            bar.inc(bytes);
        }
    }

    fn layer_done(&self, layer: &Digest) {
        if let Some(bar) = self.layers.borrow_mut().remove(layer) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}")
        .expect("the template is well formed")
        .progress_chars("=> ")
}

/// For logs and pipes: one line for each layer that moves.
struct Lines {
    words: Words,
    /// Bytes of each layer so far.
    moved: RefCell<HashMap<Digest, u64>>,
}

impl Progress for Lines {
    fn message(&self, text: &str) {
        print::note(text);
    }

    fn layer_known(&self, layer: &Digest, _: u64, state: LayerState) {
        match state {
            LayerState::Present => print::note(format_args!("layer {}: {}", layer.short(), self.words.present)),
            LayerState::Missing => {
                self.moved.borrow_mut().insert(layer.clone(), 0);
            }
        }
    }

    fn layer_advanced(&self, layer: &Digest, bytes: u64) {
        if let Some(moved) = self.moved.borrow_mut().get_mut(layer) {
            *moved += bytes;
        }
    }

    fn layer_done(&self, layer: &Digest) {
        if let Some(moved) = self.moved.borrow_mut().remove(layer) {
            let size = units::human_size(moved);
            print::note(format_args!("layer {}: {} {size}", layer.short(), self.words.done));
        }
    }
}
