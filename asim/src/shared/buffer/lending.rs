//! Lending: user code (an ordering, a filter) works on the shelf, or looks at a want or an item,
//! while nothing is borrowed.
//!
//! A guard puts back what is lent, even if user code panics.

use std::mem;

use crate::engine::slab::Key;
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline, state::EntryState};

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Returns `true` while user code has the shelf.
    pub(crate) fn is_lent(&self) -> bool {
        D::CALLS_USER && self.lent.get().is_some()
    }

    /// Works on the shelf. If this calls user code, nothing is borrowed meanwhile, and the length
    /// that user code sees is that of the shelf now plus `more`.
    fn with_shelf<R>(&self, more: usize, work: impl FnOnce(&mut D::Shelf) -> R) -> R {
        if !D::CALLS_USER {
            return work(&mut self.state.borrow_mut().shelf);
        }
        let shelf = mem::take(&mut self.state.borrow_mut().shelf);
        self.lent.set(Some(D::count(&shelf) + more));
        let mut lent = Lent { buffer: self, shelf };
        work(&mut lent.shelf)
    }

    /// Takes the first item that is wanted off the shelf.
    pub(crate) fn take(&self, want: &mut D::Want) -> Option<(u64, T)> {
        self.with_shelf(0, |shelf| D::take(shelf, want))
    }

    /// Puts an item on the shelf. The item counts already while its place is searched.
    pub(crate) fn insert(&self, number: u64, item: T) {
        self.with_shelf(1, |shelf| D::insert(shelf, number, item));
    }

    /// Asks user code. The shelf counts as lent meanwhile, so that what user code asks for is put
    /// off. The length that user code sees is that of the shelf now plus `more`.
    pub(crate) fn asking<R>(&self, more: usize, ask: impl FnOnce() -> R) -> R {
        if !D::CALLS_USER {
            return ask();
        }
        self.lent.set(Some(D::count(&self.state.borrow().shelf) + more));
        let _asking = Asking { buffer: self };
        ask()
    }

    /// Takes what a request holds out of its entry, so that user code can look at it while nothing
    /// is borrowed.
    pub(crate) fn lend(&self, request: Key) -> LentEntry<'_, T, D> {
        let mut state = self.state.borrow_mut();
        let entry =
            state.requests.get_mut(request).map(|entry| mem::replace(entry, EntryState::Lent));
        LentEntry { buffer: self, request, entry }
    }

    /// Notes that user code has panicked. The next call that settles serves the requests that have
    /// not been looked at.
    pub(crate) fn owe(&self) {
        self.look_again.set(true);
        if self.owes.replace(true) {
            return;
        }
        if let Some(this) = self.this.upgrade() {
            self.kernel.serve_later(this);
        }
    }

    /// If user code has panicked, notes that what came while it had the shelf must be looked at
    /// later.
    fn owe_if_panicking(&self) {
        if self.look_again.get() && std::thread::panicking() {
            self.owe();
        }
    }
}

/// The shelf, while user code works on it.
struct Lent<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
    shelf: D::Shelf,
}

impl<T: 'static, D: Discipline<T>> Drop for Lent<'_, T, D> {
    fn drop(&mut self) {
        self.buffer.state.borrow_mut().shelf = mem::take(&mut self.shelf);
        self.buffer.lent.set(None);
        self.buffer.owe_if_panicking();
    }
}

/// A guard: the shelf counts as lent until it is dropped.
struct Asking<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
}

impl<T: 'static, D: Discipline<T>> Drop for Asking<'_, T, D> {
    fn drop(&mut self) {
        self.buffer.lent.set(None);
        self.buffer.owe_if_panicking();
    }
}

/// What a request holds, while user code looks at it.
pub(crate) struct LentEntry<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
    request: Key,
    entry: Option<EntryState<T, D>>,
}

impl<T: 'static, D: Discipline<T>> LentEntry<'_, T, D> {
    /// Returns what a getter wants.
    pub(crate) fn want(&mut self) -> Option<&mut D::Want> {
        match &mut self.entry {
            Some(EntryState::Getter(want)) => Some(want),
            _ => None,
        }
    }

    /// Returns the item of a putter.
    pub(crate) fn item(&self) -> Option<&T> {
        match &self.entry {
            Some(EntryState::Putter(item)) => Some(item),
            _ => None,
        }
    }

    /// Puts back what was lent. Returns `false` if the request has gone meanwhile. Then what it
    /// held is dropped.
    pub(crate) fn give_back(mut self) -> bool {
        self.put_back().is_none()
    }

    /// Puts back what was lent. If the request has gone, returns what it held, for the caller to
    /// drop while nothing is borrowed.
    fn put_back(&mut self) -> Option<EntryState<T, D>> {
        let lent = self.entry.take()?;
        match self.buffer.state.borrow_mut().requests.get_mut(self.request) {
            Some(entry @ EntryState::Lent) => {
                *entry = lent;
                None
            }
            _ => Some(lent),
        }
    }
}

impl<T: 'static, D: Discipline<T>> Drop for LentEntry<'_, T, D> {
    fn drop(&mut self) {
        if self.entry.is_some() {
            // User code has panicked, and the requests behind this one have not been asked.
            self.buffer.owe();
            drop(self.put_back());
        }
    }
}
