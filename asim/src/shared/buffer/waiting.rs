//! Waiting: a request that cannot be satisfied at the call takes its place in line.

use std::{mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::slab::Key;
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline, state::State};
use crate::trace::record::Side;

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Makes a request that waits: `join` puts it in line. Then settles what this causes.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn wait_in_line(
        self: &Rc<Self>,
        side: Side,
        join: impl FnOnce(&mut State<T, D>) -> Key,
    ) -> Key {
        let made = {
            let state = &mut *self.state.borrow_mut();
            Made { buffer: self, request: join(state) }
        };
        self.tell_waits(side, made.request);
        self.watchers.changed(&self.kernel);
        self.settle();
        made.handed_over()
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Notes that a request is to be looked at when user code is done with the shelf.
    pub(crate) fn look_later(&self, state: &mut State<T, D>, request: Key) {
        self.look_again.set(true);
        if D::PICKS {
            state.unseen.push(request);
        }
    }
}

/// A request that has been made and has no owner yet. If settling panics, nobody will ever own the
/// request: it is cancelled, and the next call settles the rest.
struct Made<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Rc<Buffer<T, D>>,
    request: Key,
}

impl<T: 'static, D: Discipline<T>> Made<'_, T, D> {
    #[inline]
    fn handed_over(mut self) -> Key {
        mem::replace(&mut self.request, Key::OVER)
    }
}

impl<T: 'static, D: Discipline<T>> Drop for Made<'_, T, D> {
    fn drop(&mut self) {
        if self.request == Key::OVER {
            return;
        }
        let after = self.buffer.unlink(self.request);
        let (kernel, buffer) = (&self.buffer.kernel, Rc::clone(self.buffer) as Rc<dyn Provider>);
        match after {
            Unlinked::Gone => {}
            Unlinked::Promised => {
                buffer.restore(self.request);
                kernel.serve_later(buffer);
            }
            // The simulation is gone, and settles nothing any more.
            Unlinked::Held if kernel.closed.get() => buffer.discard(self.request),
            Unlinked::Held => kernel.follow_up(buffer, self.request, after),
        }
    }
}
