//! The log in memory.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use crate::trace::happening::Happening;
use crate::trace::names::Names;
use crate::trace::record::Record;
use crate::trace::sink::{Manner, Sink};

/// The happenings that are kept in memory.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The newest stands last.
    pub(crate) happenings: VecDeque<Happening>,
    /// How many are kept at most.
    most: usize,
    /// How many were dropped, because newer ones came.
    pub(crate) dropped: u64,
}

impl Kept {
    pub(crate) fn new(most: usize) -> Self {
        Kept { happenings: VecDeque::new(), most, dropped: 0 }
    }
}

/// Keeps each happening. Whoever can still see them has the same `Kept`.
pub(crate) struct Keeper(pub(crate) Rc<RefCell<Kept>>);

impl Sink for Keeper {
    fn take(&mut self, record: &Record, names: &Names) {
        let kept = &mut *self.0.borrow_mut();
        if kept.happenings.len() == kept.most {
            kept.dropped += 1;
            if kept.happenings.pop_front().is_none() {
                return;
            }
        }
        kept.happenings.push_back(Happening::new(record, names));
    }

    fn is_wanted(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }

    fn manner(&self) -> Manner {
        Manner::Quiet
    }
}
