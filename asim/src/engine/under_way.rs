//! What is under way in the kernel, in one word.

use std::cell::Cell;

/// What is under way, so that grants must wait or settle. In the usual case it is nothing, and one test says
/// so.
#[derive(Debug)]
pub(crate) struct UnderWay(Cell<u32>);

/// The simulation was dropped.
const CLOSED: u32 = 1;
/// A deferred step is queued.
const DEFERRED: u32 = 1 << 1;
/// The deferred steps are being done.
const SETTLING: u32 = 1 << 2;
/// The first of the bits that count the bulk drops that are under way.
const BULK: u32 = 1 << 3;

impl UnderWay {
    pub(crate) const fn nothing() -> Self {
        UnderWay(Cell::new(0))
    }

    /// Returns `true` if the simulation is there, no step is deferred, and neither the deferred steps nor a
    /// bulk drop is under way. Then a line is served at once, and nothing has to be settled.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.get() == 0
    }

    fn set(&self, bit: u32, is_set: bool) {
        let others = self.0.get() & !bit;
        self.0.set(if is_set { others | bit } else { others });
    }

    /// Notes that the simulation was dropped.
    pub(crate) fn close(&self) {
        self.set(CLOSED, true);
    }

    /// Notes that a deferred step is queued.
    #[inline]
    pub(crate) fn defer(&self) {
        self.0.set(self.0.get() | DEFERRED);
    }

    /// Notes whether a deferred step is queued.
    pub(crate) fn set_deferred(&self, is_queued: bool) {
        self.set(DEFERRED, is_queued);
    }

    #[inline]
    pub(crate) fn has_deferred(&self) -> bool {
        self.0.get() & DEFERRED != 0
    }

    /// Notes whether the deferred steps are being done. Returns what was noted before.
    pub(crate) fn set_settling(&self, is_settling: bool) -> bool {
        let was = self.0.get() & SETTLING != 0;
        self.set(SETTLING, is_settling);
        was
    }

    /// Notes that a bulk drop has begun.
    pub(crate) fn begin_bulk(&self) {
        self.0.set(self.0.get() + BULK);
    }

    /// Notes that a bulk drop has ended.
    pub(crate) fn end_bulk(&self) {
        self.0.set(self.0.get() - BULK);
    }

    /// Returns `true` if a bulk drop is under way.
    pub(crate) fn is_bulk(&self) -> bool {
        self.0.get() >= BULK
    }
}
