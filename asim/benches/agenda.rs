//! The agenda against the classics: what a pop and an insert cost while many entries are pending.
//!
//! ```text
//! cargo bench -p asim --bench agenda                # up to 1,000,000 pending, and 10,000,000 once
//! cargo bench -p asim --bench agenda -- all         # 10,000,000 pending in each case
//! cargo bench -p asim --bench agenda -- bimodal     # the case of this name
//! ```
//!
//! The *hold model*: the earliest entry is taken out and comes back after a random delay, again and
//! again, so the number of entries stays the same. All queues get the same entries, and it is checked that
//! they give the same ones in the same order. They take turns: each does some holds, then the next. A turn
//! is short, so that nothing else runs in some of them. The result is that of the fastest turn, in
//! nanoseconds for a hold.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, reason = "the last digits of a delay do not matter")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts as figures, for machines of 64 bits"
)]

/// The library's own files, in which paths begin at `crate::engine`.
#[path = "../src/engine"]
mod engine {
    #[allow(
        dead_code,
        unused_imports,
        reason = "not all of it is measured, and its tests run elsewhere"
    )]
    pub(crate) mod agenda;
}
mod queues;

use std::time::Instant;

use queues::{Binary, Calendar, FourAry, Ladder, Own, Queue};

const SIZES: [usize; 3] = [100, 10_000, 1_000_000];
const LARGEST: usize = 10_000_000;
/// The turns of each queue.
const TURNS: u32 = 25;
/// The holds of a turn.
const HOLDS: usize = 20_000;
/// The most holds before the first turn.
const WARM_UP: usize = 1_000_000;
/// The entries of a group that comes before all others.
const GROUP: u32 = 1000;

/// How the delays are distributed.
struct Case {
    name: &'static str,
    delay: fn(&mut Random) -> f64,
}

const CASES: [Case; 5] = [
    Case { name: "exponential", delay: |random| -random.unit().ln() },
    Case { name: "triangular", delay: |random| random.unit().sqrt() },
    // One in ten comes much later.
    Case {
        name: "bimodal",
        delay: |random| random.unit() + if random.unit() < 0.1 { 10.0 } else { 0.0 },
    },
    // Two humps, each a thousandth of the width, have 999 in 1000.
    Case {
        name: "camel",
        delay: |random| match random.unit() {
            which if which < 0.001 => random.unit(),
            which if which < 0.5 => 0.25 + 0.001 * random.unit(),
            _ => 0.75 + 0.001 * random.unit(),
        },
    },
    Case { name: "all equal", delay: |_| 1.0 },
];

const BEFORE_ALL: &str = "before all";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test` runs benches without `--bench`.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("usage: cargo bench -p asim --bench agenda -- [all | CASE]");
        return;
    }
    let name = arguments.iter().find(|argument| !argument.starts_with("--")).map(String::as_str);
    let all = name == Some("all");
    let name = name.filter(|_| !all).unwrap_or("");
    println!("| delays | pending | {} |", QUEUES.map(|(queue, _)| queue).join(" | "));
    println!("|---|---:|{}", "---:|".repeat(QUEUES.len()));
    for (number, case) in CASES.iter().enumerate().filter(|(_, case)| case.name.starts_with(name)) {
        for size in sizes(all || number == 0) {
            print_row(case.name, size, &compare(case, size));
        }
    }
    if BEFORE_ALL.starts_with(name) {
        for size in sizes(all) {
            print_row(BEFORE_ALL, size, &compare_before_all(size));
        }
    }
}

fn sizes(with_largest: bool) -> impl Iterator<Item = usize> {
    SIZES.into_iter().chain(with_largest.then_some(LARGEST))
}

fn print_row(name: &str, size: usize, times: &[f64]) {
    let times: Vec<String> = times.iter().map(|time| format!("{time:.0}")).collect();
    println!("| {name} | {size} | {} |", times.join(" | "));
}

/// Makes an empty queue.
type New = fn() -> Box<dyn Queue>;

/// The first one says what is right.
const QUEUES: [(&str, New); 5] = [
    ("binary heap", || Box::new(Binary::default())),
    ("4-ary heap", || Box::new(FourAry::default())),
    ("calendar", || Box::new(Calendar::new())),
    ("ladder", || Box::new(Ladder::default())),
    ("agenda", || Box::new(Own::new())),
];

/// Returns the nanoseconds for a hold of each queue.
fn compare(case: &Case, size: usize) -> Vec<f64> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let delays: Vec<f64> = (0..HOLDS).map(|_| (case.delay)(&mut random)).collect();
    let mut queues = filled(size, || (case.delay)(&mut random));
    for (_, queue) in &mut queues {
        queue.hold(&mut delays.iter().copied().cycle().take((4 * size).min(WARM_UP)));
    }
    take_turns(&mut queues, |queue, _| queue.hold(&mut delays.iter().copied()))
}

/// Returns the nanoseconds of each queue for an insert before everything and its pop.
fn compare_before_all(size: usize) -> Vec<f64> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut queues = filled(size, || 1e6 - random.unit().ln());
    let groups = HOLDS as u32 / GROUP;
    take_turns(&mut queues, |queue, turn| queue.before_all(f64::from(turn * groups), groups, GROUP))
}

fn filled(size: usize, mut time: impl FnMut() -> f64) -> Vec<(f64, Box<dyn Queue>)> {
    let mut queues: Vec<_> = QUEUES.map(|(_, new)| (f64::INFINITY, new())).into();
    for key in 0..size {
        let time = time();
        for (_, queue) in &mut queues {
            queue.insert(time, key as u32);
        }
    }
    queues
}

/// Lets the queues do work in turns. Returns the least nanoseconds of each.
fn take_turns(
    queues: &mut [(f64, Box<dyn Queue>)],
    mut work: impl FnMut(&mut dyn Queue, u32) -> u64,
) -> Vec<f64> {
    for turn in 0..TURNS {
        let mut right = None;
        for (number, (least, queue)) in queues.iter_mut().enumerate() {
            let start = Instant::now();
            let sum = work(&mut **queue, turn);
            *least = least.min(start.elapsed().as_secs_f64() * 1e9 / HOLDS as f64);
            let name = QUEUES[number].0;
            assert_eq!(sum, *right.get_or_insert(sum), "the order of the {name} is wrong");
        }
    }
    queues.iter().map(|(least, _)| *least).collect()
}

/// A generator of random numbers (xorshift).
struct Random(u64);

impl Random {
    /// Returns a number between 0 and 1, both excluded.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}
