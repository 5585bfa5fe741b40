//! Hostile input by the thousand, for tests.
//!
//! [`mutations`] changes given inputs in the ways in which parsers break, and goes on from those that make the target
//! say something new; [`cases`] lets the test make its own inputs out of chance. A target fails by a panic, by taking
//! too long, or by eating memory; everything else is the target's own to check. A run is the same every time, unless
//! the environment says otherwise:
//!
//!     BOX_FUZZ_SECONDS    how long each target runs, else a number of cases that takes a fraction of a second
//!     BOX_FUZZ_SEED       where chance begins, else at 1
//!
//! So `BOX_FUZZ_SECONDS=60 BOX_FUZZ_SEED=$RANDOM cargo test --lib fuzz` is a search, and a plain `cargo test` checks
//! that what was found once stays found.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// No input is so hard that honest work takes longer, on a busy machine too.
const CASE_LIMIT: Duration = Duration::from_secs(10);
/// After that the case will not come back; the process ends, as no test can be taken out of a loop.
const HANG_LIMIT: Duration = Duration::from_secs(60);
/// Of all tests of this process together, while one target runs.
const MEMORY_LIMIT_KIB: u64 = 512 << 10;
/// Enough for every pattern that matters, small enough to be read by a person.
const INPUT_LIMIT_BYTES: usize = 64 << 10;
const CORPUS_LIMIT: usize = 1000;

/// Numbers by chance that are the same in every run (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `end` - 1.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Runs `case` again and again, `count` times unless the environment says for how long.
pub fn cases(target: &str, count: u64, mut case: impl FnMut(&mut Random)) {
    let seed = from_environment("BOX_FUZZ_SEED").unwrap_or(1);
    let duration = from_environment("BOX_FUZZ_SECONDS").map(Duration::from_secs);
    let (began, memory_before) = (Instant::now(), peak_memory_kib());
    let (beat, beats) = channel();
    let watched = target.to_owned();
    let watchdog = std::thread::spawn(move || watch(&watched, seed, &beats));
    for number in 0.. {
        if duration.map_or(number >= count, |duration| began.elapsed() >= duration) {
            break;
        }
        beat.send(number).expect("the watchdog listens");
        let case_began = Instant::now();
        // Each case has a chance of its own, so that one can be repeated without those before it.
        let mut random = Random::new(seed.wrapping_mul(1 << 32).wrapping_add(number));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(&mut random))) {
            panic!("fuzz target `{target}`, seed {seed}, case {number}: {}", words_of(&*panic));
        }
        let took = case_began.elapsed();
        assert!(took < CASE_LIMIT, "fuzz target `{target}`, seed {seed}, case {number}: took {took:?}");
    }
    drop(beat);
    let _ = watchdog.join(); // it has nothing to say any more
    let grown = peak_memory_kib().saturating_sub(memory_before);
    assert!(grown < MEMORY_LIMIT_KIB, "fuzz target `{target}`, seed {seed}: memory grew by {grown} KiB");
}

/// Gives `try_input` mutations of `seeds`, which are tried as they are first. `words` mean something to the parser.
/// What `try_input` answers is the kind of outcome, such as the error's text: whatever is new is mutated further.
pub fn mutations(target: &str, seeds: &[&[u8]], words: &[&str], count: u64, try_input: impl FnMut(&[u8]) -> String) {
    mutations_repaired(target, seeds, words, count, |_| (), try_input);
}

