//! A folder for a test, and what an experiment writes into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many folders this process has made.
static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// A folder that is gone at the end of a test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        // In memory where there is such a folder: what an experiment ends with is written to the disk, and that takes time.
        let memory = PathBuf::from("/dev/shm");
        let temporary = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("asim-experiments-{}-{number}-{test}", std::process::id());
        let path = temporary.join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Returns the path of a folder or file in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

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
