//! Settling: the deferred steps are done before the call that caused them returns.
//!
//! Deferred steps are what a trigger or a cancellation causes: steps 3 to 6 of
//! [`kernel`](crate::engine::kernel), and the ends of processes from outside. The order is: bodies are
//! dropped, promises go back, lines are served, joiners are notified, what is over is discarded, and last,
//! the conditions that watch what has changed are evaluated. The steps are in a queue, so a cancellation
//! that causes another one never goes deeper into the stack.

use std::{cell::Cell, rc::Rc};

use crate::engine::deferred::{Discard, Step};
use crate::engine::{kernel::Kernel, provider::Provider, slab::Key};

impl Kernel {
    /// Does the deferred steps of the current call. Everything that can trigger or cancel calls this at
    /// its end, without any borrow.
    #[inline]
    pub(crate) fn settle(&self) {
        if self.under_way.has_deferred() {
            self.run_deferred();
        }
    }

    /// Serves the line of a provider whose level has changed, and settles what follows.
    #[inline]
    pub(crate) fn serve<S: Provider + 'static>(&self, provider: &Rc<S>) {
        if !self.under_way.is_nothing() {
            return self.serve_when_settled(provider);
        }
        if provider.serve_one() {
            self.serve_on(provider);
        }
    }

    /// Goes on with [`serve`](Self::serve) after a grant, and settles what follows from that.
    pub(crate) fn serve_on<S: Provider + 'static>(&self, provider: &Rc<S>) {
        loop {
            if self.under_way.has_deferred() {
                // This provider changed first, so it is served before those that its grant has changed.
                let provider = Rc::clone(provider) as Rc<dyn Provider>;
                self.tables.borrow_mut().deferred.serves.push_front(provider);
                return self.run_deferred();
            }
            if !provider.serve_one() {
                return;
            }
        }
    }

    /// Does the same as [`serve`](Self::serve) while something is under way.
    #[cold]
    #[inline(never)]
    fn serve_when_settled<S: Provider + 'static>(&self, provider: &Rc<S>) {
        if !self.closed.get() {
            self.serve_later(Rc::clone(provider) as Rc<dyn Provider>);
            self.settle();
        }
    }

    /// Has the next call that settles serve the provider. This is for a drop that runs because user code
    /// has panicked: to serve at once might panic again.
    #[cold]
    pub(crate) fn serve_later(&self, provider: Rc<dyn Provider>) {
        // When the simulation is gone nobody is served, and a queue that keeps the provider would keep
        // the kernel.
        if self.closed.get() {
            return;
        }
        // The provider is queued behind the promises that go back, and is served when all of them are
        // back. Nothing has to be restored under this key.
        self.tables.borrow_mut().deferred.restores.push_back((provider, Key::NONE));
        self.under_way.defer();
    }

    #[cold]
    fn run_deferred(&self) {
        if self.under_way.is_bulk() || self.under_way.set_settling(true) {
            return;
        }
        let _settling = Settling(self);
        loop {
            let step = self.tables.borrow_mut().deferred.next(self.discarding.get());
            match step {
                None => break,
                Some(Step::End(end)) => self.drop_body(end),
                Some(Step::Ended(ended)) => self.notify_of_end(ended),
                Some(Step::Restore(provider, key)) => {
                    provider.restore(key);
                    self.tables.borrow_mut().deferred.serves.push_back(provider);
                }
                Some(Step::Serve(provider)) => {
                    if !self.closed.get() && provider.serve_one() {
                        self.tables.borrow_mut().deferred.serves.push_front(provider);
                    }
                }
                Some(Step::Discard(discard)) => self.run_user_code(|| match discard {
                    Discard::Wake(waker) => waker.wake(),
                    Discard::Held(provider, key) => provider.discard(key),
                    Discard::Left(left) => drop(left),
                    Discard::RareState(rare) => drop(rare),
                    Discard::DropWaker(waker) => drop(waker),
                }),
                Some(Step::Evaluate(condition)) => self.run_user_code(|| {
                    if !self.closed.get() {
                        condition.evaluate();
                    }
                    drop(condition);
                }),
            }
        }
        let has_user_code = self.tables.borrow().deferred.has_user_code();
        self.under_way.set_deferred(has_user_code);
    }

    /// Runs user code as a step. It may call back. Its calls do their own deferred steps, but leave their
    /// discards and conditions to the loop of this step.
    fn run_user_code(&self, step: impl FnOnce()) {
        self.under_way.set_settling(false);
        self.discarding.set(true);
        let discarding = Lower(&self.discarding);
        step();
        drop(discarding);
        self.under_way.set_settling(true);
    }

    /// Defers a value of the user, to be dropped as the last step of the current call.
    pub(crate) fn discard(&self, discard: Discard) {
        self.tables.borrow_mut().deferred.discards.push_back(discard);
        self.under_way.defer();
    }

    /// Runs something that drops many requests (the end of an `interruptible` or of a race) as one
    /// cancellation: first all requests leave their lines, then what they held goes back, then the lines
    /// are served.
    pub(crate) fn in_bulk<T>(&self, drops: impl FnOnce() -> T) -> T {
        struct End<'k>(&'k Kernel);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.under_way.end_bulk();
            }
        }
        self.under_way.begin_bulk();
        let end = End(self);
        let result = drops();
        drop(end);
        self.settle();
        result
    }
}

/// Ends the deferred steps, also if user code panics in one of them: the next call goes on with the
/// rest. If the simulation is gone, there may be no next call, and the rest would keep the kernel for
/// ever.
struct Settling<'k>(&'k Kernel);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.0.under_way.set_settling(false);
        if self.0.closed.get() && std::thread::panicking() {
            let left = std::mem::take(&mut self.0.tables.borrow_mut().deferred);
            drop(left);
        }
    }
}

/// Clears a flag when it is dropped.
struct Lower<'f>(&'f Cell<bool>);

impl Drop for Lower<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
