//! Collecting: something of each simulation that a function makes on this thread.

use std::cell::Cell;
use std::thread::LocalKey;

/// Where what is collected lies; `None` while nobody collects.
pub(crate) type Collected<T> = LocalKey<Cell<Option<Vec<T>>>>;

/// Runs a model, and returns what [`collect`] has put into this place meanwhile. What the model returns is dropped.
pub(crate) fn collected<T: 'static, R>(
    place: &'static Collected<T>,
    model: impl FnOnce() -> R,
) -> Vec<T> {
    /// Puts back what was collected before, also if the model panics.
    struct Earlier<T: 'static>(&'static Collected<T>, Option<Vec<T>>);
    impl<T: 'static> Drop for Earlier<T> {
        fn drop(&mut self) {
            self.0.set(self.1.take());
        }
    }
    let earlier = Earlier(place, place.replace(Some(Vec::new())));
    let result = model();
    let collected = place.take().unwrap_or_default();
    drop(earlier);
    drop(result);
    collected
}

/// Puts something of a new simulation into this place, if somebody collects it.
pub(crate) fn collect<T: 'static>(place: &'static Collected<T>, new: impl FnOnce() -> T) {
    if let Some(mut collected) = place.take() {
        collected.push(new());
        place.set(Some(collected));
    }
}
