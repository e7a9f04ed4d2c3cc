//! Every example prints what is recorded beside it, and every record has its example.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        if let Err(complaint) = compare(name) {
            complaints.push(format!("{name}: {complaint}"));
        }
    }
    assert!(!examples.is_empty(), "no examples found in {}", folder().display());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Runs one example and compares its output with its record.
fn compare(name: &str) -> Result<(), String> {
    let program = program(name);
    let run = Command::new(&program).output().map_err(|error| {
        format!("{} does not start ({error}); `cargo build --examples` makes it", program.display())
    })?;
    if !run.status.success() {
        return Err(format!("{}\n{}", run.status, String::from_utf8_lossy(&run.stderr)));
    }
    let record = folder().join(format!("{name}.out"));
    let recorded = std::fs::read_to_string(&record).map_err(|error| error.to_string())?;
    same(&recorded, &String::from_utf8_lossy(&run.stdout))
}

/// Line for line, except that a record may have been checked out with another line ending.
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

/// Where cargo puts examples: in `examples`, beside the `deps` that this test runs from.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a file");
    let profile = test.ancestors().nth(2).expect("a test is in `deps` in the profile's folder");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    profile.join("examples").join(file)
}

/// The names of the files with this extension in the package's root, where the models are.
fn files_named(extension: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).expect("the package's folder can be read");
    files
        .map(|file| file.expect("the package's folder can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
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