/// [`mutations`], most of which `repair` makes acceptable to the parser's first check.
pub fn mutations_repaired(
    target: &str,
    seeds: &[&[u8]],
    words: &[&str],
    count: u64,
    repair: impl Fn(&mut Vec<u8>),
    mut try_input: impl FnMut(&[u8]) -> String,
) {
    let mut corpus: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
    let mut outcomes = HashSet::new();
    let mut untried = corpus.clone().into_iter();
    cases(target, count, |random| {
        let input = untried.next().unwrap_or_else(|| {
            let mut input = mutated(&corpus, words, random);
            if !random.once_in(8) {
                repair(&mut input);
            }
            input
        });
        match catch_unwind(AssertUnwindSafe(|| try_input(&input))) {
            Ok(outcome) => {
                // Numbers and names in a message make no new kind of it.
                let kind: String = outcome.chars().filter(|c| !c.is_ascii_digit()).take(80).collect();
                if corpus.len() < CORPUS_LIMIT && outcomes.insert(kind) {
                    corpus.push(input);
                }
            }
            Err(panic) => panic!("{} for b\"{}\"", words_of(&*panic), input.escape_ascii()),
        }
    });
}

fn mutated(corpus: &[Vec<u8>], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..1 + random.below(4) {
        let at = random.below(input.len() + 1);
        let end = (at + 1 + random.below(16)).min(input.len());
        match random.below(11) {
            0 if at < input.len() => input[at] ^= 1 << random.below(8),
            1 if at < input.len() => input[at] = random.number() as u8,
            2 if at < input.len() => input[at] = *random.pick(&[&0, &b'0', &b'/', &b'.', &0x7f, &0x80, &0xff, &b'"']),
            3 => drop(input.drain(at..end.max(at))),
            4 => input.truncate(at),
            5 if at < end => {
                let piece = input[at..end].to_vec();
                let times = 1 << random.below(8);
                input.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            7 if !words.is_empty() => drop(input.splice(at..at, random.pick(words).bytes())),
            8 if !words.is_empty() => drop(input.splice(at..end.max(at), random.pick(words).bytes())),
            // A number in the text becomes one that hurts.
            9 => {
                let first = input.iter().skip(at).position(u8::is_ascii_digit).map(|found| at + found);
                if let Some(first) = first {
                    let digits = input[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let number = random.pick(&["0", "1", "-1", "65536", "4294967296", "9223372036854775807", "1e999"]);
                    input.splice(first..first + digits, number.bytes());
                }
            }
            _ => {
                let byte = random.number() as u8;
                input.insert(at, byte);
            }
        }
        input.truncate(INPUT_LIMIT_BYTES);
    }
    input
}

/// Ends the process when a case does not come back.
fn watch(target: &str, seed: u64, beats: &Receiver<u64>) {
    let mut number = 0;
    loop {
        match beats.recv_timeout(HANG_LIMIT) {
            Ok(next) => number = next,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                tell(&format!("fuzz target `{target}`, seed {seed}: case {number} hangs\n"));
                std::process::abort();
            }
        }
    }
}

fn from_environment(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text}: not a number")))
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic")
}

fn tell(text: &str) {
    use std::io::Write;
    let _ = std::io::stderr().write_all(text.as_bytes()); // the process ends anyway
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a search says that finds something.
    fn finding(search: impl FnOnce()) -> String {
        words_of(&*catch_unwind(AssertUnwindSafe(search)).expect_err("nothing was found")).to_owned()
    }

    #[test]
    fn planted_faults_are_found_with_their_input() {
        let parser = |input: &[u8]| match std::str::from_utf8(input) {
            Ok(text) if text.starts_with("len=") && text[4..].parse::<u64>().is_ok_and(|n| n > 1000) => panic!("boom"),
            Ok(_) => "text".to_owned(),
            Err(_) => "bytes".to_owned(),
        };
        let found = finding(|| mutations("planted", &[b"len=12"], &[], 100_000, parser));
        assert!(found.contains("boom for b\"len=") && found.contains("seed"), "{found}");
    }

    #[test]
    fn a_run_is_the_same_every_time() {
        let run = || {
            let mut seen = Vec::new();
            mutations("same", &[b"a", b"bcd"], &["word"], 200, |input| {
                seen.push(input.to_vec());
                input.len().to_string()
            });
            seen
        };
        if from_environment("BOX_FUZZ_SECONDS").is_none() {
            assert_eq!(run(), run());
        }
    }
}
