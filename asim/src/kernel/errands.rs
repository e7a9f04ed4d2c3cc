//! Errands: what a trigger or a cancellation causes, done before the call that caused it returns.
//!
//! They are what [`core`](super::core) describes as steps 3 to 5, and the end of a process round
//! them: its body is dropped, promises go back, lines are served, whoever joins it is told, and last
//! what is over is dropped. A queue, so that a cancellation that causes a cancellation never goes
//! deeper into the stack.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;

use super::core::Kernel;
use super::process_end::{End, Ended};
use super::process_table::{Extras, Left};
use super::slab::Key;
use super::source::Source;

/// What is still to be done at this instant before the current call returns.
#[derive(Default)]
pub(super) struct Errands {
    /// Processes that have been ended from outside, with their bodies.
    pub(super) ends: VecDeque<End>,
    /// Those whose bodies are gone.
    pub(super) ended: VecDeque<Ended>,
    pub(super) restores: VecDeque<(Rc<dyn Source>, Key)>,
    pub(super) serves: VecDeque<Rc<dyn Source>>,
    pub(super) discards: VecDeque<Discard>,
}

/// What runs code of the user's, and therefore comes last.
pub(super) enum Discard {
    Wake(Waker),
    Held(Rc<dyn Source>, Key),
    Left(Left),
    Extras(Box<Extras>),
    Waker(Waker),
}

enum Errand {
    End(End),
    Ended(Ended),
    Restore(Rc<dyn Source>, Key),
    Serve(Rc<dyn Source>),
    Discard(Discard),
}

impl Kernel {
    /// Runs what the current call has caused. Called without any borrow at the end of everything
    /// that can trigger or cancel.
    #[inline]
    pub(crate) fn settle(&self) {
        if self.errands_waiting.get() {
            self.run_errands();
        }
    }

    /// The source's level has changed: it serves its line, and all that follows from it is settled.
    #[inline]
    pub(crate) fn serve<S: Source + 'static>(&self, source: &Rc<S>) {
        if self.closed.get() {
            return;
        }
        if self.bulk.get() > 0 || self.settling.get() || self.errands_waiting.get() {
            self.serve_later(Rc::clone(source) as Rc<dyn Source>);
            return;
        }
        while source.serve_one() {
            if self.errands_waiting.get() {
                // It changed first, so it goes on before what its grant has changed.
                let source = Rc::clone(source) as Rc<dyn Source>;
                self.books.borrow_mut().errands.serves.push_front(source);
                self.run_errands();
                return;
            }
        }
    }

    #[cold]
    fn serve_later(&self, source: Rc<dyn Source>) {
        // It takes its turn among the promises that go back, each of which is served after all have:
        // there is nothing to restore under this key.
        self.books.borrow_mut().errands.restores.push_back((source, Key::NONE));
        self.errands_waiting.set(true);
        self.settle();
    }

    #[cold]
    fn run_errands(&self) {
        if self.bulk.get() > 0 || self.settling.replace(true) {
            return;
        }
        let _settling = Settling(self);
        loop {
            let errand = self.books.borrow_mut().errands.next(self.discarding.get());
            match errand {
                None => break,
                Some(Errand::End(end)) => self.drop_body(end),
                Some(Errand::Ended(ended)) => self.tell_of_end(ended),
                Some(Errand::Restore(source, key)) => {
                    source.restore(key);
                    self.books.borrow_mut().errands.serves.push_back(source);
                }
                Some(Errand::Serve(source)) => {
                    if !self.closed.get() && source.serve_one() {
                        self.books.borrow_mut().errands.serves.push_front(source);
                    }
                }
                Some(Errand::Discard(discard)) => {
                    // User code may call back: its calls settle for themselves, but leave the
                    // discards they cause to this loop.
                    self.settling.set(false);
                    self.discarding.set(true);
                    let discarding = Lower(&self.discarding);
                    match discard {
                        Discard::Wake(waker) => waker.wake(),
                        Discard::Held(source, key) => source.discard(key),
                        Discard::Left(left) => drop(left),
                        Discard::Extras(extras) => drop(extras),
                        Discard::Waker(waker) => drop(waker),
                    }
                    drop(discarding);
                    self.settling.set(true);
                }
            }
        }
        self.errands_waiting.set(!self.books.borrow().errands.discards.is_empty());
    }

    /// Drops something of the user's as the last errand of the current call.
    pub(super) fn discard(&self, discard: Discard) {
        self.books.borrow_mut().errands.discards.push_back(discard);
        self.errands_waiting.set(true);
    }

    /// Runs something that drops many requests (the end of an `interruptible`, of a race) as one
    /// cancellation: first all of them leave their lines, then what they held goes back, then the
    /// lines are served.
    pub(crate) fn in_bulk<T>(&self, drops: impl FnOnce() -> T) -> T {
        struct End<'k>(&'k Kernel);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.bulk.set(self.0.bulk.get() - 1);
            }
        }
        self.bulk.set(self.bulk.get() + 1);
        let end = End(self);
        let result = drops();
        drop(end);
        self.settle();
        result
    }
}

/// Errands run code of the user's, which may panic: the next call goes on with the rest. If the
/// simulation is gone there may be none, and what is left would keep the kernel for ever.
struct Settling<'k>(&'k Kernel);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.0.settling.set(false);
        if self.0.closed.get() && std::thread::panicking() {
            let left = std::mem::take(&mut self.0.books.borrow_mut().errands);
            drop(left);
        }
    }
}

/// Lowers a flag when it is dropped.
struct Lower<'f>(&'f Cell<bool>);

impl Drop for Lower<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Errands {
    /// The next errand, in the order of the steps. What a discard causes is left
    /// to the discard that is under way.
    fn next(&mut self, discarding: bool) -> Option<Errand> {
        if let Some(end) = self.ends.pop_front() {
            return Some(Errand::End(end));
        }
        if let Some((source, key)) = self.restores.pop_front() {
            return Some(Errand::Restore(source, key));
        }
        if let Some(source) = self.serves.pop_front() {
            return Some(Errand::Serve(source));
        }
        if let Some(ended) = self.ended.pop_front() {
            return Some(Errand::Ended(ended));
        }
        if discarding {
            return None;
        }
        self.discards.pop_front().map(Errand::Discard)
    }
}
