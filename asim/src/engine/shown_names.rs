//! The names with which errors are shown.
//!
//! A `Stopped` does not know which process it is about. The code that shows it knows, and leaves the
//! name here.

use std::cell::Cell;

thread_local! {
    /// The names for the `Stopped`s that are shown next. The first one to be shown is the last here.
    static NAMES: Cell<Vec<String>> = const { Cell::new(Vec::new()) };
}

/// Shows an error with the names of the processes whose failures it passes on.
pub(crate) fn with_names(names: &[String], show: impl FnOnce() -> String) -> String {
    /// Puts the earlier names back, also if `show` panics.
    struct Earlier(Vec<String>);
    impl Drop for Earlier {
        fn drop(&mut self) {
            NAMES.set(std::mem::take(&mut self.0));
        }
    }
    let _earlier = Earlier(NAMES.replace(names.iter().rev().cloned().collect()));
    show()
}

/// Takes the next name: that of the process that the shown `Stopped` is about.
pub(crate) fn next_name() -> Option<String> {
    let mut names = NAMES.take();
    let name = names.pop();
    NAMES.set(names);
    name
}
