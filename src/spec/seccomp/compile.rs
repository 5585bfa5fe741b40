//! Rules become a BPF program: by architecture, then a binary search over ranges of numbers, then the arguments.
//!
//! BPF only jumps forward, so the program is made from its end to its beginning: whatever an instruction jumps to is
//! there already. A conditional jump reaches 255 instructions; beyond that it goes through an unconditional one.

use crate::error::{Error, Result};
use crate::sys::seccomp::{Action, MAX_INSTRUCTIONS, SockFilter, data, op};

use super::architecture::{Architecture, X32_BIT};
use super::rules::{Condition, Rule, Rules, Test, Verdict};

/// The program for calls of `architectures`; a call by the rules of any other ends the process.
pub fn program(rules: &Rules, architectures: &[Architecture]) -> Result<Vec<SockFilter>> {
    let mut assembler = Assembler::default();
    // Made last to first: the first architecture, the machine's own, is asked for first.
    let mut otherwise = assembler.end(Action::KillProcess);
    for architecture in architectures.iter().rev().filter(|architecture| **architecture != Architecture::X32) {
        let search = assembler.search(&ranges(rules, *architecture, architectures), rules.default_action);
        let section = assembler.load(data::NUMBER, search);
        otherwise = assembler.branch(op::IF_EQUAL, architecture.audit(), section, otherwise);
    }
    assembler.load(data::ARCHITECTURE, otherwise);
    match assembler.reversed.len() {
        ..=MAX_INSTRUCTIONS => Ok(assembler.reversed.into_iter().rev().collect()),
        length => {
            Err(Error::usage(format!("the profile needs {length} instructions, the kernel takes {MAX_INSTRUCTIONS}"))
                .with_hint("use fewer rules with conditions on arguments, or fewer architectures"))
        }
    }
}

/// Numbers from `start` up to the next range share a verdict.
struct Range<'a> {
    start: u32,
    verdict: &'a Verdict,
}

static KILL: Verdict = Verdict::Always(Action::KillProcess);
/// No rule fits: the default action.
static NOTHING_SAID: Verdict = Verdict::FirstOf(Vec::new());

/// All numbers from 0 to 2^32-1; neighbours with equal verdicts are one range.
fn ranges<'a>(rules: &'a Rules, architecture: Architecture, all: &[Architecture]) -> Vec<Range<'a>> {
    let mut calls = architecture.calls();
    let with_x32 = all.contains(&Architecture::X32);
    if architecture == Architecture::X86_64 && with_x32 {
        calls.extend(Architecture::X32.calls());
    }
    let mut ranges = vec![Range { start: 0, verdict: &NOTHING_SAID }];
    let mut push = |start: u32, verdict: &'a Verdict| {
        let last = ranges.last_mut().expect("there is a range from 0");
        if last.verdict == verdict {
            return;
        }
        match last.start == start {
            true => last.verdict = verdict,
            false => ranges.push(Range { start, verdict }),
        }
    };
    let mut next = 0;
    for (number, name) in calls {
        let Some(verdict) = rules.verdict(name) else { continue };
        if number < next {
            continue; // Another name of the number before.
        }
        if number > next {
            push(next, &NOTHING_SAID);
        }
        push(number, verdict);
        next = number + 1;
    }
    push(next, &NOTHING_SAID);
    if architecture == Architecture::X86_64 && !with_x32 {
        push(X32_BIT, &KILL);
        // -1: what a tracer writes there to have the call skipped.
        push(u32::MAX, &NOTHING_SAID);
    }
    ranges
}

/// A place in the program: how many instructions there are from it to the end, itself included.
type Label = usize;

#[derive(Default)]
struct Assembler<'a> {
    reversed: Vec<SockFilter>,
    ends: Vec<(Action, Label)>,
    /// Tests of arguments made so far; the architectures share them.
    tests: Vec<(&'a Verdict, Label)>,
}

impl<'a> Assembler<'a> {
    fn here(&self) -> Label {
        self.reversed.len()
    }

    fn push(&mut self, instruction: SockFilter) -> Label {
        self.reversed.push(instruction);
        self.here()
    }

    /// How many instructions the next one pushed would skip to come to `label`.
    fn distance(&self, label: Label) -> usize {
        self.here() - label
    }

    /// One return for each action within reach: cheaper than a jump to one further away.
    fn end(&mut self, action: Action) -> Label {
        const NEAR: usize = 200;
        let known = self.ends.iter().rposition(|(ended, _)| *ended == action);
        if let Some(known) = known
            && self.distance(self.ends[known].1) < NEAR
        {
            return self.ends[known].1;
        }
        let label = self.push(SockFilter::end(action));
        match known {
            Some(known) => self.ends[known].1 = label,
            None => self.ends.push((action, label)),
        }
        label
    }

    fn load(&mut self, offset: u32, then: Label) -> Label {
        self.goes_on_to(then);
        self.push(SockFilter::load(offset))
    }

    /// Loads an argument's half and masks it.
    fn load_masked(&mut self, offset: u32, mask: u32, then: Label) -> Label {
        self.goes_on_to(then);
        if mask != u32::MAX {
            self.push(SockFilter::and(mask));
        }
        self.push(SockFilter::load(offset))
    }

