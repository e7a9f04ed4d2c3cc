//! How one predicate is asked: it is *lent* (taken out of its entry) while it runs, so that nothing
//! is borrowed.

use std::{mem, rc::Rc};

use crate::engine::slab::Key;
use crate::shared::state::core::{Core, Entry, EntryState, Predicate};
use crate::trace::record::Side;

impl<T: 'static> Core<T> {
    /// Asks the predicate of a new request about the present value. Returns the value if the
    /// predicate accepts it, else the key of the request in the line. The request is in line
    /// already while its predicate runs, so a value that the predicate sets is shown to it as well.
    pub(crate) fn ask_or_wait(&self, predicate: Predicate<T>) -> Result<Rc<T>, Key> {
        let (request, value) = {
            let inner = &mut *self.inner.borrow_mut();
            let entry = Entry { number: inner.arrivals, state: EntryState::Waiting(predicate) };
            inner.arrivals += 1;
            (inner.list.join(&mut inner.line, entry), Rc::clone(&inner.value))
        };
        let mut asked = AtTheCall { core: self, request, refused: false };
        if self.ask(request, &value) {
            // Dropped before the return: this drops the predicate, which may panic. A panic after the
            // return would lose the result.
            drop(asked);
            if let Some(probe) = self.watchers.probe() {
                probe.at_once(&self.kernel, Side::Take);
            }
            return Ok(value);
        }
        // The predicate may have set another value, so this may be the last copy of the old one, and
        // its drop may panic: then the request leaves the line.
        drop(value);
        asked.refused = true;
        if let Some(probe) = self.watchers.probe() {
            probe.waits(&self.kernel, Side::Take, request);
        }
        Err(request)
    }

    /// Asks the predicate of a request about a value. Returns `false` if the predicate refuses the
    /// value, or if the request has gone meanwhile.
    pub(crate) fn ask(&self, request: Key, value: &T) -> bool {
        let Some(mut lent) = self.lend(request) else { return false };
        let accepted = lent.predicate.as_mut().is_some_and(|accepts| accepts(value));
        let is_there = lent.put_back().is_none();
        accepted && is_there
    }

    /// Takes the predicate out of its entry, if the request waits.
    fn lend(&self, request: Key) -> Option<Lent<'_, T>> {
        let inner = &mut *self.inner.borrow_mut();
        let entry = inner.list.get_mut(request)?;
        match mem::replace(&mut entry.state, EntryState::Asked) {
            EntryState::Waiting(predicate) => {
                let was_asking = self.asking.replace(true);
                Some(Lent { core: self, request, predicate: Some(predicate), was_asking })
            }
            state => {
                entry.state = state;
                None
            }
        }
    }
}

/// A predicate that is being asked. It is put back even if it panics.
struct Lent<'c, T: 'static> {
    core: &'c Core<T>,
    request: Key,
    predicate: Option<Predicate<T>>,
    was_asking: bool,
}

impl<T: 'static> Lent<'_, T> {
    /// Puts the predicate back. If its request has gone, returns the predicate, for the caller to
    /// drop outside any borrow.
    fn put_back(&mut self) -> Option<Predicate<T>> {
        let predicate = self.predicate.take()?;
        match self.core.inner.borrow_mut().list.get_mut(self.request) {
            Some(entry) => {
                entry.state = EntryState::Waiting(predicate);
                None
            }
            None => Some(predicate),
        }
    }
}

impl<T: 'static> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let gone = self.put_back();
        self.core.asking.set(self.was_asking);
        drop(gone);
    }
}

/// A request whose predicate is asked at the call. The request keeps its place in line only if the
/// predicate refuses the value.
struct AtTheCall<'c, T: 'static> {
    core: &'c Core<T>,
    request: Key,
    refused: bool,
}

impl<T: 'static> Drop for AtTheCall<'_, T> {
    fn drop(&mut self) {
        if !self.refused {
            self.core.remove(self.request);
        }
    }
}
