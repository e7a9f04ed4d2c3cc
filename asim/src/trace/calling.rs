//! A function of the user that gets each happening.

use std::io;

use crate::trace::happening::Happening;
use crate::trace::names::Names;
use crate::trace::record::Record;
use crate::trace::sink::{Manner, Sink};

/// Calls a function with each happening.
pub(crate) struct Calling<F> {
    function: F,
    next: Option<Happening>,
}

impl<F: FnMut(&Happening)> Calling<F> {
    pub(crate) fn new(function: F) -> Self {
        Calling { function, next: None }
    }
}

impl<F: FnMut(&Happening)> Sink for Calling<F> {
    fn take(&mut self, record: &Record, names: &Names) {
        self.next =
            Some(Happening::new(record, names.process(record.process), names.thing(record.thing)));
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if let Some(happening) = self.next.take() {
            (self.function)(&happening);
        }
        Ok(())
    }

    fn manner(&self) -> Manner {
        Manner::Foreign
    }
}
