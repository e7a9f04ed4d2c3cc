//! Keeping: the sink that takes happenings into memory.

use std::sync::{Arc, Mutex};

use crate::trace::kept::{Kept, lock};
use crate::trace::names::Names;
use crate::trace::record::Record;
use crate::trace::sink::{Manner, Sink};

/// Keeps each happening. Whoever can still see them has the same `Kept`.
pub(crate) struct Keeper(pub(crate) Arc<Mutex<Kept>>);

impl Sink for Keeper {
    fn take(&mut self, record: &Record, names: &Names) {
        lock(&self.0).take(record, names);
    }

    fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    fn manner(&self) -> Manner {
        Manner::Quiet
    }

    #[cfg(feature = "report")]
    fn kept(&self) -> Option<&Arc<Mutex<Kept>>> {
        Some(&self.0)
    }
}
