//! The names of processes that the model has not named: async blocks, calls of `async fn`s, scheduled
//! functions. Such a process is named after its function and the line that started it.
//!
//! A line may start many processes, so its name is made once and kept for ever. Each thread has a small
//! table of the lines that it has seen last. Starting a process again from such a line looks at one entry of it,
//! and formats nothing.

use std::sync::{Mutex, PoisonError};
use std::{any::type_name, cell::Cell, collections::HashSet};

use crate::engine::blocked::CallSite;

/// The number of lines that a thread remembers; a power of two.
const LINES: usize = 64;

/// A line that starts processes of one type, and their name.
#[derive(Clone, Copy)]
struct Line {
    /// The address of the call site: each call in the source has its own.
    call_site: usize,
    /// The name of the type, compared by its address.
    kind: &'static str,
    name: &'static str,
}

thread_local! {
    static SEEN: [Cell<Line>; LINES] =
        const { [const { Cell::new(Line { call_site: 0, kind: "", name: "" }) }; LINES] };
}

/// The names made so far, of all threads.
static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// Returns the name of an `F` that is `how` ("spawned", "scheduled") at a call site.
#[inline]
pub(crate) fn site_name<F>(how: &str, at: CallSite) -> &'static str {
    let (call_site, kind) = (std::ptr::from_ref(at).addr(), type_name::<F>());
    // Call sites are at least one alignment apart, so the low bits are equal.
    let index = (call_site / align_of::<usize>()) % LINES;
    SEEN.with(|seen| {
        let seen = &seen[index];
        let line = seen.get();
        if line.call_site == call_site && std::ptr::eq(line.kind, kind) {
            return line.name;
        }
        let name = intern(short_type_name::<F>(), how, at);
        seen.set(Line { call_site, kind, name });
        name
    })
}

/// Returns the name of a type without its path. The name of an async block's or `async fn`'s future is
/// that of the function.
pub(crate) fn short_type_name<T>() -> &'static str {
    let mut name = std::any::type_name::<T>();
    while let Some(function) = name.strip_suffix("::{{closure}}") {
        name = function;
    }
    let end = name.find('<').unwrap_or(name.len());
    let start = name[..end].rfind("::").map_or(0, |colons| colons + 2);
    &name[start..end]
}

#[cold]
fn intern(function: &str, how: &str, at: CallSite) -> &'static str {
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
