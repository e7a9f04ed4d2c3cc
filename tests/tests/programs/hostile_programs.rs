//! Random programs with hostile user code: wherever the library calls it, it calls back into the
//! library, or panics. Whatever it does, nothing may be lost or doubled in the end, and no process
//! that could go on may sleep.
//!
//! `ASIM_PROGRAMS=1000000` runs that many programs. `ASIM_SEED=7` sets the first seed: the seeds go
//! up from there, and are the same every time. `ASIM_SURVEY=1` goes on after a failure, and prints
//! one line for each failure.

use asim_tests::hostile::check::run;
use asim_tests::hostile::generate::from_seed;
use asim_tests::hostile::program::Program;
use asim_tests::hostile::shrink::shrink;

use crate::for_seeds;

/// The usual number of programs: they take a few seconds in a debug build.
const USUALLY: u64 = 10_000;

/// Returns what is wrong with a program, if anything is.
fn wrong(program: &Program) -> Option<Vec<String>> {
    match run(program) {
        Err((fouls, _)) => Some(fouls),
        Ok(_) if program.has_threads() => None,
        Ok(trace) => match run(program) {
            Err((fouls, _)) => Some(fouls),
            Ok(again) if again == trace => None,
            Ok(_) => Some(vec!["two runs differ".to_owned()]),
        },
    }
}

fn report(seed: u64, program: &Program) -> String {
    let kind = |fouls: &[String]| fouls[0].split(':').next().unwrap_or_default().to_owned();
    let first = wrong(program).unwrap_or_default();
    let small = shrink(program, |candidate| {
        wrong(candidate).is_some_and(|fouls| kind(&fouls) == kind(&first))
    });
    let (fouls, trace) = run(&small).err().unwrap_or_default();
    format!("seed {seed}: {fouls:#?}\n{small:?}\n{}", trace.join("\n"))
}

#[test]
fn hostile_user_code_breaks_nothing() {
    let holds = |seed| {
        let program = from_seed(seed);
        let is_survey = std::env::var("ASIM_SURVEY").is_ok();
        if is_survey {
            // Printed first, so that the seed is known even if the run aborts.
            println!("AT {seed}");
        }
        match wrong(&program) {
            Some(fouls) if is_survey => {
                println!("SURVEY {seed} {}", fouls[0]);
                true
            }
            fouls => fouls.is_none(),
        }
    };
    let (first, count) = for_seeds(USUALLY, holds, |seed| report(seed, &from_seed(seed)));
    println!("{count} programs from seed {first} on ran clean");
}
