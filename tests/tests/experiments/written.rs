//! What an experiment writes into a folder.

use std::fs;
use std::path::Path;

/// The files of results, which are the same whatever happened.
pub(crate) fn results(folder: &Path) -> [String; 2] {
    ["results.csv", "summary.csv"].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

/// Checks that each job is in a journal once. Returns how many there are.
#[track_caller]
pub(crate) fn jobs(journal: &Path) -> usize {
    let text = fs::read_to_string(journal).unwrap();
    let mut jobs: Vec<(u64, u64)> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter_map(|line| Some((line.get("replication")?.as_u64()?, line["scenario"].as_u64()?)))
        .collect();
    let all = jobs.len();
    jobs.sort_unstable();
    jobs.dedup();
    assert_eq!(jobs.len(), all, "a job is there twice");
    all
}
