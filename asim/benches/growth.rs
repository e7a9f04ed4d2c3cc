//! The cost of one operation while 10, 100, .. 1,000,000 others wait. Their number should not matter.
//!
//! ```text
//! cargo bench -p asim --bench growth                           # nanoseconds
//! cargo bench -p asim --bench growth -- --instructions         # instructions, up to 100,000
//! cargo bench -p asim --bench growth -- --instructions 1000000
//! cargo bench -p asim --bench growth -- resource               # the cases whose names begin so
//! ```
//!
//! Only the operations are measured, not the preparation. valgrind's `callgrind` counts the instructions,
//! and its count does not depend on what else the machine does. Time also grows because a million of
//! anything does not fit into the processor's caches.

#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts as figures, for machines of 64 bits"
)]

mod callgrind;
mod growing;

use std::time::{Duration, Instant};

use growing::{Case, Grows, MANY, MEASURED, Meter, cases};

/// The numbers of waiting things.
const SIZES: [usize; 6] = [10, 100, 1000, 10_000, 100_000, 1_000_000];

/// The largest size that is counted by default, as callgrind is slow.
const COUNTED: usize = 100_000;

/// A case at one size is repeated for this long when it is timed.
const PATIENCE: Duration = Duration::from_millis(100);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let ["run", name, n] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return run(name, n.parse().expect("a number"));
    }
    // `cargo test` runs benches without `--bench`.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("usage: cargo bench -p asim --bench growth -- [CASE] [--instructions [N]]");
        return;
    }
    let counting = arguments.iter().any(|argument| argument == "--instructions");
    let largest = arguments.iter().find_map(|argument| argument.parse().ok());
    let largest = largest.unwrap_or(if counting { COUNTED } else { usize::MAX });
    let is_name =
        |argument: &&String| !argument.starts_with("--") && argument.parse::<u32>().is_err();
    let prefix = arguments.iter().find(is_name).map_or("", String::as_str);
    let sizes: Vec<usize> = SIZES.into_iter().filter(|&size| size <= largest).collect();

    let unit = if counting { "instructions" } else { "nanoseconds" };
    println!(
        "| {unit} an operation | {} | |",
        sizes.iter().map(|&n| grouped(n as u64)).collect::<Vec<_>>().join(" | ")
    );
    println!("|---|{}---|", "---:|".repeat(sizes.len()));
    for case in cases().filter(|case| case.name.starts_with(prefix)) {
        let cost = |&n: &usize| match n {
            n if n > case.most => String::new(),
            n if counting => grouped(count(case, n)),
            n => format!("{:.0}", time(case, n)),
        };
        let costs: Vec<String> = sizes.iter().map(cost).collect();
        let grows = match case.grows {
            Grows::Flat => "flat".to_owned(),
            Grows::Logarithmic => "logarithmic".to_owned(),
            Grows::Linear(why) => format!("linear: {why}"),
        };
        println!("| {} | {} | {grows} |", case.what, costs.join(" | "));
    }
}

/// Runs under callgrind: does enough operations for an average, and prints their number.
fn run(name: &str, n: usize) {
    let case = cases().find(|case| case.name == name).expect("a case");
    let mut meter = Meter::default();
    while meter.operations < MANY.min(100 * n as u64) {
        (case.run)(n, &mut meter);
        if matches!(case.grows, Grows::Linear(_)) {
            break;
        }
    }
    println!("{}", meter.operations);
}

/// Returns the instructions for one operation.
fn count(case: &Case, n: usize) -> u64 {
    let counted = callgrind::count(&["run", case.name, &n.to_string()], Some(MEASURED));
    let operations: u64 = counted.output.trim().parse().expect("the number of operations");
    counted.instructions / operations
}

/// Returns the nanoseconds for one operation: those of the fastest round.
fn time(case: &Case, n: usize) -> f64 {
    let start = Instant::now();
    let mut fastest = f64::INFINITY;
    while fastest.is_infinite() || start.elapsed() < PATIENCE {
        let mut meter = Meter::default();
        (case.run)(n, &mut meter);
        fastest = fastest.min(meter.seconds * 1e9 / meter.operations as f64);
    }
    fastest
}

/// Writes `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
