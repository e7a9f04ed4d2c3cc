//! Random programs over everything public: asim and the reference model must give the same trace,
//! step by step, and nothing may be lost or doubled at any instant.
//!
//! `ASIM_PROGRAMS=1000000` runs that many programs. `ASIM_SEED=7` sets the first seed: the seeds go
//! up from there, and are the same every time.

use asim_tests::generate::{from_bytes, from_seed};
use asim_tests::program::Program;
use asim_tests::{compare, reference};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::for_seeds;

/// The usual number of programs: they take a few seconds in a debug build.
const USUALLY: u64 = 6_000;

#[test]
fn asim_does_what_the_rules_say() {
    let lines = AtomicU64::new(0);
    let holds = |seed| match compare::compare(&from_seed(seed)) {
        Ok(trace) => {
            lines.fetch_add(trace.lines.len() as u64, Ordering::Relaxed);
            true
        }
        Err(_) => false,
    };
    let report = |seed| compare::report(&format!("seed {seed}"), &from_seed(seed));
    let (first, count) = for_seeds(USUALLY, holds, report);
    println!("{count} programs from seed {first} on ran clean, {} steps", lines.into_inner());
}

/// Checks that the programs are good tests: everything that can be seen is seen, and often.
#[test]
fn the_programs_reach_everything() {
    let marks = [
        "Err(interrupt",
        "Err(preempted",
        "Ok(",
        "branch 0: ",
        "branch 1: ",
        "branch 2: ",
        "is dropped",
        "= returned",
        "= failed",
        "= cancelled",
        "= interrupted",
        "= slot",
        "None",
        "Err(#",
        "get_where",
        "without_preemption",
        "run: Ok",
        "failed",
        "was interrupted",
        "FirstOf(FirstOf",
        "AllOf(FirstOf",
        "FirstOf(async",
        "interruptible(async",
        "timeout_until(",
        "settled()",
        "until(",
        "&& ",
        "FirstOf(&mut v",
        "interruptible(&mut v",
    ];
    let mut seen = vec![0; marks.len()];
    for seed in 0..8_000 {
        for line in reference::run(&from_seed(seed)).lines {
            for (count, mark) in seen.iter_mut().zip(marks) {
                *count += usize::from(line.what.contains(mark));
            }
        }
    }
    let rare: Vec<_> = marks.iter().zip(&seen).filter(|&(_, &count)| count < 10).collect();
    assert!(rare.is_empty(), "hardly ever seen: {rare:?}");
}

/// The same seed gives the same program and the same trace.
#[test]
fn a_seed_says_it_all() {
    for seed in 0..200 {
        let (one, other) = (from_seed(seed), from_seed(seed));
        assert_eq!(one, other);
        assert_eq!(reference::run(&one), reference::run(&other));
    }
}

/// All bytes of a fuzzer are a program.
#[test]
fn any_bytes_are_a_program() {
    for length in 0..200_u8 {
        let bytes: Vec<u8> =
            (0..length).map(|at| at.wrapping_mul(37).wrapping_add(length)).collect();
        let program: Program = from_bytes(&bytes);
        assert!(compare::compare(&program).is_ok(), "{}", compare::report("", &program));
    }
}
