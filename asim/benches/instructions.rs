//! A guard: how many instructions an event takes, beside what is on record.
//!
//! ```text
//! cargo bench -p asim --bench instructions               # compare; an error if a case grew by over 5 %
//! cargo bench -p asim --bench instructions -- --record   # write the record anew
//! ```
//!
//! Each case runs at two sizes under `callgrind`, and the difference is divided by the difference in
//! events: start-up does not count. It needs valgrind and says so if that is missing (exit status 2).
//! The record, `benches/instructions.csv`, names the compiler; with another one a case that grew is a
//! warning, not an error.

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

/// A case may cost so much more than is on record.
const GROWTH: f64 = 1.05;

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.csv");

/// In the record, what stands before the compiler.
const WITH: &str = "# with ";

/// A case, for `hold` with how many holders, at a smaller and at a larger size.
struct Case {
    name: &'static str,
    sizes: [u64; 2],
}

const CASES: [Case; 11] = [
    Case { name: "ping", sizes: [10_000, 110_000] },
    Case { name: "hold 100", sizes: [10_000, 60_000] },
    Case { name: "hold 10000", sizes: [50_000, 100_000] },
    Case { name: "mm1", sizes: [5_000, 25_000] },
    Case { name: "pipeline", sizes: [1_000, 6_000] },
    Case { name: "spawn", sizes: [10, 50] },
    Case { name: "race", sizes: [5_000, 35_000] },
    Case { name: "channel", sizes: [10_000, 60_000] },
    Case { name: "join", sizes: [5_000, 35_000] },
    Case { name: "interrupt", sizes: [5_000, 25_000] },
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

/// Under callgrind: runs a case and prints how many events there were.
fn run(case: &str, size: u64, holders: u64) -> ExitCode {
    let Some(Ok(done)) = cases::run(case, size, holders) else { return ExitCode::FAILURE };
    println!("{}", done.events);
    // Freeing what is left is not what is measured.
    std::process::exit(0)
}

/// How many instructions an event of the case takes.
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
    println!("{:12}{:>10}{:>10}", "", "now", "recorded");
    for case in &CASES {
        let now = measure(case);
        let recorded = text.lines().find_map(|line| {
            let (name, instructions) = line.split_once(',')?;
            (name == case.name).then(|| instructions.parse::<f64>().ok())?
        });
        let Some(recorded) = recorded else {
            println!("{:12}{now:>10.1}{:>10}  NOT ON RECORD", case.name, "");
            failed = true;
            continue;
        };
        let percent = (now / recorded - 1.0) * 100.0;
        let grew = now > recorded * GROWTH;
        failed |= grew;
        let verdict = if grew { "  GREW" } else { "" };
        println!("{:12}{now:>10.1}{recorded:>10.1}{percent:>+8.1} %{verdict}", case.name);
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

/// The compiler and what it compiles for: they decide about instructions as much as the source does.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!("{} on {}", version.unwrap_or_default(), std::env::consts::ARCH)
}
