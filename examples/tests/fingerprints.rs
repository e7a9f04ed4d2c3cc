//! Every example has the fingerprint that is recorded in `fingerprints.csv`: in every build, on every platform.
//!
//! `UPDATE_EXPECT=1 cargo test -p asim-examples --test fingerprints` records them again.
//! `cargo test --release -p asim-examples --test fingerprints` compares those of an optimised build.
//!
//! That of a study is the fingerprint of its first replication.
//!
//! An example reads its command line. So each runs in a process of its own, which is this program again.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use asim::Fingerprint;

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Names the example that this process shall run.
const EXAMPLE: &str = "ASIM_EXAMPLE";
/// Names the file for its fingerprint.
const FILE: &str = "ASIM_FINGERPRINT";

/// Runs an example, and returns its fingerprint.
fn fingerprint(name: &str) -> String {
    let program = env::current_exe().expect("a test has a file");
    // Without arguments, which the example would read. What it prints is caught.
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.fingerprint"));
    let _ = fs::remove_file(&path);
    let run = Command::new(program).env(EXAMPLE, name).env(FILE, &path).output();
    let run = run.expect("a test can be started");
    fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{name} has failed:\n{}", String::from_utf8_lossy(&run.stdout)))
}

#[test]
fn every_example_has_its_fingerprint() {
    if let Ok(wanted) = env::var(EXAMPLE) {
        let (_, run) = EXAMPLES.iter().find(|(name, _)| *name == wanted).expect("an example");
        let file = env::var_os(FILE).expect("the file is named too");
        fs::write(file, Fingerprint::of(run).to_string()).expect("the file can be written");
        return;
    }
    let mut seen =
        String::from("# The fingerprint of each example; `tests/fingerprints.rs` says more.\n");
    for (name, _) in EXAMPLES {
        writeln!(seen, "{name},{}", fingerprint(name)).expect("a text");
    }
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints.csv");
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&record, &seen).expect("the record can be written");
    }
    let recorded = fs::read_to_string(&record).expect("there is a record");
    assert_eq!(seen, recorded.replace('\r', ""), "UPDATE_EXPECT=1 records them again");
    // Each does something else.
    let mut all: Vec<&str> =
        seen.lines().filter_map(|line| Some(line.split_once(',')?.1)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), EXAMPLES.len());
}
