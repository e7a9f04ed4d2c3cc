//! What a model did, line by line, each with the time at which it was done.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use asim::prelude::*;

#[derive(Clone)]
pub(crate) struct Trace {
    env: Environment,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Trace {
    pub(crate) fn of(env: &Environment) -> Self {
        Trace { env: env.clone(), lines: Rc::default() }
    }

    pub(crate) fn note(&self, what: impl Display) {
        self.lines.borrow_mut().push(format!("{} {what}", self.env.now()));
    }

    /// A value that makes a note when it is dropped.
    pub(crate) fn drop_of(&self, what: &'static str) -> DropNote {
        DropNote { trace: self.clone(), what }
    }

    /// The lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        self.lines.take()
    }

    /// Asserts the lines since the last call.
    #[track_caller]
    pub(crate) fn is(&self, expected: &[&str]) {
        assert_eq!(self.take(), expected);
    }
}

pub(crate) struct DropNote {
    trace: Trace,
    what: &'static str,
}

impl Drop for DropNote {
    fn drop(&mut self) {
        self.trace.note(format_args!("{} is dropped", self.what));
    }
}
