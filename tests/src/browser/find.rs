//! Which browser there is.

use std::env;
use std::path::{Path, PathBuf};

/// The variable of the environment that names a browser.
const VARIABLE: &str = "ASIM_CHROMIUM";

/// What Chromium and its relatives are called, in the order in which they are tried.
const NAMES: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chromium-headless-shell",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Returns the path of the browser: what `ASIM_CHROMIUM` names, or the first that is installed.
///
/// # Panics
/// If `ASIM_CHROMIUM` names a file that is not there.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    // The pipes to it are laid by a shell.
    if !cfg!(unix) {
        return None;
    }
    if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        assert!(path.is_file(), "{VARIABLE} names {}, and there is no such file", path.display());
        return Some(path);
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    NAMES.iter().find_map(|name| {
        // A path that begins with `/` stays what it is.
        let mut places = env::split_paths(&folders).map(|folder| folder.join(name));
        places.find(|path: &PathBuf| Path::is_file(path))
    })
}

/// Returns whether a test must not be skipped: in continuous integration, or where `ASIM_BROWSER` says so.
#[must_use]
pub fn is_required() -> bool {
    let says = |variable: &str, word: &str| env::var_os(variable).is_some_and(|it| it == word);
    says("CI", "true") || says("ASIM_BROWSER", "required")
}
