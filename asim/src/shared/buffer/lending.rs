//! Lending: user code (an ordering, a filter, a key) works on the shelf, or looks at a want or an
//! item, while nothing is borrowed.
//!
//! A guard puts back what is lent, even if user code panics.

use std::{collections::BTreeMap, mem, rc::Rc};

use crate::engine::slab::Key;
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline, state::EntryState};

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Returns `true` while user code has the shelf.
    #[inline]
    pub(crate) fn is_lent(&self) -> bool {
        self.lent.get().is_some()
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

    /// Shows the shelf to user code. Nothing is borrowed meanwhile, and user code may look at the
    /// shelf again.
    pub(crate) fn showing<R>(&self, look: impl FnOnce(&D::Shelf) -> R) -> R {
        let open = self.window.borrow().clone().filter(|shelf| Rc::strong_count(shelf) > 2);
        if let Some(shelf) = open {
            return look(&shelf);
        }
        let mut shelf = self.window.take().unwrap_or_default();
        let before = self.lent.get();
        if let Some(window) = Rc::get_mut(&mut shelf) {
            mem::swap(window, &mut self.state.borrow_mut().shelf);
        }
        self.lent.set(before.or(Some(D::count(&shelf))));
        self.window.replace(Some(Rc::clone(&shelf)));
        let shown = Shown { buffer: self, shelf: Some(shelf), before };
        shown
            .shelf
            .as_ref()
            .map(|shelf| look(shelf))
            .expect("it is shown until the guard is dropped")
    }

    /// Takes the item that is wanted off the shelf.
    pub(crate) fn take(&self, want: &mut D::Want) -> Option<(u64, T)> {
        if !D::PICKS {
            return self.with_shelf(0, D::take);
        }
        let number = self.showing(|shelf| D::find(shelf, want))?;
        let item = D::remove(&mut self.state.borrow_mut().shelf, number)?;
        Some((number, item))
    }

    /// Takes the item that is wanted out of those that have come back and have not been offered.
    pub(crate) fn take_returned(&self, want: &mut D::Want) -> Option<(u64, T)> {
        let mut lent = LentReturned { buffer: self, items: BTreeMap::new() };
        lent.items = mem::take(&mut self.state.borrow_mut().returned);
        let number = self.asking(lent.items.len(), || D::choose(&lent.items, want))?;
        lent.items.remove(&number).map(|item| (number, item))
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
        if D::CALLS_USER && self.owes.replace(true) {
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
        if std::thread::panicking() {
            // An item may have come although its order panicked. The caller does not say so any more.
            self.buffer.changed();
        }
        self.buffer.owe_if_panicking();
    }
}

/// The shelf, while it is shown to user code.
struct Shown<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
    shelf: Option<Rc<D::Shelf>>,
    /// The length of the shelf if it had been lent before.
    before: Option<usize>,
}

impl<T: 'static, D: Discipline<T>> Drop for Shown<'_, T, D> {
    fn drop(&mut self) {
        drop(self.shelf.take());
        let mut window = self.buffer.window.borrow_mut();
        if let Some(shelf) = window.as_mut().and_then(Rc::get_mut) {
            mem::swap(shelf, &mut self.buffer.state.borrow_mut().shelf);
            debug_assert!(D::count(shelf) == 0, "nothing goes on a shelf that is lent");
        }
        self.buffer.lent.set(self.before);
        self.buffer.owe_if_panicking();
    }
}

/// The items that have come back, while user code looks at them.
struct LentReturned<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
    items: BTreeMap<u64, T>,
}

impl<T: 'static, D: Discipline<T>> Drop for LentReturned<'_, T, D> {
    fn drop(&mut self) {
        self.buffer.state.borrow_mut().returned.append(&mut self.items);
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
    /// held is dropped; the item of a put that was accepted meanwhile comes in.
    pub(crate) fn give_back(mut self) -> bool {
        match self.put_back() {
            PutBack::There => true,
            PutBack::Gone(_) => false,
            PutBack::Accepted(item) => {
                let number = self.buffer.state.borrow_mut().number();
                self.buffer.tell_came_in(number);
                self.buffer.take_back(number, item);
                self.buffer.watchers.changed(&self.buffer.kernel);
                self.buffer.look_again.set(true);
                false
            }
        }
    }

    /// Puts back what was lent, if the request is still there.
    fn put_back(&mut self) -> PutBack<T, D> {
        let Some(lent) = self.entry.take() else { return PutBack::There };
        let state = &mut *self.buffer.state.borrow_mut();
        match (state.requests.get_mut(self.request), lent) {
            (Some(entry @ EntryState::Lent), lent) => {
                *entry = lent;
                PutBack::There
            }
            (Some(EntryState::LentAndAccepted), EntryState::Putter(item)) => {
                state.requests.remove(self.request);
                PutBack::Accepted(item)
            }
            (_, lent) => PutBack::Gone(lent),
        }
    }
}

/// What has become of a request while user code looked at what it holds.
enum PutBack<T, D: Discipline<T>> {
    /// It still waits.
    There,
    /// It is gone. What it held is dropped while nothing is borrowed.
    Gone(EntryState<T, D>),
    /// It was accepted for good. The item is to come in.
    Accepted(T),
}

impl<T: 'static, D: Discipline<T>> Drop for LentEntry<'_, T, D> {
    fn drop(&mut self) {
        if self.entry.is_some() {
            // User code has panicked, and the requests behind this one have not been asked.
            self.buffer.owe();
            if let PutBack::Accepted(item) = self.put_back() {
                let number = self.buffer.state.borrow_mut().number();
                self.buffer.tell_came_in(number);
                self.buffer.take_back(number, item);
            }
        }
    }
}
