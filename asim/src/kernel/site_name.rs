//! The names of processes that have none of their own: async blocks, calls of `async fn`s, scheduled
//! functions. They are called by the function that they are in and the line that started them.
//!
//! Such a name is made once a line, and kept for ever: a line is started from many times. Each thread
//! has a small table of the lines that it has met last, so that starting one again looks at one place
//! and formats nothing.

use std::any::type_name;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::blocked::Place;
use super::process::short_type_name;

/// How many lines a thread remembers; a power of two.
const LINES: usize = 64;

/// A line that starts what is of some type, and the name of that.
#[derive(Clone, Copy)]
struct Line {
    /// The address of the location: each call in the source has its own.
    place: usize,
    /// The name of the type, compared by its address.
    kind: &'static str,
    name: &'static str,
}

thread_local! {
    static MET: [Cell<Line>; LINES] =
        const { [const { Cell::new(Line { place: 0, kind: "", name: "" }) }; LINES] };
}

/// The names made so far, of all threads.
static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// The name of an `F` that is `how` ("spawned", "scheduled") at a place.
#[inline]
pub(super) fn site_name<F>(how: &str, at: Place) -> &'static str {
    let (place, kind) = (std::ptr::from_ref(at).addr(), type_name::<F>());
    // Locations are a few words apart.
    let index = (place / align_of::<usize>()) % LINES;
    MET.with(|met| {
        let met = &met[index];
        let line = met.get();
        if line.place == place && std::ptr::eq(line.kind, kind) {
            return line.name;
        }
        let name = intern(short_type_name::<F>(), how, at);
        met.set(Line { place, kind, name });
        name
    })
}

#[cold]
fn intern(function: &str, how: &str, at: Place) -> &'static str {
    let name = format!("{function} ({how} at {}:{})", at.file(), at.line());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(&known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = name.leak();
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::site_name;

    #[test]
    fn a_line_has_one_name_on_all_threads() {
        let name = || site_name::<Vec<u8>>("spawned", Location::caller());
        let names = [name(), name(), std::thread::spawn(name).join().unwrap()];
        assert!(names.iter().all(|other| std::ptr::eq(*other, names[0])), "{names:?}");
        let line = line!() - 3;
        assert_eq!(names[0], format!("Vec (spawned at {}:{line})", file!()));
    }

    #[test]
    fn what_is_of_another_type_has_another_name_at_the_same_place() {
        let at = Location::caller();
        let names = [site_name::<u8>("spawned", at), site_name::<u16>("spawned", at)];
        assert!(names[0].starts_with("u8 (") && names[1].starts_with("u16 ("), "{names:?}");
    }
}
