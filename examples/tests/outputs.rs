//! Every example prints the output that is recorded beside it, and every record has its example. SimPy's
//! models do so with other random numbers too.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn every_example_prints_its_record() {
    let examples = files_named("rs");
    let records = files_named("out");
    let mut complaints: Vec<String> = Vec::new();
    for name in examples.difference(&records) {
        complaints.push(format!("{name}.rs: there is no {name}.out beside it"));
    }
    for name in records.difference(&examples) {
        complaints.push(format!("{name}.out: there is no {name}.rs beside it"));
    }
    for name in examples.intersection(&records) {
        if let Err(complaint) = compare(name, &[]) {
            complaints.push(format!("{name}: {complaint}"));
        }
    }
    assert!(!examples.is_empty(), "no examples found in {}", folder().display());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_draws_may_come_from_a_file() {
    let mut complaints: Vec<String> = Vec::new();
    let draws: BTreeSet<String> = files_named("csv");
    for file in &draws {
        let name = file.strip_suffix(".draws").expect("a record of draws is NAME.draws.csv");
        let path = folder().join(format!("{file}.csv"));
        if let Err(complaint) = compare(name, &[OsStr::new("--draws"), path.as_os_str()]) {
            complaints.push(format!("{name} --draws {}: {complaint}", path.display()));
        }
    }
    assert!(!draws.is_empty(), "no draws found in {}", folder().display());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The models that draw random numbers as Python does. The first one draws none.
const SIMPYS: [&str; 7] = [
    "latency",
    "bank_renege",
    "carwash",
    "gas_station_refuel",
    "machine_shop",
    "movie_renege",
    "process_communication",
];

#[test]
fn a_run_from_any_seed_can_be_recorded_and_replayed() {
    for name in SIMPYS {
        let [first, second] = [1, 2].map(|number| temporary(&format!("{name}.{number}.csv")));
        let seeded = printed(name, &["--seed", "7", "--record", &first]);
        let replayed = printed(name, &["--draws", &first, "--record", &second]);
        assert_eq!(seeded, replayed, "{name}");
        assert_eq!(read(&first), read(&second), "{name}");
        assert_eq!(name == "latency", seeded == printed(name, &[]), "{name}");
    }
}

#[test]
fn the_draws_from_simpys_seed_are_those_that_simpy_made() {
    for file in files_named("csv") {
        let name = file.strip_suffix(".draws").expect("a record of draws is NAME.draws.csv");
        let record = temporary(&format!("{name}.42.csv"));
        printed(name, &["--seed", "42", "--record", &record]);
        let simpys = std::fs::read_to_string(folder().join(format!("{file}.csv"))).unwrap();
        let ours = read(&record);
        assert_eq!(simpys.lines().count(), ours.lines().count(), "{name}");
        for (simpys, ours) in simpys.lines().zip(ours.lines()) {
            assert!(same_draw(simpys, ours), "{name}: {ours} is not {simpys}");
        }
    }
}

/// Compares two draws, up to two units in the last place of a number that was made with a logarithm.
fn same_draw(simpys: &str, ours: &str) -> bool {
    let near = || {
        let ((simpys_call, simpys), (call, ours)) =
            (simpys.rsplit_once(',')?, ours.rsplit_once(',')?);
        let (simpys, ours): (f64, f64) = (simpys.parse().ok()?, ours.parse().ok()?);
        let apart = simpys.to_bits().abs_diff(ours.to_bits());
        Some(simpys_call == call && call.starts_with("expovariate,") && apart <= 2)
    };
    simpys == ours || near() == Some(true)
}

#[test]
fn a_wrong_command_line_is_refused() {
    for (words, expected) in [
        (&["--seed", "seven"][..], "not `seven`"),
        (&["--sede", "7"], "`--sede` on the command line"),
        (&["--draws", "nowhere/to.csv"], "nowhere/to.csv"),
        (&["--record", "nowhere/to.csv"], "nowhere/to.csv"),
    ] {
        let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        let run = run("carwash", &words).unwrap();
        let complaint = String::from_utf8_lossy(&run.stderr);
        assert!(!run.status.success() && complaint.contains(expected), "{words:?}: {complaint}");
    }
}

#[test]
fn another_models_draws_are_refused() {
    let draws = folder().join("bank_renege.draws.csv");
    let run = run("carwash", &[OsStr::new("--draws"), draws.as_os_str()]).unwrap();
    let complaint = String::from_utf8_lossy(&run.stderr);
    let expected =
        "the model asks for randint(5, 9), but draw 1 on record (line 2) is expovariate(0.1)";
    assert!(!run.status.success() && complaint.contains(expected), "{complaint}");
}

/// Returns what the example prints, and panics if it fails.
fn printed(name: &str, words: &[&str]) -> String {
    let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    let run = run(name, &words).unwrap();
    assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("examples print text")
}

/// Returns the path of a file that a test may write.
fn temporary(file: &str) -> String {
    format!("{}/{file}", env!("CARGO_TARGET_TMPDIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

fn run(name: &str, arguments: &[&OsStr]) -> Result<Output, String> {
    let program = program(name);
    Command::new(&program).args(arguments).output().map_err(|error| {
        format!("{} does not start ({error}); `cargo build --examples` makes it", program.display())
    })
}

/// Runs one example and compares its output with its record.
fn compare(name: &str, arguments: &[&OsStr]) -> Result<(), String> {
    let run = run(name, arguments)?;
    if !run.status.success() {
        return Err(format!("{}\n{}", run.status, String::from_utf8_lossy(&run.stderr)));
    }
    let record = folder().join(format!("{name}.out"));
    let recorded = std::fs::read_to_string(&record).map_err(|error| error.to_string())?;
    same(&recorded, &String::from_utf8_lossy(&run.stdout))
}

/// Compares line by line, as a record may have been checked out with other line endings.
fn same(recorded: &str, printed: &str) -> Result<(), String> {
    let (mut recorded, mut printed) = (recorded.lines(), printed.lines());
    for line in 1.. {
        match (recorded.next(), printed.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let end = "(the end)";
                return Err(format!(
                    "line {line} differs\n  recorded: {}\n  printed:  {}",
                    old.unwrap_or(end),
                    new.unwrap_or(end)
                ));
            }
        }
    }
    Ok(())
}

/// Returns the path of an example's program. Cargo puts examples in `examples`, beside the `deps` that
/// this test runs from.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    let profile = test.ancestors().nth(2).expect("a test is in `deps` in the profile's folder");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    profile.join("examples").join(file)
}

/// Returns the names of the files with this extension in the package's root, where the models are.
fn files_named(extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).expect("the package's folder can be read");
    files
        .map(|file| file.expect("the package's folder can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| !["build", "fingerprints"].contains(&name.as_str())) // no models, and no draws
        .collect()
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_difference_is_told_by_its_line() {
    assert_eq!(same("a\nb\n", "a\nb\n"), Ok(()));
    assert_eq!(
        same("a\nb\n", "a\nc\n").unwrap_err(),
        "line 2 differs\n  recorded: b\n  printed:  c"
    );
    assert_eq!(
        same("a\nb\n", "a\n").unwrap_err(),
        "line 2 differs\n  recorded: b\n  printed:  (the end)"
    );
}
