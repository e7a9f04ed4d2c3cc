//! The cause of an interrupt: a value of any type, in a case that may go to any thread.
//!
//! An interrupt is an error, and errors go from thread to thread. But a cause may hold values that
//! belong to its own thread, such as a `ProcessRef`. So the cause can be read and dropped only on that
//! thread; on another one it is forgotten instead of dropped. If the cause is a text, the text is also
//! kept by itself, so that an error says the same on every thread.

use std::any::Any;
use std::{borrow::Cow, fmt};

use fragile::Fragile;

/// A cause with its type erased.
pub(crate) trait Cause: Send + Sync {
    /// Returns the value, on the thread that it belongs to.
    fn value(&self) -> Option<&dyn Any>;

    /// Writes what the cause is, in words.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A function that writes what a cause is, in words.
type Describe<C> = fn(&C, &mut fmt::Formatter<'_>) -> fmt::Result;

/// A cause and its description.
pub(crate) struct Kept<C> {
    /// The cause, until it is dropped.
    cause: Option<Fragile<C>>,
    text: Option<Cow<'static, str>>,
    describe: Option<Describe<C>>,
}

impl<C: Any> Kept<C> {
    pub(crate) fn new(cause: C, describe: Option<Describe<C>>) -> Self {
        let text = text(&cause);
        Kept { cause: Some(Fragile::new(cause)), text, describe }
    }

    fn get(&self) -> Option<&C> {
        self.cause.as_ref()?.try_get().ok()
    }
}

impl<C: Any> Cause for Kept<C> {
    fn value(&self) -> Option<&dyn Any> {
        self.get().map(|cause| cause as &dyn Any)
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.text, self.describe.zip(self.get())) {
            (Some(text), _) => f.pad(text),
            (None, Some((describe, cause))) => describe(cause, f),
            (None, None) => f.pad(&without_paths(std::any::type_name::<C>())),
        }
    }
}

impl<C> Drop for Kept<C> {
    fn drop(&mut self) {
        if std::mem::needs_drop::<C>()
            && let Some(cause) = self.cause.take_if(|cause| !cause.is_valid())
        {
            std::mem::forget(cause);
        }
    }
}

/// Returns the text of a cause that is one.
fn text<C: Any>(cause: &C) -> Option<Cow<'static, str>> {
    let cause = cause as &dyn Any;
    let fixed = cause.downcast_ref::<&'static str>().map(|&text| text.into());
    fixed.or_else(|| cause.downcast_ref::<String>().map(|text| text.clone().into()))
}

/// Returns the name of a type without the paths in it.
fn without_paths(name: &str) -> String {
    let mut short = String::with_capacity(name.len());
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    for part in name.split_inclusive(|letter| !is_word(letter) && letter != ':') {
        let end = part.trim_end_matches(|letter| !is_word(letter)).len();
        // A part that begins with colons belongs to the type before it.
        let colons = part[..end].rfind("::").filter(|&colons| colons > 0);
        let start = colons.map_or(0, |colons| colons + 2);
        short.push_str(&part[start..]);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn the_name_of_a_type_is_told_without_its_paths() {
        for (name, short) in [
            ("u32", "u32"),
            ("model::machines::Breakdown", "Breakdown"),
            ("core::option::Option<model::Breakdown>", "Option<Breakdown>"),
            ("(model::A, alloc::vec::Vec<b::C>)", "(A, Vec<C>)"),
            ("&model::A", "&A"),
            ("[a::B; 3]", "[B; 3]"),
            ("a::b<c::D>::E", "b<D>::E"),
        ] {
            assert_eq!(without_paths(name), short, "of {name}");
        }
    }
}
