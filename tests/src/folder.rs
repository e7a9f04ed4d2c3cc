//! A folder of one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A new folder that is gone when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes a folder, with this word in its name.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn new(word: &str) -> Self {
        Self::inside(&std::env::temp_dir(), word)
    }

    /// Makes a folder in memory, where the system has such: what an experiment ends with is written to the disk, and
    /// that takes time.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn in_memory(word: &str) -> Self {
        let memory = PathBuf::from("/dev/shm");
        Self::inside(&if memory.is_dir() { memory } else { std::env::temp_dir() }, word)
    }

    fn inside(place: &Path, word: &str) -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = place.join(format!("asim-tests-{}-{number}-{word}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the path of a file in it.
    #[must_use]
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and returns its path.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A program that was ended, such as a browser, may write for a moment more.
        for _ in 0..20 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
