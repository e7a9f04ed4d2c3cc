//! A cell that gets its value back.

use std::cell::Cell;

/// Sets a cell to what it held before when it is dropped: also when the code in between, which is the
/// user's, panics and the process catches that.
pub(super) struct Restore<'c, T: Copy> {
    cell: &'c Cell<T>,
    before: T,
}

impl<'c, T: Copy> Restore<'c, T> {
    /// The cell holds this value until the result is dropped.
    #[inline]
    pub(super) fn after(cell: &'c Cell<T>, value: T) -> Self {
        Restore { before: cell.replace(value), cell }
    }
}

impl<T: Copy> Drop for Restore<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.cell.set(self.before);
    }
}
