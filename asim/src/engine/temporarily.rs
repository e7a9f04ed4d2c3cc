//! A guard that gives a `Cell` its old value back.

use std::cell::Cell;

/// Sets a `Cell` back to its old value when it is dropped: also when the user code in between panics and
/// the process catches the panic.
pub(crate) struct Temporarily<'c, T: Copy> {
    cell: &'c Cell<T>,
    before: T,
}

impl<'c, T: Copy> Temporarily<'c, T> {
    /// Sets the `Cell` to `value` until the result is dropped.
    #[inline]
    pub(crate) fn set(cell: &'c Cell<T>, value: T) -> Self {
        Temporarily { before: cell.replace(value), cell }
    }
}

impl<T: Copy> Drop for Temporarily<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.cell.set(self.before);
    }
}