    /// Whatever is pushed next continues at `label`.
    fn goes_on_to(&mut self, label: Label) {
        if label != self.here() {
            self.push(SockFilter::jump(self.distance(label) as u32));
        }
    }

    fn branch(&mut self, code: u16, k: u32, yes: Label, no: Label) -> Label {
        const REACH: usize = u8::MAX as usize;
        let (mut yes, mut no) = (yes, no);
        // The jump for `no`, if there is one, takes a place between the branch and `yes`.
        if self.distance(yes) >= REACH {
            yes = self.push(SockFilter::jump(self.distance(yes) as u32));
        }
        if self.distance(no) > REACH {
            no = self.push(SockFilter::jump(self.distance(no) as u32));
        }
        let skip = |label| u8::try_from(self.distance(label)).expect("what is further away is reached by a jump");
        self.push(SockFilter::branch(code, k, skip(yes), skip(no)))
    }

    /// A binary search for the number in the accumulator.
    fn search(&mut self, ranges: &[Range<'a>], default_action: Action) -> Label {
        match ranges {
            [] => self.end(default_action),
            [only] => self.verdict(only.verdict, default_action),
            _ => {
                let (below, above) = ranges.split_at(ranges.len() / 2);
                let pivot = above[0].start;
                let above = self.search(above, default_action);
                let below = self.search(below, default_action);
                self.branch(op::IF_GREATER_OR_EQUAL, pivot, above, below)
            }
        }
    }

    fn verdict(&mut self, verdict: &'a Verdict, default_action: Action) -> Label {
        match verdict {
            Verdict::Always(action) => self.end(*action),
            Verdict::FirstOf(rules) if rules.is_empty() => self.end(default_action),
            Verdict::FirstOf(rules) => {
                if let Some((_, label)) = self.tests.iter().find(|(made, _)| std::ptr::eq(*made, verdict)) {
                    return *label;
                }
                let label = self.first_of(rules, default_action);
                self.tests.push((verdict, label));
                label
            }
        }
    }

    fn first_of(&mut self, rules: &[Rule], default_action: Action) -> Label {
        let mut otherwise = self.end(default_action);
        for rule in rules.iter().rev() {
            let mut holds = self.end(rule.action);
            for condition in rule.conditions.iter().rev() {
                holds = self.condition(condition, holds, otherwise);
            }
            otherwise = holds;
        }
        otherwise
    }

    /// BPF sees 32 bits at a time: the high half decides unless it is equal, then the low half does.
    fn condition(&mut self, condition: &Condition, yes: Label, no: Label) -> Label {
        let (code, code_high, yes, no) = match condition.test {
            Test::Equal => (op::IF_EQUAL, None, yes, no),
            Test::NotEqual => (op::IF_EQUAL, None, no, yes),
            Test::Greater => (op::IF_GREATER, Some(op::IF_GREATER), yes, no),
            Test::LessOrEqual => (op::IF_GREATER, Some(op::IF_GREATER), no, yes),
            Test::GreaterOrEqual => (op::IF_GREATER_OR_EQUAL, Some(op::IF_GREATER), yes, no),
            Test::Less => (op::IF_GREATER_OR_EQUAL, Some(op::IF_GREATER), no, yes),
        };
        let (mask_low, mask_high) = halves(condition.mask);
        let (value_low, value_high) = halves(condition.value);

        let low = self.branch(code, value_low, yes, no);
        let low = self.load_masked(data::argument_low(condition.argument), mask_low, low);
        if mask_high == 0 && value_high == 0 {
            return low;
        }
        let mut high = self.branch(op::IF_EQUAL, value_high, low, no);
        if let Some(code_high) = code_high {
            high = self.branch(code_high, value_high, yes, high);
        }
        self.load_masked(data::argument_high(condition.argument), mask_high, high)
    }
}

fn halves(value: u64) -> (u32, u32) {
    (value as u32, (value >> 32) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a branch of this program, made last, comes to when it skips `skip`.
    fn follow(assembler: &Assembler, skip: u8) -> SockFilter {
        let mut ahead = assembler.reversed.iter().rev().skip(1 + usize::from(skip));
        loop {
            match ahead.next().expect("a jump stays inside the program") {
                jump if jump.code == op::JUMP => drop(ahead.nth(jump.k as usize - 1)),
                other => return *other,
            }
        }
    }

    #[test]
    fn a_branch_reaches_its_targets_at_any_distance() {
        let (allow, trap) = (SockFilter::end(Action::Allow), SockFilter::end(Action::Trap));
        for far in [0, 1, 252, 253, 254, 255, 256, 257, 700] {
            for near in [0, 1, 252, 253, 254, 255, 256, 257, 700] {
                let mut assembler = Assembler::default();
                let first = assembler.push(allow);
                (0..far).for_each(|_| _ = assembler.push(SockFilter::load(0)));
                let second = assembler.push(trap);
                (0..near).for_each(|_| _ = assembler.push(SockFilter::load(0)));
                for (yes, no, wanted) in [(first, second, (allow, trap)), (second, first, (trap, allow))] {
                    assembler.branch(op::IF_EQUAL, 0, yes, no);
                    let SockFilter { jt, jf, .. } = *assembler.reversed.last().unwrap();
                    assert_eq!((follow(&assembler, jt), follow(&assembler, jf)), wanted, "{far} and {near} between");
                }
            }
        }
    }
}
