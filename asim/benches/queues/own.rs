//! The agenda of the library.

use super::Queue;
use crate::engine::agenda::Agenda;

pub(crate) struct Own(Agenda<u64>);

impl Own {
    pub(crate) fn new() -> Self {
        Own(Agenda::new(0))
    }
}

impl Queue for Own {
    #[inline]
    fn insert(&mut self, time: f64, key: u32) {
        // As the timers do.
        if self.0.append(time, || Some(u64::from(key))).is_none() {
            self.0.insert(time, u64::from(key));
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, u32)> {
        self.0.pop_due(f64::INFINITY, |_| true).map(|(time, key)| (time, key as u32))
    }
}
