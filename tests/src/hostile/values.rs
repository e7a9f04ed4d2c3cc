//! What comes out of awaiting something: a word for the trace, and the things to hold.

use asim::BoxedWaitable;
use asim::prelude::*;

/// A request of any kind that gives a [`Value`].
pub(super) type Any = BoxedWaitable<'static, Value>;

/// Boxes something to wait for; `map` makes a value of what it gives.
pub(super) fn any<W>(waitable: W, map: fn(W::Output) -> Value) -> Any
where
    W: Waitable<Output: 'static, Request: 'static>,
{
    waitable.mapped(map).into_boxed()
}

/// A word for the trace, and what comes with it.
pub(super) struct Value {
    pub(super) word: String,
    pub(super) held: Vec<Box<dyn std::any::Any>>,
}

impl Value {
    pub(super) fn word(word: impl Into<String>) -> Self {
        Self { word: word.into(), held: Vec::new() }
    }

    pub(super) fn with<T: 'static>(word: &str, held: T) -> Self {
        Self { word: word.to_owned(), held: vec![Box::new(held)] }
    }

    pub(super) fn first((index, value): (usize, Self)) -> Self {
        Self { word: format!("{index}:{}", value.word), held: value.held }
    }

    pub(super) fn all(values: Vec<Self>) -> Self {
        let mut all = Self::word("all");
        for value in values {
            all.word = format!("{} {}", all.word, value.word);
            all.held.extend(value.held);
        }
        all
    }
}
