//! A guard: compares the number of instructions of an event with the number on record.
//!
//! ```text
//! cargo bench -p asim --bench instructions               # compare; an error if a case grew by over 5 %
//! cargo bench -p asim --bench instructions -- --record   # write the record anew
//! ```
//!
//! Each case runs at two sizes under `callgrind`, and the difference in instructions is divided by the
//! difference in events, so start-up does not count. If valgrind is missing, the program says so (exit
//! status 2). The record, `benches/instructions.csv`, names the compiler. With another compiler, a case
//! that grew is a warning and not an error.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::cast_precision_loss, reason = "counts as figures")]

#[allow(clippy::pedantic, unreachable_pub, missing_docs, reason = "the rivals' file, as it is")]
#[path = "rivals/common/common.rs"]
mod common;

mod callgrind;
#[allow(dead_code, reason = "no time is taken here")]
mod cases;

use std::fmt::Write;
use std::process::{Command, ExitCode};

/// The factor by which a case may exceed the record.
const GROWTH: f64 = 1.05;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.csv");

/// The text before the compiler's name in the record.
const WITH: &str = "# with ";

/// A case at a smaller and at a larger size. For `hold` the name includes the number of holders.
struct Case {
    name: &'static str,
    sizes: [u64; 2],
}

const CASES: [Case; 19] = [
    Case { name: "ping", sizes: [10_000, 110_000] },
    Case { name: "hold 100", sizes: [10_000, 60_000] },
    Case { name: "hold 10000", sizes: [50_000, 100_000] },
    Case { name: "mm1", sizes: [5_000, 25_000] },
    Case { name: "mm1_measured", sizes: [5_000, 25_000] },
    Case { name: "mm1_traced", sizes: [5_000, 25_000] },
    Case { name: "mm1_fingerprint", sizes: [5_000, 25_000] },
    Case { name: "mm1_lines", sizes: [5_000, 25_000] },
    Case { name: "mm1_perfetto", sizes: [5_000, 25_000] },
    Case { name: "mm1_text", sizes: [5_000, 25_000] },
    Case { name: "pipeline", sizes: [1_000, 6_000] },
    Case { name: "spawn", sizes: [10, 50] },
    Case { name: "race", sizes: [5_000, 35_000] },
    Case { name: "channel", sizes: [10_000, 60_000] },
    Case { name: "get_or_timeout", sizes: [5_000, 35_000] },
    Case { name: "join", sizes: [5_000, 35_000] },
    Case { name: "interrupt", sizes: [5_000, 25_000] },
    Case { name: "interruptible", sizes: [5_000, 25_000] },
    Case { name: "all_of", sizes: [5_000, 35_000] },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["run", case, size, holders] => run(case, number(size), number(holders)),
        ["--bench"] => compare(),
        ["--record", "--bench"] | ["--bench", "--record"] => record(),
        // `cargo test` runs benches without arguments.
        _ => {
            println!("usage: cargo bench -p asim --bench instructions [-- --record]");
            ExitCode::SUCCESS
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

/// Runs a case under callgrind, and prints the number of events.
fn run(case: &str, size: u64, holders: u64) -> ExitCode {
    let Some(Ok(done)) = cases::run(case, size, holders) else { return ExitCode::FAILURE };
    println!("{}", done.events);
    // Without freeing what is left, as that is not measured.
    std::process::exit(0)
}

/// Returns the number of instructions that an event of the case takes.
fn measure(case: &Case) -> f64 {
    let (name, holders) = case.name.split_once(' ').unwrap_or((case.name, "1"));
    let [small, large] = case.sizes.map(|size| {
        let counted = callgrind::count(&["run", name, &size.to_string(), holders], None);
        (counted.instructions, number(counted.output.trim()))
    });
    (large.0 - small.0) as f64 / (large.1 - small.1) as f64
}

fn record() -> ExitCode {
    let mut text = String::from(
        "# Instructions an event; `cargo bench -p asim --bench instructions -- --record` writes this.\n",
    );
    let _ = writeln!(text, "{WITH}{}", compiler());
    for case in &CASES {
        let _ = writeln!(text, "{},{:.1}", case.name, measure(case));
    }
    print!("{text}");
    std::fs::write(RECORD, text).expect("the record can be written");
    ExitCode::SUCCESS
}

fn compare() -> ExitCode {
    let text = std::fs::read_to_string(RECORD).unwrap_or_default();
    let recorded_with = text.lines().find_map(|line| line.strip_prefix(WITH)).unwrap_or("nothing");
    let mut failed = false;
    println!("{:16}{:>10}{:>10}", "", "now", "recorded");
    for case in &CASES {
        let now = measure(case);
        let recorded = text.lines().find_map(|line| {
            let (name, instructions) = line.split_once(',')?;
            (name == case.name).then(|| instructions.parse::<f64>().ok())?
        });
        let Some(recorded) = recorded else {
            println!("{:16}{now:>10.1}{:>10}  NOT ON RECORD", case.name, "");
            failed = true;
            continue;
        };
        let percent = (now / recorded - 1.0) * 100.0;
        let grew = now > recorded * GROWTH;
        failed |= grew;
        let verdict = if grew { "  GREW" } else { "" };
        println!("{:16}{now:>10.1}{recorded:>10.1}{percent:>+8.1} %{verdict}", case.name);
    }
    let compiler = compiler();
    if compiler != recorded_with {
        println!("warning: this is {compiler}, recorded was {recorded_with}: nothing is an error");
        return ExitCode::SUCCESS;
    }
    if failed {
        eprintln!("error: a case takes more instructions than is on record, or is not on record");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Returns the compiler and its target. Both affect the instructions as much as the source does.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!("{} on {}", version.unwrap_or_default(), std::env::consts::ARCH)
}
